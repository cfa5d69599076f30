//! The gate against a look at everything. It is a choice of words and signs (decision 0008) and no filter that
//! must agree with what stands behind it: what it passes over is listed, and the list must not grow.

use std::{fs, sync::LazyLock};

use proptest::prelude::*;

use super::super::{
    gate::{self, Place},
    value::{Buffers, Examiner, Role, View},
};
use super::{Part, THRESHOLD};

/// Attack texts and harmless ones, as tests of detection have them, and plain words.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/texts");
    let mut files: Vec<std::path::PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Ordinary texts may be passed over.
    files
        .retain(|path| !path.ends_with("ordinary.txt") && !path.ends_with("ordinary_requests.txt"));
    files.sort();
    let read = |path| fs::read_to_string(path).unwrap();
    let lines = |file: String| file.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    files.into_iter().map(read).flat_map(lines).collect()
});

/// Whether a value is an alert when it is asked for without any gate.
fn is_loud(value: &[u8]) -> bool {
    let (mut buffers, mut hits) = (Buffers::default(), Vec::new());
    Examiner::new(&mut buffers, &mut hits, 0).value(Part::Query, Role::Value, value);
    hits.iter().any(|hit| hit.score >= THRESHOLD)
}

/// What the gate passes over although a look would tell it: words of ordinary requests that are a command, a
/// comparison or a statement only when nothing else stands beside them.
const PASSED_OVER: [&str; 6] = [
    "-e/bin/sh",
    "/dev/tcp/1.2.3.4/80",
    "==",
    "Start-Process calc.exe",
    "chmod 755 meaning",
    "ls --color",
];

#[test]
fn the_gate_opens_for_every_text_that_a_look_would_tell() {
    let every = |byte: u8| format!("%{byte:02X}").into_bytes();
    let signs = |byte: u8| if byte.is_ascii_alphanumeric() { vec![byte] } else { every(byte) };
    let plus = |byte: u8| if byte == b' ' { vec![b'+'] } else { signs(byte) };
    let plain = |byte: u8| vec![byte];
    let ways: [&dyn Fn(u8) -> Vec<u8>; 4] = [&plain, &every, &signs, &plus];
    let is_passed_over = |text: &&String| {
        ways.iter().any(|write| {
            let value: Vec<u8> = text.bytes().flat_map(write).collect();
            !gate::opens(&value, Place::Value) && is_loud(&value)
        })
    };
    let mut found: Vec<&str> = TEXTS.iter().filter(is_passed_over).map(String::as_str).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, PASSED_OVER);
}

proptest! {
    #[test]
    fn a_string_is_found_where_a_plain_search_finds_it(text in "[a-dA-D<'\n院]{0,40}", needle in "[a-d<']{1,3}") {
        let lower = text.to_ascii_lowercase().into_bytes();
        let view = View::new(text.as_bytes(), &lower, Role::Value, Part::Query);
        let plain = lower.windows(needle.len()).position(|part| part == needle.as_bytes());
        prop_assert_eq!(view.find(needle.as_bytes()), plain);
        prop_assert_eq!(view.places(needle.as_bytes()).next(), plain);
    }
}
