//! The second investigation: what the law in force on the days of the facts asked, and what shows it.
//!
//! `met` needs a readable proof with the right digest, made by the day. `not_met` needs a proven record
//! that itself says otherwise, or a log source shown to be complete. All else is `not_shown`.

mod judge;
mod lake;
mod probes;
pub(crate) mod reported;
pub(crate) mod sentences;

use jiff::civil::Date;
use sancha_case::Grade;
use sancha_compliance::{
    Applicability, AskedOf, CaseTouch, Catalog, Contractor, Duty, Judged, KeptLogs, Need, NotBound,
    Probe, Profile, ProofShelf, ProvisionName, System, home_zone,
};
use sancha_model::{Conclusion, Coverage, ProvisionRef, Statement, Status};

use crate::{CaseFacts, Touched};

/// What the second and third investigation are made of.
#[derive(Clone, Copy, Debug)]
pub struct DutyInput<'a> {
    pub facts: &'a CaseFacts,
    pub profile: Option<&'a Profile>,
    pub shelf: &'a ProofShelf,
    pub catalog: &'a Catalog,
    pub coverage: &'a Coverage,
    /// What a lake states of the logs that it keeps.
    pub kept: &'a [KeptLogs],
    pub grade: Grade,
}

impl<'a> DutyInput<'a> {
    pub(crate) fn systems(&self, profile: &'a Profile) -> Vec<&'a System> {
        self.facts.systems.iter().filter_map(|id| profile.system(id)).collect()
    }

    pub(crate) fn touch(&self, profile: &'a Profile) -> CaseTouch<'a> {
        let seen = self.facts.personal_information != Touched::NotShown;
        CaseTouch { systems: self.systems(profile), personal_information: seen, data: seen }
    }

    /// The day on which something is judged that is done after the facts.
    pub(crate) fn report_day(&self) -> Date {
        let home = home_zone();
        self.facts.at.date_in(self.profile.map_or(&home, |profile| &profile.zone))
    }

    /// The parts of the case under one version of the law each, with what was in force.
    pub(crate) fn segments(&self, names: &[ProvisionName]) -> Vec<Segment> {
        self.segments_between(names, self.facts.first_day, self.facts.last_day)
    }

    /// The same for other days than those of the facts: a procedure goes by its own day.
    pub(crate) fn segments_between(
        &self,
        names: &[ProvisionName],
        first: Date,
        last: Date,
    ) -> Vec<Segment> {
        if let Some(day) = self.facts.law_day {
            let provisions = names.iter().filter_map(|n| self.catalog.provision(n, day)).collect();
            return vec![Segment { from: first, until: last, provisions }];
        }
        let cut = self.catalog.segments(names, first, last);
        cut.into_iter()
            .map(|(from, until)| Segment {
                from,
                until,
                provisions: names.iter().filter_map(|n| self.catalog.provision(n, from)).collect(),
            })
            .collect()
    }
}

/// Days of a case under the same versions of the law.
pub(crate) struct Segment {
    pub(crate) from: Date,
    pub(crate) until: Date,
    pub(crate) provisions: Vec<ProvisionRef>,
}

/// What one segment comes to.
pub(crate) struct Judgement {
    pub(crate) status: Status,
    pub(crate) statements: Vec<Statement>,
}

/// One conclusion per duty, and per builder or maintainer where a duty is asked of them.
pub fn operator_duty(input: &DutyInput<'_>) -> Vec<Conclusion> {
    let mut all = Vec::new();
    for duty in input.catalog.duties() {
        match (duty.asked_of, input.profile) {
            (AskedOf::Operator, _) | (AskedOf::Contractor, None) => {
                all.push(conclude(duty, None, input));
            }
            (AskedOf::Contractor, Some(profile)) => {
                let named = contractors(input, profile);
                if named.is_empty() {
                    all.push(sentences::no_contractor(duty, profile, input));
                }
                all.extend(named.into_iter().map(|one| conclude(duty, Some(one), input)));
            }
        }
    }
    all
}

/// Those that the profile names for a system touched and any day of the case.
fn contractors<'a>(input: &DutyInput<'_>, profile: &'a Profile) -> Vec<&'a Contractor> {
    let systems = &input.facts.systems;
    let concerns = |named: &[String]| {
        named.is_empty() || systems.is_empty() || named.iter().any(|id| systems.contains(id))
    };
    let (first, last) = (input.facts.first_day, input.facts.last_day);
    let then = |one: &&Contractor| one.period.touches(first, last);
    profile.contractors.iter().filter(|one| concerns(&one.systems)).filter(then).collect()
}

fn conclude(duty: &Duty, contractor: Option<&Contractor>, input: &DutyInput<'_>) -> Conclusion {
    let mut status = None;
    let mut provisions = Vec::new();
    let mut statements = Vec::new();
    for segment in input.segments(&duty.provisions) {
        if segment.provisions.is_empty() {
            statements.push(sentences::no_law(segment.from));
            continue;
        }
        statements.extend(sentences::judged_by(&segment));
        let judgement = segment_of(duty, contractor, &segment, input);
        statements.extend(judgement.statements);
        status = Some(graver(status, judgement.status));
        provisions.extend(segment.provisions);
    }
    Conclusion {
        id: duty.id.clone(),
        question: duty.question.clone(),
        // Without a version in force on any of the days nothing is judged.
        status,
        bound: contractor.map(|one| one.name.clone()),
        provisions,
        statements,
    }
}

/// Of two segments the one that asks for more attention speaks for the case.
fn graver(before: Option<Status>, now: Status) -> Status {
    let weight = |status| match status {
        Status::NotMet => 3,
        Status::NotShown => 2,
        Status::Met => 1,
        Status::NotApplicable => 0,
    };
    before.filter(|before| weight(*before) > weight(now)).unwrap_or(now)
}

fn segment_of(
    duty: &Duty,
    contractor: Option<&Contractor>,
    segment: &Segment,
    input: &DutyInput<'_>,
) -> Judgement {
    let Some(profile) = input.profile else { return without_profile(duty, segment, input) };
    let touch = input.touch(profile);
    let day = match duty.judged {
        Judged::DayOfFacts => segment.from,
        Judged::DayOfReport => input.report_day(),
    };
    match duty.applies(profile, input.shelf, &touch, segment.from) {
        Applicability::NotApplicable(why) => sentences::not_bound(why, &segment.provisions),
        Applicability::Undetermined(why) => {
            let mut open = sentences::open(why);
            if why == NotBound::Need(Need::Contractor) {
                open.statements.extend(sentences::out_of_term(profile, input));
            }
            open
        }
        Applicability::Applies => match duty.probe {
            Some(Probe::LogRetention) => probes::logs_alone(segment, input),
            Some(Probe::ReportClock) => reported::in_time(profile, input),
            Some(Probe::ReportMade) => reported::at_all(duty, day, profile, input),
            None => judge::judge(duty, contractor, day, profile, input),
        },
    }
}

/// Logs alone may still answer; everything else has to be brought.
fn without_profile(duty: &Duty, segment: &Segment, input: &DutyInput<'_>) -> Judgement {
    if duty.probe == Some(Probe::LogRetention) {
        return probes::logs_alone(segment, input);
    }
    let day = match duty.judged {
        Judged::DayOfFacts => segment.from,
        Judged::DayOfReport => input.report_day(),
    };
    let bring = sentences::bring(duty, day);
    let said = Statement::unknown(&crate::texts::NO_PROFILE, Vec::new(), bring);
    Judgement { status: Status::NotShown, statements: vec![said] }
}
