//! The request itself: its method, its agent, and headers that contradict each other.

use super::scan::{contains, contains_any, find, from, is_word, starts_ignore_case, upto};
use super::value::{Examiner, Role, Signs, View};
use super::{Kind, Layers, Part, Request, decode, framing};

/// Methods of HTTP and WebDAV that servers know; others are probes.
const METHODS: [&[u8]; 24] = [
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"CONNECT",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"MERGE",
    b"PURGE",
    b"CHECKOUT",
    b"MKACTIVITY",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"PRI",
];

/// Names by which scanning tools introduce themselves.
const TOOLS: [&[u8]; 58] = [
    b"sqlmap",
    b"nikto",
    b"nmap scripting",
    b"nmap nse",
    b"masscan",
    b"zgrab",
    b"nuclei",
    b"gobuster",
    b"dirbuster",
    b"dirb ",
    b"wfuzz",
    b"ffuf",
    b"fuzz faster u fool",
    b"feroxbuster",
    b"dirsearch",
    b"acunetix",
    b"netsparker",
    b"nessus",
    b"openvas",
    b"qualys",
    b"w3af",
    b"arachni",
    b"skipfish",
    b"wpscan",
    b"joomscan",
    b"droopescan",
    b"whatweb",
    b"wapiti",
    b"havij",
    b"sqlninja",
    b"sqlbrute",
    b"bsqlbf",
    b"commix",
    b"xsser",
    b"xspider",
    b"webinspect",
    b"appscan",
    b"burpcollaborator",
    b"burp suite",
    b"owasp zap",
    b"zaproxy",
    b"jorgee",
    b"morfeus",
    b"zmeu",
    b"muieblackcat",
    b"paros",
    b"grabber",
    b"metis",
    b"webshag",
    b"vega/",
    b"jaeles",
    b"xray",
    b"awvs",
    b"httpx -",
    b"l9explore",
    b"l9tcpid",
    b"censysinspect",
    b"hydra",
];

/// Looks at what no parameter holds.
pub(super) fn examine(request: &Request<'_>, examiner: &mut Examiner<'_>) {
    if !request.method.is_empty()
        && !METHODS.iter().any(|known| request.method.eq_ignore_ascii_case(known))
    {
        let odd =
            request.method.iter().any(|b| !b.is_ascii_alphabetic() && !matches!(b, b'-' | b'_'));
        examiner.raise(
            Kind::Protocol,
            if odd || request.method.eq_ignore_ascii_case(b"DEBUG") { 0.6 } else { 0.4 },
            Part::Method,
            request.method,
            Layers::default(),
        );
    }
    let is_tracing = request.method.eq_ignore_ascii_case(b"TRACE")
        || request.method.eq_ignore_ascii_case(b"TRACK");
    if is_tracing {
        examiner.raise(Kind::Protocol, 0.5, Part::Method, request.method, Layers::default());
    }
    if !request.content_type.is_empty() {
        content_type(request.content_type, examiner);
    }
    framing::examine(request, examiner);
}

/// Raises a tool that gives its name.
pub(super) fn agent(agent: &[u8], examiner: &mut Examiner<'_>) {
    if let Some(place) = tool_in(agent) {
        let evidence = from(agent, place.saturating_sub(64));
        examiner.raise(Kind::ScannerAgent, 0.9, Part::UserAgent, evidence, Layers::default());
    }
}

/// Where a scanning tool is named, within the length of any agent.
fn tool_in(agent: &[u8]) -> Option<usize> {
    let agent = upto(agent, 512);
    let mut inside = false;
    for (place, byte) in agent.iter().enumerate() {
        let begins = is_word(*byte) && !inside;
        inside = is_word(*byte);
        if begins && names_a_tool(from(agent, place)) {
            return Some(place);
        }
    }
    None
}

/// Every agent string is asked, so tools are told apart by their first two letters before anything.
fn names_a_tool(word: &[u8]) -> bool {
    let [first, second, ..] = word else { return false };
    let letter = usize::from((first | 0x20).wrapping_sub(b'a'));
    if TOOL_STARTS.get(letter).is_none_or(|seconds| seconds >> (second & 31) & 1 == 0) {
        return false;
    }
    let (first, second) = (first | 0x20, second.to_ascii_lowercase());
    TOOLS
        .iter()
        .filter(|tool| matches!(tool, [a, b, ..] if *a == first && *b == second))
        .any(|tool| starts_ignore_case(word, tool))
}

/// For each first letter, the second letters of tools' names, one bit by the low five bits.
const TOOL_STARTS: [u32; 26] = {
    let mut starts = [0_u32; 26];
    let mut at = 0;
    while at < TOOLS.len() {
        starts[(TOOLS[at][0] - b'a') as usize] |= 1 << (TOOLS[at][1] & 31);
        at += 1;
    }
    starts
};

/// A second media type hidden in a parameter, to be read differently by two components.
fn content_type(value: &[u8], examiner: &mut Examiner<'_>) {
    let (_, parameters) = super::scan::split_once(value, b';');
    let lower = parameters.to_ascii_lowercase();
    // Character sets that turn what is looked for into something else, and only reach a reader on purpose.
    let recoded =
        find(&lower, b"charset=").map(|place| from(&lower, place + 8)).is_some_and(|set| {
            let set = set.strip_prefix(b"\"").unwrap_or(set);
            [&b"utf-7"[..], b"ibm", b"cp037", b"cp500", b"ebcdic", b"utf-32"]
                .iter()
                .any(|odd| set.starts_with(odd))
        });
    let twice = find(&lower, b"boundary=")
        .is_some_and(|place| contains(from(&lower, place + 9), b"boundary="));
    let (essence, _) = super::scan::split_once(value, b';');
    if recoded || twice || contains(essence, b",") {
        examiner.raise(Kind::Protocol, 0.6, Part::Header, value, Layers::default());
    }
    let form = value
        .get(..33)
        .is_some_and(|head| head.eq_ignore_ascii_case(b"application/x-www-form-urlencoded"));
    let boundary =
        find(&parameters.to_ascii_lowercase(), b"boundary").map(|place| from(parameters, place));
    let hidden = boundary.is_some_and(|b| contains(b, b"/"));
    if form && hidden {
        examiner.raise(Kind::Protocol, 0.7, Part::Header, value, Layers::default());
    }
}

/// Tokens whose own header decides how they are checked (RFC 7515, clause 4.1): not at all, or with the sender's key.
pub(super) fn examine_value(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Document || !view.has(b'.') {
        return;
    }
    let Some(place) = find(view.text, b"eyJ") else { return };
    let head = from(view.text, place).split(|b| *b == b'.').next().unwrap_or_default();
    let mut decoded = Vec::new();
    if head.len() < 800 && decode::base64(head, &mut decoded) {
        decoded.make_ascii_lowercase();
        decoded.retain(|b| !b.is_ascii_whitespace());
        signs.raise(Kind::AuthBypass, token_header(&decoded), place);
    }
}

fn token_header(header: &[u8]) -> f32 {
    let member = |name: &[u8]| {
        find(header, name).map(|place| {
            let value = from(header, place + name.len());
            value.split(|b| *b == b'"').next().unwrap_or_default()
        })
    };
    if contains_any(header, &[b"\"alg\":\"none\"", b"\"alg\":\"\"", b"\"alg\":null"]) {
        return 0.8;
    }
    // A key id is a name; one that is a path, a query or a command is meant for what looks the key up.
    if let Some(key) = member(b"\"kid\":\"")
        && (key.starts_with(b"/")
            || key.starts_with(b"http")
            || contains_any(key, &[b"..", b"'", b"|", b";", b"`", b"$("]))
    {
        return 0.7;
    }
    if contains(header, b"\"jwk\":{") {
        return 0.6;
    }
    let fetched = member(b"\"jku\":\"").or_else(|| member(b"\"x5u\":\""));
    if fetched.is_some_and(|url| url.starts_with(b"http")) { 0.5 } else { 0.0 }
}
