//! Some days of a host's auth log: sshd under attack, cron, sudo, sessions.

use std::io::{self, Write};

use crate::draw::{Draw, MONTHS, START, address, civil};

const LINE_BYTES: u64 = 110;
const DAY: u64 = 86_400;
/// A few thousand addresses guess, most of them little.
const ATTACKERS: u64 = 3_000;
const NAMES: &[&str] = &[
    "root", "admin", "test", "oracle", "ubuntu", "postgres", "git", "user", "ftp", "nagios",
    "deploy", "www",
];
const STAFF: &[&str] = &["zhangw", "lil", "chenj", "ops"];

/// Writes whole lines until at least `bytes` are written, spread over so many days.
///
/// # Errors
/// What `out` returns.
pub fn write(seed: u64, bytes: u64, days: u64, out: &mut impl Write) -> io::Result<()> {
    let mut draw = Draw::new(seed);
    let lines = (bytes / LINE_BYTES).max(1);
    let mut line = Vec::with_capacity(512);
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        line.clear();
        let second = START + i64::try_from(number * days * DAY / lines).unwrap_or(0);
        one(&mut draw, second, &mut line)?;
        out.write_all(&line)?;
        written += line.len() as u64;
        number += 1;
    }
    Ok(())
}

fn one(draw: &mut Draw, second: i64, line: &mut Vec<u8>) -> io::Result<()> {
    let (_, month, day, hour, minute, sec) = civil(second);
    let month = MONTHS.get(month).unwrap_or(&"Jan");
    write!(line, "{month} {day:>2} {hour:02}:{minute:02}:{sec:02} web01 ")?;
    let pid = 1_000 + draw.below(60_000);
    let from = address(draw.skewed(ATTACKERS));
    let port = 1_024 + draw.below(64_000);
    match draw.below(100) {
        0..=44 => {
            let name = *draw.pick(NAMES);
            writeln!(line, "sshd[{pid}]: Failed password for {name} from {from} port {port} ssh2")
        }
        45..=59 => {
            let name = format!("{}{}", draw.pick(NAMES), draw.below(1_000));
            writeln!(
                line,
                "sshd[{pid}]: Failed password for invalid user {name} from {from} port {port} ssh2"
            )
        }
        60..=69 => writeln!(
            line,
            "sshd[{pid}]: Invalid user {}{} from {from} port {port}",
            draw.pick(NAMES),
            draw.below(1_000)
        ),
        70..=79 => writeln!(
            line,
            "sshd[{pid}]: Received disconnect from {from} port {port}:11: Bye Bye [preauth]"
        ),
        80..=86 => writeln!(
            line,
            "sshd[{pid}]: Connection closed by authenticating user root {from} port {port} [preauth]"
        ),
        87..=92 => writeln!(
            line,
            "CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
        ),
        93..=95 => {
            writeln!(line, "CRON[{pid}]: pam_unix(cron:session): session closed for user root")
        }
        96..=97 => {
            let name = *draw.pick(STAFF);
            writeln!(
                line,
                "sshd[{pid}]: Accepted publickey for {name} from 10.20.0.{} port {port} ssh2: ED25519 SHA256:{:016x}",
                draw.below(250),
                draw.draw()
            )
        }
        98 => writeln!(
            line,
            "sudo:   {} : TTY=pts/{} ; PWD=/home/ops ; USER=root ; COMMAND=/usr/bin/systemctl status nginx",
            draw.pick(STAFF),
            draw.below(4)
        ),
        _ => writeln!(
            line,
            "systemd-logind[612]: New session {} of user {}.",
            draw.below(90_000),
            draw.pick(STAFF)
        ),
    }
}
