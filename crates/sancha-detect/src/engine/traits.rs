//! What a request's text says about its sender, for the analyses over time.

use sancha_model::{Event, FieldId};

use super::request::has_word;
use crate::flood::{Traits, is_random};

/// Endings of a page's parts.
const PARTS: &[&[u8]] = &[
    b"css", b"js", b"mjs", b"map", b"png", b"jpg", b"jpeg", b"gif", b"ico", b"svg", b"webp",
    b"avif", b"bmp", b"woff", b"woff2", b"ttf", b"otf", b"eot", b"mp3", b"mp4", b"webm", b"swf",
];
/// Words in the path of a form that logs in.
const LOGIN_WORDS: &[&[u8]] =
    &[b"login", b"logon", b"signin", b"sign-in", b"/auth", b"/session", b"xmlrpc"];
/// Words of agents that fetch by themselves and say so.
const FETCHERS: &[&[u8]] = &[
    b"bot",
    b"spider",
    b"crawl",
    b"slurp",
    b"feed",
    b"rss",
    b"fetch",
    b"monitor",
    b"http://",
    b"https://",
];

pub(super) fn of(event: Event<'_>, method: &[u8], path: &[u8]) -> Traits {
    let mut traits = Traits::default();
    if !matches!(event.field_text(FieldId::HTTP_REFERRER), b"" | b"-") {
        traits = traits.with(Traits::REFERER);
    }
    if is_part(path) {
        return traits.with(Traits::ASSET);
    }
    if method == b"POST" && has_word(path, LOGIN_WORDS) {
        traits = traits.with(Traits::LOGIN);
    }
    if is_random(path) {
        traits = traits.with(Traits::RANDOM);
    }
    // A browser that came from another page is none; most requests are spared the search.
    if !traits.has(Traits::REFERER) && has_word(event.field_text(FieldId::USER_AGENT), FETCHERS) {
        traits = traits.with(Traits::CRAWLER);
    }
    traits
}

fn is_part(path: &[u8]) -> bool {
    let tail = path.get(path.len().saturating_sub(6)..).unwrap_or(path);
    let Some(dot) = memchr::memrchr(b'.', tail) else { return false };
    let ending = tail.get(dot + 1..).unwrap_or_default();
    PARTS.iter().any(|part| part.eq_ignore_ascii_case(ending))
}
