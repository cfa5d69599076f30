//! Code injection into PHP, Node, Python and Java, and queries of document databases and directories.

use super::Kind;
use super::scan::{at, contains, contains_any, find, from, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};

/// PHP functions that run commands or code.
const PHP_CALLS: [&[u8]; 26] = [
    b"system",
    b"exec",
    b"shell_exec",
    b"passthru",
    b"popen",
    b"proc_open",
    b"pcntl_exec",
    b"assert",
    b"eval",
    b"phpinfo",
    b"base64_decode",
    b"gzinflate",
    b"str_rot13",
    b"create_function",
    b"call_user_func",
    b"call_user_func_array",
    b"file_get_contents",
    b"file_put_contents",
    b"fsockopen",
    b"move_uploaded_file",
    b"include",
    b"require_once",
    b"include_once",
    b"preg_replace",
    b"unserialize",
    b"array_map",
];

/// Prefixes that only PHP's library gives its functions.
const PHP_PREFIXES: [&[u8]; 16] = [
    b"pg_",
    b"ldap_",
    b"odbc_",
    b"mysqli_",
    b"mysql_",
    b"curl_",
    b"posix_",
    b"pcntl_",
    b"openssl_",
    b"sqlite_",
    b"oci_",
    b"ftp_",
    b"imap_",
    b"stream_",
    b"socket_",
    b"runkit_",
];

/// Operators of MongoDB queries.
const MONGO: [&[u8]; 24] = [
    b"ne",
    b"eq",
    b"gt",
    b"gte",
    b"lt",
    b"lte",
    b"in",
    b"nin",
    b"or",
    b"and",
    b"not",
    b"nor",
    b"exists",
    b"type",
    b"regex",
    b"where",
    b"elemmatch",
    b"text",
    b"mod",
    b"all",
    b"size",
    b"expr",
    b"jsonschema",
    b"function",
];

/// Comparison suffixes of Django's query sets.
const LOOKUPS: [&[u8]; 26] = [
    b"startswith",
    b"istartswith",
    b"endswith",
    b"iendswith",
    b"contains",
    b"icontains",
    b"regex",
    b"iregex",
    b"gte",
    b"lte",
    b"gt",
    b"lt",
    b"isnull",
    b"exact",
    b"iexact",
    b"in",
    b"range",
    b"has_key",
    b"has_keys",
    b"has_any_keys",
    b"contained_by",
    b"year",
    b"month",
    b"day",
    b"date",
    b"len",
];

/// Looks for code of the host language.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'(') {
        calls(view, signs);
        if view.role != Role::Header {
            indirect_calls(view, signs);
        }
    }
    if view.has(b'$') {
        mongo(view, signs);
    }
    if view.role == Role::Name {
        lookups(view, signs);
    }
    if view.has(b'(') && view.has_any(b"*&|") {
        directory(view, signs);
    }
    if view.has(b'<') {
        entities(view, signs);
    }
    if contains(view.lower, b"!entity") && contains(view.lower, b"system") {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
    serialized(view, signs);
    xpath(view, signs);
}

fn calls(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for open in memchr::memchr_iter(b'(', lower) {
        let end = upto(lower, open).trim_ascii_end().len();
        let len = upto(lower, end).iter().rev().take_while(|b| is_word(**b)).count();
        let name = upto(from(lower, end - len), len);
        let spaced = end < open;
        let inner = at(lower, skip_space(lower, open + 1));
        let quoted = matches!(inner, b'\'' | b'"' | b'$' | b'_' | b'`');
        let library = PHP_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && name.len() > 6;
        let score = match name {
            _ if library => 0.7,
            b"odbc_connection_string_should_quote" => 0.7,
            b"phpinfo" | b"shell_exec" | b"passthru" | b"proc_open" | b"pcntl_exec"
            | b"call_user_func" | b"create_function" => 0.8,
            b"base64_decode"
            | b"gzinflate"
            | b"str_rot13"
            | b"fsockopen"
            | b"file_put_contents"
            | b"move_uploaded_file" => 0.7,
            b"print" | b"md5"
                if contains_any(lower, &[b"@print(", b"print(md5(", b"echo(md5("]) =>
            {
                0.7
            }
            _ if PHP_CALLS.contains(&name) && quoted && !spaced => 0.7,
            _ => 0.0,
        };
        signs.raise(Kind::Code, score, end - len);
    }
}

/// `(system)('id')`, `[system][0](ls)`, `"sys"."tem"(ls)`: a call through a value.
fn indirect_calls(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for open in memchr::memchr_iter(b'(', lower) {
        let before = upto(lower, open).trim_ascii_end();
        let before = if before.ends_with(b"*/") {
            memchr::memmem::rfind(before, b"/*")
                .map_or(before, |at| upto(before, at).trim_ascii_end())
        } else {
            before
        };
        let inner = at(lower, skip_space(lower, open + 1));
        let argument = matches!(inner, b'\'' | b'"') || is_word(inner);
        let closes = find(from(lower, open), b")").map_or(lower.len(), |len| open + len + 1);
        let ends = at(lower, skip_space(lower, closes));
        let statement = ends == b';' || matches!(inner, b'\'' | b'"');
        let value = match before.last() {
            Some(b')') => before.contains(&b'(') && !word_before_group(before),
            Some(b']') => contains_any(before, &[b"][", b")[", b"] ["]),
            Some(b'}') => contains_any(before, &[b") {", b"){", b"]{"]) && view.has(b'['),
            Some(b'"' | b'\'') => before.len() > 2,
            _ => false,
        };
        if value && argument && statement && ends != b',' {
            signs.raise(Kind::Code, 0.6, open);
        }
    }
}

/// Whether the closed group is itself the argument of a named call, as in `f(x)(y)`.
fn word_before_group(before: &[u8]) -> bool {
    let open = before.iter().rposition(|b| *b == b'(').unwrap_or(0);
    let named = upto(before, open).last().is_some_and(|b| is_word(*b));
    named && !contains(before, b"*/")
}

/// `[$ne]`, `{"$gt":…}`, `$where`: operators where a value belongs.
fn mongo(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for dollar in memchr::memchr_iter(b'$', lower) {
        let name = word(lower, dollar + 1);
        if !MONGO.contains(&name) {
            continue;
        }
        let before = upto(lower, dollar).trim_ascii_end().last().copied().unwrap_or(0);
        let after = at(lower, skip_space(lower, dollar + 1 + name.len()));
        let whole = lower.len() == name.len() + 1;
        let score = match (before, after) {
            (b'[', b']') => 0.8,
            (0, 0) if whole && view.role == Role::Name => 0.7,
            (b'{' | b',' | b'"' | b'\'', b':' | b'"' | b'\'') => 0.7,
            _ => 0.0,
        };
        signs.raise(Kind::Nosql, score, dollar);
    }
    if view.has_any(b"'\"")
        && contains_any(
            lower,
            &[b"this.password", b"return true", b"tojson(", b"db.get", b"||1==1", b"|| 1==1"],
        )
    {
        signs.raise(Kind::Nosql, 0.6, 0);
    }
}

/// `user__password__startswith`: filters of an object mapper in a parameter's name.
fn lookups(view: &View<'_>, signs: &mut Signs) {
    let Some(place) = memchr::memmem::rfind(view.lower, b"__") else {
        return;
    };
    let suffix = from(view.lower, place + 2);
    if place > 0 && LOOKUPS.contains(&suffix) {
        let deep = memchr::memmem::find_iter(view.lower, b"__").count() > 1;
        signs.raise(Kind::Sqli, if deep { 0.7 } else { 0.5 }, place);
    }
}

/// LDAP filters that close the query's own: `*)(uid=*))(|(uid=*` (RFC 4515).
fn directory(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    const MARKS: [&[u8]; 9] =
        [b")(|(", b")(&(", b"*)(", b")(!(", b"(|(", b"(&(", b"*))%00", b"*))(|", b"(objectclass="];
    let Some(place) = MARKS.iter().find_map(|mark| find(lower, mark)) else {
        return;
    };
    let compared = lower.windows(2).any(|pair| is_word(at(pair, 0)) && at(pair, 1) == b'=')
        && !contains(lower, b"==");
    if compared {
        signs.raise(Kind::Ldap, 0.7, place);
    }
}

/// External entities and document types (XML 1.0, clause 4.2.2) and inclusions.
fn entities(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    if let Some(place) = find(lower, b"<!doctype") {
        let rest = from(lower, place);
        let external =
            contains_any(upto(rest, 400), &[b"system", b"<!entity", b" public \"http", b"[ <!"]);
        // The document types of web pages name a public identifier of the W3C.
        let page =
            contains_any(upto(rest, 120), &[b"//w3c//dtd"]) || upto(rest, 16).ends_with(b"html>");
        if external && !page {
            signs.raise(Kind::Xxe, 0.8, place);
        }
    }
    if let Some(place) = find(lower, b"<!entity") {
        signs.raise(Kind::Xxe, 0.8, place);
    }
    if contains_any(lower, &[b"xi:include", b"http://www.w3.org/2001/xinclude"]) {
        signs.raise(Kind::Xxe, 0.7, 0);
    }
    if contains(lower, b"schemalocation") && contains(lower, b"http") && view.role != Role::Document
    {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
    if contains_any(lower, &[b"<?php", b"<?=", b"<? echo", b"<?import", b"<? "])
        && !contains(lower, b"<?xml")
    {
        signs.raise(Kind::Code, 0.8, 0);
    }
    if contains_any(lower, &[b"<jsp:", b"<%@ page", b"<%=", b"<asp:", b"runat=\"server\"", b"<cf"])
    {
        signs.raise(Kind::Code, 0.7, 0);
    }
}

/// Serialised objects of PHP, Java, .NET, Python and Ruby by their opening bytes.
fn serialized(view: &View<'_>, signs: &mut Signs) {
    let text = view.text;
    const OPENINGS: [&[u8]; 13] = [
        b"rO0AB",
        b"rO0ABX",
        b"AAEAAAD/////",
        b"\xac\xed\x00\x05",
        b"gASV",
        b"gAJ9",
        b"BAhv",
        b"cos\nsystem",
        b"c__builtin__",
        b"!!python/",
        b"!ruby/object",
        b"!!javax.",
        b"_$$ND_FUNC",
    ];
    if OPENINGS
        .iter()
        .any(|opening| text.starts_with(opening) || opening.len() > 8 && contains(text, opening))
    {
        signs.raise(Kind::Deserialization, 0.8, 0);
    }
    for kind in [b'O', b'C'] {
        for place in memchr::memchr_iter(kind, text) {
            let digits = from(text, place + 2)
                .iter()
                .take_while(|b| b.is_ascii_digit() || **b == b'+')
                .count();
            let shaped = at(text, place + 1) == b':'
                && digits > 0
                && from(text, place + 2 + digits).starts_with(b":\"");
            if shaped
                && (place == 0 || matches!(at(text, place - 1), b'{' | b';' | b':' | b'|' | b'"'))
            {
                signs.raise(Kind::Deserialization, 0.8, place);
            }
        }
    }
}

/// XPath functions and axes behind a quote.
fn xpath(view: &View<'_>, signs: &mut Signs) {
    if !view.has_any(b"'\"") || !view.has(b'/') && !view.has(b'(') {
        return;
    }
    const MARKS: [&[u8]; 8] = [
        b"count(/",
        b"string-length(",
        b"/child::",
        b"parent::node()",
        b"or name()=",
        b"] | //",
        b"']|//",
        b"position()=",
    ];
    if contains_any(view.lower, &MARKS) {
        signs.raise(Kind::Xpath, 0.7, 0);
    }
}
