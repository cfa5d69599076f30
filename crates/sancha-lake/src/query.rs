//! What is asked of a lake, and the rows that answer.

mod counted;
mod filter;
mod fresh;
mod parse;
mod piecewise;
mod plan;
mod pushdown;
mod result;
mod scan;
mod sql;
mod table;
mod text;

pub use filter::{EntityKind, Filter, TimeRange};
pub(crate) use fresh::{Fresh, framing};
pub use parse::{Parsed, QueryError, parse};
pub use result::{ParquetResult, each_row, names, write_json_lines};
pub use scan::{Hit, Value};
pub(crate) use scan::{Opened, Scan};
pub(crate) use sql::run as run_sql;
pub(crate) use sql::shown;
pub use sql::{AddressFault, SqlError, SqlOptions};
pub(crate) use table::Table;
pub use text::{Glob, Needle};
