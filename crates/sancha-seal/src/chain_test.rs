use super::*;
use crate::{Algorithm, merkle::leaf_hash, merkle::root};

const AT: &str = "2026-11-26T05:00:00Z";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("log", KeyKind::Log, &[seed; 32]).unwrap()
}

fn head(entries: &[Entry]) -> TreeHead {
    let leaf = |entry: &Entry| leaf_hash(Algorithm::Sha256, &entry.to_bytes().unwrap());
    let leaves: Vec<_> = entries.iter().map(leaf).collect();
    TreeHead { size: leaves.len() as u64, root: root(Algorithm::Sha256, &leaves) }
}

fn read(entries: &[Entry]) -> Result<KeyChain, ChainError> {
    let root_at =
        |size: u64| entries.get(..usize::try_from(size).ok()?).map(|some| head(some).root);
    KeyChain::read(entries, root_at)
}

fn created() -> Entry {
    let public_key = key(1).verifier().to_string();
    Entry::new(AT, Kind::LakeCreated { origin: "log".into(), public_key })
}

fn other() -> Entry {
    Entry::new(AT, Kind::Settled { wal: "0".into(), parts: Vec::new() })
}

/// A log whose key was replaced twice, in entries 2 and 4.
fn twice() -> Vec<Entry> {
    let mut entries = vec![created(), other()];
    for (old, new) in [(1, 2), (2, 3)] {
        let kind = hand_over(&key(old), key(new).verifier(), &head(&entries));
        entries.push(Entry::new(AT, kind));
        entries.push(other());
    }
    entries
}

#[test]
fn each_key_signs_its_stretch_of_the_log() {
    let chain = read(&twice()).unwrap();
    let (one, two, three) = (key(1), key(2), key(3));
    let keys = [one.verifier(), two.verifier(), three.verifier()];
    assert_eq!(chain.keys().collect::<Vec<_>>(), keys);
    assert_eq!(chain.current(), keys[2]);
    let at: Vec<_> = (1..=6).map(|size| chain.key_at(size)).collect();
    assert_eq!(at, [keys[0], keys[0], keys[1], keys[1], keys[2], keys[2]]);
    assert_eq!(keys.map(|key| chain.rotations_since(key)), [Some(2), Some(1), Some(0)]);
    assert_eq!(keys.map(|key| chain.replaced_in(key)), [Some(2), Some(4), None]);
    assert_eq!(chain.rotations_since(key(4).verifier()), None);
}

#[test]
fn entries_are_read_back_as_they_were_written() {
    for entry in twice() {
        assert_eq!(Entry::from_bytes(&entry.to_bytes().unwrap()).unwrap(), entry);
    }
}

#[test]
fn a_key_that_the_one_before_did_not_sign_for_is_refused() {
    let (good, from_others) = (twice(), key(9));
    // Signed by somebody else; by a key that was replaced; over another history; at another place; not at all.
    for entry in [
        hand_over(&from_others, key(3).verifier(), &head(&good[..4])),
        hand_over(&key(1), key(3).verifier(), &head(&good[..4])),
        hand_over(&key(2), key(3).verifier(), &TreeHead { size: 4, root: head(&good[..3]).root }),
        hand_over(&key(2), key(3).verifier(), &head(&good[..3])),
        hand_over(&key(2), key(1).verifier(), &head(&good[..4])),
        Kind::KeyRotated { new_public: key(3).verifier().to_string(), handover: None },
    ] {
        let mut entries = good[..4].to_vec();
        entries.push(Entry::new(AT, entry));
        assert_eq!(read(&entries), Err(ChainError::NotHandedOver(4)));
    }
}

#[test]
fn keys_that_cannot_sign_for_the_log_are_refused() {
    let foreign = SigningKey::from_seed("other", KeyKind::Log, &[2; 32]).unwrap();
    let witness = SigningKey::from_seed("log", KeyKind::Witness, &[2; 32]).unwrap();
    for new in [foreign.verifier(), witness.verifier()] {
        let mut entries = vec![created(), other()];
        entries.push(Entry::new(AT, hand_over(&key(1), new, &head(&entries))));
        assert_eq!(read(&entries), Err(ChainError::Key(2)));
    }
    assert_eq!(read(&[]), Err(ChainError::NoBeginning));
    assert_eq!(read(&[other()]), Err(ChainError::NoBeginning));
    let public_key = foreign.verifier().to_string();
    let entry = Entry::new(AT, Kind::LakeCreated { origin: "log".into(), public_key });
    assert_eq!(read(&[entry]), Err(ChainError::Key(0)));
}

#[test]
fn a_trusted_key_leads_to_the_newest() {
    let entries = twice();
    let numbered = || (0..).zip(&entries);
    for (seed, rotations) in [(1, 2), (2, 1), (3, 0)] {
        let found = follow(&[key(seed).verifier().clone()], numbered());
        assert_eq!((&found[0].key, found[0].rotations), (key(3).verifier(), rotations));
        assert_eq!(found[0].replaced.len() as u64, rotations);
    }
    let stranger = key(9).verifier().clone();
    let found = follow(std::slice::from_ref(&stranger), numbered());
    assert_eq!((&found[0].key, found[0].rotations), (&stranger, 0));
}
