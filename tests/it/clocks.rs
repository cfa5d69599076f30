//! Clocks that disagree are told with their offset; clocks that agree are left alone.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Result, investigate, root};
use crate::story::story;

/// A copy of the samples' logs, unpacked, in which `change` may write one anew.
fn logs(change: impl Fn(&str, &str) -> Option<String>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let from = root().join("samples/hospital/logs");
    for name in ["nginx/access.log", "nginx/error.log", "auth.log", "btmp", "audit/audit.log"] {
        let target = folder.path().join("logs").join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let bytes = fs::read(from.join(name)).unwrap();
        let changed = std::str::from_utf8(&bytes).ok().and_then(|text| change(name, text));
        fs::write(target, changed.map_or(bytes, String::into_bytes)).unwrap();
    }
    folder
}

/// Moves the hours of a log whose lines begin with a date and `HH:`.
fn hours_later(text: &str, at: usize, hours: u32) -> String {
    let moved = text.lines().map(|line| {
        let hour: u32 = line.get(at..at + 2)?.parse().ok()?;
        Some(format!("{}{:02}{}\n", line.get(..at)?, hour + hours, line.get(at + 2..)?))
    });
    moved.flatten().collect()
}

fn clocks(found: &Result) -> Vec<Value> {
    found.json("coverage.json")["clocks"].as_array().unwrap().clone()
}

#[test]
fn logs_of_one_machine_agree() {
    assert_eq!(clocks(story()), Vec::<Value>::new());
}

#[test]
fn an_error_log_two_hours_ahead_is_told() {
    // The last day of the samples ends before noon, so no record moves to the next day.
    let folder = logs(|name, text| (name == "nginx/error.log").then(|| hours_later(text, 11, 2)));
    let found = investigate(folder.path(), &["logs"], &["--lang", "en", "-q"]);
    let told = clocks(&found);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["path"], "logs/nginx/access.log");
    assert_eq!(told[0]["than"], "logs/nginx/error.log");
    assert_eq!(told[0]["seconds"], -7_200);
    let page = found.text("report.html");
    assert!(page.contains("the times of the first are earlier by 2 h"), "told on the page");
    assert!(page.contains("was not corrected"));
}

#[test]
fn the_profile_sets_a_clock_right_and_the_remark_goes() {
    let folder = logs(|name, text| (name == "nginx/error.log").then(|| hours_later(text, 11, 2)));
    let profile = "[[sources]]\nid = \"error\"\npath = \"logs/nginx/error.log\"\nclock_offset_seconds = 7200\n";
    fs::write(folder.path().join("operator.toml"), profile).unwrap();
    let found = investigate(folder.path(), &["logs"], &["--operator", "operator.toml", "-q"]);
    assert_eq!(clocks(&found), Vec::<Value>::new(), "{}", found.stderr);
}

#[test]
fn a_log_of_another_zone_is_told_by_sshd_and_btmp() {
    let folder = logs(|name, text| {
        let earlier = |line: &str| {
            let (day, hour): (u32, u32) =
                (line.get(4..6)?.trim().parse().ok()?, line.get(7..9)?.parse().ok()?);
            let (day, hour) = if hour < 8 { (day - 1, hour + 16) } else { (day, hour - 8) };
            Some(format!("{}{day:2} {hour:02}{}\n", line.get(..4)?, line.get(9..)?))
        };
        (name == "auth.log").then(|| text.lines().filter_map(earlier).collect())
    });
    let found = investigate(folder.path(), &["logs"], &["--lang", "zh"]);
    let told = clocks(&found);
    let of = |than: &str| told.iter().find(|one| one["than"] == than).expect(than).clone();
    assert_eq!(of("logs/btmp")["seconds"], -28_800, "{told:?}");
    assert_eq!(of("logs/auth.log")["path"], "logs/audit/audit.log");
    assert!(found.stdout.contains("更像是时区读错"), "{}", found.stdout);
}

#[test]
fn a_file_that_ends_after_now_is_told() {
    let folder = root().join("samples/hospital");
    let log = Path::new("logs/nginx/access.log").to_str().unwrap();
    let found = investigate(&folder, &[log], &["--at", "2026-10-30T10:00:00+08:00", "-q"]);
    let told = clocks(&found);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["kind"], &told[0]["path"]), (&"after_now".into(), &log.into()));
    assert_eq!(told[0]["seconds"], 533);
}
