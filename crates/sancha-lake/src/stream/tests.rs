//! A stream reads as the file it came from, whatever became of its lines in between.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{EventTime, Fields, Framing};
use sancha_normalize::{FileContext, Formats};
use sancha_seal::{KeyKind, SigningKey};

use super::{KeptStream, KeptStreams};
use crate::{
    Lake, Settings,
    disk::{Disk, MemoryDisk},
    part::Layout,
    query::{Glob, TimeRange},
    verify::Scope,
    wal::{Chunk, Options, WalWriter},
};

const AT: &str = "2026-03-05T00:00:00Z";
const NOW: i64 = 1_772_668_800_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_seed("lake-test", KeyKind::Log, &[7; 32]).unwrap()
}

/// A line of day `day` of March.
fn line(number: u64, day: u64) -> String {
    format!(
        "192.0.2.{} - - [{day:02}/Mar/2026:10:{:02}:{:02} +0000] \"GET /p/{number} HTTP/1.1\" 200 {number} \"-\" \"-\"\n",
        number % 50,
        number / 60 % 60,
        number % 60,
    )
}

/// `count` lines of three days.
fn file(count: u64) -> String {
    (0..count).map(|number| line(number, 2 + number * 3 / count)).collect()
}

struct Kept {
    disk: Arc<dyn Disk>,
}

impl Kept {
    fn new() -> Self {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
        Self { disk }
    }

    fn lake(&self) -> Lake {
        Lake::open(Arc::clone(&self.disk)).unwrap()
    }

    /// Accepts bytes of a stream from an offset on.
    fn accept(&self, stream: u8, whole: &[u8], range: std::ops::Range<usize>) {
        self.accept_as("web/access.log", stream, whole, range);
    }

    fn accept_as(&self, source: &str, stream: u8, whole: &[u8], range: std::ops::Range<usize>) {
        let writer = WalWriter::new(Arc::clone(&self.disk), Options::default());
        let before = whole[..range.start].iter().filter(|byte| **byte == b'\n').count() as u64;
        let chunk = Chunk {
            source: source.to_owned(),
            stream: [stream; 32],
            prefix: 1_024,
            offset: range.start as u64,
            line: before + 1,
            accepted_at: NOW,
            reference: NOW,
            bytes: whole[range].to_vec(),
        };
        writer.append(&chunk).unwrap();
        writer.close().unwrap();
    }

    fn settle(&self) {
        let formats = Formats::new(Vec::new());
        let fields = Arc::new(Fields::new([]));
        let context = |_: &str, reference: EventTime| {
            FileContext::new(TimeZone::UTC, reference, Arc::clone(&fields))
        };
        let settings = Settings { formats: &formats, context: &context, layout: Layout::default() };
        self.lake().settle(&settings, &key(), AT).unwrap();
    }
}

fn streams(lake: &Lake) -> KeptStreams {
    lake.streams(None, TimeRange::ALL).unwrap()
}

/// Reads a stream through in steps and holds what each says of itself against the file.
fn read(lake: &Lake, stream: &KeptStream, target: usize) -> Vec<u8> {
    let mut reader = stream.open(lake, Framing::Lines);
    let (mut all, mut raw, mut lines) = (Vec::new(), Vec::new(), 1);
    while let Some(read) = reader.read(&mut raw, target, 1 << 20).unwrap() {
        assert_eq!((read.offset, read.line), (all.len() as u64, lines));
        assert!(raw.len() as u64 == read.bytes && (raw.len() <= target || read.lines == 1));
        lines += read.lines;
        all.append(&mut raw);
    }
    all
}

#[test]
fn a_stream_reads_as_its_file_before_and_after_it_is_settled() {
    let kept = Kept::new();
    let text = file(900);
    let bytes = text.as_bytes();
    let half = &bytes[..bytes.len() / 2];
    let cut = half.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    kept.accept(1, bytes, 0..cut);
    let half = streams(&kept.lake());
    assert_eq!((half.parts, half.unsealed_bytes), (0, cut as u64));
    assert_eq!(read(&kept.lake(), &half.streams[0], 1_000), bytes[..cut]);
    kept.settle();
    // Another writer took the same lines and those behind them.
    kept.accept(1, bytes, 0..bytes.len());
    for settled in [false, true] {
        if settled {
            kept.settle();
        }
        let lake = kept.lake();
        let found = streams(&lake);
        let [stream] = &found.streams[..] else { panic!("{found:?}") };
        assert_eq!((stream.bytes, stream.missing.as_slice()), (bytes.len() as u64, &[][..]));
        for target in [1, 300, 1 << 18] {
            assert!(read(&lake, stream, target) == bytes, "settled {settled}, target {target}");
        }
        let lines = stream.lines(&lake, Framing::Lines, &[1, 2, 450, 900, 901]).unwrap();
        let numbered = |number: usize| (number as u64, text.split_inclusive('\n').nth(number - 1));
        for (found, number) in lines.iter().zip([1, 2, 450, 900]) {
            let (number, line) = numbered(number);
            assert_eq!((found.0, Some(&*found.1)), (number, line.map(str::as_bytes)));
        }
        assert_eq!(lines.len(), 4);
        let rows: usize = stream.rows(&[1, 2, 450, 900]).values().map(|rows| rows.len()).sum();
        let before = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let sealed = [1, 2, 450, 900].iter().filter(|line| **line <= before).count();
        assert_eq!(rows, if settled { 4 } else { sealed });
    }
}

#[test]
fn only_what_can_be_of_the_time_and_the_source_is_read() {
    let kept = Kept::new();
    let text = file(300);
    kept.accept(1, text.as_bytes(), 0..text.len());
    kept.settle();
    let lake = kept.lake();
    let day = |day: &str| EventTime::from_timestamp(format!("{day}T00:00:00Z").parse().unwrap());
    let time = TimeRange { from: day("2026-03-03"), to: day("2026-03-04") };
    let found = lake.streams(None, time).unwrap();
    assert_eq!((found.parts, found.parts_read), (3, 1));
    let stream = &found.streams[0];
    let mut raw = Vec::new();
    let mut reader = stream.open(&lake, Framing::Lines);
    let first = reader.read(&mut raw, 1, 1 << 20).unwrap().unwrap();
    assert_eq!((first.line, stream.missing.len()), (101, 0), "lines keep their numbers");
    assert_eq!(raw, text.split_inclusive('\n').nth(100).unwrap().as_bytes());
    let other = Glob::new("other*").unwrap();
    assert!(lake.streams(Some(&other), TimeRange::ALL).unwrap().streams.is_empty());
}

#[test]
fn what_never_came_in_is_told_and_not_closed_up() {
    let kept = Kept::new();
    let text = file(300);
    let (bytes, line) =
        (text.as_bytes(), |n| text.split_inclusive('\n').take(n).map(str::len).sum());
    kept.accept(1, bytes, 0..line(100));
    kept.accept(1, bytes, line(200)..bytes.len());
    kept.settle();
    let lake = kept.lake();
    let found = streams(&lake);
    let stream = &found.streams[0];
    let missing: Vec<_> = stream.missing.iter().map(|gap| (gap.start, gap.end)).collect();
    assert_eq!(missing, [(line(100) as u64, line(200) as u64)]);
    let mut numbers = Vec::new();
    let mut raw = Vec::new();
    let mut reader = stream.open(&lake, Framing::Lines);
    while let Some(read) = reader.read(&mut raw, 1 << 20, 1 << 20).unwrap() {
        numbers.push((read.line, read.lines));
    }
    assert_eq!(numbers, [(1, 100), (201, 100)]);
}

#[test]
fn a_stream_whose_source_was_called_otherwise_for_a_while_has_no_gap() {
    let kept = Kept::new();
    let text = file(300);
    let bytes = text.as_bytes();
    let line = |number: usize| text.split_inclusive('\n').take(number).map(str::len).sum();
    kept.accept_as("log", 1, bytes, 0..line(100));
    kept.settle();
    kept.accept_as("srv/log", 1, bytes, line(100)..line(200));
    let missing = |lake: &Lake| {
        let streams = streams(lake).streams;
        streams.iter().map(|stream| stream.missing.len()).sum::<usize>()
    };
    assert_eq!(missing(&kept.lake()), 0);
    kept.settle();
    kept.accept_as("log", 1, bytes, line(200)..line(300));
    assert_eq!(missing(&kept.lake()), 0);
    kept.settle();
    let lake = kept.lake();
    assert_eq!(missing(&lake), 0);
    let verified = |lake: &Lake| lake.verify(&Scope::ALL, &|_| ()).unwrap();
    assert_eq!(verified(&lake).gaps, []);
    // What never came in under any name is one.
    kept.accept_as("srv/log", 2, bytes, line(100)..line(200));
    kept.settle();
    let gaps = verified(&kept.lake()).gaps;
    let told: Vec<_> = gaps.iter().map(|gap| (gap.source.as_str(), gap.from, gap.to)).collect();
    assert_eq!(told, [("srv/log", 0, line(100) as u64)]);
}

#[test]
fn a_long_line_comes_alone_and_only_its_beginning() {
    let kept = Kept::new();
    let text = format!("{}{}\n{}", line(1, 2), "x".repeat(5_000), line(2, 2));
    kept.accept(1, text.as_bytes(), 0..text.len());
    kept.settle();
    let lake = kept.lake();
    let found = streams(&lake);
    let mut reader = found.streams[0].open(&lake, Framing::Lines);
    let (mut raw, mut read) = (Vec::new(), Vec::new());
    while let Some(lines) = reader.read(&mut raw, 1 << 20, 1_000).unwrap() {
        read.push((lines.line, lines.lines, lines.oversize, raw.len()));
    }
    let rest = line(2, 2).len();
    assert_eq!(read, [(1, 1, None, rest), (2, 1, Some(5_000), 256), (3, 1, None, rest)]);
}

#[test]
fn a_damaged_part_is_told_and_what_is_behind_it_is_read() {
    let kept = Kept::new();
    let text = file(300);
    kept.accept(1, text.as_bytes(), 0..text.len());
    kept.settle();
    let lake = kept.lake();
    let found = streams(&lake);
    let second = lake.catalog().parts.values().nth(1).unwrap().path.clone();
    kept.disk.remove(&second).unwrap();
    let mut reader = found.streams[0].open(&lake, Framing::Lines);
    let (mut raw, mut read, mut failures) = (Vec::new(), Vec::new(), 0);
    loop {
        match reader.read(&mut raw, 1 << 20, 1 << 20) {
            Ok(Some(lines)) => read.push((lines.line, lines.lines)),
            Ok(None) => break,
            Err(error) => {
                assert!(error.is_damage() && error.to_string().contains(&second), "{error}");
                failures += 1;
            }
        }
    }
    assert_eq!((read, failures), (vec![(1, 100), (201, 100)], 1));
}
