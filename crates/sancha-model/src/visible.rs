use std::{borrow::Cow, fmt::Write as _};

/// Whether a character would not be seen where it stands, or would change how its neighbours are
/// seen: control characters, bidirectional controls (Unicode 16, UAX #9), zero-width and other
/// ignorable ones, line and paragraph separators.
///
/// The joiner U+200D and the variation selectors stay: emoji and some scripts are unreadable without
/// them, and they move nothing.
pub const fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Shows hidden characters as escapes such as `\n`, `\x1b` or `\u{202e}`. Everything that goes to a
/// page or a terminal passes through here.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Of nearly all lines; several bytes at once.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    if is_plain || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_visible(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// Text for bytes of any encoding: what is no UTF-8 becomes `\xNN`, the rest stays as it is.
pub fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

fn push_visible(shown: &mut String, character: char) {
    if !is_hidden(character) {
        shown.push(character);
        return;
    }
    // Writing to a `String` does not fail.
    let _ = match character {
        '\n' => shown.write_str("\\n"),
        '\r' => shown.write_str("\\r"),
        '\t' => shown.write_str("\\t"),
        '\0'..='\u{7f}' => write!(shown, "\\x{:02x}", u32::from(character)),
        _ => write!(shown, "\\u{{{:x}}}", u32::from(character)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_and_others_are_left_alone() {
        for (input, want) in [
            ("GET /index.html", "GET /index.html"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{1b}[31mred", "\\x1b[31mred"),
            ("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe"),
            ("\u{85}\u{7f}", "\\u{85}\\x7f"),
            ("门诊楼𠮷😀", "门诊楼𠮷😀"),
            ("👩\u{200d}⚕\u{fe0f}", "👩\u{200d}⚕\u{fe0f}"),
        ] {
            assert_eq!(visible(input), want);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_counted_one_by_one() {
        assert_eq!(text_of(b"ok \xd2\xbd\xff end"), "ok \u{4bd}\\xff end");
        assert_eq!(text_of("医院".as_bytes()), "医院");
    }
}
