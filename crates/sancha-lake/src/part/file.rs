//! The Parquet file of a part: columns of the rows that matter, row group by row group.

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    ops::Range,
    sync::Arc,
};

use bytes::Bytes;
use datafusion::arrow::{
    array::{Array as _, AsArray as _, RecordBatch, StringArray, StringBuilder},
    datatypes::{DataType, Field, Int32Type, Schema, SchemaRef},
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder, RowSelection,
        },
    },
    basic::Encoding,
    column::page::{Page, PageReader as _},
    errors::ParquetError,
    file::{
        metadata::{
            ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader,
            RowGroupMetaData,
        },
        reader::{ChunkReader, Length},
        serialized_reader::SerializedPageReader,
    },
};

use super::{
    decode::decode,
    lines::{columns_of, line_columns},
    read::ReadAt,
    sizes::{lists_fit, page_fits},
};
use crate::{LakeError, columns};

/// The Parquet file of a part, opened.
#[derive(Clone)]
pub(crate) struct Columns {
    file: Shared,
    path: String,
    metadata: ArrowReaderMetadata,
}

impl Columns {
    pub(crate) fn open(file: Arc<dyn ReadAt>, path: &str) -> Result<Self, LakeError> {
        let metadata = decode(path, || {
            let metadata = with_pages(&file, footer(&file)?)?;
            let options = ArrowReaderOptions::new().with_schema(schema_of(&metadata));
            ArrowReaderMetadata::try_new(Arc::new(metadata), options)
        })?;
        Ok(Self { file: Shared(file), path: path.to_owned(), metadata })
    }

    /// So many rows its footer names.
    pub(crate) fn rows(&self) -> usize {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.fold(0, |rows: usize, group| rows.saturating_add(rows_of(group)))
    }

    /// Columns of these names, in the order of the file, of the rows in `ranges`. A batch lacks the columns
    /// that are empty in all of its row group.
    pub(crate) fn reader(
        &self,
        names: &[&str],
        ranges: &[Range<usize>],
    ) -> Result<Batches, LakeError> {
        self.batches(names, false, ranges)
    }

    /// As [`Columns::reader`], with the columns that the lines are made of beside those named.
    pub(crate) fn line_reader(
        &self,
        names: &[&str],
        ranges: &[Range<usize>],
    ) -> Result<Batches, LakeError> {
        self.batches(names, true, ranges)
    }

    fn batches(
        &self,
        names: &[&str],
        with_lines: bool,
        ranges: &[Range<usize>],
    ) -> Result<Batches, LakeError> {
        let groups = self.groups(ranges)?;
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Ok(Batches { columns: self.clone(), names, with_lines, groups, reader: None })
    }

    /// Whether every row has a value in this column, as far as statistics tell.
    pub(crate) fn is_full(&self, name: &str) -> bool {
        let groups = self.metadata.metadata().row_groups();
        let mut chunks = groups.iter().flat_map(|group| group.columns());
        let full = |chunk: &ColumnChunkMetaData| nulls(chunk) == Some(0);
        chunks.all(|chunk| chunk.column_descr().name() != name || full(chunk))
    }

    /// `ranges` by row group.
    pub(crate) fn groups(&self, ranges: &[Range<usize>]) -> Result<VecDeque<Group>, LakeError> {
        let mut groups = VecDeque::new();
        let mut start = 0_usize;
        for (place, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let end = start.saturating_add(rows_of(group));
            let first = ranges.partition_point(|range| range.end <= start);
            let inside = ranges.iter().skip(first).take_while(|range| range.start < end);
            let ranges: Vec<_> =
                inside.map(|range| range.start.max(start)..range.end.min(end)).collect();
            if !ranges.is_empty() {
                groups.push_back(Group { place, rows: start..end, ranges });
            }
            start = end;
        }
        if ranges.last().is_some_and(|range| range.end > start) {
            let what = "it has fewer rows than its companion";
            return Err(LakeError::Broken { path: self.path.clone(), what });
        }
        Ok(groups)
    }

    fn open_group(
        &self,
        group: &Group,
        names: &[String],
        with_lines: bool,
    ) -> Result<ParquetRecordBatchReader, LakeError> {
        let Group { place, rows, ranges } = group;
        let of_lines = match with_lines {
            true => self.line_columns(group)?,
            false => Vec::new(),
        };
        let is_wanted =
            |name: &str| names.iter().any(|wanted| wanted == name) || of_lines.contains(&name);
        let metadata = self.metadata.metadata();
        let chunks = metadata.row_groups().get(*place).map_or(&[][..], |group| group.columns());
        let asked =
            chunks.iter().enumerate().filter(|(_, chunk)| is_wanted(chunk.column_descr().name()));
        let (empty, mut wanted): (Vec<_>, Vec<_>) = asked.partition(|(_, chunk)| is_empty(chunk));
        if wanted.is_empty() {
            // One column at least, for it tells how many rows there are.
            wanted.extend(empty.first());
        }
        let wanted = wanted.into_iter().map(|(place, _)| place);
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), wanted);
        let inside = ranges.iter().map(|range| range.start - rows.start..range.end - rows.start);
        let selection = RowSelection::from_consecutive_ranges(inside, rows.len());
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.file.clone(),
            self.metadata.clone(),
        )
        .with_row_groups(vec![*place])
        .with_projection(mask)
        .with_row_selection(selection)
        .with_batch_size(batch_rows(metadata.row_groups().get(*place)));
        decode(&self.path, || builder.build())
    }

    /// The columns that the lines of a group are made of.
    fn line_columns(&self, group: &Group) -> Result<Vec<&'static str>, LakeError> {
        let Some(templates) = self.dictionary(group, columns::TEMPLATE)? else {
            return Ok(line_columns());
        };
        if !group.is_scattered() {
            return Ok(columns_of(templates.iter().flatten()));
        }
        // Of each column a page is unpacked for every few rows: it is worth a look which they need.
        let used = self.templates_of(group)?;
        Ok(columns_of(used.iter().map(String::as_str)))
    }

    /// The templates of the rows that are asked for.
    fn templates_of(&self, group: &Group) -> Result<BTreeSet<String>, LakeError> {
        let names = vec![columns::TEMPLATE.to_owned()];
        let groups = VecDeque::from([group.clone()]);
        let columns = self.clone();
        let mut used = BTreeSet::new();
        for batch in (Batches { columns, names, with_lines: false, groups, reader: None }) {
            let batch = batch?;
            let column = batch.column_by_name(columns::TEMPLATE);
            let keyed = column.and_then(|column| column.as_dictionary_opt::<Int32Type>());
            let texts = keyed.and_then(|keyed| keyed.values().as_string_opt::<i32>());
            let Some((keyed, texts)) = keyed.zip(texts) else { continue };
            let keys: BTreeSet<i32> = keyed.keys().iter().flatten().collect();
            let keys = keys.into_iter().filter_map(|key| usize::try_from(key).ok());
            used.extend(
                keys.filter(|key| *key < texts.len()).map(|key| texts.value(key).to_owned()),
            );
        }
        Ok(used)
    }

    /// Every text that a column has in a row group. `None`: its pages do not all use a dictionary.
    pub(crate) fn dictionary(
        &self,
        group: &Group,
        name: &str,
    ) -> Result<Option<StringArray>, LakeError> {
        let metadata = self.metadata.metadata();
        let row_group = metadata.row_groups().get(group.place);
        let chunks = row_group.map_or(&[][..], |row_group| row_group.columns());
        let chunk = chunks.iter().find(|chunk| chunk.column_descr().name() == name);
        let Some(chunk) = chunk.filter(|chunk| is_keyed(chunk)) else { return Ok(None) };
        let index = metadata.offset_index().and_then(|groups| groups.get(group.place));
        let place = chunks.iter().position(|chunk| chunk.column_descr().name() == name);
        let pages = index.zip(place).and_then(|(columns, place)| columns.get(place));
        let pages = pages.map(|pages| pages.page_locations().clone());
        let page = decode(&self.path, || {
            let file = Arc::new(self.file.clone());
            SerializedPageReader::new(file, chunk, group.rows.len(), pages)?.get_next_page()
        })?;
        let Some(Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, .. }) = page
        else {
            return Ok(None);
        };
        let broken = || LakeError::Broken { path: self.path.clone(), what: "dictionary" };
        plain_texts(&buf, num_values).map(Some).ok_or_else(broken)
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// The metadata at the end of a file, without the places of pages.
fn footer(file: &Arc<dyn ReadAt>) -> Result<ParquetMetaData, ParquetError> {
    let len = file.len();
    let end_from = len.checked_sub(FOOTER_END_BYTES).ok_or_else(|| wrong("it is too short"))?;
    let end = read(file, end_from, FOOTER_END_BYTES)?;
    let (metadata_len, magic) = end.split_first_chunk::<4>().ok_or_else(|| wrong("no footer"))?;
    if magic != b"PAR1" {
        return Err(wrong("no Parquet file ends so"));
    }
    let metadata_len = u64::from(u32::from_le_bytes(*metadata_len));
    let from = end_from.checked_sub(metadata_len).ok_or_else(|| wrong("footer"))?;
    let bytes = read(file, from, metadata_len)?;
    if !lists_fit(&bytes) {
        return Err(wrong("footer"));
    }
    ParquetMetaDataReader::decode_metadata(&bytes)
}

/// The metadata with the places of pages, which every part has: by them pages are read one by one.
fn with_pages(
    file: &Arc<dyn ReadAt>,
    metadata: ParquetMetaData,
) -> Result<ParquetMetaData, ParquetError> {
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    let place = |chunk: &ColumnChunkMetaData| {
        let from = u64::try_from(chunk.offset_index_offset()?).ok()?;
        let len = u64::try_from(chunk.offset_index_length()?).ok()?;
        Some(from..from.saturating_add(len))
    };
    let places = chunks.filter_map(place).collect();
    let is_empty = metadata.row_groups().is_empty();
    let mut reader = ParquetMetaDataReader::new_with_metadata(metadata)
        .with_page_index_policy(PageIndexPolicy::Optional);
    reader.read_page_indexes(&PageIndex { file: Arc::clone(file), places })?;
    let metadata = reader.finish()?;
    if metadata.offset_index().is_none() && !is_empty {
        return Err(wrong("it does not say where its pages are"));
    }
    Ok(metadata)
}

/// Behind the metadata: its length and four bytes that all Parquet files end with.
const FOOTER_END_BYTES: u64 = 8;

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

/// Bytes of a file that has them.
fn read(file: &Arc<dyn ReadAt>, from: u64, len: u64) -> Result<Bytes, ParquetError> {
    if from.checked_add(len).is_none_or(|end| end > file.len()) {
        return Err(wrong("what it names lies behind its end"));
    }
    let len = usize::try_from(len).map_err(|_| wrong("it is too long"))?;
    file.read_at(from, len).map_err(|error| ParquetError::External(Box::new(error)))
}

/// None where the number makes no sense.
fn rows_of(group: &RowGroupMetaData) -> usize {
    usize::try_from(group.num_rows()).unwrap_or(0)
}

/// Texts in plain encoding: each behind its length in four bytes.
fn plain_texts(mut bytes: &[u8], count: u32) -> Option<StringArray> {
    let mut texts = StringBuilder::with_capacity(0, bytes.len());
    for _ in 0..count {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        texts.append_value(std::str::from_utf8(text).ok()?);
        bytes = rest;
    }
    Some(texts.finish())
}

/// Whether every page gives values by their place in the dictionary.
fn is_keyed(chunk: &ColumnChunkMetaData) -> bool {
    chunk.page_encoding_stats_mask().is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY))
}

/// Whether no row of the group has a value here, as far as its statistics tell.
fn is_empty(chunk: &ColumnChunkMetaData) -> bool {
    nulls(chunk).is_some_and(|nulls| i64::try_from(nulls) == Ok(chunk.num_values()))
}

fn nulls(chunk: &ColumnChunkMetaData) -> Option<u64> {
    chunk.statistics()?.null_count_opt()
}

/// Some rows of a row group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    place: usize,
    /// All rows of the group, by their place in the part.
    pub(crate) rows: Range<usize>,
    /// Those that are asked for.
    pub(crate) ranges: Vec<Range<usize>>,
}

impl Group {
    /// Whether a page has a few of the rows at most.
    fn is_scattered(&self) -> bool {
        self.ranges.iter().map(ExactSizeIterator::len).sum::<usize>() < self.ranges.len() * 64
    }
}

/// Rows of a file, batch by batch; nothing follows an error. A batch lies in one row group, so that it has the
/// dictionaries of that group.
pub(crate) struct Batches {
    columns: Columns,
    names: Vec<String>,
    with_lines: bool,
    groups: VecDeque<Group>,
    reader: Option<ParquetRecordBatchReader>,
}

impl Batches {
    fn step(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        loop {
            if let Some(mut reader) = self.reader.take() {
                let path = &self.columns.path;
                let batch = decode(path, || reader.next().transpose().map_err(ParquetError::from))?;
                if batch.is_some() {
                    self.reader = Some(reader);
                    return Ok(batch);
                }
            }
            let Some(group) = self.groups.pop_front() else { return Ok(None) };
            self.reader = Some(self.columns.open_group(&group, &self.names, self.with_lines)?);
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.groups.clear();
        }
        step.transpose()
    }
}

const BATCH_ROWS: usize = 8_192;
/// Rows that are longer than others are read fewer at a time.
const BATCH_BYTES: usize = 16 << 20;

/// So many rows of a row group are read at a time.
fn batch_rows(group: Option<&RowGroupMetaData>) -> usize {
    let Some(group) = group else { return BATCH_ROWS };
    let bytes = usize::try_from(group.total_byte_size()).unwrap_or(0);
    let rows_of_bytes = BATCH_BYTES.saturating_mul(rows_of(group)) / bytes.max(1);
    rows_of_bytes.clamp(1, BATCH_ROWS)
}

/// Columns as rows that are in no file have them.
pub(crate) fn read_schema() -> SchemaRef {
    schema_with(|name| name == columns::TEMPLATE)
}

/// Columns as they are read from a file: a text by its place in the dictionary where every page uses one,
/// else as view into a page.
fn schema_of(metadata: &ParquetMetaData) -> SchemaRef {
    schema_with(|name| {
        let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
        let mut chunks = chunks.filter(|chunk| chunk.column_descr().name() == name);
        chunks.all(is_keyed) || name == columns::TEMPLATE
    })
}

fn schema_with(is_keyed: impl Fn(&str) -> bool) -> SchemaRef {
    let fields = columns::schema();
    let fields = fields.fields().iter().map(|field| {
        let kind = match field.data_type() {
            DataType::Utf8 if is_keyed(field.name()) => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            DataType::Utf8 => DataType::Utf8View,
            DataType::Binary => DataType::BinaryView,
            kind => kind.clone(),
        };
        Field::new(field.name(), kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Pages of a file, as the Parquet reader wants them.
#[derive(Clone)]
pub(crate) struct Shared(Arc<dyn ReadAt>);

impl Length for Shared {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Shared {
    type T = Cursor;

    fn get_read(&self, start: u64) -> Result<Cursor, ParquetError> {
        Ok(Cursor { file: Arc::clone(&self.0), at: start })
    }

    /// Asked for one page at a time, with its head.
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let page = read(&self.0, start, length as u64)?;
        if page_fits(&page) { Ok(page) } else { Err(wrong("a page is not as long as it says")) }
    }
}

/// The places of pages in a file.
struct PageIndex {
    file: Arc<dyn ReadAt>,
    /// Where those of each column chunk stand.
    places: Vec<Range<u64>>,
}

impl Length for PageIndex {
    fn len(&self) -> u64 {
        self.file.len()
    }
}

impl ChunkReader for PageIndex {
    type T = Cursor;

    fn get_read(&self, start: u64) -> Result<Cursor, ParquetError> {
        Ok(Cursor { file: Arc::clone(&self.file), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = read(&self.file, start, length as u64)?;
        let within = |at: u64| usize::try_from(at.checked_sub(start)?).ok();
        let fits = |place: &Range<u64>| {
            let range = within(place.start)?..within(place.end)?;
            Some(lists_fit(bytes.get(range)?))
        };
        let fit = self.places.iter().all(|place| fits(place) == Some(true));
        if fit { Ok(bytes) } else { Err(wrong("places of pages")) }
    }
}

pub(crate) struct Cursor {
    file: Arc<dyn ReadAt>,
    at: u64,
}

impl Cursor {
    pub(crate) fn new(file: Arc<dyn ReadAt>) -> Self {
        Self { file, at: 0 }
    }
}

impl io::Read for Cursor {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.file.len().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = to.len().min(left);
        let bytes = self.file.read_at(self.at, count)?;
        if let Some(to) = to.get_mut(..bytes.len()) {
            to.copy_from_slice(&bytes);
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}
