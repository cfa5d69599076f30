use std::{net::Ipv6Addr, sync::Arc};

use datafusion::arrow::{
    array::{
        ArrayRef, Int64Array, Int64Builder, RecordBatch, StringViewBuilder,
        TimestampMillisecondBuilder, UInt32Array, UInt32Builder,
    },
    compute::take,
};
use sancha_model::EventTime;

use super::{By, HTTP_STATUS, NANOS_OF_HOUR, SOURCE_IP, TEXTS, USER, USER_NAME};
use crate::{columns, leb128};

/// The name of the column that says how many rows a row stands for.
pub(crate) const ROWS: &str = "rows";

/// Counts as rows: shared columns, that of `by`, `time` and [`ROWS`]. The time is the beginning of the hour, or `first`,
/// the earliest time of the part, where the hour is not told or begins before it.
///
/// `None`: the bytes make no sense. `Some(None)`: these counts were not worth keeping.
pub(crate) fn batch(mut bytes: &[u8], by: By, first: EventTime) -> Option<Option<RecordBatch>> {
    if bytes.is_empty() {
        return Some(None);
    }
    let combinations = Combinations::read(&mut bytes)?;
    for kept in By::ALL {
        let wanted = kept == by;
        let mut counts = Counts::default();
        let Some(len) = leb128::take(&mut bytes)?.checked_sub(1) else {
            if wanted {
                return Some(None);
            }
            continue;
        };
        for _ in 0..len {
            let combination = leb128::take(&mut bytes)?;
            let value = take_value(&mut bytes)?;
            let rows = leb128::take(&mut bytes)?;
            if wanted {
                let timed = *combinations.timed.get(usize::try_from(combination).ok()?)?;
                counts.combinations.push(u32::try_from(combination).ok()?);
                counts.put(by, value, timed.then_some(first))?;
                counts.rows.append_value(i64::try_from(rows).ok()?);
            }
        }
        if wanted {
            return counts.finish(by, &combinations).map(Some);
        }
    }
    None
}

/// Values of the shared columns, once for each combination.
struct Combinations {
    columns: Vec<(&'static str, ArrayRef)>,
    timed: Vec<bool>,
}

impl Combinations {
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut texts = std::array::from_fn::<_, USER, _>(|_| StringViewBuilder::new());
        let mut status = Int64Builder::new();
        let mut timed = Vec::new();
        for _ in 0..leb128::take(bytes)? {
            for texts in &mut texts {
                texts.append_option(text(take_value(bytes)?)?);
            }
            let number = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_le_bytes);
            status.append_option(take_value(bytes)?.and_then(number));
            let (flag, rest) = bytes.split_first()?;
            *bytes = rest;
            timed.push(*flag == 1);
        }
        let texts = TEXTS.into_iter().zip(texts.iter_mut().map(|texts| texts.finish()));
        let mut columns: Vec<(_, ArrayRef)> =
            texts.map(|(name, texts)| (name, Arc::new(texts) as ArrayRef)).collect();
        columns.push((HTTP_STATUS, Arc::new(status.finish())));
        Some(Self { columns, timed })
    }
}

/// Counts of one kind.
#[derive(Default)]
struct Counts {
    combinations: Vec<u32>,
    millis: Vec<Option<i64>>,
    users: StringViewBuilder,
    four: UInt32Builder,
    six: StringViewBuilder,
    rows: Int64Builder,
}

impl Counts {
    /// `first`: the earliest time, of rows that have one.
    fn put(&mut self, by: By, value: Option<&[u8]>, first: Option<EventTime>) -> Option<()> {
        let mut time = first.map(EventTime::nanos);
        match (by, value) {
            (By::Hour, None) => time = None,
            (By::Hour, Some(hour)) => {
                let hour = i64::from(i32::from_le_bytes(hour.try_into().ok()?));
                time = time.max(hour.checked_mul(NANOS_OF_HOUR));
            }
            (By::User, value) => self.users.append_option(text(value)?),
            (By::Source, value) => {
                let four = value.and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
                let six = value.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
                self.four.append_option(four);
                self.six.append_option(six.map(|octets| Ipv6Addr::from(octets).to_string()));
            }
        }
        self.millis.push(time.map(|nanos| nanos.div_euclid(1_000_000)));
        Some(())
    }

    fn finish(mut self, by: By, combinations: &Combinations) -> Option<RecordBatch> {
        let mut times = TimestampMillisecondBuilder::new().with_timezone("UTC");
        self.millis.iter().for_each(|millis| times.append_option(*millis));
        let rows: Int64Array = self.rows.finish();
        let mut made: Vec<(&str, ArrayRef)> =
            vec![(columns::TIME, Arc::new(times.finish())), (ROWS, Arc::new(rows))];
        let places = UInt32Array::from(self.combinations);
        for (name, values) in &combinations.columns {
            made.push((name, take(values, &places, None).ok()?));
        }
        match by {
            By::Hour => (),
            By::User => made.push((USER_NAME, Arc::new(self.users.finish()))),
            By::Source => {
                made.push((SOURCE_IP, Arc::new(self.four.finish())));
                made.push((columns::six(SOURCE_IP), Arc::new(self.six.finish())));
            }
        }
        RecordBatch::try_from_iter_with_nullable(
            made.into_iter().map(|(name, column)| (name, column, true)),
        )
        .ok()
    }
}

/// `Some(None)`: there is no value.
fn take_value<'b>(bytes: &mut &'b [u8]) -> Option<Option<&'b [u8]>> {
    let Some(len) = leb128::take(bytes)?.checked_sub(1) else { return Some(None) };
    let (value, rest) = bytes.split_at_checked(usize::try_from(len).ok()?)?;
    *bytes = rest;
    Some(Some(value))
}

fn text(value: Option<&[u8]>) -> Option<Option<&str>> {
    value.map(|bytes| std::str::from_utf8(bytes).ok()).map_or(Some(None), |text| text.map(Some))
}
