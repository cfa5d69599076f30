//! Rows that lie far apart, each value taken out of its page; and rows that are found by their place in a dictionary.
//!
//! The Parquet library unpacks a page whole. Of a page of which a few rows are wanted that is nearly all in vain: here
//! places in the dictionary are read where they stand, and of a dictionary the values that are used.

mod bits;
mod cells;
mod deltas;
mod dictionary;
mod page;
mod runs;
#[cfg(test)]
mod tests;
mod tools;

use std::{
    io,
    ops::{Range, RangeInclusive},
};

use datafusion::arrow::{array::ArrayRef, datatypes::DataType};
use parquet::{
    basic::Compression,
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData},
        page_index::offset_index::PageLocation,
        statistics::Statistics,
    },
};

pub(super) use self::tools::Tools;
use self::{
    bits::PADDING,
    cells::{Cells, Texts},
    dictionary::Dictionary,
    page::{Opener, Page, Values, without_padding},
    runs::Keys,
};
use super::{
    footer::{index_place, pages_in},
    read::ReadAt,
};
use crate::LakeError;

/// Pages that follow each other are read at once up to this many bytes.
const READ_BYTES: u64 = 128 << 10;
/// No page of ours has more rows.
const MOST_ROWS: usize = 1 << 22;
/// The head of a dictionary is not longer.
const HEAD_BYTES: u64 = 64;

/// Why something was not read here.
pub(super) enum Unread {
    /// It is damaged, or of a kind that only the Parquet library reads. Which, the library tells.
    Other,
    Failed(LakeError),
}

impl Unread {
    /// Nothing for what the library has to read.
    pub(super) fn or_none<T>(outcome: Result<T, Self>) -> Result<Option<T>, LakeError> {
        match outcome {
            Ok(found) => Ok(Some(found)),
            Err(Self::Other) => Ok(None),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

/// A row group of a file, and some of its rows.
pub(super) struct Points<'a> {
    file: &'a dyn ReadAt,
    path: &'a str,
    metadata: &'a ParquetMetaData,
    /// The row group's place in the file, and how many rows it has.
    group: usize,
    group_rows: usize,
    /// Rows, counted within the group, in order.
    ranges: Vec<Range<usize>>,
    tools: &'a mut Tools,
}

/// Whether a text is wanted.
type IsWanted<'a> = dyn Fn(&[u8]) -> bool + 'a;

/// Which values of a column are wanted.
pub(crate) struct Wish<'a> {
    /// Of numbers; of those without a sign, by their bits.
    pub(crate) numbers: Option<RangeInclusive<i64>>,
    pub(crate) text: Box<IsWanted<'a>>,
}

impl Wish<'_> {
    /// The places of such values in a dictionary; `width`: of so many bytes. `None`: it is damaged.
    fn keys(&self, dictionary: &mut Dictionary<'_>, width: Option<usize>) -> Option<Keys> {
        let mut keys = Keys::default();
        let mut next = 0;
        while next < dictionary.len() {
            let (places, values) = dictionary.frame(dictionary.frame_of(next), width)?;
            next = places.end;
            self.keys_among(places, values, width, &mut keys)?;
        }
        Some(keys)
    }

    /// Those at some places, of which `values` are the bytes.
    fn keys_among(
        &self,
        places: Range<usize>,
        values: &[u8],
        width: Option<usize>,
        keys: &mut Keys,
    ) -> Option<()> {
        if let Some(width) = width {
            let Some(wanted) = &self.numbers else { return Some(()) };
            let values = values.get(..places.len().checked_mul(width)?)?;
            for (start, block) in places.step_by(BLOCK).zip(values.chunks(BLOCK * width)) {
                if width == 4 && !any_within(block.as_chunks().0, wanted) {
                    continue;
                }
                let numbers = block.chunks_exact(width).map(cells::number);
                let wanted = (start..).zip(numbers).filter(|(_, number)| wanted.contains(number));
                wanted.for_each(|(key, _)| keys.insert(key));
            }
        } else {
            let mut texts = Texts::new(values);
            for (at, key) in places.enumerate() {
                if (self.text)(texts.text(at)?) {
                    keys.insert(key);
                }
            }
        }
        Some(())
    }
}

/// Numbers that are looked at together.
const BLOCK: usize = 256;

/// Whether any of the numbers is wanted; the compiler compares several at once.
fn any_within(numbers: &[[u8; 4]], wanted: &RangeInclusive<i64>) -> bool {
    let least = u32::try_from((*wanted.start()).max(0));
    let greatest = u32::try_from((*wanted.end()).min(u32::MAX.into()));
    let (Ok(least), Ok(greatest)) = (least, greatest) else { return false };
    let Some(span) = greatest.checked_sub(least) else { return false };
    let is_within = |number: &[u8; 4]| u32::from_le_bytes(*number).wrapping_sub(least) <= span;
    numbers.iter().fold(false, |any, number| any | is_within(number))
}

/// A column of a row group.
struct Chunk<'a> {
    metadata: &'a ColumnChunkMetaData,
    pages: Vec<PageLocation>,
    is_zipped: bool,
}

impl<'a> Points<'a> {
    pub(super) fn new(
        (file, path): (&'a dyn ReadAt, &'a str),
        metadata: &'a ParquetMetaData,
        (group, group_rows): (usize, usize),
        ranges: Vec<Range<usize>>,
        tools: &'a mut Tools,
    ) -> Self {
        Self { file, path, metadata, group, group_rows, ranges, tools }
    }

    /// The column at this place.
    pub(super) fn column(&mut self, place: usize, kind: &DataType) -> Result<ArrayRef, Unread> {
        let chunk = self.chunk(place)?;
        let mut cells = Cells::new(kind);
        self.each_page(&chunk, &mut |first, Page { mut present, mut values, .. }, ranges| {
            ranges.flatten().try_for_each(|row| match present.rank(row.checked_sub(first)?)? {
                None => cells.push_nothing(),
                Some(at) => cells.push(&mut values, at),
            })
        })?;
        let used = cells.keys();
        if !used.is_empty() {
            match self.first_of_range(&chunk)? {
                Some(first) => cells.count_from(first),
                None => {
                    let mut dictionary = self.dictionary(&chunk)?;
                    cells.take_values(&used, &mut dictionary).ok_or(Unread::Other)?;
                }
            }
        }
        cells.array(kind).ok_or(Unread::Other)
    }

    #[cfg(test)]
    pub(super) fn is_ranged(&mut self, place: usize) -> bool {
        let first = self.chunk(place).and_then(|chunk| self.first_of_range(&chunk));
        first.is_ok_and(|first| first.is_some())
    }

    #[cfg(test)]
    pub(super) fn frames(&mut self, place: usize) -> usize {
        let chunk = self.chunk(place).unwrap_or_else(|_| panic!("no column {place}"));
        let dictionary = self.dictionary(&chunk);
        dictionary.map_or(0, |dictionary| dictionary.frame_of(dictionary.len() - 1) + 1)
    }

    /// The rows, as ranges in order, whose value in the column at this place is wanted.
    pub(super) fn rows_with(
        &mut self,
        place: usize,
        kind: &DataType,
        wish: &Wish<'_>,
    ) -> Result<Vec<Range<usize>>, Unread> {
        let chunk = self.chunk(place)?;
        let mut dictionary = self.dictionary(&chunk)?;
        let keys = wish.keys(&mut dictionary, cells::width_of(kind)).ok_or(Unread::Other)?;
        let mut rows: Vec<Range<usize>> = Vec::new();
        if keys.is_empty() {
            return Ok(rows);
        }
        let mut found = Vec::new();
        self.each_page(&chunk, &mut |first, Page { mut present, values, .. }, ranges| {
            let Values::Keys(mut places) = values else { return None };
            let mut found_rows = present.clone();
            for range in ranges {
                let from = present.before(range.start.checked_sub(first)?)?;
                let to = present.before(range.end.checked_sub(first)?)?;
                found.clear();
                places.find(from..to, &keys, &mut found)?;
                for place in &found {
                    let row = first + found_rows.row_of(*place)?;
                    match rows.last_mut() {
                        Some(last) if last.end == row => last.end += 1,
                        _ => rows.push(row..row + 1),
                    }
                }
            }
            Some(())
        })?;
        Ok(rows)
    }

    fn chunk(&mut self, place: usize) -> Result<Chunk<'a>, Unread> {
        let group = self.metadata.row_groups().get(self.group);
        let metadata = group.and_then(|group| group.columns().get(place)).ok_or(Unread::Other)?;
        self.fill(index_place(metadata).ok_or(Unread::Other)?)?;
        let index = without_padding(&self.tools.bytes).ok_or(Unread::Other)?;
        let pages = pages_in(index).ok_or(Unread::Other)?;
        let is_zipped = match metadata.compression() {
            Compression::ZSTD(_) => true,
            Compression::UNCOMPRESSED => false,
            _ => return Err(Unread::Other),
        };
        Ok(Chunk { metadata, pages, is_zipped })
    }

    /// Calls `each` with the first row, and what stands in it, of every page that has any of the rows, and with those.
    fn each_page(
        &mut self,
        chunk: &Chunk<'_>,
        each: &mut dyn FnMut(usize, Page<'_>, Clipped<'_>) -> Option<()>,
    ) -> Result<(), Unread> {
        let pages = wanted(&chunk.pages, self.group_rows, &self.ranges).ok_or(Unread::Other)?;
        for run in pages.chunk_by(Wanted::is_read_with) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let start = first.place.start;
            self.fill(start..last.place.end)?;
            for Wanted { rows, place } in run {
                let within = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
                let end = within(place.end).saturating_add(PADDING);
                let Tools { opener, bytes } = &mut *self.tools;
                let page = bytes.get(within(place.start)..end);
                let page = page.and_then(|page| opener.data(page, chunk.is_zipped));
                let page = page.filter(|page| page.rows == rows.len());
                let ranges = Clipped::new(&self.ranges, rows.clone());
                page.and_then(|page| each(rows.start, page, ranges)).ok_or(Unread::Other)?;
            }
        }
        Ok(())
    }

    fn dictionary(&mut self, chunk: &Chunk<'_>) -> Result<Dictionary<'_>, Unread> {
        self.fill(chunk.dictionary_place().ok_or(Unread::Other)?)?;
        let Tools { opener, bytes } = &mut *self.tools;
        opener.dictionary(bytes, chunk.is_zipped).ok_or(Unread::Other)
    }

    /// The first number of a dictionary that has every number from the least of the column to its greatest.
    fn first_of_range(&mut self, chunk: &Chunk<'_>) -> Result<Option<i64>, Unread> {
        let Some((least, greatest)) = chunk.metadata.statistics().and_then(bounds) else {
            return Ok(None);
        };
        let Range { start, end } = chunk.dictionary_place().ok_or(Unread::Other)?;
        self.fill(start..end.min(start.saturating_add(HEAD_BYTES)))?;
        let count = Opener::sorted(&self.tools.bytes).and_then(|count| u64::try_from(count).ok());
        let range = greatest.abs_diff(least).checked_add(1);
        Ok(range.filter(|range| count == Some(*range)).map(|_| least))
    }

    /// Reads bytes of the file, with [`PADDING`] of zeros.
    fn fill(&mut self, place: Range<u64>) -> Result<(), Unread> {
        let len = place.end.checked_sub(place.start).filter(|_| place.end <= self.file.len());
        let len = len.and_then(|len| usize::try_from(len).ok()).ok_or(Unread::Other)?;
        let bytes = &mut self.tools.bytes;
        bytes.resize(len.saturating_add(PADDING), 0);
        let (to, padding) = bytes.split_at_mut_checked(len).ok_or(Unread::Other)?;
        // Nothing of what was read before.
        padding.fill(0);
        let read: io::Result<()> = self.file.read_into(place.start, to);
        read.map_err(|error| Unread::Failed(LakeError::read(self.path, error)))
    }
}

impl Chunk<'_> {
    fn dictionary_place(&self) -> Option<Range<u64>> {
        let start = u64::try_from(self.metadata.dictionary_page_offset()?).ok()?;
        let end = u64::try_from(self.pages.first()?.offset).ok()?;
        (start < end).then_some(start..end)
    }
}

/// A page that has some of the rows.
struct Wanted {
    /// All of its rows, counted within the group.
    rows: Range<usize>,
    /// Where it stands in the file.
    place: Range<u64>,
}

impl Wanted {
    /// Whether both lie in the same piece of the file that is read at once.
    fn is_read_with(&self, next: &Self) -> bool {
        self.place.end == next.place.start
            && self.place.start / READ_BYTES == next.place.start / READ_BYTES
    }
}

/// The pages that have any of the rows. `None`: their places are damaged.
fn wanted(
    pages: &[PageLocation],
    group_rows: usize,
    ranges: &[Range<usize>],
) -> Option<Vec<Wanted>> {
    let first = |page: &PageLocation| usize::try_from(page.first_row_index).ok();
    let mut wanted = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        let rows = first(page)?..pages.get(at + 1).map_or(Some(group_rows), first)?;
        if rows.len() > MOST_ROWS {
            return None;
        }
        let start = u64::try_from(page.offset).ok()?;
        let end = start.checked_add(u64::try_from(page.compressed_page_size).ok()?)?;
        if Clipped::new(ranges, rows.clone()).next().is_some() {
            wanted.push(Wanted { rows, place: start..end });
        }
    }
    Some(wanted)
}

/// The parts of ranges, which are in order, that lie in `to`.
struct Clipped<'a> {
    /// From the first on that ends in it, or behind.
    ranges: &'a [Range<usize>],
    to: Range<usize>,
}

impl<'a> Clipped<'a> {
    fn new(ranges: &'a [Range<usize>], to: Range<usize>) -> Self {
        let before = ranges.partition_point(|range| range.end <= to.start);
        Self { ranges: ranges.get(before..).unwrap_or_default(), to }
    }
}

impl Iterator for Clipped<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let (first, rest) = self.ranges.split_first()?;
        let clipped = first.start.max(self.to.start)..first.end.min(self.to.end);
        self.ranges = rest;
        (!clipped.is_empty()).then_some(clipped)
    }
}

/// The least and the greatest number of a column of numbers with a sign.
fn bounds(statistics: &Statistics) -> Option<(i64, i64)> {
    match statistics {
        Statistics::Int64(of) => of.min_opt().copied().zip(of.max_opt().copied()),
        Statistics::Int32(of) => {
            let [least, greatest] = [of.min_opt(), of.max_opt()].map(|n| n.map(|n| i64::from(*n)));
            least.zip(greatest)
        }
        _ => None,
    }
}
