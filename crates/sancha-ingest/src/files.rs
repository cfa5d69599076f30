//! Files and what is packed inside them, as streams of whole lines.
//!
//! [`discover`] turns paths into [`Source`]s; [`Source::open`] gives a [`SourceReader`]; every byte
//! that a reader yields is counted in a [`Chunk`].

mod archive;
mod blob;
mod decompress;
mod discover;
mod display_path;
mod follow;
mod glob;
mod lines;
mod piped;
mod problem;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use self::discover::{
    Discovery, REPORT_HEAD, SameFile, Source, begins_with, discover, discover_with_stdin,
};
pub use self::follow::Follower;
pub use self::lines::{Chunk, Oversize, SourceReader, Whole};
pub use self::problem::{Problem, ProblemKind};

/// How much the reader does for input that nobody vouches for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most that one path on disk may expand to, over all its members.
    pub max_expanded_bytes: u64,
    /// The most that compressed bytes may expand by, once past `ratio_floor_bytes`.
    pub max_ratio: u64,
    /// Below this much expanded content the ratio is not looked at: small files compress oddly well.
    pub ratio_floor_bytes: u64,
    /// Layers of compression and archive inside each other.
    pub max_depth: u8,
    /// Members of one path on disk, over all its layers.
    pub max_entries: usize,
    /// A longer line is rejected evidence: see [`Oversize`].
    pub max_line_bytes: usize,
    /// For formats that need the whole file at once.
    pub max_whole_bytes: usize,
    /// Bytes that archives which cannot be read in place may take in the anonymous temporary file.
    pub max_spool_bytes: u64,
    /// Bytes of standard input that are copied aside to be read again; 0 for no copy.
    pub max_piped_copy_bytes: u64,
    /// Where those files are made; the system's folder for temporary files if `None`.
    pub spool_dir: Option<PathBuf>,
}

impl Default for Limits {
    /// Deflate cannot exceed 1032:1 and rotated logs stay under 200:1, so 500:1 past 64 MiB is no log.
    fn default() -> Self {
        Self {
            max_expanded_bytes: 256 << 30,
            max_ratio: 500,
            ratio_floor_bytes: 64 << 20,
            max_depth: 6,
            max_entries: 100_000,
            max_line_bytes: 1 << 20,
            max_whole_bytes: 256 << 20,
            max_spool_bytes: 32 << 30,
            max_piped_copy_bytes: 8 << 30,
            spool_dir: None,
        }
    }
}

impl Limits {
    /// What `packed_bytes` may expand to: a fixed number, so that the same input stops at the same byte.
    fn expansion_cap(&self, packed_bytes: u64) -> u64 {
        let by_ratio = packed_bytes.saturating_mul(self.max_ratio).max(self.ratio_floor_bytes);
        by_ratio.min(self.max_expanded_bytes)
    }
}
