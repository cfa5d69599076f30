use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::spelling::is_spelled;
use crate::{Algorithm, Hash32, page::PageHeader, proof::BlockProof, tlog::ProvenEntry};

pub(super) const VERSION: u8 = 1;

/// `data/proofs.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proofs {
    pub(super) v: u8,
    pub(super) entries: Vec<LogEntry>,
    pub(super) blocks: Vec<SealedBlock>,
}

/// An entry of the log and the way from it to the root of the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogEntry {
    pub(super) index: u64,
    /// Base64 of the bytes in the log.
    bytes: String,
    pub(super) path: Vec<Hash32>,
}

/// The way from the rows of a block to the root of its part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedBlock {
    /// Path of the part, as its entry names it.
    pub(super) part: String,
    /// Index in the log of that entry.
    pub(super) entry: u64,
    pub(super) page: u64,
    pub(super) block: u64,
    /// Base64 of the header of the page.
    header: String,
    /// One for each digest the part was sealed with; SHA-256 first.
    pub(super) proofs: Vec<Paths>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paths {
    pub(super) algorithm: Algorithm,
    block_path: Vec<Hash32>,
    page_path: Vec<Hash32>,
}

impl Proofs {
    /// Reads exactly what serializing writes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let proofs: Self = serde_json::from_slice(bytes).ok()?;
        (proofs.v == VERSION && is_spelled(&proofs, bytes)).then_some(proofs)
    }
}

impl LogEntry {
    pub(super) fn new(entry: &ProvenEntry) -> Self {
        let ProvenEntry { index, bytes, path } = entry;
        Self { index: *index, bytes: STANDARD.encode(bytes), path: path.clone() }
    }

    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.bytes).ok()
    }
}

impl SealedBlock {
    /// A block as SHA-256 seals it, and as SM3 does, where the part was sealed with that too.
    pub(super) fn new(
        (part, entry): (String, u64),
        proof: BlockProof,
        sm3: Option<BlockProof>,
    ) -> Self {
        let (page, block) = (proof.page, proof.block);
        let header = STANDARD.encode(proof.header.to_bytes());
        let paths = |algorithm, proof: BlockProof| Paths {
            algorithm,
            block_path: proof.block_path,
            page_path: proof.page_path,
        };
        let mut proofs = vec![paths(Algorithm::Sha256, proof)];
        proofs.extend(sm3.map(|proof| paths(Algorithm::Sm3, proof)));
        Self { part, entry, page, block, header, proofs }
    }

    pub(super) fn header(&self) -> Option<PageHeader> {
        PageHeader::from_bytes(&STANDARD.decode(&self.header).ok()?)
    }

    pub(super) fn proof(&self, header: &PageHeader, paths: &Paths) -> BlockProof {
        BlockProof {
            page: self.page,
            block: self.block,
            header: header.clone(),
            block_path: paths.block_path.clone(),
            page_path: paths.page_path.clone(),
        }
    }
}
