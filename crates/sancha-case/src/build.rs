use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::{civil::Date, tz::TimeZone};
use sancha_model::{EventTime, LocalText, Outcome};

use crate::{
    Case, CaseId, Member, OpenReason, Stage,
    corroborate::{self, Weight},
    effect,
    group::{Group, Joined},
    seen::Seen,
    texts, timeline,
};

/// Cases in the order of their first record, numbered within its day.
pub(crate) fn cases(
    seen: &[Seen<'_>],
    mut groups: Vec<Group>,
    zone: &TimeZone,
    names: &BTreeMap<String, String>,
) -> Vec<Case> {
    // Places are in order of time already, so the smallest place is the first finding.
    groups.sort_by_key(|group| group.members.iter().map(|member| member.at).min());
    let mut numbers: BTreeMap<Option<Date>, u32> = BTreeMap::new();
    let mut cases = Vec::with_capacity(groups.len());
    for group in groups {
        let mut case = case(seen, group, names);
        let day = case.first.map(|first| first.date_in(zone));
        let number = numbers.entry(day).or_default();
        *number += 1;
        case.id = case_id(day, *number);
        cases.push(case);
    }
    cases
}

fn case_id(day: Option<Date>, number: u32) -> CaseId {
    let day = day.map_or_else(|| "undated".to_owned(), |day| day.strftime("%Y%m%d").to_string());
    CaseId(format!("C-{day}-{number:02}"))
}

fn case(seen: &[Seen<'_>], mut group: Group, names: &BTreeMap<String, String>) -> Case {
    in_order(seen, &mut group.members);
    let places: Vec<&Seen<'_>> = group.members.iter().filter_map(|m| seen.get(m.at)).collect();
    let happened: Vec<&Seen<'_>> = places.iter().filter(|s| s.happened()).copied().collect();
    let telling = if happened.is_empty() { &places } else { &happened };
    let assets: BTreeSet<String> = telling.iter().flat_map(|s| s.assets.clone()).collect();
    let why_opened = why_opened(group.opened, &places);
    let left_out = leave_out(seen, &mut group.members);
    let told: Vec<&Seen<'_>> = group.members.iter().filter_map(|m| seen.get(m.at)).collect();
    let weights = corroborate::weigh(&told, &group.members);
    let members: Vec<Member> = told
        .iter()
        .zip(group.members)
        .zip(weights)
        .map(|((seen, joined), weight)| member(seen, joined, weight))
        .collect();
    let (outcome, outcome_reason) = corroborate::of_case(&members);
    let assets: Vec<String> = assets.into_iter().collect();
    Case {
        id: CaseId(String::new()),
        title: title(group.opened, &shown(&assets, names), telling),
        opened: group.opened,
        why_opened,
        stage: if outcome == Outcome::Confirmed { Stage::Confirmed } else { Stage::Detected },
        outcome,
        outcome_reason,
        sources: sources(&happened, &places),
        accounts: accounts(telling),
        first: places.iter().filter_map(|s| s.finding.first).min(),
        last: places.iter().filter_map(|s| Some(s.span()?.1)).max(),
        effects: effects(&assets, &told, &members),
        timeline: timeline::timeline(&members),
        asset_names: assets.iter().map(|a| names.get(a).unwrap_or(a).clone()).collect(),
        assets,
        members,
        left_out,
    }
}

/// A case tells of so many attempts at most; a site that the whole internet scans has them by the ten thousand.
const ATTEMPTS_TOLD: usize = 1_000;

/// In kill-chain order, then by time.
fn in_order(seen: &[Seen<'_>], members: &mut [Joined]) {
    members.sort_by_key(|member| (seen.get(member.at).map(|s| s.phase), member.at));
}

/// Leaves out attempts of which there are too many, those that say the least. Their number.
fn leave_out(seen: &[Seen<'_>], members: &mut Vec<Joined>) -> u64 {
    let weight = |member: &Joined| {
        let seen = seen.get(member.at)?;
        let tried = seen.finding.outcome == Outcome::Attempted;
        Some((!seen.happened(), tried, Reverse(seen.finding.level), member.at))
    };
    let happened = members.iter().filter(|m| seen.get(m.at).is_some_and(Seen::happened)).count();
    let before = members.len();
    if before > happened + ATTEMPTS_TOLD {
        members.sort_by_key(weight);
        members.truncate(happened + ATTEMPTS_TOLD);
        in_order(seen, members);
    }
    (before - members.len()) as u64
}

fn member(seen: &Seen<'_>, joined: Joined, weight: Weight) -> Member {
    Member {
        finding: seen.finding.clone(),
        phase: seen.phase,
        outcome: weight.outcome,
        outcome_reason: weight.reason,
        joined: joined.reason,
        why_joined: joined.why,
        assets: seen.assets.iter().cloned().collect(),
        reached: seen.reached.iter().cloned().collect(),
        log_kinds: seen.kinds.iter().copied().collect(),
        supported_by: weight.supported_by,
    }
}

fn sources(happened: &[&Seen<'_>], all: &[&Seen<'_>]) -> Vec<IpAddr> {
    let mut listed = BTreeSet::new();
    let addresses = happened.iter().chain(all).flat_map(|s| s.outside.iter().copied());
    addresses.filter(|address| listed.insert(*address)).collect()
}

fn accounts(telling: &[&Seen<'_>]) -> Vec<String> {
    let names: BTreeSet<&String> = telling.iter().flat_map(|s| s.finding.acting()).collect();
    names.into_iter().cloned().collect()
}

fn effects(assets: &[String], places: &[&Seen<'_>], members: &[Member]) -> Vec<crate::AssetEffect> {
    let named = |asset: &String| {
        let of_asset: Vec<&Member> = places
            .iter()
            .zip(members)
            .filter(|(seen, _)| seen.assets.is_empty() || seen.reached.contains(asset))
            .map(|(_, member)| member)
            .collect();
        effect::effect(Some(asset.clone()), &of_asset)
    };
    if assets.is_empty() {
        vec![effect::effect(None, &members.iter().collect::<Vec<_>>())]
    } else {
        assets.iter().map(named).collect()
    }
}

fn shown(assets: &[String], names: &BTreeMap<String, String>) -> Vec<LocalText> {
    assets.iter().map(|asset| LocalText::same(names.get(asset).unwrap_or(asset))).collect()
}

/// Asset and the first three scenarios in kill-chain order.
fn title(opened: OpenReason, assets: &[LocalText], telling: &[&Seen<'_>]) -> LocalText {
    let mut names: Vec<LocalText> = Vec::new();
    for name in telling.iter().map(|seen| seen.finding.scenario.name()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len() > 3;
    names.truncate(3);
    let mut what = list(&names);
    if more {
        what = texts::TITLE_AND_MORE.fill(&[("what", what)]);
    }
    let asset = match assets {
        [] => texts::TITLE_ASSET_UNNAMED.local(),
        assets => list(assets),
    };
    let text =
        if opened == OpenReason::Sustained { &texts::TITLE_SUSTAINED } else { &texts::TITLE };
    text.fill(&[("asset", asset), ("what", what)])
}

pub(crate) fn list(parts: &[LocalText]) -> LocalText {
    LocalText::joined(parts, (texts::LIST_SEPARATOR.zh, texts::LIST_SEPARATOR.en))
}

fn why_opened(opened: OpenReason, places: &[&Seen<'_>]) -> LocalText {
    match opened {
        OpenReason::Asked => texts::OPENED_ASKED.local(),
        OpenReason::Sustained => why_sustained(places),
        OpenReason::LikelySucceeded => {
            let first = places.iter().filter(|s| s.happened()).min_by_key(|s| s.span());
            first.map_or_else(LocalText::default, |seen| {
                texts::OPENED_LIKELY.fill(&[
                    ("scenario", seen.finding.scenario.name()),
                    ("reason", seen.finding.outcome_reason.clone()),
                ])
            })
        }
    }
}

fn why_sustained(places: &[&Seen<'_>]) -> LocalText {
    let addresses: BTreeSet<&IpAddr> = places.iter().flat_map(|s| &s.outside).collect();
    let count = places.iter().map(|s| s.finding.count).fold(0, u64::saturating_add);
    let first = places.iter().filter_map(|s| s.finding.first).min();
    let last = places.iter().filter_map(|s| Some(s.span()?.1)).max();
    let nanos = first.zip(last).map_or(0, |(first, last)| last.since(first));
    texts::OPENED_SUSTAINED.fill(&[
        ("addresses", LocalText::same(addresses.len().to_string())),
        ("count", LocalText::same(count.to_string())),
        ("duration", duration(nanos)),
    ])
}

fn duration(nanos: i64) -> LocalText {
    let (text, count) = if nanos >= 2 * EventTime::HOUR {
        (&texts::DURATION_HOURS, nanos / EventTime::HOUR)
    } else {
        (&texts::DURATION_MINUTES, nanos / EventTime::MINUTE)
    };
    text.fill(&[("count", LocalText::same(count.to_string()))])
}
