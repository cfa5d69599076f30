use sancha_model::{Cell, Event, FileId, Scalar, unescape_json};

use super::{Plan, demotion::Demotion, route::Owner};
use crate::sigma::{
    pattern::{Name, Test, Value},
    program::Record,
};

/// What a worker reuses from event to event.
#[derive(Debug, Default)]
pub struct PlanScratch {
    epoch: u32,
    slots: Vec<Slot>,
    stamps: Vec<u32>,
    /// By test of the plan: the last event for which its anchors showed that it holds.
    proved: Vec<u32>,
    pub(super) woken: Vec<u32>,
    words: Words,
    pub(super) demotion: Demotion,
    file: Option<FileId>,
    plan: usize,
    /// By rule: how often it was asked. For tuning.
    pub asked: Vec<u32>,
}

/// First and last cell of a name in the event of the epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    epoch: u32,
    first: u32,
    last: u32,
}

impl PlanScratch {
    pub(super) fn begin(&mut self, plan: &Plan, event: Event<'_>) {
        if self.plan != plan.rules.len() || self.slots.len() != plan.name_count {
            *self = Self { plan: plan.rules.len(), ..Self::default() };
            self.slots.resize(plan.name_count, Slot::default());
            self.stamps.resize(plan.rules.len(), 0);
            self.asked.resize(plan.rules.len(), 0);
            self.proved.resize(plan.test_count, 0);
        }
        if self.file != Some(event.id().file) {
            self.file = Some(event.id().file);
            self.demotion = Demotion::default();
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.stamps.fill(0);
            self.proved.fill(0);
            self.epoch = 1;
        }
    }

    #[inline]
    pub(super) fn note(&mut self, name: Name, at: u32) {
        let epoch = self.epoch;
        if let Some(slot) = self.slots.get_mut(usize::from(name)) {
            let first = if slot.epoch == epoch { slot.first } else { at };
            *slot = Slot { epoch, first, last: at };
        }
    }

    #[inline]
    pub(super) fn wake(&mut self, owners: &[Owner]) {
        for owner in owners {
            if let Some(proved) = self.proved.get_mut(owner.test as usize) {
                *proved = self.epoch;
            }
            if let Some(stamp) = self.stamps.get_mut(owner.rule as usize)
                && *stamp != self.epoch
            {
                *stamp = self.epoch;
                self.woken.push(owner.rule);
            }
        }
    }

    /// All that the event says, gathered once; given back with [`Self::put_words`].
    pub(super) fn words(&mut self, plan: &Plan, event: Event<'_>) -> Words {
        let mut words = std::mem::take(&mut self.words);
        words.gather(plan, event);
        words
    }

    pub(super) fn put_words(&mut self, words: Words) {
        self.words = words;
        self.words.epoch = self.epoch;
    }

    /// Names that were seen since the scratch was made.
    pub(super) fn seen(&self) -> impl Iterator<Item = usize> {
        let seen = |(at, slot): (usize, &Slot)| (slot.epoch != 0).then_some(at);
        self.slots.iter().enumerate().filter_map(seen)
    }
}

/// An event seen through a scratch: fields by name in constant time.
#[derive(Clone, Copy)]
pub(super) struct Slots<'s, 'b> {
    pub(super) plan: &'s Plan,
    pub(super) event: Event<'b>,
    pub(super) scratch: &'s PlanScratch,
    /// Place of the rule's first test among those of the plan; nothing when the search found nothing
    /// out beforehand.
    pub(super) first_test: Option<u32>,
}

impl<'b> Record<'b> for Slots<'_, 'b> {
    fn any(self, field: Name, mut test: impl FnMut(Value<'b>) -> bool) -> bool {
        let Some(slot) = self.scratch.slots.get(usize::from(field)) else { return false };
        if slot.epoch != self.scratch.epoch {
            return false;
        }
        let cells = self.event.cells().get(slot.first as usize..=slot.last as usize);
        let own = cells.unwrap_or(&[]).iter();
        own.filter(|cell| self.plan.names_of(cell.field).contains(&field))
            .any(|cell| test(Value::of_cell(self.event, cell)))
    }

    fn any_text(self, mut test: impl FnMut(Value<'_>) -> bool) -> bool {
        let mut test = |words: &Words| {
            words.texts(self.event).any(|text| test(Value::of_text(self.event, text)))
        };
        if self.scratch.words.epoch == self.scratch.epoch {
            return test(&self.scratch.words);
        }
        let mut words = Words::default();
        words.gather(self.plan, self.event);
        test(&words)
    }

    fn known(self, test: &Test) -> Option<bool> {
        let at = self.first_test? + test.number;
        if self.scratch.demotion.is_open(at) {
            return None;
        }
        Some(self.scratch.proved.get(at as usize).copied() == Some(self.scratch.epoch))
    }
}

/// Everything that an event says: its line and what was decoded of it, or the values of a structured
/// record, without escapes.
#[derive(Debug, Default)]
pub(super) struct Words {
    epoch: u32,
    whole_line: bool,
    /// Cells that stand for themselves.
    cells: Vec<u32>,
    /// Text of JSON strings without their escapes, one after the other.
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Words {
    fn gather(&mut self, plan: &Plan, event: Event<'_>) {
        self.cells.clear();
        self.text.clear();
        self.ends.clear();
        let is_json = plan.says_values(event);
        self.whole_line = !is_json;
        for (at, cell) in (0_u32..).zip(event.cells()) {
            if plan.escaped == Some(cell.field) {
                unescape_json(event.text(cell), &mut self.text);
                self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
            } else if is_json || is_decoded(cell) {
                self.cells.push(at);
            }
        }
    }

    pub(super) fn texts<'t>(&'t self, event: Event<'t>) -> impl Iterator<Item = &'t [u8]> {
        let line = self.whole_line.then(|| event.raw());
        let cells = self.cells.iter().filter_map(move |at| {
            let cell = event.cells().get(*at as usize)?;
            Some(event.text(cell))
        });
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let unescaped = starts
            .zip(&self.ends)
            .filter_map(|(start, end)| self.text.get(start as usize..*end as usize));
        line.into_iter().chain(cells).chain(unescaped)
    }
}

/// Whether a cell's text stands beside the line, not in it.
pub(super) fn is_decoded(cell: &Cell) -> bool {
    match cell.value {
        Scalar::Text(span) => span.is_decoded(),
        Scalar::Int(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => cell.raw.is_decoded(),
    }
}
