use std::{
    fs::File,
    io::{self, BufWriter, Write},
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
    let to: Box<dyn Write + Send> = match &args.output {
        Some(path) => {
            Box::new(File::create(path).map_err(|error| output::not_written(path, error))?)
        }
        None => Box::new(io::stdout()),
    };
    let mut out = BufWriter::with_capacity(1 << 16, to);
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
            reading.settings(|settings| {
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
            })
        }
    };
    match answered {
        Ok(()) => (),
        Err(SqlLakeError::Lake(error)) => return Err(told(error)),
        Err(SqlLakeError::Sql(error)) => {
            return Err(UsageError(LocalText::new(
                format!("这条 SQL 无法回答：{error}（表名是 logs，各列见 DESCRIBE logs）"),
                format!("this SQL cannot be answered: {error} (the table is `logs`; its columns: DESCRIBE logs)"),
            ))
            .into());
        }
    }
    out.flush()?;
    Ok(after_asking(&lake, lang))
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
