//! A lake that is followed shows every row once, whatever its lines are made of and whenever they are settled.

use std::sync::Arc;

use sancha_model::EventTime;

use super::Tail;
use crate::{
    Lake, Query, WithValues,
    disk::{Disk, MemoryDisk},
    fixture::{AT, key, with_settings},
    query::TimeRange,
    wal::{Chunk, Options, WalWriter},
};

/// A stream, of which more is accepted bit by bit.
struct Followed {
    disk: Arc<dyn Disk>,
    source: &'static str,
    tail: Tail,
}

impl Followed {
    fn new(source: &'static str) -> Self {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        let lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
        let query = Query {
            source: None,
            time: TimeRange::ALL,
            filters: Vec::new(),
            with_values: WithValues::None,
        };
        Self { disk, source, tail: Tail::new(lake, query) }
    }

    fn writer(&self) -> WalWriter {
        WalWriter::new(Arc::clone(&self.disk), Options::default())
    }

    /// Bytes of the stream from an offset on, and the number of their first line.
    fn append(&self, writer: &WalWriter, (offset, line): (usize, u64), bytes: &[u8]) {
        let now = EventTime::from_timestamp(AT.parse().unwrap()).nanos();
        let chunk = Chunk {
            source: self.source.to_owned(),
            stream: [1; 32],
            prefix: 1_024,
            offset: offset as u64,
            line,
            accepted_at: now,
            reference: now,
            bytes: bytes.to_vec(),
        };
        writer.append(&chunk).unwrap();
        writer.sync().unwrap();
    }

    fn accept(&self, place: (usize, u64), bytes: &[u8]) {
        let writer = self.writer();
        self.append(&writer, place, bytes);
        writer.close().unwrap();
    }

    fn settle(&self) {
        let mut lake = Lake::open(Arc::clone(&self.disk)).unwrap();
        with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
    }

    fn newest(&mut self) -> usize {
        let rows = with_settings(|settings| {
            self.tail.newest(100, settings, &mut |answer, text| {
                text.extend_from_slice(answer.hit.line);
            })
        });
        rows.unwrap().len()
    }

    /// Numbers and lines of the rows that came in.
    fn look(&mut self) -> Vec<(u64, Vec<u8>)> {
        let mut rows = Vec::new();
        with_settings(|settings| {
            self.tail.look(settings, &mut |answer| {
                rows.push((answer.hit.number, answer.hit.line.to_vec()));
            })
        })
        .unwrap();
        rows
    }
}

/// A record of `btmp` whose process has this number.
fn record(pid: u32) -> Vec<u8> {
    let mut record = vec![0; 384];
    record[..4].copy_from_slice(&6_u32.to_le_bytes());
    record[4..8].copy_from_slice(&pid.to_le_bytes());
    record[8..13].copy_from_slice(b"ssh:n");
    record[44..48].copy_from_slice(b"root");
    record[76..87].copy_from_slice(b"203.0.113.9");
    record[340..344].copy_from_slice(&1_772_400_000_u32.to_le_bytes());
    record
}

#[test]
fn records_are_shown_once_whatever_bytes_are_in_them() {
    // 0x0a0a0a0a has the byte of a line feed four times, 0x01010101 not at all.
    for pid in [0x0a0a_0a0a, 0x0101_0101] {
        let mut followed = Followed::new("btmp");
        let records = |count: usize| record(pid).repeat(count);
        let numbers = |rows: Vec<(u64, Vec<u8>)>| rows.iter().map(|row| row.0).collect::<Vec<_>>();
        followed.accept((0, 1), &records(3));
        assert_eq!(followed.newest(), 3);
        followed.accept((3 * 384, 4), &records(2));
        assert_eq!(numbers(followed.look()), [4, 5]);
        followed.settle();
        assert_eq!(numbers(followed.look()), [0; 0]);
        // Another writer took in what is known, too.
        followed.accept((4 * 384, 5), &records(3));
        assert_eq!(numbers(followed.look()), [6, 7]);
        followed.accept((7 * 384, 8), &records(2));
        followed.settle();
        assert_eq!(numbers(followed.look()), [8, 9], "settled before anybody looked");
        followed.settle();
        assert_eq!(numbers(followed.look()), [0; 0]);
    }
}

#[test]
fn the_second_half_of_a_torn_line_is_shown() {
    let line = |rest: &str| format!("Mar  2 10:00:00 h sshd[1]: {rest}").into_bytes();
    let (begun, rest) = (line("Failed pass"), b"word for root\n".to_vec());
    for is_settled_first in [false, true] {
        let mut followed = Followed::new("auth.log");
        assert_eq!(followed.newest(), 0);
        followed.accept((0, 1), &begun);
        assert_eq!(followed.look(), [(1, begun.clone())]);
        followed.settle();
        followed.accept((begun.len(), 1), &rest);
        if is_settled_first {
            followed.settle();
        }
        assert_eq!(followed.look(), [(1, rest.clone())]);
        followed.settle();
        assert_eq!(followed.look(), []);
    }
}

#[test]
fn a_file_that_was_read_halfway_and_settled_shows_its_other_half() {
    let line = |number: usize| format!("Mar  2 10:00:{number:02} h sshd[1]: line {number}\n");
    let lines = |numbers: std::ops::Range<usize>| numbers.map(line).collect::<String>();
    let mut followed = Followed::new("auth.log");
    assert_eq!(followed.newest(), 0);
    let writer = followed.writer();
    followed.append(&writer, (0, 1), lines(0..5).as_bytes());
    assert_eq!(followed.look().len(), 5);
    followed.append(&writer, (lines(0..5).len(), 6), lines(5..9).as_bytes());
    writer.close().unwrap();
    followed.settle();
    let shown: Vec<_> = (5..9).map(|at| (at as u64 + 1, line(at).into_bytes())).collect();
    assert_eq!(followed.look(), shown);
    assert_eq!(followed.look(), []);
}
