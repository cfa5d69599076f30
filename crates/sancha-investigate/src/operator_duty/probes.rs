//! Answers that logs and clocks give by themselves.

use jiff::civil::Date;
use sancha_case::Grade;
use sancha_compliance::{
    Clock, ClockFacts, Duty, Profile, ProofCheck, Report, ReportKind, Retained, RowCertainty,
    SendTo, Verdict, WhyNotShown, Within, clocks, goes_to, retention,
};
use sancha_model::{Citation, Citations, EventTime, LocalText, Param, Statement, Status};

use super::{DutyInput, Judgement, Segment, sentences};
use crate::texts;

/// The months that logs have to be kept, from `law/deadlines.yaml`.
fn months(input: &DutyInput<'_>) -> Option<u16> {
    let kept = input.catalog.deadlines().iter().find(|deadline| deadline.id == "logs_kept");
    match kept.map(|deadline| deadline.within) {
        Some(Within::CalendarMonths(months)) => Some(months),
        _ => None,
    }
}

fn retained(segment: &Segment, input: &DutyInput<'_>) -> Vec<Retained> {
    let systems = input.profile.map(|profile| input.systems(profile)).unwrap_or_default();
    let Some(months) = months(input) else { return Vec::new() };
    let (files, day) = (&input.coverage.files, segment.from);
    retention(files, input.profile, input.shelf, &systems, day, months)
}

/// Logs that reach back answer. Where they do not, neither does a declared setting.
pub(super) fn log_retention(
    _duty: &Duty,
    segment: &Segment,
    _profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    logs_alone(segment, input)
}

/// A lake that keeps the logs answers for them; else the logs that were read do. Logs shown to be complete and too
/// short weigh more than a lake that cannot tell.
pub(super) fn logs_alone(segment: &Segment, input: &DutyInput<'_>) -> Judgement {
    let mut read = logs_read(segment, input);
    match super::lake::kept(segment, months(input), input) {
        None => read,
        Some(kept) if kept.status == Status::NotShown && read.status == Status::NotMet => {
            read.statements.extend(kept.statements);
            read
        }
        Some(kept) => kept,
    }
}

fn logs_read(segment: &Segment, input: &DutyInput<'_>) -> Judgement {
    let sources = retained(segment, input);
    if sources.is_empty() {
        let bring = vec![texts::BRING_RETAINED_LOGS.local()];
        let said = Statement::unknown(&texts::LOGS_NONE, Vec::new(), bring);
        return Judgement { status: Status::NotShown, statements: vec![said] };
    }
    let any = |wanted: fn(&Verdict) -> bool| sources.iter().any(|one| wanted(&one.verdict));
    let status = if any(|verdict| matches!(verdict, Verdict::NotMet { .. })) {
        Status::NotMet
    } else if any(|verdict| matches!(verdict, Verdict::NotShown(_))) {
        Status::NotShown
    } else {
        Status::Met
    };
    Judgement { status, statements: sources.iter().map(say).collect() }
}

fn say(one: &Retained) -> Statement {
    let day = |day: Option<Date>| day.map_or_else(|| Param::Same("—".to_owned()), Param::Date);
    let mut params = vec![
        ("source", Param::Same(one.source.clone())),
        ("first", day(one.span.map(|span| span.0))),
        ("last", day(one.span.map(|span| span.1))),
        ("needed", Param::Date(one.needed_from)),
    ];
    let read = one.paths.iter().map(|path| Citation::Coverage { path: path.clone() }).collect();
    let bring = vec![texts::BRING_RETAINED_LOGS.local()];
    let Some(read) = Citations::from_vec(read) else {
        return Statement::unknown(&texts::LOGS_NONE, Vec::new(), bring);
    };
    match &one.verdict {
        Verdict::Met => Statement::cited(&texts::LOGS_MET, params, read),
        Verdict::NotMet { complete_as_of, proof } => {
            params.push(("complete", Param::Date(*complete_as_of)));
            let citations = read.and(sentences::cite_proof(proof));
            Statement::cited(&texts::LOGS_SHORT, params, citations)
        }
        Verdict::NotShown(why) => {
            params.push(("why", Param::Local(why_text(*why))));
            let text = if one.span.is_some() { &texts::LOGS_OPEN } else { &texts::LOGS_UNDATED };
            Statement::cited(text, params, read)
        }
    }
}

fn why_text(why: WhyNotShown) -> LocalText {
    match why {
        WhyNotShown::CompletenessNotDeclared => texts::WHY_NOT_DECLARED.local(),
        WhyNotShown::CompletenessNotProven => texts::WHY_NOT_PROVEN.local(),
        WhyNotShown::CompleteTooEarly => texts::WHY_TOO_EARLY.local(),
        WhyNotShown::InUseTooShort => texts::WHY_IN_USE.local(),
        WhyNotShown::NoRecords => texts::WHY_NO_RECORDS.local(),
        WhyNotShown::Gap { from, until } => texts::WHY_GAP.fill(&[
            ("from", LocalText::same(from.to_string())),
            ("until", LocalText::same(until.to_string())),
        ]),
    }
}

/// A proven receipt against the shortest clock that certainly runs. A late one is counter-evidence only
/// where the grade makes the report due at all.
pub(super) fn report_clock(
    duty: &Duty,
    day: Date,
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    let clocks = running(profile, input);
    let receivers: Vec<SendTo> = clocks.iter().flat_map(|clock| clock.receivers.clone()).collect();
    let owed = |report: &Report| receivers.is_empty() || goes_to(report, &receivers);
    let Some((key, at, proof)) = first_report(duty, day, profile, input, &owed) else {
        let elsewhere = || report_elsewhere(profile, input, &clocks);
        return match report_before_aware(profile, input).or_else(elsewhere) {
            Some(said) => Judgement { status: Status::NotShown, statements: vec![said] },
            None => super::judge::judge(duty, None, day, profile, input),
        };
    };
    let Some(due) = clocks.iter().find_map(|clock| clock.due) else {
        return open(&texts::REPORT_NO_CLOCK, &texts::BRING_AWARE_AT.local());
    };
    let params = vec![
        ("at", Param::Same(at.display_in(&profile.zone))),
        ("due", Param::Same(due.display_in(&profile.zone))),
    ];
    let citations = Citations::one(proof).and(sentences::cite_profile(&key));
    if at <= due {
        let said = Statement::cited(&texts::REPORT_IN_TIME, params, citations);
        return Judgement { status: Status::Met, statements: vec![said] };
    }
    let late = Statement::cited(&texts::REPORT_LATE, params, citations);
    match input.grade {
        Grade::ParticularlySerious | Grade::Serious | Grade::RelativelySerious => {
            Judgement { status: Status::NotMet, statements: vec![late] }
        }
        Grade::General | Grade::Undetermined => {
            let mut judgement = open(&texts::REPORT_GRADE_OPEN, &texts::BRING_GRADE.local());
            judgement.statements.insert(0, late);
            judgement
        }
    }
}

fn open(text: &'static sancha_model::Text, bring: &LocalText) -> Judgement {
    let said = Statement::unknown(text, Vec::new(), vec![bring.clone()]);
    Judgement { status: Status::NotShown, statements: vec![said] }
}

/// A first report cannot be older than what it reports: one of the two times is wrong, and the report proves nothing.
fn report_before_aware(profile: &Profile, input: &DutyInput<'_>) -> Option<Statement> {
    let aware = input.facts.aware_at?;
    let in_case = |at: EventTime| input.facts.first_day <= at.date_in(&profile.zone);
    let is_first = |report: &&Report| report.kind == ReportKind::First;
    let reports = profile.reports.iter().filter(|r| is_first(r) && in_case(r.at) && r.at < aware);
    let report = reports.max_by_key(|report| report.at)?;
    let params = vec![
        ("at", Param::Same(report.at.display_in(&profile.zone))),
        ("aware", Param::Same(aware.display_in(&profile.zone))),
        ("key", Param::Same(format!("reports.{}", report.id))),
    ];
    let bring = vec![texts::BRING_AWARE_AT.local()];
    Some(Statement::unknown(&texts::REPORT_BEFORE_AWARE, params, bring))
}

/// First reports since the unit was aware, whomever they went to.
fn since_aware<'a>(
    profile: &'a Profile,
    input: &DutyInput<'_>,
) -> impl Iterator<Item = &'a Report> {
    let since = input.facts.aware_at.unwrap_or(EventTime::MIN);
    let first_day = input.facts.first_day;
    profile.reports.iter().filter(move |report| {
        report.kind == ReportKind::First
            && since <= report.at
            && first_day <= report.at.date_in(&profile.zone)
    })
}

/// A first report to another body than the one that is owed it: it may have been right to send it, but it stops no
/// clock.
fn report_elsewhere(
    profile: &Profile,
    input: &DutyInput<'_>,
    clocks: &[Clock],
) -> Option<Statement> {
    let report = since_aware(profile, input).next()?;
    let to: Vec<LocalText> = clocks.iter().flat_map(|clock| clock.to.clone()).collect();
    let params = vec![
        ("key", Param::Same(format!("reports.{}", report.id))),
        ("given", Param::Same(report.to.clone())),
        ("to", Param::Local(LocalText::joined(&to, ("、", ", ")))),
    ];
    Some(Statement::unknown(&texts::REPORT_ELSEWHERE, params, vec![texts::BRING_ROW.local()]))
}

/// The earliest first report to whom it is owed that a good proof shows.
fn first_report(
    duty: &Duty,
    day: Date,
    profile: &Profile,
    input: &DutyInput<'_>,
    owed: &dyn Fn(&Report) -> bool,
) -> Option<(String, EventTime, Citation)> {
    let proven = since_aware(profile, input).filter(|report| owed(report)).filter_map(|report| {
        let good = |proof: &&sancha_compliance::Proof| {
            input.shelf.check(proof, &duty.proof, day) == ProofCheck::Good
        };
        let proof = report.proof.iter().find(good)?;
        Some((format!("reports.{}", report.id), report.at, sentences::cite_proof(proof)))
    });
    proven.min_by_key(|(_, at, _)| *at)
}

/// The clocks of first reports that certainly run, shortest first.
fn running(profile: &Profile, input: &DutyInput<'_>) -> Vec<Clock> {
    let aware_day = input.facts.aware_at.map(|aware| aware.date_in(&profile.zone));
    let facts = ClockFacts {
        first_day: input.facts.first_day,
        last_day: aware_day.map_or(input.facts.last_day, |day| day.max(input.facts.last_day)),
        systems: input.systems(profile),
        aware_at: input.facts.aware_at,
        handling_ended_at: None,
    };
    let mut running = clocks(&facts, Some(profile), input.shelf, input.catalog);
    let is_first = |clock: &Clock| clock.report == Some(ReportKind::First);
    running.retain(|clock| clock.certainty == RowCertainty::Applies && is_first(clock));
    running
}
