//! Scanning: many different paths that do not exist or are refused.

use std::net::IpAddr;

use sancha_model::{EventTime, Level, LocalText, Outcome, Scenario};

use super::tally::{Draft, Tally};
use crate::{signal::Seen, texts};

/// A scanner asks for at least so many different paths that the server does not give.
const MIN_PATHS: u32 = 15;
/// A source is looked at closely from here on, so that its lines are kept as evidence.
const NOTE_PATHS: u32 = 4;

/// First tier of a source: at most 32 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Glance {
    /// Refused paths, one bit each by their hash: linear counting (Whang et al., 1990).
    paths: u64,
    requests: u32,
    refused: u32,
    last_seconds: u32,
}

impl Glance {
    pub(super) fn add(&mut self, time: EventTime, status: u16, path: u32) {
        let seconds = u32::try_from(time.seconds()).unwrap_or(0);
        if seconds.saturating_sub(self.last_seconds) > 86_400 {
            *self = Self::default();
        }
        self.last_seconds = seconds;
        self.requests = self.requests.saturating_add(1);
        if is_refused(status) {
            self.refused = self.refused.saturating_add(1);
            self.paths |= 1 << (path % 64);
        }
    }

    pub(super) fn last(&self) -> u32 {
        self.last_seconds
    }

    /// Estimated number of different refused paths.
    pub(super) fn paths(&self) -> u32 {
        let zeros = self.paths.count_zeros();
        if zeros == 0 {
            return 266; // 64 ln 64: the bitmap can tell no more
        }
        let estimate = -64.0 * (f64::from(zeros) / 64.0).ln();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 266")]
        let rounded = estimate.round() as u32;
        rounded
    }

    pub(super) fn is_of_note(&self) -> bool {
        self.paths.count_ones() >= NOTE_PATHS && self.refused * 3 >= self.requests
    }

    fn is_scan(&self) -> bool {
        self.refused >= MIN_PATHS && self.refused * 2 >= self.requests && self.paths() >= MIN_PATHS
    }
}

pub(super) fn is_refused(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 405 | 414 | 444 | 501)
}

/// What is kept of a source that may be scanning.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    glance: Glance,
    found: bool,
    tally: Tally,
}

impl Scan {
    pub(super) fn new(glance: Glance) -> Self {
        Self { glance, ..Self::default() }
    }

    pub(super) fn accept(
        &mut self,
        signal: Seen<'_>,
        status: u16,
        path: u32,
        source: IpAddr,
        drafts: &mut Vec<Draft>,
    ) {
        if self.tally.is_over(signal.time) {
            self.close(source, drafts);
        }
        self.glance.add(signal.time, status, path);
        if is_refused(status) {
            self.tally.add(signal, 1);
            self.found |= self.glance.is_scan();
        }
    }

    pub(super) fn close(&mut self, source: IpAddr, drafts: &mut Vec<Draft>) {
        let Self { glance, found, tally } = std::mem::take(self);
        if !found {
            return;
        }
        let paths = LocalText::same(glance.paths().to_string());
        drafts.push(Draft {
            source: Some(source),
            sources: Vec::new(),
            scenario: Scenario::SCAN_WEB,
            level: Level::Low,
            outcome: Outcome::Attempted,
            reason: texts::REASON_ONLY_ATTEMPTS.local(),
            analyses: vec!["sancha.scan.web"],
            text: &texts::SCAN_WEB,
            values: vec![("paths", paths), ("count", LocalText::same(glance.requests.to_string()))],
            tally,
        });
    }
}
