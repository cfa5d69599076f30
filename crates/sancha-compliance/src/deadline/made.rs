use jiff::civil::Date;
use sancha_model::EventTime;

use super::{Clock, SendTo};
use crate::{
    duty::Fault,
    profile::{Profile, Proof, ProofKind, ProofShelf, Report},
};

/// What the profile shows of the report that a clock asks for.
#[derive(Clone, Debug)]
pub enum Made<'a> {
    /// A receipt that holds shows it.
    Shown { report: &'a Report, proof: &'a Proof },
    /// A report is recorded that does not count.
    NotCounted { report: &'a Report, why: NotCounted<'a> },
    /// None is recorded.
    No,
}

/// Why a report that is recorded stops no clock.
#[derive(Clone, Debug)]
pub enum NotCounted<'a> {
    /// No proof holds; the reason, and the proof it lies in.
    Proof(Fault, Option<&'a Proof>),
    /// It is said to have been sent later than now.
    Ahead,
    /// It is older than the start of the clock.
    BeforeStart(EventTime),
    /// It is older than the facts.
    BeforeFacts(Date),
    /// The profile does not say that it went to this body, nor to another that is owed one.
    Elsewhere,
}

/// From when and until when a report may have been sent.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub first_day: Date,
    /// The *now* of every clock.
    pub at: EventTime,
}

/// Looks for the report that `clock` asks for: the earliest that a receipt shows, else the one that comes nearest to
/// it. `owed` are all bodies that are owed one.
pub fn made<'a>(
    clock: &Clock,
    owed: &[SendTo],
    window: Window,
    profile: &'a Profile,
    shelf: &ProofShelf,
) -> Made<'a> {
    let of_kind = profile.reports.iter().filter(|report| Some(report.kind) == clock.report);
    let mut reports: Vec<&Report> = of_kind.collect();
    reports.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let judged = |report: &'a Report| (report, counts(report, clock, window, profile, shelf));
    let to_it = || reports.iter().copied().filter(|report| goes_to(report, &[clock.receiver]));
    let mut nearest = None;
    for (report, result) in to_it().map(judged) {
        match result {
            Ok(proof) => return Made::Shown { report, proof },
            // Of those that do not count the last says most of this incident.
            Err(why) => nearest = Some((report, why)),
        }
    }
    let elsewhere = reports.iter().copied().find(|report| {
        !goes_to(report, owed) && window.first_day <= report.at.date_in(&profile.zone)
    });
    let elsewhere = elsewhere.map(|report| (report, NotCounted::Elsewhere));
    nearest.or(elsewhere).map_or(Made::No, |(report, why)| Made::NotCounted { report, why })
}

/// The proof that shows a report, or why it does not count.
fn counts<'a>(
    report: &'a Report,
    clock: &Clock,
    window: Window,
    profile: &Profile,
    shelf: &ProofShelf,
) -> Result<&'a Proof, NotCounted<'a>> {
    // One of an earlier incident contradicts nothing.
    if report.at.date_in(&profile.zone) < window.first_day {
        return Err(NotCounted::BeforeFacts(window.first_day));
    }
    if let Some(start) = clock.start.filter(|start| report.at < *start) {
        return Err(NotCounted::BeforeStart(start));
    }
    if window.at < report.at {
        return Err(NotCounted::Ahead);
    }
    let day = window.at.date_in(&profile.zone);
    let mut fault = None;
    for proof in &report.proof {
        let check = shelf.check(proof, &[ProofKind::ReportReceipt], day);
        let Some(why) = Fault::of_check(&check) else { return Ok(proof) };
        fault = fault.or(Some((why, Some(proof))));
    }
    let (fault, proof) = fault.unwrap_or((Fault::NoProof, None));
    Err(NotCounted::Proof(fault, proof))
}

/// Whether a report went to one of those. Which of them it was the profile says in `row`; the name in `to` is for
/// people.
fn goes_to(report: &Report, receivers: &[SendTo]) -> bool {
    let is_one = |to: &SendTo| match report.row {
        Some(row) => row.id() == to.id(),
        None => false,
    };
    receivers.iter().any(|to| *to == SendTo::SameChannel || is_one(to))
}
