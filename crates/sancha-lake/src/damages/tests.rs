//! A companion that is lost hides no row, and nobody takes what is found without it for sound.

use std::sync::Arc;

use datafusion::arrow::{array::AsArray as _, datatypes::Int64Type};
use sancha_seal::evidence::Description;

use crate::{
    EvidenceError, Lake, Query,
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
    Query { source, time: TimeRange::ALL, filters, with_values: false }
}

fn evidence(lake: &Lake, query: &Query) -> Result<usize, EvidenceError> {
    let pack = lake.evidence(query, 1_000, Description::default())?;
    let rows = pack.blocks.iter().flat_map(|block| &block.rows);
    let asked = rows.filter(|row| row.asked).count();
    pack.build().unwrap();
    Ok(asked)
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
