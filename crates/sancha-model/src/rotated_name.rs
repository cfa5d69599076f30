//! The log that a rotated file is of.

use crate::without_compression;

/// `access.log` of `access.log.3.gz`, `access.log-20250304` and `access-2025-03-04.log.gz`: the name up to where a date
/// begins that nothing but its ending follows, or the running number at its end.
///
/// `web-1.log`, `mysql-3306.log` and `fw-10.0.0.1.log` are logs of their own: such a number may be a machine's.
pub fn unrotated(name: &str) -> &str {
    let name = unnumbered(without_compression(name));
    let is_apart = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| name.as_bytes().get(before));
        before.is_none_or(|byte| matches!(byte, b'.' | b'-' | b'_'))
    };
    let begins = name.char_indices().map(|(at, _)| at).filter(|at| is_apart(*at));
    let date = begins.filter_map(|at| Some((at, name.get(at..)?))).find(|(_, rest)| is_date(rest));
    match date {
        // A file that is called by its day alone is of the log that the folder is.
        Some((0, rest)) => rest.rsplit_once('.').map_or("log", |(_, ending)| ending),
        Some((at, _)) => name.get(..at - 1).unwrap_or(name),
        None => name,
    }
}

/// More files of one log nobody keeps.
const LONGEST_NUMBER: usize = 6;

/// `access.log` of `access.log.3`. Of several numbers the last is part of an address.
fn unnumbered(name: &str) -> &str {
    match numbered(name) {
        Some(bare) if numbered(bare).is_none() => bare,
        _ => name,
    }
}

/// What stands before the running number at the end of a name; behind a hyphen it is one only after `.log`.
fn numbered(name: &str) -> Option<&str> {
    let (bare, number) = name.rsplit_once(['.', '-'])?;
    let is_short = (1..=LONGEST_NUMBER).contains(&number.len());
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let is_running = name.as_bytes().get(bare.len()) == Some(&b'.') || bare.ends_with(".log");
    (is_short && is_number && is_running).then_some(bare)
}

/// Whether a text is a date from 1990 on, with or without signs between its parts, and at most a time, a running number
/// and an ending behind it.
fn is_date(text: &str) -> bool {
    let (date, ending) = text.rsplit_once('.').unwrap_or((text, ""));
    let is_ending = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphabetic());
    let date = if is_ending { date } else { text };
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse().ok());
    let is_year = |year: Option<u16>| year.is_some_and(|year| (1990..2100).contains(&year));
    let is_month = |month: Option<u16>| month.is_some_and(|month| (1..=12).contains(&month));
    let is_sign =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b'T' | b'Z');
    // Year and month, with a day or without, or the day first.
    let is_day = digits.len() >= 6 && is_year(part(0, 4)) && is_month(part(4, 6))
        || digits.len() == 8 && is_year(part(4, 8)) && is_month(part(2, 4));
    is_day && date.bytes().all(is_sign) || is_epoch(date)
}

/// Seconds since 1970, as some `logrotate` writes them.
fn is_epoch(text: &str) -> bool {
    text.len() == 10 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_are_one_log() {
        for (name, bare) in [
            ("access.log", "access.log"),
            ("access.log.1", "access.log"),
            ("access.log.10.gz", "access.log"),
            ("access.log.1.xz", "access.log"),
            ("access.log.gz", "access.log"),
            ("access.log.xz", "access.log"),
            ("access.log.zst", "access.log"),
            ("access.log.bz2", "access.log"),
            ("access.log-20250304.xz", "access.log"),
            ("access.log-20250304", "access.log"),
            ("access-2025-03-04.log", "access"),
            ("btmp", "btmp"),
            ("7.log", "7.log"),
            ("postgresql-15-main.log.1", "postgresql-15-main.log"),
            ("ip-10-0-0-1-access.log", "ip-10-0-0-1-access.log"),
            ("localhost_access_log.2026-11-26.txt", "localhost_access_log"),
            ("app-20261126T1530.log", "app"),
            ("app-2026-11-26.0.log", "app"),
            ("messages-1709510400", "messages"),
            ("2026-11-01.log", "log"),
            ("2026-10-11", "log"),
            ("access.log.2026-05", "access.log"),
            ("app-202610.log", "app"),
            ("app.log.10-11-2026", "app.log"),
            ("mysql-bin.000123", "mysql-bin"),
            ("20261101.log.gz", "log"),
            ("syslog.1", "syslog"),
            ("access.log-3", "access.log"),
            ("web-1.log", "web-1.log"),
            ("mysql-3306.log", "mysql-3306.log"),
            ("fw-10.0.0.1.log", "fw-10.0.0.1.log"),
            ("fw-10.0.0.1", "fw-10.0.0.1"),
            ("node-2", "node-2"),
            ("app.1.log", "app.1.log"),
        ] {
            assert_eq!(unrotated(name), bare, "{name}");
        }
    }
}
