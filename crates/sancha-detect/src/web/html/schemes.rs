//! Addresses that are script.

use crate::web::Kind;
use crate::web::decode::{bytes_of_base64, sextet};
use crate::web::scan::{at, contains, contains_any, from, is_space, upto};
use crate::web::value::{Signs, View};

/// Schemes that run script (or once did) when a browser follows them.
const SCRIPT_SCHEMES: [&[u8]; 6] =
    [b"javascript:", b"vbscript:", b"livescript:", b"mocha:", b"data:text/html", b"data:image/svg"];

/// Script schemes with white space and control bytes in between, where a URL may begin.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let last_act = memchr::memrchr2(b'(', b'=', view.lower);
    for colon in memchr::memchr_iter(b':', view.lower) {
        let mut name = [0_u8; 16];
        let Some((len, start)) = spelled_before(view.lower, colon, &mut name) else {
            continue;
        };
        let word = name.get(16 - len..).unwrap_or_default();
        // Links that do nothing: `javascript:void(0)`, `javascript:;`.
        let idle = [&b"void(0)"[..], b" void(0)", b";"].iter().any(|none| {
            let behind = colon + 1 + none.len();
            from(view.lower, colon + 1).starts_with(none)
                && last_act.is_none_or(|place| place < behind)
        });
        // A subject and what is asked about it.
        let words = after_colon(view.lower, colon);
        let asked = is_space(at(view.lower, colon + 1))
            && words.take(3).filter(|word| word.iter().all(u8::is_ascii_lowercase)).count() == 3;
        // `… the following JavaScript:</p>`: the element ends where script would begin.
        let ended = from(view.lower, colon + 1).trim_ascii_start().starts_with(b"</p");
        if idle || asked || ended {
            continue;
        }
        let script = SCRIPT_SCHEMES
            .iter()
            .any(|scheme| scheme.strip_suffix(b":").is_some_and(|s| word.ends_with(s)));
        let after = from(view.lower, colon + 1);
        let runs =
            after.iter().take(120).any(|b| matches!(b, b'(' | b'=' | b'`' | b'/' | b'%' | b':'))
                || view.has(b'<');
        // Where the scheme is forgotten, a name with a colon and a space is a member of an object.
        let named = matches!(word, [.., b'm', b'o', b'c', b'h', b'a']) && is_space(at(after, 0));
        // `javascript: void`: a subject and a word, which run nothing.
        let named = named
            || is_space(at(after, 0)) && after.iter().all(|b| b.is_ascii_lowercase() || *b == b' ');
        let script = script && !named;
        let begins = start == 0 || !matches!(at(view.lower, start - 1), b'.');
        if script && begins && (runs || start == 0) {
            signs.raise(Kind::Xss, if runs { 0.8 } else { 0.6 }, start);
        }
    }
    let svg = view.holds_any(&[b"data:image/svg+xml", b"data:image/svg xml"])
        && view.holds_any(&[b"base64", b"script", b"onload"])
        && !view.is_composed()
        && !holds_drawing(view);
    if view.holds(b"data:text/html") || svg {
        signs.raise(Kind::Xss, 0.7, view.find(b"data:").unwrap_or(0));
    }
}

/// Whether what `base64,` packs is a picture of lines in which nothing runs: badges are given their signs like that.
fn holds_drawing(view: &View<'_>) -> bool {
    const RUNS: [&[u8]; 5] = [b"<script", b"javascript:", b"foreignobject", b"<!entity", b"href="];
    let Some(place) = view.find(b"base64,") else { return false };
    let packed = from(view.text, place + 7);
    let packed = upto(packed, packed.iter().take_while(|b| sextet(**b).is_some()).count());
    let drawing = bytes_of_base64(packed).unwrap_or_default().to_ascii_lowercase();
    contains(&drawing, b"<svg") && !contains_any(&drawing, &RUNS) && !super::has_handler(&drawing)
}

fn after_colon(lower: &[u8], colon: usize) -> impl Iterator<Item = &[u8]> {
    upto(from(lower, colon + 1), 64).split(|b| is_space(*b)).filter(|word| !word.is_empty())
}

/// Collects the letters before a colon, without the white space and junk that browsers skip.
fn spelled_before(lower: &[u8], colon: usize, name: &mut [u8; 16]) -> Option<(usize, usize)> {
    let mut filled = 0;
    let mut start = colon;
    for index in (colon.saturating_sub(48)..colon).rev() {
        let byte = at(lower, index);
        if byte.is_ascii_alphabetic() {
            let slot = 15_usize.checked_sub(filled)?;
            *name.get_mut(slot)? = byte;
            filled += 1;
            start = index;
            if filled == 10 {
                break;
            }
        } else if !(byte < 0x20 || byte == b'\\') {
            break;
        }
    }
    (filled >= 5).then_some((filled, start))
}
