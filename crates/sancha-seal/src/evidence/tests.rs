//! Packs of a small lake: what passes, and where each break is found.

mod fixture;
mod rotation;
mod unsealed;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{Checkpoint, Hash32, KeyKind, SigningKey, sha256_hex};
use fixture::*;

#[test]
fn a_pack_verifies_from_its_files_alone() {
    let verdicts = verify(&pack(), &[]);
    assert_eq!(problems(&verdicts), [""; 0]);
    assert!(verdicts.is_sound());
    assert_eq!(verdicts.counts, Counts { asked: 2, neighbours: 30, blocks: 2 });
    let signed = verdicts.signed_by.unwrap();
    assert_eq!((signed.name.as_str(), signed.is_known), ("example.cn/lake", false));
    let by: Vec<_> = verdicts.anchored_by.iter().map(|anchor| (anchor.kind, &*anchor.by)).collect();
    let at = AnchorKind::Witness { at: 1_795_660_000 };
    let stamped = AnchorKind::Stamp { at: "2026-11-26T06:29:01Z".parse().unwrap() };
    let paper = (AnchorKind::File, "paper.txt");
    assert_eq!(by, [(at, "supervisor.example"), paper, (stamped, "stamp.tsr")]);
}

#[test]
fn a_key_brought_along_is_told_from_one_in_the_pack() {
    let known = [log_key().verifier().clone(), witness_key().verifier().clone()];
    let verdicts = verify(&pack(), &known);
    assert!(verdicts.is_sound() && verdicts.signed_by.unwrap().is_known);
    assert!(verdicts.anchored_by[0].is_known);
    let other = SigningKey::from_seed("example.cn/lake", KeyKind::Log, &[7; 32]).unwrap();
    let verdicts = verify(&pack(), &[other.verifier().clone()]);
    assert!(!verdicts.is_sound());
    assert_eq!(problems(&verdicts), [format!("{CHECKPOINT}: {}", texts::SIGNED_BY_OTHER.en)]);
}

#[test]
fn the_same_pack_is_the_same_bytes() {
    assert_eq!(to_zip("pack", &pack()), to_zip("pack", &pack()));
}

#[test]
fn a_pack_larger_than_verifiers_read_is_not_made() {
    let payload = |files: &[PackFile]| -> usize {
        files.iter().filter(|(name, _)| name.starts_with("data/")).map(|(_, b)| b.len()).sum()
    };
    let whole = payload(&pack());
    let within = |most: usize| lake(40).pack().build_within(most);
    assert_eq!(payload(&within(whole).unwrap()), whole);
    // The lines alone, and all that goes with them.
    for most in [10, whole - 1] {
        assert!(matches!(within(most), Err(BuildError::TooLarge)), "{most}");
    }
}

/// A pack as the first version wrote it: it verifies for ever, and new ones are still like it.
#[test]
fn a_released_pack_still_verifies() {
    let zip = to_zip("sancha-pack", &pack());
    let sample: &[u8] = include_bytes!("../../tests/samples/pack-v1.zip");
    assert!(zip == sample, "the form of packs changed: {}", sha256_hex(&zip));
}

#[test]
fn one_flipped_bit_of_any_file_is_found_in_that_file() {
    let sound = pack();
    for (number, (name, bytes)) in sound.iter().enumerate() {
        for place in 0..bytes.len() {
            // Every byte of the small files, every seventh of the others.
            if bytes.len() > 1000 && place % 7 != 0 {
                continue;
            }
            let mut files = sound.clone();
            files[number].1[place] ^= 1 << (place % 8);
            let verdicts = verify(&files, &[]);
            assert_eq!(verdicts.intact, Verdict::Broken, "{name} byte {place}");
            // A changed digest in a manifest shows at the file it is the digest of.
            let is_manifest = name.contains("manifest");
            let is_named = verdicts.problems.iter().any(|problem| problem.file == *name);
            assert!(is_named || is_manifest, "{name} byte {place}: {:?}", problems(&verdicts));
        }
    }
}

#[test]
fn missing_cut_and_added_files_are_found() {
    let sound = pack();
    for (name, bytes) in &sound {
        let without: Vec<_> = sound.iter().filter(|(other, _)| other != name).cloned().collect();
        let verdicts = verify(&without, &[]);
        assert!(!verdicts.is_sound());
        assert!(problems(&verdicts).iter().any(|problem| problem.contains(name)), "{name}");
        let mut cut = without;
        cut.push((name.clone(), bytes[..bytes.len() / 2].to_vec()));
        let verdicts = verify(&cut, &[]);
        assert!(problems(&verdicts).iter().any(|problem| problem.contains(name)), "{name}");
    }
    for name in ["data/more.txt", "more.txt", "data/anchors/../x", "data/records.jsonl"] {
        let mut more = sound.clone();
        more.push((name.into(), b"x".to_vec()));
        let verdicts = verify(&more, &[]);
        assert!(problems(&verdicts).iter().any(|problem| problem.contains(name)), "{name}");
    }
    let verdicts = verify(&[], &[]);
    assert_eq!((verdicts.unchanged, verdicts.in_log), (Verdict::NotChecked, Verdict::NotChecked));
}

#[test]
fn a_changed_line_is_found_in_its_block() {
    let (verdicts, problems) = forged(RECORDS, "GET /30 ", "GET /31 ");
    assert_eq!((verdicts.unchanged, verdicts.in_log), (Verdict::Broken, Verdict::Holds));
    let line = &problems[0];
    assert!(line.starts_with("data/records.jsonl:17-32") && line.contains("SHA-256"), "{line}");
    assert!(problems[1].contains("SM3") && problems.len() == 2, "{problems:?}");
}

#[test]
fn what_is_said_of_a_line_is_held_against_the_seal() {
    for (from, to, what) in [
        ("\"row\":5,", "\"row\":6,", &texts::ROW_NUMBER),
        ("\"source\":\"web01", "\"source\":\"web02", &texts::ROW_SOURCE),
        ("\"line\":55,", "\"line\":56,", &texts::ROW_LINE),
        ("\"stream\":\"01", "\"stream\":\"02", &texts::ROW_LINE),
        ("\"offset\":1000,", "\"offset\":1001,", &texts::ROW_OFFSET),
        ("\"time\":\"2026", "\"time\":\"2025", &texts::ROW_TIME),
        ("00:00.001Z", "00:00.0010Z", &texts::ROW_TIME),
    ] {
        let (verdicts, problems) = forged(RECORDS, from, to);
        assert_eq!(verdicts.unchanged, Verdict::Broken);
        assert!(problems.iter().any(|problem| problem.contains(what.en)), "{from}: {problems:?}");
    }
    let (verdicts, _) = forged(RECORDS, "\"asked\":true", "\"asked\":false");
    assert!(verdicts.is_sound(), "what was asked for is the exporter's word");
}

#[test]
fn lines_in_another_spelling_or_order_are_found() {
    for (from, to, what) in [
        ("{\"block\":0,", "{ \"block\":0,", &texts::RECORD_MALFORMED),
        ("\"block\":0,", "\"block\":9,", &texts::RECORD_WITHOUT_BLOCK),
        ("\"block\":0,", "\"block\":1,", &texts::RECORD_WITHOUT_BLOCK),
        ("\"block\":1,", "\"block\":2,", &texts::RECORD_WITHOUT_BLOCK),
        ("\"base64\":\"0r3", "\"base64\":\"!r3", &texts::RECORD_MALFORMED),
    ] {
        let (verdicts, problems) = forged(RECORDS, from, to);
        assert_eq!(verdicts.unchanged, Verdict::Broken, "{from}");
        assert!(problems.iter().any(|problem| problem.contains(what.en)), "{from}: {problems:?}");
    }
}

#[test]
fn lines_left_out_are_found() {
    let mut files = pack();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == RECORDS).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let keep = |keep: &dyn Fn(&str) -> bool| -> Vec<u8> {
        text.split_inclusive('\n').filter(|line| keep(line)).collect::<String>().into_bytes()
    };
    *bytes = keep(&|line| line.starts_with("{\"block\":0"));
    let (without_block, without_line) = (bytes.clone(), keep(&|line| !line.contains("\"row\":9,")));
    for (records, problem) in [
        (without_block, "data/records.jsonl: the lines of block 1 are missing"),
        (without_line, "data/records.jsonl:1-15: the SHA-256 proof of these lines"),
    ] {
        files.iter_mut().find(|(name, _)| name == RECORDS).unwrap().1 = records;
        let found = problems(&verify(&repacked(&files), &[]));
        assert!(found.len() == 1 && found[0].starts_with(problem), "{found:?}");
    }
}

#[test]
fn a_swapped_proof_is_found() {
    let mut swapped = lake(40).pack();
    let (one, other) = (swapped.blocks[0].proof.clone(), swapped.blocks[1].proof.clone());
    swapped.blocks[0].proof.block_path = other.block_path;
    swapped.blocks[1].proof.block_path = one.block_path;
    let Err(BuildError::DoesNotVerify(verdicts)) = swapped.build() else { panic!("built") };
    assert_eq!(verdicts.unchanged, Verdict::Broken);
    let (verdicts, problems) = forged(PROOFS, "\"block\":1,", "\"block\":2,");
    assert_eq!(verdicts.unchanged, Verdict::Broken);
    assert!(problems[0].contains(texts::SHAPE_BLOCK.en), "{problems:?}");
    let (verdicts, problems) = forged(PROOFS, "\"index\":7", "\"index\":8");
    assert_eq!(verdicts.in_log, Verdict::Broken);
    assert!(problems[0].contains("entry 8"), "{problems:?}");
    let (verdicts, problems) = forged(PROOFS, "source=web01/1.parquet", "source=web01/2.parquet");
    assert_eq!(verdicts.unchanged, Verdict::Broken);
    assert!(problems[0].contains("does not seal"), "{problems:?}");
    let (_, problems) = forged(PROOFS, "\"sha256\"", "\"sm3\"");
    assert!(problems[0].contains(texts::PROOF_MISSING.en), "{problems:?}");
}

/// A forger who makes a log of his own has to sign it with a key of his own.
#[test]
fn a_checkpoint_by_another_key_is_found() {
    let mut pack = lake(40).pack();
    let other = SigningKey::from_seed("example.cn/lake", KeyKind::Log, &[7; 32]).unwrap();
    let head = lake(40).head;
    pack.checkpoint = Checkpoint::new("example.cn/lake", head).sign(&other).unwrap().to_bytes();
    let Err(BuildError::DoesNotVerify(verdicts)) = pack.clone().build() else { panic!("built") };
    assert_eq!((verdicts.in_log, verdicts.signed_by), (Verdict::Holds, None));
    pack.keys = vec![other.verifier().clone()];
    let files = pack.build().unwrap();
    assert!(verify(&files, &[]).is_sound(), "with its own key in it, only a known key tells");
    assert!(!verify(&files, &[log_key().verifier().clone()]).is_sound());
}

#[test]
fn a_time_stamp_of_something_else_is_no_anchor() {
    let mut pack = lake(40).pack();
    pack.anchors[1].1[120] ^= 1;
    let Err(BuildError::DoesNotVerify(verdicts)) = pack.clone().build() else { panic!("built") };
    assert!(problems(&verdicts)[0].contains(texts::STAMP_OF_OTHER.en), "{verdicts:?}");
    pack.anchors[1].1.truncate(100);
    let Err(BuildError::DoesNotVerify(verdicts)) = pack.build() else { panic!("built") };
    assert!(problems(&verdicts)[0].contains(texts::STAMP_MALFORMED.en), "{verdicts:?}");
    assert_eq!(verdicts.anchored_by.len(), 2);
}

#[test]
fn a_page_that_says_something_else_is_found() {
    let files = edit(&pack(), README, "GET /30 ", "GET /31 ");
    let payload: Vec<_> =
        files.iter().filter(|(name, _)| name.starts_with("data/")).cloned().collect();
    let info = bag::read_info(find(&files, BAG_INFO).unwrap()).unwrap();
    let info: Vec<_> = info
        .into_iter()
        .filter(|(label, _)| *label != bag::OXUM)
        .map(|(label, value)| (label, value.to_owned()))
        .collect();
    let verdicts = verify(&bag::wrap(payload.clone(), &info), &[]);
    assert_eq!(problems(&verdicts), [format!("{README}: {}", texts::README_DIFFERS.en)]);
    let mut no_text = payload.clone();
    let page = no_text.iter_mut().find(|(name, _)| name == README).unwrap();
    page.1.push(0xff);
    let verdicts = verify(&bag::wrap(no_text, &info), &[]);
    assert!(!verdicts.is_sound() && verdicts.page == Verdict::Broken);
    let of_later = edit(&bag::wrap(payload, &info), README, "evidence page 1", "evidence page 2");
    let payload: Vec<_> =
        of_later.into_iter().filter(|(name, _)| name.starts_with("data/")).collect();
    let verdicts = verify(&bag::wrap(payload, &info), &[]);
    assert!(verdicts.is_sound() && verdicts.page == Verdict::NotChecked);
}

#[test]
fn the_page_runs_and_fetches_nothing() {
    let files = pack();
    let page = str::from_utf8(find(&files, README).unwrap()).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(4)"));
    assert!(!page.contains('\u{202e}') && page.contains("\\u{202e}"));
    assert!(page.contains("ip:203.0.113.5 &lt;b&gt;") && page.contains("案件 7"));
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("医院 访问 /login <small>"), "GB 18030 is read");
}

#[test]
fn a_short_last_block_is_packed_whole() {
    let lake = lake(40);
    let mut pack = lake.pack();
    pack.blocks = vec![lake.block(2, 39)];
    let verdicts = verify(&pack.clone().build().unwrap(), &[]);
    assert_eq!(verdicts.counts, Counts { asked: 1, neighbours: 7, blocks: 1 });
    pack.blocks[0].rows.pop();
    let short = pack.clone().build();
    assert!(matches!(short, Err(BuildError::DoesNotVerify(_))), "a block is shown whole");
    pack.anchors = vec![("../x".into(), Vec::new())];
    assert!(matches!(pack.build(), Err(BuildError::AnchorName(_))));
}

/// The proof of one line, beside the line and its neighbours, stays within 10 KB (goal G12).
#[test]
fn a_proof_is_small() {
    let lake = lake(40);
    let mut pack = lake.pack();
    pack.blocks.truncate(1);
    let files = pack.build().unwrap();
    let proof: usize =
        [PROOFS, CHECKPOINT, PUBLIC_KEY].iter().map(|name| find(&files, name).unwrap().len()).sum();
    assert!(proof < 10_000, "{proof} bytes");
}

#[test]
fn texts_have_both_languages_and_the_same_places_for_values() {
    let places = |text: &str| {
        let mut places: Vec<String> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0.into()))
            .collect();
        places.sort();
        places
    };
    let mut keys: Vec<_> = texts::ALL.iter().map(|text| text.key).collect();
    for text in texts::ALL {
        assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", text.key);
        assert_eq!(places(text.zh), places(text.en), "{}", text.key);
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), texts::ALL.len());
}

static SOUND: LazyLock<Vec<PackFile>> = LazyLock::new(pack);

/// Stream and line of every row, with its bytes.
fn lines(files: &[PackFile]) -> Vec<(Hash32, u64, Vec<u8>)> {
    let records = find(files, RECORDS).unwrap_or_default();
    let records = records.split(|byte| *byte == b'\n').filter_map(Record::from_line);
    records.filter_map(|row| Some((row.stream, row.line, row.raw()?.into_owned()))).collect()
}

proptest! {
    /// Whoever forges a pack and makes its digests fit gets no verdict for a line that was not sealed,
    /// as long as the key is known.
    #[test]
    fn only_sealed_lines_verify_under_a_known_key(
        file in 0usize..4,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..4),
    ) {
        let name = [RECORDS, PROOFS, CHECKPOINT, PUBLIC_KEY][file];
        let mut files = SOUND.clone();
        let (_, bytes) = files.iter_mut().find(|(other, _)| other == name).unwrap();
        for (at, byte, kind) in edits {
            let place = at.index(bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                2 => { bytes.remove(place); }
                // Digits and hex digits are where numbers, hashes and base64 stay well-formed.
                _ => bytes[place] = b'0' + byte % 10,
            }
        }
        let verdicts = verify(&repacked(&files), &[log_key().verifier().clone()]);
        let is_proven = [verdicts.unchanged, verdicts.in_log] == [Verdict::Holds; 2];
        if is_proven && verdicts.signed_by.is_some_and(|signed| signed.is_known) {
            prop_assert_eq!(lines(&files), lines(&SOUND));
        }
    }
}
