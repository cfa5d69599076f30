//! Loads every rule below the folders given and says what was loaded and what was not, and why.
//!
//! `cargo run --example sigma_load -- DIR…`
#![expect(clippy::print_stdout, reason = "a measuring tool prints its measurements")]

use std::{collections::BTreeMap, fs, path::Path};

use sancha_detect::sigma::{Plan, RuleText, Rules};
use sancha_model::Fields;

fn main() -> std::io::Result<()> {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut files)?;
    }
    files.sort();
    let texts: Vec<RuleText<'_>> =
        files.iter().map(|(path, yaml)| RuleText { path, yaml }).collect();
    let (rules, problems) = Rules::parse(&texts);
    let fields = Fields::new(rules.field_names());
    let routed = Plan::compile(&rules, &fields, false);
    let all = Plan::compile(&rules, &fields, true);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for problem in &problems {
        let line = problem.line.unwrap_or(0);
        println!("{}:{line}: {}", problem.path, problem.reason.en);
        *reasons.entry(problem.reason.en.chars().take(60).collect()).or_default() += 1;
    }
    println!("files {}, rules {}, not loaded {}", files.len(), rules.list().len(), problems.len());
    println!("field names {}, correlations {}", fields.len(), all.correlations().len());
    println!("routed: {}", routed.describe());
    println!("unrouted: {}", all.describe());
    for (reason, count) in reasons {
        println!("{count:6} {reason}");
    }
    Ok(())
}

fn collect(at: &Path, into: &mut Vec<(String, String)>) -> std::io::Result<()> {
    if at.is_dir() {
        for entry in fs::read_dir(at)? {
            collect(&entry?.path(), into)?;
        }
    } else if at.extension().is_some_and(|end| end == "yml" || end == "yaml") {
        into.push((at.display().to_string(), fs::read_to_string(at)?));
    }
    Ok(())
}
