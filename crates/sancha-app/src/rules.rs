//! What rules are there, whether they are sound, and which of them a run could use.

use std::{collections::BTreeMap, sync::Arc};

use jiff::tz::TimeZone;
use sancha_detect::{
    Engine,
    sigma::{LogSource, Plan, PlanScratch, RuleInfo, RuleOptions, RuleText, Rules},
};
use sancha_model::{Batch, EventTime, Fields, Framing, Level, LocalText, RuleNotLoaded, Text};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

use crate::{RuleFile, texts};

/// Something to be said of a rule.
#[derive(Clone, Debug)]
pub struct RuleProblem {
    pub path: String,
    pub line: Option<u64>,
    /// The rule does not load; otherwise it does, and this is advice.
    pub is_error: bool,
    pub message: LocalText,
}

/// A loaded rule, as lists show it.
#[derive(Clone, Debug)]
pub struct RuleRow {
    pub id: String,
    pub title: LocalText,
    pub path: String,
    pub level: Level,
    pub log_source: LogSource,
}

/// What a run made of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// Its records were there, and fields that it needs.
    Ran { matches: u64 },
    /// No record came from the log that it is meant for.
    NoLogSource,
    /// Records came, none with any of these fields.
    NoField(Vec<String>),
    /// Placeholders that nobody gave values for keep it from firing.
    NoValues(Vec<String>),
}

/// A loaded rule and what a run made of it.
#[derive(Clone, Debug)]
pub struct RuleUse {
    pub rule: RuleRow,
    pub state: RuleState,
}

impl RuleRow {
    fn new(info: &RuleInfo) -> Self {
        Self {
            id: info.id.clone(),
            title: info.title.clone(),
            path: info.path.clone(),
            level: info.level,
            log_source: info.log_source.clone(),
        }
    }
}

fn parse(files: &[RuleFile], options: &RuleOptions) -> (Rules, Vec<RuleNotLoaded>) {
    let texts: Vec<RuleText<'_>> =
        files.iter().map(|file| RuleText { path: &file.path, yaml: &file.yaml }).collect();
    Rules::parse_with(&texts, options)
}

/// The rules that load, in the order of their files.
pub fn list(files: &[RuleFile], options: &RuleOptions) -> (Vec<RuleRow>, Vec<RuleNotLoaded>) {
    let (rules, problems) = parse(files, options);
    (rules.list().iter().map(RuleRow::new).collect(), problems)
}

/// A rule that does not load, as a fault of its file.
fn not_loaded(problem: RuleNotLoaded) -> RuleProblem {
    let RuleNotLoaded { path, line, reason, .. } = problem;
    RuleProblem { path, line, is_error: true, message: reason }
}

/// How many rules loaded, and what is wrong or could be better.
pub fn lint(files: &[RuleFile], options: &RuleOptions) -> (usize, Vec<RuleProblem>) {
    let (rules, problems) = parse(files, options);
    let mut all: Vec<RuleProblem> = problems.into_iter().map(not_loaded).collect();
    let fields = Fields::new(rules.field_names());
    let plan = Plan::compile(&rules, &fields, true);
    let asked_always = plan.rules_without_anchor();
    for (at, rule) in (0_u32..).zip(rules.list()) {
        let mut say = |text: &Text, values: &[(&str, LocalText)]| {
            all.push(RuleProblem {
                path: rule.path.clone(),
                line: None,
                is_error: false,
                message: text.fill(values),
            });
        };
        if rule.id == rule.path {
            say(&texts::LINT_NO_ID, &[]);
        }
        if rule.is_unfiled {
            say(&texts::LINT_NO_TAG, &[("scenario", rule.scenario.name())]);
        }
        for name in &rule.open_placeholders {
            say(&texts::LINT_PLACEHOLDER, &[("name", LocalText::same(name.as_str()))]);
        }
        if asked_always.binary_search(&at).is_ok() {
            say(&texts::LINT_NO_ANCHOR, &[]);
        }
    }
    all.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    (rules.list().len(), all)
}

/// The two samples of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Every record must fire.
    Fire,
    /// No record may fire.
    Quiet,
}

impl Sample {
    /// `tests/<name>.fire.log` and `tests/<name>.quiet.log` beside the rule.
    pub fn path(self, rule: &str) -> String {
        let (folder, file) = rule.rsplit_once('/').unwrap_or((".", rule));
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let kind = match self {
            Self::Fire => "fire",
            Self::Quiet => "quiet",
        };
        format!("{folder}/tests/{stem}.{kind}.log")
    }
}

/// Runs every rule on the samples of its file. `read` hands over a sample, where there is one. The count is that of
/// rules with both samples.
///
/// Rules of one file share its samples: every record that must fire fires one of them, and each of them fires once.
pub fn test(
    files: &[RuleFile],
    options: &RuleOptions,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> (usize, Vec<RuleProblem>) {
    let (rules, problems) = parse(files, options);
    let mut wrong: Vec<RuleProblem> = problems.into_iter().map(not_loaded).collect();
    let bench = Bench::new(&rules);
    let placed: Vec<(u32, &RuleInfo)> = (0..).zip(rules.list()).collect();
    let mut tested = 0;
    for own in placed.chunk_by(|(_, one), (_, next)| one.path == next.path) {
        let mut has_both = true;
        for sample in [Sample::Fire, Sample::Quiet] {
            has_both &= bench.holds(own, sample, read, &mut wrong);
        }
        tested += if has_both { own.len() } else { 0 };
    }
    (tested, wrong)
}

fn problem(path: &str, line: Option<u64>, text: &Text, name: &str) -> RuleProblem {
    let message = text.fill(&[("name", LocalText::same(name))]);
    RuleProblem { path: path.to_owned(), line, is_error: true, message }
}

struct Bench {
    plan: Plan,
    fields: Arc<Fields>,
    formats: Formats,
}

impl Bench {
    fn new(rules: &Rules) -> Self {
        let fields = Arc::new(Fields::new(rules.field_names()));
        let plan = Plan::compile(rules, &fields, false);
        Self { plan, fields, formats: Formats::new(Vec::new()) }
    }

    /// Holds the rules of one file against one of its samples; whether there is such a sample.
    fn holds(
        &self,
        own: &[(u32, &RuleInfo)],
        sample: Sample,
        read: &dyn Fn(&str) -> Option<Vec<u8>>,
        wrong: &mut Vec<RuleProblem>,
    ) -> bool {
        let Some((_, first)) = own.first() else { return true };
        let path = sample.path(&first.path);
        let Some(bytes) = read(&path) else {
            wrong.push(problem(&first.path, None, &texts::TEST_NO_SAMPLE, &path));
            return false;
        };
        let fired = self.run(&path, bytes);
        if fired.is_empty() {
            wrong.push(problem(&first.path, None, &texts::TEST_EMPTY, &path));
        }
        let is_own = |at: &u32| own.iter().any(|(place, _)| place == at);
        for (line, fired) in (1..).zip(&fired) {
            if sample == Sample::Fire && !fired.iter().any(is_own) {
                let ids: Vec<&str> = own.iter().map(|(_, rule)| rule.id.as_str()).collect();
                wrong.push(problem(&path, Some(line), &texts::TEST_SILENT, &ids.join(", ")));
            }
            for (_, rule) in own.iter().filter(|(at, _)| fired.contains(at)) {
                if sample == Sample::Quiet {
                    wrong.push(problem(&path, Some(line), &texts::TEST_FIRES, &rule.id));
                }
            }
        }
        if sample == Sample::Fire && own.len() > 1 {
            let never = |(at, _): &&(u32, &RuleInfo)| !fired.iter().any(|fired| fired.contains(at));
            for (_, rule) in own.iter().filter(never) {
                wrong.push(problem(&path, None, &texts::TEST_NEVER, &rule.id));
            }
        }
        !fired.is_empty()
    }

    /// For each record of a sample, the places of the rules that hold.
    fn run(&self, path: &str, bytes: Vec<u8>) -> Vec<Vec<u32>> {
        let format = self.formats.detect(&Head::of(&bytes, path));
        let context =
            FileContext::new(TimeZone::UTC, EventTime::from_seconds(0), Arc::clone(&self.fields));
        let mut batch = Batch::default();
        batch.raw = bytes;
        let reader = self.formats.get(format);
        if reader.framing() == Framing::Whole {
            let mut lines = Vec::new();
            let each = &mut |_: u64, line: &[u8]| {
                lines.extend_from_slice(line);
                lines.push(b'\n');
            };
            // What breaks off keeps the records before it, as in a run.
            let _ = reader.render(&batch.raw, each);
            batch.raw = lines;
        }
        normalize(&mut batch, &self.formats, format, &context, &mut Scratch::new(&context));
        let mut scratch = PlanScratch::default();
        let holds = |event| {
            let mut found = Vec::new();
            self.plan.evaluate(event, &mut scratch, &mut |at, _| found.push(at));
            found
        };
        batch.events().map(holds).collect()
    }
}

/// What a run made of each rule. `matches` counts by the rules' places.
pub(crate) fn uses(rules: &Rules, engine: &Engine, matches: &BTreeMap<u32, u64>) -> Vec<RuleUse> {
    let state = |at: u32, rule: &RuleInfo| {
        let matches = matches.get(&at).copied().unwrap_or(0);
        let missing = engine.plan().missing_names(at, rules);
        if matches > 0 {
            RuleState::Ran { matches }
        } else if !engine.plan().has_run(at) {
            RuleState::NoLogSource
        } else if !missing.is_empty() {
            RuleState::NoField(missing.into_iter().map(str::to_owned).collect())
        } else if !rule.open_placeholders.is_empty() {
            RuleState::NoValues(rule.open_placeholders.clone())
        } else {
            RuleState::Ran { matches }
        }
    };
    (0..)
        .zip(rules.list())
        .map(|(at, rule)| RuleUse { rule: RuleRow::new(rule), state: state(at, rule) })
        .collect()
}
