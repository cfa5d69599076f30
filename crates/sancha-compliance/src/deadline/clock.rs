use jiff::{civil::Date, tz::TimeZone};
use sancha_model::{EventTime, LocalText, ProvisionRef};

use super::{AppliesTo, Deadline, SendTo, StartsAt, Within};
use crate::{
    catalog::Catalog,
    duty::designated,
    grading::LegalGrade,
    profile::{Designated, OperatorKind, Profile, ProofShelf, Report, ReportKind, System},
    texts,
};

/// What the clocks of a case are set by.
#[derive(Clone, Debug)]
pub struct ClockFacts<'a> {
    pub first_day: Date,
    pub last_day: Date,
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

/// One clock of a case.
#[derive(Clone, Debug)]
pub struct Clock {
    pub id: String,
    pub label: LocalText,
    pub certainty: RowCertainty,
    pub provision: ProvisionRef,
    pub to: Vec<LocalText>,
    /// The same by id: a report to anybody else does not stop the clock.
    pub receivers: Vec<SendTo>,
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
    /// Id of the profile's report that stops this clock, when one is recorded.
    pub made: Option<String>,
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
            clock(deadline, certainty, facts, profile, &zone, catalog)
        })
        .collect();
    found.sort_by(|a, b| (a.within, &a.id).cmp(&(b.within, &b.id)));
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

fn clock(
    deadline: &Deadline,
    certainty: RowCertainty,
    facts: &ClockFacts<'_>,
    profile: Option<&Profile>,
    zone: &TimeZone,
    catalog: &Catalog,
) -> Option<Clock> {
    let names = std::slice::from_ref(&deadline.provision);
    let provision = catalog.provisions_between(names, facts.first_day, facts.last_day).pop()?;
    let start = match deadline.starts {
        StartsAt::AwareAt => facts.aware_at,
        StartsAt::HandlingEndedAt => facts.handling_ended_at,
        StartsAt::DayOfFacts => None,
    };
    let due = start.and_then(|start| deadline.within.due(start, zone, catalog.workdays()));
    let without_calendar = due.as_ref().map(|due| due.without_calendar.clone()).unwrap_or_default();
    let due = due.map(|due| due.at);
    Some(Clock {
        id: deadline.id.clone(),
        label: deadline.label.clone(),
        certainty,
        provision,
        to: deadline.to.iter().map(|to| to.label().local()).collect(),
        receivers: deadline.to.clone(),
        within: deadline.within,
        starts: deadline.starts,
        start,
        due,
        due_text: due_text(deadline, due, zone),
        provisional: provisional(deadline.within, &without_calendar),
        without_calendar,
        grade_at_least: deadline.grade_at_least,
        report: deadline.report,
        made: made(deadline, start, facts, profile, zone).map(|report| report.id.clone()),
    })
}

/// The first report of the wanted kind since the clock started, or since the facts where it has no start.
fn made<'a>(
    deadline: &Deadline,
    start: Option<EventTime>,
    facts: &ClockFacts<'_>,
    profile: Option<&'a Profile>,
    zone: &TimeZone,
) -> Option<&'a Report> {
    let kind = deadline.report?;
    let fits = |report: &&Report| report.kind == kind && goes_to(report, &deadline.to);
    let reports = profile?.reports.iter().filter(fits);
    let since = |report: &&Report| match start {
        Some(start) => start <= report.at,
        None => facts.first_day <= report.at.date_in(zone),
    };
    reports.filter(since).min_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)))
}

/// Whether a report went to one of those. Which of them it was the profile says in `row`; the name in `to` is for
/// people.
pub fn goes_to(report: &Report, receivers: &[SendTo]) -> bool {
    let is_one = |to: &SendTo| match report.row {
        Some(row) => row.id() == to.id(),
        None => false,
    };
    receivers.iter().any(|to| *to == SendTo::SameChannel || is_one(to))
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
