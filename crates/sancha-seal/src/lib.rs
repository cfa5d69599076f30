//! Digests: what proves that bytes did not change.
//!
//! In: bytes, all at once or as they come. Out: SHA-256 (FIPS 180-4) as lower-case hex. The Merkle
//! log and signed checkpoints come with the lake.
//!
//! **Does not know** where the bytes came from or where digests are kept.

use sha2::{Digest as _, Sha256};

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

    /// 64 lower-case hex digits.
    pub fn hex(self) -> String {
        use std::fmt::Write as _;
        self.0.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a `String` does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// SHA-256 of `bytes` as 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.update(bytes);
    digest.hex()
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
}
