//! On disks that fail and forget.

use super::*;
use crate::{
    disk::{Fault, FaultyDisk, Trouble, Which},
    fixture::power_cut,
};

const LENGTHS: [u64; 5] = [20, 7, 31, 12, 5];

/// Compacts on a disk that dies at operation `nth`, then lets `survive` say what is left of it, and goes on.
fn dies_at(nth: usize, survive: impl Fn(&MemoryDisk) -> MemoryDisk) -> bool {
    let disk = MemoryDisk::new();
    let before = found(&lake_of(&disk, &LENGTHS), "");
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let (which, trouble) = (Which::Writing, Trouble::Device);
    faulty.fail(Fault { which, nth, trouble, torn_at: nth % 40, is_last: true });
    let outcome = Lake::open(Arc::new(faulty)).and_then(|mut lake| {
        compact_at(&mut lake, days_later(3))?;
        // The files of the old parts go in the second run.
        compact_at(&mut lake, days_later(4))
    });
    let mut lake = Lake::open(Arc::new(survive(&disk))).unwrap();
    assert_eq!(found(&lake, ""), before, "operation {nth}, before");
    is_unaltered(&lake);
    compact_at(&mut lake, days_later(5)).unwrap();
    compact_at(&mut lake, days_later(6)).unwrap();
    assert_eq!(found(&lake, ""), before, "operation {nth}, after");
    is_unaltered(&lake);
    let files = data_files(&lake);
    assert_eq!(files, named_files(&lake), "operation {nth}: nothing stays behind");
    outcome.is_err()
}

#[test]
fn a_run_that_dies_at_any_operation_is_finished_by_the_next() {
    let died = (0..400).take_while(|nth| dies_at(*nth, MemoryDisk::after_kill)).count();
    assert!((30..400).contains(&died), "{died} operations");
}

#[test]
fn a_power_cut_at_any_operation_loses_and_doubles_nothing() {
    for seed in 0..2 {
        let died = (0..).take_while(|nth| dies_at(*nth, |disk| power_cut(disk, seed))).count();
        assert!(died > 30, "{died} operations");
    }
}

#[test]
fn one_failed_operation_is_told_and_costs_nothing() {
    for trouble in [Trouble::Full, Trouble::ReadOnly, Trouble::Device] {
        for nth in (0..80).step_by(5) {
            let disk = MemoryDisk::new();
            let before = found(&lake_of(&disk, &LENGTHS), "");
            let faulty = FaultyDisk::new(Arc::new(disk.clone()));
            faulty.fail(Fault { which: Which::Writing, nth, trouble, torn_at: 3, is_last: false });
            let mut lake = Lake::open(Arc::new(faulty.clone())).unwrap();
            match compact_at(&mut lake, days_later(3)) {
                Ok(_) => assert_eq!(faulty.failures(), 0, "operation {nth} failed unseen"),
                Err(LakeError::Disk(error)) => assert_eq!(error.trouble, trouble),
                Err(other) => panic!("not told as the disk's trouble: {other:?}"),
            }
            let mut lake = Lake::open(Arc::new(disk)).unwrap();
            assert_eq!(found(&lake, ""), before, "operation {nth}");
            is_unaltered(&lake);
            compact_at(&mut lake, days_later(5)).unwrap();
            compact_at(&mut lake, days_later(6)).unwrap();
            assert_eq!(found(&lake, ""), before, "operation {nth}");
            assert_eq!(data_files(&lake), named_files(&lake), "operation {nth}");
        }
    }
}

#[test]
fn who_writes_meanwhile_is_waited_for() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    let mut other = Lake::open(Arc::new(disk)).unwrap();
    let held = Cell::new(Some(other.lock(&key()).unwrap()));
    let waited = Cell::new(0);
    let wait = || {
        waited.set(waited.get() + 1);
        if waited.get() == 3 {
            drop(held.take());
        }
        true
    };
    let now = || days_later(3);
    assert!(lake.compact(&how(&now, &wait, &|_| ()), &key()).unwrap().parts_after > 0);
    assert_eq!(waited.get(), 3);
    let _held = other.lock(&key()).unwrap();
    let refused = compact_at(&mut lake, days_later(4));
    assert!(matches!(refused, Err(LakeError::Busy)), "{refused:?}");
}

/// Another run was quicker: its parts count, and ours leave nothing behind.
#[test]
fn who_is_overtaken_leaves_nothing() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &LENGTHS);
    let before = found(&lake, "");
    let quicker = Cell::new(true);
    let progress = |_: &Job| {
        if quicker.replace(false) {
            let mut other = Lake::open(Arc::new(disk.clone())).unwrap();
            compact_at(&mut other, days_later(3)).unwrap();
        }
    };
    let now = || days_later(3);
    let done = lake.compact(&how(&now, &|| false, &progress), &key()).unwrap();
    assert!(done.overtaken > 0 && done.parts_after == 0, "{done:?}");
    assert_eq!(found(&lake, ""), before);
    is_unaltered(&lake);
    compact_at(&mut lake, days_later(4)).unwrap();
    assert_eq!(data_files(&lake), named_files(&lake));
}
