//! Writing parts anew: the same lines, in the same order, under the same proof, whatever happens.

mod crash;
mod proof;
mod same;

use std::{cell::Cell, sync::Arc};

use sancha_model::EventTime;

use super::*;
use crate::{
    Query, WithValues,
    disk::{Disk, MemoryDisk},
    fixture::{AT, key, with_settings},
    query::{TimeRange, parse},
    settle::tests::{is_unaltered, settle},
    wal::{Chunk, Options, WalWriter},
};

/// When the lines of these tests were accepted.
fn accepted() -> EventTime {
    EventTime::from_timestamp(AT.parse().unwrap())
}

fn days_later(days: i64) -> EventTime {
    accepted().plus(days * EventTime::DAY)
}

/// Lines of a web server and of a daemon, IPv6, bytes that are no text, empty lines.
fn line(number: u64, day: u64) -> Vec<u8> {
    let (minute, second) = (number / 60 % 60, number % 60);
    match number % 7 {
        0 => format!(
            "Mar  {day} 10:{minute:02}:{second:02} web01 sshd[{}]: Failed password for root from 2001:db8::{:x} port {} ssh2\n",
            number % 900,
            number % 40,
            1_024 + number
        )
        .into_bytes(),
        1 if number.is_multiple_of(3) => b"\xff\xfe no text \x80\r\n".to_vec(),
        2 if number.is_multiple_of(5) => b"\n".to_vec(),
        _ => format!(
            "192.0.2.{} - u{} [{day:02}/Mar/2026:10:{minute:02}:{second:02} +0000] \"GET /p/{number}?id={} HTTP/1.1\" {} {} \"-\" \"agent {}\"\n",
            number % 50,
            number % 9,
            number * 7_919,
            200 + number % 5,
            number * 31 % 5_000,
            number % 3
        )
        .into_bytes(),
    }
}

/// One stream of a source, taken in piece by piece.
struct Log {
    source: &'static str,
    stream: u8,
    offset: u64,
    line: u64,
    /// A line with another text of the same length.
    altered: Option<u64>,
}

impl Log {
    fn new(source: &'static str, stream: u8) -> Self {
        Self { source, stream, offset: 0, line: 1, altered: None }
    }

    /// Accepts so many more lines of a day, and settles them as a part of their own.
    fn grow(&mut self, disk: &Arc<dyn Disk>, lines: u64, day: u64) {
        let text = |number: u64| {
            let mut text = line(number, day);
            if self.altered == Some(number) {
                text.iter_mut().filter(|byte| **byte == b'1').for_each(|byte| *byte = b'2');
            }
            text
        };
        let bytes: Vec<u8> = (0..lines).flat_map(|at| text(self.line + at)).collect();
        let writer = WalWriter::new(Arc::clone(disk), Options::default());
        // One after the other.
        let accepted_before = Lake::open(Arc::clone(disk)).unwrap().catalog().entries.len() as i64;
        let chunk = Chunk {
            source: self.source.to_owned(),
            stream: [self.stream; 32],
            prefix: 1_024,
            offset: self.offset,
            line: self.line,
            accepted_at: 1_772_700_000_000_000_000 + accepted_before * 1_000_000_000,
            reference: 1_772_700_000_000_000_000,
            bytes,
        };
        (self.offset, self.line) = (chunk.borrowed().end(), self.line + lines);
        writer.append(&chunk).unwrap();
        writer.close().unwrap();
        settle(&mut Lake::open(Arc::clone(disk)).unwrap()).unwrap();
    }
}

/// A lake whose parts are as long as these, of two sources and two days.
fn lake_of(disk: &MemoryDisk, lengths: &[u64]) -> Lake {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    drop(Lake::create(Arc::clone(&disk), &key(), AT).unwrap());
    let mut logs = [Log::new("web/access.log", 1), Log::new("auth.log", 2)];
    let half = lengths.len() / 2;
    for (at, lines) in lengths.iter().enumerate() {
        let log = &mut logs[at % 3 / 2];
        log.grow(&disk, *lines, 2 + u64::from(at > half));
    }
    Lake::open(disk).unwrap()
}

fn compact_at(lake: &mut Lake, now: EventTime) -> Result<Compacted, LakeError> {
    compaction(lake, now, 9, "9999-01-01")
}

fn compaction(
    lake: &mut Lake,
    now: EventTime,
    zstd: i32,
    before: &str,
) -> Result<Compacted, LakeError> {
    let now = || now;
    let how = Compaction { before: before.to_owned(), zstd, ..how(&now, &|| false, &|_| ()) };
    lake.compact(&how, &key())
}

/// All days, at the usual level.
fn how<'a>(
    now: &'a dyn Fn() -> EventTime,
    wait: &'a dyn Fn() -> bool,
    progress: &'a dyn Fn(&Job),
) -> Compaction<'a> {
    Compaction { before: "9999-01-01".to_owned(), zstd: 9, keep_free: 0, now, wait, progress }
}

/// What a question finds, in its order: source, stream, number, line, and every field.
fn found(lake: &Lake, question: &str) -> Vec<String> {
    let parsed = parse(question).unwrap();
    let query = Query {
        source: parsed.source,
        time: TimeRange::ALL,
        filters: parsed.filters,
        with_values: WithValues::All,
    };
    let mut rows = Vec::new();
    with_settings(|settings| {
        lake.search(&query, settings, &mut |answer| {
            let hit = &answer.hit;
            let values: Vec<_> = hit.values().collect();
            let (stream, line) = (hit.stream[0], hit.line.escape_ascii());
            let time = hit.time();
            rows.push(format!(
                "{} {stream} {} {time:?} {line} {values:?}",
                answer.source, hit.number
            ));
            true
        })
    })
    .unwrap();
    rows
}

/// The files of parts that are on a disk.
fn data_files(lake: &Lake) -> Vec<String> {
    crate::retain::files_below(&**lake.disk(), "data").unwrap()
}

/// The files that the log names.
fn named_files(lake: &Lake) -> Vec<String> {
    let parts = lake.catalog().parts.values();
    let mut files: Vec<_> =
        parts.flat_map(|part| [part.path.clone(), part.index_path.clone()]).collect();
    files.sort();
    files
}
