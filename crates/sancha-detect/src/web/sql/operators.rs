//! Operators and variables that only a database has, between constants.

use super::Reading;
use super::tokens::Shape;

/// Casts and document operators on constants: `'{"a":1}'::jsonb @> '…'`.
pub(super) fn document(reading: &Reading<'_>, index: usize) -> f32 {
    let left =
        index > 0 && matches!(reading.shape(index - 1), Shape::Text | Shape::Close | Shape::Number);
    let json = index > 0 && matches!(reading.text(index - 1), [b'\'', b'{' | b'[' | b' ', ..]);
    let cast = reading.shape(index) == Shape::Cast;
    match (left, json) {
        (true, true) => 0.8,
        (true, false)
            if cast
                && matches!(
                    reading.text(index + 1),
                    b"int" | b"text" | b"json" | b"jsonb" | b"varchar" | b"numeric" | b"bytea"
                ) =>
        {
            0.7
        }
        (true, false)
            if !cast
                && reading.shape(index + 1) == Shape::Text
                && reading.shape(index - 1) == Shape::Text =>
        {
            0.5
        }
        _ => 0.0,
    }
}

/// `'{…}' ? 'a'`, `'[…]' > '$.x'`: other operators between a document and a text.
pub(super) fn between_documents(reading: &Reading<'_>, index: usize) -> f32 {
    let left = index > 0 && is_document(reading.text(index - 1));
    let right = matches!(reading.shape(index + 1), Shape::Text | Shape::OpenText);
    if left && right && reading.text(index) != b"=" { 0.7 } else { 0.0 }
}

fn is_document(text: &[u8]) -> bool {
    matches!(text, [b'\'', b'{' | b'[', ..])
}

/// `@@version` and its kin.
pub(super) fn variable(reading: &Reading<'_>, index: usize) -> f32 {
    let text = reading.text(index);
    let known = [
        &b"version"[..],
        b"hostname",
        b"datadir",
        b"basedir",
        b"servername",
        b"global",
        b"tmpdir",
        b"secure_file_priv",
        b"plugin_dir",
    ];
    if text.strip_prefix(b"@@").is_some_and(|name| known.contains(&name)) { 0.7 } else { 0.0 }
}
