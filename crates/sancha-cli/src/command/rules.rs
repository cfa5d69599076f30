use std::{fs, io::Write as _, path::PathBuf};

use anyhow::Result;
use sancha_app::{
    RuleFile,
    rules::{self, RuleProblem, RuleState, RuleUse},
};
use sancha_detect::{EngineOptions, sigma::LogSource};
use sancha_model::{Lang, Level, LocalText, RuleNotLoaded, Text};
use sancha_report::visible;
use serde_json::{Value, json};

use super::read::{self, Reading};
use crate::{
    args::{
        RuleCoverageArgs, RuleFolders, RuleFormat, RuleList, RulesArgs, RulesCommand, TimeArgs,
    },
    data,
    exit::{Exit, UsageError},
    output,
    progress::Progress,
    texts,
};

pub(crate) fn run(args: &RulesArgs, lang: Lang) -> Result<Exit> {
    match &args.command {
        RulesCommand::Lint(args) => lint(args, lang),
        RulesCommand::Test(args) => test(args, lang),
        RulesCommand::List(args) => list(args, lang),
        RulesCommand::Coverage(args) => coverage(args, lang),
    }
}

fn files(folders: &[PathBuf]) -> Result<Vec<RuleFile>> {
    let files = data::rules_of(folders)?;
    if files.is_empty() {
        return Err(UsageError(texts::NO_RULES.local()).into());
    }
    Ok(files)
}

fn lint(args: &RuleFolders, lang: Lang) -> Result<Exit> {
    let options = read::rule_options(&args.pipeline)?;
    let (loaded, problems) = rules::lint(&files(&args.folders)?, &options);
    let errors = problems.iter().filter(|problem| problem.is_error).count();
    let counts = [("count", loaded), ("errors", errors), ("advice", problems.len() - errors)];
    print_problems(&problems, args.format, &texts::RULES_LOADED, &counts, lang)?;
    Ok(if errors > 0 { Exit::PartialInput } else { Exit::Done })
}

fn test(args: &RuleFolders, lang: Lang) -> Result<Exit> {
    let options = read::rule_options(&args.pipeline)?;
    let sample = |path: &str| fs::read(path).ok();
    let (tested, problems) = rules::test(&files(&args.folders)?, &options, &sample);
    let counts = [("count", tested), ("errors", problems.len())];
    print_problems(&problems, args.format, &texts::RULES_TESTED, &counts, lang)?;
    Ok(if problems.is_empty() { Exit::Done } else { Exit::PartialInput })
}

fn print_problems(
    problems: &[RuleProblem],
    format: RuleFormat,
    summary: &Text,
    counts: &[(&str, usize)],
    lang: Lang,
) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match format {
        RuleFormat::Table => {
            for problem in problems {
                let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
                let place = visible(&format!("{}{line}", problem.path)).into_owned();
                writeln!(out, "{place}: {}", visible(problem.message.get(lang)))?;
            }
            let counts: Vec<(&str, LocalText)> =
                counts.iter().map(|(name, n)| (*name, LocalText::same(n.to_string()))).collect();
            writeln!(out, "{}", summary.fill(&counts).get(lang))?;
        }
        RuleFormat::Json => {
            let shown: Vec<Value> = problems
                .iter()
                .map(|problem| {
                    json!({
                        "path": problem.path,
                        "line": problem.line,
                        "error": problem.is_error,
                        "message": message(&problem.message),
                    })
                })
                .collect();
            let mut whole = json!({ "problems": shown });
            for (name, count) in counts {
                whole[*name] = json!(count);
            }
            writeln!(out, "{whole:#}")?;
        }
    }
    Ok(())
}

fn message(text: &LocalText) -> Value {
    json!({ "zh": text.zh, "en": text.en })
}

fn list(args: &RuleList, lang: Lang) -> Result<Exit> {
    let files = if args.folders.is_empty() { data::shipped_rules() } else { files(&args.folders)? };
    let (rows, not_loaded) = rules::list(&files, &read::rule_options(&[])?);
    let mut out = std::io::stdout().lock();
    match args.format {
        RuleFormat::Table => {
            for row in &rows {
                writeln!(
                    out,
                    "{}  {:13} {:32} {}  {}",
                    visible(&row.id),
                    row.level.id(),
                    visible(&source(&row.log_source)),
                    visible(row.title.get(lang)),
                    visible(&row.path)
                )?;
            }
            for rule in &not_loaded {
                writeln!(out, "{}", not_loaded_line(rule, lang))?;
            }
        }
        RuleFormat::Json => {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    json!({
                        "id": row.id,
                        "title": message(&row.title),
                        "level": row.level.id(),
                        "logsource": {
                            "product": row.log_source.product,
                            "category": row.log_source.category,
                            "service": row.log_source.service,
                        },
                        "path": row.path,
                    })
                })
                .collect();
            writeln!(out, "{:#}", json!({ "rules": rows, "not_loaded": refused(&not_loaded) }))?;
        }
    }
    Ok(if not_loaded.is_empty() { Exit::Done } else { Exit::PartialInput })
}

fn source(source: &LogSource) -> String {
    let parts = [&source.product, &source.service, &source.category];
    let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
    parts.join("/")
}

fn refused(rules: &[RuleNotLoaded]) -> Vec<Value> {
    let one = |rule: &RuleNotLoaded| json!({ "path": rule.path, "line": rule.line, "reason": message(&rule.reason) });
    rules.iter().map(one).collect()
}

fn not_loaded_line(rule: &RuleNotLoaded, lang: Lang) -> String {
    let line = rule.line.map(|line| format!(":{line}")).unwrap_or_default();
    let text = texts::RULE_NOT_LOADED.get(lang).replace("{reason}", rule.reason.get(lang));
    format!("{}  {}", visible(&format!("{}{line}", rule.path)), visible(&text))
}

fn coverage(args: &RuleCoverageArgs, lang: Lang) -> Result<Exit> {
    let always = TimeArgs { from: None, to: None };
    let reading = Reading::new(&args.read, &always, (None, &[]), lang)?;
    let only = !args.only_rules.is_empty();
    let files = if only { files(&args.only_rules)? } else { read::rule_files(&args.read.rules)? };
    let options = EngineOptions {
        least_level: Some(Level::Informational),
        all_logsources: args.read.all_logsources,
        only_rules: true,
        ..EngineOptions::default()
    };
    let progress = Progress::new(reading.bytes(), args.read.quiet, lang);
    let on_progress = |bytes| progress.at(bytes);
    let settings = |_: &str| Default::default();
    let input = reading.input(&args.read, files, options, &settings, &on_progress)?;
    let found = sancha_app::run(input, &mut |_| Ok(()))?;
    progress.end();
    let not_loaded = &found.coverage.rules.not_loaded;
    match args.format {
        RuleFormat::Table => coverage_table(&found.rule_uses, not_loaded, lang)?,
        RuleFormat::Json => {
            let rows: Vec<Value> = found.rule_uses.iter().map(coverage_row).collect();
            let whole = json!({ "rules": rows, "not_loaded": refused(not_loaded) });
            writeln!(std::io::stdout().lock(), "{whole:#}")?;
        }
    }
    if !args.read.quiet {
        output::problems(&found.coverage.problems, lang);
    }
    Ok(read::exit(std::iter::empty(), None, &found.coverage))
}

fn coverage_table(uses: &[RuleUse], not_loaded: &[RuleNotLoaded], lang: Lang) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let (mut ran, mut hit, mut source, mut field, mut values) = (0, 0, 0, 0, 0);
    for RuleUse { rule, state } in uses {
        let told = match state {
            RuleState::Ran { matches } => {
                ran += 1;
                hit += u64::from(*matches > 0);
                texts::RULE_RAN.get(lang).replace("{count}", &matches.to_string())
            }
            RuleState::NoLogSource => {
                source += 1;
                texts::RULE_NO_SOURCE.get(lang).to_owned()
            }
            RuleState::NoField(names) => {
                field += 1;
                texts::RULE_NO_FIELD.get(lang).replace("{names}", &names.join(", "))
            }
            RuleState::NoValues(names) => {
                values += 1;
                texts::RULE_NO_VALUES.get(lang).replace("{names}", &names.join(", "))
            }
        };
        let title = visible(rule.title.get(lang)).into_owned();
        writeln!(out, "{}  {title}  {}", visible(&rule.id), visible(&told))?;
    }
    for rule in not_loaded {
        writeln!(out, "{}", not_loaded_line(rule, lang))?;
    }
    let count = |n: u64| LocalText::same(n.to_string());
    let summary = texts::RULES_COVERED.fill(&[
        ("ran", count(ran)),
        ("hit", count(hit)),
        ("source", count(source)),
        ("field", count(field)),
        ("values", count(values)),
        ("not", count(not_loaded.len() as u64)),
    ]);
    writeln!(out, "{}", summary.get(lang))?;
    Ok(())
}

fn coverage_row(used: &RuleUse) -> Value {
    let (state, matches, missing) = match &used.state {
        RuleState::Ran { matches } => ("ran", *matches, &[][..]),
        RuleState::NoLogSource => ("no_log_source", 0, &[][..]),
        RuleState::NoField(names) => ("no_field", 0, names.as_slice()),
        RuleState::NoValues(names) => ("no_values", 0, names.as_slice()),
    };
    json!({
        "id": used.rule.id,
        "title": message(&used.rule.title),
        "path": used.rule.path,
        "state": state,
        "matches": matches,
        "missing": missing,
    })
}
