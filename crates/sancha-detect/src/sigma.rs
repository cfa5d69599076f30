//! Sigma rules: read, compiled into one plan, and evaluated on events.
//!
//! In: the text of rule files, the names of fields, and events. Out: [`RuleInfo`] per loaded rule, a
//! reason per rule that could not be loaded, and the rules that hold for an event. The rule language is
//! Sigma's (specification 2.1, sections "Detection" and "Correlation").
//!
//! **Does not know** where rules are kept, how records are parsed, or how findings are put together.

mod about;
mod anchor;
mod condition;
mod correlation;
mod encode;
mod load;
mod names;
mod pattern;
pub mod pipeline;
mod plan;
mod program;
mod reason;
mod regex;
mod source;
mod text;
pub mod texts;
mod time_part;
mod values;

#[cfg(test)]
mod tests;

pub use correlation::{Condition, Correlation, CorrelationKind, GroupField, Member};
pub use load::{RuleInfo, RuleOptions, RuleText, Rules};
pub use plan::{Plan, PlanScratch, Quiet, Recurring};
pub use source::LogSource;
pub use values::Placeholders;
