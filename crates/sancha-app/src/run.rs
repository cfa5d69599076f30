//! What every use case does first: load rules, look at the sources, run the pipeline.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use jiff::tz::TimeZone;
use sancha_detect::{
    Engine, EngineOptions, Findings, RuleEntry,
    sigma::{RuleOptions, RuleText, Rules},
    success::Origins,
};
use sancha_ingest::files::{Limits, Problem};
use sancha_model::{
    AskedPeriod, Coverage, CoverageProblem, EventTime, Fields, FileCoverage, Finding, LocalText,
    Match, RuleCoverage, RuleNotLoaded,
};
use sancha_normalize::{FileContext, Format, Formats, TrustedProxies};

use crate::{
    AllowList, Given,
    given::Log,
    logs::Logs,
    pipeline::{self, Pipeline},
    rules::{self, RuleUse},
};

/// A rule file as text; the caller read it.
#[derive(Clone, Debug)]
pub struct RuleFile {
    pub path: String,
    pub yaml: String,
}

/// What a profile says of one source of logs.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    pub zone: Option<TimeZone>,
    /// Added to every time, in nanoseconds.
    pub clock_offset: i64,
}

/// Everything that decides what a run finds.
pub struct RunInput<'a> {
    pub given: Given<'a>,
    pub limits: &'a Limits,
    pub rule_files: Vec<RuleFile>,
    /// Formats the user described, such as an nginx `log_format`.
    pub formats: Vec<Box<dyn Format>>,
    /// Names, placeholders and pipelines for the rules.
    pub rule_options: RuleOptions,
    pub options: EngineOptions,
    pub allow: AllowList,
    pub trusted_proxies: TrustedProxies,
    /// The *now* of the run: a date without a year is not later.
    pub at: EventTime,
    /// Zone of times that state none.
    pub zone: TimeZone,
    /// Somebody configured `zone`; otherwise times in it are marked as assumed.
    pub zone_is_stated: bool,
    pub source_settings: &'a dyn Fn(&str) -> SourceSettings,
    /// The machines a finding is of, as far as anything names them.
    pub machines: &'a dyn Fn(&Finding) -> BTreeSet<String>,
    pub threads: usize,
    /// Bytes for correlation state.
    pub memory: usize,
    /// Whether findings are asked for, and the digest of every file: what nobody asks for is not made.
    pub findings: bool,
    pub digests: bool,
    pub progress: &'a dyn Fn(u64),
}

/// The machines a finding is of where nobody described them: the hosts that its records name.
pub fn hosts(finding: &Finding) -> BTreeSet<String> {
    finding.hosts.iter().cloned().collect()
}

/// What a run found, before anybody makes cases of it.
pub struct RunOutput {
    pub findings: Findings,
    /// Findings that the allow list covers; they open no case.
    pub suppressed: Vec<SuppressedFinding>,
    pub coverage: Coverage,
    /// What [`Match::rule`] points to.
    pub rules: Arc<[RuleEntry]>,
    pub fields: Arc<Fields>,
    pub matches: u64,
    /// What became of each rule that loaded, in the order of the files.
    pub rule_uses: Vec<RuleUse>,
}

/// A finding that is not reported, and the entry of the allow list that answers for it.
#[derive(Clone, Debug)]
pub struct SuppressedFinding {
    pub finding: Finding,
    /// File and line.
    pub entry: String,
}

/// A match with the names it needs to be written.
pub struct NamedMatch<'a> {
    pub found: &'a Match,
    /// File and line of the entry of the allow list that covers it; such a match is not reported.
    pub suppressed_by: Option<String>,
    pub path: &'a str,
    pub rule: &'a str,
    pub fields: &'a Fields,
}

/// Runs detection over all sources. `on_match` gets every match in order of time and place.
///
/// # Errors
/// What `on_match` returns. Trouble with inputs and rules is in the coverage statement.
pub fn run(
    mut input: RunInput<'_>,
    on_match: &mut dyn FnMut(NamedMatch<'_>) -> io::Result<()>,
) -> io::Result<RunOutput> {
    let compiled = Compiled::of(&mut input);
    let fields = &compiled.fields;
    let context = |log: Log<'_>| context(&input, log.source(), log.gzip_mtime(), fields);
    let logs = input.given.logs();
    let pipeline = Pipeline {
        logs: &logs,
        limits: input.limits,
        formats: &compiled.formats,
        context: &context,
        engine: &compiled.engine,
        threads: input.threads,
        memory: input.memory,
        correlates: input.findings,
        digests: input.digests,
        progress: input.progress,
    };
    let mut by_rule: BTreeMap<u32, u64> = BTreeMap::new();
    let outcome = pipeline.run(&mut |found| {
        *by_rule.entry(found.rule).or_default() += 1;
        let log = logs.get(found.at.file.0 as usize);
        on_match(compiled.named(found, log.map_or("", |log| log.path()), &input))
    })?;
    Ok(output(outcome, compiled, &input, &by_rule))
}

/// Rules and formats of a run, compiled.
pub(crate) struct Compiled {
    pub(crate) formats: Formats,
    pub(crate) fields: Arc<Fields>,
    pub(crate) engine: Engine,
    rules: Rules,
    not_loaded: Vec<RuleNotLoaded>,
}

impl Compiled {
    /// Takes the formats out of `input`.
    pub(crate) fn of(input: &mut RunInput<'_>) -> Self {
        let formats = Formats::new(std::mem::take(&mut input.formats));
        let texts: Vec<RuleText<'_>> = input
            .rule_files
            .iter()
            .map(|file| RuleText { path: &file.path, yaml: &file.yaml })
            .collect();
        let (rules, not_loaded) = Rules::parse_with(&texts, &input.rule_options);
        let fields = Arc::new(Fields::new(rules.field_names()));
        let allow = Arc::new(input.allow.bind(&fields));
        let engine = Engine::new(&rules, &fields, input.options.clone(), allow);
        Self { formats, fields, engine, rules, not_loaded }
    }

    pub(crate) fn named<'a>(
        &'a self,
        found: &'a Match,
        path: &'a str,
        input: &RunInput<'_>,
    ) -> NamedMatch<'a> {
        let rule = self.engine.rules().get(found.rule as usize);
        NamedMatch {
            found,
            suppressed_by: found.suppressed_by.map(|entry| input.allow.place(entry)),
            path,
            rule: rule.map_or("", |rule| rule.id.as_str()),
            fields: &self.fields,
        }
    }
}

/// What a run comes to: findings related and set apart, and the coverage statement.
pub(crate) fn output(
    outcome: pipeline::Outcome,
    compiled: Compiled,
    input: &RunInput<'_>,
    matches_by_rule: &BTreeMap<u32, u64>,
) -> RunOutput {
    let Compiled { fields, engine, rules, not_loaded, .. } = compiled;
    let kinds = pipeline::source_kinds(&outcome.files);
    let (suppressed, mut findings) = set_apart(outcome.findings, &input.allow);
    findings.relate(&Origins {
        kind: &|path| kinds.get(path).cloned().unwrap_or_default(),
        machines: input.machines,
        shown: &|time| time.display_in(&input.zone),
    });
    let suppressions =
        input.allow.coverage(&outcome.suppressed, &suppressed, engine.rules(), &fields);
    let logs = Logs::of(&outcome.files, &outcome.observed);
    let coverage = Coverage {
        rules: RuleCoverage {
            loaded: engine.rules().len() as u64,
            without_source: engine.without_source(),
            not_loaded,
        },
        problems: input.given.problems().into_iter().chain(outcome.problems).collect(),
        late_records: outcome.files.iter().map(|file: &FileCoverage| file.late).sum(),
        evicted_entities: outcome.evicted,
        allowed_matches: outcome.suppressed.matches(),
        suppressions,
        clocks: logs.clocks(input.at),
        single_clients: logs.single_clients(&input.trusted_proxies),
        asked: asked_period(&input.options),
        lake: input.given.lake(),
        files: outcome.files,
    };
    let rule_uses = rules::uses(&rules, &engine, matches_by_rule);
    let rules = Arc::clone(engine.rules());
    let suppressed = suppressed
        .into_iter()
        .map(|(entry, finding)| SuppressedFinding { finding, entry: input.allow.place(entry) })
        .collect();
    RunOutput { findings, suppressed, coverage, rules, fields, matches: outcome.matches, rule_uses }
}

fn asked_period(options: &EngineOptions) -> Option<AskedPeriod> {
    let EngineOptions { from, until, .. } = options;
    (from.is_some() || until.is_some()).then_some(AskedPeriod { from: *from, until: *until })
}

/// Findings that the allow list covers, each with its entry, and the others. They are taken out before
/// findings lend each other support.
pub(crate) fn set_apart(
    mut findings: Findings,
    allow: &AllowList,
) -> (Vec<(u32, Finding)>, Findings) {
    let is_asked = allow.acts();
    let suppressed =
        if is_asked { findings.extract(|finding| allow.covers(finding)) } else { Vec::new() };
    (suppressed, findings)
}

/// A problem with what it is and how to go on, in one text.
pub fn problem(problem: &Problem) -> CoverageProblem {
    let told = [problem.message(), problem.way_out()];
    CoverageProblem {
        path: problem.path.clone(),
        kind: problem.kind.name().to_owned(),
        message: LocalText::joined(&told, ("；", "; ")),
    }
}

/// What is known of a source besides its bytes. The year of a log that states none is that of its
/// gzip header or of the file, as far as it is not later than `--at`.
pub(crate) fn context(
    input: &RunInput<'_>,
    path: &str,
    gzip_mtime: Option<i64>,
    fields: &Arc<Fields>,
) -> FileContext {
    let settings = (input.source_settings)(path);
    let is_stated = settings.zone.is_some() || input.zone_is_stated;
    let zone = settings.zone.unwrap_or_else(|| input.zone.clone());
    let written = gzip_mtime.map(EventTime::from_seconds);
    let reference = written.map_or(input.at, |written| written.min(input.at));
    let mut context = FileContext::new(zone, reference, Arc::clone(fields));
    context.zone_assumed = !is_stated;
    context.clock_offset = settings.clock_offset;
    context.trusted_proxies = input.trusted_proxies.clone();
    context
}

/// Rules that could not be loaded, as problems for people.
pub fn rule_problem(not_loaded: &RuleNotLoaded) -> CoverageProblem {
    let line = not_loaded.line.map(|line| format!(":{line}")).unwrap_or_default();
    CoverageProblem {
        path: format!("{}{line}", not_loaded.path),
        kind: "rule_not_loaded".to_owned(),
        message: not_loaded.reason.clone(),
    }
}

/// What the memory limit cost, as a problem for people; nothing when nothing was given up.
pub fn eviction_problem(evicted: u64) -> Option<CoverageProblem> {
    (evicted > 0).then(|| CoverageProblem {
        path: "--memory".to_owned(),
        kind: "memory_limit".to_owned(),
        message: LocalText::new(
            format!("内存上限已到，{evicted}个最久未见的关联状态被放弃；请调大 --memory 后重跑"),
            format!(
                "the memory limit was reached: {evicted} correlation states, those seen longest ago, were given up; run again with a larger --memory"
            ),
        ),
    })
}
