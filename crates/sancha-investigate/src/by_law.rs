//! What the law data of the day says, in the terms of the case: criteria of the grade, rows of the
//! report clock.

use sancha_case::{Confidence, Criterion, Grade, Threshold, ThresholdValue};
use sancha_compliance::{
    Catalog, Clock, ClockFacts, LegalGrade, Profile, ProofShelf, RowCertainty, StartsAt, Within,
    clocks,
};
use sancha_model::{Citation, LocalText};

use crate::{CaseFacts, ClockInput, ReportRule, SummaryRule, texts};

/// The criteria of the grading guide, each with its thresholds, worst first.
pub fn criteria(catalog: &Catalog) -> Vec<Criterion> {
    let one = |criterion: &sancha_compliance::Criterion| Criterion {
        id: criterion.key.clone(),
        name: criterion.label.clone(),
        unit: unit(&criterion.unit),
        thresholds: criterion
            .thresholds
            .worst_first()
            .into_iter()
            .map(|(grade, threshold)| convert(grade, threshold))
            .collect(),
    };
    catalog.grading().criteria.iter().map(one).collect()
}

/// The units of `law/grading.yaml`, for people.
fn unit(name: &str) -> LocalText {
    let zh = match name {
        "hours" => "小时",
        "minutes" => "分钟",
        "people" => "人",
        "cny" => "元",
        "percent" => "%",
        "times" => "次",
        "judged" => "由人判断",
        other => other,
    };
    LocalText::new(zh.to_owned(), name.to_owned())
}

fn convert(grade: LegalGrade, threshold: &sancha_compliance::Threshold) -> Threshold {
    #[expect(clippy::cast_precision_loss, reason = "people and money, far below 2^52")]
    let number = |value: u64| value as f64;
    let value = match threshold.value {
        _ if threshold.judged => ThresholdValue::Judged,
        Some(value) => ThresholdValue::AtLeast { value: number(value) },
        None => ThresholdValue::NotFound {
            candidates: threshold.candidates.iter().map(|seen| number(seen.value)).collect(),
        },
    };
    let confidence = Confidence::from_id(threshold.confidence.id());
    Threshold { grade: legal(grade), value, confidence }
}

fn legal(grade: LegalGrade) -> Grade {
    match grade {
        LegalGrade::ParticularlyMajor => Grade::ParticularlySerious,
        LegalGrade::Major => Grade::Serious,
        LegalGrade::Larger => Grade::RelativelySerious,
        LegalGrade::General => Grade::General,
    }
}

/// The input of the report clock: the rows that the law in force on the days of the facts starts for
/// the touched systems. `aware_from` says who stated the moment of awareness.
pub fn clock_input<'a>(
    facts: &CaseFacts,
    profile: Option<&Profile>,
    shelf: &ProofShelf,
    catalog: &Catalog,
    grade: Grade,
    aware_from: &Citation,
    zone: &'a jiff::tz::TimeZone,
) -> ClockInput<'a> {
    let systems = facts.systems.iter().filter_map(|id| profile?.system(id)).collect();
    let handling_ended_at = profile.and_then(|profile| profile.incident.handling_ended_at);
    // Who learns of an incident owes what is in force when it does.
    let aware_day = facts.aware_at.map_or(facts.last_day, |aware| aware.date_in(zone));
    let of_law = ClockFacts {
        first_day: facts.first_day,
        last_day: facts.last_day.max(aware_day),
        systems,
        aware_at: facts.aware_at,
        handling_ended_at,
    };
    let clocks = clocks(&of_law, profile, shelf, catalog);
    let is_first = |clock: &&Clock| clock.starts == StartsAt::AwareAt;
    let summary = clocks.iter().find(|clock| clock.starts == StartsAt::HandlingEndedAt);
    ClockInput {
        rules: clocks.iter().filter(is_first).filter_map(|c| rule(c, facts, profile)).collect(),
        summary: summary.and_then(summary_rule),
        aware: facts.aware_at.map(|aware| (aware, aware_from.clone())),
        began: facts.began,
        handling_ended_at,
        submitted: clocks
            .iter()
            .filter(is_first)
            .filter_map(|clock| submitted(clock, profile, shelf))
            .map(|(clock, at, proof)| (clock.id.clone(), at, proof))
            .collect(),
        summary_submitted: summary
            .and_then(|clock| submitted(clock, profile, shelf))
            .map(|(_, at, proof)| (at, proof)),
        grade,
        at: facts.at,
        zone,
    }
}

fn rule(clock: &Clock, facts: &CaseFacts, profile: Option<&Profile>) -> Option<ReportRule> {
    let Within::Minutes(within_minutes) = clock.within else { return None };
    let because = match clock.certainty {
        RowCertainty::Applies => &texts::BECAUSE_APPLIES,
        RowCertainty::IfDesignationIsShown => &texts::BECAUSE_IF_DESIGNATED,
        RowCertainty::IfOfThisKind => &texts::BECAUSE_IF_KIND,
    };
    let key = match profile {
        Some(_) if !facts.systems.is_empty() => {
            format!("systems.{}", facts.systems.join(", systems."))
        }
        _ => "operator.kind".to_owned(),
    };
    Some(ReportRule {
        id: clock.id.clone(),
        report_to: LocalText::joined(&clock.to, ("、", ", ")),
        within_minutes,
        provision: clock.provision.clone(),
        because: because.local(),
        because_of: profile.map(|_| Citation::Profile { key }).into_iter().collect(),
        from_grade: clock.grade_at_least.map_or(Grade::General, legal),
    })
}

fn summary_rule(clock: &Clock) -> Option<SummaryRule> {
    let Within::CalendarDays(within_days) = clock.within else { return None };
    Some(SummaryRule { within_days, provision: clock.provision.clone() })
}

/// A report that stops a clock: recorded in the profile, with a receipt that can be read.
fn submitted<'c>(
    clock: &'c Clock,
    profile: Option<&Profile>,
    shelf: &ProofShelf,
) -> Option<(&'c Clock, sancha_model::EventTime, Citation)> {
    let made = clock.made.as_ref()?;
    let report = profile?.reports.iter().find(|report| report.id == *made)?;
    let good = |proof: &&sancha_compliance::Proof| {
        shelf.check_file(proof) == sancha_compliance::ProofCheck::Good
    };
    let proof = report.proof.iter().find(good)?;
    let citation = Citation::Proof {
        path: proof.path.clone(),
        sha256: proof.sha256.clone(),
        date: proof.date.to_string(),
    };
    Some((clock, report.at, citation))
}
