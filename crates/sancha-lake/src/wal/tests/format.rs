//! The bytes of a file, and what a reader makes of bad ones.

use std::sync::Arc;

use super::*;
use crate::disk::MemoryDisk;

/// A file of version 1. Those that were written are read for ever.
const VERSION_1: &[u8] = include_bytes!("v1.wal");
const VERSION_1_ID: &str = "17979cfe362a0000a1b2c3d4e5f60718";

fn place_file(bytes: &[u8], id: WalId) -> MemoryDisk {
    let disk = MemoryDisk::new();
    disk.create(&id.path()).unwrap().append(&[bytes]).unwrap();
    disk
}

/// A disk with one file of `groups` groups of chunks, and where each record of it begins.
fn written(groups: &[&[u64]], is_closed: bool) -> (MemoryDisk, WalId, Vec<u64>) {
    let disk = MemoryDisk::new();
    let options = Options { roll_bytes: u64::MAX, ..SMALL };
    let writer = WalWriter::new(Arc::new(disk.clone()), options);
    let mut place = Place::default();
    let mut starts = vec![40];
    for group in groups {
        for lines in *group {
            let chunk = next_chunk(7, &place, *lines);
            writer.append(&chunk).unwrap();
            place.behind(&chunk, *lines);
            let length = 92 + chunk.source.len() + chunk.bytes.len();
            starts.push(starts.last().unwrap() + length as u64);
        }
        writer.sync().unwrap();
    }
    let id = writer.current().unwrap();
    if is_closed {
        writer.close().unwrap();
    }
    (disk.after_kill(), id, starts)
}

/// First line of a chunk, or from where to where the damage is.
type Item = Result<u64, (u64, u64)>;

fn items(disk: &MemoryDisk, id: WalId) -> (Vec<Item>, Option<Ending>) {
    let mut reader = WalReader::open(disk, id).unwrap();
    let item = |item| match item {
        Ok(Chunk { line, .. }) => Ok(line),
        Err(WalError::Damaged { from, until, .. }) => Err((from, until)),
        Err(error) => panic!("{error}"),
    };
    let items = reader.by_ref().map(item).collect();
    (items, reader.ending())
}

#[test]
fn version_1_is_read_as_ever() {
    let id: WalId = VERSION_1_ID.parse().unwrap();
    let disk = place_file(VERSION_1, id);
    let file = list(&disk).unwrap().remove(0);
    assert_eq!((file.id, file.state), (id, WalState::Closed));
    let mut reader = WalReader::open(&disk, id).unwrap();
    let chunks: Vec<Chunk> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(
        chunks,
        [next_chunk(1, &Place::default(), 1), next_chunk(2, &Place { offset: 99, line: 4 }, 2)]
    );
    assert_eq!(reader.ending(), Some(Ending::Closed));
}

/// The table in the head of the module, read by hand.
#[test]
fn the_layout_is_the_documented_one() {
    let number = |at: usize, size: usize| {
        VERSION_1[at..at + size].iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let id: WalId = VERSION_1_ID.parse().unwrap();
    let crc = |from: usize, until: usize| {
        u64::from(crc32fast::hash(&[id.as_bytes(), &VERSION_1[from..until]].concat()))
    };
    assert_eq!(&VERSION_1[..8], b"sanchawl");
    assert_eq!((number(8, 4), number(28, 8)), (1, 0));
    assert_eq!(&VERSION_1[12..28], id.as_bytes());
    assert_eq!(number(36, 4), crc(0, 36));

    let chunk = next_chunk(1, &Place::default(), 1);
    assert_eq!(VERSION_1[40..46], [0xEE, b'W', b'A', b'L', 1, 15]);
    assert_eq!((number(46, 2), number(48, 4)), (1024, chunk.bytes.len() as u64));
    assert_eq!(number(52, 4), u64::from(crc32fast::hash(&chunk.bytes)));
    assert_eq!((number(56, 8), number(64, 8)), (0, 0));
    assert_eq!((number(72, 8), number(80, 8)), (1_700_000_000_000_000_000, 40));
    assert_eq!(VERSION_1[88..120], [1; 32]);
    assert_eq!(number(120, 8), 1_690_000_000_000_000_000);
    let keyed = [id.as_bytes(), &VERSION_1[40..128], b"web1/access.log"].concat();
    assert_eq!(number(128, 4), u64::from(crc32fast::hash(&keyed)));
    assert_eq!(&VERSION_1[132..147], b"web1/access.log");
    assert_eq!(&VERSION_1[147..147 + chunk.bytes.len()], chunk.bytes);
}

#[test]
fn a_file_cut_anywhere_ends_before_the_record_that_was_cut() {
    let (disk, id, starts) = written(&[&[3, 1], &[2, 2, 5]], true);
    let whole = disk.read(&id.path()).unwrap();
    for cut in 40..whole.len() {
        let (items, ending) = items(&place_file(&whole[..cut], id), id);
        let records = starts.iter().filter(|start| **start <= cut as u64).count() - 1;
        assert_eq!(items.len(), records, "{cut}");
        let at = starts[records];
        let is_border = at == cut as u64;
        assert_eq!(ending, Some(if is_border { Ending::Open { at } } else { Ending::Torn { at } }));
    }
}

#[test]
fn a_flipped_bit_in_acknowledged_lines_is_located_and_the_rest_is_read() {
    let (disk, id, starts) = written(&[&[3, 1], &[2, 2, 5]], true);
    let first_of = [0, 3, 4, 6, 8];
    for byte in 40..usize::try_from(starts[5]).unwrap() {
        let damaged = disk.after_kill();
        damaged.flip_bit(&id.path(), byte, u32::try_from(byte % 8).unwrap());
        let record = starts.iter().filter(|start| **start <= byte as u64).count() - 1;
        let expected: Vec<_> =
            (0..5)
                .map(|at| {
                    if at == record { Err((starts[at], starts[at + 1])) } else { Ok(first_of[at]) }
                })
                .collect();
        assert_eq!(items(&damaged, id), (expected, Some(Ending::Closed)), "{byte}");
    }
}

/// Of a group that was not acknowledged any page may have arrived.
#[test]
fn a_hole_in_what_was_never_acknowledged_is_no_damage() {
    let (disk, id, starts) = written(&[&[3, 1], &[2, 2, 5]], false);
    let byte = usize::try_from(starts[3]).unwrap() + 98;
    disk.flip_bit(&id.path(), byte, 3);
    assert_eq!(items(&disk, id), (vec![Ok(0), Ok(3), Ok(4)], Some(Ending::Torn { at: starts[3] })));
}

#[test]
fn a_line_that_looks_like_a_record_is_a_line() {
    let (disk, id, starts) = written(&[&[2], &[1]], true);
    let other = disk.read(&id.path()).unwrap();
    let forged = &other[40..];
    let disk = MemoryDisk::new();
    let writer = WalWriter::new(Arc::new(disk.clone()), Options::default());
    let honest = next_chunk(1, &Place::default(), 1);
    let hostile = Chunk { bytes: [forged, b"\n"].concat(), ..next_chunk(2, &Place::default(), 1) };
    for chunk in [&honest, &hostile, &honest] {
        writer.append(chunk).unwrap();
        writer.sync().unwrap();
    }
    let id = writer.current().unwrap();
    writer.close().unwrap();
    let chunks: Vec<_> = WalReader::open(&disk, id).unwrap().map(Result::unwrap).collect();
    assert_eq!(chunks, [honest.clone(), hostile, honest]);
    // The head that says how long the hostile line is gets damaged: what it holds is not taken for records.
    let second = 40 + 92 + 15 + chunks[0].bytes.len();
    disk.flip_bit(&id.path(), second + 9, 0);
    let third = second + 92 + 15 + chunks[1].bytes.len();
    let (items, _) = items(&disk, id);
    assert_eq!(items, [Ok(0), Err((second as u64, third as u64)), Ok(0)]);
    assert!(starts.len() == 3);
}

#[test]
fn what_is_no_wal_file_or_a_newer_one_is_said() {
    let (disk, id, _) = written(&[&[1]], true);
    for byte in 0..40 {
        let damaged = disk.after_kill();
        damaged.flip_bit(&id.path(), byte, 0);
        assert!(matches!(WalReader::open(&damaged, id), Err(WalError::NotAWal { .. })), "{byte}");
    }
    let mut newer = disk.read(&id.path()).unwrap();
    newer[8] = 2;
    let crc = crc32fast::hash(&[id.as_bytes(), &newer[..36]].concat());
    newer[36..40].copy_from_slice(&crc.to_le_bytes());
    let error = WalReader::open(&place_file(&newer, id), id).err().unwrap();
    assert!(matches!(error, WalError::Newer { version: 2, .. }));
    let other: WalId = VERSION_1_ID.parse().unwrap();
    let renamed = place_file(&disk.read(&id.path()).unwrap(), other);
    assert!(matches!(WalReader::open(&renamed, other), Err(WalError::NotAWal { .. })));
}

#[test]
fn what_does_not_fit_the_format_is_refused() {
    let writer = WalWriter::new(Arc::new(MemoryDisk::new()), SMALL);
    let good = next_chunk(1, &Place::default(), 1);
    let long = vec![b'x'; (32 << 20) + 1];
    let cases = [
        (Chunk { bytes: Vec::new(), ..good.clone() }, Refusal::Empty),
        (Chunk { bytes: long, ..good.clone() }, Refusal::TooLong((32 << 20) + 1)),
        (Chunk { source: String::new(), ..good.clone() }, Refusal::SourceName(0)),
        (Chunk { source: "x".repeat(256), ..good.clone() }, Refusal::SourceName(256)),
        (Chunk { prefix: 32_769, ..good.clone() }, Refusal::Prefix(32_769)),
        (Chunk { offset: u64::MAX, ..good.clone() }, Refusal::Offset),
    ];
    for (chunk, why) in cases {
        let error = writer.append(&chunk).unwrap_err();
        assert!(matches!(error, WalError::Refused(refusal) if refusal == why), "{why}");
    }
    let largest = Chunk { bytes: vec![b'x'; 32 << 20], source: "x".repeat(255), ..good };
    writer.append(&largest).unwrap();
    assert!(writer.close().unwrap().through.is_some());
}

#[test]
fn an_id_is_its_text() {
    let id: WalId = VERSION_1_ID.parse().unwrap();
    assert_eq!(id.to_string(), VERSION_1_ID);
    for text in
        ["", "17979", "17979CFE362A0000A1B2C3D4E5F60718", "+7979cfe362a0000a1b2c3d4e5f60718"]
    {
        assert!(text.parse::<WalId>().is_err(), "{text}");
    }
}

/// Each record would otherwise have the rest of the file looked through: half a thousand million heads.
#[test]
fn a_file_of_nothing_but_bad_records_is_read_in_one_go() {
    const RECORDS: usize = 30_000;
    let id: WalId = VERSION_1_ID.parse().unwrap();
    let key = record::Keyed::new(&id);
    let chunk = Chunk { bytes: b"x\n".to_vec(), ..next_chunk(1, &Place::default(), 1) };
    let mut one = Vec::new();
    record::encode(&chunk.borrowed(), 7, &mut one);
    let mut bytes = record::file_head(&id).to_vec();
    for number in 1..=RECORDS {
        let durable = if number == RECORDS { (RECORDS * one.len()) as u64 } else { 0 };
        key.adopt(&mut one, durable).unwrap();
        bytes.extend_from_slice(&one);
    }
    let (items, ending) = items(&place_file(&bytes, id), id);
    assert_eq!(items.len(), RECORDS - 1);
    assert!(items.iter().all(Result::is_err));
    assert!(matches!(ending, Some(Ending::Torn { .. })));
}
