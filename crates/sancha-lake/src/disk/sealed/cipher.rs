//! Keys of periods and of files, and one frame.
//!
//! No key and nonce are used together twice, and that is all that AES-GCM asks:
//!
//! - A file has a key of its own: HMAC-SHA-256, under the period's key, of 16 random bytes that stand in the
//!   file's head. Two files have the same key when they drew the same bytes; at a billion files that has
//!   happened with a chance of one in 10^20.
//! - Within a file the nonce is the frame's place, and a frame is written once. What was taken back or failed
//!   to be written is not written again to that file: it is given up, the bytes go to another.

use std::sync::Arc;

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use sha2::{Digest as _, Sha256};

pub(super) const TAG_BYTES: usize = 16;

/// The key of a calendar month.
#[derive(Clone)]
pub(super) struct PeriodKey {
    bytes: [u8; 32],
    /// Tells it from other keys of that month, and nothing about it.
    pub(super) id: [u8; 8],
}

impl PeriodKey {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        let digest = hmac(&bytes, &[b"sancha key id"]);
        let mut id = [0; 8];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self { bytes, id }
    }

    /// The cipher of the file that has this head.
    pub(super) fn file(&self, head: &[u8], id: &[u8; 16]) -> FileCipher {
        let key = hmac(&self.bytes, &[b"sancha file key", id]);
        FileCipher { cipher: Arc::new(Aes256Gcm::new(&key.into())), head: head.into() }
    }
}

/// Encrypts the frames of one file.
#[derive(Clone)]
pub(super) struct FileCipher {
    cipher: Arc<Aes256Gcm>,
    /// Every frame vouches for the file's head.
    head: Arc<[u8]>,
}

impl FileCipher {
    /// Makes a frame of what stands in `bytes` from `from` on; its tag comes behind it.
    pub(super) fn seal(&self, nonce: [u8; 12], more: &[u8], bytes: &mut Vec<u8>, from: usize) {
        let frame = bytes.get_mut(from..).unwrap_or_default();
        let data = [&*self.head, more].concat();
        let tag = self.cipher.encrypt_inout_detached(&Nonce::from(nonce), &data, frame.into());
        // It fails for frames of 64 GiB.
        let tag = tag.expect("a frame is short");
        bytes.extend_from_slice(&tag);
    }

    /// Opens a frame with the tag behind it, in place. `None`: it is not what was written there.
    pub(super) fn open<'f>(
        &self,
        nonce: [u8; 12],
        more: &[u8],
        frame: &'f mut [u8],
    ) -> Option<&'f [u8]> {
        let (content, tag) = frame.split_at_mut_checked(frame.len().checked_sub(TAG_BYTES)?)?;
        let tag = Tag::try_from(&*tag).ok()?;
        let data = [&*self.head, more].concat();
        let nonce = Nonce::from(nonce);
        self.cipher.decrypt_inout_detached(&nonce, &data, (&mut *content).into(), &tag).ok()?;
        Some(content)
    }
}

/// HMAC (RFC 2104) with SHA-256, for keys of at most 64 bytes.
fn hmac(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(to, key)| *to ^= key);
        let mut hasher = Sha256::new();
        hasher.update(block);
        hasher
    };
    let mut inner = pad(0x36);
    message.iter().for_each(|part| inner.update(part));
    let mut outer = pad(0x5C);
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_the_one_of_rfc_4231() {
        let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            hex(hmac(&[0x0B; 20], &[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(hmac(b"Jefe", &[b"what do ya want for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_frame_opens_only_where_it_was_sealed() {
        let key = PeriodKey::new([7; 32]);
        let file = key.file(b"head", &[1; 16]);
        let mut bytes = b"before".to_vec();
        bytes.extend_from_slice(b"content");
        file.seal([3; 12], b"more", &mut bytes, 6);
        let frame = || bytes[6..].to_vec();
        assert_eq!(file.open([3; 12], b"more", &mut frame()), Some(&b"content"[..]));
        assert_eq!(file.open([4; 12], b"more", &mut frame()), None);
        assert_eq!(file.open([3; 12], b"less", &mut frame()), None);
        assert_eq!(key.file(b"heed", &[1; 16]).open([3; 12], b"more", &mut frame()), None);
        assert_eq!(key.file(b"head", &[2; 16]).open([3; 12], b"more", &mut frame()), None);
        let other = PeriodKey::new([8; 32]);
        assert_eq!(other.file(b"head", &[1; 16]).open([3; 12], b"more", &mut frame()), None);
        for bit in 0..frame().len() * 8 {
            let mut frame = frame();
            frame[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(file.open([3; 12], b"more", &mut frame), None, "{bit}");
        }
        assert_eq!(file.open([3; 12], b"more", &mut [0; 15]), None);
    }
}
