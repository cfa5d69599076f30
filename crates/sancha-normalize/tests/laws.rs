//! What holds for any bytes, format by format: nothing panics, every byte is in a row, the line is
//! rebuilt from template and parameters, and the same bytes give the same rows. The fuzz targets in
//! `fuzz/` run the same function.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use proptest::prelude::*;
use sancha_model::FormatId;
use sancha_normalize::{Formats, laws};

fn formats() -> impl Iterator<Item = FormatId> {
    (0..Formats::new(Vec::new()).len()).map(|place| FormatId(u8::try_from(place).unwrap()))
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        for format in formats() {
            laws::check(format, &bytes);
        }
    }

    #[test]
    fn lines_of_every_format_cut_and_changed(
        pick: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut: prop::sample::Index,
    ) {
        let lines = golden_lines();
        let mut line = lines[pick.index(lines.len())].clone();
        for (at, byte) in changes {
            let at = at.index(line.len());
            line[at] = byte;
        }
        line.truncate(cut.index(line.len()) + 1);
        for format in formats() {
            laws::check(format, &line);
        }
    }
}

#[test]
fn every_golden_line() {
    for line in golden_lines() {
        for format in formats() {
            laws::check(format, &line);
        }
    }
}

#[test]
fn hostile_megabytes() {
    let lines: [Vec<u8>; 10] = [
        vec![0; 1 << 20],
        vec![b'a'; 1 << 20],
        vec![0xB5; 1 << 20],
        b"error: ".repeat(1 << 17),
        b" from ".repeat(1 << 17),
        [b"Oct 22 03:14:15 h sshd[1]: Failed password for ".to_vec(), b"f ".repeat(1 << 19)]
            .concat(),
        [b"Oct 22 03:14:15 h sudo: a : ".to_vec(), b" ; ".repeat(1 << 18)].concat(),
        [b"1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] \"".to_vec(), b"\\\\\\\"".repeat(1 << 18)]
            .concat(),
        b"{\"a\":[{".repeat(1 << 16),
        [b"type=EXECVE msg=audit(1.1:1): ".to_vec(), b"a0=4142 ".repeat(1 << 16)].concat(),
    ];
    for line in &lines {
        for format in formats() {
            laws::check(format, line);
        }
    }
}

fn golden_lines() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let inputs = text.lines().filter_map(|line| line.strip_prefix("> "));
        lines.extend(inputs.map(|line| line.as_bytes().to_vec()));
    }
    lines
}

#[test]
fn every_format_has_a_fuzz_target() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/fuzz_targets");
    for format in sancha_normalize::formats::ALL {
        let name = format.name().replace(['/', '-'], "_");
        let target = fs::read_to_string(format!("{folder}/normalize_{name}.rs"));
        let named = target.is_ok_and(|text| text.contains(&format!("\"{}\"", format.name())));
        assert!(named, "no fuzz target for `{}`", format.name());
        laws::check_named(format.name(), b"any bytes");
    }
}
