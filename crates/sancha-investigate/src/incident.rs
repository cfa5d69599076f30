//! 查案件: what happened, as far as the records say, and what to bring where they say nothing.

mod after;
mod entry;
mod reach;

use jiff::tz::TimeZone;
use sancha_case::Case;
use sancha_model::{Conclusion, Coverage, Statement, Text};

use crate::{CaseFacts, texts};

/// What the first investigation is made of.
pub struct IncidentInput<'a> {
    pub case: &'a Case,
    pub facts: &'a CaseFacts,
    pub coverage: &'a Coverage,
    pub zone: &'a TimeZone,
}

/// The nine questions, always all of them and in this order.
pub fn incident(input: &IncidentInput<'_>) -> Vec<Conclusion> {
    vec![
        answer("entry", &texts::Q_ENTRY, entry::entry(input)),
        answer("path", &texts::Q_PATH, entry::path(input)),
        answer("actions", &texts::Q_ACTIONS, after::actions(input)),
        answer("accounts", &texts::Q_ACCOUNTS, after::accounts(input)),
        answer("data", &texts::Q_DATA, reach::data(input)),
        answer("extent", &texts::Q_EXTENT, reach::extent(input)),
        answer("persistence", &texts::Q_PERSISTENCE, after::persistence(input)),
        answer("cause", &texts::Q_CAUSE, entry::cause(input)),
        answer("over_or_not", &texts::Q_OVER, reach::over(input)),
    ]
}

fn answer(id: &str, question: &Text, statements: Vec<Statement>) -> Conclusion {
    Conclusion {
        id: id.to_owned(),
        question: question.local(),
        status: None,
        bound: None,
        provisions: Vec::new(),
        statements,
    }
}
