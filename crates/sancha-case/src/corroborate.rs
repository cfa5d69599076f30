use std::collections::BTreeSet;

use sancha_model::{EventTime, FindingId, LocalText, Outcome};

use crate::{JoinReason, LogKind, Member, build::list, group::Joined, seen::Seen, texts};

/// Findings of different logs support each other when they name the same source from outside, or lie
/// no more than this apart: an hour covers clocks that disagree and batches that run on the hour.
const SUPPORT_NANOS: i64 = EventTime::HOUR;

/// What a finding is worth inside its case.
pub(crate) struct Weight {
    pub(crate) outcome: Outcome,
    pub(crate) reason: LocalText,
    pub(crate) supported_by: Vec<FindingId>,
}

pub(crate) fn weigh(places: &[&Seen<'_>], joined: &[Joined]) -> Vec<Weight> {
    places.iter().zip(joined).map(|(seen, joined)| weight(seen, places, joined.reason)).collect()
}

/// `confirmed` needs two kinds of logs: those of other findings beyond an attempt, or, where
/// detection says confirmed already, those of the finding's own evidence. An attempt supports nothing.
fn weight(seen: &Seen<'_>, places: &[&Seen<'_>], joined: JoinReason) -> Weight {
    let finding = seen.finding;
    if !seen.happened() {
        let linked =
            joined == JoinReason::AfterEntry && finding.outcome == Outcome::NotDeterminable;
        let reason =
            if linked { texts::LINKED_BY_CASE.local() } else { finding.outcome_reason.clone() };
        return Weight { outcome: finding.outcome, reason, supported_by: Vec::new() };
    }
    let supporters: Vec<&&Seen<'_>> = places.iter().filter(|other| supports(other, seen)).collect();
    let mut kinds = seen.kinds.clone();
    kinds.extend(supporters.iter().flat_map(|other| &other.kinds));
    let by_itself = finding.outcome == Outcome::Confirmed && seen.kinds.len() > 1;
    let supported_by = supporters.iter().map(|other| other.finding.id.clone()).collect();
    let (outcome, reason) = if by_itself || !supporters.is_empty() {
        (Outcome::Confirmed, texts::CONFIRMED.fill(&[("kinds", names(&kinds))]))
    } else if finding.outcome == Outcome::Confirmed {
        (Outcome::LikelySucceeded, texts::ONE_KIND.fill(&[("kinds", names(&kinds))]))
    } else {
        (Outcome::LikelySucceeded, finding.outcome_reason.clone())
    };
    Weight { outcome, reason, supported_by }
}

fn supports(other: &Seen<'_>, seen: &Seen<'_>) -> bool {
    let independent = !seen.kinds.is_empty() && !other.kinds.is_subset(&seen.kinds);
    let near = other.gap(seen).is_some_and(|gap| gap <= SUPPORT_NANOS);
    other.happened() && independent && (near || other.shared_source(seen).is_some())
}

fn names(kinds: &BTreeSet<LogKind>) -> LocalText {
    if kinds.is_empty() {
        return texts::KIND_UNKNOWN.local();
    }
    list(&kinds.iter().map(|kind| kind.text().local()).collect::<Vec<_>>())
}

/// The case is worth what its strongest member is; without success, `not_determinable` if one is.
pub(crate) fn of_case(members: &[Member]) -> (Outcome, LocalText) {
    let kinds = |outcome| {
        let members = members.iter().filter(move |member| member.outcome == outcome);
        members.flat_map(|member| member.log_kinds.iter().copied()).collect::<BTreeSet<_>>()
    };
    let has = |outcome| members.iter().any(|member| member.outcome == outcome);
    if has(Outcome::Confirmed) {
        let kinds = names(&kinds(Outcome::Confirmed));
        (Outcome::Confirmed, texts::CONFIRMED.fill(&[("kinds", kinds)]))
    } else if has(Outcome::LikelySucceeded) {
        let kinds = kinds(Outcome::LikelySucceeded);
        let text = if kinds.len() > 1 { &texts::KINDS_APART } else { &texts::ONE_KIND };
        (Outcome::LikelySucceeded, text.fill(&[("kinds", names(&kinds))]))
    } else if has(Outcome::NotDeterminable) {
        (Outcome::NotDeterminable, texts::NOT_DETERMINED.local())
    } else {
        (Outcome::Attempted, texts::NO_SUCCESS.local())
    }
}
