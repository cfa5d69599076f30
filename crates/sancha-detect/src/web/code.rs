//! Code injection into PHP, Node, Python and Java, and queries of document databases and directories.

use std::cell::OnceCell;

use super::scan::{at, contains, contains_any, find, from, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};
use documents::{cut_declarations, entities, serialized, settings};
use queries::{directory, evaluated, lookups, probes_directory, written_out, xpath};
mod documents;
mod dotnet;
mod formats;
mod operators;
mod php;
mod queries;
mod statements;

pub(super) use operators::strongest as strongest_operator;

use super::{Kind, Part};

/// PHP functions that run commands or code.
const PHP_CALLS: [&[u8]; 66] = [
    b"getenv",
    b"highlight_string",
    b"php_strip_whitespace",
    b"bzdecompress",
    b"gzdecode",
    b"gzuncompress",
    b"convert_uudecode",
    b"zlib_decode",
    b"array_filter",
    b"array_walk",
    b"uasort",
    b"uksort",
    b"set_error_handler",
    b"error_log",
    b"opendir",
    b"mkdir",
    b"rmdir",
    b"tempnam",
    b"symlink",
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

/// Looks for code of the host language.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'(') {
        let mut found = Signs::default();
        calls(view, &mut found);
        if view.role != Role::Header {
            indirect_calls(view, &mut found);
        }
        statements::examine(view, &mut found);
        // A listing calls functions; a value that is one call is meant to be run.
        let mentioned = view.is_composed() || view.is_told();
        signs.absorb(&found, if mentioned { 0.4 } else { 1.0 });
    } else {
        statements::examine(view, signs);
    }
    if view.has(b'%') {
        formats::examine(view, signs);
    }
    if view.has(b'$') {
        operators::examine(view, signs);
    }
    if view.has_any(b"'\".;(") && view.speaks().is_none() {
        evaluated(view, signs);
    }
    if view.part == Part::Query && view.role == Role::Value {
        written_out(view, signs);
    }
    if view.role == Role::Name {
        lookups(view, signs);
    }
    if view.has(b')') && view.has_any(b"*&|(") {
        directory(view, signs);
    }
    if view.has(b'*') && view.has(b'|') && view.has(b'&') {
        probes_directory(view, signs);
    }
    if view.has(b'<') {
        entities(view, signs);
    }
    if view.has(b'!') && !view.is_composed() {
        cut_declarations(view, signs);
    }
    if view.has(b'-') || view.has(b',') {
        settings(view, signs);
    }
    reaches_out(view, signs);
    if view.has(b'(') && view.has(b'/') && !view.is_composed() && joins_statement(view.lower) {
        signs.raise(Kind::Code, 0.6, 0);
    }
    dotnet::examine(view, signs);
    php::examine(view, signs);
    serialized(view, signs);
    xpath(view, signs);
}

fn calls(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let proof = OnceCell::new();
    let proves =
        || *proof.get_or_init(|| contains_any(lower, &[b"@print(", b"print(md5(", b"echo(md5("]));
    // The database's own functions have the same prefix as PHP's for it.
    let database = OnceCell::new();
    let is_database =
        || *database.get_or_init(|| view.holds_any(&[b"function", b"select ", b" as "]));
    let bound = OnceCell::new();
    for open in memchr::memchr_iter(b'(', lower) {
        let end = upto(lower, open).trim_ascii_end().len();
        let len = upto(lower, end).iter().rev().take_while(|b| is_word(**b)).count();
        let name = upto(from(lower, end - len), len);
        let spaced = end < open;
        let inner = at(lower, skip_space(lower, open + 1));
        let quoted = matches!(inner, b'\'' | b'"' | b'$' | b'_' | b'`');
        // Where a function is declared, nothing is called.
        if upto(lower, end - len).trim_ascii_end().ends_with(b"function") {
            continue;
        }
        let library = PHP_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            && name.len() > 6
            && !(name.starts_with(b"pg_") && is_database());
        let score = match name {
            // Asked about by its name.
            b"phpinfo" if is_remark(from(lower, open)) => 0.4,
            _ if library => 0.7,
            b"phpinfo" | b"shell_exec" | b"passthru" | b"proc_open" | b"pcntl_exec"
            | b"call_user_func" | b"create_function" => 0.8,
            b"base64_decode"
            | b"gzinflate"
            | b"str_rot13"
            | b"fsockopen"
            | b"file_put_contents"
            | b"move_uploaded_file" => 0.7,
            b"print" | b"md5" if proves() => 0.7,
            b"getallheaders"
            | b"get_defined_vars"
            | b"get_defined_functions"
            | b"getcwd"
            | b"phpversion"
            | b"get_current_user"
            | b"sys_get_temp_dir"
            | b"disk_free_space" => 0.6,
            b"set_time_limit" | b"error_reporting" | b"ignore_user_abort" => 0.6,
            b"copy" | b"rename" | b"file"
                if quoted && contains(upto(from(lower, open), 12), b"://") =>
            {
                0.7
            }
            b"var_dump" | b"die" | b"print_r" | b"echo" | b"printf" | b"exit" | b"var_export"
                if calls_on(lower, open + 1) =>
            {
                0.6
            }
            // A listing binds the module to a name first.
            b"require"
                if quoted
                    && loads_core(lower, open + 1)
                    && *bound.get_or_init(|| first_binding(lower)) > open =>
            {
                0.7
            }
            // A constructor of Rust's, `Uuid::parse_str(…)`.
            b"parse_str" if upto(lower, end - len).ends_with(b"::") => 0.0,
            _ if PHP_CALLS.contains(&name) && quoted && !spaced => 0.7,
            _ => 0.0,
        };
        signs.raise(Kind::Code, score, end - len);
    }
}

/// `() output`: empty brackets and then words to the end.
fn is_remark(rest: &[u8]) -> bool {
    rest.strip_prefix(b"() ").is_some_and(|words| {
        !words.is_empty()
            && words.iter().all(|b| b.is_ascii_lowercase() || *b >= 0x80 || *b == b' ')
    })
}

/// `require('net')`: a module of Node's own that reaches the machine.
fn loads_core(lower: &[u8], index: usize) -> bool {
    let quoted = skip_space(lower, index) + 1;
    let name = word(lower, quoted);
    let name = if name == b"node" && at(lower, quoted + 4) == b':' {
        word(lower, quoted + 5)
    } else {
        name
    };
    matches!(
        name,
        b"fs"
            | b"net"
            | b"http"
            | b"https"
            | b"os"
            | b"vm"
            | b"dns"
            | b"cluster"
            | b"tls"
            | b"dgram"
            | b"child_process"
            | b"worker_threads"
            | b"repl"
            | b"v8"
            | b"inspector"
            | b"module"
    )
}

/// Where a listing first binds something to a name.
fn first_binding(lower: &[u8]) -> usize {
    const KEYWORDS: [&[u8]; 4] = [b"const ", b"let ", b"var ", b"import "];
    KEYWORDS.iter().filter_map(|keyword| find(lower, keyword)).min().unwrap_or(usize::MAX)
}

/// A call as the first argument of a call, `var_dump(scandir(`.
fn calls_on(lower: &[u8], index: usize) -> bool {
    // `@` keeps PHP from telling what went wrong.
    let start = skip_space(lower, index);
    let start = start + usize::from(at(lower, start) == b'@');
    let name = word(lower, start);
    name.len() > 2 && at(lower, start + name.len()) == b'('
}

/// `';exit(f());//`, `".f().`: a text is closed, a statement of one's own joined, and the rest commented away.
fn joins_statement(lower: &[u8]) -> bool {
    let text = lower.trim_ascii();
    let Some(close) = upto(text, 12).iter().position(|b| matches!(b, b'\'' | b'"' | b';')) else {
        return false;
    };
    let rest = from(text, close + 1);
    let joins = at(text, close) == b';' || matches!(at(rest, 0), b';' | b'.' | b')' | b'}');
    let hidden =
        [&b";//"[..], b";#", b"; //", b"; #", b";/*"].iter().any(|end| text.ends_with(end));
    let alone = !upto(text, close).contains(&b' ');
    joins && hidden && alone && rest.contains(&b'(') && rest.contains(&b')')
}

/// Classes and references that leave the data they are sent with.
fn reaches_out(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'.') && !view.is_composed() && starts_processes(view) {
        signs.raise(Kind::Code, 0.6, 0);
    }
    if view.has(b'$') && view.has(b':') && references_prototype(view.lower) {
        signs.raise(Kind::Code, 0.8, 0);
    }
}

/// The classes of Java's library that start processes, in whatever package a filter's reader expects them; the
/// names of its properties (`java.runtime.version`) are in lower case.
fn starts_processes(view: &View<'_>) -> bool {
    // A page of documentation is called after a class and calls nothing.
    let page = view.part == Part::Path && !view.has_any(b"([{='\";<$");
    !page && view.holds(b"java.") && contains_any(view.text, &[b"Runtime", b"ProcessBuilder"])
}

/// `$1:…:constructor`, `$7:…:prototype`: a reference of React's wire format that leaves the sent objects.
fn references_prototype(lower: &[u8]) -> bool {
    memchr::memchr_iter(b'$', lower).any(|dollar| {
        let rest = upto(from(lower, dollar + 1), 200);
        let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let ends = |b: &u8| matches!(b, b'"' | b'\'' | b' ' | b',');
        let path = || rest.split(ends).next().unwrap_or_default().split(|b| *b == b':');
        digits > 0
            && at(rest, digits) == b':'
            && path().any(|step| matches!(step, b"__proto__" | b"constructor" | b"prototype"))
    })
}

/// `(system)('id')`, `[system][0](ls)`, `"sys"."tem"(ls)`: a call through a value.
fn indirect_calls(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for open in memchr::memchr_iter(b'(', lower) {
        // What is called stands right before; a long value has many brackets.
        let before = from(upto(lower, open), open.saturating_sub(256)).trim_ascii_end();
        let before = if before.ends_with(b"*/") {
            memchr::memmem::rfind(before, b"/*")
                .map_or(before, |at| upto(before, at).trim_ascii_end())
        } else {
            before
        };
        let inner = at(lower, skip_space(lower, open + 1));
        let argument = matches!(inner, b'\'' | b'"') || is_word(inner);
        if !argument {
            continue;
        }
        let value = match before.last() {
            Some(b')') => before.contains(&b'(') && !word_before_group(before),
            Some(b']') => contains_any(before, &[b"][", b")[", b"] ["]),
            Some(b'}') => opens_block(before) && view.has(b'['),
            // `'('` is a quoted parenthesis, not a call of a text.
            Some(quote @ (b'"' | b'\'')) => before.len() > 2 && at(lower, open + 1) != *quote,
            _ => false,
        };
        if !value {
            continue;
        }
        let closes =
            find(upto(from(lower, open), 512), b")").map_or(lower.len(), |len| open + len + 1);
        let ends = at(lower, skip_space(lower, closes));
        let statement = ends == b';' || matches!(inner, b'\'' | b'"');
        if statement && ends != b',' {
            signs.raise(Kind::Code, 0.6, open);
        }
    }
}

/// A brace behind a bracket that was closed, with white space between or without.
fn opens_block(before: &[u8]) -> bool {
    memchr::memchr_iter(b'{', before)
        .any(|brace| matches!(upto(before, brace).trim_ascii_end().last(), Some(b')' | b']')))
}

/// Whether the closed group is itself the argument of a named call, as in `f(x)(y)`.
fn word_before_group(before: &[u8]) -> bool {
    let open = before.iter().rposition(|b| *b == b'(').unwrap_or(0);
    let named = upto(before, open).last().is_some_and(|b| is_word(*b));
    named && !contains(before, b"*/")
}
