//! The report in a real browser, without a network.

use std::process::Command;

use regex::Regex;
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
    // Inside a tag: the text of a log may well name an address.
    let asks = Regex::new(r#"<[a-z][^<>]*\b(src|href)="(http|//)"#).unwrap();
    let found = asks.find(&dom).map(|tag| tag.as_str());
    assert_eq!(found, None, "the page asks for nothing outside");
    for part in ["url(http", "<script"] {
        assert!(!dom.contains(part), "the page asks for nothing outside: {part}");
    }
}

/// Prints the report as a reader would, and gives the text of its first sheet.
fn first_sheet(lang: &str) -> String {
    let folder = root().join("samples/hospital");
    let found =
        investigate(&folder, &["logs"], &["--operator", "operator.toml", "--lang", lang, "-q"]);
    let profile = TempDir::new().unwrap();
    let pdf = profile.path().join("report.pdf");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg("--no-pdf-header-footer")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", found.path("report.html").display()))
        .output()
        .expect("chromium is installed by `make test`");
    assert!(pdf.is_file(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = Command::new("pdftotext")
        .args(["-f", "1", "-l", "1", "-layout"])
        .arg(&pdf)
        .arg("-")
        .output()
        .expect("pdftotext is installed by `make test`");
    String::from_utf8_lossy(&text.stdout).into_owned()
}

/// The page for management is one sheet of A4: from the title to the third investigation.
#[test]
fn the_first_page_is_one_sheet_in_both_languages() {
    for (lang, parts) in [
        ("zh", ["领导摘要", "报告时限", "一查：案件", "二查：主体责任", "三查：监管责任"]),
        (
            "en",
            [
                "Summary for management",
                "Due",
                "First: the incident",
                "Second: the operator",
                "Third: supervision",
            ],
        ),
    ] {
        let sheet = first_sheet(lang);
        for part in parts {
            assert!(sheet.contains(part), "{lang}: {part} is not on the first sheet:\n{sheet}");
        }
    }
}
