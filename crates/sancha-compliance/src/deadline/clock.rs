use jiff::{civil::Date, tz::TimeZone};
use sancha_model::{EventTime, LocalText, ProvisionRef};

use super::{AppliesTo, Deadline, SendTo, StartsAt, Within};
use crate::{
    catalog::Catalog,
    duty::designated,
    grading::LegalGrade,
    profile::{Designated, OperatorKind, Profile, ProofShelf, ReportKind, System},
    texts,
};

/// What the clocks of a case are set by.
#[derive(Clone, Debug)]
pub struct ClockFacts<'a> {
    pub first_day: Date,
    pub last_day: Date,
    /// A simulation: the law of this day in place of that of those days.
    pub law_day: Option<Date>,
    pub systems: Vec<&'a System>,
    /// When the unit learned of it. Never log time.
    pub aware_at: Option<EventTime>,
    pub handling_ended_at: Option<EventTime>,
}

/// How sure it is that a row of the reporting rules applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCertainty {
    Applies,
    /// A touched system is said to be designated; no readable notice shows it.
    IfDesignationIsShown,
    /// No profile says what kind of operator this is.
    IfOfThisKind,
}

/// One clock of a case: what one body is owed, and by when.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Of the rule; where it names several bodies, with the body behind a dot.
    pub id: String,
    /// Id of the rule: clocks of one rule ask for the same, of another body.
    pub rule: String,
    pub applies: AppliesTo,
    pub label: LocalText,
    pub certainty: RowCertainty,
    pub provision: ProvisionRef,
    pub to: LocalText,
    /// A report to anybody else does not stop the clock.
    pub receiver: SendTo,
    pub within: Within,
    pub starts: StartsAt,
    pub start: Option<EventTime>,
    pub due: Option<EventTime>,
    /// The due time as a sentence, with what is not stated said openly.
    pub due_text: LocalText,
    /// Years without an official holiday calendar that the clock touches. Not empty = provisional.
    pub without_calendar: Vec<i16>,
    /// A loud sentence for `without_calendar`.
    pub provisional: Option<LocalText>,
    /// The grade from which the report is due at all.
    pub grade_at_least: Option<LegalGrade>,
    pub report: Option<ReportKind>,
}

/// The report clocks that the law in force on the days of the facts starts, shortest first.
///
/// Which row runs goes by the systems touched: the row of critical infrastructure only with its
/// designation notice as proof, never by the operator's sector. Where two rows apply both are given.
pub fn clocks(
    facts: &ClockFacts<'_>,
    profile: Option<&Profile>,
    shelf: &ProofShelf,
    catalog: &Catalog,
) -> Vec<Clock> {
    let zone = profile.map_or_else(crate::profile::home_zone, |profile| profile.zone.clone());
    let mut found: Vec<Clock> = catalog
        .deadlines()
        .iter()
        .filter_map(|deadline| {
            let certainty = row(deadline.applies, facts, profile, shelf)?;
            Some(of_rule(deadline, certainty, facts, &zone, catalog))
        })
        .flatten()
        .collect();
    // Of one rule in the order of the law.
    found.sort_by(|a, b| (a.within, &a.rule).cmp(&(b.within, &b.rule)));
    found
}

fn row(
    applies: AppliesTo,
    facts: &ClockFacts<'_>,
    profile: Option<&Profile>,
    shelf: &ProofShelf,
) -> Option<RowCertainty> {
    let operator = profile.and_then(|profile| profile.operator.as_ref());
    let designated = designated(&facts.systems, shelf, facts.last_day);
    let central = operator.map(|operator| operator.kind == OperatorKind::CentralOrgan);
    match applies {
        AppliesTo::Retention => None,
        AppliesTo::Always => Some(RowCertainty::Applies),
        AppliesTo::CriticalInfrastructure => match designated {
            Designated::Shown => Some(RowCertainty::Applies),
            Designated::Declared => Some(RowCertainty::IfDesignationIsShown),
            Designated::No => profile.is_none().then_some(RowCertainty::IfOfThisKind),
        },
        AppliesTo::CentralOrgan => kind_row(central),
        AppliesTo::Otherwise if designated == Designated::Shown => None,
        AppliesTo::Otherwise => kind_row(central.map(|central| !central)),
    }
}

fn kind_row(fits: Option<bool>) -> Option<RowCertainty> {
    match fits {
        Some(true) => Some(RowCertainty::Applies),
        Some(false) => None,
        None => Some(RowCertainty::IfOfThisKind),
    }
}

/// A clock for each body that the rule names: each is owed its own report.
fn of_rule(
    deadline: &Deadline,
    certainty: RowCertainty,
    facts: &ClockFacts<'_>,
    zone: &TimeZone,
    catalog: &Catalog,
) -> Vec<Clock> {
    let names = std::slice::from_ref(&deadline.provision);
    let (first, last) = facts.law_day.map_or((facts.first_day, facts.last_day), |day| (day, day));
    let provision = catalog.provisions_between(names, first, last).pop();
    let Some(provision) = provision else { return Vec::new() };
    let start = match deadline.starts {
        StartsAt::AwareAt => facts.aware_at,
        StartsAt::HandlingEndedAt => facts.handling_ended_at,
        StartsAt::DayOfFacts => None,
    };
    let due = start.and_then(|start| deadline.within.due(start, zone, catalog.workdays()));
    let without_calendar = due.as_ref().map(|due| due.without_calendar.clone()).unwrap_or_default();
    let due = due.map(|due| due.at);
    let one = |receiver: &SendTo| Clock {
        id: match deadline.to.as_slice() {
            [_] => deadline.id.clone(),
            _ => format!("{}.{}", deadline.id, receiver.id()),
        },
        rule: deadline.id.clone(),
        applies: deadline.applies,
        label: deadline.label.clone(),
        certainty,
        provision: provision.clone(),
        to: receiver.label().local(),
        receiver: *receiver,
        within: deadline.within,
        starts: deadline.starts,
        start,
        due,
        due_text: due_text(deadline, due, zone),
        provisional: provisional(deadline.within, &without_calendar),
        without_calendar: without_calendar.clone(),
        grade_at_least: deadline.grade_at_least,
        report: deadline.report,
    };
    deadline.to.iter().map(one).collect()
}

fn due_text(deadline: &Deadline, due: Option<EventTime>, zone: &TimeZone) -> LocalText {
    let within = ("within", deadline.within.text());
    let starts = ("starts", deadline.starts.label().local());
    match due {
        Some(due) => {
            let due = ("due", LocalText::same(due.display_in(zone)));
            texts::DUE_AT.fill(&[within, starts, due])
        }
        None => texts::DUE_NOT_STATED.fill(&[within, starts]),
    }
}

fn provisional(within: Within, years: &[i16]) -> Option<LocalText> {
    let list: Vec<String> = years.iter().map(i16::to_string).collect();
    let years = ("years", LocalText::same(list.join(" ")));
    let text = match within {
        Within::WorkingDays(_) => &texts::PROVISIONAL_WORKING_DAYS,
        Within::Minutes(_) | Within::CalendarDays(_) | Within::CalendarMonths(_) => {
            &texts::PROVISIONAL_CALENDAR
        }
    };
    (!list.is_empty()).then(|| text.fill(&[years]))
}
