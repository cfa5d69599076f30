//! The log of a lake on its disk: what happened to it, entry after entry, sealed.
//!
//! `seal/tile/…` are the tiles and entries (C2SP tlog-tiles), `seal/checkpoint` the signed checkpoint, which is
//! the commit: what stands in tiles behind it never happened. `seal/public.key` are the keys that may sign,
//! one a line, the newest last.

use std::sync::Arc;

use sancha_seal::{
    Algorithm, Checkpoint, Entry, Kind, SigningKey, TileReader, Tlog, TreeHead, VerifierKey,
    checkpoint,
};

use crate::{
    LakeError,
    disk::{Disk, DiskError, Trouble},
};

const FOLDER: &str = "seal";
pub(crate) const CHECKPOINT: &str = "seal/checkpoint";
pub(crate) const PUBLIC_KEYS: &str = "seal/public.key";
/// Held while an entry is appended.
const LOCK: &str = "seal/lock";

/// Reads the log's files below its folder.
pub(crate) struct Tiles(Arc<dyn Disk>);

impl TileReader for Tiles {
    type Error = DiskError;

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, DiskError> {
        match self.0.read(&format!("{FOLDER}/{path}")) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.trouble == Trouble::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The log as its checkpoint has it.
pub struct Ledger {
    disk: Arc<dyn Disk>,
    origin: String,
    keys: Vec<VerifierKey>,
    /// Names of the keys whose signature the checkpoint has.
    signed_by: Vec<String>,
    log: Tlog<Tiles>,
}

impl Ledger {
    /// Begins the log of a new lake.
    ///
    /// # Errors
    /// When the disk refuses, or there is one.
    pub(crate) fn create(
        disk: Arc<dyn Disk>,
        key: &SigningKey,
        at: &str,
    ) -> Result<Self, LakeError> {
        let origin = key.verifier().name().to_owned();
        let public = format!("{}\n", key.verifier());
        disk.write_at_once(PUBLIC_KEYS, public.as_bytes())?;
        drop(disk.create(LOCK)?);
        let log = Tlog::new(Tiles(Arc::clone(&disk)), TreeHead::empty(Algorithm::Sha256));
        let mut ledger = Self {
            disk,
            signed_by: vec![origin.clone()],
            origin: origin.clone(),
            keys: vec![key.verifier().clone()],
            log,
        };
        let public_key = key.verifier().to_string();
        ledger.append(&[Entry::new(at, Kind::LakeCreated { origin, public_key })], key)?;
        Ok(ledger)
    }

    /// # Errors
    /// When there is no log, or its checkpoint is not signed by one of its keys.
    pub(crate) fn open(disk: Arc<dyn Disk>) -> Result<Self, LakeError> {
        let keys = disk.read(PUBLIC_KEYS)?;
        let keys = String::from_utf8_lossy(&keys)
            .lines()
            .map(VerifierKey::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| LakeError::seal(PUBLIC_KEYS, error))?;
        let signed = disk.read(CHECKPOINT)?;
        let opened =
            checkpoint::open(&signed, &keys).map_err(|error| LakeError::seal(CHECKPOINT, error))?;
        let head = opened.checkpoint.head();
        let log = Tlog::new(Tiles(Arc::clone(&disk)), head);
        let signed_by = opened.by_log.iter().map(|signer| signer.name.clone()).collect();
        Ok(Self { disk, origin: opened.checkpoint.origin, keys, signed_by, log })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Names of the keys whose signature the checkpoint has.
    pub fn signed_by(&self) -> &[String] {
        &self.signed_by
    }

    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    pub fn head(&self) -> TreeHead {
        self.log.head()
    }

    pub(crate) fn log(&self) -> &Tlog<Tiles> {
        &self.log
    }

    /// The signed checkpoint, as it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn checkpoint(&self) -> Result<Vec<u8>, LakeError> {
        Ok(self.disk.read(CHECKPOINT)?)
    }

    /// All entries, in order.
    ///
    /// # Errors
    /// When a file of the log is missing or damaged.
    pub fn entries(&self) -> Result<Vec<Entry>, LakeError> {
        let mut entries = Vec::new();
        let mut wrong = None;
        self.log
            .each_entry(|_, bytes| match Entry::from_bytes(bytes) {
                Ok(entry) => entries.push(entry),
                Err(error) => wrong = wrong.take().or(Some(error)),
            })
            .map_err(|error| LakeError::seal(FOLDER, error))?;
        match wrong {
            None => Ok(entries),
            Some(error) => Err(LakeError::seal(FOLDER, error)),
        }
    }

    /// Appends entries and signs the new checkpoint. Several are there all or not at all.
    ///
    /// # Errors
    /// When another process is appending, or the disk refuses: then nothing happened.
    pub(crate) fn append(&mut self, entries: &[Entry], key: &SigningKey) -> Result<(), LakeError> {
        let bytes = entries
            .iter()
            .map(Entry::to_bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| LakeError::seal(FOLDER, error))?;
        let appended = self.log.append(&bytes).map_err(|error| LakeError::seal(FOLDER, error))?;
        for (path, bytes) in &appended.files {
            self.disk.write_at_once(&format!("{FOLDER}/{path}"), bytes)?;
        }
        let note = Checkpoint::new(self.origin.as_str(), appended.head)
            .sign(key)
            .map_err(|error| LakeError::seal(CHECKPOINT, error))?;
        self.disk.write_at_once(CHECKPOINT, &note.to_bytes())?;
        self.log = Tlog::new(Tiles(Arc::clone(&self.disk)), appended.head);
        Ok(())
    }

    /// Takes the right to append, for as long as the lock lives, and looks again at what others appended.
    ///
    /// # Errors
    /// When another process holds it.
    pub(crate) fn lock(&mut self) -> Result<Box<dyn crate::disk::Lock>, LakeError> {
        let lock = self.disk.lock(LOCK)?.ok_or(LakeError::Busy)?;
        *self = Self::open(Arc::clone(&self.disk))?;
        Ok(lock)
    }
}
