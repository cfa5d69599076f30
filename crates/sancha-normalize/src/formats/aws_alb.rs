use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use super::access;
use crate::{FileContext, Fit, Format, Head, Scratch, client, encoding, scan, stamp};

/// Access logs of AWS' Application Load Balancer ("Access log entries" of its guide): type, time, balancer,
/// client, target, three durations, two statuses, two sizes, request, agent, and more.
pub struct AwsAlb;

pub(super) static AWS_ALB: AwsAlb = AwsAlb;

impl Format for AwsAlb {
    fn name(&self) -> &str {
        "web/aws-alb"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| Entry::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(entry) = Entry::read(line) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            return;
        };
        row.class(EventClass::Web);
        stamp::set(row, stamp::iso(entry.time).map(|(stamp, _)| stamp), line, context, scratch);
        if let Some((address, port)) = memchr::memrchr(b':', entry.client)
            .and_then(|at| Some((entry.client.get(..at)?, entry.client.get(at + 1..)?)))
        {
            client::write(row, context, address, b"");
            if let Some(value) = scan::number(port) {
                row.int(FieldId::SOURCE_PORT, port, value);
            }
        }
        access::request(row, entry.request);
        if let Some(status) = scan::number(entry.status) {
            row.int(FieldId::HTTP_STATUS, entry.status, status);
        }
        if let Some(bytes) = scan::number(entry.sent) {
            row.int(FieldId::HTTP_RESPONSE_BYTES, entry.sent, bytes);
        }
        if entry.agent != b"-" {
            row.text(FieldId::USER_AGENT, entry.agent);
        }
    }
}

struct Entry<'a> {
    time: &'a [u8],
    client: &'a [u8],
    status: &'a [u8],
    sent: &'a [u8],
    request: &'a [u8],
    agent: &'a [u8],
}

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let (kind, _) = scan::word(line);
        if ![&b"http"[..], b"https", b"h2", b"grpcs", b"ws", b"wss"].contains(&kind) {
            return None;
        }
        let (head, rest) = scan::until(line, b'"')?;
        let mut words = head.split(|byte| *byte == b' ').skip(1);
        let time = words.next()?;
        stamp::iso(time)?;
        let client = words.nth(1)?;
        let status = words.nth(4)?;
        let sent = words.nth(2)?;
        let (request, rest) = scan::until(rest, b'"')?;
        let (_, rest) = scan::until(rest, b'"')?;
        let (agent, _) = scan::until(rest, b'"')?;
        Some(Self { time, client, status, sent, request, agent })
    }
}
