//! What only Windows' shells read: variables in percent signs, loops of cmd, static calls of PowerShell.

use crate::web::Kind;
use crate::web::scan::{at, contains, find, from, is_word, upto, word};
use crate::web::value::{Role, Signs, View};

/// Looks for the shells' own syntax.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Header {
        return;
    }
    formulas(view, signs);
    if view.has(b'%') {
        variables(view, signs);
    }
    if view.has(b':') && view.has_any(b"$[") {
        static_calls(view, signs);
    }
}

/// `=cmd|' /C calc'!A0`, `=WEBSERVICE("http://…")`: what a spreadsheet runs or fetches when an export is opened.
fn formulas(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower.trim_ascii_start();
    if !matches!(at(lower, 0), b'=' | b'+' | b'-' | b'@') {
        return;
    }
    let exchanged = find(lower, b"cmd|").is_some_and(|place| {
        matches!(at(lower, place + 4), b'\'' | b'"') && from(lower, place).contains(&b'!')
    });
    const FETCHING: [&[u8]; 6] =
        [b"webservice(", b"importxml(", b"importdata(", b"importfeed(", b"image(", b"hyperlink("];
    let inner = lower.strip_prefix(b"=").unwrap_or_default();
    let fetches = FETCHING.iter().any(|name| inner.starts_with(name))
        && contains(inner, b"://")
        && inner.contains(&b'&') | inner.starts_with(b"webservice(");
    if exchanged || fetches || inner.starts_with(b"dde(") {
        signs.raise(Kind::Command, 0.7, 0);
    }
}

/// `%comspec%`, `%username%`; `for /f %i in (…) do …`.
fn variables(view: &View<'_>, signs: &mut Signs) {
    const KNOWN: [&[u8]; 13] = [
        b"comspec",
        b"systemroot",
        b"windir",
        b"userprofile",
        b"userdomain",
        b"appdata",
        b"programfiles",
        b"programdata",
        b"computername",
        b"systemdrive",
        b"pathext",
        b"homepath",
        b"temp",
    ];
    for place in memchr::memchr_iter(b'%', view.lower) {
        let name = word(view.lower, place + 1);
        let end = at(view.lower, place + 1 + name.len());
        // `%path:~0,3%` is a piece of one.
        if KNOWN.contains(&name) && matches!(end, b'%' | b':') {
            let asks = view.words_around(place) <= 3;
            signs.raise(Kind::Command, if asks { 0.6 } else { 0.4 }, place);
        }
    }
    if let Some(place) = view.find(b"for ").filter(|_| view.holds(b" in (") && view.holds(b" do "))
    {
        let head = upto(from(view.lower, place + 4), 24);
        let variable = find(head, b"%")
            .is_some_and(|at_| at(head, at_ + 1) == b'%' || is_word(at(head, at_ + 1)));
        if variable {
            signs.raise(Kind::Command, 0.7, place);
        }
    }
}

/// `$env:x`, `[system.net.dns]::f(`.
fn static_calls(view: &View<'_>, signs: &mut Signs) {
    if let Some(place) = view.find(b"$env:") {
        signs.raise(Kind::Command, 0.6, place);
    }
    for place in view.places(b"]::") {
        let member = word(view.lower, place + 3);
        let open = upto(view.lower, place).iter().rposition(|b| *b == b'[');
        let class = open.map(|open| upto(from(view.lower, open + 1), place - open - 1));
        let is_class = class.is_some_and(|class| {
            !class.is_empty() && class.iter().all(|b| is_word(*b) || *b == b'.')
        });
        let known = class.is_some_and(|class| {
            contains(class, b"system.")
                || class.starts_with(b"reflection.")
                || class.starts_with(b"diagnostics.")
                || matches!(class, b"convert" | b"environment" | b"io.file" | b"activator")
        });
        if is_class && known && !member.is_empty() {
            signs.raise(Kind::Command, 0.7, place);
        }
    }
}
