//! The companion of a part: where in it an address, a user, a host or a word can be.
//!
//! A part's rows are cut into strides of 4,096. For every entity and word the companion lists
//! the strides that hold it; a word that is likely met once, such as an order number, is in a filter with its
//! stride. What it says is never the answer: rows are looked at before they count.
//!
//! Layout of the file, all numbers little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `SANCHAX3` |
//! | 8 × 8 | rows; length of the runs, pages, times, directory, postings, filter and counts |
//! | 4 | CRC-32 of all that stands before it |
//! | … | checksums of all that follows (`sums`) |
//! | … | the seven sections, in this order |
//!
//! Written before, and read for ever: `SANCHAX2` has no checksums, `SANCHAX1` neither these nor counts, and other
//! postings.
//!
//! Runs: 32 bytes stream, then row, offset and line, 8 bytes each. Pages: of every 8,192 rows the root,
//! 32 bytes, and the offset of the first row in its stream, 8 bytes. Times: of
//! every stride the earliest and the latest time in nanoseconds, 8 bytes each; the latest before the
//! earliest: none of its rows has a time. The others: `postings`, `filter`, `crate::rollup`.

mod bits;
mod filter;
mod postings;
mod sums;
mod words;

use std::{collections::HashSet, ops::Range};

use sancha_model::EventTime;
use sancha_normalize::readable;
use sancha_seal::{Hash32, PageHeader};

pub(crate) use filter::{Filter, of_stride};
pub(crate) use postings::{Coding, Postings, block, find};
pub(crate) use sums::Sums;
pub(crate) use words::{Word, foreign, is_ascii_word, is_rare, words};

/// Rows that the index tells apart.
pub(crate) const STRIDE_ROWS: usize = 4_096;

const MAGIC: &[u8; 8] = b"SANCHAX3";
/// Of companions without checksums.
const MAGIC_UNCHECKED: &[u8; 8] = b"SANCHAX2";
/// Of companions without checksums and counts, whose postings are in bytes.
const MAGIC_FIRST: &[u8; 8] = b"SANCHAX1";
const SECTIONS: usize = 7;
/// Magic, rows and lengths of the sections.
const NUMBERS_END: usize = 8 + 8 * 8;
/// Bytes before the checksums.
pub(crate) const HEAD_BYTES: usize = NUMBERS_END + 4;
const RUN_BYTES: usize = 32 + 3 * 8;

/// Rows that follow each other in one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stream: [u8; 32],
    /// First row of the run in the part.
    pub(crate) row: u64,
    /// Of its first byte in the stream.
    pub(crate) offset: u64,
    /// 1-based.
    pub(crate) line: u64,
}

/// A page as it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) root: Hash32,
    /// Of its first row in that row's stream.
    pub(crate) offset: u64,
}

const PAGE_BYTES: usize = 32 + 8;
const TIMES_BYTES: u64 = 8 + 8;

/// Earliest and latest time of a stride's rows; no time: the latest comes before the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
}

impl Times {
    const NONE: Self = Self { first: EventTime::MAX, last: EventTime::MIN };
}

/// What a key of the index stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Address,
    User,
    Host,
    Word,
}

/// Names an entity or word. Fixed for ever, for keys are stored: FNV-1a over kind and bytes, mixed.
pub(crate) fn key(kind: Kind, bytes: &[u8]) -> u64 {
    let mut hash = Hash::of(kind);
    bytes.iter().for_each(|byte| hash.byte(*byte));
    hash.key()
}

/// [`key`] of the bytes with ASCII letters in lower case: names are found however they are written.
pub(crate) fn folded_key(kind: Kind, bytes: &[u8]) -> u64 {
    let mut hash = Hash::of(kind);
    bytes.iter().for_each(|byte| hash.byte(byte.to_ascii_lowercase()));
    hash.key()
}

/// A key as its bytes come.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn of(kind: Kind) -> Self {
        let kind = match kind {
            Kind::Address => 1,
            Kind::User => 2,
            Kind::Host => 3,
            Kind::Word => 4,
        };
        Self(0xcbf2_9ce4_8422_2325 ^ kind)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }

    fn key(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }
}

/// Collects a part's index, row after row.
#[derive(Default)]
pub(crate) struct IndexWriter {
    rows: u64,
    runs: Vec<Run>,
    /// Keys of the stride at hand.
    stride: HashSet<u64, foldhash::fast::FixedState>,
    entries: Vec<postings::Entry>,
    /// Rare words of the stride at hand, and those of all strides with theirs.
    rare_here: HashSet<u64, foldhash::fast::FixedState>,
    rare: Vec<u64>,
    times: Vec<Times>,
}

impl IndexWriter {
    /// The rows that follow belong to this run; one that goes on where the last ended is part of it.
    pub(crate) fn run(&mut self, stream: [u8; 32], offset: u64, line: u64) {
        self.runs.push(Run { stream, row: self.rows, offset, line });
    }

    pub(crate) fn entity(&mut self, kind: Kind, bytes: &[u8]) {
        self.stride.insert(match kind {
            Kind::Address | Kind::Word => key(kind, bytes),
            Kind::User | Kind::Host => folded_key(kind, bytes),
        });
    }

    /// The words of a line as people see it, whatever its encoding.
    pub(crate) fn line(&mut self, line: &[u8]) {
        let mut word = |word: Word| {
            if is_rare(&word) {
                self.rare_here.insert(word.key);
            } else {
                self.stride.insert(word.key);
            }
        };
        words(line, &mut word);
        if std::str::from_utf8(line).is_err() {
            words(readable(line).as_bytes(), &mut word);
        }
    }

    pub(crate) fn end_row(&mut self, time: Option<EventTime>) {
        if self.rows.is_multiple_of(STRIDE_ROWS as u64) {
            self.times.push(Times::NONE);
        }
        if let Some((time, times)) = time.zip(self.times.last_mut()) {
            times.first = times.first.min(time);
            times.last = times.last.max(time);
        }
        self.rows += 1;
        if self.rows.is_multiple_of(STRIDE_ROWS as u64) {
            self.end_stride();
        }
    }

    fn end_stride(&mut self) {
        let stride = u32::try_from(self.rows.saturating_sub(1) / STRIDE_ROWS as u64);
        let stride = stride.unwrap_or(u32::MAX);
        self.entries.extend(self.stride.drain().map(|key| postings::Entry::new(key, stride)));
        self.rare.extend(self.rare_here.drain().map(|key| of_stride(key, stride)));
    }

    /// The bytes of the companion file.
    pub(crate) fn finish(mut self, pages: &[Page], counts: &[u8]) -> Vec<u8> {
        if !self.rows.is_multiple_of(STRIDE_ROWS as u64) {
            self.end_stride();
        }
        let strides = self.rows.div_ceil(STRIDE_ROWS as u64);
        let (directory, postings) = postings::write(self.entries, strides);
        let filter = filter::write(&mut self.rare);
        let runs: Vec<u8> = self.runs.iter().flat_map(run_bytes).collect();
        let times: Vec<u8> = self.times.iter().flat_map(times_bytes).collect();
        let pages: Vec<u8> = pages.iter().flat_map(page_bytes).collect();
        let sections = [runs.as_slice(), &pages, &times, &directory, &postings, &filter, counts];
        let mut numbers = MAGIC.to_vec();
        numbers.extend(self.rows.to_le_bytes());
        for section in sections {
            numbers.extend((section.len() as u64).to_le_bytes());
        }
        checked(&numbers, &sections.concat())
    }
}

/// A companion's file of what its head says and its sections, with their checksums.
fn checked(numbers: &[u8], sections: &[u8]) -> Vec<u8> {
    [numbers, &sums::sum(numbers), &sums::write(sections), sections].concat()
}

/// The file with checksums that are true, where it has any.
pub(crate) fn with_true_sums(bytes: &[u8]) -> Vec<u8> {
    let Some(numbers) = bytes.first_chunk::<NUMBERS_END>().filter(|head| head.starts_with(MAGIC))
    else {
        return bytes.to_vec();
    };
    let head = [numbers.as_slice(), &sums::sum(numbers)].concat();
    let sums = Head::read(&head, bytes.len() as u64).and_then(|head| head.sums);
    match sums.and_then(|(_, to)| bytes.get(usize::try_from(to).ok()?..)) {
        Some(sections) => checked(numbers, sections),
        None => [&head, bytes.get(HEAD_BYTES..).unwrap_or(&[])].concat(),
    }
}

fn run_bytes(run: &Run) -> Vec<u8> {
    let mut bytes = run.stream.to_vec();
    for value in [run.row, run.offset, run.line] {
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

fn page_bytes(page: &Page) -> Vec<u8> {
    [page.root.0.as_slice(), &page.offset.to_le_bytes()].concat()
}

fn times_bytes(times: &Times) -> Vec<u8> {
    [times.first, times.last].iter().flat_map(|time| time.nanos().to_le_bytes()).collect()
}

/// Where a companion's sections lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) rows: u64,
    /// How its postings are written.
    pub(crate) coding: Coding,
    /// From and to, of the checksums; nothing in files that have none.
    sums: Option<(u64, u64)>,
    /// From and to, of runs, page roots, times, directory, postings, filter, counts.
    sections: [(u64, u64); SECTIONS],
}

impl Head {
    /// `None`: this is no companion, its lengths do not add up to the file's, or its checksum is wrong.
    pub(crate) fn read(bytes: &[u8], file_len: u64) -> Option<Self> {
        let (coding, count, is_checked) = match bytes.first_chunk::<8>()? {
            MAGIC => (Coding::Bits, SECTIONS, true),
            MAGIC_UNCHECKED => (Coding::Bits, SECTIONS, false),
            MAGIC_FIRST => (Coding::Bytes, SECTIONS - 1, false),
            _ => return None,
        };
        if is_checked && !head_holds(bytes) {
            return None;
        }
        let numbers = bytes.chunks_exact(8).skip(1);
        let mut numbers = numbers.map(|chunk| chunk.try_into().map(u64::from_le_bytes));
        let mut next = || numbers.next()?.ok();
        let rows = next()?;
        let mut lengths = [0; SECTIONS];
        for length in lengths.iter_mut().take(count) {
            *length = next()?;
        }
        let follows = lengths.iter().try_fold(0, |sum: u64, length| sum.checked_add(*length))?;
        let head_end = if is_checked { HEAD_BYTES } else { 8 + 8 + count * 8 } as u64;
        let sums = is_checked.then(|| (head_end, head_end.saturating_add(sums::length(follows))));
        let mut from = sums.map_or(head_end, |(_, to)| to);
        let sections = lengths.map(|length| {
            let start = from;
            from = from.saturating_add(length);
            (start, from)
        });
        // Each stride has its times, so that whoever makes room for rows makes it for no more than there can be.
        let times = rows.div_ceil(STRIDE_ROWS as u64).checked_mul(TIMES_BYTES)?;
        let adds_up = from == file_len && lengths[2] == times;
        adds_up.then_some(Self { rows, coding, sums, sections })
    }

    pub(crate) fn sums(&self) -> Option<(u64, u64)> {
        self.sums
    }

    pub(crate) fn runs(&self) -> (u64, u64) {
        self.sections[0]
    }

    pub(crate) fn pages(&self) -> (u64, u64) {
        self.sections[1]
    }

    pub(crate) fn times(&self) -> (u64, u64) {
        self.sections[2]
    }

    pub(crate) fn directory(&self) -> (u64, u64) {
        self.sections[3]
    }

    pub(crate) fn postings(&self) -> (u64, u64) {
        self.sections[4]
    }

    pub(crate) fn filter(&self) -> (u64, u64) {
        self.sections[5]
    }

    /// Empty where there are none.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.sections[6]
    }
}

/// Whether a head is what was written.
fn head_holds(bytes: &[u8]) -> bool {
    let numbers = bytes.get(..NUMBERS_END);
    numbers.map(sums::sum).as_ref().map(<[u8; 4]>::as_slice) == bytes.get(NUMBERS_END..HEAD_BYTES)
}

pub(crate) fn read_pages(bytes: &[u8]) -> Vec<Page> {
    let read = |bytes: &[u8]| {
        let (root, offset) = bytes.split_first_chunk::<32>()?;
        let offset = u64::from_le_bytes(offset.try_into().ok()?);
        Some(Page { root: Hash32(*root), offset })
    };
    bytes.chunks_exact(PAGE_BYTES).filter_map(read).collect()
}

/// Headers of the pages, made again from the runs; `spans` are the rows of each page.
pub(crate) fn headers<'s>(
    rows: u64,
    spans: impl Iterator<Item = &'s Range<u64>>,
    runs: &[Run],
    pages: &[Page],
) -> Vec<PageHeader> {
    let ends = runs.iter().skip(1).map(|run| run.row).chain([rows]);
    let stretches: Vec<(&Run, u64)> = runs.iter().zip(ends).collect();
    let of = |(span, page): (&Range<u64>, &Page)| {
        let (first, last) = (span.start, span.end);
        // Both ends grow from run to run.
        let inside = stretches.iter().skip(stretches.partition_point(|(_, end)| *end <= first));
        let runs = inside.take_while(|(run, _)| run.row < last).map(|(run, end)| {
            let from = run.row.max(first);
            sancha_seal::Run {
                stream: run.stream,
                first_offset: if run.row < first { page.offset } else { run.offset },
                first_line: run.line.saturating_add(from - run.row),
                rows: u32::try_from((*end).min(last).saturating_sub(from)).unwrap_or(u32::MAX),
            }
        });
        PageHeader { runs: runs.collect() }
    };
    spans.zip(pages).map(of).collect()
}

pub(crate) fn read_times(bytes: &[u8]) -> Vec<Times> {
    let time =
        |bytes: &[u8]| bytes.try_into().ok().map(i64::from_le_bytes).map(EventTime::from_nanos);
    let read = |bytes: &[u8]| {
        let (first, last) = bytes.split_at_checked(8)?;
        Some(Times { first: time(first)?, last: time(last)? })
    };
    bytes.chunks_exact(16).filter_map(read).collect()
}

pub(crate) fn read_runs(bytes: &[u8]) -> Vec<Run> {
    bytes.chunks_exact(RUN_BYTES).filter_map(read_run).collect()
}

fn read_run(bytes: &[u8]) -> Option<Run> {
    let (stream, rest) = bytes.split_first_chunk::<32>()?;
    let number = |at: usize| rest.get(at * 8..at * 8 + 8)?.try_into().ok().map(u64::from_le_bytes);
    Some(Run { stream: *stream, row: number(0)?, offset: number(1)?, line: number(2)? })
}
