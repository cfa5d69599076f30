//! What the log says of keeping: holds, waivers, and when what was accepted.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use sancha_model::EventTime;
use sancha_seal::{Entry, Kind, Part};

use super::{Hold, Interval, Kept, Release, Waiver};

/// The state of the log.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// All that were ever placed, in order.
    pub holds: Vec<Hold>,
    /// All that were ever granted, in order. Of those of one source the last counts.
    pub waivers: Vec<Waiver>,
    /// When the newest line of each part was accepted.
    accepted: HashMap<String, EventTime>,
    /// When lines of each source were accepted.
    arrivals: BTreeMap<String, Vec<EventTime>>,
}

impl Standing {
    pub fn of(entries: &[Entry]) -> Self {
        let mut standing = Self::default();
        for entry in entries {
            standing.take(entry);
        }
        standing
    }

    fn take(&mut self, entry: &Entry) {
        let at = instant(&entry.at);
        match &entry.kind {
            Kind::Settled { parts, .. } => {
                for part in parts {
                    self.accepted.insert(part.path.clone(), at);
                    self.arrivals.entry(part.source.clone()).or_default().push(at);
                }
            }
            Kind::Rewritten { from, parts } => {
                // Written anew, lines are no younger.
                let newest = from.iter().filter_map(|path| self.accepted.get(path)).max().copied();
                for part in parts {
                    self.accepted.insert(part.path.clone(), newest.unwrap_or(at));
                }
            }
            Kind::Hold { name, source, from, to, named_by, reason } => self.holds.push(Hold {
                name: name.clone(),
                source: source.clone(),
                from: from.as_deref().and_then(date),
                to: to.as_deref().and_then(date),
                placed_by: named_by.clone(),
                placed_at: entry.at.clone(),
                reason: reason.clone(),
                released: None,
            }),
            Kind::Released { name, named_by, reason } => {
                let by =
                    Release { by: named_by.clone(), at: entry.at.clone(), reason: reason.clone() };
                if let Some(hold) = self.holds.iter_mut().rfind(|hold| hold.name == *name) {
                    hold.released = Some(by);
                }
            }
            Kind::Waiver { source, days, named_by, reason, until } => {
                self.waivers.extend(date(until).map(|until| Waiver {
                    source: source.clone(),
                    days: *days,
                    granted_by: named_by.clone(),
                    reason: reason.clone(),
                    granted_at: entry.at.clone(),
                    until,
                }));
            }
            Kind::LakeCreated { .. }
            | Kind::Retired { .. }
            | Kind::KeyRotated { .. }
            | Kind::Anchored { .. } => (),
        }
    }

    /// The waiver of a source that holds on a day: the one granted last.
    pub fn waiver(&self, source: &str, today: Date) -> Option<&Waiver> {
        let of_source = self.waivers.iter().rfind(|waiver| waiver.source == source);
        of_source.filter(|waiver| today <= waiver.until)
    }

    /// Holds in force that touch a source.
    pub fn holds_on<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a Hold> {
        self.holds.iter().filter(move |hold| {
            hold.released.is_none() && hold.source.as_ref().is_none_or(|held| held == source)
        })
    }

    /// When lines of a source were accepted, in order.
    pub fn arrivals(&self, source: &str) -> &[EventTime] {
        self.arrivals.get(source).map(Vec::as_slice).unwrap_or_default()
    }

    /// What retention has to know of a part.
    pub fn kept(&self, part: &Part) -> Kept {
        let mut kinds: Vec<String> =
            part.streams.iter().map(|stream| stream.format.clone()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Kept {
            source: part.source.clone(),
            span: span(part),
            // One whose acceptance is not known was accepted now.
            accepted: self.accepted.get(&part.path).copied().unwrap_or(EventTime::MAX),
            kinds,
        }
    }
}

/// First and last record of a part.
pub(super) fn span(part: &Part) -> Option<Interval> {
    let (first, last) = part.first.zip(part.last)?;
    Some(Interval { first: EventTime::from_nanos(first), last: EventTime::from_nanos(last) })
}

/// What cannot be read lies as far ahead as can be: nothing goes for that.
pub(super) fn instant(text: &str) -> EventTime {
    text.parse().map_or(EventTime::MAX, EventTime::from_timestamp)
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}
