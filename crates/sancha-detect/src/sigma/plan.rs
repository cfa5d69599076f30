use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use sancha_model::{Cell, Event, FieldId, Fields, Scalar, Span};

use super::{
    anchor::Anchor,
    correlation::Correlation,
    load::{Compiled, Rules},
    pattern::{Name, Value},
    program::Record,
    source::{CLASSES, Classes, place},
};
use crate::prefilter::{Background, Prefilter};

/// Longest value that is looked up as a whole.
pub(crate) const KEY_LIMIT: usize = 64;

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

/// What is done with the events of one class.
#[derive(Debug, Default)]
struct Route {
    rules: Vec<u32>,
    /// Rules without an anchor: asked about every event.
    direct: Vec<u32>,
    filter: Option<Prefilter>,
    /// Who is woken by the filter's strings.
    owners: Vec<Vec<u32>>,
    /// By name: what values of the field wake.
    keys: Vec<Keys>,
    /// Some rule looks at the whole record.
    whole_record: bool,
}

type Map<K> = HashMap<K, Vec<u32>, FixedState>;

#[derive(Debug, Default)]
struct Keys {
    /// Its text is searched by the filter.
    searched: bool,
    whole: Map<Box<[u8]>>,
    numbers: Map<i64>,
    starts: Vec<(usize, Map<Box<[u8]>>)>,
    ends: Vec<(usize, Map<Box<[u8]>>)>,
}

/// What a worker reuses from event to event.
#[derive(Debug, Default)]
pub struct PlanScratch {
    epoch: u32,
    slots: Vec<Slot>,
    stamps: Vec<u32>,
    woken: Vec<u32>,
}

/// First and last cell of a field in the event of the epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    epoch: u32,
    first: u32,
    last: u32,
}

impl Plan {
    /// `all_logsources` runs every rule on every event, whatever its `logsource` says.
    pub fn compile(rules: &Rules, fields: &Fields, all_logsources: bool) -> Self {
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
        plan.build_routes(all_logsources);
        plan
    }

    /// Classes with the same rules share a route.
    fn build_routes(&mut self, all_logsources: bool) {
        for class in CLASSES {
            let fits = |classes: Classes| all_logsources || classes.contains(class);
            let chosen: Vec<u32> = (0_u32..)
                .zip(&self.rules)
                .filter(|(_, rule)| fits(rule.classes))
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
    pub fn runs_on(&self, rule: u32, class: sancha_model::EventClass) -> bool {
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

    fn route(&self, class: sancha_model::EventClass) -> Option<&Route> {
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

impl PlanScratch {
    fn begin(&mut self, plan: &Plan) {
        self.slots.resize(plan.name_count, Slot::default());
        self.stamps.resize(plan.rules.len(), 0);
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.stamps.fill(0);
            self.epoch = 1;
        }
    }

    fn note(&mut self, name: Name, at: usize) {
        let epoch = self.epoch;
        if let Some(slot) = self.slots.get_mut(usize::from(name)) {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let first = if slot.epoch == epoch { slot.first } else { at };
            *slot = Slot { epoch, first, last: at };
        }
    }

    fn wake(&mut self, rules: &[u32]) {
        for rule in rules {
            if let Some(stamp) = self.stamps.get_mut(*rule as usize)
                && *stamp != self.epoch
            {
                *stamp = self.epoch;
                self.woken.push(*rule);
            }
        }
    }
}

/// An event seen through a scratch: fields by name in constant time.
#[derive(Clone, Copy)]
struct Slots<'s, 'b> {
    event: Event<'b>,
    scratch: &'s PlanScratch,
}

impl<'b> Record<'b> for Slots<'_, 'b> {
    fn any(self, field: Name, mut test: impl FnMut(Value<'b>) -> bool) -> bool {
        let Some(slot) = self.scratch.slots.get(usize::from(field)) else { return false };
        if slot.epoch != self.scratch.epoch {
            return false;
        }
        let cells = self.event.cells().get(slot.first as usize..=slot.last as usize);
        let cells = cells.unwrap_or(&[]);
        let Some(id) = cells.first().map(|cell| cell.field) else { return false };
        let own = cells.iter().filter(|cell| cell.field == id);
        own.into_iter().any(|cell| test(Value::of_cell(self.event, cell)))
    }

    fn any_text(self, mut test: impl FnMut(Value<'b>) -> bool) -> bool {
        let raw = Value::of_text(self.event, self.event.raw());
        test(raw) || {
            let decoded = self.event.cells().iter().filter(|cell| span(cell).is_decoded());
            decoded.into_iter().any(|cell| test(Value::of_cell(self.event, cell)))
        }
    }
}

/// Where a cell's text stands.
fn span(cell: &Cell) -> Span {
    match cell.value {
        Scalar::Text(span) => span,
        Scalar::Int(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => cell.raw,
    }
}

impl Route {
    fn new(chosen: Vec<u32>, rules: &[Arc<Compiled>], names: usize) -> Self {
        let mut route = Self { keys: Vec::new(), ..Self::default() };
        route.keys.resize_with(names, Keys::default);
        let mut literals: Vec<(Box<[u8]>, u32)> = Vec::new();
        for at in &chosen {
            let Some(rule) = rules.get(*at as usize) else { continue };
            match &rule.anchors {
                None => route.direct.push(*at),
                Some(set) => route.anchor(*at, rule, &set.anchors, &mut literals),
            }
        }
        literals.sort_unstable();
        let mut texts = Vec::new();
        for run in literals.chunk_by(|one, other| one.0 == other.0) {
            texts.extend(run.first().map(|(text, _)| text.clone()));
            route.owners.push(run.iter().map(|(_, rule)| *rule).collect());
        }
        let filter = Prefilter::new(texts, Background::ordinary());
        route.filter = (!filter.is_empty()).then_some(filter);
        route.rules = chosen;
        route
    }

    fn anchor(
        &mut self,
        at: u32,
        rule: &Compiled,
        anchors: &[Anchor],
        literals: &mut Vec<(Box<[u8]>, u32)>,
    ) {
        for anchor in anchors {
            match anchor {
                Anchor::Literal(text) => literals.push((text.clone(), at)),
                Anchor::Whole(name, text) => {
                    if let Some(keys) = self.keys.get_mut(usize::from(*name)) {
                        keys.whole.entry(text.clone()).or_default().push(at);
                    }
                }
                Anchor::Number(name, number) => {
                    if let Some(keys) = self.keys.get_mut(usize::from(*name)) {
                        keys.numbers.entry(*number).or_default().push(at);
                    }
                }
                Anchor::Start(name, text) => {
                    if let Some(keys) = self.keys.get_mut(usize::from(*name)) {
                        add_edge(&mut keys.starts, text, at);
                    }
                }
                Anchor::End(name, text) => {
                    if let Some(keys) = self.keys.get_mut(usize::from(*name)) {
                        add_edge(&mut keys.ends, text, at);
                    }
                }
            }
        }
        if anchors.iter().any(|anchor| matches!(anchor, Anchor::Literal(_))) {
            self.whole_record |= rule.program.has_keywords();
            for name in rule.program.fields() {
                if let Some(keys) = self.keys.get_mut(usize::from(name)) {
                    keys.searched = true;
                }
            }
        }
    }

    /// Fills the slots and collects the rules whose anchors the event has.
    fn wake(&self, plan: &Plan, event: Event<'_>, scratch: &mut PlanScratch) {
        if self.whole_record {
            self.search(event.raw(), scratch);
        }
        // A value inside one that was just searched need not be searched again.
        let mut done = 0..0;
        for (at, cell) in event.cells().iter().enumerate() {
            let name = plan.name_of(cell.field);
            scratch.note(name, at);
            let Some(keys) = self.keys.get(usize::from(name)) else {
                if self.whole_record && span(cell).is_decoded() {
                    self.search(event.text(cell), scratch);
                }
                continue;
            };
            let text = event.text(cell);
            keys.look_up(text, cell.value, |rules| scratch.wake(rules));
            let span = span(cell);
            let (start, end) = (span.start(), span.start() + span.len());
            let wanted = if span.is_decoded() {
                keys.searched || self.whole_record
            } else {
                keys.searched && !self.whole_record && !(done.start <= start && end <= done.end)
            };
            if wanted {
                self.search(text, scratch);
                if !span.is_decoded() {
                    done = start..end;
                }
            }
        }
    }

    fn search(&self, text: &[u8], scratch: &mut PlanScratch) {
        let Some(filter) = &self.filter else { return };
        filter.search(text, |literal| {
            scratch.wake(self.owners.get(literal as usize).map_or(&[], |rules| rules));
        });
    }
}

fn add_edge(edges: &mut Vec<(usize, Map<Box<[u8]>>)>, text: &[u8], rule: u32) {
    let at = edges.iter().position(|(len, _)| *len == text.len()).unwrap_or_else(|| {
        edges.push((text.len(), Map::default()));
        edges.len() - 1
    });
    if let Some((_, map)) = edges.get_mut(at) {
        map.entry(text.into()).or_default().push(rule);
    }
}

impl Keys {
    fn look_up(&self, text: &[u8], value: Scalar, mut wake: impl FnMut(&[u32])) {
        if !self.numbers.is_empty() {
            let number = match value {
                Scalar::Int(number) => Some(number),
                _ => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
            };
            number.and_then(|number| self.numbers.get(&number)).map(|rules| wake(rules));
        }
        let mut key = [0; KEY_LIMIT];
        if !self.whole.is_empty()
            && let Some(folded) = fold_into(text, &mut key)
        {
            self.whole.get(folded).map(|rules| wake(rules));
        }
        for (len, map) in &self.starts {
            let folded = text.get(..*len).and_then(|text| fold_into(text, &mut key));
            folded.and_then(|folded| map.get(folded)).map(|rules| wake(rules));
        }
        for (len, map) in &self.ends {
            let end = text.len().checked_sub(*len).and_then(|from| text.get(from..));
            let folded = end.and_then(|text| fold_into(text, &mut key));
            folded.and_then(|folded| map.get(folded)).map(|rules| wake(rules));
        }
    }
}

/// ASCII lower case in the buffer; nothing when it is too long for a key.
fn fold_into<'k>(text: &[u8], key: &'k mut [u8; KEY_LIMIT]) -> Option<&'k [u8]> {
    let folded = key.get_mut(..text.len())?;
    folded.copy_from_slice(text);
    folded.make_ascii_lowercase();
    Some(folded)
}
