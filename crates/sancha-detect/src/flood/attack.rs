//! Floods that go on, and what is told of them.

use std::{collections::BTreeSet, net::IpAddr};

use sancha_model::EventTime;

use super::{Records, Request, session::Session, target::Review};

/// A flood is over after this long without a request of its sources.
const QUIET: i64 = 15 * EventTime::MINUTE;
/// Sources that one finding names; more are counted. A flood of more comes from forged addresses.
const SOURCES_KEPT: usize = 65_536;
/// Where so many others came in a minute for each source of a flood, and one for so many of its requests, its sources are
/// the crowd's: behind some addresses there are many people.
const CROWD_EACH: u32 = 20;
const CROWD_SHARE: u32 = 10;
/// A flood that nobody felt stands out where its busiest minute has this share of what the site is asked for otherwise,
/// or five requests a second.
const SHARE_OF_OTHERS: f32 = 0.25;
const STANDS_OUT: f32 = 300.0;

/// What the requests have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    SameAddress,
    NewQueries,
    ChangingAgents,
    RandomPaths,
    Volume,
    Slow,
}

/// A flood as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Flooding {
    pub(crate) shape: Shape,
    pub(crate) sources: Vec<IpAddr>,
    pub(crate) unnamed: u64,
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    pub(crate) count: u64,
    /// Requests in its busiest minute, and in a usual minute of the site.
    pub(crate) busiest: u32,
    pub(crate) usual: f32,
    pub(crate) effect: Effect,
    pub(crate) records: Records,
}

/// What became of everybody else's requests meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    pub(crate) requests: u32,
    pub(crate) failed: u32,
    /// The share that failed before.
    pub(crate) usual: f32,
}

impl Effect {
    /// Enough other requests to tell.
    pub(crate) fn is_known(&self) -> bool {
        self.requests >= 20
    }

    pub(crate) fn is_felt(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "requests during a flood")]
        let share = self.failed as f32 / self.requests.max(1) as f32;
        self.is_known() && share >= 0.05 && share >= 5.0 * self.usual
    }
}

#[derive(Clone, Debug)]
struct Attack {
    id: u32,
    site: u32,
    path: u32,
    shape: Shape,
    sources: BTreeSet<IpAddr>,
    unnamed: u64,
    first: EventTime,
    last: EventTime,
    count: u64,
    minute: i64,
    in_minute: u32,
    busiest: u32,
    usual: f32,
    /// Visits that came for the same address in a minute of it, and from how many on they are a crowd.
    arrivals: u32,
    crowd_from: f32,
    effect: Effect,
    records: Records,
}

impl Attack {
    fn admit(&mut self, source: IpAddr, session: &Session) {
        if self.sources.len() < SOURCES_KEPT {
            self.sources.insert(source);
        } else if !self.sources.contains(&source) {
            self.unnamed += 1;
        }
        let (begin, at, line) = session.begin();
        self.first = self.first.min(begin);
        self.last = self.last.max(session.last());
        self.count += u64::from(session.risen());
        self.records.add((at, line));
    }

    /// Nothing, where it turns out to be no flood.
    fn publish(self) -> Option<Flooding> {
        (!self.is_of_crowd() && self.stands_out()).then(|| self.told())
    }

    #[expect(clippy::cast_precision_loss, reason = "visits of a minute")]
    fn is_of_crowd(&self) -> bool {
        let sources = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        let busiest = self.busiest.max(self.in_minute);
        self.arrivals as f32 >= self.crowd_from
            && self.arrivals >= sources.saturating_mul(CROWD_EACH)
            && self.arrivals.saturating_mul(CROWD_SHARE) >= busiest
    }

    #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
    fn stands_out(&self) -> bool {
        let busiest = self.busiest.max(self.in_minute) as f32;
        // What the site was asked for before may be what these sources asked for.
        let others = (self.usual - busiest).max(0.0);
        self.shape == Shape::Slow
            || self.shape == Shape::Volume
            || self.effect.is_felt()
            || busiest >= STANDS_OUT.min(others * SHARE_OF_OTHERS)
    }

    fn told(self) -> Flooding {
        Flooding {
            shape: self.shape,
            sources: self.sources.into_iter().collect(),
            unnamed: self.unnamed,
            first: self.first,
            last: self.last,
            count: self.count,
            busiest: self.busiest.max(self.in_minute),
            usual: self.usual,
            effect: self.effect,
            records: self.records,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Attacks {
    open: Vec<Attack>,
    over: Vec<Flooding>,
    next: u32,
}

/// What a site was like before a flood on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    pub(super) usual: f32,
    pub(super) error_share: f32,
    /// From how many visits for its address in a minute on these are a crowd.
    pub(super) crowd_from: f32,
}

impl Attacks {
    /// A source is found to flood: it joins the flood on the same address, or begins one.
    pub(super) fn join(&mut self, request: &Request, session: &Session, before: Before) -> u32 {
        let key = (request.site, session.target());
        self.admit(key, request.source, session, before)
    }

    pub(super) fn join_group(
        &mut self,
        review: &Review,
        source: IpAddr,
        session: &Session,
        before: Before,
    ) -> u32 {
        let id = self.admit((review.site, review.path), source, session, before);
        if let Some(attack) = self.open.iter_mut().find(|attack| attack.id == id) {
            attack.busiest = attack.busiest.max(review.busiest);
        }
        id
    }

    fn admit(&mut self, key: (u32, u32), source: IpAddr, session: &Session, before: Before) -> u32 {
        let place = self.open.iter().position(|attack| (attack.site, attack.path) == key);
        let place = place.unwrap_or_else(|| {
            self.open.push(self.begin(key, session, before));
            self.next += 1;
            self.open.len() - 1
        });
        let Some(attack) = self.open.get_mut(place) else { return u32::MAX };
        attack.admit(source, session);
        attack.id
    }

    fn begin(&self, (site, path): (u32, u32), session: &Session, before: Before) -> Attack {
        let (first, ..) = session.begin();
        Attack {
            id: self.next,
            site,
            path,
            shape: session.shape(),
            sources: BTreeSet::new(),
            unnamed: 0,
            first,
            last: first,
            count: 0,
            minute: 0,
            in_minute: 0,
            busiest: 0,
            usual: before.usual,
            arrivals: 0,
            crowd_from: before.crowd_from,
            effect: Effect { usual: before.error_share, ..Effect::default() },
            records: Records::default(),
        }
    }

    /// A further request of a source; false when its flood is over.
    pub(super) fn add(&mut self, id: u32, request: &Request) -> bool {
        let Some(attack) = self.open.iter_mut().find(|attack| attack.id == id) else {
            return false;
        };
        attack.last = attack.last.max(request.time);
        attack.count += 1;
        let minute = request.time.nanos().div_euclid(EventTime::MINUTE);
        if minute != attack.minute {
            attack.busiest = attack.busiest.max(attack.in_minute);
            attack.minute = minute;
            attack.in_minute = 0;
        }
        attack.in_minute += 1;
        attack.records.add((request.at, request.line));
        true
    }

    /// A request of somebody else while floods go on.
    pub(super) fn witness(&mut self, request: &Request) {
        for attack in &mut self.open {
            if attack.site == request.site && request.time.since(attack.last) < EventTime::MINUTE {
                attack.effect.requests += 1;
                attack.effect.failed += u32::from(request.status >= 500);
            }
        }
    }

    /// With this one, so many visits came for an address in a minute.
    pub(super) fn arrived(&mut self, site: u32, path: u32, visits: u32) {
        let same = |attack: &&mut Attack| (attack.site, attack.path) == (site, path);
        if let Some(attack) = self.open.iter_mut().find(same) {
            attack.arrivals = attack.arrivals.max(visits);
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn turn(&mut self, now: EventTime) {
        for attack in self.open.extract_if(.., |attack| now.since(attack.last) > QUIET) {
            self.over.extend(attack.publish());
        }
    }

    pub(super) fn finish(mut self) -> Vec<Flooding> {
        self.over.extend(self.open.into_iter().filter_map(Attack::publish));
        self.over.sort_by_key(|flood| (flood.first, flood.records.all().next()));
        self.over
    }
}
