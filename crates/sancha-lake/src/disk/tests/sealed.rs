//! Encryption at rest: what is written reads back, and nothing else does.

use std::sync::Arc;

use crate::disk::{Disk, MemoryDisk, PeriodKeys, SealedDisk, Trouble};

const PART: &str = "data/dt=2026-03-05/source=a/x.parquet";
/// Begun on 2026-11-26.
const WAL: &str = "wal/18eb3d5b9bd500000123456789abcdef.wal";
const FRAME: usize = 64 << 10;
const HEAD: usize = 64;

/// A disk, what is below it, and its keys.
struct Place {
    keys: tempfile::TempDir,
    below: Arc<MemoryDisk>,
}

impl Place {
    fn new() -> Self {
        Self { keys: tempfile::tempdir().unwrap(), below: Arc::default() }
    }

    fn disk(&self) -> SealedDisk {
        SealedDisk::new(Arc::<MemoryDisk>::clone(&self.below), PeriodKeys::new(self.keys.path()))
    }

    fn stored(&self, path: &str) -> Vec<u8> {
        self.below.read(path).unwrap()
    }

    /// The disk with another file in the place of one.
    fn with(&self, path: &str, bytes: &[u8]) -> SealedDisk {
        self.below.write_at_once(path, bytes).unwrap();
        self.disk()
    }
}

fn lines(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| b"203.0.113.9 GET /index.html\n"[at % 28] ^ u8::from(at % 9_973 == 0))
        .collect()
}

fn write(disk: &dyn Disk, path: &str, bytes: &[u8], step: usize) {
    let file = disk.create(path).unwrap();
    bytes.chunks(step).for_each(|piece| file.append(&[&[], piece]).unwrap());
    file.sync().unwrap();
    file.sync().unwrap();
}

#[test]
fn what_is_written_reads_back_from_any_place() {
    for length in [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 1, 300_000] {
        let bytes = lines(length);
        for step in [1_000, FRAME, 200_000] {
            let place = Place::new();
            write(&place.disk(), PART, &bytes, step);
            let disk = place.disk();
            assert_eq!(disk.length(PART).unwrap(), length as u64);
            assert!(disk.read(PART).unwrap() == bytes);
            let entries = disk.list("data/dt=2026-03-05/source=a").unwrap();
            assert_eq!(entries[0].size_bytes, length as u64);
            for from in
                [0, 1, FRAME - 1, FRAME, FRAME + 1, length.saturating_sub(1), length, length + 7]
            {
                for count in [0, 1, 8, FRAME, FRAME + 2, 400_000] {
                    let mut into = vec![0; count];
                    let read = disk.read_range(PART, from as u64, &mut into).unwrap();
                    let there = bytes.get(from..length.min(from + count)).unwrap_or_default();
                    assert!(into[..read] == *there, "{length} {from} {count}");
                }
            }
        }
    }
}

#[test]
fn nobody_reads_lines_without_the_key() {
    let place = Place::new();
    let bytes = lines(200_000);
    write(&place.disk(), PART, &bytes, 50_000);
    write(&place.disk(), WAL, &bytes, 50_000);
    place.disk().write_at_once("data/dt=2026-03-05/source=a/_x.idx", &bytes).unwrap();
    place.disk().write_at_once("seal/checkpoint", b"signed").unwrap();
    for path in [PART, WAL, "data/dt=2026-03-05/source=a/_x.idx"] {
        let stored = place.stored(path);
        let shows = |window: &[u8]| window == b"203.0" || window == b"index";
        assert!(!stored.windows(5).any(shows), "{path}");
        assert!(place.disk().read(path).unwrap() == bytes);
    }
    assert_eq!(place.stored("seal/checkpoint"), b"signed");

    let strange = Place { keys: tempfile::tempdir().unwrap(), below: Arc::clone(&place.below) };
    for (path, key) in [(PART, "2026-03.key"), (WAL, "2026-11.key")] {
        let error = strange.disk().read(path).unwrap_err();
        assert_eq!(error.trouble, Trouble::NoKey);
        assert!(error.path.ends_with(key), "{error}");
    }
    let listed = strange.disk().list("wal").unwrap();
    assert_eq!(
        listed[0].size_bytes,
        place.stored(WAL).len() as u64,
        "it is there, as it is stored"
    );
    // Another is not made for it, and one that was made elsewhere does not pass for the old one.
    let more = "data/dt=2026-03-09/source=a/y.parquet";
    assert_eq!(strange.disk().create(more).err().unwrap().trouble, Trouble::NoKey);
    let elsewhere = PeriodKeys::new(strange.keys.path());
    write(&SealedDisk::new(Arc::new(MemoryDisk::new()), elsewhere), more, b"new", 10);
    let error = strange.disk().read(PART).unwrap_err();
    assert!(error.trouble == Trouble::OtherKey && error.source.to_string().contains("another key"));

    assert_eq!(strange.disk().create(more).err().unwrap().trouble, Trouble::OtherKey, "nor writes");

    PeriodKeys::new(place.keys.path()).destroy("2026-03", "2026-11-26").unwrap();
    let error = place.disk().read(PART).unwrap_err();
    assert!(error.source.to_string().contains("on purpose"), "{}", error.source);
    assert!(place.disk().read(WAL).unwrap() == bytes, "another month");
}

#[test]
fn two_files_with_the_same_lines_have_nothing_in_common() {
    let place = Place::new();
    let bytes = lines(FRAME * 2);
    let other = "data/dt=2026-03-05/source=a/y.parquet";
    write(&place.disk(), PART, &bytes, FRAME);
    write(&place.disk(), other, &bytes, FRAME);
    let (one, two) = (place.stored(PART), place.stored(other));
    let same = one.iter().zip(&two).skip(HEAD).filter(|(one, two)| one == two).count();
    assert!(same < one.len() / 128, "{same} of {} bytes", one.len());
    // And the frames of one are none of the other.
    let mixed = [&one[..HEAD + FRAME + 16], &two[HEAD + FRAME + 16..]].concat();
    assert_eq!(place.with(PART, &mixed).read(PART).unwrap_err().trouble, Trouble::Damaged);
}

#[test]
fn a_part_that_was_altered_does_not_read() {
    let place = Place::new();
    let bytes = lines(FRAME * 2 + 500);
    write(&place.disk(), PART, &bytes, FRAME);
    let stored = place.stored(PART);
    let frame = FRAME + 16;
    let (one, two) = (HEAD..HEAD + frame, HEAD + frame..HEAD + 2 * frame);
    let piece = |range: std::ops::Range<usize>| stored[range].to_vec();
    let rest = piece(HEAD + 2 * frame..stored.len());
    let head = piece(0..HEAD);
    let altered = [
        ("swapped", [&head[..], &piece(two.clone()), &piece(one.clone()), &rest].concat()),
        ("dropped", [&head[..], &piece(two.clone()), &rest].concat()),
        (
            "doubled",
            [&head[..], &piece(one.clone()), &piece(one.clone()), &piece(two), &rest].concat(),
        ),
        ("cut after a frame", stored[..HEAD + 2 * frame].to_vec()),
        ("cut after the first frame", stored[..HEAD + frame].to_vec()),
        ("cut after the head", stored[..HEAD].to_vec()),
        ("nothing left", Vec::new()),
        ("longer", [&stored[..], &[0; 40]].concat()),
    ];
    for (what, bytes) in &altered {
        let disk = place.with(PART, bytes);
        let length = disk.length(PART);
        let read = disk.read(PART);
        assert!(read.is_err_and(|error| error.trouble == Trouble::Damaged), "{what}");
        if what.contains("cut") || what.contains("left") {
            assert!(length.is_err(), "{what}: also who asks only for the length is told");
        }
    }
    for cut in (0..stored.len()).step_by(997) {
        assert!(place.with(PART, &stored[..cut]).length(PART).is_err(), "cut to {cut}");
    }
    // Every byte of the head, and places in every frame.
    let places = (0..HEAD).chain((HEAD..stored.len()).step_by(1_009)).chain([stored.len() - 1]);
    for at in places {
        let mut bytes = stored.clone();
        bytes[at] ^= 0x10;
        let error = place.with(PART, &bytes).read(PART).unwrap_err();
        assert_eq!(error.trouble, Trouble::Damaged, "byte {at}");
    }
    let mut in_the_middle = stored.clone();
    in_the_middle[HEAD + frame + 5] ^= 1;
    let disk = place.with(PART, &in_the_middle);
    let mut into = [0; 100];
    assert_eq!(disk.read_range(PART, 10, &mut into).unwrap(), 100, "other frames still read");
    let error = disk.read_range(PART, FRAME as u64, &mut into).unwrap_err();
    assert!(
        error.source.to_string().contains(&format!("byte {}", HEAD + frame)),
        "{}",
        error.source
    );
}

#[test]
fn a_part_is_written_once() {
    let place = Place::new();
    let file = place.disk().create(PART).unwrap();
    file.append(&[b"one"]).unwrap();
    file.sync().unwrap();
    assert!(file.append(&[b"two"]).is_err() && file.cut(1).is_err());
    assert!(place.disk().create("data/nowhere").is_err(), "no day, no key");
}

/// What of a write-ahead file reads when so much of it is stored.
fn content(place: &Place, stored: &[u8]) -> Vec<u8> {
    place.with(WAL, stored).read(WAL).unwrap()
}

#[test]
fn a_torn_write_ahead_file_ends_before_what_was_torn() {
    let place = Place::new();
    let disk = place.disk();
    let file = disk.create(WAL).unwrap();
    let (mut ends, mut all) = (vec![(0, 0)], Vec::new());
    for length in [40, 1, 700, 92, 3_000] {
        let piece = lines(length);
        file.append(&[&piece[..length / 2], &piece[length / 2..]]).unwrap();
        file.append(&[]).unwrap();
        all.extend(piece);
        ends.push((place.stored(WAL).len(), all.len()));
        assert_eq!(disk.length(WAL).unwrap(), all.len() as u64, "it is seen growing");
        assert!(disk.read(WAL).unwrap() == all);
    }
    let stored = place.stored(WAL);
    for cut in 0..=stored.len() {
        let whole = ends.iter().rev().find(|(end, _)| *end <= cut).unwrap().1;
        assert!(content(&place, &stored[..cut]) == all[..whole], "{cut}");
    }
}

#[test]
fn damage_in_a_write_ahead_file_takes_its_own_frame_only() {
    let place = Place::new();
    let pieces = [lines(500), lines(300), lines(900)];
    let file = place.disk().create(WAL).unwrap();
    pieces.iter().for_each(|piece| file.append(&[piece]).unwrap());
    let stored = place.stored(WAL);
    let all = pieces.concat();
    let second = HEAD + 20 + 500 + 16;
    for at in second..second + 20 + 300 + 16 {
        let mut bytes = stored.clone();
        bytes[at] ^= 0x40;
        let found = content(&place, &bytes);
        let expected = [&pieces[0][..], &[0; 300], &pieces[2]].concat();
        assert!(found == expected, "byte {at}");
    }
    for at in 0..HEAD {
        let mut bytes = stored.clone();
        bytes[at] ^= 0x40;
        assert_eq!(content(&place, &bytes), b"", "byte {at}: nothing of it is found");
    }
    let without = [&stored[..second], &stored[second + 336..]].concat();
    let gone = content(&place, &without);
    assert!(gone == [&pieces[0][..], &[0; 300], &pieces[2]].concat(), "a frame that was taken out");
    let twice = [&stored[..second], &stored[HEAD..]].concat();
    assert!(content(&place, &twice) == all, "a frame that was put in again does not count");
}

#[test]
fn what_was_taken_back_is_not_written_over() {
    let place = Place::new();
    let disk = place.disk();
    let file = disk.create(WAL).unwrap();
    file.append(&[b"first"]).unwrap();
    file.append(&[b"second"]).unwrap();
    assert!(file.cut(7).is_err(), "no append ended there");
    file.cut(5).unwrap();
    assert_eq!(disk.read(WAL).unwrap(), b"first");
    assert!(file.append(&[b"third"]).is_err(), "it would have the nonce of what was taken back");
    let full =
        SealedDisk::new(Arc::new(MemoryDisk::with_space(200)), PeriodKeys::new(place.keys.path()));
    let file = full.create(WAL).unwrap();
    assert_eq!(file.append(&[&[1; 300]]).unwrap_err().trouble, Trouble::Full);
    assert!(file.append(&[b"x"]).is_err());
    file.cut(0).unwrap();
    assert_eq!(full.read(WAL).unwrap(), b"");
}
