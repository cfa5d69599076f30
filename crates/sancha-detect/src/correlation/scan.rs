//! Scanning: asking for many different things to see what is there.
//!
//! Counted are things that nobody sent the source to: refused or missing pages asked for without a
//! referer, and names that only a search for weaknesses asks for. Missing parts of pages, links that
//! broke with a new site, and what a crawler remembers of the old one are not.

use std::net::IpAddr;

use sancha_model::{EventTime, Level, LocalText, Outcome, Scenario};

use super::{
    findings::listed,
    packed::Drafts,
    tally::{Draft, Entered, Names, Tally},
    tier::Brief,
};
use crate::{MethodClass, Request, Traits, signal::Seen, texts};

/// A scanner asks for at least so many different paths that the server does not give.
const MIN_PATHS: u32 = 15;
/// Of names that ordinary visitors never ask for, fewer are enough.
const MIN_PROBES: u32 = 8;
/// Of a site that answers whatever is asked for, answers say nothing: fewer than one in so many may be answered.
const FEW_ANSWERS: u64 = 3;
/// A source is looked at closely from here on, so that its lines are kept as evidence.
const NOTE_PATHS: u32 = 4;

/// First tier of a source: at most 32 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Glance {
    /// Paths that count, one bit each by their hash: linear counting (Whang et al., 1990).
    paths: [u32; 2],
    /// The same for names that only a search for weaknesses asks for, in half the bits.
    probes: u32,
    /// Pages asked for, and those of them that count.
    requests: u32,
    counted: u32,
    last_seconds: u32,
    /// Size of the latest page without a referer: a site may answer everything with one page.
    bytes: u32,
}

impl Glance {
    /// Takes a request; true when it counts towards a scan.
    pub(super) fn add(&mut self, time: EventTime, request: &Request) -> bool {
        let seconds = u32::try_from(time.seconds()).unwrap_or(0);
        if seconds.saturating_sub(self.last_seconds) > 86_400 {
            *self = Self::default();
        }
        self.last_seconds = seconds;
        if request.traits.has(Traits::ASSET) {
            return false;
        }
        self.requests = self.requests.saturating_add(1);
        let probe = request.traits.has(Traits::PROBE);
        let sent = request.traits.has(Traits::REFERER) || request.traits.has(Traits::CRAWLER);
        let missing = is_refused(request.status) || (probe && self.is_same_page(request));
        if !request.traits.has(Traits::REFERER) {
            self.bytes = request.bytes;
        }
        let counts = missing && (probe || !sent);
        if counts {
            self.counted = self.counted.saturating_add(1);
            if let Some(half) = self.paths.get_mut(usize::from(request.path & 32 != 0)) {
                *half |= 1 << (request.path % 32);
            }
            self.probes |= u32::from(probe) << (request.path % 32);
        }
        counts
    }

    /// A page of the size of the one before, though another was asked for: "not found" with status 200.
    fn is_same_page(&self, request: &Request) -> bool {
        request.status == 200
            && request.method() == MethodClass::Read
            && request.bytes > 0
            && request.bytes.abs_diff(self.bytes) <= request.bytes / 50
    }

    fn different(&self) -> u32 {
        self.paths.iter().map(|half| half.count_ones()).sum()
    }

    /// Estimated number of different paths that count.
    pub(super) fn paths(&self) -> u32 {
        different(64, 64 - self.different())
    }

    pub(super) fn is_of_note(&self) -> bool {
        self.different() >= NOTE_PATHS && self.counted * 3 >= self.requests
    }

    fn is_scan(&self) -> bool {
        let breadth = self.paths() >= MIN_PATHS && self.counted * 2 >= self.requests;
        let search = different(32, self.probes.count_zeros()) >= MIN_PROBES;
        breadth || (search && self.counted * 3 >= self.requests)
    }
}

/// How many were counted in so many bits, of which `zeros` are left.
fn different(bits: u32, zeros: u32) -> u32 {
    let (all, left) = (f64::from(bits), f64::from(zeros.max(1)));
    // With one bit left the estimate ends; with none it can only be more.
    let estimate = all * (all / left).ln() + if zeros == 0 { 1.0 } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 267")]
    let rounded = estimate.round() as u32;
    rounded
}

impl Brief for Glance {
    fn last_seen(&self) -> u32 {
        self.last_seconds
    }
}

fn is_refused(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 405 | 410 | 414 | 444 | 501)
}

/// What is kept of a source that may be scanning.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    glance: Glance,
    found: bool,
    tally: Tally,
    /// What it asked for that only a search for weaknesses does.
    telling: Names,
    /// Such requests that were answered, each unlike the page before; boxed, for few are.
    answered: Option<Box<Tally>>,
}

impl Scan {
    pub(super) fn new(glance: Glance) -> Self {
        Self { glance, ..Self::default() }
    }

    pub(super) fn accept(
        &mut self,
        signal: Seen<'_>,
        request: &Request,
        source: IpAddr,
        drafts: &mut Drafts,
    ) {
        if self.tally.is_over(signal.time) {
            self.close(source, drafts);
        }
        let probe = request.traits.has(Traits::PROBE);
        if self.glance.add(signal.time, request) {
            self.tally.add(signal, 1);
            if probe {
                self.telling.add(signal.texts, signal.names.object);
            }
            self.found |= self.glance.is_scan();
        } else if probe && is_given(request) {
            self.answered.get_or_insert_default().add(signal, 1);
        }
    }

    /// Bytes on the heap, about.
    pub(super) fn bytes(&self) -> usize {
        let answered = self.answered.as_ref().map_or(0, |tally| size_of::<Tally>() + tally.bytes());
        self.tally.bytes() + self.telling.bytes() + answered
    }

    pub(super) fn close(&mut self, source: IpAddr, drafts: &mut Drafts) {
        let Self { glance, found, mut tally, telling, answered } = std::mem::take(self);
        if !found {
            return;
        }
        // Named in the sentence; as what a finding touched they would be as many as a word list has.
        tally.objects = Names::default();
        let answered = answered.filter(|answered| answered.count * FEW_ANSWERS < tally.count);
        drafts.push(Draft {
            source: Some(source),
            sources: Vec::new(),
            scenario: Scenario::SCAN_WEB,
            level: Level::Low,
            outcome: Outcome::Attempted,
            reason: (&texts::REASON_ONLY_ATTEMPTS).into(),
            analysis: Some("sancha.scan.web"),
            text: if telling.len() > 0 { &texts::SCAN_WEB_NAMED } else { &texts::SCAN_WEB },
            values: vec![
                ("paths", LocalText::same(glance.paths().to_string())),
                ("count", LocalText::same(glance.requests.to_string())),
                ("named", listed(&most_telling(&telling))),
            ],
            entered: Entered::default(),
            tally,
        });
        if let Some(answered) = answered {
            drafts.push(forced_browsing(source, *answered));
        }
    }
}

/// A page that a search for weaknesses asked for by its name was given: whether it should be is for the operator.
fn forced_browsing(source: IpAddr, answered: Tally) -> Draft {
    Draft {
        source: Some(source),
        sources: Vec::new(),
        scenario: Scenario::WEB_AUTH_BYPASS,
        level: Level::Medium,
        outcome: Outcome::NotDeterminable,
        reason: (&texts::REASON_NO_SECOND_SIGNAL).into(),
        analysis: Some("sancha.web.forced_browsing"),
        text: &texts::FORCED_BROWSING,
        values: Vec::new(),
        entered: Entered::default(),
        tally: answered,
    }
}

fn is_given(request: &Request) -> bool {
    request.status == 200
        && request.method() == MethodClass::Read
        && request.bytes > 0
        && !request.traits.has(Traits::REFERER)
        && !request.traits.has(Traits::ASSET)
}

/// Secrets and leftovers first, then administration, then by length and name: what says most about what was sought.
fn most_telling(names: &Names) -> Vec<&str> {
    /// A longer path is cut from the left: what was sought stands at its end.
    const SHOWN: usize = 60;
    const SECRETS: [&str; 12] = [
        "/.",
        "passwd",
        "credential",
        ".sql",
        ".bak",
        "backup",
        ".key",
        ".pem",
        "id_rsa",
        "shell",
        "eval",
        "config",
    ];
    let rank = |name: &str| usize::from(!SECRETS.iter().any(|word| name.contains(word)));
    let mut sorted = names.sorted();
    sorted.sort_by_key(|name| (rank(name), name.len()));
    for name in &mut sorted {
        let cut =
            (name.len().saturating_sub(SHOWN)..name.len()).find(|at| name.is_char_boundary(*at));
        *name = cut.and_then(|at| name.get(at..)).unwrap_or(name);
    }
    sorted.dedup();
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends the requests a second apart and says after how many a scan was seen.
    fn scan(requests: impl IntoIterator<Item = Request>) -> Option<usize> {
        let mut glance = Glance::default();
        requests.into_iter().enumerate().find_map(|(second, request)| {
            let second = i64::try_from(second).unwrap();
            glance.add(EventTime::from_seconds(1_700_000_000 + second), &request);
            glance.is_scan().then_some(usize::try_from(second).unwrap() + 1)
        })
    }

    fn request(n: u32, status: u16, traits: Traits) -> Request {
        let path = n.wrapping_mul(2_654_435_761) >> 7;
        let bytes = 500 + n * 97;
        let traits = traits.by(MethodClass::Read);
        Request { status, path, bytes, traits, ..Request::default() }
    }

    const PLAIN: Traits = Traits::NONE;

    #[test]
    fn a_word_list_is_found_within_its_first_hundred_requests() {
        let found = scan((0..400).map(|n| request(n, if n % 9 == 0 { 200 } else { 404 }, PLAIN)));
        assert!(found.is_some_and(|after| after <= 100), "{found:?}");
    }

    #[test]
    fn probes_for_weaknesses_are_found_sooner() {
        let found = scan((0..50).map(|n| request(n, 404, Traits::PROBE)));
        assert!(found.is_some_and(|after| after <= 15), "{found:?}");
    }

    #[test]
    fn a_site_that_answers_everything_with_one_page_hides_no_scan() {
        let page = |n| Request { bytes: 4_321, ..request(n, 200, Traits::PROBE) };
        let found = scan((0..100).map(page));
        assert!(found.is_some_and(|after| after <= 100), "{found:?}");
    }

    #[test]
    fn ordinary_sources_of_missing_pages_are_quiet() {
        let referer = Traits::REFERER;
        // Links that broke with a new site.
        assert_eq!(scan((0..300).map(|n| request(n, 404, referer))), None);
        // Icons that browsers ask for by themselves, and other missing parts.
        assert_eq!(scan((0..300).map(|n| request(n, 404, Traits::ASSET))), None);
        // A crawler that remembers the old site.
        assert_eq!(scan((0..300).map(|n| request(n, 404, Traits::CRAWLER))), None);
        // An old feed reader and a monitor: the same few addresses for ever.
        assert_eq!(scan((0..2_000).map(|n| request(n % 3, 404, PLAIN))), None);
        // A reader whose pages are there.
        assert_eq!(scan((0..300).map(|n| request(n, 200, PLAIN))), None);
        // The administrator at work.
        assert_eq!(scan((0..300).map(|n| request(n % 20, 200, Traits::PROBE))), None);
    }

    #[test]
    fn a_slow_scan_adds_up_over_a_day() {
        let mut glance = Glance::default();
        for n in 0..100 {
            let time = EventTime::from_seconds(1_700_000_000 + i64::from(n) * 860);
            glance.add(time, &request(n, 404, PLAIN));
        }
        assert!(glance.is_scan());
    }

    #[test]
    fn a_glance_is_small() {
        assert!(size_of::<Glance>() <= 32, "{}", size_of::<Glance>());
    }
}
