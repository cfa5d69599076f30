//! How members of a case are put into sentences: names, times and how sure it is, personal numbers
//! masked.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use sancha_case::Member;
use sancha_model::{Citation, Citations, EventTime, LocalText, Outcome, Param, mask_personal_text};

use crate::texts;

/// A sentence shows so many objects and cites so many records of a finding; the finding has the rest.
const MOST_OBJECTS: usize = 5;
const MOST_RECORDS: usize = 5;

/// The finding, the records that decided what came of it, and its first ones.
pub(crate) fn cite(member: &Member) -> Citations {
    let finding = &member.finding;
    let deciding = finding.telling.as_ref().map_or(&[][..], |telling| &telling.deciding);
    let others = finding.evidence.iter().filter(|record| !deciding.contains(record));
    let records = deciding.iter().chain(others).take(MOST_RECORDS);
    records.fold(Citations::one(cite_finding(member)), |citations, record| {
        citations.and(Citation::Record { record: record.clone() })
    })
}

pub(crate) fn cite_finding(member: &Member) -> Citation {
    Citation::Finding { id: member.finding.id.0.clone() }
}

/// Every member of a list by its finding; `None` for an empty list.
pub(crate) fn cite_all(members: &[&Member]) -> Option<Citations> {
    Citations::from_vec(members.iter().map(|member| cite_finding(member)).collect())
}

pub(crate) fn sure(outcome: Outcome) -> Param {
    Param::Local(match outcome {
        Outcome::Confirmed => texts::CONFIRMED.local(),
        Outcome::LikelySucceeded | Outcome::Attempted | Outcome::NotDeterminable => {
            texts::LIKELY.local()
        }
    })
}

pub(crate) fn time(time: Option<EventTime>, zone: &TimeZone) -> Param {
    Param::Same(time.map_or_else(|| "—".to_owned(), |time| time.display_in(zone)))
}

pub(crate) fn count(member: &Member) -> Param {
    Param::Number(i64::try_from(member.finding.count).unwrap_or(i64::MAX))
}

pub(crate) fn objects(names: &[String]) -> LocalText {
    let masked: Vec<LocalText> =
        names.iter().take(MOST_OBJECTS).map(|n| LocalText::same(mask_personal_text(n))).collect();
    if masked.is_empty() {
        return texts::OBJECTS_UNNAMED.local();
    }
    let shown = list(&masked);
    if names.len() <= MOST_OBJECTS {
        return shown;
    }
    let count = LocalText::same(names.len().to_string());
    texts::OBJECTS_MORE.fill(&[("objects", shown), ("count", count)])
}

/// The objects of several members, each once, sorted.
pub(crate) fn objects_of(members: &[&Member]) -> LocalText {
    let names: BTreeSet<&String> = members.iter().flat_map(|m| &m.finding.objects).collect();
    objects(&names.into_iter().cloned().collect::<Vec<_>>())
}

/// The same without the commands that changed something: of `sed -i … index.html` nobody can restore a page.
pub(crate) fn files_of(members: &[&Member]) -> LocalText {
    let names: BTreeSet<&String> = members.iter().flat_map(|m| &m.finding.objects).collect();
    let files: Vec<String> =
        names.into_iter().filter(|name| !name.contains(' ')).cloned().collect();
    if files.is_empty() { objects_of(members) } else { objects(&files) }
}

pub(crate) fn users_of(members: &[&Member]) -> LocalText {
    let names: BTreeSet<&String> = members.iter().flat_map(|m| m.finding.acting()).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if names.is_empty() { texts::SOURCE_UNNAMED.local() } else { objects(&names) }
}

pub(crate) fn addresses(addresses: &[std::net::IpAddr]) -> LocalText {
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    if names.is_empty() { texts::SOURCE_UNNAMED.local() } else { objects(&names) }
}

pub(crate) fn list(parts: &[LocalText]) -> LocalText {
    LocalText::joined(parts, ("、", ", "))
}
