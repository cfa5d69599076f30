//! A host's own records that add up: each may be ordinary work, several of an intruder's kind within minutes hardly are.

use std::collections::BTreeSet;

use sancha_model::{Family, Finding, Level, LocalText, Outcome, Scenario};

use super::{Related, TOGETHER, is_brief, is_complaint, is_routine};
use crate::texts;

/// Raises acts of which several came together, by nobody who is known to have logged in.
pub(super) fn add_up(findings: &mut [Finding], related: &Related<'_>) {
    let mut acts: Vec<usize> = related.locals.to_vec();
    acts.retain(|at| findings.get(*at).is_some_and(is_open_act));
    acts.sort_by_key(|at| findings.get(*at).and_then(|act| act.first));
    let groups: Vec<Vec<usize>> = (0..acts.len())
        .filter_map(|place| acts.get(place..).and_then(|rest| group(findings, related, rest)))
        .collect();
    for group in groups {
        let of = |at: &usize| findings.get(*at).map(|act| act.scenario);
        let scenarios: BTreeSet<Scenario> = group.iter().filter_map(of).collect();
        let names: Vec<LocalText> = scenarios.iter().map(|scenario| scenario.name()).collect();
        let acts = LocalText::joined(&names, ("、", ", "));
        for at in group {
            if let Some(act) = findings.get_mut(at)
                && act.outcome == Outcome::NotDeterminable
            {
                act.outcome = Outcome::LikelySucceeded;
                act.outcome_reason = texts::REASON_LOCAL_TOGETHER.fill(&[("acts", acts.clone())]);
            }
        }
    }
}

/// The first of `acts`, in order of time, and those soon after it on the same machine, where they are enough: of two
/// kinds that are an intruder's, one of them of high level at least, and either both of high level or with a third
/// kind beside them.
fn group(findings: &[Finding], related: &Related<'_>, acts: &[usize]) -> Option<Vec<usize>> {
    let (first_at, rest) = acts.split_first()?;
    let first = findings.get(*first_at)?;
    let (begin, until) = (first.first?, first.first?.plus(TOGETHER));
    let near = rest.iter().take_while(|at| {
        findings.get(**at).and_then(|act| act.first).is_some_and(|time| time <= until)
    });
    let mut group = vec![*first_at];
    group.extend(near.filter(|at| related.same_machine(*first_at, **at)));
    // Routine is looked for among all records, so only where there may be enough.
    if !is_enough(findings, &group) {
        return None;
    }
    group.retain(|at| {
        findings.get(*at).is_some_and(|act| !is_routine(findings, related.locals, begin, act))
    });
    is_enough(findings, &group).then_some(group)
}

fn is_enough(findings: &[Finding], group: &[usize]) -> bool {
    let kinds = |wanted: &dyn Fn(&Finding) -> bool| {
        let of = group.iter().filter_map(|at| findings.get(*at)).filter(|act| wanted(act));
        of.map(|act| act.scenario).collect::<BTreeSet<_>>().len()
    };
    let intruders = kinds(&|act| is_intruders(act.scenario));
    let grave = kinds(&|act| is_intruders(act.scenario) && act.level >= Level::High);
    intruders >= 2 && (grave >= 2 || grave == 1 && kinds(&|_| true) >= 3)
}

/// Short, of medium level at least, by nobody who is known to have logged in, and of a kind that tells something.
fn is_open_act(finding: &Finding) -> bool {
    finding.outcome == Outcome::NotDeterminable
        && finding.level >= Level::Medium
        && !finding.by_person
        && !is_complaint(finding.scenario)
        && is_brief(finding)
}

/// An intruder's act, or the wiping of logs, that no person who had logged in is known to have done.
pub(super) fn is_intruders_alone(finding: &Finding) -> bool {
    let scenario = finding.scenario;
    !finding.by_person && (is_intruders(scenario) || scenario == Scenario::CONFIG_LOG)
}

/// What intruders do and the upkeep of a host seldom does. Services are stopped, accounts made and files changed by
/// administrators as well.
fn is_intruders(scenario: Scenario) -> bool {
    matches!(scenario.family(), Family::Exploit | Family::WebAttack)
        || matches!(scenario, Scenario::LEAK_CREDENTIAL | Scenario::CONFIG_PROCESS)
}
