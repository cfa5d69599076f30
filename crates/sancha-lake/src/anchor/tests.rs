//! Anchors on disks that fail: one is there whole, or not at all.

use std::sync::Arc;

use sancha_seal::{Algorithm, KeyKind, Note, SigningKey, TreeHead, witness};

use super::AnchorError;
use crate::{
    Lake, LakeError,
    disk::{Disk, Fault, FaultyDisk, MemoryDisk, Trouble, Which},
    verify::Trusted,
};

const AT: &str = "2026-03-05T00:00:00Z";

fn key(kind: KeyKind) -> SigningKey {
    SigningKey::from_seed("lake-test", kind, &[7; 32]).unwrap()
}

fn shared(disk: &MemoryDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

/// A new lake, and its checkpoint with the signature of a witness.
fn witnessed() -> (MemoryDisk, Vec<u8>) {
    let disk = MemoryDisk::new();
    let lake = Lake::create(shared(&disk), &key(KeyKind::Log), AT).unwrap();
    let request = lake.witness_request(0).unwrap();
    let none = TreeHead::empty(Algorithm::Sha256);
    let own = key(KeyKind::Witness);
    let answer = witness::answer(&request, lake.keys().current(), &none, (&own, 100)).unwrap();
    let mut note = Note::from_bytes(&request.checkpoint).unwrap();
    witness::attach(&mut note, &answer.signature, own.verifier()).unwrap();
    (disk, note.to_bytes())
}

fn accept(disk: Arc<dyn Disk>, note: &[u8]) -> Result<Vec<String>, AnchorError> {
    let mut lake = Lake::open(disk)?;
    let known = [key(KeyKind::Witness).verifier().clone()];
    lake.accept_witness(note, &known, (&key(KeyKind::Log), AT))
}

/// Accepts on a disk that dies at operation `nth`.
fn dies_at(nth: usize) -> bool {
    let (disk, note) = witnessed();
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let which = Which::Writing;
    faulty.fail(Fault { which, nth, trouble: Trouble::Full, torn_at: nth % 40, is_last: true });
    let outcome = accept(Arc::new(faulty), &note);
    let disk = disk.after_kill();
    let lake = Lake::open(shared(&disk)).unwrap();
    let there = lake.anchors().count();
    assert!(there <= 1 && (there == 1 || outcome.is_err()), "operation {nth}");
    assert!(lake.verify_trust(&Trusted::default()).unwrap().is_sound(), "operation {nth}");
    accept(shared(&disk), &note).unwrap();
    let lake = Lake::open(shared(&disk)).unwrap();
    assert_eq!(lake.anchors().count(), 1, "operation {nth}");
    assert!(lake.verify_trust(&Trusted::default()).unwrap().is_sound());
    outcome.is_err()
}

#[test]
fn an_anchor_that_was_cut_short_is_taken_the_next_time() {
    let died = (0..200).take_while(|nth| dies_at(*nth)).count();
    assert!((8..200).contains(&died), "{died} operations");
}

#[test]
fn a_copy_onto_a_full_disk_says_so_and_leaves_the_lake_alone() {
    let (disk, _) = witnessed();
    let lake = Lake::open(shared(&disk)).unwrap();
    for nth in 0..6 {
        let to = MemoryDisk::new();
        let faulty = FaultyDisk::new(Arc::new(to.clone()));
        let which = Which::Writing;
        faulty.fail(Fault { which, nth, trouble: Trouble::Full, torn_at: 3, is_last: false });
        let Err(AnchorError::Copy(error)) = lake.copy_to(&faulty) else {
            panic!("operation {nth} did not fail")
        };
        assert_eq!(error.trouble, Trouble::Full);
        // A whole file is taken as it is, a torn one is told and not overwritten.
        match lake.copy_to(&to) {
            Ok(copied) => assert_eq!(copied.head, lake.ledger().head()),
            Err(AnchorError::CopyDiffers { path }) => {
                assert!(to.length(&path).unwrap() <= 3, "operation {nth}: {path}");
            }
            Err(error) => panic!("operation {nth}: {error}"),
        }
    }
    assert!(lake.verify_trust(&Trusted::default()).unwrap().is_sound());
}

#[test]
fn what_is_no_checkpoint_of_this_log_is_not_taken() {
    let (disk, note) = witnessed();
    let text = String::from_utf8(note).unwrap();
    for other in ["", "x\n", &text.replacen("lake-test\n1\n", "lake-test\n0\n", 1)] {
        let refused = accept(shared(&disk), other.as_bytes());
        let is_told =
            matches!(refused, Err(AnchorError::Checkpoint(_) | AnchorError::Rewritten { size: 0 }));
        assert!(is_told, "{other}: {refused:?}");
    }
    let longer = text.replacen("lake-test\n1\n", "lake-test\n9\n", 1);
    let refused = accept(shared(&disk), longer.as_bytes());
    assert!(matches!(refused, Err(AnchorError::Cut { size: 9, have: 1 })), "{refused:?}");
    let lake = Lake::open(shared(&disk)).unwrap();
    let refused = lake.witness_request(2).err();
    assert!(matches!(refused, Some(AnchorError::Cut { size: 2, have: 1 })), "{refused:?}");
    let other = SigningKey::from_seed("lake-test", KeyKind::Log, &[8; 32]).unwrap();
    let mut lake = lake;
    let refused = lake.accept_witness(text.as_bytes(), &[], (&other, AT));
    assert!(matches!(refused, Err(AnchorError::Lake(LakeError::OtherKey { .. }))), "{refused:?}");
}
