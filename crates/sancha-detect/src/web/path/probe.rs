//! Forced browsing: paths of configuration, version control, backups, consoles and uploaded scripts.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::bypass;
use crate::web::scan::{contains, contains_any, split_once};
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
const CONSOLES: [&[u8]; 41] = [
    b"/host-manager/html",
    b"/invoker/jmxinvokerservlet",
    b"/invoker/ejbinvokerservlet",
    b"/wls-wsat/",
    b"/_async/asyncresponseservice",
    b"/axis2-admin",
    b"/struts/webconsole",
    b"/autodiscover/autodiscover.json?",
    b"/server-info",
    b"/jenkins/script",
    b"/adminer",
    b"/_cat/indices",
    b"/gponform/",
    b"/_profiler/",
    b"/tmui/login.jsp",
    b"/mgmt/tm/util/bash",
    b"/containers/json",
    b"/api/v1/pods",
    b"/dana-na/",
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
const SCRIPTS: [&[u8]; 36] = [
    b".asax", b".ascx", b".stm", b".php", b".php3", b".php4", b".php5", b".php7", b".php8",
    b".phps", b".pht", b".phtm", b".phtml", b".phar", b".jsp", b".jspx", b".jspf", b".jsw",
    b".jsv", b".jtml", b".war", b".asp", b".aspx", b".asa", b".cer", b".cdx", b".ashx", b".asmx",
    b".soap", b".cshtml", b".vbhtml", b".cfm", b".cfml", b".shtml", b".cgi", b".pl",
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

/// Folders that hold files and pictures: a site has no program in them that is posted to.
const KEEPS: [&[u8]; 21] = [
    b"files",
    b"tmp",
    b"temp",
    b"static",
    b"images",
    b"image",
    b"img",
    b"pics",
    b"pic",
    b"picture",
    b"pictures",
    b"photo",
    b"photos",
    b"icons",
    b"css",
    b"js",
    b"assets",
    b"fonts",
    b"cache",
    b"avatar",
    b"avatars",
];
/// What programs are called that stand there all the same, and take what is posted.
const TAKES: [&[u8]; 7] = [b"upload", b"ajax", b"index", b"handler", b"save", b"add", b"captcha"];

/// Names that web shells give their command parameter.
pub(super) const COMMAND_NAMES: [&[u8]; 12] = [
    b"cmd", b"command", b"exec", b"execute", b"shell", b"pass", b"c", b"eval", b"code", b"act",
    b"system", b"run",
];

/// Those of them that applications have for something else.
const SHARED_NAMES: [&[u8]; 6] = [b"act", b"c", b"code", b"command", b"pass", b"run"];

/// Scripts that are known by the name their authors gave them.
const SHELLS: [&[u8]; 22] = [
    b"c99",
    b"c100",
    b"r57",
    b"wso",
    b"wso2",
    b"b374k",
    b"alfa",
    b"alfanew",
    b"indoxploit",
    b"weevely",
    b"p0wny",
    b"p0wny-shell",
    b"webshell",
    b"backdoor",
    b"antsword",
    b"behinder",
    b"godzilla",
    b"cmdjsp",
    b"cmdasp",
    b"aspxspy",
    b"jspspy",
    b"simple-backdoor",
];

static CONSOLE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(CONSOLES)
        .expect("the list is short and fixed")
});

/// Looks at a decoded, lower-cased path and the method, query and status around it.
pub(in crate::web) fn examine_path(
    request: &Request<'_>,
    lower: &[u8],
    examiner: &mut Examiner<'_>,
) {
    hidden(request, lower, examiner);
    scripts(request, lower, examiner);
    bypass::examine(split_once(request.target, b'?').0, examiner);
}

/// Whether the file stands directly in one of [`KEEPS`].
fn is_kept(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|b| *b == b'/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    KEEPS.contains(&folder) && !TAKES.iter().any(|word| contains(name, word))
}

fn refused(request: &Request<'_>) -> bool {
    (400..500).contains(&request.status)
}

fn hidden(request: &Request<'_>, lower: &[u8], examiner: &mut Examiner<'_>) {
    let mut raise =
        |score: f32| examiner.raise(Kind::AuthBypass, score, Part::Path, lower, Layers::default());
    for segment in lower.split(|b| *b == b'/') {
        let stem_len =
            segment.iter().skip(1).position(|b| *b == b'.').map_or(segment.len(), |len| len + 1);
        let stem = segment.get(..stem_len).unwrap_or(segment);
        if segment.first() == Some(&b'.')
            && (HIDDEN.contains(&segment) || HIDDEN.contains(&stem))
            && !is_shown(lower, segment)
        {
            raise(0.8);
        }
    }
    // A name with a dot in front at the site's root is a tool's or a program's, never a page.
    let root =
        lower.get(1..).and_then(|path| path.split(|b| *b == b'/').next()).unwrap_or_default();
    let published =
        matches!(root, b".well-known" | b".netlify" | b".within.website" | b".auth" | b".web")
            || BROKEN.contains(&root);
    if root.len() > 2 && root.starts_with(b".") && !root.starts_with(b"..") && !published {
        // Some builders keep a site's shared pages there.
        let name = lower.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let shown = name.strip_suffix(b".html").or_else(|| name.strip_suffix(b".htm"));
        let page = shown.is_some_and(|stem| !stem.contains(&b'.')) || is_part_of_page(lower);
        let page = page && !refused(request);
        raise(if refused(request) {
            0.6
        } else if page {
            0.4
        } else {
            0.5
        });
    }
    if CONSOLE.is_match(lower) {
        // Who may enter is asked for a password first: the 401 comes before every login.
        let is_turned_away = refused(request) && request.status != 401;
        raise(if is_turned_away { 0.6 } else { 0.4 });
    }
    if is_backup(lower) || is_private(lower) {
        raise(if refused(request) { 0.5 } else { 0.4 });
    }
}

/// A style, a script, a font, and nothing on the way there that is a file.
fn is_part_of_page(path: &[u8]) -> bool {
    const PARTS: [&[u8]; 6] = [b".css", b".js", b".mjs", b".svg", b".woff", b".woff2"];
    let mut folders = path.split(|b| *b == b'/');
    let name = folders.next_back().unwrap_or_default();
    PARTS.iter().any(|end| name.len() > end.len() && name.ends_with(end))
        && !path.contains(&b';')
        && !folders.any(|folder| folder.iter().skip(1).any(|b| *b == b'.'))
}

/// A sample that a repository shows among its files: `/user/repo/blob/main/.env.example`.
fn is_shown(path: &[u8], segment: &[u8]) -> bool {
    const VIEWS: [&[u8]; 4] = [b"/blob/", b"/raw/", b"/tree/", b"/src/branch/"];
    const SAMPLES: [&[u8]; 4] = [b".example", b".sample", b".template", b".dist"];
    SAMPLES.iter().any(|end| segment.ends_with(end)) && contains_any(path, &VIEWS)
}

/// What a page's broken link leaves of a file's name.
const BROKEN: [&[u8]; 12] = [
    b".html", b".htm", b".php", b".aspx", b".jsp", b".jpg", b".png", b".gif", b".css", b".js",
    b".ico", b".pdf",
];

/// Files of a deployment that are read on the server, asked for near the site's root.
fn is_private(lower: &[u8]) -> bool {
    const FILES: [&[u8]; 33] = [
        b"id_rsa",
        b"id_dsa",
        b"private.key",
        b"server.key",
        b"credentials.json",
        b"secrets.yml",
        b"secrets.yaml",
        b"secrets.json",
        b"sftp-config.json",
        b"deployment-config.json",
        b"docker-compose.yml",
        b"dockerfile",
        b"composer.json",
        b"composer.lock",
        b"package.json",
        b"package-lock.json",
        b"application.yml",
        b"application.properties",
        b"database.yml",
        b"debug.log",
        b"laravel.log",
        b"error_log",
        b"elmah.axd",
        b"trace.axd",
        b"phpinfo.php",
        b"info.php",
        b"adminer.php",
        b"web.config",
        b"thumbs.db",
        b"wp-config.php",
        b"swagger-ui.html",
        b"api-docs",
        b"_catalog",
    ];
    let depth = lower.iter().filter(|b| **b == b'/').count();
    let name = lower.rsplit(|b| *b == b'/').next().unwrap_or(lower);
    depth <= 3 && FILES.contains(&name)
}

/// A script's or configuration's copy under another name, or a dump of the database or site.
fn is_backup(lower: &[u8]) -> bool {
    const COPIES: [&[u8]; 9] =
        [b".bak", b".old", b".orig", b".save", b".swp", b"~", b".backup", b".copy", b".tmp"];
    const DUMPS: [&[u8]; 13] = [
        b"/site.tar.gz",
        b"/db.sql.gz",
        b"/www.tar.gz",
        b"/backup.rar",
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
        is_script(stem)
            || [&b".config"[..], b".conf", b".xml", b".yml", b".ini", b".json", b".env"]
                .iter()
                .any(|end| stem.ends_with(end))
    }) || DUMPS.iter().any(|dump| lower.ends_with(dump))
}

pub(super) fn is_script(path: &[u8]) -> bool {
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
    } else if post && is_script(lower) && is_kept(lower) {
        examiner.raise(Kind::Webshell, 0.6, Part::Path, lower, Layers::default());
    }
    let name = lower.rsplit(|b| *b == b'/').next().unwrap_or(lower);
    let stem = name.iter().position(|b| *b == b'.').and_then(|dot| name.get(..dot));
    if is_script(lower) && stem.is_some_and(|stem| SHELLS.contains(&stem)) {
        examiner.raise(Kind::Webshell, 0.6, Part::Path, lower, Layers::default());
    }
    if runs && !uploaded && runs_command(query) {
        examiner.raise(Kind::Webshell, 0.7, Part::Query, query, Layers::default());
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
        name.split(|b| matches!(b, b'.' | b';' | b':' | b'#' | 0)).skip(1).map(<[u8]>::trim_ascii);
    // Short endings that countries and papers have, too, count only at the end.
    parts.any(|part| {
        !matches!(part, b"pl" | b"cgi" | b"war" | b"asa" | b"cer" | b"soap")
            && SCRIPTS.iter().any(|extension| extension.get(1..).is_some_and(|e| e == part))
    }) || contains(name, b".php") && contains(name, b"%00")
}

/// Whether a file of this name would be run by a server: its extension, or one hidden before an image's.
pub(in crate::web) fn is_script_name(lower: &[u8]) -> bool {
    const SETTINGS: [&[u8]; 3] = [b".htaccess", b"web.config", b".user.ini"];
    // File systems drop what stands at the end: dots, spaces, streams, separators.
    let cut = lower
        .iter()
        .position(|b| matches!(b, 0 | b':'))
        .map_or(lower, |at| lower.get(..at).unwrap_or(lower));
    let cut = memchr::memmem::find(cut, b"%").map_or(cut, |at| cut.get(..at).unwrap_or(cut));
    let trimmed = cut.trim_ascii_end();
    let len = trimmed
        .iter()
        .rposition(|b| !matches!(b, b'.' | b' ' | b'/' | b'\\'))
        .map_or(0, |last| last + 1);
    let trimmed = trimmed.get(..len).unwrap_or(trimmed);
    let base = trimmed.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or(trimmed);
    is_script(trimmed)
        || double_extension(lower)
        || SETTINGS.contains(&base)
        || disguised_program(base)
}

/// `invoice.exe.jpg`: a program under the name of a picture or paper.
fn disguised_program(name: &[u8]) -> bool {
    // What Windows runs when it is opened, and no site is sent for any other reason.
    const RUN: [&[u8]; 15] = [
        b".exe", b".hta", b".scr", b".vbs", b".vbe", b".wsf", b".ps1", b".bat", b".cmd", b".lnk",
        b".pif", b".dll", b".cpl", b".msi", b".jse",
    ];
    // A mark that makes the rest read from right to left: `x.php` shown as another name.
    let reversed = contains(name, "\u{202e}".as_bytes());
    RUN.iter().any(|end| name.ends_with(end))
        || reversed
        || [&b".exe."[..], b".scr.", b".bat.", b".cmd.", b".ps1.", b".hta."]
            .iter()
            .any(|part| contains(name, part))
}

fn commands(query: &[u8]) -> bool {
    query.split(|b| *b == b'&').any(|pair| {
        COMMAND_NAMES.contains(&split_once(pair, b'=').0.to_ascii_lowercase().as_slice())
    })
}

/// A parameter with a shell's name holds a command of the system.
fn runs_command(query: &[u8]) -> bool {
    query.split(|b| *b == b'&').any(|pair| {
        let (name, value) = split_once(pair, b'=');
        let mut plain = Vec::new();
        crate::web::decode::first_round(value, true, &mut plain);
        plain.make_ascii_lowercase();
        let name = name.to_ascii_lowercase();
        COMMAND_NAMES.contains(&name.as_slice())
            && crate::web::shell::is_command_line(&plain, SHARED_NAMES.contains(&name.as_slice()))
    })
}
