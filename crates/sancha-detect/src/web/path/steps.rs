//! Steps upward, and what else is written with dots to reach another file.

use super::{names_sensitive, path_start};
use crate::web::purpose::Purpose;
use crate::web::scan::{at, contains_any, from, is_space, is_word, upto};
use crate::web::value::{Role, Signs, View};
use crate::web::{Kind, Part};

/// Steps upward and what else is written with dots.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    // Encoded dots one after the other are steps even where the separator was lost.
    if lower.windows(12).any(|w| w == b"0x2e0x2e0x2e" || w == b"0x2ex2e0x2ex") || is_stream(lower) {
        signs.raise(Kind::Traversal, 0.7, 0);
    }
    let Some(steps) = Steps::of(lower) else {
        truncation(view, signs);
        return;
    };
    let score = steps.score(view);
    let score = match steps.odd {
        _ if !steps.is_written(view) => score,
        true => f32::min(score, 0.45),
        false => f32::min(score, 0.3),
    };
    signs.raise(Kind::Traversal, score, steps.place);
}

/// `page.asp::$data`: a stream of NTFS, which is the file itself where a server would run it; the name of a class has
/// other signs.
fn is_stream(lower: &[u8]) -> bool {
    lower
        .strip_suffix(b"::$data")
        .is_some_and(|file| !file.iter().any(|b| matches!(b, b'$' | b'\\' | b' ')))
}

/// Steps upward in all the shapes filters overlook: `../`, `..\`, `....//`, `.//..//`, `0x2e0x2e/`.
struct Steps {
    count: u32,
    /// Where the first one stands.
    place: usize,
    /// Whether one is written in a way that only hides it.
    odd: bool,
    /// Whether they leave a root.
    from_root: bool,
}

impl Steps {
    fn of(lower: &[u8]) -> Option<Self> {
        let (mut count, mut first, mut odd) = (0_u32, None, false);
        let mut index = 0;
        while index < lower.len() {
            let dots = dot_run(lower, index);
            if dots.count >= 2 && is_separator(lower, index + dots.len) {
                let before = if index == 0 { b'/' } else { at(lower, index - 1) };
                if !is_word(before) || dots.encoded {
                    count += 1;
                    first = first.or(Some(index));
                    odd |= dots.encoded || dots.count > 2;
                }
            }
            index += dots.len.max(1);
        }
        let from_root =
            || contains_any(lower, &[b"/../..", b"/..//", b"\\..\\"]) || lower.starts_with(b"/..");
        first.map(|place| Self { count, place, odd, from_root: from_root() })
    }

    fn score(&self, view: &View<'_>) -> f32 {
        let returns = view.purpose == Purpose::Destination && view.lower == b"/../";
        match (self.count, view.role) {
            (_, _) if self.odd => 0.7,
            (1, Role::Path) => 0.45,
            (1, _) if names_sensitive(view) => 0.9,
            (1, _) if self.from_root && !returns => 0.5,
            (1, Role::Value) if view.part != Part::Path && reads_beside(view.lower) => 0.5,
            (1, _) => 0.3,
            (2, _) => 0.6,
            _ => 0.8,
        }
    }

    /// Whether a page, a listing or a sentence has them; an attack names what it wants to read.
    fn is_written(&self, view: &View<'_>) -> bool {
        let pointed = || !names_sensitive(view) && self.is_pointer(view);
        let linked = || view.role == Role::Path && is_linked_part(view.lower);
        view.has(b' ') && self.count == 1
            || !self.odd && (names_asset(view.lower) || linked())
            || pointed()
    }

    /// Whether a text or a page points somewhere.
    fn is_pointer(&self, view: &View<'_>) -> bool {
        let start = path_start(view.lower, self.place);
        let told = view.purpose == Purpose::Prose && start > 0;
        view.is_composed()
            || told
            || self.is_looked_up(view)
            || follows_word(view.lower, start)
            || self.count <= LINKED && is_reference(view.lower, self.place)
    }

    /// Who looks for something as a program names it, `../../readme`; what an attack reads is a file.
    fn is_looked_up(&self, view: &View<'_>) -> bool {
        let name = from(view.lower, self.place).iter().rev().take_while(|b| **b != b'/');
        matches!(view.purpose, Purpose::Search | Purpose::Query)
            && self.count <= 2
            && !(self.odd || self.from_root)
            && !name.into_iter().any(|b| *b == b'.')
    }
}

/// `/css/fonts/../../img/icon.png`: a part of a page as a style sheet names it; it never leaves the site's root.
fn is_linked_part(lower: &[u8]) -> bool {
    const PARTS: [&[u8]; 12] = [
        b".css", b".js", b".png", b".jpg", b".jpeg", b".gif", b".svg", b".webp", b".ico", b".woff",
        b".woff2", b".ttf",
    ];
    let path = upto(lower, lower.iter().position(|b| *b == b'?').unwrap_or(lower.len()));
    let mut depth = 0_i32;
    let stays = path.split(|b| *b == b'/').filter(|name| !name.is_empty()).all(|name| {
        depth += if name == b".." { -1 } else { 1 };
        depth >= 0
    });
    stays && PARTS.iter().any(|part| path.ends_with(part))
}

/// Pages lie in so many folders; who looks for another file takes more steps to be sure.
const LINKED: u32 = 4;

/// `<a href="../../x.html">`: where an element of a page points to.
fn is_reference(lower: &[u8], place: usize) -> bool {
    const ATTRIBUTES: [&[u8]; 3] = [b"href", b"src", b"action"];
    let before = upto(lower, place);
    let tag = memchr::memrchr(b'<', before);
    // The attribute's name stands right before it.
    let near = from(before, before.len().saturating_sub(32));
    let named = near.strip_suffix(b"=\"").or_else(|| near.strip_suffix(b"='"));
    let name = named.and_then(|near| near.rsplit(|b| is_space(*b)).next()).unwrap_or_default();
    tag.is_some_and(|tag| at(before, tag + 1).is_ascii_alphabetic())
        && (ATTRIBUTES.contains(&name) || name.starts_with(b"data-"))
}

/// A run of dots, plain or written as `0x2e`.
struct Dots {
    count: u32,
    len: usize,
    encoded: bool,
}

fn dot_run(lower: &[u8], start: usize) -> Dots {
    let mut dots = Dots { count: 0, len: 0, encoded: false };
    loop {
        let rest = from(lower, start + dots.len);
        if at(rest, 0) == b'.' {
            dots.len += 1;
        } else if rest.starts_with(b"0x2e") {
            dots.len += 4;
            dots.encoded = true;
        } else if rest.starts_with(b"x2e") && dots.count > 0 {
            dots.len += 3;
            dots.encoded = true;
        } else {
            return dots;
        }
        dots.count += 1;
    }
}

fn is_separator(lower: &[u8], index: usize) -> bool {
    matches!(at(lower, index), b'/' | b'\\')
        || from(lower, index).starts_with(b";/")
        || from(lower, index).starts_with(b"0x2f")
        || from(lower, index).starts_with(b"0x5c")
        || REMAPPED.iter().any(|letter| from(lower, index).starts_with(letter))
}

/// Letters of private use that old code pages turned into a slash and a backslash: U+F025 and U+EFC8.
const REMAPPED: [&[u8]; 2] = [b"\xEF\x80\xA5", b"\xEE\xBF\x88"];

/// Dots and slashes without a name between them, to overflow a path: `/./././././`, `/////////`, `/.......`.
fn truncation(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let filler = lower.iter().filter(|b| matches!(b, b'.' | b'/' | b'\\')).count();
    if view.holds_any(&[b"/././././", b"//./", b"/.//.", b"/........"])
        && filler * 4 >= lower.len() * 3 - 18.min(lower.len())
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}

/// A step upward to what a server runs or keeps its settings in, as the whole value: `../config.php`.
fn reads_beside(lower: &[u8]) -> bool {
    const ENDS: [&[u8]; 15] = [
        b".git/config",
        b".php",
        b".jsp",
        b".asp",
        b".aspx",
        b".env",
        b".yml",
        b".yaml",
        b".ini",
        b".conf",
        b".config",
        b".properties",
        b".sql",
        b".log",
        b".key",
    ];
    (lower.starts_with(b"../") || lower.starts_with(b"..\\"))
        && ENDS.iter().any(|end| lower.trim_ascii_end().ends_with(end))
}

/// Steps upward and then to a part of a page, as its own documents write it: `../../img/a.png`.
fn names_asset(lower: &[u8]) -> bool {
    const ENDS: [&[u8]; 10] = [
        b".css", b".js", b".png", b".jpg", b".jpeg", b".gif", b".svg", b".webp", b".woff",
        b".woff2",
    ];
    let mut rest = lower;
    while let Some(inner) = rest.strip_prefix(b"../") {
        rest = inner;
    }
    let plain = |b: &u8| is_word(*b) || matches!(b, b'/' | b'-' | b'.');
    rest.len() < lower.len()
        && rest.iter().all(plain)
        && memchr::memchr_iter(b'.', rest).count() == 1
        && ENDS.iter().any(|end| rest.ends_with(end))
}

/// A plain word stands before, as in "redirecting to ../x".
fn follows_word(lower: &[u8], start: usize) -> bool {
    let before = upto(lower, start);
    let word = before.trim_ascii_end();
    word.len() < before.len()
        && word.iter().rev().take_while(|b| b.is_ascii_lowercase() || **b >= 0x80).count() > 1
        // The target of a link in marked-up text.
        || before.ends_with(b"](")
}
