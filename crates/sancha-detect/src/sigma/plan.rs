use std::sync::Arc;

use sancha_model::{Event, EventClass, FieldId, Fields, Level};

use super::{
    correlation::Correlation,
    load::{Compiled, Rules},
    pattern::Name,
    source::{CLASSES, Classes, place},
};

mod keys;
mod route;
mod scratch;

pub(crate) use keys::KEY_LIMIT;
use route::Route;
pub use scratch::PlanScratch;
use scratch::Slots;

/// Stands for a field that no rule names.
const NO_NAME: Name = Name::MAX;

/// All rules of a run, compiled: read-only, shared by the workers.
#[derive(Debug)]
pub struct Plan {
    rules: Vec<Arc<Compiled>>,
    /// What each rule tests, for the match that it yields.
    tested: Vec<Box<[FieldId]>>,
    /// From field id to the name that rules use.
    names: Vec<Name>,
    name_count: usize,
    correlations: Vec<Correlation>,
    routes: Vec<Route>,
    /// Event class to route.
    by_class: [usize; CLASSES.len()],
}

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
        let ids: Vec<Option<FieldId>> = rules.names().iter().map(|name| fields.id(name)).collect();
        let mut names = vec![NO_NAME; fields.len()];
        for (name, id) in (0..).zip(&ids) {
            if let Some(slot) = id.and_then(|id| names.get_mut(id.index())) {
                *slot = name;
            }
        }
        let id_of = |name: Name| ids.get(usize::from(name)).copied().flatten();
        let tested = |rule: &Arc<Compiled>| {
            rule.program.fields().into_iter().filter_map(id_of).collect::<Box<[FieldId]>>()
        };
        let mut plan = Self {
            tested: rules.compiled.iter().map(tested).collect(),
            rules: rules.compiled.clone(),
            names,
            name_count: ids.len(),
            correlations: rules
                .correlations
                .iter()
                .map(|draft| draft.resolve(rules.names(), fields))
                .collect(),
            routes: Vec::new(),
            by_class: [0; CLASSES.len()],
        };
        let levels: Vec<Level> = rules.list().iter().map(|rule| rule.level).collect();
        plan.build_routes(all_logsources, |rule| {
            levels.get(rule as usize).is_none_or(|level| *level >= least)
        });
        plan
    }

    /// Classes with the same rules share a route.
    fn build_routes(&mut self, all_logsources: bool, wanted: impl Fn(u32) -> bool) {
        for class in CLASSES {
            let fits = |classes: Classes| all_logsources || classes.contains(class);
            let chosen: Vec<u32> = (0_u32..)
                .zip(&self.rules)
                .filter(|(at, rule)| fits(rule.classes) && wanted(*at))
                .map(|(at, _)| at)
                .collect();
            let known = self.routes.iter().position(|route| route.rules == chosen);
            let at = known.unwrap_or_else(|| {
                self.routes.push(Route::new(chosen, &self.rules, self.name_count));
                self.routes.len() - 1
            });
            if let Some(slot) = self.by_class.get_mut(place(class)) {
                *slot = at;
            }
        }
    }

    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// Whether some event class of `classes` has a rule of this place: for the coverage statement.
    pub fn runs_on(&self, rule: u32, class: EventClass) -> bool {
        self.route(class).is_some_and(|route| route.rules.binary_search(&rule).is_ok())
    }

    /// How many rules run, and how many of them have no anchor, per route: for tuning.
    pub fn describe(&self) -> String {
        let one = |route: &Route| {
            format!(
                "{} rules, {} without anchor, {} strings",
                route.rules.len(),
                route.direct.len(),
                route.owners.len()
            )
        };
        self.routes.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn route(&self, class: EventClass) -> Option<&Route> {
        self.routes.get(*self.by_class.get(place(class))?)
    }

    /// Calls `on_match` with the place of each rule that holds, in rising order, and the fields that
    /// the rule looks at.
    pub fn evaluate(
        &self,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let Some(route) = self.route(event.class()).filter(|route| !route.rules.is_empty()) else {
            return;
        };
        scratch.begin(self);
        route.wake(self, event, scratch);
        let mut woken = std::mem::take(&mut scratch.woken);
        woken.extend_from_slice(&route.direct);
        woken.sort_unstable();
        self.ask(&woken, event, scratch, on_match);
        woken.clear();
        scratch.woken = woken;
    }

    /// The same without any filter: what the fast path is held against.
    pub fn evaluate_plainly(
        &self,
        event: Event<'_>,
        scratch: &mut PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let Some(route) = self.route(event.class()) else { return };
        scratch.begin(self);
        for (at, cell) in event.cells().iter().enumerate() {
            scratch.note(self.name_of(cell.field), at);
        }
        self.ask(&route.rules, event, scratch, on_match);
    }

    fn ask(
        &self,
        rules: &[u32],
        event: Event<'_>,
        scratch: &PlanScratch,
        on_match: &mut dyn FnMut(u32, &[FieldId]),
    ) {
        let record = Slots { event, scratch };
        for at in rules {
            let rule = self.rules.get(*at as usize);
            if rule.is_some_and(|rule| rule.program.holds(record)) {
                on_match(*at, self.tested.get(*at as usize).map_or(&[], |fields| fields));
            }
        }
    }

    fn name_of(&self, field: FieldId) -> Name {
        self.names.get(field.index()).copied().unwrap_or(NO_NAME)
    }
}
