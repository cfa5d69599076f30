use std::collections::BTreeMap;

use rsigma_parser::{CorrelationRule, SigmaRule, parse_sigma_yaml};
use sancha_model::{Level, LocalText, Outcome, RuleNotLoaded, Scenario};

use super::{
    about::About,
    anchor::{self, AnchorSet},
    condition,
    correlation::{Draft, Lookup},
    names,
    pattern::Name,
    program::Program,
    reason::Reason,
    source::{Classes, LogSource},
    texts,
};
use crate::prefilter::Background;

/// A rule file is read up to this size.
const FILE_LIMIT: usize = 1 << 20;
/// More brackets or list signs than this in one line are no rule; the YAML reader's time grows with
/// the square of their depth.
const NESTING_LIMIT: usize = 2_000;

/// The text of one rule file; whoever calls has read it.
#[derive(Clone, Copy, Debug)]
pub struct RuleText<'a> {
    pub path: &'a str,
    pub yaml: &'a str,
}

/// What is known of a loaded rule.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// The rule's `id`, or its path where it has none.
    pub id: String,
    pub title: LocalText,
    /// What it means and what to do, in plain words; may be empty.
    pub note: LocalText,
    pub path: String,
    pub level: Level,
    pub scenario: Scenario,
    /// What the rule by itself says of success; `None` leaves it to the analyses.
    pub outcome: Option<Outcome>,
    pub log_source: LogSource,
    pub tags: Vec<String>,
}

/// Rules as loaded, before fields have ids.
#[derive(Debug, Default)]
pub struct Rules {
    list: Vec<RuleInfo>,
    pub(crate) compiled: Vec<std::sync::Arc<Compiled>>,
    pub(crate) correlations: Vec<Draft>,
    names: Names,
}

/// One rule, ready to run once its names have ids.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) program: Program,
    pub(crate) anchors: Option<AnchorSet>,
    pub(crate) classes: Classes,
}

/// Field names in use, numbered in the order in which they were met.
#[derive(Debug, Default)]
struct Names {
    list: Vec<String>,
    places: BTreeMap<String, Name>,
}

impl Rules {
    /// Reads every file. What cannot be loaded is told with file, line and a way out, and takes
    /// nothing else with it. Files given in the same order give the same places.
    pub fn parse(texts: &[RuleText<'_>]) -> (Self, Vec<RuleNotLoaded>) {
        let mut loader = Loader::default();
        for text in texts {
            loader.file(text);
        }
        loader.finish()
    }

    /// The names that records must carry for the rules to see them: for building the fields of a run.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.names.list.iter().map(String::as_str)
    }

    pub fn list(&self) -> &[RuleInfo] {
        &self.list
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names.list
    }
}

impl Names {
    fn place(&mut self, name: &str) -> Result<Name, Reason> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        // The last number stands for "no name" in the plan.
        let place = Name::try_from(self.list.len()).ok().filter(|place| *place < Name::MAX);
        let place = place.ok_or_else(|| Reason::new(&texts::TOO_MANY_FIELDS, &[]))?;
        self.list.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }
}

#[derive(Default)]
struct Loader<'t> {
    rules: Rules,
    problems: Vec<RuleNotLoaded>,
    /// Ids and names of rules to their places.
    ids: BTreeMap<String, u32>,
    /// Correlations wait until every rule is there.
    waiting: Vec<(CorrelationRule, Document<'t>)>,
}

/// One YAML document of a file.
#[derive(Clone, Copy)]
struct Document<'t> {
    path: &'t str,
    text: &'t str,
    /// Lines of the file before it.
    before: u64,
}

impl<'t> Loader<'t> {
    fn file(&mut self, file: &RuleText<'t>) {
        let whole = Document { path: file.path, text: file.yaml, before: 0 };
        if file.yaml.len() > FILE_LIMIT {
            let limit = FILE_LIMIT.to_string();
            return self.refuse(Reason::new(&texts::TOO_LARGE, &[("limit", &limit)]), whole);
        }
        if file.yaml.lines().any(is_nested_too_deep) {
            let values = [("detail", "too many brackets in one line")];
            return self.refuse(Reason::new(&texts::SYNTAX, &values), whole);
        }
        // Collections with `action:` only make sense as a whole.
        if file.yaml.lines().any(|line| line.starts_with("action:")) {
            return self.document(whole);
        }
        let mut any = false;
        for document in documents(whole) {
            any = true;
            self.document(document);
        }
        if !any {
            self.refuse(Reason::new(&texts::NO_RULE, &[]), whole);
        }
    }

    fn document(&mut self, document: Document<'t>) {
        let collection = match parse_sigma_yaml(document.text) {
            Ok(collection) => collection,
            Err(error) => return self.refuse(Reason::of_parser(&error.to_string()), document),
        };
        if collection.is_empty() {
            let reason = match collection.errors.first() {
                Some(error) => Reason::of_parser(error),
                None => Reason::new(&texts::NO_RULE, &[]),
            };
            self.refuse(reason, document);
        }
        for rule in &collection.rules {
            if let Err(reason) = self.rule(rule, document) {
                self.refuse(reason, document);
            }
        }
        self.waiting.extend(collection.correlations.into_iter().map(|rule| (rule, document)));
        for _ in &collection.filters {
            self.refuse(Reason::new(&texts::FILTER, &[]), document);
        }
    }

    fn refuse(&mut self, reason: Reason, document: Document<'_>) {
        self.problems.push(reason.at(document.path, document.text, document.before));
    }

    fn rule(&mut self, rule: &SigmaRule, document: Document<'t>) -> Result<(), Reason> {
        let id = rule.id.clone().unwrap_or_else(|| document.path.to_owned());
        self.unused(&id)?;
        let source = LogSource {
            category: rule.logsource.category.clone(),
            product: rule.logsource.product.clone(),
            service: rule.logsource.service.clone(),
        };
        let description = rule.description.as_deref();
        let about = About::read(&rule.title, description, &rule.tags, &rule.custom_attributes)?;
        let names = &mut self.rules.names;
        let mut place = |name: &str| names.place(names::resolve(&source, name));
        let expr = condition::read(&rule.detection, &mut place)?;
        let anchors = anchor::choose(&expr, Background::ordinary());
        let compiled =
            Compiled { program: Program::compile(expr), anchors, classes: source.classes() };
        let at = u32::try_from(self.rules.list.len()).unwrap_or(u32::MAX);
        self.ids.insert(id.clone(), at);
        if let Some(name) = &rule.name {
            self.ids.entry(name.clone()).or_insert(at);
        }
        self.rules.compiled.push(compiled.into());
        self.rules.list.push(RuleInfo {
            id,
            title: about.title,
            note: about.note,
            path: document.path.to_owned(),
            level: level(rule.level),
            scenario: about.scenario,
            outcome: about.outcome,
            log_source: source,
            tags: rule.tags.clone(),
        });
        Ok(())
    }

    fn unused(&self, id: &str) -> Result<(), Reason> {
        let rule = self.ids.get(id).and_then(|at| self.rules.list.get(*at as usize));
        let taken = rule.map(|rule| rule.path.as_str()).or_else(|| {
            let correlations = self.rules.correlations.iter();
            correlations.clone().find(|one| one.id == id).map(|one| one.path.as_str())
        });
        match taken {
            None => Ok(()),
            Some(path) => {
                let values = [("name", id), ("path", path)];
                Err(Reason::new(&texts::DUPLICATE, &values).near("id:"))
            }
        }
    }

    fn finish(mut self) -> (Rules, Vec<RuleNotLoaded>) {
        for (rule, document) in std::mem::take(&mut self.waiting) {
            let id = rule.id.clone().unwrap_or_else(|| document.path.to_owned());
            let read = self.unused(&id).and_then(|()| {
                let mut lookup = Known { ids: &self.ids, rules: &mut self.rules };
                Draft::read(&rule, document.path, id, &mut lookup)
            });
            match read {
                Ok(draft) => self.rules.correlations.push(draft),
                Err(reason) => self.refuse(reason, document),
            }
        }
        (self.rules, self.problems)
    }
}

struct Known<'k> {
    ids: &'k BTreeMap<String, u32>,
    rules: &'k mut Rules,
}

impl Lookup for Known<'_> {
    fn rule(&self, reference: &str) -> Option<(u32, LogSource)> {
        let at = *self.ids.get(reference)?;
        Some((at, self.rules.list.get(at as usize)?.log_source.clone()))
    }

    fn name(&mut self, name: &str) -> Result<Name, Reason> {
        self.rules.names.place(name)
    }
}

fn is_nested_too_deep(line: &str) -> bool {
    let opens = |text: &&str| matches!(*text, "[" | "{" | "-" | "?" | "[[" | "{{");
    let signs = line.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    signs > NESTING_LIMIT || line.split_ascii_whitespace().filter(opens).count() > NESTING_LIMIT
}

/// Sigma leaves the level open; the middle is taken then.
pub(crate) fn level(level: Option<rsigma_parser::Level>) -> Level {
    level.and_then(|level| Level::from_id(level.as_str())).unwrap_or(Level::Medium)
}

/// The documents of a file: YAML 1.2.2, clause 9.1.4, puts `---` at the start of a line between them.
fn documents(whole: Document<'_>) -> impl Iterator<Item = Document<'_>> {
    let mut starts = vec![(0_usize, 0_u64)];
    let mut at = 0;
    for (number, line) in (0_u64..).zip(whole.text.split_inclusive('\n')) {
        if line.trim_end() == "---" {
            starts.push((at, number));
        }
        at += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.0).chain([at]).collect();
    let parts = starts.into_iter().zip(ends).filter_map(move |((start, before), end)| {
        Some(Document { text: whole.text.get(start..end)?, before, ..whole })
    });
    parts.filter(|document| {
        let blank = |line: &str| {
            line.trim().is_empty() || line.starts_with('#') || line.trim_end() == "---"
        };
        !document.text.lines().all(blank)
    })
}
