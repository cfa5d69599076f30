//! Path traversal, file inclusion, requests to inner addresses, and probing for files that should not be there.

mod address;
mod bypass;
mod host;
mod probe;
mod sealed;
mod steps;

pub(super) use address::{examine_inclusion, names_inner_address};
pub(super) use probe::{examine_path, is_script_name};
pub(super) use sealed::examine_sealed;

use super::purpose::Purpose;
use super::scan::{at, contains, contains_any, from, is_space, is_word, upto};
use super::value::{Role, Signs, View};
use super::{Kind, Part};

/// Looks for steps upward, sensitive files and URLs that point inward.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.has_any(b".0$") {
        steps::examine(view, signs);
    }
    if view.has_any(b"/\\") {
        sensitive(view, signs);
    }
    if view.has_any(b":/\\") {
        address::examine(view, signs);
    }
}

/// Files of the system or of the application that no request names honestly.
const SENSITIVE: [&[u8]; 62] = [
    b"/dev/fd/",
    b"/var/lib/php",
    b"pearcmd.php",
    b"/etc//passwd",
    b"/proc/mounts",
    b"/proc/cmdline",
    b"/proc/sys/",
    b"/var/lib/mysql",
    b"/var/run/secrets/",
    b"/run/secrets/",
    b"~root/",
    b".kube/config",
    b".docker/config.json",
    b"/etc/kubernetes/",
    b"tomcat-users.xml",
    b"/etc/passwd",
    b"/etc/shadow",
    b"/etc/group",
    b"/etc/hosts",
    b"/etc/issue",
    b"/etc/ssh/",
    b"/etc/mysql/",
    b"/etc/nginx/",
    b"/etc/apache2/",
    b"/etc/httpd/",
    b"/etc/php",
    b"/etc/crontab",
    b"/etc/sudoers",
    b"/etc/fstab",
    b"/etc/resolv.conf",
    b"/proc/self/",
    b"/proc/version",
    b"/proc/cpuinfo",
    b"/proc/1/",
    b"/proc/net/",
    b"/dev/stdin",
    b"/tmp/sess_",
    b"php/sessions/sess_",
    b"/var/log/",
    b"/var/mail/",
    b"/var/www/",
    b"/etc/./",
    b"/root/.ssh",
    b"/root/.bash",
    b"/dev/tcp/",
    b"boot.ini",
    b"win.ini",
    b"system32",
    b"web-inf/",
    b"meta-inf/",
    b"global.asa",
    b"wp-config.php",
    b".htpasswd",
    b"id_rsa",
    b".ssh/",
    b".bash_history",
    b"/inetpub/",
    b"windows/win.ini",
    b"windows\\win.ini",
    b".aws/credentials",
    b"system.ini",
    b"httpd.conf",
];

/// `/etc////passwd`: slashes in a row are one.
fn names_account_file(rest: &[u8]) -> bool {
    let slashes = from(rest, 4).iter().take_while(|b| **b == b'/').count();
    [&b"passwd"[..], b"shadow", b"hosts", b"group"]
        .iter()
        .any(|name| from(rest, 4 + slashes).starts_with(name))
}

fn names_sensitive(view: &View<'_>) -> bool {
    view.holds(b"etc/passwd") || view.find_any(&SENSITIVE).is_some()
}

fn sensitive(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let found = view
        .find_any(&SENSITIVE)
        .or_else(|| view.find(b"etc/passwd"))
        .or_else(|| view.find(b"/etc//").filter(|place| names_account_file(from(lower, *place))));
    let found = found.filter(|place| !goes_on(lower, *place) && !is_folder(lower));
    let Some(place) = found else {
        drives(view, signs);
        settings(view, signs);
        return;
    };
    // A sentence may name a file; a parameter that names one asks for it.
    let start = path_start(lower, place);
    let told = view.purpose == Purpose::Prose
        && start > 0
        && !contains(lower, b"..")
        && !follows_command(upto(lower, start));
    let mentioned = view.is_composed()
        || told
        || view.words_around(start) > 2
        || is_asked_about(lower, start)
        || is_introduced(lower, start)
        || is_compared(lower, start);
    let inner =
        view.role == Role::Path && path_start(lower, place) != place && !is_anchored(lower, place);
    let score = match view.role {
        Role::Header => 0.3,
        _ if mentioned || inner || is_foreign(lower, place) => 0.4,
        _ => 0.8,
    };
    signs.raise(Kind::Traversal, score, place);
}

/// `…/etc/passwd_parser.rs`: a longer name that begins like the file.
fn goes_on(lower: &[u8], place: usize) -> bool {
    let rest = from(lower, place);
    let name = rest.strip_prefix(b"/").unwrap_or(rest).strip_prefix(b"etc/passwd");
    // A sample of it, or a program of that name.
    const OTHERS: [&[u8]; 9] =
        [b".sample", b".example", b".dist", b".template", b".go", b".py", b".rs", b".c", b".java"];
    name.is_some_and(|rest| {
        at(rest, 0) == b'_' && at(rest, 1).is_ascii_alphabetic()
            || OTHERS.iter().any(|end| {
                rest.strip_prefix(*end).is_some_and(|rest| !at(rest, 0).is_ascii_alphanumeric())
            })
    })
}

/// `c:\windows\system32` and nothing in it.
fn is_folder(lower: &[u8]) -> bool {
    let Some(path) = lower.strip_prefix(b"c:\\").or_else(|| lower.strip_prefix(b"d:\\")) else {
        return false;
    };
    let path = path.strip_suffix(b"\\").unwrap_or(path);
    path.iter().filter(|b| **b == b'\\').count() < 2
        && path.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'\\' | b' '))
}

/// `what is /etc/hosts`, `/etc/hosts explained`: two words around it or one behind, none of which a command is called.
fn is_introduced(lower: &[u8], start: usize) -> bool {
    let rest = from(lower, start);
    let own = rest.iter().take_while(|b| !is_space(**b)).count();
    let plain = |word: &[u8]| {
        word.len() > 1
            && word.iter().all(|b| b.is_ascii_lowercase() || *b >= 0x80)
            && !super::shell::is_command_name(word)
    };
    let words = |text: &[u8]| {
        let mut words = text.split(|b| is_space(*b)).filter(|word| !word.is_empty());
        words.clone().all(plain).then(|| words.by_ref().count())
    };
    let (Some(before), Some(behind)) = (words(upto(lower, start)), words(from(rest, own))) else {
        return false;
    };
    before + behind > 1 || before == 0 && behind > 0
}

/// `cat /etc/hosts`: the word before reads what it is given.
fn follows_command(before: &[u8]) -> bool {
    const READERS: [&[u8]; 12] = [
        b"cat", b"head", b"tail", b"less", b"more", b"tac", b"nl", b"od", b"xxd", b"strings",
        b"type", b"get",
    ];
    let word = before.trim_ascii_end();
    let len = word.iter().rev().take_while(|b| b.is_ascii_lowercase()).count();
    READERS.contains(&from(word, word.len() - len))
}

/// `{mountpoint="/etc/hosts"}`, `{job="a"} |= "/etc/hosts"`: what a label or line of a monitoring system is compared with.
fn is_compared(lower: &[u8], start: usize) -> bool {
    let before = upto(lower, start);
    let before = before.strip_suffix(b"\"").unwrap_or_default();
    let before = before.strip_suffix(b"\\").unwrap_or(before).trim_ascii_end();
    let before = before.strip_suffix(b"~").unwrap_or(before);
    let selects = memchr::memchr_iter(b'{', before).any(|open| {
        let inner = from(before, open + 1);
        let name = inner.iter().take_while(|b| is_word(**b)).count();
        name > 0 && at(inner, name) == b'='
    });
    before.ends_with(b"=") && selects
}

/// Two words or more behind the path that no command takes, or a script without spaces right behind its name:
/// `/etc/hosts not working`.
fn is_asked_about(lower: &[u8], start: usize) -> bool {
    let rest = from(lower, start);
    let own = rest.iter().take_while(|b| !is_space(**b)).count();
    let glued = upto(rest, own).iter().filter(|b| **b >= 0xE0).count();
    let words = from(rest, own)
        .split(|b| is_space(*b))
        .filter(|word| word.len() > 1 && word.iter().all(|b| b.is_ascii_lowercase() || *b >= 0x80))
        .count();
    let stepping = contains(lower, b"..");
    !stepping && (words > 1 || glued > 1)
}

/// Where the path around `place` begins: behind white space, a quote or another separator.
fn path_start(lower: &[u8], place: usize) -> usize {
    let path = upto(lower, place)
        .iter()
        .rev()
        .take_while(|b| {
            !is_space(**b) && !matches!(b, b'"' | b'\'' | b'=' | b'(' | b'<' | b'>' | b'`')
        })
        .count();
    place - path
}

/// In a site's own tree a folder may be called `etc`; its root, a drive and a doubled slash are the system's.
fn is_anchored(lower: &[u8], place: usize) -> bool {
    let start = path_start(lower, place);
    let before = lower.get(start..place).unwrap_or_default();
    before.iter().all(|b| matches!(b, b'/' | b'\\' | b'.'))
        || contains_any(before, &[b"..", b"//", b":"])
        || !matches!(at(lower, place), b'/')
}

/// A page of another site whose address happens to hold the words.
fn is_foreign(lower: &[u8], place: usize) -> bool {
    let before = lower.get(path_start(lower, place)..place).unwrap_or_default();
    (before.starts_with(b"http://") || before.starts_with(b"https://")) && !contains(before, b"..")
}

/// Any other file of the folder in which a system keeps its settings, as the whole value.
fn settings(view: &View<'_>, signs: &mut Signs) {
    // What only a system has at its root, and a hidden file of a deployment, asked for by name.
    const ROOTS: [&[u8]; 8] = [
        b"/sys/class/",
        b"/sys/kernel/",
        b"/boot/grub",
        b"/root/",
        b"/dev/tcp/",
        b"/dev/shm/",
        b"/opt/lampp/",
        b"/usr/local/etc/",
    ];
    const HIDDEN: [&[u8]; 14] = [
        b".htaccess",
        b".htpasswd",
        b".bash_profile",
        b".bashrc",
        b".mysql_history",
        b".psql_history",
        b".git/config",
        b".git/head",
        b".svn/entries",
        b".env",
        b".netrc",
        b".pgpass",
        b".my.cnf",
        b"wp-config.php",
    ];
    let rooted = ROOTS.iter().any(|root| view.lower.starts_with(root)) && !view.has(b' ');
    if view.role == Role::Value
        && view.part != Part::Path
        && (rooted || HIDDEN.contains(&view.lower))
    {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
    let name = |b: &u8| is_word(*b) || matches!(b, b'/' | b'.' | b'-' | 0);
    let file = view
        .lower
        .strip_prefix(b"/etc/")
        .is_some_and(|file| file.iter().all(name) && !file.is_empty());
    if file && view.role == Role::Value && view.part != Part::Path {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}

/// `c:/windows`, `d:\inetpub`.
fn drives(view: &View<'_>, signs: &mut Signs) {
    let drive =
        matches!(view.lower, [b'a'..=b'z', b':', b'/' | b'\\', ..]) && !is_folder(view.lower);
    if drive && contains_any(view.lower, &[b"windows", b"winnt", b"inetpub", b"xampp", b".ini"]) {
        signs.raise(Kind::Traversal, 0.6, 0);
    }
}
