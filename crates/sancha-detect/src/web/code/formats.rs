//! Format strings: conversions of `printf` one after the other, which read or write memory where a program prints a value
//! by itself (CWE-134).

use std::cell::OnceCell;

use crate::web::Kind;
use crate::web::scan::{at, from, upto};
use crate::web::value::{Signs, View};

/// A message has conversions with words between them; nobody honest has so many in a row.
const LEAST: usize = 4;

/// `%x%x%x%x`, `%8.8x|%8.8x|…`, `%s%s%s%s%n`: conversions with nothing, or one sign, between them.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let mut done = 0;
    let named = OnceCell::new();
    for start in memchr::memchr_iter(b'%', view.text) {
        if start < done {
            continue;
        }
        let run = Run::at(view.text, start);
        done = run.end;
        let telling = run.count >= LEAST && (run.memory || !run.parted);
        if telling
            && !view.is_composed()
            && *named.get_or_init(|| first_of_a_program(view)) >= start
            && view.words_around(start) == 0
        {
            signs.raise(Kind::Code, 0.6, start);
            return;
        }
    }
}

/// Where a text first is one about programs, or calls what takes a format.
fn first_of_a_program(view: &View<'_>) -> usize {
    const MARKS: [&[u8]; 4] = [b"printf", b"format", b" -c", b"#"];
    let ends = MARKS.iter().filter_map(|mark| view.find(mark).map(|place| place + mark.len() - 1));
    ends.min().unwrap_or(usize::MAX)
}

/// Conversions in a row.
struct Run {
    count: usize,
    /// One of them reads or writes memory: a pointer, a number of base 16 of any width but two and four digits, which
    /// addresses of cards and numbers of devices have, or `%n`.
    memory: bool,
    /// A sign stands between two of them.
    parted: bool,
    end: usize,
}

impl Run {
    fn at(text: &[u8], start: usize) -> Self {
        let mut run = Self { count: 0, memory: false, parted: false, end: start };
        while let Some((letter, flags, end)) = conversion(text, run.end) {
            run.count += 1;
            let fixed = letter == b'x' && matches!(flags, b"02" | b"04" | b"2" | b"4");
            run.memory |= letter != b's' && !fixed;
            let sign = matches!(at(text, end), b'|' | b'.' | b',' | b'-' | b':' | b'_' | b' ');
            run.end = end + usize::from(sign && at(text, end + 1) == b'%');
            run.parted |= run.end > end;
        }
        run
    }
}

/// The letter of a conversion that prints a text, a pointer or a number of base 16, or writes one; its flags; where it
/// ends.
fn conversion(text: &[u8], index: usize) -> Option<(u8, &[u8], usize)> {
    if at(text, index) != b'%' {
        return None;
    }
    let rest = from(text, index + 1);
    let flag = |b: &&u8| b.is_ascii_digit() || matches!(b, b'.' | b'#' | b'$' | b'*');
    let flags = upto(rest, rest.iter().take(12).take_while(flag).count());
    let letter = at(rest, flags.len());
    matches!(letter, b's' | b'x' | b'p' | b'n').then(|| (letter, flags, index + 2 + flags.len()))
}
