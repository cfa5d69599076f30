//! What proves that bytes did not change: digests, Merkle trees, the entries of a signed log.
//!
//! In: rows as they were read, entries, and what was stored before, as bytes. Out: roots, proofs,
//! bytes to store, verdicts.
//!
//! **Does not know** where bytes come from or are kept, what a line means, or what time it is. Keys
//! and times are arguments.
//!
//! ```
//! use sancha_seal::{Algorithm, PartHasher};
//!
//! let mut part = PartHasher::new(Algorithm::Sha256);
//! part.run(&[7; 32], 0, 1);
//! part.row(b"first line\n");
//! part.row(b"second line\n");
//! let proof = part.finish();
//! assert_eq!((proof.rows, proof.pages.len()), (2, 1));
//! ```

pub mod audit;
mod block;
pub mod chain;
pub mod checkpoint;
mod digest;
pub mod entry;
pub mod evidence;
mod key;
#[cfg_attr(not(target_arch = "x86_64"), path = "lanes/none.rs")]
mod lanes;
pub mod merkle;
pub mod note;
pub mod page;
pub mod paper;
pub mod proof;
pub mod tile;
pub mod timestamp;
pub mod tlog;
pub mod witness;

pub use chain::KeyChain;
pub use checkpoint::Checkpoint;
pub use digest::{Algorithm, Digest, Hash32, Hasher, InvalidHash, sha256_hex};
pub use entry::{AnchorMethod, Entry, FileDigest, Kind, Part, StreamRange, StreamTail};
pub use key::{KeyError, KeyKind, SigningKey, VerifierKey};
pub use merkle::{RootBuilder, TreeHead};
pub use note::{Note, NoteError, Signer};
pub use page::{BLOCK_ROWS, PAGE_ROWS, PageHeader, PartHasher, PartProof, Run, part_root};
pub use tlog::{Appended, ProvenEntry, TileReader, Tlog, TlogError};
