//! Renders what was found: JSON for programs, one page of HTML for people, lines for the terminal.
//!
//! In: a [`Document`], filled by the app from cases, conclusions and the coverage statement. Out:
//! text. What comes out is safe to show: personal numbers are masked, and characters that would
//! move a cursor, turn text around or become markup are shown as escapes.
//!
//! **Does not know** where the text is written, how a case came about, or what time it is.
//! The same document gives the same bytes.

mod csv;
mod document;
mod html;
mod json;
mod jsonl;
mod limits;
mod remarks;
mod summary;
mod terminal;
pub mod texts;

pub use csv::{BYTE_ORDER_MARK, csv_row, render_findings_csv};
pub use document::{CaseReport, ClockReport, Digested, Document, Inputs, LawUsed, Quote, RawLine};
pub use html::render_html;
pub use json::{FORMAT, render_coverage, render_json};
pub use jsonl::{MatchNames, mark_suppressed, write_finding, write_match, write_withdrawn};
pub use remarks::{lake_read, remarks};
pub use sancha_model::{text_of, visible};
pub use summary::{Answered, CaseSummary, Summary, Tally};
pub use terminal::{
    render_allow_list, render_findings_head, render_findings_table, render_terminal,
};

/// A document that could not be rendered; always a fault of this crate, never of the input.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("failed to write the report as JSON")]
    Json(#[from] serde_json::Error),
    #[error("failed to fill the template of the page")]
    Template(#[from] minijinja::Error),
}
