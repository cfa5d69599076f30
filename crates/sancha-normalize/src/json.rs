//! A JSON reader for log lines: one pass, tokens as spans, nothing copied.
//!
//! It accepts what RFC 8259 does, and what logs hold all the same: control characters inside strings,
//! bytes that are not UTF-8, halves of surrogate pairs. Depth is limited, so hostile nesting costs nothing.

use sancha_model::unescape_json;

/// Containers inside each other; serde_json's limit, too.
const DEPTH: usize = 127;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    /// The text between the quotes; `escaped` tells that it holds backslashes.
    Text {
        escaped: bool,
    },
    Number,
    True,
    False,
    Null,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    /// Bytes in the line; a container's are its brackets and what is inside.
    start: u32,
    end: u32,
    /// Place of the token after this one and all it holds.
    next: u32,
}

/// The tokens of one line, in the order they stand there; a member's name is a text token before its
/// value. Kept and refilled from line to line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape {
    tokens: Vec<Token>,
    open: Vec<u32>,
}

/// A value in a tape. The default one is `null` and stands for a value that is absent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Value<'a> {
    tape: Option<&'a Tape>,
    line: &'a [u8],
    place: usize,
}

impl Tape {
    /// Reads a line that is one JSON value; `None` when it is not.
    pub(crate) fn read<'a>(&'a mut self, line: &'a [u8]) -> Option<Value<'a>> {
        self.tokens.clear();
        self.open.clear();
        if u32::try_from(line.len()).is_err() {
            return None;
        }
        Reader { line, at: 0, tape: self }.value()?;
        Some(Value { tape: Some(self), line, place: 0 })
    }
}

struct Reader<'t, 'l> {
    line: &'l [u8],
    at: usize,
    tape: &'t mut Tape,
}

impl Reader<'_, '_> {
    /// One value and nothing after it. Containers are closed in a loop, not by recursion.
    fn value(&mut self) -> Option<()> {
        loop {
            // Here a value must begin.
            let opened = self.one()?;
            if opened && !self.close_if_empty()? {
                continue;
            }
            // Here a value has ended: a comma, the end of containers, or the end of the line.
            loop {
                let Some(container) = self.tape.open.last().copied() else {
                    return self.peek().is_none().then_some(());
                };
                let is_object = self.kind_at(container)? == Kind::Object;
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    b'}' if is_object => self.close(container)?,
                    b']' if !is_object => self.close(container)?,
                    _ => return None,
                }
            }
        }
    }

    /// Reads a scalar, or opens a container and says so.
    fn one(&mut self) -> Option<bool> {
        let start = self.peek().map(|_| self.at)?;
        let kind = match self.line.get(start)? {
            b'{' => return self.open(Kind::Object),
            b'[' => return self.open(Kind::Array),
            b'"' => {
                self.text()?;
                return Some(false);
            }
            b't' => self.word(b"true", Kind::True)?,
            b'f' => self.word(b"false", Kind::False)?,
            b'n' => self.word(b"null", Kind::Null)?,
            _ => {
                self.at = number(self.line, start)?;
                Kind::Number
            }
        };
        self.push(kind, start, self.at);
        Some(false)
    }

    fn open(&mut self, kind: Kind) -> Option<bool> {
        if self.tape.open.len() >= DEPTH {
            return None;
        }
        self.tape.open.push(count(self.tape.tokens.len()));
        self.push(kind, self.at, self.at);
        self.at += 1;
        Some(true)
    }

    /// Right after an opening bracket: closes an empty container, or reads an object's first name.
    fn close_if_empty(&mut self) -> Option<bool> {
        let container = self.tape.open.last().copied()?;
        match (self.kind_at(container)?, self.peek()?) {
            (Kind::Object, b'}') | (Kind::Array, b']') => {
                self.close(container)?;
                Some(true)
            }
            (Kind::Object, _) => {
                self.name()?;
                Some(false)
            }
            _ => Some(false),
        }
    }

    fn close(&mut self, container: u32) -> Option<()> {
        self.at += 1;
        self.tape.open.pop();
        let next = count(self.tape.tokens.len());
        let token = self.tape.tokens.get_mut(container as usize)?;
        token.end = count(self.at);
        token.next = next;
        Some(())
    }

    fn name(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.text()?;
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn text(&mut self) -> Option<()> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.line.get(at..)?)?;
            if *self.line.get(at)? == b'"' {
                break;
            }
            escaped = true;
            at += escape_length(self.line.get(at..)?)?;
        }
        self.push(Kind::Text { escaped }, start, at);
        self.at = at + 1;
        Some(())
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<Kind> {
        let rest = self.line.get(self.at..)?;
        if !rest.starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(kind)
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.line.get(self.at)? {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = count(self.tape.tokens.len() + 1);
        self.tape.tokens.push(Token { kind, start: count(start), end: count(end), next });
    }

    fn kind_at(&self, place: u32) -> Option<Kind> {
        Some(self.tape.tokens.get(place as usize)?.kind)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Bytes of the escape sequence that `bytes` begins with.
fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => hex4(bytes.get(2..)?).map(|_| 6),
        _ => None,
    }
}

fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.first_chunk::<4>()?;
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// Where the number that begins at `start` ends (RFC 8259, section 6).
fn number(line: &[u8], start: usize) -> Option<usize> {
    let digits = |from: usize| {
        let rest = line.get(from..).unwrap_or(&[]);
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = start + usize::from(line.get(start) == Some(&b'-'));
    let whole = at;
    at = digits(at);
    let leading_zero = line.get(whole) == Some(&b'0') && at > whole + 1;
    if at == whole || leading_zero {
        return None;
    }
    if line.get(at) == Some(&b'.') {
        let after = digits(at + 1);
        if after == at + 1 {
            return None;
        }
        at = after;
    }
    if matches!(line.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(line.get(at + 1), Some(b'+' | b'-')));
        let after = digits(at + 1 + sign);
        if after == at + 1 + sign {
            return None;
        }
        at = after;
    }
    Some(at)
}

impl<'a> Value<'a> {
    fn token(self) -> Option<&'a Token> {
        self.tape?.tokens.get(self.place)
    }

    pub(crate) fn kind(self) -> Kind {
        self.token().map_or(Kind::Null, |token| token.kind)
    }

    /// The bytes in the line: between the quotes for a text.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.token()
            .and_then(|token| self.line.get(token.start as usize..token.end as usize))
            .unwrap_or(&[])
    }

    /// The text of a string, unescaped into `buffer` when it must be; other values as they stand.
    pub(crate) fn text<'b>(self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        if self.kind() != (Kind::Text { escaped: true }) {
            return self.raw();
        }
        buffer.clear();
        unescape_json(self.raw(), buffer);
        buffer
    }

    /// Names and values of an object; nothing for other values.
    pub(crate) fn members(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let mut inside = self.inside(Kind::Object);
        std::iter::from_fn(move || Some((inside.next()?, inside.next()?)))
    }

    /// The elements of an array; nothing for other values.
    pub(crate) fn elements(self) -> impl Iterator<Item = Value<'a>> {
        self.inside(Kind::Array)
    }

    fn inside(self, kind: Kind) -> impl Iterator<Item = Value<'a>> {
        let token = self.token().filter(|token| token.kind == kind);
        let end = token.map_or(0, |token| token.next as usize);
        let mut place = self.place + 1;
        std::iter::from_fn(move || {
            let value = Value { place, ..self };
            place = value.token().filter(|_| place < end)?.next as usize;
            Some(value)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rebuilt(value: Value<'_>) -> serde_json::Value {
        let text =
            |value: Value<'_>| String::from_utf8_lossy(value.text(&mut Vec::new())).into_owned();
        match value.kind() {
            Kind::Object => value
                .members()
                .map(|(name, value)| (text(name), rebuilt(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Kind::Array => value.elements().map(rebuilt).collect::<Vec<_>>().into(),
            Kind::Text { .. } => text(value).into(),
            Kind::Number => serde_json::from_slice(value.raw()).unwrap(),
            Kind::True => true.into(),
            Kind::False => false.into(),
            Kind::Null => serde_json::Value::Null,
        }
    }

    fn check(line: &[u8]) {
        let mut tape = Tape::default();
        let ours = tape.read(line);
        match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(theirs) => {
                let ours = ours.unwrap_or_else(|| panic!("refused {}", line.escape_ascii()));
                assert_eq!(rebuilt(ours), theirs);
            }
            // What only we take: control characters, bytes outside UTF-8, halves of pairs, huge numbers.
            Err(error) => {
                let error = error.to_string();
                let lenient =
                    ["control character", "surrogate", "hex escape", "out of range", "unicode"];
                let known = lenient.iter().any(|reason| error.contains(reason));
                assert!(ours.is_none() || known, "took {}: {error}", line.escape_ascii());
            }
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "\\PC*".prop_map(Into::into),
            "[\"\\\\/\n\t\u{1}a\u{10348}]*".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::hash_map("[a-z\"\\\\]{0,4}", inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_as_serde_reads_it(value in json()) {
            check(value.to_string().as_bytes());
            check(serde_json::to_string_pretty(&value).unwrap().as_bytes());
        }

        #[test]
        fn a_changed_byte_is_judged_as_serde_does(value in json(), at: usize, byte in 0x20_u8..0x7F) {
            let mut line = value.to_string().into_bytes();
            let at = at % line.len();
            line[at] = byte;
            check(&line);
            check(&line[..at]);
        }

        #[test]
        fn short_texts_of_json_characters(line in "[\\[\\]{}:,\"\\\\0-9eE+.u tfn-]{0,24}") {
            check(line.as_bytes());
        }
    }

    #[test]
    fn hostile_lines_end_quickly() {
        let deep = b"[".repeat(1 << 20);
        assert!(Tape::default().read(&deep).is_none());
        let quotes = b"{\"a\":\"\\\"".repeat(1 << 17);
        assert!(Tape::default().read(&quotes).is_none());
        let nested = [b"[".repeat(DEPTH), b"]".repeat(DEPTH)].concat();
        assert!(Tape::default().read(&nested).is_some());
    }

    #[test]
    fn texts_are_unescaped() {
        for (line, want) in [
            (&br#""a\"\\\/\b\f\n\r\t\u0041""#[..], "a\"\\/\u{8}\u{c}\n\r\tA"),
            (br#""\ud800\udf48""#, "\u{10348}"),
            (br#""\ud800x\udf48""#, "\u{fffd}x\u{fffd}"),
            ("\"登录\"".as_bytes(), "登录"),
        ] {
            let mut tape = Tape::default();
            let text = tape.read(line).unwrap().text(&mut Vec::new()).to_vec();
            assert_eq!(String::from_utf8(text).unwrap(), want);
        }
    }
}
