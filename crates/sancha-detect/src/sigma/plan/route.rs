use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use sancha_model::{Cell, Event, FieldId};

use super::{
    Plan, PlanScratch, Recurring,
    demotion::Tried,
    keys::Keys,
    scratch::{Acting, Short},
};
use crate::{
    prefilter::{Background, CLASSES, Group, Prefilter, class_of},
    sigma::{
        anchor::{Anchor, At, Wanted},
        pattern::{Name, Value},
    },
};

/// A rule that an anchor wakes, and the test that holds when the anchor is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pub(super) rule: u32,
    /// Place among all tests of the plan, or [`Owner::NONE`].
    pub(super) test: u32,
}

impl Owner {
    pub(super) const NONE: u32 = u32::MAX;
}

/// An owner of a literal: only in this field, at this place of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    field: Option<Name>,
    at: At,
    owner: Owner,
}

/// Strings to look for, and who is woken by each.
#[derive(Debug)]
pub(super) struct Strings {
    pub(super) filter: Prefilter,
    claims: Vec<Box<[Claim]>>,
}

/// Tells routes apart, in [`super::Quiet`]. What is found does not depend on the numbers.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

/// What is done with the events of one kind.
#[derive(Debug, Default)]
pub(super) struct Route {
    number: u32,
    pub(super) rules: Vec<u32>,
    /// Rules without an anchor: asked about every event.
    pub(super) direct: Vec<u32>,
    /// Rules that are woken by another set of anchors than their first, in rising order: of their tests
    /// the search tells nothing.
    pub(super) switched: Vec<u32>,
    /// Looked for in fields that rules name, by class of length.
    pub(super) fields: [Option<Strings>; CLASSES],
    /// Looked for in everything the record says, likewise.
    pub(super) words: [Option<Strings>; CLASSES],
    /// By field id.
    acts: Vec<Act>,
    keys: Vec<Keys>,
}

/// What is done with the values of a field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Act {
    /// Place in `keys` plus one.
    keys: u16,
    /// Bits of the classes of strings that are looked for.
    searched: u8,
}

impl Act {
    pub(super) fn is_nothing(self) -> bool {
        self.keys == 0 && self.searched == 0
    }
}

type Claims<'p> = [BTreeMap<(Group, &'p [u8]), Vec<Claim>>; CLASSES];

impl Route {
    /// The first set of a rule's anchors wakes it, unless `tried` says otherwise.
    pub(super) fn new(chosen: Vec<u32>, plan: &Plan, tried: &BTreeMap<u32, Tried>) -> Self {
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let acts = vec![Act::default(); plan.names.len()];
        let mut route = Self { number, acts, ..Self::default() };
        let (mut fields, mut words) = (Claims::default(), Claims::default());
        for at in &chosen {
            let Some(rule) = plan.rules.get(*at as usize) else { continue };
            let first = plan.first_test.get(*at as usize).copied().unwrap_or(0);
            let used = tried.get(at).map_or(0, |tried| tried.used);
            if used > 0 {
                route.switched.push(*at);
            }
            let Some(set) = rule.anchors.get(used) else {
                route.direct.push(*at);
                continue;
            };
            for anchor in &set.anchors {
                let test = if anchor.proves { first + anchor.test } else { Owner::NONE };
                let owner = Owner { rule: *at, test };
                match (&anchor.wanted, anchor.field) {
                    (Wanted::Literal(place, text), field) => {
                        let claim = Claim { field, at: *place, owner };
                        // Few words are short: one pass over all that the record says will do.
                        let class = match (class_of(text.len()), field) {
                            (1, None) => CLASSES - 1,
                            (class, _) => class,
                        };
                        let maps = if field.is_some() { &mut fields } else { &mut words };
                        maps[class].entry((plan.group_of(field), text)).or_default().push(claim);
                        route.search_in(plan.fields_of(field), class);
                    }
                    (_, Some(name)) => route.add_key(plan.fields_of(Some(name)), anchor, owner),
                    (_, None) => route.direct.push(*at),
                }
            }
        }
        route.fields = fields.map(Strings::new);
        route.words = words.map(Strings::new);
        route.direct.dedup();
        route.rules = chosen;
        route
    }

    fn search_in(&mut self, fields: &[FieldId], class: usize) {
        for field in fields {
            if let Some(act) = self.acts.get_mut(field.index()) {
                act.searched |= 1 << class;
            }
        }
    }

    fn add_key(&mut self, fields: &[FieldId], anchor: &Anchor, owner: Owner) {
        for field in fields {
            let Some(act) = self.acts.get_mut(field.index()) else { continue };
            if act.keys == 0 {
                self.keys.push(Keys::default());
                act.keys = u16::try_from(self.keys.len()).unwrap_or(u16::MAX);
            }
            if let Some(keys) = self.keys.get_mut(usize::from(act.keys) - 1) {
                keys.add(&anchor.wanted, owner);
            }
        }
    }

    /// Collects the rules whose anchors the event has.
    pub(super) fn wake(&self, plan: &Plan, event: Event<'_>, scratch: &mut PlanScratch) {
        let mut met = [false; Recurring::COUNT];
        let act = |field: FieldId| self.acts.get(field.index()).copied().unwrap_or_default();
        let is_kept = scratch.shapes.current().is_kept();
        for at in 0..scratch.shapes.current().learn(plan, self.number, act) {
            let Some(Acting { cell, act, part, quiet }) = scratch.shapes.current().acting(at)
            else {
                break;
            };
            let Some(cell) = event.cells().get(cell as usize) else { break };
            let Some(part) = part else {
                let text = if is_kept { Short::of(event, cell) } else { None };
                if text.is_none() || text != quiet {
                    let before = scratch.woke;
                    self.wake_by_cell(plan, event, (cell, act), scratch);
                    if is_kept && scratch.woke == before {
                        scratch.shapes.current().note_quiet(at, text);
                    }
                }
                continue;
            };
            // What is known, and what is found out, is of the first cell of a field.
            let is_first = !std::mem::replace(&mut met[part as usize], true);
            if is_first && scratch.quiet.of(part) == self.number {
                continue;
            }
            let woke = self.wake_by_cell(plan, event, (cell, act), scratch);
            if is_first {
                scratch.quiet = scratch.quiet.with(part, if woke { 0 } else { self.number });
            }
        }
        if self.words.iter().any(Option::is_some) {
            self.wake_by_words(plan, event, scratch);
        }
        let PlanScratch { woken, shapes, .. } = scratch;
        let open = |rule: &u32| !shapes.excludes(*rule);
        woken.extend(self.direct.iter().copied().filter(open));
    }

    /// Whether the cell woke any rule.
    #[inline]
    fn wake_by_cell(
        &self,
        plan: &Plan,
        event: Event<'_>,
        (cell, act): (&Cell, Act),
        scratch: &mut PlanScratch,
    ) -> bool {
        let mut woke = false;
        let value = Value::of_cell(event, cell);
        if let Some(keys) = usize::from(act.keys).checked_sub(1).and_then(|at| self.keys.get(at)) {
            keys.look_up(value, |owners| {
                woke = true;
                scratch.wake(owners);
            });
        }
        if act.searched == 0 {
            return woke;
        }
        let names = plan.names_of(cell.field);
        let group = plan.groups.get(cell.field.index()).copied().unwrap_or_default();
        for (class, strings) in self.fields.iter().enumerate() {
            if act.searched >> class & 1 == 1
                && let Some(strings) = strings
            {
                woke |= strings.search(value.text, (names, group), scratch);
            }
        }
        woke
    }

    fn wake_by_words(&self, plan: &Plan, event: Event<'_>, scratch: &mut PlanScratch) {
        let words = scratch.take_words(plan, event);
        for strings in self.words.iter().flatten() {
            for text in words.texts(event) {
                strings.search(text, (&[], Group::default()), scratch);
            }
        }
        scratch.words = words;
    }
}

impl Strings {
    fn new(claims: BTreeMap<(Group, &[u8]), Vec<Claim>>) -> Option<Self> {
        if claims.is_empty() {
            return None;
        }
        let literals = claims.keys().map(|(group, text)| (*group, Box::from(*text))).collect();
        let claims = claims.into_values().map(|mut claims| {
            claims.sort_unstable();
            claims.dedup();
            claims.into_boxed_slice()
        });
        let claims = claims.collect();
        Some(Self { filter: Prefilter::new(literals, Background::ordinary()), claims })
    }

    /// Whether a string was found where a rule wants it.
    #[inline]
    fn search(
        &self,
        text: &[u8],
        (names, group): (&[Name], Group),
        scratch: &mut PlanScratch,
    ) -> bool {
        let mut found = false;
        self.filter.search(text, group, |literal, start| {
            let Some(claims) = self.claims.get(literal as usize) else { return };
            for claim in claims {
                let is_here = claim.field.is_none_or(|field| names.contains(&field));
                let at_end = || start + self.filter.length_of(literal) == text.len();
                let fits = match claim.at {
                    At::Anywhere => true,
                    At::Start => start == 0,
                    At::End => at_end(),
                    At::Whole => start == 0 && at_end(),
                };
                if is_here && fits {
                    found = true;
                    scratch.wake(&[claim.owner]);
                }
            }
        });
        found
    }
}
