//! Rows become lines again.

use std::{collections::BTreeMap, net::Ipv4Addr};

use datafusion::arrow::array::{
    Array, AsArray, BinaryViewArray, DictionaryArray, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMillisecondArray, UInt32Array,
};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType, UInt32Type};
use sancha_model::EventTime;
use sancha_normalize::template::{self, Kind, Piece, Stamp, Stamps, Template};

use super::{Texts, keyed::Keyed};
use crate::columns::{self, COLUMNS, INTS, WORD_END, WORDS};

/// The columns that any line may be rebuilt from: all but class and format.
pub(crate) fn line_columns() -> Vec<&'static str> {
    let all = Needs { fields: [true; COLUMNS.len()], ints: INTS.len(), words: WORDS.len() + 1 };
    all.names()
}

/// The columns that lines of these templates, and lines without one, are rebuilt from.
pub(crate) fn columns_of<'t>(templates: impl IntoIterator<Item = &'t str>) -> Vec<&'static str> {
    let mut needs = Needs { fields: [false; COLUMNS.len()], ints: 0, words: 0 };
    templates.into_iter().filter_map(parse).for_each(|template| needs.add(&template));
    needs.names()
}

/// More templates are not looked at one by one.
const MOST_TEMPLATES: usize = 1 << 12;

/// The columns that at least an eighth of `rows` lines, with these templates, are made of.
pub(super) fn needed_by_many(templates: Option<&Keyed>, rows: usize) -> Vec<&'static str> {
    let few = templates.filter(|templates| templates.different() <= MOST_TEMPLATES);
    let Some(templates) = few else { return Vec::new() };
    let mut needed: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, lines) in templates.counts().into_iter().enumerate() {
        let template = std::str::from_utf8(templates.value(key)).ok();
        for name in columns_of(template) {
            *needed.entry(name).or_default() += lines as usize;
        }
    }
    needed.into_iter().filter(|(_, lines)| 8 * lines >= rows).map(|(name, _)| name).collect()
}

/// What lines need beside their template and their time.
struct Needs {
    /// Of [`COLUMNS`].
    fields: [bool; COLUMNS.len()],
    ints: usize,
    /// One more than there are columns for: the rest, too.
    words: usize,
}

impl Needs {
    fn add(&mut self, template: &Template) {
        let (mut ints, mut words) = (0, 0);
        for piece in template.pieces() {
            match piece {
                Piece::Cell(column) => {
                    if let Some(is_used) = self.fields.get_mut(*column) {
                        *is_used = true;
                    }
                }
                Piece::Int { .. } => ints += 1,
                Piece::Word => words += 1,
                Piece::Text(_) | Piece::Time(_) => {}
            }
        }
        self.ints = self.ints.max(ints);
        self.words = self.words.max(words);
    }

    fn names(&self) -> Vec<&'static str> {
        let mut names = vec![columns::TIME, columns::TIME_NANOS, columns::TEMPLATE, columns::RAW];
        for (column, _) in COLUMNS.iter().zip(self.fields).filter(|(_, is_used)| *is_used) {
            names.push(column.name);
            if column.kind == Kind::Address {
                names.push(columns::six(column.name));
            }
        }
        names.extend(INTS.iter().take(self.ints));
        names.extend(WORDS.iter().take(self.words));
        if self.words > WORDS.len() {
            names.push(columns::REST);
        }
        names
    }
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
            self.parsed = dictionary.iter().map(|text| parse(text?)).collect();
            self.of = Some(dictionary.clone());
        }
    }
}

fn parse(template: &str) -> Option<Template> {
    Template::parse(template, |name| COLUMNS.iter().position(|column| column.name == name))
}

/// The lines of a batch.
pub(crate) struct Lines<'a> {
    values: Values<'a>,
    template: Option<&'a DictionaryArray<Int32Type>>,
    raw: Option<&'a BinaryViewArray>,
    templates: &'a Templates,
    /// By template: its steps, once a row has had it.
    steps: Vec<Option<Box<[Step<'a>]>>>,
    stamps: Stamps,
}

/// A value of a template, and the text that follows it.
struct Step<'a> {
    value: Found<'a>,
    /// So many bytes of it.
    then: [u8; 16],
    then_bytes: usize,
}

/// A piece of a template, with the column of the batch that its values stand in.
enum Found<'a> {
    /// A text, where it does not follow a value or is long.
    Text(&'a [u8]),
    Time(Stamp),
    /// An address, and the column of those of sixteen bytes.
    Address(Option<&'a UInt32Array>, Option<Texts<'a>>),
    Int {
        ints: &'a Int64Array,
        radix: u8,
        width: usize,
    },
    Word(Texts<'a>),
    /// The next of the words that have no column of their own.
    Rest(Texts<'a>),
}

impl<'a> Lines<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, templates: &'a mut Templates) -> Self {
        let template = batch.column_by_name(columns::TEMPLATE);
        let template = template.and_then(|column| column.as_dictionary_opt::<Int32Type>());
        if let Some(dictionary) = template.and_then(|column| column.values().as_string_opt()) {
            templates.take(dictionary);
        }
        Self {
            values: Values { batch, times: EventTimes::of(batch) },
            template,
            raw: batch.column_by_name(columns::RAW).and_then(|c| c.as_binary_view_opt()),
            steps: templates.parsed.iter().map(|_| None).collect(),
            templates,
            stamps: Stamps::default(),
        }
    }

    /// When the event of a row happened.
    pub(crate) fn time(&self, row: usize) -> Option<EventTime> {
        self.values.times.get(row)
    }

    /// Appends the line of a row with its end. `None`: the row's columns do not make a line.
    pub(crate) fn write(&mut self, row: usize, line: &mut Vec<u8>) -> Option<()> {
        if let Some(raw) = self.raw.filter(|raw| raw.is_valid(row)) {
            line.extend_from_slice(raw.value(row));
            return Some(());
        }
        let template = self.template.filter(|template| template.is_valid(row))?;
        let key = usize::try_from(template.keys().value(row)).ok()?;
        let steps = self.steps.get_mut(key)?;
        if steps.is_none() {
            *steps = Some(self.values.steps(self.templates.parsed.get(key)?.as_ref()?)?);
        }
        let mut rest = None;
        for step in steps.as_deref()? {
            match &step.value {
                Found::Text(text) => line.extend_from_slice(text),
                Found::Time(stamp) => {
                    self.stamps.write(*stamp, self.values.times.get(row)?, line)?;
                }
                Found::Address(four, six) => match four.filter(|four| four.is_valid(row)) {
                    Some(four) => {
                        template::address_text(Ipv4Addr::from_bits(four.value(row)).into(), line);
                    }
                    None => line.extend_from_slice(six.as_ref()?.get(row)?.as_bytes()),
                },
                Found::Int { ints, radix, width } => {
                    let value = ints.is_valid(row).then(|| ints.value(row).cast_unsigned())?;
                    template::digits(value, *radix, *width, line);
                }
                Found::Word(texts) => {
                    let (text, len) = texts.with_what_follows(row)?;
                    append(line, text, len);
                }
                Found::Rest(texts) => {
                    let rest = rest
                        .get_or_insert_with(|| texts.get(row).unwrap_or_default().split(WORD_END));
                    line.extend_from_slice(rest.next()?.as_bytes());
                }
            }
            template::append_first(line, &step.then, step.then_bytes);
        }
        Some(())
    }
}

/// Appends the first `len` bytes of `from`; most texts are not longer than what is copied at once.
#[inline]
fn append(line: &mut Vec<u8>, from: &[u8], len: usize) {
    match from.first_chunk::<32>() {
        Some(chunk) if len <= 32 => template::append_first(line, chunk, len),
        _ => line.extend_from_slice(from.get(..len).unwrap_or(from)),
    }
}

impl<'a> Step<'a> {
    fn of(value: Found<'a>) -> Self {
        Self { value, then: [0; 16], then_bytes: 0 }
    }

    /// Takes up the text that follows. `false`: there is no room for it.
    fn then(&mut self, text: &[u8]) -> bool {
        let room = self.then.get_mut(self.then_bytes..).and_then(|left| left.get_mut(..text.len()));
        let Some(room) = room else { return false };
        room.copy_from_slice(text);
        self.then_bytes += text.len();
        true
    }
}

/// The columns that lines are made of.
struct Values<'a> {
    batch: &'a RecordBatch,
    times: EventTimes<'a>,
}

impl<'a> Values<'a> {
    /// The pieces of a template with their columns. `None`: the batch has no such column, so no row can have the
    /// template.
    fn steps(&self, template: &'a Template) -> Option<Box<[Step<'a>]>> {
        let (mut ints, mut words) = (INTS.iter(), WORDS.iter());
        let mut steps: Vec<Step<'a>> = Vec::new();
        for piece in template.pieces() {
            let found = match piece {
                Piece::Text(text) if steps.last_mut().is_some_and(|last| last.then(text)) => {
                    continue;
                }
                Piece::Text(text) => Found::Text(text),
                Piece::Time(stamp) => Found::Time(*stamp),
                Piece::Cell(column) => self.cell(*column)?,
                Piece::Int { radix, width } => {
                    Found::Int { ints: self.int(ints.next()?)?, radix: *radix, width: *width }
                }
                Piece::Word => match words.next() {
                    Some(name) => Found::Word(self.text(name)?),
                    None => Found::Rest(self.text(columns::REST)?),
                },
            };
            steps.push(Step::of(found));
        }
        Some(steps.into())
    }

    fn cell(&self, column: usize) -> Option<Found<'a>> {
        let column = COLUMNS.get(column)?;
        Some(match column.kind {
            Kind::Address => {
                let four = self.batch.column_by_name(column.name);
                let four = four.and_then(|c| c.as_primitive_opt::<UInt32Type>());
                Found::Address(four, self.text(columns::six(column.name)))
            }
            Kind::Int => Found::Int { ints: self.int(column.name)?, radix: 10, width: 1 },
            Kind::Text => Found::Word(self.text(column.name)?),
        })
    }

    fn int(&self, name: &str) -> Option<&'a Int64Array> {
        self.batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()
    }

    fn text(&self, name: &str) -> Option<Texts<'a>> {
        Texts::of(self.batch, name)
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
