//! Floods: far more of the same requests than the site is used to.
//!
//! In: requests in the order of time. Out: [`Flooding`]s, each with all of its sources.
//!
//! Two questions are asked, both against what the site has shown so far:
//! - does one source *press* on the site, again and again for the same thing or for things that
//!   nobody has ([`session`], a cumulative sum against the pace of ordinary visitors)?
//! - is one address of the site wanted by many sources that want nothing else ([`target`])?
//!
//! A crowd of readers and a search crawler do neither: readers load the page's parts and go on to
//! other pages, a crawler asks for each page once. State is bounded by [`Flood::new`].

mod attack;
mod login;
mod probe;
mod random;
mod records;
mod session;
mod sessions;
mod site;
mod target;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use sancha_model::{EventTime, RecordId};

use attack::Attacks;
pub(crate) use attack::{Flooding, Shape};
use login::Logins;
pub(crate) use login::{Entry, Guesses, Guessing, Place};
use probe::Probes;
pub(crate) use probe::Search;
pub(crate) use random::is_random;
use records::Records;
use session::Asks;
use sessions::{Key, Sessions};
use site::Sites;
use target::{Crowd, Habit, Review, Targets};

use crate::MethodClass;

/// One request, as much of it as floods are known by. Marks are hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) time: EventTime,
    pub(crate) at: RecordId,
    pub(crate) line: u64,
    pub(crate) source: IpAddr,
    pub(crate) site: u32,
    pub(crate) path: u32,
    /// 0 without a query.
    pub(crate) query: u32,
    pub(crate) agent: u32,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) traits: Traits,
}

impl Request {
    /// A form was sent, or the request was refused for want of credentials.
    fn is_login(&self) -> bool {
        self.traits.has(Traits::LOGIN) || (self.status == 401 && !self.traits.has(Traits::CALL))
    }
}

/// What a request's text says that its marks do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits(u16);

impl Traits {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self(0);
    /// A page's part: style, script, image, font, media.
    pub(crate) const ASSET: Self = Self(1);
    /// The browser said where it came from.
    pub(crate) const REFERER: Self = Self(2);
    /// A login form is sent; such requests are judged as logins, not as floods.
    pub(crate) const LOGIN: Self = Self(4);
    /// The path looks drawn at random.
    pub(crate) const RANDOM: Self = Self(8);
    /// The path is one that is asked for to see whether it is there.
    pub(crate) const PROBE: Self = Self(32);
    /// The agent says it is a crawler or a feed reader. Anybody can say so.
    pub(crate) const CRAWLER: Self = Self(16);
    /// The path ends like a program that a web server runs.
    pub(crate) const SCRIPT: Self = Self(64);
    /// An application's call, not a page: one that is refused lacks a token, which nobody guesses.
    pub(crate) const CALL: Self = Self(128);
    /// The path is one by which load balancers and monitors see that a service lives.
    pub(crate) const CHECK: Self = Self(256);
    /// Where a method is kept, in two bits.
    const METHOD: u32 = 14;

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These and none of `other`.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those of `other` that are here.
    pub(crate) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These of a request by this method; none was known before.
    pub(crate) const fn by(self, method: MethodClass) -> Self {
        Self(self.0 | (method as u16) << Self::METHOD)
    }

    pub(crate) const fn method(self) -> MethodClass {
        match self.0 >> Self::METHOD {
            1 => MethodClass::Read,
            2 => MethodClass::Write,
            3 => MethodClass::Put,
            _ => MethodClass::Other,
        }
    }
}

/// What the analyses of sites found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) floods: Vec<Flooding>,
    pub(crate) guesses: Vec<Guesses>,
    pub(crate) searches: Vec<Search>,
}

/// All flood state of a run.
#[derive(Clone)]
pub(crate) struct Flood {
    sites: Sites,
    sessions: Sessions,
    targets: Targets,
    attacks: Attacks,
    logins: Logins,
    probes: Probes,
    minute: i64,
}

impl Flood {
    /// Whether a site has been seen for long enough to say what is new on it.
    pub(crate) fn knows(&self, site: u32) -> bool {
        self.sites.knows(site)
    }

    /// `memory` in bytes; half for sources, the rest for addresses of the site and senders of logins.
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            sites: Sites::default(),
            sessions: Sessions::new(memory / 2),
            targets: Targets::new(memory / 4),
            attacks: Attacks::default(),
            logins: Logins::new(memory / 4),
            probes: Probes::default(),
            minute: i64::MIN,
        }
    }

    /// Sources and addresses given up for want of memory.
    pub(crate) fn evicted(&self) -> u64 {
        self.sessions.evicted() + self.targets.evicted() + self.logins.evicted()
    }

    /// Fetches what a request will look at: its visit and its address of the site.
    pub(crate) fn fetch(&self, site: u32, path: u32, source: IpAddr) {
        self.sessions.fetch(&Key::new(site, source));
        self.targets.fetch(site, path);
    }

    /// `place` names the form where the request sends one.
    pub(crate) fn accept(&mut self, request: &Request, place: Place<'_>) {
        let minute = request.time.nanos().div_euclid(EventTime::MINUTE);
        if minute > self.minute {
            self.turn(minute, request.time);
        } else if self.sessions.is_full() {
            self.turn_sessions(request.time);
        }
        let site = self.sites.at(request.site);
        let key = Key::new(request.site, request.source);
        let logins = &mut self.logins;
        let session = self.sessions.at(key, request, site, &mut |over| {
            if over.has_tried() {
                logins.visit_over(request.site, request.source, over);
            }
        });
        let habit = match session.asks(request) {
            Asks::First => {
                self.targets.teach(request);
                if !self.attacks.is_quiet() {
                    let (visits, _) = self.targets.arrivals(request.site, request.path);
                    self.attacks.arrived(request.site, request.path, visits);
                }
                Habit::default()
            }
            Asks::NewQuery => self.targets.habit(request),
            Asks::Other => Habit::default(),
        };
        session.add(request, habit, site);
        if request.is_login() {
            self.logins.add(request, place, session, site.since());
            session.tries();
        } else if session.has_tried() && (200..400).contains(&request.status) {
            self.logins.answered(request);
        }
        if let Some(attack) = session.attack() {
            if session.is_pressing() && self.attacks.add(attack, request) {
                return;
            }
            session.leave();
        }
        if request.traits.has(Traits::PROBE) && request.status >= 400 {
            self.probes.add(request);
        }
        site.add(request.status);
        self.attacks.witness(request);
        let presses = session.is_flood(site);
        if presses && session.is_check() {
            session.rise_anew(request);
        }
        if presses && session.is_pressing() {
            let (_, crowd_from) = self.targets.arrivals(request.site, session.target());
            let attack = self.attacks.join(request, session, site.before(crowd_from));
            session.enter(attack);
        } else if session.repeats(request) {
            self.targets.add(request, site);
        }
    }

    /// Closes the minute: surges are reviewed, habits learned, what is long over is let go.
    fn turn(&mut self, minute: i64, now: EventTime) {
        self.minute = minute;
        self.targets.turn(minute);
        self.review();
        let sessions = &self.sessions;
        self.logins.turn(now, |site, source| sessions.get(&Key::new(site, source)));
        self.turn_sessions(now);
        self.sites.turn(minute);
        self.attacks.turn(now);
    }

    /// Visits that are over teach the site what is ordinary.
    fn turn_sessions(&mut self, now: EventTime) {
        let (sites, logins) = (&mut self.sites, &mut self.logins);
        self.sessions.turn(now, |key, session| {
            sites.at(key.site).learn(session);
            if session.has_tried() {
                logins.visit_over(key.site, key.source(), session);
            }
        });
    }

    /// Looks at the sources behind every surge whose turn it is.
    fn review(&mut self) {
        while let Some(review) = self.targets.next_review() {
            let mut crowd = self.crowd(&review);
            crowd.widen(self.sites.at(review.site).is_bare());
            let attack = crowd.is_attack(&review);
            if attack {
                self.found(&review, crowd);
            }
            self.targets.reviewed(&review, attack);
        }
    }

    fn crowd(&self, review: &Review) -> Crowd {
        let mut crowd = Crowd::default();
        for (key, session) in self.sessions.iter() {
            if key.site == review.site && session.last() >= review.from {
                crowd.look(key.source(), session, review.path);
            }
        }
        crowd
    }

    fn found(&mut self, review: &Review, crowd: Crowd) {
        let (_, crowd_from) = self.targets.arrivals(review.site, review.path);
        let before = self.sites.at(review.site).before(crowd_from);
        for source in crowd.members() {
            let key = Key::new(review.site, source);
            if let Some(session) = self.sessions.get_mut(&key)
                && session.attack().is_none()
            {
                let attack = self.attacks.join_group(review, source, session, before);
                session.enter(attack);
            }
        }
    }

    /// What was found in the run, each kind in the order in which it began.
    pub(crate) fn finish(mut self) -> Found {
        self.targets.end();
        self.review();
        let sessions = &self.sessions;
        let guesses = self.logins.finish(|site, source| sessions.get(&Key::new(site, source)));
        Found { floods: self.attacks.finish(), guesses, searches: self.probes.finish() }
    }
}
