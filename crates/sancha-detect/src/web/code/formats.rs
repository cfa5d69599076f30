//! Format strings: conversions of `printf` one after the other, which read or write memory where a program prints a value
//! by itself (CWE-134).

use crate::web::Kind;
use crate::web::scan::{at, from};
use crate::web::value::{Signs, View};

/// A message has conversions with words between them; nobody honest has so many in a row.
const LEAST: usize = 4;

/// `%x%x%x%x`, `%8.8x|%8.8x|…`, `%s%s%s%s%n`: conversions with nothing, or one sign, between them.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for start in memchr::memchr_iter(b'%', lower) {
        let (mut index, mut count, mut memory, mut parted) = (start, 0, false, false);
        while let Some((letter, end)) = conversion(lower, index) {
            count += 1;
            memory |= letter != b's';
            let sign = matches!(at(lower, end), b'|' | b'.' | b',' | b'-' | b':' | b'_' | b' ');
            let next = end + usize::from(sign && at(lower, end + 1) == b'%');
            parted |= next > end;
            index = next;
        }
        if count >= LEAST && (memory || !parted) {
            signs.raise(Kind::Code, 0.6, start);
            return;
        }
    }
}

/// The letter of a conversion that prints a text, a pointer or a number of base 16, or writes one; and where it ends.
fn conversion(lower: &[u8], index: usize) -> Option<(u8, usize)> {
    if at(lower, index) != b'%' {
        return None;
    }
    let flags = from(lower, index + 1)
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'#' | b'$' | b'*'))
        .count();
    let letter = index + 1 + flags;
    matches!(at(lower, letter), b's' | b'x' | b'p' | b'n').then(|| (at(lower, letter), letter + 1))
}
