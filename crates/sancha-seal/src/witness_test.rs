use super::*;
use crate::{
    Checkpoint,
    merkle::{leaf_hash, prove_consistency, root},
};

fn key(name: &str, kind: KeyKind) -> SigningKey {
    SigningKey::from_seed(name, kind, &[3; 32]).unwrap()
}

fn leaves(count: u8) -> Vec<Hash32> {
    (0..count).map(|number| leaf_hash(Algorithm::Sha256, &[number])).collect()
}

fn head(leaves: &[Hash32]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: root(Algorithm::Sha256, leaves) }
}

fn signed(origin: &str, leaves: &[Hash32]) -> Note {
    Checkpoint::new(origin, head(leaves)).sign(&key(origin, KeyKind::Log)).unwrap()
}

fn request(note: &Note, all: &[Hash32], old: u8) -> Request {
    let old_size = u64::from(old);
    let proof = prove_consistency(Algorithm::Sha256, all, old_size).unwrap();
    Request { old_size, proof, checkpoint: note.to_bytes() }
}

#[test]
fn a_witness_signs_a_log_that_only_grew() {
    let all = leaves(9);
    let log = key("log", KeyKind::Log).verifier().clone();
    let witness = key("witness", KeyKind::Witness);
    let mut before = TreeHead::empty(Algorithm::Sha256);
    for (time, old, new) in [(100, 0, 4), (200, 4, 9), (300, 9, 9)] {
        let mut note = signed("log", &all[..new]);
        let sent = request(&note, &all[..new], old).to_bytes();
        let asked = Request::from_bytes(&sent).unwrap();
        let found = answer(&asked, &log, &before, (&witness, time)).unwrap();
        attach(&mut note, &found.signature, witness.verifier()).unwrap();
        let opened = open(&note.to_bytes(), &[log.clone(), witness.verifier().clone()]).unwrap();
        assert_eq!(opened.by_witnesses[0].cosigned_at, Some(time));
        before = found.head;
    }
    assert_eq!(before, head(&all));
}

#[test]
fn a_log_that_was_rewritten_or_cut_gets_no_signature() {
    let all = leaves(9);
    let log = key("log", KeyKind::Log).verifier().clone();
    let witness = key("witness", KeyKind::Witness);
    let before = head(&all[..4]);
    let ask = |request: &Request| answer(request, &log, &before, (&witness, 1)).unwrap_err();
    let rewritten: Vec<_> = all.iter().rev().copied().collect();
    let of_rewritten = request(&signed("log", &rewritten), &rewritten, 4);
    assert_eq!(ask(&of_rewritten), WitnessError::Rewritten { old: 4, new: 9 });
    let cut = request(&signed("log", &all[..3]), &all[..3], 3);
    assert_eq!(ask(&cut), WitnessError::Shrank { old: 4, new: 3 });
    let stale = request(&signed("log", &all), &all, 2);
    assert_eq!(ask(&stale), WitnessError::Stale { asked: 2, signed: 4 });
    let of_other = request(&signed("other", &all), &all, 4);
    assert!(matches!(ask(&of_other), WitnessError::Checkpoint(_)));
    let no_witness = key("log", KeyKind::Log);
    let sound = request(&signed("log", &all), &all, 4);
    let found = answer(&sound, &log, &before, (&no_witness, 1));
    assert_eq!(found, Err(WitnessError::Key("log".into())));
}

#[test]
fn an_answer_for_something_else_is_not_attached() {
    let all = leaves(9);
    let log = key("log", KeyKind::Log).verifier().clone();
    let witness = key("witness", KeyKind::Witness);
    let none = TreeHead::empty(Algorithm::Sha256);
    let sound = request(&signed("log", &all), &all, 0);
    let found = answer(&sound, &log, &none, (&witness, 1)).unwrap();
    let mut other = signed("log", &all[..5]);
    let before = other.clone();
    assert!(attach(&mut other, &found.signature, witness.verifier()).is_err());
    assert!(attach(&mut other, "", witness.verifier()).is_err());
    assert!(attach(&mut other, "no line\n", witness.verifier()).is_err());
    assert_eq!(other, before);
}

#[test]
fn other_texts_are_no_requests() {
    let all = leaves(9);
    let good = request(&signed("log", &all), &all, 4).to_bytes();
    assert_eq!(Request::from_bytes(&good).unwrap().to_bytes(), good);
    let good = String::from_utf8(good).unwrap();
    let hash = good.lines().nth(1).unwrap();
    for (from, to) in [
        ("old 4", "old -4".to_owned()),
        ("old 4", "new 4".into()),
        ("\n\n", "\n".into()),
        (hash, "AAAA".into()),
        (hash, format!("{hash}\n").repeat(70)),
    ] {
        let text = good.replace(from, &to);
        let found = Request::from_bytes(text.as_bytes());
        assert!(matches!(found, Err(WitnessError::Malformed(_))), "{to}: {found:?}");
    }
}
