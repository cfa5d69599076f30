//! The bytes of a picture, a document, an archive: the pages somebody hid in them, not what chance makes of them.

use super::super::Part;
use super::super::scan::{at, contains, from, upto};
use super::super::value::{Examiner, Role};

/// A file shows within this much what it is.
const SAMPLE_BYTES: usize = 4096;

/// How pages, templates and objects begin that a server or a browser runs.
const PAGES: [&[u8]; 12] = [
    b"<?php", b"<?=", b"<? ", b"<?\n", b"<?\t", b"<?/", b"<%", b"<jsp:", b"<script", b"<svg",
    b"<!", b"${jndi:",
];

/// The same of those that only servers run.
const SERVER_PAGES: [&[u8]; 5] = [b"<?php", b"<?=", b"<% ", b"<%@", b"<jsp:"];

/// Behind its mark a page goes on in text; so many signs do not stand there by chance.
const TEXT_BYTES: usize = 8;

/// So much is read at once; the next piece begins where half of it was read, so that no page is cut in two.
const PAGE_BYTES: usize = 4096;

/// The bytes of a file of a known kind, from a body or a part of one; `None` for everything else, which is read as
/// text. Who chooses the media type and the name cannot choose that a server takes a text for a picture.
pub(super) fn of_file(content: &[u8]) -> Option<Vec<u8>> {
    let sample = unwritten(upto(content, SAMPLE_BYTES));
    (is_signed(&sample) && is_dense(&sample)).then(|| unwritten(content))
}

/// How files begin, as far as a recorder that knows only UTF-8 leaves it: `U+FFFD` stands for what is none.
fn is_signed(bytes: &[u8]) -> bool {
    const SIGNATURES: [&[u8]; 24] = [
        b"PNG\r\n",
        b"JFIF",
        b"Exif",
        b"GIF8",
        b"%PDF-",
        b"PK\x03\x04",
        b"RIFF",
        b"OggS",
        b"ID3",
        b"ftyp",
        b"wOF",
        b"OTTO",
        b"BZh",
        b"7z\xbc",
        b"Rar!",
        b"\x7fELF",
        b"\x1f\x8b",
        b"\x1f\xef\xbf\xbd\x08",
        b"\x1f\xc2\x8b\x08",
        b"7zXZ",
        // Older documents of Office, pictures of tabs, fonts, catalogues of messages.
        b"\x11\xe0\xa1\xb1\x1a",
        b"\0\0\x01\0",
        b"\0\x01\0\0",
        b"\x12\x04",
    ];
    const WITHIN: usize = 24;
    let head = upto(bytes, WITHIN);
    SIGNATURES.iter().any(|signature| contains(head, signature))
}

/// Whether every thirtieth byte or more is one that no text has.
fn is_dense(bytes: &[u8]) -> bool {
    const ONE_IN: usize = 30;
    let controls =
        bytes.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    let replaced = memchr::memmem::find_iter(bytes, "\u{FFFD}".as_bytes()).count();
    (controls + replaced) * ONE_IN > bytes.len()
}

/// Looks at every page from its mark on, with blanks for what is no text.
pub(super) fn examine(bytes: &[u8], examiner: &mut Examiner<'_>) {
    pages(bytes, &PAGES, examiner);
}

/// The same of a document that is kept as it is: code and markup are what such documents are made of.
pub(super) fn examine_document(bytes: &[u8], examiner: &mut Examiner<'_>) {
    pages(bytes, &SERVER_PAGES, examiner);
}

fn pages(bytes: &[u8], begin: &[&[u8]], examiner: &mut Examiner<'_>) {
    let lower = bytes.to_ascii_lowercase();
    let printable = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let marks = memchr::memchr2_iter(b'<', b'$', &lower).filter(|place| {
        let rest = from(&lower, *place);
        begin.iter().any(|mark| rest.starts_with(mark))
            && rest.len() > TEXT_BYTES
            && upto(rest, TEXT_BYTES).iter().all(printable)
    });
    let mut read = 0;
    for place in marks {
        if place < read {
            continue;
        }
        let page = upto(from(bytes, place), PAGE_BYTES);
        let text: Vec<u8> =
            page.iter().map(|b| if printable(b) || *b >= 0x80 { *b } else { b' ' }).collect();
        examiner.value(Part::Body, Role::Document, &text);
        read = place + PAGE_BYTES / 2;
    }
}

/// The bytes that a log has written out, `\\xff`.
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
