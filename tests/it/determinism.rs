//! Same input, same version, same `--at`: the same bytes, on any number of threads.

use crate::program::{investigate, root, sancha};

const WRITTEN: [&str; 5] =
    ["report.json", "report.html", "findings.jsonl", "matches.jsonl", "coverage.json"];

#[test]
fn one_and_two_threads_and_three_runs_agree_to_the_byte() {
    let folder = root().join("samples/hospital");
    let run = |threads: &str| {
        investigate(
            &folder,
            &["logs"],
            &["--operator", "operator.toml", "--threads", threads, "-q"],
        )
    };
    let first = run("1");
    for threads in ["1", "2", "2", "3", "4"] {
        let other = run(threads);
        for name in WRITTEN {
            assert!(first.text(name) == other.text(name), "{name} differs on {threads} threads");
        }
    }
}

/// What is asked for decides what is worked out, never what is found.
#[test]
fn matches_are_the_same_whether_findings_are_asked_for_or_not() {
    let folder = root().join("samples/hospital");
    let run = |options: &[&str]| {
        let mut all = vec!["detect", "logs", "--at", "2026-06-01T00:00:00Z", "-q"];
        all.extend(options);
        sancha(&folder, &all)
    };
    let matches = run(&["--matches"]);
    assert_eq!(matches.status.code(), Some(0));
    assert!(!matches.stdout.is_empty());
    // An exit code by level is of findings.
    let failing = run(&["--matches", "--fail-on", "high"]);
    assert_eq!(failing.status.code(), run(&["--fail-on", "high"]).status.code());
    assert_eq!(failing.status.code(), Some(1));
    assert!(failing.stdout == matches.stdout);
}
