//! Guessing at web logins, by one source or by many.
//!
//! An access log shows no password and no account: only that a form was sent, how the server
//! answered, and what else the sender asked for. A person loads the page around the form and goes
//! on to what is behind it; a program that guesses sends the form and nothing else.

mod form;
mod guest;

use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, RecordId};

use super::{Records, Request, session::Session};
use form::Form;

/// All senders of all forms; beyond it those that were not found and are quiet longest go first.
const GUEST_BYTES: usize = 512;
/// A form that nobody sent for so long, while the site was asked for other things, is one that is hardly used.
const UNUSED_MINUTES: i64 = 60;
/// Forms are looked at for many sources acting as one this often.
const REVIEW: i64 = 10 * EventTime::MINUTE;

/// How a finding about logins is to be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guessing {
    /// One source, quickly.
    Fast,
    /// One source, over hours and days.
    Slow,
    /// Many sources at one form.
    Spread,
}

/// Guessing as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Guesses {
    pub(crate) kind: Guessing,
    pub(crate) form: Option<Box<str>>,
    pub(crate) host: Option<Box<str>>,
    pub(crate) sources: Vec<IpAddr>,
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    pub(crate) count: u64,
    pub(crate) entry: Entry,
    /// When the answer changed before pages behind the login were opened.
    pub(crate) entered_at: Option<EventTime>,
    pub(crate) records: Records,
}

/// Whether one of the guesses was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// Every answer was like the others.
    None,
    /// The answer changed, nothing followed.
    Changed,
    /// The answer changed, and pages behind the login were opened.
    Entered,
}

/// Where a form is and who is behind it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place<'a> {
    pub(crate) path: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Logins {
    /// Ordered, for there are few and what is told must not follow chance.
    forms: BTreeMap<(u32, u32), Form>,
    most: usize,
    guests: usize,
    reviewed: Option<EventTime>,
    over: Vec<Guesses>,
    evicted: u64,
}

impl Logins {
    pub(super) fn new(memory: usize) -> Self {
        Self { most: (memory / GUEST_BYTES).max(1024), ..Self::default() }
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// A form was sent, or a request was refused for want of credentials. `since`: the site's first minute.
    pub(super) fn add(
        &mut self,
        request: &Request,
        place: Place<'_>,
        session: &Session,
        since: i64,
    ) {
        let known = request.time.nanos().div_euclid(EventTime::MINUTE) - since;
        let new = || Form::new(place, known >= UNUSED_MINUTES);
        let form = self.forms.entry((request.site, request.path)).or_insert_with(new);
        self.guests += usize::from(form.add(request, session, &mut self.over));
        if self.guests > self.most {
            self.forget();
        }
    }

    /// A request that was not refused, of a source that has tried: the answer to a challenge, or a page after an
    /// answer that changed.
    pub(super) fn answered(&mut self, request: &Request) {
        let range = (request.site, 0)..=(request.site, u32::MAX);
        for ((_, path), form) in self.forms.range_mut(range) {
            form.answered(request, *path == request.path);
        }
    }

    /// A visit is over: what else did the sender ask for?
    pub(super) fn visit_over(&mut self, site: u32, source: IpAddr, session: &Session) {
        for ((_, path), form) in self.forms.range_mut((site, 0)..=(site, u32::MAX)) {
            form.visit_over(source, session, *path);
        }
    }

    pub(super) fn turn<'s>(
        &mut self,
        now: EventTime,
        session: impl Fn(u32, IpAddr) -> Option<&'s Session>,
    ) {
        if self.reviewed.is_some_and(|last| now.since(last) < REVIEW) {
            return;
        }
        self.reviewed = Some(now);
        for ((site, path), form) in &mut self.forms {
            form.review(now, *path, |source| session(*site, source), &mut self.over);
        }
        self.guests = self.forms.values().map(Form::len).sum();
        self.forms.retain(|_, form| form.len() > 0);
    }

    fn forget(&mut self) {
        let least = self.most / 8;
        let mut quiet: Vec<(EventTime, (u32, u32), IpAddr)> = self
            .forms
            .iter()
            .flat_map(|(key, form)| form.quiet().map(|(last, source)| (last, *key, source)))
            .collect();
        quiet.sort_unstable();
        for (_, key, source) in quiet.into_iter().take(least.max(1)) {
            if let Some(form) = self.forms.get_mut(&key) {
                form.forget(source);
                self.guests -= 1;
                self.evicted += 1;
            }
        }
    }

    pub(super) fn finish<'s>(
        mut self,
        session: impl Fn(u32, IpAddr) -> Option<&'s Session>,
    ) -> Vec<Guesses> {
        for ((site, path), mut form) in std::mem::take(&mut self.forms) {
            form.review(EventTime::MAX, path, |source| session(site, source), &mut self.over);
        }
        self.over.sort_by_key(|found| (found.first, found.records.all().next()));
        self.over
    }
}

type Line = (RecordId, u64);
