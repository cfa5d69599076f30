//! The head of an encrypted file: which key, which file.

use super::super::{DiskError, Operation, Trouble};
use super::cipher::{FileCipher, PeriodKey};
use super::keys::{PeriodKeys, period_of, random};

pub(super) const HEAD_BYTES: usize = 64;
const VERSION: u32 = 1;
/// Where the head's CRC stands.
const CRC: usize = 60;

/// What of a file is encrypted how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Parts and companions, in frames of one size.
    Frames,
    /// Write-ahead files, a frame for each append.
    Appends,
}

impl Layout {
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Frames => b"sanchaef",
            Self::Appends => b"sanchaea",
        }
    }
}

/// A file's head with the cipher of its frames.
pub(super) struct Head {
    pub(super) bytes: [u8; HEAD_BYTES],
    pub(super) id: [u8; 16],
    pub(super) cipher: FileCipher,
}

impl Head {
    /// Of a new file; the key of its month is made when there is none.
    pub(super) fn new(keys: &PeriodKeys, layout: Layout, path: &str) -> Result<Self, DiskError> {
        let period = period_of(path).ok_or_else(|| {
            let what = "the path names no day, so no key belongs to it";
            DiskError::of(path, Operation::Create, Trouble::Other, what)
        })?;
        let key = keys.find_or_make(&period)?;
        let id: [u8; 16] =
            random().map_err(|error| DiskError::new(path, Operation::Create, error))?;
        let mut bytes = [0; HEAD_BYTES];
        put(&mut bytes, 0, layout.magic());
        put(&mut bytes, 8, &VERSION.to_le_bytes());
        put(&mut bytes, 12, period.as_bytes());
        put(&mut bytes, 20, &key.id);
        put(&mut bytes, 28, &id);
        let crc = crc(&bytes);
        put(&mut bytes, CRC, &crc);
        Ok(Self::of(bytes, id, &key))
    }

    fn of(bytes: [u8; HEAD_BYTES], id: [u8; 16], key: &PeriodKey) -> Self {
        Self { bytes, id, cipher: key.file(&bytes, &id) }
    }

    /// Reads a head; finds its key.
    pub(super) fn read(
        keys: &PeriodKeys,
        layout: Layout,
        path: &str,
        bytes: [u8; HEAD_BYTES],
    ) -> Result<Self, DiskError> {
        let damaged = |what| DiskError::of(path, Operation::Read, Trouble::Damaged, what);
        if !bytes.starts_with(layout.magic()) || take::<4>(&bytes, CRC) != crc(&bytes) {
            return Err(damaged("its head is not that of an encrypted file of the lake"));
        }
        if take::<4>(&bytes, 8) != VERSION.to_le_bytes() {
            let what = "a newer program wrote it: use that one";
            return Err(DiskError::of(path, Operation::Read, Trouble::Other, what));
        }
        let period = take::<7>(&bytes, 12);
        let period = str::from_utf8(&period).ok().filter(|period| super::is_period(period));
        let period = period.ok_or_else(|| damaged("its head is damaged"))?;
        let key = keys.find(period)?;
        if take::<8>(&bytes, 20) != key.id {
            return Err(keys.other_key(period, "what is kept was encrypted with another key"));
        }
        Ok(Self::of(bytes, take(&bytes, 28), &key))
    }
}

/// Id of a file and its head with the CRC of what stands in it.
pub(super) fn with_true_sum(mut bytes: [u8; HEAD_BYTES]) -> ([u8; 16], [u8; HEAD_BYTES]) {
    let crc = crc(&bytes);
    put(&mut bytes, CRC, &crc);
    (take(&bytes, 28), bytes)
}

/// Of what stands before it.
fn crc(bytes: &[u8; HEAD_BYTES]) -> [u8; 4] {
    crc32fast::hash(bytes.get(..CRC).unwrap_or_default()).to_le_bytes()
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes.iter_mut().skip(at).zip(what).for_each(|(to, from)| *to = *from);
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}
