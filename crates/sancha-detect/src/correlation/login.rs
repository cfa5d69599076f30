//! Password guessing against a service by one source, and what came of it.

use std::net::IpAddr;

use sancha_model::{EventTime, FormatId, Level, Outcome, RecordId, Scenario};

use super::{
    distinct::Distinct,
    distributed::{Low, is_robots},
    findings::listed,
    haste::Haste,
    packed::Drafts,
    rhythm::Rhythm,
    tally::{Draft, Entered, Names, Tally},
    tries::{Tries, Witness, machine},
};
use crate::{
    Try,
    fetch::{fetch, fetch_first},
    signal::Seen,
    texts,
};

/// Five failures in ten minutes: what a person who forgot a password does not reach.
const FAST_FAILURES: usize = 5;
pub(super) const FAST_WINDOW: i64 = 10 * EventTime::MINUTE;
/// Slow guessing: so many failures, none of them explained, spread over at least [`SLOW_SPAN`]. One
/// every two hours over a day; a person who failed so often has asked for a new password.
const SLOW_FAILURES: u64 = 12;
const SLOW_SPAN: i64 = 12 * EventTime::HOUR;
/// Many accounts tried and none entered: spraying rather than guessing one password. A person has one
/// or two accounts; an office behind one address enters those it fails at.
const SPRAY_ACCOUNTS: u64 = 10;
/// Spraying gives each account few tries, or it would be locked.
const SPRAY_TRIES: u64 = 3;
/// Stuffing: a list of names and passwords is gone through once, hardly any account twice.
const STUFFING_ACCOUNTS: u64 = 100;
const STUFFING_TRIES_PERCENT: u64 = 120;
/// A login counts as the guess that hit only after so many failures or so many different accounts:
/// somebody who mistypes five times and then gets in is no intruder.
const HIT_FAILURES: u64 = 10;
const HIT_ACCOUNTS: u64 = 3;
/// Slow guessing pauses for days; a finding is closed after this long.
pub(super) const LOGIN_GAP: i64 = 3 * EventTime::DAY;
/// An office, a terminal server: of so many in a hundred accounts that failed each logs in within [`FAST_WINDOW`] of it, and
/// of all failures hardly one in so many belongs to an account that does not. A list of leaked passwords fits one account
/// in a hundred.
const OFFICE_PERCENT: u64 = 80;
const OFFICE_OPEN: u64 = 20;
/// A client with an old password is known by its clock after so long.
const CLIENT_SPAN: i64 = 2 * EventTime::DAY;
/// Accounts remembered as having failed beside those whose names are kept: the latest.
const BEYOND_KEPT: usize = 64;
/// Accounts remembered as having logged in from a source.
const KNOWN_KEPT: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Logins {
    recent: Recent,
    fast: bool,
    found: bool,
    /// Tells tries from the records that several kinds of log keep of one.
    failed: Tries,
    entered: Tries,
    service: Option<Box<str>>,
    /// Mark of the host named last, and the machine that it is.
    host: (u64, u32),
    tally: Tally,
    /// Accounts that failed without having logged in from here before.
    accounts: Distinct,
    /// Failures by place of the name in `tally.users`; none again once the account has logged in.
    failures: Vec<Failed>,
    /// Failures of accounts that had not logged in from here, and those of them that have not since.
    tried: u64,
    unexplained: u64,
    /// Accounts that failed and then logged in, and those that did soon.
    explained_accounts: u64,
    soon: u64,
    successes: u64,
    rhythm: Rhythm,
    /// Marks of accounts that have logged in from here.
    known: Vec<u64>,
    aside: Option<Box<Aside>>,
}

/// How often an account failed, and the second in which it did last.
#[derive(Clone, Copy, Debug, Default)]
struct Failed {
    tries: u32,
    second: u32,
}

impl Failed {
    fn add(&mut self, tries: u32, time: EventTime) {
        self.tries = self.tries.saturating_add(tries);
        self.second = u32::try_from(time.seconds()).unwrap_or(0);
    }

    fn is_soon(self, time: EventTime) -> bool {
        time.seconds() - i64::from(self.second) <= FAST_WINDOW / EventTime::SECOND
    }
}

/// What few sources have.
#[derive(Clone, Debug, Default)]
struct Aside {
    /// Accounts whose guessed password let the source in.
    hit: Entered,
    /// Beside the first one.
    services: Names,
    /// Failures of accounts whose names are not kept, by mark, the latest last.
    beyond: Vec<(u64, Failed)>,
    /// Accounts that failed here, had not logged in from here before, and then did: mistyped, as a rule.
    explained: Names,
    explained_at: Option<(EventTime, RecordId, u64)>,
    /// Tries at services other than sshd that no one person makes.
    haste: Haste,
}

impl Aside {
    fn bytes(&self) -> usize {
        let hit = self.hit.users.bytes() + self.hit.hosts.bytes();
        let names = hit + self.services.bytes() + self.explained.bytes();
        let beyond = self.beyond.capacity() * size_of::<(u64, Failed)>();
        size_of::<Self>() + names + beyond + self.haste.bytes()
    }

    /// Failures of an account whose name is not kept.
    fn failed(&mut self, account: u64, tries: u32, time: EventTime) {
        let known = self.take(account);
        if self.beyond.len() == BEYOND_KEPT {
            self.beyond.remove(0);
        }
        let mut failed = known.unwrap_or_default();
        failed.add(tries, time);
        self.beyond.push((account, failed));
    }

    fn take(&mut self, account: u64) -> Option<Failed> {
        let place = self.beyond.iter().rposition(|(known, _)| *known == account)?;
        Some(self.beyond.remove(place).1)
    }
}

/// What a record says of a login.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) success: bool,
    /// Repeats that the log folded into one line.
    pub(super) weight: u32,
    pub(super) log: FormatId,
    /// Of sshd, where its log may hold two records of one try; else 0.
    pub(super) process: u32,
    /// Of a failure at another service than sshd.
    pub(super) beyond_ssh: Option<Try>,
}

/// The latest failures, oldest first, each with the low half of its account's mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    times: [EventTime; FAST_FAILURES],
    accounts: [u32; FAST_FAILURES],
}

impl Default for Recent {
    fn default() -> Self {
        Self { times: [EventTime::MIN; FAST_FAILURES], accounts: [0; FAST_FAILURES] }
    }
}

impl Recent {
    /// Whether the latest ones, with this one, lie within the window.
    pub(super) fn add(&mut self, time: EventTime, account: u64, weight: u32) -> bool {
        let repeats = (weight as usize).min(FAST_FAILURES);
        for _ in 0..repeats {
            self.times.rotate_left(1);
            self.accounts.rotate_left(1);
            self.times[FAST_FAILURES - 1] = time;
            self.accounts[FAST_FAILURES - 1] = low_half(account);
        }
        weight > 0 && time.since(self.times[0]) <= FAST_WINDOW
    }

    /// Forgets an account's failures, for it has logged in: an office mistypes often, each its own password.
    fn explain(&mut self, account: u64) {
        let rest = *self;
        *self = Self::default();
        for (time, other) in rest.times.into_iter().zip(rest.accounts) {
            if time > EventTime::MIN && other != low_half(account) {
                self.add(time, u64::from(other), 1);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half a mark tells five accounts apart")]
fn low_half(account: u64) -> u32 {
    account as u32
}

impl Logins {
    /// An account has logged in from here before.
    pub(super) fn knows(&mut self, account: u64) {
        if self.known.len() < KNOWN_KEPT && !self.known.contains(&account) {
            self.known.push(account);
        }
    }

    /// Whether any account has logged in from here.
    pub(super) fn has_entered(&self) -> bool {
        !self.known.is_empty()
    }

    /// Fetches all that [`Self::accept`] will look at for a failure.
    pub(super) fn fetch(&self) {
        self.failed.fetch();
        self.tally.fetch();
        self.accounts.fetch();
        fetch_first(&self.failures);
        fetch_first(&self.known);
        fetch(&self.unexplained);
    }

    /// Returns what ended with this record: guessing, or failures too few to be guessing.
    pub(super) fn accept(
        &mut self,
        signal: Seen<'_>,
        record: Record,
        source: IpAddr,
        drafts: &mut Drafts,
    ) -> Option<Low> {
        let is_over = self.tally.last.is_some_and(|last| signal.time.since(last) > LOGIN_GAP);
        let low = if is_over { self.close(source, drafts) } else { None };
        let by = Witness { log: record.log, machine: self.machine(signal) };
        if record.success {
            self.successes += u64::from(self.entered.add(signal.time, by, 1));
            self.succeeded(signal);
        } else {
            let account = signal.texts.mark(signal.names.user).unwrap_or(0);
            let is_double = self.failed.is_double(signal.time, record.process, account);
            let tries = if is_double { 0 } else { self.failed.add(signal.time, by, record.weight) };
            self.failed(signal, tries, source);
            if let Some(tried) = record.beyond_ssh.filter(|_| tries > 0) {
                self.hurried(signal.time, account, tried);
            }
        }
        low
    }

    /// The machine of a record: mostly that of the one before.
    fn machine(&mut self, signal: Seen<'_>) -> u32 {
        let host = signal.texts.mark(signal.names.host).unwrap_or(0);
        if self.host.0 != host {
            self.host = (host, machine(signal.host().unwrap_or_default()));
        }
        self.host.1
    }

    fn hurried(&mut self, time: EventTime, account: u64, tried: Try) {
        if self.known.contains(&account) {
            return;
        }
        let haste = &mut self.aside.get_or_insert_default().haste;
        haste.add(time, account, tried);
        let is_told = haste.has_many_accounts() || haste.is_of_one_connection();
        self.found = self.found || is_told && self.is_mostly_failing();
    }

    /// A record of failure, which adds so many tries: none, where another kind of log told of it.
    fn failed(&mut self, signal: Seen<'_>, tries: u32, source: IpAddr) {
        match (&self.service, signal.service()) {
            (None, service) => self.service = service.map(Into::into),
            (Some(first), Some(other)) if **first != *other => {
                let aside = self.aside.get_or_insert_default();
                aside.services.add(signal.texts, signal.names.service);
            }
            (Some(_), _) => (),
        }
        let kept = self.tally.users.len();
        let place = self.tally.add(signal, u64::from(tries));
        let mark = signal.texts.mark(signal.names.user).unwrap_or(0);
        self.fast = self.fast || self.recent.add(signal.time, mark, tries);
        if !self.known.contains(&mark) {
            // A name that is kept was counted when it came.
            if place.is_none_or(|place| place == kept) {
                self.accounts.add(mark);
            }
            self.tried += u64::from(tries);
            self.unexplained += u64::from(tries);
            if let Some(place) = place {
                if self.failures.len() <= place {
                    self.failures.resize(place + 1, Failed::default());
                }
                if let Some(failed) = self.failures.get_mut(place) {
                    failed.add(tries, signal.time);
                }
            } else if mark != 0 && tries > 0 && self.successes > 0 {
                // Where nobody of fifty accounts got in, the next ones are no people of one office.
                self.aside.get_or_insert_default().failed(mark, tries, signal.time);
            }
        }
        if tries > 0 && !self.fast {
            self.rhythm.add(signal.time);
        }
        if !self.found {
            self.found = self.fast || self.is_spray() || self.is_slow(source);
        }
    }

    fn succeeded(&mut self, signal: Seen<'_>) {
        let Some(mark) = signal.texts.mark(signal.names.user) else { return };
        let failed = match self.tally.users.place(mark) {
            Some(place) => self.failures.get_mut(place).map(std::mem::take),
            None => self.aside.as_mut().and_then(|aside| aside.take(mark)),
        };
        let failed = failed.unwrap_or_default();
        let own = failed.tries;
        let many = self.unexplained >= HIT_FAILURES || self.open_accounts() >= HIT_ACCOUNTS;
        if self.found && many && !self.known.contains(&mark) {
            self.tally.decide(signal.at, signal.line);
            self.tally.last = Some(signal.time);
            let aside = self.aside.get_or_insert_default();
            aside.hit.users.add(signal.texts, signal.names.user);
            aside.hit.hosts.add(signal.texts, signal.names.host);
            aside.hit.at.get_or_insert(signal.time);
        }
        if own > 0 {
            self.recent.explain(mark);
            self.unexplained = self.unexplained.saturating_sub(u64::from(own));
            self.explained_accounts += 1;
            self.soon += u64::from(failed.is_soon(signal.time));
            if !self.found && !self.known.contains(&mark) {
                let aside = self.aside.get_or_insert_default();
                aside.explained.add(signal.texts, signal.names.user);
                aside.explained_at.get_or_insert((signal.time, signal.at, signal.line));
            }
        }
        self.knows(mark);
    }

    /// Accounts that failed and have not logged in from here.
    fn open_accounts(&self) -> u64 {
        self.accounts.count().saturating_sub(self.explained_accounts)
    }

    /// An office behind one address logs in more often than it fails for good.
    fn is_mostly_failing(&self) -> bool {
        self.unexplained > self.successes
    }

    fn is_spray(&self) -> bool {
        self.open_accounts() >= SPRAY_ACCOUNTS && self.is_mostly_failing()
    }

    fn is_slow(&self, source: IpAddr) -> bool {
        let span =
            self.tally.last.zip(self.tally.first).map_or(0, |(last, first)| last.since(first));
        self.unexplained >= SLOW_FAILURES
            && span >= SLOW_SPAN
            && self.is_mostly_failing()
            && !self.is_stale_job(source)
    }

    /// A job of one's own that still uses an old password: one account, from inside, like clockwork.
    fn is_stale_job(&self, source: IpAddr) -> bool {
        let inside = match source {
            IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
        };
        inside && self.accounts.count() <= 1 && self.rhythm.is_clockwork()
    }

    /// The same from anywhere, of somebody's own account at a service that people's programs use: a mail client on a
    /// telephone. Somebody who guesses at one account like a clock, for days, looks like this until a guess hits.
    fn is_stale_client(&self) -> bool {
        let span =
            self.tally.last.zip(self.tally.first).map_or(0, |(last, first)| last.since(first));
        let is_of_one = |aside: &Aside| aside.services.len() == 0 && aside.hit.users.len() == 0;
        let is_own = |user: &str| !is_robots(user.split('@').next().unwrap_or(user));
        self.scenario() == Scenario::BRUTE_SLOW
            && span >= CLIENT_SPAN
            && self.accounts.count() <= 1
            && self.rhythm.is_clockwork()
            && self.aside.as_deref().is_none_or(is_of_one)
            && self.service.as_deref().is_some_and(|service| !service.starts_with("sshd"))
            && self.tally.users.iter().all(is_own)
    }

    /// People behind one address who mistype, each the own password, and get in.
    fn is_office(&self) -> bool {
        let accounts = self.accounts.count();
        let open = self.unexplained < HIT_FAILURES || self.unexplained * OFFICE_OPEN <= self.tried;
        accounts >= SPRAY_ACCOUNTS
            && self.soon * 100 >= accounts * OFFICE_PERCENT
            && self.tried < accounts * SPRAY_TRIES
            && open
    }

    fn haste(&self) -> Option<&Haste> {
        self.aside.as_ref().map(|aside| &aside.haste)
    }

    fn scenario(&self) -> Scenario {
        let (accounts, count) = (self.accounts.count(), self.tally.count);
        if accounts >= STUFFING_ACCOUNTS && count * 100 <= accounts * STUFFING_TRIES_PERCENT {
            Scenario::BRUTE_STUFFING
        } else if accounts >= SPRAY_ACCOUNTS && count < SPRAY_TRIES * accounts {
            Scenario::BRUTE_SPRAY
        } else if self.fast || self.haste().is_some_and(Haste::is_of_one_connection) {
            Scenario::BRUTE_PASSWORD
        } else if self.haste().is_some_and(Haste::has_many_accounts) {
            Scenario::BRUTE_SPRAY
        } else {
            Scenario::BRUTE_SLOW
        }
    }

    pub(super) fn close(&mut self, source: IpAddr, drafts: &mut Drafts) -> Option<Low> {
        let known = self.known.clone();
        let closed = std::mem::replace(self, Self { known, ..Self::default() });
        if closed.tally.count == 0 {
            return None;
        }
        let is_ordinary = closed.is_office() || closed.is_stale_client();
        if !closed.found || is_ordinary {
            let is_open = closed.unexplained > 0 && !is_ordinary && !closed.is_stale_job(source);
            let service = closed.service.unwrap_or_default();
            let aside = closed.aside.unwrap_or_default();
            let (entered, entered_at) = (aside.explained, aside.explained_at);
            let is_told = is_open || entered_at.is_some();
            let tally = closed.tally;
            return is_told.then_some(Low { source, service, tally, is_open, entered, entered_at });
        }
        drafts.push(closed.draft(source));
        None
    }

    fn draft(mut self, source: IpAddr) -> Draft {
        let scenario = self.scenario();
        let Aside { hit: entered, services, .. } =
            self.aside.take().map(|aside| *aside).unwrap_or_default();
        let hit = entered.users.len() > 0;
        let users = listed(&entered.users.sorted());
        let others = services.sorted();
        let service: Vec<&str> = self.service.as_deref().into_iter().chain(others).collect();
        let service = listed(&service);
        let (level, outcome, reason) = match (hit, self.successes) {
            (true, _) => {
                let reason = texts::REASON_LOGIN_AFTER_FAILURES.fill(&[("users", users)]).into();
                (Level::Critical, Outcome::LikelySucceeded, reason)
            }
            (false, 0) => (Level::Medium, Outcome::Attempted, (&texts::REASON_NO_LOGIN).into()),
            (false, _) => {
                (Level::Medium, Outcome::NotDeterminable, (&texts::REASON_LOGIN_TOO).into())
            }
        };
        Draft {
            source: Some(source),
            sources: Vec::new(),
            scenario,
            level,
            outcome,
            reason,
            analysis: Some("sancha.brute_force.service"),
            text: &texts::BRUTE_SERVICE,
            values: vec![("service", service)],
            entered,
            tally: self.tally,
        }
    }

    /// Bytes on the heap, about.
    pub(super) fn bytes(&self) -> usize {
        self.tally.bytes()
            + self.accounts.bytes()
            + self.known.capacity() * 8
            + self.failures.capacity() * size_of::<Failed>()
            + self.failed.bytes()
            + self.entered.bytes()
            + self.aside.as_ref().map_or(0, |aside| aside.bytes())
    }
}
