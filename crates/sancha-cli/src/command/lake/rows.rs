//! Rows on their way to standard output or into a file.

use std::{
    fs,
    io::{self, BufWriter, IsTerminal as _, Write},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::lake::{
    push_json_row, push_row, write_csv_head, write_csv_row, write_json_row, write_table_row,
};
use sancha_lake::{Answer, RowsFile};
use sancha_report::BYTE_ORDER_MARK;

use crate::{args::RowFormat, exit::UsageError, output, texts};

type Out = BufWriter<Box<dyn Write + Send>>;

/// Where rows go.
pub(super) enum RowOutput {
    Text(Out, Shown),
    Parquet(Box<RowsFile<Out>>),
}

/// Rows are shown at least so often while more are looked for; the first at once.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// How many rows came, and when they are shown next.
#[derive(Default)]
pub(super) struct Shown {
    rows: u64,
    due: Option<Instant>,
}

/// From so many rows on, the clock is looked at for each of so many only: rows that come in such numbers come fast.
const MANY_ROWS: u64 = 256;
const LOOK_EVERY: u64 = 16;

/// How a row becomes bytes.
#[derive(Clone, Copy)]
pub(super) struct RowText<'a> {
    pub(super) format: RowFormat,
    pub(super) zone: &'a TimeZone,
}

impl RowText<'_> {
    /// A row of a Parquet file is on its way there as JSON.
    pub(super) fn render(self, answer: &Answer<'_>, row: &mut Vec<u8>) {
        match self.format {
            RowFormat::Table => write_table_row(row, answer, self.zone),
            RowFormat::Jsonl | RowFormat::Parquet => write_json_row(row, answer),
            RowFormat::Raw => row.extend_from_slice(answer.hit.line),
            RowFormat::Csv => {
                let mut text = String::new();
                write_csv_row(&mut text, answer);
                row.extend_from_slice(text.as_bytes());
            }
        }
    }
}

impl RowOutput {
    pub(super) fn new(format: RowFormat, file: Option<&Path>) -> Result<Self> {
        let out: Box<dyn Write + Send> = match file {
            Some(path) => {
                let made = fs::File::create(path);
                Box::new(made.map_err(|error| output::not_written(path, error))?)
            }
            None if format == RowFormat::Parquet && io::stdout().is_terminal() => {
                return Err(UsageError(texts::PARQUET_FILE.local()).into());
            }
            None => Box::new(io::stdout()),
        };
        let mut out = BufWriter::with_capacity(1 << 16, out);
        Ok(match format {
            RowFormat::Parquet => Self::Parquet(Box::new(RowsFile::new(out)?)),
            RowFormat::Csv => {
                // Spreadsheet programs open files; what goes on to a program has none of this.
                let mut head = String::from(if file.is_some() { BYTE_ORDER_MARK } else { "" });
                write_csv_head(&mut head);
                out.write_all(head.as_bytes())?;
                Self::Text(out, Shown::default())
            }
            RowFormat::Table | RowFormat::Jsonl | RowFormat::Raw => {
                Self::Text(out, Shown::default())
            }
        })
    }

    /// Adds a row; `row` is a buffer.
    pub(super) fn push(
        &mut self,
        answer: &Answer<'_>,
        text: RowText<'_>,
        row: &mut Vec<u8>,
    ) -> io::Result<()> {
        match self {
            Self::Parquet(file) => push_row(file, answer),
            Self::Text(out, shown) => {
                if text.format == RowFormat::Raw {
                    out.write_all(answer.hit.line)?;
                } else {
                    row.clear();
                    text.render(answer, row);
                    out.write_all(row)?;
                }
                show(out, shown)
            }
        }
    }

    /// Adds a row that was rendered.
    pub(super) fn push_rendered(&mut self, row: &[u8]) -> io::Result<()> {
        match self {
            Self::Parquet(file) => push_json_row(file, row),
            Self::Text(out, shown) => {
                out.write_all(row)?;
                show(out, shown)
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Parquet(file) => file.finish(),
            Self::Text(mut out, _) => out.flush(),
        }
    }
}

/// Lets rows through to whoever waits for them.
#[expect(clippy::disallowed_methods, reason = "pauses are measured; no result depends on it")]
fn show(out: &mut Out, shown: &mut Shown) -> io::Result<()> {
    shown.rows += 1;
    if shown.rows > MANY_ROWS && !shown.rows.is_multiple_of(LOOK_EVERY) {
        return Ok(());
    }
    let now = Instant::now();
    if shown.due.is_some_and(|due| now < due) {
        return Ok(());
    }
    shown.due = Some(now + SHOW_EVERY);
    out.flush()
}
