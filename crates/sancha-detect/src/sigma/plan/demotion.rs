//! Strings that a file's ordinary lines have are given up for the rest of the file: their rules are
//! asked about every line instead. What it costs changes, never what is found.

use std::{collections::BTreeMap, sync::Arc};

use super::{Plan, route};
use crate::prefilter::Bitmap;

/// Looked at again after so many records of a route.
const EVERY: u32 = 1_024;
/// A string that wakes more than one in so many records is given up. Below that finding it is cheaper:
/// it costs some 30 ns per record that has it, asking its rules some 60 ns for every record.
const ONE_IN: u32 = 2;

/// What a worker has learned of the file it reads.
#[derive(Debug, Default)]
pub(super) struct Demotion {
    routes: BTreeMap<usize, Learned>,
    current: Learned,
    at: Option<usize>,
    /// By test of the plan: its strings are no longer all looked for.
    open: Vec<bool>,
}

#[derive(Debug, Default)]
struct Learned {
    records: u32,
    /// Hits of fields' long and short strings, then of words.
    hits: [Vec<u32>; 4],
    given_up: [Vec<bool>; 4],
    fewer: [Option<Arc<Bitmap>>; 4],
    /// Rules to be asked about every record, in rising order.
    asked: Vec<u32>,
}

impl Demotion {
    /// A record goes through this route.
    #[inline]
    pub(super) fn enter(&mut self, plan: &Plan, route: usize) {
        if self.at != Some(route) {
            if let Some(at) = self.at {
                self.routes.insert(at, std::mem::take(&mut self.current));
            }
            self.current = self.routes.remove(&route).unwrap_or_default();
            self.at = Some(route);
        }
        self.current.records += 1;
        if self.current.records.is_multiple_of(EVERY) {
            self.review(plan, route);
        }
    }

    #[inline]
    pub(super) fn count(&mut self, side: usize, literal: u32) {
        let Some(hits) = self.current.hits.get_mut(side) else { return };
        let at = literal as usize;
        if hits.len() <= at {
            hits.resize(at + 1, 0);
        }
        if let Some(hits) = hits.get_mut(at) {
            *hits += 1;
        }
    }

    #[inline]
    pub(super) fn fewer(&self, side: usize) -> Option<Arc<Bitmap>> {
        self.current.fewer.get(side)?.clone()
    }

    pub(super) fn asked(&self) -> &[u32] {
        &self.current.asked
    }

    /// Whether the search no longer tells of this test.
    #[inline]
    pub(super) fn is_open(&self, test: u32) -> bool {
        self.open.get(test as usize).copied().unwrap_or(false)
    }

    #[cold]
    fn review(&mut self, plan: &Plan, at: usize) {
        let Some(route) = plan.routes.get(at).and_then(|route| route.get()) else { return };
        let learned = &mut self.current;
        for (side, strings) in route.fields.iter().chain(&route.words).enumerate() {
            let Some(strings) = strings else { continue };
            let limit = learned.records / ONE_IN;
            let given_up = &mut learned.given_up[side];
            given_up.resize(strings.filter.len(), false);
            let mut changed = false;
            for (literal, hits) in (0_u32..).zip(&learned.hits[side]) {
                let Some(slot) = given_up.get_mut(literal as usize) else { continue };
                let small = |rule: u32| plan.rules.get(rule as usize).is_some_and(route::is_small);
                if *slot || *hits <= limit || !strings.owners(literal).all(|o| small(o.rule)) {
                    continue;
                }
                *slot = true;
                changed = true;
                for owner in strings.owners(literal) {
                    learned.asked.push(owner.rule);
                    self.open.resize(plan.test_count, false);
                    if let Some(open) = self.open.get_mut(owner.test as usize) {
                        *open = true;
                    }
                }
            }
            if changed {
                let dropped = |literal: u32| given_up.get(literal as usize) == Some(&true);
                learned.fewer[side] = Some(Arc::new(strings.filter.without(dropped)));
            }
        }
        learned.asked.sort_unstable();
        learned.asked.dedup();
    }
}
