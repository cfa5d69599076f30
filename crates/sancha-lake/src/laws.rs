//! Laws of the lake's readers that hold for any bytes. Here, and not in a test, because the fuzz targets of another
//! workspace check the same.
//!
//! Every reader ends, asks for no more bytes than a file has, and gives what was written or an error that names the
//! file.

use std::sync::Arc;

use bytes::Bytes;
use sancha_model::EventTime;

use crate::{
    Lake, LakeError,
    columns::COLUMNS,
    disk::{self, Disk, DiskError, MemoryDisk},
    index::{self, STRIDE_ROWS},
    part::{Columns, Companion, Lines, ReadAt, Strides, Templates, Wish, line_columns},
    rollup::{self, By},
    wal::{self, Progress, WalError, WalId, WalReader},
};

const PATH: &str = "data/dt=2026-03-02/part";

/// A file of which nobody asks for more than it has.
struct Whole(Bytes);

impl ReadAt for Whole {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, from: u64, len: usize) -> std::io::Result<Bytes> {
        assert!(len <= self.0.len(), "{len} bytes asked of {}", self.0.len());
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let range = from..from.saturating_add(len);
        let is_there = range.end <= self.0.len();
        is_there.then(|| self.0.slice(range)).ok_or(std::io::ErrorKind::UnexpectedEof.into())
    }
}

fn file(bytes: &[u8]) -> Arc<dyn ReadAt> {
    Arc::new(Whole(Bytes::copy_from_slice(bytes)))
}

/// What was read, where the file could be.
fn told<T>(read: Result<T, LakeError>) -> Option<T> {
    let error = match read {
        Ok(read) => return Some(read),
        Err(error) => error,
    };
    assert!(error.to_string().contains(PATH), "`{error}` names no file");
    assert!(error.is_damage(), "`{error}` is no damage");
    None
}

/// Reads `bytes` as the Parquet file of a part, every line and every dictionary.
///
/// # Panics
/// When a law does not hold; that is the purpose of all functions here.
pub fn part(bytes: &[u8]) {
    let Some(columns) = told(Columns::open(file(bytes), PATH)) else { return };
    let (rows, mut templates, mut line) = (columns.rows(), Templates::default(), Vec::new());
    let all: Vec<_> = (rows > 0).then_some(0..rows).into_iter().collect();
    for batch in told(columns.line_reader(&line_columns(), &all)).into_iter().flatten() {
        let Some(batch) = told(batch) else { break };
        let mut lines = Lines::new(&batch, &mut templates);
        for row in 0..batch.num_rows() {
            line.clear();
            let _ = lines.write(row, &mut line);
        }
    }
    for group in told(columns.groups(&all)).into_iter().flatten() {
        for column in COLUMNS {
            told(columns.dictionary(&group, column.name));
        }
    }
    // Rows far apart, and rows that a dictionary tells.
    let apart = (0..16).map(|n| rows / 16 * n).map(|row| row..row.saturating_add(1).min(rows));
    let mut apart: Vec<_> = apart.filter(|range| !range.is_empty()).collect();
    apart.dedup();
    for batch in told(columns.line_reader(&[], &apart)).into_iter().flatten() {
        let Some(batch) = told(batch) else { break };
        let mut lines = Lines::new(&batch, &mut templates);
        for row in 0..batch.num_rows() {
            let _ = lines.write(row, &mut line);
        }
    }
    let numbers = Some(0..=i64::from(u32::MAX));
    let wish = Wish { numbers, text: Box::new(|text| text.len() > 4) };
    for column in COLUMNS {
        told(columns.rows_with(&[column.name], &all, &wish));
    }
    // Less than a page, from somewhere.
    let some = all.iter().map(|_| rows / 2..(rows / 2).saturating_add(9).min(rows));
    for batch in
        told(columns.reader(&["raw", "template"], &some.collect::<Vec<_>>())).into_iter().flatten()
    {
        told(batch);
    }
}

/// Reads `bytes` as the companion of a part and looks up some keys, as they are and with true sums.
pub fn companion(bytes: &[u8]) {
    companion_file(bytes);
    companion_file(&index::with_true_sums(bytes));
}

fn companion_file(bytes: &[u8]) {
    let Some(companion) = told(Companion::open(file(bytes), PATH)) else { return };
    let strides = companion.rows().div_ceil(STRIDE_ROWS as u64);
    assert!(strides <= bytes.len() as u64, "{} rows", companion.rows());
    told(companion.runs());
    told(companion.pages());
    told(companion.span());
    for by in By::ALL {
        told(companion.counts(by));
    }
    // Whatever stands in it, as a key too.
    let there = bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok());
    let there = there.map(u64::from_le_bytes).take(64);
    for key in there.flat_map(|key| [key, key << 34, key.reverse_bits()]).chain([0, u64::MAX]) {
        told(companion.strides(key));
        told(companion.strides_of_rare(key));
    }
    // Bytes that make no sense hide nothing: every row or none at all is no range out of the part.
    let all = Strides::all(companion.rows(), true).ranges(companion.rows());
    assert!(all.iter().all(|range| range.end as u64 <= companion.rows()));
}

/// Reads `bytes` as the counts in a companion.
pub fn counts(bytes: &[u8]) {
    for by in By::ALL {
        let first = EventTime::from_seconds(1_790_000_000);
        if let Some(Some(counts)) = rollup::batch(bytes, by, first) {
            assert!(counts.num_rows() <= bytes.len(), "a row takes a byte at least");
        }
    }
}

/// Reads `bytes` as a write-ahead file, as they are and with true sums.
pub fn write_ahead(bytes: &[u8]) {
    let id = bytes.get(12..28).and_then(|id| id.try_into().ok()).map(WalId::from_bytes);
    let id = id.unwrap_or(WalId::from_bytes([7; 16]));
    write_ahead_file(bytes, id);
    write_ahead_file(&wal::with_true_sums(bytes, id), id);
}

fn write_ahead_file(bytes: &[u8], id: WalId) {
    let shared: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    shared.write_at_once(&id.path(), bytes).expect("memory takes it");
    read_write_ahead(&*shared, id, bytes.len() as u64);
}

/// Reads a write-ahead file of so many bytes.
fn read_write_ahead(disk: &dyn Disk, id: WalId, len: u64) {
    assert!(wal::list(disk).is_ok_and(|files| files.len() == 1));
    let mut progress = Progress::default();
    let (mut read, mut last) = (0, 0);
    let mut reader = match WalReader::open(disk, id) {
        Ok(reader) => reader,
        Err(error) => {
            let is_told = matches!(error, WalError::NotAWal { .. } | WalError::Newer { .. });
            assert!(is_told && error.to_string().contains(&id.path()), "{error}");
            return;
        }
    };
    while let Some(item) = reader.next() {
        match item {
            Ok(chunk) => {
                read += chunk.bytes.len() as u64;
                while let Ok(Some(new)) = progress.admit(chunk.borrowed()) {
                    progress.accept(&new.chunk);
                }
                progress.accept(&chunk.borrowed());
            }
            Err(WalError::Damaged { path, from, until }) => {
                assert!(
                    path == id.path() && from < until.max(1) && until <= len,
                    "{from}, {until}"
                );
            }
            Err(error) => panic!("{error}"),
        }
        let at = reader.position();
        assert!(at >= last && at <= len, "it goes on, and not beyond the end");
        last = at;
    }
    assert!(read <= len, "{read} bytes of lines in {len}");
    assert!(reader.ending().is_some(), "it has an end");
}

/// Reads `bytes` as what a commit to an object store leaves beside the checkpoint, as they are and with a true sum.
pub fn commit_record(bytes: &[u8]) {
    disk::read_commit_record(bytes);
}

/// Reads `bytes` as an encrypted part and as an encrypted write-ahead file, as they are and with true sums. `sealed`
/// makes the disk that decrypts what is on another.
pub fn encrypted(bytes: &[u8], sealed: &dyn Fn(Arc<dyn Disk>) -> Arc<dyn Disk>) {
    encrypted_file(bytes, sealed);
    encrypted_file(&disk::with_true_frame_sums(bytes), sealed);
}

fn encrypted_file(bytes: &[u8], sealed: &dyn Fn(Arc<dyn Disk>) -> Arc<dyn Disk>) {
    let inner = Arc::new(MemoryDisk::new());
    let disk = sealed(Arc::<MemoryDisk>::clone(&inner));
    inner.write_at_once(PATH, bytes).expect("memory takes it");
    match disk.read(PATH) {
        Ok(read) => assert!(read.len() <= bytes.len(), "{} bytes", read.len()),
        Err(error) => names_file(&error, PATH),
    }
    let id = WalId::from_bytes([0x18, 0x99, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    inner.write_at_once(&id.path(), bytes).expect("memory takes it");
    let read = disk.length(&id.path());
    match read {
        Ok(len) => {
            let most = bytes.len() as u64 + MOST_TAKEN_OUT;
            assert!(len <= most, "{len} bytes in {}", bytes.len());
            read_write_ahead(&*disk, id, len);
        }
        Err(error) => names_file(&error, &id.path()),
    }
}

/// Frames that were taken out of an encrypted write-ahead file leave a gap of no more than this.
const MOST_TAKEN_OUT: u64 = 256 << 20;

/// The file, or that of the key that it asks for.
fn names_file(error: &DiskError, path: &str) {
    assert!(error.to_string().contains(path) || error.path.ends_with(".key"), "{error}");
}

/// Opens a lake of which one file of the log holds `bytes`: it has the entries that `whole` has, or is told to be
/// damaged.
pub fn log(bytes: &[u8], path: &str, disk: Arc<dyn Disk>, whole: &Lake) {
    disk.write_at_once(path, bytes).expect("memory takes it");
    match Lake::open(disk) {
        Ok(lake) => assert_eq!(lake.catalog().entries, whole.catalog().entries),
        Err(error) => assert!(error.is_damage() && error.to_string().contains("seal"), "{error}"),
    }
}

#[cfg(test)]
mod tests;
