//! The report clock: who is to be told, by when, and how that stands at `at`.

use jiff::tz::TimeZone;
use sancha_case::Grade;
use sancha_model::{Citation, Citations, EventTime, LocalText, Param, ProvisionRef, Statement};
use serde::Serialize;

use crate::texts;

/// One row of the law that applies to this case, as `sancha-compliance` gives it.
#[derive(Clone, Debug)]
pub struct ReportRule {
    /// Of the rule and, where it names several bodies, of the one that is owed this report.
    pub id: String,
    /// Id of the rule: rows of one rule ask for the same, of another body.
    pub rule: String,
    /// What the law data calls it.
    pub label: LocalText,
    /// What has to be so first, where no profile says: a part of a sentence that begins with "if".
    pub condition: Option<LocalText>,
    pub report_to: LocalText,
    pub within_minutes: u32,
    pub provision: ProvisionRef,
    /// Why the row applies: the touched system with its designation notice, or the kind of operator.
    pub because: LocalText,
    pub because_of: Vec<Citation>,
    /// A report is due from this grade on.
    pub from_grade: Grade,
}

/// The summary report, counted from the end of handling.
#[derive(Clone, Debug)]
pub struct SummaryRule {
    pub within_days: u16,
    pub provision: ProvisionRef,
}

/// What the clock is made of. Times come from the unit, never from a log.
#[derive(Clone, Debug)]
pub struct ClockInput<'a> {
    pub rules: Vec<ReportRule>,
    pub summary: Option<SummaryRule>,
    /// When the unit became aware, and who says so: the command line or the profile.
    pub aware: Option<(EventTime, Citation)>,
    /// The case's first record, to hold the moment of awareness against.
    pub began: Option<EventTime>,
    pub handling_ended_at: Option<EventTime>,
    /// First reports that the profile proves: row id and time of submission.
    pub submitted: Vec<(String, EventTime, Citation)>,
    /// Why a report that the profile has does not count: row id and the reason.
    pub not_counted: Vec<(String, Statement)>,
    pub summary_submitted: Option<(EventTime, Citation)>,
    pub grade: Grade,
    pub at: EventTime,
    pub zone: &'a TimeZone,
}

/// How a deadline stands. Sent late stays visible as late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClockState {
    /// The start is not stated, so there is no due time.
    NotStated,
    Running {
        minutes_left: i64,
    },
    Overdue {
        minutes_late: i64,
    },
    Sent,
    SentLate {
        minutes_late: i64,
    },
}

#[derive(Clone, Debug, Serialize)]
pub struct ClockRow {
    pub id: String,
    pub rule: String,
    pub label: LocalText,
    pub condition: Option<LocalText>,
    /// A report is due from this grade on.
    pub from_grade: Grade,
    pub report_to: LocalText,
    pub within_minutes: u32,
    pub due: Option<EventTime>,
    /// The due time for people, or "N hours after the unit learned of it: not stated".
    pub due_text: LocalText,
    pub state: ClockState,
    pub state_text: LocalText,
    pub provision: ProvisionRef,
    /// Why this row, what it depends on, and why a report that the profile has does not count.
    pub statements: Vec<Statement>,
    /// Of these, what a reader has to be told beside the due time.
    pub warnings: Vec<LocalText>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ReportClock {
    pub aware_at: Option<EventTime>,
    /// Shortest first. Empty when no rule of the law applies on the day of the facts.
    pub rows: Vec<ClockRow>,
    pub summary: Option<ClockRow>,
    /// What holds for all rows: from which grade on, how the clock started, what is missing.
    pub statements: Vec<Statement>,
    /// Of these, that the time of awareness looks wrong.
    pub warnings: Vec<LocalText>,
}

const MINUTE: i64 = EventTime::MINUTE;

/// Id of the row of the summary report.
pub(crate) const SUMMARY: &str = "summary";

/// Builds the clock. Hours never stop; the days of the summary are calendar days and end with the
/// last of them.
pub fn report_clock(input: &ClockInput<'_>) -> ReportClock {
    let mut rules: Vec<&ReportRule> = input.rules.iter().collect();
    rules.sort_by_key(|rule| (rule.within_minutes, &rule.rule));
    let statements = statements(&rules, input);
    let odd = [texts::CLOCK_AWARE_EARLY.key, texts::CLOCK_AWARE_AHEAD.key];
    let odd = statements.iter().filter(|said| odd.contains(&said.key()));
    ReportClock {
        warnings: odd.map(Statement::render).collect(),
        aware_at: input.aware.as_ref().map(|(aware, _)| *aware),
        rows: rules.iter().map(|rule| row(rule, input)).collect(),
        summary: input.summary.as_ref().map(|rule| summary(rule, input)),
        statements,
    }
}

fn row(rule: &ReportRule, input: &ClockInput<'_>) -> ClockRow {
    let within_nanos = i64::from(rule.within_minutes) * MINUTE;
    let due = input.aware.as_ref().map(|(aware, _)| aware.plus(within_nanos));
    let submitted = input.submitted.iter().find(|(id, ..)| *id == rule.id);
    let state = state(due, submitted.map(|(_, at, _)| *at), input.at);
    let within = duration(rule.within_minutes);
    let due_text = match due {
        Some(due) => LocalText::same(due.display_in(input.zone)),
        None => texts::DUE_NOT_STATED.fill(&[("within", within.clone())]),
    };
    let provision = Citation::Provision { provision: rule.provision.clone() };
    let because = rule.because_of.iter().cloned();
    let citations = because.fold(Citations::one(provision), Citations::and);
    let mut statements = vec![Statement::cited(
        &texts::ROW_APPLIES,
        vec![
            ("to", Param::Local(rule.report_to.clone())),
            ("within", Param::Local(within)),
            ("because", Param::Local(rule.because.clone())),
        ],
        citations,
    )];
    if let Some((_, at, proof)) = submitted {
        let time = ("time", Param::Same(at.display_in(input.zone)));
        let proof = Citations::one(proof.clone());
        statements.push(Statement::cited(&texts::ROW_SUBMITTED, vec![time], proof));
    }
    let not_counted = not_counted(&rule.id, input);
    let warnings = not_counted.iter().map(Statement::render).collect();
    statements.extend(not_counted);
    ClockRow {
        id: rule.id.clone(),
        rule: rule.rule.clone(),
        label: rule.label.clone(),
        condition: rule.condition.clone(),
        from_grade: rule.from_grade,
        warnings,
        report_to: rule.report_to.clone(),
        within_minutes: rule.within_minutes,
        due,
        due_text,
        state,
        state_text: state_text(state),
        provision: rule.provision.clone(),
        statements,
    }
}

fn not_counted(id: &str, input: &ClockInput<'_>) -> Vec<Statement> {
    let of_row = input.not_counted.iter().filter(|(row, _)| row == id);
    of_row.map(|(_, said)| said.clone()).collect()
}

fn summary(rule: &SummaryRule, input: &ClockInput<'_>) -> ClockRow {
    let days = i64::from(rule.within_days);
    let due = input.handling_ended_at.and_then(|ended| last_second(ended, days, input.zone));
    let submitted = input.summary_submitted.as_ref();
    let state = state(due, submitted.map(|(at, _)| *at), input.at);
    let count = ("days", LocalText::same(days.to_string()));
    let due_text = match due {
        Some(due) => LocalText::same(due.display_in(input.zone)),
        None => texts::SUMMARY_NOT_STATED.fill(std::slice::from_ref(&count)),
    };
    let provision = Citation::Provision { provision: rule.provision.clone() };
    let citations = submitted
        .map(|(_, proof)| proof.clone())
        .into_iter()
        .fold(Citations::one(provision), Citations::and);
    let params = vec![("days", Param::Number(days))];
    let not_counted = not_counted(SUMMARY, input);
    ClockRow {
        id: SUMMARY.to_owned(),
        rule: SUMMARY.to_owned(),
        label: texts::SUMMARY_LABEL.local(),
        condition: None,
        from_grade: Grade::General,
        warnings: not_counted.iter().map(Statement::render).collect(),
        report_to: texts::SUMMARY_TO.local(),
        within_minutes: u32::from(rule.within_days) * 24 * 60,
        due,
        due_text,
        state,
        state_text: state_text(state),
        provision: rule.provision.clone(),
        statements: [Statement::cited(&texts::SUMMARY_APPLIES, params, citations)]
            .into_iter()
            .chain(not_counted)
            .collect(),
    }
}

/// The end of the last of `days` calendar days; the day of the start is not counted.
fn last_second(start: EventTime, days: i64, zone: &TimeZone) -> Option<EventTime> {
    let last = start.date_in(zone).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    let end = zone.to_ambiguous_timestamp(last.at(23, 59, 59, 0)).compatible().ok()?;
    Some(EventTime::from_timestamp(end))
}

fn state(due: Option<EventTime>, sent: Option<EventTime>, at: EventTime) -> ClockState {
    // Whole minutes; a minute that has begun after the due time counts as late.
    let late = |when: EventTime, due: EventTime| (when.since(due) + MINUTE - 1).div_euclid(MINUTE);
    match (due, sent) {
        (None, Some(_)) => ClockState::Sent,
        (None, None) => ClockState::NotStated,
        (Some(due), Some(sent)) if sent > due => {
            ClockState::SentLate { minutes_late: late(sent, due) }
        }
        (Some(_), Some(_)) => ClockState::Sent,
        (Some(due), None) if at > due => ClockState::Overdue { minutes_late: late(at, due) },
        (Some(due), None) => ClockState::Running { minutes_left: due.since(at) / MINUTE },
    }
}

fn state_text(state: ClockState) -> LocalText {
    let with = |text: &sancha_model::Text, minutes: i64| {
        text.fill(&[("time", duration(u32::try_from(minutes).unwrap_or(u32::MAX)))])
    };
    match state {
        ClockState::NotStated => texts::STATE_NOT_STATED.local(),
        ClockState::Running { minutes_left } => with(&texts::STATE_RUNNING, minutes_left),
        ClockState::Overdue { minutes_late } => with(&texts::STATE_OVERDUE, minutes_late),
        ClockState::Sent => texts::STATE_SENT.local(),
        ClockState::SentLate { minutes_late } => with(&texts::STATE_SENT_LATE, minutes_late),
    }
}

/// `4 小时`, `90 分钟`, `30 天 2 小时`.
pub(crate) fn duration(minutes: u32) -> LocalText {
    let unit = |text: &sancha_model::Text, count: u32| {
        text.fill(&[("count", LocalText::same(count.to_string()))])
    };
    let parts = [
        (minutes / (24 * 60), &texts::DAYS),
        (minutes / 60 % 24, &texts::HOURS),
        (minutes % 60, &texts::MINUTES),
    ];
    let parts: Vec<LocalText> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, text)| unit(text, *count))
        .collect();
    if parts.is_empty() {
        return unit(&texts::MINUTES, 0);
    }
    LocalText::joined(&parts, ("", " "))
}

fn statements(rules: &[&ReportRule], input: &ClockInput<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    match &input.aware {
        Some((aware, from)) => {
            let shown = |time: &EventTime| Param::Same(time.display_in(input.zone));
            let mut say = |text, params| {
                statements.push(Statement::cited(text, params, Citations::one(from.clone())));
            };
            say(&texts::CLOCK_STARTED, vec![("time", shown(aware))]);
            if let Some(began) = input.began.filter(|began| aware < began) {
                say(&texts::CLOCK_AWARE_EARLY, vec![("time", shown(&began))]);
            }
            if *aware > input.at {
                say(&texts::CLOCK_AWARE_AHEAD, vec![("time", shown(&input.at))]);
            }
        }
        None => statements.push(Statement::unknown(
            &texts::CLOCK_NOT_STARTED,
            Vec::new(),
            vec![texts::BRING_AWARE.local()],
        )),
    }
    match rules.first() {
        None => statements.push(Statement::unknown(
            &texts::CLOCK_NO_RULE,
            Vec::new(),
            vec![texts::BRING_RULE.local()],
        )),
        Some(rule) => statements.push(by_grade(rule, input.grade)),
    }
    statements
}

/// The grade decides whether a report is due; the kind of operator decides by when.
fn by_grade(rule: &ReportRule, grade: Grade) -> Statement {
    let from = ("from", Param::Local(rule.from_grade.text().local()));
    let citations = Citations::one(Citation::Provision { provision: rule.provision.clone() });
    let text = match grade {
        Grade::Undetermined => &texts::CLOCK_GRADE_OPEN,
        grade if grade <= rule.from_grade => &texts::CLOCK_GRADE_REACHED,
        _ => &texts::CLOCK_GRADE_BELOW,
    };
    Statement::cited(text, vec![from, ("grade", Param::Local(grade.text().local()))], citations)
}
