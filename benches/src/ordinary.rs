//! A week of ordinary traffic of five kinds of sites, without a single attack.
//!
//! What makes alerts on real sites is in it: crawlers with stale links, feed readers, monitoring,
//! offices behind one address, searches with odd punctuation, Chinese text, uploads, mistyped
//! passwords, expired tokens, and the rush when results of an examination come out.

mod people;
mod programs;
mod site;

use std::{
    io::{self, Write},
    net::Ipv4Addr,
};

use crate::draw::{Draw, MONTHS, START, address, civil};
pub use site::Site;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// Average bytes of a visit of a person; turns a size into a number of visits.
const VISIT_BYTES: u64 = 2_600;
/// Visits by hour of the day, in local time of the site (UTC here).
const HOURS: [u64; 24] =
    [2, 1, 1, 1, 1, 2, 5, 9, 14, 15, 14, 12, 9, 11, 14, 14, 13, 11, 9, 9, 10, 9, 6, 4];

/// One request on its way into the log.
struct Line {
    second: i64,
    number: u64,
    text: String,
}

/// Who asks.
#[derive(Clone)]
struct Client {
    address: Ipv4Addr,
    agent: String,
}

/// What is asked and how it is answered.
struct Ask<'a> {
    method: &'a str,
    target: &'a str,
    status: u16,
    bytes: u64,
    referer: &'a str,
}

/// The week being written.
struct Week {
    draw: Draw,
    site: &'static Site,
    lines: Vec<Line>,
    clients: u64,
}

impl Week {
    fn send(&mut self, second: i64, client: &Client, ask: &Ask<'_>) {
        if !(0..WEEK).contains(&second) {
            return;
        }
        let (year, month, day, hour, minute, sec) = civil(START + second);
        let month = MONTHS.get(month).unwrap_or(&"Jan");
        let Ask { method, target, status, bytes, referer } = ask;
        let text = format!(
            "{} - - [{day:02}/{month}/{year}:{hour:02}:{minute:02}:{sec:02} +0000] \"{method} {target} HTTP/1.1\" {status} {bytes} \"{referer}\" \"{}\"\n",
            client.address, client.agent
        );
        self.lines.push(Line { second, number: self.lines.len() as u64, text });
    }

    fn get(&mut self, second: i64, client: &Client, target: &str, referer: &str) {
        let bytes = 400 + target.len() as u64 * 211 % 30_000;
        self.send(second, client, &Ask { method: "GET", target, status: 200, bytes, referer });
    }

    fn answer(
        &mut self,
        second: i64,
        client: &Client,
        request: (&str, &str),
        status: u16,
        bytes: u64,
    ) {
        let (method, target) = request;
        let referer = if method == "POST" { self.site.origin } else { "-" };
        self.send(second, client, &Ask { method, target, status, bytes, referer });
    }

    fn client(&mut self, agent: &str) -> Client {
        self.clients += 1;
        let version = self.draw.below(40).to_string();
        Client { address: address(self.clients * 7 + 11), agent: agent.replace("{}", &version) }
    }

    fn person(&mut self) -> Client {
        let agent = *self.draw.pick(self.site.agents);
        self.client(agent)
    }

    /// A second of the week, at an hour when people are awake; weekends are quieter.
    fn moment(&mut self) -> i64 {
        loop {
            let day = i64::try_from(self.draw.below(7)).unwrap_or(0);
            let hour = self.draw.below(24);
            let weight = HOURS[usize::try_from(hour).unwrap_or(0)] * if day >= 5 { 5 } else { 10 };
            if self.draw.below(150) < weight {
                let second = i64::try_from(hour * 3_600 + self.draw.below(3_600)).unwrap_or(0);
                return day * DAY + second;
            }
        }
    }

    fn pause(&mut self, longest: u64) -> i64 {
        3 + i64::try_from(self.draw.skewed(longest)).unwrap_or(0)
    }
}

/// Writes about `bytes` of one week of `site`.
///
/// # Errors
/// What `out` returns.
pub fn write(site: &'static Site, seed: u64, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let mut week = Week { draw: Draw::new(seed), site, lines: Vec::new(), clients: 0 };
    for _ in 0..(bytes / VISIT_BYTES).max(1) {
        week.visit();
    }
    week.programs();
    week.office();
    if site.rush {
        week.rush((bytes / VISIT_BYTES / 10).max(1));
    }
    week.lines.sort_by_key(|line| (line.second, line.number));
    week.lines.iter().try_for_each(|line| out.write_all(line.text.as_bytes()))
}
