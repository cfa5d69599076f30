use super::*;
use crate::Algorithm;

fn part(number: u64) -> Part {
    let hash = |text: &str| Algorithm::Sha256.hash(&[text.as_bytes()]);
    Part {
        path: format!("data/dt=2026-11-26/source=web01/{number}.parquet"),
        source: "web01/\"访问\".log".into(),
        day: "2026-11-26".into(),
        rows: number,
        raw_bytes: 110 * number,
        first: Some(-1),
        last: None,
        root: hash("root"),
        root_sm3: None,
        sha256: hash("file"),
        bytes: u64::MAX,
        index_path: format!("data/dt=2026-11-26/source=web01/{number}.idx"),
        index_sha256: hash("index"),
        index_bytes: 5,
        streams: vec![StreamRange {
            id: hash("id"),
            prefix: 9,
            format: "web/combined".into(),
            from: 0,
            to: 9,
            first_line: 1,
            lines: 2,
            tail: (number == 2).then_some(StreamTail { bytes: 9, crc32: 7, ends_line: true }),
        }],
    }
}

const AT: &str = "2026-11-26T05:00:00Z";

fn every_kind() -> Vec<Entry> {
    let text = |text: &str| text.to_owned();
    let hold = |source: Option<&str>| Kind::Hold {
        name: text("case 7"),
        source: source.map(text),
        from: source.map(|_| text("2026-01-01")),
        to: None,
        named_by: text("court"),
        reason: text("proceedings"),
    };
    let waiver = Kind::Waiver {
        source: text("debug"),
        days: 30,
        named_by: text("李四"),
        reason: text("no personal data"),
        until: text("2027-01-01"),
    };
    let anchored = Kind::Anchored {
        size: 9,
        root: Algorithm::Sha256.hash(&[b"x"]),
        method: AnchorMethod::Rfc3161,
        by: text("tsa"),
        proof: Some(FileDigest { path: text("seal/a.tsr"), sha256: part(1).root }),
    };
    let handover = Handover { root: part(1).root, signature: text("c2lnbmVk") };
    let (parts, reason) = (vec![text("data/a")], text("kept for six months"));
    [
        Kind::LakeCreated { origin: text("example.cn/lake"), public_key: text("k+1+A") },
        Kind::Settled { wal: text("0001"), parts: vec![part(1), part(2)] },
        Kind::Rewritten { from: vec![text("data/a"), text("data/b")], parts: vec![part(3)] },
        Kind::Retired { parts, reason, policy: text("default") },
        hold(None),
        hold(Some("web01")),
        Kind::Released { name: text("case 7"), named_by: text("court"), reason: text("over") },
        waiver,
        Kind::KeyRotated { new_public: text("k+2+B"), handover: None },
        anchored,
        Kind::KeyRotated { new_public: text("k+3+C"), handover: Some(handover) },
    ]
    .map(|kind| Entry::new(AT, kind))
    .to_vec()
}

/// A sample of every kind as version 1 wrote it; it is read for ever.
#[test]
fn entries_are_written_as_released_and_read_back() {
    let sample = include_str!("../tests/samples/entries-v1.jsonl");
    let entries = every_kind();
    let written: String = entries
        .iter()
        .map(|entry| String::from_utf8(entry.to_bytes().unwrap()).unwrap() + "\n")
        .collect();
    assert_eq!(written, sample);
    for (line, entry) in sample.lines().zip(&entries) {
        assert_eq!(&Entry::from_bytes(line.as_bytes()).unwrap(), entry);
    }
}

#[test]
fn other_spellings_of_an_entry_are_refused() {
    let good = r#"{"v":1,"at":"x","kind":"key_rotated","new_public":"k"}"#;
    assert!(Entry::from_bytes(good.as_bytes()).is_ok());
    for other in [
        r#"{"v":1,"at":"x","kind":"key_rotated","new_public":"k" }"#,
        r#"{"at":"x","v":1,"kind":"key_rotated","new_public":"k"}"#,
        r#"{"v":1,"at":"x","kind":"key_rotated","new_public":"k","more":1}"#,
        r#"{"v":1,"at":"\u0078","kind":"key_rotated","new_public":"k"}"#,
    ] {
        let found = Entry::from_bytes(other.as_bytes());
        assert!(matches!(found, Err(EntryError::NotCanonical)), "{other}: {found:?}");
    }
    for no_entry in ["", "{}", r#"{"v":1,"at":"x","kind":"unheard_of"}"#, "[1]", "\u{ff}"] {
        let found = Entry::from_bytes(no_entry.as_bytes());
        assert!(matches!(found, Err(EntryError::Json(_))), "{no_entry}: {found:?}");
    }
    let later = Entry::from_bytes(br#"{"v":2,"at":"x","new":true}"#);
    assert_eq!(later.unwrap_err().to_string(), EntryError::Version(2).to_string());
}

/// Which are read in another way than the rest.
#[test]
fn other_spellings_of_settled_lines_are_refused() {
    let settled = Entry::new(AT, Kind::Settled { wal: "1".into(), parts: vec![part(2)] });
    let good = String::from_utf8(settled.to_bytes().unwrap()).unwrap();
    assert_eq!(Entry::from_bytes(good.as_bytes()).unwrap(), settled);
    let root = part(2).root.hex();
    for (from, to) in [
        ("\"wal\":\"1\"", "\"wal\": \"1\""),
        ("\"kind\":\"settled\",\"wal\":\"1\"", "\"wal\":\"1\",\"kind\":\"settled\""),
        ("\"wal\":\"1\"", "\"wal\":\"1\",\"more\":1"),
    ] {
        let other = good.replacen(from, to, 1);
        assert_ne!(other, good);
        let found = Entry::from_bytes(other.as_bytes());
        assert!(matches!(found, Err(EntryError::NotCanonical)), "{other}: {found:?}");
    }
    for other in [good.replacen(&root, &root.to_uppercase(), 1), good.replacen(&root, "", 1)] {
        let found = Entry::from_bytes(other.as_bytes());
        assert!(matches!(found, Err(EntryError::Json(_))), "{other}: {found:?}");
    }
    let later = good.replacen("\"v\":1", "\"v\":2", 1);
    let found = Entry::from_bytes(later.as_bytes());
    assert!(matches!(found, Err(EntryError::Version(2))), "{found:?}");
}

#[test]
fn paths_stay_inside_the_lake() {
    for path in ["/etc/passwd", "data/../../x", "data//x", "", "C:x", "data\\x", "a/./b", "a\nb"] {
        let kind = Kind::Rewritten { from: vec![path.into()], parts: Vec::new() };
        let found = Entry::new(AT, kind).to_bytes();
        assert!(matches!(found, Err(EntryError::Path(named)) if named == path), "{path}");
    }
    let mut outside = part(1);
    outside.index_path = "../x".into();
    let entry = Entry::new(AT, Kind::Settled { wal: "1".into(), parts: vec![outside] });
    assert!(matches!(entry.to_bytes(), Err(EntryError::Path(_))));
}

#[test]
fn an_entry_that_the_log_cannot_hold_says_so() {
    let kind = Kind::Settled { wal: "1".into(), parts: (0..200).map(part).collect() };
    let error = Entry::new(AT, kind).to_bytes().unwrap_err().to_string();
    assert!(error.contains("65535"), "{error}");
    let mut wide = part(1);
    wide.streams = vec![wide.streams[0].clone(); 1000];
    assert!(matches!(settled(AT, "1", vec![wide]), Err(EntryError::TooLong { .. })));
}

#[test]
fn each_part_is_an_entry_of_its_own() {
    let parts: Vec<_> = (0..200).map(part).collect();
    let entries = settled(AT, "0001", parts.clone()).unwrap();
    assert!(entries.iter().all(|entry| entry.to_bytes().unwrap().len() < 2000));
    let again: Vec<_> = entries.iter().flat_map(Entry::new_parts).cloned().collect();
    assert_eq!(again, parts);
    assert_eq!(settled(AT, "0001", Vec::new()).unwrap().len(), 1);
}
