//! A disk in memory that forgets what was not synced: the machine's crash, for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskError, DiskFile, Entry, Lock, Operation, folder_of};

/// Files in memory, with what of them is durable.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    shared: Arc<Mutex<Shelf>>,
}

#[derive(Clone, Debug, Default)]
struct Shelf {
    files: Vec<Content>,
    /// As the running system sees them.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names whose folder was not synced since, oldest first.
    changes: Vec<Change>,
    free: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// How many of them survive a crash for certain.
    durable: usize,
    locked: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Made(String, usize),
    Removed(String),
    Renamed { from: String, to: String },
}

impl Change {
    fn folder(&self) -> &str {
        match self {
            Self::Made(path, _) | Self::Removed(path) | Self::Renamed { to: path, .. } => {
                folder_of(path)
            }
        }
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Made(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Removed(path) => {
                names.remove(path);
            }
            Self::Renamed { from, to } => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

impl MemoryDisk {
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that takes so many bytes and no more.
    pub fn with_space(bytes: u64) -> Self {
        let disk = Self::default();
        disk.shelf().free = Some(bytes);
        disk
    }

    /// Changes one bit, as a failing device or a tamperer does. Nothing happens outside of the file.
    pub fn flip_bit(&self, path: &str, byte: usize, bit: u32) {
        let mut shelf = self.shelf();
        if let Ok(file) = shelf.file(path)
            && let Some(byte) = shelf.files.get_mut(file).and_then(|file| file.bytes.get_mut(byte))
        {
            *byte ^= 1_u8.rotate_left(bit);
        }
    }

    /// The disk after the process died while the system lived on: all that was written is there.
    pub fn after_kill(&self) -> Self {
        let mut shelf = self.shelf().clone();
        for file in &mut shelf.files {
            file.locked = false;
        }
        Self { shared: Arc::new(Mutex::new(shelf)) }
    }

    /// The disk after the machine lost its power. `choose(n)` gives a number below `n` and decides what else
    /// than the durable survived: of each file any beginning of the rest, with a hole where a later
    /// page was written before an earlier one; of each folder the first few changes of names.
    pub fn after_crash(&self, mut choose: impl FnMut(usize) -> usize) -> Self {
        let mut shelf = self.shelf().clone();
        let folders: BTreeSet<String> =
            shelf.changes.iter().map(|change| change.folder().to_owned()).collect();
        for folder in folders {
            let here: Vec<Change> =
                shelf.changes.iter().filter(|change| change.folder() == folder).cloned().collect();
            let survived = choose(here.len() + 1);
            for change in here.iter().take(survived) {
                change.apply(&mut shelf.durable_names);
            }
        }
        for file in &mut shelf.files {
            file.crash(&mut choose);
        }
        shelf.changes.clear();
        shelf.names = shelf.durable_names.clone();
        Self { shared: Arc::new(Mutex::new(shelf)) }
    }

    /// A test that panicked while it held the shelf has failed already.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn crash(&mut self, choose: &mut impl FnMut(usize) -> usize) {
        let rest = self.bytes.len().saturating_sub(self.durable);
        let kept = choose(rest + 1);
        self.bytes.truncate(self.durable + kept);
        if kept > 0 && choose(2) == 1 {
            let from = self.durable + choose(kept);
            let until = from + choose(self.bytes.len() - from) + 1;
            if let Some(hole) = self.bytes.get_mut(from..until) {
                hole.fill(0);
            }
        }
        self.durable = self.bytes.len();
        self.locked = false;
    }
}

impl Shelf {
    fn file(&self, path: &str) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn content(&mut self, file: usize) -> io::Result<&mut Content> {
        self.files.get_mut(file).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let content = self.content(file)?;
        content.durable = content.bytes.len();
        Ok(())
    }

    fn take_lock(&mut self, file: usize) -> io::Result<bool> {
        let content = self.content(file)?;
        Ok(!std::mem::replace(&mut content.locked, true))
    }
}

fn named<T>(path: &str, operation: Operation, done: io::Result<T>) -> Result<T, DiskError> {
    done.map_err(|error| DiskError::new(path, operation, error))
}

impl Disk for MemoryDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        let mut shelf = self.shelf();
        if shelf.names.contains_key(path) {
            return named(path, Operation::Create, Err(ErrorKind::AlreadyExists.into()));
        }
        let file = shelf.files.len();
        shelf.files.push(Content::default());
        shelf.change(Change::Made(path.to_owned(), file));
        drop(shelf);
        Ok(Box::new(MemoryFile { held: self.held(file), path: path.to_owned() }))
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        let mut shelf = self.shelf();
        let done = shelf.file(path).and_then(|file| Ok((file, shelf.take_lock(file)?)));
        drop(shelf);
        let (file, taken) = named(path, Operation::Lock, done)?;
        if !taken {
            return Ok(None);
        }
        let held = self.held(file);
        held.mark_locked();
        Ok(Some(Box::new(held)))
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        let shelf = self.shelf();
        let file = named(path, Operation::Read, shelf.file(path))?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = shelf.files.get(file).and_then(|file| file.bytes.get(from..)).unwrap_or(&[]);
        let read = bytes.len().min(into.len());
        for (to, from) in into.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(read)
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        let shelf = self.shelf();
        let file = named(path, Operation::Read, shelf.file(path))?;
        Ok(shelf.files.get(file).map_or(0, |file| file.bytes.len() as u64))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        let shelf = self.shelf();
        let mut found = BTreeMap::new();
        for (path, file) in &shelf.names {
            let below = if folder.is_empty() {
                Some(path.as_str())
            } else {
                path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'))
            };
            let Some(below) = below else { continue };
            let (name, is_folder) =
                below.split_once('/').map_or((below, false), |(name, _)| (name, true));
            let size = shelf.files.get(*file).map_or(0, |file| file.bytes.len() as u64);
            let size_bytes = if is_folder { 0 } else { size };
            found.insert(name.to_owned(), Entry { name: name.to_owned(), is_folder, size_bytes });
        }
        Ok(found.into_values().collect())
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let mut shelf = self.shelf();
        named(path, Operation::Remove, shelf.file(path))?;
        shelf.change(Change::Removed(path.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let mut shelf = self.shelf();
        named(from, Operation::Rename, shelf.file(from))?;
        shelf.change(Change::Renamed { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        let mut shelf = self.shelf();
        let done = shelf.file(path).and_then(|file| shelf.sync(file));
        named(path, Operation::Sync, done)
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        let mut shelf = self.shelf();
        let (here, elsewhere) = std::mem::take(&mut shelf.changes)
            .into_iter()
            .partition(|change: &Change| change.folder() == folder);
        shelf.changes = elsewhere;
        for change in here {
            change.apply(&mut shelf.durable_names);
        }
        Ok(())
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        Ok(self.shelf().free)
    }
}

impl MemoryDisk {
    fn held(&self, file: usize) -> Held {
        Held { disk: self.clone(), file, has_lock: Mutex::new(false) }
    }
}

/// A file that is open; its lock goes with it.
struct Held {
    disk: MemoryDisk,
    file: usize,
    has_lock: Mutex<bool>,
}

impl Held {
    fn mark_locked(&self) {
        *self.has_lock.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let has_lock = *self.has_lock.lock().unwrap_or_else(PoisonError::into_inner);
        if has_lock && let Ok(content) = self.disk.shelf().content(self.file) {
            content.locked = false;
        }
    }
}

struct MemoryFile {
    held: Held,
    path: String,
}

impl DiskFile for MemoryFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        let mut shelf = self.held.disk.shelf();
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let space = shelf.free.map_or(size, |free| usize::try_from(free).unwrap_or(size).min(size));
        let mut left = space;
        let content = named(&self.path, Operation::Append, shelf.content(self.held.file))?;
        for part in parts {
            let (fits, _) = part.split_at(part.len().min(left));
            content.bytes.extend_from_slice(fits);
            left -= fits.len();
        }
        if let Some(free) = &mut shelf.free {
            *free = free.saturating_sub(space as u64);
        }
        let full = if space < size { Err(ErrorKind::StorageFull.into()) } else { Ok(()) };
        named(&self.path, Operation::Append, full)
    }

    fn sync(&self) -> Result<(), DiskError> {
        named(&self.path, Operation::Sync, self.held.disk.shelf().sync(self.held.file))
    }

    fn cut(&self, length: u64) -> Result<(), DiskError> {
        let mut shelf = self.held.disk.shelf();
        let content = named(&self.path, Operation::Cut, shelf.content(self.held.file))?;
        content.bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        content.durable = content.durable.min(content.bytes.len());
        Ok(())
    }

    fn lock(&self) -> Result<bool, DiskError> {
        let taken = self.held.disk.shelf().take_lock(self.held.file);
        let taken = named(&self.path, Operation::Lock, taken)?;
        if taken {
            self.held.mark_locked();
        }
        Ok(taken)
    }
}
