//! Every sentence that this crate shows to people, by the file that uses it.

mod by_law;
mod clock;
mod duty;
mod grade;
mod incident;
mod next_steps;

pub use by_law::*;
pub use clock::*;
pub use duty::*;
pub use grade::*;
pub use incident::*;
pub use next_steps::*;
use sancha_model::Text;

/// Every text of this crate, for the wording test.
pub fn all() -> impl Iterator<Item = &'static Text> {
    [ALL_BY_LAW, ALL_CLOCK, ALL_DUTY, ALL_GRADE, ALL_INCIDENT, ALL_NEXT_STEPS]
        .into_iter()
        .flatten()
        .copied()
}
