//! The three investigations: pure functions over a case, the operator profile and the law at the
//! date of the facts.
//!
//! In: a case with its findings, what was read, the profile and its proofs, the catalog of law. Out:
//! [`sancha_model::Conclusion`]s, each with a question, an answer and what it rests on; the report
//! clock; the next steps.
//!
//! **Does not know** where any of it is stored, how it is shown, or what time it is: `at` is an input.

mod by_law;
mod clock;
mod facts;
mod incident;
mod next_steps;
mod operator_duty;
mod scope;
mod supervision;
pub mod texts;
mod wording;

pub use by_law::{clock_input, criteria, observed};
pub use clock::{
    ClockInput, ClockRow, ClockState, ReportClock, ReportRule, SummaryRule, report_clock,
};
pub use facts::{CaseFacts, Touched};
pub use incident::{IncidentInput, incident};
pub use next_steps::{NextStepsInput, Step, StepKind, next_steps};
pub use operator_duty::{DutyInput, operator_duty};
pub use scope::{machines, sources};
pub use supervision::supervision;
