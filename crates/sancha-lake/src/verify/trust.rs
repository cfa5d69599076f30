//! Whose word the verdicts rest on: the key, checkpoints that were left with others, anchors.

use std::{collections::BTreeMap, sync::Arc};

use sancha_seal::{
    Algorithm, AnchorMethod, Checkpoint, Hash32, KeyKind, Note, RootBuilder, TileReader, Tlog,
    TreeHead, VerifierKey,
    merkle::leaf_hash,
    note::NoteError,
    paper::{self, Left, PaperError},
    timestamp,
};

use crate::{
    Lake, LakeError,
    anchor::{Anchor, COPIED_CHECKPOINT, plain_name},
    disk::{Disk, DiskError, Trouble},
    ledger::FOLDER,
};

/// What whoever verifies has from elsewhere.
#[derive(Clone, Copy, Default)]
pub struct Trusted<'a> {
    /// Public keys of the log and of witnesses.
    pub keys: &'a [VerifierKey],
    pub left: &'a [LeftWith],
}

/// A checkpoint that was left with somebody.
#[derive(Clone)]
pub struct LeftWith {
    /// The file that it came in.
    pub name: String,
    pub left: Left,
    /// The copy that it is part of, and the folder of its log there.
    pub copy: Option<(Arc<dyn Disk>, String)>,
}

/// What the verdicts of a verification rest on.
#[derive(Clone, Debug)]
pub struct TrustVerdicts {
    /// Number of entries of the log.
    pub size: u64,
    pub key: KeyVerdict,
    pub left: Vec<LeftVerdict>,
    pub anchors: Vec<AnchorVerdict>,
}

/// Where the key came from that the checkpoint was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyVerdict {
    /// The lake's own folder.
    Folder,
    /// Whoever verifies; so many keys have taken over since.
    Given { rotations: u64 },
    /// None of the keys given is one of this log.
    Other,
}

#[derive(Clone, Debug)]
pub struct LeftVerdict {
    pub name: String,
    pub size: u64,
    pub signature: LeftSignature,
    pub found: LeftFound,
}

/// Who signed a checkpoint that was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftSignature {
    /// It came without one, as from paper.
    None,
    /// The key that signed the log at that size.
    Log,
    /// Another key that whoever verifies gave, such as that of a witness.
    Given,
    /// A key that this entry had replaced.
    Replaced(u64),
    /// Nobody who is known.
    Unknown,
    /// It does not fit the text.
    Forged,
}

/// Whether the log goes on from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftFound {
    GoesOn,
    /// Its name.
    OtherLog(String),
    /// The log has fewer entries.
    Cut {
        have: u64,
    },
    /// The first entries are others.
    Rewritten {
        /// The largest size up to which another checkpoint given agrees; 0 where none does.
        agrees_to: u64,
        /// The first entry that differs, where a copy tells.
        first: Option<u64>,
    },
}

/// An anchor that the log names, looked at again.
#[derive(Clone, Debug)]
pub struct AnchorVerdict {
    /// Number of the entry.
    pub entry: u64,
    /// When the entry was written.
    pub at: String,
    pub size: u64,
    pub method: AnchorMethod,
    pub by: String,
    pub found: AnchorFound,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorFound {
    /// A witness signed; whether its key was given by whoever verifies.
    Signed {
        at: u64,
        is_known: bool,
    },
    /// A stamp over this checkpoint; the signature of the authority is not checked.
    Stamped {
        at: jiff::Timestamp,
        digest: Hash32,
        path: String,
    },
    /// Said to be left with somebody; nothing here can show it.
    Said,
    /// The entry is of another history.
    OtherRoot,
    Missing(String),
    /// The file is not the one that was accepted.
    Altered(String),
}

impl TrustVerdicts {
    /// Whether nothing speaks against the log.
    pub fn is_sound(&self) -> bool {
        self.key != KeyVerdict::Other
            && self.left.iter().all(LeftVerdict::is_sound)
            && self.anchors.iter().all(AnchorVerdict::is_sound)
    }

    /// The last anchor that the log names and that nothing speaks against. It is the log's word, unless a
    /// witness signed whose key was given.
    pub fn last_anchor(&self) -> Option<&AnchorVerdict> {
        self.anchors.iter().filter(|anchor| anchor.is_sound()).max_by_key(|anchor| anchor.size)
    }

    /// Up to which entry the log is shown to be what others saw, by what whoever verifies has from them.
    pub fn shown_to(&self) -> Option<u64> {
        let known = |anchor: &&AnchorVerdict| {
            matches!(anchor.found, AnchorFound::Signed { is_known: true, .. })
        };
        let anchored = self.anchors.iter().filter(known).map(|anchor| anchor.size);
        let goes_on = |left: &&LeftVerdict| left.is_sound();
        anchored.chain(self.left.iter().filter(goes_on).map(|left| left.size)).max()
    }
}

impl LeftVerdict {
    fn is_sound(&self) -> bool {
        // An unknown signature beside a root that fits takes nothing from it.
        let is_signed =
            !matches!(self.signature, LeftSignature::Forged | LeftSignature::Replaced(_));
        is_signed && self.found == LeftFound::GoesOn
    }
}

impl AnchorVerdict {
    fn is_sound(&self) -> bool {
        matches!(
            self.found,
            AnchorFound::Signed { .. } | AnchorFound::Stamped { .. } | AnchorFound::Said
        )
    }
}

impl Lake {
    /// Holds the log against what others have of it.
    ///
    /// # Errors
    /// When the log or a file of it cannot be read.
    pub fn verify_trust(&self, trusted: &Trusted<'_>) -> Result<TrustVerdicts, LakeError> {
        let lefts = trusted.left.iter().map(|given| given.left.checkpoint.size);
        let sizes = lefts.chain(self.anchors().map(|anchor| anchor.head.size));
        let roots = self.roots(sizes)?;
        let mut left: Vec<_> =
            trusted.left.iter().map(|given| self.left(given, trusted.keys, &roots)).collect();
        let agreeing: Vec<_> = left
            .iter()
            .filter(|verdict| verdict.found == LeftFound::GoesOn)
            .map(|verdict| verdict.size)
            .collect();
        for (verdict, given) in left.iter_mut().zip(trusted.left) {
            let size = verdict.size;
            if let LeftFound::Rewritten { agrees_to, first } = &mut verdict.found {
                *agrees_to =
                    agreeing.iter().filter(|other| **other < size).max().copied().unwrap_or(0);
                *first = self.first_difference(given)?;
            }
        }
        let anchors = self
            .anchors()
            .map(|anchor| self.anchor_verdict(&anchor, trusted.keys, &roots))
            .collect::<Result<_, _>>()?;
        let size = self.ledger().head().size;
        Ok(TrustVerdicts { size, key: self.key_verdict(trusted.keys), left, anchors })
    }

    fn key_verdict(&self, given: &[VerifierKey]) -> KeyVerdict {
        let mut logs = given.iter().filter(|key| key.kind() == KeyKind::Log).peekable();
        if logs.peek().is_none() {
            return KeyVerdict::Folder;
        }
        let rotations = logs.filter_map(|key| self.keys().rotations_since(key)).min();
        rotations.map_or(KeyVerdict::Other, |rotations| KeyVerdict::Given { rotations })
    }

    /// Roots over the first entries, at these sizes, by the entries themselves.
    fn roots(&self, sizes: impl Iterator<Item = u64>) -> Result<BTreeMap<u64, Hash32>, LakeError> {
        let empty = TreeHead::empty(Algorithm::Sha256).root;
        let mut roots: BTreeMap<u64, Hash32> = sizes.map(|size| (size, empty)).collect();
        let mut tree = RootBuilder::new(Algorithm::Sha256);
        let log = self.ledger().log();
        log.each_entry(|_, entry| {
            tree.push(leaf_hash(Algorithm::Sha256, entry));
            if let Some(root) = roots.get_mut(&tree.size()) {
                *root = tree.root();
            }
        })
        .map_err(|error| LakeError::seal(FOLDER, error))?;
        Ok(roots)
    }

    fn left(
        &self,
        given: &LeftWith,
        keys: &[VerifierKey],
        roots: &BTreeMap<u64, Hash32>,
    ) -> LeftVerdict {
        let Left { checkpoint, note } = &given.left;
        let have = self.ledger().head().size;
        let found = if checkpoint.origin != self.ledger().origin() {
            LeftFound::OtherLog(checkpoint.origin.clone())
        } else if checkpoint.size > have {
            LeftFound::Cut { have }
        } else if roots.get(&checkpoint.size) == Some(&checkpoint.root) {
            LeftFound::GoesOn
        } else {
            LeftFound::Rewritten { agrees_to: 0, first: None }
        };
        let signature = note
            .as_ref()
            .map_or(LeftSignature::None, |note| self.left_signature(note, checkpoint.size, keys));
        LeftVerdict { name: given.name.clone(), size: checkpoint.size, signature, found }
    }

    fn left_signature(&self, note: &Note, size: u64, given: &[VerifierKey]) -> LeftSignature {
        let chain = self.keys();
        let is_by = |key: &VerifierKey| note.verify(std::slice::from_ref(key));
        match is_by(chain.key_at(size)) {
            Ok(_) => return LeftSignature::Log,
            Err(NoteError::Forged { .. }) => return LeftSignature::Forged,
            Err(_) => {}
        }
        let replaced = chain.keys().filter(|key| is_by(key).is_ok());
        if let Some(entry) = replaced.filter_map(|key| chain.replaced_in(key)).next() {
            return LeftSignature::Replaced(entry);
        }
        match given.iter().any(|key| is_by(key).is_ok()) {
            true => LeftSignature::Given,
            false => LeftSignature::Unknown,
        }
    }

    /// The first entry that a copy has otherwise.
    fn first_difference(&self, given: &LeftWith) -> Result<Option<u64>, LakeError> {
        let Some((disk, folder)) = &given.copy else { return Ok(None) };
        let size = given.left.checkpoint.size.min(self.ledger().head().size);
        let copy = CopiedTiles { disk: Arc::clone(disk), folder: folder.clone() };
        let copied = Tlog::new(copy, given.left.checkpoint.head());
        let mut ours = Vec::new();
        let log = self.ledger().log();
        log.each_entry(|_, entry| ours.push(leaf_hash(Algorithm::Sha256, entry)))
            .map_err(|error| LakeError::seal(FOLDER, error))?;
        let mut first = None;
        // A copy that is damaged tells nothing; the checkpoint has spoken already.
        let read = copied.each_entry(|index, entry| {
            let is_same = usize::try_from(index).ok().and_then(|index| ours.get(index))
                == Some(&leaf_hash(Algorithm::Sha256, entry));
            if !is_same && index < size {
                first = first.or(Some(index));
            }
        });
        Ok(first.filter(|_| read.is_ok()))
    }

    fn anchor_verdict(
        &self,
        anchor: &Anchor<'_>,
        keys: &[VerifierKey],
        roots: &BTreeMap<u64, Hash32>,
    ) -> Result<AnchorVerdict, LakeError> {
        let is_earlier = anchor.head.size <= anchor.entry;
        let found = if !is_earlier || roots.get(&anchor.head.size) != Some(&anchor.head.root) {
            AnchorFound::OtherRoot
        } else {
            match anchor.proof {
                None => AnchorFound::Said,
                Some(proof) => match self.disk().read(&proof.path) {
                    Ok(bytes) if Algorithm::Sha256.hash(&[&bytes]) == proof.sha256 => {
                        self.proven(anchor, &proof.path, &bytes, keys)
                    }
                    Ok(_) => AnchorFound::Altered(proof.path.clone()),
                    Err(error) if error.trouble == Trouble::Missing => {
                        AnchorFound::Missing(proof.path.clone())
                    }
                    Err(error) => return Err(error.into()),
                },
            }
        };
        Ok(AnchorVerdict {
            entry: anchor.entry,
            at: anchor.at.to_owned(),
            size: anchor.head.size,
            method: anchor.method,
            by: anchor.by.to_owned(),
            found,
        })
    }

    /// What a file that is the accepted one says.
    fn proven(
        &self,
        anchor: &Anchor<'_>,
        path: &str,
        bytes: &[u8],
        keys: &[VerifierKey],
    ) -> AnchorFound {
        let checkpoint = Checkpoint::new(self.ledger().origin(), anchor.head);
        let found = match anchor.method {
            AnchorMethod::Witness => VerifierKey::parse(anchor.by).ok().and_then(|key| {
                let note = Note::from_bytes(bytes).ok()?;
                let signers = note.verify(std::slice::from_ref(&key)).ok()?;
                let at = signers.first()?.cosigned_at?;
                let is_this = note.text == checkpoint.to_text();
                is_this.then(|| AnchorFound::Signed { at, is_known: keys.contains(&key) })
            }),
            AnchorMethod::Rfc3161 => timestamp::read(bytes).ok().and_then(|stamp| {
                let digest = checkpoint.digest();
                let stamped = AnchorFound::Stamped { at: stamp.at, digest, path: path.to_owned() };
                (stamp.digest == digest).then_some(stamped)
            }),
            AnchorMethod::Paper | AnchorMethod::Worm => Some(AnchorFound::Said),
        };
        found.unwrap_or_else(|| AnchorFound::Altered(path.to_owned()))
    }
}

/// The log in a copy.
struct CopiedTiles {
    disk: Arc<dyn Disk>,
    folder: String,
}

impl TileReader for CopiedTiles {
    type Error = DiskError;

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, DiskError> {
        match self.disk.read(&format!("{}/{path}", self.folder)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.trouble == Trouble::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The checkpoints in a copy.
#[derive(Clone, Default)]
pub struct CopiedCheckpoints {
    pub left: Vec<LeftWith>,
    /// Those that cannot be read, by path.
    pub broken: Vec<(String, PaperError)>,
}

/// The checkpoints in a copy: of the log `origin`, else of any.
///
/// # Errors
/// When the folder cannot be read.
pub fn left_in_copy(disk: &Arc<dyn Disk>, origin: &str) -> Result<CopiedCheckpoints, LakeError> {
    let own = plain_name(origin);
    let folders = disk.list("")?.into_iter().filter(|entry| entry.is_folder);
    let mut folders: Vec<_> = folders.map(|entry| entry.name).collect();
    if folders.contains(&own) {
        folders = vec![own];
    }
    let mut found = CopiedCheckpoints::default();
    for folder in folders {
        for file in disk.list(&folder)? {
            if file.is_folder || !file.name.starts_with(COPIED_CHECKPOINT) {
                continue;
            }
            let name = format!("{folder}/{}", file.name);
            match paper::read(&disk.read(&name)?) {
                Ok(left) => {
                    let copy = Some((Arc::clone(disk), folder.clone()));
                    found.left.push(LeftWith { name, left, copy });
                }
                Err(error) => found.broken.push((name, error)),
            }
        }
    }
    Ok(found)
}
