//! What was proven before is proven after, and a rewrite that is not one is found.

use jiff::tz::TimeZone;
use sancha_seal::{
    Part,
    evidence::{Block, Description, Pack, verify},
};

use super::*;
use crate::{
    retain::{Policies, Rules, Standing},
    verify::{FaultKind, LogFault, RewriteFault, Scope, Verdicts},
};

const LENGTHS: [u64; 4] = [30, 50, 40, 9_000];

fn description() -> Description {
    let text = |text: &str| text.to_owned();
    Description {
        number: text("7"),
        query: text("ip:192.0.2.7"),
        organization: text("office"),
        at: AT.to_owned(),
        agent: text("test"),
    }
}

fn pack(lake: &Lake) -> Pack {
    let parsed = parse("ip:192.0.2.7").unwrap();
    let query = Query {
        source: None,
        time: TimeRange::ALL,
        filters: parsed.filters,
        with_values: WithValues::All,
    };
    lake.evidence(&query, 10_000, description()).unwrap()
}

fn sound(pack: &Pack) -> bool {
    let key = key();
    verify(&pack.clone().build().unwrap(), std::slice::from_ref(key.verifier())).is_sound()
}

fn verdicts(lake: &Lake) -> Verdicts {
    lake.verify(&Scope::ALL, &|_| ()).unwrap()
}

#[test]
fn lines_are_proven_by_the_entry_that_sealed_them_first() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    let before = pack(&lake);
    assert!(sound(&before) && before.blocks.len() > 100);
    let head = lake.ledger().head().size;
    compact_at(&mut lake, days_later(3)).unwrap();
    let after = pack(&lake);
    let places = |pack: &Pack| -> Vec<Block> { pack.blocks.clone() };
    assert_eq!(places(&before), places(&after));
    assert!(after.blocks.iter().all(|block| block.entry < head));
    assert!(sound(&after));
    // The pack of before is as good as ever, and the log went on from it.
    assert!(sound(&before));
    assert!(lake.ledger().head().size > head);
    // Once more, by the place of rows in the new part.
    let part = lake.catalog().parts.values().find(|part| part.rows > 100).unwrap();
    let rows = [(part.path.clone(), BTreeSet::from([0, 29, 30, 79, part.rows - 1]))].into();
    let by_row = lake.evidence_of(&rows, description()).unwrap();
    assert!(sound(&by_row));
    let asked = by_row.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.asked);
    assert_eq!(asked.count(), 5);
}

#[test]
fn streams_keep_their_order_and_their_lines() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    drop(Lake::create(Arc::clone(&disk), &key(), AT).unwrap());
    // Two streams of one source that take turns; the later id began first.
    let mut logs = [Log::new("web", 9), Log::new("web", 3)];
    for turn in 0..6 {
        logs[turn % 2].grow(&disk, 20 + turn as u64, 2 + turn as u64 / 4);
    }
    let mut lake = Lake::open(disk).unwrap();
    let streams = |lake: &Lake| {
        let kept = lake.streams(None, TimeRange::ALL).unwrap();
        let of = |stream: &crate::KeptStream| (stream.id[0], stream.bytes, stream.missing.clone());
        kept.streams.iter().map(of).collect::<Vec<_>>()
    };
    let before = streams(&lake);
    assert_eq!(before.iter().map(|one| one.0).collect::<Vec<_>>(), [9, 3]);
    compact_at(&mut lake, days_later(3)).unwrap();
    assert_eq!(streams(&lake), before);
}

#[test]
fn what_was_put_together_goes_when_its_time_is_over() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    compact_at(&mut lake, days_later(3)).unwrap();
    let (policies, standing) = (Policies::default(), Standing::default());
    let retire = |lake: &mut Lake, now: &str| {
        let now = EventTime::from_timestamp(now.parse().unwrap());
        let rules = Rules { policies: &policies, standing: &standing, zone: &TimeZone::UTC, now };
        lake.retire(&rules, &|term| format!("{:?}", term.period), &key()).unwrap()
    };
    // The files that were replaced go with the first run of either job.
    assert_eq!(retire(&mut lake, "2026-09-05T12:00:00Z").plan.going.len(), 0);
    assert_eq!(data_files(&lake), named_files(&lake));
    let parts = lake.catalog().parts.len();
    let outcome = retire(&mut lake, "2026-09-06T12:00:00Z");
    assert_eq!(outcome.plan.going.len(), parts);
    assert_eq!((data_files(&lake), found(&lake, "")), (Vec::new(), Vec::new()));
    is_unaltered(&Lake::open(Arc::new(disk)).unwrap());
}

#[test]
fn a_damaged_part_stays_as_it_is_and_is_told() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    let part = lake.catalog().parts.values().find(|part| part.source == "auth.log").unwrap();
    let path = part.path.clone();
    disk.flip_bit(&path, 100, 3);
    let done = compact_at(&mut lake, days_later(3)).unwrap();
    assert!(done.parts_after > 0);
    let [LakeError::Broken { path: told, .. }] = &done.damages[..] else { panic!("{done:?}") };
    assert_eq!(*told, path);
    assert!(lake.catalog().parts.values().any(|part| part.path == path));
    assert!(lake.disk().length(&path).is_ok());
    disk.flip_bit(&path, 100, 3);
    is_unaltered(&lake);
}

/// A lake whose small parts were put together by somebody who changed one line, and who has the key.
/// `companion` makes the companion of the forged part out of the true and the forged one.
fn forged(companion: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> (Verdicts, Part) {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    // The two small parts, put together elsewhere: as they are, and with another fifth line in the second.
    let elsewhere = |altered: Option<u64>| {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        drop(Lake::create(Arc::clone(&disk), &key(), AT).unwrap());
        let mut log = Log { altered, ..Log::new("web/access.log", 1) };
        log.grow(&disk, 30, 2);
        log.grow(&disk, 50, 2);
        let mut lake = Lake::open(disk).unwrap();
        compact_at(&mut lake, days_later(3)).unwrap();
        lake
    };
    let (honest, forged) = (elsewhere(None), elsewhere(Some(35)));
    let mut part = forged.catalog().parts.values().next().unwrap().clone();
    let true_part = honest.catalog().parts.values().next().unwrap().clone();
    let true_index = honest.disk().read(&true_part.index_path).unwrap();
    let index = companion(&true_index, &forged.disk().read(&part.index_path).unwrap());
    (part.index_sha256, part.index_bytes) = (crate::settle::hash(&index), index.len() as u64);
    let rows = forged.disk().read(&part.path).unwrap();
    lake.disk().write_at_once(&part.path, &rows).unwrap();
    lake.disk().write_at_once(&part.index_path, &index).unwrap();
    let small: Vec<Part> =
        lake.catalog().parts.values().filter(|part| part.rows < 60).cloned().collect();
    let from = small.iter().filter(|old| old.source == part.source && old.day == part.day);
    let from: Vec<String> = from.map(|old| old.path.clone()).collect();
    assert_eq!(from.len(), 2);
    let kind = Kind::Rewritten { from, parts: vec![part.clone()] };
    lake.commit(&[Entry::new(AT, kind)], &key()).unwrap();
    (verdicts(&Lake::open(Arc::new(disk)).unwrap()), part)
}

#[test]
fn a_rewrite_that_changed_a_line_is_caught_and_located() {
    // All was forged: the part that was sealed first is named, by its rows.
    let (verdicts, part) = forged(|_, forged| forged.to_vec());
    assert_eq!(verdicts.log_faults, []);
    let [fault] = &verdicts.faults[..] else { panic!("{verdicts:?}") };
    assert_eq!(fault.path, part.path);
    let FaultKind::Rows(pages) = &fault.kind else { panic!("{fault:?}") };
    let [page] = &pages[..] else { panic!("{pages:?}") };
    assert_eq!((page.number, page.first_row, page.last_row, page.first_line), (1, 30, 79, 31));
    // The companion is the true one: the same, by its page.
    let (verdicts, _) = forged(|honest, _| honest.to_vec());
    let [fault] = &verdicts.faults[..] else { panic!("{verdicts:?}") };
    let FaultKind::Rows(told) = &fault.kind else { panic!("{fault:?}") };
    assert_eq!(told, pages);
}

#[test]
fn an_entry_that_is_no_rewrite_of_what_was_there_is_told() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    let parts: Vec<Part> = lake.catalog().parts.values().cloned().collect();
    let [a, b, ..] = &parts[..] else { panic!("{parts:?}") };
    let new = |part: &Part, name: &str| Part { path: name.to_owned(), ..part.clone() };
    let shorter = Part { rows: a.rows - 1, ..new(a, "data/shorter.parquet") };
    let cases: [(&[&Part], Part, RewriteFault); 4] = [
        (&[a, b], new(a, "data/x"), RewriteFault::Other { path: "data/x".to_owned() }),
        (&[a], shorter.clone(), RewriteFault::Other { path: shorter.path.clone() }),
        (&[a], b.clone(), RewriteFault::Again { path: b.path.clone() }),
        (&[&shorter], a.clone(), RewriteFault::Unknown { path: shorter.path.clone() }),
    ];
    for (from, part, what) in cases {
        let mut entries = lake.catalog().entries.clone();
        let from = from.iter().map(|part| part.path.clone()).collect();
        entries.push(Entry::new(AT, Kind::Rewritten { from, parts: vec![part] }));
        let index = entries.len() as u64 - 1;
        assert_eq!(crate::verify::rewrite_faults(&entries), [LogFault::Rewrite { index, what }]);
    }
    compact_at(&mut lake, days_later(3)).unwrap();
    assert_eq!(crate::verify::rewrite_faults(&lake.catalog().entries), []);
}

#[test]
fn a_flipped_bit_of_a_part_that_was_put_together_is_located() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    compact_at(&mut lake, days_later(3)).unwrap();
    let part = lake.catalog().parts.values().next().unwrap().clone();
    for path in [&part.path, &part.index_path] {
        let length = usize::try_from(lake.disk().length(path).unwrap()).unwrap();
        for at in (0..length).step_by(length / 9) {
            disk.flip_bit(path, at, 2);
            let verdicts = verdicts(&lake);
            assert!(verdicts.faults.iter().any(|fault| fault.path == *path), "byte {at}");
            disk.flip_bit(path, at, 2);
        }
    }
    is_unaltered(&lake);
}
