//! Rows become lines again.

use std::net::Ipv4Addr;

use datafusion::arrow::array::{
    Array, AsArray, BinaryViewArray, DictionaryArray, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMillisecondArray, UInt32Array,
};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType, UInt32Type};
use sancha_model::EventTime;
use sancha_normalize::template::{self, Kind, Stamp, Stamps, Template};

use super::Texts;
use crate::columns::{self, COLUMNS, INTS, WORD_END, WORDS};

/// The columns that a line is rebuilt from: all but class and format.
pub(crate) fn line_columns() -> Vec<&'static str> {
    let mut names = vec![columns::TIME, columns::TIME_NANOS];
    for column in COLUMNS {
        names.push(column.name);
        if column.kind == Kind::Address {
            names.push(columns::six(column.name));
        }
    }
    names.push(columns::TEMPLATE);
    names.extend(INTS);
    names.extend(WORDS);
    names.extend([columns::REST, columns::RAW]);
    names
}

/// Templates of the dictionary last seen, parsed.
#[derive(Default)]
pub(crate) struct Templates {
    of: Option<StringArray>,
    parsed: Vec<Option<Template>>,
}

impl Templates {
    fn take(&mut self, dictionary: &StringArray) {
        let same = self.of.as_ref().is_some_and(|of| {
            of.len() == dictionary.len() && of.values().ptr_eq(dictionary.values())
        });
        if !same {
            let place = |name: &str| COLUMNS.iter().position(|column| column.name == name);
            let parse = |text: Option<&str>| text.and_then(|text| Template::parse(text, place));
            self.parsed = dictionary.iter().map(parse).collect();
            self.of = Some(dictionary.clone());
        }
    }
}

/// The columns of a batch, by what they are.
pub(crate) struct Lines<'a> {
    times: EventTimes<'a>,
    fields: Vec<Values<'a>>,
    template: Option<&'a DictionaryArray<Int32Type>>,
    ints: Vec<Option<&'a Int64Array>>,
    words: Vec<Option<Texts<'a>>>,
    rest: Option<Texts<'a>>,
    raw: Option<&'a BinaryViewArray>,
    templates: &'a Templates,
    stamps: Stamps,
}

enum Values<'a> {
    Address(Option<&'a UInt32Array>, Option<Texts<'a>>),
    Int(Option<&'a Int64Array>),
    Text(Option<Texts<'a>>),
}

impl<'a> Lines<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, templates: &'a mut Templates) -> Self {
        let text = |name: &str| Texts::of(batch, name);
        let int =
            |name: &str| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
        let template = batch.column_by_name(columns::TEMPLATE);
        let template = template.and_then(|column| column.as_dictionary_opt::<Int32Type>());
        if let Some(dictionary) = template.and_then(|column| column.values().as_string_opt()) {
            templates.take(dictionary);
        }
        let fields = COLUMNS.iter().map(|column| match column.kind {
            Kind::Address => {
                let four = batch.column_by_name(column.name);
                let four = four.and_then(|c| c.as_primitive_opt::<UInt32Type>());
                Values::Address(four, text(columns::six(column.name)))
            }
            Kind::Int => Values::Int(int(column.name)),
            Kind::Text => Values::Text(text(column.name)),
        });
        Self {
            times: EventTimes::of(batch),
            fields: fields.collect(),
            template,
            ints: INTS.iter().map(|name| int(name)).collect(),
            words: WORDS.iter().map(|name| text(name)).collect(),
            rest: text(columns::REST),
            raw: batch.column_by_name(columns::RAW).and_then(|c| c.as_binary_view_opt()),
            templates,
            stamps: Stamps::default(),
        }
    }

    /// When the event of a row happened.
    pub(crate) fn time(&self, row: usize) -> Option<EventTime> {
        self.times.get(row)
    }

    /// Appends the line of a row with its end. `None`: the row's columns do not make a line.
    pub(crate) fn write(&mut self, row: usize, line: &mut Vec<u8>) -> Option<()> {
        if let Some(raw) = self.raw.filter(|raw| raw.is_valid(row)) {
            line.extend_from_slice(raw.value(row));
            return Some(());
        }
        let template = self.template.filter(|template| template.is_valid(row))?;
        let key = usize::try_from(template.keys().value(row)).ok()?;
        let templates = self.templates;
        let template = templates.parsed.get(key)?.as_ref()?;
        template.rebuild(&mut RowValues { lines: self, row, ints: 0, words: 0, rest: None }, line)
    }
}

/// When the event of a row happened.
pub(crate) fn time_at(batch: &RecordBatch, row: usize) -> Option<EventTime> {
    EventTimes::of(batch).get(row)
}

/// The two columns of the event's time.
#[derive(Clone, Copy)]
pub(crate) struct EventTimes<'a> {
    millis: Option<&'a TimestampMillisecondArray>,
    nanos: Option<&'a Int32Array>,
}

impl<'a> EventTimes<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Self {
        let millis = batch.column_by_name(columns::TIME);
        let nanos = batch.column_by_name(columns::TIME_NANOS);
        Self {
            millis: millis.and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>()),
            nanos: nanos.and_then(|c| c.as_primitive_opt::<Int32Type>()),
        }
    }

    pub(crate) fn get(&self, row: usize) -> Option<EventTime> {
        let millis = self.millis.filter(|millis| millis.is_valid(row))?.value(row);
        let nanos = self.nanos.filter(|nanos| nanos.is_valid(row));
        let below = nanos.map_or(0, |nanos| i64::from(nanos.value(row)));
        Some(EventTime::from_nanos(millis.checked_mul(1_000_000)?.checked_add(below)?))
    }
}

/// The values of one row, as its template asks for them.
struct RowValues<'a, 'b> {
    lines: &'b mut Lines<'a>,
    row: usize,
    ints: usize,
    words: usize,
    rest: Option<std::str::Split<'a, char>>,
}

impl template::Values for RowValues<'_, '_> {
    fn time(&mut self, stamp: Stamp, line: &mut Vec<u8>) -> Option<()> {
        let time = self.lines.time(self.row)?;
        self.lines.stamps.write(stamp, time, line)
    }

    fn cell(&mut self, column: usize, line: &mut Vec<u8>) -> bool {
        let row = self.row;
        match self.lines.fields.get(column) {
            Some(Values::Address(four, six)) => {
                if let Some(four) = four.filter(|four| four.is_valid(row)) {
                    template::address_text(Ipv4Addr::from_bits(four.value(row)).into(), line);
                    return true;
                }
                put_text(*six, row, line)
            }
            Some(Values::Int(Some(ints))) if ints.is_valid(row) => {
                template::digits(ints.value(row).cast_unsigned(), 10, 1, line);
                true
            }
            Some(Values::Text(texts)) => put_text(*texts, row, line),
            Some(Values::Int(_)) | None => false,
        }
    }

    fn int(&mut self) -> Option<u64> {
        let column = self.lines.ints.get(self.ints).copied().flatten()?;
        self.ints += 1;
        column.is_valid(self.row).then(|| column.value(self.row).cast_unsigned())
    }

    fn word(&mut self, line: &mut Vec<u8>) -> bool {
        if let Some(column) = self.lines.words.get(self.words) {
            self.words += 1;
            return put_text(*column, self.row, line);
        }
        let row = self.row;
        let rest = self.rest.get_or_insert_with(|| {
            self.lines.rest.and_then(|rest| rest.get(row)).unwrap_or("").split(WORD_END)
        });
        rest.next().map(|word| line.extend_from_slice(word.as_bytes())).is_some()
    }
}

#[inline]
fn put_text(column: Option<Texts<'_>>, row: usize, line: &mut Vec<u8>) -> bool {
    let text = column.and_then(|column| column.get(row));
    text.map(|text| line.extend_from_slice(text.as_bytes())).is_some()
}
