//! Did it succeed? Relates findings of different logs: a second signal raises an outcome.

use std::collections::BTreeSet;

use sancha_model::{EventTime, Finding, Level, LocalText, Outcome, Scenario};

use crate::texts;

/// What a host's own records show counts as a consequence while the intruder is at work, and for this
/// long after the last request: later, ordinary work is the likelier reason.
const CONSEQUENCE: i64 = 30 * EventTime::MINUTE;
/// Two logs support each other when their records lie this close.
const TOGETHER: i64 = 10 * EventTime::MINUTE;

/// Raises outcomes by what other logs show. `source_kind` names the kind of log a path is, such as
/// `web/combined`: two findings from the same kind do not support each other.
pub fn relate(findings: &mut [Finding], source_kind: impl Fn(&str) -> String) {
    let kinds: Vec<BTreeSet<String>> = findings
        .iter()
        .map(|finding| {
            finding.evidence.iter().map(|evidence| source_kind(&evidence.path)).collect()
        })
        .collect();
    share_scripts(findings);
    let entries: Vec<usize> = (0..findings.len())
        .filter(|at| findings.get(*at).is_some_and(|f| f.outcome >= Outcome::LikelySucceeded))
        .collect();
    let begin = entries.iter().filter_map(|at| findings.get(*at)?.first).min();
    for entry in entries {
        for other in 0..findings.len() {
            if let Some(period) = consequence(findings, entry, other, begin) {
                link(findings, entry, other, period, &kinds);
            }
        }
    }
}

/// A script that one source uploaded and another uses: the second use has succeeded as well.
fn share_scripts(findings: &mut [Finding]) {
    let uploads: Vec<(Option<EventTime>, Vec<String>, String)> = findings
        .iter()
        .filter(|f| f.scenario == Scenario::WEB_UPLOAD && f.outcome >= Outcome::LikelySucceeded)
        .map(|f| (f.first, f.objects.clone(), f.src.iter().map(ToString::to_string).collect()))
        .collect();
    for finding in findings.iter_mut() {
        if finding.scenario != Scenario::WEB_SHELL || finding.outcome != Outcome::NotDeterminable {
            continue;
        }
        let brought = uploads.iter().find(|(first, objects, _)| {
            *first <= finding.last && finding.objects.iter().any(|object| objects.contains(object))
        });
        if let Some((_, _, source)) = brought {
            finding.outcome = Outcome::LikelySucceeded;
            finding.level = Level::Critical;
            finding.outcome_reason =
                texts::REASON_SHELL_SHARED.fill(&[("source", LocalText::same(source.as_str()))]);
        }
    }
}

/// The start of the entry when `other` is a local finding that may follow from it.
fn consequence(
    findings: &[Finding],
    entry: usize,
    other: usize,
    begin: Option<EventTime>,
) -> Option<EventTime> {
    let routine = is_routine(findings, begin?, findings.get(other)?);
    let (entry, other) = (findings.get(entry)?, findings.get(other)?);
    let (from, until) = (entry.first?, entry.last?.plus(CONSEQUENCE));
    // The log of a request is written when it ends, that of the host while it runs.
    let within = !routine && other.first? >= from.plus(-EventTime::MINUTE) && other.first? <= until;
    let same_asset = entry.hosts.is_empty()
        || other.hosts.is_empty()
        || entry.hosts.iter().any(|host| other.hosts.contains(host));
    (other.src.is_empty() && within && same_asset).then_some(from)
}

/// Whether the same account did the same before anybody came in: then it is how this host works.
fn is_routine(findings: &[Finding], begin: EventTime, local: &Finding) -> bool {
    findings.iter().any(|other| {
        other.src.is_empty()
            && other.scenario == local.scenario
            && other.users == local.users
            && other.hosts == local.hosts
            && other.objects.iter().any(|object| local.objects.contains(object))
            && other.first.is_some_and(|first| first < begin.plus(-EventTime::MINUTE))
    })
}

fn link(
    findings: &mut [Finding],
    entry: usize,
    other: usize,
    from: EventTime,
    kinds: &[BTreeSet<String>],
) {
    let empty = BTreeSet::new();
    let (mine, theirs) = (kinds.get(entry).unwrap_or(&empty), kinds.get(other).unwrap_or(&empty));
    let independent = !mine.is_empty() && !theirs.is_empty() && mine.is_disjoint(theirs);
    let close = findings.get(entry).zip(findings.get(other)).is_some_and(|(a, b)| touch(a, b));
    if let Some(local) = findings.get_mut(other)
        && local.outcome == Outcome::NotDeterminable
    {
        local.outcome = Outcome::LikelySucceeded;
        local.outcome_reason =
            texts::REASON_LOCAL_LINKED.fill(&[("time", LocalText::same(from.to_string()))]);
    }
    if let Some(shell) = findings.get_mut(entry)
        && shell.scenario == Scenario::WEB_SHELL
        && independent
        && close
    {
        let sources: Vec<&str> = mine.union(theirs).map(String::as_str).collect();
        shell.outcome = Outcome::Confirmed;
        shell.outcome_reason =
            texts::REASON_TWO_SOURCES.fill(&[("sources", LocalText::same(sources.join(" + ")))]);
    }
}

fn touch(a: &Finding, b: &Finding) -> bool {
    let (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) =
        (a.first, a.last, b.first, b.last)
    else {
        return false;
    };
    b_first <= a_last.plus(TOGETHER) && b_last >= a_first.plus(-TOGETHER)
}
