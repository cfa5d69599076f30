use encoding_rs::GB18030;
use sancha_model::{ParseNoteKind, RowWriter};

/// Gives rules readable text when a line is not UTF-8 but GB18030, as older Chinese systems write; a
/// line that is neither keeps its bytes and gets a note.
///
/// The whole line decides: a cut inside a field must not make one field GB18030 and its neighbour not.
pub(crate) fn decode(row: &mut RowWriter<'_>) {
    let line = row.line();
    if std::str::from_utf8(line).is_ok() {
        return;
    }
    if gb18030(line, &mut Vec::new()) {
        row.decode_texts(|text, decoded| {
            std::str::from_utf8(text).is_err() && gb18030(text, decoded)
        });
    } else {
        row.note(ParseNoteKind::BadEncoding, line);
    }
}

fn gb18030(text: &[u8], decoded: &mut Vec<u8>) -> bool {
    // GB 18030 has no two-byte form of these; encoding_rs reads 0x80 and 0xFF leniently or not at all.
    match GB18030.decode_without_bom_handling_and_without_replacement(text) {
        Some(text) => {
            decoded.extend_from_slice(text.as_bytes());
            true
        }
        None => false,
    }
}
