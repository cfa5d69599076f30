//! URLs in parameters: those that point at the server itself, at metadata services, or at files.

use crate::web::scan::{at, contains, contains_any, find, from, starts_ignore_case, upto};
use crate::web::value::{Examiner, Role, Signs, View};
use crate::web::{Kind, Layers, Part};

/// Schemes that read files or speak to inner services when a server fetches them.
const INNER_SCHEMES: [(&[u8], f32); 16] = [
    (b"gopher://", 0.8),
    (b"dict://", 0.8),
    (b"file:/", 0.7),
    (b"php://", 0.9),
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

/// Looks at every URL in the value.
pub(in crate::web) fn examine(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for (scheme, score) in INNER_SCHEMES {
        if let Some(place) = find(lower, scheme) {
            let begins = place == 0 || !at(lower, place - 1).is_ascii_alphanumeric();
            let prose = upto(lower, place).iter().filter(|b| **b == b' ').count() > 3;
            if begins && !prose && view.role != Role::Header {
                signs.raise(Kind::Ssrf, score, place);
            }
        }
    }
    if let Some(place) = CALLBACKS.iter().find_map(|name| find(lower, name)) {
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
    for start in memchr::memmem::find_iter(lower, b"://") {
        let authority = from(lower, start + 3);
        let end = authority
            .iter()
            .position(|b| matches!(b, b'/' | b'?' | b'#' | b' ' | b'"' | b'\''))
            .unwrap_or(authority.len());
        signs.raise(Kind::Ssrf, inner_host(upto(authority, end)), start);
    }
    let bare =
        lower.strip_suffix(b"/").filter(|host| !host.contains(&b'/') && !host.contains(&b' '));
    if let Some(host) = bare {
        signs.raise(Kind::Ssrf, f32::min(inner_host(host), 0.6), 0);
    }
}

/// How much a host name points inward.
fn inner_host(authority: &[u8]) -> f32 {
    let host = authority.rsplit(|b| *b == b'@').next().unwrap_or(authority);
    let bare = match host.first() {
        Some(b'[') => host,
        _ => host.split(|b| *b == b':').next().unwrap_or(host),
    };
    const METADATA: [&[u8]; 5] = [
        b"169.254.169.254",
        b"metadata.google.internal",
        b"100.100.100.200",
        b"[fd00:ec2::254]",
        b"metadata.tencentyun.com",
    ];
    const INNER_NAMES: [&[u8]; 13] = [
        b"localhost",
        b"localhost.localdomain",
        b"localhost4",
        b"localhost4.localdomain4",
        b"localhost6",
        b"ip6-localhost",
        b"ipv6-localhost",
        b"ip6-loopback",
        b"localtest.me",
        b"lvh.me",
        b"0",
        b"127.1",
        b"[::1]",
    ];
    if METADATA.contains(&bare) {
        0.9
    } else if INNER_NAMES.contains(&bare)
        || bare.starts_with(b"127.")
        || bare == b"0.0.0.0"
        || bare.starts_with(b"[::")
    {
        0.7
    } else if odd_number(bare)
        || [&b".internal"[..], b".cluster.local", b".nip.io"].iter().any(|end| bare.ends_with(end))
    {
        0.6
    } else if contains(bare, b"127.0.0.1") || bare.starts_with(b"localhost.") {
        0.5
    } else {
        0.0
    }
}

/// An address as one decimal, octal or hexadecimal number.
fn odd_number(host: &[u8]) -> bool {
    let decimal = host.len() >= 8 && host.len() <= 10 && host.iter().all(u8::is_ascii_digit);
    let hex = host.starts_with(b"0x") && host.len() >= 6;
    let octal = host.len() > 7
        && host.first() == Some(&b'0')
        && host.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    decimal || hex || octal
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
    if remote && lower.ends_with(b"?") {
        signs.raise(Kind::Traversal, 0.7, 0);
    }
    let scheme = lower
        .strip_suffix(b"?")
        .is_some_and(|s| matches!(s, b"http" | b"https" | b"ftp" | b"ftps" | b"file"));
    if scheme {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}
