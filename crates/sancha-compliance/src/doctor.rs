//! What is missing in a profile, and which conclusion it would change.

use jiff::civil::Date;
use sancha_model::LocalText;
use serde::Serialize;

use crate::{
    catalog::Catalog,
    duty::{
        Answer, Applicability, AskedOf, CaseTouch, Duty, Fault, Need, NotBound, Requirement, Scope,
        answer,
    },
    profile::{Contractor, Impact, Profile, ProofShelf, System},
    texts,
};

/// One thing to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Id of the duty whose conclusion it would change; `grade` for what the grade is made from.
    pub duty: String,
    pub question: LocalText,
    /// Id of the system; `None` where it concerns the unit.
    pub system: Option<String>,
    /// The builder or maintainer asked.
    pub contractor: Option<String>,
    /// Line of operator.toml of the entry that does not answer; `None` where there is none.
    pub line: Option<u32>,
    pub message: LocalText,
}

/// Goes through every duty as if a case on `day` touched every system of the profile.
pub fn doctor(profile: &Profile, shelf: &ProofShelf, catalog: &Catalog, day: Date) -> Vec<Missing> {
    let systems: Vec<&System> = profile.systems.iter().collect();
    let touch = CaseTouch { systems, personal_information: true, data: true };
    let mut all: Vec<Missing> = Vec::new();
    for duty in catalog.duties() {
        match duty.applies(profile, shelf, &touch, day) {
            Applicability::NotApplicable(_) => continue,
            // Only an incident tells.
            Applicability::Undetermined(NotBound::Need(Need::CrimeReported)) => continue,
            Applicability::Undetermined(NotBound::Need(need)) => {
                let need = [("need", need.label().local())];
                all.push(about(duty, texts::DOCTOR_NEED.fill(&need)));
                continue;
            }
            Applicability::Undetermined(NotBound::DesignationNotShown) => {
                all.push(about(duty, texts::DOCTOR_DESIGNATION.local()));
            }
            Applicability::Undetermined(_) | Applicability::Applies => {}
        }
        let contractors: Vec<Option<&Contractor>> = match duty.asked_of {
            AskedOf::Operator => vec![None],
            AskedOf::Contractor => {
                let now = profile.contractors.iter().filter(|one| one.period.covers(day));
                now.map(Some).collect()
            }
        };
        for contractor in contractors {
            all.extend(of_duty(duty, contractor, profile, shelf, &touch.systems, day));
        }
    }
    all.extend(profile.incident.impact.iter().filter_map(|one| of_grade(one, shelf, day)));
    // Two systems of one id, or two ways to one entry, are told once.
    let mut told: Vec<Missing> = Vec::new();
    for one in all {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told
}

/// What concerns a duty as a whole.
fn about(duty: &Duty, message: LocalText) -> Missing {
    Missing {
        duty: duty.id.clone(),
        question: duty.question.clone(),
        system: None,
        contractor: None,
        line: None,
        message,
    }
}

fn of_grade(impact: &Impact, shelf: &ProofShelf, day: Date) -> Option<Missing> {
    if impact.proven(shelf, day).is_some() {
        return None;
    }
    let kinds: Vec<&str> = Impact::KINDS.iter().map(|kind| kind.id()).collect();
    let values =
        [("key", LocalText::same(impact.key())), ("kinds", LocalText::same(kinds.join(" ")))];
    Some(Missing {
        duty: "grade".to_owned(),
        question: impact.criterion.label().local(),
        system: None,
        contractor: None,
        line: Some(impact.line),
        message: texts::DOCTOR_IMPACT.fill(&values),
    })
}

fn of_duty<'a>(
    duty: &Duty,
    contractor: Option<&'a Contractor>,
    profile: &'a Profile,
    shelf: &'a ProofShelf,
    systems: &[&'a System],
    day: Date,
) -> Vec<Missing> {
    let mut all: Vec<Missing> = Vec::new();
    let each: Vec<Option<&System>> =
        if systems.is_empty() { vec![None] } else { systems.iter().copied().map(Some).collect() };
    for system in each {
        // Whatever incident an answer was given to, it counts here.
        let aware_at = profile.incident.aware_at;
        let scope = Scope { profile, shelf, day, since: Date::MIN, aware_at, system, contractor };
        for line in &duty.requires {
            let answers: Vec<_> = line
                .iter()
                .map(|one| answer(*one, &duty.proof, duty.within_months, scope))
                .collect();
            if answers.iter().any(Answer::is_met) {
                continue;
            }
            let told = messages(line, &answers, profile).into_iter();
            all.extend(told.map(|(line, message)| Missing {
                duty: duty.id.clone(),
                question: duty.question.clone(),
                system: system.map(|system| system.id.clone()),
                contractor: contractor.map(|one| one.id.clone()),
                line,
                message,
            }));
        }
    }
    all
}

fn messages(
    line: &[Requirement],
    answers: &[Answer<'_>],
    profile: &Profile,
) -> Vec<(Option<u32>, LocalText)> {
    let faults = answers.iter().flat_map(|answer| &answer.faults);
    let mut all: Vec<(Option<u32>, LocalText)> = faults
        .map(|(key, fault, proof)| {
            let path = proof.map(|proof| proof.path.as_str()).unwrap_or_default();
            let mut values =
                vec![("key", LocalText::same(key.as_str())), ("path", LocalText::same(path))];
            values.extend(fault.values(&profile.zone));
            (profile.line_of(key), fault_text(*fault).fill(&values))
        })
        .collect();
    if all.is_empty() {
        let zh: Vec<&str> = line.iter().map(|one| one.label().zh).collect();
        let en: Vec<&str> = line.iter().map(|one| one.label().en).collect();
        let ids: Vec<&str> = line.iter().map(|one| one.id()).collect();
        let what = LocalText::new(zh.join("或"), en.join(" or "));
        let values = [("what", what), ("where", LocalText::same(ids.join(" | ")))];
        all.push((None, texts::DOCTOR_NO_ENTRY.fill(&values)));
    }
    all
}

const fn fault_text(fault: Fault) -> sancha_model::Text {
    match fault {
        Fault::NoProof => texts::DOCTOR_NO_PROOF,
        Fault::Missing => texts::DOCTOR_MISSING,
        Fault::Unreadable => texts::DOCTOR_UNREADABLE,
        Fault::DigestMismatch => texts::DOCTOR_DIGEST,
        Fault::TooLate => texts::DOCTOR_TOO_LATE,
        Fault::WrongKind => texts::DOCTOR_WRONG_KIND,
        Fault::Ended(_) => texts::DOCTOR_ENDED,
        Fault::Begins(_) => texts::DOCTOR_BEGINS,
        Fault::DoneLater(_) => texts::DOCTOR_DONE_LATER,
        Fault::DoneBefore(_) => texts::DOCTOR_DONE_BEFORE,
        Fault::NotRecorded => texts::DOCTOR_NOT_RECORDED,
        Fault::NotAgreed => texts::DOCTOR_NOT_AGREED,
        Fault::NotDone => texts::DOCTOR_NOT_DONE,
        Fault::PlanNotInForce { .. } => texts::DOCTOR_PLAN_NOT_IN_FORCE,
        Fault::StartedUnaware { .. } => texts::DOCTOR_STARTED_UNAWARE,
        Fault::StartedBefore { .. } => texts::DOCTOR_STARTED_BEFORE,
        Fault::StartNotJudged { .. } => texts::DOCTOR_START_NOT_JUDGED,
        Fault::StartedLate { .. } => texts::DOCTOR_STARTED_LATE,
        Fault::TooOld => texts::DOCTOR_TOO_OLD,
        Fault::NoInterval => texts::DOCTOR_NO_INTERVAL,
    }
}
