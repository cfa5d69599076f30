//! Guessing at an account where sshd takes only keys: all it writes is that the account does not exist.
//!
//! On other servers the refused password follows, and it is what counts. So lookups are kept apart from
//! tries, by source and host, and are given up at the end where the host's sshd refused anybody's password, or
//! the source got in. A source that asks for several names searches for accounts, which every open port sees
//! all day, and guesses none. All of it holds whichever record comes first.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use sancha_model::{EventTime, FileId, FormatId, Level, LocalText, Outcome, RecordId, Scenario};

use super::{
    login::{FAST_WINDOW, LOGIN_GAP, Recent},
    packed::Drafts,
    tally::{Draft, Entered, Tally},
    tier::{Brief, Tier},
};
use crate::{
    signal::{Seen, short},
    texts,
};

/// A source and the mark of a host.
type Place = (IpAddr, u32);

/// About what one source of note takes here.
const LOOKUPS_BYTES: usize = 1024;

/// Who looked up what on which host.
#[derive(Clone)]
pub(super) struct LookedUp {
    lookers: Tier<Place, Looker>,
    again: HashMap<Place, Lookups, foldhash::fast::RandomState>,
    most: usize,
    /// Guessing that ended.
    over: Vec<(Place, Lookups)>,
}

impl LookedUp {
    pub(super) fn new(memory: usize) -> Self {
        Self {
            lookers: Tier::new(memory / 2),
            again: HashMap::default(),
            most: (memory / 2 / LOOKUPS_BYTES).max(16),
            over: Vec::new(),
        }
    }

    pub(super) fn fetch(&self, address: IpAddr, host: u32) {
        self.lookers.fetch(&(address, host));
    }

    pub(super) fn add(&mut self, address: IpAddr, signal: Seen<'_>, log: FormatId) {
        let place = (address, host_of(signal));
        if self.again.get(&place).is_some_and(|lookups| lookups.is_over(signal.time)) {
            self.end(place);
        }
        if let Some(lookups) = self.again.get_mut(&place) {
            return lookups.add(signal, log);
        }
        if !self.lookers.entry(place).asks_again(signal, log) {
            return;
        }
        let looker = self.lookers.remove(&place).unwrap_or_default();
        let mut lookups = Lookups::of(looker, signal);
        lookups.add(signal, log);
        self.again.insert(place, lookups);
        if self.again.len() > self.most {
            self.make_room();
        }
    }

    fn end(&mut self, place: Place) {
        let ended = self.again.remove(&place).filter(Lookups::is_guessing);
        self.over.extend(ended.map(|lookups| (place, lookups)));
    }

    /// Ends what was seen longest ago.
    fn make_room(&mut self) {
        let mut oldest: Vec<_> = self.again.iter().map(|(p, l)| (l.tally.last, *p)).collect();
        oldest.sort_unstable();
        for (_, place) in oldest.iter().take(oldest.len() / 8 + 1) {
            self.end(*place);
        }
    }

    pub(super) fn forget_before(&mut self, time: EventTime) {
        self.over.retain(|(_, lookups)| lookups.tally.last.is_none_or(|last| last >= time));
    }

    /// `passwords` are the hosts whose sshd refused a password.
    pub(super) fn close(
        self,
        passwords: &BTreeSet<u32>,
        has_entered: impl Fn(IpAddr) -> bool,
        drafts: &mut Drafts,
    ) {
        let counts = |(address, host): &Place| !passwords.contains(host) && !has_entered(*address);
        for (place, lookups) in self.over.into_iter().chain(self.again) {
            if lookups.is_guessing() && counts(&place) {
                drafts.push(lookups.draft(place.0));
            }
        }
    }
}

/// First tier: a source of which nothing is known but that it asked for an account.
#[derive(Clone, Copy, Debug, Default)]
struct Looker {
    name: u32,
    seconds: u32,
    file: FileId,
    log: FormatId,
    asked: Asked,
    offset: u64,
    line: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    OneName,
    SeveralNames,
}

impl Brief for Looker {
    fn last_seen(&self) -> u32 {
        self.seconds
    }
}

impl Looker {
    /// Whether the source asked for the same account again, so soon that it may be guessing: then this
    /// record is not in the looker, and belongs beside it.
    fn asks_again(&mut self, signal: Seen<'_>, log: FormatId) -> bool {
        let name = name_of(signal);
        let seconds = u32::try_from(signal.time.seconds()).unwrap_or(0);
        let is_long_ago = signal.time.since(self.time()) > FAST_WINDOW;
        match self.asked {
            Asked::SeveralNames => self.seconds = seconds,
            Asked::OneName if self.name != name => {
                (self.asked, self.seconds) = (Asked::SeveralNames, seconds);
            }
            Asked::OneName if self.log < log => {}
            Asked::OneName if self.log == log && !is_long_ago => return true,
            Asked::Nothing | Asked::OneName => {
                let RecordId { file, offset } = signal.at;
                let (asked, line) = (Asked::OneName, signal.line);
                *self = Self { name, seconds, file, log, asked, offset, line };
            }
        }
        false
    }

    fn time(&self) -> EventTime {
        EventTime::from_seconds(self.seconds.into())
    }
}

/// Second tier: lookups of one source on one host.
#[derive(Clone, Debug)]
struct Lookups {
    name: u32,
    has_several_names: bool,
    /// Several kinds of log tell of one connection: that of the lowest number counts.
    log: FormatId,
    recent: Recent,
    fast: bool,
    service: Option<Box<str>>,
    tally: Tally,
}

impl Lookups {
    /// As the first tier knew them.
    fn of(looker: Looker, signal: Seen<'_>) -> Self {
        let mut recent = Recent::default();
        recent.add(looker.time(), 0, 1);
        let record = RecordId { file: looker.file, offset: looker.offset };
        let records = [(record, looker.line)].into_iter();
        Self {
            name: looker.name,
            has_several_names: false,
            log: looker.log,
            recent,
            fast: false,
            service: signal.service().map(Into::into),
            tally: Tally::summed(looker.time(), looker.time(), 1, records),
        }
    }

    fn is_over(&self, time: EventTime) -> bool {
        self.tally.last.is_some_and(|last| time.since(last) > LOGIN_GAP)
    }

    fn is_guessing(&self) -> bool {
        self.fast && !self.has_several_names
    }

    fn add(&mut self, signal: Seen<'_>, log: FormatId) {
        self.has_several_names |= self.name != name_of(signal);
        if log < self.log {
            (self.log, self.recent, self.fast) = (log, Recent::default(), false);
            self.tally = Tally::default();
        }
        if log == self.log {
            self.tally.add(signal, 1);
            self.fast = self.recent.add(signal.time, 0, 1) || self.fast;
        }
    }

    fn draft(self, source: IpAddr) -> Draft {
        let service =
            self.service.as_deref().map_or_else(|| texts::UNNAMED.local(), LocalText::same);
        Draft {
            source: Some(source),
            sources: Vec::new(),
            scenario: Scenario::BRUTE_PASSWORD,
            level: Level::Low,
            outcome: Outcome::Attempted,
            reason: (&texts::REASON_ACCOUNT_UNKNOWN).into(),
            analysis: Some("sancha.brute_force.service"),
            text: &texts::BRUTE_LOOKUPS,
            values: vec![("service", service)],
            entered: Entered::default(),
            tally: self.tally,
        }
    }
}

fn name_of(signal: Seen<'_>) -> u32 {
    short(signal.texts.mark(signal.names.user).unwrap_or(0))
}

pub(super) fn host_of(signal: Seen<'_>) -> u32 {
    short(signal.texts.mark(signal.names.host).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_asked_for_one_account_takes_at_most_32_bytes() {
        assert!(size_of::<Looker>() <= 32, "{}", size_of::<Looker>());
    }
}
