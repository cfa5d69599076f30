//! Keys that follow each other, on disks that fail and forget.

use std::sync::Arc;

use sancha_model::EventTime;
use sancha_seal::{
    Algorithm, Checkpoint, KeyKind, Kind, SigningKey,
    merkle::{leaf_hash, root_of_inclusion},
};

use super::{CHECKPOINT, PUBLIC_KEYS};
use crate::{
    Lake, LakeError,
    disk::{Disk, Fault, FaultyDisk, MemoryDisk, Trouble, Which},
    retain::files_below,
    verify::Scope,
};

const AT: &str = "2026-03-05T00:00:00Z";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("lake-test", KeyKind::Log, &[seed; 32]).unwrap()
}

fn shared(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

fn hold(lake: &mut Lake, name: &str, key: &SigningKey) -> Result<(), LakeError> {
    let released = Kind::Released { name: name.into(), named_by: "x".into(), reason: "x".into() };
    let _lock = lake.lock(key)?;
    lake.commit(&[sancha_seal::Entry::new(AT, released)], key)
}

fn told(result: Result<Lake, LakeError>) -> String {
    let error = result.err().unwrap();
    assert!(error.is_damage(), "{error}");
    std::error::Error::source(&error).unwrap().to_string()
}

#[test]
fn after_a_rotation_the_new_key_signs_and_the_old_one_does_not() {
    let disk = MemoryDisk::new();
    let (one, two) = (key(1), key(2));
    let mut lake = Lake::create(shared(&disk), &one, AT).unwrap();
    // Another process has it open meanwhile.
    let mut other = Lake::open(shared(&disk)).unwrap();
    lake.rotate_key((&one, &two), AT).unwrap();
    assert_eq!(lake.keys().current(), two.verifier());
    hold(&mut lake, "a", &two).unwrap();
    for lake in [&mut lake, &mut other] {
        assert!(matches!(hold(lake, "b", &one), Err(LakeError::OtherKey { .. })));
    }
    let mut again = Lake::open(shared(&disk)).unwrap();
    assert_eq!(again.keys().rotations_since(one.verifier()), Some(1));
    for new in [&one, &two] {
        assert!(matches!(again.rotate_key((&two, new), AT), Err(LakeError::OtherKey { .. })));
    }
}

#[test]
fn a_checkpoint_of_a_replaced_key_is_refused() {
    let disk = MemoryDisk::new();
    let (one, two) = (key(1), key(2));
    let mut lake = Lake::create(shared(&disk), &one, AT).unwrap();
    lake.rotate_key((&one, &two), AT).unwrap();
    let checkpoint = Checkpoint::new("lake-test", lake.ledger().head());
    for (key, said) in [(&one, "replaced by a new key in entry 1"), (&key(3), "no signature")] {
        let note = checkpoint.sign(key).unwrap();
        shared(&disk).write_at_once(CHECKPOINT, &note.to_bytes()).unwrap();
        assert!(told(Lake::open(shared(&disk))).contains(said));
    }
    // A key that somebody put on the list signs nothing by that.
    let list = format!("{}\n{}\n{}\n", one.verifier(), two.verifier(), key(3).verifier());
    shared(&disk).write_at_once(PUBLIC_KEYS, list.as_bytes()).unwrap();
    assert!(told(Lake::open(shared(&disk))).contains("not signed by the key that the entries"));
    shared(&disk).write_at_once(CHECKPOINT, &checkpoint.sign(&two).unwrap().to_bytes()).unwrap();
    Lake::open(shared(&disk)).unwrap();
    let list = format!("{}\n{}\n", two.verifier(), one.verifier());
    shared(&disk).write_at_once(PUBLIC_KEYS, list.as_bytes()).unwrap();
    assert!(told(Lake::open(shared(&disk))).contains("keys listed are not those"));
}

/// Rotates on a disk that dies at operation `nth`; either key then signs, and a rotation goes through.
fn dies_at(nth: usize, survive: impl Fn(&MemoryDisk) -> MemoryDisk) -> bool {
    let disk = MemoryDisk::new();
    let (one, two, three) = (key(1), key(2), key(3));
    Lake::create(shared(&disk), &one, AT).unwrap();
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let which = Which::Writing;
    faulty.fail(Fault { which, nth, trouble: Trouble::Device, torn_at: nth % 40, is_last: true });
    let outcome =
        Lake::open(Arc::new(faulty.clone())).and_then(|mut lake| lake.rotate_key((&one, &two), AT));
    let disk = survive(&disk);
    let mut lake = Lake::open(shared(&disk)).unwrap();
    let old = if lake.keys().current() == one.verifier() { &one } else { &two };
    assert!(outcome.is_err() || old.verifier() == two.verifier(), "operation {nth}");
    hold(&mut lake, "a", old).unwrap();
    lake.rotate_key((old, &three), AT).unwrap();
    hold(&mut lake, "b", &three).unwrap();
    let again = Lake::open(shared(&disk)).unwrap();
    assert_eq!(again.keys().current(), three.verifier());
    outcome.is_err()
}

#[test]
fn a_rotation_that_dies_at_any_operation_leaves_one_key_that_signs() {
    let died = (0..200).take_while(|nth| dies_at(*nth, MemoryDisk::after_kill)).count();
    assert!((8..200).contains(&died), "{died} operations");
    let cut = |disk: &MemoryDisk| disk.after_crash(|_| 0);
    let died = (0..200).take_while(|nth| dies_at(*nth, cut)).count();
    assert!((8..200).contains(&died), "{died} operations");
}

#[test]
fn tiles_that_were_replaced_an_hour_ago_go_and_every_earlier_size_is_proven() {
    let disk = MemoryDisk::new();
    let mut lake = Lake::create(shared(&disk), &key(1), AT).unwrap();
    let mut heads = vec![lake.ledger().head()];
    for number in 0..300 {
        hold(&mut lake, &number.to_string(), &key(1)).unwrap();
        heads.push(lake.ledger().head());
    }
    let partial = || files_below(&disk, "seal/tile").unwrap().len();
    let before = partial();
    assert!(before > 600, "{before}");
    let at = |text: &str| EventTime::from_timestamp(text.parse().unwrap());
    assert_eq!(lake.remove_superseded(at("2026-03-05T00:59:59Z")).unwrap(), 0);
    assert_eq!(partial(), before);
    assert!(lake.remove_superseded(at("2026-03-05T01:00:00Z")).unwrap() > 0);
    // Entries and their hashes, each a full tile and the edge, and the edge above.
    assert_eq!(partial(), 5);
    let lake = Lake::open(shared(&disk)).unwrap();
    let scope = Scope::ALL;
    assert!(lake.verify(&scope, &|_| ()).unwrap().is_unaltered());
    for head in heads {
        let log = lake.ledger().log_at(head);
        for index in [0, head.size / 2, head.size - 1] {
            let proven = log.prove_entry(index).unwrap();
            let leaf = leaf_hash(Algorithm::Sha256, &proven.bytes);
            let root = root_of_inclusion(Algorithm::Sha256, &leaf, index, head.size, &proven.path);
            assert_eq!(root, Some(head.root), "entry {index} of {}", head.size);
        }
    }
}

#[test]
fn of_two_that_make_a_lake_one_does_and_the_other_finds_it() {
    let disk = MemoryDisk::new();
    let claim = Lake::claim(&disk).unwrap().unwrap();
    assert!(Lake::claim(&disk).unwrap().is_none());
    let other = Lake::create(shared(&disk), &key(2), AT);
    assert!(matches!(other, Err(LakeError::Busy)));
    let lake = claim.create(shared(&disk), &key(1), AT).unwrap();
    assert_eq!(lake.keys().current(), key(1).verifier());
    // Who looked before it was there and claims only now makes none over it.
    let late = Lake::claim(&disk).unwrap().unwrap().create(shared(&disk), &key(2), AT);
    assert!(
        matches!(late, Err(LakeError::Disk(error)) if error.trouble == Trouble::Changed),
        "a second lake was made"
    );
    assert_eq!(Lake::open(shared(&disk)).unwrap().keys().current(), key(1).verifier());
}
