//! Keeps logs: accepts lines durably, settles, seals, retains and finds them.
//!
//! In: chunks of whole lines of a source; questions. Out: the same bytes, each once, after any crash;
//! rows that answer.
//!
//! **Does not know** what time it is (callers pass it), which detections exist, or what the law asks.

mod anchor;
pub mod columns;
mod compact;
mod damages;
pub mod disk;
mod error;
mod evidence;
#[cfg(test)]
mod fixture;
mod gone;
mod index;
mod lake;
pub mod laws;
mod leb128;
mod ledger;
mod ordered;
mod origin;
pub mod part;
pub mod query;
pub mod retain;
mod rollup;
mod rows_file;
mod search;
mod settle;
mod shred;
mod stream;
mod tail;
pub mod verify;
mod waiting;
pub mod wal;

pub use anchor::{Anchor, AnchorError, Copied, plain_name};
pub use compact::{Compacted, Compaction, Job, Shortage};
pub use error::LakeError;
pub use evidence::EvidenceError;
pub use lake::{Catalog, Claim, Lake};
pub use ledger::Ledger;
pub use query::Value;
pub use rows_file::{FileRow, RowsFile};
pub use search::{Answer, Looked, Query, SqlLakeError, WithValues, source_name};
pub use settle::{Settings, Settled};
pub use shred::Shredded;
pub use stream::{Compared, Comparison, KeptLines, KeptStream, KeptStreams, StreamReader};
pub use tail::{Render, Tail};
