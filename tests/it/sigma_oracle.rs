//! Our Sigma engine against another one, rsigma-eval, rule by rule and event by event.
//!
//! Both get the same events: recorded ones where the corpora are at hand, and for every rule events
//! made from its own values, each of which should fire it or just miss it. Names are taken as the
//! rules have them, and every rule sees every event, so that only the language is compared.

mod generator;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::tz::TimeZone;
use rsigma_eval::{Engine, JsonEvent};
use rsigma_parser::{Detection, Modifier, SigmaRule, SigmaValue, parse_sigma_yaml};
use sancha_detect::sigma::{Plan, PlanScratch, RuleOptions, RuleText, Rules};
use sancha_model::{Batch, EventTime, Fields, FileId};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};
use serde_json::Value;

use crate::program::root;

/// Folder of the labelled sets, where they are at hand.
fn corpora() -> Option<PathBuf> {
    let given = std::env::var_os("SANCHA_CORPORA").map(PathBuf::from);
    given.or_else(|| Some(root().join("../shared/corpora"))).filter(|folder| folder.is_dir())
}

fn rule_files(folder: &Path, into: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rule_files(&path, into);
        } else if path.extension().is_some_and(|end| end == "yml") {
            into.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

struct Ours {
    rules: Rules,
    plan: Plan,
    formats: Formats,
    context: FileContext,
    normalizer: Scratch,
    scratch: PlanScratch,
}

impl Ours {
    fn new(files: &[(String, String)]) -> Self {
        let texts: Vec<RuleText<'_>> =
            files.iter().map(|(path, yaml)| RuleText { path, yaml }).collect();
        let options = RuleOptions { own_names_only: true, ..RuleOptions::default() };
        let (rules, problems) = Rules::parse_with(&texts, &options);
        assert!(problems.is_empty(), "{problems:?}");
        let fields = Arc::new(Fields::new(rules.field_names()));
        let plan = Plan::compile(&rules, &fields, true);
        let context = FileContext::new(TimeZone::UTC, EventTime::from_seconds(0), fields);
        let normalizer = Scratch::new(&context);
        let formats = Formats::new(Vec::new());
        Self { rules, plan, formats, context, normalizer, scratch: PlanScratch::default() }
    }

    /// Ids of the rules that hold, by the fast path; the plain one must agree.
    fn evaluate(&mut self, event: &Value, file: u32, check_plainly: bool) -> BTreeSet<String> {
        let line = serde_json::to_vec(event).unwrap();
        let format = self.formats.detect(&Head::of(b"{\"a\":1}\n", "x"));
        let mut batch = Batch::default();
        batch.raw = line;
        batch.file = FileId(file);
        normalize(&mut batch, &self.formats, format, &self.context, &mut self.normalizer);
        let event = batch.events().next().unwrap();
        let mut found = BTreeSet::new();
        let id = |rule: u32| self.rules.list()[rule as usize].id.clone();
        self.plan.evaluate(event, &mut self.scratch, &mut |rule, _| {
            found.insert(id(rule));
        });
        if check_plainly {
            let mut plain = BTreeSet::new();
            self.plan.evaluate_plainly(event, &mut self.scratch, &mut |rule, _| {
                plain.insert(id(rule));
            });
            assert_eq!(found, plain, "the filter changed what is found");
        }
        found
    }
}

/// Why the two may differ on a rule and an event; what is not listed here is a fault of ours.
fn excuse(rule: &SigmaRule, event: &Value) -> Option<&'static str> {
    let has_list = event.as_object().is_some_and(|fields| fields.values().any(Value::is_array));
    let mut found = None;
    for detection in rule.detection.named.values() {
        walk(detection, &mut |field, modifiers, values| {
            let has = |modifier| modifiers.contains(&modifier);
            let is_edge = has(Modifier::StartsWith) || has(Modifier::EndsWith);
            let reason = if field.is_none() && has(Modifier::All) {
                "keywords under `all`: the specification looks for them anywhere; rsigma compares whole values"
            } else if field.is_none() && values.iter().any(is_number) {
                "numbers among keywords: the specification looks for them anywhere; rsigma compares whole values"
            } else if has(Modifier::FieldRef) && has_list {
                "fieldref to a field with several values: any of them counts here; rsigma compares the list"
            } else if is_edge && values.iter().any(has_wildcards) {
                "wildcards under startswith and endswith: rsigma holds the pattern to the other end"
            } else if has(Modifier::WindAsh) {
                "windash: the specification spells options anew (pySigma: signs that begin a word, `/` too); rsigma every dash and no slash"
            } else if has(Modifier::Base64Offset) {
                "base64offset: rsigma keeps the last sign, which depends on what follows"
            } else if has(Modifier::Expand) {
                "expand: rsigma reads a placeholder as the name of a field; here the user gives its values"
            } else if values.iter().any(|value| !value.to_string().is_ascii()) {
                "letters outside ASCII: rsigma folds by whole strings, here by character"
            } else {
                return;
            };
            found = Some(reason);
        });
    }
    found
}

const fn is_number(value: &SigmaValue) -> bool {
    matches!(value, SigmaValue::Integer(_) | SigmaValue::Float(_))
}

fn has_wildcards(value: &SigmaValue) -> bool {
    matches!(value, SigmaValue::String(text) if text.contains_wildcards())
}

/// Calls `each` with the field, the modifiers and the values of every item.
/// Told field, modifiers and values of one item of a detection; keywords have no field.
type EachItem<'a> = dyn FnMut(Option<&str>, &[Modifier], &[SigmaValue]) + 'a;

fn walk(detection: &Detection, each: &mut EachItem<'_>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                each(item.field.name.as_deref(), &item.field.modifiers, &item.values);
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|part| walk(part, each));
        }
        Detection::Keywords(values) => each(None, &[], values),
        Detection::ArrayMatch { body, .. } => walk(body, each),
        Detection::Conditional { named, .. } => named.values().for_each(|d| walk(d, each)),
    }
}

#[test]
fn both_engines_find_the_same() {
    let mut files = Vec::new();
    let mut events: Vec<Value> = Vec::new();
    if let Some(folder) = corpora() {
        rule_files(&folder.join("sigma/sigmahq-rules"), &mut files);
        let recorded = fs::read_to_string(folder.join("sigma/otrf/events.jsonl")).unwrap();
        events.extend(recorded.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    rule_files(&root().join("tests/it/sigma_oracle/rules"), &mut files);
    let recorded = events.len();
    let mut theirs = Engine::new();
    let mut rules: BTreeMap<String, SigmaRule> = BTreeMap::new();
    let mut refused = Vec::new();
    for (path, yaml) in &files {
        for rule in parse_sigma_yaml(yaml).unwrap().rules {
            match theirs.add_rule(&rule) {
                Ok(()) => {}
                Err(error) => refused.push(format!("{path}: {error}")),
            }
            let id = rule.id.clone().unwrap();
            events.extend(generator::events(&rule));
            rules.insert(id, rule);
        }
    }
    let mut ours = Ours::new(&files);
    assert_eq!(ours.rules.list().len(), rules.len());
    let (mut fired, mut hits) = (BTreeSet::new(), 0_usize);
    let mut excused: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut differences: BTreeMap<String, (usize, usize, String)> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let expected: BTreeSet<String> = theirs
            .evaluate(&JsonEvent::borrow(event))
            .into_iter()
            .filter_map(|found| found.header.rule_id)
            .collect();
        let found = ours.evaluate(event, u32::try_from(at % 7).unwrap(), at % 16 == 0);
        hits += found.len();
        for rule in found.symmetric_difference(&expected) {
            if let Some(reason) = excuse(&rules[rule], event) {
                excused.entry(reason).or_default().insert(rule.clone());
                continue;
            }
            let entry = differences.entry(rule.clone()).or_insert((0, 0, event.to_string()));
            if found.contains(rule) { entry.0 += 1 } else { entry.1 += 1 }
        }
        fired.extend(found);
    }
    let mut told = String::new();
    for (id, (ours, theirs, event)) in &differences {
        let title = &rules[id].title;
        let event: String = event.chars().take(700).collect();
        writeln!(told, "{id} {title}: only ours {ours}, only theirs {theirs}: {event}").unwrap();
    }
    // Shown with `--nocapture`: what the figures of the documentation rest on.
    eprintln!(
        "{} rules, {} refused by rsigma, {recorded} recorded and {} made events, {hits} matches, {} rules fired",
        rules.len(),
        refused.len(),
        events.len() - recorded,
        fired.len()
    );
    for (reason, rules) in &excused {
        eprintln!("{} rules differ: {reason}", rules.len());
    }
    refused.iter().for_each(|line| eprintln!("refused: {line}"));
    let silent: Vec<&String> = rules.keys().filter(|id| !fired.contains(*id)).collect();
    for id in &silent {
        eprintln!("never fired: {id} {}", rules[*id].title);
    }
    assert!(told.is_empty(), "{told}");
    assert!(fired.len() * 100 >= rules.len() * 90, "only {} of {}", fired.len(), rules.len());
}
