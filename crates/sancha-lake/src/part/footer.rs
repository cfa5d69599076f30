//! What the Parquet library reads of a file: its footer, the places of pages, and pages, each held against the file's
//! bytes first.

use std::{io, ops::Range, sync::Arc};

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::{
        metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader},
        page_index::offset_index::PageLocation,
        reader::{ChunkReader, Length},
    },
};

use super::{
    read::ReadAt,
    sizes::{Walk, lists_fit, page_fits},
};

/// The metadata at the end of a file, without the places of pages.
pub(super) fn footer(file: &Arc<dyn ReadAt>) -> Result<ParquetMetaData, ParquetError> {
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

/// The places of a column chunk's pages.
pub(super) fn pages_of(
    file: &Arc<dyn ReadAt>,
    chunk: &ColumnChunkMetaData,
) -> Result<Vec<PageLocation>, ParquetError> {
    let place = index_place(chunk).ok_or_else(|| wrong("it does not say where its pages are"))?;
    let bytes = read(file, place.start, place.end - place.start)?;
    pages_in(&bytes).ok_or_else(|| wrong("places of pages"))
}

/// The places of pages that an offset index names. `None`: it is damaged.
pub(super) fn pages_in(index: &[u8]) -> Option<Vec<PageLocation>> {
    let mut pages: Vec<PageLocation> = Vec::new();
    Walk { bytes: index }.structure(0, 0, &mut |within, field, number| {
        if (within, field) == (1, 1) {
            let (compressed_page_size, first_row_index) = (0, 0);
            pages.push(PageLocation { offset: number, compressed_page_size, first_row_index });
        }
        match (within, field, pages.last_mut()) {
            (1, 2, Some(page)) => page.compressed_page_size = i32::try_from(number).unwrap_or(0),
            (1, 3, Some(page)) => page.first_row_index = number,
            _ => (),
        }
    })?;
    Some(pages)
}

/// Where a file says where the pages of a column chunk stand.
pub(super) fn index_place(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let from = u64::try_from(chunk.offset_index_offset()?).ok()?;
    let len = u64::try_from(chunk.offset_index_length()?).ok()?;
    Some(from..from.saturating_add(len))
}

/// The metadata with the places of all pages.
pub(super) fn with_pages(
    file: &Arc<dyn ReadAt>,
    metadata: ParquetMetaData,
) -> Result<ParquetMetaData, ParquetError> {
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    let places = chunks.filter_map(index_place).collect();
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

/// Pages of a file, as the Parquet reader wants them.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<dyn ReadAt>);

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
