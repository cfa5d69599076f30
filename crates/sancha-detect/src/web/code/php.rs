//! What a value says to PHP by itself: one function's name, one call, one setting, one variable.

use crate::web::Kind;
use crate::web::scan::{at, from, is_word, upto, word};
use crate::web::value::{Role, Signs, View};

/// Functions that frameworks were made to call by a parameter that names them.
const NAMED: [&[u8]; 34] = [
    b"base64_decode",
    b"bzdecompress",
    b"call_user_func",
    b"call_user_func_array",
    b"call_user_method",
    b"convert_uudecode",
    b"create_function",
    b"file_get_contents",
    b"file_put_contents",
    b"fsockopen",
    b"get_class_methods",
    b"get_defined_constants",
    b"get_defined_functions",
    b"get_defined_vars",
    b"gzdecode",
    b"gzinflate",
    b"gzuncompress",
    b"invokeargs",
    b"passthru",
    b"pcntl_exec",
    b"pcntl_fork",
    b"pfsockopen",
    b"phpinfo",
    b"posix_getpwuid",
    b"posix_getuid",
    b"posix_uname",
    b"proc_open",
    b"proc_nice",
    b"reflectionfunction",
    b"shell_exec",
    b"str_rot13",
    b"sys_get_temp_dir",
    b"zlib_decode",
    b"__halt_compiler",
];

/// Prefixes of the library's functions, followed by an underscore.
const FAMILIES: [&[u8]; 40] = [
    b"apache",
    b"array",
    b"bz",
    b"ctype",
    b"curl",
    b"date",
    b"dba",
    b"debug",
    b"error",
    b"exif",
    b"file",
    b"filter",
    b"fn",
    b"ftp",
    b"func",
    b"get",
    b"gz",
    b"iconv",
    b"image",
    b"inet",
    b"ini",
    b"is",
    b"json",
    b"ldap",
    b"mb",
    b"mcrypt",
    b"mysqli",
    b"ob",
    b"openssl",
    b"parse",
    b"pg",
    b"php",
    b"posix",
    b"preg",
    b"register",
    b"session",
    b"simplexml",
    b"stream",
    b"xml",
    b"zip",
];

/// Functions without an underscore, by names that are no words.
const CALLED: [&[u8]; 26] = [
    b"chgrp",
    b"chown",
    b"chr",
    b"closedir",
    b"fopen",
    b"fputs",
    b"fread",
    b"getmypid",
    b"getmyuid",
    b"gethostbyname",
    b"highlightfile",
    b"ob_get_contents",
    b"opendir",
    b"phpversion",
    b"readdir",
    b"readlink",
    b"realpath",
    b"rewinddir",
    b"rmdir",
    b"strrev",
    b"symlink",
    b"tmpfile",
    b"uasort",
    b"uksort",
    b"umask",
    b"unserialize",
];

/// Settings of `php.ini` that an interpreter takes from whoever can set them.
const SETTINGS: [&[u8]; 24] = [
    b"asp_tags",
    b"auto_detect_line_endings",
    b"default_charset",
    b"default_mimetype",
    b"display_startup_errors",
    b"doc_root",
    b"docref_root",
    b"enable_post_data_reading",
    b"error_append_string",
    b"error_prepend_string",
    b"error_reporting",
    b"expose_php",
    b"file_uploads",
    b"html_errors",
    b"ignore_repeated_errors",
    b"implicit_flush",
    b"log_errors",
    b"max_input_vars",
    b"output_handler",
    b"short_open_tag",
    b"upload_tmp_dir",
    b"user_dir",
    b"variables_order",
    b"zend_extension",
];

/// Variables that every script has.
const VARIABLES: [&[u8]; 10] = [
    b"$_env",
    b"$argv",
    b"$argc",
    b"$php_errormsg",
    b"$http_response_header",
    b"$http_post_vars",
    b"$http_get_vars",
    b"$http_cookie_vars",
    b"$http_server_vars",
    b"$http_env_vars",
];

/// Looks at a value that is one of these and nothing else.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Name && overwrites(view.text) {
        signs.raise(Kind::Code, 0.7, 0);
    }
    if view.role != Role::Value || view.is_composed() {
        return;
    }
    let whole = view.lower.trim_ascii();
    let name = word(whole, 0);
    let rest = from(whole, name.len());
    if view.has(b'$') {
        let end = whole.iter().skip(1).take_while(|b| is_word(**b)).count() + 1;
        let used = matches!(at(whole, end), 0 | b'[' | b'{' | b';');
        if VARIABLES.contains(&upto(whole, end)) && used && end > 1 {
            signs.raise(Kind::Code, 0.6, 0);
        }
        return;
    }
    let named = rest.is_empty() && NAMED.contains(&name);
    let set = at(rest, 0) == b'=' && SETTINGS.contains(&name);
    if named || set || at(rest, 0) == b'(' && called(name, rest) {
        signs.raise(Kind::Code, 0.5, 0);
    }
}

/// `_SESSION[admin]`, `_POST[GLOBALS][db]`: a parameter named as one of PHP's own variables, which applications that make
/// variables of their parameters let it overwrite.
fn overwrites(name: &[u8]) -> bool {
    const OWN: [&[u8]; 9] = [
        b"GLOBALS",
        b"_SERVER",
        b"_SESSION",
        b"_FILES",
        b"_COOKIE",
        b"_ENV",
        b"_REQUEST",
        b"_POST",
        b"_GET",
    ];
    OWN.iter().any(|own| name.strip_prefix(*own).is_some_and(|rest| rest.starts_with(b"[")))
}

/// `ctype_alnum("a")`, `umask(0)`: one call with a constant, as code has it only inside a line.
fn called(name: &[u8], rest: &[u8]) -> bool {
    let rest = rest.strip_suffix(b";").unwrap_or(rest);
    let Some(inner) = rest.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")) else {
        return false;
    };
    let family = name.iter().position(|b| *b == b'_').map(|end| upto(name, end));
    let known = CALLED.contains(&name) || family.is_some_and(|family| FAMILIES.contains(&family));
    let constant = matches!(at(inner, 0), b'"' | b'\'' | b'0'..=b'9' | b'$')
        || inner.is_empty()
            && (CALLED.contains(&name)
                || name.starts_with(b"ob_")
                || name.starts_with(b"php_")
                || name.starts_with(b"posix_"));
    known && constant && inner.len() < 80 && !inner.contains(&b'(')
}
