//! Files put together as logs, rotated parts as one, and what is odd about a log as a whole: a clock
//! that disagrees with another's, one private address behind most requests.

use std::collections::BTreeMap;

use sancha_detect::{
    observed::{Observed, PrivateClients, Witnesses},
    skew,
};
use sancha_model::{ClockRemark, EventTime, FileCoverage, SingleClient, unrotated, without_stream};
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

#[cfg(test)]
mod tests {
    use super::*;

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
