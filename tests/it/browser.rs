//! The report in a real browser, without a network.

use std::process::Command;

use tempfile::TempDir;

use crate::program::{investigate, root};

#[test]
fn the_report_opens_offline_and_shows_its_cases() {
    let folder = root().join("samples/hospital");
    let found =
        investigate(&folder, &["logs"], &["--operator", "operator.toml", "--lang", "zh", "-q"]);
    let profile = TempDir::new().unwrap();
    let user_data = format!("--user-data-dir={}", profile.path().display());
    let page = format!("file://{}", found.path("report.html").display());
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=2000",
            "--dump-dom",
            &user_data,
            &page,
        ])
        .output()
        .expect("chromium is installed by `make test`");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(dom.contains("三查") && dom.contains("<svg"), "the page and its chart are there");
    let id = found.json("report.json")["cases"][0]["id"].as_str().unwrap().to_owned();
    assert!(dom.contains(&id), "case {id} is on the page");
    for part in ["src=\"http", "href=\"http", "url(http", "<script"] {
        assert!(!dom.contains(part), "the page asks for nothing outside: {part}");
    }
}
