use super::{Dealt, Role, SHARDS, Signal};

/// Signals of a batch as they came, until they are dealt.
#[derive(Debug, Default)]
pub(crate) struct Undealt {
    list: Vec<Signal>,
    /// Shard and place, as they came.
    posted: Vec<(u8, Posted)>,
    /// The same by shard.
    by_shard: Vec<Posted>,
}

/// A place in the list of signals, and for whose state.
#[derive(Clone, Copy, Debug)]
struct Posted {
    index: u32,
    role: Role,
}

impl Undealt {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.posted.clear();
        self.by_shard.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Makes room for the signals of so many records: one each, as a rule, posted for two.
    pub(super) fn reserve(&mut self, records: usize) {
        self.list.reserve(records);
        self.posted.reserve(2 * records);
    }

    pub(super) fn last(&self) -> Option<&Signal> {
        self.list.last()
    }

    pub(super) fn push(&mut self, signal: Signal) {
        self.list.push(signal);
    }

    /// Posts the last signal to a shard.
    pub(super) fn post(&mut self, shard: u8, role: Role) {
        let index = self.list.len().saturating_sub(1);
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.posted.push((shard, Posted { index, role }));
    }

    /// Sorts what was posted by shard, and inside a shard by time and place. Returns where each shard's part begins, and
    /// where the last one ends.
    pub(super) fn sort(&mut self, is_in_order: bool) -> [u32; SHARDS + 1] {
        let Self { list, posted, by_shard } = self;
        if !is_in_order {
            let order = |posted: &Posted| list.get(posted.index as usize).map(Signal::order);
            // Stable: what one record gave stays in the order it was given.
            posted.sort_by_key(|(_, posted)| order(posted));
        }
        let mut begins = [0_u32; SHARDS + 1];
        for (shard, _) in posted.iter() {
            if let Some(count) = begins.get_mut(usize::from(*shard) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        let mut next = begins;
        by_shard.resize(posted.len(), Posted { index: 0, role: Role::Origin });
        for (shard, posted) in posted.iter() {
            if let Some(next) = next.get_mut(usize::from(*shard))
                && let Some(place) = by_shard.get_mut(*next as usize)
            {
                *place = *posted;
                *next += 1;
            }
        }
        begins
    }

    /// What was sorted, a copy of the signal for each state.
    pub(super) fn deal(&self) -> impl Iterator<Item = Dealt> {
        self.by_shard.iter().filter_map(|posted| {
            let signal = *self.list.get(posted.index as usize)?;
            Some(Dealt { signal, role: posted.role })
        })
    }
}
