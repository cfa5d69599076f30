//! Reads cited lines a second time, so that nothing has to be kept while a run goes on.

use sancha_ingest::files::{Limits, SourceReader};
use sancha_model::Framing;
use sancha_normalize::{Format, formats};

use crate::{Given, LakeLogs};

const CHUNK_BYTES: usize = 1 << 20;

/// The logs of a run, to be read again.
pub(crate) struct Excerpts<'a> {
    given: Given<'a>,
    limits: &'a Limits,
}

/// A record that was read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// 1-based.
    pub(crate) line: u64,
    /// Of its first byte in the file as it was unpacked; of a stream the lake knows it.
    pub(crate) offset: u64,
    /// Its bytes with the line end; of a file that makes sense only as a whole, as the run saw it.
    pub(crate) raw: Vec<u8>,
    pub(crate) kind: ExcerptKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExcerptKind {
    Line,
    /// A record of a fixed size.
    Record,
    /// The rendering of a record.
    Rendered,
}

impl Excerpt {
    /// For people: without its end. Records of a fixed size are mostly zeros; a run of them is one blank.
    pub(crate) fn shown(&self) -> Vec<u8> {
        if self.kind == ExcerptKind::Record {
            let parts = self.raw.split(|byte| *byte == 0).filter(|part| !part.is_empty());
            return parts.collect::<Vec<_>>().join(&b' ');
        }
        let bare = self.raw.strip_suffix(b"\n").unwrap_or(&self.raw);
        bare.strip_suffix(b"\r").unwrap_or(bare).to_vec()
    }
}

impl<'a> Excerpts<'a> {
    pub(crate) fn new(given: Given<'a>, limits: &'a Limits) -> Self {
        Self { given, limits }
    }

    /// `wanted` records (1-based, sorted) of the log called `path`, which was read as `format`, as far as
    /// they can be read again: standard input beyond its copy cannot.
    pub(crate) fn records(&self, path: &str, format: &str, wanted: &[u64]) -> Vec<Excerpt> {
        let format = formats::ALL.iter().find(|known| known.name() == format);
        // Formats that a user described are of lines.
        let framing = format.map_or(Framing::Lines, |format| format.framing());
        let discovery = match self.given {
            Given::Files(discovery) => discovery,
            Given::Lake(logs) => return of_stream(logs, path, framing, wanted),
        };
        let source = discovery.sources.iter().find(|source| source.path == path);
        let Some(reader) = source.and_then(|source| source.open(self.limits).ok()) else {
            return Vec::new();
        };
        match (framing, format) {
            (Framing::Fixed(size), _) => fixed(reader, size, wanted),
            (Framing::Whole, Some(format)) => self.rendered(reader, *format, wanted),
            (Framing::Lines | Framing::Whole, _) => lines(reader, wanted),
        }
    }

    /// Of a file that is no text: the records as the run saw them.
    fn rendered(
        &self,
        mut reader: SourceReader,
        format: &dyn Format,
        wanted: &[u64],
    ) -> Vec<Excerpt> {
        let mut found = Vec::new();
        let Ok(whole) = reader.read_whole(self.limits.max_whole_bytes) else { return found };
        let (mut line, mut wanted) = (0, wanted.iter().copied().peekable());
        // What is readable before a damaged place is shown.
        let _ = format.render(&whole.bytes, &mut |offset, bytes| {
            line += 1;
            if wanted.next_if_eq(&line).is_some() {
                let kind = ExcerptKind::Rendered;
                found.push(Excerpt { line, offset, raw: bytes.to_vec(), kind });
            }
        });
        found
    }
}

/// What cannot be read is told where the run itself read it.
fn of_stream(logs: &LakeLogs, path: &str, framing: Framing, wanted: &[u64]) -> Vec<Excerpt> {
    let kind = match framing {
        Framing::Fixed(_) => ExcerptKind::Record,
        Framing::Lines | Framing::Whole => ExcerptKind::Line,
    };
    let stream = logs.stream(path);
    let lines = stream.and_then(|stream| stream.lines(logs.lake(), framing, wanted).ok());
    let excerpt = |(line, raw)| Excerpt { line, offset: 0, raw, kind };
    lines.into_iter().flatten().map(excerpt).collect()
}

fn lines(mut reader: SourceReader, wanted: &[u64]) -> Vec<Excerpt> {
    let mut found = Vec::new();
    let mut wanted = wanted.iter().copied().peekable();
    let mut buffer = Vec::new();
    while wanted.peek().is_some() {
        let Ok(Some(chunk)) = reader.read_lines(&mut buffer, CHUNK_BYTES) else { break };
        let end = chunk.first_line + chunk.lines;
        if wanted.peek().is_some_and(|line| *line >= end) {
            continue;
        }
        let mut offset = chunk.first_offset;
        for (line, bytes) in (chunk.first_line..).zip(buffer.split_inclusive(|byte| *byte == b'\n'))
        {
            if wanted.next_if_eq(&line).is_some() {
                let kind = ExcerptKind::Line;
                found.push(Excerpt { line, offset, raw: bytes.to_vec(), kind });
            }
            offset += bytes.len() as u64;
        }
    }
    found
}

fn fixed(mut reader: SourceReader, size: usize, wanted: &[u64]) -> Vec<Excerpt> {
    let mut found = Vec::new();
    let mut wanted = wanted.iter().copied().peekable();
    let mut buffer = Vec::new();
    while wanted.peek().is_some() {
        let Ok(Some(chunk)) = reader.read_records(size, &mut buffer, CHUNK_BYTES) else { break };
        let mut offset = chunk.first_offset;
        for (line, record) in (chunk.first_line..).zip(buffer.chunks(size.max(1))) {
            if wanted.next_if_eq(&line).is_some() {
                let kind = ExcerptKind::Record;
                found.push(Excerpt { line, offset, raw: record.to_vec(), kind });
            }
            offset += record.len() as u64;
        }
    }
    found
}
