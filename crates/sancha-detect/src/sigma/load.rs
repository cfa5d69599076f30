use std::collections::{BTreeMap, BTreeSet};

use rsigma_parser::{CorrelationRule, FilterRule, FilterRuleTarget, SigmaRule, parse_sigma_yaml};
use sancha_model::{JSON_ESCAPED, JSON_VALUE, Level, LocalText, Outcome, RuleNotLoaded, Scenario};

use super::{
    about::About,
    anchor::{self, AnchorSet},
    condition,
    correlation::{self, Draft, Lookup, Member},
    names,
    pattern::Name,
    pipeline::Pipeline,
    program::{Expr, Program},
    reason::Reason,
    source::{Classes, LogSource, identity},
    texts,
    values::Placeholders,
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
    /// Placeholders that it names and nobody gave values for: what depends on them never matches.
    pub open_placeholders: Vec<String>,
}

/// How rules are to be read.
#[derive(Clone, Debug, Default)]
pub struct RuleOptions {
    /// Names in rules are those of the records: no taxonomy is applied.
    pub own_names_only: bool,
    /// Values of `|expand`.
    pub placeholders: Placeholders,
    /// Applied to every rule, in this order.
    pub pipelines: Vec<Pipeline>,
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
    /// What wakes it: each of these sets would do, the first is the cheapest by itself. Without any it
    /// must be asked about every record.
    pub(crate) anchors: Vec<AnchorSet>,
    pub(crate) classes: Classes,
    /// Names of which a record must have one for the rule to hold.
    pub(crate) needs: Vec<Name>,
}

/// Names in use, numbered in the order in which they were met, each with the fields it may mean.
#[derive(Debug, Default)]
struct Names {
    list: Vec<Vec<String>>,
    places: BTreeMap<Vec<String>, Name>,
}

impl Rules {
    /// Reads every file. What cannot be loaded is told with file, line and a way out, and takes
    /// nothing else with it. Files given in the same order give the same places.
    pub fn parse(texts: &[RuleText<'_>]) -> (Self, Vec<RuleNotLoaded>) {
        Self::parse_with(texts, &RuleOptions::default())
    }

    /// The same with names, placeholders and pipelines of the user's.
    pub fn parse_with(texts: &[RuleText<'_>], options: &RuleOptions) -> (Self, Vec<RuleNotLoaded>) {
        let mut loader = Loader::new(options);
        for text in texts {
            loader.file(text);
        }
        loader.finish()
    }

    /// The names that records must carry for the rules to see them: for building the fields of a run.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.names.list.iter().flatten().map(String::as_str).collect();
        if self.compiled.iter().any(|rule| rule.program.has_keywords()) {
            [JSON_VALUE, JSON_ESCAPED].into_iter().for_each(|name| names.push(name));
        }
        if !names.is_empty() {
            identity::field_names().for_each(|name| names.push(name));
        }
        names.into_iter()
    }

    pub fn list(&self) -> &[RuleInfo] {
        &self.list
    }

    pub(crate) fn names(&self) -> &[Vec<String>] {
        &self.names.list
    }
}

impl Names {
    fn place(&mut self, fields: Vec<String>) -> Result<Name, Reason> {
        if let Some(place) = self.places.get(&fields) {
            return Ok(*place);
        }
        // The last number stands for "no name" in the plan.
        let place = Name::try_from(self.list.len()).ok().filter(|place| *place < Name::MAX);
        let place = place.ok_or_else(|| Reason::new(&texts::TOO_MANY_FIELDS, &[]))?;
        self.list.push(fields.clone());
        self.places.insert(fields, place);
        Ok(place)
    }
}

struct Loader<'t> {
    options: &'t RuleOptions,
    rules: Rules,
    problems: Vec<RuleNotLoaded>,
    /// Ids and names of rules to their places.
    ids: BTreeMap<String, u32>,
    /// Rules and correlations wait until every filter and rule is there.
    read: Vec<(SigmaRule, Document<'t>)>,
    filters: Vec<(FilterRule, Document<'t>)>,
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
    fn new(options: &'t RuleOptions) -> Self {
        Self {
            options,
            rules: Rules::default(),
            problems: Vec::new(),
            ids: BTreeMap::new(),
            read: Vec::new(),
            filters: Vec::new(),
            waiting: Vec::new(),
        }
    }

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
        self.read.extend(collection.rules.into_iter().map(|rule| (rule, document)));
        self.waiting.extend(collection.correlations.into_iter().map(|rule| (rule, document)));
        self.filters.extend(collection.filters.into_iter().map(|rule| (rule, document)));
    }

    fn refuse(&mut self, reason: Reason, document: Document<'_>) {
        self.problems.push(reason.at(document.path, document.text, document.before));
    }

    fn rule(&mut self, mut rule: SigmaRule, document: Document<'t>) -> Result<(), Reason> {
        let id = rule.id.clone().unwrap_or_else(|| document.path.to_owned());
        self.unused(&id)?;
        let own_source = rule.logsource.clone();
        for pipeline in &self.options.pipelines {
            pipeline.apply(&mut rule);
        }
        let source = LogSource::of(&rule.logsource);
        let description = rule.description.as_deref();
        let about = About::read(&rule.title, description, &rule.tags, &rule.custom_attributes)?;
        let options = self.options;
        let names = &mut self.rules.names;
        let mut place = |name: &str| names.place(spelt(options, &source, name));
        let filters = self.filters.iter().filter(|(filter, _)| applies(filter, &rule, &own_source));
        let mut expr = condition::read(&rule.detection, &options.placeholders, &mut place)?;
        for (filter, _) in filters {
            let also = condition::read(&filter.detection, &options.placeholders, &mut place)?;
            expr = Expr::And(vec![expr, also]);
        }
        let mut tests = 0;
        expr.number(&mut tests);
        let anchors = anchor::choose(&mut expr, Background::ordinary());
        let program = Program::compile(expr);
        let fields =
            anchors.first().into_iter().flat_map(|set| &set.anchors).map(|anchor| anchor.field);
        let needs: Option<BTreeSet<Name>> = fields.collect();
        let compiled = Compiled {
            needs: needs.into_iter().flatten().collect(),
            program,
            anchors,
            classes: source.classes(),
        };
        let at = u32::try_from(self.rules.list.len()).unwrap_or(u32::MAX);
        self.ids.insert(id.clone(), at);
        if let Some(name) = &rule.name {
            self.ids.entry(name.clone()).or_insert(at);
        }
        let open_placeholders = condition::placeholders(&rule.detection)
            .into_iter()
            .filter(|name| !options.placeholders.contains_key(name))
            .collect();
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
            tags: rule.tags,
            open_placeholders,
        });
        Ok(())
    }

    /// A filter that names a rule which is not there is told; it may still serve others.
    fn check_filters(&mut self) {
        let known: BTreeSet<&str> = self
            .read
            .iter()
            .flat_map(|(rule, _)| [rule.id.as_deref(), rule.name.as_deref(), Some(&rule.title)])
            .flatten()
            .collect();
        let mut missing = Vec::new();
        for (filter, document) in &self.filters {
            let FilterRuleTarget::Specific(rules) = &filter.rules else { continue };
            if let Some(name) = rules.iter().find(|rule| !known.contains(rule.as_str())) {
                let reason = Reason::new(&texts::FILTER, &[("name", name)]).near(name.as_str());
                missing.push((reason, *document));
            }
        }
        missing.into_iter().for_each(|(reason, document)| self.refuse(reason, document));
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
        self.check_filters();
        for (rule, document) in std::mem::take(&mut self.read) {
            if let Err(reason) = self.rule(rule, document) {
                self.refuse(reason, document);
            }
        }
        self.correlations();
        (self.rules, self.problems)
    }

    /// A correlation is read after its members: round by round, until none is left whose members are
    /// there.
    fn correlations(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        loop {
            let before = waiting.len();
            let known = |reference: &String| self.ids.contains_key(reference);
            let also: BTreeSet<String> = waiting
                .iter()
                .flat_map(|(rule, _)| [rule.id.clone(), rule.name.clone()])
                .flatten()
                .collect();
            let is_ready = |rule: &CorrelationRule| {
                rule.rules.iter().all(|reference| known(reference) || !also.contains(reference))
            };
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(rule, _)| is_ready(rule));
            for (rule, document) in ready {
                if let Err(reason) = self.correlation(&rule, document) {
                    self.refuse(reason, document);
                }
            }
            waiting = rest;
            if waiting.is_empty() {
                return;
            }
            if waiting.len() == before {
                break;
            }
        }
        // What is left names itself in a circle.
        for (_, document) in waiting {
            self.refuse(correlation::unsupported("rules"), document);
        }
    }

    fn correlation(
        &mut self,
        rule: &CorrelationRule,
        document: Document<'t>,
    ) -> Result<(), Reason> {
        let id = rule.id.clone().unwrap_or_else(|| document.path.to_owned());
        self.unused(&id)?;
        let mut lookup = Known { ids: &self.ids, rules: &mut self.rules, options: self.options };
        let draft = Draft::read(rule, document.path, id.clone(), &mut lookup)?;
        let place = u32::try_from(self.rules.correlations.len()).unwrap_or(u32::MAX);
        let children = draft.members.iter().filter_map(|member| match member {
            Member::Correlation(at) => Some(*at as usize),
            Member::Rule(_) => None,
        });
        let children: Vec<usize> = children.collect();
        for child in children.iter().filter_map(|at| self.rules.correlations.get(*at)) {
            // Its state must be where its members' is: grouped by no more, and a member only once.
            let is_narrower = draft.group_names.iter().all(|name| child.group_names.contains(name));
            if child.parent.is_some() || !is_narrower {
                return Err(correlation::unsupported("group-by"));
            }
        }
        for at in children {
            if let Some(child) = self.rules.correlations.get_mut(at) {
                child.parent = Some(place);
            }
        }
        let at = CORRELATION | place;
        self.ids.insert(id, at);
        if let Some(name) = &draft.name {
            self.ids.entry(name.clone()).or_insert(at);
        }
        self.rules.correlations.push(draft);
        Ok(())
    }
}

/// Marks places that are those of correlations.
const CORRELATION: u32 = 1 << 31;

struct Known<'k> {
    ids: &'k BTreeMap<String, u32>,
    rules: &'k mut Rules,
    options: &'k RuleOptions,
}

impl Lookup for Known<'_> {
    fn member(&self, reference: &str) -> Option<(Member, LogSource)> {
        let at = *self.ids.get(reference)?;
        let source = |rule: u32| Some(self.rules.list.get(rule as usize)?.log_source.clone());
        if at & CORRELATION == 0 {
            return Some((Member::Rule(at), source(at)?));
        }
        let at = at & !CORRELATION;
        let mut first = Member::Correlation(at);
        while let Member::Correlation(at) = first {
            first = *self.rules.correlations.get(at as usize)?.members.first()?;
        }
        let Member::Rule(rule) = first else { return None };
        Some((Member::Correlation(at), source(rule)?))
    }

    fn name(&mut self, source: &LogSource, name: &str) -> Result<Name, Reason> {
        self.rules.names.place(spelt(self.options, source, name))
    }
}

/// The fields that a name of a rule may mean.
fn spelt(options: &RuleOptions, source: &LogSource, name: &str) -> Vec<String> {
    if options.own_names_only {
        return vec![name.to_owned()];
    }
    names::resolve(source, name)
}

/// Whether a filter is meant for a rule: named by id, name or title, or any, and of the same log.
fn applies(filter: &FilterRule, rule: &SigmaRule, source: &rsigma_parser::LogSource) -> bool {
    let named = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(rules) => rules.iter().any(|one| {
            rule.id.as_ref() == Some(one) || rule.name.as_ref() == Some(one) || rule.title == *one
        }),
    };
    let same = |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
    named
        && filter.logsource.as_ref().is_none_or(|asked| {
            same(&asked.product, &source.product)
                && same(&asked.category, &source.category)
                && same(&asked.service, &source.service)
        })
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
