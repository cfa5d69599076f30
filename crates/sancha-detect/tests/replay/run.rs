use std::{mem, sync::Arc};

use jiff::tz::TimeZone;
use sancha_detect::{
    BatchResult, Correlated, Engine, EngineOptions, EngineScratch, Progress, ReportAll, Round,
    finish, shard_groups, sigma::Rules,
};
use sancha_model::{Batch, EventTime, Fields};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

/// Bytes of a batch, far less than the program uses, so that windows span many.
const BATCH: usize = 16 << 10;

/// How the groups of shards come by their rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// All groups take every round at once.
    Together,
    /// Each group takes its rounds some at a time, long after they were made.
    GroupsLag,
    /// The last group is served first, all rounds at the end.
    Backwards,
}

/// The findings of one auth log.
pub(crate) fn correlate(text: &str, memory: usize, order: Order) -> Correlated {
    let (rules, _) = Rules::parse(&[]);
    let fields = Arc::new(Fields::new(rules.field_names()));
    let engine = Engine::new(&rules, &fields, EngineOptions::default(), Arc::new(ReportAll));
    let mut groups = shard_groups(memory, engine.correlation_rules());
    let mut held = vec![Vec::new(); groups.len()];
    for (number, round) in rounds(&engine, &fields, text).into_iter().enumerate() {
        for (place, group) in groups.iter_mut().enumerate() {
            held[place].push(round.clone());
            let takes = match order {
                Order::Together => true,
                Order::GroupsLag => number % (3 + place) == 0,
                Order::Backwards => false,
            };
            if takes {
                group.accept(&mem::take(&mut held[place]));
            }
        }
    }
    for (group, rounds) in groups.iter_mut().zip(held).rev() {
        group.accept(&rounds);
    }
    finish(groups, &["auth.log".to_owned()], engine.rules())
}

fn rounds(engine: &Engine, fields: &Arc<Fields>, text: &str) -> Vec<Round> {
    let formats = Formats::new(Vec::new());
    let format = formats.detect(&Head::of(text.as_bytes(), "auth.log"));
    let at = EventTime::from_seconds(1_775_000_000);
    let context = FileContext::new(TimeZone::UTC, at, Arc::clone(fields));
    let mut parser = Scratch::new(&context);
    let mut scratch = EngineScratch::default();
    let mut progress = Progress::new(&[EventTime::MIN]);
    let mut rounds = Vec::new();
    let (mut rest, mut offset, mut line) = (text.as_bytes(), 0, 1);
    while !rest.is_empty() {
        let tail = rest.get(BATCH..).and_then(|tail| tail.iter().position(|byte| *byte == b'\n'));
        let (now, later) = rest.split_at(tail.map_or(rest.len(), |end| BATCH + end + 1));
        rest = later;
        let mut batch = Batch::default();
        (batch.first_offset, batch.first_line) = (offset, line);
        batch.raw.extend_from_slice(now);
        offset += now.len() as u64;
        line += now.iter().filter(|byte| **byte == b'\n').count() as u64;
        normalize(&mut batch, &formats, format, &context, &mut parser);
        let mut result = BatchResult::default();
        engine.evaluate(&batch, &mut scratch, &mut result);
        let signals = Arc::new(mem::take(&mut result.signals));
        let floor = progress.push(0, signals.len(), signals.newest());
        let watermark = progress.watermark();
        rounds.push(Round { signals, file: batch.file, floor, watermark });
    }
    progress.end(0);
    let (signals, watermark) = (Arc::default(), progress.watermark());
    rounds.push(Round { signals, file: Default::default(), floor: EventTime::MIN, watermark });
    rounds
}
