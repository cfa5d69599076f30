//! The bytes of a picture, a document, an archive: what somebody wrote into them, not what chance makes of them.

use super::super::Part;
use super::super::scan::{at, from, upto};
use super::super::value::{Examiner, Role};

/// A file shows within this much what it is.
const SAMPLE_BYTES: usize = 4096;

/// How pages begin that a server or a browser runs: whatever else stands in a file, its texts and the names of its
/// members, nobody reads as a query or a command.
const PAGES: [&[u8]; 6] = [b"<?php", b"<?=", b"<? ", b"<%", b"<jsp:", b"<script"];

/// The shortest page that does something.
const PAGE_BYTES: usize = 10;

/// Whether every thirtieth byte or more is one that no text has: a control, or what a recorder puts for a byte that is
/// no UTF-8 (`U+FFFD`, `\xff`).
pub(super) fn is_binary(content: &[u8]) -> bool {
    const ONE_IN: usize = 30;
    let sample = upto(content, SAMPLE_BYTES);
    let controls =
        sample.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    let replaced = memchr::memmem::find_iter(sample, "\u{FFFD}".as_bytes()).count();
    let written = memchr::memmem::find_iter(sample, b"\\x").count();
    (controls + replaced + written) * ONE_IN > sample.len()
}

/// Looks at the beginning, where objects say what they are, and at every page.
pub(super) fn examine(content: &[u8], examiner: &mut Examiner<'_>) {
    const HEAD_BYTES: usize = 16;
    let bytes = unwritten(content);
    examiner.value(Part::Body, Role::Value, upto(&bytes, HEAD_BYTES));
    let printable = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    for run in bytes.split(|b| !printable(b)).filter(|run| run.len() >= PAGE_BYTES) {
        let mark = |page: &&[u8]| run.windows(page.len()).any(|at| at.eq_ignore_ascii_case(page));
        if PAGES.iter().any(mark) {
            examiner.value(Part::Body, Role::Document, run);
        }
    }
}

/// The bytes that a log has written out, `\xff`.
fn unwritten(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some((first, tail)) = rest.split_first() {
        let digit = |index: usize| char::from(at(rest, index)).to_digit(16);
        let byte = match (first, at(rest, 1), digit(2), digit(3)) {
            (b'\\', b'x', Some(high), Some(low)) => u8::try_from(high << 4 | low).ok(),
            _ => None,
        };
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { from(rest, 4) } else { tail };
    }
    bytes
}
