//! Answers that logs give by themselves.

use jiff::civil::Date;
use sancha_compliance::{Retained, Verdict, WhyNotShown, Within, retention};
use sancha_model::{Citation, Citations, LocalText, Param, Statement, Status};

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
