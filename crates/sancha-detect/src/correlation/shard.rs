use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::Range,
    sync::Arc,
};

use hashbrown::HashMap;
use sancha_model::{EventTime, FileId, RecordId};

use super::{
    CorrelationRule, Round,
    distributed::Low,
    followed::{Followed, Sign},
    grouped::Window,
    local::Local,
    login::Logins,
    lookups::{self, LookedUp},
    ordinary::Ordinary,
    packed::Drafts,
    source::Source,
    tier::{Glances, Tier, Visitor},
};
use crate::{
    Part, SignalKind, Signals,
    flood::Flood,
    order::{Run, Runs},
    signal::{Role, Seen},
};

/// Bytes of a correlation rule's window, for turning memory into a number of windows.
const WINDOW_BYTES: usize = 4096;
/// Hosts are named by whoever sends syslog; beyond this many in a shard, one takes the rest.
const MOST_HOSTS: usize = 256;

/// States of so many signals are fetched together.
const AHEAD: usize = 8;

/// What a shard leaves.
#[derive(Default)]
pub(super) struct Closed {
    pub(super) drafts: Drafts,
    pub(super) lows: Vec<Low>,
    pub(super) signs: Vec<Sign>,
    pub(super) ordinary: Ordinary,
}

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
    /// First tier: web clients of no note, and sources that have only logged in.
    glances: Glances,
    visitors: Tier<IpAddr, Visitor>,
    looked_up: LookedUp,
    /// Second tier: everything that is known of a source.
    sources: HashMap<IpAddr, Kept, foldhash::fast::RandomState>,
    /// Sources that failed to log in and were given up or went quiet, too little by themselves.
    lows: Vec<Low>,
    hosts: HashMap<Box<str>, Local, foldhash::fast::RandomState>,
    /// By correlation rule and group; ordered, for there are few and their end must not follow chance.
    windows: BTreeMap<(u32, Box<str>), (Window, Option<IpAddr>)>,
    most_windows: usize,
    /// Bytes of `sources`, of `lows`, and what both may take.
    source_bytes: usize,
    low_bytes: usize,
    most_bytes: usize,
    evicted: u64,
    drafts: Drafts,
    /// The analyses of sites; in one shard only, for a source is seen beside all others there.
    flood: Option<Flood>,
    followed: Followed,
    /// Correlations that came true by the record taken up last, and that record.
    came_true: (RecordId, Vec<(u32, u32)>),
}

/// A source, and the bytes it took when they were last counted.
#[derive(Clone)]
struct Kept {
    source: Source,
    bytes: usize,
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
    pub(super) fn new(memory: usize, rules: Arc<[CorrelationRule]>, flood: Option<Flood>) -> Self {
        let state = State::new(memory, flood);
        Self { rules, waiting: Runs::default(), late: BTreeMap::new(), state }
    }

    pub(super) fn evicted(&self) -> u64 {
        let state = &self.state;
        let sites = state.flood.as_ref().map_or(0, Flood::evicted);
        state.evicted + state.glances.evicted() + state.visitors.evicted() + sites
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
            let (first, mut ahead) = (run.next, run.next);
            while run.next < run.end
                && let Some((seen, role)) = run.signals.seen(run.next)
            {
                if run.next > first && (seen.time.max(run.floor), seen.at) >= bound {
                    return;
                }
                if run.next == ahead {
                    ahead = (run.next + AHEAD).min(run.end);
                    state.fetch(&run.signals, run.next..ahead);
                }
                run.next += 1;
                state.accept_in_time(rules, seen, role, run.floor, || {
                    *late.entry(run.file).or_default() += 1;
                });
            }
        });
    }

    /// What [`Self::close`] would give now; the shard goes on.
    pub(super) fn close_copy(&self, passwords: &BTreeSet<u32>) -> Closed {
        self.state.clone().close(&self.rules, passwords)
    }

    /// Gives up what is closed and ended before this.
    pub(super) fn forget_before(&mut self, time: EventTime) {
        self.state.drafts.retain(|draft| draft.last.is_none_or(|last| last >= time));
        self.state.looked_up.forget_before(time);
    }

    /// Closes what is open; `passwords` are marks of hosts whose sshd refused a password. The order in which drafts come out does not matter: they are sorted.
    pub(super) fn close(self, passwords: &BTreeSet<u32>) -> Closed {
        self.state.close(&self.rules, passwords)
    }
}

impl State {
    /// Six tenths of `memory` are for the first tier, one tenth for windows, three for sources of note.
    fn new(memory: usize, flood: Option<Flood>) -> Self {
        let tenth = memory / 10;
        Self {
            glances: Glances::new(tenth * 11 / 2),
            visitors: Tier::new(tenth / 4),
            looked_up: LookedUp::new(tenth / 4),
            sources: HashMap::default(),
            lows: Vec::new(),
            hosts: HashMap::default(),
            windows: BTreeMap::new(),
            most_windows: (tenth / WINDOW_BYTES).max(16),
            source_bytes: 0,
            low_bytes: 0,
            most_bytes: (tenth * 3).max(1 << 16),
            evicted: 0,
            drafts: Drafts::default(),
            flood,
            followed: Followed::default(),
            came_true: (RecordId::default(), Vec::new()),
        }
    }

    /// Fetches the states of signals that will be taken up soon.
    fn fetch(&self, signals: &Signals, places: Range<usize>) {
        let mut of_note: [Option<&Source>; AHEAD] = [None; AHEAD];
        for (place, known) in places.zip(&mut of_note) {
            let Some((signal, role)) = signals.seen(place) else { continue };
            let Some(address) = signal.source else { continue };
            match (role, signal.kind, &self.flood) {
                (Role::Site, SignalKind::Request(request), Some(flood)) => {
                    flood.fetch(request.site, request.path, address);
                }
                (Role::Origin, SignalKind::Request(_), _) => {
                    *known = self.source_of_note(address);
                    self.glances.fetch(address);
                }
                (Role::Origin, SignalKind::Lookup { .. }, _) => {
                    self.looked_up.fetch(address, lookups::host_of(signal));
                }
                (Role::Origin, SignalKind::Login { .. }, _) => {
                    signal.texts.fetch(signal.names.user);
                    *known = self.source_of_note(address);
                }
                _ => {}
            }
        }
        // What is found in the tables says where the rest is.
        for logins in of_note.map(|source| source?.logins()).into_iter().flatten() {
            logins.fetch();
        }
    }

    fn source_of_note(&self, address: IpAddr) -> Option<&Source> {
        self.sources.get(&address).map(|kept| &kept.source)
    }

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
        } else if matches!(seen.kind, SignalKind::Match { .. }) || !seen.is_timed() {
            let signal = crate::Signal { time: floor, ..*seen.signal };
            self.accept(rules, Seen { signal: &signal, ..seen }, role);
        } else if role == Role::Origin {
            is_late();
        }
    }

    fn accept(&mut self, rules: &[CorrelationRule], seen: Seen<'_>, role: Role) {
        match (role, seen.kind, seen.source) {
            (Role::Site | Role::Attack, ..) if !seen.is_timed() => {}
            (Role::Group, SignalKind::Part(part), _) => self.count(rules, part, seen),
            (Role::Site, kind, _) => {
                if let (Some(flood), Some(request)) = (&mut self.flood, kind.request()) {
                    super::flood::accept(flood, seen, request);
                    self.followed.accept(seen, request, flood);
                }
            }
            (Role::Attack, kind, _) => {
                if let (Some(flood), Some(request)) = (&mut self.flood, kind.request()) {
                    self.followed.accept(seen, request, flood);
                }
            }
            (Role::Group, ..) => {}
            (Role::Origin, SignalKind::Lookup { log }, Some(address)) => {
                self.looked_up.add(address, seen, log);
            }
            (Role::Origin, _, Some(address)) => self.source(address, seen),
            (Role::Origin, _, None) => self.host(seen),
        }
    }

    fn host(&mut self, seen: Seen<'_>) {
        let mut host = seen.host().unwrap_or_default();
        if self.hosts.len() >= MOST_HOSTS && !self.hosts.contains_key(host) {
            host = "";
        }
        if let Some(local) = self.hosts.get_mut(host) {
            local.accept(seen, &mut self.drafts);
        } else {
            self.hosts.entry(host.into()).or_default().accept(seen, &mut self.drafts);
        }
    }

    /// Counts a record for one group of a correlation rule.
    fn count(&mut self, rules: &[CorrelationRule], part: Part, seen: Seen<'_>) {
        let Some(rule) = rules.get(part.correlation as usize) else { return };
        if self.came_true.0 != seen.at {
            self.came_true = (seen.at, Vec::new());
        }
        if part.via.is_some_and(|via| !self.came_true.1.contains(&(via, part.rule))) {
            return;
        }
        let group = seen.texts.get(part.group).unwrap_or_default();
        let (window, _) = self
            .windows
            .entry((part.correlation, group.into()))
            .or_insert_with(|| (Window::default(), seen.source));
        if window.accept(rule, part, seen, &mut self.drafts) {
            self.came_true.1.push((part.correlation, part.rule));
        }
        if self.windows.len() > self.most_windows {
            self.forget_oldest_window(rules, seen.time);
        }
    }

    /// A window that goes early still counts if it had already come true. One whose time is over would have been begun
    /// anew: nothing is lost with it.
    fn forget_oldest_window(&mut self, rules: &[CorrelationRule], now: EventTime) {
        let oldest = self.windows.iter().min_by_key(|(key, (window, _))| (window.last(), *key));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        if let Some((window, source)) = self.windows.remove(&key) {
            let rule = rules.get(key.0 as usize);
            let is_open = rule.is_some_and(|rule| now.since(window.last()) <= rule.timespan_nanos);
            self.evicted += u64::from(is_open);
            self.drafts.extend(rule.and_then(|rule| window.draft(rule, source)));
        }
    }

    fn source(&mut self, address: IpAddr, seen: Seen<'_>) {
        // Most signals are of sources that are known: one look.
        let kept = match self.sources.get_mut(&address) {
            Some(kept) => kept,
            None => {
                let Some(source) = self.promote(address, seen) else { return };
                self.sources.entry(address).or_insert(Kept { source, bytes: 0 })
            }
        };
        let closed = self.lows.len();
        kept.source.accept(seen, &mut self.drafts, &mut self.lows);
        if kept.source.may_have_grown() {
            let before = std::mem::replace(&mut kept.bytes, kept.source.bytes());
            self.source_bytes = self.source_bytes + kept.bytes - before;
        }
        self.add_lows(closed);
        if self.source_bytes + self.low_bytes > self.most_bytes {
            self.make_room();
        }
    }

    /// A source as the second tier keeps it, with all that the first knew of it; nothing if what it did
    /// is still of no note.
    fn promote(&mut self, address: IpAddr, seen: Seen<'_>) -> Option<Source> {
        let seconds = u32::try_from(seen.time.seconds()).unwrap_or(0);
        match seen.kind {
            SignalKind::Request(request) => {
                let glance = self.glances.entry(address);
                let mut next = *glance;
                next.add(seen.time, &request);
                if !next.is_of_note() {
                    *glance = next;
                    return None;
                }
            }
            SignalKind::Login { success: true, .. } => {
                let account = seen.texts.mark(seen.names.user).unwrap_or(1);
                if self.visitors.entry(address).enter(account, seconds) {
                    return None;
                }
            }
            _ => {}
        }
        let mut source = Source::new(address, self.glances.remove(address));
        if let Some(visitor) = self.visitors.remove(&address) {
            source.knows(visitor.accounts());
        }
        Some(source)
    }

    /// Counts the bytes of what was added to `lows` from `first` on.
    fn add_lows(&mut self, first: usize) {
        let added = self.lows.get(first..).unwrap_or_default();
        self.low_bytes += added.iter().map(Low::bytes).sum::<usize>();
    }

    /// Gives up the eighth of the sources that was seen longest ago, by (last seen, address), and where
    /// that is not enough, of those closed before. Findings are kept.
    fn make_room(&mut self) {
        let mut oldest: Vec<_> = self.sources.iter().map(|(a, k)| (k.source.last(), *a)).collect();
        oldest.sort_unstable();
        for (_, address) in oldest.iter().take(oldest.len() / 8 + 1) {
            if let Some(kept) = self.sources.remove(address) {
                let closed = self.lows.len();
                kept.source.close(&mut self.drafts, &mut self.lows);
                self.source_bytes -= kept.bytes;
                self.evicted += 1;
                self.add_lows(closed);
            }
        }
        if self.low_bytes > self.most_bytes / 4 {
            self.lows.sort_by_key(|low| (low.tally.last, low.source));
            let gone = self.lows.len() / 2 + 1;
            self.evicted += gone.min(self.lows.len()) as u64;
            self.lows.drain(..gone.min(self.lows.len()));
            self.low_bytes = self.lows.iter().map(Low::bytes).sum();
        }
    }

    fn close(mut self, rules: &[CorrelationRule], passwords: &BTreeSet<u32>) -> Closed {
        let (mut drafts, mut lows) = (std::mem::take(&mut self.drafts), self.lows);
        let logins = |address| self.sources.get(&address).and_then(|kept| kept.source.logins());
        let has_entered = |address| {
            self.visitors.get(&address).is_some()
                || logins(address).is_some_and(Logins::has_entered)
        };
        self.looked_up.close(passwords, has_entered, &mut drafts);
        if let Some(flood) = self.flood.take() {
            super::flood::close(flood, &mut drafts);
        }
        for (_, kept) in self.sources.drain() {
            kept.source.close(&mut drafts, &mut lows);
        }
        for (_, host) in self.hosts.drain() {
            host.close(&mut drafts);
        }
        for ((place, _), (window, source)) in self.windows {
            drafts.extend(rules.get(place as usize).and_then(|rule| window.draft(rule, source)));
        }
        let (signs, ordinary) = self.followed.close(&mut drafts);
        Closed { drafts, lows, signs, ordinary }
    }
}
