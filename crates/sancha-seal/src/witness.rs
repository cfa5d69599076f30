//! Witnesses: somebody else who signs that a log had only grown. Requests and answers have the forms
//! of C2SP tlog-witness, so that they can go by file today and to any witness by HTTP.
//!
//! ```text
//! request:  old SIZE\n  hashes of the consistency proof, base64, one a line  \n  the signed checkpoint
//! answer:   lines of signatures, to be put below the checkpoint
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Algorithm, Hash32, TreeHead,
    checkpoint::{CheckpointError, Opened, open},
    key::{KeyKind, SigningKey, VerifierKey},
    merkle::verify_consistency,
    note::{Note, NoteError, Signature, read_signatures},
};

/// As many as a log of 2^63 entries needs (C2SP tlog-witness).
const MAX_PROOF: usize = 63;
const MAX_REQUEST_BYTES: usize = 1_000_000;

/// What a log asks of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Size of the checkpoint that the witness signed last; 0 for the first.
    pub old_size: u64,
    /// That the log of that size is the beginning of this one.
    pub proof: Vec<Hash32>,
    /// The signed note.
    pub checkpoint: Vec<u8>,
}

/// What a witness gives back and keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lines for the log.
    pub signature: String,
    /// What the witness has signed now, to be kept for the next request before the answer goes out.
    pub head: TreeHead,
}

/// Why a witness does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    #[error("request is malformed: {0}")]
    Malformed(&'static str),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("key `{0}` is not that of a witness")]
    Key(String),
    /// The log has to ask again, from the size that the witness knows.
    #[error("request goes on from {asked} entries, and {signed} were signed last: ask from there")]
    Stale { asked: u64, signed: u64 },
    #[error("log shrank from {old} to {new} entries: it was cut or replaced")]
    Shrank { old: u64, new: u64 },
    #[error(
        "log of {new} entries does not go on from the one of {old} that was signed: it was rewritten"
    )]
    Rewritten { old: u64, new: u64 },
}

/// Answers as a witness: signs the checkpoint, if it goes on from the one signed `before` (for the
/// first, an empty tree). The signature says: at `time`, in seconds since 1970, this was the log, and it
/// had only grown.
///
/// # Errors
/// When the log does not go on, which is the alarm a witness exists for.
pub fn answer(
    request: &Request,
    log: &VerifierKey,
    before: &TreeHead,
    (key, time): (&SigningKey, u64),
) -> Result<Answer, WitnessError> {
    if key.verifier().kind() != KeyKind::Witness {
        return Err(WitnessError::Key(key.verifier().name().to_owned()));
    }
    let Opened { checkpoint, .. } = open(&request.checkpoint, std::slice::from_ref(log))?;
    let (old, new) = (before.size, checkpoint.size);
    if new < old {
        return Err(WitnessError::Shrank { old, new });
    }
    if request.old_size != old {
        return Err(WitnessError::Stale { asked: request.old_size, signed: old });
    }
    if !verify_consistency(Algorithm::Sha256, before, &checkpoint.head(), &request.proof) {
        return Err(WitnessError::Rewritten { old, new });
    }
    let mut note = Note::new(checkpoint.to_text()).map_err(CheckpointError::from)?;
    note.cosign(key, time);
    let signature = note.signatures.iter().map(Signature::to_line).collect();
    Ok(Answer { signature, head: checkpoint.head() })
}

/// Puts the signature of a witness below a checkpoint.
///
/// # Errors
/// When it is not one of this witness over this checkpoint.
pub fn attach(note: &mut Note, answer: &str, witness: &VerifierKey) -> Result<(), NoteError> {
    let mut signed = Note::new(note.text.clone())?;
    for signature in read_signatures(answer)? {
        signed.add(signature);
    }
    signed.verify(std::slice::from_ref(witness))?;
    let is_theirs = |one: &Signature| one.name == witness.name() && one.key_id == witness.id();
    signed.signatures.into_iter().filter(is_theirs).for_each(|one| note.add(one));
    Ok(())
}

impl Request {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("old {}\n", self.old_size).into_bytes();
        for hash in &self.proof {
            bytes.extend(STANDARD.encode(hash.0).into_bytes());
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend(&self.checkpoint);
        bytes
    }

    /// # Errors
    /// When the bytes are not a request. Whether the checkpoint is signed is another question.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WitnessError> {
        let malformed = WitnessError::Malformed;
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(malformed("it is too long"));
        }
        let text = str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(malformed("no checkpoint"))?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old_size.and_then(|size| size.parse().ok()).ok_or(malformed("old size"))?;
        let proof = lines.map(read_hash).collect::<Option<Vec<_>>>();
        let proof = proof.filter(|proof| proof.len() <= MAX_PROOF).ok_or(malformed("proof"))?;
        Ok(Self { old_size, proof, checkpoint: checkpoint.as_bytes().to_vec() })
    }
}

fn read_hash(line: &str) -> Option<Hash32> {
    STANDARD.decode(line).ok().and_then(|bytes| Hash32::from_slice(&bytes))
}

#[cfg(test)]
#[path = "witness_test.rs"]
mod tests;
