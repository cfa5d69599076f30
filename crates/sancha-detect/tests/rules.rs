//! Our own rules against their samples: what must fire fires, what must stay quiet stays quiet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::tz::TimeZone;
use sancha_detect::sigma::{Plan, PlanScratch, Quiet, RuleText, Rules};
use sancha_model::{Batch, EventTime, FieldId, Fields};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// Path below `rules/` and text of every rule file, in order of their paths.
fn rule_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    collect(&folder(), &mut files);
    files
}

fn collect(at: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "yml") {
            let name = path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

struct Bench {
    rules: Rules,
    plan: Plan,
    fields: Arc<Fields>,
    formats: Formats,
}

impl Bench {
    fn new(files: &BTreeMap<String, String>) -> Self {
        let texts: Vec<RuleText<'_>> =
            files.iter().map(|(path, yaml)| RuleText { path, yaml }).collect();
        let (rules, problems) = Rules::parse(&texts);
        assert!(problems.is_empty(), "{problems:?}");
        let fields = Arc::new(Fields::new(rules.field_names()));
        let plan = Plan::compile(&rules, &fields, false);
        Self { rules, plan, fields, formats: Formats::new(Vec::new()) }
    }

    /// The paths of the rules that hold for each record of a sample.
    fn run(&self, sample: &Path) -> Vec<Vec<&str>> {
        let bytes =
            fs::read(sample).unwrap_or_else(|error| panic!("{}: {error}", sample.display()));
        let format = self.formats.detect(&Head::of(&bytes, sample.to_str().unwrap()));
        let reference = EventTime::from_seconds(1_767_225_600);
        let context = FileContext::new(TimeZone::UTC, reference, Arc::clone(&self.fields));
        let mut batch = Batch::default();
        batch.raw = bytes;
        normalize(&mut batch, &self.formats, format, &context, &mut Scratch::new(&context));
        let mut scratch = PlanScratch::default();
        let events = batch.events();
        let found = events.map(|event| {
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            self.plan.evaluate(event, &mut scratch, &mut |rule, _| fast.push(rule));
            self.plan.evaluate_plainly(event, &mut scratch, &mut |rule, _| plain.push(rule));
            assert_eq!(fast, plain, "{}: the filter changed what is found", sample.display());
            let mut known = Quiet::default();
            for _ in 0..2 {
                let mut again = Vec::new();
                let mut found = |rule, _: &[FieldId]| again.push(rule);
                known = self.plan.evaluate_knowing(event, known, &mut scratch, &mut found);
                assert_eq!(again, plain, "{}: what is known changed it", sample.display());
            }
            let path = |rule: &u32| self.rules.list()[*rule as usize].path.as_str();
            fast.iter().map(path).collect()
        });
        found.collect()
    }
}

fn sample(rule: &str, kind: &str) -> PathBuf {
    let path = folder().join(rule);
    let stem = path.file_stem().unwrap().to_str().unwrap();
    path.parent().unwrap().join("tests").join(format!("{stem}.{kind}.log"))
}

#[test]
fn every_rule_fires_on_its_samples_and_is_quiet_on_the_others() {
    let files = rule_files();
    assert!(files.len() >= 25, "only {} rules", files.len());
    let bench = Bench::new(&files);
    let mut wrong = Vec::new();
    for rule in bench.rules.list() {
        let fire = bench.run(&sample(&rule.path, "fire"));
        for (line, found) in (1..).zip(&fire) {
            if !found.contains(&rule.path.as_str()) {
                wrong.push(format!("{}: silent on line {line} of its fire sample", rule.path));
            }
        }
        if fire.is_empty() {
            wrong.push(format!("{}: the fire sample is empty", rule.path));
        }
        let quiet = bench.run(&sample(&rule.path, "quiet"));
        for (line, found) in (1..).zip(&quiet) {
            if found.contains(&rule.path.as_str()) {
                wrong.push(format!("{}: fires on line {line} of its quiet sample", rule.path));
            }
        }
        if quiet.is_empty() {
            wrong.push(format!("{}: the quiet sample is empty", rule.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule that no literal wakes is asked of every record of its kind of log; on requests that is felt.
#[test]
fn rules_without_a_literal_are_those_that_have_none() {
    let bench = Bench::new(&rule_files());
    let path = |rule: u32| bench.rules.list()[rule as usize].path.as_str();
    let asked: Vec<&str> = bench.plan.rules_without_anchor().into_iter().map(path).collect();
    assert_eq!(asked, ["linux/file_sent_out.yml", "linux/files_encrypted_by_command.yml"]);
}

#[test]
fn every_sample_belongs_to_a_rule() {
    let files = rule_files();
    let mut known: Vec<PathBuf> = Vec::new();
    for path in files.keys() {
        known.extend([sample(path, "fire"), sample(path, "quiet")]);
    }
    for path in files.keys() {
        for entry in fs::read_dir(folder().join(path).parent().unwrap().join("tests")).unwrap() {
            let found = entry.unwrap().path();
            assert!(known.contains(&found), "{} belongs to no rule", found.display());
        }
    }
}

#[test]
fn rules_speak_both_languages_and_have_an_id() {
    let files = rule_files();
    let bench = Bench::new(&files);
    for rule in bench.rules.list() {
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(han(&rule.title.zh) && han(&rule.note.zh), "{}: no Chinese", rule.path);
        assert!(!han(&rule.title.en) && !rule.note.en.is_empty(), "{}: no English", rule.path);
        // UUID version 4 (RFC 9562 clause 5.4).
        assert!(
            rule.id.len() == 36 && rule.id.as_bytes()[14] == b'4',
            "{}: {}",
            rule.path,
            rule.id
        );
        assert!(files[&rule.path].contains("\n  scenario: "), "{}: no scenario", rule.path);
    }
}
