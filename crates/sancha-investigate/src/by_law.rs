//! What the law data of the day says, in the terms of the case: criteria of the grade, rows of the
//! report clock.

use sancha_case::{
    Confidence, Criterion, Grade, Observed, ObservedValue, Threshold, ThresholdValue,
};
use sancha_compliance::{
    AppliesTo, Catalog, Clock, ClockFacts, Impact, JudgedGrade, LegalGrade, Made, Measured,
    Profile, ProofShelf, RowCertainty, SendTo, StartsAt, Within, clocks, made,
};
use sancha_model::{Citation, EventTime, LocalText};

use crate::{
    CaseFacts, ClockInput, ReportRule, SummaryRule,
    clock::SUMMARY,
    operator_duty::{
        reported::{self, window},
        sentences::cite_proof,
    },
    texts,
};

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
    let clocks = clocks(&clock_facts(facts, profile, zone), profile, shelf, catalog);
    let is_first = |clock: &&Clock| clock.starts == StartsAt::AwareAt;
    let firsts: Vec<&Clock> = clocks.iter().filter(is_first).collect();
    let owed: Vec<SendTo> = firsts.iter().map(|clock| clock.receiver).collect();
    let summary = clocks.iter().find(|clock| clock.starts == StartsAt::HandlingEndedAt);
    let mut submitted = Vec::new();
    let mut not_counted = Vec::new();
    let look = |clock| profile.map(|p| (p, made(clock, &owed, window(facts), p, shelf)));
    let mut summary_submitted = None;
    for clock in firsts.iter().copied().chain(summary) {
        let is_summary = clock.starts == StartsAt::HandlingEndedAt;
        match look(clock) {
            Some((_, Made::Shown { report, proof })) if is_summary => {
                summary_submitted = Some((report.at, cite_proof(proof)));
            }
            Some((_, Made::Shown { report, proof })) => {
                submitted.push((clock.id.clone(), report.at, cite_proof(proof)));
            }
            Some((profile, other)) => {
                let id = if is_summary { SUMMARY.to_owned() } else { clock.id.clone() };
                let why = reported::not_counted(&other, clock, profile, facts);
                not_counted.extend(why.map(|why| (id, why)));
            }
            None => {}
        }
    }
    ClockInput {
        rules: firsts.iter().filter_map(|clock| rule(clock, facts, profile)).collect(),
        summary: summary.and_then(summary_rule),
        aware: facts.aware_at.map(|aware| (aware, aware_from.clone())),
        began: facts.began,
        handling_ended_at: profile.and_then(|profile| profile.incident.handling_ended_at),
        submitted,
        not_counted,
        summary_submitted,
        grade,
        at: facts.at,
        zone,
    }
}

/// What sets the clocks of a case. Who learns of an incident owes what is in force when it does.
pub(crate) fn clock_facts<'a>(
    facts: &CaseFacts,
    profile: Option<&'a Profile>,
    zone: &jiff::tz::TimeZone,
) -> ClockFacts<'a> {
    let aware_day = facts.aware_at.map_or(facts.last_day, |aware| aware.date_in(zone));
    ClockFacts {
        first_day: facts.first_day,
        last_day: facts.last_day.max(aware_day),
        law_day: facts.law_day,
        systems: facts.systems.iter().filter_map(|id| profile?.system(id)).collect(),
        aware_at: facts.aware_at,
        handling_ended_at: profile.and_then(|profile| profile.incident.handling_ended_at),
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
        rule: clock.rule.clone(),
        label: clock.label.clone(),
        condition: condition(clock),
        report_to: clock.to.clone(),
        within_minutes,
        provision: clock.provision.clone(),
        because: because.local(),
        because_of: profile.map(|_| Citation::Profile { key }).into_iter().collect(),
        from_grade: clock.grade_at_least.map_or(Grade::General, legal),
    })
}

/// What has to be so before a row binds, where nothing given shows it.
fn condition(clock: &Clock) -> Option<LocalText> {
    let text = match (clock.certainty, clock.applies) {
        (RowCertainty::Applies, _) | (_, AppliesTo::Always | AppliesTo::Retention) => return None,
        (_, AppliesTo::CriticalInfrastructure) => &texts::IF_CRITICAL,
        (_, AppliesTo::CentralOrgan) => &texts::IF_CENTRAL,
        (_, AppliesTo::Otherwise) => &texts::IF_OTHERWISE,
    };
    Some(text.local())
}

fn summary_rule(clock: &Clock) -> Option<SummaryRule> {
    let Within::CalendarDays(within_days) = clock.within else { return None };
    Some(SummaryRule { within_days, provision: clock.provision.clone() })
}

/// What the profile gives for the criteria of the grade, as far as a proof shows it; and the entries without one,
/// which do not count.
pub fn observed<'a>(
    profile: Option<&'a Profile>,
    shelf: &ProofShelf,
    at: EventTime,
) -> (Vec<Observed>, Vec<&'a Impact>) {
    let Some(profile) = profile else { return (Vec::new(), Vec::new()) };
    let day = at.date_in(&profile.zone);
    let (mut observed, mut unproven) = (Vec::new(), Vec::new());
    for impact in &profile.incident.impact {
        let Some(proof) = impact.proven(shelf, day) else {
            unproven.push(impact);
            continue;
        };
        observed.push(Observed {
            criterion: impact.criterion.id().to_owned(),
            value: match impact.measured {
                Measured::Value(value) => ObservedValue::Number { value },
                Measured::Judged(grade) => judged(grade),
            },
            evidence: vec![cite_proof(proof), Citation::Profile { key: impact.key() }],
        });
    }
    (observed, unproven)
}

const fn judged(grade: JudgedGrade) -> ObservedValue {
    let grade = match grade {
        JudgedGrade::ParticularlySerious => Grade::ParticularlySerious,
        JudgedGrade::Serious => Grade::Serious,
        JudgedGrade::RelativelySerious => Grade::RelativelySerious,
        JudgedGrade::NotReached => return ObservedValue::JudgedNotReached,
    };
    ObservedValue::JudgedAs { grade }
}
