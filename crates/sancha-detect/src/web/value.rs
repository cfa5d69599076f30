//! Takes one value through its decoding rounds and asks every analysis about each readable form.

use super::decode::{self, Layers};
use super::purpose::Purpose;
use super::remembered::{Place, Remembered};
use super::scan::{at, from, is_space, upto};
use super::sql::Token;
use super::{EVIDENCE_LIMIT, Hit, Kind, Part};
use super::{
    code, email, graphql, html, markers, nested, path, protocol, script, shell, sql, template,
    writing,
};

/// An attacker may nest encodings; nobody honest nests more than this.
const ROUNDS: usize = 5;

/// A value is read up to this length; more is noise around the same pattern.
const VALUE_LIMIT: usize = 1 << 20;

/// Buffers that keep their capacity between requests.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    decoded: Vec<u8>,
    next: Vec<u8>,
    lower: Vec<u8>,
    plain: Vec<u8>,
    tokens: Vec<Token>,
    remembered: Remembered,
}

/// What a value is in its request: the same bytes mean different things in different places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// The value of a named parameter.
    Value,
    /// The name of a parameter.
    Name,
    /// A whole path, or what stands in place of one.
    Path,
    /// A header browsers send with brackets and semicolons of their own.
    Header,
    /// The whole body, where it has no inner structure we know.
    Document,
}

/// One readable form of a value.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    /// As decoded, case kept.
    pub(super) text: &'v [u8],
    /// The same length in lower case.
    pub(super) lower: &'v [u8],
    pub(super) role: Role,
    pub(super) part: Part,
    /// Whether it comes from a document whose strings may be filters of an interface: JSON, XML.
    pub(super) document: bool,
    /// What the parameter is for that holds the value.
    pub(super) purpose: Purpose,
    /// Which ASCII bytes occur in lower case, bit by byte value.
    present: u128,
    /// Whether the value is something written to be read: sentences, or several lines of code.
    composed: bool,
    /// Whether it is a page's markup: what an editor saves.
    page: bool,
}

impl<'v> View<'v> {
    pub(super) fn new(text: &'v [u8], lower: &'v [u8], role: Role, part: Part) -> View<'v> {
        let present = lower.iter().filter(|b| b.is_ascii()).fold(0, |set, b| set | 1_u128 << b);
        let written = !matches!(role, Role::Header | Role::Name);
        let page = written && super::page::is_page(lower);
        let composed = page || written && writing::is_composed(lower);
        let purpose = Purpose::Data;
        View { text, lower, role, part, document: false, purpose, present, composed, page }
    }

    /// Takes over what the value is for: what is written to be read shows sooner that it is a sentence.
    fn read_for(&mut self, purpose: Purpose) {
        self.purpose = match purpose {
            Purpose::Content if self.lower.contains(&b' ') => Purpose::Prose,
            Purpose::Content => Purpose::Inclusion,
            other => other,
        };
        self.composed =
            self.composed || self.purpose == Purpose::Prose && writing::is_remark(self.lower);
    }

    /// A text that is for sentences and begins with a letter: what leaves a number or a text begins with a sign. A form
    /// that fell apart at its own signs is read with the name in front.
    pub(super) fn speaks(&self) -> Option<&[u8]> {
        let name = self.lower.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let named =
            at(self.lower, name) == b'=' && Purpose::of(upto(self.lower, name)) == self.purpose;
        let text = if named { from(self.lower, name + 1) } else { self.lower };
        (self.purpose == Purpose::Prose && writing::begins_with_letter(text)).then_some(text)
    }

    /// Words come first and signs later: nothing there leaves what it landed in.
    pub(super) fn is_told(&self) -> bool {
        const WORDS: usize = 2;
        let sign = |b: &u8| {
            matches!(
                b,
                b';' | b'|' | b'&' | b'`' | b'$' | b'<' | b'>' | b'(' | b'\'' | b'"' | b'\n'
            )
        };
        self.speaks().is_some_and(|text| {
            let lead = upto(text, text.iter().position(sign).unwrap_or(text.len()));
            writing::length(lead) >= WORDS
        })
    }

    /// Prose and listings mention what an injection does; only what breaks out of a context counts in them.
    pub(super) fn is_composed(&self) -> bool {
        self.composed
    }

    /// Whether the value is a piece of a page, with the elements that editors write.
    pub(super) fn is_page(&self) -> bool {
        self.page
    }

    /// Several lines, or a page: what quotes more texts than an injection could close.
    pub(super) fn is_listing(&self) -> bool {
        const QUOTES: usize = 4;
        let several = self.page
            || memchr::memchr_iter(b'\n', self.lower).nth(writing::DOCUMENT_LINES - 1).is_some();
        several
            && self.composed
            && memchr::memchr3_iter(b'\'', b'"', b'`', self.lower).nth(QUOTES).is_some()
    }

    /// Words besides the one at `place`: how much the value talks about something. Only what stands near
    /// counts, so that many places in a long value cost no more than their number.
    pub(super) fn words_around(&self, place: usize) -> usize {
        const NEAR: usize = 256;
        let behind = upto(from(self.lower, place), NEAR);
        let own = behind.iter().take_while(|b| !is_space(**b)).count();
        let before = from(upto(self.lower, place), place.saturating_sub(NEAR));
        writing::plain_length(before) + writing::plain_length(from(behind, own))
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.present >> (byte & 0x7F) & 1 == 1
    }

    /// Whether every byte of `needle` occurs: what lacks one need not be searched for. Letters of either
    /// case count as the same.
    #[inline]
    pub(super) fn may_hold(&self, needle: &[u8]) -> bool {
        needle.iter().all(|b| !b.is_ascii() || self.has(b.to_ascii_lowercase()))
    }

    /// Where `needle` first stands.
    pub(super) fn find(&self, needle: &[u8]) -> Option<usize> {
        if self.may_hold(needle) { super::scan::find(self.lower, needle) } else { None }
    }

    /// Where any of `needles` first stands.
    pub(super) fn find_any(&self, needles: &[&[u8]]) -> Option<usize> {
        needles.iter().find_map(|needle| self.find(needle))
    }

    pub(super) fn holds(&self, needle: &[u8]) -> bool {
        self.find(needle).is_some()
    }

    pub(super) fn holds_any(&self, needles: &[&[u8]]) -> bool {
        needles.iter().any(|needle| self.holds(needle))
    }

    /// Every place where `needle` stands, none inside the one before.
    pub(super) fn places<'n>(&self, needle: &'n [u8]) -> impl Iterator<Item = usize> + use<'v, 'n> {
        let found = || memchr::memmem::find_iter(self.lower, needle);
        self.may_hold(needle).then(found).into_iter().flatten()
    }

    pub(super) fn has_any(&self, bytes: &[u8]) -> bool {
        bytes.iter().any(|b| self.has(*b))
    }
}

/// The strongest sign of each kind in one view, and where it stood.
#[derive(Default)]
pub(super) struct Signs {
    best: [(f32, usize); Kind::ALL.len()],
}

impl Signs {
    pub(super) fn raise(&mut self, kind: Kind, score: f32, place: usize) {
        if let Some(best) = self.best.get_mut(kind as usize)
            && score > best.0
        {
            *best = (score, place);
        }
    }

    /// Takes over what `other` found, none of it above `limit`.
    pub(super) fn absorb(&mut self, other: &Signs, limit: f32) {
        for (kind, score, place) in other.iter() {
            self.raise(kind, f32::min(score, limit), place);
        }
    }

    pub(super) fn score(&self, kind: Kind) -> f32 {
        self.best.get(kind as usize).map_or(0.0, |best| best.0)
    }

    fn iter(&self) -> impl Iterator<Item = (Kind, f32, usize)> {
        Kind::ALL
            .into_iter()
            .zip(self.best)
            .filter(|(_, best)| best.0 > 0.0)
            .map(|(kind, best)| (kind, best.0, best.1))
    }
}

/// Looks at values and keeps the strongest hit of each kind.
pub(super) struct Examiner<'s> {
    buffers: &'s mut Buffers,
    hits: &'s mut Vec<Hit>,
    start: usize,
    /// Whether the values come from a form or query, where `+` is a space.
    pub(super) form: bool,
    /// What the parameter is for whose value is looked at.
    pub(super) purpose: Purpose,
    /// How often anything was raised, whether or not it was the strongest.
    pub(super) raised: u32,
    /// How many documents the value stands in, beyond the request itself.
    depth: u8,
}

impl<'s> Examiner<'s> {
    pub(super) fn new(
        buffers: &'s mut Buffers,
        hits: &'s mut Vec<Hit>,
        start: usize,
    ) -> Examiner<'s> {
        Examiner { buffers, hits, start, form: true, purpose: Purpose::Data, raised: 0, depth: 0 }
    }

    /// Examines the value of a named parameter.
    pub(super) fn value_of(&mut self, part: Part, name: &[u8], raw: &[u8]) {
        let before = std::mem::replace(&mut self.purpose, Purpose::of(name));
        self.value(part, Role::Value, raw);
        self.purpose = before;
    }

    /// Examines one value in all its decodings.
    pub(super) fn value(&mut self, part: Part, role: Role, raw: &[u8]) {
        if raw.len() < 2 {
            return;
        }
        let raw = upto(raw, VALUE_LIMIT);
        let place = Place { part, role, form: self.form, purpose: self.purpose };
        // Values inside documents come with them.
        let hash = || self.buffers.remembered.hash(place, raw);
        let Some(hash) = (self.depth == 0).then(hash).flatten() else {
            return self.look_into(part, role, raw);
        };
        if let Some(hits) = self.buffers.remembered.find(hash, place, raw) {
            self.raised += u32::from(!hits.is_empty());
            for hit in hits {
                add(self.hits, self.start, hit.kind, hit.score, || hit.clone());
            }
            return;
        }
        // What the value says by itself, whatever was said before it.
        let start = std::mem::replace(&mut self.start, self.hits.len());
        self.look_into(part, role, raw);
        let own = self.hits.split_off(self.start);
        self.start = start;
        self.buffers.remembered.learn(hash, place, raw, &own);
        for hit in own {
            add(self.hits, start, hit.kind, hit.score, || hit);
        }
    }

    fn look_into(&mut self, part: Part, role: Role, raw: &[u8]) {
        let mut decoded = std::mem::take(&mut self.buffers.decoded);
        let plus_is_space =
            self.form && role != Role::Path && part != Part::Cookie && part != Part::Header;
        let mut layers = decode::first_round(raw, plus_is_space, &mut decoded);
        self.rounds(part, role, &mut decoded, &mut layers);
        self.buffers.decoded = decoded;
    }

    fn rounds(&mut self, part: Part, role: Role, decoded: &mut Vec<u8>, layers: &mut Layers) {
        let mut next = std::mem::take(&mut self.buffers.next);
        let mut opened = role != Role::Value || self.depth >= nested::DEPTH;
        for _ in 0..ROUNDS {
            let page = self.look(part, role, decoded, *layers);
            opened = opened || self.inside(part, decoded);
            if decode::base64(decoded, &mut next) {
                *layers = layers.with(Layers::BASE64);
                std::mem::swap(decoded, &mut next);
                continue;
            }
            let layer = if page {
                decode::further_round_of_page(decoded, &mut next)
            } else {
                decode::further_round(decoded, &mut next)
            };
            if layer == Layers::default() {
                break;
            }
            *layers = layers.with(layer);
            std::mem::swap(decoded, &mut next);
        }
        // What was encoded twice, or stands where `+` is itself, may still have it for its spaces.
        if is_joined_by_plus(decoded) {
            decoded.iter_mut().filter(|b| **b == b'+').for_each(|b| *b = b' ');
            self.look(part, role, decoded, *layers);
        }
        self.buffers.next = next;
    }

    /// Examines what a document in the value holds; whether there is one.
    fn inside(&mut self, part: Part, decoded: &[u8]) -> bool {
        self.depth += 1;
        let found = nested::examine(decoded, part, self);
        self.depth -= 1;
        found
    }

    /// Asks every analysis about one form; whether it is a page.
    fn look(&mut self, part: Part, role: Role, text: &[u8], layers: Layers) -> bool {
        let mut lower = std::mem::take(&mut self.buffers.lower);
        let mut plain = std::mem::take(&mut self.buffers.plain);
        lower.clear();
        lower.extend(text.iter().map(u8::to_ascii_lowercase));
        let mut view = View::new(text, &lower, role, part);
        view.document = part == Part::Body && !self.form;
        view.read_for(self.purpose);
        let mut signs = Signs::default();
        markers::examine(&view, &mut signs);
        sql::examine(&view, &mut self.buffers.tokens, &mut signs);
        html::examine(&view, &mut signs);
        script::examine(&view, &mut signs);
        shell::examine(&view, &mut plain, &mut signs);
        path::examine(&view, &mut signs);
        template::examine(&view, &mut signs);
        code::examine(&view, &mut signs);
        email::examine(&view, &mut signs);
        protocol::examine_value(&view, &mut signs);
        graphql::examine(&view, &mut signs);
        for (kind, score, place) in signs.iter() {
            self.raise(kind, score, part, window(text, place), layers);
        }
        let page = view.is_page();
        self.buffers.lower = lower;
        self.buffers.plain = plain;
        page
    }

    /// Records a hit unless a stronger one of its kind is known.
    pub(super) fn raise(
        &mut self,
        kind: Kind,
        score: f32,
        part: Part,
        evidence: &[u8],
        layers: Layers,
    ) {
        self.raised += 1;
        add(self.hits, self.start, kind, score, || {
            let evidence = upto(evidence, EVIDENCE_LIMIT).to_vec();
            Hit { kind, score, part, evidence, layers }
        });
    }
}

/// Adds a hit to those from `start` on, unless a stronger one of its kind is among them.
fn add(hits: &mut Vec<Hit>, start: usize, kind: Kind, score: f32, hit: impl FnOnce() -> Hit) {
    let mut of_request = hits.get_mut(start..).unwrap_or_default().iter_mut();
    match of_request.find(|known| known.kind == kind) {
        Some(known) if known.score >= score => {}
        Some(known) => *known = hit(),
        None => hits.push(hit()),
    }
}

/// Words joined by `+` throughout, with no space of their own.
fn is_joined_by_plus(text: &[u8]) -> bool {
    text.len() <= 1024
        && memchr::memchr_iter(b'+', text).take(2).count() == 2
        && !text.contains(&b' ')
}

/// The part of `text` around `place` that fits the evidence, cut at letters where it can be.
fn window(text: &[u8], place: usize) -> &[u8] {
    if text.len() <= EVIDENCE_LIMIT {
        return text;
    }
    let mut start = place.saturating_sub(EVIDENCE_LIMIT / 4).min(text.len() - EVIDENCE_LIMIT);
    while start > 0 && at(text, start) & 0xC0 == 0x80 {
        start -= 1;
    }
    upto(from(text, start), EVIDENCE_LIMIT)
}
