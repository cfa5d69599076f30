//! Time of the Sigma evaluation alone, per record of a file: `sigma_speed RULES… -- LOG`.
#![expect(clippy::print_stdout, reason = "a measuring tool prints its measurements")]

use std::{fs, path::Path, sync::Arc, time::Instant};

use jiff::tz::TimeZone;
use sancha_detect::sigma::{Plan, PlanScratch, RuleText, Rules};
use sancha_model::{Batch, EventTime, Fields};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

#[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
fn main() -> std::io::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let log = arguments.pop().unwrap_or_default();
    let mut files = Vec::new();
    for folder in arguments {
        collect(Path::new(&folder), &mut files)?;
    }
    files.sort();
    let texts: Vec<RuleText<'_>> =
        files.iter().map(|(path, yaml)| RuleText { path, yaml }).collect();
    let start = Instant::now();
    let (rules, problems) = Rules::parse(&texts);
    let fields = Arc::new(Fields::new(rules.field_names()));
    let plan = Plan::compile(&rules, &fields, std::env::var_os("ALL").is_some());
    println!("{} rules, {} not, loaded in {:?}", texts.len(), problems.len(), start.elapsed());
    let bytes = fs::read(&log)?;
    let formats = Formats::new(Vec::new());
    let format = formats.detect(&Head::of(&bytes, "access.log"));
    let reference = EventTime::from_seconds(1_767_225_600);
    let context = FileContext::new(TimeZone::UTC, reference, Arc::clone(&fields));
    let mut batch = Batch::default();
    batch.raw = bytes;
    let start = Instant::now();
    normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
    let each = start.elapsed().as_nanos() / batch.len().max(1) as u128;
    println!("normalized: {each} ns per record");
    let mut scratch = PlanScratch::default();
    for _ in 0..3 {
        let mut found = 0_u64;
        let start = Instant::now();
        for event in batch.events() {
            plan.evaluate(event, &mut scratch, &mut |_, _| found += 1);
        }
        let each = start.elapsed().as_nanos() / batch.len().max(1) as u128;
        println!("{} records, {found} matches, {each} ns per record", batch.len());
    }
    let mut asked: Vec<(u32, &str)> =
        scratch.asked.iter().copied().zip(rules.list().iter().map(|r| r.path.as_str())).collect();
    asked.sort_unstable_by(|one, other| other.cmp(one));
    let all: u64 = asked.iter().map(|(count, _)| u64::from(*count)).sum();
    println!("asked per record: {}", all as f64 / (3 * batch.len().max(1)) as f64);
    asked.iter().take(60).for_each(|(count, path)| println!("asked {count} {path}"));
    println!("{}", plan.describe());
    let titles = plan.rules_without_anchor();
    for rule in titles.iter().filter_map(|rule| rules.list().get(*rule as usize)) {
        println!("no anchor: {}", rule.path);
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
