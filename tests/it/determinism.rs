//! Same input, same version, same `--at`: the same bytes, on any number of threads.

use crate::program::{investigate, root};

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
