use hashbrown::HashMap;

use super::{
    CorrelationRule, Draft, Key, grouped::Window, local::Local, scan::Glance, source::Source,
};
use crate::{Signal, SignalKind, signal::Part};

/// One 64th of the state.
pub(super) struct Shard {
    /// First tier: sources seen doing nothing of note, 32 bytes each.
    glances: HashMap<std::net::IpAddr, Glance, foldhash::fast::RandomState>,
    sources: HashMap<std::net::IpAddr, Box<Source>, foldhash::fast::RandomState>,
    hosts: HashMap<Box<str>, Local, foldhash::fast::RandomState>,
    /// By correlation rule and group; ordered, for there are few and their end must not follow chance.
    windows: std::collections::BTreeMap<(u32, Box<str>), (Window, Option<std::net::IpAddr>)>,
    most_glances: usize,
    most_sources: usize,
    evicted: u64,
}

impl Shard {
    pub(super) fn new(most_glances: usize, most_sources: usize) -> Self {
        Self {
            glances: HashMap::default(),
            sources: HashMap::default(),
            hosts: HashMap::default(),
            windows: std::collections::BTreeMap::new(),
            most_glances,
            most_sources,
            evicted: 0,
        }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn accept(&mut self, key: Key, signal: &Signal, drafts: &mut Vec<Draft>) {
        match key {
            Key::Source(address) => self.source(address, signal, drafts),
            Key::Host(host) => self.hosts.entry(host).or_default().accept(signal, drafts),
        }
    }

    /// Counts a record for one group of a correlation rule.
    pub(super) fn count(
        &mut self,
        rules: &[CorrelationRule],
        part: &Part,
        signal: &Signal,
        drafts: &mut Vec<Draft>,
    ) {
        let Some(rule) = rules.get(part.correlation as usize) else { return };
        let key = (part.correlation, part.group.clone());
        let (window, _) =
            self.windows.entry(key).or_insert_with(|| (Window::default(), signal.source));
        window.accept(rule, part, signal, drafts);
        if self.windows.len() > self.most_sources {
            self.forget_oldest_window(rules, drafts);
        }
    }

    /// A window that goes early still counts if it had already come true.
    fn forget_oldest_window(&mut self, rules: &[CorrelationRule], drafts: &mut Vec<Draft>) {
        let oldest = self.windows.iter().min_by_key(|(key, (window, _))| (window.last(), *key));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        if let Some((window, source)) = self.windows.remove(&key) {
            self.evicted += 1;
            drafts.extend(rules.get(key.0 as usize).and_then(|rule| window.draft(rule, source)));
        }
    }

    fn source(&mut self, address: std::net::IpAddr, signal: &Signal, drafts: &mut Vec<Draft>) {
        if let Some(source) = self.sources.get_mut(&address) {
            source.accept(signal, drafts);
            return;
        }
        if let SignalKind::Request { status, path } = signal.kind {
            let glance = self.glances.entry(address).or_default();
            glance.add(signal.time, status, path);
            if !glance.is_of_note() {
                self.make_room_for_glances();
                return;
            }
        }
        let glance = self.glances.remove(&address).unwrap_or_default();
        let mut source = Box::new(Source::new(address, glance));
        source.accept(signal, drafts);
        self.sources.insert(address, source);
        self.make_room_for_sources(drafts);
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
    fn make_room_for_sources(&mut self, drafts: &mut Vec<Draft>) {
        if self.sources.len() <= self.most_sources {
            return;
        }
        let mut oldest: Vec<_> = self.sources.iter().map(|(a, s)| (s.last(), *a)).collect();
        oldest.sort_unstable();
        for (_, address) in oldest.iter().take(self.most_sources / 8 + 1) {
            if let Some(source) = self.sources.remove(address) {
                source.close(drafts);
                self.evicted += 1;
            }
        }
    }

    /// Closes what is open. The order in which drafts come out does not matter: they are sorted.
    pub(super) fn close(&mut self, rules: &[CorrelationRule], drafts: &mut Vec<Draft>) {
        for (_, source) in self.sources.drain() {
            source.close(drafts);
        }
        for (_, host) in self.hosts.drain() {
            host.close(drafts);
        }
        for ((place, _), (window, source)) in std::mem::take(&mut self.windows) {
            drafts.extend(rules.get(place as usize).and_then(|rule| window.draft(rule, source)));
        }
    }
}
