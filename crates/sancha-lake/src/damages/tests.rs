//! A companion that is lost hides no row, and nobody takes what is found without it for sound.

use std::sync::Arc;

use datafusion::arrow::{array::AsArray as _, datatypes::Int64Type};
use sancha_model::EventTime;
use sancha_seal::{Part, evidence::Description};

use crate::{
    Answer, EvidenceError, Lake, Query, Tail, WithValues,
    disk::{Disk, MemoryDisk},
    fixture::with_settings,
    query::{SqlOptions, TimeRange, parse},
    settle::tests::{begun, held, settle, sorted},
};

fn count(lake: &Lake, query: &Query) -> u64 {
    with_settings(|settings| lake.count(query, settings)).unwrap().answers
}

fn sql(lake: &Lake, sql: &str) -> i64 {
    let mut sum = 0;
    with_settings(|settings| {
        lake.sql(sql, settings, SqlOptions { threads: 2, zone_minutes: 0 }, &mut |batch| {
            sum += batch.column(0).as_primitive::<Int64Type>().values().iter().sum::<i64>();
            Ok(())
        })
    })
    .unwrap();
    sum
}

fn asked(text: &str) -> Query {
    let parsed = parse(text).unwrap();
    let (source, filters) = (parsed.source, parsed.filters);
    Query { source, time: TimeRange::ALL, filters, with_values: WithValues::None }
}

fn evidence(lake: &Lake, query: &Query) -> Result<usize, EvidenceError> {
    let pack = lake.evidence(query, 1_000, Description::default())?;
    let rows = pack.blocks.iter().flat_map(|block| &block.rows);
    let asked = rows.filter(|row| row.asked).count();
    pack.build().unwrap();
    Ok(asked)
}

/// Asks a lake with one bit of a companion flipped, for each of `bits`: the answers are the same. How often that bit was
/// told.
fn told_of_bits(
    (whole, part): (&MemoryDisk, &Part),
    bits: impl Iterator<Item = (u64, u8)>,
    ask: &dyn Fn(&Lake) -> Vec<i64>,
) -> usize {
    let right = ask(&Lake::open(Arc::new(whole.clone())).unwrap());
    assert!(right.iter().all(|answer| *answer > 0), "{right:?}");
    let mut told = 0;
    for (at, bit) in bits {
        let disk = whole.after_kill();
        disk.flip_bit(&part.index_path, usize::try_from(at).unwrap(), bit.into());
        let lake = Lake::open(Arc::new(disk)).unwrap();
        assert_eq!(ask(&lake), right, "byte {at}, bit {bit}");
        for damage in lake.damages() {
            assert!(damage.to_string().contains(&part.index_path), "{at}, {bit}: {damage}");
            told += 1;
        }
    }
    told
}

/// A settled lake with a part that it has.
fn settled() -> (MemoryDisk, Part) {
    let disk = MemoryDisk::new();
    begun(&disk, 160);
    settle(&mut Lake::open(Arc::new(disk.clone())).unwrap()).unwrap();
    let lake = Lake::open(Arc::new(disk.clone())).unwrap();
    let part = lake.catalog().parts.values().next().unwrap().clone();
    (disk, part)
}

#[test]
fn whatever_bit_of_a_companion_flips_a_search_finds_the_same() {
    let (disk, part) = settled();
    let from = EventTime::from_nanos(part.first.unwrap());
    let time = TimeRange { from, to: from.plus(20_000_000_000) };
    let words = ["ip:192.0.2.7", "get", "7919", "status:>7"].map(asked);
    let queries: Vec<Query> = words.into_iter().chain([Query { time, ..asked("") }]).collect();
    let ask = |lake: &Lake| -> Vec<i64> {
        queries.iter().map(|query| i64::try_from(count(lake, query)).unwrap()).collect()
    };
    // Of every other byte one bit; `part::tests` flips the others, without a lake.
    let bits = (0..part.index_bytes).step_by(2).map(|at| (at, at.to_le_bytes()[0] / 2 % 8));
    assert!(told_of_bits((&disk, &part), bits, &ask) > 0);
}

#[test]
fn whatever_bit_of_a_companion_flips_sql_counts_the_same() {
    let (disk, part) = settled();
    let statements = [
        "SELECT count(*) FROM logs",
        "SELECT count(*) * http_status FROM logs GROUP BY http_status",
        "SELECT sum(line) FROM logs WHERE source_ip = '192.0.2.7'",
    ];
    let ask = |lake: &Lake| -> Vec<i64> { statements.iter().map(|text| sql(lake, text)).collect() };
    let bits = (0..part.index_bytes).step_by(13).map(|at| (at, at.to_le_bytes()[0] % 8));
    assert!(told_of_bits((&disk, &part), bits, &ask) > 0);
}

#[test]
fn whatever_bit_of_a_companion_flips_evidence_is_whole_or_the_part_is_told() {
    let (disk, part) = settled();
    let query = asked("ip:192.0.2.7");
    let proven = evidence(&Lake::open(Arc::new(disk.clone())).unwrap(), &query).unwrap();
    for at in (0..part.index_bytes).step_by(11) {
        let disk = disk.after_kill();
        let bit = at.to_le_bytes()[0] % 8;
        disk.flip_bit(&part.index_path, usize::try_from(at).unwrap(), bit.into());
        let lake = Lake::open(Arc::new(disk)).unwrap();
        let found = evidence(&lake, &query).unwrap();
        assert_eq!(found < proven, !lake.damages().is_empty(), "byte {at}, bit {bit}");
    }
}

#[test]
fn whatever_bit_of_a_companion_flips_the_newest_rows_are_the_same() {
    let (disk, part) = settled();
    let newest = |lake: Lake| {
        let mut tail = Tail::new(lake, asked("get"));
        let mut render = |answer: &Answer<'_>, row: &mut Vec<u8>| row.extend(answer.hit.line);
        let mut rows = with_settings(|settings| tail.newest(1_000, settings, &mut render)).unwrap();
        rows.sort_unstable();
        (rows, tail.lake().damages().len())
    };
    let right = newest(Lake::open(Arc::new(disk.clone())).unwrap()).0;
    for at in (0..part.index_bytes).step_by(11) {
        let disk = disk.after_kill();
        disk.flip_bit(&part.index_path, usize::try_from(at).unwrap(), 3);
        let (rows, damages) = newest(Lake::open(Arc::new(disk)).unwrap());
        assert!(rows == right && damages <= 1, "byte {at}");
    }
}

#[test]
fn a_companion_that_is_damaged_or_gone_hides_no_row_and_is_told() {
    let whole = MemoryDisk::new();
    let text = begun(&whole, 160);
    settle(&mut Lake::open(Arc::new(whole.clone())).unwrap()).unwrap();
    let query = asked("ip:192.0.2.7");
    let lake = Lake::open(Arc::new(whole.clone())).unwrap();
    let part = lake.catalog().parts.values().next().unwrap().clone();
    let answers = count(&lake, &query);
    let proven = evidence(&lake, &query).unwrap();
    let of_part = asked(&format!("source:{}", part.source));
    assert!(answers > 0 && proven as u64 == answers && lake.damages().is_empty());
    let lines = "SELECT sum(line) FROM logs WHERE source_ip = '192.0.2.7'";
    let (sum, rows) = (sql(&lake, lines), sql(&lake, "SELECT count(*) FROM logs"));
    let damage: [&dyn Fn(&MemoryDisk); 2] =
        [&|disk| disk.flip_bit(&part.index_path, 0, 0), &|disk| {
            disk.remove(&part.index_path).unwrap()
        }];
    for damage in damage {
        let disk = whole.after_kill();
        damage(&disk);
        let open = || Lake::open(Arc::new(disk.clone())).unwrap();
        let told = |lake: &Lake| {
            let damages = lake.damages();
            assert_eq!(damages.len(), 1);
            assert!(damages[0].to_string().contains(&part.index_path), "{}", damages[0]);
            assert!(damages[0].is_damage());
        };
        let lake = open();
        assert_eq!(held(&lake), sorted(&text));
        told(&lake);
        let lake = open();
        assert_eq!(count(&lake, &query), answers);
        told(&lake);
        for (asked, answer) in [(lines, sum), ("SELECT count(*) FROM logs", rows)] {
            let lake = open();
            assert_eq!(sql(&lake, asked), answer, "{asked}");
            told(&lake);
        }
        // What cannot be proven is in no pack.
        let lake = open();
        assert!(evidence(&lake, &query).unwrap() < proven);
        told(&lake);
        assert!(count(&lake, &of_part) > 0);
    }
}

#[test]
fn a_companion_of_another_part_is_named_and_not_the_part() {
    let (disk, part) = settled();
    let other = include_bytes!("../part/samples/v2.idx");
    assert_ne!(part.rows, 64, "it has other rows");
    disk.write_at_once(&part.index_path, other).unwrap();
    let lake = Lake::open(Arc::new(disk)).unwrap();
    assert!(count(&lake, &asked("ip:192.0.2.7")) > 0);
    let told: Vec<String> = lake.damages().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [format!("`{}` is damaged: it has other rows than its part", part.index_path)]
    );
}

#[test]
fn a_part_that_is_gone_with_its_companion_is_an_error() {
    let disk = MemoryDisk::new();
    begun(&disk, 160);
    settle(&mut Lake::open(Arc::new(disk.clone())).unwrap()).unwrap();
    let lake = Lake::open(Arc::new(disk.clone())).unwrap();
    let part = lake.catalog().parts.values().next().unwrap().clone();
    disk.remove(&part.index_path).unwrap();
    disk.remove(&part.path).unwrap();
    let failed = with_settings(|settings| lake.count(&asked(""), settings));
    assert!(failed.unwrap_err().is_damage());
}
