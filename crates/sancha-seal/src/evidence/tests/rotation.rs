//! Packs of a log whose key was replaced.

use std::convert::Infallible;

use super::{super::*, fixture::*};
use crate::{Checkpoint, Entry, KeyKind, SigningKey, Tlog, VerifierKey, chain::hand_over};

fn new_key() -> SigningKey {
    SigningKey::from_seed("example.cn/lake", KeyKind::Log, &[15; 32]).unwrap()
}

/// A pack from behind a rotation, with its checkpoint signed by `signer`.
fn pack_by(signer: &SigningKey) -> Pack {
    let mut lake = lake(40);
    let read = |path: &str| Ok::<_, Infallible>(lake.log.get(path).cloned());
    let kind = hand_over(&log_key(), new_key().verifier(), &lake.head);
    let entry = Entry::new("2026-11-26T05:30:00Z", kind).to_bytes().unwrap();
    let appended = Tlog::new(read, lake.head).append(&[entry]).unwrap();
    let rotation = lake.head.size;
    lake.log.extend(appended.files);
    lake.head = appended.head;
    let read = |path: &str| Ok::<_, Infallible>(lake.log.get(path).cloned());
    let log = Tlog::new(read, lake.head);
    let note = Checkpoint::new("example.cn/lake", lake.head).sign(signer).unwrap();
    Pack {
        entries: vec![log.prove_entry(7).unwrap(), log.prove_entry(rotation).unwrap()],
        checkpoint: note.to_bytes(),
        keys: vec![log_key().verifier().clone(), new_key().verifier().clone()],
        anchors: Vec::new(),
        ..lake.pack()
    }
}

fn known(key: &SigningKey) -> Vec<VerifierKey> {
    vec![key.verifier().clone()]
}

#[test]
fn an_older_key_leads_to_the_one_that_signed() {
    let files = pack_by(&new_key()).build().unwrap();
    for (key, rotations) in [(log_key(), 1), (new_key(), 0)] {
        let verdicts = verify(&files, &known(&key));
        assert!(verdicts.is_sound(), "{:?}", problems(&verdicts));
        let signed = verdicts.signed_by.unwrap();
        assert_eq!((signed.is_known, signed.rotations), (true, rotations));
        assert_eq!(signed.key_id, new_key().verifier().id());
    }
    let verdicts = verify(&files, &known(&witness_key()));
    assert!(!verdicts.is_sound() && !verdicts.signed_by.unwrap().is_known);
}

#[test]
fn a_key_that_was_replaced_signs_nothing_more() {
    let Err(BuildError::DoesNotVerify(verdicts)) = pack_by(&log_key()).build() else {
        panic!("the old key still signs");
    };
    let told = problems(&verdicts).join("\n");
    assert!(told.contains("a key that entry 301 of the log replaced"), "{told}");
}

/// Whoever has the new key names it in an entry of their own.
#[test]
fn a_rotation_that_the_key_before_did_not_sign_leads_nowhere() {
    let good = pack_by(&new_key()).build().unwrap();
    let text = String::from_utf8(find(&good, PROOFS).unwrap().to_vec()).unwrap();
    let (_, last) = text.rsplit_once("\"bytes\":\"").unwrap();
    let (bytes, _) = last.split_once('"').unwrap();
    let kind = hand_over(&new_key(), new_key().verifier(), &lake(40).head);
    let entry = Entry::new("2026-11-26T05:30:00Z", kind).to_bytes().unwrap();
    let entry = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, entry);
    let files = repacked(&edit(&good, PROOFS, bytes, &entry));
    let verdicts = verify(&files, &known(&log_key()));
    let told = problems(&verdicts).join("\n");
    assert!(told.contains("entry 301 is not in the log"), "{told}");
    assert!(told.contains("not signed by the key you gave"), "{told}");
}
