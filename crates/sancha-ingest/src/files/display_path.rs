//! Paths as text: readable, one line, and without loss.

use std::path::Path;

/// Shows a path so that no two paths look alike and none can play tricks on a terminal: what is not
/// printable UTF-8 becomes `\xNN` (bytes) or `\u{NNNN}` (characters), and a backslash is doubled.
pub(super) fn of_path(path: &Path) -> String {
    of_bytes(path.as_os_str().as_encoded_bytes())
}

pub(super) fn of_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        part.valid().chars().for_each(|c| push_char(&mut shown, c));
        part.invalid().iter().for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
    }
    shown
}

/// The name of an archive member. Names that are not UTF-8 are read as GB18030, which Chinese Windows
/// writes into zip files without setting flag bit 11 (APPNOTE.TXT 4.4.4), else kept as escaped bytes.
pub(super) fn of_member(name: &[u8]) -> String {
    if std::str::from_utf8(name).is_ok() {
        return of_bytes(name);
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(name) {
        Some(text) => of_bytes(text.as_bytes()),
        None => of_bytes(name),
    }
}

/// Whether a member's name would lead outside the folder it is unpacked to, on any system.
pub(super) fn escapes_archive(name: &[u8]) -> bool {
    let absolute = matches!(name.first(), Some(b'/' | b'\\')) || name.get(1) == Some(&b':');
    absolute || name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..")
}

fn push_char(shown: &mut String, c: char) {
    match c {
        '\\' => shown.push_str("\\\\"),
        c if c.is_control() || reorders(c) => {
            shown.push_str(&format!("\\u{{{:04x}}}", u32::from(c)))
        }
        c => shown.push(c),
    }
}

/// Characters that reorder or hide their neighbours (Unicode UAX #9, and zero-width ones).
fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
