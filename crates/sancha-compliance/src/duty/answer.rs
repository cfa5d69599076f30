use jiff::civil::Date;

use super::{
    Requirement,
    entries::{Found, Holds, entries},
};
use crate::profile::{Contractor, Profile, Proof, ProofCheck, ProofKind, ProofShelf, System};

/// Where and when an answer is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub profile: &'a Profile,
    pub shelf: &'a ProofShelf,
    /// The day that is judged: a state must hold on it, proof must be dated on or before it.
    pub day: Date,
    /// First day of the facts: what is done in answer to an incident is not done before it.
    pub since: Date,
    /// The touched system asked about; `None` when none could be told.
    pub system: Option<&'a System>,
    /// The builder or maintainer asked about; `None` for the operator itself.
    pub contractor: Option<&'a Contractor>,
}

/// Why an entry of the profile does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Declared, no proof file named.
    NoProof,
    Missing,
    Unreadable,
    DigestMismatch,
    /// The proof was made after the day that is judged.
    TooLate,
    WrongKind,
    /// The entry was not in force, or nothing was done by that day.
    NotInForce,
    /// Older than the interval that the law or the unit's own plan sets.
    TooOld,
    /// The unit's plan names no interval, and the law has no number.
    NoInterval,
}

/// What the profile and its proofs say to one requirement.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub requirement: Requirement,
    /// Key of the entry and the proof that holds.
    pub good: Vec<(String, &'a Proof)>,
    /// Entries whose proven record itself says otherwise.
    pub against: Vec<(String, &'a Proof)>,
    /// Entries that do not answer, with the reason and the proof it lies in.
    pub faults: Vec<(String, Fault, Option<&'a Proof>)>,
}

impl Answer<'_> {
    /// Shown by a proof; where every entry counts, by a proof for each.
    pub fn is_met(&self) -> bool {
        let all =
            !needs_all(self.requirement) || (self.faults.is_empty() && self.against.is_empty());
        !self.good.is_empty() && all
    }

    /// A proven record says otherwise and nothing outweighs it.
    pub fn is_against(&self) -> bool {
        !self.against.is_empty() && !self.is_met()
    }
}

/// Requirements that ask of every entry, not of one: one open defect is not made good by another's fix.
const fn needs_all(requirement: Requirement) -> bool {
    matches!(
        requirement,
        Requirement::RisksHandled
            | Requirement::ProductRiskFixed
            | Requirement::ProductRiskUsersTold
            | Requirement::ProductRiskReported
            | Requirement::ContractReportIncidents
            | Requirement::ContractConfidentiality
            | Requirement::VettingCii
    )
}

/// Looks for what answers `requirement`; `kinds` are the kinds of proof that can.
pub fn answer<'a>(
    requirement: Requirement,
    kinds: &[ProofKind],
    within_months: Option<u8>,
    scope: Scope<'a>,
) -> Answer<'a> {
    let mut answer =
        Answer { requirement, good: Vec::new(), against: Vec::new(), faults: Vec::new() };
    for found in entries(requirement, within_months, scope) {
        weigh(found, kinds, scope, &mut answer);
    }
    answer
}

fn weigh<'a>(found: Found<'a>, kinds: &[ProofKind], scope: Scope<'a>, answer: &mut Answer<'a>) {
    let Found { key, proof, holds } = found;
    match holds {
        Holds::Yes => match best(proof, kinds, scope) {
            Ok(proof) => answer.good.push((key, proof)),
            Err((fault, proof)) => answer.faults.push((key, fault, proof)),
        },
        Holds::No(fault) => answer.faults.push((key, fault, None)),
        Holds::Otherwise => {
            let shown = |proof: &&Proof| scope.shelf.check_file(proof) == ProofCheck::Good;
            match proof.iter().find(shown) {
                Some(proof) => answer.against.push((key, proof)),
                None => answer.faults.push((key, Fault::NotInForce, None)),
            }
        }
    }
}

/// The first proof that holds, or the reason why the first one does not.
fn best<'a>(
    proofs: &'a [Proof],
    kinds: &[ProofKind],
    scope: Scope<'a>,
) -> Result<&'a Proof, (Fault, Option<&'a Proof>)> {
    let mut first_fault = None;
    for proof in proofs {
        let fault = match scope.shelf.check(proof, kinds, scope.day) {
            ProofCheck::Good => return Ok(proof),
            ProofCheck::Missing => Fault::Missing,
            ProofCheck::Unreadable => Fault::Unreadable,
            ProofCheck::DigestMismatch => Fault::DigestMismatch,
            ProofCheck::TooLate => Fault::TooLate,
            ProofCheck::WrongKind => Fault::WrongKind,
        };
        first_fault = first_fault.or(Some((fault, Some(proof))));
    }
    Err(first_fault.unwrap_or((Fault::NoProof, None)))
}
