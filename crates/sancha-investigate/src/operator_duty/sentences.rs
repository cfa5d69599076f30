//! The sentences of the second investigation. Each cites what it rests on, or says what to bring.

use jiff::civil::Date;
use sancha_compliance::{
    Answer, Contractor, Duty, Fault, NotBound, Profile, Proof, Requirement, Scope, Shown, Signed,
};
use sancha_model::{
    Citation, Citations, Conclusion, LocalText, Param, ProvisionRef, Statement, Status, Text,
};

use super::{DutyInput, Judgement, Segment};
use crate::texts;

pub(crate) fn cite_proof(proof: &Proof) -> Citation {
    Citation::Proof {
        path: proof.path.clone(),
        sha256: proof.sha256.clone(),
        date: proof.date.to_string(),
    }
}

pub(crate) fn cite_profile(key: &str) -> Citation {
    Citation::Profile { key: key.to_owned() }
}

fn cite_provisions(provisions: &[ProvisionRef]) -> Option<Citations> {
    let cited = provisions.iter().cloned().map(|provision| Citation::Provision { provision });
    Citations::from_vec(cited.collect())
}

pub(crate) fn no_law(day: Date) -> Statement {
    let bring = vec![texts::BRING_LAW.local()];
    Statement::unknown(&texts::NO_LAW, vec![("day", Param::Date(day))], bring)
}

pub(crate) fn judged_by(segment: &Segment) -> Option<Statement> {
    under(&texts::JUDGED_BY, segment)
}

/// The order under which an inspection of that day was made.
pub(crate) fn inspected_under(segment: &Segment) -> Option<Statement> {
    under(&texts::INSPECTED_UNDER, segment)
}

fn under(text: &'static Text, segment: &Segment) -> Option<Statement> {
    let mut titles: Vec<_> = segment.provisions.iter().map(|provision| &provision.title).collect();
    titles.dedup();
    let zh: Vec<&str> = titles.iter().map(|title| title.zh.as_str()).collect();
    let en: Vec<&str> = titles.iter().map(|title| title.en.as_str()).collect();
    let title = LocalText::new(
        zh.iter().map(|title| format!("《{title}》")).collect::<String>(),
        en.join("; "),
    );
    let params = vec![
        ("from", Param::Date(segment.from)),
        ("until", Param::Date(segment.until)),
        ("title", Param::Local(title)),
    ];
    let citations = cite_provisions(&segment.provisions)?;
    Some(Statement::cited(text, params, citations))
}

/// The proof to bring, one line each.
pub(super) fn bring(duty: &Duty, day: Date) -> Vec<LocalText> {
    duty.requires.iter().map(|line| bring_line(line, day)).collect()
}

fn bring_line(line: &[Requirement], day: Date) -> LocalText {
    let what = alternatives(line);
    texts::BRING.fill(&[("what", what), ("day", LocalText::same(day.to_string()))])
}

fn alternatives(line: &[Requirement]) -> LocalText {
    let labels: Vec<Text> = line.iter().map(|one| one.label()).collect();
    LocalText::new(
        labels.iter().map(|label| label.zh).collect::<Vec<_>>().join("或"),
        labels.iter().map(|label| label.en).collect::<Vec<_>>().join(" or "),
    )
}

pub(super) fn shown(
    system: &LocalText,
    what: Requirement,
    shown: &Shown<'_>,
    day: Date,
) -> Statement {
    let mut params = vec![
        ("system", Param::Local(system.clone())),
        ("what", Param::Local(what.label().local())),
        ("key", Param::Same(shown.key.clone())),
    ];
    let text = match &shown.done {
        Some(done) => {
            params.push(("done", Param::Same(done.clone())));
            &texts::SHOWN_DONE
        }
        None => {
            params.push(("day", Param::Date(day)));
            &texts::SHOWN
        }
    };
    let citations = Citations::one(cite_proof(shown.proof)).and(cite_profile(&shown.key));
    Statement::cited(text, params, citations)
}

pub(super) fn against(system: &LocalText, key: &str, proof: &Proof) -> Statement {
    let params =
        vec![("system", Param::Local(system.clone())), ("key", Param::Same(key.to_owned()))];
    let citations = Citations::one(cite_proof(proof)).and(cite_profile(key));
    Statement::cited(&texts::AGAINST, params, citations)
}

/// When a restore test was, seen from the day that is judged and from the report.
pub(super) fn tested(
    text: &'static Text,
    system: &LocalText,
    (key, proof): &(String, &Proof),
    (day, report): (Date, Date),
) -> Statement {
    let days =
        |until: Date| Param::Same(proof.date.until(until).map_or(0, |s| s.get_days()).to_string());
    let params = vec![
        ("system", Param::Local(system.clone())),
        ("date", Param::Date(proof.date)),
        ("day", Param::Date(day)),
        ("before", days(day)),
        ("age", days(report)),
        ("key", Param::Same(key.clone())),
    ];
    let citations = Citations::one(cite_proof(proof)).and(cite_profile(key));
    Statement::cited(text, params, citations)
}

/// Whose word a statement is that a lake made of itself.
pub(super) fn signed(signed: &Signed, path: &str, citation: Citation) -> Statement {
    let mut params = vec![("path", Param::Same(path.to_owned()))];
    let text = match signed {
        Signed::By(key) => {
            params.push(("key", Param::Same(key.clone())));
            &texts::SIGNED_BY
        }
        Signed::NotChecked => &texts::SIGNED_NOT_CHECKED,
        Signed::No => &texts::SIGNED_NO,
    };
    Statement::cited(text, params, Citations::one(citation))
}

const fn fault_text(fault: Fault) -> &'static Text {
    match fault {
        Fault::NoProof => &texts::DECLARED,
        Fault::Missing => &texts::PROOF_MISSING,
        Fault::Unreadable => &texts::PROOF_UNREADABLE,
        Fault::DigestMismatch => &texts::PROOF_DIGEST,
        Fault::TooLate => &texts::PROOF_TOO_LATE,
        Fault::WrongKind => &texts::PROOF_WRONG_KIND,
        Fault::Ended(_) => &texts::ENDED,
        Fault::Begins(_) => &texts::BEGINS,
        Fault::DoneLater(_) => &texts::DONE_LATER,
        Fault::DoneBefore(_) => &texts::DONE_BEFORE,
        Fault::NotRecorded => &texts::NOT_RECORDED,
        Fault::NotAgreed => &texts::NOT_AGREED,
        Fault::NotDone => &texts::NOT_DONE,
        Fault::TooOld => &texts::TOO_OLD,
        Fault::NoInterval => &texts::NO_INTERVAL,
        Fault::PlanNotInForce { .. } => &texts::PLAN_NOT_IN_FORCE,
        Fault::StartedUnaware { .. } => &texts::STARTED_UNAWARE,
        Fault::StartedBefore { .. } => &texts::STARTED_BEFORE,
        Fault::StartNotJudged { .. } => &texts::START_NOT_JUDGED,
        Fault::StartedLate { .. } => &texts::STARTED_LATE,
    }
}

/// Why an entry does not answer: with the days and times that say so, and the proof where one was read.
pub(crate) fn fault(
    system: &LocalText,
    what: LocalText,
    (key, fault, proof): (&str, Fault, Option<&Proof>),
    day: Date,
    profile: &Profile,
) -> Statement {
    let mut params = vec![
        ("system", Param::Local(system.clone())),
        ("what", Param::Local(what)),
        ("day", Param::Date(day)),
        ("key", Param::Same(key.to_owned())),
        ("path", Param::Same(proof.map(|proof| proof.path.clone()).unwrap_or_default())),
    ];
    let values = fault.values(&profile.zone).into_iter();
    params.extend(values.map(|(name, value)| (name, Param::Local(value))));
    let citations = Citations::one(cite_profile(key));
    let read = matches!(
        fault,
        Fault::StartedUnaware { .. } | Fault::StartNotJudged { .. } | Fault::StartedLate { .. }
    );
    let citations = match proof.filter(|_| read) {
        Some(proof) => citations.and(cite_proof(proof)),
        None => citations,
    };
    Statement::cited(fault_text(fault), params, citations)
}

pub(super) fn faults(system: &LocalText, answer: &Answer<'_>, scope: Scope<'_>) -> Vec<Statement> {
    let say = |(key, why, proof): &(String, Fault, Option<&Proof>)| {
        let what = answer.requirement.label().local();
        fault(system, what, (key, *why, *proof), scope.day, scope.profile)
    };
    answer.faults.iter().map(say).collect()
}

pub(super) fn no_entry(system: &LocalText, line: &[Requirement], day: Date) -> Statement {
    let params =
        vec![("system", Param::Local(system.clone())), ("what", Param::Local(alternatives(line)))];
    Statement::unknown(&texts::NO_ENTRY, params, vec![bring_line(line, day)])
}

/// Why a duty does not bind. It cites the provision that sets the limit and the profile that answers it.
pub(crate) fn not_bound(why: NotBound, provisions: &[ProvisionRef]) -> Judgement {
    let (text, params) = match why {
        NotBound::Kind(kind) => {
            (&texts::NOT_BOUND_KIND, vec![("kind", Param::Local(kind.label().local()))])
        }
        NotBound::Need(need) => {
            (&texts::NOT_BOUND_NEED, vec![("need", Param::Local(need.label().local()))])
        }
        NotBound::DesignationNotShown | NotBound::NoOperator => return open(why),
    };
    let profile = cite_profile("operator");
    let citations = match cite_provisions(provisions) {
        Some(citations) => citations.and(profile),
        None => Citations::one(profile),
    };
    let said = Statement::cited(text, params, citations);
    Judgement { status: Status::NotApplicable, statements: vec![said] }
}

/// Why it cannot be told whether a duty binds.
pub(crate) fn open(why: NotBound) -> Judgement {
    let (text, params, bring) = match why {
        NotBound::Need(need) => {
            let need = need.label().local();
            let bring = texts::BRING_NEED.fill(&[("need", need.clone())]);
            (&texts::OPEN_NEED, vec![("need", Param::Local(need))], bring)
        }
        NotBound::DesignationNotShown => {
            (&texts::OPEN_DESIGNATION, Vec::new(), texts::BRING_DESIGNATION.local())
        }
        NotBound::Kind(_) | NotBound::NoOperator => {
            (&texts::OPEN_OPERATOR, Vec::new(), texts::BRING_OPERATOR.local())
        }
    };
    let said = Statement::unknown(text, params, vec![bring]);
    Judgement { status: Status::NotShown, statements: vec![said] }
}

pub(super) fn no_contractor(duty: &Duty, profile: &Profile, input: &DutyInput<'_>) -> Conclusion {
    let first = input.facts.first_day;
    let (from, until) = input.facts.law_days();
    let provisions = input.catalog.provisions_between(&duty.provisions, from, until);
    let (status, statements) = if provisions.is_empty() {
        (None, vec![no_law(first)])
    } else {
        let bring = bring(duty, first);
        let mut said = vec![Statement::unknown(&texts::NO_CONTRACTOR, Vec::new(), bring)];
        said.extend(out_of_term(profile, input));
        (Some(Status::NotShown), said)
    };
    Conclusion {
        id: duty.id.clone(),
        question: duty.question.clone(),
        status,
        bound: None,
        provisions,
        statements,
    }
}

/// Contractors that the profile names for other days than those of the case.
pub(super) fn out_of_term(profile: &Profile, input: &DutyInput<'_>) -> Vec<Statement> {
    let (first, last) = (input.facts.first_day, input.facts.last_day);
    let out = |one: &&Contractor| !one.period.touches(first, last);
    let named = profile.contractors.iter().filter(out);
    let what = || texts::CONTRACTOR_THAT_DAY.local();
    let system = texts::ALL_SYSTEMS.local();
    let said = named.filter_map(|one| {
        let why = Fault::of_period(one.period, first)?;
        let key = format!("contractors.{}", one.id);
        Some(fault(&system, what(), (&key, why, None), first, profile))
    });
    said.collect()
}
