use std::sync::Arc;

use ring::digest;
use sancha_detect::{BatchResult, Stretches, SuppressedCounts, gaps, observed::Observed};
use sancha_ingest::files::{Chunk, Limits};
use sancha_model::{
    Batch, CoverageProblem, EventTime, FileCoverage, FormatId, Framing, ParseNoteKind,
};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};
use sancha_seal::Hash32;

use super::ChunkKind;
use crate::{
    given::{Log, LogReader},
    problem,
};

/// How much of a file is looked at to tell its format and its first time.
pub(super) const HEAD_BYTES: usize = 64 << 10;
/// The same where the first line is longer: a transaction with a large body. The longest line that is read.
const LONG_HEAD_BYTES: usize = 1 << 20;
/// The longest stretches without a record that the coverage statement keeps.
const GAPS_KEPT: usize = 5;

pub(super) enum NextChunk {
    Batch(ChunkKind),
    End,
}

/// A log on its way through the run.
pub(super) struct FileState {
    pub(super) format: FormatId,
    pub(super) context: Arc<FileContext>,
    pub(super) coverage: FileCoverage,
    /// Earliest time in the head; where nothing is known, the beginning of time.
    pub(super) start: EventTime,
    pub(super) suppressed: SuppressedCounts,
    pub(super) observed: Observed,
    input: Input,
    /// Batches cut, and results taken, so far.
    cut: u64,
    taken: u64,
    /// SHA-256 by `ring`: one stream cannot be hashed in lanes, and where the processor has no instructions
    /// for it `ring` takes half the time of `sha2`.
    digest: Option<digest::Context>,
    notes: [u64; ParseNoteKind::ALL.len()],
    problems: Vec<CoverageProblem>,
    stretches: Stretches,
    /// No record of the log is later, give or take a day.
    latest: EventTime,
}

enum Input {
    Unopened,
    Open(LogReader),
    /// Rendered records of a file that had to be read as a whole.
    Rendered {
        text: Vec<u8>,
        /// Where each of the records stands in the file.
        offsets: Vec<u64>,
        at: usize,
        line: u64,
    },
    Ended,
}

impl FileState {
    /// Looks at the head of a log. Standard input stays open, for it can be opened only once.
    pub(super) fn open(
        log: Log<'_>,
        limits: &Limits,
        formats: &Formats,
        context: Arc<FileContext>,
    ) -> Self {
        let mut state = Self::unread(log.path(), context);
        // How records are told apart is of no matter to the first bytes.
        match log.open(limits, Framing::Lines) {
            Ok(reader) => state.look(log, reader, formats),
            Err(problem) => state.problems.push(problem),
        }
        state
    }

    /// A file of which nothing was read: one that is followed, whose lines come from elsewhere.
    pub(super) fn unread(path: &str, context: Arc<FileContext>) -> Self {
        Self {
            format: FormatId::default(),
            coverage: FileCoverage { path: path.to_owned(), ..FileCoverage::default() },
            start: EventTime::MIN,
            suppressed: SuppressedCounts::default(),
            observed: Observed::default(),
            input: Input::Ended,
            cut: 0,
            taken: 0,
            digest: None,
            notes: [0; ParseNoteKind::ALL.len()],
            problems: Vec::new(),
            stretches: Stretches::default(),
            latest: context.reference,
            context,
        }
    }

    /// Has the digest taken of what is read.
    pub(super) fn digested(self) -> Self {
        Self { digest: Some(digest::Context::new(&digest::SHA256)), ..self }
    }

    /// Tells the format by the beginning of the file.
    pub(super) fn tell_format(&mut self, bytes: &[u8], formats: &Formats) {
        let format = formats.detect(&Head::of(bytes, &self.coverage.path));
        self.read_as(format, bytes, formats);
    }

    fn read_as(&mut self, format: FormatId, bytes: &[u8], formats: &Formats) {
        self.format = format;
        self.start = earliest(bytes, formats, format, &self.context);
        self.coverage.format = formats.get(format).name().to_owned();
    }

    /// Takes note of whole lines that were read of a followed file.
    pub(super) fn followed(&mut self, chunk: &Chunk, batch: &mut Batch) -> ChunkKind {
        batch.seq = self.cut;
        self.cut += 1;
        self.cut_from(chunk, batch)
    }

    fn look(&mut self, log: Log<'_>, mut reader: LogReader, formats: &Formats) {
        match reader.head(HEAD_BYTES, LONG_HEAD_BYTES) {
            Ok(bytes) => {
                self.tell_format(&bytes, formats);
                if let Some(noted) = log.noted_format().and_then(|name| formats.named(name)) {
                    self.read_as(noted, &bytes, formats);
                }
                self.input = if log.opens_again() { Input::Unopened } else { Input::Open(reader) };
            }
            Err(problem) => {
                self.problems.push(problem);
                self.coverage.format = formats.get(self.format).name().to_owned();
            }
        }
    }

    pub(super) fn can_read(&self) -> bool {
        !matches!(self.input, Input::Ended)
    }

    /// Nothing more is read and every result was taken.
    pub(super) fn is_done(&self) -> bool {
        !self.can_read() && self.cut == self.taken
    }

    /// The number of the batch whose result comes next.
    pub(super) fn next_result(&self) -> u64 {
        self.taken
    }

    /// Fills `batch` with the next whole records.
    pub(super) fn read(
        &mut self,
        log: Log<'_>,
        limits: &Limits,
        formats: &Formats,
        batch: &mut Batch,
        target: usize,
    ) -> NextChunk {
        let framing = formats.get(self.format).framing();
        if matches!(self.input, Input::Unopened) {
            self.input = match log.open(limits, framing) {
                Ok(reader) => Input::Open(reader),
                Err(problem) => self.fail(problem),
            };
        }
        if framing == Framing::Whole {
            self.render(formats, limits);
        }
        let kind = match &mut self.input {
            Input::Rendered { text, offsets, at, line } => {
                rendered(text, offsets, at, line, batch, target)
            }
            Input::Open(reader) => {
                let problems = &mut self.problems;
                let read = reader.read(framing, &mut batch.raw, target, limits, problems);
                read.map(|(chunk, reference)| {
                    self.not_after(reference);
                    self.cut_from(&chunk, batch)
                })
            }
            Input::Unopened | Input::Ended => None,
        };
        match kind {
            Some(kind) => {
                batch.seq = self.cut;
                self.cut += 1;
                NextChunk::Batch(kind)
            }
            None => {
                self.input = Input::Ended;
                NextChunk::End
            }
        }
    }

    /// None of the records that come happened after this instant.
    fn not_after(&mut self, reference: Option<EventTime>) {
        let latest = reference.map_or(self.latest, |reference| reference.min(self.latest));
        if latest != self.context.reference {
            let context = FileContext { reference: latest, ..FileContext::clone(&self.context) };
            self.context = Arc::new(context);
        }
    }

    fn cut_from(&mut self, chunk: &Chunk, batch: &mut Batch) -> ChunkKind {
        batch.first_offset = chunk.first_offset;
        batch.first_line = chunk.first_line;
        self.coverage.bytes += chunk.bytes;
        if chunk.oversize.is_some() {
            // The rest of the line was not delivered, so there is no digest of this content.
            self.digest = None;
            return ChunkKind::TooLong;
        }
        if let Some(digest) = &mut self.digest {
            digest.update(&batch.raw);
        }
        if chunk.cut { ChunkKind::Cut } else { ChunkKind::Records }
    }

    fn fail(&mut self, problem: CoverageProblem) -> Input {
        self.problems.push(problem);
        Input::Ended
    }

    /// Reads a file that makes sense only as a whole, and renders its records as lines.
    fn render(&mut self, formats: &Formats, limits: &Limits) {
        let Input::Open(LogReader::File(reader)) = &mut self.input else { return };
        self.input = match reader.read_whole(limits.max_whole_bytes) {
            Ok(whole) => {
                self.problems.extend(whole.problem.as_ref().map(problem));
                self.coverage.bytes += whole.bytes.len() as u64;
                if let Some(digest) = &mut self.digest {
                    digest.update(&whole.bytes);
                }
                let (mut text, mut offsets) = (Vec::new(), Vec::new());
                let each = &mut |offset: u64, line: &[u8]| {
                    offsets.push(offset);
                    text.extend_from_slice(line);
                    text.push(b'\n');
                };
                if formats.get(self.format).render(&whole.bytes, each).is_err() {
                    // What was readable is kept; the note stands for the rest.
                    self.notes[note_place(ParseNoteKind::Truncated)] += 1;
                }
                Input::Rendered { text, offsets, at: 0, line: 1 }
            }
            Err(found) => self.fail(problem(&found)),
        };
    }

    /// Adds a batch's counts; batches come in order.
    pub(super) fn account(&mut self, result: &BatchResult) {
        self.taken += 1;
        let coverage = &mut self.coverage;
        coverage.records += result.records;
        coverage.rejected += result.rejected;
        coverage.parsed += result.records - result.rejected;
        coverage.without_time += result.without_time;
        coverage.assumed_year |= result.assumed_year;
        coverage.assumed_zone |= result.assumed_zone;
        coverage.first_rejected_line = coverage.first_rejected_line.or(result.first_rejected_line);
        coverage.first = [coverage.first, result.earliest].into_iter().flatten().min();
        coverage.last = coverage.last.max(result.latest);
        self.suppressed.add(&result.suppressed);
        self.observed.merge(&result.observed);
        for (sum, count) in self.notes.iter_mut().zip(&result.notes) {
            *sum += count;
        }
        self.stretches.merge(&result.stretches);
    }

    pub(super) fn finish(mut self, late: u64) -> (FileCoverage, Vec<CoverageProblem>) {
        self.coverage.late = late;
        self.coverage.stretches = self.stretches.list();
        self.coverage.gaps = gaps(&self.coverage.stretches);
        self.coverage.gaps.truncate(GAPS_KEPT);
        let digest = self.digest.map(digest::Context::finish);
        let digest = digest.and_then(|digest| Hash32::from_slice(digest.as_ref()));
        self.coverage.sha256 = digest.map(|digest| digest.hex()).unwrap_or_default();
        self.coverage.notes = ParseNoteKind::ALL
            .iter()
            .zip(self.notes)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| (kind.id().to_owned(), count))
            .collect();
        (self.coverage, self.problems)
    }
}

fn note_place(kind: ParseNoteKind) -> usize {
    ParseNoteKind::ALL.iter().position(|known| *known == kind).unwrap_or(0)
}

/// The next whole lines of a rendered file.
fn rendered(
    text: &[u8],
    offsets: &[u64],
    at: &mut usize,
    line: &mut u64,
    batch: &mut Batch,
    target: usize,
) -> Option<ChunkKind> {
    let rest = text.get(*at..).filter(|rest| !rest.is_empty())?;
    let end = match rest.get(target..).and_then(|tail| tail.iter().position(|b| *b == b'\n')) {
        Some(beyond) => target + beyond + 1,
        None => rest.len(),
    };
    batch.raw.extend_from_slice(rest.get(..end)?);
    batch.first_offset = *at as u64;
    batch.first_line = *line;
    let lines = batch.raw.iter().filter(|byte| **byte == b'\n').count();
    let first = usize::try_from(*line - 1).unwrap_or(usize::MAX);
    let places = offsets.iter().skip(first).take(lines);
    batch.offsets.extend(places);
    *at += end;
    *line += lines as u64;
    Some(ChunkKind::Records)
}

/// The earliest time that the head's records state.
fn earliest(bytes: &[u8], formats: &Formats, format: FormatId, context: &FileContext) -> EventTime {
    if formats.get(format).framing() == Framing::Whole {
        return EventTime::MIN;
    }
    let mut batch = Batch::default();
    batch.raw.extend_from_slice(bytes);
    normalize(&mut batch, formats, format, context, &mut Scratch::new(context));
    batch.events().filter_map(|event| event.time()).min().unwrap_or(EventTime::MIN)
}
