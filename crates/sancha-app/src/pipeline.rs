//! Reads, normalizes, evaluates and correlates all sources of a run, on one thread or several.
//!
//! One coordinator reads chunks and correlates; workers normalize and evaluate. Memory is bounded by
//! the fixed pool of batches. The result never depends on how threads take turns: batches of a file
//! are handled in order, and [`Merge`] orders signals by the files alone.

mod file;
mod workers;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use sancha_detect::{BatchResult, Correlator, Engine, Merge, Signal, SignalKind};
use sancha_ingest::files::{Limits, Problem, Source};
use sancha_model::{Batch, EventClass, EventTime, FileCoverage, FileId, Finding, Match};
use sancha_normalize::{FileContext, Formats};

use file::{FileState, NextChunk};
use workers::{Job, Worker};

/// Bytes of a batch; with two threads six of them are under way.
const BATCH_BYTES: usize = 1 << 20;

/// What a run needs, all of it chosen by the use case.
pub struct Pipeline<'a> {
    pub sources: &'a [Source],
    pub limits: &'a Limits,
    pub formats: &'a Formats,
    /// What is known of each source besides its bytes.
    pub context: &'a dyn Fn(&Source) -> FileContext,
    pub engine: &'a Engine,
    pub threads: usize,
    /// Bytes for correlation state.
    pub memory: usize,
    /// Told the bytes read so far, after every chunk.
    pub progress: &'a dyn Fn(u64),
}

/// What a run yields.
#[derive(Debug, Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub files: Vec<FileCoverage>,
    pub problems: Vec<Problem>,
    pub evicted: u64,
    pub allowed: u64,
    pub matches: u64,
    /// Kinds of records that were there.
    pub classes: BTreeSet<EventClass>,
}

impl Pipeline<'_> {
    /// Runs to the end. `on_match` is handed every match in order of time and place.
    ///
    /// # Errors
    /// Only what `on_match` returns: trouble with an input is a [`Problem`] in the outcome.
    pub fn run(&self, on_match: &mut dyn FnMut(&Match) -> io::Result<()>) -> io::Result<Outcome> {
        let mut files: Vec<FileState> = Vec::with_capacity(self.sources.len());
        for source in self.sources {
            let context = Arc::new((self.context)(source));
            files.push(FileState::open(source, self.limits, self.formats, context));
        }
        let starts: Vec<EventTime> = files.iter().map(|file| file.start).collect();
        let mut run = Run {
            merge: Merge::new(&starts),
            correlator: Correlator::new(self.memory, self.engine.correlation_rules()),
            files,
            waiting: BTreeMap::new(),
            matches: 0,
            bytes: 0,
            on_match,
        };
        if self.threads <= 1 {
            self.run_alone(&mut run)?;
        } else {
            self.run_with_workers(&mut run)?;
        }
        run.finish(self.engine)
    }

    fn run_alone(&self, run: &mut Run<'_>) -> io::Result<()> {
        let mut worker = Worker::new(self.engine, self.formats);
        let (mut batch, mut result) = (Batch::default(), BatchResult::default());
        while let Some(file) = run.next_file() {
            match run.read(self, file, std::mem::take(&mut batch)) {
                Read::Job(job) => {
                    let done = worker.work(job, std::mem::take(&mut result));
                    let (used_batch, used_result) = run.take(done)?;
                    (batch, result) = (used_batch, used_result);
                }
                Read::End(unused) => batch = unused,
            }
        }
        Ok(())
    }

    fn run_with_workers(&self, run: &mut Run<'_>) -> io::Result<()> {
        let most = 2 * self.threads + 2;
        std::thread::scope(|scope| {
            let pool = workers::Pool::start(scope, self.engine, self.formats, self.threads);
            let mut free: Vec<(Batch, BatchResult)> =
                (0..most).map(|_| Default::default()).collect();
            loop {
                while let Some((batch, result)) = free.pop() {
                    let Some(file) = run.next_file() else {
                        free.push((batch, result));
                        break;
                    };
                    match run.read(self, file, batch) {
                        Read::Job(job) => pool.send(job, result),
                        Read::End(unused) => free.push((unused, result)),
                    }
                }
                if free.len() == most {
                    return Ok(());
                }
                free.push(run.take(pool.receive())?);
            }
        })
    }
}

/// The coordinator's state.
struct Run<'a> {
    files: Vec<FileState>,
    merge: Merge,
    correlator: Correlator,
    /// Results that came before those of earlier batches of their file.
    waiting: BTreeMap<(u32, u64), BatchResult>,
    matches: u64,
    bytes: u64,
    on_match: &'a mut dyn FnMut(&Match) -> io::Result<()>,
}

impl Run<'_> {
    fn next_file(&self) -> Option<usize> {
        self.merge.next_wanted(|file| self.files.get(file).is_some_and(FileState::can_read))
    }

    /// Reads a file's next chunk into `batch`; gives the batch back when the file has no more.
    fn read(&mut self, pipeline: &Pipeline<'_>, file: usize, mut batch: Batch) -> Read {
        batch.clear();
        batch.file = FileId(u32::try_from(file).unwrap_or(u32::MAX));
        let Some((state, source)) = self.files.get_mut(file).zip(pipeline.sources.get(file)) else {
            return Read::End(batch);
        };
        let before = state.coverage.bytes;
        let chunk = state.read(source, pipeline.limits, pipeline.formats, &mut batch, BATCH_BYTES);
        self.bytes += state.coverage.bytes - before;
        (pipeline.progress)(self.bytes);
        match chunk {
            NextChunk::Batch(kind) => {
                let (format, context) = (state.format, Arc::clone(&state.context));
                Read::Job(Job { batch, format, context, kind })
            }
            NextChunk::End => {
                if state.is_done() {
                    self.merge.end(file);
                }
                Read::End(batch)
            }
        }
    }

    /// Takes a worker's result; returns the buffers for the next batch.
    fn take(&mut self, (batch, result): (Batch, BatchResult)) -> io::Result<(Batch, BatchResult)> {
        let file = batch.file.0;
        self.waiting.insert((file, batch.seq), result);
        let mut spare = BatchResult::default();
        while let Some(state) = self.files.get_mut(file as usize)
            && let Some(mut next) = self.waiting.remove(&(file, state.next_result()))
        {
            state.account(&next);
            self.merge.push(file as usize, &mut next.signals);
            if state.is_done() {
                self.merge.end(file as usize);
            }
            spare = next;
        }
        self.drain()?;
        Ok((batch, spare))
    }

    fn drain(&mut self) -> io::Result<()> {
        let Self { merge, correlator, on_match, matches, .. } = self;
        let mut written = Ok(());
        merge.drain(|signal: Signal| {
            if let (SignalKind::Match { .. }, Some(detail)) = (signal.kind, &signal.detail)
                && let Some(matched) = &detail.matched
                && written.is_ok()
            {
                *matches += 1;
                written = on_match(matched);
            }
            correlator.accept(&signal);
        });
        written
    }

    fn finish(mut self, engine: &Engine) -> io::Result<Outcome> {
        self.drain()?;
        let paths: Vec<String> = self.files.iter().map(|file| file.coverage.path.clone()).collect();
        let evicted = self.correlator.evictions().entities;
        let findings = self.correlator.finish(&paths, engine.rules());
        let mut outcome =
            Outcome { findings, evicted, matches: self.matches, ..Outcome::default() };
        for (at, file) in self.files.into_iter().enumerate() {
            outcome.allowed += file.allowed;
            outcome.classes.extend(&file.classes);
            let (coverage, problems) = file.finish(self.merge.late(at));
            outcome.files.push(coverage);
            outcome.problems.extend(problems);
        }
        Ok(outcome)
    }
}

/// The format each file was read as, by path: findings from one kind of log do not confirm each other.
pub fn source_kinds(files: &[FileCoverage]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.path.clone(), file.format.clone())).collect()
}

/// A chunk on its way to a worker, or the batch back because the file has no more.
enum Read {
    Job(Job),
    End(Batch),
}

/// What a job is besides lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkKind {
    Records,
    /// One line longer than the limit; the batch holds its beginning.
    TooLong,
    /// The input broke off inside this record.
    Cut,
}
