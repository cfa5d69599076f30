//! A search for weaknesses shared by many sources, each of which asks for very little.

use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::EventTime;

use super::{Records, Request};

const WINDOW: i64 = EventTime::HOUR;
/// At least so many sources in an hour, and so many times as many as the site is used to: every site
/// is looked at by a few each hour.
const LEAST_SOURCES: usize = 10;
const TIMES_USUAL: f32 = 4.0;
/// At least so many different names between them, of 256 bits by hash.
const LEAST_PATHS: u32 = 25;
/// A source that asks for more is a scanner by itself.
const MOST_EACH: u32 = 8;
const SOURCES_KEPT: usize = 4_096;
const SITES_KEPT: usize = 256;

/// A shared search as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) sources: Vec<IpAddr>,
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    pub(crate) count: u64,
    pub(crate) records: Records,
}

#[derive(Clone, Debug)]
struct Window {
    first: EventTime,
    last: EventTime,
    sources: BTreeMap<IpAddr, u32>,
    paths: [u64; 4],
    records: Records,
}

impl Window {
    fn new(time: EventTime) -> Self {
        let (sources, paths, records) = (BTreeMap::new(), [0; 4], Records::default());
        Self { first: time, last: time, sources, paths, records }
    }

    fn add(&mut self, request: &Request) {
        if self.sources.len() < SOURCES_KEPT || self.sources.contains_key(&request.source) {
            *self.sources.entry(request.source).or_default() += 1;
        }
        if let Some(word) = self.paths.get_mut(request.path as usize / 64 % 4) {
            *word |= 1 << (request.path % 64);
        }
        self.last = self.last.max(request.time);
        self.records.add((request.at, request.line));
    }

    fn paths(&self) -> u32 {
        self.paths.iter().map(|word| word.count_ones()).sum()
    }
}

#[derive(Clone, Debug, Default)]
struct SiteProbes {
    window: Option<Window>,
    usual: f32,
}

impl SiteProbes {
    /// Closes the hour: a search, or what the site is used to.
    fn close(&mut self, over: &mut Vec<Search>) {
        let Some(mut window) = self.window.take() else { return };
        window.sources.retain(|_, count| *count <= MOST_EACH);
        let many = window.sources.len();
        #[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
        let count = many as f32;
        if many < LEAST_SOURCES || count < self.usual * TIMES_USUAL || window.paths() < LEAST_PATHS
        {
            self.usual += (count - self.usual) * 0.1;
            return;
        }
        over.push(Search {
            count: window.sources.values().map(|count| u64::from(*count)).sum(),
            sources: window.sources.into_keys().collect(),
            first: window.first,
            last: window.last,
            records: window.records,
        });
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    sites: BTreeMap<u32, SiteProbes>,
    over: Vec<Search>,
}

impl Probes {
    /// A missing page was asked for under a name that only a search for weaknesses uses.
    pub(super) fn add(&mut self, request: &Request) {
        if self.sites.len() >= SITES_KEPT && !self.sites.contains_key(&request.site) {
            return;
        }
        let site = self.sites.entry(request.site).or_default();
        if site.window.as_ref().is_some_and(|w| request.time.since(w.first) >= WINDOW) {
            site.close(&mut self.over);
        }
        site.window.get_or_insert_with(|| Window::new(request.time)).add(request);
    }

    pub(super) fn finish(mut self) -> Vec<Search> {
        for site in self.sites.values_mut() {
            site.close(&mut self.over);
        }
        self.over.sort_by_key(|search| (search.first, search.records.all().next()));
        self.over
    }
}
