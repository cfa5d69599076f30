//! Path traversal, file inclusion, requests to inner addresses, and probing for files that should not be there.

mod address;
mod probe;

pub(super) use address::examine_inclusion;
pub(super) use probe::{examine_path, is_script_name};

use super::Kind;
use super::scan::{at, contains, contains_any, find, from, is_word, upto};
use super::value::{Role, Signs, View};

/// Looks for steps upward, sensitive files and URLs that point inward.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'.') || view.has(b'0') {
        steps(view, signs);
    }
    if view.has_any(b"/\\") {
        sensitive(view, signs);
    }
    if view.has(b':') || view.has(b'/') {
        address::examine(view, signs);
    }
    placeholders(view, signs);
}

/// Steps upward in all the shapes filters overlook: `../`, `..\`, `....//`, `.//..//`, `0x2e0x2e/`.
fn steps(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let mut count = 0_u32;
    let mut first = None;
    let mut odd = false;
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
    let Some(place) = first else {
        truncation(view, signs);
        return;
    };
    let from_root =
        contains_any(lower, &[b"/../..", b"/..//", b"\\..\\"]) || lower.starts_with(b"/..");
    let score = match (count, view.role) {
        (_, _) if odd => 0.7,
        (1, Role::Path) => 0.45,
        (1, _) if contains_sensitive(lower) => 0.9,
        (1, _) if from_root => 0.5,
        (1, _) => 0.3,
        (2, _) => 0.6,
        _ => 0.8,
    };
    let prose = view.has(b' ') && count == 1;
    signs.raise(
        Kind::Traversal,
        if prose && !odd {
            0.3
        } else if prose {
            0.2
        } else {
            score
        },
        place,
    );
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
        || from(lower, index).starts_with(b"0x2f")
        || from(lower, index).starts_with(b"0x5c")
}

/// Dots and slashes without a name between them, to overflow a path: `/./././././`, `/////////`, `/.......`.
fn truncation(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let filler = lower.iter().filter(|b| matches!(b, b'.' | b'/' | b'\\')).count();
    if contains_any(lower, &[b"/././././", b"//./", b"/.//.", b"/........"])
        && filler * 4 >= lower.len() * 3 - 18.min(lower.len())
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}

/// Files of the system or of the application that no request names honestly.
const SENSITIVE: [&[u8]; 37] = [
    b"/etc/passwd",
    b"/etc/shadow",
    b"/etc/group",
    b"/etc/hosts",
    b"/etc/issue",
    b"/etc/ssh/",
    b"/etc/mysql/",
    b"/etc/nginx/",
    b"/etc/apache2/",
    b"/etc/httpd/",
    b"/etc/php",
    b"/etc/crontab",
    b"/etc/sudoers",
    b"/etc/fstab",
    b"/etc/resolv.conf",
    b"/proc/self/",
    b"/proc/version",
    b"/proc/cpuinfo",
    b"/proc/1/",
    b"/var/log/",
    b"/root/.",
    b"/dev/tcp/",
    b"boot.ini",
    b"win.ini",
    b"system32",
    b"web-inf/",
    b"meta-inf/",
    b"global.asa",
    b"wp-config.php",
    b".htpasswd",
    b"id_rsa",
    b".ssh/",
    b".bash_history",
    b"/inetpub/",
    b"/windows/",
    b".aws/credentials",
    b"system.ini",
];

fn contains_sensitive(lower: &[u8]) -> bool {
    contains(lower, b"etc/passwd") || contains_any(lower, &SENSITIVE)
}

fn sensitive(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let found =
        SENSITIVE.iter().find_map(|file| find(lower, file)).or_else(|| find(lower, b"etc/passwd"));
    let Some(place) = found else {
        drives(view, signs);
        return;
    };
    let spaces = upto(lower, place).iter().filter(|b| **b == b' ').count();
    // A sentence may name a file; a parameter that names one asks for it.
    let score = if spaces > 3 { 0.4 } else { 0.8 };
    signs.raise(Kind::Traversal, if view.role == Role::Header { 0.3 } else { score }, place);
}

/// `c:/windows`, `d:\inetpub`.
fn drives(view: &View<'_>, signs: &mut Signs) {
    let drive = matches!(view.lower, [b'a'..=b'z', b':', b'/' | b'\\', ..]);
    if drive
        && contains_any(
            view.lower,
            &[b"windows", b"winnt", b"inetpub", b"program files", b"users", b"xampp", b".ini"],
        )
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}

/// Names that attack lists leave to be filled in: seeing one unfilled shows that a list is being replayed.
fn placeholders(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    if view.has(b'{')
        && lower.starts_with(b"/")
        && (lower.ends_with(b"{file}") || lower.ends_with(b"{file}%00"))
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}
