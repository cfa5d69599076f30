//! The disk fails an operation, or all of them for a while; the process lives on.

use std::sync::Arc;

use super::*;
use crate::disk::{Fault, FaultyDisk, MemoryDisk, Operation, Trouble, Which};

/// Appends until all is acknowledged, as a source does that hears of a failure and tries again.
fn persist(writer: &WalWriter) -> (usize, BTreeMap<u8, (u64, u64)>) {
    let mut failures = 0;
    let mut places = [Place::default(), Place::default()];
    for number in 0..60_u8 {
        let stream = number % 2;
        let Some(place) = places.get_mut(usize::from(stream)) else { continue };
        let lines = u64::from(number % 7) + 1;
        let chunk = next_chunk(stream, place, lines);
        while writer.append(&chunk).is_err() {
            failures += 1;
        }
        place.behind(&chunk, lines);
        while number % 5 == 0 && writer.sync().is_err() {
            failures += 1;
        }
    }
    while writer.close().is_err() {
        failures += 1;
    }
    let ends = places.iter().map(|place| (place.offset, place.line));
    (failures, (0..).zip(ends).collect())
}

#[test]
fn each_failing_operation_costs_nothing() {
    let kinds = [
        Which::Only(Operation::Create),
        Which::Only(Operation::Append),
        Which::Only(Operation::Sync),
        Which::Only(Operation::SyncFolder),
        Which::Only(Operation::Rename),
        Which::Only(Operation::Lock),
        Which::Only(Operation::List),
    ];
    for which in kinds {
        for trouble in [Trouble::Full, Trouble::Device, Trouble::ReadOnly] {
            for nth in 0.. {
                let memory = MemoryDisk::new();
                let disk = FaultyDisk::new(Arc::new(memory.clone()));
                disk.fail(Fault { which, nth, trouble, torn_at: 97, is_last: false });
                let writer = WalWriter::new(Arc::new(disk.clone()), SMALL);
                let (failures, written) = persist(&writer);
                assert_eq!(failures, 0, "one failure is met by another file: {which:?} {nth}");
                assert_eq!(settled(&memory), written);
                assert_eq!(settled(&memory.after_crash(|_| 0)), written, "{which:?} {nth}");
                if disk.failures() == 0 {
                    assert!(nth > 1, "{which:?} never failed");
                    break;
                }
            }
        }
    }
}

/// Two failures in a row are told; what waits is not lost.
#[test]
fn failures_in_a_row_are_told_and_survived() {
    for run in 2..9 {
        for nth in 0..40 {
            let memory = MemoryDisk::new();
            let disk = FaultyDisk::new(Arc::new(memory.clone()));
            for _ in 0..run {
                let (which, trouble) = (Which::Writing, Trouble::Device);
                disk.fail(Fault { which, nth, trouble, torn_at: 500, is_last: false });
            }
            let writer = WalWriter::new(Arc::new(disk.clone()), SMALL);
            let (_, written) = persist(&writer);
            assert_eq!(settled(&memory.after_crash(|_| 0)), written, "{run} {nth}");
        }
    }
}

/// A file that could not be made durable is read whole as long as the system remembers it. Who goes on must
/// not go on behind lines that the next power failure takes.
#[test]
fn nobody_goes_on_behind_lines_that_are_not_durable() {
    let memory = MemoryDisk::new();
    let disk = Arc::new(FaultyDisk::new(Arc::new(memory.clone())));
    let writer = WalWriter::new(disk.clone(), SMALL);
    let mut place = Place::default();
    for is_durable in [true, false] {
        let chunk = next_chunk(1, &place, 4);
        writer.append(&chunk).unwrap();
        place.behind(&chunk, 4);
        assert_eq!(writer.sync().is_ok(), is_durable);
        let trouble = Trouble::Device;
        let once = Fault { which: Which::Writing, nth: 1, trouble, torn_at: 0, is_last: false };
        disk.fail(once);
        disk.fail(Fault { which: Which::Only(Operation::Create), nth: 0, is_last: true, ..once });
    }
    drop(writer);
    disk.mend();

    let mut progress = Progress::default();
    assert!(progress.replay(disk.as_ref(), |_| false).unwrap().is_empty());
    let known = resume_at(&progress, 1).unwrap();
    let writer = WalWriter::new(disk, SMALL);
    let next = next_chunk(1, &Place { offset: known.end, line: known.next_line }, 4);
    writer.append(&next).unwrap();
    writer.sync().unwrap();
    assert_eq!(settled(&memory.after_crash(|_| 0)).get(&1), Some(&(next.borrowed().end(), 8)));
}

#[test]
fn a_full_disk_stops_the_writer_and_not_for_ever() {
    let memory = MemoryDisk::new();
    let disk = FaultyDisk::new(Arc::new(memory.clone()));
    let writer = WalWriter::new(Arc::new(disk.clone()), SMALL);
    let mut place = Place::default();
    let first = next_chunk(1, &place, 10);
    writer.append(&first).unwrap();
    writer.sync().unwrap();
    place.behind(&first, 10);

    let which = Which::Writing;
    disk.fail(Fault { which, nth: 0, trouble: Trouble::Full, torn_at: 40, is_last: true });
    let second = next_chunk(1, &place, 5);
    let waits = writer.append(&second).unwrap();
    let error = writer.sync().unwrap_err();
    assert!(matches!(&error, WalError::Disk(error) if error.trouble == Trouble::Full), "{error}");
    assert!(error.to_string().contains("the disk is full; free space"), "{error}");
    let large = next_chunk(2, &Place::default(), 40);
    assert!(writer.append(&large).is_err(), "not taken, for it cannot be written");
    assert_eq!(settled(&memory.after_crash(|_| 0)).get(&1), Some(&(place.offset, 10)));

    disk.mend();
    assert!(writer.sync().unwrap().covers(waits));
    writer.append(&large).unwrap();
    writer.close().unwrap();
    let there = settled(&memory.after_crash(|_| 0));
    assert_eq!(there.get(&1), Some(&(second.borrowed().end(), 15)));
    assert_eq!(there.get(&2), Some(&(large.borrowed().end(), 40)));
    let left_behind = list(&memory).unwrap().len();
    assert!(left_behind <= 3, "failed attempts leave no files: {left_behind}");
}

#[test]
fn a_disk_with_little_space_holds_what_was_acknowledged() {
    for space in (0..6000).step_by(97) {
        let memory = MemoryDisk::with_space(space);
        let writer = WalWriter::new(Arc::new(memory.clone()), SMALL);
        let mut acknowledged = (0, 0);
        let mut place = Place::default();
        for _ in 0..100 {
            let chunk = next_chunk(3, &place, 3);
            if writer.append(&chunk).is_err() || writer.sync().is_err() {
                break;
            }
            place.behind(&chunk, 3);
            acknowledged = (place.offset, place.line);
        }
        assert!(place.offset < 6000);
        let there = settled(&memory.after_crash(|_| 0)).get(&3).copied().unwrap_or_default();
        assert_eq!(there, acknowledged, "{space}");
    }
}

#[test]
fn a_read_only_disk_is_named() {
    let disk = FaultyDisk::new(Arc::new(MemoryDisk::new()));
    let which = Which::Writing;
    disk.fail(Fault { which, nth: 0, trouble: Trouble::ReadOnly, torn_at: 0, is_last: true });
    let writer = WalWriter::new(Arc::new(disk), SMALL);
    writer.append(&next_chunk(1, &Place::default(), 1)).unwrap();
    let error = writer.sync().unwrap_err();
    assert!(matches!(&error, WalError::Disk(error) if error.trouble == Trouble::ReadOnly));
    assert!(error.to_string().ends_with("the file system is read-only; mount it for writing"));
}
