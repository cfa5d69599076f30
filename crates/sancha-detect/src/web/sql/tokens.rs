//! Cuts bytes into SQL tokens, reading the dialects together: what any of them accepts is accepted.

use std::ops::Range;

use crate::web::scan::{at, from, is_word};
use crate::web::words::{self, Word};

/// More tokens than this add nothing that the first did not show.
const TOKEN_LIMIT: usize = 4096;

/// What a token is by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    End,
    Word,
    Number,
    /// A quoted text with both quotes.
    Text,
    /// A quoted text that never ends: the query's own quote will close it.
    OpenText,
    /// `=`, `<>`, `<=>` and their like.
    Compare,
    /// `&&`, `||`, `!`.
    Logic,
    /// `+`, `-`, `*`, `/`, `%`, `&`, `|`, `^`, `~`.
    Arithmetic,
    Open,
    Close,
    Comma,
    Semicolon,
    /// A comment that runs to the end.
    Comment,
    /// `@x`, `@@x`, `:x`, `?`.
    Variable,
    /// `::`.
    Cast,
    /// `->`, `->>`, `@>`, `<@`, `#>`, `?|`: operators on documents.
    Arrow,
    Dot,
    Other,
}

/// One token: its form, its place, and for words their class.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Token {
    pub(super) shape: Shape,
    pub(super) word: Word,
    start: usize,
    end: usize,
}

impl Token {
    pub(super) const END: Token =
        Token { shape: Shape::End, word: Word::Plain, start: usize::MAX, end: usize::MAX };

    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    /// `/*! … */`, which MySQL executes.
    pub(super) executable_comment: bool,
    /// A comment instead of a space between words.
    pub(super) split_words: bool,
    /// At least one word of the SQL vocabulary.
    pub(super) has_words: bool,
}

/// Fills `tokens` from `start` on.
pub(super) fn tokenize(bytes: &[u8], start: usize, tokens: &mut Vec<Token>) -> Hints {
    tokens.clear();
    let mut hints = Hints::default();
    let mut index = start;
    while index < bytes.len() && tokens.len() < TOKEN_LIMIT {
        let byte = at(bytes, index);
        // A no-break space, in one byte or as UTF-8; a zero byte ends the text for some readers only.
        let wide = byte == 0xC2 && at(bytes, index + 1) == 0xA0;
        // SQL Server takes every control byte for white space.
        if byte <= b' ' || byte == 0xA0 || wide {
            index += 1 + usize::from(wide);
            continue;
        }
        if byte == b'/' && at(bytes, index + 1) == b'*' {
            index = block_comment(bytes, index, tokens, &mut hints);
            continue;
        }
        let sign = match byte {
            b'-' if at(bytes, index + 1) == b'-' => 2,
            b'#' if is_word(at(bytes, index + 1)) => 1,
            // Right behind a word it begins no heading.
            b'#' if index > 0 && is_word(at(bytes, index - 1)) => 1,
            _ => 0,
        };
        if sign > 0
            && let Some(end) = pads(bytes, index + sign)
        {
            hints.split_words |= index > 0 && is_word(at(bytes, index - 1));
            index = end;
            continue;
        }
        let (shape, end) = token(bytes, index);
        let word = if shape == Shape::Word {
            words::classify(bytes.get(index..end).unwrap_or_default())
        } else {
            Word::Plain
        };
        hints.has_words |=
            word != Word::Plain || matches!(shape, Shape::Cast | Shape::Arrow | Shape::Variable);
        tokens.push(Token { shape, word, start: index, end });
        index = end.max(index + 1);
    }
    hints
}

/// Skips a comment; one that MySQL executes is opened instead, one without an end hides the rest.
fn block_comment(bytes: &[u8], index: usize, tokens: &mut Vec<Token>, hints: &mut Hints) -> usize {
    let inner = index + 2;
    let after_space = crate::web::scan::skip_space(bytes, inner);
    if at(bytes, after_space) == b'!'
        && from(bytes, after_space + 1).first().is_some_and(|b| is_word(*b))
    {
        hints.executable_comment = true;
        let digits = from(bytes, after_space + 1).iter().take_while(|b| b.is_ascii_digit()).count();
        return after_space + 1 + digits;
    }
    hints.split_words |= index > 0 && is_word(at(bytes, index - 1));
    match memchr::memmem::find(from(bytes, inner), b"*/") {
        Some(len) => inner + len + 2,
        None => {
            tokens.push(Token {
                shape: Shape::Comment,
                word: Word::Plain,
                start: index,
                end: bytes.len(),
            });
            bytes.len()
        }
    }
}

fn token(bytes: &[u8], index: usize) -> (Shape, usize) {
    let byte = at(bytes, index);
    match byte {
        b'0'..=b'9' => number(bytes, index),
        b'.' if at(bytes, index + 1).is_ascii_digit() => number(bytes, index),
        b'\'' | b'"' | b'`' => quoted(bytes, index, byte),
        b'-' if at(bytes, index + 1) == b'-' => comment(bytes, index),
        b'#' if !matches!(at(bytes, index + 1), b'>' | b'-') => comment(bytes, index),
        b'(' => (Shape::Open, index + 1),
        b')' => (Shape::Close, index + 1),
        b',' => (Shape::Comma, index + 1),
        b';' => (Shape::Semicolon, index + 1),
        b'.' => (Shape::Dot, index + 1),
        b'{' if at(bytes, index + 1).is_ascii_alphabetic() => (Shape::Open, index + 1),
        b'@' | b':' | b'?' | b'#' | b'<' | b'>' | b'=' | b'!' | b'-' | b'&' | b'|' => {
            operator(bytes, index)
        }
        b'+' | b'*' | b'/' | b'%' | b'^' | b'~' => (Shape::Arithmetic, index + 1),
        b'[' => bracketed(bytes, index),
        _ if is_word(byte) || byte >= 0x80 && byte != 0xC2 => word(bytes, index),
        _ => (Shape::Other, index + 1),
    }
}

fn word(bytes: &[u8], index: usize) -> (Shape, usize) {
    let len = from(bytes, index)
        .iter()
        .take_while(|b| is_word(**b) || **b >= 0x80 && !matches!(**b, 0xA0 | 0xC2) || **b == b'$')
        .count();
    let end = index + len;
    // Prefixed literals: N'…', X'…', B'…', U&'…', _utf8'…'.
    if len == 1
        && matches!(at(bytes, end), b'\'')
        && matches!(at(bytes, index), b'n' | b'x' | b'b' | b'e')
    {
        return quoted(bytes, end, b'\'');
    }
    (Shape::Word, end)
}

fn number(bytes: &[u8], index: usize) -> (Shape, usize) {
    let rest = from(bytes, index);
    let len = if at(rest, 0) == b'0' && at(rest, 1) == b'x' {
        2 + from(rest, 2).iter().take_while(|b| b.is_ascii_hexdigit()).count()
    } else {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let exponent = at(rest, digits) == b'e' && at(rest, digits + 1).is_ascii_digit();
        digits
            + if exponent {
                1 + from(rest, digits + 1).iter().take_while(|b| b.is_ascii_digit()).count()
            } else {
                0
            }
    };
    // `1or` is read by databases as `1 or`, so a letter behind starts a word only if the word means something.
    let tail = crate::web::scan::word(rest, len);
    if !tail.is_empty() && words::classify(tail) == Word::Plain {
        return (Shape::Word, index + len + tail.len());
    }
    (Shape::Number, index + len)
}

fn quoted(bytes: &[u8], index: usize, quote: u8) -> (Shape, usize) {
    let mut end = index + 1;
    while end < bytes.len() {
        let byte = at(bytes, end);
        if byte == b'\\' && quote != b'`' {
            end += 2;
        } else if byte == quote {
            return (Shape::Text, end + 1);
        } else {
            end += 1;
        }
    }
    (Shape::OpenText, bytes.len())
}

/// `--x`, `#x`, `#x*/*y`: one word behind the sign up to the line's end, as padding between the words of a statement.
fn pads(bytes: &[u8], index: usize) -> Option<usize> {
    let rest = from(bytes, index);
    let word = rest.iter().take_while(|b| is_word(**b) || matches!(**b, b'*' | b'/')).count();
    let len = word + usize::from(at(rest, word) == b'\r');
    (at(rest, len) == b'\n' && index + 1 + len < bytes.len()).then_some(index + 1 + len)
}

fn comment(bytes: &[u8], index: usize) -> (Shape, usize) {
    match memchr::memchr(b'\n', from(bytes, index)) {
        // A line break ends the comment, and reading goes on behind it.
        Some(len) if index + len + 1 < bytes.len() => (Shape::Comment, index + len + 1),
        _ => (Shape::Comment, bytes.len()),
    }
}

/// `[name]` of SQL Server and `[0]` of PostgreSQL.
fn bracketed(bytes: &[u8], index: usize) -> (Shape, usize) {
    let len = from(bytes, index + 1).iter().take(64).take_while(|b| is_word(**b)).count();
    if at(bytes, index + 1 + len) == b']' {
        (Shape::Word, index + len + 2)
    } else {
        (Shape::Other, index + 1)
    }
}

const OPERATORS: [(&[u8], Shape); 31] = [
    (b"<=>", Shape::Compare),
    (b"->>", Shape::Arrow),
    (b"#>>", Shape::Arrow),
    (b"@@", Shape::Variable),
    (b"::", Shape::Cast),
    (b"<=", Shape::Compare),
    (b">=", Shape::Compare),
    (b"<>", Shape::Compare),
    (b"!=", Shape::Compare),
    (b"==", Shape::Compare),
    (b"!~", Shape::Compare),
    (b"<<", Shape::Arithmetic),
    (b">>", Shape::Arithmetic),
    (b"<@", Shape::Arrow),
    (b"@>", Shape::Arrow),
    (b"@?", Shape::Arrow),
    (b"->", Shape::Arrow),
    (b"#>", Shape::Arrow),
    (b"#-", Shape::Arrow),
    (b"?|", Shape::Arrow),
    (b"?&", Shape::Arrow),
    (b"&&", Shape::Logic),
    (b"||", Shape::Logic),
    (b":=", Shape::Compare),
    (b"<", Shape::Compare),
    (b">", Shape::Compare),
    (b"=", Shape::Compare),
    (b"!", Shape::Logic),
    (b"-", Shape::Arithmetic),
    (b"&", Shape::Arithmetic),
    (b"|", Shape::Arithmetic),
];

fn operator(bytes: &[u8], index: usize) -> (Shape, usize) {
    let rest = from(bytes, index);
    let (len, shape) = OPERATORS
        .iter()
        .find(|(known, _)| rest.starts_with(known))
        .map_or((1, Shape::Other), |(known, shape)| (known.len(), *shape));
    let names_variable =
        shape == Shape::Variable || matches!(at(rest, 0), b'@' | b':') && shape == Shape::Other;
    if names_variable && is_word(at(rest, len)) {
        return (Shape::Variable, index + len + crate::web::scan::word(rest, len).len());
    }
    (if names_variable { Shape::Other } else { shape }, index + len)
}
