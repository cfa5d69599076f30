use proptest::prelude::*;

use super::*;
use crate::{Algorithm, key::KeyError};

/// The example of the Go package `note`, whose key and signature are published.
const SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key(name: &str, kind: KeyKind) -> SigningKey {
    SigningKey::from_seed(name, kind, &Algorithm::Sha256.hash(&[name.as_bytes()]).0).unwrap()
}

#[test]
fn keys_and_signatures_are_those_of_the_published_example() {
    let secret = SigningKey::parse(SECRET).unwrap();
    let public = VerifierKey::parse(PUBLIC).unwrap();
    assert_eq!(secret.verifier(), &public);
    assert_eq!((secret.to_secret_text().as_str(), public.to_string().as_str()), (SECRET, PUBLIC));
    assert!(!format!("{secret:?}").contains("AYEK"), "a secret shows itself to nobody");

    let published = Note::from_bytes(NOTE.as_bytes()).unwrap();
    let mut ours = Note::new(published.text.clone()).unwrap();
    ours.sign(&secret);
    ours.sign(&secret);
    assert_eq!(ours, published);
    assert_eq!(String::from_utf8(ours.to_bytes()).unwrap(), NOTE);
    let signers = published.verify(&[public]).unwrap();
    assert_eq!((signers.len(), signers[0].key_id, signers[0].cosigned_at), (1, 0xc74f_20a3, None));
}

/// A checkpoint of a public log of certificates, cosigned by a public witness.
#[test]
fn a_public_witness_is_verified() {
    let note = include_bytes!("../tests/samples/cosigned-checkpoint.txt");
    let witness =
        "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G";
    let witness = VerifierKey::parse(witness).unwrap();
    let mut note = Note::from_bytes(note).unwrap();
    let signers = note.verify(std::slice::from_ref(&witness)).unwrap();
    assert_eq!(signers[0].cosigned_at, Some(0x6a6f_b0f3));
    for signature in &mut note.signatures {
        signature.bytes[7] ^= 1;
    }
    assert!(matches!(note.verify(&[witness]), Err(NoteError::Forged { .. })), "another time");
}

#[test]
fn unknown_signatures_are_passed_over_and_forged_ones_are_not() {
    let (log, witness) = (key("log", KeyKind::Log), key("witness/1", KeyKind::Witness));
    let mut note = Note::new("text\n").unwrap();
    note.sign(&log);
    note.cosign(&witness, 1_764_000_000);
    let read = Note::from_bytes(&note.to_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.verify(&[witness.verifier().clone()]).unwrap().len(), 1);
    let both = [log.verifier().clone(), witness.verifier().clone()];
    assert_eq!(read.verify(&both).unwrap().len(), 2);
    assert_eq!(read.verify(&[]), Err(NoteError::Unknown));
    let stranger = key("stranger", KeyKind::Log);
    assert_eq!(read.verify(&[stranger.verifier().clone()]), Err(NoteError::Unknown));
    let mut other = read.clone();
    other.text = "texT\n".into();
    assert!(matches!(other.verify(&both), Err(NoteError::Forged { .. })));
}

#[test]
fn broken_notes_are_told() {
    let line = NOTE.lines().last().unwrap();
    for broken in [
        "".to_owned(),
        "text".into(),
        "text\n".into(),
        "text\n\n".into(),
        format!("text\n{line}\n"),
        format!("text\n\n{line}"),
        format!("te\txt\n\n{line}\n"),
        format!("text\n\n{line}\nand more\n"),
        format!("text\n\n{}\n", line.replace("Neumann", "+")),
        format!("text\n\n{}\n", line.trim_end_matches('=')),
        format!("text\n\n{}", format!("{line}\n").repeat(101)),
        "a".repeat(MAX_NOTE_BYTES + 1),
    ] {
        let found = Note::from_bytes(broken.as_bytes());
        assert!(matches!(found, Err(NoteError::Malformed(_))), "{found:?}");
    }
    assert!(Note::from_bytes(b"\xff\n\n").is_err());
    assert!(Note::new("no end").is_err());
}

#[test]
fn a_mistyped_key_is_told() {
    let error = |text: &str| VerifierKey::parse(text).unwrap_err();
    assert_eq!(error(&PUBLIC.replace("Peter", "peter")), KeyError::Id);
    assert_eq!(error(&PUBLIC.replace("ARpc", "ARpd")), KeyError::Id);
    assert_eq!(error(&PUBLIC.replace("+ARpc", "+CRpc")), KeyError::Kind);
    assert_eq!(error(&PUBLIC.to_uppercase()), KeyError::Malformed);
    assert_eq!(error("a+b"), KeyError::Malformed);
    assert!(SigningKey::parse(PUBLIC).is_err());
    assert!(SigningKey::parse(&SECRET.replace("c74f", "c74e")).is_err());
    let spaced = SigningKey::from_seed("a b", KeyKind::Log, &[0; 32]).unwrap_err();
    assert_eq!(spaced, KeyError::Name("a b".into()));
}

proptest! {
    #[test]
    fn whatever_bytes_come_nothing_breaks(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(note) = Note::from_bytes(&bytes) {
            prop_assert_eq!(note.to_bytes(), bytes);
        }
    }

    #[test]
    fn one_flipped_bit_of_a_signed_note_is_seen(at: prop::sample::Index, bit in 0u8..8) {
        let public = VerifierKey::parse(PUBLIC).unwrap();
        let mut bytes = NOTE.as_bytes().to_vec();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let verified = Note::from_bytes(&bytes).ok().and_then(|note| note.verify(&[public]).ok());
        prop_assert_eq!(verified, None);
    }
}
