use tlog_tiles::checkpoint::Checkpoint as Theirs;

use super::*;
use crate::{
    KeyKind,
    merkle::{leaf_hash, root},
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

fn signed(origin: &str, leaves: &[Hash32]) -> Vec<u8> {
    let note = Checkpoint::new(origin, head(leaves)).sign(&key(origin, KeyKind::Log)).unwrap();
    note.to_bytes()
}

/// The example of the C2SP page on checkpoints, read and written by another implementation too.
#[test]
fn text_is_that_of_the_specification() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore\n";
    let ours = Checkpoint::parse(text).unwrap();
    assert_eq!(ours.to_text(), text);
    let theirs = Theirs::from_bytes(text.as_bytes()).unwrap();
    assert_eq!((theirs.origin(), theirs.size()), (ours.origin.as_str(), ours.size));
    assert_eq!(theirs.hash().0, ours.root.0);
    assert_eq!(theirs.to_bytes(), text.as_bytes());
}

#[test]
fn other_texts_are_refused() {
    let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for text in [
        "".to_owned(),
        format!("log\n5\n{hash}"),
        format!("\n5\n{hash}\n"),
        format!("log\n05\n{hash}\n"),
        format!("log\n+5\n{hash}\n"),
        format!("log\n-5\n{hash}\n"),
        format!("log\n18446744073709551616\n{hash}\n"),
        "log\n5\nCsUY\n".into(),
        format!("log\n5\n{hash}\n\n"),
    ] {
        assert!(matches!(Checkpoint::parse(&text), Err(CheckpointError::Malformed(_))), "{text}");
    }
    let two_lines = Checkpoint::new("a\n7", head(&leaves(1)));
    assert!(two_lines.sign(&key("a", KeyKind::Log)).is_err());
}

#[test]
fn only_the_log_speaks_for_itself() {
    let bytes = signed("log.example.cn", &leaves(3));
    let known = key("log.example.cn", KeyKind::Log).verifier().clone();
    let opened = open(&bytes, std::slice::from_ref(&known)).unwrap();
    assert_eq!(opened.checkpoint.head(), head(&leaves(3)));
    assert_eq!((opened.by_log.len(), opened.by_witnesses.len()), (1, 0));

    let stranger = key("other", KeyKind::Log);
    let note = Checkpoint::new("log.example.cn", head(&leaves(3))).sign(&stranger).unwrap();
    let found = open(&note.to_bytes(), &[known, stranger.verifier().clone()]);
    assert_eq!(found, Err(CheckpointError::NotByLog("log.example.cn".into())));
}
