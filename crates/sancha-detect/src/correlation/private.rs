//! A program that an intruder left and uses alone: it first answers after an attack on its site that was not refused,
//! hardly anybody but the attacker asks for it, and what is sent to it comes from no page and is answered by ever other
//! sizes, at a person's pace.

use std::net::IpAddr;

use hashbrown::{HashMap, hash_map::Entry};
use sancha_model::{EventTime, Family, Level, RecordId, Scenario};

use super::tally::Script;
use crate::{MethodClass, Request, SignalKind, flood::Traits, signal::Seen};

/// The attacker comes back to what it left within so long.
const DEED_TO_USE: i64 = EventTime::DAY;
/// Attackers and scripts remembered at a time. Later ones are not.
const DEEDS_KEPT: usize = 4_096;
const SCRIPTS_KEPT: usize = 1_024;
/// Whoever has more than one address still has few; what more ask for is the site's own.
const MOST_SOURCES: usize = 3;
/// So many commands, whose answers have so many sizes. A login that is refused has one or two.
const LEAST_SENT: u32 = 5;
const LEAST_SIZES: usize = 3;

type Place = (RecordId, u64);

/// What may have left a program: an attack that was not refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    pub(super) source: IpAddr,
    pub(super) scenario: Scenario,
    /// When it was done.
    pub(super) time: EventTime,
}

#[derive(Clone, Default)]
pub(super) struct Private {
    /// The latest deed of each source on each site.
    deeds: HashMap<(IpAddr, u32), Deed, foldhash::fast::RandomState>,
    scripts: HashMap<Script, Use, foldhash::fast::RandomState>,
}

#[derive(Clone, Debug)]
struct Use {
    deed: Deed,
    sources: Vec<IpAddr>,
    /// One request may be told of by several signals.
    latest: Option<RecordId>,
    /// Where something was first sent to the script, and when it last was.
    first: Option<(Place, EventTime)>,
    last: EventTime,
    sent: u32,
    sizes: Vec<u32>,
}

/// A program in private use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) deed: Deed,
    /// The first request that sent something, and how often something was sent.
    pub(super) place: Place,
    pub(super) sent: u32,
}

impl Private {
    /// Notes an attack that may leave a program and that the server did not refuse.
    pub(super) fn attacked(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let SignalKind::Match { scenario, level, .. } = seen.kind else { return };
        if level < Level::High || !leaves(scenario) || (400..500).contains(&request.status) {
            return;
        }
        let key = (source, request.site);
        if self.deeds.len() < DEEDS_KEPT || self.deeds.contains_key(&key) {
            self.deeds.insert(key, Deed { source, scenario, time: seen.time });
        }
    }

    /// A script of a well-known site answered for the first time.
    pub(super) fn opened(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let Some(deed) = self.deeds.get(&(source, request.site)).copied() else { return };
        let after = seen.time.since(deed.time);
        let is_of_site = request.traits.has(Traits::LOGIN.with(Traits::CALL));
        if is_of_site || after <= 0 || after > DEED_TO_USE || self.scripts.len() >= SCRIPTS_KEPT {
            return;
        }
        self.scripts.insert((request.site, request.path), Use::of(deed, seen.time));
    }

    /// A request that was answered, of anybody.
    pub(super) fn answered(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        if self.scripts.is_empty() || !request.traits.has(Traits::SCRIPT) {
            return;
        }
        let Entry::Occupied(mut known) = self.scripts.entry((request.site, request.path)) else {
            return;
        };
        if !known.get_mut().is_private_with(source) {
            known.remove();
        } else if request.method() == MethodClass::Write && !request.traits.has(Traits::REFERER) {
            known.get_mut().was_sent_to(seen, request.bytes);
        }
    }

    pub(super) fn close(self) -> impl Iterator<Item = Used> {
        self.scripts.into_values().filter_map(|used| {
            let (place, begin) = used.first?;
            let seconds = used.last.since(begin) / EventTime::SECOND;
            let is_used = used.sent >= LEAST_SENT && used.sizes.len() >= LEAST_SIZES;
            let by_hand = seconds >= i64::from(used.sent);
            (is_used && by_hand).then_some(Used { deed: used.deed, place, sent: used.sent })
        })
    }
}

impl Use {
    fn of(deed: Deed, time: EventTime) -> Self {
        Self {
            deed,
            sources: Vec::new(),
            latest: None,
            first: None,
            last: time,
            sent: 0,
            sizes: Vec::new(),
        }
    }

    /// Whether few still share the script when `source` asks for it, too.
    fn is_private_with(&mut self, source: IpAddr) -> bool {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self.sources.len() <= MOST_SOURCES
    }

    fn was_sent_to(&mut self, seen: Seen<'_>, answer: u32) {
        if self.latest.replace(seen.at) == Some(seen.at) {
            return;
        }
        self.first.get_or_insert(((seen.at, seen.line), seen.time));
        self.last = seen.time;
        self.sent = self.sent.saturating_add(1);
        if self.sizes.len() < LEAST_SIZES && !self.sizes.contains(&answer) {
            self.sizes.push(answer);
        }
    }
}

/// Attacks after which a program may be there that was not before.
fn leaves(scenario: Scenario) -> bool {
    let shows_only = matches!(scenario, Scenario::WEB_XSS | Scenario::WEB_SHELL);
    matches!(scenario.family(), Family::WebAttack | Family::Exploit) && !shows_only
}
