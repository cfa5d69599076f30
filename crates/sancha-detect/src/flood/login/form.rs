use std::net::IpAddr;

use hashbrown::HashMap;
use sancha_model::EventTime;

use super::{Guesses, Guessing, Place, guest::Guest};
use crate::flood::{Request, session::Session};

/// Sources belong together while one of them acts within this time.
const QUIET: i64 = EventTime::DAY;
/// What follows later than this is another story.
const TOGETHER: i64 = 2 * EventTime::HOUR;
/// Sources that send a form and nothing else, at least so many, with so many tries in all.
const LEAST_SOURCES: usize = 8;
const LEAST_TRIES: u64 = 40;
/// With one or two tries each, as a botnet has them, it takes more sources.
const LEAST_BRIEF: usize = 30;
/// And so many times as many as the form is used to.
const TIMES_USUAL: f32 = 5.0;

/// One login form and its senders.
#[derive(Clone, Debug)]
pub(super) struct Form {
    path: Option<Box<str>>,
    host: Option<Box<str>>,
    guests: HashMap<IpAddr, Guest, foldhash::fast::RandomState>,
    /// A sender who also reads the site was moved on: this is how a success looks here.
    moves: bool,
    /// Lone senders that a review ordinarily sees.
    usual: f32,
    reviews: u32,
    /// Nobody sent it before: then those who begin to are not what it is used to, and it learns slowly.
    was_unused: bool,
    tries: u32,
}

impl Form {
    pub(super) fn new(place: Place<'_>, was_unused: bool) -> Self {
        Self {
            path: place.path.map(Into::into),
            host: place.host.map(Into::into),
            guests: HashMap::default(),
            moves: false,
            usual: 0.0,
            reviews: 0,
            was_unused,
            tries: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.guests.len()
    }

    /// True when the sender is new.
    pub(super) fn add(
        &mut self,
        request: &Request,
        session: &Session,
        over: &mut Vec<Guesses>,
    ) -> bool {
        self.tries += 1;
        if (300..400).contains(&request.status) && session.beside(request.path).0 >= 2 {
            self.moves = true;
        }
        let moves = self.moves;
        let before = self.guests.len();
        let guest = self.guests.entry(request.source).or_insert_with(|| Guest::new(request));
        if request.time.since(guest.last) > QUIET {
            let done = std::mem::replace(guest, Guest::new(request));
            if done.found.is_some() {
                let told = one(self.path.as_deref(), self.host.as_deref(), request.source, done);
                over.push(told);
            }
        }
        guest.add(request, session, moves);
        self.guests.len() > before
    }

    /// Something was given to a source: `here`, or at another address.
    pub(super) fn answered(&mut self, request: &Request, here: bool) {
        if let Some(guest) = self.guests.get_mut(&request.source) {
            guest.meets(request, here);
            guest.enters(request);
        }
    }

    pub(super) fn visit_over(&mut self, source: IpAddr, session: &Session, path: u32) {
        if let Some(guest) = self.guests.get_mut(&source) {
            guest.visit_over(session, path);
        }
    }

    /// Looks for many sources acting as one, and lets go of those that are quiet for long.
    pub(super) fn review<'s>(
        &mut self,
        now: EventTime,
        path: u32,
        session: impl Fn(IpAddr) -> Option<&'s Session>,
        over: &mut Vec<Guesses>,
    ) {
        if std::mem::take(&mut self.tries) > 0 {
            self.mark_spread(path, session);
        }
        let newest = self.guests.values().filter(|g| g.found.is_some()).map(|g| g.last).max();
        if newest.is_some_and(|last| now.since(last) > QUIET) {
            self.tell(over);
        }
        self.guests.retain(|_, guest| guest.found.is_some() || now.since(guest.last) <= QUIET);
    }

    fn mark_spread<'s>(&mut self, path: u32, session: impl Fn(IpAddr) -> Option<&'s Session>) {
        let mut lone: Vec<u32> = Vec::new();
        for (source, guest) in &self.guests {
            if guest.is_lone(session(*source), path) && !guest.is_steady() {
                lone.push(guest.tries);
            }
        }
        lone.sort_unstable();
        let tries: u64 = lone.iter().map(|tries| u64::from(*tries)).sum();
        #[expect(clippy::cast_precision_loss, reason = "sources of one form")]
        let count = lone.len() as f32;
        let least = if tries >= 3 * lone.len() as u64 { LEAST_SOURCES } else { LEAST_BRIEF };
        if lone.len() < least || tries < LEAST_TRIES || count < self.usual * TIMES_USUAL {
            self.reviews += 1;
            let part = if self.reviews < 20 && !self.was_unused { 0.2 } else { 0.05 };
            self.usual += (count - self.usual) * part;
            return;
        }
        let median = lone.get(lone.len() / 2).copied().unwrap_or(0);
        for (source, guest) in &mut self.guests {
            let alike = guest.tries >= (median / 5).max(1) && !guest.is_steady();
            if alike && guest.is_lone(session(*source), path) {
                guest.found.get_or_insert(Guessing::Spread);
            }
        }
    }

    /// Tells of every source that was found: together when many acted in the same hours, else each
    /// by itself.
    fn tell(&mut self, over: &mut Vec<Guesses>) {
        let mut found: Vec<(IpAddr, Guest)> =
            self.guests.extract_if(|_, guest| guest.found.is_some()).collect();
        found.sort_unstable_by_key(|(source, guest)| (guest.first, *source));
        let mut group: Vec<Guesses> = Vec::new();
        let mut last = EventTime::MIN;
        for (source, guest) in found {
            let told = one(self.path.as_deref(), self.host.as_deref(), source, guest);
            if told.first.since(last) > TOGETHER {
                over.extend(together(std::mem::take(&mut group)));
            }
            last = last.max(told.last);
            group.push(told);
        }
        over.extend(together(group));
    }

    /// Senders that were not found, for making room.
    pub(super) fn quiet(&self) -> impl Iterator<Item = (EventTime, IpAddr)> {
        let quiet = self.guests.iter().filter(|(_, guest)| guest.found.is_none());
        quiet.map(|(source, guest)| (guest.last, *source))
    }

    pub(super) fn forget(&mut self, source: IpAddr) {
        self.guests.remove(&source);
    }
}

/// Sources that act as one are one finding.
fn together(group: Vec<Guesses>) -> Vec<Guesses> {
    if group.len() < LEAST_SOURCES && group.iter().all(|told| told.kind != Guessing::Spread) {
        return group;
    }
    let all = group.into_iter().reduce(|mut all, told| {
        all.join(told);
        all
    });
    all.map(|all| Guesses { kind: Guessing::Spread, ..all }).into_iter().collect()
}

fn one(path: Option<&str>, host: Option<&str>, source: IpAddr, mut guest: Guest) -> Guesses {
    Guesses {
        kind: guest.found.unwrap_or(Guessing::Fast),
        form: path.map(Into::into),
        host: host.map(Into::into),
        sources: vec![source],
        first: guest.first,
        last: guest.last,
        count: u64::from(guest.tries),
        entry: guest.entry(),
        entered_at: guest.entered_at(),
        records: std::mem::take(&mut guest.records),
    }
}

impl Guesses {
    fn join(&mut self, other: Self) {
        self.sources.extend(other.sources);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.entry = self.entry.max(other.entry);
        self.entered_at = [self.entered_at, other.entered_at].into_iter().flatten().min();
        self.records.join(other.records);
    }
}
