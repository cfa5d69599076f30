//! What an interface for programs did as it was asked, by its own record: that it was done is known, and whether an
//! intruder asked is told by what else came from there.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use sancha_model::{Family, Finding, Level, LocalText, Outcome, Scenario};

use super::AROUND;
use crate::texts;

/// Raises deeds beside which the same source attacked something, or beside which it had others of an intruder's kind
/// done.
pub(super) fn add_up(findings: &mut [Finding]) {
    let mut by_source: BTreeMap<IpAddr, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let (is_deed, is_attack) = (is_deed(finding), is_attack(finding));
        for source in finding.src.iter().filter(|_| is_deed || is_attack) {
            let (deeds, attacks) = by_source.entry(*source).or_default();
            if is_deed { deeds.push(at) } else { attacks.push(at) }
        }
    }
    for (deeds, attacks) in by_source.values().filter(|(deeds, _)| !deeds.is_empty()) {
        let acts: Vec<BTreeSet<Scenario>> =
            deeds.iter().map(|deed| beside(findings, *deed, deeds.iter().chain(attacks))).collect();
        for (deed, acts) in deeds.iter().zip(acts).filter(|(_, acts)| !acts.is_empty()) {
            let names: Vec<LocalText> = acts.iter().map(|scenario| scenario.name()).collect();
            let acts = LocalText::joined(&names, ("、", ", "));
            if let Some(deed) = findings.get_mut(*deed) {
                deed.outcome = Outcome::LikelySucceeded;
                deed.outcome_reason = texts::REASON_API_DONE.fill(&[("acts", acts)]);
            }
        }
    }
}

/// Other kinds of what lies around a deed.
fn beside<'a>(
    findings: &[Finding],
    deed: usize,
    others: impl Iterator<Item = &'a usize>,
) -> BTreeSet<Scenario> {
    let Some(deed) = findings.get(deed) else { return BTreeSet::new() };
    let is_near = |other: &&Finding| {
        let spans = deed.first.zip(deed.last).zip(other.first.zip(other.last));
        spans.is_some_and(|((first, last), (other_first, other_last))| {
            other_first <= last.plus(AROUND) && other_last >= first.plus(-AROUND)
        })
    };
    let others = others.filter_map(|at| findings.get(*at)).filter(is_near);
    others.map(|other| other.scenario).filter(|scenario| *scenario != deed.scenario).collect()
}

fn is_deed(finding: &Finding) -> bool {
    finding.by_api && finding.level >= Level::High && finding.outcome == Outcome::NotDeterminable
}

fn is_attack(finding: &Finding) -> bool {
    matches!(finding.scenario.family(), Family::WebAttack | Family::Exploit | Family::BruteForce)
        && finding.outcome != Outcome::Attempted
}
