use std::{collections::BTreeSet, net::IpAddr};

use super::traffic::{Ask, Traffic};
use crate::flood::Traits;

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    SingleUrl,
    RandomUri,
    CacheBypass,
    SwitchingAgents,
    Botnet,
    SlowFlood,
    LoginStuffing,
    DistributedStuffing,
    /// Two or three tries each from very many sources, over hours.
    BriefStuffing,
    /// Requests that never end; the server gives up waiting.
    Slowloris,
}

impl Traffic {
    /// Two or three probes of one source.
    fn probe(&mut self, time: i64) -> IpAddr {
        let source = self.source();
        for n in 0..2 + i64::try_from(self.draw(2)).unwrap() {
            let path = 50_000 + self.mark() % 400;
            let ask = Ask { status: 404, traits: Traits::PROBE, ..Ask::page(path) };
            self.send(time + n * 1_000, source, 5, ask);
        }
        source
    }

    /// The background noise of the internet: single probes all day.
    pub(super) fn passers_by(&mut self, count: u32) {
        for _ in 0..count {
            let time = self.time_of_day();
            self.probe(time);
        }
    }

    pub(super) fn shared_search(&mut self, count: u32) -> BTreeSet<IpAddr> {
        let begin = 50_000_000;
        (0..count)
            .map(|_| {
                let time = begin + i64::try_from(self.draw(1_200_000)).unwrap();
                self.probe(time)
            })
            .collect()
    }
}

impl Kind {
    pub(super) const ALL: [Self; 10] = [
        Self::SingleUrl,
        Self::RandomUri,
        Self::CacheBypass,
        Self::SwitchingAgents,
        Self::Botnet,
        Self::SlowFlood,
        Self::LoginStuffing,
        Self::DistributedStuffing,
        Self::BriefStuffing,
        Self::Slowloris,
    ];

    /// Sources, requests per second of each, seconds.
    fn size(self) -> (u32, f64, i64) {
        match self {
            Self::SingleUrl => (1, 20.0, 60),
            Self::RandomUri => (1, 15.0, 90),
            Self::CacheBypass => (1, 10.0, 120),
            Self::SwitchingAgents => (1, 12.0, 60),
            Self::Botnet => (60, 2.0, 120),
            Self::SlowFlood => (1, 3.0, 600),
            Self::LoginStuffing => (1, 1.0, 600),
            Self::DistributedStuffing => (80, 0.1, 900),
            Self::BriefStuffing => (300, 0.000_7, 7_200),
            Self::Slowloris => (1, 4.0, 300),
        }
    }

    /// Sends the attack and returns its sources. A slower one lasts longer.
    pub(super) fn lay(self, traffic: &mut Traffic, pace: f64) -> BTreeSet<IpAddr> {
        let (sources, per_second, seconds) = self.size();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a few hours"
        )]
        let seconds = (seconds as f64 / pace.min(1.0)) as i64;
        let begin = traffic.start(seconds);
        let mut all = BTreeSet::new();
        for _ in 0..sources {
            let source = traffic.source();
            let mut time = begin + traffic.wait(per_second * pace);
            while time < begin + seconds * 1_000 {
                let ask = self.ask(traffic);
                let agent = if matches!(self, Self::SwitchingAgents) { traffic.mark() } else { 5 };
                traffic.send(time, source, agent, ask);
                all.insert(source);
                time += traffic.wait(per_second * pace);
            }
        }
        all
    }

    fn ask(self, traffic: &mut Traffic) -> Ask {
        let bytes = 400 + traffic.draw(8_000);
        match self {
            Self::RandomUri => {
                let traits = Traits::RANDOM;
                Ask { status: 404, traits, bytes, ..Ask::page(traffic.mark()) }
            }
            Self::CacheBypass => Ask { query: traffic.mark(), bytes, ..Ask::page(0) },
            Self::LoginStuffing | Self::DistributedStuffing | Self::BriefStuffing => {
                Ask::login(200, bytes)
            }
            Self::Slowloris => Ask { status: 408, bytes: 0, ..Ask::page(8_888) },
            Self::SingleUrl | Self::SwitchingAgents | Self::Botnet | Self::SlowFlood => {
                Ask { query: 42, bytes, ..Ask::page(40) }
            }
        }
    }
}
