use std::io::{self, BufWriter, Write};

use anyhow::Result;
use sancha_app::{RunOutput, rule_problem};
use sancha_detect::EngineOptions;
use sancha_model::{Lang, Level};
use sancha_report::{
    MatchNames, render_findings_csv, render_findings_table, write_finding, write_match,
};

use super::read::{self, Reading};
use crate::{
    args::{DetectArgs, Format},
    data,
    exit::Exit,
    output,
    progress::Progress,
};

pub(crate) fn run(args: &DetectArgs, lang: Lang) -> Result<Exit> {
    let reading = Reading::new(&args.read, None, &[], lang)?;
    let only = !args.only_rules.is_empty();
    let rules =
        if only { data::rules_of(&args.only_rules)? } else { read::rule_files(&args.read.rules)? };
    let options = EngineOptions {
        least_level: args.level.as_deref().and_then(Level::from_id),
        all_logsources: args.read.all_logsources,
        only_rules: only,
        ..EngineOptions::default()
    };
    let progress = Progress::new(&reading.discovery.sources, args.read.quiet, lang);
    let on_progress = |bytes| progress.at(bytes);
    let settings = |_: &str| Default::default();
    let input = reading.input(&args.read, rules, options, &settings, &on_progress)?;
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let mut line = Vec::new();
    let found = sancha_app::run(input, &mut |named| {
        if !args.matches {
            return Ok(());
        }
        line.clear();
        let names = MatchNames { path: named.path, rule: named.rule, fields: named.fields };
        write_match(&mut line, named.found, names);
        out.write_all(&line)
    })?;
    progress.end();
    if !args.matches {
        findings(&found, args.format, lang, &mut out)?;
    }
    out.flush()?;
    if !args.read.quiet {
        output::problems(&found.coverage.problems, lang);
        let rules: Vec<_> = found.coverage.rules.not_loaded.iter().map(rule_problem).collect();
        output::problems(&rules, lang);
    }
    Ok(read::exit(
        &found.findings,
        args.read.fail_on.as_deref(),
        !found.coverage.problems.is_empty(),
    ))
}

fn findings(found: &RunOutput, format: Format, lang: Lang, out: &mut impl Write) -> Result<()> {
    match format {
        Format::Csv => out.write_all(render_findings_csv(&found.findings, lang).as_bytes())?,
        Format::Jsonl => out.write_all(&lines(found))?,
        Format::Json => {
            let lines = lines(found);
            let items: Vec<&[u8]> =
                lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
            out.write_all(b"[\n")?;
            out.write_all(&items.join(&b",\n"[..]))?;
            out.write_all(b"\n]\n")?;
        }
        Format::Table => {
            out.write_all(render_findings_table(&found.findings, lang).as_bytes())?;
        }
    }
    Ok(())
}

fn lines(found: &RunOutput) -> Vec<u8> {
    let mut lines = Vec::new();
    found.findings.iter().for_each(|finding| write_finding(&mut lines, finding));
    lines
}
