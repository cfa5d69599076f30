//! One part: rows of one source and one day, in order of arrival.

mod decode;
mod lines;
mod read;
mod recheck;
mod rows;
mod write;

pub use decode::is_decoding;
pub(crate) use lines::{Lines, Templates, line_columns, time_at};
pub use read::ReadAt;
pub(crate) use read::{Columns, Companion, Cursor as Reader, DiskAt, Strides, read_schema};
pub(crate) use recheck::Recheck;
pub(crate) use rows::{Rows, line_length};
pub use write::{Layout, PartWriter, Position, Stretch, Written};
