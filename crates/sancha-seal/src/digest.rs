//! SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016) behind one name.

use std::{fmt, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use sha2::{Digest as _, Sha256};
use sm3::Sm3;

use crate::lanes;

/// Which digest a tree is made with. SM3 stands beside SHA-256, never alone: its implementation is
/// young, and tools of other countries do not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    Sha256,
    Sm3,
}

impl Algorithm {
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
            Self::Sm3 => Hasher::Sm3(Sm3::new()),
        }
    }

    /// The digest of `pieces` put one behind the other.
    pub fn hash(self, pieces: &[&[u8]]) -> Hash32 {
        let mut hasher = self.hasher();
        for piece in pieces {
            hasher.update(piece);
        }
        hasher.finish()
    }

    /// Adds the digest of each message to `digests`, in order; many may be faster than one by one.
    pub(crate) fn hash_each(self, messages: &[&[u8]], digests: &mut Vec<Hash32>) {
        if !lanes::hash(self, messages, digests) {
            digests.extend(messages.iter().map(|message| self.hash(&[message])));
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sm3 => "sm3",
        }
    }

    /// As the standards write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sm3 => "SM3",
        }
    }
}

/// A digest in the making.
#[derive(Clone, Debug)]
pub enum Hasher {
    Sha256(Sha256),
    Sm3(Sm3),
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sm3(hasher) => hasher.update(bytes),
        }
    }

    pub fn finish(self) -> Hash32 {
        match self {
            Self::Sha256(hasher) => Hash32(hasher.finalize().into()),
            Self::Sm3(hasher) => Hash32(hasher.finalize().into()),
        }
    }
}

/// 32 bytes of a digest; 64 lower-case hex digits wherever a person or a file reads it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash32(pub [u8; 32]);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest: 64 lower-case hex digits are")]
pub struct InvalidHash(String);

impl Hash32 {
    pub fn hex(&self) -> String {
        self.to_string()
    }

    /// Reads exactly what [`Hash32::hex`] writes; upper case is refused, so that one digest has one
    /// spelling.
    ///
    /// # Errors
    /// When `text` is anything else.
    pub fn from_hex(text: &str) -> Result<Self, InvalidHash> {
        let invalid = || InvalidHash(text.chars().take(80).collect());
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digits = (nibble(*high), nibble(*low));
            let (Some(high), Some(low)) = digits else { return Err(invalid()) };
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }

    /// From the bytes of a proof or a tile.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Two of each byte.
    fn digits(&self) -> [[u8; 2]; 32] {
        self.0.map(|byte| [digit(byte >> 4), digit(byte & 0x0f)])
    }
}

fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(str::from_utf8(self.digits().as_flattened()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.digits();
        serializer.serialize_str(str::from_utf8(digits.as_flattened()).map_err(ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor)
    }
}

struct HexVisitor;

impl de::Visitor<'_> for HexVisitor {
    type Value = Hash32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("64 lower-case hex digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Hash32, E> {
        Hash32::from_hex(text).map_err(E::custom)
    }
}

/// SHA-256 of bytes that come in pieces.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn hash(self) -> Hash32 {
        Hash32(self.0.finalize().into())
    }

    /// 64 lower-case hex digits.
    pub fn hex(self) -> String {
        self.hash().hex()
    }
}

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SHA-256 of `bytes` as 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Algorithm::Sha256.hash(&[bytes]).hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 example: "abc".
    #[test]
    fn pieces_and_whole_agree_with_the_standard() {
        let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let mut digest = Digest::new();
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(digest.hex(), want);
        assert_eq!(sha256_hex(b"abc"), want);
    }

    /// GB/T 32905-2016, annex A.1 and A.2: "abc", and "abcd" sixteen times.
    #[test]
    fn sm3_agrees_with_the_standard() {
        let short = Algorithm::Sm3.hash(&[b"ab", b"c"]);
        assert_eq!(short.hex(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        let long = Algorithm::Sm3.hash(&[&b"abcd".repeat(16)]);
        assert_eq!(long.hex(), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let hash = Algorithm::Sha256.hash(&[b"abc"]);
        assert_eq!(Hash32::from_hex(&hash.hex()), Ok(hash));
        for wrong in [hash.hex().to_uppercase(), hash.hex() + "00", "é".repeat(32), String::new()]
        {
            assert!(Hash32::from_hex(&wrong).is_err(), "{wrong}");
        }
    }
}
