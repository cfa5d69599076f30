//! Whatever the files of a part hold, no line is proven that was not sealed, and nothing panics.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use proptest::prelude::*;
use sancha_seal::evidence::{Description, Pack, Record};

use crate::{
    EvidenceError, Lake, LakeError, Query, WithValues,
    disk::{Disk, MemoryDisk},
    fixture::{AT, accept_text, key, with_settings},
    query::{TimeRange, parse},
    settle::tests::{settle, sorted},
    verify::Scope,
};

fn everything() -> Query {
    Query { source: None, time: TimeRange::ALL, filters: Vec::new(), with_values: WithValues::None }
}

fn asked(pack: &Pack) -> usize {
    pack.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.asked).count()
}

/// The lines of a pack that verifies.
fn lines(pack: Pack) -> Option<Vec<String>> {
    let files = pack.build().ok()?;
    let (_, records) = files.iter().find(|(name, _)| name == "data/records.jsonl")?;
    let records = records.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let records = records.map(|line| serde_json::from_slice::<Record>(line).unwrap());
    Some(records.map(|row| String::from_utf8(row.raw().unwrap().into_owned()).unwrap()).collect())
}

const LINES: usize = 20_000;

/// A settled lake with a part of three pages, and its lines.
static SETTLED: LazyLock<(MemoryDisk, Vec<String>)> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let mut lake = Lake::create(Arc::clone(&shared), &key(), AT).unwrap();
    let line = |at: usize| {
        format!(
            "192.0.2.{} - - [02/Mar/2026:10:{:02}:{:02} +0000] \"GET /p/{at} HTTP/1.1\" 200 {at} \"-\" \"agent {}\"\n",
            at % 250,
            at / 60 % 60,
            at % 60,
            at % 3
        )
    };
    let text: String = (0..LINES).map(line).collect();
    accept_text(&shared, &text);
    settle(&mut lake).unwrap();
    (disk, sorted(&text))
});

fn settled() -> Lake {
    Lake::open(Arc::new(SETTLED.0.after_kill())).unwrap()
}

#[test]
fn lines_of_many_pages_are_proven_in_one_go() {
    let lake = settled();
    let part = lake.catalog().parts.values().next().unwrap();
    assert!(part.rows > 8_192, "{} rows", part.rows);
    let pack = lake.evidence(&everything(), LINES as u64, Description::default()).unwrap();
    assert_eq!(asked(&pack), LINES);
    let mut found = lines(pack).unwrap();
    found.sort();
    assert!(found == SETTLED.1, "every line, as it was accepted");
    let too_many = lake.evidence(&everything(), LINES as u64 - 1, Description::default());
    assert!(matches!(too_many, Err(EvidenceError::TooMany(most)) if most == LINES as u64 - 1));
    // Rows of the first, a middle and the last page, and the last row.
    let last = part.rows - 1;
    let rows = [(part.path.clone(), BTreeSet::from([0, 8_191, 8_192, last]))].into();
    let pack = lake.evidence_of(&rows, Description::default()).unwrap();
    assert_eq!(asked(&pack), 4);
    assert!(lines(pack).is_some());
    let some = Query { filters: parse("\"agent 2\"").unwrap().filters, ..everything() };
    let pack = lake.evidence(&some, LINES as u64, Description::default()).unwrap();
    assert_eq!(asked(&pack), (0..LINES).filter(|at| at % 3 == 2).count());
}

/// Searches, verifies and proves; every error is one of damage.
fn ask(lake: &Lake) -> Result<Option<Vec<String>>, LakeError> {
    with_settings(|settings| lake.search(&everything(), settings, &mut |_| true))?;
    let word = Query { filters: parse("agent -2").unwrap().filters, ..everything() };
    with_settings(|settings| lake.search(&word, settings, &mut |_| true))?;
    lake.verify(&Scope::ALL, &|_| ())?;
    match lake.evidence(&everything(), LINES as u64, Description::default()) {
        Ok(pack) => Ok(lines(pack)),
        Err(EvidenceError::Lake(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_files_of_a_part_hold_nothing_false_is_proven(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..5),
        of_companion: bool, at_the_beginning: bool,
    ) {
        let disk = SETTLED.0.after_kill();
        let lake = Lake::open(Arc::new(disk.clone())).unwrap();
        let part = lake.catalog().parts.values().next().unwrap();
        let path = if of_companion { &part.index_path } else { &part.path };
        let mut bytes = disk.read(path).unwrap();
        for (at, byte, kind) in edits {
            // Heads and footers are where lengths stand.
            let most = if at_the_beginning { bytes.len().min(200) } else { bytes.len() };
            let place = if of_companion { at.index(most) } else { bytes.len() - 1 - at.index(most) };
            match kind {
                0 => bytes[place] ^= byte | 1,
                1 => bytes.insert(place, byte),
                2 => drop(bytes.remove(place)),
                _ => bytes[place] = 0xFF,
            }
        }
        disk.write_at_once(path, &bytes).unwrap();
        match ask(&lake) {
            Ok(proven) => for line in proven.into_iter().flatten() {
                prop_assert!(SETTLED.1.binary_search(&line).is_ok(), "{line}");
            },
            Err(error) => prop_assert!(error.is_damage(), "{error}"),
        }
    }
}
