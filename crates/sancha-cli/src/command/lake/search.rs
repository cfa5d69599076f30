use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;
use sancha_app::lake::{LakeReading, SavedSearch};
use sancha_lake::{Answer, Lake, Looked, Query, WithValues};
use sancha_model::Lang;

use super::{
    after_asking, keep_freed_memory, open, question, reading,
    rows::{RowOutput, RowText},
    saved, told,
};
use crate::{
    args::{RowFormat, RowOrder, SearchArgs, TimeArgs},
    exit::Exit,
    output, texts,
};

pub(crate) fn run(args: &SearchArgs, lang: Lang) -> Result<Exit> {
    let folder = args.lake.lake.as_path();
    if args.list_saved {
        open(&args.lake)?;
        return saved::list(folder, lang);
    }
    let (reading, _) = reading(&args.lines)?;
    let asked = asked(args, lang)?;
    let time = TimeArgs { from: asked.from.clone(), to: asked.to.clone() };
    let mut query = question(&asked.query, &time, &reading)?;
    query.with_values = match args.format {
        RowFormat::Raw => WithValues::None,
        RowFormat::Table => WithValues::Records,
        RowFormat::Jsonl | RowFormat::Csv | RowFormat::Parquet => WithValues::All,
    };
    keep_freed_memory();
    let lake = open(&args.lake)?;
    if args.save.is_some() {
        saved::save(folder, &asked)?;
    }
    let looked = if args.count {
        let looked = reading.settings(|settings| lake.count(&query, settings)).map_err(told)?;
        let text = format!("{}\n", looked.answers);
        match &args.output {
            Some(path) => count_file(path, &text)?,
            None => io::stdout().lock().write_all(text.as_bytes())?,
        }
        looked
    } else {
        rows(args, &lake, &query, &reading)?
    };
    if !args.lines.quiet {
        let text = texts::SEARCHED
            .get(lang)
            .replace("{answers}", &looked.answers.to_string())
            .replace("{parts}", &looked.parts.to_string())
            .replace("{skipped}", &looked.skipped.to_string());
        output::note(&text);
        if looked.answers == 0 && args.limit != Some(0) && !asked.query.is_empty() {
            output::note(texts::NO_ANSWER.get(lang));
            if asked.from.is_some() || asked.to.is_some() {
                output::note(texts::NO_TIME.get(lang));
            }
        }
    }
    Ok(after_asking(&lake, lang))
}

/// The question of the arguments, or the one saved under a name; times given now win.
fn asked(args: &SearchArgs, lang: Lang) -> Result<SavedSearch> {
    let (from, to) = (args.time.from.clone(), args.time.to.clone());
    let Some(name) = &args.saved else {
        let name = args.save.clone().unwrap_or_default();
        return Ok(SavedSearch { name, query: args.query.clone(), from, to });
    };
    open(&args.lake)?;
    let known = saved::find(&args.lake.lake, name, lang)?;
    Ok(SavedSearch { from: from.or(known.from), to: to.or(known.to), ..known })
}

/// Writes the rows that answer, all of them or as many as are wanted.
fn rows(args: &SearchArgs, lake: &Lake, query: &Query, reading: &LakeReading) -> Result<Looked> {
    let mut rows = RowOutput::new(args.format, args.output.as_deref())?;
    let text = RowText { format: args.format, zone: &reading.zone };
    let (mut left, mut failure) = (args.limit.unwrap_or(u64::MAX), None);
    // Whether more is wanted, after one was written.
    let mut more = |written: io::Result<()>| {
        left = left.saturating_sub(1);
        let is_written = written.map_err(|error| failure = Some(error)).is_ok();
        is_written && left > 0
    };
    let looked = if args.limit == Some(0) {
        Ok(Looked::default())
    } else {
        reading.settings(|settings| match args.order {
            RowOrder::Kept => {
                let mut row = Vec::new();
                lake.search(query, settings, &mut |answer: Answer<'_>| {
                    more(rows.push(&answer, text, &mut row))
                })
            }
            RowOrder::Time => lake.search_by_time(
                query,
                settings,
                &mut |answer, row| text.render(answer, row),
                &mut |row| more(rows.push_rendered(row)),
            ),
        })
    };
    let not_written = |error: io::Error| match args.output.as_deref() {
        Some(path) => output::not_finished(path, error),
        None => error.into(),
    };
    if let Some(error) = failure {
        drop(rows);
        return Err(not_written(error));
    }
    let looked = looked.map_err(told)?;
    rows.finish().map_err(not_written)?;
    Ok(looked)
}

fn count_file(path: &Path, text: &str) -> Result<()> {
    let mut file = File::create(path).map_err(|error| output::not_written(path, error))?;
    file.write_all(text.as_bytes()).map_err(|error| output::not_finished(path, error))
}
