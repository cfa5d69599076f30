//! Journal files that systemd itself wrote, against what `journalctl` reads in them.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sancha_normalize::formats;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::investigate;

const REMOTE: &str = "/lib/systemd/systemd-journal-remote";
const START: u64 = 1_792_610_055_123_456;

/// Entries in systemd's "Journal Export Format": failed logins, long texts, text that is no UTF-8.
fn export() -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0..240_u64 {
        let time = START + number * 4_000_003;
        let mut text = String::new();
        let _ = write!(
            text,
            "__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={}\n\
             _BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=web1\n_PID={}\n_COMM=sshd\n\
             SYSLOG_IDENTIFIER=sshd\nPRIORITY=6\n_SYSTEMD_UNIT=ssh.service\n\
             MESSAGE=Failed password for root from 203.0.113.9 port {} ssh2\n",
            time - START + 1,
            700 + number,
            4_000 + number
        );
        out.extend(text.bytes());
        if number % 10 == 0 {
            binary(
                &mut out,
                "LONG",
                format!("第一行 {number}\n{}", "abc def ".repeat(300)).as_bytes(),
            );
        }
        if number % 60 == 0 {
            binary(&mut out, "RAW", &(0..=255).collect::<Vec<u8>>());
        }
        out.push(b'\n');
    }
    out
}

fn binary(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn written(folder: &Path, compress: &str, compact: &str) -> PathBuf {
    let path = folder.join(format!("compress-{compress}-compact-{compact}.journal"));
    let mut child = Command::new(REMOTE)
        .args([&format!("--compress={compress}"), "--seal=no", "-o"])
        .arg(&path)
        .arg("-")
        .env("SYSTEMD_JOURNAL_COMPACT", compact)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("systemd-journal-remote is installed by `make test`");
    child.stdin.take().unwrap().write_all(&export()).unwrap();
    assert!(child.wait().unwrap().success(), "{}", path.display());
    path
}

/// What journalctl says, without what it computes: cursor, sequence, times of the boot.
fn told_by_journalctl(path: &Path) -> Vec<Value> {
    let output = Command::new("journalctl")
        .args(["--all", "--no-pager", "--utc", "-o", "json", "--file"])
        .arg(path)
        .output()
        .expect("journalctl is installed by `make test`");
    entries(&String::from_utf8(output.stdout).unwrap())
}

fn told_by_us(path: &Path) -> Vec<Value> {
    let journal = formats::ALL.iter().find(|format| format.name() == "linux/journal").unwrap();
    let mut text = String::new();
    let end = journal.render(&fs::read(path).unwrap(), &mut |_, line| {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    });
    assert_eq!(end, Ok(()));
    entries(&text)
}

fn entries(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| {
            let mut entry: Value = serde_json::from_str(line).expect(line);
            let fields = entry.as_object_mut().unwrap();
            fields.retain(|name, _| name == "__REALTIME_TIMESTAMP" || !name.starts_with("__"));
            entry
        })
        .collect()
}

#[test]
fn a_file_that_systemd_wrote_reads_as_journalctl_reads_it() {
    let folder = TempDir::new().unwrap();
    for (compress, compact) in [("no", "0"), ("no", "1"), ("yes", "0"), ("yes", "1")] {
        let path = written(folder.path(), compress, compact);
        let (ours, theirs) = (told_by_us(&path), told_by_journalctl(&path));
        assert_eq!(ours.len(), 240, "{}", path.display());
        for (our, their) in ours.iter().zip(&theirs) {
            assert_eq!(our, their, "{}", path.display());
        }
        assert_eq!(ours.len(), theirs.len());
    }
}

#[test]
fn a_report_on_a_journal_shows_its_entries() {
    let folder = TempDir::new().unwrap();
    written(folder.path(), "yes", "1");
    let found = investigate(folder.path(), &["."], &["--case", "all", "-q"]);
    let report = found.json("report.json");
    let files = report["coverage"]["files"].as_array().unwrap();
    assert_eq!((&files[0]["format"], &files[0]["parsed"]), (&"linux/journal".into(), &240.into()));
    assert!(found.scenarios().iter().any(|name| name.starts_with("brute_force.")));
    let lines = report["lines"].as_array().unwrap();
    assert!(!lines.is_empty());
    for line in lines {
        let text = line["text"].as_str().unwrap();
        assert!(text.contains("Failed password for root from 203.0.113.9"), "{text}");
    }
}

/// The offset of a match leads to the entry in the file: an object of type 3.
#[test]
fn offsets_lead_to_the_entry_in_the_file() {
    let folder = TempDir::new().unwrap();
    let path = written(folder.path(), "yes", "1");
    fs::create_dir(folder.path().join("rules")).unwrap();
    let rule = "title: Failed password\nid: 0c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c0f\n\
                logsource:\n  product: linux\n  service: sshd\ndetection:\n  keywords:\n  \
                - Failed password\n  condition: keywords\nlevel: low\n";
    fs::write(folder.path().join("rules/failed.yml"), rule).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let found = investigate(folder.path(), &[name], &["--rules", "rules", "-q"]);
    let bytes = fs::read(&path).unwrap();
    let matches = found.lines("matches.jsonl");
    assert_eq!(matches.len(), 240);
    let mut offsets = std::collections::BTreeSet::new();
    for found in &matches {
        let offset = usize::try_from(found["offset"].as_u64().unwrap()).unwrap();
        assert_eq!(bytes[offset], 3, "an entry object at {offset}");
        assert!(offsets.insert(offset), "each entry once: {offset}");
    }
}
