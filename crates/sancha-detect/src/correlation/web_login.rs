//! Password guessing against a login page, seen in an access log.
//!
//! The log shows no password and no account, only that the form was sent and how the server
//! answered. A page that stays (200, 401, 403) is a failure; the first redirect after failures, and
//! pages behind it afterwards, are the sign of a success.

use std::{collections::VecDeque, net::IpAddr};

use sancha_model::{EventTime, Level, Outcome, RecordId, Scenario};

use super::tally::{Draft, Tally};
use crate::{signal::Seen, texts};

const FAST_POSTS: usize = 8;
const FAST_WINDOW: i64 = 10 * EventTime::MINUTE;
const SLOW_POSTS: u64 = 40;
/// Pages behind the login must follow within this time.
const ENTRY_WINDOW: i64 = 10 * EventTime::MINUTE;

#[derive(Clone, Debug, Default)]
pub(super) struct WebLogins {
    recent: VecDeque<EventTime>,
    found: bool,
    stayed: u64,
    moved: Option<(EventTime, RecordId, u64)>,
    entered: Option<(RecordId, u64)>,
    tally: Tally,
}

impl WebLogins {
    pub(super) fn submitted(
        &mut self,
        signal: Seen<'_>,
        status: u16,
        source: IpAddr,
        drafts: &mut Vec<Draft>,
    ) {
        if self.tally.is_over(signal.time) {
            self.close(source, drafts);
        }
        let redirected = matches!(status, 301 | 302 | 303 | 307);
        if redirected && self.found && self.stayed >= FAST_POSTS as u64 && self.moved.is_none() {
            self.moved = Some((signal.time, signal.at, signal.line));
        } else if !redirected {
            self.stayed += 1;
        }
        self.tally.add(signal, 1);
        self.recent.push_back(signal.time);
        while self.recent.len() > FAST_POSTS {
            self.recent.pop_front();
        }
        let spread = self.recent.front().map_or(i64::MAX, |first| signal.time.since(*first));
        self.found |= (self.recent.len() == FAST_POSTS && spread <= FAST_WINDOW)
            || self.tally.count >= SLOW_POSTS;
    }

    /// Any other request of the source: a page behind the login is the second signal.
    pub(super) fn visited(&mut self, signal: Seen<'_>, status: u16) {
        if let Some((when, _, _)) = self.moved
            && self.entered.is_none()
            && status == 200
            && signal.time.since(when) <= ENTRY_WINDOW
        {
            self.entered = Some((signal.at, signal.line));
        }
    }

    pub(super) fn close(&mut self, source: IpAddr, drafts: &mut Vec<Draft>) {
        let mut closed = std::mem::take(self);
        if !closed.found {
            return;
        }
        if let (Some((_, at, line)), Some(entered)) = (closed.moved, closed.entered) {
            closed.tally.decide(at, line);
            closed.tally.decide(entered.0, entered.1);
        }
        let (outcome, level, reason) = match (closed.moved, closed.entered) {
            (Some(_), Some(_)) => {
                (Outcome::LikelySucceeded, Level::Critical, &texts::REASON_WEB_LOGIN_MOVED)
            }
            (Some(_), None) => {
                (Outcome::NotDeterminable, Level::High, &texts::REASON_NO_SECOND_SIGNAL)
            }
            (None, _) => (Outcome::Attempted, Level::Medium, &texts::REASON_NO_LOGIN),
        };
        drafts.push(Draft {
            source: Some(source),
            scenario: Scenario::BRUTE_PASSWORD,
            level,
            outcome,
            reason: reason.local(),
            analyses: vec!["sancha.brute_force.web"],
            text: &texts::BRUTE_WEB,
            values: Vec::new(),
            tally: closed.tally,
        });
    }
}
