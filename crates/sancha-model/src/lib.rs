//! The nouns of sancha and their invariants.
//!
//! In: nothing. Out: the types every other crate speaks: [`Batch`] and [`Event`] on the hot path,
//! [`Match`] and [`Finding`] from detection, [`Statement`] and [`Conclusion`] from the investigations.
//!
//! **Does not know** how a log line is parsed, which rules exist, where anything is stored, or what
//! time it is. Nothing here reads a file or a clock.

mod batch;
mod compressed_name;
mod coverage;
mod event;
mod field;
mod finding;
mod json_text;
mod log_place;
mod mask;
mod rotated_name;
mod scenario;
mod statement;
mod stream_path;
mod text;
mod time;
mod visible;

pub use batch::{Batch, FileId, Framing, ParseNote, ParseNoteKind, RecordId, Row, RowWriter};
pub use compressed_name::without_compression;
pub use coverage::{
    AskedPeriod, ClockRemark, Coverage, CoverageProblem, FileCoverage, LakeCoverage, RuleCoverage,
    RuleNotLoaded, SingleClient, SourceSpan, SuppressionCoverage, SuppressionState,
};
pub use event::{Assumed, Cell, Event, EventClass, FormatId, IpSlot, Scalar, Span};
pub use field::{FieldId, Fields};
pub use finding::{
    EvidenceRef, Finding, FindingId, Level, Match, Outcome, Summary, TellingRecords,
};
pub use json_text::{JSON_ESCAPED, JSON_VALUE, unescape_json};
pub use log_place::{LogPlace, beside, folders};
pub use mask::{mask_personal, mask_personal_text};
pub use rotated_name::unrotated;
pub use scenario::{Family, Scenario, UnknownScenario};
pub use statement::{
    Basis, Citation, Citations, Conclusion, LocalTitle, Param, ProvisionRef, Statement, Status,
};
pub use stream_path::{stream_path, without_stream};
pub use text::{Lang, LocalText, Text};
pub use time::{Civil, DayCache, EventTime};
pub use visible::{is_hidden, text_of, visible};
