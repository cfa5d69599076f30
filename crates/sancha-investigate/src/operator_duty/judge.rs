use jiff::civil::Date;
use sancha_compliance::{
    Answer, Contractor, CounterEvidence, Duty, Profile, Proof, Requirement, Scope, System, answer,
};
use sancha_model::{LocalText, Statement, Status, Text};

use super::{DutyInput, Judgement, sentences};
use crate::texts;

/// All lines of a duty, for every system touched: one system without proof keeps it `not_shown`.
pub(super) fn judge(
    duty: &Duty,
    contractor: Option<&Contractor>,
    day: Date,
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    // A contractor answers for the systems it is named for.
    let serves = |system: &&System| {
        contractor.is_none_or(|one| one.systems.is_empty() || one.systems.contains(&system.id))
    };
    let touched: Vec<&System> = input.systems(profile).into_iter().filter(serves).collect();
    let systems: Vec<Option<&System>> =
        if touched.is_empty() { vec![None] } else { touched.into_iter().map(Some).collect() };
    let mut status = Status::Met;
    let mut statements: Vec<Statement> = Vec::new();
    for system in systems {
        let scope = Scope {
            profile,
            shelf: input.shelf,
            day,
            since: input.facts.first_day,
            aware_at: input.facts.aware_at,
            system,
            contractor,
        };
        for line in &duty.requires {
            let (one, said) = judge_line(duty, line, scope, input.report_day());
            status = worse(status, one);
            statements
                .extend(said.into_iter().filter(|s| !statements.contains(s)).collect::<Vec<_>>());
        }
    }
    Judgement { status, statements }
}

pub(super) const fn worse(left: Status, right: Status) -> Status {
    match (left, right) {
        (Status::NotMet, _) | (_, Status::NotMet) => Status::NotMet,
        (Status::NotShown, _) | (_, Status::NotShown) => Status::NotShown,
        _ => Status::Met,
    }
}

/// One line: any alternative that is met answers it.
fn judge_line(
    duty: &Duty,
    line: &[Requirement],
    scope: Scope<'_>,
    report: Date,
) -> (Status, Vec<Statement>) {
    let answers: Vec<Answer<'_>> =
        line.iter().map(|one| answer(*one, &duty.proof, duty.within_months, scope)).collect();
    let name = scope
        .system
        .map_or_else(|| texts::ALL_SYSTEMS.local(), |system| LocalText::same(system.name.as_str()));
    if let Some(met) = answers.iter().find(|answer| answer.is_met()) {
        let shown = |one| sentences::shown(&name, met.requirement, one, scope.day);
        let mut said: Vec<Statement> = met.good.iter().map(shown).collect();
        let tests: Vec<_> = met.good.iter().map(|one| (one.key.clone(), one.proof)).collect();
        said.extend(when_tested(met, &tests, &texts::RESTORED, &name, (scope.day, report)));
        return (Status::Met, said);
    }
    let recorded = duty.counter_evidence == Some(CounterEvidence::RecordedResult);
    if recorded && let Some(against) = answers.iter().find(|answer| answer.is_against()) {
        let records = &against.against;
        let otherwise = |(key, proof): &(String, &Proof)| sentences::against(&name, key, proof);
        let mut said: Vec<Statement> = records.iter().map(otherwise).collect();
        let days = (scope.day, report);
        said.extend(when_tested(against, records, &texts::NOT_RESTORED, &name, days));
        return (Status::NotMet, said);
    }
    let mut said = Vec::new();
    for answer in &answers {
        said.extend(sentences::faults(&name, answer, scope));
    }
    if said.is_empty() {
        said.push(sentences::no_entry(&name, line, scope.day));
    }
    (Status::NotShown, said)
}

/// Of restore tests, when they were: seen from the day that is judged and from the report.
fn when_tested(
    answer: &Answer<'_>,
    tests: &[(String, &Proof)],
    text: &'static Text,
    system: &LocalText,
    days: (Date, Date),
) -> Vec<Statement> {
    match answer.requirement {
        Requirement::RestoreTestPassed => {
            let said = |test| {
                let (_, proof): &(String, &Proof) = test;
                let tested = sentences::tested(text, system, test, days);
                let signed = proof.signed.as_ref().map(|signed| {
                    sentences::signed(signed, &proof.path, sentences::cite_proof(proof))
                });
                [tested].into_iter().chain(signed)
            };
            tests.iter().flat_map(said).collect()
        }
        _ => Vec::new(),
    }
}
