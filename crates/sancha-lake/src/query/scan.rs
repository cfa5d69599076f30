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

use super::{Filter, piecewise, plan};
use crate::{
    LakeError,
    columns::{self, COLUMNS},
    index::Run,
    part::{Columns, Companion, Lines, ReadAt, Strides, Templates, Texts, line_columns},
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
    companion: Companion,
    columns: Columns,
    runs: Vec<Run>,
}

impl Scan {
    /// `None`: no row of the part can answer.
    pub(crate) fn open(
        filters: &[Filter],
        index: (Arc<dyn ReadAt>, &str),
        parquet: impl FnOnce() -> Result<(Arc<dyn ReadAt>, String), LakeError>,
    ) -> Result<Option<Opened>, LakeError> {
        let companion = Companion::open(index.0, index.1)?;
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
        Ok(Some((Self { companion, columns, runs }, ranges)))
    }

    pub(crate) fn companion(&self) -> &Companion {
        &self.companion
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
    pub(crate) fn rows(
        &self,
        filters: &[Filter],
        ranges: Vec<Range<usize>>,
        each: &mut dyn FnMut(Hit<'_>) -> bool,
    ) -> Result<bool, LakeError> {
        let mut templates = Templates::default();
        let (of_lines, of_columns): (Vec<_>, Vec<_>) =
            filters.iter().partition(|filter| filter.needs_lines());
        let (mut ranges, mut tests) = (ranges, of_lines);
        if !of_columns.is_empty() {
            let narrow = self.narrow(&of_columns, &ranges, &mut templates)?;
            if is_scattered(&narrow, &ranges) {
                tests.splice(0..0, of_columns);
            } else {
                ranges = narrow;
            }
        }
        ranges = self.narrow_lines(&tests, ranges)?;
        if ranges.is_empty() {
            return Ok(true);
        }
        let mut rows = ranges.iter().cloned().flatten();
        let mut runs = Position::new(&self.runs);
        let mut line = Vec::new();
        for batch in self.columns.reader(&all_columns(), &ranges)? {
            let batch = batch?;
            let keep = passing(&tests, &batch, &mut templates);
            let lines = Lines::new(&batch, &mut templates);
            for at in 0..batch.num_rows() {
                let row = rows.next().unwrap_or(0) as u64;
                if keep.as_ref().is_some_and(|keep| !keep.value(at)) {
                    continue;
                }
                line.clear();
                lines
                    .write(at, &mut line)
                    .ok_or_else(|| LakeError::Line { path: self.columns.path().to_owned(), row })?;
                let (stream, number) = runs.of(row);
                if !each(Hit { batch: &batch, at, row, line: &line, stream, number }) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The rows of `ranges` that can pass filters on whole lines.
    fn narrow_lines(
        &self,
        filters: &[&Filter],
        mut ranges: Vec<Range<usize>>,
    ) -> Result<Vec<Range<usize>>, LakeError> {
        for filter in filters {
            let Filter::Line(needle) = filter else { continue };
            if ranges.iter().map(ExactSizeIterator::len).sum::<usize>() <= FEW_ROWS {
                break;
            }
            match piecewise::narrow(&self.columns, needle, &ranges)? {
                Some(narrow) if !is_scattered(&narrow, &ranges) => ranges = narrow,
                _ => (),
            }
        }
        Ok(ranges)
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
            for (keep, row) in mask.iter().zip(rows.by_ref()) {
                match kept.last_mut() {
                    Some(last) if keep && last.end == row => last.end += 1,
                    _ if keep => kept.push(row..row + 1),
                    _ => (),
                }
            }
        }
        Ok(kept)
    }
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
    let all: usize = of.iter().map(ExactSizeIterator::len).sum();
    narrow.len() > 64 && narrow.len() * 16 > all
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
