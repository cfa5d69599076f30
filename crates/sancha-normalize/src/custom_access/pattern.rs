use sancha_model::FieldId;

/// One piece of a format string.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Constant(Vec<u8>),
    Variable(Value),
}

/// What a variable of a format string means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Client,
    ForwardedFor,
    /// The peer before the server replaced it by the client.
    Peer,
    ClfTime,
    IsoTime,
    /// Seconds since 1970 with a fraction, or milliseconds, microseconds.
    Epoch,
    Request,
    Target,
    Path,
    Query,
    Protocol,
    Status,
    Number(FieldId),
    Text(FieldId),
    /// Anything else: it takes its place in the line and gives no cell.
    Other,
}

/// Why a format string cannot be used. Positions count characters from 1.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidLogFormat {
    #[error(
        "the log format names no variable; write it like `$remote_addr [$time_local]` or `%h %t`"
    )]
    NoVariable,
    #[error("character {position}: `{name}` is no directive of Apache's LogFormat")]
    UnknownDirective { name: String, position: usize },
    #[error(
        "character {position}: `{name}` follows another variable at once, so nothing tells where one ends; put a constant between them"
    )]
    Adjacent { name: String, position: usize },
    #[error("character {position}: `{name}` is not closed")]
    Unclosed { name: String, position: usize },
}

/// The parts of a format and whether its values are escaped as JSON.
pub(super) fn compile(text: &str) -> Result<(Vec<Part>, bool), InvalidLogFormat> {
    let bare = bare(text);
    let json = text.contains("escape=json") || bare.text.trim_start().starts_with('{');
    let mut builder = Builder { parts: Vec::new() };
    if bare.text.contains('$') {
        nginx(&bare, &mut builder)?;
    } else {
        apache(&bare, &mut builder)?;
    }
    if builder.parts.iter().all(|part| matches!(part, Part::Constant(_))) {
        return Err(InvalidLogFormat::NoVariable);
    }
    once(&mut builder.parts);
    Ok((builder.parts, json))
}

/// What the request's line or its target tells already is not told a second time: `$uri` is the path that the server
/// made of it.
fn once(parts: &mut [Part]) {
    let has = |value: Value| parts.contains(&Part::Variable(value));
    let (has_request, has_target) = (has(Value::Request), has(Value::Target));
    for part in parts {
        let is_told = match part {
            Part::Variable(Value::Path | Value::Query) => has_request || has_target,
            Part::Variable(Value::Target | Value::Protocol | Value::Text(FieldId::HTTP_METHOD)) => {
                has_request
            }
            _ => false,
        };
        if is_told {
            *part = Part::Variable(Value::Other);
        }
    }
}

/// A format string and, for each of its bytes, the character of the user's text it came from.
struct Bare {
    text: String,
    positions: Vec<usize>,
}

impl Bare {
    fn position(&self, at: usize) -> usize {
        self.positions.get(at).copied().unwrap_or(0)
    }

    fn push(&mut self, char: char, position: usize) {
        self.text.push(char);
        self.positions.resize(self.text.len(), position);
    }
}

/// The string inside a directive: `log_format main escape=json '…' '…';`, `LogFormat "…" name`. Text that
/// is no directive is the string itself.
fn bare(text: &str) -> Bare {
    let directive = ["log_format ", "LogFormat "];
    let is_directive = directive.iter().any(|word| text.trim_start().starts_with(word));
    let is_apache = text.trim_start().starts_with("LogFormat") || !text.contains('$');
    let mut bare = Bare { text: String::new(), positions: Vec::new() };
    let mut quote = None;
    let mut chars = text.chars().zip(1..).peekable();
    while let Some((char, position)) = chars.next() {
        let inside = quote.is_some() || !is_directive;
        match char {
            '\\' if inside => match chars.next() {
                Some(('t', at)) => bare.push('\t', at),
                Some((next @ ('"' | '\\' | '\''), at)) => bare.push(next, at),
                Some((next, at)) => {
                    bare.push('\\', position);
                    bare.push(next, at);
                }
                None => bare.push('\\', position),
            },
            '"' | '\'' if is_directive && quote == Some(char) => {
                quote = None;
                // Apache's name follows; nginx goes on with the next string.
                if is_apache {
                    break;
                }
            }
            '"' | '\'' if is_directive && quote.is_none() => quote = Some(char),
            _ if inside => bare.push(char, position),
            _ => (),
        }
    }
    bare
}

struct Builder {
    parts: Vec<Part>,
}

impl Builder {
    fn constant(&mut self, byte: u8) {
        match self.parts.last_mut() {
            Some(Part::Constant(text)) => text.push(byte),
            _ => self.parts.push(Part::Constant(vec![byte])),
        }
    }

    fn variable(
        &mut self,
        value: Value,
        name: &str,
        position: usize,
    ) -> Result<(), InvalidLogFormat> {
        match (self.parts.last_mut(), value) {
            // Apache's usual way to write the target.
            (Some(Part::Variable(path @ Value::Path)), Value::Query) => *path = Value::Target,
            (Some(Part::Variable(_)), _) => {
                return Err(InvalidLogFormat::Adjacent { name: name.to_owned(), position });
            }
            _ => self.parts.push(Part::Variable(value)),
        }
        Ok(())
    }
}

/// `$name` and `${name}`.
fn nginx(bare: &Bare, builder: &mut Builder) -> Result<(), InvalidLogFormat> {
    let mut rest = bare.text.as_str();
    while let Some(char) = rest.chars().next() {
        let at = bare.text.len() - rest.len();
        let Some(after) = rest.strip_prefix('$') else {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                builder.constant(byte);
            }
            rest = rest.split_at(char.len_utf8()).1;
            continue;
        };
        let position = bare.position(at);
        let name;
        (name, rest) = match after.strip_prefix('{') {
            Some(inner) => inner
                .split_once('}')
                .ok_or_else(|| InvalidLogFormat::Unclosed { name: rest.to_owned(), position })?,
            None => {
                let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
                let end = after.find(|char| !is_name(char)).unwrap_or(after.len());
                after.split_at(end)
            }
        };
        builder.variable(nginx_value(name), &format!("${name}"), position)?;
    }
    Ok(())
}

/// Variables of nginx' core, log, upstream and realip modules. nginx knows others, and modules add
/// more: those take their place and give no cell.
fn nginx_value(name: &str) -> Value {
    match name {
        "remote_addr" => Value::Client,
        "realip_remote_addr" => Value::Peer,
        "http_x_forwarded_for" | "proxy_add_x_forwarded_for" => Value::ForwardedFor,
        "time_local" => Value::ClfTime,
        "time_iso8601" => Value::IsoTime,
        "msec" => Value::Epoch,
        "request" => Value::Request,
        "request_uri" => Value::Target,
        "uri" | "document_uri" => Value::Path,
        "args" | "query_string" => Value::Query,
        "server_protocol" => Value::Protocol,
        "status" => Value::Status,
        "body_bytes_sent" | "bytes_sent" => Value::Number(FieldId::HTTP_RESPONSE_BYTES),
        "request_length" => Value::Number(FieldId::HTTP_REQUEST_BYTES),
        "remote_port" => Value::Number(FieldId::SOURCE_PORT),
        "pid" => Value::Number(FieldId::PROCESS_PID),
        "request_method" => Value::Text(FieldId::HTTP_METHOD),
        "remote_user" => Value::Text(FieldId::USER_NAME),
        "http_referer" => Value::Text(FieldId::HTTP_REFERRER),
        "http_user_agent" => Value::Text(FieldId::USER_AGENT),
        "http_cookie" => Value::Text(FieldId::HTTP_COOKIE),
        "http_host" | "host" => Value::Text(FieldId::URL_DOMAIN),
        "content_type" => Value::Text(FieldId::HTTP_CONTENT_TYPE),
        "request_body" => Value::Text(FieldId::HTTP_BODY),
        "request_time" => Value::Text(FieldId::HTTP_DURATION),
        "request_id" => Value::Text(FieldId::EVENT_ID),
        "upstream_addr" => Value::Text(FieldId::HTTP_UPSTREAM),
        _ => Value::Other,
    }
}

/// `%h`, `%>s`, `%{Referer}i` (mod_log_config, "Custom Log Formats").
fn apache(bare: &Bare, builder: &mut Builder) -> Result<(), InvalidLogFormat> {
    let mut chars = bare.text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if char != '%' {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                builder.constant(byte);
            }
            continue;
        }
        let position = bare.position(at);
        // Conditions on the status and the choice of original or final request change no meaning.
        while chars.next_if(|(_, char)| matches!(char, '<' | '>' | '!' | ',' | '0'..='9')).is_some()
        {
        }
        let mut argument = String::new();
        if chars.next_if(|(_, char)| *char == '{').is_some() {
            loop {
                match chars.next() {
                    Some((_, '}')) => break,
                    Some((_, char)) => argument.push(char),
                    None => {
                        let name = format!("%{{{argument}");
                        return Err(InvalidLogFormat::Unclosed { name, position });
                    }
                }
            }
        }
        let letter = match chars.next() {
            Some((_, '^')) => {
                // `%{name}^ti` and `%{name}^to`: trailers.
                let _ = (chars.next(), chars.next());
                '^'
            }
            Some((_, letter)) => letter,
            None => ' ',
        };
        directive(letter, &argument, position, builder)?;
    }
    Ok(())
}

fn directive(
    letter: char,
    argument: &str,
    position: usize,
    builder: &mut Builder,
) -> Result<(), InvalidLogFormat> {
    let name =
        if argument.is_empty() { format!("%{letter}") } else { format!("%{{{argument}}}{letter}") };
    let value = match letter {
        '%' => {
            builder.constant(b'%');
            return Ok(());
        }
        't' if argument.is_empty() => {
            // The brackets are part of the value.
            builder.constant(b'[');
            builder.variable(Value::ClfTime, &name, position)?;
            builder.constant(b']');
            return Ok(());
        }
        't' => apache_time(argument),
        'a' if argument == "c" => Value::Peer,
        'h' | 'a' => Value::Client,
        'u' => Value::Text(FieldId::USER_NAME),
        'r' => Value::Request,
        's' => Value::Status,
        'b' | 'B' | 'O' => Value::Number(FieldId::HTTP_RESPONSE_BYTES),
        'I' => Value::Number(FieldId::HTTP_REQUEST_BYTES),
        'P' if argument.is_empty() || argument == "pid" => Value::Number(FieldId::PROCESS_PID),
        'm' => Value::Text(FieldId::HTTP_METHOD),
        'U' => Value::Path,
        'q' => Value::Query,
        'H' => Value::Protocol,
        'v' | 'V' => Value::Text(FieldId::URL_DOMAIN),
        'f' => Value::Text(FieldId::FILE_PATH),
        'i' => request_header(argument),
        'A' | 'C' | 'D' | 'e' | 'E' | 'k' | 'l' | 'L' | 'n' | 'o' | 'p' | 'P' | 'R' | 'S' | 'T'
        | 'X' | '^' => Value::Other,
        _ => return Err(InvalidLogFormat::UnknownDirective { name, position }),
    };
    builder.variable(value, &name, position)
}

fn apache_time(argument: &str) -> Value {
    let argument = argument.trim_start_matches("begin:").trim_start_matches("end:");
    match argument {
        "sec" | "msec" | "usec" => Value::Epoch,
        _ if argument.starts_with("%Y-%m-%d") || argument.starts_with("%F") => Value::IsoTime,
        _ if argument.starts_with("%d/%b/%Y") => Value::ClfTime,
        _ => Value::Other,
    }
}

fn request_header(name: &str) -> Value {
    match name.to_ascii_lowercase().as_str() {
        "referer" => Value::Text(FieldId::HTTP_REFERRER),
        "user-agent" => Value::Text(FieldId::USER_AGENT),
        "cookie" => Value::Text(FieldId::HTTP_COOKIE),
        "host" => Value::Text(FieldId::URL_DOMAIN),
        "content-type" => Value::Text(FieldId::HTTP_CONTENT_TYPE),
        "x-forwarded-for" => Value::ForwardedFor,
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_position() {
        for (text, want) in [
            (
                "plain",
                "the log format names no variable; write it like `$remote_addr [$time_local]` or `%h %t`",
            ),
            ("%h %Z", "character 4: `%Z` is no directive of Apache's LogFormat"),
            ("%h %{Referer", "character 4: `%{Referer` is not closed"),
            ("$remote_addr ${time", "character 14: `${time` is not closed"),
            (
                "LogFormat \"%h%u\" x",
                "character 14: `%u` follows another variable at once, so nothing tells where one ends; put a constant between them",
            ),
            (
                "$status$uri",
                "character 8: `$uri` follows another variable at once, so nothing tells where one ends; put a constant between them",
            ),
        ] {
            assert_eq!(compile(text).unwrap_err().to_string(), want, "{text}");
        }
    }
}
