//! Puts the lines of chunks into parts by source and day.

use std::collections::HashMap;

use sancha_model::{Batch, Event, EventTime, Framing};
use sancha_normalize::{FileContext, Head, Scratch, normalize};
use sancha_seal::StreamTail;

use super::{Done, Settings, names::day_name, sink::Sink};
use crate::{
    LakeError,
    lake::Catalog,
    part::{PartWriter, Position, line_length},
    wal::{ChunkRef, Tail},
};

/// Parts that are written at the same time; of more the one longest unused is ended.
const OPEN_PARTS: usize = 8;
/// How often a stream may go back to an earlier day in one write-ahead file. A log that jumps about more
/// stays in the later day's part: each change is named in the log.
const MOST_RETURNS: u32 = 16;
/// Stretches of one part: each is named in its entry of the log, which has a limit.
const MOST_STRETCHES: usize = 96;

type Make<'m> = dyn FnMut(&str, &str) -> Result<Sink, LakeError> + 'm;

pub(super) struct Sorter<'a> {
    settings: &'a Settings<'a>,
    catalog: &'a Catalog,
    streams: HashMap<[u8; 32], Stream>,
    contexts: HashMap<(String, EventTime), (FileContext, Scratch)>,
    /// The one used last stands last. In boxes, for they are large, and move for every line of another part.
    #[expect(clippy::vec_box, reason = "they would be moved, with some kilobytes each")]
    open: Vec<Box<Open>>,
    batch: Batch,
}

/// What is known of a stream while a write-ahead file is settled.
struct Stream {
    format: sancha_model::FormatId,
    /// Of the line before, in days since 1970.
    day: Option<i64>,
    returns: u32,
    /// Offset behind its last byte so far, and the bytes before it.
    end: u64,
    tail: StreamTail,
}

/// How far each stream came in a write-ahead file, and how it ends there.
pub(super) type Ends = HashMap<[u8; 32], (u64, StreamTail)>;

struct Open {
    source: String,
    day: i64,
    writer: PartWriter<Sink>,
    path: String,
    streams: Vec<([u8; 32], u32, String)>,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(settings: &'a Settings<'a>, catalog: &'a Catalog) -> Self {
        Self {
            settings,
            catalog,
            streams: HashMap::new(),
            contexts: HashMap::new(),
            open: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// Takes a chunk's lines; parts that had to be ended go to `done`.
    pub(super) fn take(
        &mut self,
        chunk: &ChunkRef<'_>,
        make: &mut Make<'_>,
        done: &mut Vec<Done>,
    ) -> Result<(), LakeError> {
        let reference = EventTime::from_nanos(chunk.reference);
        let accepted = day_of(EventTime::from_nanos(chunk.accepted_at));
        let format = self.stream(chunk).format;
        let name = self.settings.formats.get(format).name();
        let mut batch = std::mem::take(&mut self.batch);
        batch.clear();
        batch.raw.extend_from_slice(chunk.bytes);
        (batch.first_offset, batch.first_line) = (chunk.offset, chunk.line);
        let settings = self.settings;
        let key = (chunk.source.to_owned(), reference);
        let (context, scratch) = self.contexts.entry(key).or_insert_with(|| {
            let context = (settings.context)(chunk.source, reference);
            let scratch = Scratch::new(&context);
            (context, scratch)
        });
        normalize(&mut batch, self.settings.formats, format, context, scratch);
        let mut at = Position { stream: chunk.stream, offset: chunk.offset, line: chunk.line };
        let mut rest = chunk.bytes;
        for event in batch.events() {
            let len = line_length(event.raw().len(), rest);
            let (line, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = after;
            let day = self.day(&chunk.stream, event, accepted);
            let open = self.open(chunk, day, name, make, done)?;
            open.writer
                .push(event, line, name, at)
                .map_err(|error| LakeError::unwritten(&open.path, error))?;
            at.offset += line.len() as u64;
            at.line += 1;
        }
        self.batch = batch;
        Ok(())
    }

    /// How the stream of a chunk is cut into lines.
    pub(super) fn framing(&mut self, chunk: &ChunkRef<'_>) -> Framing {
        let format = self.stream(chunk).format;
        self.settings.formats.get(format).framing()
    }

    fn stream(&mut self, chunk: &ChunkRef<'_>) -> &Stream {
        let (formats, catalog) = (self.settings.formats, self.catalog);
        let tail = Tail::of(chunk.bytes);
        let tail = StreamTail { bytes: tail.length, crc32: tail.crc, ends_line: tail.ends_line };
        let stream = self.streams.entry(chunk.stream).or_insert_with(|| {
            let known = catalog.format_of(&chunk.stream).and_then(|name| formats.named(name));
            let head = Head::of(chunk.bytes, chunk.source);
            let format = known.unwrap_or_else(|| formats.detect(&head));
            Stream { format, day: None, returns: 0, end: 0, tail }
        });
        (stream.end, stream.tail) = (chunk.end(), tail);
        stream
    }

    /// The day whose part takes an event: its own, or for one without a time that of the line before. A line
    /// that comes a day late stays with those it came with.
    fn day(&mut self, stream: &[u8; 32], event: Event<'_>, accepted: i64) -> i64 {
        let Some(stream) = self.streams.get_mut(stream) else { return accepted };
        let own = event.time().map(day_of);
        let day = match (own, stream.day) {
            (Some(own), Some(before)) if own < before => {
                let goes_back = own < before - 1 && stream.returns < MOST_RETURNS;
                stream.returns += u32::from(goes_back);
                if goes_back { own } else { before }
            }
            (own, before) => own.or(before).unwrap_or(accepted),
        };
        stream.day = Some(day);
        day
    }

    /// The part of a source and day, begun where there is none.
    fn open(
        &mut self,
        chunk: &ChunkRef<'_>,
        day: i64,
        format: &str,
        make: &mut Make<'_>,
        done: &mut Vec<Done>,
    ) -> Result<&mut Open, LakeError> {
        let found =
            self.open.iter().rposition(|open| open.day == day && open.source == chunk.source);
        let found = found.map(|place| self.open.remove(place));
        let open = match found {
            Some(full) if full.writer.stretches() >= MOST_STRETCHES => {
                done.push(full.end()?);
                self.begin(chunk, day, make, done)?
            }
            Some(open) => open,
            None => self.begin(chunk, day, make, done)?,
        };
        let last = self.open.len();
        self.open.push(open);
        let open = &mut self.open[last];
        if !open.streams.iter().rev().any(|(id, _, _)| *id == chunk.stream) {
            open.streams.push((chunk.stream, chunk.prefix, format.to_owned()));
        }
        Ok(open)
    }

    /// Begins a part; when too many are open, ends the one longest unused.
    fn begin(
        &mut self,
        chunk: &ChunkRef<'_>,
        day: i64,
        make: &mut Make<'_>,
        done: &mut Vec<Done>,
    ) -> Result<Box<Open>, LakeError> {
        if self.open.len() >= OPEN_PARTS {
            done.push(self.open.remove(0).end()?);
        }
        let name = day_name(EventTime::from_seconds(day * 86_400));
        let sink = make(chunk.source, &name)?;
        let path = sink.path().to_owned();
        let writer = PartWriter::new(sink, self.settings.layout)
            .map_err(|error| LakeError::unwritten(&path, error))?;
        let source = chunk.source.to_owned();
        Ok(Box::new(Open { source, day, writer, path, streams: Vec::new() }))
    }

    pub(super) fn finish(self, done: &mut Vec<Done>) -> Result<Ends, LakeError> {
        for open in self.open {
            done.push(open.end()?);
        }
        Ok(self.streams.into_iter().map(|(id, stream)| (id, (stream.end, stream.tail))).collect())
    }
}

impl Open {
    fn end(self) -> Result<Done, LakeError> {
        let Self { source, day, writer, path, streams } = self;
        let (parquet, written) =
            writer.finish().map_err(|error| LakeError::unwritten(&path, error))?;
        let (path, sha256, bytes) = parquet.finish()?;
        let day = day_name(EventTime::from_seconds(day * 86_400));
        Ok(Done { source, day, path, sha256, bytes, written, streams })
    }
}

fn day_of(time: EventTime) -> i64 {
    time.seconds().div_euclid(86_400)
}
