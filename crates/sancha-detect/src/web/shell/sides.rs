//! What stands before and behind the many places of a text where a command may stand. Each fact is found out once for
//! the whole text, so that a text of separators does not have to be read again for every one of them.

use std::cell::OnceCell;

use crate::web::scan::{at, upto};

/// Facts about a text, found out when they are first asked for.
pub(super) struct Sides<'l> {
    lower: &'l [u8],
    braces: Braces,
    /// What was found to be white space last.
    blank: (usize, usize),
    plain: OnceCell<usize>,
    second_digit: OnceCell<Option<usize>>,
    signs: OnceCell<usize>,
    prose: OnceCell<Prose>,
    markup: OnceCell<Option<usize>>,
}

/// How far a text is one of words and lists from its start on.
#[derive(Clone, Copy)]
struct Prose {
    /// Where its first word of three letters is complete.
    word: usize,
    /// Where the first byte stands that it has no place for.
    end: usize,
}

impl<'l> Sides<'l> {
    pub(super) fn of(lower: &'l [u8]) -> Self {
        Self {
            lower,
            braces: Braces::default(),
            blank: (0, 0),
            plain: OnceCell::new(),
            second_digit: OnceCell::new(),
            signs: OnceCell::new(),
            prose: OnceCell::new(),
            markup: OnceCell::new(),
        }
    }

    pub(super) fn text(&self) -> &'l [u8] {
        self.lower
    }

    /// What stands before `index`, without the white space at its end; asked for in ascending order.
    pub(super) fn before(&mut self, index: usize) -> &'l [u8] {
        let mut end = index;
        while end > 0 && at(self.lower, end - 1).is_ascii_whitespace() {
            end -= 1;
            if end == self.blank.1 {
                end = self.blank.0;
                break;
            }
        }
        self.blank = (end, index);
        upto(self.lower, end)
    }

    /// Whether a pipe stands between `{{ ` and ` }}`, with a space on both sides; asked for in ascending order.
    pub(super) fn is_filter(&mut self, index: usize) -> bool {
        self.braces.open_at(self.lower, index)
            && index > 0
            && at(self.lower, index - 1) == b' '
            && self.braces.close_behind(self.lower, index)
    }

    /// Words and numbers, and semicolons as lists have them, from `index` to the end.
    pub(super) fn is_plain_from(&self, index: usize) -> bool {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || matches!(b, b' ' | b';');
        let begin = || self.lower.iter().rposition(|b| !plain(b)).map_or(0, |last| last + 1);
        index >= *self.plain.get_or_init(begin)
    }

    /// At most one digit from `index` to the end: it counts or sizes something, `cat 6`.
    pub(super) fn has_one_digit_from(&self, index: usize) -> bool {
        let digits = self.lower.iter().enumerate().rev().filter(|(_, b)| b.is_ascii_digit());
        let second = || digits.map(|(place, _)| place).nth(1);
        self.second_digit.get_or_init(second).is_none_or(|place| place < index)
    }

    /// Nothing before `index` but quotes, brackets and separators that close what the value landed in.
    pub(super) fn only_closes_before(&self, index: usize) -> bool {
        let sign = |b: &u8| matches!(b, b'\'' | b'"' | b')' | b' ' | b';');
        let end = || self.lower.iter().take_while(|b| sign(b)).count();
        index <= *self.signs.get_or_init(end)
    }

    /// Words as a list or a title has them before `index`, one of them no abbreviation.
    pub(super) fn is_prose_before(&self, index: usize) -> bool {
        let end = upto(self.lower, index).trim_ascii_end().len();
        let prose = self.prose.get_or_init(|| Prose::of(self.lower));
        prose.word <= end && end <= prose.end
    }

    /// A sign of markup at `index` or behind it.
    pub(super) fn has_markup_from(&self, index: usize) -> bool {
        const SIGNS: [&[u8]; 5] = [b"&gt", b"&lt", b"&quot", b"&amp", b"&#"];
        let last = || {
            let references = SIGNS.iter().filter_map(|s| memchr::memmem::rfind(self.lower, s));
            references.chain(memchr::memrchr2(b'<', b'>', self.lower)).max()
        };
        self.markup.get_or_init(last).is_some_and(|place| place >= index)
    }
}

impl Prose {
    fn of(lower: &[u8]) -> Self {
        let letter = |b: u8| b.is_ascii_lowercase() || b >= 0x80;
        let lead = lower.len() - lower.trim_ascii_start().len();
        let text = lower.get(lead..).unwrap_or_default();
        let odd = text.iter().position(|b| !letter(*b) && !matches!(b, b' ' | b';' | b'|'));
        let word = text.windows(3).position(|three| three.iter().all(|b| letter(*b)));
        Self {
            word: word.map_or(usize::MAX, |start| lead + start + 3),
            end: lead + odd.unwrap_or(text.len()),
        }
    }
}

/// Whether a template's double braces are open, as far as the text was passed.
#[derive(Default)]
struct Braces {
    passed: usize,
    open: bool,
    last_close: OnceCell<Option<usize>>,
}

impl Braces {
    fn open_at(&mut self, lower: &[u8], index: usize) -> bool {
        while self.passed + 2 <= index {
            match (at(lower, self.passed), at(lower, self.passed + 1)) {
                (b'{', b'{') => self.open = true,
                (b'}', b'}') => self.open = false,
                _ => {}
            }
            self.passed += 1;
        }
        self.open
    }

    fn close_behind(&self, lower: &[u8], index: usize) -> bool {
        let last = || memchr::memmem::rfind(lower, b"}}");
        self.last_close.get_or_init(last).is_some_and(|place| place >= index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::scan::{contains, from};
    use proptest::prelude::*;

    proptest! {
        /// What is found out once is what a look at each side says.
        #[test]
        fn facts_hold_at_every_place(text in "[ab é;|'0&gt<{}\t\n]{0,40}") {
            let lower = text.as_bytes();
            let mut sides = Sides::of(lower);
            for index in 0..=lower.len() {
                let (before, behind) = (upto(lower, index), from(lower, index));
                let plain =
                    |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || matches!(b, b' ' | b';');
                let letter = |b: &u8| b.is_ascii_lowercase() || *b >= 0x80;
                let words = before.trim_ascii();
                let prose = words.iter().all(|b| letter(b) || matches!(b, b' ' | b';' | b'|'))
                    && words.split(|b| !letter(b)).any(|word| word.len() > 2);
                let open = memchr::memmem::rfind(before, b"{{")
                    .is_some_and(|open| !contains(from(before, open), b"}}"));
                let filter = open && before.ends_with(b" ") && contains(behind, b"}}");
                let closing = |b: &u8| matches!(b, b'\'' | b'"' | b')' | b' ' | b';');
                let marks: [&[u8]; 7] = [b"&gt", b"&lt", b"&quot", b"&amp", b"&#", b"<", b">"];
                prop_assert_eq!(sides.before(index), before.trim_ascii_end());
                prop_assert_eq!(sides.is_filter(index), filter);
                prop_assert_eq!(sides.is_plain_from(index), behind.iter().all(plain));
                prop_assert_eq!(
                    sides.has_one_digit_from(index),
                    behind.iter().filter(|b| b.is_ascii_digit()).count() <= 1
                );
                prop_assert_eq!(sides.only_closes_before(index), before.iter().all(closing));
                prop_assert_eq!(sides.is_prose_before(index), prose);
                prop_assert_eq!(
                    sides.has_markup_from(index),
                    marks.iter().any(|mark| contains(behind, mark))
                );
            }
        }
    }
}
