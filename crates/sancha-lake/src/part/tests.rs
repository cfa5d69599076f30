//! What a part is written as, read by this version and by a plain Parquet reader.

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array as _, RecordBatch},
    compute::{cast, concat_batches},
};
use parquet::{
    arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
    basic::Encoding,
    file::metadata::{PageIndexPolicy, ParquetMetaDataReader},
};
use proptest::prelude::*;
use sancha_model::{Batch, Event, EventTime};
use sancha_normalize::{Head, Scratch, normalize};

use super::{
    Columns, Companion, Group, Layout, Lines, PartWriter, Position, ReadAt, Rows, Strides,
    Templates, line_length,
};
use crate::{columns, fixture::with_settings, index};

/// A file in memory.
pub(super) struct Memory(pub(super) bytes::Bytes);

impl ReadAt for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, from: u64, len: usize) -> std::io::Result<bytes::Bytes> {
        let from = usize::try_from(from).unwrap();
        let whole = from.checked_add(len).filter(|to| *to <= self.0.len());
        whole.map(|to| self.0.slice(from..to)).ok_or(std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Calls `each` with every event of `text`, its line, and the format's name.
fn events(text: &str, mut each: impl FnMut(Event<'_>, &[u8], &str)) {
    with_settings(|settings| {
        let reference = EventTime::from_nanos(1_772_000_000_000_000_000);
        let context = (settings.context)("log", reference);
        let format = settings.formats.detect(&Head::of(text.as_bytes(), "log"));
        let mut batch = Batch::default();
        batch.raw.extend_from_slice(text.as_bytes());
        normalize(&mut batch, settings.formats, format, &context, &mut Scratch::new(&context));
        let mut rest = text.as_bytes();
        for event in batch.events() {
            let (line, after) = rest.split_at(line_length(event.raw().len(), rest));
            rest = after;
            each(event, line, settings.formats.get(format).name());
        }
    });
}

/// The Parquet file of a text's part.
fn parquet_of(text: &str, layout: Layout) -> bytes::Bytes {
    let mut writer = PartWriter::new(Vec::new(), layout).unwrap();
    let mut at = Position { stream: [1; 32], offset: 0, line: 1 };
    events(text, |event, line, format| {
        writer.push(event, line, format, at).unwrap();
        at.offset += line.len() as u64;
        at.line += 1;
    });
    writer.finish().unwrap().0.into()
}

fn lines_of(columns: &Columns, rows: usize) -> String {
    let (mut text, mut templates) = (Vec::new(), Templates::default());
    for batch in columns.line_reader(&[], std::slice::from_ref(&(0..rows))).unwrap() {
        let batch = batch.unwrap();
        let mut lines = Lines::new(&batch, &mut templates);
        (0..batch.num_rows()).for_each(|row| lines.write(row, &mut text).unwrap());
    }
    String::from_utf8(text).unwrap()
}

/// What any reader of Parquet sees is what the rows were, column by column; our own gives back the lines.
fn reads_back(text: &str, layout: Layout) {
    let mut rows = Rows::new();
    events(text, |event, line, format| rows.push(event, line, format));
    let expected = rows.finish().unwrap();
    let file = parquet_of(text, layout);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap();
    assert_eq!(builder.schema().as_ref(), columns::schema().as_ref());
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    let found = concat_batches(&columns::schema(), &batches).unwrap();
    for (place, field) in columns::schema().fields().iter().enumerate() {
        assert_eq!(found.column(place), expected.column(place), "{}", field.name());
    }
    let columns = Columns::open(Arc::new(Memory(file)), "part").unwrap();
    assert_eq!(lines_of(&columns, expected.num_rows()), text);
}

fn access_line() -> impl Strategy<Value = String> {
    let address = "(192\\.0\\.2\\.[0-9]|2001:db8::[1-9a-f])";
    let status = prop_oneof![Just("200 512"), Just("304 -"), Just("404 9"), Just("oops")];
    (address, 0u8..60, "[a-zé\u{1}]{0,6}", any::<u32>(), status, "(-|a|[a-z]{90})").prop_map(
        |(address, second, path, query, status, agent)| {
            format!(
                "{address} - - [02/Mar/2026:10:00:{second:02} +0000] \"GET /{path}?q={query} HTTP/1.1\" {status} \"-\" \"{agent}\"\n"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_read_back_over_pages_and_groups(lines in proptest::collection::vec(access_line(), 1..150)) {
        let layout = Layout { group_rows: 64, page_rows: 16, ..Layout::default() };
        reads_back(&lines.concat(), layout);
    }
}

#[test]
fn values_that_hardly_come_twice_have_no_dictionary() {
    let line = |number: u64| {
        format!(
            "192.0.2.7 - - [02/Mar/2026:10:00:00 +0000] \"GET /{} HTTP/1.1\" 200 7 \"-\" \"a\"\n",
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        )
    };
    let text: String = (0..9_000).map(line).collect();
    reads_back(&text, Layout { group_rows: 1, ..Layout::default() });
    let columns = Columns::open(Arc::new(Memory(parquet_of(&text, Layout::default()))), "part");
    let columns = columns.unwrap();
    let group = columns.groups(std::slice::from_ref(&(0..9_000))).unwrap().pop_front().unwrap();
    let dictionary =
        |name: &str| columns.dictionary(&group, name).unwrap().map(|texts| texts.len());
    assert_eq!(dictionary("url_path"), None);
    assert_eq!(dictionary("user_agent"), Some(1));
}

#[test]
fn pages_are_small_but_for_texts_that_take_more_room_in_them() {
    let drawn = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // Five hundred sentences of no known kind, over and over: a small page has each once.
    let sentence = |number: u64| -> String {
        (1..13).map(|word| format!("{:x} ", drawn(number % 500 * 12 + word))).collect()
    };
    let raw: String = (0..10_000)
        .map(|number| format!("{}\u{1} {}\n", sentence(number), drawn(number)))
        .collect();
    let line = |number: u64| {
        let (page, size) = (drawn(number) >> 40, drawn(number) >> 34);
        format!(
            "192.0.2.7 - - [02/Mar/2026:10:00:00 +0000] \"GET /{page}?{0:x}{1:x}{2:x} HTTP/1.1\" 200 {size} \"-\" \"a\"\n",
            drawn(number + 1),
            drawn(number + 2).rotate_left(9),
            drawn(number + 3).rotate_left(40),
        )
    };
    let lines: String = (0..10_000).map(line).collect();
    for (text, name, rows) in [
        (&raw, columns::RAW, 4_000..10_001),
        (&lines, "http_response_bytes", 1_024..5_121),
        (&lines, "url_path", 1_024..8_193),
        (&lines, "url_query", 512..2_049),
    ] {
        let file = parquet_of(text, Layout::default());
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = reader.parse_and_finish(&file).unwrap();
        let chunks = metadata.row_group(0).columns();
        let place = chunks.iter().position(|chunk| chunk.column_descr().name() == name).unwrap();
        let pages = metadata.offset_index().unwrap()[0][place].page_locations();
        let first = pages.get(1).map_or(10_000, |page| page.first_row_index);
        assert!(rows.contains(&first), "{name}: {first}");
    }
}

#[test]
fn long_lines_are_written_and_read_a_few_at_a_time() {
    let line = |number: u32| format!("{number} {}\n", "long ".repeat(200_000));
    let text: String = (0..40).map(line).collect();
    let columns = Columns::open(Arc::new(Memory(parquet_of(&text, Layout::default()))), "part");
    let columns = columns.unwrap();
    let whole = std::slice::from_ref(&(0..40));
    assert!(columns.groups(whole).unwrap().len() > 1);
    let batches = columns.line_reader(&[], whole).unwrap().map(|batch| batch.unwrap().num_rows());
    assert!(batches.max() <= Some(17));
    assert_eq!(lines_of(&columns, 40), text);
}

#[test]
fn numbers_that_hardly_come_twice_are_split_in_every_group() {
    let line = |number: u64| {
        // Drawn first, then ever the same: a column is only looked up again some groups later.
        let drawn = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % (1 << 30);
        let size = if number < 20_000 { drawn } else { 7 };
        format!(
            "192.0.2.7 - - [02/Mar/2026:10:00:00 +0000] \"GET /{number} HTTP/1.1\" 200 {size} \"-\" \"a\"\n"
        )
    };
    let text: String = (0..30_000).map(line).collect();
    let layout = Layout { group_rows: 8_192, page_rows: 8_192, ..Layout::default() };
    reads_back(&text, layout);
    let file = ParquetRecordBatchReaderBuilder::try_new(parquet_of(&text, layout)).unwrap();
    let encodings = |name: &str| -> Vec<bool> {
        let groups = file.metadata().row_groups().iter();
        let chunks = groups.flat_map(|group| group.columns());
        chunks
            .filter(|chunk| chunk.column_descr().name() == name)
            .map(|chunk| chunk.encodings().any(|how| how == Encoding::BYTE_STREAM_SPLIT))
            .collect()
    };
    assert_eq!(encodings("http_response_bytes")[..2], [true, true]);
    assert_eq!(encodings("http_status"), [false; 4]);
}

#[test]
fn a_few_rows_of_a_column_that_is_the_same_everywhere_are_read() {
    let line = |number: u32| {
        format!(
            "192.0.2.{} - - [02/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 {number} \"-\" \"a\"\n",
            number % 9
        )
    };
    let text: String = (0..20_000).map(line).collect();
    let file = parquet_of(&text, Layout::default());
    let columns = Columns::open(Arc::new(Memory(file)), "part").unwrap();
    let names = ["user_agent", "http_response_bytes", "user_name"];
    let ranges = [3..4, 8_190..8_194, 19_999..20_000];
    let batches = columns.reader(&names, &ranges).unwrap().map(Result::unwrap);
    let mut found = Vec::new();
    for batch in batches {
        let texts = super::Texts::of(&batch, "user_agent").unwrap();
        let sizes = cast(
            batch.column_by_name("http_response_bytes").unwrap(),
            &datafusion::arrow::datatypes::DataType::Utf8,
        );
        let sizes = sizes.unwrap();
        let sizes = datafusion::arrow::array::AsArray::as_string::<i32>(&sizes);
        (0..batch.num_rows()).for_each(|row| {
            found.push((texts.get(row).unwrap().to_owned(), sizes.value(row).to_owned()));
        });
    }
    let wanted = [3, 8_190, 8_191, 8_192, 8_193, 19_999];
    assert_eq!(found, wanted.map(|number| ("a".to_owned(), number.to_string())));
}

#[test]
fn rows_far_apart_are_read_where_they_stand() {
    let drawn = |number: u64, end: u64| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % end;
    let line = |number: u64| {
        let (octet, port) = (drawn(number, 250), 1_024 + drawn(number, 5_000));
        let invalid = if number.is_multiple_of(3) { "invalid user " } else { "" };
        format!(
            "Mar  2 10:00:00 web1 sshd[{}]: Failed password for {invalid}u{octet} from 192.0.2.{octet} port {port} ssh2\n",
            2_000 + drawn(number, 8_000),
        )
    };
    let text: String = (0..100_000).map(line).collect();
    let (columns, group) = read_far_apart(&text, 100_000);
    let is_ranged = |name: &str| columns.is_ranged(&group, name);
    assert!(is_ranged("process_pid") && is_ranged("source_port"));
}

#[test]
fn values_are_taken_out_of_the_frames_of_a_dictionary() {
    let drawn = |number: u64, end: u64| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % end;
    let line = |number: u64| {
        let page = drawn(number, 5_000);
        let size = drawn(page + 1, 1 << 40);
        let path = "deeper/".repeat(usize::try_from(page % 11).unwrap());
        format!(
            "192.0.2.7 - - [02/Mar/2026:10:00:00 +0000] \"GET /{path}{page} HTTP/1.1\" 200 {size} \"-\" \"a\"\n"
        )
    };
    let text: String = (0..40_000).map(line).collect();
    reads_back(&text, Layout::default());
    let (columns, group) = read_far_apart(&text, 40_000);
    let frames = |name: &str| columns.frames(&group, name);
    assert_eq!(["url_path", "http_response_bytes", "user_agent"].map(frames), [13, 2, 1]);
}

/// Reads lines of a part, a few of every page, where they stand; gives the part and its row group.
fn read_far_apart(text: &str, rows: usize) -> (Columns, Group) {
    let file = parquet_of(text, Layout::default());
    let columns = Columns::open(Arc::new(Memory(file)), "part").unwrap();
    let ranges: Vec<_> = (0..rows).step_by(977).map(|row| row..row + 1).collect();
    let mut groups = columns.groups(&ranges).unwrap();
    let group = groups.pop_front().unwrap();
    assert!(groups.is_empty() && columns.points(&group, &[], true).unwrap().is_some());
    let (mut found, mut templates) = (Vec::new(), Templates::default());
    for batch in columns.line_reader(&[], &ranges).unwrap() {
        let batch = batch.unwrap();
        let mut lines = Lines::new(&batch, &mut templates);
        (0..batch.num_rows()).for_each(|row| lines.write(row, &mut found).unwrap());
    }
    let wanted: String = text.lines().step_by(977).map(|line| format!("{line}\n")).collect();
    assert_eq!(String::from_utf8(found).unwrap(), wanted);
    (columns, group)
}

/// Whatever is read of a companion with a bit flipped is what was written, or told.
#[test]
fn a_bit_that_flipped_in_a_companion_is_never_believed() {
    let line = |number: u64| {
        format!(
            "192.0.2.{} - - [02/Mar/2026:10:00:00 +0000] \"GET /{} HTTP/1.1\" 200 7 \"-\" \"a\"\n",
            number % 250,
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        )
    };
    let text: String = (0..9_000).map(line).collect();
    let mut writer = PartWriter::new(Vec::new(), Layout::default()).unwrap();
    let mut at = Position { stream: [1; 32], offset: 0, line: 1 };
    events(&text, |event, line, format| {
        writer.push(event, line, format, at).unwrap();
        at.offset += line.len() as u64;
        at.line += 1;
    });
    let whole = writer.finish().unwrap().1.index;
    let open = |bytes: &[u8]| {
        Companion::open(Arc::new(Memory(bytes::Bytes::copy_from_slice(bytes))), "companion")
    };
    let words = [&b"200"[..], b"11400714819323198485", b"nowhere"];
    let read = |companion: &Companion| {
        let common = words.map(|word| companion.strides(index::key(index::Kind::Word, word)).ok());
        let rare =
            words.map(|word| companion.strides_of_rare(index::key(index::Kind::Word, word)).ok());
        let address = companion.strides(index::key(index::Kind::Address, &[192, 0, 2, 7])).ok();
        let (runs, pages) = (companion.runs().ok(), companion.pages().ok());
        (companion.rows(), companion.times().ok(), runs, pages, common, rare, address)
    };
    let right = read(&open(&whole).unwrap());
    let is_right = |companion: &Companion| {
        let found = read(companion);
        let is = |one: &Option<Strides>, other: &Option<Strides>| one.is_none() || one == other;
        found.0 == right.0
            && (found.1.is_none() || found.1 == right.1)
            && (found.2.is_none() || found.2 == right.2)
            && (found.3.is_none() || found.3 == right.3)
            && found.4.iter().zip(&right.4).all(|(one, other)| is(one, other))
            && found.5.iter().zip(&right.5).all(|(one, other)| is(one, other))
            && is(&found.6, &right.6)
    };
    let head = (0..300).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    for (at, bit) in head.chain((300..whole.len()).map(|at| (at, at % 8))) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        assert!(open(&bytes).is_err() || is_right(&open(&bytes).unwrap()), "byte {at}, bit {bit}");
    }
}

/// The text of the third sample.
fn long_paths() -> String {
    let line = |number: u64| {
        let page = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % 400;
        let path = format!("{page:03}-{}", "a/path/of/its/own/".repeat(5));
        format!(
            "198.51.100.7 - - [02/Mar/2026:10:00:00 +0000] \"GET /{path}{page} HTTP/1.1\" 200 7 \"-\" \"a\"\n"
        )
    };
    (0..1_200).map(line).collect()
}

/// A part and its companions as versions before 1.0 wrote them are read for ever. The second layout has pages that are
/// not compressed, the third dictionaries in frames.
#[test]
fn parts_of_all_layouts_are_read() {
    let text = include_str!("samples/v1.log");
    let rows = text.lines().count();
    let parts = [&include_bytes!("samples/v1.parquet")[..], include_bytes!("samples/v2.parquet")];
    for part in parts {
        let part = bytes::Bytes::from_static(part);
        let columns = Columns::open(Arc::new(Memory(part)), "part").unwrap();
        assert_eq!(lines_of(&columns, rows), text);
    }
    let framed = bytes::Bytes::from_static(include_bytes!("samples/v3.parquet"));
    let columns = Columns::open(Arc::new(Memory(framed)), "part").unwrap();
    assert_eq!(lines_of(&columns, 1_200), long_paths());
    let group = columns.groups(std::slice::from_ref(&(0..1_200))).unwrap().pop_front().unwrap();
    assert!(columns.frames(&group, "url_path") > 1);
    let indexes = [
        &include_bytes!("samples/v1.idx")[..],
        include_bytes!("samples/v2.idx"),
        include_bytes!("samples/v3.idx"),
    ];
    for index in indexes {
        let index = bytes::Bytes::from_static(index);
        let companion = Companion::open(Arc::new(Memory(index)), "companion").unwrap();
        assert_eq!(companion.rows(), rows as u64);
        assert_eq!(companion.runs().unwrap().len(), 1);
        assert_eq!((companion.pages().unwrap().len(), companion.times().unwrap().len()), (1, 1));
        let holds = |key| companion.strides(key).unwrap() == Strides::all(rows as u64, true);
        let address = |octets: [u8; 4]| index::key(index::Kind::Address, &octets);
        assert!(holds(address([198, 51, 100, 7])));
        assert!(!holds(address([198, 51, 100, 8])));
        assert!(holds(index::key(index::Kind::Word, b"curl")));
    }
}
