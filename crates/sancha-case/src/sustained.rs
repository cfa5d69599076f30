use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use sancha_model::{EventTime, Family};

use crate::{
    JoinReason, OpenReason,
    group::{Group, Joined},
    seen::Seen,
    texts,
};

/// When attempts without success are an attack *sustained against one asset*.
///
/// Attempts of one family on one asset make at most one case per stretch of time, however many
/// addresses take part; scanning never makes one, for every public server is scanned all day long.
/// A source counts when it is *persistent* or *intense*; many sources count when they share a
/// *target* that is not one of those every scanner tries.
#[derive(Clone, Debug)]
pub struct SustainedLimits {
    /// One source: at least so many attempts …
    pub persistent_attempts: u64,
    /// … over at least this long.
    pub persistent_nanos: i64,
    /// One source in less time: at least so many attempts …
    pub intense_attempts: u64,
    /// … at this mean rate or above.
    pub intense_per_minute: u64,
    /// Many sources: at least so many on the same account or path …
    pub spread_sources: usize,
    /// … with so many attempts together, over [`Self::persistent_nanos`].
    pub spread_attempts: u64,
    /// A quiet time longer than this ends the attack; the next attempt begins another.
    pub quiet_nanos: i64,
}

impl Default for SustainedLimits {
    /// 1,000 attempts in an hour or more is one every few seconds by a machine that does not give up;
    /// 500 at 20 a minute is half an hour of uninterrupted guessing.
    fn default() -> Self {
        Self {
            persistent_attempts: 1_000,
            persistent_nanos: EventTime::HOUR,
            intense_attempts: 500,
            intense_per_minute: 20,
            spread_sources: 20,
            spread_attempts: 2_000,
            quiet_nanos: 3 * EventTime::DAY,
        }
    }
}

/// Targets that every scanner tries: sharing one of them says nothing about this asset.
const COMMON_TARGETS: &[&str] = &[
    "/",
    "/administrator/index.php",
    "/index.php",
    "/login",
    "/phpmyadmin/index.php",
    "/wp-login.php",
    "/xmlrpc.php",
    "admin",
    "administrator",
    "backup",
    "deploy",
    "ftp",
    "git",
    "guest",
    "hadoop",
    "mysql",
    "nagios",
    "oracle",
    "pi",
    "postgres",
    "root",
    "support",
    "test",
    "ubuntu",
    "user",
    "www",
];

/// Among the findings that are left.
pub(crate) fn find(
    seen: &[Seen<'_>],
    left: &BTreeSet<usize>,
    limits: &SustainedLimits,
) -> Vec<Group> {
    let mut by_target: BTreeMap<(&BTreeSet<String>, Family), Vec<usize>> = BTreeMap::new();
    for (at, s) in left.iter().filter_map(|at| Some((*at, seen.get(*at)?))) {
        let family = s.finding.scenario.family();
        let attack = matches!(
            family,
            Family::BruteForce | Family::Exploit | Family::WebAttack | Family::Dos
        );
        if attack && !s.local() && s.span().is_some() {
            by_target.entry((&s.assets, family)).or_default().push(at);
        }
    }
    let stretches = by_target.values().flat_map(|places| stretches(seen, places, limits));
    stretches.filter_map(|places| sustained(seen, &places, limits)).collect()
}

/// Splits findings, in order of their first record, where it was quiet for long.
fn stretches(seen: &[Seen<'_>], places: &[usize], limits: &SustainedLimits) -> Vec<Vec<usize>> {
    let mut stretches: Vec<Vec<usize>> = Vec::new();
    let mut until = EventTime::MIN;
    for at in places {
        let Some((first, last)) = seen.get(*at).and_then(Seen::span) else { continue };
        match stretches.last_mut() {
            Some(stretch) if first.since(until) <= limits.quiet_nanos => stretch.push(*at),
            _ => stretches.push(vec![*at]),
        }
        until = until.max(last);
    }
    stretches
}

#[derive(Default)]
struct Attempts {
    places: Vec<usize>,
    sources: BTreeSet<IpAddr>,
    count: u64,
    first: Option<EventTime>,
    last: Option<EventTime>,
}

impl Attempts {
    fn add(&mut self, at: usize, seen: &Seen<'_>) {
        let Some((first, last)) = seen.span() else { return };
        self.places.push(at);
        self.sources.extend(&seen.outside);
        // How many were at which asset is not known: each has its share.
        let assets = u64::try_from(seen.assets.len().max(1)).unwrap_or(1);
        self.count = self.count.saturating_add(seen.finding.count / assets);
        self.first = Some(self.first.map_or(first, |earlier| earlier.min(first)));
        self.last = self.last.max(Some(last));
    }

    fn nanos(&self) -> i64 {
        self.first.zip(self.last).map_or(0, |(first, last)| last.since(first))
    }

    fn of_one_source(&self, limits: &SustainedLimits) -> bool {
        let persistent =
            self.count >= limits.persistent_attempts && self.nanos() >= limits.persistent_nanos;
        let minutes = u64::try_from(self.nanos() / EventTime::MINUTE).unwrap_or(0).max(1);
        let intense = self.count >= limits.intense_attempts
            && self.count / minutes >= limits.intense_per_minute;
        persistent || intense
    }

    fn of_many(&self, limits: &SustainedLimits) -> bool {
        self.sources.len() >= limits.spread_sources
            && self.count >= limits.spread_attempts
            && self.nanos() >= limits.persistent_nanos
    }
}

fn sustained(seen: &[Seen<'_>], places: &[usize], limits: &SustainedLimits) -> Option<Group> {
    let mut by_source: BTreeMap<IpAddr, Attempts> = BTreeMap::new();
    let mut by_target: BTreeMap<&str, Attempts> = BTreeMap::new();
    for (at, s) in places.iter().filter_map(|at| Some((*at, seen.get(*at)?))) {
        if let [source] = s.outside.as_slice() {
            by_source.entry(*source).or_default().add(at, s);
        }
        let targets: BTreeSet<&String> = s.finding.users.iter().chain(&s.finding.objects).collect();
        for target in targets.into_iter().filter(|t| !COMMON_TARGETS.contains(&t.as_str())) {
            by_target.entry(target).or_default().add(at, s);
        }
    }
    let single = by_source.into_values().filter(|attempts| attempts.of_one_source(limits));
    let many = by_target.into_values().filter(|attempts| attempts.of_many(limits));
    let places: BTreeSet<usize> = single.chain(many).flat_map(|attempts| attempts.places).collect();
    let joined =
        |at| Joined { at, reason: JoinReason::Opened, why: texts::JOINED_SUSTAINED.local() };
    let members: Vec<Joined> = places.into_iter().map(joined).collect();
    (!members.is_empty()).then_some(Group { opened: OpenReason::Sustained, members })
}
