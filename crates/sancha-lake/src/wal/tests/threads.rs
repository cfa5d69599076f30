//! Many sources in one process, many processes on one lake.

use std::sync::Arc;
use std::thread;

use super::*;
use crate::disk::{Fault, FaultyDisk, MemoryDisk, Operation, Trouble, Which};

/// Each source appends, waits until it is acknowledged, and notes it.
fn sources(writer: &WalWriter, streams: std::ops::Range<u8>) -> BTreeMap<u8, (u64, u64)> {
    let source = |stream: u8| {
        let mut place = Place::default();
        for number in 0..60 {
            let lines = number % 5 + 1;
            let chunk = next_chunk(stream, &place, lines);
            let ticket = writer.append(&chunk).unwrap();
            place.behind(&chunk, lines);
            if number % 3 == 0 {
                assert!(writer.sync().unwrap().covers(ticket));
            }
        }
        writer.sync().unwrap();
        (stream, (place.offset, place.line))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = streams.map(|stream| scope.spawn(move || source(stream))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn sources_share_a_writer() {
    let memory = MemoryDisk::new();
    let disk = FaultyDisk::new(Arc::new(memory.clone()));
    // Now and then a sync fails; the others who waited for it are served by the next file.
    for nth in [5, 11, 30] {
        let which = Which::Only(Operation::Sync);
        disk.fail(Fault { which, nth, trouble: Trouble::Device, torn_at: 0, is_last: false });
    }
    let writer = WalWriter::new(Arc::new(disk), SMALL);
    let written = sources(&writer, 0..6);
    assert_eq!(settled(&memory.after_crash(|_| 0)), written);
}

#[test]
fn two_writers_have_files_of_their_own() {
    let memory = MemoryDisk::new();
    let writers = [1, 2].map(|_| WalWriter::new(Arc::new(memory.clone()), SMALL));
    let written = thread::scope(|scope| {
        let threads: Vec<_> = writers
            .iter()
            .zip([0_u8, 3])
            .map(|(writer, first)| scope.spawn(move || sources(writer, first..first + 3)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<BTreeMap<_, _>>()
    });
    assert_eq!(settled(&memory.after_crash(|_| 0)), written);
    let states: Vec<WalState> = list(&memory).unwrap().iter().map(|file| file.state).collect();
    assert!(states.iter().filter(|state| **state == WalState::Live).count() <= 2);
    assert!(!states.contains(&WalState::Abandoned));
}

#[test]
fn a_file_is_claimed_by_one_and_not_while_its_writer_lives() {
    let memory = MemoryDisk::new();
    let writer = WalWriter::new(Arc::new(memory.clone()), SMALL);
    writer.append(&next_chunk(1, &Place::default(), 1)).unwrap();
    writer.sync().unwrap();
    let id = writer.current().unwrap();
    let state = || list(&memory).unwrap().first().map(|file| file.state);
    assert_eq!(state(), Some(WalState::Live));
    assert!(Claim::take(&memory, id).unwrap().is_none());
    writer.close().unwrap();
    assert_eq!(state(), Some(WalState::Closed));

    let claim = Claim::take(&memory, id).unwrap().unwrap();
    assert!(Claim::take(&memory, id).unwrap().is_none());
    claim.remove(&memory).unwrap();
    assert_eq!(state(), None);
    assert!(Claim::take(&memory, id).unwrap().is_none());

    writer.append(&next_chunk(2, &Place::default(), 1)).unwrap();
    writer.sync().unwrap();
    assert!(writer.current().is_some_and(|next| next > id), "ids grow");
    drop(writer);
    assert_eq!(state(), Some(WalState::Abandoned));
}

#[test]
fn ids_grow_though_the_clock_goes_back() {
    let memory = MemoryDisk::new();
    let mut place = Place::default();
    for back in 0..4 {
        let writer = WalWriter::new(Arc::new(memory.clone()), SMALL);
        let mut chunk = next_chunk(1, &place, 2);
        chunk.accepted_at -= back * 1_000_000_000_000;
        writer.append(&chunk).unwrap();
        writer.close().unwrap();
        place.behind(&chunk, 2);
    }
    assert_eq!(settled(&memory).get(&1), Some(&(place.offset, 8)));
}

#[test]
fn what_was_not_born_is_swept_away() {
    let memory = MemoryDisk::new();
    let disk = FaultyDisk::new(Arc::new(memory.clone()));
    let (which, trouble) = (Which::Only(Operation::Rename), Trouble::Device);
    disk.fail(Fault { which, nth: 0, trouble, torn_at: 0, is_last: true });
    let writer = WalWriter::new(Arc::new(disk), SMALL);
    writer.append(&next_chunk(1, &Place::default(), 1)).unwrap();
    assert!(writer.sync().is_err());
    drop(writer);
    assert_eq!(memory.list(FOLDER).unwrap().len(), 1);
    assert!(list(&memory).unwrap().is_empty());
    sweep(&memory).unwrap();
    assert!(memory.list(FOLDER).unwrap().is_empty());
}
