use std::collections::{BTreeMap, BTreeSet};

use rsigma_parser::{CorrelationRule, FilterRule, FilterRuleTarget, SigmaRule, parse_sigma_yaml};
use sancha_model::{JSON_ESCAPED, JSON_VALUE, Level, LocalText, RuleNotLoaded, Scenario};

use super::{
    about::About,
    anchor::{self, AnchorSet},
    condition,
    correlation::Draft,
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

mod correlations;
mod document;

use document::Document;

/// A rule file is read up to this size.
const FILE_LIMIT: usize = 1 << 20;
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
    /// No tag of the rule told the scenario.
    pub is_unfiled: bool,
    /// The scenario does not say all that the rule is about: its title stands beside it.
    pub is_named: bool,
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
    /// Names of which a record must have none for the rule to hold.
    pub(crate) excludes: Vec<Name>,
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
        // With a filter, rules wait until every filter is there. Few have one, and rules that are
        // compiled at once leave the caches and the allocator in better order.
        let mut loader = Loader::new(options);
        let has_filter = texts.iter().any(|text| {
            loader.file(text);
            !loader.filters.is_empty()
        });
        if has_filter {
            loader = Loader { waits: true, ..Loader::new(options) };
            texts.iter().for_each(|text| loader.file(text));
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
    /// Rules wait until every filter is there, and then in `read`.
    waits: bool,
    read: Vec<(SigmaRule, Document<'t>)>,
    /// Problems of rules, told after those of files.
    late: Vec<RuleNotLoaded>,
    filters: Vec<(FilterRule, Document<'t>)>,
    /// Correlations wait until every rule is there.
    waiting: Vec<(CorrelationRule, Document<'t>)>,
}

/// What a rule is filed under whose tags tell nothing: what its log is full of.
fn unfiled(source: &LogSource) -> Scenario {
    match source.category.as_deref() {
        Some("webserver" | "proxy") => Scenario::EXPLOIT_KNOWN,
        _ => Scenario::EXPLOIT_MALWARE,
    }
}

/// A condition, ready to run, with what wakes it.
fn compiled(mut expr: Expr, source: &LogSource) -> Compiled {
    let mut tests = 0;
    expr.number(&mut tests);
    let anchors = anchor::choose(&mut expr, Background::ordinary());
    let cheapest = anchors.first().into_iter().flat_map(|set| &set.anchors);
    let needs: Option<BTreeSet<Name>> = cheapest.map(|anchor| anchor.field).collect();
    Compiled {
        needs: needs.into_iter().flatten().collect(),
        excludes: expr.excluded(),
        program: Program::compile(expr),
        anchors,
        classes: source.classes(),
    }
}

impl<'t> Loader<'t> {
    fn new(options: &'t RuleOptions) -> Self {
        Self {
            options,
            rules: Rules::default(),
            problems: Vec::new(),
            ids: BTreeMap::new(),
            waits: false,
            read: Vec::new(),
            late: Vec::new(),
            filters: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn file(&mut self, file: &RuleText<'t>) {
        // Editors on Windows put a byte order mark first (YAML 1.2.2, 5.2).
        let text = file.yaml.strip_prefix('\u{feff}').unwrap_or(file.yaml);
        let whole = Document { path: file.path, text, before: 0 };
        if file.yaml.len() > FILE_LIMIT {
            let limit = FILE_LIMIT.to_string();
            return self.refuse(Reason::new(&texts::TOO_LARGE, &[("limit", &limit)]), whole);
        }
        if file.yaml.lines().any(document::is_nested_too_deep) {
            let values = [("detail", "too many brackets in one line")];
            return self.refuse(Reason::new(&texts::SYNTAX, &values), whole);
        }
        if document::is_collection(text) {
            return self.document(whole);
        }
        let mut any = false;
        for document in document::documents(whole) {
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
        for error in &collection.errors {
            self.refuse(Reason::of_parser(error), document);
        }
        if collection.is_empty() && collection.errors.is_empty() {
            self.refuse(Reason::new(&texts::NO_RULE, &[]), document);
        }
        if self.waits {
            self.read.extend(collection.rules.into_iter().map(|rule| (rule, document)));
        } else {
            collection.rules.into_iter().for_each(|rule| self.compile(rule, document));
        }
        self.waiting.extend(collection.correlations.into_iter().map(|rule| (rule, document)));
        self.filters.extend(collection.filters.into_iter().map(|rule| (rule, document)));
    }

    fn refuse(&mut self, reason: Reason, document: Document<'_>) {
        self.problems.push(reason.at(document.path, document.text, document.before));
    }

    fn compile(&mut self, rule: SigmaRule, document: Document<'t>) {
        if let Err(reason) = self.rule(rule, document) {
            self.late.push(reason.at(document.path, document.text, document.before));
        }
    }

    fn rule(&mut self, mut rule: SigmaRule, document: Document<'t>) -> Result<(), Reason> {
        let id = rule.id.clone().unwrap_or_else(|| self.id_of_place(document));
        self.unused(&id)?;
        let own_source = rule.logsource.clone();
        for pipeline in &self.options.pipelines {
            pipeline.apply(&mut rule);
        }
        let source = LogSource::of(&rule.logsource);
        if let (None, Some(stated)) = (rule.level, document::stated(document.text, "level:")) {
            return Err(Reason::new(&texts::LEVEL, &[("name", stated)]).near("level:"));
        }
        let description = rule.description.as_deref();
        let about = About::read(&rule.title, description, &rule.tags, &rule.custom_attributes)?;
        let expr = self.condition(&rule, &source, &own_source)?;
        self.rules.compiled.push(compiled(expr, &source).into());
        self.note_names(&id, rule.name.as_deref());
        let open_placeholders = self.open_placeholders(&rule);
        self.rules.list.push(RuleInfo {
            id,
            title: about.title,
            note: about.note,
            path: document.path.to_owned(),
            level: level(rule.level),
            scenario: about.scenario.unwrap_or_else(|| unfiled(&source)),
            is_unfiled: about.scenario.is_none(),
            is_named: !about.is_filed,
            log_source: source,
            tags: rule.tags,
            open_placeholders,
        });
        Ok(())
    }

    /// When a rule holds: by its own detection, and by every filter that applies to it.
    fn condition(
        &mut self,
        rule: &SigmaRule,
        source: &LogSource,
        own_source: &rsigma_parser::LogSource,
    ) -> Result<Expr, Reason> {
        let (options, names) = (self.options, &mut self.rules.names);
        let mut place = |name: &str| names.place(spelt(options, source, name));
        let mut expr = condition::read(&rule.detection, &options.placeholders, &mut place)?;
        for (filter, _) in self.filters.iter().filter(|(one, _)| applies(one, rule, own_source)) {
            let also = condition::read(&filter.detection, &options.placeholders, &mut place)?;
            expr = Expr::And(vec![expr, also]);
        }
        Ok(expr)
    }

    /// Files the next rule of the list under its id, and under its name if no other has it.
    fn note_names(&mut self, id: &str, name: Option<&str>) {
        let at = u32::try_from(self.rules.list.len()).unwrap_or(u32::MAX);
        self.ids.insert(id.to_owned(), at);
        if let Some(name) = name {
            self.ids.entry(name.to_owned()).or_insert(at);
        }
    }

    /// Placeholders of a rule that nobody gave values.
    fn open_placeholders(&self, rule: &SigmaRule) -> Vec<String> {
        let given = &self.options.placeholders;
        let used = condition::placeholders(&rule.detection).into_iter();
        used.filter(|name| !given.contains_key(name)).collect()
    }

    /// A filter that names a rule which is not there is told; it may still serve others.
    fn check_filters(&mut self) {
        let mut wrong = Vec::new();
        let (options, names) = (self.options, &mut self.rules.names);
        self.filters.retain(|(filter, document)| {
            let mut place = |name: &str| names.place(vec![name.to_owned()]);
            let read = condition::read(&filter.detection, &options.placeholders, &mut place);
            let reason = read.err();
            let is_sound = reason.is_none();
            wrong.extend(reason.map(|reason| (reason, *document)));
            is_sound
        });
        wrong.into_iter().for_each(|(reason, document)| self.refuse(reason, document));
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

    /// A rule may have no id: then it is its file, and its number where the file holds several.
    fn id_of_place(&self, document: Document<'_>) -> String {
        let path = document.path;
        let more = (2..).map(|number| format!("{path}#{number}"));
        let mut ids = std::iter::once(path.to_owned()).chain(more);
        ids.find(|id| !self.ids.contains_key(id)).unwrap_or_default()
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
            self.compile(rule, document);
        }
        self.problems.append(&mut self.late);
        self.correlations();
        (self.rules, self.problems)
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

/// Sigma leaves the level open; the middle is taken then.
pub(crate) fn level(level: Option<rsigma_parser::Level>) -> Level {
    level.and_then(|level| Level::from_id(level.as_str())).unwrap_or(Level::Medium)
}
