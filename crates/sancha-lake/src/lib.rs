//! Keeps logs: accepts lines durably, settles, seals, retains and finds them.
//!
//! In: chunks of whole lines of a source; questions. Out: the same bytes, each once, after any crash;
//! rows that answer.
//!
//! **Does not know** what time it is (callers pass it), which detections exist, or what the law asks.

pub mod columns;
pub mod disk;
mod error;
mod index;
pub mod part;
pub mod query;
pub mod wal;

pub use error::LakeError;
