//! The system's files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, IoSlice, Write as _};
use std::path::{Path, PathBuf};

use super::{Disk, DiskError, DiskFile, Entry, Lock, OpenFile, Operation};

/// A folder on the system's disk.
#[derive(Clone, Debug)]
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Runs `act` on the system's path; its error names that path.
    fn with<T>(
        &self,
        path: &str,
        operation: Operation,
        act: impl FnOnce(&Path) -> io::Result<T>,
    ) -> Result<T, DiskError> {
        let full = self.root.join(path);
        let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
        let done = if leaves {
            Err(io::Error::new(ErrorKind::InvalidInput, "the path leaves the lake"))
        } else {
            act(&full)
        };
        done.map_err(|error| DiskError::new(full.display().to_string(), operation, error))
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        self.with(path, Operation::Create, |full| {
            let open = || OpenOptions::new().append(true).create_new(true).open(full);
            let file = match open() {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    create_folders(full.parent().unwrap_or(full))?;
                    open()?
                }
                done => done?,
            };
            Ok(Box::new(RealFile { file, path: full.to_owned() }) as Box<dyn DiskFile>)
        })
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        self.with(path, Operation::Lock, |full| {
            let file = open_for_writing(full)?;
            Ok(if try_lock(&file)? {
                Some(Box::new(RealLock(file)) as Box<dyn Lock>)
            } else {
                None
            })
        })
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.with(path, Operation::Read, |full| read_range(&File::open(full)?, offset, into))
    }

    fn open(&self, path: &str) -> Result<Option<Box<dyn OpenFile>>, DiskError> {
        self.with(path, Operation::Read, |full| {
            let (file, path) = (File::open(full)?, full.to_owned());
            Ok(Some(Box::new(RealFile { file, path }) as Box<dyn OpenFile>))
        })
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        self.with(path, Operation::Read, |full| Ok(fs::metadata(full)?.len()))
    }

    /// Of one file from beginning to end, though another takes its name meanwhile.
    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.with(path, Operation::Read, |full| fs::read(full))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        self.with(folder, Operation::List, |full| {
            let entries = match fs::read_dir(full) {
                Err(error) if is_absent(&error) => return Ok(Vec::new()),
                done => done?,
            };
            let mut found = Vec::new();
            for entry in entries {
                let entry = entry?;
                // The lake makes no names that are not text; others are not its files.
                let Ok(name) = entry.file_name().into_string() else { continue };
                match entry.metadata() {
                    // Removed while the folder was read.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                    Ok(facts) => found.push(Entry {
                        name,
                        is_folder: facts.is_dir(),
                        size_bytes: facts.len(),
                    }),
                }
            }
            found.sort();
            Ok(found)
        })
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.with(path, Operation::Remove, |full| fs::remove_file(full))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.with(to, Operation::Rename, |full| fs::rename(self.root.join(from), full))
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.with(path, Operation::Sync, |full| open_for_writing(full)?.sync_all())
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        self.with(folder, Operation::SyncFolder, sync_folder)
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        self.with("", Operation::FreeSpace, free_space)
    }
}

/// Fills `into` from byte `offset` on.
fn read_range(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_at(file, rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

struct RealFile {
    file: File,
    path: PathBuf,
}

impl RealFile {
    fn error(&self, operation: Operation) -> impl FnOnce(io::Error) -> DiskError + '_ {
        move |error| DiskError::new(self.path.display().to_string(), operation, error)
    }
}

impl OpenFile for RealFile {
    fn read_range(&self, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        read_range(&self.file, offset, into).map_err(self.error(Operation::Read))
    }

    fn length(&self) -> Result<u64, DiskError> {
        self.file.metadata().map(|facts| facts.len()).map_err(self.error(Operation::Read))
    }
}

impl DiskFile for RealFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        write_all(&self.file, &mut slices).map_err(self.error(Operation::Append))
    }

    fn sync(&self) -> Result<(), DiskError> {
        // The length belongs to what `sync_data` makes durable, times of change do not.
        self.file.sync_data().map_err(self.error(Operation::Sync))
    }

    fn cut(&self, length: u64) -> Result<(), DiskError> {
        self.file.set_len(length).map_err(self.error(Operation::Cut))
    }

    fn lock(&self) -> Result<bool, DiskError> {
        try_lock(&self.file).map_err(self.error(Operation::Lock))
    }
}

struct RealLock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock for RealLock {}

/// Some systems lock and sync only what is open for writing; a read-only disk opens nothing so.
fn open_for_writing(full: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(full).or_else(|_| File::open(full))
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn write_all(mut file: &File, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes `folder` and those above it, each with a durable name.
fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_folders(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder(above.unwrap_or(Path::new(".")))
}

#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such call: NTFS writes names to its journal itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn free_space(folder: &Path) -> io::Result<Option<u64>> {
    let facts = rustix::fs::statvfs(folder)?;
    Ok(Some(facts.f_bavail.saturating_mul(facts.f_frsize)))
}

#[cfg(not(unix))]
fn free_space(_folder: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Whether there is no such folder; a file in its place, or in that of one above it, is none.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
