//! Benchmarks and the seeded log generator behind them.
//!
//! In: a kind of log, a seed and a size. Out: the same bytes for the same three, on any machine.
//! Shapes are those of real logs (lengths, share of status codes, repetition of paths and agents);
//! every varying value is drawn anew. About 1.2 % of access lines are hostile test strings.

pub mod access;
pub mod auth;
pub mod draw;
pub mod many_sources;
pub mod ordinary;
pub mod visits;
