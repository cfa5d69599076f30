//! Finds rows: the companion says where they can be, the columns of the conditions which they are, and
//! only those are read whole.

use std::{borrow::Cow, net::Ipv4Addr, ops::Range, sync::Arc};

use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch},
    buffer::BooleanBuffer,
    datatypes::{Int64Type, UInt32Type},
};
use sancha_model::EventTime;
use sancha_normalize::template::Kind;
use sancha_seal::{Part, StreamRange};

use super::{Filter, TimeRange, piecewise, plan};
use crate::{
    LakeError,
    columns::{self, COLUMNS},
    damages::Damages,
    disk::Disk,
    gone::look_again,
    index::{Run, Times},
    part::{
        Batches, Columns, Companion, DiskAt, Lines, ReadAt, Strides, Templates, Texts, line_columns,
    },
};

/// A row that answers.
pub struct Hit<'a> {
    pub batch: &'a RecordBatch,
    /// Its place in `batch`.
    pub at: usize,
    /// Its place in the part.
    pub row: u64,
    /// Its bytes with the line end.
    pub line: &'a [u8],
    pub stream: [u8; 32],
    /// 1-based number of the line in the stream.
    pub number: u64,
    /// Whether all values of its fields were read.
    pub has_values: bool,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Int(i64),
    Text(Cow<'a, str>),
}

impl<'a> Hit<'a> {
    /// When the event happened.
    pub fn time(&self) -> Option<EventTime> {
        crate::part::time_at(self.batch, self.at)
    }

    /// The values of fields that the row has, with the names of their columns.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> {
        let (batch, at) = (self.batch, self.at);
        let plain = [columns::CLASS, columns::FORMAT].map(|name| (name, Kind::Text));
        let fields = COLUMNS.iter().map(|column| (column.name, column.kind));
        plain.into_iter().chain(fields).filter_map(move |(name, kind)| {
            let text = |name: &str| text_at(batch, name, at).map(|text| Value::Text(text.into()));
            let value = match kind {
                Kind::Text => text(name),
                Kind::Int => {
                    let ints = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
                    ints.is_valid(at).then(|| Value::Int(ints.value(at)))
                }
                Kind::Address => {
                    let four = batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>()?;
                    let four = four.is_valid(at).then(|| Ipv4Addr::from_bits(four.value(at)));
                    let four = four.map(|four| Value::Text(four.to_string().into()));
                    four.or_else(|| text(columns::six(name)))
                }
            };
            Some((name, value?))
        })
    }
}

fn text_at<'a>(batch: &'a RecordBatch, name: &str, at: usize) -> Option<&'a str> {
    Texts::of(batch, name)?.get(at)
}

/// So few rows are put together and looked at sooner than narrowed.
const FEW_ROWS: usize = 4_096;

/// A part with the ranges of rows that are worth a look.
pub(crate) type Opened = (Scan, Vec<Range<usize>>);

/// Reads one part.
pub(crate) struct Scan {
    /// `None` where it is damaged.
    companion: Option<Companion>,
    columns: Columns,
    runs: Vec<Run>,
}

impl Scan {
    /// `None`: no row of the part can answer.
    pub(crate) fn open(
        filters: &[Filter],
        companion: Companion,
        parquet: impl FnOnce() -> Result<(Arc<dyn ReadAt>, String), LakeError>,
    ) -> Result<Option<Opened>, LakeError> {
        let mut strides = Strides::all(companion.rows(), true);
        for filter in filters {
            strides.and(&plan::candidates(&companion, filter)?);
            if !strides.any() {
                return Ok(None);
            }
        }
        let (file, path) = parquet()?;
        let columns = Columns::open(file, &path)?;
        let ranges = strides.ranges(companion.rows());
        let runs = companion.runs()?;
        Ok(Some((Self { companion: Some(companion), columns, runs }, ranges)))
    }

    /// As [`Scan::open`] for a part of a lake. Where its companion is missing or damaged, that is noted and all rows
    /// are worth a look.
    pub(crate) fn open_anyway(
        filters: &[Filter],
        disk: &Arc<dyn Disk>,
        part: &Part,
        damages: &Damages,
    ) -> Result<Option<Opened>, LakeError> {
        let parquet = || Ok((DiskAt::open(disk, &part.path)?, part.path.clone()));
        let opened =
            Companion::of(disk, part).and_then(|companion| Self::open(filters, companion, parquet));
        let error = match opened {
            Err(error) if error.is_damage() => look_again(disk, &part.path, error),
            opened => return opened,
        };
        if !error.is_damage() {
            return Err(error);
        }
        let (file, path) = parquet()?;
        let columns = Columns::open(file, &path)?;
        damages.note(&part.path, error);
        let all = 0..columns.rows();
        let ranges = if all.is_empty() { Vec::new() } else { vec![all] };
        Ok(Some((Self { companion: None, columns, runs: runs_of(part) }, ranges)))
    }

    /// `None` where it is damaged.
    pub(crate) fn companion(&self) -> Option<&Companion> {
        self.companion.as_ref()
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Line numbers of the rows in `ranges`.
    pub(crate) fn numbers(&self, ranges: &[Range<usize>]) -> Vec<u64> {
        let mut runs = Position::new(&self.runs);
        ranges.iter().cloned().flatten().map(|row| runs.of(row as u64).1).collect()
    }

    /// Calls `each` with the rows in `ranges` that all filters let through, in order, until it says `false`.
    /// `with_values`: with the values of their fields, too.
    pub(crate) fn rows(
        &self,
        filters: &[Filter],
        ranges: Vec<Range<usize>>,
        with_values: bool,
        each: &mut dyn FnMut(Hit<'_>) -> bool,
    ) -> Result<bool, LakeError> {
        let mut templates = Templates::default();
        let chosen = self.choose(filters, ranges, &mut templates)?;
        let mut line = Vec::new();
        let mut runs = Position::new(&self.runs);
        let mut names = if with_values { all_columns() } else { Vec::new() };
        chosen.tests.iter().for_each(|filter| filter.columns(&mut names));
        let batches = self.columns.line_reader(&names, &chosen.read)?;
        read(batches, &chosen, &mut templates, &mut |batch, rows, templates| {
            let mut lines = Lines::new(batch, templates);
            for (at, row) in rows {
                let row = *row as u64;
                line.clear();
                lines
                    .write(*at, &mut line)
                    .ok_or_else(|| LakeError::Line { path: self.columns.path().to_owned(), row })?;
                let (stream, number) = runs.of(row);
                let (line, has_values) = (line.as_slice(), with_values);
                if !each(Hit { batch, at: *at, row, line, stream, number, has_values }) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// How many rows in `ranges` all filters let through.
    pub(crate) fn count(
        &self,
        filters: &[Filter],
        ranges: Vec<Range<usize>>,
    ) -> Result<u64, LakeError> {
        let mut templates = Templates::default();
        let chosen = self.choose(filters, ranges, &mut templates)?;
        if chosen.tests.is_empty() {
            return Ok(total(&chosen.rows) as u64);
        }
        let mut names = Vec::new();
        chosen.tests.iter().for_each(|filter| filter.columns(&mut names));
        let mut count = 0;
        let batches = self.columns.reader(&names, &chosen.read)?;
        read(batches, &chosen, &mut templates, &mut |_, rows, _| {
            count += rows.len() as u64;
            Ok(true)
        })?;
        Ok(count)
    }

    /// Narrows rows down by what can be told without their lines.
    fn choose<'f>(
        &self,
        filters: &'f [Filter],
        ranges: Vec<Range<usize>>,
        templates: &mut Templates,
    ) -> Result<Chosen<'f>, LakeError> {
        let (of_lines, of_columns): (Vec<_>, Vec<_>) =
            filters.iter().partition(|filter| filter.needs_lines());
        let mut chosen = Chosen { rows: ranges.clone(), read: ranges, tests: Vec::new() };
        let mut others = Vec::new();
        for filter in of_columns {
            match self.by_dictionary(filter, &chosen.rows)? {
                Some(rows) => chosen.narrow(rows),
                None => others.push(filter),
            }
        }
        if !others.is_empty() {
            let rows = match others.as_slice() {
                [Filter::Time(time)] => self.of_time(*time, &chosen.rows, templates)?,
                filters => self.narrow(filters, &chosen.rows, templates)?,
            };
            chosen.narrow(rows);
        }
        for filter in of_lines {
            let narrowed = match filter {
                Filter::Line(needle) if total(&chosen.read) > FEW_ROWS => {
                    piecewise::narrow(&self.columns, needle, &chosen.read)?
                }
                _ => None,
            };
            let is_certain = narrowed.as_ref().is_some_and(|narrowed| narrowed.is_certain);
            if let Some(narrowed) = narrowed {
                chosen.narrow(common(&chosen.rows, &narrowed.rows));
            }
            if !is_certain {
                chosen.tests.push(filter);
            }
        }
        Ok(chosen)
    }

    /// The rows of `ranges` that pass, as the dictionaries of the filter's columns tell. `None`: they cannot.
    fn by_dictionary(
        &self,
        filter: &Filter,
        ranges: &[Range<usize>],
    ) -> Result<Option<Vec<Range<usize>>>, LakeError> {
        let Some(wish) = filter.wish() else { return Ok(None) };
        let mut names = Vec::new();
        filter.columns(&mut names);
        let rows = self.columns.rows_with(&names, ranges, &wish)?;
        Ok(rows.map(|mut rows| {
            rows.sort_unstable_by_key(|range| range.start);
            joined(rows)
        }))
    }

    /// The rows of `ranges` that are of this time. Strides that are of it from end to end need not be read.
    fn of_time(
        &self,
        time: TimeRange,
        ranges: &[Range<usize>],
        templates: &mut Templates,
    ) -> Result<Vec<Range<usize>>, LakeError> {
        let filter = Filter::Time(time);
        let companion = self.companion.as_ref().filter(|_| self.columns.is_full(columns::TIME));
        let Some(companion) = companion else {
            return self.narrow(&[&filter], ranges, templates);
        };
        let times = companion.times()?;
        let inside = |times: &Times| time.spans(times.first, times.last);
        let whole = Strides(times.iter().map(inside).collect());
        let edges = Strides(times.iter().map(|times| !inside(times)).collect());
        let of = |strides: Strides| common(ranges, &strides.ranges(companion.rows()));
        let mut rows = self.narrow(&[&filter], &of(edges), templates)?;
        rows.extend(of(whole));
        rows.sort_unstable_by_key(|range| range.start);
        Ok(joined(rows))
    }

    /// The rows of `ranges` that pass filters which need only some columns.
    fn narrow(
        &self,
        filters: &[&Filter],
        ranges: &[Range<usize>],
        templates: &mut Templates,
    ) -> Result<Vec<Range<usize>>, LakeError> {
        let mut names = Vec::new();
        filters.iter().for_each(|filter| filter.columns(&mut names));
        let mut rows = ranges.iter().cloned().flatten();
        let mut kept: Vec<Range<usize>> = Vec::new();
        for batch in self.columns.reader(&names, ranges)? {
            let batch = batch?;
            let Some(mask) = passing(filters, &batch, templates) else { continue };
            let mut seen = 0;
            for at in mask.set_indices() {
                let Some(row) = rows.nth(at - seen) else { break };
                seen = at + 1;
                match kept.last_mut() {
                    Some(last) if last.end == row => last.end += 1,
                    _ => kept.push(row..row + 1),
                }
            }
            if let Some(last) = (batch.num_rows() - seen).checked_sub(1) {
                rows.nth(last);
            }
        }
        Ok(kept)
    }
}

/// Which streams the rows of a part are of, as the log has it.
fn runs_of(part: &Part) -> Vec<Run> {
    let mut row = 0;
    let run = |range: &StreamRange| {
        let (stream, offset, line) = (range.id.0, range.from, range.first_line);
        let run = Run { stream, row, offset, line };
        row += range.lines;
        run
    };
    part.streams.iter().map(run).collect()
}

/// Rows that may answer.
struct Chosen<'f> {
    rows: Vec<Range<usize>>,
    /// What is read for it; all of `rows`, and what lies between where they are scattered.
    read: Vec<Range<usize>>,
    /// What they have yet to pass.
    tests: Vec<&'f Filter>,
}

impl Chosen<'_> {
    fn narrow(&mut self, rows: Vec<Range<usize>>) {
        if !is_scattered(&rows, &self.read) {
            self.read.clone_from(&rows);
        }
        self.rows = rows;
    }
}

/// A batch, its rows that answer by their place in it and in the part, and the templates seen last.
type EachBatch<'e> =
    dyn FnMut(&RecordBatch, &[(usize, usize)], &mut Templates) -> Result<bool, LakeError> + 'e;

/// Goes through the batches of `chosen.read`: `each` gets them with the rows that answer, by their place in the batch and
/// in the part, until it says `false`.
fn read(
    batches: Batches,
    chosen: &Chosen<'_>,
    templates: &mut Templates,
    each: &mut EachBatch<'_>,
) -> Result<bool, LakeError> {
    if chosen.rows.is_empty() {
        return Ok(true);
    }
    let mut places = chosen.read.iter().cloned().flatten();
    let mut left = chosen.rows.as_slice();
    let mut answers = Vec::new();
    for batch in batches {
        let batch = batch?;
        let keep = passing(&chosen.tests, &batch, templates);
        answers.clear();
        for (at, row) in (0..batch.num_rows()).zip(places.by_ref()) {
            while left.first().is_some_and(|range| range.end <= row) {
                left = left.get(1..).unwrap_or(&[]);
            }
            let is_chosen = left.first().is_some_and(|range| range.contains(&row));
            if is_chosen && keep.as_ref().is_none_or(|keep| keep.value(at)) {
                answers.push((at, row));
            }
        }
        if !each(&batch, &answers, templates)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn total(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(ExactSizeIterator::len).sum()
}

/// Ranges in order, those that touch or overlap made one.
fn joined(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match all.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => all.push(range),
        }
    }
    all
}

/// What lies in ranges of both, each in order.
fn common(mut one: &[Range<usize>], mut other: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut both = Vec::new();
    while let ([first, ..], [second, ..]) = (one, other) {
        let range = first.start.max(second.start)..first.end.min(second.end);
        if !range.is_empty() {
            both.push(range);
        }
        if first.end <= second.end {
            one = one.get(1..).unwrap_or(&[]);
        } else {
            other = other.get(1..).unwrap_or(&[]);
        }
    }
    both
}

/// Rows of a batch that pass all filters; nothing where there is no filter.
fn passing(
    filters: &[&Filter],
    batch: &RecordBatch,
    templates: &mut Templates,
) -> Option<BooleanBuffer> {
    let mut masks = filters.iter().map(|filter| filter.rows(batch, templates));
    let first = masks.next()?;
    Some(masks.fold(first, |all, one| &all & &one))
}

/// Whether so many short ranges are left that reading all rows is cheaper than leaping from one to the next.
fn is_scattered(narrow: &[Range<usize>], of: &[Range<usize>]) -> bool {
    narrow.len() > 64 && narrow.len() * 16 > total(of)
}

/// Every column that a reader of hits may ask for.
fn all_columns() -> Vec<&'static str> {
    let mut names = vec![columns::CLASS, columns::FORMAT];
    names.extend(line_columns());
    names
}

/// Which stream and line a row is; rows are asked for in order.
struct Position<'a> {
    runs: &'a [Run],
}

impl<'a> Position<'a> {
    fn new(runs: &'a [Run]) -> Self {
        Self { runs }
    }

    fn of(&mut self, row: u64) -> ([u8; 32], u64) {
        while let [_, next, ..] = self.runs
            && next.row <= row
        {
            self.runs = self.runs.get(1..).unwrap_or(&[]);
        }
        match self.runs.first() {
            Some(run) => (run.stream, run.line.saturating_add(row.saturating_sub(run.row))),
            None => ([0; 32], row + 1),
        }
    }
}
