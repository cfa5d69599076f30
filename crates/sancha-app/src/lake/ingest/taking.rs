//! A file on its way in, what is noted of it, and the name that it is kept under.

use sancha_ingest::files::{Problem, Source};
use sancha_lake::wal::SOURCE_BYTES_MAX;
use sancha_model::EventTime;

use super::{IngestInput, Oddity, TakenIn, Unended};
use crate::logs;

/// A path that is too long to be a source's name, from its end on.
fn short(name: String) -> String {
    if name.len() <= SOURCE_BYTES_MAX {
        return name;
    }
    let mark = "…/";
    let fits = |at: &usize| name.len() - at + mark.len() <= SOURCE_BYTES_MAX;
    let folders = name.match_indices('/').map(|(at, _)| at + 1);
    let letters = name.char_indices().map(|(at, _)| at);
    let from = folders.chain(letters).find(fits).unwrap_or(0);
    format!("{mark}{}", name.get(from..).unwrap_or_default())
}

/// A file on its way in, as one of the streams that it may be.
pub(super) struct Taking {
    pub(super) taken: TakenIn,
    /// No line of it tells of anything later.
    pub(super) reference: EventTime,
    pub(super) notes: Notes,
}

/// What is noted while a file is read as one stream. It counts if the file turns out to be that
/// stream.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    pub(super) oddities: Vec<Oddity>,
    /// Last lines without an end.
    pub(super) unended: Vec<Unended>,
}

impl Taking {
    pub(super) fn new(source: &Source, input: &IngestInput<'_>) -> Self {
        let name = input.name.map_or_else(|| short(logs::source_name(&source.path)), str::to_owned);
        let path = source.path.clone();
        let taken = TakenIn { path, source: name, lines: 0, bytes: 0, known_bytes: 0 };
        let written = source.gzip_mtime.map(EventTime::from_seconds);
        let reference = written.map_or(input.at, |written| written.min(input.at));
        Self { taken, reference, notes: Notes::default() }
    }
}
