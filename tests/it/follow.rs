//! `detect --follow` beside the one-shot run over the concatenation: the same matches, the same findings.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{sancha, start};

const AT: [&str; 3] = ["--at", "2026-04-01T00:00:00Z", "-q"];
/// Longer than anything here takes on a busy machine; only a fault waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A followed run whose lines are collected.
struct Followed {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Followed {
    fn new(folder: &Path, arguments: &[&str]) -> Self {
        let all: Vec<&str> =
            ["detect", "--follow"].iter().chain(arguments).chain(&AT).copied().collect();
        let mut child = start(folder, &all);
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines() {
                if tell.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits until so many lines were printed.
    fn wait_for(&mut self, count: usize) {
        while self.seen.len() < count {
            self.seen.push(self.lines.recv_timeout(PATIENCE).expect("a line within reason"));
        }
    }

    /// Waits until so many sources were reported for guessing passwords.
    fn wait_for_guessing(&mut self, count: usize) {
        let ids = |lines: &[String]| {
            let guessing = lines.iter().filter(|line| line.contains("\"brute_force."));
            guessing
                .map(|line| line.split(',').next().unwrap().to_owned())
                .collect::<BTreeSet<_>>()
                .len()
        };
        while ids(&self.seen) < count {
            self.wait_for(self.seen.len() + 1);
        }
    }

    /// Asks it to end, as a service manager does, and returns all lines.
    fn end(mut self) -> Vec<String> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "a clean end");
        self.seen.extend(self.lines.iter());
        self.seen
    }
}

/// The last line of each id that was not taken back, sorted.
fn standing(lines: &[String]) -> Vec<String> {
    let mut last = BTreeMap::new();
    for line in lines {
        let value: Value = serde_json::from_str(line).unwrap();
        last.insert(value["id"].as_str().unwrap().to_owned(), (value, line.clone()));
    }
    let stands = |(value, _): &(Value, String)| value.get("withdrawn").is_none();
    last.into_values().filter(stands).map(|(_, line)| line).collect()
}

fn one_shot(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let all: Vec<&str> = ["detect"].iter().chain(arguments).chain(&AT).copied().collect();
    let run = sancha(folder, &all);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).lines().map(str::to_owned).collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn logrotate(folder: &Path, log: &str, options: &str) {
    let (conf, state) = (folder.join(format!("{log}.conf")), folder.join(format!("{log}.state")));
    let text = format!("{}/{log} {{\nsu root root\nrotate 9\n{options}\n}}\n", folder.display());
    fs::write(&conf, text).unwrap();
    let done = Command::new("logrotate")
        .args(["-f".as_ref(), "-s".as_ref(), state.as_os_str(), conf.as_os_str()])
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .expect("Debian's logrotate is installed (tests/install-tools.sh)");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Quarter of an hour of a site: visitors, one source that probes and attacks, one that guesses.
fn access(quarter: u32) -> String {
    (0..60)
        .map(|at| {
            let (hour, minute, second) = (quarter / 4, quarter % 4 * 15 + at / 6, at % 6 * 10);
            let (source, path, status) = match at % 6 {
                0 => ("203.0.113.7", "/p?id=1%27+UNION+SELECT+a,b+FROM+users--".to_owned(), 200),
                1 => ("203.0.113.7", format!("/old/{quarter}/{at}.bak"), 404),
                _ => ("198.51.100.20", format!("/page/{at}"), 200),
            };
            format!(
                "{source} - - [02/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET {path} HTTP/1.1\" {status} 17 \"-\" \"Mozilla/5.0\"\n"
            )
        })
        .collect()
}

fn auth(quarter: u32) -> String {
    (0..20)
        .map(|at| {
            let (hour, minute, second) = (quarter / 4, quarter % 4 * 15 + at / 2, at % 2 * 30);
            format!("2026-03-02T{hour:02}:{minute:02}:{second:02}Z web sshd[7]: Failed password for root from 203.0.113.{} port 4 ssh2\n", 50 + quarter)
        })
        .collect()
}

/// Matches of one quarter of an hour: what is printed once the next one is read.
fn matches_of_a_quarter() -> usize {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("access.log"), access(0)).unwrap();
    one_shot(folder.path(), &["access.log", "--matches"]).len()
}

/// Both logs of a quarter of an hour, and where a writer is in the middle of a line.
fn logs(quarter: u32) -> [(&'static str, String, usize); 2] {
    [("access.log", access(quarter)), ("auth.log", auth(quarter))].map(|(name, text)| {
        let half = text.len() / 2;
        let line = half + text.get(half..).unwrap().find('\n').unwrap();
        (name, text, line - 7)
    })
}

fn under_rotation(options: &str) {
    let (live, whole) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (folder, files) = (live.path(), ["access.log", "auth.log"]);
    for (name, text, _) in logs(0).into_iter().chain(logs(1)) {
        append(&folder.join(name), &text);
        append(&whole.path().join(name), &text);
    }
    let each = matches_of_a_quarter();
    assert!(each >= 10);
    let mut matches = Followed::new(folder, &[files[0], files[1], "--matches"]);
    let mut findings = Followed::new(folder, &files);
    matches.wait_for(each);
    for quarter in 2..7 {
        let rotates = quarter % 2 == 0;
        for (name, text, middle) in logs(quarter) {
            append(&whole.path().join(name), &text);
            append(&folder.join(name), text.get(..middle).unwrap());
        }
        // What came before this quarter of an hour is certain now: both runs have read some of it, and
        // with it what was left of the last rotation.
        matches.wait_for(each * quarter as usize);
        findings.wait_for_guessing(quarter as usize);
        for (name, text, middle) in logs(quarter) {
            let rest = text.get(middle..).unwrap();
            // A writer that is told of a new file finishes its line in the old one.
            let renamed = rotates && !options.contains("copytruncate");
            let before = if renamed { rest.find('\n').unwrap() + 1 } else { rest.len() };
            append(&folder.join(name), rest.get(..before).unwrap());
            if rotates {
                logrotate(folder, name, options);
            }
            append(&folder.join(name), rest.get(before..).unwrap());
        }
    }
    let arguments = [files[0], files[1], "--matches"];
    assert_eq!(matches.end(), one_shot(whole.path(), &arguments), "{options}");
    let wanted = standing(&one_shot(whole.path(), &files));
    assert!(wanted.len() >= 8, "{wanted:?}");
    assert_eq!(standing(&findings.end()), wanted, "{options}");
}

#[test]
fn followed_and_one_shot_agree_over_a_rotation_by_renaming() {
    under_rotation("create\ncompress\ndelaycompress");
}

#[test]
fn followed_and_one_shot_agree_over_a_rotation_by_emptying() {
    under_rotation("copytruncate\ncompress");
}

#[test]
fn a_silent_file_and_one_that_appears_later() {
    let folder = TempDir::new().unwrap();
    append(&folder.path().join("auth.log"), &auth(0));
    let each = matches_of_a_quarter();
    let mut run = Followed::new(folder.path(), &[".", "--matches"]);
    // Nobody writes to auth.log any more; the other file is not held up by it for ever.
    for quarter in 0..4 {
        append(&folder.path().join("access.log"), &access(quarter));
    }
    run.wait_for(each * 3);
    let lines = run.end();
    assert_eq!(lines.len(), each * 4);
    assert_eq!(lines, one_shot(folder.path(), &[".", "--matches"]));
}

#[test]
fn what_cannot_be_followed_is_a_usage_error() {
    let folder = TempDir::new().unwrap();
    for (arguments, words) in [
        (&["detect", "-", "--follow"][..], "standard input cannot be followed"),
        (&["detect", "a.log", "--follow", "-f", "csv"], "use -f jsonl or -f table"),
    ] {
        let run = sancha(folder.path(), arguments);
        assert_eq!(run.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&run.stderr).contains(words));
    }
}
