//! Several kinds of log record one try at a service: it is one try.

use std::{fmt::Write as _, fs};

use tempfile::TempDir;

use crate::program::{Result, investigate};

/// 27 October 2026, 12:00:00 UTC.
const NOON: u64 = 1_793_102_400;

/// `tries` failed logins, `gap` seconds apart, as sshd writes them; the audit log has the same ones when
/// asked, two seconds earlier, for PAM delays the refusal.
fn run(tries: u64, gap: u64, audited: bool) -> Result {
    let folder = TempDir::new().unwrap();
    let (mut auth, mut audit) = (String::new(), String::new());
    for number in 0..tries {
        let at = number * gap;
        let (hour, minute, second) = (12 + at / 3_600, at / 60 % 60, at % 60);
        let _ = writeln!(
            auth,
            "Oct 27 {hour:02}:{minute:02}:{second:02} web01 sshd[77]: Failed password for root from 198.51.100.9 port 4022 ssh2"
        );
        let _ = writeln!(
            audit,
            "type=USER_AUTH msg=audit({}.748:{number}): pid=77 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication grantors=? acct=\"root\" exe=\"/usr/sbin/sshd\" hostname=198.51.100.9 addr=198.51.100.9 terminal=ssh res=failed'",
            NOON + at - 2
        );
    }
    fs::write(folder.path().join("auth.log"), auth).unwrap();
    fs::write(folder.path().join("audit.log"), audit).unwrap();
    let both = ["auth.log", "audit.log"];
    let paths = if audited { &both[..] } else { &both[..1] };
    investigate(folder.path(), paths, &["--at", "2026-10-28T00:00:00Z", "--timezone", "UTC"])
}

/// The count of the one finding of guessing, and the files of its evidence.
fn guessing(run: &Result) -> Option<(u64, Vec<String>)> {
    let findings = run.findings();
    let mut found = findings
        .iter()
        .filter(|finding| finding["scenario"].as_str().unwrap().starts_with("brute_force."));
    let one = found.next()?;
    assert!(found.next().is_none(), "{}", run.stdout);
    let mut files: Vec<String> = one["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|evidence| evidence["path"].as_str().unwrap().to_owned())
        .collect();
    files.dedup();
    Some((one["count"].as_u64().unwrap(), files))
}

#[test]
fn fast_guessing_in_two_logs_counts_once_and_both_are_evidence() {
    let (count, files) = guessing(&run(12, 3, true)).unwrap();
    assert_eq!((count, files.len()), (12, 2));
    assert_eq!(guessing(&run(12, 3, false)).unwrap().0, 12);
}

#[test]
fn three_tries_that_two_logs_record_are_no_guessing() {
    assert_eq!(guessing(&run(3, 60, true)), None);
    assert_eq!(guessing(&run(3, 10, true)), None);
}

/// A record of `btmp` as sshd writes it (utmp(5), x86-64).
pub(crate) fn bad_login(seconds: u64, pid: i32) -> Vec<u8> {
    let mut bytes = vec![0_u8; 384];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &[6]);
    put(4, &pid.to_le_bytes());
    put(8, b"ssh:notty");
    put(44, b"nobody");
    put(76, b"198.51.100.9");
    put(340, &u32::try_from(seconds).unwrap().to_le_bytes());
    put(348, &[198, 51, 100, 9]);
    bytes
}

#[test]
fn what_sshd_writes_twice_into_btmp_counts_once() {
    let folder = TempDir::new().unwrap();
    let mut btmp = Vec::new();
    for connection in 0..8 {
        // The account is looked up, then two passwords are refused.
        let at = NOON + connection * 40;
        for second in [0, 1, 4] {
            btmp.extend(bad_login(at + second, 700 + i32::try_from(connection).unwrap()));
        }
    }
    fs::write(folder.path().join("btmp"), btmp).unwrap();
    let run = investigate(folder.path(), &["btmp"], &["--at", "2026-10-28T00:00:00Z"]);
    assert_eq!(guessing(&run).unwrap().0, 16);
}
