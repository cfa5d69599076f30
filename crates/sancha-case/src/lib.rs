//! Opens cases from findings, and says what a case is worth: order, effect, grade, life cycle.
//!
//! In: [`sancha_model::Finding`]s, which asset and which kind of log each file belongs to
//! ([`Sources`]), and the reader's wishes ([`OpenOptions`]). Out: [`Opened`]: cases, background, and
//! a warning when many assets are hit. For grading: criteria from the law and what was observed;
//! out comes a [`Grading`] with every number shown.
//!
//! **Does not know** how a finding was made, what the law says (thresholds are handed in), who the
//! operator is, or what time it is.

mod background;
mod build;
mod case;
mod corroborate;
mod effect;
mod grade;
mod group;
mod life;
mod open;
mod phase;
mod seen;
mod source;
mod sustained;
pub mod texts;
mod timeline;

pub use background::{Background, BackgroundFinding};
pub use case::{Case, CaseId, JoinReason, Member, NetworkWarning, OpenReason, Opened};
pub use effect::{AssetEffect, Effect};
pub use grade::{
    Confidence, Criterion, CriterionResult, Grade, Grading, Observed, ObservedValue, Threshold,
    ThresholdValue, grade,
};
pub use group::{LOCAL_HOURS, SOURCE_DAYS};
pub use life::{Blocker, Gate, Stage, TransitionRefused, transition};
pub use open::{OpenOptions, open};
pub use phase::Phase;
pub use source::{LogKind, Sources};
pub use sustained::SustainedLimits;
pub use timeline::{TimelineEntry, TimelineMark};
