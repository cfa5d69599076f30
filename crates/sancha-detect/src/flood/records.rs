use std::collections::VecDeque;

use sancha_model::RecordId;

const FIRST_KEPT: usize = 20;
const LAST_KEPT: usize = 20;
const DECIDING_KEPT: usize = 10;

/// Where the records of a finding stand: the first, the last, and those that decided the outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    first: Vec<(RecordId, u64)>,
    last: VecDeque<(RecordId, u64)>,
    deciding: Vec<(RecordId, u64)>,
}

impl Records {
    pub(super) fn add(&mut self, place: (RecordId, u64)) {
        if self.first.len() < FIRST_KEPT {
            self.first.push(place);
            return;
        }
        self.last.push_back(place);
        if self.last.len() > LAST_KEPT {
            self.last.pop_front();
        }
    }

    pub(super) fn decide(&mut self, place: (RecordId, u64)) {
        if self.deciding.len() < DECIDING_KEPT {
            self.deciding.push(place);
        }
    }

    /// Takes in those of another source of the same finding.
    pub(super) fn join(&mut self, other: Self) {
        for place in other.first.into_iter().chain(other.last) {
            self.add(place);
        }
        for place in other.deciding {
            self.decide(place);
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (RecordId, u64)> {
        self.first.iter().chain(&self.last).chain(&self.deciding).copied()
    }
}
