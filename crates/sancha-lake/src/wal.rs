//! The write-ahead log: lines that were accepted and are not settled yet.
//!
//! A line is *accepted* when it is durable here, and only then its sender hears so. Each writer has files of
//! its own, `wal/<id>.wal`, so any number of processes write at once; a file is locked while its writer lives.
//!
//! # The file, byte by byte
//!
//! All numbers are little-endian. CRC is CRC-32 as in gzip and zip (IEEE 802.3): every language has it at
//! hand, and both kinds of machine compute it in hardware. Those of the file's head and of records begin
//! with the 16 bytes of the file's id, so that neither a line that looks like a record nor a
//! block left over from another file is taken for one.
//!
//! Head, 40 bytes:
//!
//! | byte | size | what |
//! | --- | --- | --- |
//! | 0 | 8 | `sanchawl` |
//! | 8 | 4 | version of this format, 1 |
//! | 12 | 16 | id of the file, as in its name: when it was made in nanoseconds of Unix time, big-endian, then eight random bytes |
//! | 28 | 8 | zero |
//! | 36 | 4 | CRC of id and bytes 0–35 |
//!
//! Then records, each 92 bytes of head, the name of its source, its lines:
//!
//! | byte | size | what |
//! | --- | --- | --- |
//! | 0 | 4 | `EE 57 41 4C` |
//! | 4 | 1 | kind: 1 chunk, 2 end |
//! | 5 | 1 | length of the source's name |
//! | 6 | 2 | length of the stream's prefix that its id was made of |
//! | 8 | 4 | length of the lines |
//! | 12 | 4 | CRC of the lines |
//! | 16 | 8 | offset of the first byte in the stream |
//! | 24 | 8 | number of the first line in the stream |
//! | 32 | 8 | accepted at, nanoseconds of Unix time, signed |
//! | 40 | 8 | bytes of this file that were known to be durable when the record was made |
//! | 48 | 32 | id of the stream |
//! | 80 | 8 | reference: no line tells of anything later, nanoseconds of Unix time, signed |
//! | 88 | 4 | CRC of id, bytes 0–87 and the source's name |
//! | 92 | | the source's name in UTF-8, then the lines |
//!
//! A file that was closed ends with a record of kind *end*: bytes 16–23 are the number of chunks in the file,
//! 24–31 that of bytes of lines, the stream's id is zero; there is no name and there are no lines.
//!
//! # What a bad record means
//!
//! Bytes 40–47 tell it. If any later record was made when the bad one was known to be durable, what had been
//! accepted is damaged: [`WalReader`] says from where to where and goes on behind it. Otherwise nobody was
//! told that it is there, and the file ends before it: a writer died, or its disk refused.

mod claim;
mod progress;
mod reader;
mod record;
mod stream;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::str::FromStr;

pub use self::claim::{Claim, WalFile, WalState, list, sweep};
pub use self::progress::{Admission, Extent, NotAdmitted, Progress, Tail};
pub use self::reader::{Ending, WalReader};
pub use self::record::SOURCE_BYTES_MAX;
pub(crate) use self::record::with_true_sums;
pub use self::stream::{KnownStreams, LONG_PREFIX_MAX, StreamId};
pub use self::writer::{Acknowledged, Options, Ticket, WalWriter};

use crate::disk::DiskError;

/// The folder of the write-ahead log in a lake.
pub const FOLDER: &str = "wal";

/// Lines of one stream that follow one another, on their way into the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Name of the source: at most [`SOURCE_BYTES_MAX`] bytes.
    pub source: String,
    /// Id of the stream and the length of the prefix that it was made of; see [`StreamId`].
    pub stream: [u8; 32],
    pub prefix: u32,
    /// Of the first byte in the stream's decompressed content.
    pub offset: u64,
    /// Number of the first line.
    pub line: u64,
    /// Nanoseconds of Unix time.
    pub accepted_at: i64,
    /// No line tells of anything later, give or take a day: the time stamp of the file it came from, in
    /// nanoseconds of Unix time. It gives a date without a year its year.
    pub reference: i64,
    /// Whole lines with their ends; the last one of a stream may lack its end.
    pub bytes: Vec<u8>,
}

/// A [`Chunk`] whose bytes stand elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRef<'a> {
    pub source: &'a str,
    pub stream: [u8; 32],
    pub prefix: u32,
    pub offset: u64,
    pub line: u64,
    pub accepted_at: i64,
    pub reference: i64,
    pub bytes: &'a [u8],
}

impl Chunk {
    pub fn borrowed(&self) -> ChunkRef<'_> {
        ChunkRef {
            source: &self.source,
            stream: self.stream,
            prefix: self.prefix,
            offset: self.offset,
            line: self.line,
            accepted_at: self.accepted_at,
            reference: self.reference,
            bytes: &self.bytes,
        }
    }
}

impl<'a> From<&'a Chunk> for ChunkRef<'a> {
    fn from(chunk: &'a Chunk) -> Self {
        chunk.borrowed()
    }
}

impl ChunkRef<'_> {
    pub fn owned(&self) -> Chunk {
        Chunk {
            source: self.source.to_owned(),
            stream: self.stream,
            prefix: self.prefix,
            offset: self.offset,
            line: self.line,
            accepted_at: self.accepted_at,
            reference: self.reference,
            bytes: self.bytes.to_owned(),
        }
    }

    /// Offset behind the last byte.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.bytes.len() as u64)
    }
}

/// Name of a file of the write-ahead log, used once and never again. Those of one writer grow, and
/// so do those of writers that followed one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalId([u8; 16]);

impl WalId {
    fn new(made_at: u64, random: u64) -> Self {
        let mut id = [0; 16];
        let parts = made_at.to_be_bytes().into_iter().chain(random.to_be_bytes());
        for (to, from) in id.iter_mut().zip(parts) {
            *to = from;
        }
        Self(id)
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Where the file is, below the root of the lake.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{self}.wal")
    }

    fn made_at(&self) -> u64 {
        self.0.first_chunk().map_or(0, |nanoseconds| u64::from_be_bytes(*nanoseconds))
    }
}

impl fmt::Display for WalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for WalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WalId {
    type Err = NotAWalId;

    fn from_str(text: &str) -> Result<Self, NotAWalId> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(NotAWalId(text.to_owned()));
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| NotAWalId(text.to_owned()))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A text that names no file of the write-ahead log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id of a write-ahead file: 32 lower-case hex digits are")]
pub struct NotAWalId(String);

/// What goes wrong with the write-ahead log.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// What had been accepted is not there as it was.
    #[error(
        "`{path}` is damaged from byte {from} to {until}; what stood there had been accepted: fetch it \
         from its source again or from a backup"
    )]
    Damaged { path: String, from: u64, until: u64 },
    #[error("`{path}` is not a write-ahead file, or its head is damaged; restore it from a backup")]
    NotAWal { path: String },
    #[error("`{path}` has version {version}; a newer program wrote it: use that one")]
    Newer { path: String, version: u32 },
    #[error("the lines were refused: {0}")]
    Refused(Refusal),
}

/// Why a chunk cannot be taken, whatever the disk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there are none")]
    Empty,
    #[error("{0} bytes at once are too many; pass smaller chunks")]
    TooLong(usize),
    #[error("the source's name has {0} bytes; from 1 to {SOURCE_BYTES_MAX} are allowed")]
    SourceName(usize),
    #[error("a stream is known by its first {LONG_PREFIX_MAX} bytes at most, not {0}")]
    Prefix(u32),
    #[error("the offset is too large")]
    Offset,
}
