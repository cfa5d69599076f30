//! Files put together as logs, rotated parts as one, and what is odd about a log as a whole: a clock
//! that disagrees with another's, one private address behind most requests.

use std::collections::BTreeMap;

use sancha_detect::{
    observed::{Observed, PrivateClients, Witnesses},
    skew,
};
use sancha_model::{
    ClockRemark, EventTime, FileCoverage, SingleClient, without_compression, without_stream,
};
use sancha_normalize::TrustedProxies;

/// A private address is called out from this many requests on; fewer are a test or a health check.
const LEAST_REQUESTS: u64 = 50;

/// The logs of a run, in the order of their first file.
pub(crate) struct Logs<'a> {
    files: &'a [FileCoverage],
    logs: Vec<Log<'a>>,
}

struct Log<'a> {
    /// Path of its first file.
    path: &'a str,
    folder: &'a str,
    format: &'a str,
    witnesses: Witnesses,
    clients: PrivateClients,
}

impl<'a> Logs<'a> {
    /// `observed` by file, in the order of `files`.
    pub(crate) fn of(files: &'a [FileCoverage], observed: &[Observed]) -> Self {
        let mut logs: Vec<Log<'a>> = Vec::new();
        let mut places: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for (file, seen) in files.iter().zip(observed) {
            let (folder, name) = split(&file.path);
            let key = (folder, unrotated(name), file.format.as_str());
            let at = *places.entry(key).or_insert(logs.len());
            if at == logs.len() {
                let (witnesses, clients) = Default::default();
                logs.push(Log {
                    path: &file.path,
                    folder,
                    format: &file.format,
                    witnesses,
                    clients,
                });
            }
            if let Some(log) = logs.get_mut(at) {
                log.witnesses.merge(&seen.witnesses);
                log.clients.merge(&seen.clients);
            }
        }
        Self { files, logs }
    }

    /// Logs of the same events whose times disagree, and files that reach beyond `now`.
    pub(crate) fn clocks(&self, now: EventTime) -> Vec<ClockRemark> {
        let mut remarks = Vec::new();
        for (place, one) in self.logs.iter().enumerate() {
            for other in self.logs.iter().skip(place + 1) {
                remarks.extend(one.differs(other));
            }
        }
        let late = |file: &FileCoverage| {
            let last = file.last.filter(|last| *last > now)?;
            let seconds = last.since(now) / EventTime::SECOND;
            Some(ClockRemark::AfterNow { path: file.path.clone(), last, seconds })
        };
        remarks.extend(self.files.iter().filter_map(late));
        remarks
    }

    pub(crate) fn single_clients(&self, trusted: &TrustedProxies) -> Vec<SingleClient> {
        let single = |log: &Log<'_>| {
            let (address, requests) = log.clients.most()?;
            let of = log.clients.requests;
            (requests >= LEAST_REQUESTS && requests * 2 > of).then(|| SingleClient {
                path: log.path.to_owned(),
                address,
                requests,
                of,
                trusted: trusted.trusts(address),
            })
        };
        self.logs.iter().filter_map(single).collect()
    }
}

impl Log<'_> {
    fn differs(&self, other: &Self) -> Option<ClockRemark> {
        if !self.is_comparable(other) {
            return None;
        }
        let found = skew::skew(&self.witnesses, &other.witnesses)?;
        Some(ClockRemark::Differs {
            path: self.path.to_owned(),
            than: other.path.to_owned(),
            seconds: found.seconds,
            pairs: found.pairs,
            of: found.of,
        })
    }

    /// Logs of different kinds that belong to one machine: they name it, or one's folder holds the
    /// other's. Of two machines of one kind, a scanner visits both with a constant lag.
    fn is_comparable(&self, other: &Self) -> bool {
        let empty = self.witnesses.is_empty() || other.witnesses.is_empty();
        let holds = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let together = holds(self.folder, other.folder) || holds(other.folder, self.folder);
        let named = skew::same_host(&self.witnesses, &other.witnesses);
        !empty && self.format != other.format && (together || named)
    }
}

/// The name under which a lake keeps a file: its path, for rotated files that of the log they came from.
pub(crate) fn source_name(path: &str) -> String {
    let (folder, name) = split(path);
    let (folder, name) = (sancha_lake::source_name(folder), unrotated(name));
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Folder and name; the members of an archive lie in its folder, and the streams of a source are one log.
fn split(path: &str) -> (&str, &str) {
    without_stream(path).rsplit_once('/').unwrap_or(("", without_stream(path)))
}

/// `access.log` of `access.log.3.gz`, `access.log-20250304` and `access-2025-03-04.log.gz`: the name up to where a date
/// begins that nothing but its ending follows, or the running number at its end.
///
/// `web-1.log`, `mysql-3306.log` and `fw-10.0.0.1.log` are logs of their own: such a number may be a machine's.
fn unrotated(name: &str) -> &str {
    let name = without_compression(name);
    let name = unnumbered(name);
    let apart = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| name.as_bytes().get(before));
        before.is_none_or(|byte| matches!(byte, b'.' | b'-' | b'_'))
    };
    let begins = name.char_indices().map(|(at, _)| at).filter(|at| apart(*at));
    let date = begins.filter_map(|at| Some((at, name.get(at..)?))).find(|(_, rest)| is_date(rest));
    match date {
        // A file that is called by its day alone is of the log that the folder is.
        Some((0, rest)) => rest.rsplit_once('.').map_or(rest, |(_, ending)| ending),
        Some((at, _)) => name.get(..at - 1).unwrap_or(name),
        None => name,
    }
}

/// `access.log` of `access.log.3`. Of four numbers the last is part of an address.
fn unnumbered(name: &str) -> &str {
    let number = |text: &str| {
        let (before, digits) = text.rsplit_once(['.', '-'])?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A number behind a hyphen is the log's only behind its ending.
        let is_last = text.as_bytes().get(before.len()) == Some(&b'.') || before.ends_with(".log");
        (is_number && digits.len() <= LONGEST_NUMBER && is_last).then(|| before.len())
    };
    let Some(len) = number(name) else { return name };
    let bare = name.get(..len).unwrap_or(name);
    let is_address = number(bare).is_some();
    if is_address { name } else { bare }
}

/// More files of one log nobody keeps.
const LONGEST_NUMBER: usize = 4;

/// Whether a text is a date from 1990 on, with or without signs between its parts, and at most a time, a running number
/// and an ending behind it.
fn is_date(text: &str) -> bool {
    let year = text.get(..4).and_then(|year| year.parse::<u16>().ok());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let (date, ending) = text.rsplit_once('.').unwrap_or((text, ""));
    let is_ending = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphabetic());
    let date = if is_ending { date } else { text };
    let signs =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b'T' | b'Z');
    year.is_some_and(|year| (1990..2100).contains(&year)) && digits >= 8 && date.bytes().all(signs)
        || is_epoch(date)
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

    fn web(path: &str) -> FileCoverage {
        let format = "web/combined".to_owned();
        FileCoverage { path: path.to_owned(), format, ..FileCoverage::default() }
    }

    #[test]
    fn a_file_that_reaches_beyond_now_is_told() {
        let last = Some(EventTime::from_seconds(1_000));
        let files = [FileCoverage { last, ..web("logs/access.log") }];
        let logs = Logs::of(&files, &[Observed::default()]);
        assert_eq!(logs.clocks(EventTime::from_seconds(1_000)), []);
        let told = logs.clocks(EventTime::from_seconds(400));
        assert!(matches!(&told[..], [ClockRemark::AfterNow { seconds: 600, .. }]), "{told:?}");
    }
}
