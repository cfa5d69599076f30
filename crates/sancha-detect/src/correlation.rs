//! Turns signals into findings.
//!
//! State lives in 64 logical shards by a fixed hash of its key, whatever the number of threads, so
//! that the memory limit cuts the same state on every machine. A shard needs nothing of the others
//! and may run on any thread. Inside it tables are keyed at random, for addresses are chosen by
//! attackers; nothing that is written follows table order.

mod distinct;
mod distributed;
mod flood;
mod followed;
mod grouped;
mod local;
mod login;
mod rhythm;
mod scan;
mod shard;
mod source;
mod tally;
mod tier;
mod tries;

use std::{net::IpAddr, sync::Arc};

use sancha_model::{
    EventTime, EvidenceRef, FileId, Finding, FindingId, Level, LocalText, RecordId, Scenario,
};

use crate::{
    Signals,
    flood::Flood,
    rules::RuleEntry,
    sigma::{Condition, CorrelationKind},
    signal::{SHARDS, SITE_SHARD, fnv1a},
};
use distributed::Low;
use followed::Signs;
use shard::{Closed, Shard};

use tally::Tally;
pub(crate) use tally::{Draft, Names};

/// Shards come in so many groups of equal size, each of which goes to a thread as a whole: enough for
/// a machine's threads to share, few enough that handing them over costs nothing.
const GROUPS: usize = 16;

/// A Sigma correlation rule as the shards see it.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// Place in the list of rules that findings name.
    pub entry: u32,
    pub title: LocalText,
    pub scenario: Scenario,
    pub level: Level,
    pub kind: CorrelationKind,
    pub condition: Condition,
    pub timespan_nanos: i64,
}

/// A batch's signals for all shards. Every group gets every round, in the same order for each file.
#[derive(Clone)]
pub struct Round {
    pub signals: Arc<Signals>,
    pub file: FileId,
    /// What [`crate::Progress::push`] returned for this batch.
    pub floor: EventTime,
    /// [`crate::Progress::watermark`] after it.
    pub watermark: EventTime,
}

/// Some of the shards, with all their state.
pub struct ShardGroup {
    first: usize,
    shards: Vec<Shard>,
}

/// All shards, in groups that may run on different threads.
///
/// `memory` in bytes: a quarter for the analyses of sites, the rest split evenly over the shards.
pub fn shard_groups(memory: usize, rules: Vec<CorrelationRule>) -> Vec<ShardGroup> {
    let rules: Arc<[CorrelationRule]> = rules.into();
    let each = SHARDS / GROUPS;
    let shard = |number| {
        let flood = (number == usize::from(SITE_SHARD)).then(|| Flood::new(memory / 4));
        Shard::new(memory / 4 * 3 / SHARDS, Arc::clone(&rules), flood)
    };
    let group = |first| ShardGroup { first, shards: (first..first + each).map(shard).collect() };
    (0..SHARDS).step_by(each).map(group).collect()
}

impl ShardGroup {
    /// Takes a round's signals, and takes up in order those that are complete.
    pub fn accept(&mut self, round: &Round) {
        for (number, shard) in (self.first..).zip(&mut self.shards) {
            shard.accept(round, number);
        }
    }

    /// Gives up findings that are closed and ended before this: a run without end keeps its memory.
    pub fn forget_before(&mut self, time: EventTime) {
        self.shards.iter_mut().for_each(|shard| shard.forget_before(time));
    }
}

/// What [`finish`] would yield if every file ended here, of the signals that are complete; the groups go on.
pub fn findings_so_far(
    groups: &[ShardGroup],
    paths: &[String],
    rules: &[RuleEntry],
) -> Vec<Finding> {
    let mut together = Together::default();
    let publishing = Publishing::new(paths, rules);
    for shard in groups.iter().flat_map(|group| &group.shards) {
        together.add(shard.close_copy(), &publishing);
    }
    together.finish(&publishing)
}

/// What correlation yields at the end of a run.
#[derive(Debug, Default)]
pub struct Correlated {
    /// Sorted by (first, scenario, source).
    pub findings: Vec<Finding>,
    /// Entities whose state was given up for want of memory.
    pub evicted: u64,
    /// By file: records that came later than the window allows. They are matched, not correlated.
    pub late: std::collections::BTreeMap<FileId, u64>,
}

/// Closes every open state.
///
/// `paths[file]` names the files for evidence; `rules` the rules that matches point to.
pub fn finish(groups: Vec<ShardGroup>, paths: &[String], rules: &[RuleEntry]) -> Correlated {
    let mut out = Correlated::default();
    let mut together = Together::default();
    let publishing = Publishing::new(paths, rules);
    for shard in groups.into_iter().flat_map(|group| group.shards) {
        out.evicted += shard.evicted();
        for (file, count) in shard.late() {
            *out.late.entry(*file).or_default() += count;
        }
        // Shard by shard: what is finished takes the place of what it was made from.
        together.add(shard.close(), &publishing);
    }
    out.findings = together.finish(&publishing);
    out
}

/// What the shards leave, and what is known of it only together.
#[derive(Default)]
struct Together {
    findings: Vec<Finding>,
    lows: Vec<Low>,
    /// Of the shard of sites, which is the first: they are known before any finding is published.
    signs: Signs,
}

impl Together {
    fn add(&mut self, closed: Closed, publishing: &Publishing<'_>) {
        let Closed { mut drafts, lows, signs } = closed;
        self.signs.add(signs);
        self.signs.apply(&mut drafts);
        self.findings.extend(publishing.all(drafts));
        self.lows.extend(lows);
    }

    fn finish(mut self, publishing: &Publishing<'_>) -> Vec<Finding> {
        self.findings.extend(publishing.all(distributed::find(self.lows)));
        sorted(self.findings)
    }
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (a.first, a.scenario, &a.src, &a.hosts, &a.id)
            .cmp(&(b.first, b.scenario, &b.src, &b.hosts, &b.id))
    });
    findings
}

/// What drafts lack: the names of files and of rules.
struct Publishing<'a> {
    paths: Vec<Arc<str>>,
    rules: &'a [RuleEntry],
}

impl<'a> Publishing<'a> {
    fn new(paths: &[String], rules: &'a [RuleEntry]) -> Self {
        Self { paths: paths.iter().map(|path| path.as_str().into()).collect(), rules }
    }

    fn all(&self, drafts: Vec<Draft>) -> impl Iterator<Item = Finding> {
        drafts.into_iter().map(|draft| self.finding(draft))
    }

    /// The records that show it, by path and line.
    fn evidence(&self, tally: &Tally) -> Vec<EvidenceRef> {
        let place = |(at, line): (RecordId, u64)| EvidenceRef {
            path: self.paths.get(at.file.0 as usize).cloned().unwrap_or_default(),
            line,
        };
        let mut evidence: Vec<EvidenceRef> = tally.evidence().map(place).collect();
        evidence.sort();
        evidence.dedup();
        evidence.shrink_to_fit();
        evidence
    }

    fn finding(&self, mut draft: Draft) -> Finding {
        let tally = std::mem::take(&mut draft.tally);
        let evidence = self.evidence(&tally);
        let mut names: Vec<String> = draft.analyses.iter().map(|name| (*name).to_owned()).collect();
        let rule = |at: &u32| Some(self.rules.get(*at as usize)?.id.clone());
        names.extend(tally.rules.iter().filter_map(rule));
        names.sort();
        names.dedup();
        names.shrink_to_fit();
        let mut src: Vec<IpAddr> = if draft.sources.is_empty() {
            draft.source.into_iter().collect()
        } else {
            std::mem::take(&mut draft.sources)
        };
        src.sort_unstable();
        let source = named(&src);
        let first = evidence.first().map(|e| format!("{}:{}", e.path, e.line)).unwrap_or_default();
        let seed = format!("{}|{}|{:?}|{first}", draft.scenario, source.en, tally.first);
        let summary = draft.summary(&tally, source, self.rules);
        Finding {
            id: FindingId(format!("F-{:016x}", fnv1a(seed.as_bytes()))),
            scenario: draft.scenario,
            level: draft.level,
            outcome: draft.outcome,
            outcome_reason: draft.reason,
            first: tally.first,
            last: tally.last,
            count: tally.count,
            src,
            hosts: tally.hosts.sorted().into_iter().map(str::to_owned).collect(),
            users: tally.users.sorted().into_iter().map(masked).collect(),
            rules: names,
            evidence,
            objects: tally.objects.sorted().into_iter().map(masked).collect(),
            summary,
        }
    }
}

/// The first three addresses, and how many more.
fn named(sources: &[IpAddr]) -> LocalText {
    some_of(sources.iter().take(3).map(ToString::to_string).collect(), sources.len())
}

fn masked(text: &str) -> String {
    sancha_model::mask_personal_text(text).into_owned()
}

/// A list for a sentence: the first five, and how many more.
pub(crate) fn listed(names: &Names) -> LocalText {
    let shown: Vec<String> = names.sorted().into_iter().take(5).map(masked).collect();
    if shown.is_empty() {
        return crate::texts::UNNAMED.local();
    }
    some_of(shown, names.len())
}

/// The first of a list, and how many it has in all.
fn some_of(shown: Vec<String>, all: usize) -> LocalText {
    let (mut zh, mut en) = (shown.join("、"), shown.join(", "));
    if all > shown.len() {
        zh.push_str(&format!("等{all}个"));
        en.push_str(&format!(" and {} more", all - shown.len()));
    }
    LocalText::new(zh, en)
}
