//! What a verification comes to.

use std::ops::RangeInclusive;

use sancha_model::LocalText;

use super::CHECKPOINT;
use crate::Checkpoint;

/// An answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    Broken,
    /// What it rests on is missing or unreadable.
    NotChecked,
}

impl Verdict {
    pub(super) fn of(is_there: bool, is_broken: bool) -> Self {
        match (is_there, is_broken) {
            (_, true) => Self::Broken,
            (true, false) => Self::Holds,
            (false, false) => Self::NotChecked,
        }
    }
}

/// What a pack shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The pack claims that its lines were sealed in a log. In one that does not, only `intact` and `page` are
    /// checked, and nothing is proven.
    pub is_sealed: bool,
    /// The files are those that were packed, by the digests in the pack itself.
    pub intact: Verdict,
    /// The lines lead to the roots that were sealed.
    pub unchanged: Verdict,
    /// The entries with these roots are in the log of the checkpoint.
    pub in_log: Verdict,
    /// Whose signature of the checkpoint holds.
    pub signed_by: Option<SignedBy>,
    pub anchored_by: Vec<Anchor>,
    /// The page for readers says what the other files say. Not checked where another version of the
    /// program wrote it.
    pub page: Verdict,
    pub counts: Counts,
    pub checkpoint: Option<Checkpoint>,
    pub problems: Vec<Problem>,
}

impl Verdicts {
    /// Whether everything that can be checked holds.
    pub fn is_sound(&self) -> bool {
        let is_page_true = self.page != Verdict::Broken;
        let proven = [self.unchanged, self.in_log] == [Verdict::Holds; 2];
        let is_proven = proven && self.signed_by.is_some();
        self.intact == Verdict::Holds
            && is_page_true
            && (is_proven || !self.is_sealed)
            && self.problems.is_empty()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    pub name: String,
    pub key_id: u32,
    pub fingerprint: String,
    /// Whether whoever verifies brought this key, or an older one that leads to it, instead of taking it from
    /// the pack.
    pub is_known: bool,
    /// How many keys took over since the one that was brought.
    pub rotations: u64,
}

/// Somebody else who has seen the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub kind: AnchorKind,
    /// Name of the witness, or of the file.
    pub by: String,
    pub is_known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorKind {
    /// A witness signed the checkpoint; seconds since 1970.
    Witness { at: u64 },
    /// A time stamp of RFC 3161 over the checkpoint. Its signature is not checked.
    Stamp { at: jiff::Timestamp },
    /// A file that is not looked into.
    File,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub asked: u64,
    pub neighbours: u64,
    pub blocks: u64,
}

/// Something that is not as it should be, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1. A changed line is found as its block, 16 lines at the most.
    pub lines: Option<RangeInclusive<u64>>,
    pub what: LocalText,
}

impl Problem {
    pub(super) fn new(file: &str, what: LocalText) -> Self {
        Self { file: file.to_owned(), lines: None, what }
    }

    pub(super) fn at(file: &str, line: u64, what: LocalText) -> Self {
        Self { file: file.to_owned(), lines: Some(line..=line), what }
    }
}

/// Problems by the verdict they break.
#[derive(Default)]
pub(super) struct Problems {
    pub(super) all: Vec<Problem>,
    pub(super) is_bag_broken: bool,
    pub(super) are_rows_broken: bool,
    pub(super) is_log_broken: bool,
}

impl Problems {
    pub(super) fn bag(&mut self, problem: Problem) {
        self.is_bag_broken = true;
        self.all.push(problem);
    }

    pub(super) fn rows(&mut self, problem: Problem) {
        self.are_rows_broken = true;
        self.all.push(problem);
    }

    pub(super) fn log(&mut self, problem: Problem) {
        self.is_log_broken = true;
        self.all.push(problem);
    }

    pub(super) fn anchor(&mut self, problem: Problem) {
        self.all.push(problem);
    }

    pub(super) fn signature(&mut self, what: LocalText) {
        self.all.push(Problem::new(CHECKPOINT, what));
    }
}
