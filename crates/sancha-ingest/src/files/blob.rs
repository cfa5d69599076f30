//! Bytes that can be read at any place: a file on disk, or an expanded archive kept aside.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::Limits;
use super::decompress::Stop;

/// Expanded members up to this size may stay in memory …
const SMALL_BYTES: usize = 4 << 20;
/// … as long as all of them together stay under this.
const MEMORY_BYTES: usize = 32 << 20;
const COPY_BYTES: usize = 256 << 10;

#[derive(Clone, Debug)]
enum Blob {
    /// Opened when read, so that thousands of files found hold no descriptor.
    Disk(Arc<Path>),
    Memory(Arc<Vec<u8>>),
    Open(Arc<File>),
}

/// A stretch of a blob. `available` is less than `len` where the end is known to be missing.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    blob: Blob,
    start: u64,
    pub(super) len: u64,
    available: u64,
}

impl Extent {
    pub(super) fn of_file(path: &Path, len: u64) -> Self {
        Self { blob: Blob::Disk(path.into()), start: 0, len, available: len }
    }

    pub(super) fn of_open(file: Arc<File>, len: u64) -> Self {
        Self { blob: Blob::Open(file), start: 0, len, available: len }
    }

    pub(super) fn empty() -> Self {
        Self { blob: Blob::Memory(Arc::default()), start: 0, len: 0, available: 0 }
    }

    /// The part `[offset, offset + len)`, which may reach past what there is: its reader then says so.
    pub(super) fn slice(&self, offset: u64, len: u64) -> Self {
        let available = self.available.saturating_sub(offset).min(len);
        Self { blob: self.blob.clone(), start: self.start.saturating_add(offset), len, available }
    }

    /// Declares how long the content ought to be.
    pub(super) fn expecting(mut self, len: u64) -> Self {
        self.len = len;
        self
    }

    pub(super) fn available(&self) -> u64 {
        self.available
    }

    pub(super) fn open(&self) -> io::Result<ExtentReader> {
        let bytes = match &self.blob {
            Blob::Disk(path) => Bytes::File(Arc::new(File::open(path)?)),
            Blob::Open(file) => Bytes::File(Arc::clone(file)),
            Blob::Memory(bytes) => Bytes::Memory(Arc::clone(bytes)),
        };
        Ok(ExtentReader { bytes, extent: self.clone(), position: 0 })
    }
}

enum Bytes {
    File(Arc<File>),
    Memory(Arc<Vec<u8>>),
}

impl Bytes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => read_file_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                bytes.get(start..).unwrap_or_default().read(buffer)
            }
        }
    }
}

#[cfg(unix)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Reads an extent by position, so that readers of the same file do not disturb each other.
pub(super) struct ExtentReader {
    bytes: Bytes,
    extent: Extent,
    position: u64,
}

impl Read for ExtentReader {
    /// # Errors
    /// `UnexpectedEof` where content is missing before the declared end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.extent.len {
            return Ok(0);
        }
        let left = self.extent.available.saturating_sub(self.position);
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let window = buffer.get_mut(..room).unwrap_or_default();
        let got = self.bytes.read_at(window, self.extent.start.saturating_add(self.position))?;
        if got == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{} of {} bytes are there", self.position, self.extent.len),
            ));
        }
        self.position = self.position.saturating_add(got as u64);
        Ok(got)
    }
}

impl Seek for ExtentReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.extent.len.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Keeps expanded archives that cannot be read in place: small ones in memory, the others one after the
/// other in a single anonymous temporary file, which the system removes when the last reader is gone.
#[derive(Debug)]
pub(super) struct Spool {
    memory_left: usize,
    file: Option<Arc<File>>,
    file_bytes: u64,
}

/// An anonymous temporary file: nobody else can open it, and the system removes it.
pub(super) fn spool_file(limits: &Limits) -> io::Result<File> {
    match &limits.spool_dir {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    }
}

/// What was kept, and the error that ended it early, if any.
pub(super) struct Kept {
    pub(super) extent: Extent,
    pub(super) failure: Option<io::Error>,
}

impl Spool {
    pub(super) fn new() -> Self {
        Self { memory_left: MEMORY_BYTES, file: None, file_bytes: 0 }
    }

    /// Reads `from` to its end or first error; what came before the error is kept.
    pub(super) fn keep(&mut self, from: &mut dyn Read, limits: &Limits) -> Kept {
        let small = SMALL_BYTES.min(self.memory_left);
        let mut first = Vec::new();
        let read = from.take(small as u64).read_to_end(&mut first);
        if read.is_err() || first.len() < small {
            return self.keep_in_memory(first, read.err());
        }
        self.keep_in_file(&first, from, limits)
    }

    fn keep_in_memory(&mut self, mut bytes: Vec<u8>, failure: Option<io::Error>) -> Kept {
        bytes.shrink_to_fit();
        self.memory_left = self.memory_left.saturating_sub(bytes.len());
        let len = bytes.len() as u64;
        let blob = Blob::Memory(Arc::new(bytes));
        Kept { extent: Extent { blob, start: 0, len, available: len }, failure }
    }

    fn keep_in_file(&mut self, first: &[u8], from: &mut dyn Read, limits: &Limits) -> Kept {
        let start = self.file_bytes;
        let file = match self.file(limits) {
            Ok(file) => file,
            Err(error) => return Kept { extent: Extent::empty(), failure: Some(error) },
        };
        let failure = self.copy(&file, &mut first.chain(from), limits).err();
        let len = self.file_bytes - start;
        Kept { extent: Extent { blob: Blob::Open(file), start, len, available: len }, failure }
    }

    fn file(&mut self, limits: &Limits) -> io::Result<Arc<File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = spool_file(limits)?;
        Ok(Arc::clone(self.file.insert(Arc::new(file))))
    }

    fn copy(&mut self, to: &File, from: &mut dyn Read, limits: &Limits) -> io::Result<()> {
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let got = from.read(&mut buffer)?;
            if got == 0 {
                return Ok(());
            }
            if self.file_bytes.saturating_add(got as u64) > limits.max_spool_bytes {
                return Err(io::Error::other(Stop::Spool));
            }
            let mut writer = to;
            io::Write::write_all(&mut writer, buffer.get(..got).unwrap_or_default())?;
            self.file_bytes += got as u64;
        }
    }
}
