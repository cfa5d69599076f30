//! String patterns: what a Sigma string with wildcards becomes.
//!
//! ASCII letters match without regard to case, and only ASCII letters match them. A pattern with
//! other letters also folds those, by their one-character lower case.

use rsigma_parser::{SigmaString, SpecialChar, StringPart};

/// One string to look for in a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TextPattern {
    pub(crate) shape: Shape,
    pub(crate) fold: Fold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Bytes as they are.
    None,
    Ascii,
    /// The pattern holds letters outside ASCII: the value is folded before it is compared.
    Unicode,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Equals(Box<[u8]>),
    Starts(Box<[u8]>),
    Ends(Box<[u8]>),
    Contains(Needle),
    Glob(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(Box<[u8]>),
    /// `?`: one character.
    One,
    /// `*`: any run, also none.
    Many,
}

/// Where a value may stand in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

impl TextPattern {
    pub(crate) fn new(value: &SigmaString, place: Place, cased: bool) -> Self {
        let pieces = value.parts.iter().map(|part| match part {
            StringPart::Plain(text) => Piece::Text(text.as_bytes().into()),
            StringPart::Special(SpecialChar::WildcardMulti) => Piece::Many,
            StringPart::Special(SpecialChar::WildcardSingle) => Piece::One,
        });
        Self::from_pieces(pieces.collect(), place, cased)
    }

    pub(crate) fn literal(bytes: &[u8], place: Place, cased: bool) -> Self {
        Self::from_pieces(vec![Piece::Text(bytes.into())], place, cased)
    }

    fn from_pieces(mut pieces: Vec<Piece>, place: Place, cased: bool) -> Self {
        if matches!(place, Place::End | Place::Anywhere) {
            pieces.insert(0, Piece::Many);
        }
        if matches!(place, Place::Start | Place::Anywhere) {
            pieces.push(Piece::Many);
        }
        pieces.dedup_by(|one, other| matches!((one, other), (Piece::Many, Piece::Many)));
        let ascii = pieces.iter().all(|piece| match piece {
            Piece::Text(text) => text.is_ascii(),
            Piece::One | Piece::Many => true,
        });
        let fold = match (cased, ascii) {
            (true, _) => Fold::None,
            (false, true) => Fold::Ascii,
            (false, false) => Fold::Unicode,
        };
        for piece in &mut pieces {
            if let Piece::Text(text) = piece {
                *text = fold.apply(text).into();
            }
        }
        Self { shape: Shape::of(pieces), fold }
    }

    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        match self.fold {
            // Some letter of the pattern is none of ASCII, and ASCII folds only to itself.
            Fold::Unicode if value.is_ascii() => false,
            Fold::Unicode => self.shape.matches(&Fold::Unicode.apply(value), false),
            Fold::Ascii => self.shape.matches(value, true),
            Fold::None => self.shape.matches(value, false),
        }
    }
}

impl Fold {
    fn apply(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::None => bytes.to_vec(),
            Self::Ascii => bytes.to_ascii_lowercase(),
            Self::Unicode => fold_unicode(bytes),
        }
    }
}

/// Lower case, character by character; bytes that are not UTF-8 stay as they are.
fn fold_unicode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut buffer = [0; 4];
            out.extend_from_slice(fold_char(c).encode_utf8(&mut buffer).as_bytes());
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// A letter outside ASCII never folds into it: ASCII means the same with and without such letters.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if !one.is_ascii() => one,
        _ => c,
    }
}

impl Shape {
    fn of(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self::Equals(Box::default()),
            [Piece::Text(text)] => Self::Equals(text.clone()),
            [Piece::Text(text), Piece::Many] => Self::Starts(text.clone()),
            [Piece::Many, Piece::Text(text)] => Self::Ends(text.clone()),
            [Piece::Many, Piece::Text(text), Piece::Many] => {
                Self::Contains(Needle::new(text.clone()))
            }
            _ => Self::Glob(pieces),
        }
    }

    fn matches(&self, value: &[u8], fold: bool) -> bool {
        match self {
            Self::Equals(text) => same(value, text, fold),
            Self::Starts(text) => {
                value.get(..text.len()).is_some_and(|start| same(start, text, fold))
            }
            Self::Ends(text) => value
                .len()
                .checked_sub(text.len())
                .and_then(|from| value.get(from..))
                .is_some_and(|end| same(end, text, fold)),
            Self::Contains(needle) => needle.is_in(value, fold),
            Self::Glob(pieces) => glob(pieces, value, fold),
        }
    }
}

fn same(value: &[u8], text: &[u8], fold: bool) -> bool {
    if fold { value.eq_ignore_ascii_case(text) } else { value == text }
}

/// A string to search for, with the place of its rarest byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Needle {
    pub(crate) bytes: Box<[u8]>,
    rare: usize,
}

impl Needle {
    fn new(bytes: Box<[u8]>) -> Self {
        let rank = |byte: u8| b"eaiotnrsl0/1.-".iter().rev().position(|common| *common == byte);
        let rare = (0..bytes.len()).min_by_key(|at| bytes.get(*at).map(|b| rank(*b))).unwrap_or(0);
        Self { bytes, rare }
    }

    fn is_in(&self, value: &[u8], fold: bool) -> bool {
        let Some(rare) = self.bytes.get(self.rare).copied() else { return true };
        let upper = if fold { rare.to_ascii_uppercase() } else { rare };
        let mut from = self.rare;
        while let Some(rest) = value.get(from..) {
            let found = if upper == rare {
                memchr::memchr(rare, rest)
            } else {
                memchr::memchr2(rare, upper, rest)
            };
            let Some(found) = found else { return false };
            let start = from + found - self.rare;
            match value.get(start..start + self.bytes.len()) {
                Some(part) if same(part, &self.bytes, fold) => return true,
                Some(_) => from += found + 1,
                None => return false,
            }
        }
        false
    }
}

/// Wildcards by backtracking to the last `*` only, which is enough and never exponential.
fn glob(pieces: &[Piece], value: &[u8], fold: bool) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut last_many: Option<(usize, usize)> = None;
    loop {
        let step = match pieces.get(piece) {
            None if at >= value.len() => return true,
            None => None,
            Some(Piece::Many) => {
                last_many = Some((piece, at));
                piece += 1;
                continue;
            }
            Some(Piece::One) => one_character(value, at),
            Some(Piece::Text(text)) => value
                .get(at..at + text.len())
                .is_some_and(|part| same(part, text, fold))
                .then_some(at + text.len()),
        };
        match (step, last_many) {
            (Some(next), _) => (piece, at) = (piece + 1, next),
            (None, Some((many, from))) if from < value.len() => {
                last_many = Some((many, from + 1));
                (piece, at) = (many + 1, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// The place behind the character at `at`; a byte that is not UTF-8 counts as one.
fn one_character(value: &[u8], at: usize) -> Option<usize> {
    value.get(at)?;
    let continued = value.get(at + 1..)?.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80);
    Some(at + 1 + continued.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, place: Place, value: &str, expected: bool) {
        let pattern = TextPattern::new(&SigmaString::new(pattern), place, false);
        assert_eq!(pattern.matches(value.as_bytes()), expected, "{pattern:?} on {value:?}");
    }

    #[test]
    fn places_and_wildcards() {
        check("/etc/passwd", Place::Whole, "/ETC/passwd", true);
        check("/etc/passwd", Place::Whole, "/etc/passwd ", false);
        check(".PHP", Place::End, "/a/b.php", true);
        check("/a", Place::Start, "b/a", false);
        check("WHOAMI", Place::Anywhere, "x;whoami", true);
        check("aab", Place::Anywhere, "aaab", true);
        check("a*c?e", Place::Whole, "abbcde", true);
        check("a*c?e", Place::Whole, "abbce", false);
        check("*a*b", Place::Whole, "xaxb", true);
        check("a?b", Place::Whole, "a院b", true);
        check(r"a\*b", Place::Whole, "a*b", true);
        check(r"a\*b", Place::Whole, "axb", false);
        check("*", Place::Whole, "", true);
        check("", Place::Whole, "", true);
        check("", Place::Whole, "x", false);
    }

    #[test]
    fn letters_outside_ascii_fold_when_the_pattern_has_them() {
        check("ÄRZTE", Place::Anywhere, "die ärzte", true);
        check("医院", Place::Anywhere, "某医院", true);
        // The Kelvin sign's lower case is an ASCII letter; ASCII patterns do not mean it.
        check("kelvin", Place::Whole, "\u{212A}elvin", false);
        check("kelvin é", Place::Whole, "\u{212A}elvin é", false);
    }

    #[test]
    fn bytes_that_are_no_text_still_match() {
        let pattern = TextPattern::new(&SigmaString::new("é*x"), Place::Whole, false);
        assert!(pattern.matches(b"\xC3\x89\xFFx"));
    }
}
