use sancha_model::{EventTime, EvidenceRef, FindingId, LocalText};
use serde::Serialize;

use crate::{Member, Phase, texts};

/// Whether an entry begins a finding or ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineMark {
    Begin,
    /// The last record of a finding that lasted longer than a minute.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    pub time: EventTime,
    pub mark: TimelineMark,
    pub phase: Phase,
    pub what: LocalText,
    pub finding: FindingId,
    pub evidence: Vec<EvidenceRef>,
}

/// By time, then phase, then finding. A finding without a time has no place here; the case still
/// lists it.
pub(crate) fn timeline(members: &[Member]) -> Vec<TimelineEntry> {
    let mut entries: Vec<TimelineEntry> = members.iter().flat_map(entries_of).collect();
    entries.sort_by(|a, b| {
        (a.time, a.phase, a.mark, &a.finding).cmp(&(b.time, b.phase, b.mark, &b.finding))
    });
    entries
}

fn entries_of(member: &Member) -> Vec<TimelineEntry> {
    let finding = &member.finding;
    let entry = |time, mark, what, evidence| TimelineEntry {
        time,
        mark,
        phase: member.phase,
        what,
        finding: finding.id.clone(),
        evidence,
    };
    let mut entries = Vec::new();
    let (begin, end) = finding.ends.as_deref().cloned().unzip();
    if let Some(first) = finding.first {
        let what = finding.summary.clone();
        // The record that began it stands before the others.
        let others = finding.evidence.iter().filter(|record| Some(*record) != begin.as_ref());
        let evidence = begin.iter().chain(others).cloned().collect();
        entries.push(entry(first, TimelineMark::Begin, what, evidence));
        let last = finding.last.unwrap_or(first);
        if last.since(first) > EventTime::MINUTE {
            let what = texts::TIMELINE_END.fill(&[("scenario", finding.scenario.name())]);
            let evidence = end.or_else(|| finding.evidence.last().cloned()).into_iter().collect();
            entries.push(entry(last, TimelineMark::End, what, evidence));
        }
    }
    entries
}
