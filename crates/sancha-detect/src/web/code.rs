//! Code injection into PHP, Node, Python and Java, and queries of document databases and directories.

use super::scan::{at, contains, contains_any, find, from, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};
use super::{Kind, decode};

/// PHP functions that run commands or code.
const PHP_CALLS: [&[u8]; 47] = [
    b"var_dump",
    b"print_r",
    b"scandir",
    b"ini_set",
    b"putenv",
    b"dl",
    b"getallheaders",
    b"highlight_file",
    b"show_source",
    b"readfile",
    b"fopen",
    b"ob_start",
    b"register_shutdown_function",
    b"usort",
    b"extract",
    b"parse_str",
    b"mail",
    b"die",
    b"glob",
    b"unlink",
    b"chmod",
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
const MONGO: [&[u8]; 26] = [
    b"lookup",
    b"accumulator",
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
        let mut found = Signs::default();
        calls(view, &mut found);
        if view.role != Role::Header {
            indirect_calls(view, &mut found);
        }
        directives(view, &mut found);
        // A listing calls functions; a value that is one call is meant to be run.
        signs.absorb(&found, if view.is_composed() { 0.4 } else { 1.0 });
    } else {
        directives(view, signs);
    }
    if view.has(b'$') {
        mongo(view, signs);
    }
    if view.has_any(b"'\".") {
        evaluated(view, signs);
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
    if view.has(b'!')
        && contains(view.lower, b"!entity")
        && contains(view.lower, b" system ")
        && !view.is_composed()
    {
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
            b"getallheaders" | b"get_defined_vars" | b"getcwd" => 0.6,
            b"var_dump" | b"die" | b"print_r" | b"echo" if calls_on(lower, open + 1) => 0.6,
            _ if PHP_CALLS.contains(&name) && quoted && !spaced => 0.7,
            _ => 0.0,
        };
        signs.raise(Kind::Code, score, end - len);
    }
}

/// Extensions of PHP whose settings have a dotted name, and settings without one: `name = value` sets them.
const PHP_GROUPS: [&[u8]; 16] = [
    b"opcache.",
    b"mbstring.",
    b"session.",
    b"zend.",
    b"assert.",
    b"mysqli.",
    b"xdebug.",
    b"suhosin.",
    b"pcre.",
    b"soap.",
    b"exif.",
    b"phar.",
    b"cli.",
    b"com.allow",
    b"user_ini.",
    b"ffi.",
];
const PHP_LIMITS: [&[u8]; 11] = [
    b"memory_limit",
    b"extension_dir",
    b"max_execution_time",
    b"upload_max_filesize",
    b"post_max_size",
    b"display_errors",
    b"include_path",
    b"sendmail_path",
    b"unserialize_",
    b"enable_dl",
    b"error_log",
];

/// A call as the first argument of a call, `var_dump(scandir(`.
fn calls_on(lower: &[u8], index: usize) -> bool {
    let name = word(lower, skip_space(lower, index));
    name.len() > 2 && at(lower, skip_space(lower, index) + name.len()) == b'('
}

/// Directives of PHP's configuration that load a file or lift a restriction, set from outside.
fn directives(view: &View<'_>, signs: &mut Signs) {
    const LOADING: [&[u8]; 7] = [
        b"allow_url_include",
        b"allow_url_fopen",
        b"auto_prepend_file",
        b"auto_append_file",
        b"disable_functions",
        b"open_basedir",
        b"safe_mode",
    ];
    if view.has(b'_') && (view.has(b'=') || view.role == Role::Name) {
        let set = |name: &&[u8]| {
            find(view.lower, name).filter(|place| {
                let after = skip_space(view.lower, place + name.len());
                at(view.lower, after) == b'='
                    || view.role == Role::Name && after >= view.lower.len()
            })
        };
        if let Some(place) = LOADING.iter().find_map(set) {
            signs.raise(Kind::Code, 0.8, place);
        }
    }
    if PHP_GROUPS.iter().any(|group| view.lower.starts_with(group))
        || PHP_LIMITS.iter().any(|name| view.lower.starts_with(name))
    {
        let name = view.lower.iter().take_while(|b| is_word(**b) || **b == b'.').count();
        if at(view.lower, skip_space(view.lower, name)) == b'=' {
            signs.raise(Kind::Code, 0.6, 0);
        }
    }
    // A function that is called where it is written.
    if contains(view.lower, b"function")
        && contains_any(view.lower, &[b"}()", b"})()", b"}).call("])
    {
        signs.raise(Kind::Code, 0.6, 0);
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
            // `'('` is a quoted parenthesis, not a call of a text.
            Some(quote @ (b'"' | b'\'')) => before.len() > 2 && at(lower, open + 1) != *quote,
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
}

/// JavaScript where a document database evaluates it: conditions on the document, loops, its own collections.
fn evaluated(view: &View<'_>, signs: &mut Signs) {
    const MARKS: [&[u8]; 12] = [
        b"this.password",
        b"this.username",
        b"return true",
        b"return(true)",
        b"while(true)",
        b"while(1)",
        b"tojson(",
        b"db.get",
        b"||1==1",
        b"|| 1==1",
        b"|| this.",
        b"&& this.",
    ];
    let lower = view.lower;
    let broken = view.has_any(b"'\"") && contains_any(lower, &MARKS);
    let collection = lower.starts_with(b"db.")
        && contains_any(lower, &[b".drop(", b".insert(", b".find(", b".remove(", b".update("]);
    if (broken || collection) && !view.is_composed() {
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
        let rest = upto(from(lower, place), 400);
        // The document types of web pages and pictures name the W3C; a local file name is a validator's.
        let known = contains_any(upto(rest, 160), &[b"//w3c//dtd", b"//oasis//dtd"]);
        let subset =
            upto(rest, rest.iter().position(|b| matches!(b, b'[' | b'>')).unwrap_or(rest.len()));
        let named = contains(subset, b" system") || contains(subset, b" public");
        let far = contains_any(subset, &[b"://", b"\"file:", b"'file:", b"\"/", b"'/"]);
        if named && far && !known {
            signs.raise(Kind::Xxe, 0.8, place);
        }
    }
    for place in memchr::memmem::find_iter(lower, b"<!entity") {
        let rest = upto(from(lower, place + 8), 400);
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        // A plain text entity is an abbreviation; one that loads, is a parameter or repeats others is not.
        let loads = contains_any(rest, &[b" system", b" public", b"\nsystem", b"\tsystem"]);
        let parameter = at(rest, skip_space(rest, 0)) == b'%';
        let repeats = upto(rest, end).iter().filter(|b| **b == b'&').count() > 1;
        if loads || parameter || repeats {
            signs.raise(Kind::Xxe, 0.8, place);
        }
    }
    if contains_any(lower, &[b"xi:include", b"http://www.w3.org/2001/xinclude"]) {
        signs.raise(Kind::Xxe, 0.7, 0);
    }
    let includes =
        contains_any(lower, &[b":include", b":import", b":redefine", b"<include", b"<import"]);
    if contains(lower, b"schemalocation=\"http") && (includes || view.role != Role::Document) {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
    let sheet = contains(lower, b"<?xml-stylesheet")
        && contains_any(lower, &[b"href=\"http", b"href='http", b"href=\"file:"]);
    let recoded = contains_any(
        lower,
        &[b"encoding=\"utf-7\"", b"encoding='utf-7'", b"encoding=\"utf-16\"?>+ad"],
    );
    if sheet
        || recoded
        || contains(lower, b"document('/")
        || contains(lower, b"document('file:")
        || contains(lower, b"document('http")
    {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
    if contains_any(lower, &[b"application/x-httpd-", b"accesspolicy=\"read, script"]) {
        signs.raise(Kind::Upload, 0.7, 0);
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
    if is_pickled(text) {
        signs.raise(Kind::Deserialization, 0.8, 0);
    }
    const OPENINGS: [&[u8]; 11] = [
        b"rO0AB",
        b"rO0ABX",
        b"AAEAAAD/////",
        b"\xac\xed\x00\x05",
        b"BAhv",
        b"c__builtin__",
        b"!<tag:yaml.org,2002:js/",
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

/// Python's pickles: protocol 0 names a module and a function on two lines, later ones open with a byte of their own.
fn is_pickled(text: &[u8]) -> bool {
    if let Some(rest) = text.strip_prefix(b"c") {
        let module = word(rest, 0);
        let after = from(rest, module.len());
        let function = after.strip_prefix(b"\n").map(|rest| word(rest, 0)).unwrap_or_default();
        let next = at(after, 1 + function.len());
        return !module.is_empty()
            && !function.is_empty()
            && (next == b'\n' || module == b"system");
    }
    let head: u32 = upto(text, 4)
        .iter()
        .filter_map(|b| decode::sextet(*b))
        .fold(0, |bits, six| bits << 6 | six);
    text.len() >= 24
        && !text.contains(&b' ')
        && matches!(head.to_be_bytes(), [0, 0x80, 2..=5, b'c' | b'}' | b']' | b'(' | 0x95])
}

/// XPath functions and axes behind a quote.
fn xpath(view: &View<'_>, signs: &mut Signs) {
    let quote = memchr::memchr2(b'\'', b'"', view.lower);
    let Some(quote) = quote.filter(|_| view.has(b'/') || view.has(b'(')) else { return };
    // A whole path of one's own begins with a step; an injected one closes a text or predicate first.
    let lower = if at(view.lower, 0) == b'/' { &[][..] } else { upto(view.lower, VALUE_OF_XPATH) };
    let mark = |marks: &[&[u8]]| marks.iter().filter_map(|m| find(lower, m)).min();
    let Some(place) = mark(&MARKS) else { return };
    if view.is_composed() || place < quote && !matches!(at(lower, place), b'c' | b's') {
        return;
    }
    signs.raise(Kind::Xpath, 0.7, place);
}

/// An injected path is short.
const VALUE_OF_XPATH: usize = 2048;

/// Axes and functions of XPath with what an injection compares them to.
const MARKS: [&[u8]; 9] = [
    b"count(/",
    b"string-length(",
    b"/child::",
    b"parent::node()",
    b"or name()=",
    b"] | //",
    b"']|//",
    b"position()=",
    b"name(/*",
];
