//! Named analyses of one HTTP request: injection, cross-site scripting, traversal and their kin.
//!
//! In: the parts of one [`Request`] as bytes, still encoded as they were logged. Out: [`Hit`]s, the strongest
//! of each [`Kind`], with the decoded evidence and the [`Layers`] that were peeled off to see it.
//!
//! **Does not know** events, rules, addresses or time. The same bytes always give the same hits.
//! A hit with a score of [`THRESHOLD`] or more is worth an alert; a lower one only supports others.

mod code;
mod decode;
mod email;
mod framing;
mod gate;
mod graphql;
mod html;
mod inflate;
mod json;
mod markers;
mod nested;
mod page;
mod parameters;
mod path;
mod protocol;
mod purpose;
mod remembered;
mod scan;
mod script;
mod shell;
mod sql;
mod template;
mod value;
mod words;
mod writing;

pub use decode::Layers;

use value::Examiner;

/// The one default setting: hits at or above it count as an alert.
pub const THRESHOLD: f32 = 0.5;

/// Evidence is cut to this many bytes around the place that spoke.
const EVIDENCE_LIMIT: usize = 256;

/// One HTTP request as the analyses see it; absent parts are empty.
///
/// All parts are the raw bytes as logged, still percent-encoded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    pub method: &'a [u8],
    /// Path and query as logged.
    pub target: &'a [u8],
    pub referer: &'a [u8],
    pub user_agent: &'a [u8],
    pub cookie: &'a [u8],
    pub headers: &'a [(&'a [u8], &'a [u8])],
    pub content_type: &'a [u8],
    pub body: &'a [u8],
    pub status: u16,
    pub size: i64,
}

/// What an analysis recognised. Closed: a new class breaks the build where it must be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Sqli,
    Xss,
    Upload,
    Webshell,
    AuthBypass,
    Traversal,
    Command,
    Code,
    Ssrf,
    Xxe,
    Template,
    Deserialization,
    Nosql,
    Ldap,
    Xpath,
    Mail,
    Protocol,
    ScannerAgent,
}

impl Kind {
    /// Every kind, in the order hits are reported.
    pub const ALL: [Kind; 18] = [
        Kind::Sqli,
        Kind::Xss,
        Kind::Upload,
        Kind::Webshell,
        Kind::AuthBypass,
        Kind::Traversal,
        Kind::Command,
        Kind::Code,
        Kind::Ssrf,
        Kind::Xxe,
        Kind::Template,
        Kind::Deserialization,
        Kind::Nosql,
        Kind::Ldap,
        Kind::Xpath,
        Kind::Mail,
        Kind::Protocol,
        Kind::ScannerAgent,
    ];

    /// The stable identifier used in rules and output.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Kind::Sqli => "web.sqli",
            Kind::Xss => "web.xss",
            Kind::Upload => "web.upload",
            Kind::Webshell => "web.webshell",
            Kind::AuthBypass => "web.auth_bypass",
            Kind::Traversal => "web.traversal",
            Kind::Command => "web.command",
            Kind::Code => "web.code",
            Kind::Ssrf => "web.ssrf",
            Kind::Xxe => "web.xxe",
            Kind::Template => "web.template",
            Kind::Deserialization => "web.deserialization",
            Kind::Nosql => "web.nosql",
            Kind::Ldap => "web.ldap",
            Kind::Xpath => "web.xpath",
            Kind::Mail => "web.mail",
            Kind::Protocol => "web.protocol",
            Kind::ScannerAgent => "web.scanner_agent",
        }
    }
}

/// Where in the request the evidence stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Method,
    Path,
    Query,
    Referer,
    UserAgent,
    Header,
    Cookie,
    Body,
}

/// One recognised attack pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub kind: Kind,
    /// 0 to 1; see [`THRESHOLD`].
    pub score: f32,
    pub part: Part,
    /// The decoded value around the pattern, at most 256 bytes.
    pub evidence: Vec<u8>,
    /// Which encodings were removed before the pattern could be read.
    pub layers: Layers,
}

/// Parts of a request that are ordinary whatever stands beside them: they need no look another time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ordinary {
    /// A target without a query, for requests of this method and status; see [`is_ordinary_path`].
    pub path: bool,
    /// What a path says as text, whatever is asked of it.
    pub path_text: bool,
    pub referer: bool,
    pub agent: bool,
}

/// Buffers reused from request to request; one per worker.
#[derive(Debug, Default)]
pub struct Scratch {
    buffers: value::Buffers,
}

/// Whether nothing in a path without a query asks for a closer look.
pub fn is_ordinary_path(path: &[u8]) -> bool {
    !gate::opens(path, gate::Place::Target)
}

/// Adds the hits of one request to `hits`, the strongest of each kind; nothing is allocated when there are none.
///
/// Parts that are `known` to be ordinary are passed over. Returns those that were, and that were found so now.
pub fn inspect(
    request: &Request<'_>,
    known: Ordinary,
    scratch: &mut Scratch,
    hits: &mut Vec<Hit>,
) -> Ordinary {
    if let Some(ordinary) = wholly_ordinary(request, known) {
        return ordinary;
    }
    let start = hits.len();
    let mut examiner = Examiner::new(&mut scratch.buffers, hits, start);
    protocol::examine(request, &mut examiner);
    parameters::examine(request, known, &mut examiner)
}

/// A request of which every part that is there is known: most of an access log. `None` asks for a look.
fn wholly_ordinary(request: &Request<'_>, known: Ordinary) -> Option<Ordinary> {
    let is_known = known.path && known.agent && (known.referer || request.referer.is_empty());
    let has_more = !request.cookie.is_empty()
        || !request.headers.is_empty()
        || !request.content_type.is_empty()
        || !request.body.is_empty();
    let is_common = matches!(request.method, b"GET" | b"HEAD" | b"POST");
    (is_known && !has_more && is_common).then_some(Ordinary { referer: true, ..known })
}

#[cfg(test)]
mod tests;
