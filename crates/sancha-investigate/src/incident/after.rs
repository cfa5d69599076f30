//! What was done after the entry: actions, accounts, ways back.

use sancha_case::{JoinReason, Member, Phase};
use sancha_model::{Outcome, Param, Scenario, Statement};

use super::IncidentInput;
use crate::{
    texts,
    wording::{addresses, cite, count, objects, sure, users_of},
};

fn touched(member: &Member) -> (&'static str, Param) {
    ("objects", Param::Local(objects(&member.finding.objects)))
}

fn scenario(member: &Member) -> (&'static str, Param) {
    ("scenario", Param::Local(member.finding.scenario.name()))
}

pub(super) fn actions(input: &IncidentInput<'_>) -> Vec<Statement> {
    let acts = |member: &&Member| {
        member.phase >= Phase::Exploit
            && (member.happened() || member.joined == JoinReason::AfterEntry)
    };
    let mut statements: Vec<Statement> =
        input.case.members.iter().filter(acts).map(action).collect();
    if statements.is_empty() {
        let entered = input.case.happened().next().is_some();
        let text = if entered { &texts::ACTION_UNKNOWN } else { &texts::ACTION_NO_ENTRY };
        let bring = vec![texts::BRING_AUDIT.local(), texts::BRING_DATABASE_LOG.local()];
        statements.push(Statement::unknown(text, Vec::new(), bring));
    }
    statements
}

fn action(member: &Member) -> Statement {
    let mut params = vec![scenario(member), ("count", count(member)), touched(member)];
    let text = if member.happened() {
        params.push(("sure", sure(member.outcome)));
        &texts::ACTION
    } else {
        &texts::ACTION_UNCERTAIN
    };
    Statement::cited(text, params, cite(member))
}

pub(super) fn accounts(input: &IncidentInput<'_>) -> Vec<Statement> {
    let named = input.case.members.iter().filter(|member| !member.finding.users.is_empty());
    let mut statements: Vec<Statement> = named.map(account).collect();
    if statements.is_empty() {
        let bring = vec![texts::BRING_AUTH_LOG.local(), texts::BRING_AUDIT.local()];
        statements.push(Statement::unknown(&texts::ACCOUNT_UNKNOWN, Vec::new(), bring));
    }
    statements
}

fn account(member: &Member) -> Statement {
    let mut params = vec![("users", Param::Local(users_of(&[member])))];
    let text = match (member.phase, member.outcome) {
        (Phase::BruteForce, Outcome::LikelySucceeded | Outcome::Confirmed) => {
            params.push(("sure", sure(member.outcome)));
            params.push(("source", Param::Local(addresses(&member.finding.src))));
            &texts::ACCOUNT_GUESSED
        }
        (Phase::BruteForce, _) => &texts::ACCOUNT_TRIED,
        (_, Outcome::LikelySucceeded | Outcome::Confirmed) => {
            params.push(("sure", sure(member.outcome)));
            params.push(scenario(member));
            &texts::ACCOUNT_NAMED
        }
        (_, Outcome::Attempted | Outcome::NotDeterminable) => {
            params.push(scenario(member));
            &texts::ACCOUNT_NAMED_UNCERTAIN
        }
    };
    Statement::cited(text, params, cite(member))
}

/// What may serve to come back; that nothing else is there needs a snapshot of the host.
pub(super) fn persistence(input: &IncidentInput<'_>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = input.case.happened().filter_map(way_back).collect();
    let bring = vec![texts::BRING_SNAPSHOT.local()];
    statements.push(Statement::unknown(&texts::PERSISTENCE_UNKNOWN, Vec::new(), bring));
    statements
}

fn way_back(member: &Member) -> Option<Statement> {
    let finding = &member.finding;
    let (text, params) = match member.phase {
        Phase::Exploit if finding.scenario == Scenario::WEB_UPLOAD => {
            (&texts::PERSISTENCE_FILE, vec![touched(member)])
        }
        // A local record of a web shell names the program it ran, not the file it is.
        Phase::WebShell if !finding.src.is_empty() => {
            (&texts::PERSISTENCE_SHELL, vec![touched(member)])
        }
        Phase::ConfigTamper if finding.scenario == Scenario::CONFIG_LOG => {
            (&texts::PERSISTENCE_WIPED, vec![("sure", sure(member.outcome)), touched(member)])
        }
        Phase::ConfigTamper => {
            let sure = ("sure", sure(member.outcome));
            (&texts::PERSISTENCE_CHANGE, vec![sure, scenario(member), touched(member)])
        }
        Phase::BruteForce if !finding.users.is_empty() => {
            let users = vec![("users", Param::Local(users_of(&[member])))];
            (&texts::PERSISTENCE_ACCOUNT, users)
        }
        _ => return None,
    };
    Some(Statement::cited(text, params, cite(member)))
}
