//! The allow list: hits that somebody answers for, until a day.
//!
//! Whoever wants to know whether a hit may be reported asks here, and nowhere else: the engine for
//! every match, the use cases for every finding. What an entry covers is counted, kept and told, never
//! dropped.

mod entry;
mod exact;
mod pattern;
mod simple;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use jiff::tz::TimeZone;
use sancha_detect::{RuleEntry, Suppress, SuppressedCounts};
use sancha_model::{
    Event, EventTime, FieldId, Fields, Finding, LocalText, Match, SuppressionCoverage,
};

use entry::{Entry, Where};

/// Objects that a finding names at most: a longer list may hold some that are not shown.
const OBJECTS_SHOWN: usize = 50;

/// Entries in the order of their file.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    name: String,
    entries: Vec<Entry>,
}

/// Something in an allow list that cannot be used, with its line and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowError {
    pub line: usize,
    pub message: LocalText,
}

impl AllowList {
    /// Reads either form: addresses a line, or `[[allow]]` entries. `at` decides which entries act;
    /// `name` is how the list is called in every count.
    ///
    /// # Errors
    /// Every fault there is: a half-read allow list would hide or show too much.
    pub fn parse(
        name: &str,
        text: &str,
        at: EventTime,
        zone: &TimeZone,
    ) -> Result<Self, Vec<AllowError>> {
        let first =
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let is_exact = first.is_some_and(|line| line.starts_with('[') || line.contains('='));
        let mut entries = if is_exact { exact::read(text, zone)? } else { simple::read(text)? };
        entry::refuse_everything(&entries)?;
        entries.iter_mut().for_each(|entry| entry.judge(at));
        Ok(Self { name: name.to_owned(), entries })
    }

    /// The list with field names resolved, for a run whose fields are frozen.
    pub fn bind(&self, fields: &Fields) -> BoundAllowList {
        let resolve = |entry: &Entry| {
            entry.scope.fields.iter().map(|(name, _)| fields.id(name)).collect::<Vec<_>>()
        };
        BoundAllowList {
            entries: self.entries.iter().map(|e| (e.clone(), resolve(e))).collect(),
            is_scoped: self.entries.iter().any(|e| e.acts() && !e.scope.is_source_only()),
        }
    }

    /// Whether any entry is in force.
    pub(crate) fn acts(&self) -> bool {
        self.entries.iter().any(Entry::acts)
    }

    /// The entry that covers a finding as a whole: one part outside it and the finding is reported.
    pub fn covers(&self, finding: &Finding) -> Option<u32> {
        let covering = |entry: &Entry| entry.acts() && covers(entry, finding);
        self.entries.iter().position(covering).and_then(|place| u32::try_from(place).ok())
    }

    /// What each entry is and did, for the coverage statement.
    pub fn coverage(
        &self,
        counts: &SuppressedCounts,
        findings: &[(u32, Finding)],
        rules: &[RuleEntry],
        fields: &Fields,
    ) -> Vec<SuppressionCoverage> {
        let rows = (0_u32..).zip(&self.entries);
        rows.map(|(place, entry)| {
            let counted = counts.get(place);
            let own = findings.iter().filter(|(by, _)| *by == place).count() as u64;
            SuppressionCoverage {
                entry: self.place(place),
                scope: entry.scope.shown(),
                reason: entry.reason.clone(),
                owner: entry.owner.clone(),
                from: entry.from,
                until: entry.until,
                state: entry.state,
                unknown: entry.scope.unknown(rules, fields),
                matches: counted.matches,
                records: counted.records,
                findings: own,
            }
        })
        .collect()
    }

    /// Where an entry stands: file and line.
    pub fn place(&self, entry: u32) -> String {
        let line = self.entries.get(entry as usize).map_or(0, |entry| entry.line);
        format!("{}:{line}", self.name)
    }
}

fn covers(entry: &Entry, finding: &Finding) -> bool {
    let scope = &entry.scope;
    // A field's value is a matter of single records; a finding no longer has it.
    scope.fields.is_empty()
        && scope.fits_scenario(finding.scenario)
        && (scope.rules.is_empty() || all(&finding.rules, |rule| scope.rules.contains(rule)))
        && (scope.sources.is_empty() || all(&finding.src, |source| scope.has_source(*source)))
        && (scope.hosts.is_empty() || all(&finding.hosts, |host| scope.has_host(host.as_bytes())))
        && (scope.paths.is_empty()
            || finding.objects.len() < OBJECTS_SHOWN
                && all(&finding.objects, |object| scope.has_path(object.as_bytes())))
}

fn all<T>(items: &[T], fits: impl Fn(&T) -> bool) -> bool {
    !items.is_empty() && items.iter().all(fits)
}

/// An [`AllowList`] that a run asks, record by record.
pub struct BoundAllowList {
    /// Each with the ids of its fields; a name that nothing in this run has fits no record.
    entries: Vec<(Entry, Vec<Option<FieldId>>)>,
    is_scoped: bool,
}

impl BoundAllowList {
    fn place(&self, fits: impl Fn(&Entry, &[Option<FieldId>]) -> bool) -> Option<u32> {
        let found = self.entries.iter().position(|(entry, ids)| entry.acts() && fits(entry, ids));
        found.and_then(|place| u32::try_from(place).ok())
    }
}

impl Suppress for BoundAllowList {
    fn source(&self, address: IpAddr) -> Option<u32> {
        self.place(|entry, _| entry.scope.is_source_only() && entry.scope.has_source(address))
    }

    fn is_scoped(&self) -> bool {
        self.is_scoped
    }

    fn hit(&self, event: Event<'_>, found: &Match, rule: &RuleEntry) -> Option<u32> {
        let text = |field| event.field_text(field);
        let place = Where {
            hosts: [text(FieldId::HOST_NAME), text(FieldId::URL_DOMAIN)],
            paths: [text(FieldId::URL_PATH), text(FieldId::FILE_PATH)],
            source: found.source,
        };
        self.place(|entry, ids| {
            let scope = &entry.scope;
            scope.fits_scenario(found.scenario)
                && (scope.rules.is_empty() || scope.rules.contains(&rule.id))
                && scope.fits_place(&place)
                && scope
                    .fields
                    .iter()
                    .zip(ids)
                    .all(|((_, wanted), id)| id.is_some_and(|id| wanted.fits(text(id))))
        })
    }
}
