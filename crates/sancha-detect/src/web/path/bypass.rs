//! Paths that two components read differently: parameters of segments, encoded dots, trailing control bytes.

use crate::web::scan::{at, contains, contains_any, from, upto};
use crate::web::value::Examiner;
use crate::web::{Kind, Layers, Part};

/// Looks at the path as it was sent; decoding would hide the difference.
pub(super) fn examine(raw: &[u8], examiner: &mut Examiner<'_>) {
    let score = differently(raw);
    if score > 0.0 {
        examiner.raise(Kind::AuthBypass, score, Part::Path, raw, Layers::default());
    }
}

fn differently(raw: &[u8]) -> f32 {
    let mut lower = [0_u8; 512];
    let len = raw.len().min(lower.len());
    let Some(lower) = lower.get_mut(..len) else { return 0.0 };
    lower.copy_from_slice(upto(raw, len));
    lower.make_ascii_lowercase();
    // A servlet container takes `;…` off before it resolves the dots, a proxy in front does not.
    if contains_any(lower, &[b"..;/", b"%2e%2e;/", b"..%3b/", b"%2e%2e%3b/"])
        || lower.ends_with(b"..;")
    {
        return 0.8;
    }
    for segment in lower.split(|b| *b == b'/').skip(1) {
        let name = segment.split(|b| *b == b';').next().unwrap_or_default();
        // OpenWrt keeps its session there.
        let parameters = name.len() < segment.len() && !segment.starts_with(b";stok=");
        // Browsers resolve an encoded step before they send it.
        let step = matches!(segment, b"%2e" | b"%2e%2e" | b".%2e" | b"%2e.");
        if parameters && matches!(name, b"" | b"." | b"%2e") || step || steps_within(segment) {
            return 0.6;
        }
        if encodes_twice(segment) || is_cut_off(segment) {
            return 0.6;
        }
        if contains(segment, b"%252f")
            || contains(segment, b"%255c")
            || segment.ends_with(b"%25%32%66")
        {
            return 0.6;
        }
    }
    if disguises_guarded(lower) || redirects_away(lower) {
        return 0.6;
    }
    // Bytes some readers cut off and others keep.
    const CUT: [&[u8]; 5] = [b"%00", b"%09", b"%0a", b"%0d", b"%252f"];
    let path = lower.strip_suffix(b"/").unwrap_or(lower);
    if CUT.iter().any(|end| path.ends_with(end)) && !from(path, 1).is_empty() {
        return 0.6;
    }
    0.0
}

/// `/images/..%2fcgi/info`: one reader sees a file of the folder, the next a step out of it.
fn steps_within(segment: &[u8]) -> bool {
    const DOTS: [&[u8]; 4] = [b"..", b"%2e%2e", b".%2e", b"%2e."];
    let behind = DOTS.iter().find_map(|dots| segment.strip_prefix(*dots));
    behind.is_some_and(|rest| rest.starts_with(b"%2f") || rest.starts_with(b"%5c"))
}

/// `//evil.example/%2f..`: a server that adds a slash to the address of a folder sends the browser to the host.
fn redirects_away(lower: &[u8]) -> bool {
    const UP: [&[u8]; 4] = [b"/%2f..", b"/%2f%2e%2e", b"/..%2f..", b"/%5c.."];
    let Some(rest) = lower.strip_prefix(b"//") else { return false };
    let host = rest.split(|b| *b == b'/').next().unwrap_or_default();
    let named = host.contains(&b'.') && host.first().is_some_and(u8::is_ascii_alphanumeric);
    named && UP.iter().any(|end| rest.ends_with(end))
}

/// `%252e`, `%2577`: what needs no encoding at all, encoded twice.
fn encodes_twice(segment: &[u8]) -> bool {
    memchr::memmem::find_iter(segment, b"%25").any(|place| {
        let digit = |index: usize| char::from(at(segment, index)).to_digit(16);
        let (Some(high), Some(low)) = (digit(place + 3), digit(place + 4)) else { return false };
        let byte = u8::try_from(high << 4 | low).unwrap_or(0);
        byte.is_ascii_alphanumeric() || byte == b'.'
    })
}

/// `users;.jsp`, `index.php%3F.php`, `%3bindex`, `Config.jspa;`: one reader takes off what another decides by.
fn is_cut_off(segment: &[u8]) -> bool {
    const PROGRAMS: [&[u8]; 5] = [b".jsp;", b".jspa;", b".do;", b".action;", b".aspx;"];
    contains_any(segment, &[b";.", b"%3b.", b"%3f."])
        || segment.starts_with(b"%3b")
        || PROGRAMS.iter().any(|end| segment.ends_with(end))
}

/// A folder that rules of access name, spelled so that the rule overlooks it: `/admin%20`, `/admin;/`, `/./admin/.`.
fn disguises_guarded(lower: &[u8]) -> bool {
    const GUARDED: [&[u8]; 10] = [
        b"admin",
        b"administrator",
        b"manager",
        b"management",
        b"console",
        b"private",
        b"internal",
        b"restricted",
        b"actuator",
        b"wp-admin",
    ];
    const ENDS: [&[u8]; 8] = [b"%20", b"%23", b"%2f", b"%3f", b"%5c", b"%3b", b";", b"..;"];
    let dotted = contains(lower, b"/./") || lower.ends_with(b"/.");
    lower.split(|b| *b == b'/').any(|segment| {
        let bare = ENDS.iter().find_map(|end| segment.strip_suffix(*end));
        GUARDED.contains(&bare.unwrap_or(segment)) && (bare.is_some() || dotted)
    })
}
