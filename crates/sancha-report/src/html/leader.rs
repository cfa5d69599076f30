use std::{cmp::Reverse, collections::BTreeMap};

use sancha_case::{Case, Member, Phase};
use sancha_model::{Lang, Statement};
use serde::Serialize;

use crate::{CaseReport, ClockReport, Document, texts};

use super::{
    anchors::{Anchors, Link},
    conclusion_view::{Standing, StatementView},
    format::{Format, thousands},
};

/// Cases that the first page tells about; the rest are in the body.
const ON_FIRST_PAGE: usize = 2;

/// The page for management.
#[derive(Debug, Serialize)]
pub(super) struct Leader {
    lead: String,
    cases: Vec<LeaderCase>,
    more: Option<String>,
}

#[derive(Debug, Serialize)]
struct LeaderCase {
    number: usize,
    title: String,
    state: &'static str,
    outcome: String,
    outcome_reason: String,
    story: Vec<Step>,
    grade: String,
    period: String,
    sources: String,
    assets: String,
    over: Vec<StatementView>,
    decisions: Vec<String>,
    clocks: Vec<ClockView>,
    standings: Vec<Standing>,
}

/// A step of what happened: when, and what the finding says.
#[derive(Debug, Serialize)]
struct Step {
    time: String,
    what: String,
}

/// One deadline.
#[derive(Debug, Serialize)]
pub(super) struct ClockView {
    name: String,
    to: String,
    due: Option<String>,
    left: String,
    overdue: bool,
    rule: String,
    warnings: Vec<String>,
    provisions: Vec<Link>,
}

impl Leader {
    pub(super) fn of(document: &Document, anchors: &Anchors<'_>, format: &Format<'_>) -> Self {
        let count = document.cases.len();
        let lead = if count == 0 {
            format.label(&texts::EMPTY_LEAD)
        } else {
            format.fill(&texts::CASES_FOUND, [("count", count.to_string())])
        };
        let mut gravest: Vec<(&CaseReport, usize)> = document.cases.iter().zip(1..).collect();
        gravest.sort_by_key(|(report, at)| {
            (Reverse(report.case.level()), Reverse(report.case.outcome), *at)
        });
        let shown = gravest.into_iter().take(ON_FIRST_PAGE);
        let more = count.saturating_sub(ON_FIRST_PAGE);
        Self {
            lead,
            cases: shown.map(|(case, at)| leader_case(case, at, anchors, format)).collect(),
            more: (more > 0)
                .then(|| format.fill(&texts::MORE_CASES, [("count", more.to_string())])),
        }
    }
}

fn leader_case(
    report: &CaseReport,
    number: usize,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> LeaderCase {
    let case = &report.case;
    let over = report.incident.iter().find(|conclusion| conclusion.id == CaseReport::OVER);
    let over = over.map_or(&[][..], |conclusion| &conclusion.statements);
    let sources: Vec<String> = case.sources.iter().map(ToString::to_string).collect();
    LeaderCase {
        number,
        title: format.text(&case.title),
        state: case.outcome.id(),
        outcome: format.label(&texts::outcome(case.outcome)),
        outcome_reason: format.text(&case.outcome_reason),
        story: story(case, format),
        grade: format.label(&report.grading.proposed.text()),
        period: format.period(case.first, case.last),
        sources: named(&sources, 4, format),
        assets: named(&case.asset_names, 4, format),
        over: in_short(over).map(|one| StatementView::of(one, &[], anchors, format)).collect(),
        decisions: report.decisions.iter().map(|one| format.text(one)).collect(),
        clocks: clocks(report, anchors, format),
        standings: standings(report, format),
    }
}

/// What happened beyond attempts: for each phase the first of the surest findings, in order of time.
fn story(case: &Case, format: &Format<'_>) -> Vec<Step> {
    let mut told: BTreeMap<Phase, &Member> = BTreeMap::new();
    let mut members: Vec<_> = case.happened().filter(|one| one.finding.first.is_some()).collect();
    members.sort_by_key(|member| (Reverse(member.outcome), member.finding.first));
    for member in members {
        told.entry(member.phase).or_insert(member);
    }
    let mut told: Vec<&Member> = told.into_values().collect();
    told.sort_by_key(|member| member.finding.first);
    told.into_iter()
        .map(|member| Step {
            time: member.finding.first.map_or(String::new(), |t| format.zoned(t, "%m-%d %H:%M")),
            what: shortened(&format.text(&member.finding.summary), story_characters(format.lang)),
        })
        .collect()
}

/// A summary can name long statements; where it is told again, its beginning is enough.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}

const fn story_characters(lang: Lang) -> usize {
    match lang {
        Lang::Zh => 76,
        Lang::En => 110,
    }
}

/// The first sentence and the last of an answer: what it begins with and what it comes to.
fn in_short(statements: &[Statement]) -> impl Iterator<Item = &Statement> {
    let last = statements.last().filter(|_| statements.len() > 1);
    statements.first().into_iter().chain(last)
}

pub(super) fn standings(report: &CaseReport, format: &Format<'_>) -> Vec<Standing> {
    vec![
        Standing::of_incident(report, format),
        Standing::of_duties(&texts::DUTY, &report.operator_duty, format),
        Standing::of_duties(&texts::SUPERVISION, &report.supervision, format),
    ]
}

pub(super) fn clocks(
    report: &CaseReport,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> Vec<ClockView> {
    report.clocks.iter().map(|clock| clock_view(clock, anchors, format)).collect()
}

fn clock_view(clock: &ClockReport, anchors: &Anchors<'_>, format: &Format<'_>) -> ClockView {
    ClockView {
        name: format.text(&clock.name),
        to: format.text(&clock.to),
        due: clock.due.map(|due| format.when(due)),
        left: format.text(&clock.state_text),
        overdue: clock.is_late(),
        rule: format.text(&clock.rule),
        warnings: clock.warnings.iter().map(|one| format.text(one)).collect(),
        provisions: clock.provisions.iter().map(|one| anchors.provision(one)).collect(),
    }
}

/// A list for people, or that the records name none.
pub(super) fn named(items: &[String], limit: usize, format: &Format<'_>) -> String {
    if items.is_empty() { format.label(&texts::NONE_NAMED) } else { format.list(items, limit) }
}

/// What was read, in one sentence and one for the days.
pub(super) fn read_in_all(document: &Document, format: &Format<'_>) -> Vec<String> {
    let summary = crate::Summary::of(document);
    if summary.files == 0 {
        return vec![format.label(&texts::NOTHING_READ)];
    }
    let read = format.fill(
        &texts::READ_IN_ALL,
        [
            ("files", thousands(summary.files)),
            ("bytes", thousands(summary.bytes)),
            ("records", thousands(summary.records)),
            ("parsed", thousands(summary.parsed)),
            ("rejected", thousands(summary.rejected)),
        ],
    );
    let days = match (summary.first, summary.last) {
        (Some(first), Some(last)) => format
            .fill(&texts::DAYS_READ, [("first", format.when(first)), ("last", format.when(last))]),
        _ => format.label(&texts::DAYS_UNKNOWN),
    };
    let lake = crate::lake_read(&document.coverage, |time| format.when(time));
    let lake = lake.iter().map(|line| format.text(line));
    [read, days].into_iter().chain(lake).collect()
}
