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

/// Twenty people behind one address log in every morning, read, and mistype now and then: what they read the day before
/// tells them from a program.
#[test]
fn an_office_behind_one_address_that_logs_in_every_morning_is_no_guessing() {
    let mut log = String::new();
    for day in 1..=20 {
        for person in 0..20 {
            let mut line = |second: u32, request: &str, status: u16, bytes: u32| {
                let at = person * 240 + second;
                let (hour, minute, second) = (8 + at / 3600, at / 60 % 60, at % 60);
                let _ = writeln!(
                    log,
                    "10.1.0.1 - - [{day:02}/Mar/2026:{hour:02}:{minute:02}:{second:02} +0800] \"{request} HTTP/1.1\" {status} {bytes} \"-\" \"Mozilla/5.0\""
                );
            };
            line(0, "GET /oa/login", 200, 3300);
            if person % 20 == day % 20 {
                line(15, "POST /oa/login", 200, 3401);
            }
            line(31, "POST /oa/login", 302, 0);
            for page in 0..6 {
                line(32 + page * 20, &format!("GET /oa/list?page={page}"), 200, 900 + page * 77);
            }
        }
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), log).unwrap();
    let found = investigate(folder.path(), &["access.log"], &["-q"]);
    let report = found.json("report.json");
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(0), "{}", report["cases"]);
    assert_eq!(report["background"].as_array().map(Vec::len), Some(0));
}
