use std::io::{self, BufWriter, Write};

use anyhow::Result;
use sancha_app::lake::{write_csv_head, write_csv_row, write_json_row, write_table_row};
use sancha_lake::Answer;
use sancha_model::Lang;

use super::{open, question, reading, told};
use crate::{
    args::{RowFormat, SearchArgs},
    exit::Exit,
    output, texts,
};

pub(crate) fn run(args: &SearchArgs, lang: Lang) -> Result<Exit> {
    let (reading, _) = reading(&args.lines)?;
    let query = question(&args.query, &args.time, &reading)?;
    let lake = open(&args.lake)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut row = Vec::new();
    let mut text = String::new();
    if args.format == RowFormat::Csv && !args.count {
        write_csv_head(&mut text);
        out.write_all(text.as_bytes())?;
    }
    let (mut left, mut failure) = (args.limit.unwrap_or(u64::MAX), None);
    let looked = reading.settings(|settings| {
        lake.search(&query, settings, &mut |answer: Answer<'_>| {
            if left == 0 {
                return false;
            }
            left -= 1;
            if args.count {
                return true;
            }
            row.clear();
            match args.format {
                RowFormat::Table => write_table_row(&mut row, &answer, &reading.zone),
                RowFormat::Jsonl => write_json_row(&mut row, &answer),
                RowFormat::Raw => row.extend_from_slice(answer.hit.line),
                RowFormat::Csv => {
                    text.clear();
                    write_csv_row(&mut text, &answer);
                    row.extend_from_slice(text.as_bytes());
                }
            }
            match out.write_all(&row) {
                Ok(()) => left > 0,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        })
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    let looked = looked.map_err(told)?;
    if args.count {
        writeln!(out, "{}", looked.answers)?;
    }
    out.flush()?;
    if !args.lines.quiet {
        let text = texts::SEARCHED
            .get(lang)
            .replace("{answers}", &looked.answers.to_string())
            .replace("{parts}", &looked.parts.to_string())
            .replace("{skipped}", &looked.skipped.to_string());
        output::note(&text);
    }
    Ok(Exit::Done)
}
