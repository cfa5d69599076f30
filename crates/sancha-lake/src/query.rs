//! What is asked of a lake, and the rows that answer.

mod filter;
mod parse;
mod plan;
mod scan;
mod text;

pub use filter::{EntityKind, Filter, TimeRange};
pub use parse::{QueryError, parse};
pub use scan::{Hit, Query, Scan};
pub use text::{Glob, Needle};
