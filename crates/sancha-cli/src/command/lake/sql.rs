use std::io::{self, BufWriter, Write};

use anyhow::Result;
use sancha_lake::{
    SqlLakeError,
    query::{ParquetResult, each_row, names, write_json_lines},
};
use sancha_model::{Lang, LocalText};
use sancha_report::{csv_row, visible};

use super::{open, reading, told};
use crate::{
    args::{ResultFormat, SqlArgs},
    exit::{Exit, UsageError},
};

pub(crate) fn run(args: &SqlArgs, _lang: Lang) -> Result<Exit> {
    let (reading, _) = reading(&args.lines)?;
    let lake = open(&args.lake)?;
    let threads = args.threads.unwrap_or_else(processors).clamp(1, 64);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
    let answered = match args.format {
        ResultFormat::Parquet => {
            let mut result = ParquetResult::new(&mut out);
            let answered = reading.settings(|settings| {
                lake.sql(&args.sql, settings, threads, &mut |batch| result.write(batch))
            });
            answered.and_then(|()| result.finish().map_err(SqlLakeError::from))
        }
        ResultFormat::Jsonl => reading.settings(|settings| {
            lake.sql(&args.sql, settings, threads, &mut |batch| write_json_lines(&mut out, batch))
        }),
        ResultFormat::Csv | ResultFormat::Table => {
            let is_csv = args.format == ResultFormat::Csv;
            let mut text = String::new();
            let mut is_first = true;
            reading.settings(|settings| {
                lake.sql(&args.sql, settings, threads, &mut |batch| {
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
                format!("这条 SQL 无法回答：{error}"),
                format!("this SQL cannot be answered: {error}"),
            ))
            .into());
        }
    }
    out.flush()?;
    Ok(Exit::Done)
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
