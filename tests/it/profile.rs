//! What the operator profile says of the logs.

use std::fs;

use tempfile::TempDir;

use crate::program::{investigate, start};

const LOG: &str = "2026-10-22T03:14:15+08:00|203.0.113.9|GET /search?q=x HTTP/1.1|200\n\
                   2026-10-22T03:14:16+08:00|203.0.113.9|GET /index.html HTTP/1.1|200\n";

#[test]
fn the_profile_describes_the_format_of_an_access_log() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("site.log"), LOG).unwrap();
    let profile = "[[sources]]\nid = \"site\"\npath = \"site.log\"\n\
                   log_format = '$time_iso8601|$remote_addr|$request|$status'\n";
    fs::write(folder.path().join("operator.toml"), profile).unwrap();
    let format = |options: &[&str]| {
        let found = investigate(folder.path(), &["site.log"], options);
        found.json("coverage.json")["files"][0]["format"].as_str().unwrap().to_owned()
    };
    assert_eq!(format(&["-q"]), "text/stamped");
    assert_eq!(format(&["-q", "--operator", "operator.toml"]), "web/custom");
}

#[test]
fn a_transaction_longer_than_the_head_is_read() {
    let folder = TempDir::new().unwrap();
    let body = format!("{}q=1' UNION SELECT password FROM users-- -", "a=1&".repeat(33_000));
    let line = format!(
        r#"{{"id":"x1","ts":"2026-01-01T00:00:00Z","src":"198.51.100.7","method":"POST","uri":"/s","version":"1.1","headers":[["Content-Type","application/x-www-form-urlencoded"]],"body":"{body}","status":200}}"#
    );
    fs::write(folder.path().join("large.jsonl"), line + "\n").unwrap();
    let found = investigate(folder.path(), &["large.jsonl"], &["-q"]);
    assert_eq!(found.json("coverage.json")["files"][0]["format"], "http/transactions");
}

#[test]
fn the_doctor_keeps_its_exit_code_when_its_reader_has_gone() {
    let folder = TempDir::new().unwrap();
    let systems = (0..2_000)
        .map(|n| format!("[[systems]]\nid = \"s{n}\"\nname = \"n\"\nin_use_since = 2020-01-01\n"));
    let profile = format!(
        "schema = 1\nunknown = 1\n[operator]\nname = \"u\"\nkind = \"network_operator\"\n{}",
        systems.collect::<String>()
    );
    fs::write(folder.path().join("operator.toml"), profile).unwrap();
    let mut child = start(folder.path(), &["doctor", "operator.toml", "--date", "2026-11-02"]);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(3), "some of the profile could not be used");
}
