use std::borrow::Cow;

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
    if gb18030(line).is_some() {
        row.decode_texts(|text, decoded| match gb18030(text) {
            Some(text) => {
                decoded.extend_from_slice(&text);
                true
            }
            None => false,
        });
    } else {
        row.note(ParseNoteKind::BadEncoding, line);
    }
}

/// A line for people: as it is where it is UTF-8 or, but for a byte here and there, was, else read as GB18030 where it is
/// or was that; with signs in the place of what cannot be read.
pub fn readable(line: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(line) {
        return text.into();
    }
    let (mut of_characters, mut stray) = (0, 0);
    for chunk in line.utf8_chunks() {
        // Pairs of bytes of GB18030 are characters of two bytes by chance, hardly of three.
        let long = chunk.valid().chars().map(char::len_utf8).filter(|len| *len >= 3);
        of_characters += long.sum::<usize>();
        stray += chunk.invalid().len();
    }
    if of_characters > stray {
        return String::from_utf8_lossy(line);
    }
    let (text, _) = GB18030.decode_without_bom_handling(line);
    let unread = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    if unread * 4 <= text.chars().filter(|c| !c.is_ascii()).count() {
        text
    } else {
        String::from_utf8_lossy(line)
    }
}

/// A text as GB18030 writes it; nothing where it cannot.
#[cfg(test)]
pub(crate) fn gb18030_of(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, has_errors) = GB18030.encode(text);
    (!has_errors).then(|| bytes.into_owned())
}

/// A record's bytes without the byte order mark that editors on Windows put at the begin of a file, and of what was appended
/// to another: the first line would be no line of its format for it.
#[inline]
pub(crate) fn line_of<'b>(row: &RowWriter<'b>) -> &'b [u8] {
    without_mark(row.line())
}

/// What follows a byte order mark of UTF-8, where there is one.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// At most `most` bytes of a text's beginning, whole characters of UTF-8 or GB18030: half of one would make UTF-8 look like
/// GB18030, and GB18030 like neither.
pub(crate) fn head(text: &[u8], most: usize) -> &[u8] {
    let Some(cut) = text.get(..most).filter(|cut| cut.len() < text.len()) else { return text };
    let end = match std::str::from_utf8(cut) {
        Ok(_) => return cut,
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Bytes below the digits are no part of a longer character of GB18030.
        Err(_) => cut.iter().rposition(|byte| *byte < b'0').map_or(cut.len(), |at| at + 1),
    };
    cut.get(..end).unwrap_or(cut)
}

/// The text as UTF-8 where it is not that but GB18030.
pub(crate) fn foreign(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_ascii() || std::str::from_utf8(text).is_ok() {
        return None;
    }
    gb18030(text)
}

/// The text as UTF-8, or nothing when it is not GB18030.
pub(crate) fn gb18030(text: &[u8]) -> Option<Vec<u8>> {
    let decoded = GB18030.decode_without_bom_handling_and_without_replacement(text)?;
    Some(decoded.into_owned().into_bytes())
}
