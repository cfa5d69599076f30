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

/// Reads what stands behind the command of that name, which ends at `end`.
pub(super) fn argument(lower: &[u8], name: &[u8], end: usize) -> Argument {
    let next = at(lower, end);
    if end >= lower.len() || ends_command(next) {
        return Argument::End;
    }
    if matches!(next, b'\'' | b'"') {
        let closed = end + 1 >= lower.len() || is_space(at(lower, end + 1));
        return if closed { argument(lower, name, end + 1) } else { Argument::Other };
    }
    if is_space(next) {
        spaced(name, from(lower, skip_space(lower, end)))
    } else {
        glued(lower, end)
    }
}

fn ends_command(byte: u8) -> bool {
    matches!(byte, b';' | b'|' | b'&' | b'`' | b')' | b'\n' | b'\r' | b'<' | b'>' | b'}' | b'#')
}

/// What goes on right behind the command: an expansion, or a longer word.
fn glued(lower: &[u8], end: usize) -> Argument {
    let (next, rest) = (at(lower, end), from(lower, end + 1));
    match next {
        // What is still encoded is read once it is decoded.
        b'%' if upto(rest, 2).iter().filter(|b| b.is_ascii_hexdigit()).count() == 2 => {
            Argument::Other
        }
        b'%' if is_variable(rest) => Argument::Technical,
        // `mysql+select`: words that were searched for, joined as a form joins them.
        b'+' if is_word_list(from(lower, end)) => Argument::Prose,
        b'+' => Argument::Technical,
        b'$' if expands(at(rest, 0)) => Argument::Technical,
        b',' if at(rest, 0) == b'-' => Argument::Technical,
        _ => Argument::Other,
    }
}

/// What a dollar sign expands.
fn expands(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'{' | b'(' | b'@' | b'*' | b'\'' | b'"')
}

/// `dir%windir%`: a variable of Windows ends as it begins.
fn is_variable(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|b| is_word(**b)).count();
    name > 0 && matches!(at(rest, name), b'%' | b':')
}

/// A word says within this much whether it is an address, a file or a setting.
const TOKEN_BYTES: usize = 1024;

/// What stands behind the command and white space.
fn spaced(name: &[u8], rest: &[u8]) -> Argument {
    let near = upto(rest, TOKEN_BYTES);
    let token = upto(near, near.iter().take_while(|b| !is_space(**b)).count());
    let cuts = |b: &u8| matches!(b, b';' | b'`' | b'|' | b'&' | b')' | b'#' | b'\'' | b'"');
    let plain = upto(token, token.iter().take_while(|b| !cuts(b)).count());
    if administers(name, plain) || redirects(rest) {
        return Argument::Technical;
    }
    match at(rest, 0) {
        0 | b';' | b'|' | b'&' | b'`' | b'#' => Argument::End,
        _ if begins_technically(token) => Argument::Technical,
        b'0'..=b'9' if plain.iter().all(|b| b.is_ascii_digit() || *b == b'.') => Argument::Name,
        _ if contains(token, b"://") || contains(token, b":\\") || contains(token, b"=") => {
            Argument::Technical
        }
        _ if file_or_host(token) || option_follows(rest) => Argument::Name,
        _ => Argument::Prose,
    }
}

/// An option, a path, an expansion, a quoted text.
fn begins_technically(token: &[u8]) -> bool {
    let second = at(token, 1);
    match at(token, 0) {
        b'-' => is_word(second) || second == b'-',
        b'.' => matches!(second, b'/' | b'.' | 0),
        b'%' => token.len() > 2,
        b'/' | b'$' | b'~' | b'*' | b'<' | b'>' | b'\'' | b'"' | b'\\' | b'!' | b'{' => true,
        _ => false,
    }
}

/// Whether an ordinary word is what this command of Windows is told to do.
fn administers(name: &[u8], word: &[u8]) -> bool {
    match name {
        b"net" => is_order_to_net(word),
        b"reg" => is_order_to_registry(word),
        b"sc" => is_order_to_services(word),
        b"route" => word == b"print",
        _ => false,
    }
}

/// `net user`, `net use z: …`, where prose has other words.
fn is_order_to_net(word: &[u8]) -> bool {
    matches!(
        word,
        b"user" | b"users" | b"use" | b"view" | b"localgroup" | b"share" | b"accounts" | b"session"
    )
}

fn is_order_to_registry(word: &[u8]) -> bool {
    matches!(word, b"query" | b"add" | b"delete" | b"save" | b"export" | b"import" | b"load")
}

fn is_order_to_services(word: &[u8]) -> bool {
    matches!(word, b"query" | b"queryex" | b"create" | b"config" | b"qc" | b"sdshow")
}

fn is_word_list(rest: &[u8]) -> bool {
    rest.split(|b| *b == b'+').skip(1).all(|word| {
        !file_or_host(word) && !word.is_empty() && word.iter().all(u8::is_ascii_lowercase)
    })
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

/// A later word of the same command is an option, `all -m ping`, as no sentence has it.
fn option_follows(rest: &[u8]) -> bool {
    let near = upto(rest, TOKEN_BYTES);
    let separates = |b: &u8| matches!(b, b';' | b'|' | b'&' | b'.' | b',');
    let command = upto(near, near.iter().position(separates).unwrap_or(80));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_belong_to_the_command_of_that_name() {
        for (name, rest) in
            [("net", "session"), ("reg", "query"), ("sc", "query"), ("route", "print")]
        {
            let line = |name: &str| format!("{name} {rest}").into_bytes();
            let of = |name: &str, shown: &str| argument(&line(shown), name.as_bytes(), shown.len());
            assert_eq!(of(name, name), Argument::Technical, "{name}");
            assert_eq!(of(name, &format!("{name}.exe")), Argument::Technical, "{name}.exe");
            let longer = format!("x{name}");
            assert_eq!(of(&longer, &longer), Argument::Prose, "{longer}");
        }
    }
}
