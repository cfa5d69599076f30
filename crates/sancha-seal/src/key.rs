//! Keys of logs and witnesses, in the text forms of C2SP signed-note.
//!
//! ```text
//! public:  NAME+KEYID+base64(kind ‖ 32 bytes)            KEYID = first 4 bytes of
//! secret:  PRIVATE+KEY+NAME+KEYID+base64(kind ‖ seed)            SHA-256(NAME ‖ 0x0A ‖ kind ‖ public)
//! ```

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer as _;

use crate::Algorithm;

/// What a key signs, and the byte that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Notes as they are (Ed25519, 1).
    Log,
    /// Checkpoints of others, with the time (cosignature/v1, 4).
    Witness,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Log, Self::Witness].into_iter().find(|kind| kind.byte() == byte)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("`{0}` cannot name a key: no spaces, no `+`, not empty")]
    Name(String),
    #[error("not a key in the form of signed notes")]
    Malformed,
    #[error("the key is of a kind this program does not know")]
    Kind,
    #[error("the key id does not belong to this name and key: a character is wrong")]
    Id,
}

/// A public key with its name.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    kind: KeyKind,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// # Errors
    /// When `text` is not the form that this displays as.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, kind, bytes) = split(text)?;
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Malformed)?;
        let key = Self::new(name, kind, key)?;
        if key.id == id { Ok(key) } else { Err(KeyError::Id) }
    }

    fn new(name: &str, kind: KeyKind, key: ed25519_dalek::VerifyingKey) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let hash =
            Algorithm::Sha256.hash(&[name.as_bytes(), b"\n", &[kind.byte()], key.as_bytes()]);
        let [first, second, third, fourth, ..] = hash.0;
        let id = u32::from_be_bytes([first, second, third, fourth]);
        Ok(Self { name: name.to_owned(), id, kind, key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// SHA-256 of the 32 bytes of the key, for people to compare by phone or on paper.
    pub fn fingerprint(&self) -> String {
        Algorithm::Sha256.hash(&[self.key.as_bytes()]).hex()
    }

    /// The strict rule of RFC 8032: one signature of a message cannot be turned into another.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(formatter, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A secret key with its name. It is cleared from memory when dropped, and shows itself to nobody.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

const SECRET_START: &str = "PRIVATE+KEY+";

impl SigningKey {
    /// From 32 random bytes, which the caller draws from the system.
    ///
    /// # Errors
    /// When the name cannot name a key.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// # Errors
    /// When `text` is not what [`SigningKey::to_secret_text`] gives.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_prefix(SECRET_START).ok_or(KeyError::Malformed)?;
        let (name, id, kind, seed) = split(text)?;
        let key = Self::from_seed(name, kind, &seed)?;
        if key.verifier.id == id { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The secret itself, for the file that keeps it.
    pub fn to_secret_text(&self) -> String {
        let bytes = [&[self.verifier.kind.byte()], self.key.as_bytes().as_slice()].concat();
        let VerifierKey { name, id, .. } = &self.verifier;
        format!("{SECRET_START}{name}+{id:08x}+{}", STANDARD.encode(bytes))
    }

    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the secret of {}", self.verifier)
    }
}

fn split(text: &str) -> Result<(&str, u32, KeyKind, [u8; 32]), KeyError> {
    // Base64 has a `+` of its own; a name and an id have none.
    let mut pieces = text.splitn(3, '+');
    let mut piece = || pieces.next().ok_or(KeyError::Malformed);
    let (name, id, encoded) = (piece()?, piece()?, piece()?);
    let is_id = id.len() == 8 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| is_id).ok_or(KeyError::Malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Malformed)?;
    let (kind, bytes) = bytes.split_first().ok_or(KeyError::Malformed)?;
    let kind = KeyKind::from_byte(*kind).ok_or(KeyError::Kind)?;
    Ok((name, id, kind, bytes.try_into().map_err(|_| KeyError::Malformed)?))
}

pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+')
}
