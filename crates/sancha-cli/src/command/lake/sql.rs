use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_lake::{
    SqlLakeError,
    query::{ParquetResult, SqlOptions, each_row, names, write_json_lines},
};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::{BYTE_ORDER_MARK, csv_row, visible};

use super::{after_asking, open, reading, told};
use crate::{
    args::{ResultFormat, SqlArgs},
    exit::{Exit, UsageError},
    output, texts,
};

pub(crate) fn run(args: &SqlArgs, lang: Lang) -> Result<Exit> {
    let (reading, at) = reading(&args.lines)?;
    let lake = open(&args.lake)?;
    let threads = args.threads.unwrap_or_else(processors).clamp(1, 64);
    let zone_minutes = zone_minutes(&reading.zone, at);
    if zone_minutes.is_none() && !args.lines.quiet {
        output::note(texts::SQL_IN_UTC.get(lang));
    }
    let options = SqlOptions { threads, zone_minutes: zone_minutes.unwrap_or(0) };
    let mut out = BufWriter::with_capacity(1 << 16, Destination::new(args.output.as_deref()));
    let answered = match args.format {
        ResultFormat::Parquet => {
            let mut result = ParquetResult::new(&mut out);
            let answered = reading.settings(|settings| {
                lake.sql(&args.sql, settings, options, &mut |batch| result.write(batch))
            });
            answered.and_then(|()| result.finish().map_err(SqlLakeError::from))
        }
        ResultFormat::Jsonl => reading.settings(|settings| {
            lake.sql(&args.sql, settings, options, &mut |batch| write_json_lines(&mut out, batch))
        }),
        ResultFormat::Csv | ResultFormat::Table => {
            let is_csv = args.format == ResultFormat::Csv;
            let marked = is_csv && args.output.is_some();
            let mut text = String::from(if marked { BYTE_ORDER_MARK } else { "" });
            let mut is_first = true;
            let answered = reading.settings(|settings| {
                lake.sql(&args.sql, settings, options, &mut |batch| {
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
            });
            // The head of an answer without rows.
            // A failure is noted where it happens.
            answered.map(|()| drop(out.write_all(text.as_bytes())))
        }
    };
    let flushed = answered.is_ok().then(|| out.flush());
    if let Some(error) = out.get_mut().failure.take().or(flushed.and_then(Result::err)) {
        return Err(match &args.output {
            Some(path) if out.get_ref().opened.is_some() => output::not_finished(path, error),
            _ => not_written(args, error),
        });
    }
    match answered {
        Ok(()) => out.get_mut().open().map(drop).map_err(|error| not_written(args, error))?,
        Err(SqlLakeError::Lake(error)) => return Err(told(error)),
        Err(SqlLakeError::Sql(error)) => {
            return Err(UsageError(LocalText::new(
                format!("这条 SQL 无法回答：{error}（表名是 logs，各列见 DESCRIBE logs）"),
                format!("this SQL cannot be answered: {error} (the table is `logs`; its columns: DESCRIBE logs)"),
            ))
            .into());
        }
    }
    Ok(after_asking(&lake, lang))
}

fn not_written(args: &SqlArgs, error: io::Error) -> anyhow::Error {
    match &args.output {
        Some(path) => output::not_written(path, error),
        None => error.into(),
    }
}

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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
