//! Internet noise stays background.

use std::{fmt::Write as _, fs};

use tempfile::TempDir;

use crate::program::investigate;

/// A week's log of a public server: 3,000 addresses that probe, none of which gets anywhere.
#[test]
fn three_thousand_scanning_addresses_give_at_most_five_cases() {
    const PROBES: [&str; 6] =
        ["/.env", "/wp-login.php", "/.git/config", "/phpmyadmin/", "/actuator/env", "/cgi-bin/x"];
    let mut log = String::new();
    for number in 0..30_000_u32 {
        let source = number % 3_000;
        let (high, low) = (source / 250, source % 250 + 1);
        let (day, hour, minute) = (2 + number / 4_300, number / 180 % 24, number / 3 % 60);
        let probe = PROBES[(number / 3_000) as usize % PROBES.len()];
        let _ = writeln!(
            log,
            "198.18.{high}.{low} - - [{day:02}/Mar/2026:{hour:02}:{minute:02}:00 +0800] \"GET {probe} HTTP/1.1\" 404 153 \"-\" \"Mozilla/5.0\""
        );
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log).unwrap();
    let found = investigate(folder.path(), &["access.log"], &["-q"]);
    let report = found.json("report.json");
    let cases = report["cases"].as_array().unwrap();
    assert!(cases.len() <= 5, "{} cases", cases.len());
    let addresses: u64 = report["background"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|b| b["addresses"].as_u64())
        .max()
        .unwrap();
    assert!(addresses >= 2_900, "{addresses} addresses in the background");
}
