//! All visits, in two generations: one that was not touched for a generation is let go with it.
//!
//! A generation's visits stand one behind the other in the order in which they began, so that a new one
//! is written next to the one before; a small table says where each stands.

use std::{
    hash::BuildHasher,
    net::{IpAddr, Ipv6Addr},
};

use hashbrown::HashTable;
use sancha_model::EventTime;

use super::{
    Request,
    session::{IDLE, Session},
    site::Site,
};
use crate::fetch::fetch;

/// Bytes of a visit, with its share of the table.
const SESSION_BYTES: usize = 264;

/// A source on a site. Addresses of both kinds are two numbers: quick to hash and to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) site: u32,
    /// An IPv6 address, or an IPv4 address mapped to one.
    address: [u64; 2],
}

impl Key {
    pub(super) fn new(site: u32, source: IpAddr) -> Self {
        let v6 = match source {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let octets = v6.octets();
        let half = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |half| u64::from_be_bytes(*half));
        Self { site, address: [half(octets.first_chunk()), half(octets.last_chunk())] }
    }

    pub(super) fn source(&self) -> IpAddr {
        let [high, low] = self.address.map(u128::from);
        Ipv6Addr::from_bits(high << 64 | low).to_canonical()
    }
}

#[derive(Clone)]
struct Visit {
    key: Key,
    session: Session,
    /// It goes on in the next generation.
    moved: bool,
}

impl Visit {
    fn fetch(&self) {
        fetch(&self.key);
        self.session.fetch();
    }
}

#[derive(Clone, Default)]
struct Generation {
    /// Places in `list`; those of moved visits are taken out.
    places: HashTable<u32>,
    list: Vec<Visit>,
}

impl Generation {
    fn place(&self, hash: u64, key: &Key) -> Option<usize> {
        let is_it = |at: &u32| self.list.get(*at as usize).is_some_and(|visit| visit.key == *key);
        self.places.find(hash, is_it).map(|at| *at as usize)
    }

    fn get(&self, hash: u64, key: &Key) -> Option<&Session> {
        self.list.get(self.place(hash, key)?).map(|visit| &visit.session)
    }

    fn get_mut(&mut self, hash: u64, key: &Key) -> Option<&mut Session> {
        let at = self.place(hash, key)?;
        self.list.get_mut(at).map(|visit| &mut visit.session)
    }

    /// The visit, for the next generation.
    fn take(&mut self, hash: u64, key: &Key) -> Option<Session> {
        let Self { places, list } = self;
        let is_it = |at: &u32| list.get(*at as usize).is_some_and(|visit| visit.key == *key);
        let (at, _) = places.find_entry(hash, is_it).ok()?.remove();
        let visit = list.get_mut(at as usize)?;
        visit.moved = true;
        Some(visit.session.clone())
    }

    fn add(&mut self, hash: u64, visit: Visit, hasher: &impl BuildHasher) -> usize {
        let Self { places, list } = self;
        let at = list.len();
        list.push(visit);
        let hash_of = |at: &u32| list.get(*at as usize).map_or(0, |v| hasher.hash_one(v.key));
        places.insert_unique(hash, u32::try_from(at).unwrap_or(u32::MAX), hash_of);
        at
    }

    fn visits(&self) -> impl Iterator<Item = (&Key, &Session)> {
        self.list.iter().filter(|visit| !visit.moved).map(|visit| (&visit.key, &visit.session))
    }

    fn clear(&mut self) {
        self.places.clear();
        self.list.clear();
    }
}

#[derive(Clone, Default)]
pub(super) struct Sessions {
    young: Generation,
    old: Generation,
    hasher: foldhash::fast::RandomState,
    most: usize,
    turned: EventTime,
    evicted: u64,
}

impl Sessions {
    pub(super) fn new(memory: usize) -> Self {
        Self {
            most: (memory / SESSION_BYTES / 2).max(1024),
            turned: EventTime::MIN,
            ..Self::default()
        }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The visit that a request belongs to; a new one calls on the site first. Where the source's visit before is over,
    /// the site learns from it and `over` is told.
    pub(super) fn at(
        &mut self,
        key: Key,
        request: &Request,
        site: &mut Site,
        over: &mut dyn FnMut(&Session),
    ) -> &mut Session {
        let hash = self.hasher.hash_one(key);
        let known = self.young.place(hash, &key);
        let at = known.unwrap_or_else(|| {
            let kept = self.old.take(hash, &key);
            let session = match kept {
                Some(session) if request.time.since(session.last()) < IDLE => session,
                ended => {
                    if let Some(ended) = ended {
                        site.learn(&ended);
                        over(&ended);
                    }
                    site.meet(request.agent);
                    Session::new(request)
                }
            };
            self.young.add(hash, Visit { key, session, moved: false }, &self.hasher)
        });
        &mut self.young.list[at].session
    }

    pub(super) fn is_full(&self) -> bool {
        self.young.places.len() >= self.most
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Session> {
        let hash = self.hasher.hash_one(key);
        self.young.get(hash, key).or_else(|| self.old.get(hash, key))
    }

    /// Fetches what probably is the source's visit.
    pub(super) fn fetch(&self, key: &Key) {
        let hash = self.hasher.hash_one(key);
        let probable = |generation: &Generation| {
            let at = *generation.places.find(hash, |_| true)?;
            generation.list.get(at as usize).map(Visit::fetch)
        };
        let _ = probable(&self.young).or_else(|| probable(&self.old));
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Session> {
        let hash = self.hasher.hash_one(key);
        self.young.get_mut(hash, key).or_else(|| self.old.get_mut(hash, key))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.places.len() + self.old.places.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Session)> {
        self.young.visits().chain(self.old.visits())
    }

    /// Ends a generation when its time is over, or when it fills the memory.
    pub(super) fn turn(&mut self, now: EventTime, mut each: impl FnMut(&Key, &Session)) {
        if now.since(self.turned) < IDLE && !self.is_full() {
            return;
        }
        for (key, session) in self.old.visits() {
            each(key, session);
            self.evicted += u64::from(now.since(session.last()) < IDLE);
        }
        self.turned = now;
        // The room that the last generation needed will do for the next.
        std::mem::swap(&mut self.old, &mut self.young);
        self.young.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use sancha_model::RecordId;

    use super::*;
    use crate::flood::{Traits, target::Habit};

    fn request(time: EventTime, source: IpAddr) -> Request {
        Request {
            time,
            at: RecordId::default(),
            line: 1,
            source,
            site: 1,
            path: 7,
            query: 0,
            agent: 0,
            status: 200,
            bytes: 0,
            traits: Traits::NONE,
        }
    }

    #[test]
    fn a_key_gives_back_its_address() {
        for address in ["203.0.113.9", "2001:db8::1", "::1"] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Key::new(1, address).source(), address);
        }
    }

    proptest! {
        /// Against two plain tables.
        #[test]
        fn visits_go_on_and_end_as_in_plain_tables(
            steps in prop::collection::vec((0_u8..30, 0_i64..400), 1..300),
        ) {
            let (mut sessions, mut site) = (Sessions::new(0), Site::default());
            let (mut young, mut old) = (BTreeMap::new(), BTreeMap::new());
            let (mut seconds, mut turned) = (0, EventTime::MIN);
            for (number, pause) in steps {
                seconds += pause;
                let now = EventTime::from_seconds(seconds);
                let mut over = BTreeMap::new();
                sessions.turn(now, |key, session| {
                    over.insert(key.source(), session.last());
                });
                let mut want = BTreeMap::new();
                if now.since(turned) >= IDLE {
                    turned = now;
                    want = std::mem::replace(&mut old, std::mem::take(&mut young));
                }
                prop_assert_eq!(over, want);

                let source = IpAddr::from([10, 0, 0, number]);
                let key = Key::new(1, source);
                let known = young.get(&source).or_else(|| old.get(&source)).copied();
                prop_assert_eq!(sessions.get(&key).map(Session::last), known);
                let before = if young.contains_key(&source) { None } else { old.remove(&source) };
                let is_over = before.is_some_and(|last| now.since(last) >= IDLE);
                let goes_on = young.contains_key(&source) || before.is_some() && !is_over;
                let request = request(now, source);
                let mut told = false;
                let session = sessions.at(key, &request, &mut site, &mut |_| told = true);
                prop_assert_eq!(told, is_over);
                prop_assert_eq!(session.asked() != (0, 0, 0), goes_on);
                session.add(&request, Habit::default(), &site);
                young.insert(source, now);
                prop_assert_eq!(sessions.len(), young.len() + old.len());
            }
        }
    }
}
