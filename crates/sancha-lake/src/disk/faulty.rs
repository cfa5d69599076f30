//! A disk that fails when told to, for tests.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Disk, DiskError, DiskFile, Entry, Lock, Operation, Trouble};

/// Another disk, and the failures to come.
#[derive(Clone)]
pub struct FaultyDisk {
    inner: Arc<dyn Disk>,
    plan: Arc<Mutex<Plan>>,
}

/// One failure, or the first of all the following ones.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub which: Which,
    /// The how-manieth of these operations fails, from 0.
    pub nth: usize,
    /// [`Trouble::Full`], [`Trouble::ReadOnly`], [`Trouble::Denied`]; all else is the device's error.
    pub trouble: Trouble,
    /// So many bytes of a failing append are written before it fails.
    pub torn_at: usize,
    /// Whether all operations after it fail too, as for a process that is no more.
    pub is_last: bool,
}

/// The operations that a fault counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that change something.
    Writing,
    Only(Operation),
}

#[derive(Debug, Default)]
struct Plan {
    faults: Vec<(Fault, usize)>,
    dead: Option<Trouble>,
    seen: usize,
    struck: usize,
    /// Files a sync of which failed. Later ones say yes and do nothing, as a system does that dropped
    /// the pages.
    lost: BTreeSet<String>,
}

impl FaultyDisk {
    pub fn new(inner: Arc<dyn Disk>) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// Plans a failure; operations are counted from now on.
    pub fn fail(&self, fault: Fault) {
        self.with_plan(|plan| plan.faults.push((fault, 0)));
    }

    /// The disk works again.
    pub fn mend(&self) {
        self.with_plan(|plan| {
            plan.faults.clear();
            plan.dead = None;
        });
    }

    /// How many operations that change something were asked for so far.
    pub fn writing_operations(&self) -> usize {
        self.with_plan(|plan| plan.seen)
    }

    /// How many operations failed so far.
    pub fn failures(&self) -> usize {
        self.with_plan(|plan| plan.struck)
    }

    fn with_plan<T>(&self, act: impl FnOnce(&mut Plan) -> T) -> T {
        act(&mut self.plan.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn meet(&self, path: &str, operation: Operation) -> Result<(), DiskError> {
        self.strike(operation).map_or(Ok(()), |(trouble, _)| Err(error(path, operation, trouble)))
    }

    /// The trouble that this operation meets, and how much of an append comes through.
    fn strike(&self, operation: Operation) -> Option<(Trouble, usize)> {
        self.with_plan(|plan| {
            let met = plan.strike(operation);
            plan.struck += usize::from(met.is_some());
            met
        })
    }
}

impl Plan {
    fn strike(&mut self, operation: Operation) -> Option<(Trouble, usize)> {
        self.seen += usize::from(is_writing(operation));
        if let Some(trouble) = self.dead {
            return Some((trouble, 0));
        }
        for at in 0..self.faults.len() {
            let Some((fault, count)) = self.faults.get_mut(at) else { continue };
            let counts = match fault.which {
                Which::Writing => is_writing(operation),
                Which::Only(only) => only == operation,
            };
            *count += usize::from(counts);
            if counts && *count > fault.nth {
                let (fault, _) = self.faults.remove(at);
                self.dead = fault.is_last.then_some(fault.trouble);
                return Some((fault.trouble, fault.torn_at));
            }
        }
        None
    }
}

fn is_writing(operation: Operation) -> bool {
    match operation {
        Operation::Create
        | Operation::Append
        | Operation::Cut
        | Operation::Sync
        | Operation::SyncFolder
        | Operation::Remove
        | Operation::Rename => true,
        Operation::Read | Operation::List | Operation::Lock | Operation::FreeSpace => false,
    }
}

fn error(path: &str, operation: Operation, trouble: Trouble) -> DiskError {
    let source = match trouble {
        Trouble::Full => io::ErrorKind::StorageFull.into(),
        Trouble::ReadOnly => io::ErrorKind::ReadOnlyFilesystem.into(),
        Trouble::Denied => io::ErrorKind::PermissionDenied.into(),
        _ => io::Error::from_raw_os_error(5),
    };
    DiskError::new(path, operation, source)
}

impl Disk for FaultyDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        self.meet(path, Operation::Create)?;
        let inner = self.inner.create(path)?;
        let (disk, path) = (self.clone(), path.to_owned());
        Ok(Box::new(FaultyFile { inner, disk, path, sync_failed: AtomicBool::new(false) }))
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        self.meet(path, Operation::Lock)?;
        self.inner.lock(path)
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.meet(path, Operation::Read)?;
        self.inner.read_range(path, offset, into)
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        self.meet(path, Operation::Read)?;
        self.inner.length(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        self.meet(folder, Operation::List)?;
        self.inner.list(folder)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.meet(path, Operation::Remove)?;
        self.inner.remove(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.meet(to, Operation::Rename)?;
        self.inner.rename(from, to)
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.meet(path, Operation::Sync)?;
        let is_lost = self.with_plan(|plan| plan.lost.contains(path));
        if is_lost { Ok(()) } else { self.inner.sync_file(path) }
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        self.meet(folder, Operation::SyncFolder)?;
        self.inner.sync_folder(folder)
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        self.meet("", Operation::FreeSpace)?;
        self.inner.free_space()
    }
}

struct FaultyFile {
    inner: Box<dyn DiskFile>,
    disk: FaultyDisk,
    path: String,
    /// As `Plan::lost`, for a file that gets another name.
    sync_failed: AtomicBool,
}

impl DiskFile for FaultyFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        let Some((trouble, torn_at)) = self.disk.strike(Operation::Append) else {
            return self.inner.append(parts);
        };
        let mut all = parts.concat();
        all.truncate(torn_at);
        self.inner.append(&[&all])?;
        Err(error(&self.path, Operation::Append, trouble))
    }

    fn sync(&self) -> Result<(), DiskError> {
        if let Some((trouble, _)) = self.disk.strike(Operation::Sync) {
            self.sync_failed.store(true, Ordering::Relaxed);
            self.disk.with_plan(|plan| plan.lost.insert(self.path.clone()));
            return Err(error(&self.path, Operation::Sync, trouble));
        }
        if self.sync_failed.load(Ordering::Relaxed) { Ok(()) } else { self.inner.sync() }
    }

    fn cut(&self, length: u64) -> Result<(), DiskError> {
        self.disk.meet(&self.path, Operation::Cut)?;
        self.inner.cut(length)
    }

    fn lock(&self) -> Result<bool, DiskError> {
        self.disk.meet(&self.path, Operation::Lock)?;
        self.inner.lock()
    }
}
