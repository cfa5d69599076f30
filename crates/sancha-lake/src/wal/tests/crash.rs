//! The machine loses its power at any operation, at any byte of a write.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::disk::{Fault, FaultyDisk, MemoryDisk, PeriodKeys, SealedDisk, Trouble, Which};

/// The disk as it is, or encrypted with keys that survive.
fn seen(disk: Arc<dyn Disk>, keys: Option<&tempfile::TempDir>) -> Arc<dyn Disk> {
    match keys {
        Some(keys) => Arc::new(SealedDisk::new(disk, PeriodKeys::new(keys.path()))),
        None => disk,
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Append { stream: u8, lines: u64 },
    Sync,
    Close,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u8..3, 1_u64..12).prop_map(|(stream, lines)| Act::Append { stream, lines }),
        2 => Just(Act::Sync),
        1 => Just(Act::Close),
    ]
}

/// What one process did before it died.
#[derive(Debug, Default)]
struct Account {
    /// Bytes and lines of each stream that were acknowledged.
    acknowledged: BTreeMap<u8, (u64, u64)>,
    /// Ends of the chunks that were passed on, per stream.
    ends: BTreeMap<u8, Vec<u64>>,
}

/// Goes on with what is there, until `acts` end or the disk dies.
fn run(disk: Arc<dyn Disk>, acts: &[Act], account: &mut Account) {
    let mut progress = Progress::default();
    match progress.replay(disk.as_ref(), |_| false) {
        Ok(damage) => assert!(damage.is_empty(), "{damage:?}"),
        Err(_) => return,
    }
    let resume = |stream| {
        let known = resume_at(&progress, stream)?;
        Some((stream, Place { offset: known.end, line: known.next_line }))
    };
    let mut places: BTreeMap<u8, Place> = (0..3).filter_map(resume).collect();
    // What was found is made durable: from here on it counts.
    let found = places.iter().map(|(stream, place)| (*stream, (place.offset, place.line)));
    account.acknowledged.extend(found);
    let writer = WalWriter::new(disk, SMALL);
    for act in acts {
        let acknowledged = match act {
            Act::Append { stream, lines } => {
                let place = places.entry(*stream).or_default();
                let chunk = next_chunk(*stream, place, *lines);
                account.ends.entry(*stream).or_default().push(chunk.borrowed().end());
                match writer.append(&chunk) {
                    Ok(_) => place.behind(&chunk, *lines),
                    Err(_) => return,
                }
                continue;
            }
            Act::Sync => writer.sync(),
            Act::Close => writer.close(),
        };
        if acknowledged.is_err() {
            return;
        }
        let now = places.iter().map(|(stream, place)| (*stream, (place.offset, place.line)));
        account.acknowledged.extend(now);
    }
}

/// A source of choices that gives the same ones for the same seed.
fn choices(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below.max(1)
    }
}

/// All acknowledged bytes are there once and in order, and nothing but whole chunks.
fn check(disk: &dyn Disk, account: &Account) {
    let found = settled(disk);
    for (stream, acknowledged) in &account.acknowledged {
        let there = found.get(stream).copied().unwrap_or_default();
        assert!(there >= *acknowledged, "stream {stream}: {there:?}, not {acknowledged:?}");
    }
    for (stream, (bytes, _)) in &found {
        assert!(account.ends.get(stream).is_some_and(|ends| ends.contains(bytes)), "{stream}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn acknowledged_lines_survive_crashes(
        lives in prop::collection::vec(
            (prop::collection::vec(act(), 1..40), 0_usize..60, 0_usize..900, any::<u64>(), any::<bool>()),
            1..4,
        ),
        is_sealed: bool,
    ) {
        let keys = is_sealed.then(|| tempfile::tempdir().unwrap());
        let mut memory = MemoryDisk::new();
        let mut account = Account::default();
        for (acts, nth, torn_at, seed, is_power) in lives {
            sweep(&*seen(Arc::new(memory.clone()), keys.as_ref())).unwrap();
            let disk = FaultyDisk::new(Arc::new(memory.clone()));
            let (which, trouble) = (Which::Writing, Trouble::Device);
            disk.fail(Fault { which, nth, trouble, torn_at, is_last: true });
            run(seen(Arc::new(disk), keys.as_ref()), &acts, &mut account);
            memory = if is_power { memory.after_crash(choices(seed)) } else { memory.after_kill() };
            check(&*seen(Arc::new(memory.clone()), keys.as_ref()), &account);
        }
    }
}

/// Every operation and every few bytes of every write in turn, for one long run.
#[test]
fn a_crash_at_each_operation() {
    let acts: Vec<Act> = (0..60_u8)
        .map(|number| match number % 7 {
            3 => Act::Sync,
            6 if number % 3 == 0 => Act::Close,
            _ => Act::Append { stream: number % 3, lines: u64::from(number % 9) + 1 },
        })
        .collect();
    let whole = FaultyDisk::new(Arc::new(MemoryDisk::new()));
    run(Arc::new(whole.clone()), &acts, &mut Account::default());
    let operations = whole.writing_operations();
    assert!(operations > 60, "{operations}");
    for nth in 0..operations {
        for torn_at in (0..2200).step_by(61) {
            let memory = MemoryDisk::new();
            let disk = FaultyDisk::new(Arc::new(memory.clone()));
            let (which, trouble) = (Which::Writing, Trouble::Device);
            disk.fail(Fault { which, nth, trouble, torn_at, is_last: true });
            let mut account = Account::default();
            run(Arc::new(disk), &acts, &mut account);
            check(&memory.after_crash(choices((nth * 1000 + torn_at) as u64)), &account);
        }
    }
}
