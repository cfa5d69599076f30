//! The peer of the Sigma rows: rsigma-eval over JSON lines, one thread, one output line per match.
//!
//! `rsigma-eval RULES EVENTS.jsonl [routed|unrouted] > matches`. Recorded Windows events do not name their
//! log source in the fields that its routing reads: routed, it is told from channel and number, as Sigma's
//! taxonomy has them. Measure the process from outside.

use std::{
    fs,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use rsigma_eval::{Engine, JsonEvent};
use rsigma_parser::LogSource;
use serde_json::Value;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments.next().context("the folder of rules is missing")?;
    let events = arguments.next().context("the file of events is missing")?;
    let is_routed = arguments.next().is_some_and(|word| word == "routed");
    let mut files = Vec::new();
    collect(Path::new(&rules), &mut files)?;
    files.sort();
    let mut engine = Engine::new();
    let mut all = Vec::new();
    for path in &files {
        all.extend(rsigma_parser::parse_sigma_yaml(&fs::read_to_string(path)?)?.rules);
    }
    // All at once: its index is built of what is added together. Its two optional filters, off by
    // default, were tried on these rules and events: one changes nothing, the other costs more.
    let loaded = all.len() - engine.add_rules(&all).len();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut count, mut matches) = (0_u64, 0_u64);
    for line in BufReader::new(fs::File::open(&events)?).lines() {
        let event: Value = serde_json::from_str(&line?)?;
        count += 1;
        let view = JsonEvent::borrow(&event);
        let found = if is_routed {
            engine.evaluate_with_logsource(&view, &log_source(&event))
        } else {
            engine.evaluate(&view)
        };
        for found in found {
            matches += 1;
            let id = found.header.rule_id.unwrap_or_default();
            writeln!(out, "{{\"line\":{count},\"rule\":\"{id}\"}}")?;
        }
    }
    out.flush()?;
    eprintln!("{loaded} rules, {count} events, {matches} matches");
    Ok(())
}

/// One category for an event that Sigma has two for: the peer asks fewer rules, not more.
fn log_source(event: &Value) -> LogSource {
    let channel = event.get("Channel").and_then(Value::as_str).unwrap_or_default();
    let number = event.get("EventID").and_then(Value::as_u64).unwrap_or_default();
    let (service, category) = match (channel.to_ascii_lowercase().as_str(), number) {
        ("security", 4688) => ("security", "process_creation"),
        ("security", _) => ("security", ""),
        ("system", _) => ("system", ""),
        ("microsoft-windows-sysmon/operational", number) => ("sysmon", sysmon_category(number)),
        _ => ("", ""),
    };
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    LogSource {
        category: named(category),
        product: Some("windows".to_owned()),
        service: named(service),
        ..LogSource::default()
    }
}

fn sysmon_category(number: u64) -> &'static str {
    match number {
        1 => "process_creation",
        3 => "network_connection",
        5 => "process_termination",
        7 => "image_load",
        9 => "raw_access_thread",
        10 => "process_access",
        11 => "file_event",
        12 => "registry_event",
        13 => "registry_set",
        22 => "dns_query",
        23 => "file_delete",
        24 => "clipboard_capture",
        _ => "",
    }
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
