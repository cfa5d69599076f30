//! What a row must be like, and whether it is.

use std::{net::IpAddr, ops::RangeInclusive};

use datafusion::arrow::{
    array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch},
    buffer::BooleanBuffer,
    datatypes::{Int64Type, UInt32Type},
};

use sancha_model::EventTime;

use super::text::{Glob, Needle};
use crate::{
    columns,
    index::Kind,
    part::{EventTimes, Lines, Templates, Texts, Wish, line_columns},
};

/// A condition on rows. The time range and the source are not part of it: they choose parts.
#[derive(Clone, Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// One of these address columns lies in the range.
    Address {
        columns: Vec<&'static str>,
        range: RangeInclusive<u128>,
    },
    Int {
        column: &'static str,
        range: RangeInclusive<i64>,
    },
    /// One of these text columns has such a value. `entity`: how the index knows it.
    Value {
        columns: Vec<&'static str>,
        glob: Glob,
        entity: Option<EntityKind>,
    },
    /// The event happened then.
    Time(TimeRange),
    /// The line holds it.
    Line(Needle),
}

/// From an instant on, and before another; the last instant there is, is inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    pub from: EventTime,
    pub to: EventTime,
}

impl TimeRange {
    pub const ALL: Self = Self { from: EventTime::MIN, to: EventTime::MAX };

    pub(crate) fn is_everything(self) -> bool {
        self == Self::ALL
    }

    /// Whether something between these instants, both included, can lie in it. What has no time
    /// (`last` before `first`) does not.
    pub(crate) fn touches(self, first: EventTime, last: EventTime) -> bool {
        first <= last && self.goes_on_after(first) && last >= self.from
    }

    /// Whether everything between these instants, both included, lies in it. What has no time does not.
    pub(crate) fn spans(self, first: EventTime, last: EventTime) -> bool {
        first <= last && self.holds(first) && self.holds(last)
    }

    fn holds(self, time: EventTime) -> bool {
        self.from <= time && self.goes_on_after(time)
    }

    fn goes_on_after(self, time: EventTime) -> bool {
        time < self.to || self.to == EventTime::MAX
    }
}

/// Entities that the index lists beside words and addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    User,
    Host,
}

impl EntityKind {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::User => Kind::User,
            Self::Host => Kind::Host,
        }
    }
}

/// IPv4 in the place that IPv6 keeps for it, so that one number orders both.
pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The IPv4 addresses of a range, as their column keeps them.
fn four(range: &RangeInclusive<u128>) -> Option<RangeInclusive<u32>> {
    const FIRST: u128 = 0xffff_0000_0000;
    let start = range.start().checked_sub(FIRST).unwrap_or(0);
    let end = range.end().checked_sub(FIRST)?;
    let end = u32::try_from(end).unwrap_or(u32::MAX);
    Some(u32::try_from(start).ok()?..=end)
}

impl Filter {
    /// The columns that it looks at.
    pub(crate) fn columns(&self, names: &mut Vec<&'static str>) {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().for_each(|one| one.columns(names)),
            Self::Not(one) => one.columns(names),
            Self::Address { columns, .. } => {
                names.extend(columns.iter().flat_map(|name| [*name, columns::six(name)]));
            }
            Self::Int { column, .. } => names.push(column),
            Self::Time(_) => names.extend([columns::TIME, columns::TIME_NANOS]),
            Self::Value { columns, .. } => names.extend(columns),
            Self::Line(_) => names.extend(line_columns()),
        }
    }

    /// Whether it must look at whole lines, which have to be put together first.
    pub(crate) fn needs_lines(&self) -> bool {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().any(Self::needs_lines),
            Self::Not(one) => one.needs_lines(),
            Self::Line(_) => true,
            Self::Address { .. } | Self::Int { .. } | Self::Value { .. } | Self::Time(_) => false,
        }
    }

    /// What it asks of each value of its columns by itself. `None`: it asks something else.
    pub(crate) fn wish(&self) -> Option<Wish<'_>> {
        match self {
            Self::Address { range, .. } => {
                let four = four(range).map(|four| (*four.start()).into()..=(*four.end()).into());
                Some(Wish { numbers: four, text: Box::new(|text| is_within(text, range)) })
            }
            Self::Int { range, .. } => {
                Some(Wish { numbers: Some(range.clone()), text: Box::new(|_| false) })
            }
            Self::Value { glob, .. } => {
                Some(Wish { numbers: None, text: Box::new(|text| glob.fits(text)) })
            }
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Time(_) | Self::Line(_) => None,
        }
    }

    /// Which rows of a batch it lets through; `batch` has the columns that [`Filter::columns`] names.
    pub(crate) fn rows(&self, batch: &RecordBatch, templates: &mut Templates) -> BooleanBuffer {
        let count = batch.num_rows();
        match self {
            Self::All(list) => list.iter().fold(BooleanBuffer::new_set(count), |rows, one| {
                &rows & &one.rows(batch, templates)
            }),
            Self::Any(list) => list.iter().fold(BooleanBuffer::new_unset(count), |rows, one| {
                &rows | &one.rows(batch, templates)
            }),
            Self::Not(one) => !&one.rows(batch, templates),
            Self::Address { columns, range } => {
                columns.iter().fold(BooleanBuffer::new_unset(count), |rows, name| {
                    &rows | &address_rows(batch, name, range)
                })
            }
            Self::Int { column, range } => {
                let ints = batch.column_by_name(column);
                match ints.and_then(|column| column.as_primitive_opt::<Int64Type>()) {
                    Some(ints) => rows_within(ints, range),
                    None => BooleanBuffer::new_unset(count),
                }
            }
            Self::Value { columns, glob, .. } => {
                columns.iter().fold(BooleanBuffer::new_unset(count), |rows, name| {
                    &rows | &value_rows(batch, name, glob)
                })
            }
            Self::Time(range) => {
                let times = EventTimes::of(batch);
                BooleanBuffer::collect_bool(count, |row| {
                    times.get(row).is_some_and(|time| range.holds(time))
                })
            }
            Self::Line(needle) => line_rows(batch, needle, templates),
        }
    }
}

fn address_rows(
    batch: &RecordBatch,
    name: &'static str,
    range: &RangeInclusive<u128>,
) -> BooleanBuffer {
    let count = batch.num_rows();
    let fours = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt32Type>());
    let mut rows = match fours.zip(four(range)) {
        Some((fours, range)) => rows_within(fours, &range),
        None => BooleanBuffer::new_unset(count),
    };
    let sixes = Texts::of(batch, columns::six(name));
    if let Some(sixes) = sixes.filter(|sixes| !sixes.is_empty()) {
        let six = BooleanBuffer::collect_bool(count, |row| {
            sixes.get(row).is_some_and(|text| is_within(text.as_bytes(), range))
        });
        rows = &rows | &six;
    }
    rows
}

/// Whether a text is an address of the range.
fn is_within(text: &[u8], range: &RangeInclusive<u128>) -> bool {
    let text = std::str::from_utf8(text).ok();
    let address = text.and_then(|text| text.parse::<IpAddr>().ok());
    address.is_some_and(|address| range.contains(&number(address)))
}

/// Rows whose value lies in the range; whatever stands in rows without a value is compared, too. Nearly none do: of 64 at
/// a time it is asked first whether any does, which the compiler makes one comparison of several values of.
fn rows_within<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    range: &RangeInclusive<T::Native>,
) -> BooleanBuffer {
    let (first, last) = (*range.start(), *range.end());
    // `&` and not `&&`: without a branch.
    let inside = |value: &T::Native| (first <= *value) & (*value <= last);
    let word = |values: &[T::Native]| {
        if !values.iter().fold(false, |any, value| any | inside(value)) {
            return 0;
        }
        values.iter().rev().fold(0_u64, |bits, value| bits << 1 | u64::from(inside(value)))
    };
    let words: Vec<u64> = values.values().chunks(64).map(word).collect();
    let rows = BooleanBuffer::new(words.into(), 0, values.len());
    match values.nulls() {
        Some(nulls) => &rows & nulls.inner(),
        None => rows,
    }
}

fn value_rows(batch: &RecordBatch, name: &str, glob: &Glob) -> BooleanBuffer {
    let count = batch.num_rows();
    let Some(values) = Texts::of(batch, name).filter(|values| !values.is_empty()) else {
        return BooleanBuffer::new_unset(count);
    };
    let mut last = Last::default();
    BooleanBuffer::collect_bool(count, |row| {
        last.or(values, row, |text| glob.fits(text.as_bytes()))
    })
}

/// The answer for the value last asked about: values come in runs.
#[derive(Default)]
struct Last(Option<(u128, bool)>);

impl Last {
    fn or(&mut self, values: Texts<'_>, row: usize, fits: impl Fn(&str) -> bool) -> bool {
        let Some(identity) = values.identity(row) else { return false };
        match self.0 {
            Some((known, answer)) if known == identity => answer,
            _ => {
                let answer = values.get(row).is_some_and(fits);
                self.0 = Some((identity, answer));
                answer
            }
        }
    }
}

fn line_rows(batch: &RecordBatch, needle: &Needle, templates: &mut Templates) -> BooleanBuffer {
    let mut lines = Lines::new(batch, templates);
    let mut line = Vec::new();
    BooleanBuffer::collect_bool(batch.num_rows(), |row| {
        line.clear();
        // A row that makes no line is told where lines are written; it is not passed over here.
        lines.write(row, &mut line).is_none() || needle.is_in(&line)
    })
}
