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
    let plan = Plan::compile(&rules, &fields, false);
    println!("{} rules, {} not, loaded in {:?}", texts.len(), problems.len(), start.elapsed());
    println!("{}", plan.describe());

    let bytes = fs::read(&log)?;
    let formats = Formats::new(Vec::new());
    let format = formats.detect(&Head { bytes: &bytes, name: "access.log" });
    let reference = EventTime::from_seconds(1_767_225_600);
    let context = FileContext::new(TimeZone::UTC, reference, Arc::clone(&fields));
    let mut batch = Batch::default();
    batch.raw = bytes;
    normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
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
