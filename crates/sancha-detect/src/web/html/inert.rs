//! Elements that pages are made of and that do nothing: they run no script, load none from elsewhere and take no input
//! to another place. People paste and post such markup, and documentation is full of it.

use super::tag::{Tag, element};
use super::{active_style, has_handler};
use crate::web::scan::{
    at, contains, contains_any, find, from, is_space, is_word, skip_space, upto,
};

/// Markup of pages is shorter than this; what is longer is not looked at.
const LONGEST: usize = 512;
/// An attribute that is there more often is there to mislead.
const MOST_OF_A_NAME: usize = 3;
/// So many tags are looked at for the one that an end is of.
const SHORTLY: usize = 8;

/// Whether the tag at `place` of all tags of a text does nothing.
pub(super) fn is_inert(tags: &[Tag<'_>], place: usize) -> bool {
    let Some(tag) = tags.get(place) else { return false };
    if at(tag.lower, tag.start + 1) == b'/' {
        return is_inert_end(tags, place);
    }
    let attributes = tag.content();
    if attributes.len() > LONGEST
        || has_handler(attributes)
        || active_style(attributes)
        || contains(attributes, b"script:")
    {
        return false;
    }
    match tag.element() {
        b"html" | b"head" | b"body" => {
            let is_quoted = |place| matches!(at(attributes, place + 1), b'"' | b'\'');
            memchr::memchr_iter(b'=', attributes).all(is_quoted)
                && !contains_any(attributes, &[b"background", b"xmlns:", b"manifest", b"style"])
        }
        b"link" => !loads_or_runs(attributes),
        b"meta" => describes(attributes),
        b"script" => is_of_own_site(tags, place),
        b"form" => stays(attributes),
        b"title" => {
            begins(tags, place) && tags.get(1).is_some_and(|next| is_end_of(next, b"title"))
        }
        _ => false,
    }
}

/// The end of an element that was opened shortly before it, or an end alone: nothing comes behind what it would leave.
fn is_inert_end(tags: &[Tag<'_>], place: usize) -> bool {
    let Some(tag) = tags.get(place) else { return false };
    let name = element(tag.lower, tag.start + 2);
    let mut before = tags.iter().take(place).rev().take(SHORTLY);
    let alone = begins(tags, place) && from(tag.lower, tag.end + 1).trim_ascii().is_empty();
    alone || before.any(|opened| opened.element() == name)
}

/// Whether the text begins with this tag.
fn begins(tags: &[Tag<'_>], place: usize) -> bool {
    place == 0 && tags.first().is_some_and(|tag| upto(tag.lower, tag.start).trim_ascii().is_empty())
}

fn is_end_of(tag: &Tag<'_>, name: &[u8]) -> bool {
    at(tag.lower, tag.start + 1) == b'/' && element(tag.lower, tag.start + 2) == name
}

/// Links to what a browser runs, shows or fetches with the page: sheets and modules (HTML, clause 4.6.7). A sheet of the
/// page's own site is the page's.
fn loads_or_runs(attributes: &[u8]) -> bool {
    let loads = |kind: &[u8]| match kind {
        b"stylesheet" => contains_any(attributes, &[b"//", b":", b"\\"]),
        b"import" | b"preload" | b"modulepreload" | b"prefetch" | b"prerender" | b"manifest" => {
            true
        }
        _ => false,
    };
    !values_of(attributes, b"href", |to| !to.starts_with(b"data:"))
        || !values_of(attributes, b"rel", |kinds| !kinds.split(|b| is_space(*b)).any(loads))
}

/// Whether what stands behind every `name=`, without its quotes, is as wanted.
fn values_of(attributes: &[u8], name: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    let mut places = memchr::memmem::find_iter(attributes, name);
    let all = places.by_ref().take(MOST_OF_A_NAME).all(|place| {
        let equals = skip_space(attributes, place + name.len());
        let value = from(attributes, skip_space(attributes, equals + 1));
        let ends = |quote: u8| memchr::memchr(quote, from(value, 1)).unwrap_or(value.len());
        at(attributes, equals) != b'='
            || is_wanted(match at(value, 0) {
                quote @ (b'"' | b'\'') => upto(from(value, 1), ends(quote)),
                _ => value.split(|b| is_space(*b)).next().unwrap_or_default(),
            })
    });
    all && places.next().is_none()
}

/// What a page says of itself. A charset of seven bits hides markup from who looks for its signs.
fn describes(attributes: &[u8]) -> bool {
    const CHARSETS: [&[u8]; 5] = [b"utf-8", b"gb", b"iso-8859-", b"windows-125", b"us-ascii"];
    const SAYS: [&[u8]; 5] =
        [b"content-type", b"content-language", b"x-ua-compatible", b"imagetoolbar", b"cleartype"];
    let is_known = |charset: &[u8]| CHARSETS.iter().any(|known| charset.starts_with(known));
    values_of(attributes, b"charset", is_known)
        && values_of(attributes, b"http-equiv", |what| SAYS.contains(&what))
}

/// `<script src="_static/theme.js"></script>`: a file of the site itself, and nothing in the element; or data, which is
/// not run.
fn is_of_own_site(tags: &[Tag<'_>], place: usize) -> bool {
    let (Some(tag), Some(next)) = (tags.get(place), tags.get(place + 1)) else { return false };
    let attributes = tag.content();
    let is_data = |kind: &[u8]| matches!(kind, b"application/json" | b"application/ld+json");
    let inert = if contains(attributes, b" src=") {
        values_of(attributes, b"src", is_script_of_site) && next.start == tag.end + 1
    } else {
        contains(attributes, b" type=\"") && values_of(attributes, b"type", is_data)
    };
    inert && is_end_of(next, b"script")
}

/// `../js/theme.js?v=2.1`.
fn is_script_of_site(source: &[u8]) -> bool {
    let (file, version) = match find(source, b"?v=") {
        Some(place) => (upto(source, place), from(source, place + 3)),
        None => (source, &b""[..]),
    };
    let plain = |text: &[u8], more: &[u8]| text.iter().all(|b| is_word(*b) || more.contains(b));
    let name = file.strip_suffix(b".js").filter(|name| !name.starts_with(b"//"));
    name.is_some_and(|name| plain(name, b"/.-")) && plain(version, b".-")
}

/// A form of the page with an id or a class, which goes to the site itself.
fn stays(attributes: &[u8]) -> bool {
    contains_any(attributes, &[b" class=\"", b" id=\""])
        && values_of(attributes, b"action", |to| !contains_any(to, &[b"//", b":", b"\\"]))
}
