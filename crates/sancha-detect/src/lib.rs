//! Turns events into matches and findings.
//!
//! In: normalized batches and rule texts. Out: [`Match`](sancha_model::Match)es per record, and
//! [`Finding`](sancha_model::Finding)s correlated over time.
//!
//! Per batch, on any thread: [`Engine::evaluate`] turns records into [`Signal`]s. In one place:
//! [`Merge`] puts the signals of all files in order of time, [`Correlator`] keeps state per source,
//! [`success::relate`] asks whether an attempt succeeded.
//!
//! **Does not know** files, threads, the clock, cases or law.

mod correlation;
mod engine;
mod order;
mod prefilter;
mod rules;
pub mod sigma;
mod signal;
pub mod success;
pub mod texts;
pub mod web;

pub use correlation::{CorrelationRule, Correlator, Evictions};
pub use engine::{BatchResult, Engine, EngineOptions, EngineScratch, Gap};
pub use order::{Merge, REORDER_WINDOW};
pub use rules::RuleEntry;
pub use signal::{Detail, Part, Signal, SignalKind};
