//! Peels encodings off a value, one round at a time.
//!
//! The first round is what the server itself does (percent, RFC 3986 clause 2.1; `+` of HTML forms). Later
//! rounds do what an attacker hopes a later component does: again percent, `%uXXXX`, overlong UTF-8 (forbidden
//! by RFC 3629 clause 3), full-width letters, HTML entities, `\uXXXX` and `\xXX` escapes, base64 (RFC 4648).

use super::scan::{at, from, upto};

/// Longer runs of one byte say nothing and would only cost time; 32 of it are kept.
const RUN_LIMIT: u32 = 32;

/// The encodings that were removed before a pattern could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layers(u8);

impl Layers {
    pub const PERCENT: Layers = Layers(1);
    pub const DOUBLE_PERCENT: Layers = Layers(2);
    pub const OVERLONG: Layers = Layers(4);
    pub const ENTITY: Layers = Layers(8);
    pub const ESCAPE: Layers = Layers(16);
    pub const BASE64: Layers = Layers(32);
    pub const COMMENT: Layers = Layers(64);

    const NAMED: [(Layers, &'static str); 7] = [
        (Layers::PERCENT, "percent"),
        (Layers::DOUBLE_PERCENT, "double_percent"),
        (Layers::OVERLONG, "overlong"),
        (Layers::ENTITY, "entity"),
        (Layers::ESCAPE, "escape"),
        (Layers::BASE64, "base64"),
        (Layers::COMMENT, "comment"),
    ];

    /// Whether all of `other` were applied.
    #[must_use]
    pub fn contains(self, other: Layers) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Layers) -> Layers {
        Layers(self.0 | other.0)
    }

    /// The names of the applied layers, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMED
            .into_iter()
            .filter(move |(layer, _)| self.contains(*layer))
            .map(|(_, name)| name)
    }
}

/// Collects decoded bytes and shortens long runs of one byte.
struct Output<'o> {
    bytes: &'o mut Vec<u8>,
    last: u8,
    run: u32,
}

impl Output<'_> {
    fn push(&mut self, byte: u8) {
        if byte == self.last {
            self.run += 1;
            if self.run > RUN_LIMIT {
                return;
            }
        } else {
            self.last = byte;
            self.run = 1;
        }
        self.bytes.push(byte);
    }

    /// Pushes a code point: ASCII as it is, full-width forms folded, others as UTF-8.
    fn push_char(&mut self, code: u32) {
        let folded = match code {
            0xFF01..=0xFF5E => code - 0xFEE0,
            // The division and fraction slashes, which best-fit conversions turn into a plain one.
            0x2044 | 0x2215 => 0x2F,
            // The set minus, likewise a backslash.
            0x2216 => 0x5C,
            _ => code,
        };
        match u8::try_from(folded) {
            Ok(byte) if byte < 0x80 => self.push(byte),
            _ => {
                let mut buffer = [0; 4];
                let letter = char::from_u32(folded).unwrap_or('\u{FFFD}');
                letter.encode_utf8(&mut buffer).bytes().for_each(|byte| self.push(byte));
            }
        }
    }
}

/// The server's own decoding of one value: percent, and `+` as a space in forms.
pub(super) fn first_round(raw: &[u8], plus_is_space: bool, out: &mut Vec<u8>) -> Layers {
    out.clear();
    let mut output = Output { bytes: out, last: 0, run: 0 };
    let mut layers = Layers::default();
    let mut index = 0;
    while index < raw.len() {
        let byte = at(raw, index);
        if let Some(value) = percent(raw, index) {
            output.push(value);
            layers = layers.with(Layers::PERCENT);
            index += 3;
        } else {
            output.push(if byte == b'+' && plus_is_space { b' ' } else { byte });
            index += 1;
        }
    }
    layers
}

/// One more round over an already decoded value; [`Layers`] is empty when nothing changed.
pub(super) fn further_round(value: &[u8], out: &mut Vec<u8>) -> Layers {
    round(value, false, out)
}

/// The same of a page, where `&lt;` is a sign to be shown and opens no element.
pub(super) fn further_round_of_page(value: &[u8], out: &mut Vec<u8>) -> Layers {
    round(value, true, out)
}

fn round(value: &[u8], page: bool, out: &mut Vec<u8>) -> Layers {
    out.clear();
    let mut output = Output { bytes: out, last: 0, run: 0 };
    let mut layers = Layers::default();
    let thrown_in = has_percent_between(value);
    let mut index = 0;
    while index < value.len() {
        let step = match at(value, index) {
            b'%' if thrown_in => {
                Some(Step { unit: Unit::Nothing, len: 1, layer: Layers::DOUBLE_PERCENT })
            }
            b'%' => percent_any(value, index),
            b'&' => entity(value, index).filter(|step| !(page && step.opens_element())),
            b'\\' => escape(value, index),
            0xC0 | 0xC1 | 0xC4 | 0xE0 | 0xE5 | 0xEF | 0xF0 => odd_utf8(value, index),
            0 => Some(Step { unit: Unit::Nothing, len: 1, layer: Layers::ESCAPE }),
            _ => None,
        };
        if let Some(step) = step {
            match step.unit {
                Unit::Char(code) => output.push_char(code),
                Unit::Byte(byte) => output.push(byte),
                Unit::Nothing => {}
            }
            layers = layers.with(step.layer);
            index += step.len;
        } else {
            output.push(at(value, index));
            index += 1;
        }
    }
    layers
}

/// `%s%e%l%e%c%t`: classic ASP drops a percent sign that escapes nothing, so one before every letter hides a word.
fn has_percent_between(value: &[u8]) -> bool {
    const LEAST: usize = 6;
    let (mut all, mut between) = (0, 0);
    for place in memchr::memchr_iter(b'%', value) {
        all += 1;
        between += usize::from(matches!(at(value, place + 2), b'%' | b' '));
    }
    between >= LEAST && between * 4 >= all * 3
}

/// What one step yields.
enum Unit {
    Char(u32),
    /// A part of a character, which the next round reads together with the others.
    Byte(u8),
    Nothing,
}

/// One decoded unit, the bytes it took, and by which layer.
struct Step {
    unit: Unit,
    len: usize,
    layer: Layers,
}

impl Step {
    fn opens_element(&self) -> bool {
        matches!(self.unit, Unit::Char(0x3C | 0x3E))
    }
}

fn step(code: u32, len: usize, layer: Layers) -> Option<Step> {
    Some(Step { unit: Unit::Char(code), len, layer })
}

fn percent(bytes: &[u8], index: usize) -> Option<u8> {
    if at(bytes, index) != b'%' {
        return None;
    }
    let code = hex(upto(from(bytes, index + 1), 2), 2)?;
    u8::try_from(code).ok()
}

fn percent_any(bytes: &[u8], index: usize) -> Option<Step> {
    if matches!(at(bytes, index + 1), b'u' | b'U') {
        let code = hex(from(bytes, index + 2), 4)?;
        return step(code, 6, Layers::OVERLONG);
    }
    let value = percent(bytes, index)?;
    Some(Step { unit: Unit::Byte(value), len: 3, layer: Layers::DOUBLE_PERCENT })
}

fn odd_utf8(bytes: &[u8], index: usize) -> Option<Step> {
    let (first, second, third) = (at(bytes, index), at(bytes, index + 1), at(bytes, index + 2));
    let tail = |byte: u8| (byte & 0xC0 == 0x80).then_some(u32::from(byte & 0x3F));
    match first {
        0xC0 | 0xC1 => {
            // Broken overlong forms such as C0 2F are read leniently by some decoders, too.
            let low = tail(second)
                .or((0x20..0x80).contains(&second).then_some(u32::from(second & 0x3F)))?;
            step(u32::from(first & 1) << 6 | low, 2, Layers::OVERLONG)
        }
        0xF0 if second == 0x80 && matches!(third, 0x80 | 0x81) => {
            step(tail(third)? << 6 | tail(at(bytes, index + 3))?, 4, Layers::OVERLONG)
        }
        0xE0 if second == 0x80 || second == 0x81 => {
            step(tail(second)? << 6 | tail(third)?, 3, Layers::OVERLONG)
        }
        // U+560A and U+560D become LF and CR where only the low byte is kept.
        0xE5 if second == 0x98 && matches!(third, 0x8A | 0x8D) => {
            step(u32::from(third & 0x0F), 3, Layers::OVERLONG)
        }
        // The same of U+010D and U+010A, which stand beside each other in no language.
        0xC4 if second == 0x8D && from(bytes, index + 2).starts_with(b"\xC4\x8A") => {
            step(0x0D, 2, Layers::OVERLONG)
        }
        0xC4 if second == 0x8A && upto(bytes, index).last() == Some(&0x8D) => {
            step(0x0A, 2, Layers::OVERLONG)
        }
        0xEF if matches!(second, 0xBC | 0xBD) => {
            let code = 0xF000 | tail(second)? << 6 | tail(third)?;
            (0xFF01..=0xFF5E).contains(&code).then(|| step(code, 3, Layers::OVERLONG)).flatten()
        }
        _ => None,
    }
}

fn escape(bytes: &[u8], index: usize) -> Option<Step> {
    match at(bytes, index + 1) {
        // A text within a text escapes the backslash once more.
        b'\\' if matches!(at(bytes, index + 2), b'u' | b'U' | b'x' | b'X') => {
            let inner = escape(bytes, index + 1)?;
            Some(Step { len: inner.len + 1, ..inner })
        }
        b'u' | b'U' if at(bytes, index + 2) == b'{' => {
            let rest = from(bytes, index + 3);
            let len = rest.iter().take(7).position(|b| *b == b'}')?;
            step(hex(upto(rest, len), len)?, len + 4, Layers::ESCAPE)
        }
        b'u' | b'U' => step(hex(from(bytes, index + 2), 4)?, 6, Layers::ESCAPE),
        b'x' | b'X' => step(hex(from(bytes, index + 2), 2)?, 4, Layers::ESCAPE),
        _ => None,
    }
}

/// Named character references that attackers use to hide ASCII (HTML, clause 13.5), case folded.
const ENTITIES: [(&[u8], u8); 33] = [
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"amp", b'&'),
    (b"tab", b'\t'),
    (b"newline", b'\n'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"lbrace", b'{'),
    (b"lcub", b'{'),
    (b"rbrace", b'}'),
    (b"rcub", b'}'),
    (b"lbrack", b'['),
    (b"lsqb", b'['),
    (b"rbrack", b']'),
    (b"rsqb", b']'),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"period", b'.'),
    (b"comma", b','),
    (b"equals", b'='),
    (b"excl", b'!'),
    (b"quest", b'?'),
    (b"num", b'#'),
    (b"dollar", b'$'),
    (b"percnt", b'%'),
    (b"grave", b'`'),
    (b"vert", b'|'),
    (b"lowbar", b'_'),
    (b"plus", b'+'),
];

fn entity(bytes: &[u8], index: usize) -> Option<Step> {
    if at(bytes, index + 1) == b'#' {
        return numeric_entity(bytes, index);
    }
    let name = super::scan::word(bytes, index + 1);
    let exact = ENTITIES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    // Without a semicolon only the old names end early, and a brace name may run into the next word.
    let (known, byte) = match exact {
        Some(found) => found,
        None => ENTITIES
            .iter()
            .find(|(known, _)| known.len() > 5 && super::scan::starts_ignore_case(name, known))?,
    };
    let semicolon = at(bytes, index + 1 + known.len()) == b';';
    let bare_ok = matches!(*known, b"lt" | b"gt" | b"quot") || known.len() > 5;
    (semicolon || bare_ok)
        .then(|| step(u32::from(*byte), 1 + known.len() + usize::from(semicolon), Layers::ENTITY))
        .flatten()
}

fn numeric_entity(bytes: &[u8], index: usize) -> Option<Step> {
    let is_hex = matches!(at(bytes, index + 2), b'x' | b'X');
    let start = index + if is_hex { 3 } else { 2 };
    let rest = from(bytes, start);
    let radix = if is_hex { 16 } else { 10 };
    let len = rest.iter().take(64).take_while(|b| char::from(**b).is_digit(radix)).count();
    if len == 0 {
        return None;
    }
    let code = upto(rest, len).iter().try_fold(0_u32, |code, b| {
        code.checked_mul(radix)?.checked_add(char::from(*b).to_digit(radix)?)
    })?;
    let semicolon = usize::from(at(rest, len) == b';');
    step(code, start - index + len + semicolon, Layers::ENTITY)
}

/// The value of the first `len` hexadecimal digits; none when one of them is something else.
fn hex(bytes: &[u8], len: usize) -> Option<u32> {
    if len == 0 || len > 6 {
        return None;
    }
    bytes.get(..len)?.iter().try_fold(0, |value, b| Some(value << 4 | char::from(*b).to_digit(16)?))
}

/// Decodes base64 (standard or URL-safe, padding optional) when the whole value is base64 of readable text.
///
/// A random identifier practically never decodes to readable text, so the test on the result is the filter.
pub(super) fn base64(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let trimmed = value.trim_ascii();
    let body = upto(trimmed, trimmed.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1));
    if body.len() < 10 || body.len() % 4 == 1 || !body.iter().take(64).all(|b| sextet(*b).is_some())
    {
        return false;
    }
    let (mut bits, mut filled) = (0_u32, 0_u32);
    for byte in body {
        let Some(six) = sextet(*byte) else {
            return false;
        };
        bits = bits << 6 | six;
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            out.push(u8::try_from(bits >> filled & 0xFF).unwrap_or(0));
        }
        // A long binary is given up early.
        if out.len() == 48 && !is_readable(out) {
            return false;
        }
    }
    is_readable(out)
}

/// The bytes of a text that is base64 throughout.
pub(super) fn bytes_of_base64(text: &[u8]) -> Option<Vec<u8>> {
    let body = text.trim_ascii();
    let body = upto(body, body.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1));
    let mut bytes = Vec::with_capacity(body.len());
    let (mut bits, mut filled) = (0_u32, 0_u32);
    for letter in body.iter().filter(|b| !b.is_ascii_whitespace()) {
        bits = bits << 6 | sextet(*letter)?;
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            bytes.push(u8::try_from(bits >> filled & 0xFF).unwrap_or(0));
        }
    }
    Some(bytes)
}

/// The value of one base64 letter; a space stands for the `+` that form decoding took away.
pub(super) fn sextet(byte: u8) -> Option<u32> {
    let value = SEXTETS.get(usize::from(byte)).copied().unwrap_or(NO_SEXTET);
    (value != NO_SEXTET).then_some(u32::from(value))
}

const NO_SEXTET: u8 = 0xFF;

const SEXTETS: [u8; 256] = {
    let mut table = [NO_SEXTET; 256];
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        table[letters[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b' ' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

fn is_readable(bytes: &[u8]) -> bool {
    // Text in other scripts: a random identifier is hardly ever valid UTF-8 without control bytes.
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && bytes.len() > 16,
    };
    if valid
        && !bytes.is_ascii()
        && !bytes.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'))
    {
        return true;
    }
    let odd = bytes
        .iter()
        .filter(|b| !(b.is_ascii_graphic() || matches!(b, b' ' | b'\t' | b'\n' | b'\r')))
        .count();
    odd * 10 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(raw: &str) -> String {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        first_round(raw.as_bytes(), true, &mut a);
        while further_round(&a, &mut b) != Layers::default() {
            std::mem::swap(&mut a, &mut b);
        }
        String::from_utf8_lossy(&a).into_owned()
    }

    #[test]
    fn encodings_are_peeled() {
        for (raw, expected) in [
            ("a+b%20c", "a b c"),
            ("%253Cscript%253E", "<script>"),
            ("%u003cx", "<x"),
            ("%c0%ae%c0%ae%c0%af", "../"),
            ("%EF%BC%9Cscript", "<script"),
            ("&lt;b&#62;&#x3c;", "<b><"),
            ("&#0000000000000000000000123;", "{"),
            (r"\u003cimg \x3e", "<img >"),
            ("java&Tab;script&colon;x", "java\tscript:x"),
            ("AT&T &copy; 100% &", "AT&T &copy; 100% &"),
        ] {
            assert_eq!(rounds(raw), expected, "{raw}");
        }
    }

    #[test]
    fn base64_of_text_only() {
        let mut out = Vec::new();
        assert!(base64(b"L3N0YXRpYy9pbWcvLi4vLi4vZXRjL3Bhc3N3ZA", &mut out));
        assert_eq!(out, b"/static/img/../../etc/passwd");
        for plain in ["correcthorsebattery", "4093889794734196", "Q2hlY2s", "dGVzdA=x="] {
            assert!(!base64(plain.as_bytes(), &mut out), "{plain}");
        }
    }
}
