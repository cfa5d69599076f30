//! What of the log is left with others: asked for, accepted, copied.
//!
//! `seal/anchors/` keeps what came back: `SIZE-KEYID.checkpoint` is a checkpoint with the signature of a
//! witness, `SIZE-NONCE.tsq` a request to a time-stamp authority, `SIZE-NONCE.tsr` its answer, and
//! `SIZE.checkpoint` the checkpoint that was sent. An entry names each that was accepted, with its digest.

use sancha_seal::{
    Algorithm, AnchorMethod, Checkpoint, Entry, FileDigest, Hash32, Kind, Note, SigningKey,
    TreeHead, VerifierKey,
    checkpoint::{self, CheckpointError},
    timestamp::{self, StampError},
    witness,
};

use crate::{
    Lake, LakeError,
    disk::{Disk, DiskError, Trouble, folder_of},
    ledger::FOLDER,
};

/// Where files for anchors lie.
const ANCHORS: &str = "seal/anchors";

/// Why nothing was anchored.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error("the checkpoint is of another log, `{0}`")]
    OtherLog(String),
    /// Somebody else has a checkpoint that this log does not go on from.
    #[error(
        "the first {size} entries of the log are not those of the checkpoint: one of them was written anew"
    )]
    Rewritten { size: u64 },
    #[error("the checkpoint is of {size} entries, and the log has {have}: its tail was cut")]
    Cut { size: u64, have: u64 },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("no witness that is known signed the checkpoint; name its public key")]
    NoWitness,
    #[error(transparent)]
    Stamp(#[from] StampError),
    #[error("the stamp is over something that no request of this lake asked for")]
    NotAsked,
    #[error("the stamp answers another request: its nonce is not one that was asked with")]
    Nonce,
    /// A copy that nothing overwrites has other bytes.
    #[error("`{path}` of the copy is not what the log has there")]
    CopyDiffers { path: String },
    #[error("failed to copy")]
    Copy(#[source] DiskError),
}

impl AnchorError {
    /// Whether something is not as it was sealed or left.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Lake(error) => error.is_damage(),
            Self::OtherLog(_)
            | Self::Rewritten { .. }
            | Self::Cut { .. }
            | Self::CopyDiffers { .. } => true,
            Self::Checkpoint(_)
            | Self::NoWitness
            | Self::Stamp(_)
            | Self::NotAsked
            | Self::Nonce
            | Self::Copy(_) => false,
        }
    }
}

/// An anchor that the log names.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'a> {
    /// Number of the entry that names it.
    pub entry: u64,
    pub at: &'a str,
    pub head: TreeHead,
    pub method: AnchorMethod,
    /// Of a witness the public key, else what was said of it.
    pub by: &'a str,
    pub proof: Option<&'a FileDigest>,
}

/// What a copy took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub head: TreeHead,
    pub written: u64,
    /// Files that were there with the same bytes.
    pub present: u64,
}

impl Lake {
    /// Anchors in the order of the log.
    pub fn anchors(&self) -> impl Iterator<Item = Anchor<'_>> {
        let entries = (0..).zip(&self.catalog().entries);
        entries.filter_map(|(number, entry): (u64, &Entry)| match &entry.kind {
            Kind::Anchored { size, root, method, by, proof } => Some(Anchor {
                entry: number,
                at: &entry.at,
                head: TreeHead { size: *size, root: *root },
                method: *method,
                by,
                proof: proof.as_ref(),
            }),
            _ => None,
        })
    }

    /// Whether the log has something that is neither anchored nor an anchor itself.
    pub fn has_news_since(&self, size: u64) -> bool {
        let new = self.catalog().entries.iter().skip(usize::try_from(size).unwrap_or(usize::MAX));
        new.into_iter().any(|entry| !matches!(entry.kind, Kind::Anchored { .. }))
    }

    /// Keys of witnesses that signed before, the newest first.
    pub fn witnesses(&self) -> Vec<VerifierKey> {
        let mut keys: Vec<VerifierKey> = Vec::new();
        for anchor in self.anchors().filter(|anchor| anchor.method == AnchorMethod::Witness) {
            if let Ok(key) = VerifierKey::parse(anchor.by) {
                keys.retain(|other| *other != key);
                keys.insert(0, key);
            }
        }
        keys
    }

    /// The size that a witness signed last, as far as this log knows.
    pub fn seen_by(&self, witness: &VerifierKey) -> u64 {
        let name = witness.to_string();
        let by = |anchor: &Anchor<'_>| anchor.method == AnchorMethod::Witness && anchor.by == name;
        self.anchors().filter(by).map(|anchor| anchor.head.size).max().unwrap_or(0)
    }

    /// What a witness is asked who has seen the log up to `old_size`.
    ///
    /// # Errors
    /// When the log is shorter, or damaged.
    pub fn witness_request(&self, old_size: u64) -> Result<witness::Request, AnchorError> {
        let log = self.ledger().log();
        let have = log.head().size;
        if old_size > have {
            return Err(AnchorError::Cut { size: old_size, have });
        }
        let sealed = |error| LakeError::seal(FOLDER, error);
        let old = log.head_at(old_size).map_err(sealed)?;
        let proof = log.prove_growth(&old).map_err(sealed)?;
        Ok(witness::Request { old_size, proof, checkpoint: self.ledger().checkpoint().to_vec() })
    }

    /// Takes a checkpoint back that witnesses signed; returns their names. `known` are keys of witnesses
    /// besides those that signed before.
    ///
    /// # Errors
    /// When the log does not go on from the checkpoint, or no known witness signed it.
    pub fn accept_witness(
        &mut self,
        bytes: &[u8],
        known: &[VerifierKey],
        (key, at): (&SigningKey, &str),
    ) -> Result<Vec<String>, AnchorError> {
        let _lock = self.lock(key)?;
        let note = Note::from_bytes(bytes).map_err(CheckpointError::from)?;
        let left = Checkpoint::parse(&note.text)?;
        self.goes_on_from(&left)?;
        let mut keys = [known, &self.witnesses()].concat();
        keys.push(self.keys().key_at(left.size).clone());
        let opened = checkpoint::open(bytes, &keys)?;
        let mut entries = Vec::new();
        for signer in &opened.by_witnesses {
            let is_theirs =
                |key: &&VerifierKey| key.name() == signer.name && key.id() == signer.key_id;
            let Some(witness) = keys.iter().find(is_theirs) else { continue };
            let path = format!("{ANCHORS}/{}-{:08x}.checkpoint", left.size, witness.id());
            let by = witness.to_string();
            if self.anchors().any(|known| known.head == left.head() && known.by == by) {
                continue;
            }
            self.disk().write_at_once(&path, bytes).map_err(LakeError::from)?;
            entries.push(anchored(left.head(), AnchorMethod::Witness, by, Some((path, bytes)), at));
        }
        if opened.by_witnesses.is_empty() {
            return Err(AnchorError::NoWitness);
        }
        if !entries.is_empty() {
            self.commit(&entries, key)?;
        }
        Ok(opened.by_witnesses.into_iter().map(|signer| signer.name).collect())
    }

    /// A request to a time-stamp authority over the log as it is; it is kept, so that the answer can be held
    /// against it. `nonce` is random.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn stamp_request(&self, nonce: u64) -> Result<(TreeHead, Vec<u8>), AnchorError> {
        let head = self.ledger().head();
        let digest = Checkpoint::new(self.ledger().origin(), head).digest();
        let request = timestamp::request(&digest, nonce);
        let write = |path: &str, bytes: &[u8]| {
            self.disk().write_at_once(path, bytes).map_err(LakeError::from)
        };
        let size = head.size;
        write(&format!("{ANCHORS}/{size}.checkpoint"), self.ledger().checkpoint())?;
        write(&format!("{ANCHORS}/{size}-{nonce:016x}.tsq"), &request)?;
        Ok((head, request))
    }

    /// Takes the answer of a time-stamp authority, whom `by` names. Its signature is not checked here.
    ///
    /// # Errors
    /// When it answers no request of this lake, or the log has been written anew since.
    pub fn accept_stamp(
        &mut self,
        bytes: &[u8],
        by: &str,
        (key, at): (&SigningKey, &str),
    ) -> Result<(TreeHead, timestamp::Stamp), AnchorError> {
        let _lock = self.lock(key)?;
        let stamp = timestamp::read(bytes)?;
        let asked = self.asked()?;
        let (size, _) = asked
            .iter()
            .find(|(_, asked)| asked.digest == stamp.digest)
            .ok_or(AnchorError::NotAsked)?;
        let is_answer = |(_, asked): &(u64, timestamp::Asked)| {
            asked.digest == stamp.digest && asked.nonce == stamp.nonce
        };
        let nonce = asked.iter().find(|one| is_answer(one)).and_then(|(_, asked)| asked.nonce);
        let nonce = nonce.ok_or(AnchorError::Nonce)?;
        let head = self.head_at(*size)?;
        if Checkpoint::new(self.ledger().origin(), head).digest() != stamp.digest {
            return Err(AnchorError::Rewritten { size: *size });
        }
        let path = format!("{ANCHORS}/{size}-{nonce:016x}.tsr");
        let is_there =
            self.anchors().any(|known| known.proof.is_some_and(|proof| proof.path == path));
        if !is_there {
            self.disk().write_at_once(&path, bytes).map_err(LakeError::from)?;
            let proof = Some((path, bytes));
            let entry = anchored(head, AnchorMethod::Rfc3161, by.to_owned(), proof, at);
            self.commit(&[entry], key)?;
        }
        Ok((head, stamp))
    }

    /// Requests to time-stamp authorities, with the size that each is over.
    fn asked(&self) -> Result<Vec<(u64, timestamp::Asked)>, LakeError> {
        let mut asked = Vec::new();
        for file in self.disk().list(ANCHORS)? {
            let Some((size, _)) =
                file.name.strip_suffix(".tsq").and_then(|name| name.split_once('-'))
            else {
                continue;
            };
            let request = self.disk().read(&format!("{ANCHORS}/{}", file.name))?;
            let request = timestamp::read_request(&request);
            asked.extend(size.parse().ok().zip(request));
        }
        Ok(asked)
    }

    /// Requests that have no answer yet: size and file.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn unanswered(&self) -> Result<Vec<String>, LakeError> {
        let files = self.disk().list(ANCHORS)?;
        let has = |name: String| files.iter().any(|file| file.name == name);
        let bare = files.iter().filter_map(|file| file.name.strip_suffix(".tsq"));
        let open = bare.filter(|bare| !has(format!("{bare}.tsr")));
        Ok(open.map(|bare| format!("{ANCHORS}/{bare}.tsq")).collect())
    }

    /// Notes in the log that the checkpoint of `head` was left with somebody, whom `by` names.
    ///
    /// # Errors
    /// When the log has been written anew since, or the disk refuses.
    pub fn note_anchor(
        &mut self,
        head: TreeHead,
        (method, by): (AnchorMethod, &str),
        (key, at): (&SigningKey, &str),
    ) -> Result<(), AnchorError> {
        let _lock = self.lock(key)?;
        self.goes_on_from(&Checkpoint::new(self.ledger().origin(), head))?;
        self.commit(&[anchored(head, method, by.to_owned(), None, at)], key)?;
        Ok(())
    }

    /// Copies checkpoint and tiles to a folder where nothing can be overwritten: a file that is there stays,
    /// and has to have the same bytes.
    ///
    /// # Errors
    /// When the folder has a checkpoint or a file that this log does not go on from: then nothing of this
    /// checkpoint is copied.
    pub fn copy_to(&self, to: &dyn Disk) -> Result<Copied, AnchorError> {
        let folder = plain_name(self.ledger().origin());
        for file in to.list(&folder).map_err(AnchorError::Copy)? {
            if !file.name.starts_with(COPIED_CHECKPOINT) {
                continue;
            }
            let path = format!("{folder}/{}", file.name);
            let bytes = to.read(&path).map_err(AnchorError::Copy)?;
            let note = Note::from_bytes(&bytes).map_err(CheckpointError::from);
            let left = note.and_then(|note| Checkpoint::parse(&note.text));
            self.goes_on_from(&left.map_err(|_| AnchorError::CopyDiffers { path })?)?;
        }
        let log = self.ledger().log();
        let mut copied = Copied { head: log.head(), written: 0, present: 0 };
        for file in log.files() {
            let (path, bytes) = file.map_err(|error| LakeError::seal(FOLDER, error))?;
            write_new(to, &format!("{folder}/{path}"), &bytes, &mut copied)?;
        }
        // Last: what it names is all there.
        let checkpoint = format!("{folder}/{COPIED_CHECKPOINT}{}", copied.head.size);
        write_new(to, &checkpoint, self.ledger().checkpoint(), &mut copied)?;
        Ok(copied)
    }

    /// The newest checkpoint with entry `last` that somebody else signed, else that of the log. One from before
    /// a rotation is passed over: who has the newest key only could not check it.
    pub(crate) fn held_since(&self, last: u64) -> Result<Held, LakeError> {
        let (log, current) = (self.ledger().head(), self.keys().current());
        let own = Held { head: log, note: self.ledger().checkpoint().to_vec(), ..Held::none(log) };
        let is_of_use = |anchor: &Anchor<'_>| {
            let size = anchor.head.size;
            anchor.proof.is_some() && last < size && self.keys().key_at(size) == current
        };
        let Some(head) = self.anchors().filter(is_of_use).map(|anchor| anchor.head).last() else {
            return Ok(own);
        };
        let (mut held, mut notes) = (Held::none(head), Vec::new());
        for anchor in self.anchors().filter(|anchor| anchor.head == head) {
            let Some((name, bytes)) = self.proof(&anchor)? else { continue };
            match anchor.method {
                AnchorMethod::Witness => {
                    held.witnesses.extend(VerifierKey::parse(anchor.by).ok());
                    notes.push(bytes);
                }
                AnchorMethod::Rfc3161 => {
                    held.stamps.push((name, bytes));
                    notes.push(self.disk().read(&format!("{ANCHORS}/{}.checkpoint", head.size))?);
                }
                AnchorMethod::Paper | AnchorMethod::Worm => {}
            }
        }
        let is_it = |note: &[u8]| {
            let opened = checkpoint::open(note, std::slice::from_ref(current));
            opened.is_ok_and(|opened| opened.checkpoint.head() == head)
        };
        match together(&notes).filter(|note| is_it(note)) {
            Some(note) => Ok(Held { note, ..held }),
            None => Ok(own),
        }
    }

    /// The file of an anchor by its plain name, if it is still the accepted one.
    fn proof(&self, anchor: &Anchor<'_>) -> Result<Option<(String, Vec<u8>)>, LakeError> {
        let Some(proof) = anchor.proof else { return Ok(None) };
        let bytes = match self.disk().read(&proof.path) {
            Err(error) if error.trouble == Trouble::Missing => return Ok(None),
            read => read?,
        };
        let name = proof.path.rsplit('/').next().unwrap_or_default().to_owned();
        let is_it = Algorithm::Sha256.hash(&[&bytes]) == proof.sha256;
        Ok(is_it.then_some((name, bytes)))
    }

    /// Makes sure that a checkpoint is of this log, and of its beginning.
    fn goes_on_from(&self, left: &Checkpoint) -> Result<(), AnchorError> {
        if left.origin != self.ledger().origin() {
            return Err(AnchorError::OtherLog(left.origin.clone()));
        }
        let (size, have) = (left.size, self.ledger().head().size);
        if size > have {
            return Err(AnchorError::Cut { size, have });
        }
        let is_same = self.head_at(size)? == left.head();
        if is_same { Ok(()) } else { Err(AnchorError::Rewritten { size }) }
    }

    fn head_at(&self, size: u64) -> Result<TreeHead, LakeError> {
        self.ledger().log().head_at(size).map_err(|error| LakeError::seal(FOLDER, error))
    }
}

/// A checkpoint with what others signed of it.
pub(crate) struct Held {
    pub(crate) head: TreeHead,
    pub(crate) note: Vec<u8>,
    pub(crate) witnesses: Vec<VerifierKey>,
    /// Answers of time-stamp authorities, by plain names.
    pub(crate) stamps: Vec<(String, Vec<u8>)>,
}

impl Held {
    fn none(head: TreeHead) -> Self {
        Self { head, note: Vec::new(), witnesses: Vec::new(), stamps: Vec::new() }
    }
}

/// One note with the signatures of all, which are over the same checkpoint.
fn together(notes: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut notes = notes.iter().filter_map(|bytes| Note::from_bytes(bytes).ok());
    let mut first = notes.next()?;
    notes.flat_map(|note| note.signatures).for_each(|signature| first.add(signature));
    Some(first.to_bytes())
}

/// Beginning of the names of checkpoints in a copy; the size follows.
pub(crate) const COPIED_CHECKPOINT: &str = "checkpoint.";

/// The name of a log as one of a file or folder.
pub fn plain_name(origin: &str) -> String {
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => letter,
        _ => '_',
    };
    origin.chars().map(plain).collect()
}

fn anchored(
    head: TreeHead,
    method: AnchorMethod,
    by: String,
    proof: Option<(String, &[u8])>,
    at: &str,
) -> Entry {
    let TreeHead { size, root } = head;
    let digest = |bytes: &[u8]| -> Hash32 { Algorithm::Sha256.hash(&[bytes]) };
    let proof = proof.map(|(path, bytes)| FileDigest { path, sha256: digest(bytes) });
    Entry::new(at, Kind::Anchored { size, root, method, by, proof })
}

/// Writes a file that is not there; one that is has to be the same.
fn write_new(
    to: &dyn Disk,
    path: &str,
    bytes: &[u8],
    copied: &mut Copied,
) -> Result<(), AnchorError> {
    match to.create(path) {
        Ok(file) => {
            let write = file.append(&[bytes]).and_then(|()| file.sync());
            write.and_then(|()| to.sync_folder(folder_of(path))).map_err(AnchorError::Copy)?;
            copied.written += 1;
        }
        Err(error) if error.trouble == Trouble::Exists => {
            if to.read(path).map_err(AnchorError::Copy)? != bytes {
                return Err(AnchorError::CopyDiffers { path: path.to_owned() });
            }
            copied.present += 1;
        }
        Err(error) => return Err(AnchorError::Copy(error)),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
