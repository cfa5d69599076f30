//! Packs that no log sealed: told as such, and never taken for sealed ones.

use super::*;

fn source(path: &str, bytes: &[u8]) -> SourceFile {
    let sha256 = Hash32::from_hex(&sha256_hex(bytes)).ok();
    SourceFile { path: path.into(), bytes: bytes.len() as u64, sha256 }
}

fn whole() -> UnsealedPack {
    let auth = b"one\ntwo <b>\r\n\xd2\xbd\xd4\xba \xb7\xc3\xce\xca\nlast";
    let mut journal = UnsealedRecord::new("system.journal", 9, 77, b"{\"MESSAGE\":\"rendered\"}");
    journal.rendered = true;
    UnsealedPack {
        description: Description {
            number: "SC-1".into(),
            query: "2 of 2 lines".into(),
            at: "2026-11-26T06:00:00Z".into(),
            agent: "sancha 0.1.0".into(),
            ..Description::default()
        },
        sources: vec![source("logs/auth.log", auth), source("system.journal", &[0; 99])],
        records: vec![
            UnsealedRecord::new("logs/auth.log", 2, 4, b"two <b>\r\n"),
            UnsealedRecord::new("logs/auth.log", 3, 13, &auth[13..23]),
            UnsealedRecord::new("logs/auth.log", 4, 23, b"last"),
            journal,
        ],
    }
}

fn unsealed() -> Vec<PackFile> {
    whole().build().unwrap()
}

#[test]
fn a_pack_without_a_log_is_as_packed_and_proves_nothing() {
    let verdicts = verify(&unsealed(), &[]);
    assert_eq!(problems(&verdicts), [""; 0]);
    assert!(verdicts.is_sound() && !verdicts.is_sealed);
    assert_eq!(
        (verdicts.intact, verdicts.unchanged, verdicts.in_log, verdicts.page),
        (Verdict::Holds, Verdict::NotChecked, Verdict::NotChecked, Verdict::Holds)
    );
    assert!(verdicts.signed_by.is_none() && verdicts.checkpoint.is_none());
    assert_eq!(verdicts.counts, Counts { asked: 4, ..Counts::default() });
    let files = unsealed();
    let page = str::from_utf8(find(&files, README).unwrap()).unwrap();
    assert!(page.contains(texts::NOT_SEALED.zh) && page.contains("two &lt;b&gt;"));
    assert!(page.contains("医院 访问 <small>"), "GB 18030 is read");
}

#[test]
fn who_brings_a_key_asks_for_what_it_signed() {
    let verdicts = verify(&unsealed(), &[log_key().verifier().clone()]);
    assert!(!verdicts.is_sound());
    assert_eq!(problems(&verdicts), [format!("{BAG_INFO}: {}", texts::NO_LOG_FOR_KEY.en)]);
}

/// A pack as the first version wrote it: it is read for ever, and new ones are still like it.
#[test]
fn a_released_unsealed_pack_is_still_read() {
    let zip = to_zip("evidence", &unsealed());
    let sample: &[u8] = include_bytes!("../../../tests/samples/unsealed-v1.zip");
    assert!(zip == sample, "the form of packs changed: {}", sha256_hex(&zip));
}

#[test]
fn one_flipped_bit_of_an_unsealed_pack_is_found() {
    let sound = unsealed();
    for (number, (name, bytes)) in sound.iter().enumerate() {
        for place in (0..bytes.len()).step_by(if bytes.len() > 1_000 { 7 } else { 1 }) {
            let mut files = sound.clone();
            files[number].1[place] ^= 1 << (place % 8);
            assert!(!verify(&files, &[]).is_sound(), "{name} byte {place}");
        }
    }
}

#[test]
fn files_are_missed_and_those_of_a_log_do_not_belong() {
    let sound = unsealed();
    for (name, _) in &sound {
        let without: Vec<_> = sound.iter().filter(|(other, _)| other != name).cloned().collect();
        assert!(!verify(&without, &[]).is_sound(), "{name}");
    }
    for name in [PUBLIC_KEY, PROOFS, CHECKPOINT, "data/anchors/paper.txt", "more.txt"] {
        let mut more = sound.clone();
        more.push((name.into(), b"x".to_vec()));
        assert!(!verify(&more, &[]).is_sound(), "{name}");
    }
    // Taking the proofs out of a sealed pack makes no unsealed one.
    let stripped: Vec<_> = pack()
        .into_iter()
        .filter(|(name, _)| ![PROOFS, CHECKPOINT, PUBLIC_KEY].contains(&name.as_str()))
        .collect();
    assert!(!verify(&stripped, &[]).is_sound());
}

#[test]
fn what_contradicts_itself_is_not_built() {
    let refused = |change: &dyn Fn(&mut UnsealedPack), what: &sancha_model::Text| {
        let mut pack = whole();
        change(&mut pack);
        let Err(BuildError::DoesNotVerify(verdicts)) = pack.build() else { panic!("{}", what.en) };
        let found = problems(&verdicts);
        assert!(found.iter().any(|one| one.contains(what.en)), "{}: {found:?}", what.en);
    };
    refused(&|pack| pack.sources.swap(0, 1), &texts::SOURCE_ORDER);
    refused(&|pack| drop(pack.sources.pop()), &texts::NO_SOURCE);
    refused(&|pack| pack.sources[0].bytes = 20, &texts::OUTSIDE_SOURCE);
    refused(&|pack| pack.records.swap(0, 1), &texts::RECORD_ORDER);
    refused(&|pack| pack.records[1].offset = 12, &texts::RECORD_ORDER);
    refused(&|pack| pack.records[1].line = 2, &texts::RECORD_ORDER);
}
