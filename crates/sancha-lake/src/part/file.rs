//! The Parquet file of a part: columns of the rows that matter, row group by row group.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
    sync::{Arc, OnceLock},
};

use datafusion::arrow::{
    array::{Array as _, AsArray as _, RecordBatch, StringArray, StringBuilder},
    datatypes::{DataType, Field, FieldRef, Int32Type, Schema, SchemaRef},
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
        },
    },
    basic::Encoding,
    column::page::{Page, PageReader as _},
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData},
        serialized_reader::SerializedPageReader,
    },
};

use super::{
    batches::{Batches, Group, Reader, batch_rows},
    decode::decode,
    footer::{Shared, footer, pages_of, with_pages},
    lines::{columns_of, line_columns},
    points::{Points, Tools, Unread, Wish},
    read::ReadAt,
};
use crate::{LakeError, columns};

/// The Parquet file of a part, opened.
#[derive(Clone)]
pub(crate) struct Columns {
    file: Shared,
    path: String,
    /// Without the places of pages.
    metadata: ArrowReaderMetadata,
    /// With those of all columns, once the library is to read pages.
    paged: Arc<OnceLock<ArrowReaderMetadata>>,
}

impl Columns {
    pub(crate) fn open(file: Arc<dyn ReadAt>, path: &str) -> Result<Self, LakeError> {
        let metadata = decode(path, || for_reader(footer(&file)?))?;
        Ok(Self { file: Shared(file), path: path.to_owned(), metadata, paged: Arc::default() })
    }

    /// What the library reads pages by.
    fn paged(&self) -> Result<ArrowReaderMetadata, LakeError> {
        if let Some(paged) = self.paged.get() {
            return Ok(paged.clone());
        }
        let paged = decode(&self.path, || {
            let metadata = ParquetMetaData::clone(self.metadata.metadata());
            for_reader(with_pages(&self.file.0, metadata)?)
        })?;
        Ok(self.paged.get_or_init(|| paged).clone())
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
        Ok(Batches::new(self.clone(), names, with_lines, groups))
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

    pub(super) fn open_group(
        &self,
        group: &Group,
        names: &[String],
        with_lines: bool,
    ) -> Result<Reader, LakeError> {
        let Group { place, rows, ranges } = group;
        let row_group = self.metadata.metadata().row_groups().get(*place);
        let batch_rows = batch_rows(row_group);
        if group.is_scattered()
            && group.wanted() <= batch_rows
            && let Some(batch) = self.points(group, names, with_lines)?
        {
            return Ok(Reader::Points(batch));
        }
        let of_lines = match with_lines {
            true => self.line_columns(group)?,
            false => Vec::new(),
        };
        let is_wanted =
            |name: &str| names.iter().any(|wanted| wanted == name) || of_lines.contains(&name);
        let chunks = row_group.map_or(&[][..], |group| group.columns());
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
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.paged()?)
                .with_row_groups(vec![*place])
                .with_projection(mask)
                .with_row_selection(selection)
                .with_batch_size(batch_rows);
        decode(&self.path, || builder.build()).map(Reader::Pages)
    }

    /// Rows that lie far apart. `None`: they have to be read page by page.
    pub(super) fn points(
        &self,
        group: &Group,
        names: &[String],
        with_lines: bool,
    ) -> Result<Option<RecordBatch>, LakeError> {
        let batch =
            |mut points: Points<'_>| self.points_batch(&mut points, group, names, with_lines);
        Unread::or_none(self.with_points(group, batch)?)
    }

    fn points_batch(
        &self,
        points: &mut Points<'_>,
        group: &Group,
        names: &[String],
        with_lines: bool,
    ) -> Result<RecordBatch, Unread> {
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        let mut of_lines = Vec::new();
        if with_lines {
            // Which columns the lines need, their templates tell.
            let (place, field) = self.filled(group, columns::TEMPLATE).ok_or(Unread::Other)?;
            let templates = points.column(place, field.data_type())?;
            let keyed = templates.as_dictionary_opt::<Int32Type>();
            let texts = keyed.and_then(|keyed| keyed.values().as_string_opt::<i32>());
            of_lines = columns_of(texts.ok_or(Unread::Other)?.iter().flatten());
            fields.push(field);
            arrays.push(templates);
        }
        for field in self.metadata.schema().fields() {
            let name = field.name().as_str();
            let is_wanted = names.iter().any(|wanted| wanted == name) || of_lines.contains(&name);
            let is_there = with_lines && name == columns::TEMPLATE;
            if let Some((place, field)) =
                self.filled(group, name).filter(|_| is_wanted && !is_there)
            {
                arrays.push(points.column(place, field.data_type())?);
                fields.push(field);
            }
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|_| Unread::Other)
    }

    /// Whether a column of numbers is by a dictionary of all numbers from its least to its greatest.
    #[cfg(test)]
    pub(super) fn is_ranged(&self, group: &Group, name: &str) -> bool {
        let (place, _) = self.filled(group, name).unwrap();
        self.with_points(group, |mut points| points.is_ranged(place)).unwrap()
    }

    /// So many frames the dictionary of a column is in.
    #[cfg(test)]
    pub(super) fn frames(&self, group: &Group, name: &str) -> usize {
        let (place, _) = self.filled(group, name).unwrap();
        self.with_points(group, |mut points| points.frames(place)).unwrap()
    }

    /// What `read` makes of the rows of a group, one by one.
    fn with_points<R>(
        &self,
        group: &Group,
        read: impl FnOnce(Points<'_>) -> R,
    ) -> Result<R, LakeError> {
        let start = group.rows.start;
        let ranges = group.ranges.iter().map(|range| range.start - start..range.end - start);
        let file = (&*self.file.0, self.path.as_str());
        let metadata = self.metadata.metadata();
        let group = (group.place, group.rows.len());
        Tools::lend(|tools| read(Points::new(file, metadata, group, ranges.collect(), tools)))
            .map_err(|error| LakeError::read(&self.path, error))
    }

    /// Place and field of a column that has any value in a row group.
    fn filled(&self, group: &Group, name: &str) -> Option<(usize, FieldRef)> {
        let chunks = self.metadata.metadata().row_groups().get(group.place)?.columns();
        let mut chunks = (0..).zip(chunks);
        let (place, chunk) = chunks.find(|(_, chunk)| chunk.column_descr().name() == name)?;
        let (_, field) = self.metadata.schema().fields().find(name)?;
        (!is_empty(chunk)).then(|| (place, Arc::clone(field)))
    }

    /// The rows in `ranges` whose value in any of the columns `names` is wanted; only dictionaries are asked. `None`: a
    /// column is not by dictionary throughout.
    pub(crate) fn rows_with(
        &self,
        names: &[&str],
        ranges: &[Range<usize>],
        wish: &Wish<'_>,
    ) -> Result<Option<Vec<Range<usize>>>, LakeError> {
        let mut rows = Vec::new();
        for group in self.groups(ranges)? {
            let found = self.with_points(&group, |mut points| {
                let filled = names.iter().filter_map(|name| self.filled(&group, name));
                let found =
                    filled.map(|(place, field)| points.rows_with(place, field.data_type(), wish));
                found.collect::<Result<Vec<_>, _>>()
            })?;
            let Some(found) = Unread::or_none(found)? else { return Ok(None) };
            let start = group.rows.start;
            let of_part = |rows: Range<usize>| rows.start + start..rows.end + start;
            rows.extend(found.into_iter().flatten().map(of_part));
        }
        Ok(Some(rows))
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
        let mut used = BTreeSet::new();
        for batch in Batches::new(self.clone(), names, false, groups) {
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
        let page = decode(&self.path, || {
            let pages = Some(pages_of(&self.file.0, chunk)?);
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

/// What the library's reader goes by.
fn for_reader(metadata: ParquetMetaData) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_schema(schema_of(&metadata));
    ArrowReaderMetadata::try_new(Arc::new(metadata), options)
}

/// None where the number makes no sense.
pub(super) fn rows_of(group: &RowGroupMetaData) -> usize {
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
