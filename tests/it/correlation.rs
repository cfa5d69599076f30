//! A Sigma correlation rule from a folder of the user's own.

use std::{fmt::Write as _, fs};

use tempfile::TempDir;

use crate::program::{Result, investigate};

const RULES: &str = "title: Teapot asked for
id: 0c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c01
name: teapot
logsource:
  category: webserver
detection:
  selection:
    cs-uri-stem: /teapot
  condition: selection
level: low
---
title: Many teapots
id: 0c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c02
correlation:
  type: TYPE
  rules:
    - teapot
  group-by:
    - c-ip
  timespan: 10m
  condition:
    gte: 5FIELD
level: high
";

/// `count` requests of one address, `gap` seconds apart, each with its own agent when asked.
fn run(kind: &str, count: u32, gap: u32, agents: u32) -> Result {
    let folder = TempDir::new().unwrap();
    let mut log = String::new();
    for number in 0..count {
        let second = number * gap;
        let (minute, second, agent) = (second / 60, second % 60, number % agents);
        let _ = writeln!(
            log,
            "198.51.100.7 - - [29/Oct/2026:10:{minute:02}:{second:02} +0800] \"GET /teapot HTTP/1.1\" 200 5 \"-\" \"agent{agent}\""
        );
    }
    fs::write(folder.path().join("access.log"), log).unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    let field = if kind == "value_count" { "\n    field: cs-user-agent" } else { "" };
    let rules = RULES.replace("TYPE", kind).replace("FIELD", field);
    fs::write(folder.path().join("rules/teapot.yml"), rules).unwrap();
    investigate(folder.path(), &["access.log"], &["--rules", "rules"])
}

fn holds(run: &Result) -> bool {
    assert_eq!(
        run.json("coverage.json")["rules"]["not_loaded"].as_array().unwrap().len(),
        0,
        "{}",
        run.stderr
    );
    let named = |f: &serde_json::Value| {
        f["rules"].as_array().unwrap().iter().any(|r| r == "0c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c02")
    };
    run.findings().iter().any(named)
}

#[test]
fn event_count_holds_from_its_number_on_inside_its_span() {
    assert!(holds(&run("event_count", 5, 10, 1)));
    assert!(!holds(&run("event_count", 4, 10, 1)), "four are too few");
    assert!(!holds(&run("event_count", 9, 300, 1)), "nine in forty minutes are too slow");
}

#[test]
fn value_count_counts_different_values() {
    assert!(holds(&run("value_count", 6, 10, 6)));
    assert!(!holds(&run("value_count", 20, 10, 2)), "twenty requests of two agents");
}
