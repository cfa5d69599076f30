use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use sancha_model::{EventTime, Lang, LocalText, Text};

use crate::texts;

/// How times, numbers and texts look on this page.
pub(crate) struct Format<'a> {
    pub(crate) lang: Lang,
    pub(crate) zone: &'a TimeZone,
}

impl Format<'_> {
    pub(crate) fn text(&self, text: &LocalText) -> String {
        text.get(self.lang).to_owned()
    }

    pub(crate) fn label(&self, text: &Text) -> String {
        text.get(self.lang).to_owned()
    }

    pub(crate) fn fill<const N: usize>(
        &self,
        text: &Text,
        values: [(&'static str, String); N],
    ) -> String {
        let values = values.map(|(name, value)| (name, LocalText::same(value)));
        self.text(&text.fill(&values))
    }

    /// `2026-03-05 03:14:15`; the zone is named once, at the head of the report.
    pub(crate) fn when(&self, time: EventTime) -> String {
        self.zoned(time, "%Y-%m-%d %H:%M:%S")
    }

    pub(crate) fn zoned(&self, time: EventTime, pattern: &str) -> String {
        time.timestamp().to_zoned_datetime(self.zone.clone()).strftime(pattern).to_string()
    }

    /// `first — last`, the day only once where both share it.
    pub(crate) fn period(&self, first: Option<EventTime>, last: Option<EventTime>) -> String {
        match (first, last) {
            (Some(first), Some(last)) if self.when(first) == self.when(last) => self.when(first),
            (Some(first), Some(last)) => {
                let same_day = first.date_in(self.zone) == last.date_in(self.zone);
                let end = if same_day { self.zoned(last, "%H:%M:%S") } else { self.when(last) };
                format!("{} — {end}", self.when(first))
            }
            (Some(one), None) | (None, Some(one)) => self.when(one),
            (None, None) => self.label(&texts::NO_TIME),
        }
    }

    /// The first `limit` of a list and how many there are in all.
    pub(crate) fn list(&self, items: &[String], limit: usize) -> String {
        let separator = texts::LIST_SEPARATOR.get(self.lang);
        let shown: Vec<&str> = items.iter().take(limit).map(String::as_str).collect();
        let mut list = shown.join(separator);
        if items.len() > limit {
            let count = items.len().to_string();
            if self.lang == Lang::En {
                list.push_str(separator);
            }
            list.push_str(&self.fill(&texts::AND_MORE, [("count", count)]));
        }
        list
    }
}

/// `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Labels for the templates by the last part of their key.
pub(crate) fn labels(lang: Lang) -> BTreeMap<&'static str, &'static str> {
    texts::ALL
        .iter()
        .filter_map(|text| Some((text.key.strip_prefix("report.")?, text.get(lang))))
        .collect()
}
