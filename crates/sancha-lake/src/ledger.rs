//! The log of a lake on its disk: what happened to it, entry after entry, sealed.
//!
//! `seal/tile/…` are the tiles and entries (C2SP tlog-tiles), `seal/checkpoint` the signed checkpoint, which is
//! the commit: what stands in tiles behind it never happened. `seal/public.key` are the keys of the log, one
//! a line, the newest last: it alone signs. Which they are is in the entries; the list is for first sight.

use std::sync::Arc;

use sancha_seal::{
    Algorithm, Checkpoint, Entry, KeyChain, Kind, Note, SigningKey, TileReader, Tlog, TreeHead,
    VerifierKey,
    chain::{ChainError, hand_over},
    checkpoint,
    tile::Tile,
};

use crate::{
    LakeError,
    disk::{Commit, Disk, DiskError, Lock, Operation, Trouble},
    retain::files_below,
};

pub(crate) const FOLDER: &str = "seal";
pub(crate) const CHECKPOINT: &str = "seal/checkpoint";
pub(crate) const PUBLIC_KEYS: &str = "seal/public.key";
/// Held while the log is begun and while an entry is appended.
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
    /// Names and ids of the keys whose signature the checkpoint has.
    signed_by: Vec<String>,
    /// The signed checkpoint, which the next one follows; empty before the first.
    signed: Vec<u8>,
    log: Tlog<Tiles>,
}

impl Ledger {
    /// Takes the right to begin a log; `None` when another has it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn claim(disk: &dyn Disk) -> Result<Option<Box<dyn Lock>>, LakeError> {
        match disk.create(LOCK) {
            // What is left of a lake, or of one whose making was cut short or goes on.
            Err(error) if error.trouble == Trouble::Exists => {}
            made => drop(made?),
        }
        Ok(disk.lock(LOCK)?)
    }

    /// Begins the log of a new lake. Whoever calls this has claimed it.
    ///
    /// # Errors
    /// When the disk refuses, or there is one, or parts of one.
    pub(crate) fn create(
        disk: Arc<dyn Disk>,
        key: &SigningKey,
        at: &str,
    ) -> Result<Self, LakeError> {
        let origin = key.verifier().name().to_owned();
        if !disk.list("data")?.is_empty() {
            let what = "parts of a lake are there";
            return Err(DiskError::of("data", Operation::Create, Trouble::Exists, what).into());
        }
        let public = format!("{}\n", key.verifier()).into_bytes();
        let log = Tlog::new(Tiles(Arc::clone(&disk)), TreeHead::empty(Algorithm::Sha256));
        let mut ledger = Self {
            disk,
            signed_by: Vec::new(),
            signed: Vec::new(),
            origin: origin.clone(),
            keys: vec![key.verifier().clone()],
            log,
        };
        let public_key = key.verifier().to_string();
        let created = Entry::new(at, Kind::LakeCreated { origin, public_key });
        ledger.append_with(vec![(PUBLIC_KEYS.to_owned(), public)], &[created], key)?;
        Ok(ledger)
    }

    /// # Errors
    /// When there is no log, or its checkpoint is not signed by one of its keys.
    pub(crate) fn open(disk: Arc<dyn Disk>) -> Result<Self, LakeError> {
        let signed = disk.read_committed(CHECKPOINT)?;
        let keys = disk.read(PUBLIC_KEYS)?;
        let keys = String::from_utf8_lossy(&keys)
            .lines()
            .map(VerifierKey::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| LakeError::seal(PUBLIC_KEYS, error))?;
        let opened = checkpoint::open(&signed, &keys).map_err(|error| {
            if is_by_its_entries(&disk, &signed) {
                return LakeError::seal(PUBLIC_KEYS, ChainError::Listed);
            }
            LakeError::seal(CHECKPOINT, error)
        })?;
        let head = opened.checkpoint.head();
        let log = Tlog::new(Tiles(Arc::clone(&disk)), head);
        let shown = |signer: &sancha_seal::Signer| shown(&signer.name, signer.key_id);
        let signed_by = opened.by_log.iter().map(shown).collect();
        Ok(Self { disk, origin: opened.checkpoint.origin, keys, signed_by, signed, log })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Names and ids of the keys whose signature the checkpoint has.
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

    /// The log as it was at an earlier checkpoint.
    pub(crate) fn log_at(&self, head: TreeHead) -> Tlog<Tiles> {
        Tlog::beginning(Tiles(Arc::clone(&self.disk)), head, self.head().size)
    }

    /// Tiles that wider ones replaced with an entry that `is_before` says is old enough, by its number. Nothing needs them:
    /// the beginning of a log reads the wider ones.
    pub(crate) fn superseded(
        &self,
        is_before: &dyn Fn(u64) -> bool,
    ) -> Result<Vec<String>, LakeError> {
        let mut found = files_below(&*self.disk, &format!("{FOLDER}/tile"))?;
        found.retain(|path| {
            let tile = path.strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/'));
            let next = tile.and_then(Tile::from_path).and_then(Tile::replaced_by_entry);
            next.is_some_and(|next| next < self.head().size && is_before(next))
        });
        Ok(found)
    }

    /// The signed checkpoint that this log is of, whatever was appended since it was opened.
    pub fn checkpoint(&self) -> &[u8] {
        &self.signed
    }

    /// The signed checkpoint, as it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn newest_checkpoint(&self) -> Result<Vec<u8>, LakeError> {
        Ok(self.disk.read(CHECKPOINT)?)
    }

    /// The keys that the entries name, from the first to the one that signs now.
    ///
    /// # Errors
    /// When a key was not signed for by the one before, when the checkpoint is not signed by the newest, or
    /// when the list of keys is another.
    pub(crate) fn chain(&self, entries: &[Entry]) -> Result<KeyChain, LakeError> {
        let chain = self.keys_of(entries).map_err(|error| LakeError::seal(FOLDER, error))?;
        let current = chain.current();
        if !self.is_by(current) {
            let replaced = chain.keys().find_map(|key| {
                let entry = chain.replaced_in(key).filter(|_| self.is_by(key))?;
                Some(ChainError::Replaced { signer: shown(key.name(), key.id()), entry })
            });
            let not_by = || ChainError::NotByCurrent(shown(current.name(), current.id()));
            return Err(LakeError::seal(CHECKPOINT, replaced.unwrap_or_else(not_by)));
        }
        // A rotation that a crash cut short leaves a key behind those of the log.
        if !chain.keys().eq(self.keys.iter().take(chain.keys().count())) {
            return Err(LakeError::seal(PUBLIC_KEYS, ChainError::Listed));
        }
        Ok(chain)
    }

    fn keys_of(&self, entries: &[Entry]) -> Result<KeyChain, ChainError> {
        KeyChain::read(entries, |size| self.log.head_at(size).ok().map(|head| head.root))
    }

    /// Whether this very key signed the checkpoint; an id alone can be made to fit.
    fn is_by(&self, key: &VerifierKey) -> bool {
        checkpoint::open(&self.signed, std::slice::from_ref(key)).is_ok()
    }

    /// Replaces the key: the old one signs for the new one, which signs the checkpoint.
    ///
    /// # Errors
    /// When the disk refuses: then the old key still signs.
    pub(crate) fn rotate(
        &mut self,
        chain: &KeyChain,
        (old, new): (&SigningKey, &SigningKey),
        at: &str,
    ) -> Result<Entry, LakeError> {
        let entry = Entry::new(at, hand_over(old, new.verifier(), &self.head()));
        let keys: Vec<_> = chain.keys().chain([new.verifier()]).cloned().collect();
        let list: String = keys.iter().map(|key| format!("{key}\n")).collect();
        let list = list.into_bytes();
        let files = vec![(PUBLIC_KEYS.to_owned(), list.clone())];
        self.append_with(files, std::slice::from_ref(&entry), new)?;
        // A store keeps a file that is there already when it commits.
        self.disk.write_at_once(PUBLIC_KEYS, &list)?;
        self.keys = keys;
        Ok(entry)
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
    /// When another process or machine is appending, or the disk refuses: then nothing happened.
    pub(crate) fn append(&mut self, entries: &[Entry], key: &SigningKey) -> Result<(), LakeError> {
        self.append_with(Vec::new(), entries, key)
    }

    /// As [`Ledger::append`], with other files that hold from then on.
    fn append_with(
        &mut self,
        mut files: Vec<(String, Vec<u8>)>,
        entries: &[Entry],
        key: &SigningKey,
    ) -> Result<(), LakeError> {
        let bytes = entries
            .iter()
            .map(Entry::to_bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| LakeError::seal(FOLDER, error))?;
        let appended = self.log.append(&bytes).map_err(|error| LakeError::seal(FOLDER, error))?;
        let tiles = appended.files.into_iter();
        files.extend(tiles.map(|(path, bytes)| (format!("{FOLDER}/{path}"), bytes)));
        let note = Checkpoint::new(self.origin.as_str(), appended.head)
            .sign(key)
            .map_err(|error| LakeError::seal(CHECKPOINT, error))?;
        let signed = note.to_bytes();
        self.disk.commit(&Commit {
            files: &files,
            pointer: CHECKPOINT,
            expected: (!self.signed.is_empty()).then_some(self.signed.as_slice()),
            bytes: &signed,
        })?;
        self.signed = signed;
        self.signed_by = vec![shown(key.verifier().name(), key.verifier().id())];
        self.log = Tlog::new(Tiles(Arc::clone(&self.disk)), appended.head);
        Ok(())
    }

    /// Takes the right to append, for as long as the lock lives, and looks again at what others appended.
    ///
    /// # Errors
    /// When another process holds it.
    pub(crate) fn lock(&mut self) -> Result<Box<dyn Lock>, LakeError> {
        let lock = self.disk.lock(LOCK)?.ok_or(LakeError::Busy)?;
        *self = Self::open(Arc::clone(&self.disk))?;
        Ok(lock)
    }
}

/// Whether a checkpoint that no listed key signed is by the key that its entries name: then the list is at
/// fault and not the checkpoint.
fn is_by_its_entries(disk: &Arc<dyn Disk>, signed: &[u8]) -> bool {
    let text = Note::from_bytes(signed).ok().map(|note| note.text);
    let Some(it) = text.and_then(|text| Checkpoint::parse(&text).ok()) else { return false };
    let log = Tlog::new(Tiles(Arc::clone(disk)), it.head());
    let (keys, signed_by) = (Vec::new(), Vec::new());
    let disk = Arc::clone(disk);
    let ledger = Ledger { disk, origin: it.origin, keys, signed_by, signed: signed.to_vec(), log };
    let chain = ledger.entries().ok().and_then(|entries| ledger.keys_of(&entries).ok());
    chain.is_some_and(|chain| ledger.is_by(chain.current()))
}

/// A key as people compare it: name and id.
fn shown(name: &str, id: u32) -> String {
    format!("{name}+{id:08x}")
}

#[cfg(test)]
mod tests;
