//! The few operations through which the lake touches files.
//!
//! Paths are below the root of the lake, parts joined by `/`, whatever the system. Two rules of storage
//! are kept here so that nobody has to remember them elsewhere:
//!
//! - A name is durable only after the folder that holds it was synced; a file's bytes only after the file was.
//! - After a failed sync nobody knows which bytes arrived, and a second sync that succeeds does not tell:
//!   the system may have dropped them in between. Such a file is abandoned, its bytes are written to another.
//!
//! [`RealDisk`] is the system's. [`ObjectDisk`] is an S3-compatible store, [`SplitDisk`] a lake whose write-ahead
//! log and locks stay in a local folder while the rest is in such a store, [`SealedDisk`] encrypts what is
//! on another disk. [`MemoryDisk`] and [`FaultyDisk`] are for tests, those of other crates
//! too: the first can lose what was not synced, the second fails when told to.

mod commit;
mod faulty;
mod memory;
mod real;
mod sealed;
mod split;
mod store;
#[cfg(test)]
mod tests;
mod trouble;

pub use self::commit::Commit;
pub use self::faulty::{Fault, FaultyDisk, Which};
pub use self::memory::MemoryDisk;
pub use self::real::RealDisk;
pub(crate) use self::sealed::with_true_frame_sums;
pub use self::sealed::{PeriodKeys, SealedDisk, is_period};
pub use self::split::SplitDisk;
#[cfg(test)]
pub(crate) use self::store::commit_record_sample;
pub(crate) use self::store::read_commit_record;
pub use self::store::{ObjectDisk, Patience, StoreAddress};
pub use self::trouble::{DiskError, Operation, Trouble};

/// A folder for a lake.
pub trait Disk: Send + Sync {
    /// Makes a new file, and the folders above it. Its name is durable after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// [`Trouble::Exists`] when there is one of that name.
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError>;

    /// Takes the lock of a file that is there; `None` when another holds it, in this process or another.
    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError>;

    /// Fills `into` from byte `offset` on; fewer bytes than asked for only at the end of the file.
    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError>;

    /// A file that is read in many places, held open; `None` where each place is read by name as well.
    fn open(&self, path: &str) -> Result<Option<Box<dyn OpenFile>>, DiskError> {
        let _ = path;
        Ok(None)
    }

    /// Length of a file in bytes.
    fn length(&self, path: &str) -> Result<u64, DiskError>;

    /// What stands directly in a folder, sorted by name. A folder that is not there is empty.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError>;

    fn remove(&self, path: &str) -> Result<(), DiskError>;

    /// Gives a file another name; one that has that name already is replaced.
    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Makes durable what stands in a file, whoever wrote it.
    fn sync_file(&self, path: &str) -> Result<(), DiskError>;

    /// Makes the names in a folder durable.
    fn sync_folder(&self, folder: &str) -> Result<(), DiskError>;

    /// Bytes that can still be written; `None` where the system does not say.
    fn free_space(&self) -> Result<Option<u64>, DiskError>;

    /// A whole file.
    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        read_whole(self, path)
    }

    /// Writes a file so that it is there whole and durable, or as it was before.
    fn write_at_once(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let beside = format!("{path}.tmp");
        // One that a crash left behind is nobody's.
        match self.remove(&beside) {
            Err(error) if error.trouble != Trouble::Missing => return Err(error),
            _ => {}
        }
        let file = self.create(&beside)?;
        file.append(&[bytes])?;
        file.sync()?;
        drop(file);
        self.rename(&beside, path)?;
        self.sync_folder(folder_of(path))
    }

    /// Writes files and then what makes them count, unless somebody else was quicker.
    ///
    /// # Errors
    /// [`Trouble::Changed`] when another wrote meanwhile: then nothing that counts was touched.
    fn commit(&self, commit: &Commit<'_>) -> Result<(), DiskError> {
        let found = commit::found(self.read(commit.pointer))?;
        commit.check(found.as_deref())?;
        for (path, bytes) in commit.files {
            self.write_at_once(path, bytes)?;
        }
        self.write_at_once(commit.pointer, commit.bytes)
    }

    /// What the last commit wrote to `pointer`.
    fn read_committed(&self, pointer: &str) -> Result<Vec<u8>, DiskError> {
        self.read(pointer)
    }
}

/// A file that is held open for reading. What it holds can be read though its name is gone.
pub trait OpenFile: Send + Sync {
    /// As [`Disk::read_range`].
    fn read_range(&self, offset: u64, into: &mut [u8]) -> Result<usize, DiskError>;

    /// Length in bytes.
    fn length(&self) -> Result<u64, DiskError>;
}

/// A file that is being written, at its end only.
pub trait DiskFile: Send + Sync {
    /// Writes `parts` one after the other. After an error any beginning of them may stand in the file.
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError>;

    /// Returns when all that was appended is durable. After an error: see the head of this module.
    fn sync(&self) -> Result<(), DiskError>;

    /// Takes back what stands behind byte `length`.
    fn cut(&self, length: u64) -> Result<(), DiskError>;

    /// Takes the file's lock until the handle is dropped or the process ends. `false`: another holds it.
    fn lock(&self) -> Result<bool, DiskError>;
}

/// A lock that is held until this is dropped.
pub trait Lock: Send + Sync {}

/// What stands in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub name: String,
    pub is_folder: bool,
    /// Of a file.
    pub size_bytes: u64,
}

/// A whole file, by its length.
fn read_whole(disk: &(impl Disk + ?Sized), path: &str) -> Result<Vec<u8>, DiskError> {
    let length = usize::try_from(disk.length(path)?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length];
    let read = disk.read_range(path, 0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The folder of `path`; empty for one directly below the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
