//! Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures.
//!
//! A signature of a key nobody knows is passed over; one of a known key that does not fit is a
//! fault. What is signed is the text, byte for byte.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::key::{KeyKind, SigningKey, VerifierKey, is_key_name};

/// Longer notes are not read: a checkpoint with a hundred witnesses is 20 KB.
const MAX_NOTE_BYTES: usize = 1_000_000;
/// As many as the Go implementation takes.
const MAX_SIGNATURES: usize = 100;
const LINE_START: &str = "\u{2014} ";

/// A text with its signatures, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Ends with a line feed.
    pub text: String,
    pub signatures: Vec<Signature>,
}

/// One line of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    pub key_id: u32,
    /// 64 bytes of Ed25519; before them 8 bytes of time for a cosignature.
    pub bytes: Vec<u8>,
}

impl Signature {
    pub(crate) fn to_line(&self) -> String {
        let bytes = [&self.key_id.to_be_bytes(), self.bytes.as_slice()].concat();
        format!("{LINE_START}{} {}\n", self.name, STANDARD.encode(bytes))
    }
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub name: String,
    pub key_id: u32,
    /// Seconds since 1970 at which a witness signed; a log's own signature says none.
    pub cosigned_at: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("note is malformed: {0}")]
    Malformed(&'static str),
    #[error("signature of `{name}+{key_id:08x}` does not fit the text")]
    Forged { name: String, key_id: u32 },
    #[error("no signature is by a known key")]
    Unknown,
}

impl Note {
    /// A note without signatures.
    ///
    /// # Errors
    /// When the text is not lines, or holds control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, NoteError> {
        let text = text.into();
        check_text(&text)?;
        Ok(Self { text, signatures: Vec::new() })
    }

    /// # Errors
    /// When the bytes are not a note. Whether signatures hold is another question.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::Malformed("it is too long"));
        }
        let all = str::from_utf8(bytes).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
        check_text(all)?;
        let (text, signatures) = all
            .rsplit_once("\n\n")
            .ok_or(NoteError::Malformed("no empty line before the signatures"))?;
        let signatures = read_signatures(signatures)?;
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("the number of signatures"));
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let lines: String = self.signatures.iter().map(Signature::to_line).collect();
        format!("{}\n{lines}", self.text).into_bytes()
    }

    /// Adds a signature of a log's key; one by the same key is replaced.
    pub fn sign(&mut self, key: &SigningKey) {
        let bytes = key.sign(self.text.as_bytes()).to_vec();
        self.put(key, bytes);
    }

    /// Adds the signature of a witness (C2SP tlog-cosignature v1) made at `time`, in seconds since
    /// 1970; an older one by the same key is replaced.
    pub fn cosign(&mut self, key: &SigningKey, time: u64) {
        let signed = key.sign(cosigned_text(time, &self.text).as_bytes());
        self.put(key, [time.to_be_bytes().as_slice(), &signed].concat());
    }

    fn put(&mut self, key: &SigningKey, bytes: Vec<u8>) {
        let verifier = key.verifier();
        self.add(Signature { name: verifier.name().to_owned(), key_id: verifier.id(), bytes });
    }

    /// Adds a signature; one by the same key is replaced. Whether it holds is another question.
    pub fn add(&mut self, signature: Signature) {
        let Signature { name, key_id, .. } = &signature;
        self.signatures.retain(|other| other.name != *name || other.key_id != *key_id);
        self.signatures.push(signature);
    }

    /// The signatures that hold, of those by `keys`.
    ///
    /// # Errors
    /// When a signature of a known key does not fit, or none is by a known key.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Signer>, NoteError> {
        let mut signers: Vec<Signer> = Vec::new();
        for signature in &self.signatures {
            let is_theirs =
                |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.key_id;
            let Some(key) = keys.iter().find(is_theirs) else { continue };
            let signer = self.verify_one(signature, key).ok_or_else(|| NoteError::Forged {
                name: signature.name.clone(),
                key_id: signature.key_id,
            })?;
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        if signers.is_empty() { Err(NoteError::Unknown) } else { Ok(signers) }
    }

    fn verify_one(&self, signature: &Signature, key: &VerifierKey) -> Option<Signer> {
        let (cosigned_at, holds) = match key.kind() {
            KeyKind::Log => (None, key.verifies(self.text.as_bytes(), &signature.bytes)),
            KeyKind::Witness => {
                let (time, bytes) = signature.bytes.split_first_chunk::<8>()?;
                let time = u64::from_be_bytes(*time);
                let text = cosigned_text(time, &self.text);
                (Some(time), key.verifies(text.as_bytes(), bytes))
            }
        };
        let (name, key_id) = (signature.name.clone(), signature.key_id);
        holds.then_some(Signer { name, key_id, cosigned_at })
    }
}

/// What a witness signs.
fn cosigned_text(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("it does not end with a line feed"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("it has control characters"));
    }
    Ok(())
}

/// Lines of signatures, as they stand below a note or come from a witness.
pub(crate) fn read_signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    lines
        .split_terminator('\n')
        .map(|line| read_signature(line).ok_or(NoteError::Malformed("a signature line")))
        .collect()
}

fn read_signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (key_id, bytes) = bytes.split_first_chunk::<4>()?;
    let key_id = u32::from_be_bytes(*key_id);
    let is_sound = is_key_name(name) && !bytes.is_empty();
    is_sound.then(|| Signature { name: name.to_owned(), key_id, bytes: bytes.to_vec() })
}

#[cfg(test)]
#[path = "note_test.rs"]
mod tests;
