//! A column of a row group as Parquet: a dictionary page and data pages of places in it.

use std::ops::RangeInclusive;

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, PageType, ZstdLevel},
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
    frames::{self, Compressor},
    keyed::{Keyed, Kind},
    numbering::Numbering,
    packed::{pack, pack_presence, width_of},
};

/// A longer text is no bound in the statistics.
const LONGEST_BOUND: usize = 64;

/// Bytes of the length of what tells which rows have a value.
const LEVELS_LEN: usize = 4;

/// What a page takes beside its body, with its place in the index.
const HEAD_BYTES: usize = 32;

/// So much of a page is looked at to see whether it may be small.
const SAMPLE_BYTES: usize = 256 << 10;
/// It is hardly more if it is more by one in so many.
const HARDLY: usize = 32;

/// How columns of a file are written.
pub(super) struct Chunks {
    compression: Compression,
    compressor: Compressor,
    /// What is zipped in one page has so many bytes at most, about.
    page_bytes: usize,
}

/// Pages as they are written one after the other.
struct Pages<'a> {
    sink: TrackedWrite<Vec<u8>>,
    compressor: &'a mut Compressor,
    /// With the heads of pages, as the format counts.
    uncompressed: usize,
    index: OffsetIndexBuilder,
    rows: usize,
    nulls: usize,
    /// Pages of data.
    count: i32,
}

impl<'a> Pages<'a> {
    fn new(compressor: &'a mut Compressor) -> Self {
        let (sink, index) = (TrackedWrite::new(Vec::new()), OffsetIndexBuilder::new());
        Self { sink, compressor, uncompressed: 0, index, rows: 0, nulls: 0, count: 0 }
    }

    /// Where the page stands and how long it is.
    fn write(&mut self, page: CompressedPage) -> Result<(i64, i32)> {
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size;
        let long = |_| ParquetError::General("page of more than 2 GiB".to_owned());
        let place = i64::try_from(written.offset).unwrap_or(0);
        Ok((place, i32::try_from(written.compressed_size).map_err(long)?))
    }

    /// Of `count` values, which are put into `frames`.
    fn dictionary(
        &mut self,
        frames: impl Iterator<Item = Vec<u8>>,
        count: usize,
        is_sorted: bool,
    ) -> Result<()> {
        let (mut packed, mut plain) = (Vec::new(), 0);
        for frame in frames {
            plain += frame.len();
            packed.extend(self.compressor.compress(&frame)?);
        }
        let page = Page::DictionaryPage {
            buf: packed.into(),
            num_values: u32::try_from(count).unwrap_or(0),
            encoding: Encoding::PLAIN,
            is_sorted,
        };
        self.write(CompressedPage::new(page, plain)).map(|_| ())
    }

    fn data(&mut self, page: Body, is_zipped: bool) -> Result<()> {
        let num_values = u32::try_from(page.rows).unwrap_or(0);
        let (rows, nulls) = (page.rows, page.nulls);
        let (offset, length) = match is_zipped {
            true => {
                let packed = self.compressor.compress(&page.body)?;
                self.write(CompressedPage::new(zipped(packed.into(), num_values), page.body.len()))
            }
            false => self.write(page.in_place(num_values)),
        }?;
        self.index.append_row_count(i64::from(num_values));
        self.index.append_offset_and_size(offset, length);
        self.rows += rows;
        self.nulls += nulls;
        self.count += 1;
        Ok(())
    }

    /// The chunk that the pages are, of a column with these statistics.
    fn close(
        self,
        compression: Compression,
        descriptor: ColumnDescPtr,
        statistics: Option<Statistics>,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let index = self.index.build();
        let of = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let size = |bytes: usize| i64::try_from(bytes).unwrap_or(0);
        let bytes = self.sink.into_inner()?;
        let mut metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression(compression)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                of(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                of(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, self.count),
            ])
            .set_total_compressed_size(size(bytes.len()))
            .set_total_uncompressed_size(size(self.uncompressed))
            .set_num_values(size(self.rows))
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(index.page_locations.first().map_or(0, |page| page.offset));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index),
        };
        Ok((bytes.into(), close))
    }
}

impl Chunks {
    pub(super) fn new(level: ZstdLevel, page_bytes: usize) -> Result<Self> {
        let compressor = Compressor::new(level.compression_level())?;
        Ok(Self { compression: Compression::ZSTD(level), compressor, page_bytes })
    }

    /// The numbering by which a few pages of the column take the least room, and whether they are zipped for it: only
    /// where that makes them smaller by the factor `in_place`.
    fn numbering(&mut self, column: &Keyed, in_place: f64) -> Result<(Numbering, bool)> {
        let mut best: Option<(f64, Numbering, bool)> = None;
        for candidate in Numbering::candidates(column, &column.counts()) {
            let ranks = candidate.ranks();
            let (mut plain, mut zipped) = (0, 0);
            // One value packs to nothing.
            for keys in column.sample().filter(|_| column.different() > 1) {
                plain += body(&keys, &ranks, candidate.width).body.len();
                for keys in keys.chunks(page_rows(keys.len(), candidate.width, self.page_bytes)) {
                    let body = body(keys, &ranks, candidate.width).body;
                    zipped += self.compressor.compress(&body)?.len() + HEAD_BYTES;
                }
            }
            let (plain, zipped) = (plain as f64 / in_place, zipped as f64);
            let bytes = plain.min(zipped);
            if best.as_ref().is_none_or(|(least, ..)| bytes < *least) {
                best = Some((bytes, candidate, zipped <= plain));
            }
        }
        best.map(|(_, numbering, is_zipped)| (numbering, is_zipped))
            .ok_or_else(|| ParquetError::General("no numbering".to_owned()))
    }

    /// Whether texts without a dictionary take hardly more room in pages of `page_bytes` than in long ones.
    pub(super) fn may_be_cut(&mut self, column: &Keyed, page_bytes: usize) -> Result<bool> {
        if !column.kind.has_lengths() {
            return Ok(false);
        }
        let mut texts = Vec::new();
        let middle = column.sample().nth(1).unwrap_or_default();
        let mut keys = middle.iter().filter_map(|key| key.checked_sub(1));
        while texts.len() < SAMPLE_BYTES
            && let Some(key) = keys.next()
        {
            texts.extend_from_slice(column.value(key as usize));
        }
        let whole = self.compressor.compress(&texts)?.len();
        let mut cut = 0;
        for page in texts.chunks(page_bytes) {
            cut += self.compressor.compress(page)?.len();
        }
        Ok(cut <= whole + whole / HARDLY)
    }

    /// The chunk of a column whose pages are all ended. `has_bounds`: with its least and greatest value. `in_place`: its
    /// pages are zipped only where that makes them smaller by this factor.
    pub(super) fn write(
        &mut self,
        column: &Keyed,
        descriptor: ColumnDescPtr,
        has_bounds: bool,
        in_place: f64,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let (numbering, is_zipped) = self.numbering(column, in_place)?;
        let mut pages = Pages::new(&mut self.compressor);
        let count = numbering.order.len();
        let each = frames::values_for(count, column.plain_bytes());
        // Of none there is a frame with nothing in it.
        let frames = numbering.order.chunks(each).chain((count == 0).then_some(&[][..]));
        pages.dictionary(frames.map(|keys| plain_values(column, keys)), count, false)?;
        let page_bytes = if is_zipped { self.page_bytes } else { usize::MAX };
        for body in bodies(column, &numbering.ranks(), numbering.width, page_bytes) {
            pages.data(body, is_zipped)?;
        }
        let statistics = has_bounds.then(|| statistics(column, pages.nulls));
        pages.close(self.compression, descriptor, statistics)
    }

    /// The chunk of a column of numbers, whose dictionary has every number from the least to the greatest.
    pub(super) fn write_range(
        &mut self,
        column: &Keyed,
        descriptor: ColumnDescPtr,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let (least, greatest) = column.bounds().unwrap_or((0, 0));
        let rank = |number: i64| u32::try_from(number.abs_diff(least)).unwrap_or(0);
        let ranks = (0..column.different()).map(|key| rank(column.number(key)));
        let ranks: Vec<u32> = std::iter::once(0).chain(ranks).collect();
        let count = rank(greatest) as usize + 1;
        let mut pages = Pages::new(&mut self.compressor);
        // Nobody looks these up.
        let values = range_values(column.kind, least..=greatest);
        pages.dictionary(std::iter::once(values), count, true)?;
        for body in bodies(column, &ranks, width_of(count - 1), usize::MAX) {
            pages.data(body, false)?;
        }
        let statistics = statistics(column, pages.nulls);
        pages.close(self.compression, descriptor, Some(statistics))
    }
}

/// The numbers of a range, one after the other.
fn range_values(kind: Kind, range: RangeInclusive<i64>) -> Vec<u8> {
    let bytes = if kind == Kind::Int { 8 } else { 4 };
    range.flat_map(|number| number.to_le_bytes().into_iter().take(bytes)).collect()
}

/// Values one after the other; of texts each behind its length in four bytes.
fn plain_values(column: &Keyed, order: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for key in order {
        let value = column.value(*key as usize);
        if column.kind.has_lengths() {
            bytes.extend(u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
        }
        bytes.extend_from_slice(value);
    }
    bytes
}

struct Body {
    rows: usize,
    nulls: usize,
    /// As a page of version 1 has it: the length of what tells which rows have a value, that, and places.
    body: Vec<u8>,
    /// Bytes of what tells which rows have a value.
    levels: usize,
}

/// A page of version 1, all of it compressed.
fn zipped(buf: Bytes, num_values: u32) -> Page {
    Page::DataPage {
        buf,
        num_values,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    }
}

impl Body {
    /// A page of version 2: only these can do without compression in a column that is compressed.
    fn in_place(self, num_values: u32) -> CompressedPage {
        let size = |bytes: usize| u32::try_from(bytes).unwrap_or(0);
        let buf = Bytes::from(self.body).slice(LEVELS_LEN..);
        let bytes = buf.len();
        let page = Page::DataPageV2 {
            buf,
            num_values,
            encoding: Encoding::RLE_DICTIONARY,
            num_nulls: size(self.nulls),
            num_rows: num_values,
            def_levels_byte_len: size(self.levels),
            rep_levels_byte_len: 0,
            is_compressed: false,
            statistics: None,
        };
        CompressedPage::new(page, bytes)
    }
}

/// So many of `rows` rows, with places of so many bits, are a page of about `page_bytes` at most.
fn page_rows(rows: usize, width: u8, page_bytes: usize) -> usize {
    let bytes = rows * usize::from(width) / 8;
    rows.div_ceil(bytes.div_ceil(page_bytes.max(1)).max(1)).max(1)
}

/// The data pages. A column that is the same in all rows has one: heads of pages would be all it holds.
fn bodies(column: &Keyed, ranks: &[u32], width: u8, page_bytes: usize) -> Vec<Body> {
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
        column.each_page(|keys| {
            let rows = page_rows(keys.len(), width, page_bytes);
            bodies.extend(keys.chunks(rows).map(|keys| body(keys, ranks, width)));
        });
    }
    bodies
}

fn body(keys: &[u32], ranks: &[u32], width: u8) -> Body {
    let nulls = keys.iter().filter(|key| **key == 0).count();
    let mut body =
        Vec::with_capacity(LEVELS_LEN + 1 + keys.len() / 8 + keys.len() * usize::from(width) / 8);
    body.resize(LEVELS_LEN, 0);
    if nulls == 0 || nulls == keys.len() {
        pack(&vec![u32::from(nulls == 0); keys.len()], 1, &mut body);
    } else {
        pack_presence(keys, &mut body);
    }
    let levels = body.len().saturating_sub(LEVELS_LEN);
    let length = u32::try_from(levels).unwrap_or(0);
    body.iter_mut().zip(length.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    let place = |key: &u32| ranks.get(*key as usize).copied().unwrap_or(0);
    let mut places = Vec::with_capacity(keys.len());
    places.extend(keys.iter().filter(|key| **key > 0).map(place));
    body.push(width);
    pack(&places, width, &mut body);
    Body { rows: keys.len(), nulls, body, levels }
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
