use sancha_model::{Cell, Event, FieldId, Scalar, unescape_json};

use super::{
    Plan, Quiet, Recurring,
    demotion::Demotion,
    route::{Act, Owner},
};
use crate::sigma::{
    pattern::{Name, Test, Value},
    program::Record,
};

/// What a worker reuses from event to event.
#[derive(Debug, Default)]
pub struct PlanScratch {
    epoch: u32,
    /// By field id.
    slots: Vec<Slot>,
    stamps: Vec<u32>,
    /// By test of the plan: the last event for which its anchors showed that it holds.
    proved: Vec<u32>,
    pub(super) woken: Vec<u32>,
    /// How often an anchor was found of a rule that may hold.
    pub(super) woke: u64,
    pub(super) words: Words,
    pub(super) demotion: Demotion,
    plan: usize,
    /// By field id: what the field tells of the record's log, and whether some record had it.
    marks: Vec<u8>,
    /// By rule: how often it was asked. For tuning.
    pub asked: Vec<u32>,
    /// What is known of the event's parts, then what was found.
    pub(super) quiet: Quiet,
    pub(super) shapes: Shapes,
}

/// Shapes of records that were seen lately. A log has few, and what follows from one is known by the next
/// record that has it.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    list: [Shape; SHAPES],
    current: usize,
}

const SHAPES: usize = 16;

impl Shapes {
    /// Makes the record's shape the current one. Whether it is known, and none of its fields tells of its log.
    #[inline]
    pub(super) fn is_known(&mut self, event: Event<'_>) -> bool {
        // Every bit is in the highest ones of the product.
        let mixed = event.present_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        self.current = usize::try_from(mixed).unwrap_or(0) % SHAPES;
        self.current().is_that_of(event)
    }

    pub(super) fn current(&mut self) -> &mut Shape {
        &mut self.list[self.current % SHAPES]
    }

    /// Whether the rule cannot hold of a record of the current shape.
    #[inline]
    pub(super) fn excludes(&self, rule: u32) -> bool {
        let excluded = &self.list[self.current % SHAPES].excluded;
        !excluded.is_empty() && excluded.binary_search(&rule).is_ok()
    }
}

/// A cell with which a route does something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acting {
    pub(super) cell: u32,
    pub(super) act: Act,
    pub(super) part: Option<Recurring>,
    /// The last text there that woke no rule.
    pub(super) quiet: Option<Short>,
}

/// A text of up to sixteen bytes, told by its length, its first bytes and its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    len: usize,
    first: u64,
    last: u64,
}

impl Short {
    /// Nothing for a longer text, and for a cell that is none.
    #[inline]
    pub(super) fn of(event: Event<'_>, cell: &Cell) -> Option<Self> {
        if !matches!(cell.value, Scalar::Text(_)) {
            return None;
        }
        let text = event.text(cell);
        let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(first), Some(last)) if text.len() <= 16 => {
                (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
            }
            (None, None) => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
                }
                _ => (text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
            },
            _ => return None,
        };
        Some(Self { len: text.len(), first, last })
    }
}

/// Which fields a record has, cell by cell.
#[derive(Debug, Default)]
pub(super) struct Shape {
    fields: Vec<FieldId>,
    /// Some of them tell of the record's log.
    tells: bool,
    /// The number of a route, and the cells with which it does something; zero for none.
    route: u32,
    acting: Vec<Acting>,
    /// Rules that do not hold of such records, for they have a field that must be missing.
    excluded: Vec<u32>,
}

impl Shape {
    #[inline]
    fn is_that_of(&self, event: Event<'_>) -> bool {
        let cells = event.cells();
        self.is_kept()
            && self.fields.len() == cells.len()
            && self.fields.iter().zip(cells).all(|(field, cell)| *field == cell.field)
    }

    /// Whether the next record of the shape finds what was learned. One that tells of its log is learned anew each time:
    /// what only saves the next one work is not worth it there.
    #[inline]
    pub(super) fn is_kept(&self) -> bool {
        !self.tells
    }

    pub(super) fn become_that_of(&mut self, event: Event<'_>, tells: bool) {
        self.fields.clear();
        self.fields.extend(event.cells().iter().map(|cell| cell.field));
        (self.tells, self.route) = (tells, 0);
    }

    /// Learns with which cells a route does something; `act` says what of a field. Returns how many.
    #[inline]
    pub(super) fn learn(&mut self, plan: &Plan, route: u32, act: impl Fn(FieldId) -> Act) -> usize {
        if self.route != route {
            self.route = route;
            self.excluded.clear();
            if self.is_kept() {
                let excluded =
                    self.fields.iter().filter_map(|field| plan.excluded.get(field.index()));
                self.excluded.extend(excluded.flatten());
                self.excluded.sort_unstable();
            }
            self.acting.clear();
            let acting = |(cell, field): (u32, &FieldId)| Acting {
                cell,
                act: act(*field),
                part: Recurring::of(*field),
                quiet: None,
            };
            let acting = (0..).zip(&self.fields).map(acting);
            self.acting.extend(acting.filter(|acting| !acting.act.is_nothing()));
        }
        self.acting.len()
    }

    #[inline]
    pub(super) fn note_quiet(&mut self, at: usize, text: Option<Short>) {
        if let Some(acting) = self.acting.get_mut(at) {
            acting.quiet = text;
        }
    }

    #[inline]
    pub(super) fn acting(&self, at: usize) -> Option<Acting> {
        self.acting.get(at).copied()
    }
}

/// Beside a mark: some record had the field.
const SEEN: u8 = 0x80;

/// First and last cell of a field in the event of the epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    epoch: u32,
    first: u32,
    last: u32,
}

impl PlanScratch {
    pub(super) fn begin(&mut self, plan: &Plan) {
        if self.plan != plan.rules.len() || self.slots.len() != plan.names.len() {
            *self = Self { plan: plan.rules.len(), ..Self::default() };
            self.slots.resize(plan.names.len(), Slot::default());
            self.marks.extend_from_slice(plan.identity.marks());
            self.stamps.resize(plan.rules.len(), 0);
            self.asked.resize(plan.rules.len(), 0);
            self.proved.resize(plan.test_count, 0);
        }
        self.woken.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.stamps.fill(0);
            self.proved.fill(0);
            self.words.epoch = 0;
            self.epoch = 1;
        }
    }

    /// Notes that a record has the field; what it tells of the record's log, zero for nothing.
    #[inline]
    pub(super) fn note(&mut self, field: FieldId) -> u8 {
        let Some(mark) = self.marks.get_mut(field.index()) else { return 0 };
        let told = *mark & !SEEN;
        *mark |= SEEN;
        told
    }

    /// Fills the slots: where the cells of each field stand.
    pub(super) fn place_cells(&mut self, event: Event<'_>) {
        let epoch = self.epoch;
        for (at, cell) in (0_u32..).zip(event.cells()) {
            if let Some(slot) = self.slots.get_mut(cell.field.index()) {
                let first = if slot.epoch == epoch { slot.first } else { at };
                *slot = Slot { epoch, first, last: at };
            }
        }
    }

    #[inline]
    pub(super) fn wake(&mut self, owners: &[Owner]) {
        for owner in owners {
            if let Some(proved) = self.proved.get_mut(owner.test as usize) {
                *proved = self.epoch;
            }
            if self.shapes.excludes(owner.rule) {
                continue;
            }
            self.woke += 1;
            if let Some(stamp) = self.stamps.get_mut(owner.rule as usize)
                && *stamp != self.epoch
            {
                *stamp = self.epoch;
                self.woken.push(owner.rule);
            }
        }
    }

    /// All that the event says, gathered once; to be put back.
    pub(super) fn take_words(&mut self, plan: &Plan, event: Event<'_>) -> Words {
        self.gather_words(plan, event);
        std::mem::take(&mut self.words)
    }

    pub(super) fn gather_words(&mut self, plan: &Plan, event: Event<'_>) {
        if self.words.epoch != self.epoch {
            self.words.gather(plan, event);
            self.words.epoch = self.epoch;
        }
    }

    /// Places of fields that were seen since the scratch was made.
    pub(super) fn seen(&self) -> impl Iterator<Item = usize> {
        let seen = |(at, mark): (usize, &u8)| (mark & SEEN != 0).then_some(at);
        self.marks.iter().enumerate().filter_map(seen)
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
        self.plan.fields_of(Some(field)).iter().any(|field| {
            let Some(slot) = self.scratch.slots.get(field.index()) else { return false };
            if slot.epoch != self.scratch.epoch {
                return false;
            }
            let cells = self.event.cells().get(slot.first as usize..=slot.last as usize);
            let own = cells.unwrap_or(&[]).iter().filter(|cell| cell.field == *field);
            own.into_iter().any(|cell| test(Value::of_cell(self.event, cell)))
        })
    }

    fn any_text(self, mut test: impl FnMut(Value<'_>) -> bool) -> bool {
        self.scratch.words.texts(self.event).any(|text| test(Value::of_text(self.event, text)))
    }

    fn known(self, test: &Test) -> Option<bool> {
        let at = self.first_test? + test.number;
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
