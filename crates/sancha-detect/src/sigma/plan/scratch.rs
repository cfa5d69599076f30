use sancha_model::{Cell, Event, Scalar, Span};

use super::Plan;
use crate::sigma::{
    pattern::{Name, Value},
    program::Record,
};

/// What a worker reuses from event to event.
#[derive(Debug, Default)]
pub struct PlanScratch {
    epoch: u32,
    slots: Vec<Slot>,
    stamps: Vec<u32>,
    pub(super) woken: Vec<u32>,
}

/// First and last cell of a field in the event of the epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    epoch: u32,
    first: u32,
    last: u32,
}

impl PlanScratch {
    pub(super) fn begin(&mut self, plan: &Plan) {
        self.slots.resize(plan.name_count, Slot::default());
        self.stamps.resize(plan.rules.len(), 0);
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.stamps.fill(0);
            self.epoch = 1;
        }
    }

    pub(super) fn note(&mut self, name: Name, at: usize) {
        let epoch = self.epoch;
        if let Some(slot) = self.slots.get_mut(usize::from(name)) {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let first = if slot.epoch == epoch { slot.first } else { at };
            *slot = Slot { epoch, first, last: at };
        }
    }

    pub(super) fn wake(&mut self, rules: &[u32]) {
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
pub(super) struct Slots<'s, 'b> {
    pub(super) event: Event<'b>,
    pub(super) scratch: &'s PlanScratch,
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
pub(super) fn span(cell: &Cell) -> Span {
    match cell.value {
        Scalar::Text(span) => span,
        Scalar::Int(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => cell.raw,
    }
}
