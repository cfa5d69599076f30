//! What sites answer anyway, seen where all requests of all sources come together.
//!
//! A site may answer whatever it is asked for with one page: an answer of that size shows nothing. And a script
//! among uploads that very many visitors read is the site's own.

use std::{collections::BTreeSet, net::IpAddr};

use hashbrown::HashMap;
use sancha_model::Scenario;

use super::tally::Script;
use crate::{MethodClass, Request, SignalKind, flood::Traits, signal::Seen};

/// A page that a site says to everything: so many paths that only searchers ask for, none of them a script (an intruder
/// may leave several of one kind), get an answer of one size. Short answers are alike by chance.
const CATCH_ALL_PATHS: u32 = 4;
const CATCH_ALL_BYTES: u32 = 128;
const SIZES_KEPT: usize = 4_096;
/// A script of the site's own: so many sources got it, and of the requests for it at most one in so many wrote or attacked.
/// Those who share a web shell are a handful, and write to it.
const OWN_SOURCES: usize = 20;
const OWN_SHARE: u32 = 10;
const SCRIPTS_KEPT: usize = 1_024;

#[derive(Clone, Default)]
pub(super) struct Answers {
    /// Answers to paths that only searchers ask for, by site and size: one bit for each path, by hash.
    sizes: HashMap<(u32, u32), u64, foldhash::fast::RandomState>,
    scripts: HashMap<Script, Visited, foldhash::fast::RandomState>,
}

/// Who asked for a script that looks like a web shell.
#[derive(Clone, Debug, Default)]
struct Visited {
    sources: BTreeSet<IpAddr>,
    reads: u32,
    others: u32,
}

impl Visited {
    fn is_own(&self) -> bool {
        self.sources.len() >= OWN_SOURCES && self.others.saturating_mul(OWN_SHARE) <= self.reads
    }
}

impl Answers {
    pub(super) fn accept(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        self.sized(seen, request);
        self.visited(seen, request, source);
    }

    /// Notes the size of an answer to a path that is no page of a site.
    fn sized(&mut self, seen: Seen<'_>, request: &Request) {
        let is_searched = request.traits.has(Traits::PROBE.with(Traits::RANDOM))
            || matches!(seen.kind, SignalKind::Match { .. });
        let is_page = !request.traits.has(Traits::SCRIPT.with(Traits::ASSET));
        if !is_searched || !is_page || request.bytes < CATCH_ALL_BYTES {
            return;
        }
        let key = (request.site, request.bytes);
        if self.sizes.len() < SIZES_KEPT || self.sizes.contains_key(&key) {
            *self.sizes.entry(key).or_default() |= 1 << (mix(request) % 64);
        }
    }

    fn visited(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let SignalKind::Match { scenario, .. } = seen.kind else { return };
        let key = (request.site, request.path);
        let is_read = scenario == Scenario::WEB_SHELL && request.method() == MethodClass::Read;
        let has_room = is_read && self.scripts.len() < SCRIPTS_KEPT;
        if !has_room && !self.scripts.contains_key(&key) {
            return;
        }
        let visited = self.scripts.entry(key).or_default();
        if is_read {
            visited.reads = visited.reads.saturating_add(1);
            if visited.sources.len() < OWN_SOURCES {
                visited.sources.insert(source);
            }
        } else {
            visited.others = visited.others.saturating_add(1);
        }
    }

    pub(super) fn close(self) -> Ordinary {
        let all = self.sizes.into_iter();
        let sizes = all.filter(|(_, paths)| paths.count_ones() >= CATCH_ALL_PATHS);
        let own = self.scripts.into_iter().filter(|(_, visited)| visited.is_own());
        Ordinary {
            sizes: sizes.map(|(size, _)| size).collect(),
            scripts: own.map(|(script, _)| script).collect(),
        }
    }
}

/// What sites answer anyway.
#[derive(Debug, Default)]
pub(super) struct Ordinary {
    /// Sizes of a page that a site says to everything, by site.
    sizes: BTreeSet<(u32, u32)>,
    /// Scripts of the site's own among uploads.
    scripts: BTreeSet<Script>,
}

impl Ordinary {
    /// Whether a script's answer of so many bytes shows nothing.
    pub(super) fn is(&self, (script, bytes): (Script, u32)) -> bool {
        self.sizes.contains(&(script.0, bytes)) || self.scripts.contains(&script)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty() && self.scripts.is_empty()
    }

    /// Whether a script is the site's own.
    pub(super) fn owns(&self, script: Script) -> bool {
        self.scripts.contains(&script)
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.sizes.extend(other.sizes);
        self.scripts.extend(other.scripts);
    }
}

/// A path of a site as a number, evenly spread.
pub(super) fn mix(request: &Request) -> usize {
    let both = u64::from(request.site) << 32 | u64::from(request.path);
    usize::try_from(both.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).unwrap_or(0)
}
