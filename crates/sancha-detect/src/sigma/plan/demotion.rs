//! What a worker learns of the records it reads: a rule whose anchors ordinary records have is woken by
//! another set of its anchors instead. What it costs changes, never what is found.

use std::collections::BTreeMap;

use super::{Plan, route::Route};
use crate::sigma::anchor::{AnchorSet, SETS};

/// Looked at first after so many records of a route, then after four times as many, up to a limit.
const FIRST: u32 = 1_024;
const GROWTH: u32 = 4;
const LARGEST: u32 = 1 << 16;
/// A rule that is woken by more than one in so many records should be woken by something else.
const ONE_IN: u32 = 100;
/// Another set must promise to be so much cheaper: learning anew has its price.
const BETTER: f64 = 0.7;
/// Finding a string and asking its rule, over asking the rule alone.
const SEARCH: f64 = 1.5;

/// By route.
#[derive(Debug, Default)]
pub(super) struct Demotion(Vec<Learned>);

#[derive(Debug)]
pub(super) struct Learned {
    records: u32,
    /// How many records are looked at before the next review.
    until: u32,
    /// By rule, since the last review.
    asked: Vec<u32>,
    /// Of rules that were woken too often: the set in use, and what is known of each.
    rules: BTreeMap<u32, Tried>,
    /// The route with the sets in use, once some rule left its first.
    own: Option<Box<Route>>,
}

impl Default for Learned {
    fn default() -> Self {
        let (asked, rules) = (Vec::new(), BTreeMap::new());
        Self { records: 0, until: FIRST, asked, rules, own: None }
    }
}

/// How many records a rule's sets woke it by, of those that were tried.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    pub(super) used: usize,
    share: [Option<f64>; SETS],
}

impl Demotion {
    /// Takes this set of every rule's anchors, or its last, from now on.
    #[cfg(test)]
    pub(super) fn force(&mut self, plan: &Plan, set: usize) {
        self.0.clear();
        for chosen in &plan.choices {
            let mut learned = Learned::default();
            for (rule, compiled) in (0..).zip(&plan.rules) {
                let used = set.min(compiled.anchors.len().saturating_sub(1));
                learned.rules.insert(rule, Tried { used, ..Tried::default() });
            }
            learned.own = Some(Box::new(Route::new(chosen.clone(), plan, &learned.rules)));
            self.0.push(learned);
        }
    }

    /// What is known of a route through which a record goes.
    #[inline]
    pub(super) fn enter(&mut self, plan: &Plan, route: usize) -> &mut Learned {
        if self.0.len() <= route {
            self.0.resize_with(route + 1, Learned::default);
        }
        let learned = &mut self.0[route];
        learned.records += 1;
        if learned.records > learned.until {
            learned.review(plan, route);
        }
        learned
    }
}

impl Learned {
    /// The route to take instead of the plan's.
    #[inline]
    pub(super) fn own(&self) -> Option<&Route> {
        self.own.as_deref()
    }

    #[inline]
    pub(super) fn count(&mut self, woken: &[u32], plan: &Plan) {
        if self.asked.is_empty() {
            self.asked.resize(plan.rules.len(), 0);
        }
        for rule in woken {
            if let Some(asked) = self.asked.get_mut(*rule as usize) {
                *asked += 1;
            }
        }
    }

    #[cold]
    fn review(&mut self, plan: &Plan, route: usize) {
        let looked_at = self.records - 1;
        let mut changed = false;
        for (rule, asked) in (0_u32..).zip(&mut self.asked) {
            let count = std::mem::take(asked);
            let sets = plan.rules.get(rule as usize).map_or(&[][..], |rule| &rule.anchors);
            if count <= looked_at / ONE_IN || sets.len() < 2 {
                continue;
            }
            let tried = self.rules.entry(rule).or_default();
            changed |= tried.choose(sets, f64::from(count) / f64::from(looked_at));
        }
        (self.records, self.until) = (1, (self.until * GROWTH).min(LARGEST));
        if changed {
            let chosen = plan.choices.get(route).cloned().unwrap_or_default();
            self.own = Some(Box::new(Route::new(chosen, plan, &self.rules)));
        }
    }
}

impl Tried {
    /// Notes how often the set in use woke its rule; whether another is taken from now on.
    fn choose(&mut self, sets: &[AnchorSet], share: f64) -> bool {
        if let Some(slot) = self.share.get_mut(self.used) {
            *slot = Some(share);
        }
        let cost = |(set, known): (&AnchorSet, &Option<f64>)| {
            let share = known.unwrap_or(set.cost).min(1.0);
            if set.needs_search() { share * SEARCH } else { share }
        };
        let costs = sets.iter().zip(&self.share).map(cost).enumerate();
        let Some((best, least)) = costs.clone().min_by(|one, other| one.1.total_cmp(&other.1))
        else {
            return false;
        };
        let current = costs.clone().find(|(at, _)| *at == self.used).map_or(0.0, |(_, cost)| cost);
        let is_better = best != self.used && least < current * BETTER;
        if is_better {
            self.used = best;
        }
        is_better
    }
}
