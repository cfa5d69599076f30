//! A small lake, its packs, and ways to forge them.

use std::{collections::HashMap, convert::Infallible, ops::Range};

use super::super::*;
use crate::{
    Algorithm, Checkpoint, Entry, Hash32, KeyKind, Kind, Part, PartHasher, SigningKey, StreamRange,
    Tlog, TreeHead, page::BLOCK_ROWS, proof::PartPages,
};

/// Made by another program over the checkpoint of the packs below.
pub(super) const STAMP: &[u8] = include_bytes!("../../../tests/samples/pack-stamp.tsr");
pub(super) const DAY: i64 = 1_795_651_200_000_000_000;

/// A part of `rows` lines, two streams, some of them no UTF-8 and some of them markup.
pub(super) struct Lake {
    pub(super) rows: Vec<Vec<u8>>,
    pub(super) part: Part,
    pub(super) sha256: crate::PartProof,
    pub(super) sm3: crate::PartProof,
    pub(super) log: HashMap<String, Vec<u8>>,
    pub(super) head: TreeHead,
}

pub(super) fn line(number: usize) -> Vec<u8> {
    match number % 7 {
        3 => b"\xd2\xbd\xd4\xba \xb7\xc3\xce\xca /login\r\n".to_vec(),
        4 => format!("<script>alert({number})</script> \u{202e}&\"'\n").into_bytes(),
        _ => format!("203.0.113.{number} - - \"GET /{number} HTTP/1.1\" 200\n").into_bytes(),
    }
}

pub(super) const SECOND: usize = 21;

pub(super) fn offset(row: usize) -> u64 {
    let first = if row < SECOND { 0 } else { SECOND };
    let start = if row < SECOND { 1000 } else { 0 };
    start + (first..row).map(|row| line(row).len() as u64).sum::<u64>()
}

pub(super) fn seal(algorithm: Algorithm, rows: &[Vec<u8>]) -> crate::PartProof {
    let mut part = PartHasher::new(algorithm);
    part.run(&[1; 32], 1000, 50);
    for (number, row) in rows.iter().enumerate() {
        if number == SECOND {
            part.run(&[2; 32], 0, 1);
        }
        part.row(row);
    }
    part.finish()
}

pub(super) fn lake(count: usize) -> Lake {
    let rows: Vec<_> = (0..count).map(line).collect();
    let (sha256, sm3) = (seal(Algorithm::Sha256, &rows), seal(Algorithm::Sm3, &rows));
    let stream = |id, from, rows: Range<usize>| StreamRange {
        id: Hash32([id; 32]),
        prefix: 1024,
        format: "web/combined".into(),
        from,
        to: offset(rows.end - 1) + line(rows.end - 1).len() as u64,
        first_line: 1,
        lines: rows.len() as u64,
        tail: None,
    };
    let mut streams = vec![stream(1, 1000, 0..SECOND.min(count))];
    if count > SECOND {
        streams.push(stream(2, 0, SECOND..count));
    }
    let part = Part {
        path: "data/dt=2026-11-26/source=web01/1.parquet".into(),
        source: "web01/access.log".into(),
        day: "2026-11-26".into(),
        rows: count as u64,
        raw_bytes: rows.iter().map(|row| row.len() as u64).sum(),
        first: Some(DAY),
        last: Some(DAY + 1_000_000_000 * count as i64),
        root: sha256.root,
        root_sm3: Some(sm3.root),
        sha256: Hash32([9; 32]),
        bytes: 1,
        index_path: "data/dt=2026-11-26/source=web01/1.idx".into(),
        index_sha256: Hash32([8; 32]),
        index_bytes: 1,
        streams,
    };
    let at = "2026-11-26T05:00:00Z";
    let other = |number: u32| {
        Entry::new(at, Kind::KeyRotated { new_public: number.to_string(), handover: None })
            .to_bytes()
            .unwrap()
    };
    let mut entries: Vec<_> = (0..300).map(other).collect();
    let settled = Kind::Settled { wal: "1".into(), parts: vec![part.clone()] };
    entries.insert(7, Entry::new(at, settled).to_bytes().unwrap());
    let none = |_: &str| Ok::<_, Infallible>(None);
    let empty = TreeHead::empty(Algorithm::Sha256);
    let appended = Tlog::new(none, empty).append(&entries).unwrap();
    let (log, head) = (appended.files.into_iter().collect(), appended.head);
    Lake { rows, part, sha256, sm3, log, head }
}

pub(super) fn log_key() -> SigningKey {
    SigningKey::from_seed("example.cn/lake", KeyKind::Log, &[5; 32]).unwrap()
}

pub(super) fn witness_key() -> SigningKey {
    SigningKey::from_seed("supervisor.example", KeyKind::Witness, &[6; 32]).unwrap()
}

impl Lake {
    pub(super) fn block(&self, block: usize, asked: usize) -> Block {
        let proof = |algorithm, part: &crate::PartProof| {
            let pages = PartPages { algorithm, headers: &part.headers, roots: &part.pages };
            pages.open().unwrap().page(0, &self.rows).unwrap().prove(asked).unwrap()
        };
        let range = block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(self.rows.len());
        let row = |number: usize| Row {
            raw: self.rows[number].clone(),
            offset: offset(number),
            time: (!number.is_multiple_of(5)).then_some(DAY + 1_000_000 * number as i64),
            asked: number == asked,
        };
        Block {
            source: self.part.source.clone(),
            part: self.part.path.clone(),
            entry: 7,
            proof: proof(Algorithm::Sha256, &self.sha256),
            proof_sm3: Some(proof(Algorithm::Sm3, &self.sm3)),
            rows: range.map(row).collect(),
        }
    }

    pub(super) fn pack(&self) -> Pack {
        let files = &self.log;
        let read = |path: &str| Ok::<_, Infallible>(files.get(path).cloned());
        let entry = Tlog::new(read, self.head).prove_entry(7).unwrap();
        let mut note = Checkpoint::new("example.cn/lake", self.head).sign(&log_key()).unwrap();
        note.cosign(&witness_key(), 1_795_660_000);
        let description = Description {
            number: "案件\n7".into(),
            query: "ip:203.0.113.5 <b>".into(),
            organization: String::new(),
            at: "2026-11-26T06:00:00Z".into(),
            agent: "sancha 0.1.0".into(),
        };
        Pack {
            description,
            blocks: vec![self.block(0, 5), self.block(1, 30)],
            entries: vec![entry],
            checkpoint: note.to_bytes(),
            keys: vec![log_key().verifier().clone(), witness_key().verifier().clone()],
            anchors: vec![
                ("paper.txt".into(), b"box 7".to_vec()),
                ("stamp.tsr".into(), STAMP.to_vec()),
            ],
        }
    }
}

pub(super) fn pack() -> Vec<PackFile> {
    lake(40).pack().build().unwrap()
}

pub(super) fn edit(files: &[PackFile], name: &str, from: &str, to: &str) -> Vec<PackFile> {
    let mut files = files.to_vec();
    let (_, bytes) = files.iter_mut().find(|(other, _)| other == name).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "`{from}` is in {name}");
    *bytes = text.replacen(from, to, 1).into_bytes();
    files
}

/// Makes the digests of the bag and the page fit again, as somebody who forges a pack would.
pub(super) fn repacked(files: &[PackFile]) -> Vec<PackFile> {
    let mut payload: Vec<_> =
        files.iter().filter(|(name, _)| name.starts_with("data/")).cloned().collect();
    let info = bag::read_info(find(files, BAG_INFO).unwrap()).unwrap();
    let info: Vec<_> = info
        .into_iter()
        .filter(|(label, _)| *label != bag::OXUM)
        .map(|(label, value)| (label, value.to_owned()))
        .collect();
    let mut shown = page::Shown::default();
    let lines = find(files, RECORDS).unwrap().split(|byte| *byte == b'\n');
    let records = lines.filter_map(Record::from_line).filter(|record| record.raw().is_some());
    records.for_each(|record| shown.push(&record));
    let (checkpoint, keys) = (find(files, CHECKPOINT).unwrap(), find(files, PUBLIC_KEY).unwrap());
    let page = page::render(&info, &shown, checkpoint, keys);
    for (name, bytes) in &mut payload {
        if name == README {
            *bytes = page.clone().into_bytes();
        }
    }
    bag::wrap(payload, &info)
}

pub(super) fn problems(verdicts: &Verdicts) -> Vec<String> {
    let line = |problem: &Problem| {
        let lines =
            problem.lines.as_ref().map(|lines| format!(":{}-{}", lines.start(), lines.end()));
        format!("{}{}: {}", problem.file, lines.unwrap_or_default(), problem.what.en)
    };
    verdicts.problems.iter().map(line).collect()
}

/// Verifies a forged pack whose digests fit; the problems it has.
pub(super) fn forged(name: &str, from: &str, to: &str) -> (Verdicts, Vec<String>) {
    let verdicts = verify(&repacked(&edit(&pack(), name, from, to)), &[]);
    assert_eq!(verdicts.intact, Verdict::Holds, "the digests were made to fit");
    let problems = problems(&verdicts);
    (verdicts, problems)
}

pub(super) fn to_zip(name: &str, files: &[PackFile]) -> Vec<u8> {
    let mut zip = Vec::new();
    Zip::new(name, files).unwrap().write(&mut zip).unwrap();
    zip
}
