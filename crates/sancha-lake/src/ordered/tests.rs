//! Rows in the order of time are the rows of a search, sorted.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{EventTime, Fields};
use sancha_normalize::{FileContext, Formats};
use sancha_seal::{KeyKind, SigningKey};

use crate::{
    Lake, Query, Settings, WithValues,
    disk::{Disk, MemoryDisk},
    part::Layout,
    query::{TimeRange, parse},
    wal::{Chunk, Options, WalWriter},
};

const AT: &str = "2026-03-05T00:00:00Z";
const NOW: i64 = 1_772_668_800_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_seed("lake-test", KeyKind::Log, &[7; 32]).unwrap()
}

fn with_settings<T>(with: impl FnOnce(&Settings<'_>) -> T) -> T {
    let formats = Formats::new(Vec::new());
    let fields = Arc::new(Fields::new([]));
    let context = |_: &str, reference: EventTime| {
        FileContext::new(TimeZone::UTC, reference, Arc::clone(&fields))
    };
    with(&Settings { formats: &formats, context: &context, layout: Layout::default() })
}

/// Line `number` of a source: three minutes apart, now and then a little late, some without a time.
fn line(source: u8, number: u64) -> String {
    let minute = 3 * if number % 10 == 9 { number - 4 } else { number };
    let (day, hour, minute) = (2 + minute / 1_440, minute / 60 % 24, minute % 60);
    if number % 50 == 49 {
        return format!("line {number} of {source} has no time\n");
    }
    format!(
        "192.0.2.{source} - - [{day:02}/Mar/2026:{hour:02}:{minute:02}:{source:02} +0000] \"GET /p/{number} HTTP/1.1\" 200 7 \"-\" \"-\"\n"
    )
}

fn write(disk: &Arc<dyn Disk>, source: u8, lines: String) {
    let writer = WalWriter::new(Arc::clone(disk), Options::default());
    let chunk = Chunk {
        source: format!("web{source}/access.log"),
        stream: [source; 32],
        prefix: 1_024,
        offset: 0,
        line: 1,
        accepted_at: NOW,
        reference: NOW,
        bytes: lines.into_bytes(),
    };
    writer.append(&chunk).unwrap();
    writer.close().unwrap();
}

/// Three sources over three days, the third of them not settled.
fn lake() -> Lake {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    for source in 1..=3_u8 {
        write(&disk, source, (0..1_200).map(|number| line(source, number)).collect());
        if source < 3 {
            with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
        }
    }
    lake
}

/// Rows as text, in order of time where `held` says how much is held at once.
fn rows(lake: &Lake, query: &Query, held: Option<usize>) -> Vec<(Option<EventTime>, String)> {
    let mut found = Vec::new();
    with_settings(|settings| match held {
        None => lake
            .search(query, settings, &mut |answer| {
                let line = String::from_utf8(answer.hit.line.to_vec()).unwrap();
                found.push((answer.hit.time(), line));
                true
            })
            .map(drop),
        Some(held) => {
            let mut render = |answer: &crate::Answer<'_>, text: &mut Vec<u8>| {
                let time = answer.hit.time().map_or(i64::MAX, EventTime::nanos);
                text.extend(format!("{time} ").into_bytes());
                text.extend_from_slice(answer.hit.line);
            };
            lake.ordered(query, settings, held, &mut render, &mut |text| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                let (time, line) = text.split_once(' ').unwrap();
                let time: i64 = time.parse().unwrap();
                let time = (time < i64::MAX).then(|| EventTime::from_nanos(time));
                found.push((time, line.to_owned()));
                true
            })
            .map(drop)
        }
    })
    .unwrap();
    found
}

fn query(text: &str, time: TimeRange) -> Query {
    let parsed = parse(text).unwrap();
    Query { source: parsed.source, time, filters: parsed.filters, with_values: WithValues::All }
}

#[test]
fn rows_come_in_order_of_time_however_few_are_held_at_once() {
    let lake = lake();
    let day = |day: &str| EventTime::from_timestamp(format!("{day}T00:00:00Z").parse().unwrap());
    let some = TimeRange { from: day("2026-03-03"), to: day("2026-03-04") };
    for (text, time) in [("", TimeRange::ALL), ("path:*7", TimeRange::ALL), ("", some)] {
        let query = query(text, time);
        let mut expected = rows(&lake, &query, None);
        assert!(!expected.is_empty());
        expected.sort_by_key(|(time, _)| (time.is_none(), *time));
        for held in [20_000, 100_000, super::HELD_BYTES] {
            let found = rows(&lake, &query, Some(held));
            assert!(found == expected, "{text} with {held} bytes: {} rows", found.len());
        }
    }
}

#[test]
fn rows_of_a_time_are_those_that_have_it() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let timed = (0..1_200_u64).filter(|number| number % 50 != 49);
    let several_strides = timed.flat_map(|number| std::iter::repeat_n(line(1, number), 8));
    write(&disk, 1, several_strides.collect());
    write(&disk, 2, (0..1_200).map(|number| line(2, number)).collect());
    with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
    let at = |text: &str| EventTime::from_timestamp(text.parse().unwrap());
    let all = rows(&lake, &query("", TimeRange::ALL), None);
    for (from, to) in [
        ("2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z"),
        ("2026-03-02T00:30:00Z", "2026-03-09T00:00:00Z"),
        ("2026-03-01T00:00:00Z", "2026-03-04T11:11:00Z"),
        ("2026-03-03T07:00:00Z", "2026-03-03T07:03:01Z"),
    ] {
        let time = TimeRange { from: at(from), to: at(to) };
        let mut query = query("", time);
        let holds = |at: &Option<EventTime>| at.is_some_and(|at| time.from <= at && at < time.to);
        let expected: Vec<_> = all.iter().filter(|(at, _)| holds(at)).cloned().collect();
        assert!(!expected.is_empty());
        assert!(rows(&lake, &query, None) == expected, "{from} to {to}");
        query.with_values = WithValues::None;
        assert!(rows(&lake, &query, None) == expected, "{from} to {to}, lines only");
    }
}

#[test]
fn the_first_rows_are_enough_when_no_more_are_wanted() {
    let lake = lake();
    let mut found = 0;
    let mut emit = |_: &[u8]| {
        found += 1;
        found < 5
    };
    let looked = with_settings(|settings| {
        lake.search_by_time(&query("", TimeRange::ALL), settings, &mut |_, _| (), &mut emit)
    });
    assert_eq!((found, looked.unwrap().answers), (5, 5));
}
