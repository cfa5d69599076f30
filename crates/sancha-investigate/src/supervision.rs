//! The third investigation: what the bodies above did for the systems touched, each question with the
//! kind of basis it rests on. Absence is `not_shown`; only a proven record can say otherwise.

mod acts;

use jiff::civil::Date;
use sancha_compliance::{
    Applicability, Fault, Profile, Proof, ProofCheck, SupervisionAsk, SupervisionQuestion,
};
use sancha_model::{
    Citation, Citations, Conclusion, LocalText, Param, ProvisionRef, Statement, Status, Text,
};

use crate::{
    operator_duty::{
        DutyInput, Judgement, Segment,
        sentences::{
            cite_profile, cite_proof, fault, inspected_under, judged_by, no_law, not_bound, open,
        },
    },
    texts,
};

use acts::{Act, Open, Outcome, acts};

/// One conclusion per question of `law/supervision.yaml`.
pub fn supervision(input: &DutyInput<'_>) -> Vec<Conclusion> {
    input.catalog.supervision().iter().map(|question| conclude(question, input)).collect()
}

fn conclude(question: &SupervisionQuestion, input: &DutyInput<'_>) -> Conclusion {
    let mut provisions = Vec::new();
    let mut statements = Vec::new();
    let mut any_law = question.provisions.is_empty();
    let mut inspected = inspection_days(question, input);
    let mut parts = segments(question, &inspected, input);
    // An inspection of a day that had no order yet answers the question all the same.
    if !inspected.is_empty() && parts.iter().all(|segment| segment.provisions.is_empty()) {
        inspected.clear();
        parts = segments(question, &inspected, input);
    }
    for segment in parts {
        if segment.provisions.is_empty() {
            statements.push(no_law(segment.from));
            continue;
        }
        any_law = true;
        let said =
            if inspected.is_empty() { judged_by(&segment) } else { inspected_under(&segment) };
        statements.extend(said);
        provisions.extend(segment.provisions);
    }
    statements.insert(0, basis(question, &provisions));
    // Without a version in force on any of the days nothing is judged.
    let judgement = any_law.then(|| judge(question, &provisions, input));
    let status = judgement.as_ref().map(|judgement| judgement.status);
    statements.extend(judgement.into_iter().flat_map(|judgement| judgement.statements));
    Conclusion {
        id: question.id.clone(),
        question: question.question.clone(),
        status,
        bound: None,
        provisions,
        statements,
    }
}

/// The days of the inspections that a question is about: an inspection goes by the order of its own
/// day, not of the day of the facts.
fn inspection_days(question: &SupervisionQuestion, input: &DutyInput<'_>) -> Vec<Date> {
    let about_inspections = matches!(
        question.asks,
        SupervisionAsk::Inspections
            | SupervisionAsk::IndustryInspections
            | SupervisionAsk::ProtectionInspections
    );
    let Some(profile) = input.profile.filter(|_| about_inspections) else { return Vec::new() };
    let mut days: Vec<Date> =
        acts(question.asks, profile, input).into_iter().map(|act| act.date).collect();
    days.sort_unstable();
    days.dedup();
    days
}

fn segments(
    question: &SupervisionQuestion,
    inspected: &[Date],
    input: &DutyInput<'_>,
) -> Vec<Segment> {
    let names = &question.provisions;
    if names.is_empty() {
        Vec::new()
    } else if inspected.is_empty() {
        input.segments(names)
    } else {
        inspected.iter().flat_map(|day| input.segments_between(names, *day, *day)).collect()
    }
}

/// Each question says what it rests on: a provision where there is one, else openly none.
fn basis(question: &SupervisionQuestion, provisions: &[ProvisionRef]) -> Statement {
    let params = vec![("basis", Param::Local(question.basis.label().local()))];
    let cited = provisions.iter().cloned().map(|provision| Citation::Provision { provision });
    match Citations::from_vec(cited.collect()) {
        Some(citations) => Statement::cited(&texts::BASIS, params, citations),
        None => Statement::unknown(&texts::BASIS, params, Vec::new()),
    }
}

fn judge(
    question: &SupervisionQuestion,
    provisions: &[ProvisionRef],
    input: &DutyInput<'_>,
) -> Judgement {
    let Some(profile) = input.profile else {
        return missing(question, &texts::NO_PROFILE, input);
    };
    let day = input.facts.first_day;
    match question.applies(profile, input.shelf, &input.touch(profile), day) {
        Applicability::NotApplicable(why) => return not_bound(why, provisions),
        Applicability::Undetermined(why) => return open(why),
        Applicability::Applies => {}
    }
    if question.asks == SupervisionAsk::FindingOfResponsibility {
        let bring = vec![texts::BRING_FINDING.local()];
        let said = Statement::unknown(&texts::THREE_OPEN, Vec::new(), bring);
        return Judgement { status: Status::NotShown, statements: vec![said] };
    }
    weigh(question, acts(question.asks, profile, input), profile, input)
}

/// The day until which a question's proof may have been made.
fn day_of(question: &SupervisionQuestion, input: &DutyInput<'_>) -> Date {
    if is_after(question.asks) { input.report_day() } else { input.facts.first_day }
}

fn missing(
    question: &SupervisionQuestion,
    text: &'static Text,
    input: &DutyInput<'_>,
) -> Judgement {
    let what = question.asks.label().local();
    let day = LocalText::same(day_of(question, input).to_string());
    let bring = vec![texts::BRING.fill(&[("what", what), ("day", day)])];
    let params = vec![
        ("system", Param::Local(texts::ALL_SYSTEMS.local())),
        ("what", Param::Local(question.asks.label().local())),
    ];
    let said = Statement::unknown(text, params, bring);
    Judgement { status: Status::NotShown, statements: vec![said] }
}

/// Every act counts where each defect or warning has to be answered for; else one is enough.
fn weigh(
    question: &SupervisionQuestion,
    acts: Vec<Act<'_>>,
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Judgement {
    let (mut good, mut against, mut faults) = (0, 0, 0);
    let mut statements = Vec::new();
    let day = day_of(question, input);
    for act in acts {
        if let Outcome::Open(open) = &act.outcome {
            faults += 1;
            statements.push(open.say(&act.key, day, question, profile));
            continue;
        }
        let holds =
            |proof: &&Proof| input.shelf.check(proof, &question.proof, day) == ProofCheck::Good;
        match (act.proof.iter().find(holds), &act.outcome) {
            (Some(proof), Outcome::Done) => {
                good += 1;
                statements.push(say(
                    &texts::SUPERVISED,
                    question,
                    &act.key,
                    &act.detail,
                    act.date,
                    proof,
                ));
            }
            (Some(proof), Outcome::Remains) => {
                against += 1;
                let text = &texts::RECHECK_NOT_PASSED;
                statements.push(say(text, question, &act.key, &act.detail, act.date, proof));
            }
            (Some(proof), Outcome::Absent) => {
                faults += 1;
                let text = &texts::NOT_ATTENDED;
                statements.push(say(text, question, &act.key, &act.detail, act.date, proof));
            }
            (None, _) | (_, Outcome::Open(_)) => {
                faults += 1;
                statements.push(not_proven(question, &act, day, profile, input));
            }
        }
    }
    if question.asks == SupervisionAsk::Leaders {
        let lacking = acts::roles_without_a_post(profile, input);
        faults += lacking.len();
        statements.extend(lacking.into_iter().map(|role| no_leader(&role.local(), day)));
    }
    if statements.is_empty() {
        return missing(question, &texts::NO_ENTRY, input);
    }
    let every = matches!(
        question.asks,
        SupervisionAsk::DefectsRechecked
            | SupervisionAsk::WarningsPassedOn
            | SupervisionAsk::Leaders
    );
    let status = if against > 0 {
        Status::NotMet
    } else if good > 0 && (!every || faults == 0) {
        Status::Met
    } else {
        Status::NotShown
    };
    Judgement { status, statements }
}

/// What the bodies above do once the incident is known.
const fn is_after(asks: SupervisionAsk) -> bool {
    matches!(asks, SupervisionAsk::ReportsRelayed | SupervisionAsk::ResponsesBySupervisor)
}

fn say(
    text: &'static Text,
    question: &SupervisionQuestion,
    key: &str,
    detail: &LocalText,
    date: Date,
    proof: &Proof,
) -> Statement {
    let params = vec![
        ("what", Param::Local(question.asks.label().local())),
        ("detail", Param::Local(detail.clone())),
        ("date", Param::Date(date)),
        ("key", Param::Same(key.to_owned())),
    ];
    let citations = Citations::one(cite_proof(proof)).and(cite_profile(key));
    Statement::cited(text, params, citations)
}

/// The first proof of an entry does not hold, or there is none.
fn not_proven(
    question: &SupervisionQuestion,
    act: &Act<'_>,
    day: Date,
    profile: &Profile,
    input: &DutyInput<'_>,
) -> Statement {
    let first = act.proof.first();
    let check = first.map(|proof| input.shelf.check(proof, &question.proof, day));
    let why = check.and_then(|check| Fault::of_check(&check)).unwrap_or(Fault::NoProof);
    let what = question.asks.label().local();
    fault(&texts::ALL_SYSTEMS.local(), what, (&act.key, why, first), day, profile)
}

fn no_leader(role: &LocalText, day: Date) -> Statement {
    let values = [("role", role.clone()), ("day", LocalText::same(day.to_string()))];
    let bring = vec![texts::BRING_LEADER.fill(&values)];
    Statement::unknown(&texts::NO_LEADER, vec![("role", Param::Local(role.clone()))], bring)
}

impl Open {
    fn say(
        &self,
        key: &str,
        day: Date,
        question: &SupervisionQuestion,
        profile: &Profile,
    ) -> Statement {
        let mut params = vec![("key", Param::Same(key.to_owned())), ("day", Param::Date(day))];
        let text = match *self {
            Self::Period(why) => {
                let what = question.asks.label().local();
                let system = texts::ALL_SYSTEMS.local();
                return fault(&system, what, (key, why, None), day, profile);
            }
            Self::NoRecheck => &texts::NO_RECHECK,
            Self::RecheckedLater(date) => {
                params.push(("date", Param::Date(date)));
                &texts::RECHECKED_LATER
            }
            Self::NotPassedOn => &texts::NOT_PASSED_ON,
            Self::PassedOnLater(date) => {
                params.push(("date", Param::Date(date)));
                &texts::PASSED_ON_LATER
            }
            Self::Attendance => &texts::ATTENDANCE_OPEN,
        };
        Statement::cited(text, params, Citations::one(cite_profile(key)))
    }
}
