//! Files as they are written, changed: the laws hold, and a whole lake answers right or tells the file.

use std::{ops::Range, sync::LazyLock};

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    Query, SqlLakeError, WithValues,
    disk::{PeriodKeys, SealedDisk},
    fixture::{AT, accept_text, key, with_settings},
    query::{SqlOptions, TimeRange, parse},
    settle::tests::{accept, settle},
    verify::Scope,
};

/// 256 cases, or as many as `PROPTEST_CASES` says, divided.
fn cases(divided: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / divided, failure_persistence: None, ..usual }
}

/// A change of a file's bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Cut(Index),
    /// These bytes in the place of others, or between them.
    Put(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    /// Some bytes of the file, in another place of it.
    Splice(Index, Index, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len().max(1)).min(bytes.len());
        match self {
            Self::Flip(at, bit) => {
                let at = place(at, bytes);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
            }
            Self::Cut(at) => bytes.truncate(place(at, bytes)),
            Self::Put(at, new) => {
                let at = place(at, bytes);
                bytes.iter_mut().skip(at).zip(new).for_each(|(to, from)| *to = *from);
            }
            Self::Insert(at, new) => {
                let at = place(at, bytes);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Splice(from, to, len) => {
                let (from, to) = (place(from, bytes), place(to, bytes));
                let some: Vec<u8> = bytes.iter().skip(from).take(*len).copied().collect();
                bytes.iter_mut().skip(to).zip(some).for_each(|(to, from)| *to = from);
            }
        }
    }
}

/// Bytes that lengths and counts are likely to believe.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (1_usize..12).prop_map(|len| vec![0xff; len]),
        (1_usize..12).prop_map(|len| vec![0; len]),
        // Varints of many bits, and a list of structures of so many elements.
        (1_usize..9).prop_map(|len| [&vec![0xff; len][..], &[0x07]].concat()),
        Just(vec![0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]),
        any::<u64>().prop_map(|number| number.to_le_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..24),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    let change = prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => at().prop_map(Change::Cut),
        4 => (at(), bytes()).prop_map(|(at, new)| Change::Put(at, new)),
        2 => (at(), bytes()).prop_map(|(at, new)| Change::Insert(at, new)),
        2 => (at(), at(), 1_usize..200).prop_map(|(from, to, len)| Change::Splice(from, to, len)),
    ];
    prop::collection::vec(change, 1..4)
}

/// Changes near the end, where a Parquet file has its metadata and the places of its pages.
fn changed(bytes: &[u8], changes: &[Change], last: usize) -> Vec<u8> {
    let (kept, end) = bytes.split_at(bytes.len().saturating_sub(last));
    let mut end = end.to_vec();
    changes.iter().for_each(|change| change.apply(&mut end));
    [kept, &end].concat()
}

/// Lines of an access log and some of none.
fn text(lines: u32) -> String {
    let line = |at: u32| match at % 97 {
        96 => format!("no line {at} of an access log\r\n"),
        rest => format!(
            "192.0.2.{} - li [02/Mar/2026:10:{:02}:{:02} +0000] \"GET /{at}?q={} HTTP/1.1\" 200 {} \"-\" \"agent {}\"\n",
            at % 200,
            at / 60 % 60,
            at % 60,
            at.wrapping_mul(0x9e37_79b9),
            at * 31 % 900,
            rest % 3
        ),
    };
    (0..lines).map(line).collect()
}

/// A lake of some parts, with a write-ahead file that is not settled.
static LAKE: LazyLock<MemoryDisk> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let mut lake = Lake::create(Arc::clone(&shared), &key(), AT).unwrap();
    accept_text(&shared, &text(9_000));
    settle(&mut lake).unwrap();
    accept(&shared, 200);
    disk
});

/// Paths of all files of a disk, below a folder.
fn files(disk: &dyn Disk, folder: &str) -> Vec<String> {
    let below = |entry: disk::Entry| match folder {
        "" => (entry.name, entry.is_folder),
        _ => (format!("{folder}/{}", entry.name), entry.is_folder),
    };
    let entries = disk.list(folder).unwrap().into_iter().map(below);
    entries
        .flat_map(|(path, is_folder)| if is_folder { files(disk, &path) } else { vec![path] })
        .collect()
}

fn of_kind(ending: &str) -> Vec<u8> {
    let path = files(&*LAKE, "").into_iter().find(|path| path.ends_with(ending)).unwrap();
    LAKE.read(&path).unwrap()
}

static PART: LazyLock<Vec<u8>> = LazyLock::new(|| of_kind(".parquet"));
static COMPANION: LazyLock<Vec<u8>> = LazyLock::new(|| of_kind(".idx"));
static WAL: LazyLock<Vec<u8>> = LazyLock::new(|| of_kind(".wal"));

#[test]
fn what_is_written_is_read() {
    part(&PART);
    companion(&COMPANION);
    write_ahead(&WAL);
    assert_eq!(index::with_true_sums(&COMPANION), *COMPANION);
    assert_eq!(wal::with_true_sums(&WAL, wal::list(&*LAKE).unwrap()[0].id), *WAL);
    let whole = Columns::open(file(&PART), PATH).unwrap();
    assert_eq!(whole.rows() as u64, Companion::open(file(&COMPANION), PATH).unwrap().rows());
    let samples = [
        &include_bytes!("../part/samples/v1.parquet")[..],
        include_bytes!("../part/samples/v1.idx"),
    ];
    part(samples[0]);
    companion(samples[1]);
}

/// Says that so many structures follow, which ends the process of whoever makes room for them.
const ENDLESS: [u8; 6] = [0xfc, 0xff, 0xff, 0xff, 0xff, 0x07];

#[test]
fn a_footer_with_an_endless_list_is_told() {
    let (before, end) = PART.split_at(PART.len() - 8);
    let len = u32::from_le_bytes(*end.first_chunk().unwrap());
    let (before, footer) = before.split_at(before.len() - len as usize);
    let is_list = |byte: u8| byte & 0x0f == 0x0c && byte > 0x0f;
    let lists = (0..footer.len()).filter(|at| is_list(footer[*at]));
    let mut tried = 0;
    for at in lists {
        let mut footer = footer.to_vec();
        footer.splice(at..=at, ENDLESS);
        let end = [&u32::try_from(footer.len()).unwrap().to_le_bytes()[..], b"PAR1"].concat();
        told(Columns::open(file(&[before, &footer, &end].concat()), PATH));
        tried += 1;
    }
    assert!(tried > 1, "the schema and the row groups are lists");
}

#[test]
fn an_endless_list_of_pages_is_told() {
    let metadata = parquet::file::metadata::ParquetMetaDataReader::new()
        .parse_and_finish(&Bytes::from_static(&PART))
        .unwrap();
    for chunk in metadata.row_groups()[0].columns() {
        let at = usize::try_from(chunk.offset_index_offset().unwrap()).unwrap();
        let mut bytes = PART.clone();
        // Behind the head of the field.
        bytes.splice(at + 1..at + 1 + ENDLESS.len(), ENDLESS);
        let columns = Columns::open(file(&bytes), PATH).unwrap();
        let (name, rows) = (chunk.column_descr().name(), columns.rows());
        let reads = |ranges: &[Range<usize>]| {
            let mut batches = columns.reader(&[name], ranges).unwrap();
            batches.all(|batch| told(batch).is_some())
        };
        assert!(!reads(std::slice::from_ref(&(0..rows))), "{name} page by page");
        assert!(!reads(&[0..1, rows - 1..rows]), "{name} row by row");
    }
}

#[test]
fn a_directory_that_leads_behind_the_end_is_told() {
    let open = Companion::open(file(&COMPANION), PATH).unwrap();
    let (from, to) = open.directory_place();
    for wrong in [u32::MAX, u32::MAX - 9, 0] {
        let mut bytes = COMPANION.clone();
        let directory = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
        for entry in bytes[directory].chunks_exact_mut(12).skip(1).step_by(2) {
            entry[8..].copy_from_slice(&wrong.to_le_bytes());
        }
        let changed = Companion::open(file(&index::with_true_sums(&bytes)), PATH).unwrap();
        for key in (0..64).map(|key| key << 58) {
            told(changed.strides(key));
        }
    }
}

#[test]
fn an_end_that_counts_records_that_are_not_there_is_told() {
    let (head, end) = (&WAL[..40], &WAL[WAL.len() - 92..]);
    write_ahead(&[head, end].concat());
}

#[test]
fn a_write_ahead_record_at_the_end_of_all_numbers_is_none_of_ours() {
    let id = wal::list(&*LAKE).unwrap()[0].id;
    for field in [16, 24] {
        let mut bytes = WAL.clone();
        bytes[40 + field..40 + field + 8].fill(0xff);
        write_ahead_file(&wal::with_true_sums(&bytes, id), id);
    }
}

#[test]
fn an_encrypted_frame_far_behind_the_others_is_none_of_ours() {
    let wal = &ENCRYPTED.1[1];
    let mut bytes = wal.clone();
    for at in memchr::memmem::find_iter(wal, &[0xEE, b'S', b'F', b'R']) {
        bytes[at + 8..at + 16].fill(0xfe);
    }
    assert_ne!(bytes, *wal);
    encrypted(&bytes, &sealed);
}

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn a_changed_part_is_read_or_told(changes in changes(), last in prop_oneof![Just(usize::MAX), Just(12_000)]) {
        part(&changed(&PART, &changes, last));
    }

    #[test]
    fn a_changed_companion_is_read_or_told(changes in changes(), age in 0..3) {
        let whole = match age {
            2 => &include_bytes!("../part/samples/v1.idx")[..],
            1 => include_bytes!("../part/samples/v2.idx"),
            _ => &COMPANION,
        };
        let mut bytes = whole.to_vec();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        companion(&bytes);
        // Its head still adds up.
        let mut bytes = whole.to_vec();
        changes.iter().for_each(|change| {
            change.apply(&mut bytes);
            bytes.resize(whole.len(), 0);
        });
        let head = index::HEAD_BYTES;
        bytes.splice(..head, whole[..head].iter().copied());
        companion(&bytes);
    }

    #[test]
    fn changed_counts_are_read_or_told(changes in changes()) {
        let open = Companion::open(file(&COMPANION), PATH).unwrap();
        let mut bytes = open.count_bytes().unwrap().to_vec();
        prop_assert!(!bytes.is_empty());
        changes.iter().for_each(|change| change.apply(&mut bytes));
        counts(&bytes);
    }

    #[test]
    fn a_changed_write_ahead_file_is_read_or_told(changes in changes()) {
        write_ahead(&changed(&WAL, &changes, usize::MAX));
        write_ahead(&changed(include_bytes!("../wal/tests/v1.wal"), &changes, usize::MAX));
    }

    #[test]
    fn a_changed_record_of_a_commit_is_read_or_told(changes in changes()) {
        let mut bytes = disk::commit_record_sample();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        commit_record(&bytes);
    }

    #[test]
    fn a_changed_encrypted_file_is_read_or_told(changes in changes(), of_wal in any::<bool>()) {
        let mut bytes = ENCRYPTED.1[usize::from(of_wal)].clone();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        encrypted(&bytes, &sealed);
    }

    #[test]
    fn a_changed_log_is_as_it_was_or_told(changes in changes(), which in any::<Index>()) {
        let disk = LAKE.after_kill();
        let paths = files(&disk, "seal");
        let path = &paths[which.index(paths.len())];
        let mut bytes = disk.read(path).unwrap();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        log(&bytes, path, Arc::new(disk), &Lake::open(Arc::new(LAKE.after_kill())).unwrap());
    }
}

/// An encrypted part of two frames and a write-ahead file of some records, and the folder of their keys.
static ENCRYPTED: LazyLock<(tempfile::TempDir, [Vec<u8>; 2])> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let inner = Arc::new(MemoryDisk::new());
    let keys = PeriodKeys::new(folder.path().join("keys"));
    let disk: Arc<dyn Disk> = Arc::new(SealedDisk::new(Arc::<MemoryDisk>::clone(&inner), keys));
    disk.write_at_once(PATH, &vec![b'x'; 100_000]).unwrap();
    accept(&disk, 80);
    let wal = wal::list(&*inner).unwrap().remove(0);
    let files = [PATH, &wal.path].map(|path| inner.read(path).unwrap());
    (folder, files)
});

fn sealed(inner: Arc<dyn Disk>) -> Arc<dyn Disk> {
    Arc::new(SealedDisk::new(inner, PeriodKeys::new(ENCRYPTED.0.path().join("keys"))))
}

/// What a lake answers to all that can be asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answers {
    lines: Vec<Vec<u8>>,
    some: u64,
    sql: Vec<String>,
    streams: Vec<Vec<u8>>,
}

fn answers(lake: &Lake) -> Result<Answers, Arc<LakeError>> {
    let mut answers = Answers::default();
    let everything = Query {
        source: None,
        time: TimeRange::ALL,
        filters: Vec::new(),
        with_values: WithValues::All,
    };
    with_settings(|settings| {
        lake.search(&everything, settings, &mut |answer| {
            answers.lines.push(answer.hit.line.to_vec());
            true
        })
    })?;
    for text in ["\"agent 2\" ip:192.0.2.7", "user:li 4711", "status:200 -path:*7*"] {
        let query = Query { filters: parse(text).unwrap().filters, ..everything.clone() };
        answers.some += with_settings(|settings| lake.count(&query, settings))?.answers;
    }
    for sql in [
        "SELECT count(*), max(http_response_bytes) FROM logs GROUP BY http_status ORDER BY 1, 2",
        "SELECT user_name, count(*) FROM logs GROUP BY user_name ORDER BY 1, 2",
    ] {
        with_settings(|settings| {
            lake.sql(sql, settings, SqlOptions { threads: 1, zone_minutes: 0 }, &mut |batch| {
                crate::query::each_row(batch, |cells| {
                    answers.sql.push(cells.join("|"));
                    Ok(())
                })
            })
        })
        .map_err(|error| match error {
            SqlLakeError::Lake(error) => error,
            error @ SqlLakeError::Sql(_) => panic!("{error}"),
        })?;
    }
    for stream in lake.streams(None, TimeRange::ALL)?.streams {
        let (mut reader, mut into) = (stream.open(lake, sancha_model::Framing::Lines), Vec::new());
        let mut all = Vec::new();
        while reader.read(&mut into, 1 << 16, 1 << 20)?.is_some() {
            all.append(&mut into);
        }
        answers.streams.push(all);
    }
    Ok(answers)
}

fn told_by(error: &LakeError, paths: &[String]) {
    let text = error.to_string();
    let names = paths.iter().any(|path| text.contains(path)) || text.contains("`seal");
    assert!(names && error.is_damage(), "{error:?}");
}

proptest! {
    #![proptest_config(cases(10))]

    #[test]
    fn a_lake_with_a_changed_file_answers_right_or_is_told(changes in changes(), which in any::<Index>()) {
        static WHOLE: LazyLock<Answers> =
            LazyLock::new(|| answers(&Lake::open(Arc::new(LAKE.after_kill())).unwrap()).unwrap());
        let disk = LAKE.after_kill();
        let paths: Vec<String> =
            files(&disk, "").into_iter().filter(|path| path != "seal/lock").collect();
        let path = &paths[which.index(paths.len())];
        let mut bytes = disk.read(path).unwrap();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        disk.write_at_once(path, &bytes).unwrap();
        let mut lake = match Lake::open(Arc::new(disk)) {
            Ok(lake) => lake,
            Err(error) => {
                told_by(&error, &paths);
                return Ok(());
            }
        };
        let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
        match answers(&lake) {
            // What verifies gives what was put in; else whoever reads the answer may be told by verifying.
            Ok(found) => {
                let torn = path.starts_with("wal/");
                prop_assert!(!verdicts.is_unaltered() || torn || found == *WHOLE, "{path}");
            }
            Err(error) => {
                told_by(&error, &paths);
                prop_assert!(!verdicts.is_unaltered(), "{path}: {error}");
            }
        }
        if let Err(error) = settle(&mut lake) {
            told_by(&error, &paths);
        }
    }
}
