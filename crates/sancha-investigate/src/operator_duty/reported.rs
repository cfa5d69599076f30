//! First reports against the clocks that run: each body that is owed one has to have its own.

use jiff::civil::Date;
use sancha_case::Grade;
use sancha_compliance::{
    Clock, Duty, Fault, Made, NotCounted, Profile, Proof, ReportKind, RowCertainty, SendTo,
    StartsAt, Window, clocks, made,
};
use sancha_model::{Citations, LocalText, Param, Statement, Status, Text};

use super::{
    DutyInput, Judgement,
    judge::{judge, worse},
    sentences,
};
use crate::{CaseFacts, by_law::clock_facts, texts};

/// Whether each report came by its due time. A late one is counter-evidence only where the grade makes the report
/// due at all.
pub(super) fn in_time(profile: &Profile, input: &DutyInput<'_>) -> Judgement {
    let clocks = running(profile, input);
    if clocks.is_empty() {
        return open(&texts::REPORT_NO_CLOCK, texts::BRING_AWARE_AT.local());
    }
    let owed: Vec<SendTo> = clocks.iter().map(|clock| clock.receiver).collect();
    let mut all = Judgement { status: Status::Met, statements: Vec::new() };
    for clock in &clocks {
        let one = in_time_to(clock, &owed, profile, input);
        all.status = worse(all.status, one.status);
        let new = one.statements.into_iter().filter(|said| !all.statements.contains(said));
        let new: Vec<Statement> = new.collect();
        all.statements.extend(new);
    }
    all
}

fn in_time_to(
    clock: &Clock,
    owed: &[SendTo],
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    let (report, proof) = match made(clock, owed, window(input.facts), profile, input.shelf) {
        Made::Shown { report, proof } => (report, proof),
        other => return not_shown(&other, clock, profile, input.facts),
    };
    let Some(due) = clock.due else {
        return open(&texts::REPORT_NO_CLOCK, texts::BRING_AWARE_AT.local());
    };
    let params = vec![
        ("to", Param::Local(clock.to.clone())),
        ("at", Param::Same(report.at.display_in(&profile.zone))),
        ("due", Param::Same(due.display_in(&profile.zone))),
    ];
    let key = format!("reports.{}", report.id);
    let citations = Citations::one(sentences::cite_proof(proof)).and(sentences::cite_profile(&key));
    if report.at <= due {
        let said = Statement::cited(&texts::REPORT_IN_TIME, params, citations);
        return Judgement { status: Status::Met, statements: vec![said] };
    }
    let late = Statement::cited(&texts::REPORT_LATE, params, citations);
    match input.grade {
        Grade::ParticularlySerious | Grade::Serious | Grade::RelativelySerious => {
            Judgement { status: Status::NotMet, statements: vec![late] }
        }
        Grade::General | Grade::Undetermined => {
            let mut judgement = open(&texts::REPORT_GRADE_OPEN, texts::BRING_GRADE.local());
            judgement.statements.insert(0, late);
            judgement
        }
    }
}

/// Whether each body was told at all. Where no clock runs, any first report answers.
pub(super) fn at_all(
    duty: &Duty,
    day: Date,
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    let clocks = running(profile, input);
    if clocks.is_empty() {
        return judge(duty, None, day, profile, input);
    }
    let owed: Vec<SendTo> = clocks.iter().map(|clock| clock.receiver).collect();
    let mut all = Judgement { status: Status::Met, statements: Vec::new() };
    for clock in &clocks {
        let one = match made(clock, &owed, window(input.facts), profile, input.shelf) {
            Made::Shown { report, proof } => {
                let key = format!("reports.{}", report.id);
                let params = vec![
                    ("to", Param::Local(clock.to.clone())),
                    ("at", Param::Same(report.at.display_in(&profile.zone))),
                    ("key", Param::Same(key.clone())),
                ];
                let citations =
                    Citations::one(sentences::cite_proof(proof)).and(sentences::cite_profile(&key));
                let said = Statement::cited(&texts::REPORT_MADE, params, citations);
                Judgement { status: Status::Met, statements: vec![said] }
            }
            other => not_shown(&other, clock, profile, input.facts),
        };
        all.status = worse(all.status, one.status);
        all.statements.extend(one.statements);
    }
    all
}

fn open(text: &'static Text, bring: LocalText) -> Judgement {
    let said = Statement::unknown(text, Vec::new(), vec![bring]);
    Judgement { status: Status::NotShown, statements: vec![said] }
}

fn not_shown(made: &Made<'_>, clock: &Clock, profile: &Profile, facts: &CaseFacts) -> Judgement {
    let said = not_counted(made, clock, profile, facts).unwrap_or_else(|| {
        let params = vec![("to", Param::Local(clock.to.clone()))];
        Statement::unknown(
            &texts::NO_REPORT_TO,
            params,
            vec![wanted(&texts::BRING_REPORT_TO, clock)],
        )
    });
    Judgement { status: Status::NotShown, statements: vec![said] }
}

/// A text about the report that a clock asks for.
fn wanted(text: &Text, clock: &Clock) -> LocalText {
    text.fill(&[("to", clock.to.clone()), ("report", name(clock))])
}

fn name(clock: &Clock) -> LocalText {
    clock.report.map(|kind| kind.label().local()).unwrap_or_default()
}

/// Why a report that is recorded does not count; `None` where none is recorded.
pub(crate) fn not_counted(
    made: &Made<'_>,
    clock: &Clock,
    profile: &Profile,
    facts: &CaseFacts,
) -> Option<Statement> {
    let Made::NotCounted { report, why } = made else { return None };
    let key = format!("reports.{}", report.id);
    let mut params = vec![
        ("key", Param::Same(key.clone())),
        ("report", Param::Local(name(clock))),
        ("at", Param::Same(report.at.display_in(&profile.zone))),
        ("to", Param::Local(clock.to.clone())),
    ];
    let time = |at: sancha_model::EventTime| Param::Same(at.display_in(&profile.zone));
    let (text, bring): (&'static Text, LocalText) = match why {
        NotCounted::Proof(fault, proof) => {
            return Some(unproven(&key, *fault, *proof, clock, profile, facts));
        }
        NotCounted::Ahead => {
            params.push(("now", time(facts.at)));
            (&texts::REPORT_AHEAD, wanted(&texts::BRING_REPORT_TO, clock))
        }
        NotCounted::BeforeStart(end) if clock.starts == StartsAt::HandlingEndedAt => {
            params.push(("end", time(*end)));
            (&texts::REPORT_BEFORE_END, texts::BRING_END.local())
        }
        NotCounted::BeforeStart(aware) => {
            params.push(("aware", time(*aware)));
            (&texts::REPORT_BEFORE_AWARE, texts::BRING_AWARE_AT.local())
        }
        NotCounted::BeforeFacts(day) => {
            params.push(("day", Param::Date(*day)));
            (&texts::REPORT_BEFORE_FACTS, wanted(&texts::BRING_REPORT_TO, clock))
        }
        NotCounted::Elsewhere => {
            params.push(("given", Param::Same(report.to.clone())));
            (&texts::REPORT_ELSEWHERE, texts::BRING_ROW.local())
        }
    };
    Some(Statement::unknown(text, params, vec![bring]))
}

fn unproven(
    key: &str,
    fault: Fault,
    proof: Option<&Proof>,
    clock: &Clock,
    profile: &Profile,
    facts: &CaseFacts,
) -> Statement {
    let what = wanted(&texts::RECEIPT_OF, clock);
    let day = facts.at.date_in(&profile.zone);
    sentences::fault(&texts::ALL_SYSTEMS.local(), what, (key, fault, proof), day, profile)
}

pub(crate) fn window(facts: &CaseFacts) -> Window {
    Window { first_day: facts.first_day, at: facts.at }
}

/// The clocks of first reports that certainly run, shortest first.
fn running(profile: &Profile, input: &DutyInput<'_>) -> Vec<Clock> {
    let facts = clock_facts(input.facts, Some(profile), &profile.zone);
    let mut running = clocks(&facts, Some(profile), input.shelf, input.catalog);
    let is_first = |clock: &Clock| clock.report == Some(ReportKind::First);
    running.retain(|clock| clock.certainty == RowCertainty::Applies && is_first(clock));
    running
}
