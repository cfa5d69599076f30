//! One event as an object of JSON, under the names that events of Windows have there.

use crate::{encoding, formats::journal, scan};

/// What the Event Viewer and `wevtutil` call a property, in English and in Chinese, and its name in an event.
const NAMES: [(&str, &str); 25] = [
    ("Date and Time", "TimeCreated"),
    ("日期和时间", "TimeCreated"),
    ("Date", "TimeCreated"),
    ("日期", "TimeCreated"),
    ("TimeGenerated", "TimeCreated"),
    ("Source", "Provider_Name"),
    ("来源", "Provider_Name"),
    ("源", "Provider_Name"),
    ("ProviderName", "Provider_Name"),
    ("Event ID", "EventID"),
    ("事件 ID", "EventID"),
    ("事件ID", "EventID"),
    ("Id", "EventID"),
    ("Log Name", "Channel"),
    ("日志名称", "Channel"),
    ("LogName", "Channel"),
    ("Computer", "Computer"),
    ("计算机", "Computer"),
    ("MachineName", "Computer"),
    ("Keywords", "Keywords"),
    ("关键字", "Keywords"),
    ("Task Category", "Task"),
    ("任务类别", "Task"),
    ("Description", "Message"),
    ("描述", "Message"),
];

/// The name in an event; others stay as they are.
pub(super) fn key(name: &str) -> &str {
    let name = name.trim();
    NAMES.iter().find(|(told, _)| *told == name).map_or(name, |(_, key)| key)
}

/// The object that is being written.
pub(super) struct Record<'l> {
    line: &'l mut Vec<u8>,
}

impl<'l> Record<'l> {
    pub(super) fn new(line: &'l mut Vec<u8>) -> Self {
        line.clear();
        Self { line }
    }

    /// A property; one without a value is none.
    pub(super) fn add(&mut self, key: &str, value: &[u8]) {
        if key.is_empty() || value.is_empty() {
            return;
        }
        let value = encoding::readable(value);
        match key {
            "TimeCreated" => self.member(key, &in_order(&value)),
            "Provider_Name" => {
                self.member(key, &value);
                // The one provider that writes the security log; a table does not name the log.
                if value == "Microsoft-Windows-Security-Auditing" {
                    self.member("Channel", "Security");
                }
            }
            key => self.member(key, &value),
        }
    }

    fn member(&mut self, key: &str, value: &str) {
        self.line.push(if self.line.is_empty() { b'{' } else { b',' });
        journal::json_value(key.as_bytes(), self.line);
        self.line.push(b':');
        journal::json_value(value.as_bytes(), self.line);
    }

    /// Closes the object; false when there is none.
    pub(super) fn end(self) -> bool {
        if self.line.is_empty() {
            return false;
        }
        self.line.push(b'}');
        true
    }
}

/// `2026/11/16 9:00:05`, `11/16/2026 9:00:05 PM` or `16.11.2026 09:00:05` as ISO 8601 has it; another text as it is.
///
/// Where the year is last, the month is first if the clock has halves of a day, as in America, or if what is second
/// can be no month.
fn in_order(text: &str) -> String {
    ordered(text.as_bytes()).unwrap_or_else(|| text.to_owned())
}

fn ordered(text: &[u8]) -> Option<String> {
    let (first, rest) = scan::digits(text);
    let (mark, rest) = rest.split_first()?;
    let (second, rest) = scan::digits(rest);
    let rest = rest.strip_prefix(std::slice::from_ref(mark))?;
    let (third, rest) = scan::digits(rest);
    let (hour, rest) = scan::digits(rest.trim_ascii_start());
    let (minute, rest) = scan::digits(rest.strip_prefix(b":")?);
    let (second_of, rest) = scan::digits(rest.strip_prefix(b":")?);
    let number = |digits: &[u8]| scan::number(digits);
    let (first, middle, last) = (number(first)?, number(second)?, number(third)?);
    let half = rest.trim_ascii();
    let is_half = half.eq_ignore_ascii_case(b"AM") || half.eq_ignore_ascii_case(b"PM");
    if !matches!(mark, b'/' | b'.' | b'-') || !(half.is_empty() || is_half) {
        return None;
    }
    let (year, month, day) = match (third.len(), is_half || middle > 12) {
        (4, true) => (last, first, middle),
        (4, false) => (last, middle, first),
        _ => (first, middle, last),
    };
    let mut hour = number(hour)?;
    if is_half {
        hour = hour % 12 + if half.eq_ignore_ascii_case(b"PM") { 12 } else { 0 };
    }
    let (minute, second_of) = (number(minute)?, number(second_of)?);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second_of:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_countries_write_them() {
        for (told, want) in [
            ("2026/11/16 9:00:05", "2026-11-16T09:00:05"),
            ("2026-11-16 09:00:05", "2026-11-16T09:00:05"),
            ("11/16/2026 12:00:05 AM", "2026-11-16T00:00:05"),
            ("4/3/2026 1:02:03 pm", "2026-04-03T13:02:03"),
            ("03/04/2026 13:02:03", "2026-04-03T13:02:03"),
            ("16.11.2026 09:00:05", "2026-11-16T09:00:05"),
            ("11/16/2026 09:00:05", "2026-11-16T09:00:05"),
            ("2026-11-16T01:00:00.0000000Z", "2026-11-16T01:00:00.0000000Z"),
            ("yesterday", "yesterday"),
            ("", ""),
        ] {
            assert_eq!(in_order(told), want, "{told}");
        }
    }
}
