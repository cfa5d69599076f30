use std::{cmp::Reverse, collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, EvidenceRef, Finding, Level, LocalText, Scenario};
use serde::Serialize;

/// What no case has, summed per scenario: no clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Background {
    pub scenario: Scenario,
    pub findings: u64,
    /// Distinct source addresses.
    pub addresses: u64,
    pub attempts: u64,
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
    /// The five addresses with the most attempts, most first; equal ones by address. Attempts of a
    /// finding with several addresses count for its first address only, since they cannot be shared out.
    pub top: Vec<(IpAddr, u64)>,
    /// A host's own records, without a source: it happened, and no link to an intrusion is seen. The others are
    /// attempts without a sign of success.
    pub is_local: bool,
    /// Of a host's own records, the gravest findings, in order of time; empty for attempts.
    pub shown: Vec<BackgroundFinding>,
}

/// A finding of the background by which a reader can look for what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackgroundFinding {
    pub first: Option<EventTime>,
    pub level: Level,
    pub hosts: Vec<String>,
    pub users: Vec<String>,
    pub summary: LocalText,
    /// Its first record.
    pub record: Option<EvidenceRef>,
}

/// So many findings of a kind are shown.
const SHOWN: usize = 10;

/// Attempts, then a host's own records, each in the order of the scenarios' list.
pub(crate) fn sum<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Background> {
    let mut by_kind: BTreeMap<(bool, Scenario), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_kind.entry((finding.src.is_empty(), finding.scenario)).or_default().push(finding);
    }
    by_kind.into_iter().map(|(kind, findings)| line(kind, &findings)).collect()
}

fn line((is_local, scenario): (bool, Scenario), findings: &[&Finding]) -> Background {
    let mut by_address: BTreeMap<IpAddr, u64> = BTreeMap::new();
    for finding in findings {
        for (place, address) in finding.src.iter().enumerate() {
            *by_address.entry(*address).or_default() += if place == 0 { finding.count } else { 0 };
        }
    }
    let addresses = by_address.len() as u64;
    let mut top: Vec<(IpAddr, u64)> = by_address.into_iter().collect();
    top.sort_by_key(|(address, attempts)| (Reverse(*attempts), *address));
    top.truncate(5);
    Background {
        scenario,
        findings: findings.len() as u64,
        addresses,
        attempts: findings.iter().map(|f| f.count).fold(0, u64::saturating_add),
        first: findings.iter().filter_map(|f| f.first).min(),
        last: findings.iter().filter_map(|f| f.last).max(),
        top,
        is_local,
        shown: if is_local { shown(findings) } else { Vec::new() },
    }
}

fn shown(findings: &[&Finding]) -> Vec<BackgroundFinding> {
    let mut gravest = findings.to_vec();
    gravest.sort_by_key(|f| (Reverse(f.level), f.first.unwrap_or(EventTime::MAX), &f.id));
    gravest.truncate(SHOWN);
    gravest.sort_by_key(|f| (f.first.unwrap_or(EventTime::MAX), &f.id));
    let shown = |finding: &&Finding| BackgroundFinding {
        first: finding.first,
        level: finding.level,
        hosts: finding.hosts.clone(),
        users: finding.users.clone(),
        summary: finding.summary.clone(),
        record: match &finding.telling {
            Some(telling) => Some(telling.first.clone()),
            None => finding.evidence.first().cloned(),
        },
    };
    gravest.iter().map(shown).collect()
}
