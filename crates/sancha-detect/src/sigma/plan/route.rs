use std::sync::Arc;

use sancha_model::Event;

use super::{
    Plan, PlanScratch,
    keys::{self, Keys},
    scratch::span,
};
use crate::{
    prefilter::{Background, Prefilter},
    sigma::{anchor::Anchor, load::Compiled},
};

/// What is done with the events of one class.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) rules: Vec<u32>,
    /// Rules without an anchor: asked about every event.
    pub(super) direct: Vec<u32>,
    filter: Option<Prefilter>,
    /// Who is woken by the filter's strings.
    pub(super) owners: Vec<Vec<u32>>,
    /// By name: what values of the field wake.
    keys: Vec<Keys>,
    /// Some rule looks at the whole record.
    whole_record: bool,
}

impl Route {
    pub(super) fn new(chosen: Vec<u32>, rules: &[Arc<Compiled>], names: usize) -> Self {
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
        let before = literals.len();
        for anchor in anchors {
            literals.extend(keys::add(&mut self.keys, anchor, at).map(|text| (text.into(), at)));
        }
        if literals.len() > before {
            self.whole_record |= rule.program.has_keywords();
            for name in rule.program.fields() {
                if let Some(keys) = self.keys.get_mut(usize::from(name)) {
                    keys.searched = true;
                }
            }
        }
    }

    /// Fills the slots and collects the rules whose anchors the event has.
    pub(super) fn wake(&self, plan: &Plan, event: Event<'_>, scratch: &mut PlanScratch) {
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
