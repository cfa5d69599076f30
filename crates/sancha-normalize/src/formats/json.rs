mod cells;
mod cloud;
mod habit;
mod jumpserver;
mod kubernetes;
mod time;
mod top;
mod windows;

use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use super::{access, syslog};
use crate::{
    FileContext, Fit, Format, Head, Scratch, daemon, encoding,
    json::{Kind, Tape, Value},
};
pub(super) use cells::cell;
use habit::{Habit, by_habit, target_of};
pub(crate) use jumpserver::said as jumpserver;
pub(crate) use time::epoch;
pub(super) use time::set_time;
use time::{TIMES, top_time};
use top::Top;

/// JSON lines of any shape: the Elastic Common Schema, Windows events, applications' own.
///
/// A name becomes a cell when the run knows it as a field: by its dotted path, or by its last part
/// where events keep their data one level down. All else stays in the line. Common names of web and
/// login logs are taken for the fields they mean.
pub struct JsonLines;

pub(super) static JSON_LINES: JsonLines = JsonLines;

impl Format for JsonLines {
    fn name(&self) -> &str {
        "json/lines"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| {
            let line = encoding::without_mark(line);
            line.first() == Some(&b'{')
                && Tape::default().read(line).is_some_and(|value| value.kind() == Kind::Object)
        })
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = row.line();
        let mut tape = std::mem::take(&mut scratch.tape);
        // The second byte of a GB18030 character may be a backslash: such lines are decoded first.
        let foreign = encoding::foreign(line);
        let read = tape.read(encoding::without_mark(foreign.as_deref().unwrap_or(line)));
        match read.filter(|value| value.kind() == Kind::Object) {
            Some(value) => {
                if !event(row, value, context, scratch) {
                    refused(row, line);
                }
            }
            None => {
                row.note(ParseNoteKind::NotThisFormat, line);
                row.text(FieldId::MESSAGE, line);
                let _ = daemon::read(row, b"", line);
            }
        }
        scratch.tape = tape;
    }
}

/// Whether a line is an event of Windows as JSON.
pub(super) fn is_windows_event(line: &[u8]) -> bool {
    let line = encoding::without_mark(line);
    line.first() == Some(&b'{') && Tape::default().read(line).is_some_and(windows::is_event)
}

/// What an application says of a login or request that it refused; events of Windows and of agents say
/// it in fields.
fn refused(row: &mut RowWriter<'_>, line: &[u8]) {
    let request = row.has(FieldId::HTTP_METHOD) && row.has(FieldId::HTTP_STATUS);
    if !request
        && !row.has(FieldId::EVENT_ACTION)
        && !row.has(FieldId::EVENT_OUTCOME)
        && memchr::memmem::find(line, b"EventID").is_none()
    {
        let _ = daemon::read(row, b"", line);
    }
}

/// An object inside a line of another format.
pub(super) fn embedded(
    row: &mut RowWriter<'_>,
    text: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) -> Option<()> {
    let mut tape = std::mem::take(&mut scratch.tape);
    let value = tape.read(text).filter(|value| value.kind() == Kind::Object);
    let read = value.map(|value| event(row, value, context, scratch));
    scratch.tape = tape;
    if read != Some(true) {
        refused(row, text);
    }
    read.map(drop)
}

/// Members deeper than this get no cells; lists are no level. Records of Kubernetes have twelve.
const LEVELS: usize = 32;

/// Paths go on to here: no field's name is longer, and every value of a line may have a long one that is looked through.
const LONGEST_PATH: usize = 256;

/// More cells than this a line does not get: a list of a hundred thousand names is no event.
const MOST_CELLS: usize = 1_000;

/// Reads an object. Whether a program's line that it carries said what there is to say.
fn event(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) -> bool {
    let top = fields(row, value, context, scratch);
    let line = top.line.filter(|_| !row.has(FieldId::HTTP_METHOD));
    if line.is_some_and(|line| carried(row, line, context, scratch)) {
        return true;
    }
    let is_nested = top.habits.iter().flatten().any(|(h, _)| matches!(h, Habit::Members(_)));
    row.class(class(row, top.category, is_nested));
    if top.windows {
        let _ = windows::read(row, value, scratch);
    }
    if top.cloud {
        let asked = kubernetes::read(row, value, context, scratch);
        let told =
            cloud::login(row, value, scratch).or_else(|| jumpserver::read(row, value, scratch));
        if let (Some(asked), None) = (asked, told) {
            asked.write(row, scratch);
        }
    }
    false
}

fn fields<'v>(
    row: &mut RowWriter<'_>,
    value: Value<'v>,
    context: &FileContext,
    scratch: &mut Scratch,
) -> Top<'v> {
    let mut path = std::mem::take(&mut scratch.path);
    path.clear();
    scratch.budget = MOST_CELLS;
    if let Some((plain, _)) = scratch.unnamed {
        // Says that every value has a cell.
        row.text(plain, &[]);
    }
    let mut top = Top::default();
    // Exports of a search put the event itself one level down.
    let source = value.members().find(|(name, _)| name.raw() == b"_source").map(|(_, v)| v);
    let value = source.filter(|inner| inner.kind() == Kind::Object).unwrap_or(value);
    for (name, value) in value.members() {
        top.note(name.raw(), value);
        extend(&mut path, name.raw());
        known(row, value, &mut path, LEVELS, scratch);
        path.clear();
    }
    scratch.path = path;
    if let Some((rank, value)) = top.time {
        top_time(row, TIMES.get(rank).copied(), value, context, scratch);
    }
    for (habit, value) in top.habits.into_iter().take(top.count).flatten() {
        match habit {
            Habit::Field(FieldId::URL_ORIGINAL) => target_of(row, value, top.query, scratch),
            habit => by_habit(row, habit, value, scratch),
        }
    }
    if let Some(value) = top.computer {
        by_habit(row, Habit::Field(FieldId::HOST_NAME), value, scratch);
    }
    if let Some(value) = top.path {
        target_of(row, value, top.query, scratch);
    }
    // Of a server's own address and a client's, which came first does not matter.
    if let Some(value) = top.address {
        by_habit(row, Habit::Field(FieldId::SOURCE_IP), value, scratch);
    }
    top
}

/// A line that a container, a forwarder or a collector put into one text: an access log's, an object, or a program's
/// line of syslog. Whether it is the last of these.
fn carried(
    row: &mut RowWriter<'_>,
    line: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) -> bool {
    let mut is_syslog = false;
    let mut buffer = std::mem::take(&mut scratch.carried);
    let text = line.text(&mut buffer).trim_ascii_end();
    if text.starts_with(b"{") {
        let mut tape = std::mem::take(&mut scratch.carried_tape);
        if let Some(inner) = tape.read(text).filter(|value| value.kind() == Kind::Object) {
            fields(row, inner, context, scratch);
        }
        scratch.carried_tape = tape;
    } else if !access::inner(row, text, context, scratch) {
        is_syslog = syslog::inner(row, text, scratch);
    }
    scratch.carried = buffer;
    is_syslog
}

fn members(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    path: &mut Vec<u8>,
    levels: usize,
    scratch: &mut Scratch,
) {
    for (name, value) in value.members() {
        let before = path.len();
        extend(path, b".");
        extend(path, name.raw());
        known(row, value, path, levels, scratch);
        path.truncate(before);
    }
}

fn extend(path: &mut Vec<u8>, name: &[u8]) {
    let room = LONGEST_PATH.saturating_sub(path.len());
    path.extend_from_slice(name.get(..room).unwrap_or(name));
}

fn known(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    path: &mut Vec<u8>,
    levels: usize,
    scratch: &mut Scratch,
) {
    match value.kind() {
        Kind::Object if levels > 0 => {
            // A rule may look at an object as a whole, or ask whether it is there.
            if let Some(field) = field_of(path, scratch)
                && scratch.budget > 0
            {
                scratch.budget -= 1;
                row.text(field, value.raw());
            }
            if named_data(row, value, levels, scratch) {
                return;
            }
            members(row, value, path, levels - 1, scratch);
        }
        Kind::Array if levels > 0 => {
            for element in value.elements() {
                known(row, element, path, levels, scratch);
            }
        }
        Kind::Object | Kind::Array | Kind::Null => (),
        kind => match field_of(path, scratch) {
            Some(field) => {
                if scratch.budget > 0 {
                    scratch.budget -= 1;
                    cell(row, field, value, scratch);
                }
            }
            None => unnamed(row, kind, value, scratch),
        },
    }
}

/// A value that no rule names, where the rules of the run look at all there is.
fn unnamed(row: &mut RowWriter<'_>, kind: Kind, value: Value<'_>, scratch: &Scratch) {
    let Some((plain, escaped)) = scratch.unnamed else { return };
    match kind {
        Kind::Text { escaped: true } => row.text(escaped, value.raw()),
        Kind::Text { escaped: false } => row.text(plain, value.raw()),
        Kind::Number | Kind::True | Kind::False | Kind::Null | Kind::Object | Kind::Array => (),
    }
}

/// The field of a path: by the whole path, else by its last part where events keep their data below.
fn field_of(path: &[u8], scratch: &Scratch) -> Option<FieldId> {
    let found = scratch.names.find_spaced(path);
    if found.is_some() || memchr::memchr(b'.', path).is_none() {
        return found;
    }
    scratch.names.find_spaced(event_data(path)?)
}

/// `{"@Name": "Image", "#text": "…"}`, as XML's `<Data Name="Image">` becomes where names are kept.
fn named_data(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    levels: usize,
    scratch: &mut Scratch,
) -> bool {
    let Some((_, text)) = value.members().find(|(name, _)| name.raw() == b"#text") else {
        return false;
    };
    let attributes = value.members().find(|(name, _)| name.raw() == b"#attributes");
    let name = member(value, &[b"@Name", b"Name"])
        .or_else(|| member(attributes.map(|(_, inner)| inner)?, &[b"Name"]));
    let Some(name) = name else { return false };
    let mut path = Vec::new();
    extend(&mut path, name);
    known(row, text, &mut path, levels - 1, scratch);
    true
}

fn member<'v>(value: Value<'v>, names: &[&[u8]]) -> Option<&'v [u8]> {
    let found = value.members().find(|(name, _)| names.contains(&name.raw()));
    found.map(|(_, value)| value.raw())
}

/// `CommandLine` of `winlog.event_data.CommandLine` and its like: rules name only the last part.
fn event_data(path: &[u8]) -> Option<&[u8]> {
    // What XML calls the text of an element belongs to the element.
    let path = path.strip_suffix(b".#text").unwrap_or(path);
    for provider in [&b"Provider.#attributes.Name"[..], b"Provider.@Name", b"Provider.Name"] {
        if path.ends_with(provider) {
            return Some(b"Provider_Name");
        }
    }
    let at = memchr::memrchr(b'.', path)?;
    let (parents, name) = path.split_at_checked(at)?;
    let holders: [&[u8]; 7] = [
        b"event_data",
        b"EventData",
        b"System",
        b"user_data",
        b"UserData",
        b"winlog",
        b"auditd.data",
    ];
    let is_below = holders.iter().any(|holder| parents.ends_with(holder))
        || memchr::memmem::find(parents, b"UserData.").is_some();
    is_below.then_some(name.get(1..)?)
}

/// What the line tells of: by its ECS category, else by the fields it has.
fn class(row: &RowWriter<'_>, category: Option<Value<'_>>, is_nested: bool) -> EventClass {
    let first = category.map(|value| value.elements().next().unwrap_or(value).raw());
    match first.unwrap_or(b"") {
        b"authentication" => EventClass::Authentication,
        b"session" => EventClass::Session,
        b"process" => EventClass::Process,
        b"file" => EventClass::File,
        b"iam" => EventClass::Account,
        b"database" => EventClass::Database,
        _ if row.has(FieldId::HTTP_METHOD) && row.has(FieldId::URL_ORIGINAL) => EventClass::Web,
        // Azure's firewall names no method.
        _ if is_nested && row.has(FieldId::URL_ORIGINAL) && row.has(FieldId::SOURCE_IP) => {
            EventClass::Web
        }
        _ => EventClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, Fields};

    use super::*;
    use crate::{Formats, normalize};

    #[test]
    fn a_long_name_is_not_looked_through_for_each_of_its_members() {
        // Half a megabyte of name above 50,000 members: gigabytes, were they looked through.
        let name = "x.".repeat(250_000);
        let members = "\"a\":1,".repeat(50_000);
        let line = format!(
            "{{\"{name}\":{{{members}\"b\":2}},\"winlog\":{{\"event_data\":{{\"Image\":\"c\"}}}}}}"
        );
        let formats = Formats::new(Vec::new());
        let image = Arc::new(Fields::new(["Image"]));
        let field = image.iter().find(|(name, _)| *name == "Image").unwrap().1;
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, image);
        let mut scratch = Scratch::new(&context);
        let mut batch = Batch::default();
        batch.raw = line.into_bytes();
        let format = formats.named("json/lines").unwrap();
        normalize(&mut batch, &formats, format, &context, &mut scratch);
        assert_eq!(batch.events().next().unwrap().field_text(field), b"c");
        assert!(scratch.path.capacity() <= 2 * LONGEST_PATH);
    }
}
