use std::{collections::VecDeque, net::Ipv4Addr};

use super::{
    World, agents,
    site::{ORIGINS, Page, words},
};
use crate::{
    access::HOSTILE,
    draw::{Draw, address},
};

/// Addresses that have been here before come again.
const KNOWN: u64 = 60_000;

#[derive(Clone, Copy)]
enum Kind {
    Person,
    Crawler,
    Reader,
    Scanner,
}

pub(super) struct Visitor {
    pub(super) address: Ipv4Addr,
    pub(super) agent: String,
    kind: Kind,
    origin: &'static str,
    /// Requests or pages still to come.
    left: u64,
    waiting: VecDeque<Request>,
    referer: String,
}

pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) status: u16,
    /// Absent where nothing is sent.
    pub(super) bytes: Option<u64>,
    pub(super) referer: String,
}

impl Visitor {
    pub(super) fn new(draw: &mut Draw, world: &mut World) -> Self {
        world.visitors += 1;
        let kind = match draw.below(1_000) {
            0..730 => Kind::Person,
            730..840 => Kind::Crawler,
            840..980 => Kind::Reader,
            _ => Kind::Scanner,
        };
        let (agent, left) = match kind {
            Kind::Person => (world.agents.person(draw), 1 + draw.skewed(6)),
            Kind::Crawler => (agents::crawler(draw), 5 + draw.below(30)),
            Kind::Reader => (agents::reader(draw), 1 + draw.below(4)),
            Kind::Scanner => (agents::scanner(draw), 1 + draw.below(12)),
        };
        let number = match kind {
            Kind::Person if draw.per_mille(450) => KNOWN + world.visitors,
            Kind::Person => 500 + draw.below(KNOWN - 500),
            Kind::Crawler => draw.zipf(60),
            Kind::Reader => 60 + draw.zipf(400),
            Kind::Scanner => KNOWN + world.visitors,
        };
        let referer = arrives_from(draw, kind);
        let origin = *draw.pick(ORIGINS);
        Self {
            address: address(number),
            agent: agent.to_owned(),
            kind,
            origin,
            left,
            waiting: VecDeque::new(),
            referer,
        }
    }

    /// The next request and the milliseconds until the one after it. `None`: the visit is over.
    pub(super) fn ask(&mut self, draw: &mut Draw, world: &World) -> Option<(Request, u64)> {
        if let Some(request) = self.waiting.pop_front() {
            let pause = if self.waiting.is_empty() {
                10_000 + draw.skewed(120_000)
            } else {
                draw.below(20_000)
            };
            return Some((request, pause));
        }
        self.left = self.left.checked_sub(1)?;
        Some(match self.kind {
            Kind::Person => self.open(draw, world),
            Kind::Crawler => (crawled(draw, world), 1_000 + draw.skewed(20_000)),
            Kind::Reader => (feed(draw), 20_000 + draw.skewed(60_000)),
            Kind::Scanner => (hostile(draw), draw.below(2_000)),
        })
    }

    /// Opens a page; what belongs to it is asked for next, where it is not known already.
    fn open(&mut self, draw: &mut Draw, world: &World) -> (Request, u64) {
        let page = world.site.page(draw);
        let target = format!("{}{}", page.path, query(draw, page));
        let referer = std::mem::replace(&mut self.referer, format!("{}{target}", self.origin));
        let assets = world.site.shared.iter().chain(&page.assets);
        for asset in assets {
            let (status, bytes) = match draw.below(100) {
                0..55 => (200, Some(asset.bytes)),
                55..60 => (304, None),
                _ => continue,
            };
            let referer =
                if asset.path.ends_with(".ico") { "-".to_owned() } else { self.referer.clone() };
            let target = asset.path.clone();
            self.waiting.push_back(Request { method: "GET", target, status, bytes, referer });
        }
        (answer(draw, page, target, referer), 200 + draw.below(3_000))
    }
}

fn arrives_from(draw: &mut Draw, kind: Kind) -> String {
    match (kind, draw.below(100)) {
        (Kind::Person, 0..12) => "https://www.google.com/".to_owned(),
        (Kind::Person, 12..18) => format!(
            "http://www.google.com/url?sa=t&rct=j&q=&esrc=s&source=web&cd={}&ved=0CC{}QFjAA&url=http%3A%2F%2Fwww.example.org%2Farticles%2F{}%2F&ei={}&usg={}",
            1 + draw.skewed(9),
            token(draw, 2),
            words(draw, 2),
            token(draw, 22),
            token(draw, 34)
        ),
        (Kind::Person, 18..24) => format!("http://www.reddit.com/r/{}/", words(draw, 1)),
        _ => "-".to_owned(),
    }
}

fn token(draw: &mut Draw, len: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..len).map(|_| char::from(*draw.pick(LETTERS))).collect()
}

fn query(draw: &mut Draw, page: &Page) -> String {
    match draw.below(100) {
        0..3 => format!("?page={}", 1 + draw.skewed(30)),
        3..5 => format!("?q={}", words(draw, 2).replace('-', "+")),
        5..8 => "?utm_source=feedburner&utm_medium=feed&utm_campaign=Feed%3A+example%2Fmain+%28example.org%29".to_owned(),
        8..11 if page.is_dynamic => format!("?id={}&t={}", draw.skewed(90_000), 1_772_409_600_000 + draw.below(604_800_000)),
        _ => String::new(),
    }
}

fn answer(draw: &mut Draw, page: &Page, target: String, referer: String) -> Request {
    let size =
        if page.is_dynamic { page.bytes + draw.below(page.bytes / 20 + 2) } else { page.bytes };
    let (status, bytes) = match draw.below(1_000) {
        0..40 => (304, None),
        40..62 => (404, Some(300 + target.len() as u64)),
        62..78 => (301, Some(320 + target.len() as u64)),
        78..82 => (206, Some(1 + draw.below(size))),
        82..83 => (500, Some(613)),
        _ => (200, Some(size)),
    };
    Request {
        method: if draw.per_mille(4) { "HEAD" } else { "GET" },
        target,
        status,
        bytes,
        referer,
    }
}

fn crawled(draw: &mut Draw, world: &World) -> Request {
    // Crawlers come for what nobody else asks for, too.
    let place = usize::try_from(draw.below(world.site.pages.len() as u64)).unwrap_or(0);
    let page = &world.site.pages[place];
    if draw.per_mille(60) {
        let target = "/robots.txt".to_owned();
        return Request {
            method: "GET",
            target,
            status: 200,
            bytes: Some(24),
            referer: "-".to_owned(),
        };
    }
    let target = format!("{}{}", page.path, query(draw, page));
    answer(draw, page, target, "-".to_owned())
}

fn feed(draw: &mut Draw) -> Request {
    let target = *draw.pick(&["/blog/tags/puppet?flav=rss20", "/?flav=rss20", "/?flav=atom"]);
    let (status, bytes) = if draw.per_mille(300) { (304, None) } else { (200, Some(14_872)) };
    Request { method: "GET", target: target.to_owned(), status, bytes, referer: "-".to_owned() }
}

fn hostile(draw: &mut Draw) -> Request {
    let target = draw.pick(HOSTILE).replace("{}", &draw.below(100_000).to_string());
    let status = *draw.pick(&[404, 403, 400, 404, 500]);
    let bytes = Some(280 + target.len() as u64);
    Request { method: "GET", target, status, bytes, referer: "-".to_owned() }
}
