//! Hits that somebody answers for: they are counted and kept apart, never reported.
//!
//! Who may suppress what is not known here. The engine asks one [`Suppress`] at one place, before a
//! match is written or counted by any correlation.

use std::net::IpAddr;

use sancha_model::{Event, Match};

use crate::RuleEntry;

/// Decides which hits are kept apart. An answer is the place of the entry that did it.
pub trait Suppress: Send + Sync {
    /// The entry that covers everything of this address: none of its records is counted anywhere.
    fn source(&self, address: IpAddr) -> Option<u32>;

    /// Whether [`Self::hit`] has anything to say at all.
    fn is_scoped(&self) -> bool;

    /// The entry that covers this match of this record.
    fn hit(&self, event: Event<'_>, found: &Match, rule: &RuleEntry) -> Option<u32>;
}

/// Nothing is suppressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportAll;

impl Suppress for ReportAll {
    fn source(&self, _: IpAddr) -> Option<u32> {
        None
    }

    fn is_scoped(&self) -> bool {
        false
    }

    fn hit(&self, _: Event<'_>, _: &Match, _: &RuleEntry) -> Option<u32> {
        None
    }
}

/// What one entry kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suppressed {
    /// Matches that would have been written.
    pub matches: u64,
    /// Records of an address that the entry covers as a whole.
    pub records: u64,
}

/// What every entry kept apart, by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuppressedCounts(Vec<Suppressed>);

impl SuppressedCounts {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn count(&mut self, entry: u32, more: Suppressed) {
        let place = entry as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, Suppressed::default());
        }
        if let Some(sum) = self.0.get_mut(place) {
            sum.matches += more.matches;
            sum.records += more.records;
        }
    }

    pub fn get(&self, entry: u32) -> Suppressed {
        self.0.get(entry as usize).copied().unwrap_or_default()
    }

    pub fn add(&mut self, other: &Self) {
        for (entry, counts) in (0_u32..).zip(&other.0) {
            self.count(entry, *counts);
        }
    }

    pub fn matches(&self) -> u64 {
        self.0.iter().map(|counts| counts.matches).sum()
    }
}
