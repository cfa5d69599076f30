use jiff::civil::Date;

use super::{Binds, Duty, Need};
use crate::profile::{Designated, Operator, OperatorKind, Profile, ProofShelf, ReportKind, System};

/// What a case touched, as far as the applicability of duties asks.
#[derive(Clone, Debug, Default)]
pub struct CaseTouch<'a> {
    /// The profile's systems that were touched; empty when none could be told.
    pub systems: Vec<&'a System>,
    /// Evidence shows that personal information was, or was likely, reached.
    pub personal_information: bool,
    /// Evidence shows that data of any kind was, or was likely, reached.
    pub data: bool,
}

/// Whether a duty binds this operator in this case on this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    Applies,
    NotApplicable(NotBound),
    /// The profile or the evidence does not say; the duty is then `not_shown`, not `not_applicable`.
    Undetermined(NotBound),
}

/// Why a duty does not, or may not, bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBound {
    Kind(OperatorKind),
    Need(Need),
    /// Designation is said in the profile, but no readable notice shows it.
    DesignationNotShown,
    NoOperator,
}

impl Duty {
    /// A duty never reaches a kind of operator that it does not bind.
    pub fn applies(
        &self,
        profile: &Profile,
        shelf: &ProofShelf,
        touch: &CaseTouch<'_>,
        day: Date,
    ) -> Applicability {
        let Some(operator) = &profile.operator else {
            return Applicability::Undetermined(NotBound::NoOperator);
        };
        if let Binds::Kinds(kinds) = &self.binds.operators
            && !kinds.contains(&operator.kind)
        {
            return Applicability::NotApplicable(NotBound::Kind(operator.kind));
        }
        needs(&self.binds.needs, profile, shelf, touch, day)
    }
}

/// The first need that is not there, or not known to be there; what is certainly absent comes first.
pub(super) fn needs(
    needs: &[Need],
    profile: &Profile,
    shelf: &ProofShelf,
    touch: &CaseTouch<'_>,
    day: Date,
) -> Applicability {
    let mut unknown = Applicability::Applies;
    for need in needs {
        match one(*need, profile, shelf, touch, day) {
            Applicability::Applies => {}
            absent @ Applicability::NotApplicable(_) => return absent,
            Applicability::Undetermined(why) => unknown = Applicability::Undetermined(why),
        }
    }
    unknown
}

fn one(
    need: Need,
    profile: &Profile,
    shelf: &ProofShelf,
    touch: &CaseTouch<'_>,
    day: Date,
) -> Applicability {
    let Some(operator) = &profile.operator else {
        return Applicability::Undetermined(NotBound::NoOperator);
    };
    let any = |has: fn(&System) -> bool| touch.systems.iter().any(|system| has(system));
    match need {
        Need::PersonalInformation => {
            said(need, operator.handles_personal_information, any(|s| s.personal_information))
        }
        Need::ImportantData => {
            said(need, operator.handles_important_data, any(|s| s.important_data))
        }
        Need::NetworkProducts => provides(need, operator),
        Need::KeyEquipment => said(need, operator.provides_key_equipment, false),
        Need::PartyCommittee => match operator.kind {
            OperatorKind::StateOrgan | OperatorKind::CentralOrgan => Applicability::Applies,
            OperatorKind::NetworkOperator
            | OperatorKind::InternetServiceProvider
            | OperatorKind::PublicInstitution
            | OperatorKind::ProductProvider => said(need, operator.party_committee, false),
        },
        Need::CriticalInfrastructure => critical(profile, shelf, touch, day),
        Need::Contractor => {
            let named = profile
                .contractors
                .iter()
                .any(|c| c.period.covers(day) && concerns(&c.systems, &touch.systems));
            seen(need, named)
        }
        Need::CrimeReported => {
            seen(need, profile.reports.iter().any(|report| report.kind == ReportKind::Crime))
        }
        Need::PersonalInformationTouched => seen(need, touch.personal_information),
        Need::DataTouched => seen(need, touch.data),
    }
}

/// What the operator says of itself, or what a touched system says; nothing said is not known.
fn said(need: Need, flag: Option<bool>, by_system: bool) -> Applicability {
    match (by_system, flag) {
        (true, _) | (_, Some(true)) => Applicability::Applies,
        (false, Some(false)) => Applicability::NotApplicable(NotBound::Need(need)),
        (false, None) => Applicability::Undetermined(NotBound::Need(need)),
    }
}

/// What logs have not shown may still have happened, and what a profile does not name may still be there.
fn seen(need: Need, seen: bool) -> Applicability {
    if seen { Applicability::Applies } else { Applicability::Undetermined(NotBound::Need(need)) }
}

fn provides(need: Need, operator: &Operator) -> Applicability {
    let by_kind = matches!(
        operator.kind,
        OperatorKind::ProductProvider | OperatorKind::InternetServiceProvider
    );
    said(need, operator.provides_network_products, by_kind)
}

/// Goes by the systems touched, never by the operator as such, and asks for the notice.
fn critical(
    profile: &Profile,
    shelf: &ProofShelf,
    touch: &CaseTouch<'_>,
    day: Date,
) -> Applicability {
    let not_bound = NotBound::Need(Need::CriticalInfrastructure);
    match designated(&touch.systems, shelf, day) {
        Designated::Shown => Applicability::Applies,
        Designated::Declared => Applicability::Undetermined(NotBound::DesignationNotShown),
        Designated::No => {
            let all: Vec<&System> = profile.systems.iter().collect();
            let unknown =
                touch.systems.is_empty() && designated(&all, shelf, day) != Designated::No;
            if unknown {
                Applicability::Undetermined(not_bound)
            } else {
                Applicability::NotApplicable(not_bound)
            }
        }
    }
}

/// The strongest designation among some systems.
pub(crate) fn designated(systems: &[&System], shelf: &ProofShelf, day: Date) -> Designated {
    let all = systems.iter().map(|system| system.designated_on(day, shelf));
    all.fold(Designated::No, |strongest, one| match (strongest, one) {
        (Designated::Shown, _) | (_, Designated::Shown) => Designated::Shown,
        (Designated::Declared, _) | (_, Designated::Declared) => Designated::Declared,
        (Designated::No, Designated::No) => Designated::No,
    })
}

/// Whether an entry that names these systems (none = all) concerns one of those touched.
pub(super) fn concerns(named: &[String], touched: &[&System]) -> bool {
    named.is_empty()
        || touched.is_empty()
        || touched.iter().any(|system| named.contains(&system.id))
}
