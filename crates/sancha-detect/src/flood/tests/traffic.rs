use std::{collections::BTreeSet, net::IpAddr};

use sancha_model::{EventTime, FileId, RecordId};

use crate::flood::{Request, Traits};

/// A day of requests, drawn from a seed (SplitMix64).
pub(super) struct Traffic {
    state: u64,
    requests: Vec<Request>,
    sources: u32,
    at: Option<i64>,
}

/// What a request asks for.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    pub(super) path: u32,
    pub(super) query: u32,
    pub(super) status: u16,
    pub(super) bytes: u64,
    pub(super) traits: Traits,
}

impl Ask {
    pub(super) fn page(path: u32) -> Self {
        let bytes = 3_000 + u64::from(path) * 37;
        Self { path, query: 0, status: 200, bytes, traits: Traits::default() }
    }

    pub(super) fn read(path: u32) -> Self {
        Self { traits: Traits::REFERER, ..Self::page(path) }
    }

    pub(super) fn asset(path: u32) -> Self {
        Self { traits: Traits::ASSET.with(Traits::REFERER), ..Self::page(path) }
    }

    pub(super) fn login(status: u16, bytes: u64) -> Self {
        Self { path: LOGIN, query: 0, status, bytes, traits: Traits::LOGIN }
    }
}

pub(super) const LOGIN: u32 = 9_001;
const DAY: i64 = 86_400;

impl Traffic {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, requests: Vec::new(), sources: 0, at: None }
    }

    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    pub(super) fn mark(&mut self) -> u32 {
        u32::try_from(self.draw(1 << 32)).unwrap()
    }

    /// Seconds until the next of events that come so often per second, in thousandths.
    pub(super) fn wait(&mut self, per_second: f64) -> i64 {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a draw")]
        let wait = (-((self.draw(1 << 30) + 1) as f64 / (1u64 << 30) as f64).ln() / per_second
            * 1e3) as i64;
        wait
    }

    pub(super) fn source(&mut self) -> IpAddr {
        self.sources += 1;
        IpAddr::from((0x0a00_0000 + self.sources).to_be_bytes())
    }

    /// Where the next attack begins.
    pub(super) fn at(&mut self, second: i64) {
        self.at = Some(second);
    }

    pub(super) fn start(&mut self, longest: i64) -> i64 {
        let drawn = i64::try_from(self.draw((DAY - longest).unsigned_abs())).unwrap();
        self.at.take().unwrap_or(drawn) * 1_000
    }

    pub(super) fn time_of_day(&mut self) -> i64 {
        i64::try_from(self.draw(86_400_000)).unwrap()
    }

    pub(super) fn send(&mut self, millis: i64, source: IpAddr, agent: u32, ask: Ask) {
        // Access logs tell whole seconds.
        let time = EventTime::from_seconds(1_700_000_000 + millis / 1_000);
        let line = self.requests.len() as u64 + 1;
        self.requests.push(Request {
            time,
            at: RecordId { file: FileId(0), offset: line },
            line,
            source,
            site: 7,
            path: ask.path,
            query: ask.query,
            agent,
            status: ask.status,
            bytes: ask.bytes,
            traits: ask.traits,
        });
    }

    pub(super) fn sources(&self) -> BTreeSet<IpAddr> {
        self.requests.iter().map(|request| request.source).collect()
    }

    pub(super) fn in_order(&self) -> Vec<Request> {
        let mut requests = self.requests.clone();
        requests.sort_by_key(|request| (request.time, request.at));
        requests
    }

    pub(super) fn many_sources(&mut self, count: u32) {
        for n in 0..count {
            let source = self.source();
            self.send(i64::from(n) * 10, source, 1, Ask::page(n % 50));
        }
    }
}
