mod record;

use sancha_model::{Framing, RowWriter};

use super::json::JSON_LINES;
use crate::{FileContext, Fit, Format, Head, Scratch, encoding, scan};
use record::Record;

/// Windows events as tables and as text: what the Event Viewer and `Export-Csv` save as CSV, and what `wevtutil`
/// prints, in English or in Chinese. An event's message goes over many lines; each event is read as JSON.
pub struct WindowsExport;

pub(super) static WINDOWS_EXPORT: WindowsExport = WindowsExport;

impl Format for WindowsExport {
    fn name(&self) -> &str {
        "windows/export"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        if is_printed(head.bytes) || table(head.bytes).is_some() {
            Fit::Share(100)
        } else {
            Fit::No
        }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JSON_LINES.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        if is_printed(file) {
            printed(file, each);
            return Ok(());
        }
        let Some((columns, begin)) = table(file) else { return Ok(()) };
        let (mut at, mut line) = (begin, Vec::new());
        while let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) {
            let (cells, length) = cells(rest).ok_or(at as u64)?;
            let mut record = Record::new(&mut line);
            for (column, cell) in columns.iter().zip(&cells) {
                record.add(column, cell);
            }
            if record.end() {
                each(at as u64, &line);
            }
            at += length;
        }
        Ok(())
    }
}

/// A byte order mark, and the line in which PowerShell names the type.
fn preamble(file: &[u8]) -> usize {
    let rest = encoding::without_mark(file);
    let mark = file.len() - rest.len();
    if !rest.starts_with(b"#TYPE ") {
        return mark;
    }
    mark + memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)
}

/// The columns of a table of events, and where its rows begin. The Event Viewer gives the last one, the message, no
/// name.
fn table(file: &[u8]) -> Option<(Vec<String>, usize)> {
    let begin = preamble(file);
    let head = file.get(begin..)?;
    let first = head.get(..head.len().min(4096))?;
    let (cells, length) = cells(first)?;
    let mut columns: Vec<String> =
        cells.iter().map(|cell| record::key(&encoding::readable(cell)).to_owned()).collect();
    let has = |names: &[&str]| names.iter().any(|name| columns.iter().any(|c| c == name));
    let is_viewer = has(&["EventID"]) && has(&["TimeCreated"]) && has(&["Provider_Name"]);
    let is_powershell = has(&["Message"]) && has(&["EventID", "InstanceId"]);
    if is_viewer && !has(&["Message"]) {
        columns.push("Message".to_owned());
    }
    (is_viewer || is_powershell).then_some((columns, begin + length))
}

/// The cells of a record of CSV (RFC 4180) and how long it is with its line end. Nothing for a quote that is
/// not closed.
fn cells(text: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    let (mut cells, mut cell, mut at) = (Vec::new(), Vec::new(), 0);
    loop {
        if text.get(at) == Some(&b'"') {
            at = quoted(text, at + 1, &mut cell)?;
        }
        match text.get(at) {
            Some(b',') => cells.push(std::mem::take(&mut cell)),
            Some(b'\n') | None => {
                if cell.ends_with(b"\r") {
                    cell.pop();
                }
                cells.push(cell);
                return Some((cells, (at + 1).min(text.len())));
            }
            Some(byte) => cell.push(*byte),
        }
        at += 1;
    }
}

/// Reads to the quote that closes; returns the place after it. Two quotes are one.
fn quoted(text: &[u8], from: usize, cell: &mut Vec<u8>) -> Option<usize> {
    let mut at = from;
    loop {
        let length = memchr::memchr(b'"', text.get(at..)?)?;
        cell.extend_from_slice(text.get(at..at + length)?);
        at += length + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        cell.push(b'"');
        at += 1;
    }
}

/// `Event[0]:`, or without the colon as newer ones print it.
fn is_printed(file: &[u8]) -> bool {
    let text = file.get(preamble(file)..).unwrap_or_default().trim_ascii_start();
    opens(scan::until(text, b'\n').map_or(text, |(line, _)| line))
}

fn opens(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let line = line.strip_suffix(b":").unwrap_or(line);
    let number = line.strip_prefix(b"Event[").and_then(|rest| rest.strip_suffix(b"]"));
    number.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// What `wevtutil qe /f:text` prints: a line for each property, the message last.
fn printed(file: &[u8], each: &mut dyn FnMut(u64, &[u8])) {
    let (mut at, mut begin, mut line) = (0, None, Vec::new());
    while at < file.len() {
        let rest = file.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        if opens(rest.get(..length).unwrap_or(rest)) {
            print(file, begin.replace(at), at, &mut line, each);
        }
        at += length;
    }
    print(file, begin, file.len(), &mut line, each);
}

fn print(
    file: &[u8],
    begin: Option<usize>,
    end: usize,
    line: &mut Vec<u8>,
    each: &mut dyn FnMut(u64, &[u8]),
) {
    let Some((begin, text)) = begin.and_then(|at| Some((at, file.get(at..end)?))) else { return };
    let mut record = Record::new(line);
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let mut read = 0;
    for property in &mut lines {
        read += property.len();
        let Some((name, value)) = scan::until(property.trim_ascii(), b':') else { continue };
        let name = encoding::readable(name);
        let column = record::key(&name);
        if column == "Message" {
            record.add(column, text.get(read..).unwrap_or_default().trim_ascii());
            break;
        }
        record.add(column, value.trim_ascii());
    }
    if record.end() {
        each(begin as u64, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(file: &[u8]) -> (Vec<(u64, String)>, Result<(), u64>) {
        let mut lines = Vec::new();
        let each =
            &mut |at: u64, line: &[u8]| lines.push((at, String::from_utf8(line.to_vec()).unwrap()));
        let end = WINDOWS_EXPORT.render(file, each);
        (lines, end)
    }

    #[test]
    fn rows_of_the_event_viewer_in_both_languages() {
        let english = "\u{feff}\"Keywords\",\"Date and Time\",\"Source\",\"Event ID\",\"Task Category\"\r\n\
                       Audit Failure,11/16/2026 9:00:05 PM,Microsoft-Windows-Security-Auditing,4625,Logon,\
                       \"An account \"\"x\"\"\r\n failed.\"\r\n";
        let want = "{\"Keywords\":\"Audit Failure\",\"TimeCreated\":\"2026-11-16T21:00:05\",\
                    \"Provider_Name\":\"Microsoft-Windows-Security-Auditing\",\"Channel\":\"Security\",\
                    \"EventID\":\"4625\",\"Task\":\"Logon\",\
                    \"Message\":\"An account \\\"x\\\"\\u000d\\n failed.\"}";
        let at = english.find("Audit").unwrap() as u64;
        assert_eq!(rendered(english.as_bytes()), (vec![(at, want.to_owned())], Ok(())));

        let chinese = "关键字,日期和时间,来源,事件 ID,任务类别\n\
                       审核失败,2026/11/16 9:00:05,Microsoft-Windows-Security-Auditing,4625,Logon,\"帐户登录失败。\"\n";
        let want = "{\"Keywords\":\"审核失败\",\"TimeCreated\":\"2026-11-16T09:00:05\",\
                    \"Provider_Name\":\"Microsoft-Windows-Security-Auditing\",\"Channel\":\"Security\",\
                    \"EventID\":\"4625\",\"Task\":\"Logon\",\"Message\":\"帐户登录失败。\"}";
        let gbk = encoding::gb18030_of(chinese).unwrap();
        for file in [chinese.as_bytes(), &gbk] {
            let (lines, end) = rendered(file);
            assert_eq!(lines.first().map(|(_, line)| line.as_str()), Some(want));
            assert!(end.is_ok());
        }
    }

    #[test]
    fn what_wevtutil_prints() {
        let file = "Event[0]:\r\n  Log Name: Security\r\n  Date: 2026-11-16T01:00:00.000\r\n  \
                    Event ID: 4625\r\n  Description: \r\nAn account failed.\r\n\tName:\tx\r\n\r\n\
                    Event[1]\n  Log Name: System\n";
        let first = "{\"Channel\":\"Security\",\"TimeCreated\":\"2026-11-16T01:00:00.000\",\
                     \"EventID\":\"4625\",\"Message\":\"An account failed.\\u000d\\n\\u0009Name:\\u0009x\"}";
        let second = file.find("Event[1]").unwrap() as u64;
        let want = vec![(0, first.to_owned()), (second, "{\"Channel\":\"System\"}".to_owned())];
        assert_eq!(rendered(file.as_bytes()), (want, Ok(())));
    }

    #[test]
    fn a_row_that_breaks_off_is_named() {
        let file = b"\"Message\",\"Id\"\n\"a\",\"1\"\n\"b";
        let want = vec![(15, "{\"Message\":\"a\",\"EventID\":\"1\"}".to_owned())];
        assert_eq!(rendered(file), (want, Err(23)));
    }

    #[test]
    fn other_tables_are_none() {
        let fits =
            |file: &str| WINDOWS_EXPORT.probe(&Head::of(file.as_bytes(), "x.csv")) != Fit::No;
        assert!(fits("#TYPE System.Diagnostics.EventLogEntry\n\"EventID\",\"Message\"\n"));
        assert!(!fits("time,source,message\n"));
        assert!(!fits("Event[x]:\n"));
        assert!(!fits(""));
    }
}
