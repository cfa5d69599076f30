//! Entry, path and cause.

use sancha_case::{JoinReason, Member, Phase};
use sancha_model::{Family, Outcome, Param, Scenario, Statement};

use super::IncidentInput;
use crate::{
    texts,
    wording::{addresses, cite, cite_all, objects, sure, time, users_of},
};

/// The path shows so many steps; the timeline has all.
const MOST_STEPS: usize = 20;

/// A finding beyond an attempt, from outside, by which somebody can have come in.
fn ways_in<'a>(input: &IncidentInput<'a>) -> Vec<&'a Member> {
    let way = |member: &&Member| is_way_in(member) && !is_use_of_shell(member, input);
    let mut ways: Vec<&Member> = input.case.happened().filter(way).collect();
    ways.sort_by_key(|member| (member.finding.first.is_none(), member.finding.first));
    ways
}

fn is_way_in(member: &Member) -> bool {
    let phase = matches!(member.phase, Phase::BruteForce | Phase::Exploit | Phase::WebShell);
    phase && !member.finding.src.is_empty() && member.joined != JoinReason::AfterEntry
}

/// Requests that attack nothing but a web shell are orders to it: the weakness was what let it in.
fn is_use_of_shell(member: &Member, input: &IncidentInput<'_>) -> bool {
    let attacked = &member.finding.objects;
    let is_shell = |other: &Member| {
        other.finding.scenario == Scenario::WEB_SHELL
            && attacked.iter().all(|object| other.finding.objects.contains(object))
    };
    // The upload that brought the shell is a way in, and touches the same file.
    let is_other = ![Scenario::WEB_SHELL, Scenario::WEB_UPLOAD].contains(&member.finding.scenario);
    is_other && !attacked.is_empty() && input.case.happened().any(is_shell)
}

pub(super) fn entry(input: &IncidentInput<'_>) -> Vec<Statement> {
    let ways = ways_in(input);
    let mut statements = Vec::new();
    for (place, member) in ways.iter().enumerate() {
        let text = if place == 0 { &texts::ENTRY_FOUND } else { &texts::ENTRY_ALSO };
        let params = vec![
            ("sure", sure(member.outcome)),
            ("time", time(member.finding.first, input.zone)),
            ("scenario", Param::Local(member.finding.scenario.name())),
            ("source", Param::Local(addresses(&member.finding.src))),
        ];
        statements.push(Statement::cited(text, params, cite(member)));
        statements.extend(login(member, input));
        if place == 0 {
            let reason = vec![("reason", Param::Local(member.outcome_reason.clone()))];
            statements.push(Statement::cited(&texts::ENTRY_REASON, reason, cite(member)));
        }
    }
    let bring = vec![texts::BRING_WEB_LOG.local(), texts::BRING_AUTH_LOG.local()];
    if !ways.is_empty() {
        let earlier = vec![texts::BRING_EARLIER_LOG.local()];
        statements.push(Statement::unknown(&texts::ENTRY_EARLIER, Vec::new(), earlier));
    } else if input.case.members.iter().all(|m| m.finding.scenario.family() == Family::Dos) {
        statements.push(Statement::unknown(&texts::ENTRY_OF_FLOOD, Vec::new(), bring));
    } else if input.case.happened().next().is_some() {
        statements.push(Statement::unknown(&texts::ENTRY_NOT_SEEN, Vec::new(), bring));
    } else {
        statements.push(Statement::unknown(&texts::ENTRY_ATTEMPTS_ONLY, Vec::new(), bring));
    }
    statements
}

/// When guessing let somebody in, which may be long after it began.
fn login(member: &Member, input: &IncidentInput<'_>) -> Option<Statement> {
    let at = member.finding.entered_at?;
    let params = vec![("sure", sure(member.outcome)), ("time", time(Some(at), input.zone))];
    Some(Statement::cited(&texts::ENTRY_LOGIN, params, cite(member)))
}

pub(super) fn path(input: &IncidentInput<'_>) -> Vec<Statement> {
    let dated = input.case.members.iter().filter(|member| member.finding.first.is_some());
    let mut steps: Vec<&Member> = dated.collect();
    steps.sort_by_key(|member| (member.finding.first, member.phase, &member.finding.id));
    let mut statements: Vec<Statement> =
        steps.iter().take(MOST_STEPS).map(|member| step(member, input)).collect();
    let more: Vec<&Member> = steps.iter().skip(MOST_STEPS).copied().collect();
    if let Some(citations) = cite_all(&more) {
        let number = |count: u64| Param::Number(i64::try_from(count).unwrap_or(i64::MAX));
        let count = vec![("count", number(more.len() as u64))];
        statements.push(Statement::cited(&texts::PATH_MORE, count, citations.clone()));
        if input.case.left_out > 0 {
            let count = vec![("count", number(input.case.left_out))];
            statements.push(Statement::cited(&texts::PATH_LEFT_OUT, count, citations));
        }
    }
    if statements.is_empty() {
        let bring = vec![texts::BRING_WEB_LOG.local(), texts::BRING_AUTH_LOG.local()];
        statements.push(Statement::unknown(&texts::PATH_UNKNOWN, Vec::new(), bring));
    }
    statements
}

/// A step that was linked by time and asset only says so.
fn step(member: &Member, input: &IncidentInput<'_>) -> Statement {
    let mut params = vec![
        ("time", time(member.finding.first, input.zone)),
        ("phase", Param::Local(member.phase.text().local())),
        ("what", Param::Local(member.finding.summary.clone())),
    ];
    let text = if member.joined == JoinReason::AfterEntry {
        params.push(("why", Param::Local(member.why_joined.clone())));
        &texts::PATH_LINKED
    } else if member.happened() {
        &texts::PATH_STEP
    } else if member.outcome == Outcome::NotDeterminable {
        &texts::PATH_OPEN
    } else {
        &texts::PATH_ATTEMPT
    };
    Statement::cited(text, params, cite(member))
}

/// A direct cause only where a record shows the weakness at work; the root cause never from logs.
pub(super) fn cause(input: &IncidentInput<'_>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = ways_in(input).into_iter().filter_map(direct).collect();
    let text = if statements.is_empty() { &texts::CAUSE_UNKNOWN } else { &texts::CAUSE_ROOT };
    let bring = vec![texts::BRING_VERSIONS.local()];
    statements.push(Statement::unknown(text, Vec::new(), bring));
    statements
}

fn direct(member: &Member) -> Option<Statement> {
    let finding = &member.finding;
    let sure = ("sure", sure(member.outcome));
    let touched = ("objects", Param::Local(objects(&finding.objects)));
    let (text, params) = match member.phase {
        Phase::BruteForce if !finding.users.is_empty() => {
            let users = ("users", Param::Local(users_of(&[member])));
            (&texts::CAUSE_PASSWORD, vec![sure, users])
        }
        Phase::Exploit if finding.scenario == Scenario::WEB_UPLOAD => {
            (&texts::CAUSE_UPLOAD, vec![sure, touched])
        }
        Phase::Exploit if member.outcome >= Outcome::LikelySucceeded => {
            let scenario = ("scenario", Param::Local(finding.scenario.name()));
            (&texts::CAUSE_REQUEST, vec![sure, scenario, touched])
        }
        // A web shell in use shows that it was there, not how it came there.
        _ => return None,
    };
    Some(Statement::cited(text, params, cite(member)))
}
