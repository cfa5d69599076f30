//! What is not kept any more, by the tombstones in the log.

use std::collections::{BTreeMap, HashMap};

use sancha_model::EventTime;
use sancha_seal::{Entry, Kind, Part};
use serde::{Deserialize, Serialize};

use super::{Interval, standing};

/// What was deleted of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    pub parts: u64,
    pub lines: u64,
    /// First and last record; nothing when none had a time.
    pub span: Option<Interval>,
    /// When something of it was deleted last.
    pub at: EventTime,
}

/// What was deleted of each source.
pub fn deleted(entries: &[Entry]) -> BTreeMap<&str, Deleted> {
    let named = entries.iter().flat_map(Entry::new_parts);
    let parts: HashMap<&str, &Part> = named.map(|part| (part.path.as_str(), part)).collect();
    let mut all = BTreeMap::new();
    for entry in entries {
        let Kind::Retired { parts: gone, .. } = &entry.kind else { continue };
        for part in gone.iter().filter_map(|path| parts.get(path.as_str())) {
            let nothing = Deleted { parts: 0, lines: 0, span: None, at: EventTime::MIN };
            let deleted = all.entry(part.source.as_str()).or_insert(nothing);
            deleted.parts += 1;
            deleted.lines += part.rows;
            deleted.span = around(deleted.span, standing::span(part));
            deleted.at = standing::instant(&entry.at);
        }
    }
    all
}

fn around(one: Option<Interval>, other: Option<Interval>) -> Option<Interval> {
    match one.zip(other) {
        Some((a, b)) => Some(Interval { first: a.first.min(b.first), last: a.last.max(b.last) }),
        None => one.or(other),
    }
}
