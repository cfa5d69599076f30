//! One private address behind most requests is called out, with the way out.

use std::fs;

use tempfile::TempDir;

use crate::program::{investigate, root, sancha};

/// The samples' last day as a server behind a proxy would have logged it.
fn behind_proxy() -> TempDir {
    let folder = TempDir::new().unwrap();
    let log = root().join("samples/hospital/logs/nginx/access.log");
    let text = fs::read_to_string(log).unwrap();
    let hidden: String = text
        .lines()
        .filter_map(|line| Some(format!("192.168.7.2 {}\n", line.split_once(' ')?.1)))
        .collect();
    fs::write(folder.path().join("access.log"), hidden).unwrap();
    folder
}

#[test]
fn a_proxy_that_nobody_named_is_called_out() {
    let folder = behind_proxy();
    let found = investigate(folder.path(), &["access.log"], &["--lang", "en"]);
    let told = found.json("coverage.json")["single_clients"].clone();
    assert_eq!(told[0]["address"], "192.168.7.2");
    assert_eq!(told[0]["requests"], told[0]["of"]);
    let way_out = "--trusted-proxy 192.168.7.2";
    assert!(found.text("report.html").contains(way_out), "on the page");
    assert!(found.stdout.contains(way_out), "in the summary: {}", found.stdout);
}

#[test]
fn detect_says_it_in_its_notes() {
    let folder = behind_proxy();
    let at = "2026-10-30T14:00:00+08:00";
    let loud = sancha(folder.path(), &["detect", "access.log", "--at", at]);
    let notes = String::from_utf8_lossy(&loud.stderr).into_owned();
    assert!(notes.contains("192.168.7.2") && notes.contains("trusted_proxies"), "{notes}");
    let quiet = sancha(folder.path(), &["detect", "access.log", "--at", at, "-q"]);
    assert!(quiet.stderr.is_empty());
    let named = ["detect", "access.log", "--at", at, "--trusted-proxy", "192.168.0.0/16"];
    let notes = String::from_utf8_lossy(&sancha(folder.path(), &named).stderr).into_owned();
    assert!(notes.contains("without saying for whom"), "{notes}");
}

#[test]
fn a_server_that_sees_its_clients_is_left_alone() {
    let told = crate::story::story().json("coverage.json")["single_clients"].clone();
    assert_eq!(told, serde_json::json!([]));
}
