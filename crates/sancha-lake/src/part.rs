//! One part: rows of one source and one day, in order of arrival.

mod lines;
mod read;
mod rows;
mod write;

pub use read::ReadAt;
pub use write::{Layout, PartWriter, Written};
