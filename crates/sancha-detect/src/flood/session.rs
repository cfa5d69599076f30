//! One source's visit to one site.
//!
//! `pressure` is a cumulative sum (Page, 1954): it rises with every request that ordinary reading
//! does not make, and drains at the pace that ordinary programs repeat themselves. It says how much
//! more a source has asked for than it should have, whatever the rate and however it is spread.

use sancha_model::{EventTime, RecordId};

use super::{Request, Traits, site::Site, target::Habit};
use crate::fetch::fetch;

/// A visit is over after this long without a request; it is let go at the latest after twice that.
pub(super) const IDLE: i64 = 15 * EventTime::MINUTE;
/// Shares are of about so many requests, so that an address used by many can still be judged.
const AGING: u32 = 512;
const SLOTS: usize = 4;
/// Queries that are known again.
const LATEST: usize = 8;
/// Requests that one source did not finish, where nearly all of its requests are such.
const UNFINISHED: u32 = 60;
/// A check: hardly more than one request a second, with pauses as even as whole seconds can show them (of pauses drawn at
/// random, as people and floods make them, the spread is as large as the mean) …
const CHECK_PAUSE: f32 = 0.8;
const CHECK_SPREAD: f32 = 0.6;
/// … nearly all answered, by so many bytes at most: 160 kbit/s cost a server nothing.
const CHECK_REFUSED: f32 = 0.1;
const CHECK_BYTES: u64 = 20 << 10;
/// Rhythm is of about so many requests.
const RHYTHM_AGING: f32 = 32.0;

/// What a request asks for, seen from its visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// For a page, for the first time.
    First,
    /// For the same page with another query.
    NewQuery,
    Other,
}

/// The pauses between requests, in seconds, and how many of the requests were refused: means that forget.
#[derive(Clone, Copy, Debug, Default)]
struct Rhythm {
    seen: f32,
    pause: f32,
    variance: f32,
    refused: f32,
}

impl Rhythm {
    /// `seconds` since the request before; there is none before a visit's first.
    fn add(&mut self, seconds: f32, status: u16) {
        let refused = f32::from(u8::from(status >= 400));
        if self.seen == 0.0 {
            (self.seen, self.refused) = (1.0, refused);
            return;
        }
        let share = 1.0 / self.seen;
        let off = seconds - self.pause;
        self.pause += off * share;
        self.variance += (off * off * (1.0 - share) - self.variance) * share;
        self.refused += (refused - self.refused) * share;
        self.seen = RHYTHM_AGING.min(self.seen + 1.0);
    }

    fn is_check(&self) -> bool {
        self.pause >= CHECK_PAUSE
            && self.variance <= CHECK_SPREAD * CHECK_SPREAD
            && self.refused <= CHECK_REFUSED
    }
}

/// Whether queries are ever new, or come again: of a hundred pages that are leafed through one in twelve was asked for
/// among the last eight.
#[derive(Clone, Copy, Debug, Default)]
struct Queries {
    latest: [u16; LATEST],
    new: u32,
    again: u32,
}

impl Queries {
    #[expect(clippy::cast_possible_truncation, reason = "half a mark tells a few queries apart")]
    fn add(&mut self, query: u32) {
        if query == 0 {
            return;
        }
        let mark = (query ^ query >> 16) as u16;
        if self.latest.contains(&mark) {
            self.again = self.again.saturating_add(1);
        } else {
            if let Some(place) = self.latest.get_mut(self.new as usize % LATEST) {
                *place = mark;
            }
            self.new = self.new.saturating_add(1);
        }
    }

    fn are_ever_new(&self) -> bool {
        self.new >= 8 && u64::from(self.again) * 16 <= u64::from(self.new)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The request at which the pressure last rose from nothing.
    begin: (EventTime, RecordId, u64),
    last: EventTime,
    pressure: f32,
    peak: f32,
    rhythm: Rhythm,
    /// Requests since `begin`.
    risen: u32,
    bytes: u64,
    /// The commonest addresses (Misra and Gries, 1982), with how often.
    top: [(u32, u32); SLOTS],
    pages: u32,
    assets: u32,
    /// The same of the whole visit: these are not halved.
    all_pages: u32,
    all_assets: u32,
    /// Random paths, and requests that the server gave up waiting for.
    random: u32,
    waited: u32,
    last_path: u32,
    last_query: u32,
    /// One bit each by hash: all agents, and those that other visits have too.
    agents: u32,
    people: u32,
    queries: Queries,
    attack: Option<u32>,
    found: bool,
    tried: bool,
}

impl Session {
    pub(super) fn new(request: &Request) -> Self {
        Self {
            begin: (request.time, request.at, request.line),
            last: request.time,
            pressure: 0.0,
            peak: 0.0,
            rhythm: Rhythm::default(),
            risen: 0,
            bytes: 0,
            top: [(0, 0); SLOTS],
            pages: 0,
            assets: 0,
            all_pages: 0,
            all_assets: 0,
            random: 0,
            waited: 0,
            last_path: 0,
            last_query: 0,
            agents: 0,
            people: 0,
            queries: Queries::default(),
            attack: None,
            found: false,
            tried: false,
        }
    }

    /// What a request asks for, seen from this visit.
    pub(super) fn asks(&self, request: &Request) -> Asks {
        if request.traits.has(Traits::ASSET) || request.is_login() {
            Asks::Other
        } else if self.count_of(request.path) == 0 {
            Asks::First
        } else if request.query != 0 && request.query != self.last_query {
            Asks::NewQuery
        } else {
            Asks::Other
        }
    }

    /// Whether the address is one that this visit, which loads nothing else, asks for again; or for
    /// the first time, if it is there.
    pub(super) fn repeats(&self, request: &Request) -> bool {
        let counts = self.count_of(request.path);
        self.is_bare()
            && !request.is_login()
            && (counts > 1 || (counts == 1 && request.status < 400))
    }

    pub(super) fn add(&mut self, request: &Request, habit: Habit, site: &Site) {
        self.drain(request, site);
        let weight = self.weigh(request, habit, site);
        self.count(request);
        self.people |= u32::from(site.knows(request.agent)) << (request.agent % 32);
        self.pressure += weight;
        if self.attack.is_some() {
            // A flood is over when its source has long been as slow as others are, however much it sent.
            self.pressure = self.pressure.min(2.0 * site.most_pressure());
        }
        self.peak = self.peak.max(self.pressure);
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of one visit")]
    fn drain(&mut self, request: &Request, site: &Site) {
        let seconds = request.time.since(self.last).max(0) as f32 / 1e9;
        self.last = self.last.max(request.time);
        self.rhythm.add(seconds, request.status);
        self.pressure -= seconds * site.pace();
        if self.pressure <= 0.0 {
            self.rise_anew(request);
        }
        if self.pages + self.assets >= AGING {
            self.age();
        }
    }

    /// What came before this request presses no more.
    pub(super) fn rise_anew(&mut self, request: &Request) {
        self.pressure = 0.0;
        self.begin = (request.time, request.at, request.line);
        self.risen = 0;
        self.bytes = 0;
        self.agents = 0;
        self.people = 0;
        self.queries = Queries::default();
    }

    fn age(&mut self) {
        for count in [&mut self.pages, &mut self.assets, &mut self.random, &mut self.waited] {
            *count /= 2;
        }
        for (_, count) in &mut self.top {
            *count /= 2;
        }
    }

    /// How far a request is from reading: 1 for the same thing again or a thing drawn at random,
    /// little for a page not asked for before, nothing for a page's parts.
    fn weigh(&self, request: &Request, habit: Habit, site: &Site) -> f32 {
        let traits = request.traits;
        let same_path = request.path == self.last_path;
        if request.is_login() || request.status == 206 {
            return 0.0;
        }
        if request.status == 408 {
            return 1.0;
        }
        if traits.has(Traits::ASSET) {
            return if same_path && request.query == self.last_query { 1.0 } else { 0.0 };
        }
        let repeated = self.count_of(request.path) > 0;
        let is_made_up =
            traits.has(Traits::RANDOM) && (request.status >= 400 || !site.uses_random_paths());
        let weight = if repeated && request.query != 0 && request.query != self.last_query {
            habit.weight_of_new_query(request.query)
        } else if repeated || is_made_up {
            1.0
        } else if request.status >= 400 {
            0.3
        } else {
            0.1
        };
        let said = if traits.has(Traits::REFERER) { 0.3 } else { 1.0 };
        let crawler = if traits.has(Traits::CRAWLER) && !same_path { 0.5 } else { 1.0 };
        // Load balancers ask once a second or so, all day.
        let is_check = traits.has(Traits::CHECK) && request.status < 400 && request.query == 0;
        let check = if is_check { 0.1 } else { 1.0 };
        weight * said * crawler * check
    }

    fn count(&mut self, request: &Request) {
        let again = request.path == self.last_path;
        self.last_path = request.path;
        self.last_query = request.query;
        self.risen = self.risen.saturating_add(1);
        self.bytes = self.bytes.saturating_add(request.bytes);
        self.agents |= 1 << (request.agent % 32);
        self.queries.add(request.query);
        self.waited += u32::from(request.status == 408);
        if request.traits.has(Traits::ASSET) && !again {
            self.assets += 1;
            self.all_assets = self.all_assets.saturating_add(1);
            return;
        }
        self.pages += 1;
        self.all_pages = self.all_pages.saturating_add(1);
        self.random += u32::from(request.traits.has(Traits::RANDOM));
        if let Some((_, count)) =
            self.top.iter_mut().find(|(path, n)| *path == request.path && *n > 0)
        {
            *count += 1;
        } else if let Some(free) = self.top.iter_mut().find(|(_, n)| *n == 0) {
            *free = (request.path, 1);
        } else {
            for (_, count) in &mut self.top {
                *count -= 1;
            }
        }
    }

    pub(super) fn count_of(&self, path: u32) -> u32 {
        self.top.iter().find(|(p, n)| *p == path && *n > 0).map_or(0, |(_, count)| *count)
    }

    /// Nothing but pages: no browser, or one that has every part already.
    pub(super) fn is_bare(&self) -> bool {
        self.assets * 10 <= self.pages
    }

    /// Whether a source's pressure is out of all proportion, and its shape that of a program.
    pub(super) fn is_flood(&self, site: &Site) -> bool {
        if self.waited >= UNFINISHED && self.waited * 5 >= self.pages * 4 {
            return true;
        }
        if self.pressure < site.most_pressure() {
            return false;
        }
        // Behind one address there may be an office: as many visitors as agents, who use the site in
        // the ordinary way with agents that others have too.
        let people = if self.is_bare() && !site.is_bare() { 1 } else { self.people.count_ones() };
        #[expect(clippy::cast_precision_loss, reason = "1 to 32")]
        let most = site.most_pressure() * people.max(1) as f32;
        let patient = if self.is_bare() { 1.0 } else { 20.0 };
        self.pressure >= most * patient && (self.is_narrow() || self.is_drawn())
    }

    /// One small page, answered, as by a clock: a load balancer, a monitor, a screen that polls. Only what one source does
    /// in a second is so told; five of them at one page are looked at as a crowd.
    pub(super) fn is_check(&self) -> bool {
        let most = self.top.iter().map(|(_, count)| *count).max().unwrap_or(0);
        self.rhythm.is_check()
            && most * 10 >= self.pages * 9
            && self.bytes / u64::from(self.risen.max(1)) <= CHECK_BYTES
    }

    /// A handful of addresses takes nearly all.
    fn is_narrow(&self) -> bool {
        let most: u32 = self.top.iter().map(|(_, count)| *count).sum();
        most * 5 >= self.pages * 4
    }

    fn is_drawn(&self) -> bool {
        (self.random + self.waited) * 5 >= self.pages * 3
    }

    /// The address wanted most; 0 where paths are drawn at random.
    pub(super) fn target(&self) -> u32 {
        if !self.is_narrow() {
            return 0;
        }
        self.top.iter().max_by_key(|(path, count)| (*count, *path)).map_or(0, |(path, _)| *path)
    }

    /// Nearly everything it asks for is this.
    pub(super) fn wants_only(&self, path: u32) -> bool {
        self.is_bare() && self.count_of(path) * 5 >= self.pages * 4
    }

    /// This is one of a handful of addresses that it asks for in turn.
    pub(super) fn wants_among(&self, path: u32) -> bool {
        self.is_bare() && self.is_narrow() && self.count_of(path) * 5 >= self.pages
    }

    pub(super) fn shape(&self) -> super::Shape {
        use super::Shape;
        if self.waited * 2 >= self.pages {
            Shape::Slow
        } else if !self.is_narrow() {
            Shape::RandomPaths
        } else if self.bytes / u64::from(self.risen.max(1)) >= 512 * 1024 {
            Shape::Volume
        } else if self.queries.are_ever_new() {
            Shape::NewQueries
        } else if self.agents.count_ones() >= 8 {
            Shape::ChangingAgents
        } else {
            Shape::SameAddress
        }
    }

    pub(super) fn begin(&self) -> (EventTime, RecordId, u64) {
        self.begin
    }

    /// Fetches its beginning, middle and end.
    pub(super) fn fetch(&self) {
        fetch(&self.begin);
        fetch(&self.top);
        fetch(&self.queries);
        fetch(&self.tried);
    }

    pub(super) fn last(&self) -> EventTime {
        self.last
    }

    pub(super) fn risen(&self) -> u32 {
        self.risen
    }

    pub(super) fn peak(&self) -> f32 {
        self.peak
    }

    pub(super) fn is_pressing(&self) -> bool {
        self.pressure > 0.0
    }

    /// Pages, parts of pages, and pages with random paths.
    pub(super) fn asked(&self) -> (u32, u32, u32) {
        (self.pages, self.assets, self.random)
    }

    /// A login form was sent in this visit.
    pub(super) fn tries(&mut self) {
        self.tried = true;
    }

    pub(super) fn has_tried(&self) -> bool {
        self.tried
    }

    /// What the whole visit asked for beside this address: pages, and parts of pages. The address's
    /// share is that of the latest requests, for only those are counted by address.
    pub(super) fn beside(&self, path: u32) -> (u32, u32) {
        let others = self.pages - self.count_of(path).min(self.pages);
        let share = u64::from(others) * u64::from(self.all_pages) / u64::from(self.pages.max(1));
        (u32::try_from(share).unwrap_or(u32::MAX), self.all_assets)
    }

    pub(super) fn attack(&self) -> Option<u32> {
        self.attack
    }

    pub(super) fn enter(&mut self, attack: u32) {
        self.attack = Some(attack);
        self.found = true;
    }

    pub(super) fn leave(&mut self) {
        self.attack = None;
    }

    /// What a source did in an attack is no example of ordinary visits.
    pub(super) fn was_found(&self) -> bool {
        self.found
    }
}
