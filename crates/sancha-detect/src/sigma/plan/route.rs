use std::{collections::BTreeMap, sync::Arc};

use sancha_model::Event;

use super::{Plan, PlanScratch, keys::Keys};
use crate::{
    prefilter::{Background, Prefilter, WINDOW},
    sigma::{
        anchor::{At, Wanted},
        load::Compiled,
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

/// What is done with the events of one kind.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) rules: Vec<u32>,
    /// Rules without an anchor: asked about every event.
    pub(super) direct: Vec<u32>,
    /// Looked for in fields that rules name: long strings, then short ones.
    pub(super) fields: [Option<Strings>; 2],
    /// Looked for in everything the record says, likewise.
    pub(super) words: [Option<Strings>; 2],
    /// By name: place in `keys` plus one.
    key_of: Vec<u16>,
    keys: Vec<Keys>,
    /// Some rule looks at the whole record.
    looks_at_words: bool,
    /// Names in whose values long or short strings are looked for.
    searched: [Vec<bool>; 2],
}

impl Route {
    pub(super) fn new(chosen: Vec<u32>, plan: &Plan) -> Self {
        let mut route = Self {
            key_of: vec![0; plan.name_count],
            searched: [vec![false; plan.name_count], vec![false; plan.name_count]],
            ..Self::default()
        };
        let mut fields: [BTreeMap<&[u8], Vec<Claim>>; 2] = Default::default();
        let mut words: [BTreeMap<&[u8], Vec<Claim>>; 2] = Default::default();
        for at in &chosen {
            let Some(rule) = plan.rules.get(*at as usize) else { continue };
            let first = plan.first_test.get(*at as usize).copied().unwrap_or(0);
            route.looks_at_words |= rule.program.has_keywords();
            let Some(set) = &rule.anchors else {
                route.direct.push(*at);
                continue;
            };
            for anchor in &set.anchors {
                let test = if anchor.proves { first + anchor.test } else { Owner::NONE };
                let owner = Owner { rule: *at, test };
                match (&anchor.wanted, anchor.field) {
                    (Wanted::Literal(place, text), field) => {
                        let claim = Claim { field, at: *place, owner };
                        let side = usize::from(text.len() < WINDOW);
                        let maps = if field.is_some() { &mut fields } else { &mut words };
                        maps[side].entry(text).or_default().push(claim);
                        let searched = &mut route.searched[side];
                        if let Some(slot) = field.and_then(|f| searched.get_mut(usize::from(f))) {
                            *slot = true;
                        }
                    }
                    (wanted, Some(field)) => route.keys_of(field).add(wanted, owner),
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

    fn keys_of(&mut self, name: Name) -> &mut Keys {
        let place = self.key_of.get(usize::from(name)).copied().unwrap_or(0);
        let at = if place == 0 {
            self.keys.push(Keys::default());
            let place = u16::try_from(self.keys.len()).unwrap_or(u16::MAX);
            if let Some(slot) = self.key_of.get_mut(usize::from(name)) {
                *slot = place;
            }
            self.keys.len() - 1
        } else {
            usize::from(place) - 1
        };
        &mut self.keys[at]
    }

    /// Collects the rules whose anchors the event has; its slots are filled.
    pub(super) fn wake<'b>(&self, plan: &Plan, event: Event<'b>, scratch: &mut PlanScratch) {
        for cell in event.cells() {
            let names = plan.names_of(cell.field);
            if names.is_empty() {
                continue;
            }
            let value = Value::of_cell(event, cell);
            let mut searched = [false; 2];
            for name in names {
                let place = self.key_of.get(usize::from(*name)).copied().unwrap_or(0);
                if let Some(keys) =
                    usize::from(place).checked_sub(1).and_then(|at| self.keys.get(at))
                {
                    keys.look_up(value, |owners| scratch.wake(owners));
                }
                for (flag, names) in searched.iter_mut().zip(&self.searched) {
                    *flag |= names.get(usize::from(*name)).copied().unwrap_or(false);
                }
            }
            for (side, strings) in (0..).zip(&self.fields) {
                if searched[side]
                    && let Some(strings) = strings
                {
                    strings.search(side, value.text, names, scratch);
                }
            }
        }
        if self.looks_at_words {
            self.wake_by_words(plan, event, scratch);
        }
    }

    fn wake_by_words(&self, plan: &Plan, event: Event<'_>, scratch: &mut PlanScratch) {
        let words = scratch.words(plan, event);
        for (side, strings) in (2..).zip(&self.words) {
            let Some(strings) = strings else { continue };
            for text in words.texts(event) {
                strings.search(side, text, &[], scratch);
            }
        }
        scratch.put_words(words);
    }
}

impl Strings {
    fn new(claims: BTreeMap<&[u8], Vec<Claim>>) -> Option<Self> {
        if claims.is_empty() {
            return None;
        }
        let literals = claims.keys().map(|text| Box::from(*text)).collect();
        let claims = claims.into_values().map(|mut claims| {
            claims.sort_unstable();
            claims.dedup();
            claims.into_boxed_slice()
        });
        let claims = claims.collect();
        Some(Self { filter: Prefilter::new(literals, Background::ordinary()), claims })
    }

    /// The rules that own a string.
    pub(super) fn owners(&self, literal: u32) -> impl Iterator<Item = Owner> {
        let claims = self.claims.get(literal as usize);
        claims.into_iter().flat_map(|claims| claims.iter().map(|claim| claim.owner))
    }

    #[inline]
    fn search(&self, side: usize, text: &[u8], names: &[Name], scratch: &mut PlanScratch) {
        let fewer = scratch.demotion.fewer(side);
        self.filter.search(text, fewer.as_deref(), |literal, start| {
            let Some(claims) = self.claims.get(literal as usize) else { return };
            scratch.demotion.count(side, literal);
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
                    scratch.wake(&[claim.owner]);
                }
            }
        });
    }
}

/// Whether naively asking the rule is about as cheap as finding its string.
pub(super) fn is_small(rule: &Arc<Compiled>) -> bool {
    rule.program.pattern_count() <= 12
}
