//! Numbers as Parquet packs them, and bytes as it compresses them.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, Repetition, Type},
    column::{
        page::{CompressedPage, PageWriteSpec, PageWriter},
        writer::{ColumnWriter, get_column_writer},
    },
    data_type::{ByteArray, FixedLenByteArray},
    errors::{ParquetError, Result},
    file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr},
    schema::types::{ColumnDescriptor, ColumnPath, PrimitiveTypeBuilder, Type as SchemaType},
};

/// Bits that numbers up to `greatest` take.
pub(super) fn width_of(greatest: usize) -> u8 {
    u8::try_from(usize::BITS - greatest.leading_zeros()).unwrap_or(0)
}

/// Appends numbers of `width` bits each in Parquet's hybrid of runs and packed bits. One run where all are the
/// same, else all packed: a compressor sees more in packed bits than in a mixture. The run's head is stretched
/// so that `to` has a multiple of four bytes.
pub(super) fn pack(numbers: &[u32], width: u8, to: &mut Vec<u8>) {
    let Some(first) = numbers.first() else { return };
    if numbers.iter().all(|number| number == first) {
        let bytes = usize::from(width.div_ceil(8));
        header((numbers.len() as u64) << 1, bytes, to);
        to.extend(first.to_le_bytes().iter().take(bytes));
        return;
    }
    let groups = numbers.len().div_ceil(8);
    let bytes = groups * usize::from(width);
    header(((groups as u64) << 1) | 1, bytes, to);
    let end = to.len() + bytes;
    to.reserve(bytes + 4);
    let (mut bits, mut held) = (0_u64, 0);
    for number in numbers {
        bits |= u64::from(*number) << held;
        held += u32::from(width);
        if held >= 32 {
            let [a, b, c, d, ..] = bits.to_le_bytes();
            to.extend_from_slice(&[a, b, c, d]);
            bits >>= 32;
            held -= 32;
        }
    }
    to.extend(bits.to_le_bytes().iter().take(held.div_ceil(8) as usize));
    to.resize(end, 0);
}

/// The head of a run of which `bytes` follow: LEB128, with as many zero digits as bring the end to a
/// multiple of four.
fn header(mut value: u64, bytes: usize, to: &mut Vec<u8>) {
    let start = to.len();
    while value >= 0x80 {
        to.push(low_bits(value) | 0x80);
        value >>= 7;
    }
    let missing = (to.len() + 1 + bytes).wrapping_neg() % 4;
    // Readers take heads of five bytes at most.
    if missing == 0 || to.len() - start + 1 + missing > 5 {
        to.push(low_bits(value));
        return;
    }
    to.push(low_bits(value) | 0x80);
    to.extend(std::iter::repeat_n(0x80, missing - 1));
    to.push(0);
}

/// The lowest seven.
fn low_bits(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or(0)
}

/// Appends a bit for each: whether it is more than 0.
pub(super) fn pack_presence(keys: &[u32], to: &mut Vec<u8>) {
    let groups = keys.chunks(8);
    header(((groups.len() as u64) << 1) | 1, groups.len(), to);
    to.extend(
        groups.map(|group| {
            group.iter().rev().fold(0_u8, |bits, key| (bits << 1) | u8::from(*key > 0))
        }),
    );
}

/// Compresses as the Parquet library does. Its codecs are not public; the page of a column without nulls and
/// dictionary is just its values, compressed.
pub(super) struct Compressor {
    properties: WriterPropertiesPtr,
    caught: Caught,
    /// Takes bytes by fours, a page each; keeps what compressing needs from page to page.
    fours: ColumnWriter<'static>,
}

impl Compressor {
    pub(super) fn new(compression: Compression) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_write_batch_size(usize::MAX)
            .set_data_page_size_limit(usize::MAX)
            .set_data_page_row_count_limit(1)
            .build();
        let (properties, caught) = (Arc::new(properties), Caught::default());
        let fours = SchemaType::primitive_type_builder("page", Type::INT32);
        let fours = writer(fours, &properties, &caught)?;
        Ok(Self { properties, caught, fours })
    }

    pub(super) fn compress(&mut self, bytes: Vec<u8>) -> Result<Bytes> {
        if let (ColumnWriter::Int32ColumnWriter(fours), (values, [])) =
            (&mut self.fours, bytes.as_chunks::<4>())
            && !values.is_empty()
        {
            let values: Vec<i32> = values.iter().map(|four| i32::from_le_bytes(*four)).collect();
            fours.write_batch(&values, None, None)?;
        } else {
            let length = i32::try_from(bytes.len()).map_err(|_| too_long())?;
            let whole = SchemaType::primitive_type_builder("page", Type::FIXED_LEN_BYTE_ARRAY)
                .with_length(length);
            let whole = writer(whole, &self.properties, &self.caught)?;
            if let ColumnWriter::FixedLenByteArrayColumnWriter(mut whole) = whole {
                let value = FixedLenByteArray::from(ByteArray::from(bytes));
                whole.write_batch(&[value], None, None)?;
                whole.close()?;
            }
        }
        let page = self.caught.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        page.ok_or_else(|| ParquetError::General("no page was written".to_owned()))
    }
}

fn writer(
    kind: PrimitiveTypeBuilder<'_>,
    properties: &WriterPropertiesPtr,
    caught: &Caught,
) -> Result<ColumnWriter<'static>> {
    let kind = Arc::new(kind.with_repetition(Repetition::REQUIRED).build()?);
    let column = Arc::new(ColumnDescriptor::new(kind, 0, 0, ColumnPath::from("page")));
    Ok(get_column_writer(column, Arc::clone(properties), Box::new(caught.clone())))
}

fn too_long() -> ParquetError {
    ParquetError::General("page of more than 2 GiB".to_owned())
}

/// The page that is written.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Option<Bytes>>>);

impl PageWriter for Caught {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let bytes = page.compressed_page().buffer().clone();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
        Ok(PageWriteSpec::new())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_as_the_format_says() {
        // The example of the format's description: 0 to 7 in three bits each.
        let mut packed = Vec::new();
        pack(&[0, 1, 2, 3, 4, 5, 6, 7], 3, &mut packed);
        assert_eq!(packed, [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        let mut run = Vec::new();
        pack(&[300; 100], 9, &mut run);
        assert_eq!(run, [200, 1, 44, 1]);
        let mut odd = vec![9];
        pack(&[1, 0, 1], 1, &mut odd);
        assert_eq!(odd, [9, 0x83, 0, 0b101]);
        let mut present = Vec::new();
        pack_presence(&[7, 0, 1, 1, 1, 1, 1, 1, 1], &mut present);
        assert_eq!(present, [0x85, 0, 0b1111_1101, 1]);
        assert_eq!([0, 1, 2, 255, 256].map(width_of), [0, 1, 2, 8, 9]);
    }

    #[test]
    fn bytes_are_compressed_whatever_their_number() {
        let mut compressor = Compressor::new(Compression::UNCOMPRESSED).unwrap();
        for length in [0, 1, 4, 7, 8, 40_000] {
            let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            assert_eq!(compressor.compress(bytes.clone()).unwrap(), bytes);
        }
    }
}
