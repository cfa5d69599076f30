//! What stands behind a command: nothing, something technical, or the rest of a sentence.

use crate::web::scan::{at, contains, from, is_space, is_word, skip_space, upto};

/// What stands behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// Nothing, or the end of the command by another separator.
    End,
    /// `-x`, `/etc/…`, `http://…`, `$x`, `<<<`, `'…'`: what commands take.
    Technical,
    /// A word with a dot, digits or a slash: perhaps a file or host.
    Name,
    /// A plain word, as in a sentence.
    Prose,
    /// The word goes on with something that no command has.
    Other,
}

pub(super) fn argument(lower: &[u8], end: usize) -> Argument {
    let next = at(lower, end);
    if end >= lower.len()
        || matches!(
            next,
            b';' | b'|' | b'&' | b'`' | b')' | b'\n' | b'\r' | b'<' | b'>' | b'}' | b'#'
        )
    {
        return Argument::End;
    }
    if next == b'\'' || next == b'"' {
        return if end + 1 >= lower.len() || is_space(at(lower, end + 1)) {
            argument(lower, end + 1)
        } else {
            Argument::Other
        };
    }
    // What is still encoded is read once it is decoded.
    if next == b'%'
        && from(lower, end + 1).iter().take(2).filter(|b| b.is_ascii_hexdigit()).count() == 2
    {
        return Argument::Other;
    }
    // `mysql+select`: words that were searched for, joined as a form joins them.
    if next == b'+' && is_word_list(from(lower, end)) {
        return Argument::Prose;
    }
    let expands =
        |byte: u8| is_word(byte) || matches!(byte, b'{' | b'(' | b'@' | b'*' | b'\'' | b'"');
    if next == b'$' && !expands(at(lower, end + 1)) {
        return Argument::Other;
    }
    // `dir%windir%`: a variable of Windows ends as it begins.
    let variable = || {
        let rest = from(lower, end + 1);
        let name = rest.iter().take_while(|b| is_word(**b)).count();
        name > 0 && matches!(at(rest, name), b'%' | b':')
    };
    if next == b'%' && !variable() {
        return Argument::Other;
    }
    if next == b'$' || next == b'+' || next == b'%' {
        return Argument::Technical;
    }
    if next == b',' && at(lower, end + 1) == b'-' {
        return Argument::Technical;
    }
    if !is_space(next) {
        return Argument::Other;
    }
    let index = skip_space(lower, end);
    let first = at(lower, index);
    let rest = from(lower, index);
    let token = upto(rest, rest.iter().take_while(|b| !is_space(**b)).count());
    let plain = upto(
        token,
        token
            .iter()
            .take_while(|b| !matches!(b, b';' | b'`' | b'|' | b'&' | b')' | b'#' | b'\'' | b'"'))
            .count(),
    );
    // `net user`, `net use z: …`: the one word that is a command only with another.
    let before = upto(lower, end);
    let administered = before.ends_with(b"net") && administers(plain)
        || before.ends_with(b"reg") && registry(plain)
        || before.ends_with(b"sc") && services(plain)
        || before.ends_with(b"route") && plain == b"print";
    if administered || redirects(from(lower, index)) {
        return Argument::Technical;
    }
    match first {
        0 => Argument::End,
        b';' | b'|' | b'&' | b'`' | b'#' => Argument::End,
        b'-' if is_word(at(lower, index + 1)) || at(lower, index + 1) == b'-' => {
            Argument::Technical
        }
        b'/' | b'$' | b'~' | b'*' | b'<' | b'>' | b'\'' | b'"' | b'\\' | b'!' | b'{' => {
            Argument::Technical
        }
        b'.' if matches!(at(token, 1), b'/' | b'.' | 0) => Argument::Technical,
        b'%' if token.len() > 2 => Argument::Technical,
        b'0'..=b'9' if plain.iter().all(|b| b.is_ascii_digit() || *b == b'.') => Argument::Name,
        _ if contains(token, b"://") || contains(token, b":\\") || contains(token, b"=") => {
            Argument::Technical
        }
        _ if file_or_host(token) => Argument::Name,
        _ if option_follows(from(lower, index)) => Argument::Name,
        _ => Argument::Prose,
    }
}

fn is_word_list(rest: &[u8]) -> bool {
    rest.split(|b| *b == b'+').skip(1).all(|word| {
        !file_or_host(word) && !word.is_empty() && word.iter().all(u8::is_ascii_lowercase)
    })
}

/// What Windows' `net` is told to do, where prose has other words.
fn administers(word: &[u8]) -> bool {
    matches!(
        word,
        b"user" | b"users" | b"use" | b"view" | b"localgroup" | b"share" | b"accounts" | b"session"
    )
}

/// What Windows' `sc` is told to do.
fn services(word: &[u8]) -> bool {
    matches!(word, b"query" | b"queryex" | b"create" | b"config" | b"qc" | b"sdshow")
}

/// `nul > c:\x`, `y > /tmp/x`: one word, and where its output goes.
fn redirects(rest: &[u8]) -> bool {
    let word = rest.iter().take_while(|b| is_word(**b)).count();
    let sign = skip_space(rest, word);
    let target = from(rest, skip_space(rest, sign + 1));
    word > 0
        && at(rest, sign) == b'>'
        && (matches!(at(target, 0), b'/' | b'\\' | b'.') || at(target, 1) == b':')
}

/// What Windows' `reg` is told to do.
fn registry(word: &[u8]) -> bool {
    matches!(word, b"query" | b"add" | b"delete" | b"save" | b"export" | b"import" | b"load")
}

/// A later word of the same command is an option, `all -m ping`, as no sentence has it.
fn option_follows(rest: &[u8]) -> bool {
    let command = upto(
        rest,
        rest.iter().position(|b| matches!(b, b';' | b'|' | b'&' | b'.' | b',')).unwrap_or(80),
    );
    command.windows(3).any(|w| {
        is_space(at(w, 0))
            && at(w, 1) == b'-'
            && (at(w, 2).is_ascii_alphabetic() || at(w, 2) == b'-')
    })
}

/// `passwd`, `10.0.0.1`, `evil.example`, `a/b`: names more than words.
fn file_or_host(token: &[u8]) -> bool {
    let inner_dot = token
        .iter()
        .rposition(|b| *b == b'.')
        .is_some_and(|index| index > 0 && index + 1 < token.len());
    inner_dot || token.contains(&b'/') || token.starts_with(b"passwd") || token == b"whoami"
}
