use std::io::Write as _;

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::{
    explain::{Explanation, Subject, explain, file_line},
    rule_problem,
};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use super::read;
use crate::{
    args::ExplainArgs,
    exit::{Exit, UsageError},
    instant, output, texts,
};

pub(crate) fn run(args: &ExplainArgs, lang: Lang) -> Result<Exit> {
    let zone = args.timezone.as_deref().unwrap_or(instant::HOME_ZONE);
    let zone = instant::zone(zone)?;
    let at = match args.at.as_deref() {
        Some(text) => instant::parse("--at", text, &zone)?,
        None => instant::now(),
    };
    let subject = match (&args.line, &args.file) {
        (Some(line), _) => Subject::line(line),
        (None, Some(place)) => line_of(place)?,
        (None, None) => Subject::line(""),
    };
    let rules = read::rule_files(&args.rules)?;
    let explanation = explain(&subject, &rules, at, &zone);
    print(&explanation, &zone, lang)?;
    let not_loaded: Vec<_> = explanation.not_loaded.iter().map(rule_problem).collect();
    output::problems(&not_loaded, lang);
    Ok(if not_loaded.is_empty() { Exit::Done } else { Exit::PartialInput })
}

/// The record of `FILE:LINE`.
fn line_of(place: &str) -> Result<Subject> {
    let usage = || {
        UsageError(LocalText::new(
            format!("`{place}` 应写成 文件:行号"),
            format!("`{place}` should be FILE:LINE"),
        ))
    };
    let (path, number) = place.rsplit_once(':').ok_or_else(usage)?;
    let number: u64 = number.parse().map_err(|_| usage())?;
    Ok(file_line(path, number).map_err(UsageError)?)
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
