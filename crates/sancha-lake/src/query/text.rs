//! Texts that are looked for: words and phrases in lines, patterns of values.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::DFA;
use sancha_normalize::readable;

use super::piecewise;
use crate::index::{Word, foreign, is_ascii_word, words};

/// Largest compiled size of a pattern, in bytes.
const PATTERN_BYTES: usize = 4 << 20;

/// What a word begins behind: the start, a sign, or the escape of one, as [`words`] parts them.
const WORD_START: &str =
    r"(?-u:(?:^|[^0-9A-Za-z_]|%(?:[012][0-9A-Fa-f]|3[A-Fa-f]|[46]0|5[B-Eb-e]|7[B-Fb-f])))";

/// A text that a line must hold. Case is folded for ASCII.
#[derive(Clone, Debug)]
pub struct Needle {
    pattern: Regex,
    /// The same, for lines in pieces.
    automaton: Option<Arc<DFA>>,
    /// Words that every line with it holds.
    pub(crate) words: Vec<Word>,
    /// A pattern that somebody wrote may be one of bytes.
    is_of_bytes: bool,
}

impl Needle {
    /// A word or phrase: it begins and ends where words do, unless it is open there (`*` was written).
    pub fn phrase(text: &str, open_start: bool, open_end: bool) -> Option<Self> {
        Self::pieces(&[text], open_start, open_end)
    }

    /// Pieces of one phrase, between which anything but blanks may stand.
    pub fn pieces(pieces: &[&str], open_start: bool, open_end: bool) -> Option<Self> {
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| is_ascii_word(*byte));
        let (first, last) = (pieces.first()?, pieces.last()?);
        let starts_word = !open_start && edge(first.as_bytes().first());
        let ends_word = !open_end && edge(last.as_bytes().last());
        // Between words a URL has `+` or `%20` for a blank.
        let words_apart = |piece: &&str| regex::escape(piece).replace(' ', r"(?: |\+|%20)");
        let pattern = format!(
            "{}{}{}",
            if starts_word { WORD_START } else { "" },
            pieces.iter().map(words_apart).collect::<Vec<_>>().join(r"\S*"),
            if ends_word { r"(?-u:(?:$|[^0-9A-Za-z_]))" } else { "" },
        );
        let mut whole = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let (starts, ends) = (open_start || at > 0, open_end || at + 1 < pieces.len());
            words(inner(piece, starts, ends).as_bytes(), |word| whole.push(word));
        }
        Self::of(&pattern, true, whole)
    }

    /// The same for parts whose companion knows of GB18030 only that some lines are no UTF-8; nothing for ASCII, whose
    /// words stand there in any case.
    pub fn in_other_encodings(&self, text: &str) -> Option<Self> {
        (!text.is_ascii()).then(|| Self { words: vec![foreign()], ..self.clone() })
    }

    /// A regular expression over the line, case as written.
    pub fn regex(pattern: &str) -> Option<Self> {
        Some(Self { is_of_bytes: true, ..Self::of(pattern, false, Vec::new())? })
    }

    fn of(pattern: &str, fold: bool, words: Vec<Word>) -> Option<Self> {
        let automaton = piecewise::compile(pattern, fold, PATTERN_BYTES).map(Arc::new);
        Some(Self { pattern: compile(pattern, fold)?, automaton, words, is_of_bytes: false })
    }

    /// `line`: with or without its end, which does not count. One that is no UTF-8 is read as people see it: in GB18030
    /// a byte of a character may be that of a letter, and half a character with half of the next another one.
    pub(crate) fn is_in(&self, line: &[u8]) -> bool {
        let line = piecewise::without_end(line);
        match std::str::from_utf8(line) {
            Ok(_) => self.pattern.is_match(line),
            Err(_) => {
                self.pattern.is_match(readable(line).as_bytes())
                    || self.is_of_bytes && self.pattern.is_match(line)
            }
        }
    }

    /// `None`: it can only be searched in whole lines.
    pub(super) fn automaton(&self) -> Option<&DFA> {
        self.automaton.as_deref()
    }
}

/// What of a phrase is whole words: an open end may be the middle of one.
fn inner(text: &str, open_start: bool, open_end: bool) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let text = if open_start { text.trim_start_matches(is_word) } else { text };
    if open_end { text.trim_end_matches(is_word) } else { text }
}

fn compile(pattern: &str, fold: bool) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(fold)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES)
        .build()
        .ok()
}

/// A value with `*` for any text and `?` for one character; case is folded for ASCII.
#[derive(Clone, Debug)]
pub struct Glob {
    text: String,
    /// Nothing: the text is the whole value.
    pattern: Option<Regex>,
    /// Case counts.
    as_written: bool,
}

impl Glob {
    pub fn new(text: &str) -> Option<Self> {
        if !text.contains(['*', '?']) {
            return Some(Self { text: text.to_owned(), pattern: None, as_written: false });
        }
        let pattern: String = text
            .split_inclusive(['*', '?'])
            .map(|piece| match piece.strip_suffix(['*', '?']) {
                Some(plain) if piece.ends_with('*') => format!("{}.*", regex::escape(plain)),
                Some(plain) => format!("{}.", regex::escape(plain)),
                None => regex::escape(piece),
            })
            .collect();
        let pattern = compile(&format!("(?s)^{pattern}$"), true)?;
        Some(Self { text: text.to_owned(), pattern: Some(pattern), as_written: false })
    }

    /// No pattern, whatever characters it has.
    pub fn exactly(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), pattern: None, as_written: false })
    }

    /// As [`Glob::exactly`], and case counts.
    pub(super) fn as_written(text: &str) -> Self {
        Self { text: text.to_owned(), pattern: None, as_written: true }
    }

    /// The value where there is only one.
    pub(crate) fn exact(&self) -> Option<&str> {
        self.pattern.is_none().then_some(self.text.as_str())
    }

    pub(crate) fn fits(&self, value: &[u8]) -> bool {
        match &self.pattern {
            None if self.as_written => self.text.as_bytes() == value,
            None => self.text.as_bytes().eq_ignore_ascii_case(value),
            Some(pattern) => pattern.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_begin_and_end_where_words_do() {
        let holds = |text: &str, line: &str| {
            let open = (text.starts_with('*'), text.ends_with('*'));
            Needle::phrase(text.trim_matches('*'), open.0, open.1).unwrap().is_in(line.as_bytes())
        };
        assert!(holds("union select", "id=1 UNION SELECT 2"));
        assert!(!holds("union select", "reunion select"));
        assert!(holds("union select", "id=1%27%20union%20select%201"));
        assert!(holds("union select", "q=1+UNION+SELECT+2"));
        assert!(!holds("union select", "id=2%30union select"), "an escaped digit");
        assert!(holds("union", "%3Cunion%3E") && holds("union", "%5bunion%5d"));
        assert!(holds("*union select", "reunion select"));
        assert!(holds("union sel*", "union select"));
        assert!(holds("/etc/passwd", "file=../../etc/passwd"));
        assert!(!holds("/etc/pass", "file=/etc/passwd"));
        assert!(holds("登录", "用户登录失败"));
        let pieces =
            |line: &str| Needle::pieces(&["f", "d"], false, false).unwrap().is_in(line.as_bytes());
        assert!(pieces("failed for") && pieces("f-d") && !pieces("f d") && !pieces("failed_for"));
    }

    #[test]
    fn lines_in_gb18030_are_read_as_people_see_them() {
        let holds = |text: &str, line: &[u8]| {
            let phrase = Needle::phrase(text, false, false).unwrap().is_in(line);
            assert!(!phrase || Needle::regex(&regex::escape(text)).unwrap().is_in(line));
            phrase
        };
        // `用户 root 来自 10.0.0.25`, `中国`, `乤`.
        let line = b"\xd3\xc3\xbb\xa7 root \xc0\xb4\xd7\xd4 10.0.0.25";
        assert!(holds("用户 root", line) && holds("来自 10.0.0.25", line));
        assert!(!holds("来自 10.0.0.2", line) && !holds("用户 roo", line));
        assert!(!holds("泄", b"\xd6\xd0\xb9\xfa") && holds("中国", b"\xd6\xd0\xb9\xfa"));
        assert!(!holds("a", b"\x81a"));
        // Cut within a character, and with a byte of something else.
        let cut = "用户登录失败，系统".as_bytes();
        assert!(holds("登录", &cut[..cut.len() - 1]));
        assert!(holds(
            "用户 root",
            b"\xd3\xc3\xbb\xa7 root \xc0\xb4\xd7\xd4\xc0\xb4\xd7\xd4 \xff x"
        ));
        assert!(Needle::regex(r"(?-u:\xff)").unwrap().is_in(b"x\xff"));
    }

    #[test]
    fn only_whole_words_are_asked_of_the_index() {
        let count = |text: &str, open: (bool, bool)| {
            Needle::phrase(text, open.0, open.1).unwrap().words.len()
        };
        assert_eq!(count("union select", (false, false)), 2);
        assert_eq!(count("union select", (true, false)), 1);
        assert_eq!(count("union select", (true, true)), 0);
        assert_eq!(count("/etc/passwd", (true, true)), 1);
    }

    #[test]
    fn values_are_whole() {
        let fits = |glob: &str, value: &str| Glob::new(glob).unwrap().fits(value.as_bytes());
        assert!(fits("*.jsp", "/a/B.JSP"));
        assert!(!fits("*.jsp", "/a.jsp/b"));
        assert!(fits("root", "Root") && !fits("root", "root2"));
        assert!(fits("a?c", "abc") && !fits("a?c", "ac"));
        let exactly = Glob::as_written("a*");
        assert!(exactly.fits(b"a*") && !exactly.fits(b"A*") && !exactly.fits(b"ab"));
    }
}
