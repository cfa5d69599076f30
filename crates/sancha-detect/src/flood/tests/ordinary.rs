use std::net::IpAddr;

use super::traffic::{Ask, LOGIN, Traffic};
use crate::flood::Traits;

/// A kind of site with a day of its ordinary visitors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scene {
    /// Pages with many parts; a login for teachers.
    School,
    /// `index.php?id=…`: one path with ever new queries, crawled all day.
    Shop,
    /// Calls of a program: no parts, few addresses, polls.
    Interface,
}

impl Scene {
    pub(super) const ALL: [Self; 3] = [Self::School, Self::Shop, Self::Interface];

    pub(super) fn lay(self, traffic: &mut Traffic) {
        match self {
            Self::School => {
                for _ in 0..900 {
                    traffic.reader(|traffic| Ask::read(traffic.mark() % 80));
                }
                for _ in 0..60 {
                    traffic.user();
                }
            }
            Self::Shop => {
                let item = |traffic: &mut Traffic| Ask {
                    query: 1 + traffic.mark() % 5_000,
                    ..Ask::read(3)
                };
                for _ in 0..900 {
                    traffic.reader(item);
                }
                for _ in 0..40 {
                    traffic.user();
                }
                traffic.crawler(3_000, 0.1);
            }
            Self::Interface => {
                for _ in 0..900 {
                    traffic.program();
                }
            }
        }
        traffic.feed_reader();
        traffic.monitor();
    }
}

impl Traffic {
    /// A person who reads a few pages with their parts.
    fn reader(&mut self, mut page: impl FnMut(&mut Self) -> Ask) {
        let (source, agent, mut time) = (self.source(), self.mark() % 40, self.time_of_day());
        for n in 0..1 + self.draw(9) {
            let ask = page(self);
            self.send(time, source, agent, ask);
            if n == 0 {
                self.parts(time, source, agent);
            }
            time += 2_000 + self.wait(0.05);
        }
    }

    fn parts(&mut self, time: i64, source: IpAddr, agent: u32) {
        for part in 0..4 + self.mark() % 12 {
            self.send(time + i64::from(part) * 60, source, agent, Ask::asset(1_000 + part));
        }
    }

    /// A person who logs in, sometimes at the third try, and works.
    fn user(&mut self) {
        let (source, agent, mut time) = (self.source(), self.mark() % 40, self.time_of_day());
        self.send(time, source, agent, Ask::page(LOGIN));
        self.parts(time, source, agent);
        for _ in 0..self.draw(8).saturating_sub(5) {
            time += 9_000;
            self.send(time, source, agent, Ask::login(200, 4_100));
        }
        self.send(time + 9_000, source, agent, Ask::login(302, 300));
        for n in 0..12 {
            let page = Ask::read(200 + self.mark() % 9);
            self.send(time + 10_000 + n * 15_000, source, agent, page);
        }
    }

    /// One start of a program: login, the calls of its first page, then some use and a poll.
    fn program(&mut self) {
        let (source, agent, time) = (self.source(), self.mark() % 12, self.time_of_day());
        self.start_program(time, source, agent);
        for n in 0..i64::try_from(self.draw(60)).unwrap() {
            self.send(time + 4_000 + n * 3_000, source, agent, Ask::read(310));
            if n % 4 == 0 {
                let call = 320 + self.mark() % 15;
                self.send(time + 5_000 + n * 3_000, source, agent, Ask::read(call));
            }
        }
    }

    fn start_program(&mut self, time: i64, source: IpAddr, agent: u32) {
        self.send(
            time,
            source,
            agent,
            Ask { traits: Traits::LOGIN.with(Traits::REFERER), ..Ask::login(200, 512) },
        );
        for call in 0..4 {
            self.send(time + 1_000, source, agent, Ask::read(300 + call));
        }
    }

    /// The same feed every half hour, all day.
    fn feed_reader(&mut self) {
        let source = self.source();
        let ask = Ask { query: 77, traits: Traits::CRAWLER, ..Ask::page(60) };
        for n in 0..48 {
            self.send(n * 1_800_000, source, 900, ask);
        }
    }

    /// The same page every ten seconds, all day.
    fn monitor(&mut self) {
        let source = self.source();
        for n in 0..8_640 {
            self.send(n * 10_000, source, 901, Ask::page(0));
        }
    }

    /// A search engine: each page once, steadily, with some links that are gone.
    pub(super) fn crawler(&mut self, pages: u32, per_second: f64) {
        let (source, mut time) = (self.source(), 0);
        self.send(time, source, 902, Ask::page(61));
        for n in 0..pages {
            time += self.wait(per_second).min(60_000);
            if time >= 86_400_000 {
                return;
            }
            let status = if self.draw(12) == 0 { 404 } else { 200 };
            let one_path = n % 2 == 0;
            let (path, query) = if one_path { (3, 10_000 + n) } else { (20_000 + n, 0) };
            let ask = Ask { status, query, traits: Traits::CRAWLER, ..Ask::page(path) };
            self.send(time, source, 902, ask);
        }
    }

    /// Many people behind one address at nine: they log in, mistype, read.
    pub(super) fn office(&mut self, people: u32) {
        let source = self.source();
        for _ in 0..people {
            let agent = self.mark() % 30;
            let mut time = 32_400_000 + self.time_of_day() / 60;
            self.send(time, source, agent, Ask::page(LOGIN));
            self.parts(time, source, agent);
            if self.draw(6) == 0 {
                time += 7_000;
                self.send(time, source, agent, Ask::login(200, 4_100));
            }
            self.send(time + 6_000, source, agent, Ask::login(302, 300));
            for n in 0..6 {
                let page = Ask::read(200 + self.mark() % 9);
                self.send(time + 8_000 + n * 20_000, source, agent, page);
            }
        }
    }

    pub(super) fn flash_crowd(&mut self, people: u32) {
        let begin = self.start(3_600);
        for _ in 0..people {
            let (source, agent) = (self.source(), self.mark() % 40);
            let mut time = begin + i64::try_from(self.draw(600_000)).unwrap();
            let came = if self.draw(3) == 0 { Ask::page(17) } else { Ask::read(17) };
            self.send(time, source, agent, came);
            self.parts(time, source, agent);
            for _ in 0..self.draw(5) {
                time += 3_000 + self.wait(0.05);
                let again = self.draw(3) == 0;
                let page = if again { 17 } else { self.mark() % 80 };
                self.send(time, source, agent, Ask::read(page));
            }
        }
    }

    pub(super) fn rush(&mut self, people: u32) {
        let begin = self.start(3_600);
        for _ in 0..people {
            let (source, agent) = (self.source(), self.mark() % 12);
            let mut time = begin + i64::try_from(self.draw(300_000)).unwrap();
            self.start_program(time, source, agent);
            for _ in 0..1 + self.draw(10) {
                time += 2_000 + self.wait(0.2);
                let status = if self.draw(10) == 0 { 502 } else { 200 };
                self.send(time, source, agent, Ask { status, ..Ask::read(333) });
            }
        }
    }

    pub(super) fn stale_client(&mut self) {
        let source = self.source();
        for n in 0..2_880 {
            self.send(n * 30_000, source, 903, Ask { path: 305, ..Ask::login(401, 120) });
        }
    }
}
