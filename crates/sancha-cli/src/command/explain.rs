use std::io::Write as _;

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::explain::{Explanation, explain, file_line};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use super::read;
use crate::{
    args::ExplainArgs,
    exit::{Exit, UsageError},
    instant, texts,
};

pub(crate) fn run(args: &ExplainArgs, lang: Lang) -> Result<Exit> {
    let zone = args.timezone.as_deref().unwrap_or(instant::HOME_ZONE);
    let zone = instant::zone(zone)?;
    let at = match args.at.as_deref() {
        Some(text) => instant::parse("--at", text, &zone)?,
        None => instant::now(),
    };
    let (head, line) = match (&args.line, &args.file) {
        (Some(line), _) => (Vec::new(), line.clone().into_bytes()),
        (None, Some(place)) => line_of(place)?,
        (None, None) => (Vec::new(), Vec::new()),
    };
    let rules = read::rule_files(&args.rules)?;
    let explanation = explain(&head, &line, &rules, at, &zone);
    print(&explanation, &zone, lang)?;
    Ok(Exit::Done)
}

/// The head of the file, for its format, and the line asked for.
fn line_of(place: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let usage = || {
        UsageError(LocalText::new(
            format!("`{place}` 应写成 文件:行号"),
            format!("`{place}` should be FILE:LINE"),
        ))
    };
    let (path, number) = place.rsplit_once(':').ok_or_else(usage)?;
    let number: u64 = number.parse().map_err(|_| usage())?;
    let read = file_line(path, number).map_err(UsageError)?;
    Ok((read.head, read.line))
}

fn print(explanation: &Explanation, zone: &TimeZone, lang: Lang) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", texts::EXPLAIN_FORMAT.get(lang).replace("{format}", &explanation.format))?;
    let time = match explanation.time {
        Some(time) => time.display_in(zone),
        None => texts::EXPLAIN_NO_TIME.get(lang).to_owned(),
    };
    let assumed = if explanation.assumed { texts::EXPLAIN_ASSUMED.get(lang) } else { "" };
    writeln!(out, "{}{assumed}", texts::EXPLAIN_TIME.get(lang).replace("{time}", &time))?;
    writeln!(out, "{}", texts::EXPLAIN_FIELDS.get(lang))?;
    for (name, value) in &explanation.fields {
        writeln!(out, "  {name} = {}", visible(value))?;
    }
    if !explanation.notes.is_empty() {
        writeln!(out, "{} {}", texts::EXPLAIN_NOTES.get(lang), explanation.notes.join(", "))?;
    }
    if explanation.matches.is_empty() {
        let count = explanation.rules.to_string();
        writeln!(out, "{}", texts::EXPLAIN_NONE.get(lang).replace("{count}", &count))?;
        return Ok(());
    }
    writeln!(out, "{}", texts::EXPLAIN_MATCHES.get(lang))?;
    for found in &explanation.matches {
        let title = found.title.get(lang);
        writeln!(
            out,
            "  {} {} [{} · {} · {}]",
            found.rule, title, found.scenario, found.level, found.score
        )?;
        for (name, value) in &found.fields {
            writeln!(out, "    {name} = {}", visible(value))?;
        }
    }
    Ok(())
}
