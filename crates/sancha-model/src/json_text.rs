//! The escapes of JSON strings, for those who write cells and those who read them late.

/// Field of values of a structured record that no rule names, as they stand in the line. A record that
/// hands over all its values begins with one.
pub const JSON_VALUE: &str = "sancha.json.value";
/// The same for values that still hold JSON escapes.
pub const JSON_ESCAPED: &str = "sancha.json.escaped";

/// Appends the text of a JSON string (RFC 8259, section 7). Half a surrogate pair becomes U+FFFD.
pub fn unescape_json(mut raw: &[u8], text: &mut Vec<u8>) {
    while let Some(at) = backslash(raw) {
        let (before, rest) = raw.split_at(at);
        text.extend_from_slice(before);
        let plain = match rest.get(1) {
            Some(b'u') => {
                let (char, length) = unicode(rest);
                text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                raw = rest.get(length..).unwrap_or(&[]);
                continue;
            }
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(byte) => *byte,
            None => b'\\',
        };
        text.push(plain);
        raw = rest.get(2..).unwrap_or(&[]);
    }
    text.extend_from_slice(raw);
}

/// Where the first backslash stands: eight bytes at a time, of which one is zero when the backslash is
/// taken away from each ("Bit Twiddling Hacks", determine if a word has a zero byte).
fn backslash(raw: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const SIGN: u64 = u64::from_le_bytes([b'\\'; 8]);
    let mut at = 0;
    while let Some(bytes) = raw.get(at..).and_then(|rest| rest.first_chunk()) {
        let differs = u64::from_le_bytes(*bytes) ^ SIGN;
        let zero = differs.wrapping_sub(LOW) & !differs & HIGH;
        if zero != 0 {
            return Some(at + (zero.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = raw.get(at..)?.iter().position(|byte| *byte == b'\\')?;
    Some(at + rest)
}

fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.first_chunk::<4>()?;
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// `\uXXXX`, or two of them that make one character, and their length.
fn unicode(rest: &[u8]) -> (char, usize) {
    let unit = |bytes: Option<&[u8]>| bytes.and_then(hex4).unwrap_or(0xFFFD);
    let first = unit(rest.get(2..));
    if !(0xD800..0xDC00).contains(&first) {
        return (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
    }
    let second = rest.get(6..).and_then(|rest| rest.strip_prefix(b"\\u")).and_then(hex4);
    match second {
        Some(low @ 0xDC00..=0xDFFF) => {
            let point = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            (char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}
