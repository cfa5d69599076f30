//! Password guessing against a service, and what came of it.

use std::{collections::VecDeque, net::IpAddr};

use sancha_model::{EventTime, Level, LocalText, Outcome, Scenario};

use super::{
    listed,
    tally::{Draft, Names, Tally},
};
use crate::{signal::Seen, texts};

/// Five failures in ten minutes: what a person who forgot a password does not reach.
const FAST_FAILURES: usize = 5;
const FAST_WINDOW: i64 = 10 * EventTime::MINUTE;
/// Slow guessing: this many failures without ever being fast, spread over at least [`SLOW_SPAN`].
const SLOW_FAILURES: u64 = 20;
const SLOW_SPAN: i64 = 12 * EventTime::HOUR;
/// Many accounts tried: spraying rather than guessing one password.
const SPRAY_USERS: usize = 10;
/// A login counts as the guess that hit only after so many failures or so many different accounts:
/// somebody who mistypes five times and then gets in is no intruder.
const HIT_FAILURES: u64 = 10;
const HIT_USERS: usize = 3;
/// Slow guessing pauses for days; a finding is closed after this long.
const LOGIN_GAP: i64 = 3 * EventTime::DAY;

#[derive(Clone, Debug, Default)]
pub(super) struct Logins {
    recent: VecDeque<EventTime>,
    fast: bool,
    service: Option<Box<str>>,
    tally: Tally,
    hit_users: Names,
}

impl Logins {
    pub(super) fn accept(
        &mut self,
        signal: Seen<'_>,
        success: bool,
        weight: u32,
        source: IpAddr,
        drafts: &mut Vec<Draft>,
    ) {
        if self.tally.last.is_some_and(|last| signal.time.since(last) > LOGIN_GAP) {
            self.close(source, drafts);
        }
        if success {
            self.succeeded(signal);
        } else {
            self.failed(signal, weight);
        }
    }

    fn failed(&mut self, signal: Seen<'_>, weight: u32) {
        if self.service.is_none() {
            self.service = signal.service().map(Into::into);
        }
        self.tally.add(signal, u64::from(weight));
        for _ in 0..weight.min(5) {
            self.recent.push_back(signal.time);
        }
        while self.recent.len() > FAST_FAILURES {
            self.recent.pop_front();
        }
        let spread = self.recent.front().map_or(i64::MAX, |first| signal.time.since(*first));
        self.fast |= self.recent.len() == FAST_FAILURES && spread <= FAST_WINDOW;
    }

    fn succeeded(&mut self, signal: Seen<'_>) {
        let many = self.tally.count >= HIT_FAILURES || self.tally.users.len() >= HIT_USERS;
        if self.is_found() && many {
            self.tally.decide(signal.at, signal.line);
            self.tally.last = Some(signal.time);
            self.hit_users.add(signal.texts, signal.names.user);
        }
    }

    fn is_slow(&self) -> bool {
        let span =
            self.tally.last.zip(self.tally.first).map_or(0, |(last, first)| last.since(first));
        !self.fast && self.tally.count >= SLOW_FAILURES && span >= SLOW_SPAN
    }

    fn is_found(&self) -> bool {
        self.fast || self.is_slow()
    }

    fn scenario(&self) -> Scenario {
        if !self.fast {
            Scenario::BRUTE_SLOW
        } else if self.tally.users.len() >= SPRAY_USERS
            && self.tally.count < 3 * self.tally.users.len() as u64
        {
            Scenario::BRUTE_SPRAY
        } else {
            Scenario::BRUTE_PASSWORD
        }
    }

    pub(super) fn close(&mut self, source: IpAddr, drafts: &mut Vec<Draft>) {
        let closed = std::mem::take(self);
        if !closed.is_found() {
            return;
        }
        let hit = !closed.hit_users.is_empty();
        let users = listed(&closed.hit_users);
        let service =
            closed.service.as_deref().map_or_else(|| texts::UNNAMED.local(), LocalText::same);
        drafts.push(Draft {
            source: Some(source),
            sources: Vec::new(),
            scenario: closed.scenario(),
            level: if hit { Level::Critical } else { Level::Medium },
            outcome: if hit { Outcome::LikelySucceeded } else { Outcome::Attempted },
            reason: if hit {
                texts::REASON_LOGIN_AFTER_FAILURES.fill(&[("users", users)])
            } else {
                texts::REASON_NO_LOGIN.local()
            },
            analyses: vec!["sancha.brute_force.service"],
            text: &texts::BRUTE_SERVICE,
            values: vec![("service", service)],
            tally: closed.tally,
        });
    }
}
