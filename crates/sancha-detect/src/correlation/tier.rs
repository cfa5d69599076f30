use std::{
    hash::{BuildHasher, Hash},
    net::IpAddr,
};

use hashbrown::HashTable;

use super::scan::Glance;
use crate::fetch::fetch;

/// A state of the first tier: of somebody seen doing nothing suspicious. At most 32 bytes.
pub(super) trait Brief: Default {
    /// Seconds since 1970.
    fn last_seen(&self) -> u32;
}

/// A table of brief states that never grows beyond its memory: then the eighth goes that was seen
/// longest ago, by (last seen, key).
#[derive(Clone)]
pub(super) struct Tier<K, V> {
    table: HashTable<(K, V)>,
    hasher: foldhash::fast::RandomState,
    most: usize,
    evicted: u64,
}

impl<K: Copy + Eq + Ord + Hash, V: Brief> Tier<K, V> {
    pub(super) fn new(memory: usize) -> Self {
        Self {
            table: HashTable::new(),
            hasher: foldhash::fast::RandomState::default(),
            most: most_in(memory, size_of::<(K, V)>()),
            evicted: 0,
        }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Fetches what probably is the state of `key`.
    pub(super) fn fetch(&self, key: &K) {
        self.table.find(self.hasher.hash_one(key), |_| true).into_iter().for_each(fetch);
    }

    pub(super) fn entry(&mut self, key: K) -> &mut V {
        if self.table.len() >= self.most && self.get(&key).is_none() {
            self.make_room();
        }
        let Self { table, hasher, .. } = self;
        let hash = hasher.hash_one(key);
        let rehash = |(key, _): &(K, V)| hasher.hash_one(key);
        let entry = table.entry(hash, |(known, _)| *known == key, rehash);
        &mut entry.or_insert_with(|| (key, V::default())).into_mut().1
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |(known, _)| known == key).map(|(_, state)| state)
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let entry = self.table.find_entry(hash, |(known, _)| known == key).ok()?;
        let ((_, state), _) = entry.remove();
        Some(state)
    }

    /// Filled anew, for places that were freed one by one would make the table grow.
    fn make_room(&mut self) {
        let Self { table, hasher, .. } = self;
        let mut kept: Vec<(K, V)> = table.drain().collect();
        kept.sort_unstable_by_key(|(key, state)| (state.last_seen(), *key));
        let gone = kept.len() / 8 + 1;
        self.evicted += gone as u64;
        let rehash = |(key, _): &(K, V)| hasher.hash_one(key);
        for one in kept.drain(gone..) {
            table.insert_unique(hasher.hash_one(one.0), one, rehash);
        }
    }
}

/// Entries that fit into `memory`: a table has a power of two of places with one byte beside each, and
/// seven eighths of them are used.
fn most_in(memory: usize, entry: usize) -> usize {
    let places = (memory / (entry + 1)).max(16);
    let power = 1_usize << places.ilog2();
    power / 8 * 7
}

/// Web clients of no note. Most have IPv4 addresses, which need a third less.
#[derive(Clone)]
pub(super) struct Glances {
    v4: Tier<[u8; 4], Glance>,
    v6: Tier<[u8; 16], Glance>,
}

impl Glances {
    /// Ten elevenths of `memory` are for IPv4.
    pub(super) fn new(memory: usize) -> Self {
        Self { v4: Tier::new(memory / 11 * 10), v6: Tier::new(memory / 11) }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.v4.evicted() + self.v6.evicted()
    }

    pub(super) fn entry(&mut self, address: IpAddr) -> &mut Glance {
        match address {
            IpAddr::V4(v4) => self.v4.entry(v4.octets()),
            IpAddr::V6(v6) => self.v6.entry(v6.octets()),
        }
    }

    /// See [`Tier::fetch`].
    pub(super) fn fetch(&self, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.v4.fetch(&v4.octets()),
            IpAddr::V6(v6) => self.v6.fetch(&v6.octets()),
        }
    }

    pub(super) fn remove(&mut self, address: IpAddr) -> Option<Glance> {
        match address {
            IpAddr::V4(v4) => self.v4.remove(&v4.octets()),
            IpAddr::V6(v6) => self.v6.remove(&v6.octets()),
        }
    }
}

/// Accounts remembered of a source that has only logged in.
const ACCOUNTS: usize = 2;

/// A source that has only ever logged in: which accounts, by their marks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visitor {
    accounts: [u64; ACCOUNTS],
    last_seconds: u32,
}

impl Visitor {
    /// Whether the account could be remembered.
    pub(super) fn enter(&mut self, account: u64, seconds: u32) -> bool {
        self.last_seconds = seconds;
        let place = self.accounts.iter_mut().find(|known| **known == account || **known == 0);
        place.map(|place| *place = account).is_some()
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = u64> {
        self.accounts.into_iter().filter(|mark| *mark != 0)
    }
}

impl Brief for Visitor {
    fn last_seen(&self) -> u32 {
        self.last_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_the_first_tier_takes_at_most_32_bytes() {
        assert!(size_of::<([u8; 4], Glance)>() <= 32);
        assert!(size_of::<Visitor>() <= 32);
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let mut tier: Tier<u32, Visitor> = Tier::new(1_000);
        let most = u32::try_from(tier.most).unwrap();
        for key in 0..=most {
            tier.entry(key).enter(1, 1_000 - key);
        }
        assert_eq!(tier.evicted(), u64::from(most / 8 + 1));
        assert!(tier.remove(&(most - 1)).is_none(), "seen longest ago");
        assert!(tier.remove(&0).is_some());
        assert!(tier.remove(&most).is_some(), "the new one stays");
    }
}
