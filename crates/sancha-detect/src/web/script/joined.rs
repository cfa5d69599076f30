//! Script that joins the expression it landed in and leaves it whole, so that the page's own statement still runs.

use crate::web::Kind;
use crate::web::scan::{at, from, upto, word};
use crate::web::value::{Signs, View};

/// What a script in a page calls or sets first.
const ROOTS: [&[u8]; 22] = [
    b"alert",
    b"confirm",
    b"prompt",
    b"eval",
    b"fetch",
    b"document",
    b"window",
    b"self",
    b"globalthis",
    b"location",
    b"opener",
    b"parent",
    b"top",
    b"history",
    b"navigator",
    b"localstorage",
    b"sessionstorage",
    b"xmlhttprequest",
    b"image",
    b"reflect",
    b"string",
    b"array",
];

/// `*/-location='//h'-*/`, `");history.replaceState(0,0,'/x')//`, `1;Reflect.get(window,'alert')(1)//`: signs that
/// leave the page's own expression, a call or assignment that only a page has, and the same signs again or a comment.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let text = view.lower.trim_ascii();
    let Some(joint) = Joint::of(text) else { return };
    if joint.leaves() && reaches_page(joint.body) && joint.is_mated(text) {
        signs.raise(Kind::Xss, 0.7, joint.number);
    }
}

/// How a value leaves the expression that it landed in: a number or nothing, and then signs.
struct Joint<'t> {
    /// How many digits come first.
    number: usize,
    signs: &'t [u8],
    /// What stands behind the signs.
    body: &'t [u8],
}

impl<'t> Joint<'t> {
    fn of(text: &'t [u8]) -> Option<Self> {
        if !text.first().is_some_and(|b| joins(b) || b.is_ascii_digit()) {
            return None;
        }
        let number = text.iter().take_while(|b| b.is_ascii_digit()).count();
        let rest = from(text, number);
        let len = rest.iter().take_while(|b| joins(b)).count();
        Some(Self { number, signs: upto(rest, len).trim_ascii(), body: from(rest, len) })
    }

    /// A few signs, and more than the slashes that a path begins with, too.
    fn leaves(&self) -> bool {
        (1..=8).contains(&self.signs.len()) && self.signs.iter().any(|b| !matches!(b, b'/' | b' '))
    }

    /// Whether the value ends in the mate of what it left: the same sign, a number, a comment.
    fn is_mated(&self, text: &[u8]) -> bool {
        let last = text.last().copied().unwrap_or(0);
        let left = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let before_number = upto(text, text.len() - left).last().copied().unwrap_or(0);
        let choice =
            self.signs.ends_with(b"?") && self.body.iter().rev().take(4).any(|b| *b == b':');
        text.ends_with(b"//")
            || self.signs.contains(&last)
            || last == b'{'
            || choice
            || self.number > 0 && left > 0 && self.signs.last() == Some(&before_number)
    }
}

/// Signs that end an expression or go on with it.
fn joins(byte: &u8) -> bool {
    const SIGNS: &[u8] = b"\"'`)}];,*/+-|&?^\\ ";
    SIGNS.contains(byte)
}

/// A call or assignment that only a page has.
fn reaches_page(body: &[u8]) -> bool {
    let started = [&b"new "[..], b"await "].iter().find_map(|word| body.strip_prefix(*word));
    let body = started.unwrap_or(body);
    let name = word(body, 0);
    let rest = from(body, name.len());
    let reaches = match name {
        b"string" | b"array" => rest.starts_with(b".prototype."),
        _ => matches!(at(rest, 0), b'.' | b'[' | b'=' | b'(' | b'`'),
    };
    ROOTS.contains(&name) && reaches && rest.iter().any(|b| matches!(b, b'(' | b'=' | b'`'))
}
