//! A lake in an S3-compatible object store.
//!
//! An object is there whole or not at all, and is durable when it is there; it has no folders, no locks and
//! no end to append to. So a file is uploaded while it is written, in parts of bounded size, and exists
//! from its [`DiskFile::sync`] on. What an object holds does not change, only [`Disk::write_at_once`] puts
//! another in its place.
//!
//! Requests that fail are tried again for as long as [`Patience`] says; the trait is synchronous, so they
//! run on a small runtime of the disk's own.

mod address;
mod blocks;
mod client;
mod journal;
mod upload;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;

pub use self::address::{Patience, StoreAddress};
#[cfg(test)]
pub(crate) use self::journal::commit_record_sample;
pub(crate) use self::journal::read_commit_record;

use self::blocks::{BLOCK, Blocks};
use self::client::Client;
use self::upload::ObjectFile;
use super::{Commit, Disk, DiskError, DiskFile, Entry, Lock, Operation, Trouble};

/// A prefix of a bucket.
pub struct ObjectDisk {
    client: Arc<Client>,
    /// Beginnings, ends and companions are read in small pieces again and again.
    blocks: Mutex<Blocks>,
}

impl ObjectDisk {
    /// Asks nothing of the store yet.
    ///
    /// # Errors
    /// When the address cannot be used, or the environment has no credentials.
    pub fn new(address: &StoreAddress, patience: Patience) -> Result<Self, DiskError> {
        Self::of(address, address.builder(patience)?)
    }

    /// With credentials that do not come from the environment.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn with_credentials(
        address: &StoreAddress,
        patience: Patience,
        access_key: &str,
        secret_key: &str,
    ) -> Result<Self, DiskError> {
        let builder = address.plain_builder(patience)?;
        let builder = builder.with_access_key_id(access_key).with_secret_access_key(secret_key);
        Self::of(address, builder)
    }

    fn of(address: &StoreAddress, builder: AmazonS3Builder) -> Result<Self, DiskError> {
        Ok(Self { client: Arc::new(Client::new(address, builder)?), blocks: Mutex::default() })
    }

    fn with_blocks<T>(&self, act: impl FnOnce(&mut Blocks) -> T) -> T {
        act(&mut self.blocks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One block of a file, from memory where it is there; shorter at the end of the file.
    fn block(&self, path: &str, number: u64) -> Result<Bytes, DiskError> {
        if let Some(block) = self.with_blocks(|blocks| blocks.get(path, number)) {
            return Ok(block);
        }
        let from = number * BLOCK as u64;
        let block = self.range(path, from..from + BLOCK as u64)?;
        self.with_blocks(|blocks| blocks.insert(path, number, block.clone()));
        Ok(block)
    }

    /// What of a range is there.
    fn range(&self, path: &str, range: Range<u64>) -> Result<Bytes, DiskError> {
        let from = range.start;
        match self.client.get_range(path, range) {
            Ok(bytes) => Ok(bytes),
            // A range behind the end is an error for a store.
            Err(error) if error.trouble == Trouble::Missing => Err(error),
            Err(error) => match self.length(path) {
                Ok(length) if length <= from => Ok(Bytes::new()),
                _ => Err(error),
            },
        }
    }
}

impl Disk for ObjectDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        if super::commit::found(self.client.head(path))?.is_some() {
            let what = "an object of that name is there";
            return Err(DiskError::of(
                self.client.shown(path),
                Operation::Create,
                Trouble::Exists,
                what,
            ));
        }
        self.with_blocks(|blocks| blocks.forget(path));
        Ok(Box::new(ObjectFile::new(Arc::clone(&self.client), path)))
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        Err(self.client.unsupported(path, Operation::Lock))
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        if into.is_empty() {
            return Ok(0);
        }
        if into.len() > BLOCK || !blocks::are_kept(path) {
            let bytes = self.range(path, offset..offset.saturating_add(into.len() as u64))?;
            return Ok(copy(&bytes, into));
        }
        let (mut filled, mut at) = (0, offset);
        while filled < into.len() {
            let block = self.block(path, at / BLOCK as u64)?;
            let inside = usize::try_from(at % BLOCK as u64).unwrap_or(BLOCK);
            let rest = into.get_mut(filled..).unwrap_or_default();
            let copied = copy(block.get(inside..).unwrap_or(&[]), rest);
            filled += copied;
            at += copied as u64;
            if copied == 0 {
                break;
            }
        }
        Ok(filled)
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        if let Some(length) = self.with_blocks(|blocks| blocks.length(path)) {
            return Ok(length);
        }
        let length = self.client.head(path)?;
        self.with_blocks(|blocks| blocks.insert_length(path, length));
        Ok(length)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        self.client.list(folder)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.with_blocks(|blocks| blocks.forget(path));
        // A store says nothing when there is nothing to delete.
        self.client
            .head(path)
            .map_err(|error| DiskError { operation: Operation::Remove, ..error })?;
        self.client.delete(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.with_blocks(|blocks| {
            blocks.forget(from);
            blocks.forget(to);
        });
        self.client.copy(from, to)?;
        self.client.delete(from)
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.client.head(path).map(drop)
    }

    /// What is there is durable.
    fn sync_folder(&self, _folder: &str) -> Result<(), DiskError> {
        Ok(())
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        Ok(None)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        Ok(self.client.get(path)?.0.into())
    }

    fn write_at_once(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.with_blocks(|blocks| blocks.forget(path));
        self.client.put(path, Bytes::copy_from_slice(bytes), client::When::Always)
    }

    fn commit(&self, commit: &Commit<'_>) -> Result<(), DiskError> {
        journal::commit(&self.client, commit)
    }

    fn read_committed(&self, pointer: &str) -> Result<Vec<u8>, DiskError> {
        journal::read(&self.client, pointer)
    }
}

/// Copies what fits, and says how much that was.
fn copy(from: &[u8], into: &mut [u8]) -> usize {
    let count = from.len().min(into.len());
    for (to, from) in into.iter_mut().zip(from) {
        *to = *from;
    }
    count
}
