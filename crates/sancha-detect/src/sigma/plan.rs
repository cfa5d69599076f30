use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use sancha_model::{Event, EventClass, FieldId, Fields, JSON_ESCAPED, JSON_VALUE, Level};

use super::{
    anchor::AnchorSet,
    correlation::Correlation,
    load::{Compiled, Rules},
    pattern::Name,
    source::{
        CLASSES,
        identity::{self, Identity, Told},
        place, table,
    },
};
use crate::prefilter::Group;

mod demotion;
mod keys;
mod quiet;
mod route;
mod scratch;

pub(crate) use keys::KEY_LIMIT;
pub use quiet::{Quiet, Recurring};
use route::Route;
pub use scratch::PlanScratch;
use scratch::Slots;

/// All rules of a run, compiled: shared by the workers. What it learns of a run — which routes and
/// names occurred — is the same whatever order they come in.
#[derive(Debug)]
pub struct Plan {
    rules: Vec<Arc<Compiled>>,
    /// What each rule tests, for the match that it yields.
    tested: Vec<Box<[FieldId]>>,
    /// Place of each rule's first test among all tests.
    first_test: Vec<u32>,
    test_count: usize,
    /// From field id to the names that it stands for, and back.
    names: Vec<Box<[Name]>>,
    fields: Vec<Box<[FieldId]>>,
    /// By field id. Fields that stand for one name are in one group.
    groups: Vec<Group>,
    /// By rule: it looks at the whole record.
    has_keywords: Vec<bool>,
    /// By field id: rules that do not hold where a record has the field.
    excluded: Vec<Vec<u32>>,
    correlations: Vec<Correlation>,
    identity: Identity,
    /// Fields of values that no rule names; the second's are still escaped.
    value: Option<FieldId>,
    escaped: Option<FieldId>,
    all_logsources: bool,
    /// Which rules each route runs, and the routes themselves, built when a record first takes one.
    choices: Vec<Vec<u32>>,
    routes: Vec<OnceLock<Route>>,
    /// From place of a class or kind to route.
    route_of: Vec<usize>,
    taken: Vec<AtomicBool>,
    seen: Vec<AtomicBool>,
}

/// Routes stand in this order: one per class, one for JSON that no log could be told for, one per kind.
const UNKNOWN: usize = CLASSES.len();
const FIRST_KIND: usize = UNKNOWN + 1;

impl Plan {
    /// `all_logsources` runs every rule on every event, whatever its `logsource` says.
    pub fn compile(rules: &Rules, fields: &Fields, all_logsources: bool) -> Self {
        Self::compile_from(rules, fields, all_logsources, Level::Informational)
    }

    /// Rules below `least` are kept in their places and never asked.
    pub fn compile_from(
        rules: &Rules,
        fields: &Fields,
        all_logsources: bool,
        least: Level,
    ) -> Self {
        let mut names: Vec<Vec<Name>> = vec![Vec::new(); fields.len()];
        let mut ids: Vec<Box<[FieldId]>> = Vec::new();
        for (name, alternatives) in (0..).zip(rules.names()) {
            let own: Vec<FieldId> = alternatives.iter().filter_map(|n| fields.id(n)).collect();
            for id in &own {
                if let Some(slot) = names.get_mut(id.index()) {
                    slot.push(name);
                }
            }
            ids.push(own.into());
        }
        let ids_of = |name: Name| ids.get(usize::from(name)).map_or(Vec::new(), |ids| ids.to_vec());
        let tested = |rule: &Arc<Compiled>| {
            rule.program.fields().into_iter().flat_map(ids_of).collect::<Box<[FieldId]>>()
        };
        let mut first_test = Vec::new();
        let mut next = 0;
        for rule in &rules.compiled {
            first_test.push(next);
            next += rule.program.test_count();
        }
        let mut plan = Self {
            tested: rules.compiled.iter().map(tested).collect(),
            rules: rules.compiled.clone(),
            first_test,
            test_count: next as usize,
            names: names.into_iter().map(Into::into).collect(),
            has_keywords: rules.compiled.iter().map(|rule| rule.program.has_keywords()).collect(),
            correlations: rules.correlations.iter().map(|draft| draft.resolve(&ids_of)).collect(),
            groups: groups(&ids, fields.len()),
            excluded: excluded(rules, ids_of, fields.len()),
            fields: ids.clone(),
            identity: Identity::new(fields),
            value: fields.id(JSON_VALUE),
            escaped: fields.id(JSON_ESCAPED),
            all_logsources,
            choices: Vec::new(),
            routes: Vec::new(),
            route_of: Vec::new(),
            taken: Vec::new(),
            seen: Vec::new(),
        };
        plan.choose_routes(rules, least);
        plan
    }

    /// Classes and kinds with the same rules share a route.
    fn choose_routes(&mut self, rules: &Rules, least: Level) {
        let kinds = table::kinds();
        let count = if self.all_logsources { 1 } else { FIRST_KIND + kinds.len() };
        for at in 0..count {
            let fits = |(rule, info): (&Arc<Compiled>, &super::RuleInfo)| {
                let source = &info.log_source;
                if info.level < least {
                    return false;
                }
                match (self.all_logsources, CLASSES.get(at), at.checked_sub(FIRST_KIND)) {
                    (true, ..) => true,
                    (_, Some(class), _) => rule.classes.contains(*class),
                    (_, None, None) => {
                        rule.classes.contains(EventClass::Other)
                            || identity::fits_unknown(source, rule.program.has_keywords())
                    }
                    (_, None, Some(kind)) => {
                        kinds.get(kind).is_some_and(|kind| identity::fits(source, kind))
                    }
                }
            };
            let pairs = self.rules.iter().zip(rules.list());
            let chosen: Vec<u32> =
                (0_u32..).zip(pairs).filter(|(_, pair)| fits(*pair)).map(|(at, _)| at).collect();
            let known = self.choices.iter().position(|choice| *choice == chosen);
            self.route_of.push(known.unwrap_or(self.choices.len()));
            if known.is_none() {
                self.choices.push(chosen);
            }
        }
        let flags = |count: usize| (0..count).map(|_| AtomicBool::new(false)).collect();
        self.routes = self.choices.iter().map(|_| OnceLock::new()).collect();
        self.taken = flags(self.choices.len());
        self.seen = flags(self.fields.len());
    }

    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// Whether some record of the run was of a log that the rule of this place is meant for.
    pub fn has_run(&self, rule: u32) -> bool {
        self.choices.iter().zip(&self.taken).any(|(choice, taken)| {
            taken.load(Ordering::Relaxed) && choice.binary_search(&rule).is_ok()
        })
    }

    /// The names of which a rule needs one and none occurred in the run; empty when it could fire.
    pub fn missing_names<'r>(&self, rule: u32, rules: &'r Rules) -> Vec<&'r str> {
        let Some(compiled) = self.rules.get(rule as usize) else { return Vec::new() };
        let names: BTreeSet<Name> = compiled.needs.iter().copied().collect();
        let seen = |name: &Name| {
            let flag = self.seen.get(usize::from(*name));
            flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
        };
        if names.iter().any(seen) {
            return Vec::new();
        }
        let spelt = names.iter().filter_map(|name| rules.names().get(usize::from(*name))?.last());
        spelt.map(String::as_str).collect()
    }

    /// How many rules run, and how many of them have no anchor, per route: for tuning.
    pub fn describe(&self) -> String {
        let one = |(choice, route): (&Vec<u32>, &OnceLock<Route>)| {
            let route = route.get()?;
            let strings = |strings: &[Option<route::Strings>]| -> Vec<usize> {
                strings.iter().map(|s| s.as_ref().map_or(0, |s| s.filter.len())).collect()
            };
            Some(format!(
                "{} rules, {} without anchor, strings of six bytes, four and three {:?}, words {:?}",
                choice.len(),
                route.direct.len(),
                strings(&route.fields),
                strings(&route.words)
            ))
        };
        let all = self.choices.iter().zip(&self.routes);
        all.filter_map(one).collect::<Vec<_>>().join("; ")
    }

    /// Places of the rules that must be asked about every record that has their fields, in rising
    /// order.
    pub fn rules_without_anchor(&self) -> Vec<u32> {
        let asked =
            |(_, rule): &(u32, &Arc<Compiled>)| rule.anchors.iter().all(AnchorSet::is_presence);
        (0..).zip(&self.rules).filter(asked).map(|(at, _)| at).collect()
    }

    /// Where an event goes: by the log that its fields tell, else by its class.
    fn route_at(&self, event: Event<'_>, told: &Told<'_>) -> usize {
        if self.all_logsources {
            return 0;
        }
        let class = event.class();
        let kind = if identity::is_open(class) { told.kind() } else { None };
        let at = match kind {
            Some(kind) => FIRST_KIND + kind,
            None if class == EventClass::Other && event.raw().first() == Some(&b'{') => UNKNOWN,
            None => place(class),
        };
        self.route_of.get(at).copied().unwrap_or(0)
    }

    fn route(&self, at: usize) -> Option<&Route> {
        let slot = self.routes.get(at)?;
        let route = slot.get_or_init(|| {
            let chosen = self.choices.get(at).cloned().unwrap_or_default();
            Route::new(chosen, self, &BTreeMap::new())
        });
        if let Some(taken) = self.taken.get(at)
            && !taken.load(Ordering::Relaxed)
        {
            taken.store(true, Ordering::Relaxed);
        }
        Some(route)
    }

    /// Calls `on_match` with the place of each rule that holds, in rising order, and the fields that
    /// the rule looks at.
    pub fn evaluate(
        &self,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        self.evaluate_knowing(event, Quiet::default(), scratch, on_match);
    }

    /// The same for a caller who remembers what earlier calls returned for the event's recurring parts.
    pub fn evaluate_knowing(
        &self,
        event: Event<'_>,
        known: Quiet,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) -> Quiet {
        let told = self.begin(event, scratch);
        scratch.quiet = known;
        let at = self.route_at(event, &told);
        if let Some(route) = self.route(at).filter(|route| !route.rules.is_empty()) {
            self.run(route, at, event, scratch, on_match);
        }
        scratch.quiet
    }

    fn run(
        &self,
        route: &Route,
        at: usize,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let mut demotion = std::mem::take(&mut scratch.demotion);
        let learned = demotion.enter(self, at);
        let route = learned.own().unwrap_or(route);
        route.wake(self, event, scratch);
        if !scratch.woken.is_empty() {
            let mut woken = std::mem::take(&mut scratch.woken);
            woken.sort_unstable();
            woken.dedup();
            for rule in &woken {
                if let Some(asked) = scratch.asked.get_mut(*rule as usize) {
                    *asked += 1;
                }
            }
            self.ask(&woken, Some(&route.switched), event, scratch, on_match);
            learned.count(&woken, self);
            scratch.woken = woken;
        }
        scratch.demotion = demotion;
    }

    /// The same with every rule woken by this set of its anchors, or its last: each must do.
    #[cfg(test)]
    pub(crate) fn evaluate_by_set(
        &self,
        set: usize,
        event: Event<'_>,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let mut scratch = PlanScratch::default();
        scratch.begin(self);
        scratch.demotion.force(self, set);
        self.evaluate(event, &mut scratch, on_match);
    }

    /// The same without any filter: what the fast path is held against.
    pub fn evaluate_plainly(
        &self,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let told = self.begin(event, scratch);
        let at = self.route_at(event, &told);
        let chosen = self.choices.get(at).map_or(&[][..], Vec::as_slice);
        self.ask(chosen, None, event, scratch, on_match);
    }

    /// Marks names that were seen by this worker; the coverage statement asks.
    pub fn note_seen(&self, scratch: &PlanScratch) {
        for name in scratch.seen().filter_map(|field| self.names.get(field)).flatten() {
            if let Some(flag) = self.seen.get(usize::from(*name))
                && !flag.load(Ordering::Relaxed)
            {
                flag.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Gathers what the record tells of its log.
    fn begin<'b>(&self, event: Event<'b>, scratch: &mut PlanScratch) -> Told<'b> {
        scratch.begin(self);
        let mut told = Told::nothing(event);
        if scratch.shapes.is_known(event) {
            return told;
        }
        let mut tells = false;
        for (at, cell) in event.cells().iter().enumerate() {
            let mark = scratch.note(cell.field);
            if mark > 0 {
                tells = true;
                told.note(mark, at);
            }
        }
        scratch.shapes.current().become_that_of(event, tells);
        told
    }

    /// `switched` are the rules of whose tests the search found nothing out; nothing when there was no
    /// search.
    fn ask(
        &self,
        rules: &[u32],
        switched: Option<&[u32]>,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        scratch.place_cells(event);
        if rules.iter().any(|at| self.has_keywords.get(*at as usize) == Some(&true)) {
            scratch.gather_words(self, event);
        }
        for at in rules {
            let is_searched = switched.is_some_and(|rules| rules.binary_search(at).is_err());
            let first = self.first_test.get(*at as usize).copied();
            let first_test = first.filter(|_| is_searched);
            let record = Slots { plan: self, event, scratch, first_test };
            let rule = self.rules.get(*at as usize);
            if rule.is_some_and(|rule| rule.program.holds(record)) {
                on_match(*at, self.tested.get(*at as usize).map_or(&[], |fields| fields));
            }
        }
    }

    #[inline]
    fn names_of(&self, field: FieldId) -> &[Name] {
        self.names.get(field.index()).map_or(&[], |names| names)
    }

    #[inline]
    fn fields_of(&self, name: Option<Name>) -> &[FieldId] {
        name.and_then(|name| self.fields.get(usize::from(name))).map_or(&[], |fields| fields)
    }

    /// Where the strings are that are looked for in a name's fields; the first group's for the whole record.
    fn group_of(&self, name: Option<Name>) -> Group {
        let field = self.fields_of(name).first();
        field.and_then(|field| self.groups.get(field.index())).copied().unwrap_or_default()
    }

    /// Whether every value of the record is a cell, so that its raw text need not be looked at.
    fn says_values(&self, event: Event<'_>) -> bool {
        self.value.is_some() && event.cells().first().map(|cell| cell.field) == self.value
    }
}

/// By field id: the rules for which a record must not have the field.
fn excluded(rules: &Rules, ids_of: impl Fn(Name) -> Vec<FieldId>, count: usize) -> Vec<Vec<u32>> {
    let mut excluded = vec![Vec::new(); count];
    for (at, rule) in (0_u32..).zip(&rules.compiled) {
        for field in rule.excludes.iter().copied().flat_map(&ids_of) {
            if let Some(rules) = excluded.get_mut(field.index()) {
                rules.push(at);
            }
        }
    }
    excluded
}

/// By field id: a group for each field, and one for all that share a name.
fn groups(names: &[Box<[FieldId]>], count: usize) -> Vec<Group> {
    let mut numbers: Vec<usize> = (0..count).collect();
    let mut joins = true;
    while joins {
        joins = false;
        for ids in names {
            let number = |id: &FieldId| numbers.get(id.index()).copied();
            let Some(least) = ids.iter().filter_map(number).min() else { continue };
            for id in ids {
                if let Some(number) = numbers.get_mut(id.index()).filter(|number| **number > least)
                {
                    (*number, joins) = (least, true);
                }
            }
        }
    }
    numbers.into_iter().map(Group::new).collect()
}
