//! Laws that hold for any bytes. Here, and not in a test, because the fuzz targets of another
//! workspace check the same.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{Batch, Event, EventTime, FieldId, Fields, FormatId, Framing};

use crate::{
    FileContext, Formats, Scratch, formats, normalize,
    template::{self, Kind, Piece, Splitter, Template},
};

/// [`check`] with the format of this name.
///
/// # Panics
/// When there is no such format, or a law does not hold.
pub fn check_named(name: &str, bytes: &[u8]) {
    let place = formats::ALL.iter().position(|format| format.name() == name);
    let place = place.and_then(|place| u8::try_from(place).ok());
    check(FormatId(place.expect("a shipped format has this name")), bytes);
}

/// Normalizes `bytes` with a shipped format and checks what must hold.
///
/// # Panics
/// When a law does not hold; that is its purpose.
pub fn check(format: FormatId, bytes: &[u8]) {
    let formats = Formats::new(Vec::new());
    let reader = formats.get(format);
    let mut batch = Batch::default();
    if reader.framing() == Framing::Whole {
        let mut end = Ok(());
        let mut rendered = Vec::new();
        if !bytes.is_empty() {
            end = reader.render(bytes, &mut |_, line| {
                assert!(!line.contains(&b'\n'), "a rendered record is one line");
                rendered.extend_from_slice(line);
                rendered.push(b'\n');
            });
        }
        if let Err(offset) = end {
            assert!(offset <= bytes.len() as u64, "a stop lies inside the file");
        }
        batch.raw = rendered;
    } else {
        batch.raw = bytes.to_vec();
    }
    let fields = Arc::new(Fields::new(["EventID"]));
    let reference = EventTime::from_seconds(1_790_000_000);
    let context = FileContext::new(TimeZone::UTC, reference, fields);
    let mut scratch = Scratch::new(&context);
    normalize(&mut batch, &formats, format, &context, &mut scratch);
    every_byte_is_in_a_row(&batch, reader.framing());
    let first: Vec<String> = batch.events().map(told).collect();
    let columns = Fields::new([]);
    let mut splitter = Splitter::new(columns.iter().map(|(name, field)| (name, field, Kind::Text)));
    for event in batch.events() {
        line_is_rebuilt(event, &mut splitter, &columns);
    }
    normalize(&mut batch, &formats, format, &context, &mut scratch);
    let second: Vec<String> = batch.events().map(told).collect();
    assert_eq!(first, second, "the same bytes give the same rows");
}

fn every_byte_is_in_a_row(batch: &Batch, framing: Framing) {
    let mut at = 0;
    for event in batch.events() {
        let start = usize::try_from(event.id().offset).unwrap_or(usize::MAX);
        assert_eq!(start, at, "rows follow each other");
        at = start + event.raw().len();
        if !matches!(framing, Framing::Fixed(_)) {
            let rest = batch.raw.get(at..).unwrap_or(&[]);
            at += if rest.starts_with(b"\r\n") { 2 } else { usize::from(!rest.is_empty()) };
        }
    }
    assert_eq!(at, batch.raw.len(), "rows reach the end");
}

/// With every text and number cell in a column of its own, as a lake that keeps all of them.
fn line_is_rebuilt(event: Event<'_>, splitter: &mut Splitter, columns: &Fields) {
    if !splitter.split(event, b"\r\n") {
        return;
    }
    let template = std::str::from_utf8(splitter.template()).unwrap_or_default();
    let template = Template::parse(template, |name| columns.id(name).map(FieldId::index));
    let line = template.and_then(|template| rebuilt(&template, event, splitter, columns));
    let whole = [event.raw(), b"\r\n"].concat();
    assert!(line.is_some_and(|line| line == whole), "the line is rebuilt");
}

/// The pieces of a line, one after the other.
fn rebuilt(
    template: &Template,
    event: Event<'_>,
    splitter: &Splitter,
    columns: &Fields,
) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let mut ints = splitter.ints().iter();
    let mut words = splitter.words(event.raw());
    for piece in template.pieces() {
        match piece {
            Piece::Text(text) => line.extend_from_slice(text),
            Piece::Time(stamp) => stamp.write(event.time()?, &mut line)?,
            Piece::Cell(column) => {
                let (_, field) = columns.iter().nth(*column)?;
                template::cell_text(event, event.cell(field)?, &mut line).then_some(())?;
            }
            Piece::Int { radix, width } => {
                template::digits(*ints.next()?, *radix, *width, &mut line);
            }
            Piece::Word => line.extend_from_slice(words.next()?),
        }
    }
    Some(line)
}

fn told(event: Event<'_>) -> String {
    let cells: Vec<_> =
        event.cells().iter().map(|cell| (cell.field, event.text(cell).to_vec())).collect();
    let head = (event.time(), event.class(), event.line(), event.notes().len());
    format!("{head:?} {cells:?}")
}
