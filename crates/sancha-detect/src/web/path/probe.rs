//! Forced browsing: paths of configuration, version control, backups, consoles and uploaded scripts.

use crate::web::scan::{contains, split_once};
use crate::web::value::Examiner;
use crate::web::{Kind, Layers, Part, Request};

/// Dot files and folders that tools leave behind and nobody links to.
const HIDDEN: [&[u8]; 33] = [
    b".git",
    b".svn",
    b".hg",
    b".bzr",
    b".env",
    b".htpasswd",
    b".htaccess",
    b".ds_store",
    b".aws",
    b".ssh",
    b".docker",
    b".kube",
    b".npmrc",
    b".bash_history",
    b".idea",
    b".vscode",
    b".gitconfig",
    b".claude",
    b".cursor",
    b".continue",
    b".aider",
    b".roo",
    b".zed",
    b".cline",
    b".kiro",
    b".windsurf",
    b".rovodev",
    b".codex",
    b".opencode",
    b".a0proj",
    b".plandex",
    b".junie",
    b".gemini",
];

/// Consoles and dumps whose mere request is a probe, unless the site has them.
const CONSOLES: [&[u8]; 22] = [
    b"/actuator/env",
    b"/actuator/heapdump",
    b"/actuator/gateway",
    b"/manager/html",
    b"/jmx-console",
    b"/web-console",
    b"/solr/admin",
    b"/phpmyadmin",
    b"/pma/",
    b"/myadmin",
    b"/server-status",
    b"/console/login",
    b"/druid/index.html",
    b"/nacos/v1/auth",
    b"/_ignition/execute-solution",
    b"/vendor/phpunit",
    b"/boaform/",
    b"/hnap1",
    b"/cgi-bin/luci",
    b"/owa/auth",
    b"/telescope/requests",
    b"/debug/default/view",
];

/// Extensions of files that a server runs.
const SCRIPTS: [&[u8]; 14] = [
    b".php", b".php3", b".php4", b".php5", b".php7", b".phtml", b".phar", b".jsp", b".jspx",
    b".asp", b".aspx", b".ashx", b".cer", b".cfm",
];

/// Folders that hold what users sent.
const UPLOADS: [&[u8]; 8] = [
    b"/upload/",
    b"/uploads/",
    b"/uploadfile/",
    b"/uploadfiles/",
    b"/userfiles/",
    b"/attachment/",
    b"/attachments/",
    b"/files/upload/",
];

/// Names that web shells give their command parameter.
const COMMAND_NAMES: [&[u8]; 12] = [
    b"cmd", b"command", b"exec", b"execute", b"shell", b"pass", b"c", b"eval", b"code", b"act",
    b"system", b"run",
];

/// Looks at a decoded, lower-cased path and the method, query and status around it.
pub(in crate::web) fn examine_path(
    request: &Request<'_>,
    lower: &[u8],
    examiner: &mut Examiner<'_>,
) {
    hidden(request, lower, examiner);
    scripts(request, lower, examiner);
}

fn refused(request: &Request<'_>) -> bool {
    (400..500).contains(&request.status)
}

fn hidden(request: &Request<'_>, lower: &[u8], examiner: &mut Examiner<'_>) {
    let mut raise =
        |score: f32| examiner.raise(Kind::AuthBypass, score, Part::Path, lower, Layers::default());
    let agent_folder = |segment: &[u8]| matches!(segment, b".n8n" | b".fabric");
    for segment in lower.split(|b| *b == b'/') {
        let stem_len =
            segment.iter().skip(1).position(|b| *b == b'.').map_or(segment.len(), |len| len + 1);
        let stem = segment.get(..stem_len).unwrap_or(segment);
        if segment.first() == Some(&b'.')
            && (HIDDEN.contains(&segment) || HIDDEN.contains(&stem) || agent_folder(segment))
        {
            raise(0.8);
        }
    }
    if CONSOLES.iter().any(|console| contains(lower, console)) {
        raise(if refused(request) { 0.6 } else { 0.4 });
    }
    if is_backup(lower) {
        raise(if refused(request) { 0.5 } else { 0.4 });
    }
}

/// A script's or configuration's copy under another name, or a dump of the database or site.
fn is_backup(lower: &[u8]) -> bool {
    const COPIES: [&[u8]; 7] = [b".bak", b".old", b".orig", b".save", b".swp", b"~", b".backup"];
    const DUMPS: [&[u8]; 9] = [
        b"/dump.sql",
        b"/backup.sql",
        b"/database.sql",
        b"/db.sql",
        b"/backup.zip",
        b"/www.zip",
        b"/wwwroot.rar",
        b"/web.config",
        b"/backup.tar.gz",
    ];
    let copied = COPIES.iter().find_map(|end| lower.strip_suffix(*end));
    copied.is_some_and(|stem| {
        is_script(stem) || stem.ends_with(b".config") || stem.ends_with(b".conf")
    }) || DUMPS.iter().any(|dump| lower.ends_with(dump))
}

fn is_script(path: &[u8]) -> bool {
    SCRIPTS.iter().any(|extension| path.ends_with(extension))
}

/// Scripts in upload folders, and scripts addressed as a shell is.
fn scripts(request: &Request<'_>, lower: &[u8], examiner: &mut Examiner<'_>) {
    let uploaded = UPLOADS.iter().any(|folder| contains(lower, folder));
    let (_, query) = split_once(request.target, b'?');
    let runs = is_script(lower) || double_extension(lower);
    let post = request.method.eq_ignore_ascii_case(b"POST");
    if uploaded && runs {
        let score = if commands(query) {
            0.9
        } else if post || !query.is_empty() {
            0.7
        } else {
            0.5
        };
        examiner.raise(Kind::Webshell, score, Part::Path, lower, Layers::default());
    }
    if request.method.eq_ignore_ascii_case(b"PUT") && runs {
        let kept = (200..300).contains(&request.status);
        examiner.raise(
            Kind::Upload,
            if kept { 0.8 } else { 0.6 },
            Part::Path,
            lower,
            Layers::default(),
        );
    }
}

/// `picture.php.jpg`, `shell.asp;.jpg`: an image by its end, a script by its middle.
fn double_extension(lower: &[u8]) -> bool {
    let name = lower.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or(lower);
    let mut parts =
        name.split(|b| matches!(b, b'.' | b';' | b':' | 0)).skip(1).map(<[u8]>::trim_ascii);
    parts.any(|part| SCRIPTS.iter().any(|extension| extension.get(1..).is_some_and(|e| e == part)))
        || contains(name, b".php") && contains(name, b"%00")
}

/// Whether a file of this name would be run by a server: its extension, or one hidden before an image's.
pub(in crate::web) fn is_script_name(lower: &[u8]) -> bool {
    is_script(lower) || double_extension(lower)
}

fn commands(query: &[u8]) -> bool {
    query.split(|b| *b == b'&').any(|pair| {
        COMMAND_NAMES.contains(&split_once(pair, b'=').0.to_ascii_lowercase().as_slice())
    })
}
