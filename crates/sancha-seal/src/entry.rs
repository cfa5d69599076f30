//! Entries of the log: what happened to a lake, one JSON object each.
//!
//! The bytes of an entry are what the log seals, so they are canonical: UTF-8, no spaces, the keys in
//! the order of the fields below, integers only, absent options left out. [`Entry::from_bytes`]
//! refuses what it would not write itself.

use serde::{Deserialize, Serialize};

use crate::Hash32;

/// An entry stands in a bundle behind a length of 16 bits (C2SP tlog-tiles).
pub const MAX_ENTRY_BYTES: usize = 65_535;
const VERSION: u8 = 1;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the form, 1.
    pub v: u8,
    /// When it was written, RFC 3339 in UTC, by the clock of who wrote it.
    pub at: String,
    #[serde(flatten)]
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The first entry.
    LakeCreated {
        origin: String,
        public_key: String,
    },
    /// Lines of a write-ahead file are in these parts. All entries with the same `wal` stand in a row
    /// under one checkpoint, and then the file may go; see [`settled`].
    Settled {
        wal: String,
        parts: Vec<Part>,
    },
    /// Parts were written anew with the same rows in the same order, or put together in this order.
    Rewritten {
        from: Vec<String>,
        parts: Vec<Part>,
    },
    /// Parts were deleted after their time: the tombstone.
    Retired {
        parts: Vec<String>,
        reason: String,
        policy: String,
    },
    /// What is on hold is not deleted. No source means all; days are inclusive.
    Hold {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        named_by: String,
        reason: String,
    },
    Released {
        name: String,
        named_by: String,
        reason: String,
    },
    /// A source is kept for less than the floor, which somebody answers for until a day.
    Waiver {
        source: String,
        days: u32,
        named_by: String,
        reason: String,
        until: String,
    },
    /// Checkpoints behind this entry are signed with the new key; see [`crate::chain`].
    KeyRotated {
        new_public: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handover: Option<Handover>,
    },
    /// A checkpoint was left with somebody else.
    Anchored {
        size: u64,
        root: Hash32,
        method: AnchorMethod,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<FileDigest>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorMethod {
    /// Another node signed it (C2SP tlog-cosignature).
    Witness,
    /// A time-stamp authority signed its digest (RFC 3161).
    Rfc3161,
    Paper,
    /// Storage that cannot be overwritten.
    Worm,
}

/// What the key before signed for its successor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Over the entries before.
    pub root: Hash32,
    /// Base64.
    pub signature: String,
}

/// A file kept for an anchor, such as the answer of a time-stamp authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    pub path: String,
    pub sha256: Hash32,
}

/// A Parquet file with its companion, and what its rows amount to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Relative to the lake, with `/`.
    pub path: String,
    pub source: String,
    /// UTC, `YYYY-MM-DD`.
    pub day: String,
    pub rows: u64,
    /// Of the lines, with their ends.
    pub raw_bytes: u64,
    /// Earliest and latest time of its rows, nanoseconds since 1970; absent where no row has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<i64>,
    /// SHA-256 root of the rows; see [`crate::page`].
    pub root: Hash32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_sm3: Option<Hash32>,
    /// Of the file.
    pub sha256: Hash32,
    pub bytes: u64,
    pub index_path: String,
    pub index_sha256: Hash32,
    pub index_bytes: u64,
    pub streams: Vec<StreamRange>,
}

/// Which bytes and lines of a stream are in a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRange {
    pub id: Hash32,
    /// How many of its first bytes `id` is the SHA-256 of.
    pub prefix: u32,
    /// The format that its lines were read as.
    pub format: String,
    /// Offset of the first byte, and of the one behind the last.
    pub from: u64,
    pub to: u64,
    pub first_line: u64,
    pub lines: u64,
    /// How the stream ended here, so that what comes later is known to go on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<StreamTail>,
}

/// The last bytes of a stream as far as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamTail {
    /// How many bytes `crc32` (IEEE 802.3) is of, at most 256.
    pub bytes: u16,
    pub crc32: u32,
    pub ends_line: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error(
        "an entry of {bytes} bytes is too long: the log takes {MAX_ENTRY_BYTES}; name fewer parts or streams in one"
    )]
    TooLong { bytes: usize },
    #[error("entry is version {0}; this program reads version {VERSION}: use a newer one")]
    Version(u64),
    #[error("entry is not what the log writes")]
    Json(#[source] serde_json::Error),
    #[error("entry is not in canonical form: the same content is written in another way")]
    NotCanonical,
    #[error("entry names the path `{0}`, which does not stay inside the lake")]
    Path(String),
}

impl Entry {
    pub fn new(at: impl Into<String>, kind: Kind) -> Self {
        Self { v: VERSION, at: at.into(), kind }
    }

    /// The canonical bytes: what becomes a leaf of the log.
    ///
    /// # Errors
    /// When there are more than [`MAX_ENTRY_BYTES`], or a path leads out of the lake.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        if let Some(path) = self.paths().find(|path| !is_inside(path)) {
            return Err(EntryError::Path(path.to_owned()));
        }
        let bytes = serde_json::to_vec(self).map_err(EntryError::Json)?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads exactly what [`Entry::to_bytes`] writes.
    ///
    /// # Errors
    /// When the bytes are of a later version, not an entry, or not the canonical form of one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        let entry = match Settled::entry(bytes) {
            Some(entry) => entry,
            None => serde_json::from_slice(bytes).map_err(|error| unread(bytes, error))?,
        };
        if entry.v != VERSION {
            return Err(EntryError::Version(entry.v.into()));
        }
        if entry.to_bytes()? != bytes {
            return Err(EntryError::NotCanonical);
        }
        Ok(entry)
    }

    /// Parts that exist from this entry on.
    pub fn new_parts(&self) -> &[Part] {
        match &self.kind {
            Kind::Settled { parts, .. } | Kind::Rewritten { parts, .. } => parts,
            Kind::LakeCreated { .. }
            | Kind::Retired { .. }
            | Kind::Hold { .. }
            | Kind::Released { .. }
            | Kind::Waiver { .. }
            | Kind::KeyRotated { .. }
            | Kind::Anchored { .. } => &[],
        }
    }

    /// Whether it names a new key.
    pub fn is_rotation(&self) -> bool {
        matches!(self.kind, Kind::KeyRotated { .. })
    }

    /// Every path of a file in the lake that the entry names.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let old: &[String] = match &self.kind {
            Kind::Rewritten { from, .. } => from,
            Kind::Retired { parts, .. } => parts,
            _ => &[],
        };
        let proof = match &self.kind {
            Kind::Anchored { proof, .. } => proof.as_ref(),
            _ => None,
        };
        let new = self.new_parts().iter().flat_map(|part| [&part.path, &part.index_path]);
        let all = old.iter().chain(new).chain(proof.map(|proof| &proof.path));
        all.map(String::as_str)
    }
}

/// [`Kind::Settled`], which most entries are, read in one pass: where kinds are told apart all fields are kept until the
/// kind is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    v: u8,
    at: String,
    #[expect(dead_code, reason = "there is one")]
    kind: IsSettled,
    wal: String,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum IsSettled {
    Settled,
}

impl Settled {
    fn entry(bytes: &[u8]) -> Option<Entry> {
        let Self { v, at, wal, parts, .. } = serde_json::from_slice(bytes).ok()?;
        Some(Entry { v, at, kind: Kind::Settled { wal, parts } })
    }
}

/// Why bytes are no entry: that of a later version may be anything.
fn unread(bytes: &[u8], error: serde_json::Error) -> EntryError {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    match serde_json::from_slice(bytes) {
        Ok(Versioned { v }) if v != u64::from(VERSION) => EntryError::Version(v),
        _ => EntryError::Json(error),
    }
}

/// Whether a path stays below the folder it is relative to, on every system.
pub fn is_inside(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | "..");
    path.split('/').all(is_name) && !path.contains(['\\', ':']) && !path.contains(char::is_control)
}

/// Entries that together say that `wal` is settled, one for each part: the proof of a line then shows
/// the part it is in and says nothing of other sources. They are to be appended under one checkpoint,
/// which makes them one step: all count, or none.
///
/// # Errors
/// When a part does not fit, because it names too many streams.
pub fn settled(at: &str, wal: &str, parts: Vec<Part>) -> Result<Vec<Entry>, EntryError> {
    let entry = |parts| Entry::new(at, Kind::Settled { wal: wal.to_owned(), parts });
    if parts.is_empty() {
        return Ok(vec![entry(parts)]);
    }
    let entries: Vec<_> = parts.into_iter().map(|part| entry(vec![part])).collect();
    for entry in &entries {
        entry.to_bytes()?;
    }
    Ok(entries)
}

#[cfg(test)]
#[path = "entry_test.rs"]
mod tests;
