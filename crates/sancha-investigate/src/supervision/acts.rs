//! What the profile records of those who are answerable above the operator, by what a question asks for.

use jiff::civil::Date;
use sancha_compliance::{
    InspectionKind, PostRole, Profile, Proof, Report, SupervisionAsk, SupervisorRole,
};
use sancha_model::LocalText;

use crate::operator_duty::DutyInput;

/// Something the profile says was done, or was so, with what proves it.
pub(super) struct Act<'a> {
    pub(super) key: String,
    pub(super) detail: LocalText,
    pub(super) date: Date,
    pub(super) proof: &'a [Proof],
    /// What the record itself says: done, or not done.
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Done,
    /// The proven record says that a defect remains.
    Remains,
    /// The record shows that nobody took part; no law asks for it.
    Absent,
    /// Nothing recorded for something that was there to be done.
    Open,
}

pub(super) fn acts<'a>(
    asks: SupervisionAsk,
    profile: &'a Profile,
    input: &DutyInput<'_>,
) -> Vec<Act<'a>> {
    use SupervisorRole::{IndustryRegulator, Locality, ProtectionDepartment, SuperiorUnit};
    let industry = |role| matches!(role, IndustryRegulator | Locality | SuperiorUnit);
    match asks {
        SupervisionAsk::Supervisors => supervisors(profile, input, |_| true),
        SupervisionAsk::IndustrySupervisors => supervisors(profile, input, industry),
        SupervisionAsk::Leaders => leaders(profile, input),
        SupervisionAsk::Letters => letters(profile, input),
        SupervisionAsk::Inspections => inspections(profile, input, |_| true),
        SupervisionAsk::IndustryInspections => {
            inspections(profile, input, |role| role.is_some_and(industry))
        }
        SupervisionAsk::ProtectionInspections => {
            inspections(profile, input, |role| role == Some(ProtectionDepartment))
        }
        SupervisionAsk::DefectsRechecked => rechecks(profile, input),
        SupervisionAsk::WarningsPassedOn => warnings(profile, input),
        SupervisionAsk::TrainingBySupervisor => training(profile, input),
        SupervisionAsk::DrillsAttended => drills(profile, input),
        SupervisionAsk::ReportsRelayed => relayed(profile, input),
        SupervisionAsk::ResponsesBySupervisor => responses(profile, input),
        SupervisionAsk::FindingOfResponsibility => Vec::new(),
    }
}

fn concerns(named: &[String], input: &DutyInput<'_>) -> bool {
    let touched = &input.facts.systems;
    named.is_empty() || touched.is_empty() || named.iter().any(|id| touched.contains(id))
}

fn supervisors<'a>(
    profile: &'a Profile,
    input: &DutyInput<'_>,
    fits: impl Fn(SupervisorRole) -> bool,
) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let all = profile.supervisors.iter();
    let fit = all.filter(|s| fits(s.role) && s.period.covers(day) && concerns(&s.systems, input));
    fit.map(|s| {
        let role = s.role.label();
        Act {
            key: format!("supervisors.{}", s.id),
            detail: LocalText::new(
                format!("{}（{}）", s.name, role.zh),
                format!("{} ({})", s.name, role.en),
            ),
            date: s.period.from,
            proof: &s.proof,
            outcome: Outcome::Done,
        }
    })
    .collect()
}

fn leaders<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let asked = |role| matches!(role, PostRole::MainLeader | PostRole::DirectLeader);
    let fit = profile.posts.iter().filter(|post| asked(post.role) && post.period.covers(day));
    fit.map(|post| Act {
        key: format!("posts.{}", post.id),
        detail: LocalText::same(post.post.as_str()),
        date: post.period.from,
        proof: &post.proof,
        outcome: Outcome::Done,
    })
    .collect()
}

fn letters<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let fit = profile.letters.iter().filter(|letter| {
        letter.period.covers(day) && letter.signed <= day && concerns(&letter.systems, input)
    });
    fit.map(|letter| {
        let post = profile.post(&letter.post).map_or(letter.post.as_str(), |post| &post.post);
        Act {
            key: format!("letters.{}", letter.id),
            detail: LocalText::same(post),
            date: letter.signed,
            proof: &letter.proof,
            outcome: Outcome::Done,
        }
    })
    .collect()
}

/// The last inspection from outside before the facts; a unit's own check is none.
fn inspections<'a>(
    profile: &'a Profile,
    input: &DutyInput<'_>,
    fits: impl Fn(Option<SupervisorRole>) -> bool,
) -> Vec<Act<'a>> {
    let outside = profile.inspections.iter().filter(|one| {
        let role = profile.supervisor(&one.by).map(|supervisor| supervisor.role);
        one.by != "self"
            && one.kind != InspectionKind::SelfCheck
            && one.date <= input.facts.first_day
            && fits(role)
            && concerns(&one.systems, input)
    });
    let last = outside.max_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
    last.map(|one| Act {
        key: format!("inspections.{}", one.id),
        detail: LocalText::same(one.result.as_deref().unwrap_or("—")),
        date: one.date,
        proof: &one.proof,
        outcome: Outcome::Done,
    })
    .into_iter()
    .collect()
}

fn rechecks<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let mut all = Vec::new();
    for inspection in profile.inspections.iter().filter(|one| one.date <= day) {
        for defect in &inspection.findings {
            let named: Vec<String> = defect.system.iter().cloned().collect();
            let named = if named.is_empty() { &inspection.systems } else { &named };
            if !concerns(named, input) {
                continue;
            }
            let recheck = defect.recheck.as_ref().filter(|recheck| recheck.date <= day);
            let outcome = match recheck {
                Some(recheck) if recheck.passed => Outcome::Done,
                Some(_) => Outcome::Remains,
                None => Outcome::Open,
            };
            all.push(Act {
                key: format!("inspections.{}.findings.{}", inspection.id, defect.id),
                detail: LocalText::same(defect.text.as_str()),
                date: recheck.map_or(inspection.date, |recheck| recheck.date),
                proof: recheck.map_or(&[], |recheck| &recheck.proof),
                outcome,
            });
        }
    }
    all
}

fn warnings<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let known = profile.warnings.iter();
    let fit = known.filter(|one| one.received <= day && concerns(&one.systems, input));
    fit.map(|one| {
        let passed = one.passed_on.as_ref().filter(|act| act.date <= day);
        Act {
            key: format!("warnings.{}", one.id),
            detail: LocalText::same(one.subject.as_deref().unwrap_or("—")),
            date: passed.map_or(one.received, |act| act.date),
            proof: passed.map_or(&[], |act| &act.proof),
            outcome: if passed.is_some() { Outcome::Done } else { Outcome::Open },
        }
    })
    .collect()
}

fn training<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let fit = profile.training.iter().filter(|one| {
        let held = one.held_by.as_deref();
        one.date <= input.facts.first_day && held.is_some_and(|by| profile.supervisor(by).is_some())
    });
    fit.map(|one| Act {
        key: format!("training.{}", one.id),
        detail: LocalText::same(one.subject.as_deref().unwrap_or("—")),
        date: one.date,
        proof: &one.proof,
        outcome: Outcome::Done,
    })
    .collect()
}

fn drills<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let fit = profile
        .drills
        .iter()
        .filter(|one| one.date <= input.facts.first_day && concerns(&one.systems, input));
    fit.map(|one| Act {
        key: format!("drills.{}", one.id),
        detail: LocalText::same(one.subject.as_deref().unwrap_or("—")),
        date: one.date,
        proof: &one.proof,
        outcome: match one.supervisor_attended {
            Some(true) => Outcome::Done,
            Some(false) => Outcome::Absent,
            None => Outcome::Open,
        },
    })
    .collect()
}

fn relayed<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let in_case = profile.reports.iter().filter(|report| {
        input.facts.first_day <= report.at.date_in(&profile.zone) && report.at <= input.facts.at
    });
    // Nobody passes on what has not come in.
    let passed_on = |report: &'a Report| {
        let relay = report.relayed.as_ref().filter(|relay| report.at <= relay.at)?;
        Some((report, relay))
    };
    let with = in_case.filter_map(passed_on);
    with.map(|(report, relay)| Act {
        key: format!("reports.{}.relayed", report.id),
        detail: LocalText::same(relay.to.as_deref().unwrap_or("—")),
        date: relay.at.date_in(&profile.zone),
        proof: &relay.proof,
        outcome: Outcome::Done,
    })
    .collect()
}

fn responses<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let fit = profile.responses.iter().filter(|one| {
        profile.supervisor(&one.by).is_some()
            && input.facts.first_day <= one.at.date_in(&profile.zone)
    });
    fit.map(|one| Act {
        key: format!("responses.{}", one.id),
        detail: one.kind.label().local(),
        date: one.at.date_in(&profile.zone),
        proof: &one.proof,
        outcome: Outcome::Done,
    })
    .collect()
}
