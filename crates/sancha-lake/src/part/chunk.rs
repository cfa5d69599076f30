//! A column of a row group as Parquet: a dictionary page and data pages of places in it.

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, PageType},
    column::{
        page::{CompressedPage, Page, PageWriter},
        writer::ColumnCloseResult,
    },
    data_type::ByteArray,
    errors::{ParquetError, Result},
    file::{
        metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats},
        statistics::{Statistics, ValueStatistics},
        writer::{SerializedPageWriter, TrackedWrite},
    },
    schema::types::ColumnDescPtr,
};

use super::{
    keyed::{Keyed, Kind},
    packed::{Compressor, pack, pack_presence, width_of},
};

/// A longer text is no bound in the statistics.
const LONGEST_BOUND: usize = 64;

/// How columns of a file are written.
pub(super) struct Chunks {
    compression: Compression,
    compressor: Compressor,
}

/// Pages as they are written one after the other.
struct Pages<'a> {
    sink: TrackedWrite<Vec<u8>>,
    compressor: &'a mut Compressor,
    /// With the heads of pages, as the format counts.
    uncompressed: usize,
}

impl Pages<'_> {
    /// Where the page stands and how long it is.
    fn put(&mut self, body: Vec<u8>, page: impl FnOnce(Bytes) -> Page) -> Result<(i64, i32)> {
        let plain = body.len();
        let page = CompressedPage::new(page(self.compressor.compress(body)?), plain);
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size;
        let long = |_| ParquetError::General("page of more than 2 GiB".to_owned());
        let place = i64::try_from(written.offset).unwrap_or(0);
        Ok((place, i32::try_from(written.compressed_size).map_err(long)?))
    }
}

impl Chunks {
    pub(super) fn new(compression: Compression) -> Result<Self> {
        Ok(Self { compression, compressor: Compressor::new(compression)? })
    }

    /// The chunk of a column whose pages are all ended. `has_bounds`: with its least and greatest value.
    pub(super) fn write(
        &mut self,
        column: &Keyed,
        descriptor: ColumnDescPtr,
        has_bounds: bool,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let order = column.order(&column.counts());
        let ranks = ranks_of(&order);
        let sink = TrackedWrite::new(Vec::new());
        let mut pages = Pages { sink, compressor: &mut self.compressor, uncompressed: 0 };
        let dictionary = plain_values(column, &order);
        let num_values = u32::try_from(order.len()).unwrap_or(0);
        pages.put(dictionary, |buf| Page::DictionaryPage {
            buf,
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })?;
        let mut index = OffsetIndexBuilder::new();
        let (mut rows, mut nulls, mut count) = (0_usize, 0_usize, 0);
        for page in bodies(column, &ranks) {
            let num_values = u32::try_from(page.rows).unwrap_or(0);
            let (offset, length) = pages.put(page.body, |buf| Page::DataPage {
                buf,
                num_values,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            })?;
            index.append_row_count(i64::from(num_values));
            index.append_offset_and_size(offset, length);
            rows += page.rows;
            nulls += page.nulls;
            count += 1;
        }
        let index = index.build();
        let of = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let size = |bytes: usize| i64::try_from(bytes).unwrap_or(0);
        let (bytes, uncompressed) = (pages.sink.into_inner()?, pages.uncompressed);
        let first = index.page_locations.first().map_or(0, |page| page.offset);
        let mut metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression(self.compression)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                of(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                of(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, count),
            ])
            .set_total_compressed_size(size(bytes.len()))
            .set_total_uncompressed_size(size(uncompressed))
            .set_num_values(size(rows))
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(first);
        if has_bounds {
            metadata = metadata.set_statistics(statistics(column, nulls));
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index),
        };
        Ok((bytes.into(), close))
    }
}

/// Values one after the other; of texts each behind its length in four bytes.
fn plain_values(column: &Keyed, order: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(column.dictionary_bytes() + 4 * order.len());
    for key in order {
        let value = column.value(*key as usize);
        if matches!(column.kind, Kind::Text | Kind::Bytes) {
            bytes.extend(u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
        }
        bytes.extend_from_slice(value);
    }
    bytes
}

struct Body {
    rows: usize,
    nulls: usize,
    body: Vec<u8>,
}

/// The data pages. A column that is the same in all rows has one: heads of pages would be all it holds.
fn bodies(column: &Keyed, ranks: &[u32]) -> Vec<Body> {
    let width = width_of(ranks.len().saturating_sub(2));
    let mut bodies: Vec<Body> = Vec::new();
    let (mut first, mut rows, mut is_constant) = (None, 0, ranks.len() <= 2);
    if is_constant {
        column.each_page(|keys| {
            is_constant &= keys.iter().all(|key| *first.get_or_insert(*key) == *key);
            rows += keys.len();
        });
    }
    if is_constant {
        bodies.push(body(&vec![first.unwrap_or(0); rows], ranks, width));
    } else {
        column.each_page(|keys| bodies.push(body(keys, ranks, width)));
    }
    bodies
}

/// By one more than the key: its place in the dictionary.
fn ranks_of(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len() + 1];
    for (rank, key) in (0..).zip(order) {
        if let Some(slot) = ranks.get_mut(*key as usize + 1) {
            *slot = rank;
        }
    }
    ranks
}

fn body(keys: &[u32], ranks: &[u32], width: u8) -> Body {
    let nulls = keys.iter().filter(|key| **key == 0).count();
    let mut body = Vec::with_capacity(5 + keys.len() / 8 + keys.len() * usize::from(width) / 8);
    body.resize(4, 0);
    if nulls == 0 || nulls == keys.len() {
        pack(&vec![u32::from(nulls == 0); keys.len()], 1, &mut body);
    } else {
        pack_presence(keys, &mut body);
    }
    let length = u32::try_from(body.len().saturating_sub(4)).unwrap_or(0);
    body.iter_mut().zip(length.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    let place = |key: &u32| ranks.get(*key as usize).copied().unwrap_or(0);
    let mut places = Vec::with_capacity(keys.len());
    places.extend(keys.iter().filter(|key| **key > 0).map(place));
    body.push(width);
    pack(&places, width, &mut body);
    Body { rows: keys.len(), nulls, body }
}

fn statistics(column: &Keyed, nulls: usize) -> Statistics {
    let nulls = Some(nulls as u64);
    let keys = 0..column.different();
    match column.kind {
        Kind::Text | Kind::Bytes => {
            let values = keys.map(|key| column.value(key));
            let [least, greatest] = [values.clone().min(), values.max()];
            let bound = |value: Option<&[u8]>| {
                value
                    .filter(|value| value.len() <= LONGEST_BOUND)
                    .map(|v| ByteArray::from(v.to_vec()))
            };
            ValueStatistics::new(bound(least), bound(greatest), None, nulls, false).into()
        }
        Kind::Int => {
            let (least, greatest) = column.bounds().unzip();
            ValueStatistics::new(least, greatest, None, nulls, false)
                .with_backwards_compatible_min_max(true)
                .into()
        }
        Kind::Four | Kind::Small => {
            let (least, greatest) = column.bounds().unzip();
            // Numbers without a sign stand there as the same bits with one.
            let bits = |number: Option<i64>| number.map(low_bits);
            ValueStatistics::new(bits(least), bits(greatest), None, nulls, false)
                .with_backwards_compatible_min_max(column.kind == Kind::Small)
                .into()
        }
    }
}

/// The lower half of a number.
fn low_bits(number: i64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}
