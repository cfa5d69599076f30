use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::lake::{LakeReading, sql_text};
use sancha_lake::{
    Lake, SqlLakeError,
    query::{ParquetResult, SqlOptions, each_row, names, write_json_lines},
};
use sancha_model::{EventTime, Lang};
use sancha_report::{BYTE_ORDER_MARK, csv_row, visible};

use super::{after_asking, keep_freed_memory, open, reading, told};
use crate::{
    args::{ResultFormat, SqlArgs},
    command::read::processors,
    exit::{Exit, UsageError},
    output, texts,
};

pub(crate) fn run(args: &SqlArgs, lang: Lang) -> Result<Exit> {
    let (reading, at) = reading(&args.lines)?;
    keep_freed_memory();
    let lake = open(&args.lake)?;
    let options = options(args, &reading.zone, at, lang);
    let question = Question { sql: &args.sql, lake: &lake, reading: &reading, options };
    let mut out = BufWriter::with_capacity(1 << 16, Destination::new(args.output.as_deref()));
    let answered = match args.format {
        ResultFormat::Parquet => question.parquet(&mut out),
        ResultFormat::Jsonl => question.json_lines(&mut out),
        ResultFormat::Csv => {
            // Spreadsheets tell UTF-8 by the mark; programs in a pipe do not expect one.
            let head = if args.output.is_some() { BYTE_ORDER_MARK } else { "" };
            question.rows(&mut out, head, true)
        }
        ResultFormat::Table => question.rows(&mut out, "", false),
    };
    close(args, out, answered)?;
    Ok(after_asking(&lake, lang))
}

fn options(args: &SqlArgs, zone: &TimeZone, at: EventTime, lang: Lang) -> SqlOptions {
    let threads = args.threads.unwrap_or_else(processors).clamp(1, 64);
    let zone_minutes = zone_minutes(zone, at);
    if zone_minutes.is_none() && !args.lines.quiet {
        output::note(texts::SQL_IN_UTC.get(lang));
    }
    SqlOptions { threads, zone_minutes: zone_minutes.unwrap_or(0) }
}

/// A question, and the lake that it is put to.
struct Question<'a> {
    sql: &'a str,
    lake: &'a Lake,
    reading: &'a LakeReading,
    options: SqlOptions,
}

impl Question<'_> {
    fn parquet(&self, out: &mut Out<'_>) -> Result<(), SqlLakeError> {
        let mut result = ParquetResult::new(out);
        self.reading.settings(|settings| {
            self.lake.sql(self.sql, settings, self.options, &mut |batch| result.write(batch))
        })?;
        Ok(result.finish()?)
    }

    fn json_lines(&self, out: &mut Out<'_>) -> Result<(), SqlLakeError> {
        self.reading.settings(|settings| {
            self.lake.sql(self.sql, settings, self.options, &mut |batch| {
                write_json_lines(&mut *out, batch)
            })
        })
    }

    /// Rows of text below one with the names of the columns; `head` goes before them.
    fn rows(&self, out: &mut Out<'_>, head: &str, is_csv: bool) -> Result<(), SqlLakeError> {
        let mut text = head.to_owned();
        let mut is_first = true;
        self.reading.settings(|settings| {
            self.lake.sql(self.sql, settings, self.options, &mut |batch| {
                if std::mem::take(&mut is_first) {
                    row(&mut text, &names(batch), is_csv);
                }
                each_row(batch, |cells| {
                    row(&mut text, cells, is_csv);
                    out.write_all(text.as_bytes())?;
                    text.clear();
                    Ok(())
                })
            })
        })?;
        // The head of an answer without rows. The destination notes a failure.
        let _ = out.write_all(text.as_bytes());
        Ok(())
    }
}

/// Ends an answer. Where it could not be written, that is what is told.
fn close(args: &SqlArgs, mut out: Out<'_>, answered: Result<(), SqlLakeError>) -> Result<()> {
    let flushed = answered.is_ok().then(|| out.flush());
    if let Some(error) = out.get_mut().failure.take().or(flushed.and_then(Result::err)) {
        return Err(match &args.output {
            Some(path) if out.get_ref().opened.is_some() => output::not_finished(path, error),
            _ => not_written(args, error),
        });
    }
    match answered {
        Ok(()) => out.get_mut().open().map(drop).map_err(|error| not_written(args, error)),
        Err(SqlLakeError::Lake(error)) => Err(told(error)),
        Err(SqlLakeError::Sql(error)) => Err(UsageError(sql_text(&error)).into()),
    }
}

fn not_written(args: &SqlArgs, error: io::Error) -> anyhow::Error {
    match &args.output {
        Some(path) => output::not_written(path, error),
        None => error.into(),
    }
}

type Out<'a> = BufWriter<Destination<'a>>;

/// Where an answer goes. The file is made with the first byte of an answer, so that a question that cannot be
/// answered leaves an earlier answer alone.
struct Destination<'a> {
    path: Option<&'a Path>,
    opened: Option<Box<dyn Write + Send>>,
    /// What writing failed with first: the engine tells of it in words only.
    failure: Option<io::Error>,
}

impl<'a> Destination<'a> {
    fn new(path: Option<&'a Path>) -> Self {
        Self { path, opened: None, failure: None }
    }

    fn open(&mut self) -> io::Result<&mut (dyn Write + Send)> {
        let to = match (self.opened.take(), self.path) {
            (Some(to), _) => to,
            (None, Some(path)) => Box::new(File::create(path)?),
            (None, None) => Box::new(io::stdout()),
        };
        Ok(self.opened.insert(to).as_mut())
    }

    fn noting<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && self.failure.is_none()
        {
            self.failure = Some(io::Error::new(error.kind(), error.to_string()));
        }
        result
    }
}

impl Write for Destination<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.open().and_then(|to| to.write(bytes));
        self.noting(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.opened.as_mut().map_or(Ok(()), |to| to.flush());
        self.noting(flushed)
    }
}

/// One row of CSV, or of cells with a tab between them.
fn row(text: &mut String, cells: &[String], is_csv: bool) {
    if is_csv {
        csv_row(text, cells.iter().map(|cell| cell.as_str().into()));
        return;
    }
    let shown: Vec<_> = cells.iter().map(|cell| visible(cell)).collect();
    text.push_str(&shown.join("\t"));
    text.push('\n');
}

/// By how much a zone is ahead of UTC, where that is the same the whole year.
fn zone_minutes(zone: &TimeZone, at: EventTime) -> Option<i32> {
    let offset = |months: i64| {
        let time = at.plus(months * 30 * 24 * EventTime::HOUR).timestamp();
        zone.to_offset(time).seconds()
    };
    let now = offset(0);
    (-12..=0).all(|months| offset(months) == now).then_some(now / 60)
}
