use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::tz::TimeZone;
use sancha_model::{EventTime, LocalText, Scenario};

use crate::{JoinReason, OpenReason, Phase, seen::Seen, texts};

/// One source address on one asset is one case while no more than this lies between two findings.
/// A week: a scan on Monday and the entry on the week-end belong together, and an address is seldom
/// given to somebody else sooner.
pub const SOURCE_DAYS: i64 = 7;
/// A finding without a source joins within this time after the last linked event beyond an attempt.
/// Three days: long enough for a week-end, short enough that next week's maintenance stays out.
pub const LOCAL_HOURS: i64 = 72;
/// A web server writes its line when the request ends, the kernel and the database while it runs: a
/// local record may carry an earlier time than the request that caused it.
const REQUEST_TOLERANCE: i64 = 2 * EventTime::MINUTE;
/// A finding of more addresses than this does not join a case because one of them is the case's.
const MOST_SHARED_SOURCES: usize = 16;

pub(crate) struct Joined {
    /// Place in the list of findings.
    pub(crate) at: usize,
    pub(crate) reason: JoinReason,
    pub(crate) why: LocalText,
}

/// The members of a case to be.
pub(crate) struct Group {
    pub(crate) opened: OpenReason,
    pub(crate) members: Vec<Joined>,
}

/// Cases from findings beyond an attempt, with what joins them.
pub(crate) fn beyond_attempts(seen: &[Seen<'_>], zone: &TimeZone) -> Vec<Group> {
    let from_outside = (0..seen.len())
        .filter(|at| seen.get(*at).is_some_and(|s| s.happened() && !s.local()))
        .collect();
    let mut groups = linked(seen, &from_outside, OpenReason::LikelySucceeded);
    join_local(seen, &mut groups, zone);
    join_attempts(seen, &mut groups);
    groups
}

/// `--case all`: what is left, by source and asset; without a source by scenario and asset.
pub(crate) fn asked(seen: &[Seen<'_>], left: &BTreeSet<usize>) -> Vec<Group> {
    let is_local = |at: &usize| seen.get(*at).is_some_and(Seen::local);
    let (local, outside): (BTreeSet<usize>, BTreeSet<usize>) =
        left.iter().copied().partition(is_local);
    let mut groups = linked(seen, &outside, OpenReason::Asked);
    let mut by_kind: BTreeMap<(Scenario, &BTreeSet<String>), Vec<usize>> = BTreeMap::new();
    for at in local {
        if let Some(s) = seen.get(at) {
            by_kind.entry((s.finding.scenario, &s.assets)).or_default().push(at);
        }
    }
    groups.extend(by_kind.into_values().map(|places| group(seen, places, OpenReason::Asked)));
    groups
}

/// Puts together what [`same_case`] holds for, directly or over others.
fn linked(seen: &[Seen<'_>], places: &BTreeSet<usize>, opened: OpenReason) -> Vec<Group> {
    // Only findings that share an address or an object can be linked, so only those are compared.
    let mut by_source: BTreeMap<IpAddr, Vec<usize>> = BTreeMap::new();
    let mut by_object: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, s) in places.iter().filter_map(|at| Some((*at, seen.get(*at)?))) {
        for source in &s.outside {
            by_source.entry(*source).or_default().push(at);
        }
        if is_script(s) {
            for object in &s.finding.objects {
                by_object.entry(object).or_default().push(at);
            }
        }
    }
    let mut root: BTreeMap<usize, usize> = places.iter().map(|at| (*at, *at)).collect();
    for bucket in by_source.values().chain(by_object.values()) {
        for (place, a) in bucket.iter().enumerate() {
            for b in bucket.iter().skip(place + 1) {
                if let (Some(one), Some(other)) = (seen.get(*a), seen.get(*b))
                    && same_case(one, other)
                {
                    unite(&mut root, *a, *b);
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in places {
        groups.entry(find(&root, *at)).or_default().push(*at);
    }
    groups.into_values().map(|places| group(seen, places, opened)).collect()
}

fn find(root: &BTreeMap<usize, usize>, mut at: usize) -> usize {
    while let Some(above) = root.get(&at).copied().filter(|above| *above != at) {
        at = above;
    }
    at
}

/// The smaller place stays the root, so that groups come out in the order of their first finding.
fn unite(root: &mut BTreeMap<usize, usize>, a: usize, b: usize) {
    let (a, b) = (find(root, a), find(root, b));
    root.insert(a.max(b), a.min(b));
}

/// Whether a finding is about a script put on the server.
fn is_script(seen: &Seen<'_>) -> bool {
    seen.happened() && matches!(seen.finding.scenario, Scenario::WEB_UPLOAD | Scenario::WEB_SHELL)
}

fn same_case(a: &Seen<'_>, b: &Seen<'_>) -> bool {
    if a.other_asset(b) || a.gap(b).is_some_and(|gap| gap > SOURCE_DAYS * EventTime::DAY) {
        return false;
    }
    a.shared_source(b).is_some() || (is_script(a) && is_script(b) && a.shared_object(b).is_some())
}

/// Says of each place why it is here: by a source or object of the others, or by itself.
fn group(seen: &[Seen<'_>], places: Vec<usize>, opened: OpenReason) -> Group {
    let mut members: Vec<Joined> = Vec::with_capacity(places.len());
    for at in places {
        let earlier = members.iter().filter_map(|member| seen.get(member.at));
        let (reason, why) = match seen.get(at) {
            Some(this) => why_linked(this, earlier),
            None => continue,
        };
        members.push(Joined { at, reason, why });
    }
    Group { opened, members }
}

fn why_linked<'a>(
    this: &Seen<'_>,
    earlier: impl Iterator<Item = &'a Seen<'a>>,
) -> (JoinReason, LocalText) {
    let mut object = None;
    for other in earlier {
        if let Some(source) = this.shared_source(other) {
            return (JoinReason::SameSource, same_source(source));
        }
        object = object.or_else(|| this.shared_object(other).map(LocalText::same));
    }
    match object {
        Some(object) => {
            (JoinReason::SameObject, texts::JOINED_SAME_OBJECT.fill(&[("object", object)]))
        }
        None => (JoinReason::Opened, texts::JOINED_OPENED.local()),
    }
}

fn same_source(source: IpAddr) -> LocalText {
    texts::JOINED_SAME_SOURCE.fill(&[
        ("source", LocalText::same(source.to_string())),
        ("days", LocalText::same(SOURCE_DAYS.to_string())),
    ])
}

/// Local findings beyond an attempt, in order of time; one opens a case where there is none to join. Of several cases
/// at the same time it joins that of its own account, then one that was entered as it was done: by a login where a
/// person did it, by a request where a service did.
/// What is no more than ordinary work at the same time stays out.
fn join_local(seen: &[Seen<'_>], groups: &mut Vec<Group>, zone: &TimeZone) {
    for (at, local) in seen.iter().enumerate().filter(|(_, s)| s.local() && s.happened()) {
        let nearest = groups
            .iter()
            .enumerate()
            .filter_map(|(group, g)| {
                let nearest = nearest_before(seen, g, local)?;
                Some(((likeness(seen, g, local), nearest), group))
            })
            .min();
        if let Some(((_, (_, event)), group)) = nearest {
            if let (Some(event), Some(group)) = (seen.get(event), groups.get_mut(group)) {
                let why = why_after_entry(event, local, zone);
                group.members.push(Joined { at, reason: JoinReason::AfterEntry, why });
            }
        } else {
            let (reason, why) = (JoinReason::Opened, texts::JOINED_OPENED.local());
            let members = vec![Joined { at, reason, why }];
            groups.push(Group { opened: OpenReason::LikelySucceeded, members });
        }
    }
}

/// 0 where an event of the group was of the account that `local` is of, 1 where it was a login and a person did `local`,
/// or neither; else 2.
fn likeness(seen: &[Seen<'_>], group: &Group, local: &Seen<'_>) -> u8 {
    let events = || group.members.iter().filter_map(|m| seen.get(m.at)).filter(|s| s.happened());
    let is_theirs = |event: &Seen<'_>| {
        let acting = event.finding.acting();
        local.finding.users.iter().any(|user| acting.iter().any(|a| a.eq_ignore_ascii_case(user)))
    };
    let is_login = |event: &Seen<'_>| event.phase == Phase::BruteForce;
    if events().any(is_theirs) {
        0
    } else if events().any(is_login) == local.finding.by_person {
        1
    } else {
        2
    }
}

/// Time since the group's nearest event beyond an attempt before `local`, and the place of the event.
fn nearest_before(seen: &[Seen<'_>], group: &Group, local: &Seen<'_>) -> Option<(i64, usize)> {
    let (begin, _) = local.span()?;
    let since = |member: &Joined| {
        let event = seen.get(member.at)?;
        let (first, last) = event.span()?;
        let after = begin.plus(REQUEST_TOLERANCE) >= first;
        let gap = begin.since(last).max(0);
        let near = after && gap <= LOCAL_HOURS * EventTime::HOUR;
        (near && event.happened() && !event.other_asset(local)).then_some((gap, member.at))
    };
    group.members.iter().filter_map(since).min()
}

fn why_after_entry(event: &Seen<'_>, local: &Seen<'_>, zone: &TimeZone) -> LocalText {
    let text = if event.assets.is_empty() || local.assets.is_empty() {
        &texts::JOINED_AFTER_ENTRY_UNNAMED
    } else {
        &texts::JOINED_AFTER_ENTRY
    };
    let time = event.finding.first.map_or_else(String::new, |first| first.display_in(zone));
    text.fill(&[
        ("scenario", event.finding.scenario.name()),
        ("time", LocalText::same(time)),
        ("hours", LocalText::same(LOCAL_HOURS.to_string())),
    ])
}

/// Attempts by the source of a case, such as the scan before the entry.
fn join_attempts(seen: &[Seen<'_>], groups: &mut [Group]) {
    let mut of_source: BTreeMap<IpAddr, Vec<(usize, usize)>> = BTreeMap::new();
    for (group, g) in groups.iter().enumerate() {
        for member in &g.members {
            for source in seen.get(member.at).into_iter().flat_map(|s| &s.outside) {
                of_source.entry(*source).or_default().push((group, member.at));
            }
        }
    }
    let attempts = seen.iter().enumerate().filter(|(_, s)| !s.happened() && !s.local());
    for (at, attempt) in attempts.filter(|(_, s)| s.outside.len() <= MOST_SHARED_SOURCES) {
        let near = |source: &IpAddr| {
            let events = of_source.get(source)?.iter().filter(|(_, event)| {
                seen.get(*event).is_some_and(|event| same_case(event, attempt))
            });
            let gap = |event: usize| seen.get(event).and_then(|e| e.gap(attempt)).unwrap_or(0);
            events.map(|(group, event)| (gap(*event), *group, *source)).min()
        };
        if let Some((_, group, source)) = attempt.outside.iter().filter_map(near).min()
            && let Some(group) = groups.get_mut(group)
        {
            let (reason, why) = (JoinReason::SameSource, same_source(source));
            group.members.push(Joined { at, reason, why });
        }
    }
}
