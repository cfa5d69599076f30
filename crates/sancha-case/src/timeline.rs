use std::iter;

use sancha_model::{EventTime, EvidenceRef, Finding, FindingId, LocalText};
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
    if let Some(first) = finding.first {
        let what = finding.summary.clone();
        entries.push(entry(first, TimelineMark::Begin, what, telling_first(finding)));
        let last = finding.last.unwrap_or(first);
        if last.since(first) > EventTime::MINUTE {
            let what = texts::TIMELINE_END.fill(&[("scenario", finding.scenario.name())]);
            let end = finding.telling.as_ref().map(|telling| &telling.last);
            let evidence = end.or_else(|| finding.evidence.last()).into_iter().cloned().collect();
            entries.push(entry(last, TimelineMark::End, what, evidence));
        }
    }
    entries
}

/// The record that began it, those that decided its outcome, then the others: a reader is shown the first few.
fn telling_first(finding: &Finding) -> Vec<EvidenceRef> {
    let mut records: Vec<EvidenceRef> = Vec::with_capacity(finding.evidence.len());
    let telling = finding.telling.iter();
    let telling = telling.flat_map(|telling| iter::once(&telling.first).chain(&telling.deciding));
    for record in telling.chain(&finding.evidence) {
        if !records.contains(record) {
            records.push(record.clone());
        }
    }
    records
}
