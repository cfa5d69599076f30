//! The bag (RFC 8493): which files there are and their digests, in one spelling.

use std::collections::BTreeMap;

use super::{
    ANCHORS, BAG_INFO, BAGIT, CHECKPOINT, MANIFEST, PROOFS, PUBLIC_KEY, PackFile, README, RECORDS,
    SOURCES, TAG_MANIFEST, find, texts,
    unsealed::is_unsealed,
    verdict::{Problem, Problems},
};
use crate::sha256_hex;

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Label of the number of bytes and files of the payload.
pub(super) const OXUM: &str = "Payload-Oxum";

/// Puts the tag files of a bag before its payload; `info` are labels and values.
pub(super) fn wrap(payload: Vec<PackFile>, info: &[(&str, String)]) -> Vec<PackFile> {
    let octets: usize = payload.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut text: String =
        info.iter().map(|(label, value)| format!("{label}: {}\n", one_line(value))).collect();
    text += &format!("{OXUM}: {octets}.{}\n", payload.len());
    let mut files = vec![
        (BAGIT.to_owned(), DECLARATION.into()),
        (BAG_INFO.to_owned(), text.into_bytes()),
        (MANIFEST.to_owned(), manifest(&payload)),
    ];
    files.push((TAG_MANIFEST.to_owned(), manifest(&files)));
    files.extend(payload);
    files
}

/// Values of a tag file are lines.
pub(super) fn one_line(value: &str) -> String {
    value.split(char::is_control).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Digests of files, sorted by name.
fn manifest(files: &[PackFile]) -> Vec<u8> {
    let lines: BTreeMap<_, _> = files.iter().map(|(name, bytes)| (name, bytes)).collect();
    let line = |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", sha256_hex(bytes));
    lines.into_iter().map(line).collect::<String>().into_bytes()
}

/// Holds the files against both manifests, and the manifests against the files.
pub(super) fn check(files: &[PackFile], problems: &mut Problems) {
    let payload = payload(files);
    for name in TAGS.iter().chain(payload) {
        if find(files, name).is_none() {
            problems.bag(Problem::new(name, texts::FILE_MISSING.local()));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for (name, _) in files {
        if !seen.insert(name) {
            problems.bag(Problem::new(name, texts::FILE_TWICE.local()));
        } else if !TAGS.iter().chain(payload).any(|known| known == name)
            && name != README
            && (is_unsealed(files) || !name.strip_prefix(ANCHORS).is_some_and(is_anchor_name))
        {
            problems.bag(Problem::new(name, texts::FILE_STRANGE.local()));
        }
    }
    if find(files, BAGIT).is_some_and(|bytes| bytes != DECLARATION.as_bytes()) {
        problems.bag(Problem::new(BAGIT, texts::FILE_NOT_BAGIT.local()));
    }
    let is_payload = |name: &str| name.starts_with("data/");
    check_manifest(files, MANIFEST, is_payload, problems);
    let is_tag = |name: &str| !is_payload(name) && name != TAG_MANIFEST;
    check_manifest(files, TAG_MANIFEST, is_tag, problems);
}

const TAGS: [&str; 4] = [BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST];

/// What a pack holds besides its page and anchors.
fn payload(files: &[PackFile]) -> &'static [&'static str] {
    if is_unsealed(files) {
        &[RECORDS, SOURCES]
    } else {
        &[RECORDS, PROOFS, CHECKPOINT, PUBLIC_KEY]
    }
}

/// Names of anchors are plain, so that no system and no page reads more into one.
pub(super) fn is_anchor_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// One manifest against the files it covers.
fn check_manifest(
    files: &[PackFile],
    manifest: &'static str,
    covers: impl Fn(&str) -> bool,
    problems: &mut Problems,
) {
    let Some(bytes) = find(files, manifest) else { return };
    let mut listed = BTreeMap::new();
    let mut before = "";
    let text = str::from_utf8(bytes).unwrap_or_default();
    if text.is_empty() || !text.ends_with('\n') {
        problems.bag(Problem::new(manifest, texts::MANIFEST_CUT.local()));
    }
    for (number, line) in (1..).zip(text.lines()) {
        match read_line(line).filter(|(_, name)| *name > before) {
            Some((digest, name)) => {
                before = name;
                listed.insert(name, (digest, number));
            }
            None => problems.bag(Problem::at(manifest, number, texts::MANIFEST_LINE.local())),
        }
    }
    for (name, bytes) in files.iter().filter(|(name, _)| covers(name)) {
        match listed.remove(name.as_str()) {
            None => problems.bag(Problem::new(name, texts::FILE_NOT_LISTED.local())),
            Some((digest, _)) if digest != sha256_hex(bytes) => {
                problems.bag(Problem::new(name, texts::FILE_CHANGED.local()));
            }
            Some(_) => {}
        }
    }
    for (name, (_, number)) in listed {
        let what = texts::FILE_LISTED_MISSING.fill(&[("name", texts::shown(name))]);
        problems.bag(Problem::at(manifest, number, what));
    }
}

fn read_line(line: &str) -> Option<(&str, &str)> {
    let (digest, name) = line.split_once("  ")?;
    let is_digest = digest.len() == 64
        && digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (is_digest && !name.is_empty()).then_some((digest, name))
}

/// Labels and values of `bag-info.txt`, in order.
pub(super) fn read_info(bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let text = str::from_utf8(bytes).ok()?;
    text.lines().map(|line| line.split_once(": ")).collect()
}
