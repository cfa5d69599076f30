//! Detection over files that grow: findings as they become certain, and again when they change.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    time::Duration,
};

use sancha_detect::{Findings, success::Origins};
use sancha_model::{CoverageProblem, EventTime, Finding, FindingId, Level, Outcome};

use crate::{
    NamedMatch, RunInput, RunOutput,
    given::Log,
    pipeline::{Following, Pipeline},
    run::{Compiled, context, output, problem, set_apart},
};

/// Findings are looked at no more often than this …
const EVERY: Duration = Duration::from_secs(2);
/// … and no more than a twentieth of the time is spent on it.
const SHARE: u32 = 20;
/// Findings that ended so long ago change no more and are forgotten: the longest pause inside one finding
/// is three days, and what relates findings looks back less than that.
const KEPT: i64 = 7 * EventTime::DAY;

/// Who follows: where time and the end come from, and where results go.
pub trait Watcher {
    /// Time since the run began.
    fn now(&self) -> Duration;
    /// Waits a moment, unless there is more to read at once. False: it is to end.
    fn go_on(&mut self, more: bool) -> bool;
    /// # Errors
    /// When it cannot be written.
    fn found(&mut self, found: NamedMatch<'_>) -> io::Result<()>;
    /// What is there was read, for now.
    ///
    /// # Errors
    /// When it cannot be written.
    fn looked(&mut self) -> io::Result<()>;
    /// # Errors
    /// When it cannot be written.
    fn report(&mut self, update: Update<'_>) -> io::Result<()>;
    fn tell(&mut self, problem: &CoverageProblem);
}

/// What there is to say of a finding. The last one of an id counts.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// It is new, or says more than before.
    Stands(&'a Finding),
    /// It has become part of another, or is one no more.
    Withdrawn(&'a FindingId),
}

/// Follows until the watcher ends it. What was reported last of each finding, and the output, are what a run
/// over the same bytes gives.
///
/// # Errors
/// What the watcher returns.
pub fn follow(
    mut input: RunInput<'_>,
    arguments: &[PathBuf],
    watcher: &mut dyn Watcher,
) -> io::Result<RunOutput> {
    let compiled = Compiled::of(&mut input);
    let fields = &compiled.fields;
    let log_context = |log: Log<'_>| context(&input, log.source(), log.gzip_mtime(), fields);
    let logs = input.given.logs();
    let path_context = |path: &str| context(&input, path, None, fields);
    let pipeline = Pipeline {
        logs: &logs,
        limits: input.limits,
        formats: &compiled.formats,
        context: &log_context,
        engine: &compiled.engine,
        threads: 1,
        memory: input.memory,
        correlates: true,
        digests: false,
        progress: input.progress,
    };
    let mut following = Following::new(&pipeline, arguments, &path_context);
    let mut reported = Reported::default();
    let mut next = EVERY;
    let mut seen = EventTime::MIN;
    loop {
        let more = look(&mut following, &compiled, &input, watcher)?;
        for found in following.take_problems() {
            watcher.tell(&problem(&found));
        }
        if watcher.now() >= next && following.taken_up() > seen {
            let begun = watcher.now();
            seen = following.taken_up();
            reported.update(&findings(&following, &input), false, watcher)?;
            let horizon = seen.plus(-KEPT);
            following.forget_before(horizon);
            reported.forget_before(horizon);
            next = watcher.now() + EVERY.max((watcher.now() - begun) * SHARE);
        }
        watcher.looked()?;
        if !watcher.go_on(more) {
            break;
        }
    }
    let now = watcher.now();
    let outcome = following
        .finish(now, &mut |(found, path)| watcher.found(compiled.named(found, path, &input)))?;
    let done = output(outcome, compiled, &input, &BTreeMap::new());
    reported.update(&done.findings, true, watcher)?;
    Ok(done)
}

fn look(
    following: &mut Following<'_>,
    compiled: &Compiled,
    input: &RunInput<'_>,
    watcher: &mut dyn Watcher,
) -> io::Result<bool> {
    let now = watcher.now();
    following.look(now, &mut |(found, path)| watcher.found(compiled.named(found, path, input)))
}

fn findings(following: &Following<'_>, input: &RunInput<'_>) -> Findings {
    let (_, mut findings) = set_apart(following.findings(), &input.allow);
    findings.relate(&Origins {
        kind: &|path| following.kind(path),
        machines: input.machines,
        shown: &|time| time.display_in(&input.zone),
    });
    findings
}

/// What was said last of each finding.
#[derive(Default)]
struct Reported(BTreeMap<FindingId, Said>);

#[derive(Clone, PartialEq, Eq)]
struct Said {
    level: Level,
    outcome: Outcome,
    count: u64,
    last: Option<EventTime>,
}

impl Said {
    fn of(finding: &Finding) -> Self {
        let Finding { level, outcome, count, last, .. } = *finding;
        Self { level, outcome, count, last }
    }

    /// Whether it is worth saying again before the end: another level or outcome, or twice the records.
    fn says_more(&self, before: &Self) -> bool {
        self.level != before.level
            || self.outcome != before.outcome
            || self.count >= before.count.saturating_mul(2)
    }
}

impl Reported {
    fn update(
        &mut self,
        findings: &Findings,
        at_end: bool,
        watcher: &mut dyn Watcher,
    ) -> io::Result<()> {
        let mut stands = BTreeSet::new();
        for finding in findings.iter() {
            let said = Said::of(&finding);
            let again = match self.0.get(&finding.id) {
                None => true,
                Some(before) if at_end => *before != said,
                Some(before) => said.says_more(before),
            };
            if again {
                watcher.report(Update::Stands(&finding))?;
                self.0.insert(finding.id.clone(), said);
            }
            stands.insert(finding.id);
        }
        let gone: Vec<FindingId> =
            self.0.keys().filter(|id| !stands.contains(id)).cloned().collect();
        for id in gone {
            watcher.report(Update::Withdrawn(&id))?;
            self.0.remove(&id);
        }
        Ok(())
    }

    fn forget_before(&mut self, time: EventTime) {
        self.0.retain(|_, said| said.last.is_none_or(|last| last >= time));
    }
}
