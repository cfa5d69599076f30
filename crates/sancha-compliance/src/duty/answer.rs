use jiff::civil::Date;
use sancha_model::EventTime;

use super::{
    Fault, Requirement,
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
    /// When the unit became aware, where it said so; what is done at once is done from then on.
    pub aware_at: Option<EventTime>,
    /// The touched system asked about; `None` when none could be told.
    pub system: Option<&'a System>,
    /// The builder or maintainer asked about; `None` for the operator itself.
    pub contractor: Option<&'a Contractor>,
}

/// An entry that answers, and the proof that holds.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    pub key: String,
    pub proof: &'a Proof,
    /// When it was done; `None` for what is in force over a time.
    pub done: Option<String>,
}

/// What the profile and its proofs say to one requirement.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub requirement: Requirement,
    pub good: Vec<Shown<'a>>,
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
    let Found { key, proof, holds, done } = found;
    match holds {
        Holds::Yes => match best(proof, kinds, scope) {
            Ok(proof) => answer.good.push(Shown { key, proof, done }),
            Err((fault, proof)) => answer.faults.push((key, fault, proof)),
        },
        Holds::No(fault) => answer.faults.push((key, fault, None)),
        Holds::Open(open) => {
            let (fault, proof) =
                best(proof, kinds, scope).map_or_else(|why| why, |proof| (open, Some(proof)));
            answer.faults.push((key, fault, proof));
        }
        Holds::Otherwise => {
            let shown = |proof: &&Proof| scope.shelf.check_file(proof) == ProofCheck::Good;
            match proof.iter().find(shown) {
                Some(proof) => answer.against.push((key, proof)),
                None => answer.faults.push((key, Fault::NotDone, proof.first())),
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
        let Some(fault) = Fault::of_check(&scope.shelf.check(proof, kinds, scope.day)) else {
            return Ok(proof);
        };
        first_fault = first_fault.or(Some((fault, Some(proof))));
    }
    Err(first_fault.unwrap_or((Fault::NoProof, None)))
}
