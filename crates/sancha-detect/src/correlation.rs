//! Turns signals into findings.
//!
//! State lives in 64 logical shards by a fixed hash of its key, whatever the number of threads, so
//! that the memory limit cuts the same state on every machine. A shard needs nothing of the others
//! and may run on any thread. Inside it tables are keyed at random, for addresses are chosen by
//! attackers; nothing that is written follows table order.

mod distinct;
mod distributed;
mod findings;
mod flood;
mod followed;
mod grouped;
mod haste;
mod local;
mod login;
mod lookups;
mod ordinary;
mod packed;
mod private;
mod rhythm;
mod scan;
mod shard;
mod source;
mod tally;
mod tier;
mod tries;
mod usual;

use std::{collections::BTreeSet, sync::Arc};

use sancha_model::{EventTime, FileId, Level, LocalText, Outcome, Scenario};

use crate::{
    Signals,
    flood::Flood,
    rules::RuleEntry,
    sigma::{Condition, CorrelationKind},
    signal::{SHARDS, SITE_SHARD},
};
use distributed::Low;
pub use findings::Findings;
use followed::Signs;
use packed::Drafts;
use shard::{Closed, Shard};

/// Shards come in so many groups of equal size, each of which goes to a thread as a whole: enough for
/// a machine's threads to share, few enough that handing them over costs nothing.
const GROUPS: usize = 16;

/// Names of the analyses over time that findings carry; those of single records are in [`crate::Engine::rules`].
pub const ANALYSES_OVER_TIME: [&str; 10] = [
    "sancha.brute_force.distributed",
    "sancha.brute_force.service",
    "sancha.brute_force.web",
    "sancha.flood.cc",
    "sancha.flood.slow",
    "sancha.flood.volume",
    "sancha.scan.web",
    "sancha.upload.used",
    "sancha.web.forced_browsing",
    "sancha.webshell.used",
];

/// A Sigma correlation rule as the shards see it.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// Place in the list of rules that findings name.
    pub entry: u32,
    pub title: LocalText,
    pub scenario: Scenario,
    pub level: Level,
    /// What its records together show, where the rule says so.
    pub outcome: Option<Outcome>,
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
    /// Marks of hosts whose sshd refused a password.
    passwords: BTreeSet<u32>,
}

/// Hosts are named by whoever sends syslog: of more than this no note is taken.
const MOST_HOSTS: usize = 1 << 14;

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
    let group = |first| {
        let shards = (first..first + each).map(shard).collect();
        ShardGroup { first, shards, passwords: BTreeSet::new() }
    };
    (0..SHARDS).step_by(each).map(group).collect()
}

impl ShardGroup {
    /// Takes the signals of rounds, and takes up in order those that are complete. Shard by shard: the state
    /// of one fits into the caches that are near a core, that of all does not.
    pub fn accept(&mut self, rounds: &[Round]) {
        for host in rounds.iter().flat_map(|round| round.signals.password_hosts()) {
            if self.passwords.len() < MOST_HOSTS {
                self.passwords.insert(host);
            }
        }
        for (number, shard) in (self.first..).zip(&mut self.shards) {
            // A shard's signals lie scattered over all that the rounds hold.
            rounds.iter().for_each(|round| round.signals.fetch(number));
            rounds.iter().for_each(|round| shard.accept(round, number));
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
    rules: &Arc<[RuleEntry]>,
) -> Findings {
    let mut together = Together::new(paths, rules);
    let passwords = passwords(groups);
    for shard in groups.iter().flat_map(|group| &group.shards) {
        together.add(shard.close_copy(&passwords));
    }
    together.finish()
}

/// Marks of hosts whose sshd refused a password, as far as any group has come.
fn passwords(groups: &[ShardGroup]) -> BTreeSet<u32> {
    groups.iter().flat_map(|group| group.passwords.iter().copied()).collect()
}

/// What correlation yields at the end of a run.
#[derive(Debug, Default)]
pub struct Correlated {
    /// Sorted by (first, scenario, source).
    pub findings: Findings,
    /// Entities whose state was given up for want of memory.
    pub evicted: u64,
    /// By file: records that came later than the window allows. They are matched, not correlated.
    pub late: std::collections::BTreeMap<FileId, u64>,
}

/// Closes every open state.
///
/// `paths[file]` names the files for evidence; `rules` the rules that matches point to.
pub fn finish(groups: Vec<ShardGroup>, paths: &[String], rules: &Arc<[RuleEntry]>) -> Correlated {
    let mut out = Correlated::default();
    let mut together = Together::new(paths, rules);
    let passwords = passwords(&groups);
    for shard in groups.into_iter().flat_map(|group| group.shards) {
        out.evicted += shard.evicted();
        for (file, count) in shard.late() {
            *out.late.entry(*file).or_default() += count;
        }
        // Shard by shard: what is finished takes the place of what it was made from.
        together.add(shard.close(&passwords));
    }
    out.findings = together.finish();
    out
}

/// What the shards leave, and what is known of it only together.
struct Together {
    findings: Findings,
    lows: Vec<Low>,
    /// Of the shard of sites, which is the first: they are known before any finding is published.
    signs: Signs,
}

impl Together {
    fn new(paths: &[String], rules: &Arc<[RuleEntry]>) -> Self {
        let findings = Findings::of(paths, rules);
        Self { findings, lows: Vec::new(), signs: Signs::default() }
    }

    fn add(&mut self, closed: Closed) {
        let Closed { mut drafts, lows, signs, ordinary } = closed;
        self.signs.add(signs, ordinary);
        self.signs.apply(&mut drafts);
        self.findings.extend(drafts.into_list());
        self.lows.extend(lows);
    }

    fn finish(mut self) -> Findings {
        let mut drafts = Drafts::default();
        drafts.extend(distributed::find(self.lows));
        self.findings.extend(drafts.into_list());
        self.findings.sort();
        self.findings
    }
}
