use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use hashbrown::HashMap;
use sancha_model::{EventTime, FileId, RecordId};

use super::{
    CorrelationRule, Draft, Round, grouped::Window, local::Local, scan::Glance, source::Source,
};
use crate::{
    Part, SignalKind, Signals,
    flood::Flood,
    order::{Run, Runs},
    signal::{Role, Seen},
};

/// Bytes that one tracked source may cost, for turning `--memory` into a number of sources.
const SMALL_BYTES: usize = 96;
const FULL_BYTES: usize = 4096;

/// One 64th of the state.
pub(super) struct Shard {
    rules: Arc<[CorrelationRule]>,
    /// Signals that are not complete yet.
    waiting: Runs<Batched>,
    late: BTreeMap<FileId, u64>,
    state: State,
}

/// What is known of everybody whose key falls into the shard.
#[derive(Clone)]
struct State {
    /// First tier: sources seen doing nothing of note, 32 bytes each.
    glances: HashMap<IpAddr, Glance, foldhash::fast::RandomState>,
    sources: HashMap<IpAddr, Box<Source>, foldhash::fast::RandomState>,
    hosts: HashMap<Box<str>, Local, foldhash::fast::RandomState>,
    /// By correlation rule and group; ordered, for there are few and their end must not follow chance.
    windows: BTreeMap<(u32, Box<str>), (Window, Option<IpAddr>)>,
    most_glances: usize,
    most_sources: usize,
    evicted: u64,
    drafts: Vec<Draft>,
    /// The analyses of sites; in one shard only, for a source is seen beside all others there.
    flood: Option<Flood>,
}

/// This shard's part of a batch.
struct Batched {
    signals: Arc<Signals>,
    next: usize,
    end: usize,
    file: FileId,
    floor: EventTime,
}

impl Run for Batched {
    fn head(&self) -> Option<(EventTime, RecordId)> {
        let (seen, _) = (self.next < self.end).then(|| self.signals.seen(self.next))??;
        Some((seen.time.max(self.floor), seen.at))
    }
}

impl Shard {
    /// Half of `memory` is for sources seen doing nothing of note.
    pub(super) fn new(memory: usize, rules: Arc<[CorrelationRule]>, flood: Option<Flood>) -> Self {
        Self {
            rules,
            waiting: Runs::default(),
            late: BTreeMap::new(),
            state: State {
                glances: HashMap::default(),
                sources: HashMap::default(),
                hosts: HashMap::default(),
                windows: BTreeMap::new(),
                most_glances: (memory / 2 / SMALL_BYTES).max(16),
                most_sources: (memory / 2 / FULL_BYTES).max(16),
                evicted: 0,
                drafts: Vec::new(),
                flood,
            },
        }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.state.evicted + self.state.flood.as_ref().map_or(0, Flood::evicted)
    }

    pub(super) fn late(&self) -> &BTreeMap<FileId, u64> {
        &self.late
    }

    /// Takes this shard's part of a round, and takes up what is complete.
    pub(super) fn accept(&mut self, round: &Round, number: usize) {
        let range = round.signals.of_shard(number);
        if !range.is_empty() {
            self.waiting.push(Batched {
                signals: Arc::clone(&round.signals),
                next: range.start,
                end: range.end,
                file: round.file,
                floor: round.floor,
            });
        }
        let Self { rules, waiting, late, state } = self;
        waiting.drain(round.watermark, |run, bound| {
            while let Some((seen, role)) = run.signals.seen(run.next) {
                run.next += 1;
                state.accept_in_time(rules, seen, role, run.floor, || {
                    *late.entry(run.file).or_default() += 1;
                });
                if run.head().is_none_or(|head| head >= bound) {
                    return;
                }
            }
        });
    }

    /// What [`Self::close`] would give now; the shard goes on.
    pub(super) fn close_copy(&self) -> Vec<Draft> {
        self.state.clone().close(&self.rules)
    }

    /// Gives up what is closed and ended before this.
    pub(super) fn forget_before(&mut self, time: EventTime) {
        self.state.drafts.retain(|draft| draft.tally.last.is_none_or(|last| last >= time));
    }

    /// Closes what is open. The order in which drafts come out does not matter: they are sorted.
    pub(super) fn close(self) -> Vec<Draft> {
        self.state.close(&self.rules)
    }
}

impl State {
    /// A record that came too late is only counted; a match goes on with the oldest time in order.
    fn accept_in_time(
        &mut self,
        rules: &[CorrelationRule],
        seen: Seen<'_>,
        role: Role,
        floor: EventTime,
        mut is_late: impl FnMut(),
    ) {
        if seen.time >= floor {
            self.accept(rules, seen, role);
        } else if matches!(seen.kind, SignalKind::Match { .. }) {
            let signal = crate::Signal { time: floor, ..*seen.signal };
            self.accept(rules, Seen { signal: &signal, ..seen }, role);
        } else if role == Role::Origin {
            is_late();
        }
    }

    fn accept(&mut self, rules: &[CorrelationRule], seen: Seen<'_>, role: Role) {
        match (role, seen.kind, seen.source) {
            (Role::Group, SignalKind::Part(part), _) => self.count(rules, part, seen),
            (Role::Site, kind, _) => {
                if let (Some(flood), Some(request)) = (&mut self.flood, kind.request()) {
                    super::flood::accept(flood, seen, request);
                }
            }
            (Role::Group, ..) => {}
            (Role::Origin, _, Some(address)) => self.source(address, seen),
            (Role::Origin, _, None) => self.host(seen),
        }
    }

    fn host(&mut self, seen: Seen<'_>) {
        let host = seen.host().unwrap_or_default();
        if let Some(local) = self.hosts.get_mut(host) {
            local.accept(seen, &mut self.drafts);
        } else {
            self.hosts.entry(host.into()).or_default().accept(seen, &mut self.drafts);
        }
    }

    /// Counts a record for one group of a correlation rule.
    fn count(&mut self, rules: &[CorrelationRule], part: Part, seen: Seen<'_>) {
        let Some(rule) = rules.get(part.correlation as usize) else { return };
        let group = seen.texts.get(part.group).unwrap_or_default();
        let (window, _) = self
            .windows
            .entry((part.correlation, group.into()))
            .or_insert_with(|| (Window::default(), seen.source));
        window.accept(rule, part, seen, &mut self.drafts);
        if self.windows.len() > self.most_sources {
            self.forget_oldest_window(rules);
        }
    }

    /// A window that goes early still counts if it had already come true.
    fn forget_oldest_window(&mut self, rules: &[CorrelationRule]) {
        let oldest = self.windows.iter().min_by_key(|(key, (window, _))| (window.last(), *key));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        if let Some((window, source)) = self.windows.remove(&key) {
            self.evicted += 1;
            let rule = rules.get(key.0 as usize);
            self.drafts.extend(rule.and_then(|rule| window.draft(rule, source)));
        }
    }

    fn source(&mut self, address: IpAddr, seen: Seen<'_>) {
        if let Some(source) = self.sources.get_mut(&address) {
            source.accept(seen, &mut self.drafts);
            return;
        }
        if let SignalKind::Request(request) = seen.kind {
            let glance = self.glances.entry(address).or_default();
            glance.add(seen.time, &request);
            if !glance.is_of_note() {
                self.make_room_for_glances();
                return;
            }
        }
        let glance = self.glances.remove(&address).unwrap_or_default();
        let mut source = Box::new(Source::new(address, glance));
        source.accept(seen, &mut self.drafts);
        self.sources.insert(address, source);
        self.make_room_for_sources();
    }

    /// Gives up the eighth that was seen longest ago. Order: (last seen, address).
    fn make_room_for_glances(&mut self) {
        if self.glances.len() <= self.most_glances {
            return;
        }
        let mut oldest: Vec<_> = self.glances.iter().map(|(a, g)| (g.last(), *a)).collect();
        oldest.sort_unstable();
        for (_, address) in oldest.iter().take(self.most_glances / 8 + 1) {
            self.glances.remove(address);
            self.evicted += 1;
        }
    }

    /// The same for sources of note; their findings are kept.
    fn make_room_for_sources(&mut self) {
        if self.sources.len() <= self.most_sources {
            return;
        }
        let mut oldest: Vec<_> = self.sources.iter().map(|(a, s)| (s.last(), *a)).collect();
        oldest.sort_unstable();
        for (_, address) in oldest.iter().take(self.most_sources / 8 + 1) {
            if let Some(source) = self.sources.remove(address) {
                source.close(&mut self.drafts);
                self.evicted += 1;
            }
        }
    }

    fn close(mut self, rules: &[CorrelationRule]) -> Vec<Draft> {
        let mut drafts = std::mem::take(&mut self.drafts);
        if let Some(flood) = self.flood.take() {
            super::flood::close(flood, &mut drafts);
        }
        for (_, source) in self.sources.drain() {
            source.close(&mut drafts);
        }
        for (_, host) in self.hosts.drain() {
            host.close(&mut drafts);
        }
        for ((place, _), (window, source)) in self.windows {
            drafts.extend(rules.get(place as usize).and_then(|rule| window.draft(rule, source)));
        }
        drafts
    }
}
