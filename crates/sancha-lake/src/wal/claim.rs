//! Which files there are, and whose: a writer's that lives, one that was closed, one whose writer died.

use std::hash::{BuildHasher as _, RandomState};
use std::io;

use crate::disk::{Disk, DiskError, DiskFile, Lock, Operation, Trouble};

use super::record::{self, RECORD_HEAD_LEN};
use super::{FOLDER, WalId};

/// A file of the write-ahead log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalFile {
    pub id: WalId,
    /// Below the root of the lake.
    pub path: String,
    pub state: WalState,
    pub size_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalState {
    /// Its writer holds it, or one who settles what a dead writer left.
    Live,
    /// Its writer closed it; nothing is added any more. Somebody may be settling it.
    Closed,
    /// Its writer is no more, or gave it up. Its whole records count.
    Abandoned,
}

/// The files of a lake's write-ahead log, oldest first: in this order they are read and settled. Files that no key opens
/// are among them; that of a dead writer is abandoned then, though it may have been closed.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn list(disk: &dyn Disk) -> Result<Vec<WalFile>, DiskError> {
    let mut found = Vec::new();
    for (id, size_bytes) in ids(disk)? {
        let path = id.path();
        if let Some(state) = present(state(disk, &id, size_bytes))? {
            found.push(WalFile { id, path, state, size_bytes });
        }
    }
    Ok(found)
}

/// Removes files that their writers did not live to give a name. Nothing in them was accepted.
///
/// # Errors
/// When the folder cannot be read, or a file not be removed.
pub fn sweep(disk: &dyn Disk) -> Result<(), DiskError> {
    for entry in disk.list(FOLDER)? {
        if !entry.name.ends_with(UNBORN) {
            continue;
        }
        let path = format!("{FOLDER}/{}", entry.name);
        // Whose writer lives keeps it. One that is about to lock it finds it gone, and makes another.
        if let Some(Some(lock)) = present(disk.lock(&path))? {
            present(disk.remove(&path))?;
            drop(lock);
        }
    }
    Ok(())
}

/// Holds a file that is to be settled, so that no other process settles it too.
pub struct Claim {
    pub id: WalId,
    _lock: Box<dyn Lock>,
}

impl Claim {
    /// `None`: its writer lives, another process settles it or is just looking at it, or it is gone.
    ///
    /// # Errors
    /// When the file cannot be locked.
    pub fn take(disk: &dyn Disk, id: WalId) -> Result<Option<Self>, DiskError> {
        let Some(Some(lock)) = present(disk.lock(&id.path()))? else { return Ok(None) };
        // Who held it may have removed it; the name tells, for ids are not used again.
        let is_there = match present(disk.length(&id.path())) {
            // Its length is not known, for no key opens it.
            Err(error) if error.trouble.is_of_missing_key() => true,
            length => length?.is_some(),
        };
        Ok(is_there.then_some(Self { id, _lock: lock }))
    }

    /// Gives the file a name under which nobody settles it: what could be read of it is settled, and a
    /// person may want to look at the rest.
    ///
    /// # Errors
    /// When it cannot be renamed. It is tried again when the lake is settled next.
    pub fn set_aside(self, disk: &dyn Disk) -> Result<(), DiskError> {
        disk.rename(&self.id.path(), &format!("{FOLDER}/{}{DAMAGED}", self.id))?;
        disk.sync_folder(FOLDER)
    }

    /// Removes the file, since what it holds is settled, or was never acknowledged.
    ///
    /// # Errors
    /// When it cannot be removed. It is settled all the same: the log knows its id.
    pub fn remove(self, disk: &dyn Disk) -> Result<(), DiskError> {
        present(disk.remove(&self.id.path()))?;
        disk.sync_folder(FOLDER)
    }
}

/// Ending of a file that was set aside.
const DAMAGED: &str = ".damaged";

/// Ending of a file that has no name yet.
const UNBORN: &str = ".new";

/// A file at its birth: locked, with its head, durable.
pub(super) struct Born {
    pub(super) id: WalId,
    pub(super) file: Box<dyn DiskFile>,
}

/// Makes a file with an id above `above` and all that are there.
///
/// It is locked before it has its name, so that nobody ever sees a file of that name without its writer.
pub(super) fn give_birth(disk: &dyn Disk, now: u64, above: u64) -> Result<Born, DiskError> {
    let newest = ids(disk)?.last().map_or(0, |(id, _)| id.made_at());
    let made_at = now.max(newest.saturating_add(1)).max(above.saturating_add(1));
    let id = WalId::new(made_at, random());
    let unborn = format!("{FOLDER}/{id}{UNBORN}");
    let file = disk.create(&unborn)?;
    let named = prepare(disk, &id, &unborn, file.as_ref());
    if let Err(error) = named {
        // It holds nothing. Where it cannot be removed either, `sweep` or who settles finds it empty.
        let _ = disk.remove(&unborn).or_else(|_| disk.remove(&id.path()));
        return Err(error);
    }
    Ok(Born { id, file })
}

fn prepare(
    disk: &dyn Disk,
    id: &WalId,
    unborn: &str,
    file: &dyn DiskFile,
) -> Result<(), DiskError> {
    if !file.lock()? {
        // One who sweeps is just looking at it, and removes it.
        let taken = io::Error::new(io::ErrorKind::WouldBlock, "another process holds it");
        return Err(DiskError::new(unborn, Operation::Lock, taken));
    }
    file.append(&[&record::file_head(id)])?;
    file.sync()?;
    disk.rename(unborn, &id.path())?;
    disk.sync_folder(FOLDER)
}

/// The standard library's hasher has keys from the system's source of randomness.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

fn ids(disk: &dyn Disk) -> Result<Vec<(WalId, u64)>, DiskError> {
    let id = |name: &str| name.strip_suffix(".wal")?.parse::<WalId>().ok();
    let mut found: Vec<(WalId, u64)> = disk
        .list(FOLDER)?
        .into_iter()
        .filter_map(|entry| Some((id(&entry.name)?, entry.size_bytes)))
        .collect();
    found.sort_unstable();
    Ok(found)
}

fn state(disk: &dyn Disk, id: &WalId, size_bytes: u64) -> Result<WalState, DiskError> {
    let is_closed = match has_end(disk, id, size_bytes) {
        // Whether its writer lives its lock tells.
        Err(error) if error.trouble.is_of_missing_key() => false,
        read => read?,
    };
    if is_closed {
        return Ok(WalState::Closed);
    }
    let is_free = disk.lock(&id.path())?.is_some();
    Ok(if is_free { WalState::Abandoned } else { WalState::Live })
}

/// Whether a file of this length ends with the record that its writer closes it with.
fn has_end(disk: &dyn Disk, id: &WalId, size_bytes: u64) -> Result<bool, DiskError> {
    let mut last = [0; RECORD_HEAD_LEN];
    let from = size_bytes.saturating_sub(last.len() as u64);
    disk.read_range(&id.path(), from, &mut last)?;
    Ok(match record::Keyed::new(id).decode(&last) {
        record::Found::Record(head) => head.is_end,
        record::Found::Short | record::Found::Nothing => false,
    })
}

/// A file that is gone is settled: another process was quicker.
fn present<T>(done: Result<T, DiskError>) -> Result<Option<T>, DiskError> {
    match done {
        Err(error) if error.trouble == Trouble::Missing => Ok(None),
        done => done.map(Some),
    }
}
