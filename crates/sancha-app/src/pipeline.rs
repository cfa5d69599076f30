//! Reads, normalizes, evaluates and correlates all sources of a run, on one thread or several.
//!
//! One coordinator reads chunks, writes matches and says how far the files have come; workers normalize
//! and evaluate batches, and keep the shards' state. Memory is bounded by the fixed pool of batches. The
//! result never depends on how threads take turns: batches of a file are handled in order, and what is
//! complete is taken up in order of time and place.

mod crew;
mod file;
mod follow;
mod rounds;
mod workers;

use std::{collections::BTreeMap, io, sync::Arc};

use sancha_detect::{
    BatchResult, Correlated, Engine, Findings, MatchOrder, Progress, ShardGroup, SuppressedCounts,
    finish, observed::Observed, shard_groups,
};
use sancha_ingest::files::Limits;
use sancha_model::{Batch, CoverageProblem, EventTime, FileCoverage, FileId, Match};
use sancha_normalize::{FileContext, Formats};

use crate::given::Log;

use crew::{Crew, Done};
use file::{FileState, NextChunk};
pub(crate) use follow::Following;
use rounds::Rounds;
use workers::Job;

/// Bytes of a batch: with all that is read from them, they stay in a core's cache. With two threads six of
/// them are under way.
const BATCH_BYTES: usize = 1 << 18;
/// Disorder is judged over 1 MiB of a file, whatever a batch is.
const BATCHES_BEHIND: usize = 3;

/// What a run needs, all of it chosen by the use case.
pub struct Pipeline<'a> {
    pub logs: &'a [Log<'a>],
    pub limits: &'a Limits,
    pub formats: &'a Formats,
    /// What is known of each log besides its bytes.
    pub context: &'a dyn Fn(Log<'_>) -> FileContext,
    pub engine: &'a Engine,
    pub threads: usize,
    /// Bytes for correlation state.
    pub memory: usize,
    /// Whether findings are wanted: about a third of the time, and most of the memory.
    pub correlates: bool,
    /// Whether [`FileCoverage::sha256`] is wanted: a tenth of the time.
    pub digests: bool,
    /// Told the bytes read so far, after every chunk.
    pub progress: &'a dyn Fn(u64),
}

/// What a run yields.
#[derive(Debug, Default)]
pub struct Outcome {
    pub findings: Findings,
    pub files: Vec<FileCoverage>,
    pub problems: Vec<CoverageProblem>,
    pub evicted: u64,
    pub suppressed: SuppressedCounts,
    pub matches: u64,
    /// By file, in the order of `files`.
    pub observed: Vec<Observed>,
}

impl Pipeline<'_> {
    /// Runs to the end. `on_match` is handed every match in order of time and place.
    ///
    /// # Errors
    /// Only what `on_match` returns: trouble with an input is a problem in the outcome.
    pub fn run(&self, on_match: &mut dyn FnMut(&Match) -> io::Result<()>) -> io::Result<Outcome> {
        let mut files: Vec<FileState> = Vec::with_capacity(self.logs.len());
        for log in self.logs.iter().copied() {
            let context = Arc::new((self.context)(log));
            let file = FileState::open(log, self.limits, self.formats, context);
            files.push(if self.digests { file.digested() } else { file });
        }
        let starts: Vec<EventTime> = files.iter().map(|file| file.start).collect();
        let groups = self.shard_groups();
        let mut run = Run {
            progress: Progress::new(&starts).behind(BATCHES_BEHIND),
            order: MatchOrder::default(),
            rounds: Rounds::new(groups),
            files,
            waiting: BTreeMap::new(),
            matches: 0,
            bytes: 0,
            on_match,
        };
        run.end_unreadable();
        std::thread::scope(|scope| {
            let mut crew = Crew::start(scope, self.engine, self.formats, self.threads);
            self.drive(&mut run, &mut crew)
        })?;
        run.finish(self.engine)
    }

    fn shard_groups(&self) -> Vec<ShardGroup> {
        if !self.correlates {
            return Vec::new();
        }
        shard_groups(self.memory, self.engine.correlation_rules())
    }

    /// Reads while there are free batches, and takes what the crew has done, until nothing is left.
    fn drive(&self, run: &mut Run<'_>, crew: &mut Crew<'_>) -> io::Result<()> {
        let most = if self.threads <= 1 { 1 } else { 2 * self.threads + 2 };
        let mut free: Vec<Box<Batch>> = (0..most).map(|_| Box::default()).collect();
        loop {
            while let Some(batch) = free.pop() {
                let Some(file) = run.next_file() else {
                    free.push(batch);
                    break;
                };
                match run.read(self, file, batch) {
                    Read::Job(job) => crew.evaluate(job, run.rounds.spare()),
                    Read::End(unused) => free.push(unused),
                }
            }
            run.rounds.send(crew);
            match crew.next() {
                Some(Done::Batch(batch, result)) => {
                    run.take(batch.file, batch.seq, result)?;
                    free.push(batch);
                }
                Some(Done::Group(place, group)) => run.rounds.give_back(place, group),
                None if run.rounds.send_rest(crew) => {}
                None => return Ok(()),
            }
        }
    }
}

/// The coordinator's state.
struct Run<'a> {
    files: Vec<FileState>,
    progress: Progress,
    order: MatchOrder,
    rounds: Rounds,
    /// Results that came before those of earlier batches of their file.
    waiting: BTreeMap<(u32, u64), Box<BatchResult>>,
    matches: u64,
    bytes: u64,
    on_match: &'a mut dyn FnMut(&Match) -> io::Result<()>,
}

impl Run<'_> {
    fn next_file(&self) -> Option<usize> {
        self.progress.next_wanted(|file| self.files.get(file).is_some_and(FileState::can_read))
    }

    /// Reads a file's next chunk into `batch`; gives the batch back when the file has no more.
    fn read(&mut self, pipeline: &Pipeline<'_>, file: usize, mut batch: Box<Batch>) -> Read {
        batch.clear();
        batch.file = FileId(u32::try_from(file).unwrap_or(u32::MAX));
        let Some((state, log)) = self.files.get_mut(file).zip(pipeline.logs.get(file)) else {
            return Read::End(batch);
        };
        let before = state.coverage.bytes;
        let chunk = state.read(*log, pipeline.limits, pipeline.formats, &mut batch, BATCH_BYTES);
        self.bytes += state.coverage.bytes - before;
        (pipeline.progress)(self.bytes);
        match chunk {
            NextChunk::Batch(kind) => {
                let (format, context) = (state.format, Arc::clone(&state.context));
                Read::Job(Job { batch, format, context, kind })
            }
            NextChunk::End => {
                if state.is_done() {
                    self.end(file);
                }
                Read::End(batch)
            }
        }
    }

    /// What could not be opened has ended already; nothing waits for it.
    fn end_unreadable(&mut self) {
        for file in 0..self.files.len() {
            if self.files.get(file).is_some_and(FileState::is_done) {
                self.end(file);
            }
        }
    }

    /// Nothing more comes of a file, which may let others go on.
    fn end(&mut self, file: usize) {
        self.progress.end(file);
        self.rounds.advance(self.progress.watermark());
    }

    /// Takes a batch's result, and with it those of later batches of its file that waited for it.
    fn take(&mut self, file: FileId, seq: u64, result: Box<BatchResult>) -> io::Result<()> {
        self.waiting.insert((file.0, seq), result);
        let place = file.0 as usize;
        while let Some(state) = self.files.get_mut(place)
            && let Some(mut next) = self.waiting.remove(&(file.0, state.next_result()))
        {
            state.account(&next);
            let is_done = state.is_done();
            let signals = &next.signals;
            let floor = self.progress.push(place, signals.len(), signals.newest());
            if !next.matches.is_empty() {
                self.order.push(std::mem::take(&mut next.matches), floor);
            }
            self.rounds.push(next, file, floor, self.progress.watermark());
            if is_done {
                self.end(place);
            }
        }
        self.drain()
    }

    fn drain(&mut self) -> io::Result<()> {
        let until = self.progress.watermark();
        self.matches += drain(&mut self.order, until, &mut self.on_match)?;
        Ok(())
    }

    fn finish(mut self, engine: &Engine) -> io::Result<Outcome> {
        self.drain()?;
        Ok(outcome(self.files, self.rounds.into_groups(), engine, self.matches))
    }
}

/// Hands on the matches before `until`, in their order. Returns how many of them the allow list
/// does not cover.
fn drain(
    order: &mut MatchOrder,
    until: EventTime,
    mut on_match: impl FnMut(&Match) -> io::Result<()>,
) -> io::Result<u64> {
    let (mut matches, mut written) = (0, Ok(()));
    order.drain(until, |found| {
        if written.is_ok() {
            matches += u64::from(found.suppressed_by.is_none());
            written = on_match(&found);
        }
    });
    written.map(|()| matches)
}

fn paths(files: &[FileState]) -> Vec<String> {
    files.iter().map(|file| file.coverage.path.clone()).collect()
}

/// What the files and their signals come to in the end.
fn outcome(
    files: Vec<FileState>,
    groups: Vec<ShardGroup>,
    engine: &Engine,
    matches: u64,
) -> Outcome {
    let Correlated { findings, evicted, late } = finish(groups, &paths(&files), engine.rules());
    let mut outcome = Outcome { findings, evicted, matches, ..Outcome::default() };
    for (at, mut file) in (0_u32..).map(FileId).zip(files) {
        outcome.observed.push(std::mem::take(&mut file.observed));
        outcome.suppressed.add(&file.suppressed);
        let (coverage, problems) = file.finish(late.get(&at).copied().unwrap_or(0));
        outcome.files.push(coverage);
        outcome.problems.extend(problems);
    }
    outcome
}

/// The format each file was read as, by path: findings from one kind of log do not confirm each other.
pub fn source_kinds(files: &[FileCoverage]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.path.clone(), file.format.clone())).collect()
}

/// A chunk on its way to a worker, or the batch back because the file has no more.
enum Read {
    Job(Job),
    End(Box<Batch>),
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
