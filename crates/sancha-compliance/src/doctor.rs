//! What is missing in a profile, and which conclusion it would change.

use jiff::civil::Date;
use sancha_model::LocalText;
use serde::Serialize;

use crate::{
    catalog::Catalog,
    duty::{Answer, Applicability, AskedOf, CaseTouch, Duty, Fault, Requirement, Scope, answer},
    profile::{Contractor, Profile, ProofShelf, System},
    texts,
};

/// One thing to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Id of the duty whose conclusion it would change.
    pub duty: String,
    pub question: LocalText,
    /// Id of the system; `None` where it concerns the unit.
    pub system: Option<String>,
    /// The builder or maintainer asked.
    pub contractor: Option<String>,
    pub message: LocalText,
}

/// Goes through every duty as if a case on `day` touched every system of the profile.
pub fn doctor(profile: &Profile, shelf: &ProofShelf, catalog: &Catalog, day: Date) -> Vec<Missing> {
    let systems: Vec<&System> = profile.systems.iter().collect();
    let touch = CaseTouch { systems, personal_information: true, data: true };
    let mut all = Vec::new();
    for duty in catalog.duties() {
        let bound = duty.applies(profile, shelf, &touch, day);
        if matches!(bound, Applicability::NotApplicable(_)) {
            continue;
        }
        match duty.asked_of {
            AskedOf::Operator => {
                all.extend(of_duty(duty, None, profile, shelf, &touch.systems, day));
            }
            AskedOf::Contractor => all.extend(
                profile
                    .contractors
                    .iter()
                    .flat_map(|one| of_duty(duty, Some(one), profile, shelf, &touch.systems, day)),
            ),
        }
    }
    all
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
        let scope = Scope { profile, shelf, day, since: day, system, contractor };
        for line in &duty.requires {
            let answers: Vec<_> = line
                .iter()
                .map(|one| answer(*one, &duty.proof, duty.within_months, scope))
                .collect();
            if answers.iter().any(Answer::is_met) {
                continue;
            }
            all.extend(messages(line, &answers).into_iter().map(|message| Missing {
                duty: duty.id.clone(),
                question: duty.question.clone(),
                system: system.map(|system| system.id.clone()),
                contractor: contractor.map(|one| one.id.clone()),
                message,
            }));
        }
    }
    all
}

fn messages(line: &[Requirement], answers: &[Answer<'_>]) -> Vec<LocalText> {
    let faults = answers.iter().flat_map(|answer| &answer.faults);
    let mut all: Vec<LocalText> = faults
        .map(|(key, fault, proof)| {
            let path = proof.map(|proof| proof.path.as_str()).unwrap_or_default();
            let values = [("key", LocalText::same(key.as_str())), ("path", LocalText::same(path))];
            fault_text(*fault).fill(&values)
        })
        .collect();
    if all.is_empty() {
        let zh: Vec<&str> = line.iter().map(|one| one.label().zh).collect();
        let en: Vec<&str> = line.iter().map(|one| one.label().en).collect();
        let ids: Vec<&str> = line.iter().map(|one| one.id()).collect();
        let what = LocalText::new(zh.join("或"), en.join(" or "));
        let values = [("what", what), ("where", LocalText::same(ids.join(" | ")))];
        all.push(texts::DOCTOR_NO_ENTRY.fill(&values));
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
        Fault::NotInForce => texts::DOCTOR_NOT_IN_FORCE,
        Fault::TooOld => texts::DOCTOR_TOO_OLD,
        Fault::NoInterval => texts::DOCTOR_NO_INTERVAL,
    }
}
