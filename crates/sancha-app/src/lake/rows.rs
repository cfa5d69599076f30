//! Rows of a lake as people and programs read them.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use sancha_lake::{Answer, FileRow, RowsFile, Value};
use sancha_model::EventTime;
use sancha_normalize::readable;
use sancha_report::{csv_row, visible};

/// Columns of CSV, after time, source and line, before the line itself.
const CSV_COLUMNS: [&str; 12] = [
    "host_name",
    "source_ip",
    "source_port",
    "user_name",
    "event_action",
    "event_outcome",
    "process_name",
    "http_method",
    "url_path",
    "url_query",
    "http_status",
    "http_response_bytes",
];

/// One JSON object in one line: time, source, line, every value that is there, and the line itself.
pub fn write_json_row(out: &mut Vec<u8>, answer: &Answer<'_>) {
    let mut object = serde_json::Map::new();
    if let Some(time) = answer.hit.time() {
        object.insert("time".to_owned(), time.to_string().into());
    }
    object.insert("source".to_owned(), answer.source.into());
    object.insert("line".to_owned(), answer.hit.number.into());
    for (name, value) in answer.hit.values() {
        let value = match value {
            Value::Int(value) => value.into(),
            Value::Text(value) => value.as_ref().into(),
        };
        object.insert(name.to_owned(), value);
    }
    object.insert("raw".to_owned(), raw(answer).as_ref().into());
    // An object of texts and numbers has a JSON form.
    let _ = serde_json::to_writer(&mut *out, &object);
    out.push(b'\n');
}

pub fn write_csv_head(out: &mut String) {
    let names = ["time", "source", "line"].into_iter().chain(CSV_COLUMNS).chain(["raw"]);
    csv_row(out, names.map(Cow::Borrowed));
}

/// One row of CSV; a cell that a spreadsheet would take for a formula becomes text.
pub fn write_csv_row(out: &mut String, answer: &Answer<'_>) {
    let time = answer.hit.time().map(|time| time.to_string()).unwrap_or_default();
    let values: Vec<_> = answer.hit.values().collect();
    let value = |name: &str| match values.iter().find(|(column, _)| *column == name) {
        Some((_, Value::Int(value))) => Cow::Owned(value.to_string()),
        Some((_, Value::Text(value))) => Cow::Borrowed(value.as_ref()),
        None => Cow::Borrowed(""),
    };
    let number = Cow::Owned(answer.hit.number.to_string());
    let first = [Cow::Owned(time), Cow::Borrowed(answer.source), number];
    csv_row(out, first.into_iter().chain(CSV_COLUMNS.map(value)).chain([raw(answer)]));
}

/// Time, source and the line, for a terminal.
pub fn write_table_row(out: &mut Vec<u8>, answer: &Answer<'_>, zone: &jiff::tz::TimeZone) {
    let time = answer.hit.time().map(|time| time.display_in(zone)).unwrap_or_default();
    let text = format!("{time:26}  {}:{}  ", visible(answer.source), answer.hit.number);
    out.extend_from_slice(text.as_bytes());
    if answer.hit.has_values && answer.hit.line.contains(&0) {
        // A record of a fixed size, such as those of btmp: what was read of it.
        let fields = answer.hit.values().map(|(name, value)| match value {
            Value::Int(number) => format!("{name}={number}"),
            Value::Text(text) => format!("{name}={text}"),
        });
        out.extend_from_slice(visible(&fields.collect::<Vec<_>>().join(" ")).as_bytes());
    } else {
        out.extend_from_slice(visible(&raw(answer)).as_bytes());
    }
    out.push(b'\n');
}

/// Adds a row to a Parquet file.
///
/// # Errors
/// When the file cannot be written.
pub fn push_row<W: Write + Send>(file: &mut RowsFile<W>, answer: &Answer<'_>) -> io::Result<()> {
    file.push(FileRow {
        time: answer.hit.time(),
        source: answer.source,
        line: answer.hit.number,
        values: answer.hit.values().collect(),
        raw: &raw(answer),
    })
}

/// Adds a row that [`write_json_row`] wrote.
///
/// # Errors
/// When it is none, or the file cannot be written.
pub fn push_json_row<W: Write + Send>(file: &mut RowsFile<W>, json: &[u8]) -> io::Result<()> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(json)?;
    let text = |name: &str| object.get(name).and_then(serde_json::Value::as_str);
    let time = text("time").and_then(|time| time.parse().ok()).map(EventTime::from_timestamp);
    let values = object.iter().filter_map(|(name, value)| match value {
        serde_json::Value::String(text) => Some((name.as_str(), Value::Text(text.into()))),
        other => other.as_i64().map(|value| (name.as_str(), Value::Int(value))),
    });
    file.push(FileRow {
        time,
        source: text("source").unwrap_or_default(),
        line: object.get("line").and_then(serde_json::Value::as_u64).unwrap_or_default(),
        values: values.collect(),
        raw: text("raw").unwrap_or_default(),
    })
}

fn raw<'a>(answer: &'a Answer<'_>) -> Cow<'a, str> {
    let line = answer.hit.line;
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    readable(line.strip_suffix(b"\r").unwrap_or(line))
}
