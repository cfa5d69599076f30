//! A question cut into words, values and signs.

use super::QueryError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Open,
    Close,
    Or,
    And,
    Not,
    Text {
        text: String,
        quoted: bool,
    },
    Regex(String),
    /// `name:` and its value.
    Field {
        name: String,
        value: String,
        quoted: bool,
    },
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (kind, len) = match first {
            '(' | '（' => (TokenKind::Open, first.len_utf8()),
            ')' | '）' => (TokenKind::Close, first.len_utf8()),
            '-' if rest.len() > 1 => (TokenKind::Not, 1),
            _ if is_quote(first) => {
                let (text, len) = quoted(rest, at)?;
                (TokenKind::Text { text, quoted: true }, len)
            }
            '/' if rest.get(1..).is_some_and(closed_regex) => regex(rest),
            _ => word(rest, at)?,
        };
        tokens.push(Token { at, kind });
        rest = rest.get(len..).unwrap_or("");
    }
}

/// Whether `/…/` ends before a blank or the end: else a path is meant, such as `/etc/passwd`.
fn closed_regex(rest: &str) -> bool {
    rest.find('/').is_some_and(|end| {
        rest.get(end + 1..).is_none_or(|after| after.is_empty() || after.starts_with([' ', ')']))
    })
}

fn regex(rest: &str) -> (TokenKind, usize) {
    let inner = rest.get(1..).unwrap_or("");
    let end = inner.find('/').unwrap_or(inner.len());
    (TokenKind::Regex(inner.get(..end).unwrap_or("").to_owned()), end + 2)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '＂')
}

/// The text between quotes and the length with them; `\"` is a quote, `\\` a backslash.
fn quoted(rest: &str, at: usize) -> Result<(String, usize), QueryError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            c if is_quote(c) => return Ok((text, place + c.len_utf8())),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => text.push(c),
                Some((_, c)) => text.extend(['\\', c]),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err(QueryError::OpenQuote { at })
}

fn word(rest: &str, at: usize) -> Result<(TokenKind, usize), QueryError> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '（' | '）');
    let end = rest.find(ends).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or(rest);
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
    };
    if let Some((name, value)) = word.split_once([':', '：'])
        && is_name(name)
        && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        let start = word.len() - value.len();
        let name = name.to_owned();
        if value.starts_with(is_quote) {
            let (value, len) = quoted(rest.get(start..).unwrap_or(""), at + start)?;
            return Ok((TokenKind::Field { name, value, quoted: true }, start + len));
        }
        if value.is_empty() {
            return Err(QueryError::Missing { at: at + start });
        }
        return Ok((TokenKind::Field { name, value: value.to_owned(), quoted: false }, end));
    }
    let kind = match word {
        "OR" | "or" | "||" => TokenKind::Or,
        "AND" | "and" | "&&" => TokenKind::And,
        "NOT" | "!" => TokenKind::Not,
        _ => TokenKind::Text { text: word.to_owned(), quoted: false },
    };
    Ok((kind, end))
}
