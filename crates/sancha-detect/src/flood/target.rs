//! One address of a site, and the crowd that wants it.

use std::{collections::BTreeMap, hash::BuildHasher, net::IpAddr};

use hashbrown::HashTable;
use sancha_model::EventTime;

use super::{Request, session::Session, site::Site};
use crate::fetch::fetch;

/// Fewer requests in a minute are no surge on any site.
const LEAST_SURGE: f32 = 40.0;
/// A surge is so many times the busiest minute of the address before.
const TIMES_PEAK: f32 = 6.0;
/// On a busy site an address that was never wanted must take this share of the site's usual requests.
const SHARE_OF_SITE: f32 = 0.25;
/// The busiest minute is forgotten by half in twelve hours.
const FADING: f32 = 0.999;
/// What is left after so many minutes, by squaring; most addresses are asked for again within hours.
const FADED: [f32; 512] = {
    let mut faded = [1.0; 512];
    let mut minutes = 1;
    while minutes < faded.len() {
        let half = faded[minutes / 2];
        faded[minutes] = half * half * if minutes % 2 == 1 { FADING } else { 1.0 };
        minutes += 1;
    }
    faded
};
/// What a site is asked for from its first minutes on is how it is used, where each source asks no more often
/// than a program that reports every half minute, and goes on for so long or to the end.
const START_MINUTES: i64 = 3;
const PATIENT_A_MINUTE: i64 = 3;
const STANDING_MINUTES: i64 = 60;
/// Fewer sources are judged one by one.
const LEAST_MEMBERS: usize = 5;
/// Sources that ask for several addresses in turn, and how often for each.
const LEAST_AMONG: usize = 20;
const OFTEN_AMONG: u64 = 8;
const TARGET_BYTES: usize = 144;
/// A minute with fewer visits that come for an address is no crowd's; one with more teaches by this much.
const LEAST_ARRIVALS: f32 = 20.0;
const ARRIVALS_GROW: f32 = 1.1;

/// How the address is ordinarily asked for, by the first request of each visit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habit {
    visits: u32,
    /// Queries that visits came with, one bit each by hash.
    queries: u64,
}

impl Habit {
    fn add(&mut self, query: u32) {
        self.visits = self.visits.saturating_add(1);
        if query != 0 {
            self.queries |= 1 << (query % 64);
        }
    }

    /// A search or `index.php?id=` is asked for with ever new queries. A home page is not: new
    /// queries there only get past a cache.
    pub(super) fn weight_of_new_query(self, query: u32) -> f32 {
        let is_known = self.queries >> (query % 64) & 1 == 1;
        if self.queries.count_ones() >= 16 {
            0.15
        } else if self.visits < 5 || is_known {
            0.5
        } else {
            1.0
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Target {
    habit: Habit,
    minute: i64,
    count: u32,
    peak: f32,
    surging: bool,
    /// Visits that ask for it for the first time.
    arrivals: Arrivals,
}

/// Visits that come for an address: in this minute, and in its busiest minute before.
#[derive(Clone, Copy, Debug, Default)]
struct Arrivals {
    minute: i64,
    count: u32,
    peak: f32,
}

impl Arrivals {
    /// Closes the last minute that had any. A rush teaches little by little, or it would be usual after its first minute.
    fn turn(&mut self, minute: i64) {
        if minute <= self.minute {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "visits of a minute")]
        let count = self.count as f32;
        let before = self.peak * left_after(minute - self.minute);
        self.peak = before.max(count.min(LEAST_ARRIVALS.max(before) * ARRIVALS_GROW));
        (self.minute, self.count) = (minute, 0);
    }
}

impl Target {
    /// Closes the last minute that had requests.
    fn turn(&mut self, minute: i64) {
        if minute <= self.minute {
            return;
        }
        if !self.surging {
            #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
            let count = self.count as f32;
            self.peak = count.max(self.peak * left_after(minute - self.minute));
        }
        self.minute = minute;
        self.count = 0;
    }

    fn surge_from(&self, site: &Site) -> f32 {
        LEAST_SURGE.max(self.peak * TIMES_PEAK).max(site.usual() * SHARE_OF_SITE)
    }
}

/// The share of a busiest minute that is left after so many minutes.
fn left_after(minutes: i64) -> f32 {
    let known = usize::try_from(minutes).ok().and_then(|at| FADED.get(at));
    known.copied().unwrap_or_else(|| FADING.powi(i32::try_from(minutes).unwrap_or(i32::MAX)))
}

type TargetKey = (u32, u32);

/// What is kept of each address, in a table that says where something lies without looking there.
#[derive(Clone, Default)]
struct Addresses {
    table: HashTable<(TargetKey, Target)>,
    hasher: foldhash::fast::RandomState,
}

impl Addresses {
    fn len(&self) -> usize {
        self.table.len()
    }

    /// Fetches what is likely that of the key.
    fn fetch(&self, key: &TargetKey) {
        self.table.find(self.hasher.hash_one(key), |_| true).into_iter().for_each(fetch);
    }

    fn get(&self, key: &TargetKey) -> Option<&Target> {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |(known, _)| known == key).map(|(_, target)| target)
    }

    fn get_mut(&mut self, key: &TargetKey) -> Option<&mut Target> {
        let hash = self.hasher.hash_one(key);
        self.table.find_mut(hash, |(known, _)| known == key).map(|(_, target)| target)
    }

    fn entry(&mut self, key: TargetKey, new: impl FnOnce() -> Target) -> &mut Target {
        let Self { table, hasher } = self;
        let rehash = |(key, _): &(TargetKey, Target)| hasher.hash_one(key);
        let entry = table.entry(hasher.hash_one(key), |(known, _)| *known == key, rehash);
        &mut entry.or_insert_with(|| (key, new())).into_mut().1
    }

    fn retain(&mut self, keep: impl Fn(&Target) -> bool) {
        self.table.retain(|(_, target)| keep(target));
    }
}

#[derive(Clone, Copy, Debug)]
struct Surge {
    from: EventTime,
    began: i64,
    threshold: f32,
    busiest: u32,
    next: i64,
    over: bool,
    /// It began with what is known of the site.
    from_start: bool,
    /// It went on to the end of what is known.
    cut: bool,
}

/// A surge to look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Review {
    pub(super) site: u32,
    pub(super) path: u32,
    pub(super) from: EventTime,
    /// Requests of its busiest minute.
    pub(super) busiest: u32,
    threshold: f32,
    /// Minutes for which this has been as it is, since the site is known; 0 where it came up, or ended.
    standing: i64,
}

/// Addresses in two generations of an hour; those that several visits ask for stay.
#[derive(Clone, Default)]
pub(super) struct Targets {
    all: Addresses,
    surges: BTreeMap<TargetKey, Surge>,
    most: usize,
    minute: i64,
    evicted: u64,
}

impl Targets {
    pub(super) fn new(memory: usize) -> Self {
        Self { most: (memory / TARGET_BYTES).max(1024), ..Self::default() }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Fetches what is kept of an address.
    pub(super) fn fetch(&self, site: u32, path: u32) {
        self.all.fetch(&(site, path));
    }

    pub(super) fn habit(&self, request: &Request) -> Habit {
        self.all.get(&(request.site, request.path)).map(|target| target.habit).unwrap_or_default()
    }

    /// A visit asks for the address for the first time.
    pub(super) fn teach(&mut self, request: &Request) {
        let minute = self.minute;
        let target = if request.status < 400 {
            let target = self.at(request);
            target.habit.add(request.query);
            Some(target)
        } else {
            // A page that a server is too busy for is asked for as well; one that is not there is none.
            self.all.get_mut(&(request.site, request.path))
        };
        if let Some(target) = target {
            target.arrivals.turn(minute);
            target.arrivals.count += 1;
        }
    }

    /// Visits that came for the address in this minute, and from how many on they are a crowd.
    pub(super) fn arrivals(&self, site: u32, path: u32) -> (u32, f32) {
        let known = self.all.get(&(site, path)).map(|target| target.arrivals).unwrap_or_default();
        let count = if known.minute == self.minute { known.count } else { 0 };
        (count, LEAST_ARRIVALS.max(known.peak * TIMES_PEAK))
    }

    fn at(&mut self, request: &Request) -> &mut Target {
        if self.all.len() >= self.most {
            self.forget();
        }
        let minute = self.minute;
        let new = || Target { minute, ..Target::default() };
        self.all.entry((request.site, request.path), new)
    }

    /// Counts a request of a source that loads nothing but pages.
    pub(super) fn add(&mut self, request: &Request, site: &Site) {
        let minute = self.minute;
        let target = self.at(request);
        target.turn(minute);
        target.count += 1;
        let count = target.count;
        if target.surging {
            if let Some(surge) = self.surges.get_mut(&(request.site, request.path)) {
                surge.busiest = surge.busiest.max(count);
            }
            return;
        }
        let threshold = target.surge_from(site);
        #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
        let surges = count as f32 >= threshold;
        if surges {
            target.surging = true;
            let from = EventTime::from_nanos(minute.saturating_mul(EventTime::MINUTE));
            let surge = Surge {
                from,
                began: minute,
                threshold,
                busiest: count,
                next: minute + 1,
                over: false,
                from_start: minute - site.since() <= START_MINUTES,
                cut: false,
            };
            self.surges.insert((request.site, request.path), surge);
        }
    }

    pub(super) fn turn(&mut self, minute: i64) {
        self.minute = minute;
        for (key, surge) in &mut self.surges {
            let target = self.all.get(key);
            #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
            let calm = target.is_none_or(|t| (t.count as f32) < surge.threshold / 4.0);
            let idle = target.is_none_or(|t| minute - t.minute > 2);
            surge.over |= idle
                || (calm && target.is_some_and(|t| t.minute < minute && t.minute > surge.began));
        }
    }

    pub(super) fn end(&mut self) {
        for surge in self.surges.values_mut() {
            let is_long = self.minute - surge.began >= STANDING_MINUTES;
            surge.cut = is_long && !surge.over;
            surge.over = true;
        }
    }

    pub(super) fn next_review(&self) -> Option<Review> {
        let due = |surge: &Surge| surge.over || surge.next <= self.minute;
        let (key, surge) = self.surges.iter().find(|(_, surge)| due(surge))?;
        let stands = surge.from_start && (surge.cut || !surge.over);
        let standing = if stands { self.minute - surge.began + 1 } else { 0 };
        let Surge { from, threshold, busiest, .. } = *surge;
        Some(Review { site: key.0, path: key.1, from, busiest, threshold, standing })
    }

    /// An ordinary rush teaches the address's busiest minute; an attack teaches nothing.
    pub(super) fn reviewed(&mut self, review: &Review, attack: bool) {
        let key = (review.site, review.path);
        let Some(surge) = self.surges.get_mut(&key) else { return };
        if !surge.over {
            // At 1, 2, 4 … minutes after it began.
            surge.next = self.minute + (self.minute - surge.began).max(1);
            return;
        }
        if let Some(target) = self.all.get_mut(&key) {
            target.surging = false;
            target.count = 0;
            if !attack {
                #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
                let busiest = surge.busiest as f32;
                target.peak = target.peak.max(busiest);
            }
        }
        self.surges.remove(&key);
    }

    /// Lets go of addresses that hardly anybody asks for; if that is not enough, of half of them.
    fn forget(&mut self) {
        let before = self.all.len();
        for least in [2, 8, 64] {
            self.all.retain(|t| t.surging || t.habit.visits >= least);
            if self.all.len() <= self.most / 2 {
                break;
            }
        }
        if self.all.len() > self.most / 2 {
            self.all.retain(|t| t.surging);
        }
        self.evicted += (before - self.all.len()) as u64;
    }
}

/// The sources that ask for one address while it surges.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    /// Those that want nothing else, with how often they asked.
    only: Vec<(IpAddr, u32)>,
    /// Those that want a handful of addresses in turn.
    among: Vec<(IpAddr, u32)>,
    requests: u64,
}

impl Crowd {
    pub(super) fn look(&mut self, source: IpAddr, session: &Session, path: u32) {
        let count = session.count_of(path);
        self.requests += u64::from(count);
        if count > 0 && session.wants_only(path) {
            self.only.push((source, count));
        } else if count > 0 && session.wants_among(path) {
            self.among.push((source, count));
        }
    }

    /// Counts those with a handful of addresses among those with one, where there are many of them, each asks often,
    /// and visitors of the site load more than pages: programs that report to several addresses do so on sites of
    /// their own.
    pub(super) fn widen(&mut self, site_is_bare: bool) {
        let asked: u64 = self.among.iter().map(|(_, count)| u64::from(*count)).sum();
        let among = self.among.len() as u64;
        if !site_is_bare && self.among.len() >= LEAST_AMONG && asked >= OFTEN_AMONG * among {
            self.only.append(&mut self.among);
        }
    }

    /// Readers come with the page's parts and go on to other pages; a crowd that wants one address,
    /// again and again and nothing else, is none.
    pub(super) fn is_attack(&self, review: &Review) -> bool {
        let only: u64 = self.only.iter().map(|(_, count)| u64::from(*count)).sum();
        #[expect(clippy::cast_precision_loss, reason = "requests of a surge")]
        let enough = only as f32 >= review.threshold;
        self.only.len() >= LEAST_MEMBERS
            && enough
            && only * 10 >= self.requests * 6
            && only >= 3 * self.only.len() as u64
            && !self.is_patient(review.standing)
    }

    /// So many minutes, and half of the sources asked seldom.
    fn is_patient(&self, minutes: i64) -> bool {
        let seldom = |count: u32| i64::from(count) <= PATIENT_A_MINUTE * minutes;
        let patient = self.only.iter().filter(|(_, count)| seldom(*count)).count();
        minutes > 0 && 2 * patient > self.only.len()
    }

    /// Those whose part is like the others'; one who came by is none.
    pub(super) fn members(mut self) -> Vec<IpAddr> {
        self.only.sort_unstable_by_key(|(source, count)| (*count, *source));
        let median = self.only.get(self.only.len() / 2).map_or(0, |(_, count)| *count);
        let least = (median / 5).max(2);
        let mut members: Vec<IpAddr> = self
            .only
            .iter()
            .filter(|(_, count)| *count >= least)
            .map(|(source, _)| *source)
            .collect();
        members.sort_unstable();
        members
    }
}
