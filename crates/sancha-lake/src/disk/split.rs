//! A lake in two places: the write-ahead log and the locks in a local folder, all else in a store.
//!
//! A line is accepted when it is durable on the local disk, whether or not the store answers.

use std::sync::Arc;

use super::{Commit, Disk, DiskError, DiskFile, Entry, Lock, OpenFile, Operation, Trouble};

/// Folder of the write-ahead log, and the lock of who appends to the lake's log.
const LOCAL_FOLDER: &str = "wal";
const LOCAL_LOCK: &str = "seal/lock";

/// Sends each path to the disk that has it.
#[derive(Clone)]
pub struct SplitDisk {
    local: Arc<dyn Disk>,
    store: Arc<dyn Disk>,
}

impl SplitDisk {
    pub fn new(local: Arc<dyn Disk>, store: Arc<dyn Disk>) -> Self {
        Self { local, store }
    }

    fn of(&self, path: &str) -> &dyn Disk {
        if is_local(path) { &*self.local } else { &*self.store }
    }
}

fn is_local(path: &str) -> bool {
    path == LOCAL_LOCK || path.split('/').next() == Some(LOCAL_FOLDER)
}

impl Disk for SplitDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        self.of(path).create(path)
    }

    /// Two processes of one machine are kept apart here; two machines by the commit.
    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        match self.of(path).lock(path) {
            // This machine has not written to the lake before.
            Err(error) if path == LOCAL_LOCK && error.trouble == Trouble::Missing => {
                match self.local.create(path) {
                    Err(error) if error.trouble != Trouble::Exists => return Err(error),
                    made => drop(made),
                }
                self.local.lock(path)
            }
            taken => taken,
        }
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.of(path).read_range(path, offset, into)
    }

    fn open(&self, path: &str) -> Result<Option<Box<dyn OpenFile>>, DiskError> {
        self.of(path).open(path)
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        self.of(path).length(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        if !folder.is_empty() {
            return self.of(folder).list(folder);
        }
        let mut entries = self.store.list(folder)?;
        entries.extend(
            self.local.list(folder)?.into_iter().filter(|entry| entry.name == LOCAL_FOLDER),
        );
        entries.sort();
        Ok(entries)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.of(path).remove(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        if is_local(from) == is_local(to) {
            return self.of(to).rename(from, to);
        }
        let what = "a file does not move between the local folder and the store";
        Err(DiskError::of(to, Operation::Rename, Trouble::Other, what))
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.of(path).sync_file(path)
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        self.of(folder).sync_folder(folder)
    }

    /// Of the local folder: a store does not tell, and lines are accepted here first.
    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        self.local.free_space()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.of(path).read(path)
    }

    fn write_at_once(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.of(path).write_at_once(path, bytes)
    }

    fn commit(&self, commit: &Commit<'_>) -> Result<(), DiskError> {
        self.of(commit.pointer).commit(commit)
    }

    fn read_committed(&self, pointer: &str) -> Result<Vec<u8>, DiskError> {
        self.of(pointer).read_committed(pointer)
    }
}
