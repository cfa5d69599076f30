//! One part: rows of one source and one day, in order of arrival.

mod lines;
mod read;
mod rows;
mod write;

pub(crate) use lines::{Lines, Templates, line_columns};
pub use read::ReadAt;
pub(crate) use read::{Columns, Companion, Strides};
pub use write::{Layout, PartWriter, Written};
