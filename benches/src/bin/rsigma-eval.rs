//! The peer of the Sigma rows: rsigma-eval over JSON lines, one thread, one output line per match.
//!
//! `rsigma-eval RULES EVENTS.jsonl > matches`. Every rule sees every event, for the events do not name
//! their log source in the fields that its routing reads. Measure the process from outside.

use std::{
    fs,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use rsigma_eval::{Engine, JsonEvent};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments.next().context("the folder of rules is missing")?;
    let events = arguments.next().context("the file of events is missing")?;
    let mut files = Vec::new();
    collect(Path::new(&rules), &mut files)?;
    files.sort();
    let mut engine = Engine::new();
    let mut loaded = 0;
    for path in &files {
        let text = fs::read_to_string(path)?;
        for rule in rsigma_parser::parse_sigma_yaml(&text)?.rules {
            loaded += usize::from(engine.add_rule(&rule).is_ok());
        }
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut count, mut matches) = (0_u64, 0_u64);
    for line in BufReader::new(fs::File::open(&events)?).lines() {
        let event: serde_json::Value = serde_json::from_str(&line?)?;
        count += 1;
        for found in engine.evaluate(&JsonEvent::borrow(&event)) {
            matches += 1;
            let id = found.header.rule_id.unwrap_or_default();
            writeln!(out, "{{\"line\":{count},\"rule\":\"{id}\"}}")?;
        }
    }
    out.flush()?;
    eprintln!("{loaded} rules, {count} events, {matches} matches");
    Ok(())
}

fn collect(at: &Path, into: &mut Vec<std::path::PathBuf>) -> Result<()> {
    for entry in fs::read_dir(at).with_context(|| at.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            into.push(path);
        }
    }
    Ok(())
}
