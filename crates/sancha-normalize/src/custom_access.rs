//! Access logs in a form that the user gives: nginx' `log_format` or Apache's `LogFormat`.

mod pattern;

use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

pub use self::pattern::InvalidLogFormat;
use self::pattern::{Part, Value};
use crate::{
    FileContext, Fit, Format, Head, Scratch, client, encoding,
    formats::{access, json},
    scan,
    stamp::{self, Stamp},
};

/// An access log whose lines are made by the user's own format string.
pub struct CustomAccess {
    parts: Vec<Part>,
    /// Values are escaped as JSON strings (`escape=json`).
    json: bool,
}

impl CustomAccess {
    /// Reads a format: the bare string, or the whole directive as it stands in the configuration.
    ///
    /// # Errors
    /// Says what is wrong and at which character of `text`.
    pub fn compile(text: &str) -> Result<Self, InvalidLogFormat> {
        let (parts, json) = pattern::compile(text)?;
        Ok(Self { parts, json })
    }

    /// Whether a line has this form and plausible values.
    pub(crate) fn fits(&self, line: &[u8]) -> bool {
        let mut plausible = true;
        let whole = self.split(line, |value, text| match value {
            Value::Status => {
                plausible &= text == b"-" || (text.len() == 3 && scan::number(text).is_some())
            }
            Value::Client => plausible &= !text.contains(&b' '),
            _ => (),
        });
        whole.is_some() && plausible
    }

    /// The values of a line, in order; `None` when a constant part is missing.
    fn split<'a>(&self, line: &'a [u8], mut each: impl FnMut(Value, &'a [u8])) -> Option<()> {
        let mut rest = line;
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            rest = match part {
                Part::Constant(text) => rest.strip_prefix(text.as_slice())?,
                Part::Variable(value) => {
                    let end = match parts.peek() {
                        Some(Part::Constant(text)) => end_of_value(rest, text)?,
                        Some(Part::Variable(_)) | None => rest.len(),
                    };
                    let (found, after) = rest.split_at_checked(end)?;
                    each(*value, found);
                    after
                }
            };
        }
        rest.is_empty().then_some(())
    }
}

/// Where the constant after a value begins; a quote after a backslash belongs to the value.
fn end_of_value(rest: &[u8], constant: &[u8]) -> Option<usize> {
    let finder = memchr::memmem::Finder::new(constant);
    finder.find_iter(rest).find(|at| {
        let before = rest.get(..*at).unwrap_or(&[]);
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        backslashes % 2 == 0 || constant.first() != Some(&b'"')
    })
}

impl Format for CustomAccess {
    fn name(&self) -> &str {
        "web/custom"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| self.fits(line))
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let mut found = Found::default();
        if self.split(line, |_, _| ()).is_none() {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            return;
        }
        row.class(EventClass::Web);
        let mut buffer = std::mem::take(&mut scratch.line);
        let _ = self.split(line, |value, text| {
            if matches!(text, b"" | b"-") {
                return;
            }
            let mut shown = text;
            if self.json && text.contains(&b'\\') {
                buffer.clear();
                sancha_model::unescape_json(text, &mut buffer);
                shown = &buffer;
            }
            match value {
                Value::Client => found.client = text,
                Value::ForwardedFor => found.forwarded = text,
                Value::Peer => found.peer = text,
                Value::ClfTime | Value::IsoTime | Value::Epoch => {
                    found.has_time = true;
                    set_time(row, value, text, context, scratch);
                }
                value => write(row, value, shown),
            }
        });
        scratch.line = buffer;
        found.finish(row, context);
    }
}

/// Values that are written last, because they depend on each other.
#[derive(Default)]
struct Found<'a> {
    client: &'a [u8],
    forwarded: &'a [u8],
    peer: &'a [u8],
    has_time: bool,
}

impl Found<'_> {
    fn finish(&self, row: &mut RowWriter<'_>, context: &FileContext) {
        if !self.client.is_empty() {
            client::write(row, context, self.client, self.forwarded);
        }
        // The server itself replaced the peer by the client (nginx' realip module).
        if let Some(peer) = scan::address(self.peer).filter(|_| self.peer != self.client) {
            row.ip(FieldId::NETWORK_PEER_IP, self.peer, peer);
        }
        if !self.has_time {
            row.note(ParseNoteKind::BadTime, b"");
        }
    }
}

fn set_time(
    row: &mut RowWriter<'_>,
    value: Value,
    text: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) {
    if value == Value::Epoch {
        match json::epoch(text) {
            Some(time) => row.time(time.plus(context.clock_offset), Default::default()),
            None => row.note(ParseNoteKind::BadTime, text),
        }
        return;
    }
    let stamp = match value {
        Value::ClfTime => {
            access::clf_time(text).map(|(civil, offset)| Stamp::Stated(civil, offset))
        }
        _ => stamp::iso_spaced(text).map(|(stamp, _)| stamp),
    };
    stamp::set(row, stamp, text, context, scratch);
}

fn write(row: &mut RowWriter<'_>, value: Value, text: &[u8]) {
    match value {
        Value::Request => access::request(row, text),
        Value::Target => access::target_parts(row, text),
        Value::Path => {
            row.text(FieldId::URL_PATH, text);
            if !row.has(FieldId::URL_ORIGINAL) {
                row.text(FieldId::URL_ORIGINAL, text);
            }
        }
        Value::Query => {
            row.text(FieldId::URL_QUERY, text.strip_prefix(b"?").unwrap_or(text));
        }
        Value::Protocol => {
            row.text(FieldId::HTTP_VERSION, text.strip_prefix(b"HTTP/").unwrap_or(text));
        }
        Value::Status => number(row, FieldId::HTTP_STATUS, text),
        Value::Number(field) => number(row, field, text),
        Value::Text(field) => row.text(field, text),
        Value::Client
        | Value::ForwardedFor
        | Value::Peer
        | Value::ClfTime
        | Value::IsoTime
        | Value::Epoch
        | Value::Other => (),
    }
}

fn number(row: &mut RowWriter<'_>, field: FieldId, digits: &[u8]) {
    match scan::number(digits) {
        Some(value) => row.int(field, digits, value),
        None => row.note(ParseNoteKind::BadValue, digits),
    }
}
