//! The pipeline without an end: files grow while it runs. One thread; the same steps in the same order.
//!
//! A file that is read to its end and has not grown for [`REST`] holds the others up no more. When none has
//! grown for as long as the reorder window, whatever was read is complete.

use std::{io, mem, path::PathBuf, sync::Arc, time::Duration};

use sancha_detect::{
    BatchResult, Findings, MatchOrder, Progress, REORDER_WINDOW, Round, ShardGroup, Signals,
    findings_so_far, shard_groups,
};
use sancha_ingest::files::{Follower, Problem};
use sancha_model::{Batch, EventTime, FileId, Framing, Match};
use sancha_normalize::FileContext;

use crate::given::Log;

use super::{
    Outcome, Pipeline, drain,
    file::{FileState, HEAD_BYTES, NextChunk},
    outcome, paths,
    workers::{Job, Worker},
};

/// So long after it last grew, a file that is read to its end holds nobody up. Logs of one host are written
/// within seconds of each other; a longer silence says that there is nothing to wait for.
const REST: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_nanos(REORDER_WINDOW.unsigned_abs());
/// Bytes that are read at once; disorder is judged over as many.
const READ_BYTES: usize = 1 << 20;
/// Chunks that one look reads at most, so that the end is heard in time.
const CHUNKS_A_LOOK: usize = 16;

/// Where a file's lines come from.
enum Input {
    /// Packed, or no lines: read once, to its end.
    Source(usize),
    Lane {
        lane: usize,
        format_told: bool,
        at_end: bool,
        resting: bool,
    },
}

/// Takes a match and the path of its file.
pub(crate) type OnMatch<'a> = dyn FnMut((&Match, &str)) -> io::Result<()> + 'a;

/// A run that goes on.
pub(crate) struct Following<'a> {
    pipeline: &'a Pipeline<'a>,
    context: &'a dyn Fn(&str) -> FileContext,
    follower: Follower,
    files: Vec<FileState>,
    inputs: Vec<Input>,
    /// The file of each lane.
    lanes: Vec<usize>,
    progress: Progress,
    order: MatchOrder,
    groups: Vec<ShardGroup>,
    worker: Worker<'a>,
    batch: Box<Batch>,
    result: Box<BatchResult>,
    /// Everything before this was taken up.
    taken_up: EventTime,
    matches: u64,
    settled: bool,
}

impl<'a> Following<'a> {
    /// `arguments` are what the user named; the pipeline's sources are what is there now.
    pub(crate) fn new(
        pipeline: &'a Pipeline<'a>,
        arguments: &[PathBuf],
        context: &'a dyn Fn(&str) -> FileContext,
    ) -> Self {
        let formats = pipeline.formats;
        let (mut files, mut inputs, mut followed) = (Vec::new(), Vec::new(), Vec::new());
        for (at, log) in pipeline.logs.iter().copied().enumerate() {
            let context = Arc::new((pipeline.context)(log));
            let file = FileState::open(log, pipeline.limits, formats, context);
            let is_lines = formats.get(file.format).framing() == Framing::Lines;
            if let Log::File(source) = log
                && let (Some(path), true) = (source.plain_path(), is_lines)
            {
                followed.push(path.to_owned());
            }
            files.push(file);
            inputs.push(Input::Source(at));
        }
        let starts: Vec<EventTime> = files.iter().map(|file| file.start).collect();
        let mut made = Self {
            pipeline,
            context,
            follower: Follower::new(arguments, &followed, pipeline.limits),
            files,
            inputs,
            lanes: Vec::new(),
            progress: Progress::new(&starts),
            order: MatchOrder::default(),
            groups: shard_groups(pipeline.memory, pipeline.engine.correlation_rules()),
            worker: Worker::new(pipeline.engine, formats),
            batch: Box::default(),
            result: Box::default(),
            taken_up: EventTime::MIN,
            matches: 0,
            settled: false,
        };
        made.take_lanes();
        made
    }

    /// Looks once at every file and reads what is there, a bounded part of it. Whether there may be more.
    pub(crate) fn look(&mut self, now: Duration, on_match: &mut OnMatch<'_>) -> io::Result<bool> {
        self.follower.poll(now);
        self.take_lanes();
        for input in &mut self.inputs {
            if let Input::Lane { at_end, .. } = input {
                *at_end = false;
            }
        }
        let mut read = 0;
        while read < CHUNKS_A_LOOK
            && let Some(file) = self.next_file()
        {
            read += usize::from(self.read(file, now));
        }
        self.rest(now);
        self.drain(on_match)?;
        Ok(read == CHUNKS_A_LOOK)
    }

    /// What a run over what was read so far would find, of what is complete.
    pub(crate) fn findings(&self) -> Findings {
        findings_so_far(&self.groups, &paths(&self.files), self.pipeline.engine.rules())
    }

    /// Everything before this was taken up.
    pub(crate) fn taken_up(&self) -> EventTime {
        self.taken_up
    }

    pub(crate) fn forget_before(&mut self, time: EventTime) {
        self.groups.iter_mut().for_each(|group| group.forget_before(time));
    }

    pub(crate) fn take_problems(&mut self) -> Vec<Problem> {
        self.follower.take_problems()
    }

    /// The kind of log a path is.
    pub(crate) fn kind(&self, path: &str) -> String {
        let own = self.files.iter().find(|file| file.coverage.path == path);
        own.map(|file| file.coverage.format.clone()).unwrap_or_default()
    }

    /// Reads what is left and closes everything, as a run over the same bytes would.
    pub(crate) fn finish(
        mut self,
        now: Duration,
        on_match: &mut OnMatch<'_>,
    ) -> io::Result<Outcome> {
        while self.look(now, on_match)? {}
        self.follower.finish();
        while self.look(now, on_match)? {}
        for file in 0..self.files.len() {
            self.progress.end(file);
        }
        self.advance();
        self.drain(on_match)?;
        Ok(outcome(self.files, self.groups, self.pipeline.engine, self.matches))
    }

    /// Gives every new lane a file: the one that was looked at when the run began, or one of its own.
    fn take_lanes(&mut self) {
        for lane in self.lanes.len()..self.follower.len() {
            let path = self.follower.path(lane).to_owned();
            let known = self.files.iter().position(|file| file.coverage.path == path);
            let format_told = known.is_some() && !self.follower.head(lane, 1).is_empty();
            let input = Input::Lane { lane, format_told, at_end: false, resting: known.is_none() };
            let file = match known.and_then(|file| Some((file, self.inputs.get_mut(file)?))) {
                Some((file, of_file)) => {
                    *of_file = input;
                    file
                }
                None => self.add_file(&path, input),
            };
            self.lanes.push(file);
        }
    }

    /// Adds a file that has come since the run began. It holds nobody up before it was read.
    fn add_file(&mut self, path: &str, input: Input) -> usize {
        let file = self.files.len();
        let context = Arc::new((self.context)(path));
        self.files.push(FileState::unread(path, context));
        self.inputs.push(input);
        self.progress.add(EventTime::MIN, self.taken_up);
        self.progress.rest(file);
        file
    }

    fn next_file(&self) -> Option<usize> {
        self.progress.next_wanted(|file| match self.inputs.get(file) {
            Some(Input::Source(_)) => self.files.get(file).is_some_and(FileState::can_read),
            Some(Input::Lane { at_end, .. }) => !at_end,
            None => false,
        })
    }

    /// Reads a file's next chunk and takes it in. Whether there was one.
    fn read(&mut self, file: usize, now: Duration) -> bool {
        self.batch.clear();
        self.batch.file = FileId(u32::try_from(file).unwrap_or(u32::MAX));
        let Some((state, input)) = self.files.get_mut(file).zip(self.inputs.get_mut(file)) else {
            return false;
        };
        let Pipeline { logs, limits, formats, .. } = *self.pipeline;
        let kind = match input {
            Input::Source(at) => {
                let next = logs
                    .get(*at)
                    .map(|log| state.read(*log, limits, formats, &mut self.batch, READ_BYTES));
                match next {
                    Some(NextChunk::Batch(kind)) => kind,
                    Some(NextChunk::End) | None => {
                        self.progress.end(file);
                        self.advance();
                        return false;
                    }
                }
            }
            Input::Lane { lane, format_told, at_end, resting } => {
                let raw = &mut self.batch.raw;
                let head = (!*format_told).then(|| self.follower.head(*lane, HEAD_BYTES));
                let Some(chunk) = self.follower.read_lines(*lane, now, raw, READ_BYTES) else {
                    *at_end = true;
                    return false;
                };
                if let Some(head) = head {
                    state.tell_format(&head, formats);
                    *format_told = true;
                }
                if mem::take(resting) {
                    self.progress.wake(file, self.taken_up);
                }
                state.followed(&chunk, &mut self.batch)
            }
        };
        let (format, context) = (state.format, Arc::clone(&state.context));
        let batch = mem::take(&mut self.batch);
        let job = Job { batch, format, context, kind };
        let (batch, result) = self.worker.work(job, mem::take(&mut self.result));
        self.batch = batch;
        self.take(file, result);
        true
    }

    fn take(&mut self, file: usize, mut result: Box<BatchResult>) {
        if let Some(state) = self.files.get_mut(file) {
            state.account(&result);
        }
        let signals = mem::take(&mut result.signals);
        let floor = self.progress.push(file, signals.len(), signals.newest());
        if !result.matches.is_empty() {
            self.order.push(mem::take(&mut result.matches), floor);
        }
        self.result = result;
        self.settled = false;
        self.round(signals, file, floor);
    }

    fn round(&mut self, signals: Signals, file: usize, floor: EventTime) {
        self.taken_up = self.taken_up.max(self.progress.watermark());
        let file = FileId(u32::try_from(file).unwrap_or(u32::MAX));
        let (signals, watermark) = (Arc::new(signals), self.taken_up);
        let rounds = [Round { signals, file, floor, watermark }];
        self.groups.iter_mut().for_each(|group| group.accept(&rounds));
    }

    /// The files have come further without a batch.
    fn advance(&mut self) {
        self.round(Signals::default(), 0, EventTime::MIN);
    }

    /// Lets files that do not grow hold nobody up.
    fn rest(&mut self, now: Duration) {
        let mut still = !self.lanes.is_empty();
        let mut rested = false;
        for (lane, file) in self.lanes.iter().enumerate() {
            let quiet = now.saturating_sub(self.follower.last_growth(lane));
            still &= quiet >= SETTLE;
            if let Some(Input::Lane { at_end: true, resting, .. }) = self.inputs.get_mut(*file)
                && !*resting
                && quiet >= REST
            {
                *resting = true;
                rested = true;
                self.progress.rest(*file);
            }
        }
        if still && !self.settled {
            self.progress.settle();
            (self.settled, rested) = (true, true);
        }
        if rested {
            self.advance();
        }
    }

    fn drain(&mut self, on_match: &mut OnMatch<'_>) -> io::Result<()> {
        let files = &self.files;
        self.matches += drain(&mut self.order, self.taken_up, |found| {
            let file = files.get(found.at.file.0 as usize);
            on_match((found, file.map_or("", |file| &file.coverage.path)))
        })?;
        Ok(())
    }
}
