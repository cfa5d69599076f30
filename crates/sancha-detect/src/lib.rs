//! Turns events into matches and findings.
//!
//! In: normalized batches and rule texts. Out: [`Match`](sancha_model::Match)es per record, and
//! [`Finding`](sancha_model::Finding)s correlated over time.
//!
//! Per batch, on any thread: [`Engine::evaluate`] turns records into [`Match`](sancha_model::Match)es and
//! [`Signals`], dealt to 64 shards. [`Progress`] tells up to when the files are complete. Every
//! [`ShardGroup`] keeps the state of its shards, on any thread, and takes up signals in order of time;
//! [`finish`] makes [`Findings`] of it, and [`Findings::relate`] asks whether an attempt succeeded.
//!
//! **Does not know** files, threads, the clock, cases or law.

mod correlation;
mod engine;
mod familiar;
#[cfg(test)]
mod fast_path;
mod fetch;
mod flood;
pub mod observed;
mod order;
mod prefilter;
mod rules;
pub mod sigma;
mod signal;
pub mod skew;
mod stretches;
pub mod success;
mod suppress;
pub mod texts;
pub mod web;

pub use correlation::{
    ANALYSES_OVER_TIME, Correlated, CorrelationRule, Findings, Round, ShardGroup, findings_so_far,
    finish, shard_groups,
};
pub use engine::{BatchResult, Engine, EngineOptions, EngineScratch};
pub use flood::Traits;
pub use order::{MatchOrder, Progress, REORDER_WINDOW};
pub use rules::RuleEntry;
pub use signal::{
    MethodClass, Names, Part, Request, Signal, SignalKind, Signals, TextId, Texts, Try,
};
pub use stretches::{Stretches, gaps};
pub use suppress::{ReportAll, Suppress, Suppressed, SuppressedCounts};
