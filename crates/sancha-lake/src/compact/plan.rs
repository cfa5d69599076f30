//! Which parts become one, and what the new one is called.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use sancha_model::EventTime;
use sancha_seal::{Part, StreamRange};

use super::Job;
use crate::{disk::folder_of, lake::Catalog, origin::Origins, retain::Standing};

/// Rows of a part that was put together. More would not be smaller, only slower to write anew when a line comes
/// late, and held longer in memory: a run that makes a part of 1.4 million rows takes 105 MB.
pub(super) const MOST_ROWS: u64 = 1 << 21;
/// Bytes of its lines: those of a full part of an access log. Where lines are long a part holds fewer, for all that it is
/// made of is in memory.
const MOST_LINE_BYTES: u64 = 512 << 20;
/// Of what an entry of the log names, 65,535 bytes at the most: paths and stretches of streams.
const MOST_BYTES: usize = 56 << 10;
/// Parts whose lines were accepted further apart stay apart, for the newest line says how long a part is kept.
const MOST_APART: i64 = 7 * EventTime::DAY;

/// Parts of days before `before` that are worth writing anew, in order.
pub(super) fn jobs(catalog: &Catalog, before: &str, zstd: i32) -> Vec<Job> {
    let standing = Standing::of(&catalog.entries);
    let mut jobs = Vec::new();
    let mut growing: Option<Growing> = None;
    for part in catalog.parts.values().take_while(|part| part.day.as_str() < before) {
        let accepted = standing.kept(part).accepted;
        match growing.as_mut().filter(|growing| growing.takes(part, accepted, zstd)) {
            Some(growing) => growing.add(part, accepted),
            None => jobs.extend(growing.replace(Growing::of(part, accepted))),
        }
    }
    jobs.extend(growing);
    jobs.retain(|job| job.parts.len() > 1 || job.parts.iter().any(|p| level_of(p) < zstd));
    let origins = Origins::of(&catalog.entries);
    let sealed = |parts: &[Part]| {
        let of_part = parts.iter().flat_map(|part| origins.of_part(&part.path));
        of_part.map(|origin| (origin.entry, origin.part.clone())).collect()
    };
    jobs.into_iter().map(|job| Job { sealed: sealed(&job.parts), parts: job.parts }).collect()
}

/// Parts that are put together so far.
struct Growing {
    parts: Vec<Part>,
    rows: u64,
    streams: Vec<StreamRange>,
    /// Of their paths.
    bytes: usize,
    /// When their lines were accepted.
    accepted: (EventTime, EventTime),
}

impl Growing {
    fn of(part: &Part, accepted: EventTime) -> Self {
        let mut growing = Self {
            parts: Vec::new(),
            rows: 0,
            streams: Vec::new(),
            bytes: 0,
            accepted: (accepted, accepted),
        };
        growing.add(part, accepted);
        growing
    }

    fn takes(&self, part: &Part, accepted: EventTime, zstd: i32) -> bool {
        let Some(last) = self.parts.last() else { return false };
        let (first, newest) = (self.accepted.0.min(accepted), self.accepted.1.max(accepted));
        (&last.source, &last.day) == (&part.source, &part.day)
            && self.rows + part.rows <= MOST_ROWS
            && self.parts.iter().chain([part]).map(line_bytes).sum::<u64>() <= MOST_LINE_BYTES
            && newest.since(first) <= MOST_APART
            && !is_full(part, zstd)
            && !is_full(last, zstd)
            && self.entry_bytes(part) <= MOST_BYTES
    }

    /// About how long the entry is when `part` comes to it.
    fn entry_bytes(&self, part: &Part) -> usize {
        let streams = self.streams.iter().chain(&part.streams);
        let streams: usize = streams.map(|stream| 340 + stream.format.len()).sum();
        1_024 + 3 * part.path.len() + part.source.len() + self.bytes + streams
    }

    fn add(&mut self, part: &Part, accepted: EventTime) {
        extend(&mut self.streams, part);
        self.rows += part.rows;
        // Quotes and comma.
        self.bytes += part.path.len() + 3;
        self.accepted = (self.accepted.0.min(accepted), self.accepted.1.max(accepted));
        self.parts.push(part.clone());
    }
}

fn line_bytes(part: &Part) -> u64 {
    part.streams.iter().map(|range| range.to.saturating_sub(range.from)).sum()
}

/// Stretches of streams in parts that follow each other; what goes on where another ended is one with it.
pub(crate) fn ranges(parts: &[Part]) -> Vec<StreamRange> {
    let mut ranges = Vec::new();
    parts.iter().for_each(|part| extend(&mut ranges, part));
    ranges
}

fn extend(ranges: &mut Vec<StreamRange>, part: &Part) {
    for range in &part.streams {
        match ranges.last_mut() {
            Some(last) if goes_on(last, range) => {
                last.to = range.to;
                last.lines += range.lines;
                last.tail = range.tail;
            }
            _ => ranges.push(range.clone()),
        }
    }
}

fn goes_on(last: &StreamRange, next: &StreamRange) -> bool {
    (last.id, last.prefix, &last.format) == (next.id, next.prefix, &next.format)
        && last.to == next.from
        && last.first_line + last.lines == next.first_line
}

/// Whether a part is as good as it gets, so that a few late lines are no reason to write it once more.
fn is_full(part: &Part, zstd: i32) -> bool {
    part.rows >= MOST_ROWS / 2 && level_of(part) >= zstd
}

/// What stands in the name of a part that was written anew, behind the name of the first it was made of.
struct Suffix {
    zstd: i32,
    at: EventTime,
}

/// `…-0000-z9-1795696200-5b1c….parquet`: level, seconds since 1970, a random number. No two runs, on whatever
/// machine, write the same name.
fn suffix(path: &str) -> Option<Suffix> {
    let name = path.strip_suffix(".tmp").unwrap_or(path).rsplit('/').next()?.rsplit_once('.')?.0;
    let mut pieces = name.rsplit('-');
    let (random, seconds, level) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let is_random = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    let at = seconds.parse().ok().filter(|_| is_random).map(EventTime::from_seconds)?;
    Some(Suffix { zstd: level.strip_prefix('z')?.parse().ok()?, at })
}

/// The level of compression that a part was written at; those that were settled count as the lowest.
fn level_of(part: &Part) -> i32 {
    suffix(&part.path).map_or(0, |suffix| suffix.zstd)
}

/// When a file was written anew, by its name; nothing for other files.
pub(super) fn written_at(path: &str) -> Option<EventTime> {
    suffix(path).map(|suffix| suffix.at)
}

/// Where the part of a job is written: beside the first, under the name that its first lines had when they were
/// settled, so that names stay in the order in which lines came in.
pub(super) fn new_path(job: &Job, zstd: i32, now: EventTime) -> String {
    let first = job.parts.first().map_or("", |part| part.path.as_str());
    let settled = job.sealed.first().map_or(first, |(_, part)| part.path.as_str());
    let name = settled.rsplit('/').next().unwrap_or(settled);
    let name = name.strip_suffix(".parquet").unwrap_or(name);
    // The standard library's hasher has keys from the system's source of randomness.
    let mut random = RandomState::new().build_hasher();
    random.write(first.as_bytes());
    let (folder, random, seconds) = (folder_of(first), random.finish(), now.seconds());
    format!("{folder}/{name}-z{zstd}-{seconds}-{random:016x}.parquet")
}
