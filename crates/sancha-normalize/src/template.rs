//! Raw line ⇄ template and typed parameters, for the lake. Pure; what [`Splitter`] makes of a line is the
//! same bytes again when the pieces of its [`Template`] are written one after the other.
//!
//! A template is the line with its varying parts replaced by marks; lines of one kind share it, and
//! the parts become narrow columns. A part that is a cell anyway is not stored twice. A mark is
//! byte 1, a letter and what it needs, byte 2:
//!
//! | mark | stands for |
//! | --- | --- |
//! | `t` shape and minutes from UTC | the event's time, written so ([`Stamp`]) |
//! | `c` column | the value of that column |
//! | `i` width | the next number, with zeros in front up to the width |
//! | `x` width | the next number in hexadecimal, lower case |
//! | `w` | the next word |

mod stamp;

use std::{fmt::Write as _, ops::Range};

use sancha_model::{Cell, Event, EventTime, FieldId, Scalar};

pub use stamp::{Stamp, Stamps};

/// Begins and ends a mark. A line that holds one of these bytes is kept raw.
const OPEN: u8 = 0x01;
const CLOSE: u8 = 0x02;

/// Longer templates are shared by no two lines; such a line is kept raw.
const LONGEST: usize = 1_500;
/// Numbers after these are words.
pub const MOST_INTS: usize = 6;
/// A line with more words is kept raw.
const MOST_WORDS: usize = 60;
/// Cells after these stay in words: each is compared with all before it.
const MOST_CELLS: usize = 64;

/// Which values a column keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Address,
    Int,
    /// Any value, as [`cell_text`] writes it.
    Text,
}

impl Kind {
    fn keeps(self, value: Scalar) -> bool {
        match self {
            Self::Address => matches!(value, Scalar::Ip(_)),
            Self::Int => matches!(value, Scalar::Int(_)),
            Self::Text => !matches!(value, Scalar::Time(_) | Scalar::Bool(_)),
        }
    }
}

/// Splits lines. Buffers are reused from line to line.
#[derive(Clone, Debug)]
pub struct Splitter {
    /// By field: the column that keeps its value.
    columns: Vec<Option<(String, Kind)>>,
    template: Vec<u8>,
    ints: Vec<u64>,
    words: Vec<Range<usize>>,
    /// Cells that stand in the line, by place.
    places: Vec<(Range<usize>, FieldId)>,
    text: Vec<u8>,
    time: Option<EventTime>,
}

impl Splitter {
    /// `columns`: the fields whose values are kept, in which column and of which kind.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, FieldId, Kind)>) -> Self {
        let mut by_field = Vec::new();
        for (name, field, kind) in columns {
            let missing = (field.index() + 1).saturating_sub(by_field.len());
            by_field.extend(std::iter::repeat_n(None, missing));
            if let Some(place) = by_field.get_mut(field.index()) {
                *place = Some((name.to_owned(), kind));
            }
        }
        Self {
            columns: by_field,
            template: Vec::new(),
            ints: Vec::new(),
            words: Vec::new(),
            places: Vec::new(),
            text: Vec::new(),
            time: None,
        }
    }

    /// The constant text, with a mark for each parameter.
    pub fn template(&self) -> &[u8] {
        &self.template
    }

    /// At most [`MOST_INTS`].
    pub fn ints(&self) -> &[u64] {
        &self.ints
    }

    /// `raw`: the line that was split.
    pub fn words<'w>(&'w self, raw: &'w [u8]) -> impl ExactSizeIterator<Item = &'w [u8]> {
        self.words.iter().map(|range| raw.get(range.clone()).unwrap_or(&[]))
    }

    /// Splits an event's line and its end. `false`: it must be kept raw, for it is not UTF-8, holds bytes
    /// of marks, or is too varied.
    pub fn split(&mut self, event: Event<'_>, end: &[u8]) -> bool {
        self.template.clear();
        self.ints.clear();
        self.words.clear();
        self.time = event.time();
        let raw = event.raw();
        if memchr::memchr2(OPEN, CLOSE, raw).is_some() || std::str::from_utf8(raw).is_err() {
            return false;
        }
        self.place_cells(event);
        let mut at = 0;
        for place in 0..self.places.len() {
            let Some((range, field)) = self.places.get(place).cloned() else { break };
            if range.start < at {
                continue;
            }
            self.tokens(raw, at..range.start);
            self.open(b'c');
            if let Some(Some((name, _))) = self.columns.get(field.index()) {
                self.template.extend_from_slice(name.as_bytes());
            }
            self.template.push(CLOSE);
            at = range.end;
        }
        self.tokens(raw, at..raw.len());
        self.template.extend_from_slice(end);
        self.template.len() <= LONGEST && self.words.len() <= MOST_WORDS
    }

    fn open(&mut self, kind: u8) {
        self.template.extend([OPEN, kind]);
    }

    /// The cells whose text stands in the line, by place, the longer first. Of a request target its path and
    /// query are kept; the message holds the cells of its parts.
    fn place_cells(&mut self, event: Event<'_>) {
        self.places.clear();
        let raw = event.raw();
        for (place, cell) in event.cells().iter().take(MOST_CELLS).enumerate() {
            let column = self.columns.get(cell.field.index()).and_then(Option::as_ref);
            if !column.is_some_and(|(_, kind)| kind.keeps(cell.value))
                || matches!(cell.field, FieldId::MESSAGE | FieldId::URL_ORIGINAL)
            {
                continue;
            }
            let Some(range) = event.place(cell).filter(|range| !range.is_empty()) else { continue };
            let earlier = event.cells().get(..place).unwrap_or(&[]);
            if earlier.iter().any(|earlier| earlier.field == cell.field) {
                continue;
            }
            if self.stands_as_text(event, cell, &range, raw) {
                self.places.push((range, cell.field));
            }
        }
        self.places.sort_unstable_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    }

    fn stands_as_text(
        &mut self,
        event: Event<'_>,
        cell: &Cell,
        range: &Range<usize>,
        raw: &[u8],
    ) -> bool {
        if let Scalar::Text(span) = cell.value
            && span == cell.raw
        {
            // The value is the very bytes of the line.
            return true;
        }
        self.text.clear();
        cell_text(event, cell, &mut self.text) && raw.get(range.clone()) == Some(&self.text)
    }

    /// Cuts a stretch into letters, digits and what is between them.
    fn tokens(&mut self, raw: &[u8], stretch: Range<usize>) {
        let mut at = stretch.start;
        while at < stretch.end {
            let rest = raw.get(at..stretch.end).unwrap_or(&[]);
            if let Some((stamp, len)) = self.time.and_then(|time| Stamp::read(rest, time)) {
                self.time = None;
                self.open(b't');
                stamp.mark(&mut self.template);
                self.template.push(CLOSE);
                at += len;
                continue;
            }
            let word = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
            if word == 0 {
                let between = rest.iter().position(|byte| is_word(*byte)).unwrap_or(rest.len());
                self.template.extend_from_slice(rest.get(..between).unwrap_or(&[]));
                at += between;
            } else {
                self.token(rest.get(..word).unwrap_or(&[]), at);
                at += word;
            }
        }
    }

    fn token(&mut self, token: &[u8], start: usize) {
        let all = |set: fn(&u8) -> bool| token.iter().all(set);
        let hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if all(u8::is_ascii_alphabetic) {
            self.template.extend_from_slice(token);
        } else if self.ints.len() < MOST_INTS && token.len() <= 18 && all(u8::is_ascii_digit) {
            self.number(b'i', token, 10);
        } else if self.ints.len() < MOST_INTS && (8..=16).contains(&token.len()) && all(hexadecimal)
        {
            self.number(b'x', token, 16);
        } else {
            self.words.push(start..start + token.len());
            self.open(b'w');
            self.template.push(CLOSE);
        }
    }

    fn number(&mut self, kind: u8, token: &[u8], radix: u32) {
        self.ints.push(value(token, radix));
        self.open(kind);
        let padded = token.first() == Some(&b'0') && token.len() > 1;
        let width = if padded { token.len() } else { 1 };
        digits(width as u64, 10, 1, &mut self.template);
        self.template.push(CLOSE);
    }
}

/// A template, read once for all lines that share it.
#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

/// What stands in a line, one after the other.
#[derive(Clone, Debug)]
pub enum Piece {
    Text(Vec<u8>),
    /// The event's time.
    Time(Stamp),
    /// The value of a column, by what [`Template::parse`] was told of it.
    Cell(usize),
    /// The next number, as [`digits`] writes it.
    Int {
        radix: u8,
        width: usize,
    },
    /// The next word.
    Word,
}

impl Template {
    /// Reads what [`Splitter::template`] gave. `column` turns a column's name into the number of [`Piece::Cell`].
    /// `None`: this is no template, or of a later version.
    pub fn parse(text: &str, column: impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(char::from(OPEN)) {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.as_bytes().to_vec()));
            }
            let (mark, after) = after.split_once(char::from(CLOSE))?;
            let (kind, of) = mark.split_at_checked(1)?;
            pieces.push(match kind {
                "t" => Piece::Time(Stamp::parse(of)?),
                "c" => Piece::Cell(column(of)?),
                "i" => Piece::Int { radix: 10, width: of.parse().ok()? },
                "x" => Piece::Int { radix: 16, width: of.parse().ok()? },
                "w" => Piece::Word,
                _ => return None,
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.as_bytes().to_vec()));
        }
        Some(Self(pieces))
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

/// Appends a cell's text as a column gives it back: text as it is, numbers in decimal, addresses in
/// their canonical form (RFC 5952). `false` for what has no such text.
pub fn cell_text(event: Event<'_>, cell: &Cell, text: &mut Vec<u8>) -> bool {
    match cell.value {
        Scalar::Text(_) => text.extend_from_slice(event.text(cell)),
        Scalar::Int(value) => match u64::try_from(value) {
            Ok(value) => digits(value, 10, 1, text),
            Err(_) => return false,
        },
        Scalar::Ip(slot) => match event.ip(slot) {
            Some(address) => address_text(address, text),
            None => return false,
        },
        Scalar::Time(_) | Scalar::Bool(_) => return false,
    }
    true
}

/// Appends an address in its canonical form.
pub fn address_text(address: std::net::IpAddr, text: &mut Vec<u8>) {
    match address {
        std::net::IpAddr::V4(address) => {
            // Sixteen bytes, the last of them a dot too many, put together in a register.
            let (mut dotted, mut len) = (0_u128, 0);
            for octet in address.octets() {
                let (digits, count) = OCTETS[usize::from(octet)];
                dotted |= u128::from(digits) << (8 * len);
                len += usize::from(count);
            }
            append_first(text, &dotted.to_le_bytes(), len - 1);
        }
        std::net::IpAddr::V6(address) => {
            // Writing to a buffer does not fail.
            let _ = write!(Written(text), "{address}");
        }
    }
}

/// By octet: its digits and a dot, the first in the lowest byte, and how many bytes that are.
#[expect(clippy::cast_possible_truncation, reason = "digits")]
static OCTETS: [(u32, u8); 256] = {
    let mut octets = [(u32::from_le_bytes(*b"0.\0\0"), 2); 256];
    let mut octet = 1;
    while octet < 256 {
        let [a, b, c] = [octet / 100, octet / 10 % 10, octet % 10];
        let [a, b, c] = [b'0' + a as u8, b'0' + b as u8, b'0' + c as u8];
        let (bytes, count) = match octet {
            0..10 => ([c, b'.', 0, 0], 2),
            10..100 => ([b, c, b'.', 0], 3),
            _ => ([a, b, c, b'.'], 4),
        };
        octets[octet] = (u32::from_le_bytes(bytes), count);
        octet += 1;
    }
    octets
};

struct Written<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Written<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Letters, digits and bytes outside ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn value(digits: &[u8], radix: u32) -> u64 {
    let digit = |byte: &u8| u64::from(char::from(*byte).to_digit(radix).unwrap_or(0));
    digits
        .iter()
        .fold(0, |value: u64, byte| value.wrapping_mul(u64::from(radix)).wrapping_add(digit(byte)))
}

/// Appends `value` with zeros in front up to `width`; `radix` is 10 or 16.
#[inline]
pub fn digits(value: u64, radix: u8, width: usize, line: &mut Vec<u8>) {
    match u32::try_from(value) {
        Ok(value @ 0..=EIGHT_DIGITS) if radix == 10 && width <= 8 => {
            let digits = eight_digits(value);
            let zeros = (digits.trailing_zeros() as usize / 8).min(8 - width.max(1));
            let text = (digits | u64::from_le_bytes(*b"00000000")) >> (8 * zeros);
            append_first(line, &text.to_le_bytes(), 8 - zeros);
        }
        _ => any_digits(value, radix, width, line),
    }
}

fn any_digits(value: u64, radix: u8, width: usize, line: &mut Vec<u8>) {
    let (mut decimal, mut nibbles) = (itoa::Buffer::new(), [0; 16]);
    let text = match radix {
        16 => hexadecimal(value, &mut nibbles),
        _ => decimal.format(value).as_bytes(),
    };
    if text.len() < width {
        line.extend(std::iter::repeat_n(b'0', width - text.len()));
    }
    line.extend_from_slice(text);
}

/// The largest number of eight digits.
const EIGHT_DIGITS: u32 = 99_999_999;

/// The values of eight decimal digits, the first in the lowest byte: halves, quarters and digits are split off side by
/// side in one register.
fn eight_digits(value: u32) -> u64 {
    let halves = u64::from(value / 10_000) | u64::from(value % 10_000) << 32;
    // x / 100 for x below 10,000, and x / 10 for x below 100.
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

/// Appends the first `len` bytes of `bytes`: all are copied, which takes no call, and those too many cut off.
#[inline]
pub fn append_first<const N: usize>(line: &mut Vec<u8>, bytes: &[u8; N], len: usize) {
    let end = line.len() + len;
    line.extend_from_slice(bytes);
    line.truncate(end);
}

/// The digits of `value` in lower case, without zeros in front.
fn hexadecimal(value: u64, nibbles: &mut [u8; 16]) -> &[u8] {
    for (place, nibble) in (0_u32..).zip(nibbles.iter_mut().rev()) {
        let digit = u8::try_from(value >> (4 * place) & 0xf).unwrap_or(0);
        *nibble = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
    }
    let zeros = usize::try_from(value.leading_zeros() / 4).unwrap_or(0);
    nibbles.get(zeros.min(15)..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        let long = "0".repeat(30) + "17";
        for (text, radix) in [
            ("0", 10),
            ("007", 10),
            ("999999999999999999", 10),
            ("18446744073709551615", 10),
            (long.as_str(), 10),
            ("00ff00ff", 16),
            ("ffffffffffffffff", 16),
        ] {
            let mut line = Vec::new();
            digits(value(text.as_bytes(), u32::from(radix)), radix, text.len(), &mut line);
            assert_eq!(line, text.as_bytes());
        }
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        let powers = (0..64).map(|power| 1_u64 << power);
        for value in powers.flat_map(|power| [power - 1, power, power.wrapping_mul(10)]) {
            for width in [1, 7, 16, 20] {
                let mut line = Vec::new();
                digits(value, 10, width, &mut line);
                digits(value, 16, width, &mut line);
                assert_eq!(line, format!("{value:0width$}{value:0width$x}").as_bytes());
            }
        }
    }

    #[test]
    fn addresses_are_written_as_their_type_writes_them() {
        for octet in 0..=255 {
            for address in [[octet, 0, 10, 255], [1, octet, octet, 9]].map(std::net::Ipv4Addr::from)
            {
                let mut text = Vec::new();
                address_text(address.into(), &mut text);
                assert_eq!(text, address.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let column = |name: &str| (name == "user_name").then_some(0);
        for text in
            ["\u{1}", "\u{1}w", "\u{1}q\u{2}", "\u{1}cother\u{2}", "\u{1}i\u{2}", "\u{1}ta\u{2}"]
        {
            assert!(Template::parse(text, column).is_none(), "{text:?}");
        }
        assert!(Template::parse("a\u{1}cuser_name\u{2}b\u{1}i3\u{2}", column).is_some());
    }
}
