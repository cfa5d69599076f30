use std::io::{self, BufWriter, Write};

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::{RuleFile, RunOutput, eviction_problem, rule_problem};
use sancha_detect::EngineOptions;
use sancha_model::{Finding, Lang, Level};
use sancha_report::{
    render_allow_list, render_findings_csv, render_findings_head, render_findings_table,
    write_finding,
};

use super::{
    follow,
    read::{self, Reading, write_named, write_suppressed},
};
use crate::{
    args::{DetectArgs, Format},
    data,
    exit::Exit,
    output,
    progress::Progress,
    texts,
};

pub(crate) fn run(args: &DetectArgs, lang: Lang) -> Result<Exit> {
    if args.follow {
        return follow::run(args, lang);
    }
    let mut reading = Reading::new(&args.read, &args.time, (None, &[]), lang)?;
    // Findings name lines and show none, so that nothing is read a second time.
    reading.limits.max_piped_copy_bytes = 0;
    let (rules, options) = (rules(args)?, options(args));
    let progress = Progress::new(reading.bytes(), args.read.quiet, lang);
    let on_progress = |bytes| progress.at(bytes);
    let settings = |_: &str| Default::default();
    let mut input = reading.input(&args.read, rules, options, &settings, &on_progress)?;
    // Matches stand for themselves; an exit code by level and the allow list's counts are of findings.
    input.findings = !args.matches || args.read.fail_on.is_some() || args.read.allow.is_some();
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let mut line = Vec::new();
    let found = sancha_app::run(input, &mut |named| {
        if !args.matches || (named.suppressed_by.is_some() && !args.suppressed) {
            return Ok(());
        }
        line.clear();
        write_named(&mut line, &named);
        out.write_all(&line)
    })?;
    progress.end();
    if !args.matches {
        findings(&found, args, (&reading.home, lang), &mut out)?;
    }
    out.flush()?;
    Ok(end(&found, args, &reading.home, lang))
}

/// Shipped rules and those of the user, or only those that the user named.
pub(super) fn rules(args: &DetectArgs) -> Result<Vec<RuleFile>> {
    if args.only_rules.is_empty() {
        return read::rule_files(&args.read.rules);
    }
    Ok(data::rules_of(&args.only_rules)?)
}

pub(super) fn options(args: &DetectArgs) -> EngineOptions {
    EngineOptions {
        least_level: args.level.as_deref().and_then(Level::from_id),
        all_logsources: args.read.all_logsources,
        only_rules: !args.only_rules.is_empty(),
        ..EngineOptions::default()
    }
}

/// What is told at the end, and the exit code.
pub(super) fn end(found: &RunOutput, args: &DetectArgs, zone: &TimeZone, lang: Lang) -> Exit {
    if !args.read.quiet {
        output::problems(&found.coverage.problems, lang);
        let rules: Vec<_> = found.coverage.rules.not_loaded.iter().map(rule_problem).collect();
        output::problems(&rules, lang);
        if let Some(note) = render_allow_list(&found.coverage.suppressions, lang) {
            output::note(&note);
        }
        output::unknown_names(&found.coverage.suppressions, lang);
        output::remarks(&found.coverage, zone, lang);
        let evicted = eviction_problem(found.coverage.evicted_entities);
        output::problems(evicted.as_slice(), lang);
        closing(found, args, lang);
    }
    read::exit(found.findings.levels(), args.read.fail_on.as_deref(), &found.coverage)
}

/// What was read and found, so that nothing found is told from nothing read.
fn closing(found: &RunOutput, args: &DetectArgs, lang: Lang) {
    let files = &found.coverage.files;
    let (what, count) = if args.matches {
        (&texts::MATCHES, found.matches)
    } else {
        (&texts::FINDINGS, found.findings.len() as u64)
    };
    let text = texts::DETECTED
        .get(lang)
        .replace("{files}", &files.len().to_string())
        .replace("{records}", &files.iter().map(|file| file.records).sum::<u64>().to_string())
        .replace("{rejected}", &files.iter().map(|file| file.rejected).sum::<u64>().to_string())
        .replace("{what}", what.get(lang))
        .replace("{found}", &count.to_string());
    output::note(&text);
}

fn findings(
    found: &RunOutput,
    args: &DetectArgs,
    (zone, lang): (&TimeZone, Lang),
    out: &mut impl Write,
) -> Result<()> {
    match args.format {
        Format::Csv => out.write_all(render_findings_csv(&all(found), lang).as_bytes())?,
        Format::Jsonl => each_line(found, args.suppressed, |line| out.write_all(line))?,
        Format::Json => {
            out.write_all(b"[\n")?;
            let mut before: &[u8] = b"";
            each_line(found, args.suppressed, |line| {
                out.write_all(before)?;
                before = b",\n";
                out.write_all(line.strip_suffix(b"\n").unwrap_or(line))
            })?;
            out.write_all(b"\n]\n")?;
        }
        Format::Table => {
            let found = all(found);
            if !found.is_empty() {
                out.write_all(render_findings_head(lang).as_bytes())?;
            }
            out.write_all(render_findings_table(&found, zone, lang).as_bytes())?;
        }
    }
    Ok(())
}

fn all(found: &RunOutput) -> Vec<Finding> {
    found.findings.iter().collect()
}

/// Findings as JSON lines, one at a time; those that the allow list covers come last and say so.
fn each_line(
    found: &RunOutput,
    with_suppressed: bool,
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    for finding in found.findings.iter() {
        line.clear();
        write_finding(&mut line, &finding);
        write(&line)?;
    }
    for one in found.suppressed.iter().filter(|_| with_suppressed) {
        line.clear();
        write_suppressed(&mut line, one);
        write(&line)?;
    }
    Ok(())
}
