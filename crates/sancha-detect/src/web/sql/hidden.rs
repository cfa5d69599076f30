//! Comments behind a text that was closed: what hides the rest of the query, and what a program says of its line.

use super::Reading;
use crate::web::scan::upto;

/// `print "a"; # prints a`: the quote before the semicolon ends a text that the value began, and a remark follows.
pub(super) fn remarks(reading: &Reading<'_>, semicolon: usize) -> bool {
    let before = upto(reading.lower, reading.place(semicolon));
    let paired = before
        .last()
        .is_some_and(|quote| memchr::memchr_iter(*quote, before).count().is_multiple_of(2));
    let text = reading.text(semicolon + 1);
    paired
        && matches!(text, [b'#', b' ' | b'\t', rest @ ..] if rest.iter().any(u8::is_ascii_alphabetic))
}

/// `admin'--` and `x' #`: the rest of the query is commented away.
pub(super) fn hidden_rest(reading: &Reading<'_>, index: usize) -> f32 {
    let text = reading.text(index);
    let rest = text.strip_prefix(b"--").or_else(|| text.strip_prefix(b"#")).unwrap_or_default();
    let short = rest.trim_ascii().len() <= 8 && !rest.contains(&b'\'');
    let stands_alone =
        rest.is_empty() || matches!(rest.first(), Some(b' ' | b'-' | b'+' | b'\n' | b'\r'));
    let begins = reading.place(0) > 1 || text.starts_with(b"--");
    match (short, stands_alone) {
        (true, true) if begins => 0.8,
        (_, true) if text.starts_with(b"--") => 0.4,
        _ if text.starts_with(b"/*") && rest.len() < 4 => 0.6,
        _ => 0.0,
    }
}
