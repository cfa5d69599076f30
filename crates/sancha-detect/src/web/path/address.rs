//! URLs in parameters: those that point at the server itself, at metadata services, or at files.

use super::{host, is_script_name};
use crate::web::purpose::Purpose;
use crate::web::scan::{at, contains_any, find, from, is_space, is_word, starts_ignore_case, upto};
use crate::web::value::{Examiner, Role, Signs, View};
use crate::web::{Kind, Layers, Part};

/// Schemes that read files or speak to inner services when a server fetches them.
const INNER_SCHEMES: [(&[u8], f32); 24] = [
    (b"rmi://", 0.7),
    (b"iiop://", 0.7),
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
            // Lines behind the address are what is to be said to the service there.
            let speaks = place == 0
                && memchr::memchr2(b'\n', b' ', lower).is_some_and(|end| at(lower, end) == b'\n');
            let prose = !speaks && (view.is_composed() || view.words_around(place) > 1);
            if begins && !prose && view.role != Role::Header {
                // A host that is a variable left unexpanded is a page's own broken script.
                let rest = from(lower, place + scheme.len());
                // A base of a directory's tree is what a search asks; what is fetched for its code has a name.
                let searched =
                    scheme.starts_with(b"ldap") && contains_any(rest, &[b"/dc=", b"/ou=", b"/o="]);
                let broken = searched || matches!(rest, [b'/', b'$', ..] | [b'$', ..]);
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
    if view.role == Role::Value && !view.has(b' ') {
        misread(view, signs);
        if view.purpose == Purpose::Inclusion {
            included(view, signs);
        }
    }
    hosts(view, signs);
    remote_inclusion(view, signs);
}

/// Addresses that a filter and a browser read differently: `https:host`, `////host`, `/\\host`, `https://a.b@host`.
fn misread(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let bare = lower.strip_prefix(b"http:").or_else(|| lower.strip_prefix(b"https:"));
    let rest = bare.unwrap_or(lower);
    let slashes = rest.iter().take_while(|b| matches!(b, b'/' | b'\\')).count();
    let mixed = upto(rest, slashes).contains(&b'\\') && at(rest, 0) == b'/';
    let authority = from(rest, slashes);
    let end = authority.iter().position(|b| matches!(b, b'/' | b'?' | b'#' | b'\\'));
    let authority = upto(authority, end.unwrap_or(authority.len()));
    let named = |host: &[u8]| {
        host.contains(&b'.')
            && host.first().is_some_and(u8::is_ascii_alphanumeric)
            && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
    };
    let odd = match bare {
        Some(_) => slashes == 0 && named(authority),
        None => (slashes > 2 || slashes > 1 && mixed) && named(authority),
    };
    // `http://a.example#@127.0.0.1/`: one reader goes to what stands behind the sign.
    let hidden = from(rest, slashes + authority.len());
    if slashes == 2 && matches!(at(hidden, 0), b'#' | b'\\') && at(hidden, 1) == b'@' {
        let host = from(hidden, 2);
        let end = host.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(host.len());
        signs.raise(Kind::Ssrf, host::inward(upto(host, end)), 0);
    }
    // Who logs in at a host is no host.
    let (user, host) = crate::web::scan::split_once(authority, b'@');
    let pretends =
        slashes == 2 && named(user) && is_domain(user) && !user.contains(&b':') && named(host);
    if odd || pretends {
        signs.raise(Kind::Ssrf, 0.5, 0);
    }
}

/// Whether a name ends as hosts do; `jane.doe` is a login.
fn is_domain(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] = [
        b"com", b"org", b"net", b"edu", b"gov", b"mil", b"int", b"info", b"biz", b"app", b"dev",
        b"example",
    ];
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    ENDS.contains(&last) || last.len() == 2 && last.iter().all(u8::is_ascii_alphabetic)
}

/// A page, template or language by the address of another machine: a script, or a text that is read as one.
fn included(view: &View<'_>, signs: &mut Signs) {
    const SCRIPTS: [&[u8]; 12] = [
        b".txt", b".php", b".inc", b".log", b".phtml", b".phar", b".jsp", b".asp", b".aspx",
        b".sh", b".pl", b".dat",
    ];
    let lower = view.lower;
    let fetched =
        [&b"http:/"[..], b"https:/", b"ftp:/", b"//"].iter().any(|s| lower.starts_with(s));
    let path =
        upto(lower, lower.iter().position(|b| matches!(b, b'?' | b'#')).unwrap_or(lower.len()));
    let host = lower.iter().position(|b| *b == b'/').map_or(&b""[..], |place| from(lower, place));
    let host = host.iter().position(|b| *b != b'/').map_or(&b""[..], |place| from(host, place));
    let run = host.contains(&b'/') && SCRIPTS.iter().any(|end| path.ends_with(end));
    if fetched && run
        || lower.starts_with(b"data:text/plain;base64,")
        || lower.starts_with(b"php:filter")
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}

fn hosts(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for start in view.places(b"://") {
        let authority = from(lower, start + 3);
        let end = authority
            .iter()
            .position(|b| matches!(b, b'/' | b'?' | b'#' | b' ' | b'"' | b'\''))
            .unwrap_or(authority.len());
        let inward = limit(view, start, host::inward(upto(authority, end)));
        let inward =
            if asks_a_service(view, start, authority) { f32::max(inward, 0.6) } else { inward };
        let browser = inward > 0.0 && leads_a_browser(view, start, upto(authority, end));
        signs.raise(Kind::Ssrf, if browser { f32::min(inward, 0.4) } else { inward }, start);
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
    let scheme = lower.len() - bare.len();
    if scheme > 0 && slashes == 2 && leads_a_browser(view, scheme - 1, host) {
        return;
    }
    let inward = host::inward(host);
    let inward = if scheme > 0 && slashes == 2 { limit(view, scheme - 1, inward) } else { inward };
    // A shorter number is an address of no network: `//833069` is an identifier. Zeros alone are the machine itself.
    const SHORTEST: usize = 8;
    let numbered = scheme == 0
        && (2..SHORTEST).contains(&host.len())
        && host.iter().any(|b| matches!(b, b'1'..=b'9'));
    let plain = (!schemed || numbered) && host.iter().all(|b| b.is_ascii_digit());
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

/// Schemes of databases and queues: where an application's own settings connect to. No fetcher follows them; what
/// speaks to such a service through one that does has line breaks.
fn connects(scheme: &[u8], view: &View<'_>) -> bool {
    const SCHEMES: [&[u8]; 11] = [
        b"postgresql",
        b"postgres",
        b"mysql",
        b"mariadb",
        b"sqlserver",
        b"mongodb",
        b"redis",
        b"rediss",
        b"amqp",
        b"amqps",
        b"nats",
    ];
    SCHEMES.contains(&scheme) && !view.has_any(b"\r\n%")
}

/// A machine of the inner network as the whole value, and a port or path that only its services have.
fn asks_a_service(view: &View<'_>, start: usize, rest: &[u8]) -> bool {
    const PATHS: [&[u8]; 8] = [
        b"/latest/",
        b"/v1/",
        b"/containers",
        b"/cgi-bin/",
        b"/_cat",
        b"/api/v1",
        b"/computemetadata",
        b"/manager",
    ];
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (host, path) = (upto(rest, end), from(rest, end));
    let private = (0.4..0.5).contains(&host::inward(host));
    let port = host.rsplit(|b| *b == b':').next().unwrap_or_default();
    let whole = matches!(upto(view.lower, start), b"http" | b"https") && !view.has(b' ');
    let shown = view.purpose == Purpose::Destination;
    whole
        && private
        && (SERVICES.contains(&port) || !shown && PATHS.iter().any(|known| path.starts_with(known)))
}

/// Ports on which machines have what is not for a browser.
const SERVICES: [&[u8]; 17] = [
    b"10255", b"22", b"25", b"2375", b"2376", b"2379", b"3306", b"5432", b"5984", b"6379", b"6443",
    b"8500", b"9200", b"10250", b"11211", b"15672", b"27017",
];

/// Whether an address of the machine itself tells a browser where to go: a program that waits for an answer on its
/// own machine (RFC 8252, section 7.3), a page in development. A server that fetched it would reach its own services,
/// so neither a service's port nor a way to administer one is taken for such.
fn leads_a_browser(view: &View<'_>, start: usize, authority: &[u8]) -> bool {
    let lower = view.lower;
    let scheme = upto(lower, start).iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let before = upto(lower, start - scheme);
    let purpose = match before.strip_suffix(b"=") {
        Some(named) => {
            let len = named
                .iter()
                .rev()
                .take_while(|b| is_word(**b) || matches!(b, b'-' | b'.' | b'[' | b']'))
                .count();
            Purpose::of(from(named, named.len() - len))
        }
        None if before.is_empty() => view.purpose,
        None => Purpose::Data,
    };
    let web = matches!(from(upto(lower, start), start - scheme), b"http" | b"https");
    let rest = upto(from(lower, start + 3 + authority.len()), PATH_BYTES);
    let path =
        upto(rest, rest.iter().position(|b| matches!(b, b'&' | b'"' | b' ')).unwrap_or(rest.len()));
    web && purpose == Purpose::Destination && is_own_page(authority, path)
}

/// The path of a page of one's own is not longer.
const PATH_BYTES: usize = 1024;

/// `localhost:4200/a`, `127.0.0.1:53123/callback`, `[::1]:8400/`.
fn is_own_page(authority: &[u8], path: &[u8]) -> bool {
    const LOOPBACK: [&[u8]; 3] = [b"localhost", b"127.0.0.1", b"[::1]"];
    const INNER: [&[u8]; 17] = [
        b"admin",
        b"manage",
        b"actuator",
        b"metadata",
        b"meta-data",
        b"server-status",
        b"console",
        b"config",
        b"shutdown",
        b"debug",
        b"/_",
        b"containers",
        b"jolokia",
        b"secret",
        b"internal",
        b"..",
        b"@",
    ];
    let Some(rest) = LOOPBACK.iter().find_map(|host| authority.strip_prefix(*host)) else {
        return false;
    };
    let port = rest.strip_prefix(b":").unwrap_or_default();
    let usual = rest.is_empty() && at(authority, 0) != b'[';
    let high = port.len() >= 4 && port.iter().all(u8::is_ascii_digit) && !SERVICES.contains(&port);
    (usual || high) && !contains_any(path, &INNER)
}

/// A sentence or listing may mention an address; a value that is one is fetched.
fn limit(view: &View<'_>, start: usize, score: f32) -> f32 {
    if score <= 0.4 {
        return score;
    }
    let scheme =
        upto(view.lower, start).iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let behind_word = is_behind_word(upto(view.lower, start - scheme));
    let talked_about = view.is_composed()
        || behind_word
        || view.words_around(start - scheme) > usize::from(!is_read(view.purpose))
        || connects(from(upto(view.lower, start), start - scheme), view);
    if talked_about { f32::min(score, 0.4) } else { score }
}

/// What is searched or written holds an address and a word about it; what is fetched has no words.
fn is_read(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Search | Purpose::Query | Purpose::Prose)
}

/// `GET http://localhost/`, `proxy_pass http://localhost`: a word and a space stand before the address.
fn is_behind_word(before: &[u8]) -> bool {
    let word = before.trim_ascii_end();
    let len = word.iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count();
    let ahead = upto(word, word.len() - len).last().copied().unwrap_or(b' ');
    word.len() < before.len() && len > 1 && is_space(ahead)
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
    let place = contains_any(upto(lower, 9), &[b"http://", b"https://", b"ftp://"])
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
