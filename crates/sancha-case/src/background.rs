use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, Finding, Scenario};
use serde::Serialize;

/// Attempts without a sign of success, summed per scenario: no case, no clock.
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
}

/// In the order of the scenarios' list.
pub(crate) fn sum<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Background> {
    let mut by_scenario: BTreeMap<Scenario, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_scenario.entry(finding.scenario).or_default().push(finding);
    }
    by_scenario.into_iter().map(|(scenario, findings)| line(scenario, &findings)).collect()
}

fn line(scenario: Scenario, findings: &[&Finding]) -> Background {
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
    }
}
