//! URLs in parameters: those that point at the server itself, at metadata services, or at files.

use super::{host, is_script_name};
use crate::web::scan::{at, contains_any, find, from, starts_ignore_case, upto};
use crate::web::value::{Examiner, Role, Signs, View};
use crate::web::{Kind, Layers, Part};

/// Schemes that read files or speak to inner services when a server fetches them.
const INNER_SCHEMES: [(&[u8], f32); 22] = [
    (b"sftp://", 0.5),
    (b"data://", 0.8),
    (b"compress.bzip2://", 0.8),
    (b"rar://", 0.7),
    (b"smb://", 0.6),
    (b"imap://", 0.6),
    (b"gopher://", 0.8),
    (b"dict://", 0.8),
    (b"file:/", 0.7),
    (b"php:/", 0.9),
    (b"phar://", 0.8),
    (b"expect://", 0.9),
    (b"zip://", 0.6),
    (b"compress.zlib://", 0.8),
    (b"netdoc:", 0.7),
    (b"jar:http", 0.7),
    (b"ldap://", 0.5),
    (b"glob://", 0.6),
    (b"ogg://", 0.6),
    (b"ssh2.", 0.5),
    (b"ldaps://", 0.5),
    (b"tftp://", 0.6),
];

/// Domains that log who looked them up: public services for out-of-band proofs.
const CALLBACKS: [&[u8]; 14] = [
    b".oast.",
    b"interact.sh",
    b"oastify.com",
    b"burpcollaborator",
    b"dnslog.",
    b"ceye.io",
    b"requestbin",
    b"pipedream.net",
    b"webhook.site",
    b"canarytokens",
    b"xss.ht",
    b"bxss.",
    b"ngrok.io",
    b"interactsh",
];

/// Whether a bare host or address is the machine itself.
pub(in crate::web) fn names_inner_address(host: &[u8]) -> bool {
    host::inward(&host.to_ascii_lowercase()) >= 0.7
}

/// Looks at every URL in the value.
pub(in crate::web) fn examine(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for (scheme, score) in INNER_SCHEMES {
        if let Some(place) = view.find_any(&[scheme]) {
            let begins = place == 0 || !at(lower, place - 1).is_ascii_alphanumeric();
            let prose = view.is_composed() || view.words_around(place) > 1;
            if begins && !prose && view.role != Role::Header {
                // A host that is a variable left unexpanded is a page's own broken script.
                let broken =
                    matches!(from(lower, place + scheme.len()), [b'/', b'$', ..] | [b'$', ..]);
                signs.raise(Kind::Ssrf, if broken { 0.4 } else { score }, place);
            }
        }
    }
    if let Some(place) = view.find_any(&CALLBACKS) {
        signs.raise(Kind::Ssrf, 0.6, place);
    }
    if view.role == Role::Header || view.role == Role::Path {
        return;
    }
    hosts(view, signs);
    remote_inclusion(view, signs);
}

fn hosts(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for start in view.places(b"://") {
        let authority = from(lower, start + 3);
        let end = authority
            .iter()
            .position(|b| matches!(b, b'/' | b'?' | b'#' | b' ' | b'"' | b'\''))
            .unwrap_or(authority.len());
        signs.raise(Kind::Ssrf, limit(view, start, host::inward(upto(authority, end))), start);
    }
    // Without a scheme, with one slash, or with none: what fetchers complete by themselves.
    let bare = [&b"http:"[..], b"https:", b""]
        .iter()
        .find_map(|scheme| lower.strip_prefix(*scheme))
        .unwrap_or(lower);
    let slashes = bare.iter().take_while(|b| matches!(b, b'/' | b'\\')).count();
    let rest = from(bare, slashes);
    let end =
        rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let host = upto(rest, end);
    let schemed = bare.len() < lower.len() || slashes > 1;
    if host.contains(&b' ') || host.len() < lower.len() && !schemed && end + 1 < rest.len() {
        return;
    }
    // A mere name or number may be anything; one that is an address of this kind is not.
    // A name with a slash behind is an address already.
    let slashed = end < rest.len() && host.iter().any(u8::is_ascii_alphabetic);
    let schemed = schemed || slashed;
    let inward = host::inward(host);
    let plain = !schemed && host.iter().all(|b| b.is_ascii_digit());
    signs.raise(
        Kind::Ssrf,
        if plain || !schemed && host == b"localhost" {
            0.4
        } else {
            f32::min(inward, if schemed { 1.0 } else { 0.45 })
        },
        0,
    );
}

/// A sentence or listing may mention an address; a value that is one is fetched.
fn limit(view: &View<'_>, start: usize, score: f32) -> f32 {
    let scheme =
        upto(view.lower, start).iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let talked_about = view.is_composed() || view.words_around(start - scheme) > 1;
    if talked_about { f32::min(score, 0.4) } else { score }
}

/// Parameters that name a folder or file to include, given a URL instead.
pub(in crate::web) fn examine_inclusion(
    part: Part,
    name: &[u8],
    value: &[u8],
    examiner: &mut Examiner<'_>,
) {
    const NAMES: [&[u8]; 10] = [
        b"absolute_path",
        b"[path]",
        b"root_path",
        b"rootpath",
        b"base_path",
        b"basepath",
        b"include_path",
        b"_root",
        b"[root]",
        b"docroot",
    ];
    let remote =
        [&b"http"[..], b"ftp", b"//"].iter().any(|scheme| starts_ignore_case(value, scheme));
    if remote {
        let lower = name.to_ascii_lowercase();
        if NAMES.iter().any(|known| lower.ends_with(known)) || lower.starts_with(b"globals[") {
            examiner.raise(Kind::Traversal, 0.7, part, value, Layers::default());
        }
    }
}

/// A URL that ends in `?`, which cuts off what an including script would append.
fn remote_inclusion(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let remote =
        contains_any(upto(lower, 9), &[b"http://", b"https://", b"ftp://", b"ftps://", b"file:"]);
    let script = [&b".php"[..], b".txt", b".jsp", b".asp", b".php5", b".phtml"];
    let cut = lower.strip_suffix(b"\0").or_else(|| lower.strip_suffix(b"%00"));
    if remote && cut.is_some_and(|url| script.iter().any(|end| url.ends_with(end))) {
        signs.raise(Kind::Traversal, 0.7, 0);
    }
    if remote && lower.ends_with(b"?") {
        signs.raise(Kind::Traversal, 0.7, 0);
    }
    // A machine without a name, and something that is run or read as text.
    let place = contains_any(upto(lower, 9), &[b"http://", b"https://"])
        .then(|| find(lower, b"//"))
        .flatten();
    let host = place.map(|place| from(lower, place + 2)).unwrap_or_default();
    let len = host.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b':')).count();
    let path = from(host, len);
    let dotted = upto(host, len).iter().filter(|b| **b == b'.').count() == 3;
    let run = [
        &b".txt"[..],
        b".php",
        b".sh",
        b".gif",
        b".jpg",
        b".exe",
        b".elf",
        b".py",
        b".pl",
        b".jar",
        b".dtd",
    ];
    if dotted
        && at(path, 0) == b'/'
        && run.iter().any(|end| path.ends_with(end))
        && host::inward(upto(host, len)) < 0.4
    {
        signs.raise(Kind::Traversal, 0.5, 0);
    }
    // A script fetched over FTP or from a share, and data without a type: nobody links to these.
    let share = lower.starts_with(b"\\\\") && from(lower, 2).contains(&b'\\');
    let fetched = share || lower.starts_with(b"ftp://");
    if fetched && is_script_name(lower) || lower.starts_with(b"data:;base64,") {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}
