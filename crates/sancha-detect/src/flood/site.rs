//! What a site is used to.

use hashbrown::HashMap;

use super::{attack::Before, session::Session};

/// Beyond so many sites one habit serves the rest: names of sites can be the attacker's to choose.
const MOST_SITES: usize = 1_024;
/// So many visits teach what is ordinary; before that the cautious values hold.
const TAUGHT: u32 = 100;
/// Ordinary visits press up to 4 on a real site; a page reloaded every second for two minutes 60.
const CAUTIOUS_PRESSURE: f32 = 60.0;
const LEAST_PRESSURE: f32 = 30.0;
/// Repeats per second that a program may make: one every two, then one every four seconds.
const CAUTIOUS_PACE: f32 = 0.5;
const LEAST_PACE: f32 = 0.25;
const BUCKETS: usize = 24;
const HOURS: usize = 24;
const AGENT_WORDS: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// The minute of its first request.
    since: i64,
    /// Visits by the power of two (in halves) that their pressure reached.
    peaks: [u32; BUCKETS],
    visits: u32,
    pages: u64,
    assets: u64,
    random: u64,
    minute: i64,
    in_minute: u32,
    failed_in_minute: u32,
    error_share: f32,
    /// Requests in a minute that has any, by hour of the day.
    hourly: [f32; HOURS],
    most_pressure: f32,
    /// Visits when that was learned.
    taught_by: u32,
    /// Agents that visits begin with, one bit each by hash.
    agents: Vec<u64>,
}

impl Site {
    pub(super) fn since(&self) -> i64 {
        self.since
    }

    /// A visit begins with this agent.
    pub(super) fn meet(&mut self, agent: u32) {
        self.agents.resize(AGENT_WORDS, 0);
        if let Some(word) = self.agents.get_mut(agent as usize / 64 % AGENT_WORDS) {
            *word |= 1 << (agent % 64);
        }
    }

    /// Whether other visits had this agent too, as those of people have.
    pub(super) fn knows(&self, agent: u32) -> bool {
        let word = self.agents.get(agent as usize / 64 % AGENT_WORDS).copied().unwrap_or(0);
        word >> (agent % 64) & 1 == 1
    }

    /// What a visit that is over teaches: how hard an ordinary visitor presses. What a source did in
    /// an attack is no example.
    pub(super) fn learn(&mut self, session: &Session) {
        if session.was_found() {
            return;
        }
        self.visits = self.visits.saturating_add(1);
        if let Some(count) = self.peaks.get_mut(bucket(session.peak())) {
            *count += 1;
        }
        // Sums only: visits that end together come in no order.
        let (pages, assets, random) = session.asked();
        self.pages += u64::from(pages);
        self.assets += u64::from(assets);
        self.random += u64::from(random);
    }

    /// Eight times what nine of ten visits stay under: a minority, such as an attack that was not
    /// seen as one, cannot lift it.
    fn learned_pressure(&self) -> f32 {
        let mut left = self.visits - self.visits / 10;
        for (at, count) in self.peaks.iter().enumerate() {
            left = left.saturating_sub(*count);
            if left == 0 {
                return (8.0 * ceiling(at)).max(LEAST_PRESSURE);
            }
        }
        LEAST_PRESSURE
    }

    fn is_taught(&self) -> bool {
        self.visits >= TAUGHT
    }

    pub(super) fn most_pressure(&self) -> f32 {
        if self.is_taught() && self.taught_by > 0 { self.most_pressure } else { CAUTIOUS_PRESSURE }
    }

    pub(super) fn pace(&self) -> f32 {
        if self.is_taught() { LEAST_PACE } else { CAUTIOUS_PACE }
    }

    /// Visitors load hardly any parts of pages: an interface for programs.
    pub(super) fn is_bare(&self) -> bool {
        self.is_taught() && self.assets * 9 < self.pages
    }

    pub(super) fn uses_random_paths(&self) -> bool {
        self.is_taught() && self.random * 20 > self.pages
    }

    pub(super) fn add(&mut self, status: u16) {
        self.in_minute += 1;
        self.failed_in_minute += u32::from(status >= 500);
    }

    #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
    fn turn(&mut self, minute: i64) {
        if self.in_minute > 0 {
            let count = self.in_minute as f32;
            let failed = self.failed_in_minute as f32 / count;
            self.error_share += (failed - self.error_share) * 0.05;
            if let Some(usual) = self.hourly.get_mut(hour(self.minute)) {
                *usual = if *usual == 0.0 { count } else { *usual + (count - *usual) * 0.05 };
            }
        }
        if self.taught_by != self.visits {
            self.taught_by = self.visits;
            self.most_pressure = self.learned_pressure();
        }
        self.minute = minute;
        self.in_minute = 0;
        self.failed_in_minute = 0;
    }

    /// Requests that a minute at this hour has; the busiest hour where this one is not known yet.
    pub(super) fn usual(&self) -> f32 {
        let now = self.hourly.get(hour(self.minute)).copied().unwrap_or(0.0);
        if now > 0.0 { now } else { self.hourly.iter().copied().fold(0.0, f32::max) }
    }

    /// What it was like before a flood on an address for which so many visits are a crowd.
    pub(super) fn before(&self, crowd_from: f32) -> Before {
        Before { usual: self.usual(), error_share: self.error_share, crowd_from }
    }
}

fn hour(minute: i64) -> usize {
    usize::try_from(minute.div_euclid(60).rem_euclid(24)).unwrap_or(0)
}

fn bucket(peak: f32) -> usize {
    (0..BUCKETS).find(|at| peak <= ceiling(*at)).unwrap_or(BUCKETS - 1)
}

/// 1, 1.4, 2, 2.8, 4 …
fn ceiling(at: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "0 to 23")]
    let half = at as f32 / 2.0;
    half.exp2()
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sites {
    places: HashMap<u32, usize, foldhash::fast::RandomState>,
    all: Vec<Site>,
    rest: Site,
    minute: i64,
    /// The site asked for last, which most often is the next one too.
    latest: Option<(u32, usize)>,
}

impl Sites {
    pub(super) fn at(&mut self, site: u32) -> &mut Site {
        let place = match self.latest {
            Some((latest, place)) if latest == site => place,
            _ => self.place(site),
        };
        self.latest = Some((site, place));
        self.all.get_mut(place).unwrap_or(&mut self.rest)
    }

    /// Whether so many visits were seen that what is new on the site is new.
    pub(super) fn knows(&self, site: u32) -> bool {
        self.places.get(&site).and_then(|at| self.all.get(*at)).is_some_and(Site::is_taught)
    }

    fn place(&mut self, site: u32) -> usize {
        if let Some(place) = self.places.get(&site) {
            return *place;
        }
        let place = self.all.len();
        if place < MOST_SITES {
            self.places.insert(site, place);
            self.all.push(Site { since: self.minute, ..Site::default() });
        }
        place
    }

    pub(super) fn turn(&mut self, minute: i64) {
        self.minute = minute;
        for site in &mut self.all {
            site.turn(minute);
        }
        self.rest.turn(minute);
    }
}
