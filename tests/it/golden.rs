//! The three investigations of the samples, sentence by sentence.
//!
//! `SANCHA_BLESS=1 cargo test -p sancha-tests golden` writes them anew; the diff belongs in the commit.

use std::{fmt::Write as _, fs};

use serde_json::Value;

use crate::{program::root, story::story};

#[test]
fn the_three_investigations_of_the_samples() {
    for leg in ["incident", "operator_duty", "supervision"] {
        let path = root().join("tests/golden").join(leg).join("hospital.txt");
        let now = text(&story().json("report.json")["cases"][0][leg]);
        if std::env::var_os("SANCHA_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &now).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        assert!(now == golden, "{leg} differs from {}:\n{now}", path.display());
    }
}

/// `id status`, then each sentence in both languages and what it cites.
fn text(conclusions: &Value) -> String {
    let mut out = String::new();
    for one in conclusions.as_array().unwrap() {
        let status = one["status"].as_str().unwrap_or("-");
        let _ = writeln!(out, "{} {status}", one["id"].as_str().unwrap());
        for statement in one["statements"].as_array().unwrap() {
            let said = &statement["text"];
            let _ = writeln!(out, "  {}", said["zh"].as_str().unwrap());
            let _ = writeln!(out, "  {}", said["en"].as_str().unwrap());
            let cited = statement["basis"]["cited"].as_array();
            let kinds = cited.map(|cited| cited.iter().map(|c| c["kind"].as_str().unwrap()));
            let mut kinds: Vec<&str> = kinds.map(Iterator::collect).unwrap_or_default();
            kinds.dedup();
            let basis = if kinds.is_empty() { "unknown".to_owned() } else { kinds.join(" ") };
            let _ = writeln!(out, "    [{basis}]");
        }
    }
    out
}
