use sancha_case::{
    AssetEffect, Confidence, CriterionResult, Effect, Grade, Member, ObservedValue, Threshold,
    ThresholdValue, TimelineEntry,
};
use sancha_model::Text;
use serde::Serialize;

use crate::{CaseReport, RawLine, texts};

use super::{
    anchors::{Anchors, LINES_PER_FINDING, Link, bracketed},
    chart::Chart,
    conclusion_view::{ConclusionView, Standing},
    format::{Format, thousands},
    leader::{self, ClockView, named},
    shown,
};

/// One case with everything below its heading.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    number: usize,
    /// Of the case; not called `id` because it is shown.
    case_id: String,
    title: String,
    state: &'static str,
    outcome: String,
    outcome_reason: String,
    why_opened: String,
    period: String,
    sources: String,
    assets: String,
    accounts: String,
    chart: Option<Chart>,
    timeline: Vec<EntryView>,
    findings: Vec<FindingView>,
    /// How many findings are not listed; empty when all are.
    left_out: String,
    effects: Vec<AssetEffectView>,
    standings: Vec<Standing>,
    investigations: Vec<Investigation>,
    clocks: Vec<ClockView>,
    next_steps: Vec<String>,
    grade: String,
    grade_reason: String,
    may_be_graver: bool,
    criteria: Vec<CriterionView>,
}

#[derive(Debug, Serialize)]
struct Investigation {
    name: String,
    conclusions: Vec<ConclusionView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    time: String,
    phase: String,
    what: String,
    finding: Link,
    records: Vec<Link>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct FindingView {
    number: usize,
    name: String,
    scenario: &'static str,
    summary: String,
    state: &'static str,
    outcome: String,
    outcome_reason: String,
    why_joined: String,
    level: String,
    period: String,
    count: String,
    sources: String,
    users: String,
    objects: String,
    rules: String,
    supported_by: Vec<Link>,
    lines: Vec<LineView>,
    /// Records whose lines stand in the appendix or under another finding.
    elsewhere: Vec<Link>,
    elsewhere_count: String,
    unread: bool,
}

/// A raw line; `anchor` is empty where the same line already stands above.
#[derive(Debug, Serialize)]
pub(super) struct LineView {
    pub(super) anchor: String,
    pub(super) record: String,
    pub(super) text: String,
    pub(super) cut: Option<String>,
}

#[derive(Debug, Serialize)]
struct AssetEffectView {
    asset: String,
    parts: Vec<EffectView>,
}

#[derive(Debug, Serialize)]
struct EffectView {
    shown: bool,
    words: String,
    reason: Option<String>,
    findings: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct CriterionView {
    name: String,
    value: String,
    evidence: Vec<Link>,
    thresholds: Vec<String>,
    result: String,
}

/// Records named after the lines of a finding.
const ELSEWHERE: usize = 8;

/// Lines that were shown already, so that each has one anchor.
pub(super) type Shown = std::collections::BTreeSet<usize>;

impl CaseView {
    pub(super) fn of(
        report: &CaseReport,
        number: usize,
        anchors: &Anchors<'_>,
        shown: &mut Shown,
        format: &Format<'_>,
    ) -> Self {
        let case = &report.case;
        let sources: Vec<String> = case.sources.iter().map(ToString::to_string).collect();
        let listed = |member: &Member| anchors.lists(&member.finding.id);
        let findings = case.members.iter().zip(1..).filter(|(member, _)| listed(member));
        let entries = case.timeline.iter().filter(|entry| anchors.lists(&entry.finding));
        let more = case.members.iter().filter(|member| !listed(member)).count() as u64;
        let more = more + case.left_out;
        Self {
            number,
            case_id: case.id.0.clone(),
            title: format.text(&case.title),
            state: case.outcome.id(),
            outcome: format.label(&texts::outcome(case.outcome)),
            outcome_reason: format.text(&case.outcome_reason),
            why_opened: format.text(&case.why_opened),
            period: format.period(case.first, case.last),
            sources: named(&sources, 20, format),
            assets: named(&case.asset_names, 20, format),
            accounts: named(&case.accounts, 20, format),
            left_out: left_out(more, format),
            chart: Chart::of(case, number, anchors, format),
            timeline: entries.map(|entry| EntryView::of(entry, anchors, format)).collect(),
            findings: findings
                .map(|(member, at)| FindingView::of(member, at, anchors, shown, format))
                .collect(),
            effects: case.effects.iter().map(|one| asset_effect(one, anchors, format)).collect(),
            standings: leader::standings(report, format),
            investigations: investigations(report, anchors, format),
            clocks: leader::clocks(report, anchors, format),
            next_steps: report.next_steps.iter().map(|step| format.text(step)).collect(),
            grade: format.label(&report.grading.proposed.text()),
            grade_reason: format.text(&report.grading.reason),
            may_be_graver: report.grading.may_be_graver,
            criteria: report
                .grading
                .results
                .iter()
                .map(|one| criterion(one, anchors, format))
                .collect(),
        }
    }
}

fn left_out(more: u64, format: &Format<'_>) -> String {
    if more == 0 {
        return String::new();
    }
    format.fill(
        &texts::FINDINGS_LEFT_OUT,
        [("count", thousands(more)), ("shown", shown::MOST.to_string())],
    )
}

fn investigations(
    report: &CaseReport,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> Vec<Investigation> {
    [
        (&texts::INCIDENT, &report.incident),
        (&texts::DUTY, &report.operator_duty),
        (&texts::SUPERVISION, &report.supervision),
    ]
    .into_iter()
    .map(|(name, conclusions)| Investigation {
        name: format.label(name),
        conclusions: conclusions
            .iter()
            .map(|conclusion| ConclusionView::of(conclusion, anchors, format))
            .collect(),
    })
    .collect()
}

/// The finding that a line of the timeline links to has the whole sentence.
const TIMELINE_CHARACTERS: usize = 160;

impl EntryView {
    fn of(entry: &TimelineEntry, anchors: &Anchors<'_>, format: &Format<'_>) -> Self {
        const SHOWN: usize = 1;
        Self {
            time: format.when(entry.time),
            phase: format.label(&entry.phase.text()),
            what: leader::shortened(&format.text(&entry.what), TIMELINE_CHARACTERS),
            finding: anchors.finding(&entry.finding),
            records: entry.evidence.iter().take(SHOWN).map(|one| anchors.record(one)).collect(),
            more: entry.evidence.len().saturating_sub(SHOWN),
        }
    }
}

impl FindingView {
    fn of(
        member: &Member,
        number: usize,
        anchors: &Anchors<'_>,
        shown: &mut Shown,
        format: &Format<'_>,
    ) -> Self {
        let finding = &member.finding;
        let sources: Vec<String> = finding.src.iter().map(ToString::to_string).collect();
        let read: Vec<_> =
            finding.evidence.iter().filter_map(|one| Some((one, anchors.line(one)?))).collect();
        let (here, elsewhere) = read.split_at(read.len().min(LINES_PER_FINDING));
        Self {
            number,
            name: format.text(&finding.scenario.name()),
            scenario: finding.scenario.id(),
            summary: format.text(&finding.summary),
            state: member.outcome.id(),
            outcome: format.label(&texts::outcome(member.outcome)),
            outcome_reason: format.text(&member.outcome_reason),
            why_joined: format.text(&member.why_joined),
            level: format.label(&texts::level(finding.level)),
            period: format.period(finding.first, finding.last),
            count: thousands(finding.count),
            sources: if sources.is_empty() { String::new() } else { format.list(&sources, 8) },
            users: format.list(&finding.users, 12),
            objects: format.list(&finding.objects, 12),
            rules: format.list(&finding.rules, 12),
            supported_by: member.supported_by.iter().map(|id| anchors.finding(id)).collect(),
            lines: here
                .iter()
                .map(|(_, (at, line))| LineView::of(*at, line, shown, format))
                .collect(),
            elsewhere: elsewhere
                .iter()
                .take(ELSEWHERE)
                .map(|(one, _)| anchors.record(one))
                .collect(),
            elsewhere_count: format
                .fill(&texts::LINES_ELSEWHERE, [("count", elsewhere.len().to_string())]),
            unread: read.is_empty() && !finding.evidence.is_empty(),
        }
    }
}

impl LineView {
    pub(super) fn of(at: usize, line: &RawLine, shown: &mut Shown, format: &Format<'_>) -> Self {
        let anchor = if shown.insert(at) { format!("line-{at}") } else { String::new() };
        Self {
            anchor,
            record: format!("{}:{}", line.record.path, line.record.line),
            text: line.text.clone(),
            cut: (line.cut > 0)
                .then(|| format.fill(&texts::LINE_CUT, [("count", thousands(line.cut))])),
        }
    }
}

fn asset_effect(
    effect: &AssetEffect,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> AssetEffectView {
    let parts = [&effect.confidentiality, &effect.integrity, &effect.availability];
    AssetEffectView {
        asset: effect.asset.clone().unwrap_or_else(|| format.label(&texts::NONE_NAMED)),
        parts: parts.map(|part| effect_view(part, anchors, format)).into(),
    }
}

fn effect_view(effect: &Effect, anchors: &Anchors<'_>, format: &Format<'_>) -> EffectView {
    match effect {
        Effect::Evidence(findings) => EffectView {
            shown: true,
            words: format.label(&texts::EFFECT_SHOWN),
            reason: None,
            findings: findings.iter().map(|id| anchors.finding(id)).collect(),
        },
        Effect::NotDeterminable(reason) => EffectView {
            shown: false,
            words: format.label(&texts::EFFECT_OPEN),
            reason: Some(format.text(reason)),
            findings: Vec::new(),
        },
    }
}

fn criterion(
    result: &CriterionResult,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> CriterionView {
    let unit = format.text(&result.criterion.unit);
    let value = result.observed.as_ref().map_or_else(
        || format.label(&texts::VALUE_OPEN),
        |observed| match &observed.value {
            ObservedValue::Number { value } => with_unit(*value, &unit),
            ObservedValue::JudgedAs { grade } => {
                format.fill(&texts::JUDGED_AS, [("grade", format.label(&grade.text()))])
            }
            ObservedValue::JudgedNotReached => format.label(&texts::JUDGED_NOT),
        },
    );
    let evidence = result.observed.iter().flat_map(|observed| &observed.evidence);
    CriterionView {
        name: format.text(&result.criterion.name),
        value,
        evidence: evidence.map(|one| anchors.citation(one)).collect(),
        thresholds: result
            .criterion
            .thresholds
            .iter()
            .map(|one| threshold(one, &unit, format))
            .collect(),
        result: criterion_result(result, format),
    }
}

fn criterion_result(result: &CriterionResult, format: &Format<'_>) -> String {
    let names = |grades: &[Grade]| {
        let names: Vec<String> = grades.iter().map(|grade| format.label(&grade.text())).collect();
        format.list(&names, names.len())
    };
    match result.fires {
        Some(grade) => format.label(&grade.text()),
        None if !result.reached_unverified.is_empty() => {
            format.fill(&texts::REACHED_UNVERIFIED, [("grades", names(&result.reached_unverified))])
        }
        None if result.settled_below => format.label(&texts::BELOW),
        None => format.label(&texts::CRITERION_OPEN),
    }
}

fn threshold(threshold: &Threshold, unit: &str, format: &Format<'_>) -> String {
    let grade = ("grade", format.label(&threshold.grade.text()));
    let (text, value): (&Text, String) = match &threshold.value {
        ThresholdValue::AtLeast { value } => (&texts::AT_LEAST, with_unit(*value, unit)),
        ThresholdValue::Judged => (&texts::BY_WORDS, String::new()),
        ThresholdValue::NotFound { .. } => (&texts::NO_NUMBER, String::new()),
    };
    let confidence = match threshold.confidence {
        Confidence::Verified => texts::CONFIDENCE_VERIFIED,
        Confidence::OneSource => texts::CONFIDENCE_ONE,
        Confidence::DraftOnly => texts::CONFIDENCE_DRAFT,
        Confidence::Memory => texts::CONFIDENCE_MEMORY,
        Confidence::NotFound => texts::CONFIDENCE_NOT_FOUND,
    };
    let confidence = bracketed(confidence.get(format.lang), format.lang);
    format!("{}{confidence}", format.fill(text, [grade, ("value", value)]))
}

fn with_unit(value: f64, unit: &str) -> String {
    let text = value.to_string();
    let number = text.parse().map_or(text, thousands);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}
