//! Reads one table of operator.toml key by key, remembering what was asked for.
//!
//! A required key that is missing or wrong marks the entry incomplete; the entry is then left out and
//! the rest of the profile stays usable. Keys nobody asked for are reported with the nearest known one.

use std::ops::Range;

use jiff::{civil, tz::TimeZone};
use sancha_model::{EventTime, LocalText};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{entries::Proof, problem::Problems};
use crate::{closed::Closed, suggest::nearest, texts};

/// Stands in for a required day that is missing; the entry that holds it is left out.
const NO_DAY: civil::Date = civil::Date::constant(1, 1, 1);

pub(super) struct Shared {
    pub(super) problems: Problems,
    pub(super) zone: TimeZone,
    pub(super) proofs: Vec<Proof>,
}

pub(super) struct Entry<'d, 'i, 's> {
    table: &'d DeTable<'i>,
    span: Range<usize>,
    path: String,
    asked: Vec<&'static str>,
    complete: bool,
    pub(super) shared: &'s mut Shared,
}

impl<'d, 'i, 's> Entry<'d, 'i, 's> {
    pub(super) fn root(table: &'d Spanned<DeTable<'i>>, shared: &'s mut Shared) -> Self {
        Self {
            table: table.get_ref(),
            span: table.span(),
            path: String::new(),
            asked: Vec::new(),
            complete: true,
            shared,
        }
    }

    pub(super) fn line(&self) -> u32 {
        self.shared.problems.line_of(self.span.start)
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// Says that `key` has not the wanted form. The key is not used.
    fn wrong(&mut self, key: &str, span: Range<usize>, wanted: &sancha_model::Text) {
        let path = self.key_path(key);
        let wanted = ("wanted", wanted.local());
        self.shared.problems.add(span.start, path, &texts::WRONG_FORM, &[wanted]);
    }

    fn missing(&mut self, key: &str) {
        self.complete = false;
        let path = self.key_path(key);
        let text = if key == "from" && self.path.starts_with("posts") {
            &texts::POST_WITHOUT_DATE
        } else {
            &texts::MISSING_KEY
        };
        self.shared.problems.add(self.span.start, path, text, &[]);
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                self.wrong(key, value.span(), &texts::WANTED_TEXT);
                None
            }
        }
    }

    pub(super) fn need_text(&mut self, key: &'static str) -> String {
        match self.text(key) {
            Some(text) => text,
            None => self.absent(key).unwrap_or_default(),
        }
    }

    /// Marks the entry incomplete; says so unless a wrong form was already reported.
    fn absent<T>(&mut self, key: &'static str) -> Option<T> {
        self.complete = false;
        if !self.table.contains_key(key) {
            self.missing(key);
        }
        None
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let list = value.get_ref().as_array().map(|items| {
            items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<_>>()
        });
        list.flatten().unwrap_or_else(|| {
            self.wrong(key, value.span(), &texts::WANTED_TEXTS);
            Vec::new()
        })
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, value.span(), &texts::WANTED_FLAG);
        }
        flag
    }

    pub(super) fn number(&mut self, key: &'static str, allowed: Range<i64>) -> Option<i64> {
        let value = self.value(key)?;
        let number = integer(value.get_ref()).filter(|number| allowed.contains(number));
        if number.is_none() {
            self.wrong(key, value.span(), &texts::WANTED_NUMBER);
        }
        number
    }

    /// Whether the key is there at all, in whatever form.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A number, whole or not, that is not negative.
    pub(super) fn amount(&mut self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        #[expect(clippy::cast_precision_loss, reason = "people and money, far below 2^52")]
        let whole = integer(value.get_ref()).map(|number| number as f64);
        let float = || value.get_ref().as_float().and_then(|float| float.as_str().parse().ok());
        let amount =
            whole.or_else(float).filter(|number: &f64| number.is_finite() && *number >= 0.0);
        if amount.is_none() {
            self.wrong(key, value.span(), &texts::WANTED_AMOUNT);
        }
        amount
    }

    pub(super) fn numbers(&mut self, key: &'static str) -> Vec<i64> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let list = value
            .get_ref()
            .as_array()
            .map(|items| items.iter().map(|item| integer(item.get_ref())).collect::<Option<_>>());
        list.flatten().unwrap_or_else(|| {
            self.wrong(key, value.span(), &texts::WANTED_NUMBER);
            Vec::new()
        })
    }

    pub(super) fn date(&mut self, key: &'static str) -> Option<civil::Date> {
        let value = self.value(key)?;
        let date = match value.get_ref() {
            DeValue::Datetime(datetime) if datetime.time.is_none() => datetime.date.and_then(day),
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.wrong(key, value.span(), &texts::WANTED_DATE);
        }
        date
    }

    pub(super) fn need_date(&mut self, key: &'static str) -> civil::Date {
        match self.date(key) {
            Some(date) => date,
            None => self.absent(key).unwrap_or(NO_DAY),
        }
    }

    /// First day and last day of an entry; a last day before the first makes it incomplete.
    pub(super) fn period(&mut self) -> (civil::Date, Option<civil::Date>) {
        let from = self.need_date("from");
        let until = self.date("until");
        self.check_order(from, until);
        (from, until)
    }

    pub(super) fn check_order(&mut self, from: civil::Date, until: Option<civil::Date>) {
        if until.is_some_and(|until| until < from) {
            self.complete = false;
            let path = self.key_path("until");
            self.shared.problems.add(self.span.start, path, &texts::UNTIL_BEFORE_FROM, &[]);
        }
    }

    pub(super) fn instant(&mut self, key: &'static str) -> Option<EventTime> {
        let value = self.value(key)?;
        let instant = match value.get_ref() {
            DeValue::Datetime(datetime) => instant(&datetime.to_string(), &self.shared.zone),
            DeValue::String(text) => instant(text, &self.shared.zone),
            _ => None,
        };
        if instant.is_none() {
            self.wrong(key, value.span(), &texts::WANTED_INSTANT);
        }
        instant
    }

    pub(super) fn need_instant(&mut self, key: &'static str) -> EventTime {
        match self.instant(key) {
            Some(instant) => instant,
            None => self.absent(key).unwrap_or_default(),
        }
    }

    pub(super) fn one_of<T: Closed>(&mut self, key: &'static str) -> Option<T> {
        let value = self.value(key)?;
        let found = value.get_ref().as_str().and_then(T::from_id);
        if found.is_none() {
            self.not_a_word::<T>(key, value);
        }
        found
    }

    /// A required word of a closed set; `stand_in` fills the entry that is then left out.
    pub(super) fn need_one_of<T: Closed>(&mut self, key: &'static str, stand_in: T) -> T {
        match self.one_of(key) {
            Some(found) => found,
            None => self.absent(key).unwrap_or(stand_in),
        }
    }

    pub(super) fn any_of<T: Closed>(&mut self, key: &'static str) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value.span(), &texts::WANTED_TEXTS);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str().and_then(T::from_id) {
                Some(word) => found.push(word),
                None => self.not_a_word::<T>(key, item),
            }
        }
        found
    }

    fn not_a_word<T: Closed>(&mut self, key: &str, value: &Spanned<DeValue<'_>>) {
        let word = value.get_ref().as_str().unwrap_or_default();
        let path = self.key_path(key);
        let text = if word == "ciio" { &texts::CIIO_IS_NO_KIND } else { &texts::NOT_A_WORD };
        let values = [
            ("value", LocalText::same(word)),
            ("known", LocalText::same(T::IDS.join(" "))),
            ("hint", hint(word, T::IDS)),
        ];
        self.shared.problems.add(value.span().start, path, text, &values);
    }

    /// A table inside this one; `None` when absent or incomplete.
    pub(super) fn child<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Entry<'d, 'i, '_>) -> T,
    ) -> Option<T> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value.span(), &texts::WANTED_TABLE);
            return None;
        };
        let path = self.key_path(key);
        self.enter(table, value.span(), path, read)
    }

    /// A list of tables inside this one, in order; incomplete ones are left out.
    pub(super) fn children<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Entry<'d, 'i, '_>) -> T,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value.span(), &texts::WANTED_TABLES);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.key_path(key));
            match item.get_ref().as_table() {
                Some(table) => found.extend(self.enter(table, item.span(), path, &mut read)),
                None => self.wrong(key, item.span(), &texts::WANTED_TABLES),
            }
        }
        found
    }

    fn enter<T>(
        &mut self,
        table: &'d DeTable<'i>,
        span: Range<usize>,
        path: String,
        read: impl FnOnce(&mut Entry<'d, 'i, '_>) -> T,
    ) -> Option<T> {
        let mut entry = Entry {
            table,
            span,
            path,
            asked: Vec::new(),
            complete: true,
            shared: &mut *self.shared,
        };
        let value = read(&mut entry);
        entry.finish().then_some(value)
    }

    /// Marks this entry as unusable for a reason that was reported.
    pub(super) fn leave_out(&mut self) {
        self.complete = false;
    }

    /// Marks this entry as unusable for the reason given here.
    pub(super) fn refuse(&mut self, key: &str, text: &sancha_model::Text) {
        self.complete = false;
        let path = self.key_path(key);
        self.shared.problems.add(self.span.start, path, text, &[]);
    }

    /// Reports keys that nobody asked for. True when the entry may be used.
    pub(super) fn finish(&mut self) -> bool {
        for (name, _) in self.table {
            let key = name.get_ref().as_ref();
            if !self.asked.contains(&key) {
                let path = self.key_path(key);
                let hint = ("hint", hint(key, &self.asked));
                self.shared.problems.add(name.span().start, path, &texts::UNKNOWN_KEY, &[hint]);
            }
        }
        self.complete
    }
}

fn hint(word: &str, known: &[&str]) -> LocalText {
    match nearest(word, known) {
        Some(near) => texts::DID_YOU_MEAN.fill(&[("near", LocalText::same(near))]),
        None => LocalText::default(),
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn day(date: toml::value::Date) -> Option<civil::Date> {
    let year = i16::try_from(date.year).ok()?;
    civil::Date::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

/// An instant as written: with its own offset, or in `zone` where it has none.
pub(super) fn instant(text: &str, zone: &TimeZone) -> Option<EventTime> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(EventTime::from_timestamp(timestamp));
    }
    if !text.contains(':') {
        return None;
    }
    let civil: civil::DateTime = text.parse().ok()?;
    let zoned = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    Some(EventTime::from_timestamp(zoned))
}
