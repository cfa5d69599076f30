use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use super::{access, json::set_time};
use crate::{
    FileContext, Fit, Format, Head, Scratch, client, encoding,
    json::{Kind, Tape, Value},
    scan,
};

/// HTTP transactions as JSON lines, with headers and body:
/// `{"id","ts","src","method","uri","version","headers":[[name,value]],"body","status"}`.
pub struct Transactions;

pub(super) static TRANSACTIONS: Transactions = Transactions;

impl Format for Transactions {
    fn name(&self) -> &str {
        "http/transactions"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| {
            let mut tape = Tape::default();
            let Some(value) = tape.read(line) else { return false };
            let has = |name: &[u8]| value.members().any(|(key, _)| key.raw() == name);
            has(b"method") && has(b"uri") && (has(b"headers") || has(b"src"))
        })
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let mut tape = std::mem::take(&mut scratch.tape);
        match tape.read(line).filter(|value| value.kind() == Kind::Object) {
            Some(value) => transaction(row, value, context, scratch),
            None => {
                row.note(ParseNoteKind::NotThisFormat, line);
                row.text(FieldId::MESSAGE, line);
            }
        }
        scratch.tape = tape;
    }
}

fn transaction(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    row.class(EventClass::Web);
    let mut peer = None;
    let mut forwarded = Value::default();
    for (name, value) in value.members() {
        match name.raw() {
            b"id" => text(row, FieldId::EVENT_ID, value, scratch),
            b"ts" => set_time(row, value, context, scratch),
            b"src" => peer = Some(value),
            b"method" => text(row, FieldId::HTTP_METHOD, value, scratch),
            b"uri" => {
                let mut buffer = std::mem::take(&mut scratch.text);
                access::target_parts(row, value.text(&mut buffer));
                scratch.text = buffer;
            }
            b"version" => text(row, FieldId::HTTP_VERSION, value, scratch),
            b"headers" => forwarded = headers(row, value, scratch),
            b"body" => text(row, FieldId::HTTP_BODY, value, scratch),
            b"status" => status(row, value.raw()),
            _ => (),
        }
    }
    if let Some(peer) = peer {
        client::write(row, context, peer.raw(), forwarded.raw());
    }
}

fn text(row: &mut RowWriter<'_>, field: FieldId, value: Value<'_>, scratch: &mut Scratch) {
    match value.kind() {
        Kind::Null => (),
        Kind::Text { escaped: true } => {
            row.decoded(field, value.raw(), value.text(&mut scratch.text));
        }
        _ => row.text(field, value.raw()),
    }
}

fn status(row: &mut RowWriter<'_>, digits: &[u8]) {
    match scan::number(digits) {
        Some(value) => row.int(FieldId::HTTP_STATUS, digits, value),
        None if digits == b"null" => (),
        None => row.note(ParseNoteKind::BadValue, digits),
    }
}

/// All headers as one text of `Name: value` lines, and the ones that analyses ask for by name. Gives
/// back the value of the last `X-Forwarded-For`: proxies append to the end.
fn headers<'a>(row: &mut RowWriter<'_>, value: Value<'a>, scratch: &mut Scratch) -> Value<'a> {
    let mut all = std::mem::take(&mut scratch.line);
    all.clear();
    let mut forwarded = Value::default();
    let pairs = value.elements().filter_map(|pair| {
        let mut parts = pair.elements();
        Some((parts.next()?, parts.next()?))
    });
    // An object of names and values is as good as a list of pairs.
    for (name, value) in pairs.chain(value.members()) {
        all.extend_from_slice(name.text(&mut scratch.text));
        all.extend_from_slice(b": ");
        all.extend_from_slice(value.text(&mut scratch.text));
        all.push(b'\n');
        match named(name.raw()) {
            Some(Header::Field(field)) => text(row, field, value, scratch),
            Some(Header::Forwarded) => forwarded = value,
            None => (),
        }
    }
    if !all.is_empty() {
        row.decoded(FieldId::HTTP_HEADERS, value.raw(), &all);
    }
    scratch.line = all;
    forwarded
}

enum Header {
    Field(FieldId),
    Forwarded,
}

/// Header names are compared without case (RFC 9110, section 5.1).
fn named(name: &[u8]) -> Option<Header> {
    let known: [(&[u8], FieldId); 6] = [
        (b"host", FieldId::URL_DOMAIN),
        (b"user-agent", FieldId::USER_AGENT),
        (b"referer", FieldId::HTTP_REFERRER),
        (b"cookie", FieldId::HTTP_COOKIE),
        (b"content-type", FieldId::HTTP_CONTENT_TYPE),
        (b"x-forwarded-for", FieldId::NETWORK_FORWARDED_IP),
    ];
    let (_, field) = known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    Some(if field == FieldId::NETWORK_FORWARDED_IP {
        Header::Forwarded
    } else {
        Header::Field(field)
    })
}
