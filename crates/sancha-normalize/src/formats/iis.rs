use sancha_model::{Civil, EventClass, FieldId, ParseNoteKind, RowWriter};

use super::access;
use crate::{
    FileContext, Fit, Format, Head, Scratch, client, encoding, scan,
    stamp::{self, Stamp},
};

/// Access logs of IIS in the W3C form (Microsoft, "W3C Extended Log File Format"), in UTC. Lines are read
/// without their `#Fields:`, which a file states once: the order of the fields that IIS offers is fixed, and
/// those that a site may add between them are told by their shape.
pub struct Iis;

pub(super) static IIS: Iis = Iis;

impl Format for Iis {
    fn name(&self) -> &str {
        "web/iis"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        let begun = std::cell::Cell::new(false);
        head.share(|line| {
            let fits = Entry::read(line).is_some();
            begun.set(begun.get() || fits);
            fits || line.starts_with(b"#")
        });
        // A file of comments alone is none.
        if !begun.get() {
            return Fit::No;
        }
        head.share(|line| line.starts_with(b"#") || Entry::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(entry) = Entry::read(line) else {
            if !line.starts_with(b"#") {
                row.note(ParseNoteKind::NotThisFormat, line);
            }
            return row.text(FieldId::MESSAGE, line);
        };
        row.class(EventClass::Web);
        let (time, assumed) = match scratch.stated(context, entry.time, 0) {
            Some(time) => time,
            None => return row.note(ParseNoteKind::BadTime, line),
        };
        row.time(time, assumed);
        client::write(row, context, entry.client, b"");
        row.text(FieldId::HTTP_METHOD, entry.method);
        access::target_of(row, (entry.path, entry.query), scratch);
        if let Some(status) = scan::number(entry.status) {
            row.int(FieldId::HTTP_STATUS, entry.status, status);
        }
        if entry.user != b"-" {
            row.text(FieldId::USER_NAME, entry.user);
        }
        spaced(row, FieldId::USER_AGENT, entry.agent, scratch);
        if entry.referer != b"-" && !entry.referer.is_empty() {
            row.text(FieldId::HTTP_REFERRER, entry.referer);
        }
    }
}

struct Entry<'a> {
    time: Civil,
    method: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
    user: &'a [u8],
    client: &'a [u8],
    agent: &'a [u8],
    referer: &'a [u8],
    status: &'a [u8],
}

impl<'a> Entry<'a> {
    /// `date time [s-sitename s-computername] s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip
    /// [cs-version] cs(User-Agent) [cs(Cookie) cs(Referer) cs-host] sc-status sc-substatus sc-win32-status …`.
    fn read(line: &'a [u8]) -> Option<Self> {
        let (stamp, rest) = stamp::iso(line)?;
        let Stamp::Local(time) = stamp else { return None };
        let mut words = rest.strip_prefix(b" ")?.split(|byte| *byte == b' ');
        let is_method = |word: &&[u8]| {
            (3..=20).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase)
        };
        // An upper-case site or computer name has no address before it.
        let mut server = words.next()?;
        let mut method = words.next()?;
        for _ in 0..2 {
            if scan::address(server).is_some() && is_method(&method) {
                break;
            }
            (server, method) = (method, words.next()?);
        }
        scan::address(server).filter(|_| is_method(&method))?;
        let (path, query) = (words.next()?, words.next()?);
        scan::number(words.next()?)?;
        let (user, client) = (words.next()?, words.next()?);
        scan::address(client).filter(|_| path.starts_with(b"/"))?;
        let agent = words.find(|word| !word.starts_with(b"HTTP/"))?;
        let mut referer: &[u8] = b"";
        let status = loop {
            let word = words.next()?;
            if word.len() == 3 && scan::number(word).is_some() {
                break word;
            }
            if word.starts_with(b"http") || referer.is_empty() {
                referer = word;
            }
        };
        Some(Self { time, method, path, query, user, client, agent, referer, status })
    }
}

/// IIS writes blanks as `+`.
fn spaced(row: &mut RowWriter<'_>, field: FieldId, text: &[u8], scratch: &mut Scratch) {
    if text == b"-" {
        return;
    }
    if !text.contains(&b'+') {
        return row.text(field, text);
    }
    let mut shown = std::mem::take(&mut scratch.text);
    shown.clear();
    shown.extend(text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }));
    row.decoded(field, text, &shown);
    scratch.text = shown;
}
