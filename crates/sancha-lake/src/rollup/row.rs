//! Rows to be counted: as events, and as they stand in columns.

use std::net::IpAddr;

use datafusion::arrow::{
    array::{Array, AsArray, Int64Array, RecordBatch, UInt32Array},
    datatypes::{Int64Type, UInt32Type},
};
use sancha_model::{Event, EventTime, FieldId, Scalar};
use sancha_normalize::template::cell_text;

use super::{HTTP_STATUS, SOURCE_IP, TEXTS, tally::Row};
use crate::{
    columns,
    part::{EventTimes, Texts},
};

/// An event, and the format that it was read as.
pub(crate) struct EventRow<'e> {
    pub(crate) event: Event<'e>,
    pub(crate) format: &'e str,
}

/// Fields of the texts after class and format.
const FIELDS: [FieldId; TEXTS.len() - 2] = [
    FieldId::EVENT_ACTION,
    FieldId::EVENT_OUTCOME,
    FieldId::LOG_LEVEL,
    FieldId::AUTH_METHOD,
    FieldId::HTTP_METHOD,
    FieldId::USER_NAME,
];

impl Row for EventRow<'_> {
    fn time(&self) -> Option<EventTime> {
        self.event.time()
    }

    fn source(&self) -> Option<IpAddr> {
        self.event.field_ip(FieldId::SOURCE_IP)
    }

    fn http_status(&self) -> Option<i64> {
        match self.event.cell(FieldId::HTTP_STATUS)?.value {
            Scalar::Int(status) => Some(status),
            Scalar::Text(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => None,
        }
    }

    fn text(&self, place: usize, to: &mut Vec<u8>) -> bool {
        let plain = [self.event.class().id(), self.format];
        if let Some(text) = plain.get(place) {
            to.extend_from_slice(text.as_bytes());
            return true;
        }
        let field = FIELDS.get(place - plain.len());
        let cell = field.and_then(|field| self.event.cell(*field));
        cell.is_some_and(|cell| cell_text(self.event, cell, to))
    }
}

/// Rows of a batch as it was read from a part.
pub(crate) struct BatchRows<'b> {
    times: EventTimes<'b>,
    four: Option<&'b UInt32Array>,
    six: Option<Texts<'b>>,
    status: Option<&'b Int64Array>,
    texts: [Option<Texts<'b>>; TEXTS.len()],
}

impl<'b> BatchRows<'b> {
    pub(crate) fn of(batch: &'b RecordBatch) -> Self {
        let column = |name: &str| batch.column_by_name(name);
        Self {
            times: EventTimes::of(batch),
            four: column(SOURCE_IP).and_then(|c| c.as_primitive_opt::<UInt32Type>()),
            six: Texts::of(batch, columns::six(SOURCE_IP)),
            status: column(HTTP_STATUS).and_then(|c| c.as_primitive_opt::<Int64Type>()),
            texts: TEXTS.map(|name| Texts::of(batch, name)),
        }
    }

    pub(crate) fn row(&self, at: usize) -> impl Row {
        BatchRow { rows: self, at }
    }
}

struct BatchRow<'r, 'b> {
    rows: &'r BatchRows<'b>,
    at: usize,
}

impl Row for BatchRow<'_, '_> {
    fn time(&self) -> Option<EventTime> {
        self.rows.times.get(self.at)
    }

    fn source(&self) -> Option<IpAddr> {
        let four = self.rows.four.filter(|four| four.is_valid(self.at));
        let four = four.map(|four| IpAddr::from(four.value(self.at).to_be_bytes()));
        four.or_else(|| self.rows.six?.get(self.at)?.parse().ok())
    }

    fn http_status(&self) -> Option<i64> {
        let status = self.rows.status.filter(|status| status.is_valid(self.at))?;
        Some(status.value(self.at))
    }

    fn text(&self, place: usize, to: &mut Vec<u8>) -> bool {
        let column = self.rows.texts.get(place).copied().flatten();
        let text = column.and_then(|column| column.get(self.at));
        text.map(|text| to.extend_from_slice(text.as_bytes())).is_some()
    }
}
