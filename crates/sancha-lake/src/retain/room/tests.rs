//! What is accepted while there is room can be settled, whatever the lines are.

use std::{fmt::Write as _, sync::Arc};

use super::*;
use crate::{
    disk::{Fault, FaultyDisk, MemoryDisk, Operation, Which},
    fixture::{AT, key},
    retain::Stance,
    settle::tests::{begun, held, is_unaltered, settle},
    wal::{Chunk, Options, WalWriter},
};

const MIB: u64 = 1 << 20;

#[test]
fn a_lake_sheds_from_twice_what_is_needed_and_then_stops() {
    let disk = MemoryDisk::with_space(20 * MIB);
    let lake = Lake::create(Arc::new(disk.clone()), &key(), AT).unwrap();
    let stance = |waiting, more, keep| lake.room(waiting, more, keep).unwrap().stance;
    assert_eq!(stance(0, MIB / 2, 0), Stance::Accept);
    assert_eq!(stance(0, MIB, 0), Stance::Shed);
    assert_eq!(stance(0, 5 * MIB, 0), Stance::Stop);
    assert_eq!(stance(8 * MIB, MIB / 2, 0), Stance::Stop, "what waits takes room too");
    assert_eq!(stance(0, MIB / 2, 12 * MIB), Stance::Stop);
    let room = lake.room(0, 2, 5).unwrap();
    assert_eq!((room.free, room.needed), (disk.free_space().unwrap(), 2 + 3 + 5 + SLACK_BYTES));
}

#[test]
fn where_the_system_says_nothing_lines_are_accepted_and_a_failure_is_told() {
    let faulty = FaultyDisk::new(Arc::new(MemoryDisk::new()));
    let lake = Lake::create(Arc::new(faulty.clone()), &key(), AT).unwrap();
    assert_eq!(lake.room(0, u64::MAX, u64::MAX).unwrap().stance, Stance::Accept);
    let which = Which::Only(Operation::FreeSpace);
    faulty.fail(Fault { which, nth: 0, trouble: Trouble::Device, torn_at: 0, is_last: false });
    assert!(lake.room(0, 1, 0).is_err());
}

#[test]
fn only_what_can_be_made_anew_is_shed() {
    let disk = MemoryDisk::new();
    begun(&disk, 160);
    let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
    settle(&mut lake).unwrap();
    let lines = held(&lake);
    let half = ["data/dt=2026-03-05/source=x/a.parquet.tmp", "seal/checkpoint.tmp"];
    for path in half {
        drop(disk.create(path).unwrap());
    }
    disk.write_at_once("data/mine.parquet", b"somebody else's").unwrap();
    let before = files_below(&disk, "data").unwrap().len();
    assert_eq!(lake.shed(&key()).unwrap(), half);
    assert_eq!(files_below(&disk, "data").unwrap().len(), before - 1);
    assert_eq!(lake.shed(&key()).unwrap(), Vec::<String>::new());
    assert_eq!(held(&lake), lines);
    is_unaltered(&lake);
    let lock = disk.lock("seal/lock").unwrap();
    assert!(matches!(lake.shed(&key()), Err(LakeError::Busy)));
    drop(lock);
}

/// Numbers that look like any.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Accepts chunks of lines while there is room, settles, and tells how many bytes were accepted.
fn fill(space: u64, mut line: impl FnMut(&mut Noise, &mut String)) -> u64 {
    let disk = MemoryDisk::with_space(space);
    let shared: Arc<dyn Disk> = Arc::new(disk);
    let mut lake = Lake::create(Arc::clone(&shared), &key(), AT).unwrap();
    let writer = WalWriter::new(Arc::clone(&shared), Options::default());
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let (mut waiting, mut number) = (0, 1);
    loop {
        let mut text = String::new();
        let mut lines = 0;
        while text.len() < 1 << 18 {
            line(&mut noise, &mut text);
            text.push('\n');
            lines += 1;
        }
        let more = text.len() as u64;
        if lake.room(waiting, more, 0).unwrap().stance == Stance::Stop {
            break;
        }
        let chunk = Chunk {
            source: "noise".to_owned(),
            stream: [1; 32],
            prefix: 1_024,
            offset: waiting,
            line: number,
            accepted_at: 1_772_000_000_000_000_000,
            reference: 1_772_000_000_000_000_000,
            bytes: text.into_bytes(),
        };
        writer.append(&chunk).unwrap();
        writer.sync().unwrap();
        waiting += more;
        number += lines;
    }
    writer.close().unwrap();
    let settled = settle(&mut lake).expect("there is room for what was accepted");
    assert_eq!(settled.parts.iter().map(|part| part.raw_bytes).sum::<u64>(), waiting);
    is_unaltered(&lake);
    waiting
}

#[test]
fn what_was_accepted_can_be_settled_however_little_it_compresses() {
    let hexadecimal = |noise: &mut Noise, text: &mut String| {
        for _ in 0..12 {
            write!(text, "{:016x}", noise.next()).unwrap();
        }
    };
    let words = |noise: &mut Noise, text: &mut String| {
        for _ in 0..30 {
            for _ in 0..4 {
                let letter = u32::try_from(noise.next() % 26).unwrap();
                text.push(char::from_u32(u32::from('a') + letter).unwrap());
            }
            text.push(' ');
        }
    };
    let short = |noise: &mut Noise, text: &mut String| {
        write!(text, "{}", noise.next() % 1_000).unwrap();
    };
    let any = |noise: &mut Noise, text: &mut String| {
        text.extend((0..40).filter_map(|_| {
            let number = u32::try_from(noise.next() % 0x1_0000).unwrap();
            char::from_u32(number).filter(|c| *c != '\n')
        }));
    };
    assert!(fill(14 * MIB, hexadecimal) > MIB);
    assert!(fill(14 * MIB, words) > MIB);
    assert!(fill(11 * MIB, short) > MIB / 2);
    assert!(fill(14 * MIB, any) > MIB);
}
