//! Turns ordered signals into findings.
//!
//! State lives in 64 logical shards by a fixed hash of its key, whatever the number of threads, so
//! that the memory limit cuts the same state on every machine. Inside a shard tables are keyed at
//! random, for addresses are chosen by attackers; nothing that is written follows table order.

mod grouped;
mod local;
mod login;
mod scan;
mod shard;
mod source;
mod tally;
mod web_login;

use std::net::IpAddr;

use sancha_model::{EvidenceRef, Finding, FindingId, Level, LocalText, RecordId, Scenario};

use crate::{Signal, SignalKind, rules::RuleEntry, sigma::CorrelationKind, signal::fnv1a};
use shard::Shard;

pub(crate) use tally::Draft;

const SHARDS: usize = 64;

/// Bytes that one tracked source may cost, for turning `--memory` into a number of sources.
const SMALL_BYTES: usize = 96;
const FULL_BYTES: usize = 4096;

/// Who or what a state belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Source(IpAddr),
    /// Records of a host itself, without a network source; empty where the log names no host.
    Host(Box<str>),
}

impl Key {
    fn shard(&self) -> usize {
        let hash = match self {
            Self::Source(IpAddr::V4(v4)) => fnv1a(&v4.octets()),
            Self::Source(IpAddr::V6(v6)) => fnv1a(&v6.octets()),
            Self::Host(host) => fnv1a(host.as_bytes()),
        };
        usize::try_from(hash >> 32).unwrap_or(0) % SHARDS
    }
}

/// What was given up for want of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evictions {
    pub entities: u64,
}

/// A Sigma correlation rule as the shards see it.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// Place in the list of rules that findings name.
    pub entry: u32,
    pub title: LocalText,
    pub scenario: Scenario,
    pub level: Level,
    pub kind: CorrelationKind,
    pub at_least: u64,
    pub timespan_nanos: i64,
}

/// All correlation state of a run. Fed in the order of [`crate::Merge`].
pub struct Correlator {
    shards: Vec<Shard>,
    drafts: Vec<Draft>,
    rules: Vec<CorrelationRule>,
}

impl Correlator {
    /// `memory` in bytes, split evenly over the shards; half for sources seen doing nothing of note.
    pub fn new(memory: usize, rules: Vec<CorrelationRule>) -> Self {
        let small = (memory / 2 / SHARDS / SMALL_BYTES).max(16);
        let full = (memory / 2 / SHARDS / FULL_BYTES).max(16);
        let shards = (0..SHARDS).map(|_| Shard::new(small, full)).collect();
        Self { shards, drafts: Vec::new(), rules }
    }

    pub fn accept(&mut self, signal: &Signal) {
        self.count_parts(signal);
        if signal.kind == SignalKind::Counted {
            return;
        }
        let key = match signal.source {
            Some(address) => Key::Source(address),
            None => Key::Host(signal.host().unwrap_or_default().into()),
        };
        if let Some(shard) = self.shards.get_mut(key.shard()) {
            shard.accept(key, signal, &mut self.drafts);
        }
    }

    /// A record's parts in correlation rules; each group lives in the shard of its own hash.
    fn count_parts(&mut self, signal: &Signal) {
        for part in signal.detail.iter().flat_map(|detail| &detail.parts) {
            let hash = fnv1a(part.group.as_bytes()) ^ u64::from(part.correlation);
            let place = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
            if let Some(shard) = self.shards.get_mut(place) {
                shard.count(&self.rules, part, signal, &mut self.drafts);
            }
        }
    }

    pub fn evictions(&self) -> Evictions {
        Evictions { entities: self.shards.iter().map(Shard::evicted).sum() }
    }

    /// Closes every open state and returns the findings, sorted by (first, scenario, source).
    ///
    /// `paths[file]` names the files for evidence; `rules` the rules that matches point to.
    pub fn finish(mut self, paths: &[String], rules: &[RuleEntry]) -> Vec<Finding> {
        for shard in &mut self.shards {
            shard.close(&self.rules, &mut self.drafts);
        }
        let mut findings: Vec<Finding> =
            self.drafts.into_iter().map(|draft| publish(draft, paths, rules)).collect();
        findings.sort_by(|a, b| {
            (a.first, a.scenario, &a.src, &a.hosts, &a.id)
                .cmp(&(b.first, b.scenario, &b.src, &b.hosts, &b.id))
        });
        findings
    }
}

fn publish(mut draft: Draft, paths: &[String], rules: &[RuleEntry]) -> Finding {
    let tally = std::mem::take(&mut draft.tally);
    let place = |(at, line): (RecordId, u64)| EvidenceRef {
        path: paths.get(at.file.0 as usize).cloned().unwrap_or_default(),
        line,
    };
    let mut evidence: Vec<EvidenceRef> = tally.evidence().map(place).collect();
    evidence.sort();
    evidence.dedup();
    let mut names: Vec<String> = draft.analyses.iter().map(|name| (*name).to_owned()).collect();
    names.extend(tally.rules.iter().filter_map(|at| Some(rules.get(*at as usize)?.id.clone())));
    names.sort();
    names.dedup();
    let source = draft.source.map(|address| address.to_string()).unwrap_or_default();
    let first = evidence.first().map(|e| format!("{}:{}", e.path, e.line)).unwrap_or_default();
    let seed = format!("{}|{source}|{:?}|{first}", draft.scenario, tally.first);
    let summary = draft.summary(&tally, &source, rules);
    Finding {
        id: FindingId(format!("F-{:016x}", fnv1a(seed.as_bytes()))),
        scenario: draft.scenario,
        level: draft.level,
        outcome: draft.outcome,
        outcome_reason: draft.reason,
        first: tally.first,
        last: tally.last,
        count: tally.count,
        src: draft.source.into_iter().collect(),
        hosts: tally.hosts.iter().cloned().collect(),
        users: tally.users.iter().map(|user| masked(user)).collect(),
        rules: names,
        evidence,
        objects: tally.objects.iter().map(|object| masked(object)).collect(),
        summary,
    }
}

fn masked(text: &str) -> String {
    sancha_model::mask_personal_text(text).into_owned()
}

/// A list for a sentence: the first five, and how many more.
pub(crate) fn listed<'a>(items: impl ExactSizeIterator<Item = &'a String>) -> LocalText {
    let all = items.len();
    let shown: Vec<String> = items.take(5).map(|item| masked(item)).collect();
    if shown.is_empty() {
        return crate::texts::UNNAMED.local();
    }
    let more = all - shown.len();
    let mut text = LocalText { zh: shown.join("、"), en: shown.join(", ") };
    if more > 0 {
        text.zh.push_str(&format!("等{all}个"));
        text.en.push_str(&format!(" and {more} more"));
    }
    text
}
