//! Use cases: what a user asks for, put together from the crates below.
//!
//! In: texts and sources that the program read or opened. Out: findings, a report's document, lines
//! to write.
//!
//! **Does not know** arguments, terminals, or where results are written: it hands back text and calls
//! what it was given.

mod allow;
pub mod backup;
mod evidence;
mod excerpt;
pub mod explain;
mod follow;
mod given;
mod investigate;
pub mod lake;
mod logs;
pub mod pipeline;
pub mod rules;
mod run;
pub mod texts;

pub use allow::{AllowError, AllowList};
pub use evidence::CitedEvidence;
pub use follow::{Update, Watcher, follow};
pub use given::{DAMAGED, Given, LakeAsked, LakeLogs};
pub use investigate::{InvestigateInput, Investigation, investigate};
pub use run::{
    NamedMatch, RuleFile, RunInput, RunOutput, SourceSettings, SuppressedFinding, eviction_problem,
    hosts, problem, rule_problem, run,
};
