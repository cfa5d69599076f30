//! The exact form: `[[allow]]` entries in TOML, each with a scope, a reason, an owner and a period.

use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};
use sancha_model::{EventTime, LocalText, Scenario, Text};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    AllowError,
    entry::{Entry, Scope},
    pattern::Pattern,
};
use crate::texts;

const KEYS: [&str; 10] = [
    "rules",
    "scenarios",
    "hosts",
    "paths",
    "fields",
    "sources",
    "reason",
    "owner",
    "from",
    "until",
];

/// # Errors
/// Every fault, in the order of the file.
pub(super) fn read(text: &str, zone: &TimeZone) -> Result<Vec<Entry>, Vec<AllowError>> {
    let mut reader = Reader { text, zone, errors: Vec::new() };
    let (table, faults) = DeTable::parse_recoverable(text);
    for fault in &faults {
        let start = fault.span().map_or(0, |span| span.start);
        reader.fault(start, &texts::ALLOW_TOML, &[("why", fault.message())]);
    }
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        match value.get_ref().as_array() {
            Some(list) if key.get_ref() == "allow" => {
                entries.extend(list.iter().map(|entry| reader.entry(entry)));
            }
            _ => reader.fault(key.span().start, &texts::ALLOW_KEY, &[("key", key.get_ref())]),
        }
    }
    let mut errors = reader.errors;
    errors.sort_by_key(|error| error.line);
    if errors.is_empty() { Ok(entries) } else { Err(errors) }
}

struct Reader<'a> {
    text: &'a str,
    zone: &'a TimeZone,
    errors: Vec<AllowError>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn fault(&mut self, offset: usize, text: &Text, values: &[(&str, &str)]) {
        let values: Vec<(&str, LocalText)> =
            values.iter().map(|(name, value)| (*name, LocalText::same(*value))).collect();
        let message = text.fill(&values);
        self.errors.push(AllowError { line: self.line(offset), message });
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn entry(&mut self, value: &Value<'_>) -> Entry {
        let start = value.span().start;
        let mut entry = Entry::new(self.line(start));
        let Some(table) = value.get_ref().as_table() else {
            self.fault(start, &texts::ALLOW_KEY, &[("key", "allow")]);
            return entry;
        };
        for (key, _) in table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.fault(key.span().start, &texts::ALLOW_KEY, &[("key", key.get_ref())]);
            }
        }
        entry.scope = self.scope(table);
        entry.reason = self.needed(table, start, "reason", &texts::ALLOW_REASON);
        entry.owner = self.needed(table, start, "owner", &texts::ALLOW_OWNER);
        entry.from = self.instant(table, start, "from", &texts::ALLOW_FROM, day_begins);
        entry.until = self.instant(table, start, "until", &texts::ALLOW_UNTIL, day_ends);
        if entry.from.zip(entry.until).is_some_and(|(from, until)| from >= until) {
            self.fault(start, &texts::ALLOW_PERIOD, &[]);
        }
        entry
    }

    fn scope(&mut self, table: &DeTable<'_>) -> Scope {
        let mut scope = Scope {
            rules: self.texts(table, "rules").into_iter().map(|(text, _)| text).collect(),
            ..Scope::default()
        };
        for (text, at) in self.texts(table, "scenarios") {
            let is_known = Scenario::ALL.iter().any(|scenario| {
                let id = scenario.id();
                id == text || id.split('.').next() == Some(text.as_str())
            });
            if !is_known {
                self.fault(at, &texts::ALLOW_SCENARIO, &[("text", &text)]);
            }
            scope.scenarios.push(text);
        }
        let hosts = self.texts(table, "hosts");
        scope.hosts = hosts.iter().map(|(text, _)| Pattern::lower(text)).collect();
        let paths = self.texts(table, "paths");
        scope.paths = paths.iter().map(|(text, _)| Pattern::new(text)).collect();
        for (text, at) in self.texts(table, "sources") {
            match text.parse() {
                Ok(range) => scope.sources.push((text, range)),
                Err(_) => self.fault(at, &texts::ALLOW_ADDRESS, &[("text", &text)]),
            }
        }
        scope.fields = self.fields(table);
        scope
    }

    fn fields(&mut self, table: &DeTable<'_>) -> Vec<(String, Pattern)> {
        let Some(value) = table.get("fields") else { return Vec::new() };
        let Some(fields) = value.get_ref().as_table() else {
            self.fault(value.span().start, &texts::ALLOW_FIELDS, &[]);
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, value) in fields {
            match value.get_ref().as_str() {
                Some(text) => read.push((name.get_ref().to_string(), Pattern::new(text))),
                None => self.fault(value.span().start, &texts::ALLOW_FIELDS, &[]),
            }
        }
        read
    }

    /// A list of texts, or one text, with their places.
    fn texts(&mut self, table: &DeTable<'_>, key: &'static str) -> Vec<(String, usize)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let one = |value: &Value<'_>| {
            let text = value.get_ref().as_str().filter(|text| !text.trim().is_empty())?;
            Some((text.trim().to_owned(), value.span().start))
        };
        let list = match value.get_ref().as_array() {
            Some(items) => items.iter().map(one).collect::<Option<Vec<_>>>(),
            None => one(value).map(|text| vec![text]),
        };
        match list {
            Some(list) if !list.is_empty() => list,
            _ => {
                self.fault(value.span().start, &texts::ALLOW_LIST, &[("key", key)]);
                Vec::new()
            }
        }
    }

    fn needed(
        &mut self,
        table: &DeTable<'_>,
        start: usize,
        key: &str,
        missing: &Text,
    ) -> Option<String> {
        let text = table.get(key).and_then(|value| value.get_ref().as_str()).map(str::trim);
        match text {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => {
                let at = table.get(key).map_or(start, |value| value.span().start);
                self.fault(at, missing, &[]);
                None
            }
        }
    }

    fn instant(
        &mut self,
        table: &DeTable<'_>,
        start: usize,
        key: &str,
        missing: &Text,
        day: fn(Date, &TimeZone) -> Option<EventTime>,
    ) -> Option<EventTime> {
        let value = table.get(key);
        let text = value.and_then(|value| match value.get_ref() {
            DeValue::Datetime(datetime) => Some(datetime.to_string()),
            other => other.as_str().map(str::to_owned),
        });
        let instant = text.and_then(|text| instant(&text, self.zone, day));
        if instant.is_none() {
            self.fault(value.map_or(start, |value| value.span().start), missing, &[]);
        }
        instant
    }
}

/// A day counts as a whole: `from` begins with it …
fn day_begins(day: Date, zone: &TimeZone) -> Option<EventTime> {
    civil(day.at(0, 0, 0, 0), zone)
}

/// … and `until` ends with it.
fn day_ends(day: Date, zone: &TimeZone) -> Option<EventTime> {
    day_begins(day.tomorrow().ok()?, zone)
}

fn instant(
    text: &str,
    zone: &TimeZone,
    day: fn(Date, &TimeZone) -> Option<EventTime>,
) -> Option<EventTime> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(EventTime::from_timestamp(timestamp));
    }
    if text.len() == "2026-01-31".len() {
        return day(text.parse().ok()?, zone);
    }
    civil(text.parse().ok()?, zone)
}

fn civil(time: DateTime, zone: &TimeZone) -> Option<EventTime> {
    zone.to_ambiguous_timestamp(time).compatible().ok().map(EventTime::from_timestamp)
}
