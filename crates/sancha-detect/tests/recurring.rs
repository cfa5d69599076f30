//! What a worker remembers of paths, links and agents changes nothing of what it finds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{cell::RefCell, collections::HashMap, path::Path, sync::Arc};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use sancha_detect::{
    BatchResult, Engine, EngineOptions, EngineScratch, ReportAll,
    sigma::{RuleText, Rules},
};
use sancha_model::{Batch, EventTime, Fields};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

const TARGETS: [&str; 14] = [
    "/",
    "/news/12.html",
    "/news/12.html?page=2",
    "/news/union-select-explained",
    "/news/union-select-explained?id=1",
    "/news/12.html?id=1%27%20union%20select%20password%20from%20users--",
    "/upload/x.jsp",
    "/upload/x.jsp?cmd=id",
    "/login.php",
    "/login.php?next=/",
    "/../../etc/passwd",
    "/admin%20",
    "http://site.example/news/12.html",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
];
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "HEAD"];
const STATUSES: [u16; 4] = [200, 302, 403, 500];
const REFERERS: [&str; 4] =
    ["-", "https://site.example/", "https://site.example/#<script>alert(1)</script>", "' or 1=1--"];
const AGENTS: [&str; 4] =
    ["-", "Mozilla/5.0 (X11; Linux x86_64)", "sqlmap/1.7", "() { :; }; /bin/id"];

struct Bench {
    engine: Engine,
    formats: Formats,
    context: FileContext,
}

impl Bench {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/web");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "yml"));
        let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let texts: Vec<RuleText<'_>> =
            texts.iter().map(|yaml| RuleText { path: "rule.yml", yaml }).collect();
        let (rules, problems) = Rules::parse(&texts);
        assert!(problems.is_empty() && rules.list().len() > 5, "{problems:?}");
        let fields = Arc::new(Fields::new(rules.field_names()));
        let engine = Engine::new(&rules, &fields, EngineOptions::default(), Arc::new(ReportAll));
        let context = FileContext::new(TimeZone::UTC, EventTime::from_seconds(0), fields);
        Self { engine, formats: Formats::new(Vec::new()), context }
    }

    /// Rule and score of every match of one line.
    fn matches(&self, line: &str, scratch: &mut EngineScratch) -> Vec<(u32, String)> {
        let format = self.formats.detect(&Head::of(line.as_bytes(), "access.log"));
        let mut batch = Batch::default();
        batch.raw = line.as_bytes().to_vec();
        let mut parser = Scratch::new(&self.context);
        normalize(&mut batch, &self.formats, format, &self.context, &mut parser);
        let mut result = BatchResult::default();
        self.engine.evaluate(&batch, scratch, &mut result);
        let one = |(_, found): &(EventTime, sancha_model::Match)| {
            (found.rule, format!("{:?} {:?}", found.score, found.fields))
        };
        result.matches.iter().map(one).collect()
    }
}

/// Places in the lists above.
type Pick = (usize, usize, usize, usize, usize);

fn line((target, method, status, referer, agent): Pick) -> String {
    format!(
        "203.0.113.9 - - [02/Mar/2026:00:00:00 +0000] \"{} {} HTTP/1.1\" {} 512 \"{}\" \"{}\"\n",
        METHODS[method], TARGETS[target], STATUSES[status], REFERERS[referer], AGENTS[agent]
    )
}

#[test]
fn a_worker_that_remembers_finds_the_same() {
    let bench = Bench::new();
    let picks = (0..TARGETS.len(), 0..4_usize, 0..4_usize, 0..4_usize, 0..4_usize);
    // What a new worker finds is the same each time; to make one takes some megabytes.
    let plain = RefCell::new(HashMap::new());
    proptest!(ProptestConfig::with_cases(256), |(picks in prop::collection::vec(picks, 1..60))| {
        let mut remembering = EngineScratch::default();
        let mut some = false;
        for line in picks.into_iter().map(line) {
            let found = bench.matches(&line, &mut remembering);
            some |= !found.is_empty();
            let mut plain = plain.borrow_mut();
            let alone = plain
                .entry(line.clone())
                .or_insert_with(|| bench.matches(&line, &mut EngineScratch::default()));
            prop_assert_eq!(&found, alone, "{}", line);
        }
        prop_assume!(some);
    });
}
