//! The retention probe: do the logs given reach six calendar months back from the day of the facts?
//!
//! Logs show what is there, not what was kept. A span without unexplained gaps answers; a short one says
//! nothing until the unit proves that the folder was complete and that the system was in use so long.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sancha_model::{EventTime, FileCoverage, unrotated, without_stream};

use crate::{
    deadline::months_before,
    profile::{LogSource, Profile, Proof, ProofCheck, ProofKind, ProofShelf, System},
};

/// A stretch without a record that is longer than this needs an explanation. A quiet weekend is none:
/// from Friday evening to Monday morning are less than three days.
pub const LONGEST_QUIET: i64 = 3 * EventTime::DAY;

/// What the logs of one source show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Id of the profile's source, or the path where no source claims it.
    pub source: String,
    /// Files that were read, sorted.
    pub paths: Vec<String>,
    pub system: Option<String>,
    /// First and last day with a record.
    pub span: Option<(Date, Date)>,
    /// Day from which the logs have to be there.
    pub needed_from: Date,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The span without unexplained gaps reaches back far enough.
    Met,
    /// It does not, and the source is shown to be complete and long enough in use.
    NotMet {
        complete_as_of: Date,
        proof: Proof,
    },
    NotShown(WhyNotShown),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNotShown {
    /// Nothing says that the files given are all that was kept.
    CompletenessNotDeclared,
    /// Said, but without a readable proof.
    CompletenessNotProven,
    /// The folder was complete on a day before the facts.
    CompleteTooEarly,
    /// The system was not in use for six months, or nobody says since when.
    InUseTooShort,
    /// A gap inside the span that quiet days do not explain.
    Gap {
        from: Date,
        until: Date,
    },
    NoRecords,
}

/// Judges every source that belongs to one of `systems`; all sources when no system could be told.
pub fn retention(
    files: &[FileCoverage],
    profile: Option<&Profile>,
    shelf: &ProofShelf,
    systems: &[&System],
    day: Date,
    months: u16,
) -> Vec<Retained> {
    let Some(needed_from) = months_before(day, months) else { return Vec::new() };
    let zone = profile.map_or_else(crate::profile::home_zone, |profile| profile.zone.clone());
    let mut groups: BTreeMap<String, Vec<&FileCoverage>> = BTreeMap::new();
    for file in files {
        let system = profile.and_then(|profile| profile.system_of_path(&file.path));
        let touched = match system {
            Some(system) => systems.is_empty() || systems.iter().any(|one| one.id == system.id),
            None => systems.is_empty(),
        };
        if touched {
            groups.entry(source_key(file, profile)).or_default().push(file);
        }
    }
    let judge = |(source, files): (String, Vec<&FileCoverage>)| {
        let first = files.first().map(|file| file.path.as_str()).unwrap_or_default();
        let declared = profile.and_then(|profile| profile.source_of(first));
        let system = profile.and_then(|profile| profile.system_of_path(first));
        let stretches = stretches(&files);
        let days = |at: EventTime| at.date_in(&zone);
        let span = stretches.first().zip(stretches.last()).map(|(a, b)| (days(a.0), days(b.1)));
        let asked = Asked { declared, system, shelf, day, needed_from };
        let verdict = asked.verdict(&stretches, span, days);
        let mut paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        paths.sort_unstable();
        Retained { source, paths, system: system.map(|s| s.id.clone()), span, needed_from, verdict }
    };
    groups.into_iter().map(judge).collect()
}

/// Rotated files of one log are one source even when the profile says nothing of them.
fn source_key(file: &FileCoverage, profile: Option<&Profile>) -> String {
    match profile.and_then(|profile| profile.source_of(&file.path)) {
        Some(source) => source.id.clone(),
        None => {
            let path = without_stream(&file.path);
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            format!("{folder}/{}", unrotated(name))
        }
    }
}

/// Stretches with records, in order, where quiet times up to [`LONGEST_QUIET`] do not break one.
fn stretches(files: &[&FileCoverage]) -> Vec<(EventTime, EventTime)> {
    let mut pieces = Vec::new();
    for file in files {
        pieces.extend(file.stretches.iter().map(|stretch| (stretch.from, stretch.until)));
    }
    pieces.sort_unstable();
    let mut joined: Vec<(EventTime, EventTime)> = Vec::new();
    for (from, until) in pieces {
        match joined.last_mut() {
            Some(last) if from.since(last.1) <= LONGEST_QUIET => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}

struct Asked<'a> {
    declared: Option<&'a LogSource>,
    system: Option<&'a System>,
    shelf: &'a ProofShelf,
    day: Date,
    needed_from: Date,
}

impl Asked<'_> {
    fn verdict(
        &self,
        stretches: &[(EventTime, EventTime)],
        span: Option<(Date, Date)>,
        days: impl Fn(EventTime) -> Date,
    ) -> Verdict {
        let Some((first, _)) = span else { return Verdict::NotShown(WhyNotShown::NoRecords) };
        if first > self.needed_from {
            return self.too_short();
        }
        let hole = stretches
            .iter()
            .zip(stretches.iter().skip(1))
            .find(|(before, after)| days(after.0) > self.needed_from && days(before.1) < self.day);
        match hole {
            Some((before, after)) => {
                Verdict::NotShown(WhyNotShown::Gap { from: days(before.1), until: days(after.0) })
            }
            None => self.reaches_the_day(stretches, days),
        }
    }

    /// Logs that stop before the day of the facts say nothing of the days after them.
    fn reaches_the_day(
        &self,
        stretches: &[(EventTime, EventTime)],
        days: impl Fn(EventTime) -> Date,
    ) -> Verdict {
        match stretches.last() {
            Some((_, until)) if days(until.plus(LONGEST_QUIET)) >= self.day => Verdict::Met,
            Some((_, until)) => {
                Verdict::NotShown(WhyNotShown::Gap { from: days(*until), until: self.day })
            }
            None => Verdict::NotShown(WhyNotShown::NoRecords),
        }
    }

    fn too_short(&self) -> Verdict {
        let in_use = self.system.is_some_and(|system| system.in_use_since <= self.needed_from);
        let Some((source, complete_as_of)) =
            self.declared.and_then(|source| source.complete_as_of.map(|day| (source, day)))
        else {
            return Verdict::NotShown(WhyNotShown::CompletenessNotDeclared);
        };
        if complete_as_of < self.day {
            return Verdict::NotShown(WhyNotShown::CompleteTooEarly);
        }
        if !in_use {
            return Verdict::NotShown(WhyNotShown::InUseTooShort);
        }
        let good = |proof: &&Proof| {
            proof.kind == ProofKind::LogStatement
                && self.shelf.check_file(proof) == ProofCheck::Good
        };
        match source.proof.iter().find(good) {
            Some(proof) => Verdict::NotMet { complete_as_of, proof: proof.clone() },
            None => Verdict::NotShown(WhyNotShown::CompletenessNotProven),
        }
    }
}
