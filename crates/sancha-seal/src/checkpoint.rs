//! Checkpoints (C2SP tlog-checkpoint): the size and root of a log at one moment, signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Algorithm, Hash32, TreeHead,
    key::{SigningKey, VerifierKey},
    note::{Note, NoteError, Signer},
};

/// The text of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log, the same as that of its key.
    pub origin: String,
    pub size: u64,
    pub root: Hash32,
    /// Further lines, none of them empty.
    pub extensions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("checkpoint is malformed: {0}")]
    Malformed(&'static str),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("checkpoint of `{found}` where one of `{wanted}` belongs")]
    Origin { found: String, wanted: String },
    #[error("checkpoint is not signed by the log it speaks for, `{0}`")]
    NotByLog(String),
}

/// A checkpoint with signatures that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub checkpoint: Checkpoint,
    /// The log's own.
    pub by_log: Vec<Signer>,
    /// Of witnesses, each with its time.
    pub by_witnesses: Vec<Signer>,
}

impl Checkpoint {
    pub fn new(origin: impl Into<String>, head: TreeHead) -> Self {
        let TreeHead { size, root } = head;
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root }
    }

    /// # Errors
    /// When `text` is not what [`Checkpoint::to_text`] gives.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let body = text.strip_suffix('\n').ok_or(malformed("no line feed at its end"))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(malformed("no origin"))?;
        let size = lines.next().and_then(read_size).ok_or(malformed("size"))?;
        let root = lines
            .next()
            .and_then(|line| STANDARD.decode(line).ok())
            .and_then(|bytes| Hash32::from_slice(&bytes))
            .ok_or(malformed("root"))?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(malformed("an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    pub fn to_text(&self) -> String {
        let root = STANDARD.encode(self.root.0);
        let mut text = format!("{}\n{}\n{root}\n", self.origin, self.size);
        for line in &self.extensions {
            text += line;
            text.push('\n');
        }
        text
    }

    /// SHA-256 of the text, without signatures: what a time-stamp authority is asked to stamp and what
    /// goes on paper. Witnesses may sign later without changing it.
    pub fn digest(&self) -> Hash32 {
        Algorithm::Sha256.hash(&[self.to_text().as_bytes()])
    }

    /// The signed note to publish.
    ///
    /// # Errors
    /// When the origin is not a line of text.
    pub fn sign(&self, key: &SigningKey) -> Result<Note, CheckpointError> {
        let text = self.to_text();
        if Self::parse(&text)? != *self {
            return Err(CheckpointError::Malformed("a field has a line feed"));
        }
        let mut note = Note::new(text)?;
        note.sign(key);
        Ok(note)
    }
}

fn read_size(line: &str) -> Option<u64> {
    line.parse().ok().filter(|size: &u64| size.to_string() == line)
}

/// Reads a signed checkpoint and verifies it against the keys of the log and of witnesses.
///
/// # Errors
/// When a known key's signature does not fit, or none is by a key named like the log.
pub fn open(bytes: &[u8], keys: &[VerifierKey]) -> Result<Opened, CheckpointError> {
    let note = Note::from_bytes(bytes)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let (by_witnesses, by_log): (Vec<_>, Vec<_>) =
        note.verify(keys)?.into_iter().partition(|signer| signer.cosigned_at.is_some());
    let by_log: Vec<_> =
        by_log.into_iter().filter(|signer| signer.name == checkpoint.origin).collect();
    if by_log.is_empty() {
        return Err(CheckpointError::NotByLog(checkpoint.origin));
    }
    Ok(Opened { checkpoint, by_log, by_witnesses })
}

#[cfg(test)]
#[path = "checkpoint_test.rs"]
mod tests;
