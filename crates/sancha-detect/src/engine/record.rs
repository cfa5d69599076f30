use std::net::IpAddr;

use sancha_model::{Cell, Event, EventClass, EventTime, FieldId, Match, ParseNoteKind, Scalar};

use crate::{Names, RuleEntry, Signals, Stretches, SuppressedCounts, Texts, observed::Observed};

/// What a rule tested is kept up to so many bytes.
const FIELD_BYTES: usize = 256;

/// What one batch yielded. Counts cover every record; signals and matches only those inside the asked
/// period.
#[derive(Debug, Default)]
pub struct BatchResult {
    pub signals: Signals,
    /// With the time that orders them; in that order.
    pub matches: Vec<(EventTime, Match)>,
    pub records: u64,
    pub rejected: u64,
    pub without_time: u64,
    /// By [`ParseNoteKind::ALL`].
    pub notes: [u64; ParseNoteKind::ALL.len()],
    pub first_rejected_line: Option<u64>,
    /// Earliest and latest time.
    pub earliest: Option<EventTime>,
    pub latest: Option<EventTime>,
    /// The times with records.
    pub stretches: Stretches,
    pub assumed_year: bool,
    pub assumed_zone: bool,
    /// What the allow list kept apart; such matches stand among the others and say so.
    pub suppressed: SuppressedCounts,
    pub observed: Observed,
}

impl BatchResult {
    pub fn clear(&mut self) {
        let mut signals = std::mem::take(&mut self.signals);
        let mut stretches = std::mem::take(&mut self.stretches);
        let mut matches = std::mem::take(&mut self.matches);
        let mut suppressed = std::mem::take(&mut self.suppressed);
        let mut observed = std::mem::take(&mut self.observed);
        suppressed.clear();
        observed.clear();
        signals.clear();
        matches.clear();
        stretches.clear();
        *self = Self { signals, matches, stretches, suppressed, observed, ..Self::default() };
    }

    /// Counts a record.
    pub(super) fn count(&mut self, event: Event<'_>) {
        self.records += 1;
        let mut rejected = false;
        for note in event.notes() {
            rejected |= note.kind.rejects();
            let place = ParseNoteKind::ALL.iter().position(|kind| *kind == note.kind);
            if let Some(count) = place.and_then(|place| self.notes.get_mut(place)) {
                *count += 1;
            }
        }
        if rejected {
            self.rejected += 1;
            self.first_rejected_line.get_or_insert(event.line());
        }
        let Some(time) = event.time() else {
            self.without_time += 1;
            return;
        };
        let assumed = event.assumed();
        self.assumed_year |= assumed.year;
        self.assumed_zone |= assumed.zone;
        self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
        self.latest = Some(self.latest.map_or(time, |latest| latest.max(time)));
        self.stretches.add(time);
    }
}

pub(super) fn matched(
    event: Event<'_>,
    rule: u32,
    entry: &RuleEntry,
    source: Option<IpAddr>,
    fields: &[FieldId],
) -> Match {
    let text = |field| event.cell(field).map(|cell| cut(event.text(cell)));
    Match {
        at: event.id(),
        line: event.line(),
        time: event.time(),
        rule,
        scenario: entry.scenario,
        level: entry.level,
        score: 1.0,
        suppressed_by: None,
        record_id: name(event, FieldId::EVENT_ID).filter(|_| event.class() == EventClass::Web),
        source,
        host: name(event, FieldId::HOST_NAME).or_else(|| name(event, FieldId::URL_DOMAIN)),
        user: name(event, FieldId::USER_NAME),
        fields: fields.iter().filter_map(|field| Some((*field, text(*field)?))).collect(),
    }
}

fn cut(bytes: &[u8]) -> Box<[u8]> {
    bytes.get(..bytes.len().min(FIELD_BYTES)).unwrap_or(bytes).into()
}

/// A field as a name; empty and dash count as none.
pub(super) fn name(event: Event<'_>, field: FieldId) -> Option<Box<str>> {
    let text = name_bytes(event.field_text(field));
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned().into_boxed_str())
}

/// A name as it stands in the record, empty for none.
pub(super) fn name_bytes(text: &[u8]) -> &[u8] {
    match text {
        b"-" => b"",
        _ => text.get(..FIELD_BYTES).unwrap_or(text),
    }
}

/// The names of a record that a rule fired on.
pub(super) fn names(event: Event<'_>, texts: &mut Texts) -> Names {
    let name = |field| name_bytes(event.field_text(field));
    Names {
        host: texts.add(first([name(FieldId::HOST_NAME), name(FieldId::URL_DOMAIN)])),
        user: texts.add(name(FieldId::USER_NAME)),
        object: texts.add(object_bytes(event)),
        service: texts.add(program(event)),
    }
}

/// What a record touched: the first of these that it has.
pub(super) fn object_bytes(event: Event<'_>) -> &[u8] {
    first(
        [
            FieldId::URL_PATH,
            FieldId::FILE_PATH,
            FieldId::DATABASE_STATEMENT,
            FieldId::PROCESS_COMMAND_LINE,
            FieldId::PROCESS_EXECUTABLE,
            FieldId::DATABASE_NAME,
            FieldId::USER_TARGET_NAME,
        ]
        .map(|field| name_bytes(event.field_text(field))),
    )
}

/// The program that a local record is about.
fn program(event: Event<'_>) -> &[u8] {
    if event.class() == EventClass::Web {
        return b"";
    }
    let name = |field| name_bytes(event.field_text(field));
    first([name(FieldId::PROCESS_EXECUTABLE), name(FieldId::PROCESS_NAME)])
}

fn first<const N: usize>(names: [&[u8]; N]) -> &[u8] {
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// An integer field, or the number that its text spells.
pub(super) fn int(event: Event<'_>, field: FieldId) -> Option<i64> {
    int_of(event, event.cell(field)?)
}

/// The same of a cell.
pub(super) fn int_of(event: Event<'_>, cell: &Cell) -> Option<i64> {
    match cell.value {
        Scalar::Int(value) => Some(value),
        Scalar::Text(_) => std::str::from_utf8(event.text(cell)).ok()?.parse().ok(),
        Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => None,
    }
}
