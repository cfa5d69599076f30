//! Statements that are a whole value, or set what a language's host reads: settings of PHP, one call on a console, a file
//! that is included, a proof, a loop without an end.

use super::PHP_CALLS;
use crate::web::Kind;
use crate::web::scan::{at, contains, from, is_word, skip_space, upto, word};
use crate::web::value::{Role, Signs, View};

/// Directives of PHP's configuration that load a file or lift a restriction.
const LOADING: [&[u8]; 7] = [
    b"allow_url_include",
    b"allow_url_fopen",
    b"auto_prepend_file",
    b"auto_append_file",
    b"disable_functions",
    b"open_basedir",
    b"safe_mode",
];

/// Extensions of PHP whose settings have a dotted name.
const GROUPS: [&[u8]; 16] = [
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

/// Settings without one.
const LIMITS: [&[u8]; 11] = [
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

/// Looks for what needs no call of a known function.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if let Some(place) = loads_by_setting(view) {
        signs.raise(Kind::Code, 0.8, place);
    }
    let whole = view.lower.trim_ascii();
    if calls_group(whole) {
        signs.raise(Kind::Code, 0.7, 0);
    }
    if sets_php(view.lower)
        || calls_console(whole)
        || includes(whole) && !view.is_composed()
        || proves_itself(whole)
        || is_endless(whole)
        || calls_itself(view)
    {
        signs.raise(Kind::Code, 0.6, 0);
    }
}

/// `auto_prepend_file = …`, as a value or as the name of a parameter.
fn loads_by_setting(view: &View<'_>) -> Option<usize> {
    if !view.has(b'_') || !(view.has(b'=') || view.role == Role::Name) {
        return None;
    }
    let sets = |name: &&[u8], place: usize| {
        let after = skip_space(view.lower, place + name.len());
        at(view.lower, after) == b'=' || view.role == Role::Name && after >= view.lower.len()
    };
    LOADING.iter().find_map(|name| view.find(name).filter(|place| sets(name, *place)))
}

/// `opcache.enable=1`, `memory_limit = 1`: a value that begins by setting one.
fn sets_php(lower: &[u8]) -> bool {
    let name = lower.iter().take_while(|b| is_word(**b) || **b == b'.').count();
    at(lower, skip_space(lower, name)) == b'='
        && GROUPS.iter().chain(&LIMITS).any(|known| lower.starts_with(known))
}

/// Nothing but one call on the console of a JavaScript host.
fn calls_console(whole: &[u8]) -> bool {
    whole.starts_with(b"console")
        && matches!(at(whole, 7), b'.' | b'[')
        && matches!(whole.last(), Some(b')' | b';'))
        && whole.contains(&b'(')
}

/// `include "http://…"`: a statement that needs no brackets, of a file from elsewhere.
fn includes(whole: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 4] = [b"include", b"require", b"include_once", b"require_once"];
    let stated = KEYWORDS.iter().find_map(|keyword| {
        whole.strip_prefix(*keyword).filter(|rest| matches!(at(rest, 0), b' ' | b'"' | b'\''))
    });
    let file = stated.map(<[u8]>::trim_ascii_start).unwrap_or_default();
    matches!(at(file, 0), b'"' | b'\'')
        && (contains(file, b"://") || contains(file, b"../") || at(file, 1) == b'/')
}

/// `(phpinfo)()`: a name in brackets is called like a text.
fn calls_group(whole: &[u8]) -> bool {
    let name = whole.strip_prefix(b"(").map(|rest| word(rest, 0)).unwrap_or_default();
    (PHP_CALLS.contains(&name) || name == b"phpinfo")
        && from(whole, 1 + name.len()).starts_with(b")(")
}

/// A loop without an end and nothing else.
fn is_endless(whole: &[u8]) -> bool {
    const LOOPS: [&[u8]; 6] =
        [b"while(true);", b"while(1);", b"while(true){}", b"while(1){}", b"for(;;);", b"for(;;){}"];
    let bare: Vec<u8> = upto(whole, 40).iter().copied().filter(|b| *b != b' ').collect();
    LOOPS.contains(&bare.as_slice())
}

/// A function that is called where it is written.
fn calls_itself(view: &View<'_>) -> bool {
    view.holds(b"function") && view.holds_any(&[b"}()", b"})()", b"}).call("])
}

/// `print(7*191);`, `echo md5('a');`: nothing but the output of a product or a digest.
fn proves_itself(whole: &[u8]) -> bool {
    let Some(rest) = [&b"print"[..], b"echo"].iter().find_map(|name| whole.strip_prefix(*name))
    else {
        return false;
    };
    let inner = rest.trim_ascii_start();
    let inner = inner.strip_prefix(b"(").unwrap_or(inner);
    let statement = rest.len() > inner.len() && contains(whole, b";");
    let left = inner.iter().take_while(|b| b.is_ascii_digit()).count();
    let right = from(inner, left + 1).iter().take_while(|b| b.is_ascii_digit()).count();
    let product = left > 0 && right > 0 && at(inner, left) == b'*';
    statement && (product || inner.starts_with(b"md5("))
}
