//! Evidence packs: a few lines of a log that anybody can verify without the lake they came from.
//!
//! A pack is a BagIt bag (RFC 8493), byte by byte as in `docs/evidence-format.md`:
//!
//! ```text
//! bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
//! data/records.jsonl   the lines, whole blocks of up to 16
//! data/proofs.json     from each block to the root of its part, from the part's entry to the log
//! data/checkpoint.txt  size and root of the log, signed, with what witnesses signed
//! data/public.key      keys of the log and of witnesses
//! data/README.html     for readers
//! data/anchors/…       what else was left with others, as it is
//! ```
//!
//! Where no log sealed the lines, `records.jsonl` and `sources.jsonl`, the files they are from, are all there
//! is ([`UnsealedPack`]).
//!
//! Nothing here is encrypted or secret. [`Pack::build`] hands out only what [`verify`] passes.

mod bag;
mod build;
mod claims;
mod page;
mod proofs;
mod record;
mod spelling;
pub mod texts;
mod unsealed;
mod verdict;
mod verify;
mod zip;

pub use build::{Block, BuildError, Description, Pack, Row};
pub use record::Record;
pub use unsealed::{SourceFile, UnsealedPack, UnsealedRecord};
pub use verdict::{Anchor, AnchorKind, Counts, Problem, SignedBy, Verdict, Verdicts};
pub use verify::verify;
pub use zip::Zip;

/// Larger packs are neither made nor verified: a verifier holds a pack in memory, and has it from a stranger.
pub const MOST_BYTES: usize = 1 << 30;

/// Name inside the pack, with `/`, and content.
pub type PackFile = (String, Vec<u8>);

const BAGIT: &str = "bagit.txt";
const BAG_INFO: &str = "bag-info.txt";
const MANIFEST: &str = "manifest-sha256.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
const RECORDS: &str = "data/records.jsonl";
const PROOFS: &str = "data/proofs.json";
const CHECKPOINT: &str = "data/checkpoint.txt";
const PUBLIC_KEY: &str = "data/public.key";
const SOURCES: &str = "data/sources.jsonl";
const README: &str = "data/README.html";
const ANCHORS: &str = "data/anchors/";

/// The file of that name.
fn find<'a>(files: &'a [PackFile], name: &str) -> Option<&'a [u8]> {
    files.iter().find(|(other, _)| other == name).map(|(_, bytes)| bytes.as_slice())
}

#[cfg(test)]
mod tests;
