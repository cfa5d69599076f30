//! What records contribute to correlation: plain values, dealt to the shards that keep their state.

mod hosts;
mod marks;
mod texts;
mod undealt;

use std::net::IpAddr;

use sancha_model::{EventTime, FormatId, Level, RecordId, Scenario};

use crate::{fetch::fetch, flood::Traits};
use hosts::Hosts;

pub(crate) use marks::{fnv1a, mark, short, short_mark};
pub(crate) use texts::Shared;
pub use texts::{TextId, Texts};
pub(crate) use undealt::Undealt;

/// State is kept in so many logical shards, whatever the number of threads.
pub(crate) const SHARDS: usize = 64;

/// What one record contributes to correlation. Plain: names stand in the [`Texts`] of its batch.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    /// When it happened; a record without a time takes that of the record before it in its file. The
    /// beginning of time where none is known: such a record is evidence of what it says, and counts for nothing.
    pub time: EventTime,
    pub at: RecordId,
    pub line: u64,
    pub source: Option<IpAddr>,
    pub names: Names,
    pub kind: SignalKind,
}

/// Names that a record holds, as far as its kind of signal needs them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names {
    pub host: TextId,
    pub user: TextId,
    /// What was touched: a URL path, a file, a statement's table.
    pub object: TextId,
    /// The service that was logged in to, or the program that a local record names.
    pub service: TextId,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SignalKind {
    /// Any HTTP request.
    Request(Request),
    /// A request that sends a login form.
    WebLogin(Request),
    /// A request that may bring a file: sent to a path that looks like an upload.
    Upload(Request),
    /// A login to a service. `weight` counts repeats that the log folded into one line; `log` is the kind
    /// of log, for several of them tell of one login; `process` is the process that wrote the record
    /// where it may write two of one try, else 0.
    /// `beyond_ssh` is more of a failed try at another service than sshd.
    Login { success: bool, weight: u32, log: FormatId, process: u32, beyond_ssh: Option<Try> },
    /// sshd looked up an account that does not exist; whether a password follows is not known yet.
    Lookup { log: FormatId },
    /// A rule fired; the request is empty (status 0) where there is no HTTP answer. `by_person`: a host's own
    /// record, of what somebody did who had logged in. `by_api`: an interface's own record that it did what it was asked.
    Match {
        request: Request,
        rule: u32,
        scenario: Scenario,
        level: Level,
        by_person: bool,
        by_api: bool,
    },
    /// A record's part in one correlation rule.
    Part(Part),
}

/// A failed try to log in, as services other than sshd tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    /// The client's port, by which a connection is known; 0 where the log does not say.
    pub port: u16,
    /// The account does not exist.
    pub is_unknown: bool,
}

/// What can be told of a request without its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub status: u16,
    /// Mark of the path.
    pub path: u32,
    /// Mark of the virtual host, of the log file where the log names none. 0 where an error log tells of the request: an
    /// access log may, too, and what a site is asked for is counted there.
    pub site: u32,
    /// Mark of the query string, 0 without one.
    pub query: u32,
    /// Mark of the user agent.
    pub agent: u32,
    /// Bytes of the answer; more than 4 GiB count as 4 GiB.
    pub bytes: u32,
    pub traits: Traits,
}

impl Request {
    pub(crate) const fn method(self) -> MethodClass {
        self.traits.method()
    }
}

impl SignalKind {
    /// The request behind a signal, where there is one.
    pub(crate) fn request(self) -> Option<Request> {
        match self {
            Self::Request(request)
            | Self::WebLogin(request)
            | Self::Upload(request)
            | Self::Match { request, .. } => (request.status != 0).then_some(request),
            Self::Login { .. } | Self::Lookup { .. } | Self::Part(_) => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u16)]
pub enum MethodClass {
    #[default]
    Other,
    /// `GET`, `HEAD`, `OPTIONS`: asks.
    Read,
    /// `POST`, `PATCH`, `DELETE`: changes something.
    Write,
    /// Writes the file that its path names.
    Put,
}

impl MethodClass {
    pub fn of(method: &[u8]) -> Self {
        match method {
            b"GET" | b"HEAD" | b"OPTIONS" => Self::Read,
            b"POST" | b"PATCH" | b"DELETE" => Self::Write,
            b"PUT" => Self::Put,
            _ => Self::Other,
        }
    }
}

/// A record's part in one correlation rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Place in the list of correlation rules.
    pub correlation: u32,
    /// Which member of the correlation the record speaks for.
    pub member: u32,
    /// It counts only when this correlation, a member of the other, comes true by the same record.
    pub via: Option<u32>,
    /// The outermost correlation that it belongs to, and its group there: they share a shard.
    pub family: u32,
    pub home: TextId,
    /// The rule that fired.
    pub rule: u32,
    /// The values that it is grouped by.
    pub group: TextId,
    /// The value that a `value_count` counts.
    pub value: TextId,
}

impl Signal {
    /// Order of a run: by time, then by place.
    pub fn order(&self) -> (EventTime, RecordId) {
        (self.time, self.at)
    }
}

/// For whose state a signal is dealt to a shard. One signal may be dealt for several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its source address, or the host itself where it has none.
    Origin,
    /// Its group of a correlation rule.
    Group,
    /// The site that was asked; all sites are in one shard, which has a share of memory for them.
    Site,
    /// A match on a request that is posted for its site already.
    Attack,
}

/// Where all sites are.
pub(crate) const SITE_SHARD: u8 = 0;

/// A signal, and for whose state.
#[derive(Clone, Copy, Debug)]
struct Dealt {
    signal: Signal,
    role: Role,
}

/// The signals of one batch, dealt to shards, and the texts they refer to.
#[derive(Debug)]
pub struct Signals {
    undealt: Undealt,
    /// How many were dealt.
    count: usize,
    texts: Texts,
    /// By shard, one copy for each state: whoever takes up a shard reads on from one to the next.
    dealt: Vec<Dealt>,
    /// Where each shard's part of `dealt` begins, and where the last one ends.
    begins: [u32; SHARDS + 1],
    newest: Option<EventTime>,
    is_sorted: bool,
    /// Hosts whose sshd refused a password, and those whose sshd looked up an account that does not exist.
    password_hosts: Hosts,
    lookup_hosts: Hosts,
    /// The latest request that was posted for its site: several rules may fire on one.
    asked: Option<RecordId>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            undealt: Undealt::default(),
            count: 0,
            texts: Texts::default(),
            dealt: Vec::new(),
            begins: [0; SHARDS + 1],
            newest: None,
            is_sorted: true,
            password_hosts: Hosts::default(),
            lookup_hosts: Hosts::default(),
            asked: None,
        }
    }
}

impl Signals {
    /// Forgets everything and keeps the buffers.
    pub fn clear(&mut self) {
        self.undealt.clear();
        self.count = 0;
        self.texts.clear();
        self.dealt.clear();
        self.begins = [0; SHARDS + 1];
        (self.password_hosts, self.lookup_hosts) = (Hosts::default(), Hosts::default());
        (self.newest, self.is_sorted, self.asked) = (None, true, None);
    }

    /// Makes room for the signals of so many records: one each, as a rule, posted for two.
    pub(crate) fn reserve(&mut self, records: usize) {
        self.undealt.reserve(records);
    }

    /// Gathers signals in the buffers of a thread until they are dealt, and gives them back with the next call: they stay
    /// near the thread's core, where those of a batch go to whoever takes it up next.
    pub(crate) fn swap_undealt(&mut self, own: &mut Undealt) {
        std::mem::swap(&mut self.undealt, own);
    }

    pub fn len(&self) -> usize {
        self.count + self.undealt.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The latest time of a signal.
    pub fn newest(&self) -> Option<EventTime> {
        self.newest
    }

    pub(crate) fn texts_mut(&mut self) -> &mut Texts {
        &mut self.texts
    }

    /// Takes note that a host's sshd refused a password.
    pub(crate) fn note_password(&mut self, host: TextId) {
        self.password_hosts.note(host, &self.texts);
    }

    pub(crate) fn takes_passwords(&self, host: TextId) -> bool {
        self.password_hosts.has(host, &self.texts)
    }

    /// Marks of the hosts whose sshd refused a password.
    pub(crate) fn password_hosts(&self) -> impl Iterator<Item = u32> {
        self.password_hosts.marks()
    }

    pub(crate) fn note_lookup(&mut self, host: TextId) {
        self.lookup_hosts.note(host, &self.texts);
    }

    /// Whether some host looked up accounts and refused no password.
    pub(crate) fn has_open_lookups(&self) -> bool {
        !self.lookup_hosts.are_among(&self.password_hosts)
    }

    /// Adds a record's signal and posts it to the shards of everybody whose state it touches.
    pub(crate) fn push(&mut self, signal: Signal) {
        self.is_sorted &= self.undealt.last().is_none_or(|last| last.order() <= signal.order());
        self.newest = self.newest.max(Some(signal.time));
        self.undealt.push(signal);
        let of_site = signal.kind.request().filter(|request| request.site != 0);
        let asks = of_site.is_some() && self.asked != Some(signal.at);
        let mut post = |shard: u8, role| self.undealt.post(shard, role);
        match signal.kind {
            SignalKind::Part(part) => post(group_shard(&part, &self.texts), Role::Group),
            SignalKind::Request(_)
            | SignalKind::WebLogin(_)
            | SignalKind::Upload(_)
            | SignalKind::Login { .. }
            | SignalKind::Lookup { .. }
            | SignalKind::Match { .. } => post(origin_shard(&signal, &self.texts), Role::Origin),
        }
        if asks {
            post(SITE_SHARD, Role::Site);
            self.asked = Some(signal.at);
        } else if of_site.is_some() && matches!(signal.kind, SignalKind::Match { .. }) {
            post(SITE_SHARD, Role::Attack);
        }
    }

    /// Sorts what was posted by shard, and inside a shard by time and place. Call it once, at the end.
    pub(crate) fn deal(&mut self) {
        self.begins = self.undealt.sort(self.is_sorted);
        self.dealt.extend(self.undealt.deal());
        self.count = self.undealt.len();
        self.undealt.clear();
    }

    /// The part of a shard, as a range for [`Signals::seen`].
    pub(crate) fn of_shard(&self, shard: usize) -> std::ops::Range<usize> {
        let at = |place: usize| self.begins.get(place).map_or(0, |begin| *begin as usize);
        at(shard)..at(shard + 1)
    }

    /// Fetches the beginning of a shard's part; the processor finds the rest by itself.
    pub(crate) fn fetch(&self, shard: usize) {
        const FIRST: usize = 4;
        let dealt = self.dealt.get(self.of_shard(shard)).unwrap_or_default();
        for dealt in dealt.iter().take(FIRST) {
            fetch(&dealt.signal.time);
            fetch(&dealt.signal.kind);
        }
    }

    pub(crate) fn seen(&self, place: usize) -> Option<(Seen<'_>, Role)> {
        let Dealt { signal, role } = self.dealt.get(place)?;
        Some((Seen { signal, texts: &self.texts, stated: signal.time }, *role))
    }
}

/// A signal with its texts: what the analyses over time are handed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) signal: &'a Signal,
    pub(crate) texts: &'a Texts,
    /// The time that the record states. A match that came too late is taken up at a later
    /// [`Signal::time`], so that state sees time go forward only.
    pub(crate) stated: EventTime,
}

impl std::ops::Deref for Seen<'_> {
    type Target = Signal;

    fn deref(&self) -> &Signal {
        self.signal
    }
}

impl<'a> Seen<'a> {
    /// Whether it is known when it happened.
    pub(crate) fn is_timed(&self) -> bool {
        self.stated != EventTime::MIN
    }

    pub(crate) fn user(&self) -> Option<&'a str> {
        self.texts.get(self.signal.names.user)
    }

    pub(crate) fn host(&self) -> Option<&'a str> {
        self.texts.get(self.signal.names.host)
    }

    pub(crate) fn service(&self) -> Option<&'a str> {
        self.texts.get(self.signal.names.service)
    }

    pub(crate) fn object(&self) -> Option<&'a str> {
        self.texts.get(self.signal.names.object)
    }
}

fn origin_shard(signal: &Signal, texts: &Texts) -> u8 {
    shard_of(match signal.source {
        Some(IpAddr::V4(v4)) => mark(&v4.octets()),
        Some(IpAddr::V6(v6)) => mark(&v6.octets()),
        None => texts.mark(signal.names.host).unwrap_or(0),
    })
}

fn group_shard(part: &Part, texts: &Texts) -> u8 {
    shard_of(texts.mark(part.home).unwrap_or(0) ^ mark(&part.family.to_le_bytes()))
}

/// The top six bits: tables inside a shard use other hashes.
fn shard_of(mark: u64) -> u8 {
    u8::try_from(mark >> 58).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use sancha_model::FileId;

    use super::*;

    fn request(seconds: i64, source: [u8; 4]) -> Signal {
        Signal {
            time: EventTime::from_seconds(seconds),
            at: RecordId { file: FileId(0), offset: seconds.unsigned_abs() },
            line: 1,
            source: Some(source.into()),
            names: Names::default(),
            kind: SignalKind::Request(Request::default()),
        }
    }

    #[test]
    fn a_method_is_kept_among_the_traits() {
        for method in [MethodClass::Other, MethodClass::Read, MethodClass::Write, MethodClass::Put]
        {
            let traits = Traits::CHECK.with(Traits::ASSET).by(method);
            assert_eq!(Request { traits, ..Request::default() }.method(), method);
            assert!(traits.has(Traits::CHECK) && traits.has(Traits::ASSET));
            assert!(!traits.has(Traits::CALL.with(Traits::PROBE)));
        }
    }

    #[test]
    fn a_signal_is_small_and_plain() {
        assert!(size_of::<Signal>() <= 104, "{}", size_of::<Signal>());
    }

    #[test]
    fn every_shard_gets_its_signals_in_order() {
        let mut signals = Signals::default();
        for (number, seconds) in [(1, 30), (2, 10), (1, 20), (3, 40), (1, 10)] {
            signals.push(request(seconds, [10, 0, 0, number]));
        }
        signals.deal();
        let mut all = 0;
        for shard in 0..SHARDS {
            let seen: Vec<_> = signals.of_shard(shard).filter_map(|at| signals.seen(at)).collect();
            assert!(seen.is_sorted_by_key(|(seen, _)| seen.order()));
            all += seen.len();
        }
        assert_eq!(all, 5);
    }
}
