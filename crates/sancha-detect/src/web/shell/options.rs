//! Options that make a program run another: a value that is taken for an option needs no separator.

use crate::web::Kind;
use crate::web::scan::{contains_any, from, is_space};
use crate::web::value::{Role, Signs, View};

/// Looks at a value that begins as an option does.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    /// Options of ssh, tar, zip, curl, wget, git, find and rsync that name a program, or a file to write.
    const RUNNING: [&[u8]; 18] = [
        b"core.sshcommand=",
        b"core.gitproxy=",
        b"proxycommand=",
        b"localcommand=",
        b"--checkpoint-action=",
        b"--use-compress-program",
        b"--to-command=",
        b"--unzip-command",
        b"--upload-pack=",
        b"--receive-pack=",
        b"--use-askpass=",
        b"--post-file=",
        b"--output-document=",
        b"--exec=",
        b"--rsh=",
        b"--eval=",
        b"-e/bin/",
        b"-exec ",
    ];
    let option = view.lower.first() == Some(&b'-') && view.role == Role::Value;
    if option && contains_any(view.lower, &RUNNING) && !view.is_composed() {
        signs.raise(Kind::Command, 0.6, 0);
    }
    // What a shell expands to what separates its words; its other variables are placeholders of many languages.
    if matches!(view.lower.trim_ascii(), b"$ifs" | b"$0" | b"$shell") {
        signs.raise(Kind::Command, 0.5, 0);
    }
    let list = view.lower.strip_prefix(b"{").and_then(|inner| inner.strip_suffix(b"}"));
    if list.is_some_and(|inner| {
        let name = inner.split(|b| *b == b',').next().unwrap_or_default();
        from(inner, name.len()).first() == Some(&b',')
            && !inner.iter().any(|b| is_space(*b) || matches!(b, b'"' | b':'))
            && super::commands::strength(name) != super::commands::Strength::None
    }) {
        signs.raise(Kind::Command, 0.6, 0);
    }
}
