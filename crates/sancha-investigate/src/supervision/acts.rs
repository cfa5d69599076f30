//! What the profile records of those who are answerable above the operator, by what a question asks for.

use jiff::civil::Date;
use sancha_compliance::{
    Fault, InspectionKind, Period, PostRole, Profile, Proof, Relay, Report, SupervisionAsk,
    SupervisorRole,
};
use sancha_model::{LocalText, Text};

use crate::{operator_duty::DutyInput, texts};

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
    /// Nothing is recorded for something that was there to be done, or not for the day.
    Open(Open),
}

/// Why an entry does not say that something was done.
pub(super) enum Open {
    /// Not in force that day, or signed later.
    Period(Fault),
    NoRecheck,
    RecheckedLater(Date),
    NotPassedOn,
    PassedOnLater(Date),
    Attendance,
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
    let fit = all.filter(|s| fits(s.role) && concerns(&s.systems, input));
    in_force_first(fit.map(|s| {
        let role = s.role.label();
        Act {
            key: format!("supervisors.{}", s.id),
            detail: LocalText::new(
                format!("{}（{}）", s.name, role.zh),
                format!("{} ({})", s.name, role.en),
            ),
            date: s.period.from,
            proof: &s.proof,
            outcome: in_force(s.period, day),
        }
    }))
}

fn in_force(period: Period, day: Date) -> Outcome {
    Fault::of_period(period, day).map_or(Outcome::Done, |why| Outcome::Open(Open::Period(why)))
}

/// What was in force that day. Only where nothing was do the others say why they do not answer.
fn in_force_first<'a>(acts: impl Iterator<Item = Act<'a>>) -> Vec<Act<'a>> {
    let (then, others): (Vec<_>, Vec<_>) =
        acts.partition(|act| !matches!(act.outcome, Outcome::Open(_)));
    if then.is_empty() { others } else { then }
}

/// The two roles that are asked for, with what they are called.
const LEADERS: [(PostRole, Text); 2] = [
    (PostRole::MainLeader, texts::FIRST_RESPONSIBLE),
    (PostRole::DirectLeader, texts::DIRECTLY_RESPONSIBLE),
];

fn leaders<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let of = |role| {
        let fit = profile.posts.iter().filter(move |post| post.role == role);
        in_force_first(fit.map(|post| Act {
            key: format!("posts.{}", post.id),
            detail: LocalText::same(post.post.as_str()),
            date: post.period.from,
            proof: &post.proof,
            outcome: in_force(post.period, day),
        }))
    };
    LEADERS.iter().flat_map(|(role, _)| of(*role)).collect()
}

/// Those of the two roles that nobody held that day.
pub(super) fn roles_without_a_post(profile: &Profile, input: &DutyInput<'_>) -> Vec<Text> {
    let day = input.facts.first_day;
    let held = |role| profile.posts.iter().any(|p| p.role == role && p.period.covers(day));
    LEADERS.iter().filter(|(role, _)| !held(*role)).map(|(_, name)| *name).collect()
}

fn letters<'a>(profile: &'a Profile, input: &DutyInput<'_>) -> Vec<Act<'a>> {
    let day = input.facts.first_day;
    let fit = profile.letters.iter().filter(|letter| concerns(&letter.systems, input));
    in_force_first(fit.map(|letter| {
        let post = profile.post(&letter.post).map_or(letter.post.as_str(), |post| &post.post);
        let outcome = match in_force(letter.period, day) {
            Outcome::Done if day < letter.signed => {
                Outcome::Open(Open::Period(Fault::DoneLater(letter.signed)))
            }
            outcome => outcome,
        };
        Act {
            key: format!("letters.{}", letter.id),
            detail: LocalText::same(post),
            date: letter.signed,
            proof: &letter.proof,
            outcome,
        }
    }))
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
            let recheck = defect.recheck.as_ref();
            let outcome = match recheck {
                Some(later) if day < later.date => Outcome::Open(Open::RecheckedLater(later.date)),
                Some(recheck) if recheck.passed => Outcome::Done,
                Some(_) => Outcome::Remains,
                None => Outcome::Open(Open::NoRecheck),
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
        let passed = one.passed_on.as_ref();
        let outcome = match passed {
            Some(later) if day < later.date => Outcome::Open(Open::PassedOnLater(later.date)),
            Some(_) => Outcome::Done,
            None => Outcome::Open(Open::NotPassedOn),
        };
        Act {
            key: format!("warnings.{}", one.id),
            detail: LocalText::same(one.subject.as_deref().unwrap_or("—")),
            date: passed.map_or(one.received, |act| act.date),
            proof: passed.map_or(&[], |act| &act.proof),
            outcome,
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
            None => Outcome::Open(Open::Attendance),
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
        let then = |relay: &&Relay| report.at <= relay.at && relay.at <= input.facts.at;
        let relay = report.relayed.as_ref().filter(then)?;
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
            && one.at <= input.facts.at
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
