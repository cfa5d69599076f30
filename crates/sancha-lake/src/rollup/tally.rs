use std::{collections::HashMap, net::IpAddr};

use foldhash::fast::FixedState;
use sancha_model::EventTime;

use super::{By, NANOS_OF_HOUR};
use crate::leb128;

/// Counts that are kept have so many rows each, on average, or more.
const ROWS_A_COUNT: u64 = 64;
/// And combinations of shared values, which take more room, so many.
const ROWS_A_COMBINATION: u64 = 512;
/// So few are worth keeping however few rows there are.
const FEW_COMBINATIONS: u64 = 4;
/// With more of them nothing is counted any more.
const MANY_COMBINATIONS: usize = 4_096;
/// Counting goes on to so many before it is asked whether it pays: most sources are met early in a day.
const BEFORE_GIVING_UP: usize = 32_768;

/// What is counted of a row.
pub(crate) trait Row {
    fn time(&self) -> Option<EventTime>;
    fn source(&self) -> Option<IpAddr>;
    fn http_status(&self) -> Option<i64>;
    /// Appends the value of one of the [`super::TEXTS`], as its column has it. `false`: there is none.
    fn text(&self, place: usize, to: &mut Vec<u8>) -> bool;
}

/// Counts the rows of a part.
pub(crate) struct Tally {
    rows: u64,
    /// Values of a combination as they are written, and its place.
    combinations: HashMap<Box<[u8]>, u32, FixedState>,
    /// By hour, user and source. `None`: too many to be worth it.
    counts: [Option<Counts>; 3],
    combination: Vec<u8>,
    /// The combination of the row before.
    last: (Vec<u8>, u32),
    value: Vec<u8>,
    key: Vec<u8>,
}

/// Rows by combination (4 bytes) and value as it is written.
type Counts = HashMap<Box<[u8]>, u64, FixedState>;

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            rows: 0,
            combinations: HashMap::default(),
            counts: std::array::from_fn(|_| Some(Counts::default())),
            combination: Vec::new(),
            last: (Vec::new(), 0),
            value: Vec::new(),
            key: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, row: &impl Row) {
        self.rows += 1;
        if self.counts.iter().all(Option::is_none) {
            return;
        }
        let combination = self.combination(row);
        for (by, counts) in By::ALL.into_iter().zip(&mut self.counts) {
            let Some(kept) = counts else { continue };
            self.key.clear();
            self.key.extend(combination.to_le_bytes());
            match by {
                By::Hour => put_hour(row.time(), &mut self.key),
                By::User => put_text(row, super::USER, &mut self.value, &mut self.key),
                By::Source => put_address(row.source(), &mut self.key),
            }
            match kept.get_mut(self.key.as_slice()) {
                Some(rows) => *rows += 1,
                None => {
                    kept.insert(self.key.as_slice().into(), 1);
                    if kept.len() > BEFORE_GIVING_UP && kept.len() as u64 * 8 > self.rows {
                        *counts = None;
                    }
                }
            }
        }
    }

    /// Place of the row's combination of shared values.
    fn combination(&mut self, row: &impl Row) -> u32 {
        self.combination.clear();
        for place in 0..super::USER {
            put_text(row, place, &mut self.value, &mut self.combination);
        }
        match row.http_status() {
            Some(status) => put_bytes(&status.to_le_bytes(), &mut self.combination),
            None => self.combination.push(NONE),
        }
        self.combination.push(u8::from(row.time().is_some()));
        if self.combination == self.last.0 {
            return self.last.1;
        }
        let next = u32::try_from(self.combinations.len()).unwrap_or(u32::MAX);
        let place = match self.combinations.get(self.combination.as_slice()) {
            Some(place) => *place,
            None => {
                self.combinations.insert(self.combination.as_slice().into(), next);
                if self.combinations.len() > MANY_COMBINATIONS {
                    self.counts = [None, None, None];
                }
                next
            }
        };
        self.last.0.clone_from(&self.combination);
        self.last.1 = place;
        place
    }

    /// The bytes of the section. Nothing: no counts are worth their room.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let combinations = self.combinations.len() as u64;
        if combinations > FEW_COMBINATIONS.max(self.rows / ROWS_A_COMBINATION) {
            return Vec::new();
        }
        for counts in &mut self.counts {
            counts.take_if(|counts| counts.len() as u64 * ROWS_A_COUNT > self.rows);
        }
        if self.counts.iter().all(Option::is_none) {
            return Vec::new();
        }
        let mut bytes = Vec::new();
        leb128::put(combinations, &mut bytes);
        let mut listed: Vec<_> = self.combinations.into_iter().collect();
        listed.sort_unstable_by_key(|(_, place)| *place);
        listed.iter().for_each(|(values, _)| bytes.extend_from_slice(values));
        for counts in self.counts {
            write(counts, &mut bytes);
        }
        bytes
    }
}

fn write(counts: Option<Counts>, bytes: &mut Vec<u8>) {
    let Some(counts) = counts else {
        leb128::put(0, bytes);
        return;
    };
    leb128::put(counts.len() as u64 + 1, bytes);
    let mut listed: Vec<_> = counts.into_iter().collect();
    listed.sort_unstable();
    for (key, rows) in listed {
        let Some((combination, value)) = key.split_first_chunk::<4>() else { continue };
        leb128::put(u64::from(u32::from_le_bytes(*combination)), bytes);
        bytes.extend_from_slice(value);
        leb128::put(rows, bytes);
    }
}

fn put_bytes(value: &[u8], to: &mut Vec<u8>) {
    leb128::put(value.len() as u64 + 1, to);
    to.extend_from_slice(value);
}

const NONE: u8 = 0;

fn put_hour(time: Option<EventTime>, to: &mut Vec<u8>) {
    let hour = time.map(|time| time.nanos().div_euclid(NANOS_OF_HOUR));
    match hour.and_then(|hour| i32::try_from(hour).ok()) {
        Some(hour) => put_bytes(&hour.to_le_bytes(), to),
        None => to.push(NONE),
    }
}

fn put_address(address: Option<IpAddr>, to: &mut Vec<u8>) {
    match address {
        Some(IpAddr::V4(address)) => put_bytes(&address.octets(), to),
        Some(IpAddr::V6(address)) => put_bytes(&address.octets(), to),
        None => to.push(NONE),
    }
}

fn put_text(row: &impl Row, place: usize, text: &mut Vec<u8>, to: &mut Vec<u8>) {
    text.clear();
    if row.text(place, text) {
        // Columns are UTF-8.
        put_bytes(String::from_utf8_lossy(text).as_bytes(), to);
    } else {
        to.push(NONE);
    }
}
