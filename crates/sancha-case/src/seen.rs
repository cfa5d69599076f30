use std::{collections::BTreeSet, net::IpAddr};

use sancha_model::{EventTime, Finding, Outcome};

use crate::{LogKind, Phase, Sources};

/// A finding with what grouping asks of it.
pub(crate) struct Seen<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) phase: Phase,
    pub(crate) assets: BTreeSet<String>,
    /// Of these, those on which it went beyond an attempt, where it did.
    pub(crate) reached: BTreeSet<String>,
    /// The assets and those on the same machines.
    machines: BTreeSet<String>,
    pub(crate) kinds: BTreeSet<LogKind>,
    /// Source addresses other than the asset itself; empty means the finding is local.
    pub(crate) outside: Vec<IpAddr>,
}

impl<'a> Seen<'a> {
    /// By first record, then id, so that the order never follows that of the input.
    pub(crate) fn all(findings: &'a [Finding], sources: &Sources) -> Vec<Self> {
        let assets = sources.assets(findings);
        let mut seen: Vec<Self> = findings
            .iter()
            .zip(assets)
            .map(|(finding, assets)| Self {
                finding,
                phase: Phase::of(finding.scenario),
                machines: machines(&assets, sources),
                reached: sources.reached(finding, &assets),
                assets,
                kinds: sources.kinds(finding),
                outside: sources.outside(finding),
            })
            .collect();
        seen.sort_by_key(|seen| (seen.finding.first.unwrap_or(EventTime::MAX), &seen.finding.id));
        seen
    }

    pub(crate) fn happened(&self) -> bool {
        self.finding.outcome >= Outcome::LikelySucceeded
    }

    pub(crate) fn local(&self) -> bool {
        self.outside.is_empty()
    }

    pub(crate) fn span(&self) -> Option<(EventTime, EventTime)> {
        let first = self.finding.first?;
        Some((first, self.finding.last.unwrap_or(first).max(first)))
    }

    /// Both name an asset and share neither one nor a machine: then they are of different assets.
    pub(crate) fn other_asset(&self, other: &Self) -> bool {
        !self.assets.is_empty()
            && !other.assets.is_empty()
            && self.machines.is_disjoint(&other.assets)
    }

    pub(crate) fn shared_source(&self, other: &Self) -> Option<IpAddr> {
        self.outside.iter().find(|ip| other.outside.contains(ip)).copied()
    }

    pub(crate) fn shared_object(&self, other: &Self) -> Option<&str> {
        let object = self.finding.objects.iter().find(|o| other.finding.objects.contains(o));
        object.map(String::as_str)
    }

    /// Nanoseconds between the two spans, 0 where they overlap. `None` where a time is unknown.
    pub(crate) fn gap(&self, other: &Self) -> Option<i64> {
        let (first, last) = self.span()?;
        let (other_first, other_last) = other.span()?;
        Some(other_first.since(last).max(first.since(other_last)).max(0))
    }
}

fn machines(assets: &BTreeSet<String>, sources: &Sources) -> BTreeSet<String> {
    let beside = assets.iter().filter_map(|asset| sources.beside.get(asset)).flatten();
    assets.iter().chain(beside).cloned().collect()
}
