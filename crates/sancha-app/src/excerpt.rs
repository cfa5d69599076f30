//! Reads cited lines a second time, so that nothing has to be kept while a run goes on.

use sancha_ingest::files::{Discovery, Limits, SourceReader};
use sancha_model::Framing;
use sancha_normalize::{Format, formats};

const CHUNK_BYTES: usize = 1 << 20;

/// The sources of a run, to be read again.
pub(crate) struct Excerpts<'a> {
    discovery: &'a Discovery,
    limits: &'a Limits,
}

impl<'a> Excerpts<'a> {
    pub(crate) fn new(discovery: &'a Discovery, limits: &'a Limits) -> Self {
        Self { discovery, limits }
    }

    /// The bytes of `wanted` records (1-based, sorted) of the source called `path`, which was read as
    /// `format`, as far as they can be read again: standard input beyond its copy cannot.
    pub(crate) fn lines(&self, path: &str, format: &str, wanted: &[u64]) -> Vec<(u64, Vec<u8>)> {
        let source = self.discovery.sources.iter().find(|source| source.path == path);
        let Some(reader) = source.and_then(|source| source.open(self.limits).ok()) else {
            return Vec::new();
        };
        let format = formats::ALL.iter().find(|known| known.name() == format);
        match format.map(|format| (format.framing(), format)) {
            Some((Framing::Fixed(size), _)) => records(reader, size, wanted),
            Some((Framing::Whole, format)) => self.rendered(reader, *format, wanted),
            // Formats that a user described are of lines.
            Some((Framing::Lines, _)) | None => lines(reader, wanted),
        }
    }

    /// Of a file that is no text: the records as the run saw them.
    fn rendered(
        &self,
        mut reader: SourceReader,
        format: &dyn Format,
        wanted: &[u64],
    ) -> Vec<(u64, Vec<u8>)> {
        let mut found = Vec::new();
        let Ok(whole) = reader.read_whole(self.limits.max_whole_bytes) else { return found };
        let (mut line, mut wanted) = (0, wanted.iter().copied().peekable());
        // What is readable before a damaged place is shown.
        let _ = format.render(&whole.bytes, &mut |_offset, bytes| {
            line += 1;
            if wanted.next_if_eq(&line).is_some() {
                found.push((line, bytes.to_vec()));
            }
        });
        found
    }
}

fn lines(mut reader: SourceReader, wanted: &[u64]) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut wanted = wanted.iter().copied().peekable();
    let mut buffer = Vec::new();
    while wanted.peek().is_some() {
        let Ok(Some(chunk)) = reader.read_lines(&mut buffer, CHUNK_BYTES) else { break };
        let end = chunk.first_line + chunk.lines;
        if wanted.peek().is_some_and(|line| *line >= end) {
            continue;
        }
        for (line, bytes) in (chunk.first_line..).zip(buffer.split(|byte| *byte == b'\n')) {
            if wanted.next_if_eq(&line).is_some() {
                let bare = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                found.push((line, bare.to_vec()));
            }
        }
    }
    found
}

/// Records of a fixed size are mostly zeros; a run of them is shown as one blank.
fn records(mut reader: SourceReader, size: usize, wanted: &[u64]) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut wanted = wanted.iter().copied().peekable();
    let mut buffer = Vec::new();
    while wanted.peek().is_some() {
        let Ok(Some(chunk)) = reader.read_records(size, &mut buffer, CHUNK_BYTES) else { break };
        for (line, record) in (chunk.first_line..).zip(buffer.chunks(size.max(1))) {
            if wanted.next_if_eq(&line).is_some() {
                let parts = record.split(|byte| *byte == 0).filter(|part| !part.is_empty());
                found.push((line, parts.collect::<Vec<_>>().join(&b' ')));
            }
        }
    }
    found
}
