//! Raw line ⇄ template and typed parameters, for the lake. Pure; what [`split`] makes of any bytes,
//! [`rebuild`] turns into the same bytes again.
//!
//! A template is the line with its varying parts replaced by marks; lines of one kind share it, and
//! the parts become narrow columns. A part that is a cell anyway is not stored twice.

use std::fmt::Write as _;

use sancha_model::{Cell, Event, FieldId, Scalar};

/// One varying part of a line, in the order they stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// The plain text of the event's first cell of this field, as [`cell_text`] writes it.
    Cell(FieldId),
    /// A decimal number, with zeros in front up to `width`.
    Int { value: u64, width: u8 },
    /// A hexadecimal number in lower case, with zeros in front up to `width`.
    Hex { value: u64, width: u8 },
    /// Any other text: its place in the raw line.
    Word { start: u32, len: u32 },
}

/// A template and the parameters of one line. Buffers are reused from line to line.
#[derive(Clone, Debug, Default)]
pub struct Params {
    template: Vec<u8>,
    list: Vec<Param>,
    /// Cells that stand in the line, by place; kept for its memory.
    cells: Vec<(usize, usize, FieldId)>,
}

/// Names a template: equal templates have equal keys. Whoever stores templates compares the bytes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateKey(pub u64);

/// Stands for a parameter. A line that holds this byte holds it in a [`Param::Word`].
const MARK: u8 = 0x01;

/// Longer templates are not shared by any two lines: such a line is one word.
const LONGEST: usize = 2_048;

/// Cells after these stay in words: each is compared with all before it.
const MOST_CELLS: usize = 64;

impl Params {
    /// The constant text, with a mark for each parameter.
    pub fn template(&self) -> &[u8] {
        &self.template
    }

    pub fn list(&self) -> &[Param] {
        &self.list
    }
}

/// Splits an event's raw line. Never fails: at worst the line is one word.
pub fn split(event: Event<'_>, params: &mut Params) -> TemplateKey {
    params.template.clear();
    params.list.clear();
    let raw = event.raw();
    place_cells(event, &mut params.cells);
    let mut at = 0;
    for place in 0..params.cells.len() {
        let Some((start, end, field)) = params.cells.get(place).copied() else { break };
        if start < at {
            continue;
        }
        tokens(raw, at, start, params);
        params.template.push(MARK);
        params.list.push(Param::Cell(field));
        at = end;
    }
    tokens(raw, at, raw.len(), params);
    if params.template.len() > LONGEST {
        params.template.clear();
        params.list.clear();
        push_word(0, raw.len(), params);
    }
    key(&params.template)
}

/// Writes the line that `template` and `list` were split from. `cell` appends the text of a cell and
/// says whether there is one, `word` gives the bytes of a word. `None`: they do not belong together.
pub fn rebuild<'w>(
    template: &[u8],
    list: &[Param],
    mut cell: impl FnMut(FieldId, &mut Vec<u8>) -> bool,
    mut word: impl FnMut(u32, u32) -> Option<&'w [u8]>,
    line: &mut Vec<u8>,
) -> Option<()> {
    let mut constants = template.split(|byte| *byte == MARK);
    line.extend_from_slice(constants.next()?);
    let mut list = list.iter();
    for constant in constants {
        match *list.next()? {
            Param::Cell(field) => cell(field, line).then_some(())?,
            Param::Int { value, width } => digits(value, 10, width, line),
            Param::Hex { value, width } => digits(value, 16, width, line),
            Param::Word { start, len } => line.extend_from_slice(word(start, len)?),
        }
        line.extend_from_slice(constant);
    }
    list.next().is_none().then_some(())
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
            Some(address) => {
                let mut written = Written(text);
                return write!(written, "{address}").is_ok();
            }
            None => return false,
        },
        Scalar::Time(_) | Scalar::Bool(_) => return false,
    }
    true
}

struct Written<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Written<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// The cells whose plain text stands in the line, by place, the longer first. The message is left out:
/// it holds the cells of its parts.
fn place_cells(event: Event<'_>, cells: &mut Vec<(usize, usize, FieldId)>) {
    cells.clear();
    let raw = event.raw();
    let mut text = Vec::new();
    for (place, cell) in event.cells().iter().take(MOST_CELLS).enumerate() {
        let earlier = event.cells().get(..place).unwrap_or(&[]);
        let again = earlier.iter().any(|earlier| earlier.field == cell.field);
        let Some(range) = event.place(cell).filter(|range| !range.is_empty()) else { continue };
        if again || cell.field == FieldId::MESSAGE {
            continue;
        }
        text.clear();
        if cell_text(event, cell, &mut text) && raw.get(range.clone()) == Some(&text) {
            cells.push((range.start, range.end, cell.field));
        }
    }
    cells.sort_unstable_by_key(|(start, end, _)| (*start, usize::MAX - *end));
}

/// Cuts `raw[from..to]` into letters, digits and what is between them.
fn tokens(raw: &[u8], from: usize, to: usize, params: &mut Params) {
    let mut at = from;
    while at < to {
        let rest = raw.get(at..to).unwrap_or(&[]);
        let word = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        if word == 0 {
            params.template.extend_from_slice(rest.get(..1).unwrap_or(&[]));
            at += 1;
            continue;
        }
        token(rest.get(..word).unwrap_or(&[]), at, params);
        at += word;
    }
}

/// Letters, digits, bytes outside ASCII, and the mark, which must not stand in a template.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == MARK
}

fn token(token: &[u8], start: usize, params: &mut Params) {
    let width = u8::try_from(token.len()).unwrap_or(u8::MAX);
    let all = |set: fn(&u8) -> bool| token.iter().all(set);
    if all(u8::is_ascii_alphabetic) {
        params.template.extend_from_slice(token);
    } else if width <= 19 && all(u8::is_ascii_digit) {
        params.list.push(Param::Int { value: value(token, 10), width });
        params.template.push(MARK);
    } else if width <= 16 && all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        params.list.push(Param::Hex { value: value(token, 16), width });
        params.template.push(MARK);
    } else {
        push_word(start, token.len(), params);
    }
}

fn push_word(start: usize, len: usize, params: &mut Params) {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    params.list.push(Param::Word { start: narrow(start), len: narrow(len) });
    params.template.push(MARK);
}

fn value(digits: &[u8], radix: u32) -> u64 {
    let digit = |byte: &u8| u64::from(char::from(*byte).to_digit(radix).unwrap_or(0));
    digits
        .iter()
        .fold(0, |value: u64, byte| value.wrapping_mul(u64::from(radix)).wrapping_add(digit(byte)))
}

fn digits(value: u64, radix: u64, width: u8, line: &mut Vec<u8>) {
    let start = line.len();
    let mut rest = value;
    while rest > 0 || line.len() - start < usize::from(width.max(1)) {
        let digit = u32::try_from(rest % radix).unwrap_or(0);
        let digit = char::from_digit(digit, 16).and_then(|digit| u8::try_from(digit).ok());
        line.push(digit.unwrap_or(b'0'));
        rest /= radix;
    }
    line.get_mut(start..).unwrap_or_default().reverse();
}

/// FNV-1a, eight bytes at a time; fixed for ever, for keys are stored.
fn key(template: &[u8]) -> TemplateKey {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ template.len() as u64;
    for chunk in template.chunks(8) {
        let mut bytes = [0; 8];
        for (to, from) in bytes.iter_mut().zip(chunk) {
            *to = *from;
        }
        hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x100_0000_01b3);
        hash ^= hash >> 29;
    }
    TemplateKey(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        for (text, radix) in [("0", 10), ("007", 10), ("9999999999999999999", 10), ("00ff", 16)] {
            let mut line = Vec::new();
            let width = u8::try_from(text.len()).unwrap();
            digits(value(text.as_bytes(), radix), u64::from(radix), width, &mut line);
            assert_eq!(line, text.as_bytes());
        }
    }

    #[test]
    fn parameters_that_do_not_fit_are_refused() {
        let none = |_: FieldId, _: &mut Vec<u8>| false;
        let int = Param::Int { value: 1, width: 1 };
        let mut line = Vec::new();
        assert_eq!(rebuild(b"a\x01", &[int], none, |_, _| None, &mut line), Some(()));
        assert_eq!(line, b"a1");
        for list in [&[][..], &[int, int], &[Param::Cell(FieldId::USER_NAME)]] {
            assert_eq!(rebuild(b"a\x01", list, none, |_, _| None, &mut Vec::new()), None);
        }
    }
}
