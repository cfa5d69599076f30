//! Reads a part: its companion first, then only the rows that can matter.

use std::{io, ops::Range, sync::Arc};

use bytes::Bytes;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
        },
    },
    errors::ParquetError,
    file::{
        metadata::PageIndexPolicy,
        reader::{ChunkReader, Length},
    },
};

use super::decode::{Batches, decode};
use crate::{
    LakeError, columns,
    disk::Disk,
    index::{self, Filter, HEAD_BYTES, Head, Page, Postings, Run, STRIDE_ROWS, Times},
};

/// A file that can be read from any place; what a part is read from.
pub trait ReadAt: Send + Sync {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// # Errors
    /// Also when fewer bytes are there.
    fn read_at(&self, from: u64, len: usize) -> io::Result<Bytes>;
}

/// A file of a disk.
pub(crate) struct DiskAt {
    disk: Arc<dyn Disk>,
    path: String,
    len: u64,
}

impl DiskAt {
    pub(crate) fn open(disk: &Arc<dyn Disk>, path: &str) -> Result<Arc<dyn ReadAt>, LakeError> {
        let len = disk.length(path)?;
        Ok(Arc::new(Self { disk: Arc::clone(disk), path: path.to_owned(), len }))
    }
}

impl ReadAt for DiskAt {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, from: u64, len: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; len];
        let read = self.disk.read_range(&self.path, from, &mut bytes).map_err(io::Error::other)?;
        if read < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes.into())
    }
}

/// Rows of a part that are worth a look: one flag a stride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strides(pub(crate) Vec<bool>);

impl Strides {
    pub(crate) fn all(rows: u64, wanted: bool) -> Self {
        let count = usize::try_from(rows).unwrap_or(0).div_ceil(STRIDE_ROWS);
        Self(vec![wanted; count])
    }

    pub(crate) fn any(&self) -> bool {
        self.0.contains(&true)
    }

    pub(crate) fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one &= other);
    }

    pub(crate) fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// The rows of the strides, as ranges that do not touch.
    pub(crate) fn ranges(&self, rows: u64) -> Vec<Range<usize>> {
        let mut at = 0;
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let mut ranges = Vec::new();
        for run in self.0.chunk_by(|a, b| a == b) {
            let end = (at + run.len() * STRIDE_ROWS).min(rows);
            if run.first() == Some(&true) {
                ranges.push(at..end);
            }
            at = end;
        }
        ranges
    }
}

/// The companion of a part, opened.
pub(crate) struct Companion {
    file: Arc<dyn ReadAt>,
    path: String,
    head: Head,
    directory: Bytes,
}

impl Companion {
    pub(crate) fn open(file: Arc<dyn ReadAt>, path: &str) -> Result<Self, LakeError> {
        let head = read(&*file, path, (0, HEAD_BYTES as u64))?;
        let head = Head::read(&head, file.len())
            .ok_or_else(|| LakeError::Broken { path: path.to_owned(), what: "companion head" })?;
        let directory = read(&*file, path, head.directory())?;
        Ok(Self { file, path: path.to_owned(), head, directory })
    }

    pub(crate) fn rows(&self) -> u64 {
        self.head.rows
    }

    pub(crate) fn runs(&self) -> Result<Vec<Run>, LakeError> {
        Ok(index::read_runs(&read(&*self.file, &self.path, self.head.runs())?))
    }

    pub(crate) fn pages(&self) -> Result<Vec<Page>, LakeError> {
        Ok(index::read_pages(&read(&*self.file, &self.path, self.head.pages())?))
    }

    pub(crate) fn times(&self) -> Result<Vec<Times>, LakeError> {
        Ok(index::read_times(&read(&*self.file, &self.path, self.head.times())?))
    }

    /// Where an entity or a common word can be.
    pub(crate) fn strides(&self, key: u64) -> Result<Strides, LakeError> {
        let (start, end) = self.head.postings();
        let found = match index::block(&self.directory, key, end - start) {
            None => Postings::Nowhere,
            Some((from, to)) => {
                index::find(&read(&*self.file, &self.path, (start + from, start + to))?, key)
            }
        };
        let mut strides = Strides::all(self.head.rows, found == Postings::Everywhere);
        if let Postings::In(places) = found {
            for place in places {
                let place = usize::try_from(place).ok();
                if let Some(stride) = place.and_then(|place| strides.0.get_mut(place)) {
                    *stride = true;
                }
            }
        }
        Ok(strides)
    }

    /// Where a word that is met once can be.
    pub(crate) fn strides_of_rare(&self, key: u64) -> Result<Strides, LakeError> {
        let (start, end) = self.head.filter();
        let mut strides = Strides::all(self.head.rows, false);
        for (stride, wanted) in (0..).zip(&mut strides.0) {
            let key = index::of_stride(key, stride);
            if let Some((from, to)) = Filter::block(key, end - start) {
                let block = read(&*self.file, &self.path, (start + from, start + to))?;
                *wanted = Filter::holds(&block, key);
            }
        }
        Ok(strides)
    }
}

fn read(file: &dyn ReadAt, path: &str, (from, to): (u64, u64)) -> Result<Bytes, LakeError> {
    let len = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    if len == 0 {
        return Ok(Bytes::new());
    }
    file.read_at(from, len).map_err(|error| LakeError::read(path, error))
}

/// The Parquet file of a part, opened.
pub(crate) struct Columns {
    file: Shared,
    path: String,
    metadata: ArrowReaderMetadata,
}

impl Columns {
    pub(crate) fn open(file: Arc<dyn ReadAt>, path: &str) -> Result<Self, LakeError> {
        let file = Shared(file);
        let options = ArrowReaderOptions::new()
            .with_schema(read_schema())
            .with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = decode(path, || ArrowReaderMetadata::load(&file, options))?;
        Ok(Self { file, path: path.to_owned(), metadata })
    }

    /// Columns of these names, in the order of the file, of the rows in `ranges`.
    pub(crate) fn reader(
        &self,
        names: &[&str],
        ranges: &[Range<usize>],
    ) -> Result<Batches, LakeError> {
        let rows = self.metadata.metadata().file_metadata().num_rows();
        let rows = usize::try_from(rows).unwrap_or(0);
        if ranges.last().is_some_and(|range| range.end > rows) {
            let what = "it has fewer rows than its companion";
            return Err(LakeError::Broken { path: self.path.clone(), what });
        }
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.file.clone(),
            self.metadata.clone(),
        );
        let schema = self.metadata.parquet_schema();
        let mask = ProjectionMask::columns(schema, names.iter().copied());
        let builder = builder
            .with_projection(mask)
            .with_row_selection(RowSelection::from_consecutive_ranges(ranges.iter().cloned(), rows))
            .with_batch_size(BATCH_ROWS);
        let reader = decode(&self.path, || builder.build())?;
        Ok(Batches::new(&self.path, reader))
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

const BATCH_ROWS: usize = 8_192;

/// Columns as they are read: the template by its place in the dictionary, other texts as views into pages.
pub(crate) fn read_schema() -> SchemaRef {
    let fields = columns::schema();
    let fields = fields.fields().iter().map(|field| {
        let kind = match (field.name().as_str(), field.data_type()) {
            (columns::TEMPLATE, _) => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            (_, DataType::Utf8) => DataType::Utf8View,
            (_, DataType::Binary) => DataType::BinaryView,
            (_, kind) => kind.clone(),
        };
        Field::new(field.name(), kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A file as the Parquet reader wants it.
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

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.0.read_at(start, length).map_err(|error| ParquetError::External(Box::new(error)))
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
