use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{entries::Proof, vocabulary::ProofKind};

/// What the caller found when it looked at one proof file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofState {
    /// Read in full; the digest of its bytes in lower-case hex.
    Readable {
        sha256: String,
    },
    Missing,
    /// There, but not readable; why.
    Unreadable {
        reason: String,
    },
}

/// The proof files of a profile as the caller found them. This crate opens none of them itself.
#[derive(Clone, Debug, Default)]
pub struct ProofShelf {
    files: BTreeMap<String, ProofState>,
}

/// Whether a proof holds for a day and a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofCheck {
    Good,
    /// No such file, or the caller never looked.
    Missing,
    Unreadable,
    /// The file's bytes are not those the profile names.
    DigestMismatch,
    /// Made after the day that is judged.
    TooLate,
    /// Of a kind that does not answer the question.
    WrongKind,
}

impl ProofShelf {
    pub fn put(&mut self, path: &str, state: ProofState) {
        self.files.insert(path.to_owned(), state);
    }

    /// Checks one proof for the day `on`; `kinds` are those that answer the question.
    pub fn check(&self, proof: &Proof, kinds: &[ProofKind], on: Date) -> ProofCheck {
        if !kinds.contains(&proof.kind) {
            return ProofCheck::WrongKind;
        }
        if proof.date > on {
            return ProofCheck::TooLate;
        }
        self.check_file(proof)
    }

    /// Checks the file alone: there, readable, and with the digest that the profile names.
    pub fn check_file(&self, proof: &Proof) -> ProofCheck {
        match self.files.get(&proof.path) {
            None | Some(ProofState::Missing) => ProofCheck::Missing,
            Some(ProofState::Unreadable { .. }) => ProofCheck::Unreadable,
            Some(ProofState::Readable { sha256 }) if *sha256 == proof.sha256 => ProofCheck::Good,
            Some(ProofState::Readable { .. }) => ProofCheck::DigestMismatch,
        }
    }
}
