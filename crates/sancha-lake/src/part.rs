//! One part: rows of one source and one day, in order of arrival.

mod batches;
mod chunk;
mod copy;
mod decode;
mod dictionary;
mod encoding;
mod file;
mod footer;
mod frames;
mod groups;
mod keyed;
mod lines;
mod numbering;
mod packed;
mod points;
mod read;
mod recheck;
mod rows;
mod sizes;
#[cfg(test)]
mod tests;
mod texts;
mod write;

pub(crate) use batches::{Batches, Group};
pub(crate) use copy::CopyWriter;
pub use decode::is_decoding;
pub(crate) use file::{Columns, read_schema};
pub(crate) use footer::Cursor as Reader;
pub(crate) use lines::{EventTimes, Lines, Templates, line_columns, time_at};
pub(crate) use points::Wish;
pub use read::ReadAt;
pub(crate) use read::{Companion, DiskAt, Strides};
pub(crate) use recheck::Recheck;
pub(crate) use rows::{Rows, line_length};
pub(crate) use texts::Texts;
pub(crate) use write::ENTITIES;
pub use write::{Layout, PartWriter, Position, Stretch, Written};
