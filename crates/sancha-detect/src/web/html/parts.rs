//! Markup that takes over a page without script.

use super::tag::{Tag, element};
use super::{has_handler, inert::is_inert, is_named};
use crate::web::scan::{at, contains, contains_any, find, from, is_space, upto};
use crate::web::value::{Signs, View};
use crate::web::{Kind, Part};

/// Looks for what closes the element it landed in, rebuilds the page, or asks for input.
pub(super) fn examine(view: &View<'_>, tags: &[Tag<'_>], signs: &mut Signs) {
    let lower = view.lower;
    let whole = lower.trim_ascii();
    let first = tags.first().map_or(lower.len(), |tag| tag.start);
    for (place, tag) in tags.iter().enumerate() {
        let start = tag.start;
        let closing = at(lower, start + 1) == b'/';
        let name = element(lower, start + 1 + usize::from(closing));
        let before = upto(lower, start).trim_ascii_end();
        // `">`, `'/>`, `</title>` at the start, then an element: the value has left its attribute or element.
        let left = before.strip_suffix(b">").map(|b| b.strip_suffix(b"/").unwrap_or(b));
        let quote =
            left.is_some_and(|b| matches!(b.last(), Some(b'"' | b'\'' | b'`')) && b.len() <= first);
        let closed = start > 0 && !closing && left.is_some() && leaves(tag);
        if !name.is_empty() && (quote || closed) {
            signs.raise(Kind::Xss, 0.7, start);
        }
        let score = match name {
            _ if !closing && is_named(view, start) || is_inert(tags, place) => 0.0,
            b"plaintext" | b"xmp" | b"noembed" => 0.7,
            // A page's end, where a line of one was copied, closes nothing that the value landed in.
            b"body" | b"html" | b"head" if closing && start > 0 => 0.0,
            b"body" | b"html" | b"head" | b"xss" | b"param" | b"title" | b"marquee" | b"blink" => {
                0.6
            }
            b"input" | b"button" if is_part_of_a_form(tag) => 0.0,
            b"form" | b"input" | b"textarea" | b"button" | b"keygen" if !closing => 0.6,
            b"textarea" | b"noscript" | b"style" if closing => 0.6,
            _ if view.part == Part::Query && is_bare_markup(whole, name) => 0.5,
            _ => 0.0,
        };
        signs.raise(Kind::Xss, score, start);
        if clobbers(lower, start) {
            signs.raise(Kind::Xss, 0.6, start);
        }
    }
}

/// Whether a text that begins with the end of an element goes on with what was not there: the element holds text or
/// options, or the next one covers the page or comes from elsewhere. The end of a paragraph or a cell is how a line of a
/// page begins.
fn leaves(tag: &Tag<'_>) -> bool {
    const HOLDERS: [&[u8]; 12] = [
        b"title",
        b"textarea",
        b"style",
        b"script",
        b"noscript",
        b"xmp",
        b"iframe",
        b"noembed",
        b"template",
        b"select",
        b"option",
        b"plaintext",
    ];
    const COVERS: [&[u8]; 5] = [b"position", b"url(", b"background=", b"z-index", b" src=x"];
    tag.lower.starts_with(b"</")
        && (HOLDERS.contains(&element(tag.lower, 2))
            || contains_any(tag.content(), &COVERS)
            || is_foreign(tag.content()))
}

/// Whether a tag loads from another site, sends there, or leads there: what a page links to has a class or says how it
/// is related.
fn is_foreign(attributes: &[u8]) -> bool {
    const LOADS: [&[u8]; 3] = [b" src=", b" action=", b" data="];
    let leaves = |name: &[u8]| {
        let value = find(attributes, name).map(|place| from(attributes, place + name.len()));
        let value = value.map(|value| value.strip_prefix(b"\"").unwrap_or(value));
        value.is_some_and(|value| value.starts_with(b"//") || value.starts_with(b"http"))
    };
    LOADS.iter().any(|name| leaves(name))
        || leaves(b" href=") && !contains_any(attributes, &[b" class=\"", b" rel=\""])
}

/// A field or a button as pages have them: of a class, with an id or a hint, or hidden.
fn is_part_of_a_form(tag: &Tag<'_>) -> bool {
    const MARKS: [&[u8]; 5] =
        [b" class=\"", b" id=\"", b" type=\"hidden\"", b" placeholder=\"", b" aria-label=\""];
    let attributes = tag.content();
    contains_any(attributes, &MARKS)
        && !contains_any(attributes, &ASKING)
        && !has_handler(attributes)
}

/// Attributes by which a field or a button does more than stand in its own form.
const ASKING: [&[u8]; 9] = [
    b"formaction",
    b"autofocus",
    b"password",
    b"javascript",
    b" src=",
    b" form=",
    b" style=",
    b" list=",
    b"background",
];

/// A search or an id that is an element from its first byte on, with hardly a word in it: a probe for
/// whether the page shows it as one.
fn is_bare_markup(text: &[u8], name: &[u8]) -> bool {
    // What forms and searches are given in passing (`<b>`, `<p>`, a link, a picture) is no probe: people paste it.
    const SHOWN: [&[u8]; 9] =
        [b"big", b"center", b"font", b"h1", b"h2", b"h3", b"h4", b"image", b"table"];
    let whole = from(text, 1).starts_with(name)
        && at(text, 0) == b'<'
        && text.last() == Some(&b'>')
        && text.len() < 200;
    if !whole || !SHOWN.contains(&name) {
        return false;
    }
    let words = text
        .split(|b| *b == b'<')
        .filter_map(|piece| piece.splitn(2, |b| *b == b'>').nth(1))
        .flat_map(|text| text.split(|b| is_space(*b)))
        .filter(|word| !word.is_empty())
        .count();
    // What a page names for itself was copied from it, and so was a table with borders or a width.
    let named = contains_any(text, &[b" id=\"", b" class=\""]);
    let copied = match name {
        b"table" => {
            (named || contains(text, b" style=\"")) && !contains_any(text, &[b"script:", b"url("])
        }
        _ => named && !contains_any(text, &ASKING),
    };
    words <= 2 && at(text, 1) != b'/' && !copied
}

/// An element named like a property of the document, which scripts then get instead.
fn clobbers(lower: &[u8], start: usize) -> bool {
    const PROPERTIES: [&[u8]; 9] = [
        b"getelementbyid",
        b"parentnode",
        b"attributes",
        b"childnodes",
        b"documentelement",
        b"queryselector",
        b"createelement",
        b"currentscript",
        b"firstchild",
    ];
    let attributes = upto(from(lower, start), 200);
    [&b"name="[..], b"id="].iter().any(|key| {
        find(attributes, key).is_some_and(|place| {
            let value = from(attributes, place + key.len());
            let value =
                value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
            PROPERTIES.iter().any(|property| value.starts_with(property))
        })
    })
}
