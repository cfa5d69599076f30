//! Turns raw records into events: one file per log format.
//!
//! In: a [`Batch`] whose `raw` bytes were read from one file, the file's [`Format`] and
//! [`FileContext`]. Out: the same batch with its rows filled. A line that a format does not
//! understand is a row with a note, never an error: it is still evidence.
//!
//! **Does not know** where records are kept, which rules exist, or what time it is. The same bytes
//! always give the same rows; the fuzz targets rely on it.

mod client;
mod context;
mod custom_access;
mod daemon;
mod encoding;
#[cfg(test)]
mod fast_path;
mod format;
pub mod formats;
mod json;
pub mod laws;
mod loose_request;
mod names;
mod nearby;
mod program;
mod scan;
mod stamp;
pub mod template;

pub use client::{InvalidIpRange, IpRange, TrustedProxies};
pub use context::{FileContext, Scratch};
pub use encoding::readable;
pub use format::{Fit, Format, Formats, Head};

use sancha_model::{Batch, FileId, FormatId, Framing, ParseNoteKind, RecordId};

/// Fills the rows of `batch` from its raw bytes: one row per record, an unreadable one too.
///
/// Buffers are reused; nothing is allocated per row by formats that only borrow.
pub fn normalize(
    batch: &mut Batch,
    formats: &Formats,
    format: FormatId,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    batch.clear_rows();
    scratch.peers.clear();
    let reader = formats.get(format);
    match reader.framing() {
        Framing::Fixed(size) => {
            fixed(batch, size, |batch, range, id, line| {
                batch.push_row(range, id, line, format, |row| reader.parse(row, context, scratch));
            });
        }
        Framing::Lines | Framing::Whole => {
            // One look at the whole batch spares the lines their own: nearly all logs are UTF-8.
            let foreign = simdutf8::basic::from_utf8(&batch.raw).is_err();
            lines(batch, |batch, range, id, line| {
                batch.push_row(range, id, line, format, |row| {
                    if row.line().is_empty() {
                        row.note(ParseNoteKind::Empty, &[]);
                    } else {
                        reader.parse(row, context, scratch);
                    }
                    if foreign {
                        encoding::decode(row);
                    }
                });
            });
        }
    }
}

type Range = std::ops::Range<usize>;

/// Cuts at LF; a CR before it belongs to the line end.
fn lines(batch: &mut Batch, mut each: impl FnMut(&mut Batch, Range, RecordId, u64)) {
    let (file, first_offset) = (batch.file, batch.first_offset);
    let mut line = batch.first_line;
    let mut start = 0;
    while start < batch.raw.len() {
        let rest = batch.raw.get(start..).unwrap_or(&[]);
        let found = memchr::memchr(b'\n', rest);
        let length = found.unwrap_or(rest.len());
        let carriage = usize::from(rest.get(..length).is_some_and(|line| line.ends_with(b"\r")));
        let place = usize::try_from(line - batch.first_line).unwrap_or(usize::MAX);
        let id = match batch.offsets.get(place) {
            Some(offset) => RecordId { file, offset: *offset },
            None => record_id(file, first_offset, start),
        };
        each(batch, start..start + length - carriage, id, line);
        start += length + 1;
        line += 1;
    }
}

fn fixed(batch: &mut Batch, size: usize, mut each: impl FnMut(&mut Batch, Range, RecordId, u64)) {
    let (file, first_offset) = (batch.file, batch.first_offset);
    for (line, start) in (batch.first_line..).zip((0..batch.raw.len()).step_by(size.max(1))) {
        let end = (start + size).min(batch.raw.len());
        each(batch, start..end, record_id(file, first_offset, start), line);
    }
}

fn record_id(file: FileId, first_offset: u64, start: usize) -> RecordId {
    RecordId { file, offset: first_offset + start as u64 }
}
