//! The row groups of a part's Parquet file.

use std::{
    io::{self, Write},
    sync::Arc,
};

use datafusion::arrow::{
    array::ArrayRef,
    datatypes::{DataType, SchemaRef},
};
use parquet::{
    arrow::{
        ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata,
        arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
    },
    basic::{Compression, Encoding as How, ZstdLevel},
    errors::{ParquetError, Result},
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::ColumnPath,
};

use super::{
    Layout, chunk::Chunks, encoding::Encoding, keyed::Keyed, lines::needed_by_many, rows::Rows,
};
use crate::columns;

/// A row group whose dictionary of one column has grown to this many bytes is ended: whoever reads one row
/// reads its dictionaries.
const DICTIONARY_BYTES: usize = 8 << 20;
/// A page whose rows have grown to this many bytes is ended, so that long lines need no more room than short ones.
const PAGE_BYTES: usize = 16 << 20;
/// Texts without a dictionary that take more room in small pages, such as whole lines, are in pages of this size at
/// least: in pages of 64 KiB these take up to two fifths more, in such pages some hundredths.
const LONG_TEXT_BYTES: usize = 1 << 20;
/// Every so many row groups, all columns are tried with a dictionary.
const KEYED_AGAIN: usize = 8;

/// Zipping pages that makes them smaller by this factor only is not worth unzipping them.
pub(super) const LITTLE: f64 = 1.1;

/// Puts rows into row groups, columns by dictionary where values come again.
pub(super) struct Groups<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: SchemaRef,
    /// Write the time, and columns without a dictionary; `split` texts, too, that may be in small pages.
    plain: ArrowRowGroupWriterFactory,
    split: ArrowRowGroupWriterFactory,
    time: Option<ArrowColumnWriter>,
    chunks: Chunks,
    layout: Layout,
    /// Rows of the group at hand.
    rows: usize,
    number: usize,
}

impl<W: Write + Send> Groups<W> {
    pub(super) fn new(to: W, layout: Layout) -> Result<Self> {
        let schema = columns::schema();
        let level = ZstdLevel::try_new(layout.zstd)?;
        let compression = Compression::ZSTD(level);
        let text_bytes = layout.text_bytes.max(LONG_TEXT_BYTES);
        let mut plain = properties(layout, compression, How::DELTA_BINARY_PACKED, text_bytes);
        add_encoded_arrow_schema_to_metadata(&schema, &mut plain);
        let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
        // A writer of columns has the properties of some file.
        let split = properties(layout, compression, How::BYTE_STREAM_SPLIT, layout.text_bytes);
        let split = Arc::new(split);
        let split = SerializedFileWriter::new(io::sink(), Arc::clone(&root), split)?;
        let split = ArrowRowGroupWriterFactory::new(&split, Arc::clone(&schema));
        let file = SerializedFileWriter::new(to, root, Arc::new(plain))?;
        let plain = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        let chunks = Chunks::new(level, layout.page_bytes)?;
        Ok(Self { file, schema, plain, split, time: None, chunks, layout, rows: 0, number: 0 })
    }

    /// Takes the page at hand when it is full.
    pub(super) fn take(&mut self, rows: &mut Rows) -> Result<()> {
        if rows.len() < self.layout.page_rows && rows.bytes() < PAGE_BYTES {
            return Ok(());
        }
        self.end_page(rows)?;
        let is_full = |column: &Keyed| column.dictionary_bytes() >= DICTIONARY_BYTES;
        if self.rows >= self.layout.group_rows || rows.columns().iter().any(is_full) {
            self.end_group(rows)?;
        }
        Ok(())
    }

    fn end_page(&mut self, rows: &mut Rows) -> Result<()> {
        self.rows += rows.len();
        let times = rows.end_page();
        let mut time = match self.time.take() {
            Some(time) => time,
            None => self.writer(&self.plain, 0)?,
        };
        self.write(&mut time, 0, &times)?;
        self.time = Some(time);
        Ok(())
    }

    /// A writer of the column at `place` of the schema.
    fn writer(&self, how: &ArrowRowGroupWriterFactory, place: usize) -> Result<ArrowColumnWriter> {
        let writer = how.create_column_writers(self.number)?.into_iter().nth(place);
        writer.ok_or_else(|| ParquetError::General(format!("no column {place}")))
    }

    fn write(&self, writer: &mut ArrowColumnWriter, place: usize, values: &ArrayRef) -> Result<()> {
        compute_leaves(self.schema.field(place), values)?
            .iter()
            .try_for_each(|leaf| writer.write(leaf))
    }

    fn end_group(&mut self, rows: &mut Rows) -> Result<()> {
        let encodings: Vec<_> = rows.columns().iter().map(Encoding::of).collect();
        let mut plain = Vec::new();
        for ((place, column), encoding) in (1..).zip(rows.columns()).zip(&encodings) {
            plain.push(match encoding {
                Encoding::Keyed | Encoding::Ranged => None,
                Encoding::Plain if self.chunks.may_be_cut(column, self.layout.text_bytes)? => {
                    Some(self.unkeyed(&self.split, place, column)?)
                }
                Encoding::Plain => Some(self.unkeyed(&self.plain, place, column)?),
                Encoding::Split => Some(self.unkeyed(&self.split, place, column)?),
            });
        }
        let needed = needed_by_many(rows.templates(), self.rows);
        let Some(time) = self.time.take() else { return Ok(()) };
        let descriptors = self.file.schema_descr().columns().to_vec();
        let mut group = self.file.next_row_group()?;
        time.close()?.append_to_row_group(&mut group)?;
        let columns = (1..).zip(rows.columns()).zip(plain).zip(descriptors.into_iter().skip(1));
        for ((((place, column), plain), descriptor), encoding) in columns.zip(&encodings) {
            if let Some(plain) = plain {
                plain.close()?.append_to_row_group(&mut group)?;
                continue;
            }
            let name = self.schema.field(place).name().as_str();
            // The least and greatest template help nobody.
            let has_bounds = name != columns::TEMPLATE;
            let is_needed = needed.contains(&name);
            let in_place = if is_needed { self.layout.in_place } else { LITTLE };
            let (bytes, close) = match encoding {
                Encoding::Ranged => self.chunks.write_range(column, descriptor)?,
                _ => self.chunks.write(column, descriptor, has_bounds, in_place)?,
            };
            group.append_column(&bytes, close)?;
        }
        group.close()?;
        (self.rows, self.number) = (0, self.number + 1);
        // Now and then all are looked up, for what comes may have changed.
        let may_be_unkeyed = !self.number.is_multiple_of(KEYED_AGAIN);
        rows.clear(encodings.iter().map(|e| may_be_unkeyed && *e != Encoding::Keyed));
        Ok(())
    }

    /// A column without a dictionary.
    fn unkeyed(
        &self,
        how: &ArrowRowGroupWriterFactory,
        place: usize,
        column: &Keyed,
    ) -> Result<ArrowColumnWriter> {
        let mut writer = self.writer(how, place)?;
        let mut outcome = Ok(());
        column.each_page(|keys| {
            if outcome.is_ok() {
                outcome = self.write(&mut writer, place, &column.array(keys));
            }
        });
        outcome.map(|()| writer)
    }

    pub(super) fn finish(mut self, rows: &mut Rows) -> Result<W> {
        if rows.len() > 0 {
            self.end_page(rows)?;
        }
        if self.rows > 0 {
            self.end_group(rows)?;
        }
        self.file.into_inner()
    }
}

/// `numbers`: how numbers are encoded, the time apart. `text_bytes`: about as much of texts is in a page.
fn properties(
    layout: Layout,
    compression: Compression,
    numbers: How,
    text_bytes: usize,
) -> WriterProperties {
    let time = ColumnPath::from(columns::TIME);
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(layout.page_rows)
        .set_data_page_size_limit(text_bytes)
        .set_write_batch_size(1_024)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("sancha ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_column_statistics_enabled(time, EnabledStatistics::Page);
    for field in columns::schema().fields() {
        let how = match field.data_type() {
            DataType::Timestamp(..) => How::DELTA_BINARY_PACKED,
            DataType::Int64 | DataType::Int32 => numbers,
            _ => continue,
        };
        let path = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_encoding(path.clone(), how)
            .set_column_data_page_size_limit(path, layout.page_bytes);
    }
    properties.build()
}
