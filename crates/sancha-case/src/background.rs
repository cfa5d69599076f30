use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, Finding, Scenario};
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
}

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
    top.sort_by_key(|(address, attempts)| (std::cmp::Reverse(*attempts), *address));
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
    }
}
