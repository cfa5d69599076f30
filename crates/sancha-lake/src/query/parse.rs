//! The language of the search box: words, phrases, `field:value`, `AND`, `OR`, `NOT`, parentheses.
//!
//! ```text
//! ip:1.2.3.4 path:*.jsp "union select"     all three
//! user:root OR user:admin                  either
//! -status:200  NOT status:200              not
//! status:500..599  bytes:>1000000          ranges
//! ip:10.0.0.0/8  host:web*  /sel.ct/       networks, patterns, regular expressions
//! *passw*                                  also inside words
//! ```
//!
//! Chinese quotes, colons and parentheses are read like the others: input methods write them.

mod tokens;

use std::{net::IpAddr, ops::RangeInclusive};

use sancha_normalize::template::Kind;

use super::{EntityKind, Filter, Glob, Needle, filter::number};
use crate::columns::{self, COLUMNS};
use tokens::{Token, TokenKind, tokens};

/// Deepest nesting of parentheses.
const DEEPEST: usize = 32;

/// What of a question is not understood; `at` counts characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("character {at}: there is no field `{name}`")]
    UnknownField { at: usize, name: String },
    #[error("character {at}: `{text}` is no value for this field")]
    BadValue { at: usize, text: String },
    #[error("character {at}: `/{text}/` is no regular expression that can be used")]
    BadRegex { at: usize, text: String },
    #[error("character {at}: a quote is not closed")]
    OpenQuote { at: usize },
    #[error("character {at}: parentheses do not match")]
    Parentheses { at: usize },
    /// `source:` chooses what is read at all, so it cannot stand in an alternative.
    #[error("character {at}: `source:` stands once, beside other conditions, not between OR")]
    SourceInside { at: usize },
    #[error(
        "character {at}: `source:` cannot stand behind NOT or `-`; name the sources that are wanted, `*` stands for any part of a name"
    )]
    SourceNegated { at: usize },
    #[error("character {at}: something is missing here")]
    Missing { at: usize },
}

/// What a question says: conditions that all must hold, and of which source.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    pub source: Option<Glob>,
    pub filters: Vec<Filter>,
}

impl QueryError {
    /// The place in bytes, from 0, as one that people count.
    fn in_characters(mut self, text: &str) -> Self {
        let (Self::UnknownField { at, .. }
        | Self::BadValue { at, .. }
        | Self::BadRegex { at, .. }
        | Self::OpenQuote { at }
        | Self::Parentheses { at }
        | Self::SourceInside { at }
        | Self::SourceNegated { at }
        | Self::Missing { at }) = &mut self;
        *at = text.get(..*at).unwrap_or(text).chars().count() + 1;
        self
    }
}

/// Reads a question. An empty one asks for everything.
pub fn parse(text: &str) -> Result<Parsed, QueryError> {
    read(text).map_err(|error| error.in_characters(text))
}

fn read(text: &str) -> Result<Parsed, QueryError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), source: None };
    let mut filters = Vec::new();
    if !tokens.is_empty() {
        match parser.any(0)? {
            Filter::All(list) => filters = list,
            one => filters.push(one),
        }
    }
    match parser.peek() {
        None => Ok(Parsed { source: parser.source, filters }),
        Some(token) => Err(QueryError::Parentheses { at: token.at }),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
    source: Option<Glob>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn any(&mut self, depth: usize) -> Result<Filter, QueryError> {
        let (start, had_source) = (self.place(), self.source.is_some());
        let mut list = vec![self.all(depth)?];
        while self.peek().is_some_and(|token| token.kind == TokenKind::Or) {
            self.at += 1;
            list.push(self.all(depth)?);
        }
        if list.len() > 1 && self.source.is_some() && !had_source {
            return Err(QueryError::SourceInside { at: start });
        }
        Ok(one_or(list, Filter::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Filter, QueryError> {
        let mut list = Vec::new();
        // Whether a term has to come: at the begin, and behind `AND`.
        let mut is_awaited = true;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Close | TokenKind::Or => break,
                TokenKind::And if is_awaited => return Err(QueryError::Missing { at: token.at }),
                TokenKind::And => {
                    self.at += 1;
                    is_awaited = true;
                }
                _ => {
                    list.extend(self.one(depth)?);
                    is_awaited = false;
                }
            }
        }
        if is_awaited {
            return Err(QueryError::Missing { at: self.place() });
        }
        Ok(one_or(list, Filter::All))
    }

    fn place(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    /// Nothing for `source:`, which chooses parts.
    fn one(&mut self, depth: usize) -> Result<Option<Filter>, QueryError> {
        let end = self.end;
        let Some(token) = self.peek().cloned() else { return Err(QueryError::Missing { at: end }) };
        self.at += 1;
        let at = token.at;
        match token.kind {
            TokenKind::Not => {
                let had_source = self.source.is_some();
                match self.one(depth)? {
                    Some(filter) if had_source == self.source.is_some() => {
                        Ok(Some(Filter::Not(Box::new(filter))))
                    }
                    _ => Err(QueryError::SourceNegated { at }),
                }
            }
            TokenKind::Open if depth < DEEPEST => {
                let inner = self.any(depth + 1)?;
                match self.peek().map(|token| &token.kind) {
                    Some(TokenKind::Close) => self.at += 1,
                    _ => return Err(QueryError::Parentheses { at }),
                }
                Ok(Some(inner))
            }
            TokenKind::Text { text, quoted } => line(&text, quoted, at).map(Some),
            TokenKind::Regex(pattern) => match Needle::regex(&pattern) {
                Some(needle) => Ok(Some(Filter::Line(needle))),
                None => Err(QueryError::BadRegex { at, text: pattern }),
            },
            TokenKind::Field { name, value, quoted } if name == "source" => {
                let name = crate::source_name(&value);
                let glob = if quoted { Glob::exactly(name) } else { Glob::new(name) };
                if self.source.is_some() {
                    return Err(QueryError::SourceInside { at });
                }
                self.source = Some(glob.ok_or(QueryError::BadValue { at, text: value })?);
                Ok(None)
            }
            TokenKind::Field { name, value, quoted } => field(&name, &value, quoted, at).map(Some),
            TokenKind::Open | TokenKind::Close | TokenKind::Or | TokenKind::And => {
                Err(QueryError::Parentheses { at })
            }
        }
    }
}

fn one_or(mut list: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match list.pop() {
        Some(one) if list.is_empty() => one,
        Some(last) => {
            list.push(last);
            many(list)
        }
        None => Filter::All(Vec::new()),
    }
}

fn line(text: &str, quoted: bool, at: usize) -> Result<Filter, QueryError> {
    let (open_start, open_end) =
        if quoted { (false, false) } else { (text.starts_with('*'), text.ends_with('*')) };
    let bare = if quoted { text } else { text.trim_matches('*') };
    if bare.is_empty() && !quoted {
        return Ok(Filter::All(Vec::new()));
    }
    let pieces: Vec<&str> = if quoted { vec![bare] } else { bare.split('*').collect() };
    let needle = Some(pieces).filter(|_| !bare.is_empty());
    let needle = needle.and_then(|pieces| Needle::pieces(&pieces, open_start, open_end));
    let needle = needle.ok_or_else(|| QueryError::BadValue { at, text: text.to_owned() })?;
    // Older systems write Chinese in GB18030.
    Ok(match needle.in_other_encodings(bare) {
        Some(other) => Filter::Any(vec![Filter::Line(needle), Filter::Line(other)]),
        None => Filter::Line(needle),
    })
}

/// Short names of fields, and the columns they mean.
const ALIASES: [(&str, &[&str]); 22] = [
    ("ip", &["source_ip", "destination_ip", "peer_ip"]),
    ("src", &["source_ip"]),
    ("dst", &["destination_ip"]),
    ("port", &["source_port"]),
    ("host", &["host_name"]),
    ("user", &["user_name", "user_target_name", "user_effective_name"]),
    ("action", &["event_action"]),
    ("outcome", &["event_outcome"]),
    ("code", &["event_code"]),
    ("level", &["log_level"]),
    ("process", &["process_name"]),
    ("pid", &["process_pid"]),
    ("exe", &["process_executable"]),
    ("command", &["process_command_line"]),
    ("file", &["file_path"]),
    ("method", &["http_method"]),
    ("status", &["http_status"]),
    ("bytes", &["http_response_bytes"]),
    ("path", &["url_path"]),
    ("query", &["url_query"]),
    ("referer", &["http_referrer"]),
    ("agent", &["user_agent"]),
];

fn field(name: &str, value: &str, quoted: bool, at: usize) -> Result<Filter, QueryError> {
    let name = name.to_ascii_lowercase().replace('.', "_");
    let bad = || QueryError::BadValue { at, text: value.to_owned() };
    if name == columns::CLASS || name == columns::FORMAT {
        let column = if name == columns::CLASS { columns::CLASS } else { columns::FORMAT };
        let glob = Glob::new(value).ok_or_else(bad)?;
        return Ok(Filter::Value { columns: vec![column], glob, entity: None });
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, columns)| *columns);
    let own = [name.as_str()];
    let wanted = alias.unwrap_or(&own);
    let found: Vec<_> = COLUMNS.iter().filter(|column| wanted.contains(&column.name)).collect();
    let Some(first) = found.first() else {
        return Err(QueryError::UnknownField { at, name });
    };
    let names: Vec<&'static str> = found.iter().map(|column| column.name).collect();
    match first.kind {
        Kind::Address => {
            Ok(Filter::Address { columns: names, range: addresses(value).ok_or_else(bad)? })
        }
        Kind::Int => {
            let list = names.iter().map(|column| {
                numbers(value).map(|range| Filter::Int { column, range }).ok_or_else(bad)
            });
            Ok(one_or(list.collect::<Result<_, _>>()?, Filter::Any))
        }
        Kind::Text => {
            if !quoted && is_range(value) {
                return Err(bad());
            }
            let value =
                if first.name == "event_outcome" { outcome(value).ok_or_else(bad)? } else { value };
            let entity = match first.name {
                name if name.starts_with("user_") && name.ends_with("name") => {
                    Some(EntityKind::User)
                }
                "host_name" | "url_domain" => Some(EntityKind::Host),
                _ => None,
            };
            let glob = if quoted { Glob::exactly(value) } else { Glob::new(value) };
            Ok(Filter::Value { columns: names, glob: glob.ok_or_else(bad)?, entity })
        }
    }
}

/// Whether a value asks for a range of numbers, which a text is not in.
fn is_range(value: &str) -> bool {
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    let bare = value.trim_start_matches(['<', '>', '=']);
    (bare.len() < value.len() && is_number(bare))
        || value.split_once("..").is_some_and(|(from, to)| is_number(from) && is_number(to))
}

/// How an event ended, in the words of the records; there are but these.
fn outcome(text: &str) -> Option<&str> {
    match text.to_ascii_lowercase().as_str() {
        "failure" | "fail" | "failed" | "失败" => Some("failure"),
        "success" | "succeeded" | "ok" | "成功" => Some("success"),
        "unknown" | "未知" => Some("unknown"),
        pattern if pattern.contains(['*', '?']) => Some(text),
        _ => None,
    }
}

/// `1.2.3.4`, `10.0.0.0/8`, `10.0.0.1..10.0.0.9`, the same for IPv6, and `*` for any.
fn addresses(text: &str) -> Option<RangeInclusive<u128>> {
    if text == "*" {
        return Some(0..=u128::MAX);
    }
    if let Some((from, to)) = text.split_once("..") {
        let range = number(from.parse().ok()?)..=number(to.parse().ok()?);
        return Some(range).filter(|range| !range.is_empty());
    }
    let Some((address, prefix)) = text.split_once('/') else {
        let address = number(text.parse().ok()?);
        return Some(address..=address);
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let free = u32::checked_sub(width, prefix.parse().ok()?)?;
    let mask = if free == 128 { u128::MAX } else { (1 << free) - 1 };
    Some(number(address) & !mask..=number(address) | mask)
}

/// `404`, `4xx`, `500..599`, `>1000`, `<=20`, and `*` for any.
fn numbers(text: &str) -> Option<RangeInclusive<i64>> {
    let parse = |text: &str| text.trim().parse::<i64>().ok();
    if text == "*" {
        return Some(i64::MIN..=i64::MAX);
    }
    if let Some((from, to)) = text.split_once("..") {
        return Some(parse(from)?..=parse(to)?).filter(|range| !range.is_empty());
    }
    if let Some(hundreds) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
        let from = parse(hundreds)?.checked_mul(100)?;
        return Some(from..=from.checked_add(99)?);
    }
    for (sign, range) in [(">=", 0_i64), ("<=", 0), (">", 1), ("<", -1)] {
        if let Some(rest) = text.strip_prefix(sign) {
            let edge = parse(rest)?.checked_add(range)?;
            return Some(if sign.starts_with('>') { edge..=i64::MAX } else { i64::MIN..=edge });
        }
    }
    parse(text).map(|value| value..=value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_terms_are_read() {
        for (text, count) in [
            ("", 0),
            ("ip:1.2.3.4 path:*.jsp \"union select\"", 3),
            ("user:root OR user:admin", 1),
            ("-status:200 NOT status:4xx", 2),
            ("ip:* -bytes:* status:*", 3),
            ("(a OR b) c", 2),
            ("source:web01/access.log a", 1),
            ("/etc/passwd", 1),
            ("/sel.ct/ ip:10.0.0.0/8 bytes:>1000000 status:500..599", 4),
            ("source.ip:::1 12:30:05", 2),
        ] {
            let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(parsed.filters.len(), count, "{text}");
        }
        assert!(parse("source:a*").unwrap().source.is_some());
        assert!(
            matches!(&parse("/etc/passwd").unwrap().filters[..], [Filter::Line(n)] if !n.words.is_empty())
        );
    }

    #[test]
    fn what_input_methods_write_means_the_same() {
        for (one, other) in [
            ("user：root", "user:root"),
            ("“union select”", "\"union select\""),
            ("path：“/a b”", "path:\"/a b\""),
            ("（a OR b）　c", "(a OR b) c"),
            ("user:root and outcome:失败", "user:root outcome:failure"),
            ("a or b", "a OR b"),
        ] {
            let read = |text| format!("{:?}", parse(text).unwrap());
            assert_eq!(read(one), read(other), "{one}");
        }
    }

    #[test]
    fn networks_are_ranges() {
        let four = |text: &str| number(text.parse().unwrap());
        assert_eq!(addresses("10.1.2.3/8"), Some(four("10.0.0.0")..=four("10.255.255.255")));
        assert_eq!(addresses("10.1.2.3/32"), Some(four("10.1.2.3")..=four("10.1.2.3")));
        assert_eq!(addresses("::/0"), Some(0..=u128::MAX));
        assert_eq!(addresses("10.0.0.0/33"), None);
        assert_eq!(numbers("4xx"), Some(400..=499));
        assert_eq!(numbers(">5"), Some(6..=i64::MAX));
    }

    #[test]
    fn what_is_wrong_is_located() {
        let error = |text: &str| parse(text).map(|_| ()).unwrap_err();
        assert_eq!(
            error("a nofield:1"),
            QueryError::UnknownField { at: 3, name: "nofield".into() }
        );
        assert_eq!(error("ip:1.2.3"), QueryError::BadValue { at: 1, text: "1.2.3".into() });
        assert_eq!(error("a \"b"), QueryError::OpenQuote { at: 3 });
        assert_eq!(error("(a"), QueryError::Parentheses { at: 1 });
        assert_eq!(error("a )"), QueryError::Parentheses { at: 3 });
        assert_eq!(error("a OR"), QueryError::Missing { at: 5 });
        assert_eq!(error("a AND"), QueryError::Missing { at: 6 });
        assert_eq!(error("AND a"), QueryError::Missing { at: 1 });
        assert_eq!(error("a and and b"), QueryError::Missing { at: 7 });
        assert_eq!(error("status:"), QueryError::Missing { at: 8 });
        assert_eq!(error("a (b OR source:web)"), QueryError::SourceInside { at: 4 });
        assert_eq!(error("source:a source:b"), QueryError::SourceInside { at: 10 });
        for (negated, at) in [("-source:a", 1), ("b NOT source:a", 3), ("-(b source:a)", 1)] {
            assert_eq!(error(negated), QueryError::SourceNegated { at }, "{negated}");
        }
        assert_eq!(error("挂号 /[/"), QueryError::BadRegex { at: 4, text: "[".into() });
        for text in ["500..400", "10.0.0.9..10.0.0.1"] {
            let field = if text.contains('9') { "ip" } else { "bytes" };
            let wrong = QueryError::BadValue { at: 1, text: text.into() };
            assert_eq!(error(&format!("{field}:{text}")), wrong, "it ends before it begins");
        }
        assert_eq!(error("outcome:maybe"), QueryError::BadValue { at: 1, text: "maybe".into() });
        assert!(matches!(error(&"(".repeat(100)), QueryError::Parentheses { .. }));
    }
}
