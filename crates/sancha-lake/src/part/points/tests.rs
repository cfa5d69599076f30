//! Held against the Parquet library, with whatever it writes.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
        TimestampMillisecondArray, UInt32Array,
    },
    compute::{cast, take},
    datatypes::{DataType, Int64Type},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding, ZstdLevel},
    file::{
        metadata::{PageIndexPolicy, ParquetMetaDataReader},
        properties::{EnabledStatistics, WriterProperties, WriterVersion},
    },
};
use proptest::prelude::*;

use super::*;
use crate::part::tests::Memory;

/// How a file is written.
#[derive(Clone, Debug)]
struct How {
    is_zipped: bool,
    has_dictionary: bool,
    is_second: bool,
    numbers: Encoding,
    page_rows: usize,
}

fn how() -> impl Strategy<Value = How> {
    let numbers = prop::sample::select(vec![
        Encoding::PLAIN,
        Encoding::DELTA_BINARY_PACKED,
        Encoding::BYTE_STREAM_SPLIT,
    ]);
    (any::<[bool; 3]>(), numbers, 1_usize..300).prop_map(|(flags, numbers, page_rows)| {
        let [is_zipped, has_dictionary, is_second] = flags;
        How { is_zipped, has_dictionary, is_second, numbers, page_rows }
    })
}

/// A file of one row group and every kind of column.
fn file(how: &How, batch: &RecordBatch) -> bytes::Bytes {
    let version =
        if how.is_second { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
    let compression = match how.is_zipped {
        true => Compression::ZSTD(ZstdLevel::default()),
        false => Compression::UNCOMPRESSED,
    };
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(compression)
        .set_dictionary_enabled(how.has_dictionary)
        .set_data_page_row_count_limit(how.page_rows)
        .set_write_batch_size(1)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in batch.schema().fields() {
        let encoding = match field.data_type() {
            DataType::Utf8 | DataType::Binary => Encoding::PLAIN,
            _ => how.numbers,
        };
        properties = properties.set_column_encoding(field.name().as_str().into(), encoding);
    }
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes.into()
}

fn metadata(file: &bytes::Bytes) -> ParquetMetaData {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader.parse_and_finish(file).unwrap()
}

/// Rows of numbers and texts: few or many different ones, in runs or not, some missing.
fn batch() -> impl Strategy<Value = RecordBatch> {
    let number = prop_oneof![
        4 => (0_i64..9).prop_map(Some),
        2 => (1_000_i64..70_000).prop_map(Some),
        1 => any::<i64>().prop_map(Some),
        2 => Just(None),
    ];
    let runs = prop::collection::vec((number, 1_usize..40), 1..40);
    runs.prop_map(|runs| {
        let numbers: Vec<Option<i64>> =
            runs.iter().flat_map(|(number, times)| std::iter::repeat_n(*number, *times)).collect();
        let numbers = Int64Array::from(numbers);
        let low =
            |number: i64| i32::from_le_bytes(std::array::from_fn(|at| number.to_le_bytes()[at]));
        let small: Int32Array = numbers.iter().map(|number| number.map(low)).collect();
        let four: UInt32Array =
            numbers.iter().map(|number| number.map(|n| low(n).cast_unsigned())).collect();
        let times: TimestampMillisecondArray = numbers.iter().collect();
        let text = |number: i64| if number == 7 { String::new() } else { format!("é{number}") };
        let texts: StringArray = numbers.iter().map(|number| number.map(text)).collect();
        let bytes: BinaryArray = texts.iter().collect();
        RecordBatch::try_from_iter_with_nullable([
            ("eight", Arc::new(numbers) as ArrayRef, true),
            ("small", Arc::new(small), true),
            ("four", Arc::new(four), true),
            ("time", Arc::new(times.with_timezone("UTC")), true),
            ("text", Arc::new(texts), true),
            ("bytes", Arc::new(bytes), true),
        ])
        .unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn single_rows_are_what_was_written(
        batch in batch(),
        how in how(),
        rows in prop::collection::btree_set(0_usize..1_600, 1..60),
    ) {
        let bytes = file(&how, &batch);
        let metadata = metadata(&bytes);
        let memory = Memory(bytes);
        let rows: Vec<usize> = rows.into_iter().filter(|row| *row < batch.num_rows()).collect();
        let ranges = rows.iter().map(|row| *row..row + 1).collect();
        let group = (0, batch.num_rows());
        let mut tools = Tools::new().unwrap();
        let mut points = Points::new((&memory, "part"), &metadata, group, ranges, &mut tools);
        let places = rows.iter().map(|row| i32::try_from(*row).unwrap()).collect::<Int32Array>();
        for (place, field) in batch.schema().fields().iter().enumerate() {
            let kind = match field.data_type() {
                DataType::Utf8 if how.has_dictionary => {
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
                }
                DataType::Utf8 => DataType::Utf8View,
                DataType::Binary => DataType::BinaryView,
                kind => kind.clone(),
            };
            let expected = take(batch.column(place), &places, None).unwrap();
            let found = match points.column(place, &kind) {
                Ok(found) => cast(&found, field.data_type()).unwrap(),
                // What nobody here writes.
                Err(_) => {
                    prop_assert!(how.is_second && how.is_zipped, "{} {how:?}", field.name());
                    continue;
                }
            };
            prop_assert_eq!(&found, &expected, "{} {:?}", field.name(), how);
        }
    }

    #[test]
    fn rows_are_found_by_their_dictionary(
        batch in batch(),
        how in how(),
        (first, last) in (0_i64..9, 0_i64..1_200),
        (start, end) in (0_usize..800, 0_usize..800),
    ) {
        let how = How { has_dictionary: true, is_zipped: how.is_zipped && !how.is_second, ..how };
        let bytes = file(&how, &batch);
        let metadata = metadata(&bytes);
        let memory = Memory(bytes);
        let (start, end) = (start.min(batch.num_rows()), end.min(batch.num_rows()));
        let ranges: Vec<Range<usize>> =
            [0..start, start + 3..end].into_iter().filter(|range| !range.is_empty()).collect();
        let asked = |row: &usize| ranges.iter().any(|range| range.contains(row));
        let group = (0, batch.num_rows());
        let mut tools = Tools::new().unwrap();
        let mut points =
            Points::new((&memory, "part"), &metadata, group, ranges.clone(), &mut tools);
        let text = format!("é{first}");
        let wish = Wish { numbers: Some(first..=last), text: Box::new(|one| one == text.as_bytes()) };
        let numbers = batch.column(0).as_primitive::<Int64Type>();
        let wanted = (0..batch.num_rows())
            .filter(|row| numbers.is_valid(*row) && (first..=last).contains(&numbers.value(*row)));
        let found = points.rows_with(0, &DataType::Int64, &wish).unwrap_or_else(|_| panic!("{how:?}"));
        prop_assert!(found.into_iter().flatten().eq(wanted.filter(|row| asked(row))));
        let texts = batch.column(4).as_string::<i32>();
        let wanted = (0..batch.num_rows())
            .filter(|row| texts.is_valid(*row) && texts.value(*row) == text);
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let found = points.rows_with(4, &kind, &wish).unwrap_or_else(|_| panic!("{how:?}"));
        prop_assert!(found.into_iter().flatten().eq(wanted.filter(|row| asked(row))));
    }
}

/// Numbers of `width` bits as one packed run, with [`PADDING`].
fn packed_run(numbers: &[u64], width: u32) -> Vec<u8> {
    let groups = numbers.len().div_ceil(8);
    let mut bits = vec![false; groups * 8 * width as usize];
    for (at, number) in numbers.iter().enumerate() {
        for bit in 0..width as usize {
            bits[at * width as usize + bit] = number >> bit & 1 == 1;
        }
    }
    let mut bytes = Vec::new();
    crate::leb128::put((groups as u64) << 1 | 1, &mut bytes);
    bytes.extend(
        bits.chunks(8)
            .map(|byte| byte.iter().rev().fold(0_u8, |all, bit| all << 1 | u8::from(*bit))),
    );
    bytes.resize(bytes.len() + PADDING, 0xff);
    bytes
}

proptest! {
    #[test]
    fn numbers_of_any_width_are_found_among_packed_ones(
        width in 1_u32..=57,
        pool in prop::collection::vec(any::<u64>(), 4),
        picks in prop::collection::vec(0_usize..4, 1..300),
        wanted in prop::collection::btree_set(0_usize..4, 1..3),
        (from, to) in (0_usize..300, 0_usize..300),
    ) {
        // Places in a dictionary are small, whatever their width.
        let pool: Vec<u64> = pool.iter().map(|one| one & ((1 << width) - 1) & 0xffff).collect();
        let numbers: Vec<u64> = picks.iter().map(|pick| pool[*pick]).collect();
        let mut keys = Keys::default();
        let wanted: std::collections::BTreeSet<u64> = wanted.iter().map(|pick| pool[*pick]).collect();
        wanted.iter().for_each(|key| keys.insert(usize::try_from(*key).unwrap()));
        let (from, to) = (from.min(numbers.len()), to.min(numbers.len()));
        let mut found = Vec::new();
        let bytes = packed_run(&numbers, width);
        runs::Hybrid::new(&bytes, width).find(from..to, &keys, &mut found).unwrap();
        let expected = (from..to).filter(|at| wanted.contains(&numbers[*at]));
        prop_assert!(found.iter().copied().eq(expected), "{:?}", found);
    }

    #[test]
    fn rows_that_have_a_value_are_counted(
        rows in prop::collection::vec(0_u64..2, 1..900),
        asked in prop::collection::btree_set(0_usize..900, 1..40),
    ) {
        let bytes = packed_run(&rows, 1);
        let mut present = runs::Present::new(&bytes);
        for row in asked.into_iter().filter(|row| *row < rows.len()) {
            let before = rows[..row].iter().filter(|has| **has == 1).count();
            prop_assert_eq!(present.before(row), Some(before));
            prop_assert_eq!(present.rank(row), Some((rows[row] == 1).then_some(before)));
        }
    }
}

#[test]
fn behind_what_is_read_stands_nothing_of_what_was_read_before() {
    let rows = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![7])) as ArrayRef)]);
    let how = How {
        is_zipped: false,
        has_dictionary: true,
        is_second: false,
        numbers: Encoding::PLAIN,
        page_rows: 1,
    };
    let bytes = file(&how, &rows.unwrap());
    let (metadata, memory) = (metadata(&bytes), Memory(bytes.clone()));
    let mut tools = Tools::new().unwrap();
    tools.bytes = vec![0xff; 4_096];
    let row = std::iter::once(0..1).collect();
    let mut points = Points::new((&memory, "part"), &metadata, (0, 1), row, &mut tools);
    assert!(points.fill(0..9).is_ok());
    assert_eq!(tools.bytes, [&bytes[..9], &[0; PADDING]].concat());
}
