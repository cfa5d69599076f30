//! What the proof of a lake says of a duty to keep logs, on the day of the facts.

use jiff::civil::Date;
use sancha_model::EventTime;

use crate::{
    deadline::months_before,
    profile::{Profile, System},
    retention::LONGEST_QUIET,
    signed::Signed,
};

/// What a lake that seals its logs states of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLogs {
    /// The file of the statement, with its digest.
    pub path: String,
    pub sha256: String,
    pub signed: Signed,
    /// When the statement was made.
    pub made: EventTime,
    pub source: String,
    /// First and last record.
    pub span: Option<(EventTime, EventTime)>,
    /// Every time between them without a record for longer than a quiet weekend.
    pub gaps: Vec<(EventTime, EventTime)>,
    pub waiver: Option<KeptShorter>,
    /// Root of the sealed log and its number of entries: what a doubter compares.
    pub root: String,
    pub log_size: u64,
    /// Who vouches for the log outside of the lake.
    pub anchors: Vec<String>,
}

/// Somebody decided to keep less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptShorter {
    pub days: u32,
    pub granted: EventTime,
    pub until: Date,
}

/// What of a source a statement shows for a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptJudged<'a> {
    pub kept: &'a KeptLogs,
    pub made: Date,
    pub span: Option<(Date, Date)>,
    pub needed_from: Date,
    pub verdict: KeptVerdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptVerdict {
    Met,
    /// A waiver was in force: a sealed decision to keep less.
    Waived,
    /// The statement is older than the facts.
    MadeBefore,
    /// The records begin later; whether there were older ones the lake cannot know.
    BeginsLater,
    Gap {
        from: Date,
        until: Date,
    },
    NoRecords,
}

/// Judges every statement about a source of one of `systems`; all when no system could be told.
pub fn kept_logs<'a>(
    kept: &'a [KeptLogs],
    profile: Option<&Profile>,
    systems: &[&System],
    day: Date,
    months: u16,
) -> Vec<KeptJudged<'a>> {
    let Some(needed_from) = months_before(day, months) else { return Vec::new() };
    let zone = profile.map_or_else(crate::profile::home_zone, |profile| profile.zone.clone());
    let days = |at: EventTime| at.date_in(&zone);
    let touched = |one: &&KeptLogs| {
        let system = profile.and_then(|profile| system_of(profile, &one.source));
        systems.is_empty() || system.is_some_and(|own| systems.iter().any(|one| one.id == own.id))
    };
    let judge = |kept: &'a KeptLogs| KeptJudged {
        kept,
        made: days(kept.made),
        span: kept.span.map(|(first, last)| (days(first), days(last))),
        needed_from,
        verdict: verdict(kept, day, needed_from, days),
    };
    kept.iter().filter(touched).map(judge).collect()
}

/// A lake's source is named by the log's path, or as the profile calls it.
fn system_of<'p>(profile: &'p Profile, source: &str) -> Option<&'p System> {
    let named = profile.sources.iter().find(|one| one.id == source);
    let by_name = named.and_then(|one| profile.system(one.system.as_deref()?));
    by_name.or_else(|| profile.system_of_path(source))
}

fn verdict(
    kept: &KeptLogs,
    day: Date,
    needed_from: Date,
    days: impl Fn(EventTime) -> Date,
) -> KeptVerdict {
    if days(kept.made) < day {
        return KeptVerdict::MadeBefore;
    }
    let is_waived = |waiver: &KeptShorter| days(waiver.granted) <= day && day <= waiver.until;
    if kept.waiver.as_ref().is_some_and(is_waived) {
        return KeptVerdict::Waived;
    }
    let Some((first, last)) = kept.span else { return KeptVerdict::NoRecords };
    if days(first) > needed_from {
        return KeptVerdict::BeginsLater;
    }
    let hole =
        kept.gaps.iter().find(|(after, before)| days(*before) > needed_from && days(*after) < day);
    match hole {
        Some((after, before)) => KeptVerdict::Gap { from: days(*after), until: days(*before) },
        None if days(last.plus(LONGEST_QUIET)) < day => {
            KeptVerdict::Gap { from: days(last), until: day }
        }
        None => KeptVerdict::Met,
    }
}
