use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::tz::TimeZone;
use sancha_model::{Finding, LocalText};

use crate::{
    Case, NetworkWarning, Opened, Sources, SustainedLimits, background, build,
    group::{self, Group},
    seen::Seen,
    sustained, texts,
};

/// What the reader asks for.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// `--case all`: whatever is left becomes a case too.
    pub all: bool,
    /// The operator's zone: the day in a case's id and the times in its sentences.
    pub zone: TimeZone,
    pub sustained: SustainedLimits,
}

impl OpenOptions {
    pub fn in_zone(zone: TimeZone) -> Self {
        Self { all: false, zone, sustained: SustainedLimits::default() }
    }
}

/// Assets that must be hit before the whole network is warned.
const NETWORK_ASSETS: usize = 3;

/// Opens cases. Every finding ends in exactly one case or in the background; the order of the input
/// changes nothing.
///
/// 1. Findings beyond an attempt open cases; those of one source address and asset within
///    [`group::SOURCE_DAYS`] are one case, and so is the use of a script that the case put there.
/// 2. Findings beyond an attempt without a source from outside join the case whose last event beyond an attempt on the
///    same asset is nearest before them, within [`group::LOCAL_HOURS`].
/// 3. Attempts by a case's own source join it.
/// 4. What is left is looked at for a sustained attack on one asset ([`SustainedLimits`]).
/// 5. The rest is background, or with `all` a case.
pub fn open(findings: &[Finding], options: &OpenOptions, sources: &Sources) -> Opened {
    let seen = Seen::all(findings, sources);
    let mut left: BTreeSet<usize> = (0..seen.len()).collect();
    let mut groups = group::beyond_attempts(&seen, &options.zone);
    take(&mut left, &groups);
    groups.extend(sustained::find(&seen, &left, &options.sustained));
    take(&mut left, &groups);
    if options.all {
        groups.extend(group::asked(&seen, &left));
        take(&mut left, &groups);
    }
    let cases = build::cases(&seen, groups, &options.zone, &sources.asset_names);
    let network_warning = network_warning(&seen, &cases);
    let background = background::sum(left.iter().filter_map(|at| Some(seen.get(*at)?.finding)));
    Opened { cases, background, network_warning }
}

fn take(left: &mut BTreeSet<usize>, groups: &[Group]) {
    for member in groups.iter().flat_map(|group| &group.members) {
        left.remove(&member.at);
    }
}

/// Three assets with cases, or a case's source on three assets.
fn network_warning(seen: &[Seen<'_>], cases: &[Case]) -> Option<NetworkWarning> {
    let count = |assets: &BTreeSet<String>| LocalText::same(assets.len().to_string());
    let hit: BTreeSet<String> = cases.iter().flat_map(|case| case.assets.clone()).collect();
    if hit.len() >= NETWORK_ASSETS {
        let text = texts::NETWORK_ASSETS.fill(&[("count", count(&hit))]);
        let sources: BTreeSet<IpAddr> = cases.iter().flat_map(|c| c.sources.clone()).collect();
        let (assets, sources) = (hit.into_iter().collect(), sources.into_iter().collect());
        return Some(NetworkWarning { assets, sources, text });
    }
    let mut by_source: BTreeMap<IpAddr, BTreeSet<String>> = BTreeMap::new();
    for source in cases.iter().flat_map(|case| &case.sources) {
        by_source.entry(*source).or_default();
    }
    for seen in seen {
        for source in &seen.outside {
            if let Some(assets) = by_source.get_mut(source) {
                assets.extend(seen.assets.iter().cloned());
            }
        }
    }
    let (source, assets) = by_source.into_iter().max_by_key(|(_, assets)| assets.len())?;
    (assets.len() >= NETWORK_ASSETS).then(|| NetworkWarning {
        text: texts::NETWORK_SOURCE
            .fill(&[("source", LocalText::same(source.to_string())), ("count", count(&assets))]),
        assets: assets.into_iter().collect(),
        sources: vec![source],
    })
}
