//! A lake: its parts and streams, as the log says they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sancha_seal::{Entry, KeyChain, Kind, Part, SigningKey};

use crate::{
    LakeError,
    damages::Damages,
    disk::{Disk, Lock, Trouble},
    ledger::{CHECKPOINT, Ledger},
    waiting::{Waiting, waiting},
    wal::{Extent, Progress, StreamId, Tail, WalId},
};

/// What the entries of the log amount to.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// In the order of days, sources, and of the log.
    pub parts: BTreeMap<(String, String, u64), Part>,
    /// Write-ahead files that are settled.
    pub settled: BTreeSet<String>,
    /// What is not there any more, with the reason.
    pub retired: BTreeMap<String, String>,
    /// Parts whose rows stand in another part now, and since when.
    pub replaced: BTreeMap<String, String>,
    /// Parts that were ever added: their order in the log.
    added: u64,
    /// Every entry, for what is asked seldom.
    pub entries: Vec<Entry>,
}

impl Catalog {
    fn of(entries: Vec<Entry>) -> Self {
        let mut catalog = Self::default();
        for entry in entries {
            catalog.append(entry);
        }
        catalog
    }

    fn append(&mut self, entry: Entry) {
        match &entry.kind {
            Kind::Settled { wal, parts } => {
                self.settled.insert(wal.clone());
                for part in parts {
                    self.added += 1;
                    self.add(self.added, part);
                }
            }
            Kind::Rewritten { from, parts } => self.rewrite(from, parts, &entry.at),
            Kind::Retired { parts, reason, .. } => {
                self.parts.retain(|_, part| !parts.contains(&part.path));
                let retired = parts.iter().map(|path| (path.clone(), reason.clone()));
                self.retired.extend(retired);
            }
            Kind::LakeCreated { .. }
            | Kind::Hold { .. }
            | Kind::Released { .. }
            | Kind::Waiver { .. }
            | Kind::KeyRotated { .. }
            | Kind::Anchored { .. } => (),
        }
        self.entries.push(entry);
    }

    fn add(&mut self, number: u64, part: &Part) {
        self.parts.insert((part.day.clone(), part.source.clone(), number), part.clone());
    }

    /// A part takes the place of those that it was made of, so that rows keep their order.
    fn rewrite(&mut self, from: &[String], parts: &[Part], at: &str) {
        let mut place = None;
        for part in parts {
            let same_day = (part.day.clone(), part.source.clone(), 0)
                ..=(part.day.clone(), part.source.clone(), u64::MAX);
            let gone = self.parts.range(same_day).filter(|(_, part)| from.contains(&part.path));
            let gone: Vec<_> = gone.map(|(key, _)| key.clone()).collect();
            place = place.or(gone.first().map(|(_, _, number)| *number));
            for key in gone {
                self.parts.remove(&key);
            }
            // What an entry adds beside the first comes behind all.
            let number = place.take().unwrap_or_else(|| {
                self.added += 1;
                self.added
            });
            self.add(number, part);
        }
        self.replaced.extend(from.iter().map(|path| (path.clone(), at.to_owned())));
    }

    /// Up to where each stream is there.
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for (stream, extent) in self.extents() {
            progress.insert(stream, extent);
        }
        progress
    }

    /// The parts of streams that came in.
    pub(crate) fn extents(&self) -> impl Iterator<Item = (StreamId, Extent)> {
        // What was written anew came in before.
        let settled = |entry: &&Entry| matches!(entry.kind, Kind::Settled { .. });
        let parts = self.entries.iter().filter(settled).flat_map(|entry| entry.new_parts());
        parts.flat_map(|part| &part.streams).map(|range| {
            let stream = StreamId { digest: range.id.0, prefix: range.prefix };
            let tail = range.tail.map(|tail| Tail {
                length: tail.bytes,
                crc: tail.crc32,
                ends_line: tail.ends_line,
            });
            let next_line = range.first_line + range.lines;
            (stream, Extent { start: range.from, end: range.to, next_line, tail })
        })
    }

    /// The format that a stream's lines were read as before.
    pub(crate) fn format_of(&self, stream: &[u8; 32]) -> Option<&str> {
        let ranges = self.parts.values().rev().flat_map(|part| &part.streams);
        ranges.into_iter().find(|range| range.id.0 == *stream).map(|range| range.format.as_str())
    }
}

/// The right to make a lake.
pub struct Claim {
    _lock: Box<dyn Lock>,
}

impl Claim {
    /// Makes the lake on the disk that was claimed.
    ///
    /// # Errors
    /// When the disk refuses, or a lake is there.
    pub fn create(
        self,
        disk: Arc<dyn Disk>,
        key: &SigningKey,
        at: &str,
    ) -> Result<Lake, LakeError> {
        let ledger = Ledger::create(Arc::clone(&disk), key, at)?;
        Lake::read(disk, ledger, Vec::new())
    }
}

/// A lake, opened.
pub struct Lake {
    disk: Arc<dyn Disk>,
    ledger: Ledger,
    catalog: Catalog,
    keys: KeyChain,
    waiting: Vec<Waiting>,
    damages: Damages,
}

impl Lake {
    /// Takes the right to make a lake on a disk, so that of two that are about to, one makes it and the other
    /// opens it. `None` when another has it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn claim(disk: &dyn Disk) -> Result<Option<Claim>, LakeError> {
        Ok(Ledger::claim(disk)?.map(|lock| Claim { _lock: lock }))
    }

    /// Makes a lake in an empty folder.
    ///
    /// # Errors
    /// When the disk refuses, a lake is there, or another process is about to make one.
    pub fn create(disk: Arc<dyn Disk>, key: &SigningKey, at: &str) -> Result<Self, LakeError> {
        let claim = Self::claim(&*disk)?.ok_or(LakeError::Busy)?;
        claim.create(disk, key, at)
    }

    /// Whether a lake is on a disk.
    ///
    /// # Errors
    /// When the disk does not say.
    pub fn is_on(disk: &dyn Disk) -> Result<bool, LakeError> {
        match disk.read_committed(CHECKPOINT) {
            Ok(_) => Ok(true),
            // With parts and without a checkpoint it is a damaged lake: nothing new is begun over it.
            Err(error) if error.trouble == Trouble::Missing => Ok(!disk.list("data")?.is_empty()),
            Err(error) => Err(error.into()),
        }
    }

    /// # Errors
    /// When no lake is there, or its log is not what its key signed.
    pub fn open(disk: Arc<dyn Disk>) -> Result<Self, LakeError> {
        // In this order: what is settled in between is in both.
        let waiting = waiting(&*disk)?;
        let ledger = Ledger::open(Arc::clone(&disk))?;
        Self::read(disk, ledger, waiting)
    }

    fn read(disk: Arc<dyn Disk>, ledger: Ledger, waiting: Vec<Waiting>) -> Result<Self, LakeError> {
        let entries = ledger.entries()?;
        let keys = ledger.chain(&entries)?;
        let catalog = Catalog::of(entries);
        Ok(Self { disk, ledger, catalog, keys, waiting, damages: Damages::default() })
    }

    /// Write-ahead files that were there before the log was read.
    pub(crate) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// A write-ahead file waits no more.
    pub(crate) fn waits_no_more(&mut self, id: WalId) {
        self.waiting.retain(|file| file.id != id);
    }

    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What was asked of this lake so far was answered without these: companions that are missing or damaged, of whose
    /// parts every row was looked at, but no line is in a pack of evidence; and what no key opens, which nobody looked at.
    pub fn damages(&self) -> Vec<Arc<LakeError>> {
        self.damages.list()
    }

    pub(crate) fn noted(&self) -> &Damages {
        &self.damages
    }

    /// The keys of the log; the current one signs.
    pub fn keys(&self) -> &KeyChain {
        &self.keys
    }

    /// Replaces the key that signs. From then on the old one signs nothing more; whoever trusts it is led to
    /// the new one by what it signed last.
    ///
    /// # Errors
    /// When `old` is not the key that signs, `new` is not one of this log, or the disk refuses.
    pub fn rotate_key(
        &mut self,
        (old, new): (&SigningKey, &SigningKey),
        at: &str,
    ) -> Result<(), LakeError> {
        let _lock = self.lock(old)?;
        if new.verifier().name() != self.ledger.origin()
            || self.keys.rotations_since(new.verifier()).is_some()
        {
            let (key, lake) = (new.verifier().to_string(), self.keys.current().to_string());
            return Err(LakeError::OtherKey { key, lake });
        }
        let entry = self.ledger.rotate(&self.keys, (old, new), at)?;
        self.catalog.append(entry);
        self.keys = self.ledger.chain(&self.catalog.entries)?;
        Ok(())
    }

    /// Appends entries to the log: from then on they hold.
    pub(crate) fn commit(&mut self, entries: &[Entry], key: &SigningKey) -> Result<(), LakeError> {
        self.ledger.append(entries, key)?;
        for entry in entries {
            self.catalog.append(entry.clone());
        }
        Ok(())
    }

    /// Takes the right to write, and sees what others wrote until now.
    pub(crate) fn lock(&mut self, key: &SigningKey) -> Result<Box<dyn Lock>, LakeError> {
        self.waiting = waiting(&*self.disk)?;
        let lock = self.ledger.lock()?;
        let entries = self.ledger.entries()?;
        self.keys = self.ledger.chain(&entries)?;
        self.catalog = Catalog::of(entries);
        if self.keys.current() != key.verifier() {
            let (key, lake) = (key.verifier().to_string(), self.keys.current().to_string());
            return Err(LakeError::OtherKey { key, lake });
        }
        Ok(lock)
    }
}
