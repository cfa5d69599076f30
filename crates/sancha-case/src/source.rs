use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use sancha_model::{Finding, LogPlace, Text, beside, folders};
use serde::Serialize;

/// Who wrote a log. Two logs of one kind are one witness: the web server's access and error log come
/// from the same process, and journald holds a copy of what syslog holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    Web,
    /// syslog, journald, wtmp and btmp, the event log of Windows: written by the services of the host themselves.
    Host,
    /// auditd: written by the kernel.
    Audit,
    Database,
}

impl LogKind {
    /// The kind by the format's name, such as `web/combined`. `None` where the name says nothing,
    /// as for plain text: such a file can show something but confirms nothing.
    pub fn of_format(format: &str) -> Option<Self> {
        let name = format.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["audit"]) && !has(&["modsec", "coraza", "waf"]) {
            Some(Self::Audit)
        } else if has(&["postgres", "mysql", "database"]) || name.starts_with("db/") {
            Some(Self::Database)
        } else if has(&["web/", "http", "nginx", "apache", "modsec", "coraza", "har", "access"]) {
            Some(Self::Web)
        } else if has(&["syslog", "sshd", "sudo", "journal", "wtmp", "btmp", "auth"])
            || ["linux/", "windows/"].iter().any(|system| name.starts_with(system))
        {
            Some(Self::Host)
        } else {
            None
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::Web => Text::new("case.log_kind.web", "网站日志", "web server log"),
            Self::Host => Text::new("case.log_kind.host", "主机系统日志", "system log of the host"),
            Self::Audit => Text::new("case.log_kind.audit", "内核审计日志", "kernel audit log"),
            Self::Database => Text::new("case.log_kind.database", "数据库日志", "database log"),
        }
    }

    pub const ALL: [Self; 4] = [Self::Web, Self::Host, Self::Audit, Self::Database];
}

/// What is known of the files that were read and of the assets they belong to.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Format name by path, as evidence names the path.
    pub format_by_path: BTreeMap<String, String>,
    /// Asset name by the host name that records carry, from the operator profile.
    pub asset_by_host: BTreeMap<String, String>,
    /// Asset name by the beginning of a path, from the operator profile; the longest one wins.
    pub asset_by_path: BTreeMap<String, String>,
    /// What people call an asset; one that is not listed is called by its own name.
    pub asset_names: BTreeMap<String, String>,
    /// Assets that run on the same machine as an asset: whoever is in one is beside the other.
    pub beside: BTreeMap<String, BTreeSet<String>>,
    /// The assets' own addresses: a database that is asked by the site's own server was reached
    /// through that server, so such a finding has no source from outside.
    pub own_addresses: BTreeSet<IpAddr>,
}

impl Sources {
    /// Every kind of log that a finding's evidence comes from.
    pub(crate) fn kinds(&self, finding: &Finding) -> BTreeSet<LogKind> {
        let formats = finding.evidence.iter().filter_map(|e| self.format_by_path.get(&*e.path));
        formats.filter_map(|format| LogKind::of_format(format)).collect()
    }

    /// Source addresses that are not the asset itself.
    pub(crate) fn outside(&self, finding: &Finding) -> Vec<IpAddr> {
        let outside = |ip: &&IpAddr| !ip.is_loopback() && !self.own_addresses.contains(ip);
        let mut addresses: Vec<IpAddr> = finding.src.iter().filter(outside).copied().collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// Assets by the profile's hosts and paths, then by the hosts that the records name.
    fn named(&self, finding: &Finding) -> BTreeSet<String> {
        let host = |host: &String| self.asset_by_host.get(host).unwrap_or(host).clone();
        let from_path = |path: &str| {
            let starts = self.asset_by_path.iter().filter(|(start, _)| path.starts_with(*start));
            starts.max_by_key(|(start, _)| start.len()).map(|(_, asset)| asset.clone())
        };
        let by_path: BTreeSet<String> =
            finding.evidence.iter().filter_map(|e| from_path(&e.path)).collect();
        if by_path.is_empty() { finding.hosts.iter().map(host).collect() } else { by_path }
    }

    /// Of a finding's assets those that somebody got into: on the hosts whose records say so, else all.
    pub(crate) fn reached(&self, finding: &Finding, assets: &BTreeSet<String>) -> BTreeSet<String> {
        let hosts = finding.entered_hosts.iter();
        let entered = hosts.map(|host| self.asset_by_host.get(host).unwrap_or(host));
        let reached: BTreeSet<String> = entered.filter(|a| assets.contains(*a)).cloned().collect();
        if reached.is_empty() { assets.clone() } else { reached }
    }

    /// The assets of each finding. Where neither profile nor record names one: the folder that is called like a host
    /// which the profile or other records name, else those that the records of the logs beside it name where that is
    /// one asset, else none. Logs of a service elsewhere may lie anywhere.
    pub(crate) fn assets(&self, findings: &[Finding]) -> Vec<BTreeSet<String>> {
        let mut assets: Vec<BTreeSet<String>> = findings.iter().map(|f| self.named(f)).collect();
        let known: BTreeSet<String> = assets.iter().flatten().cloned().collect();
        let named = findings.iter().zip(&assets).filter(|(_, assets)| !assets.is_empty());
        let places: BTreeSet<(LogPlace<'_>, BTreeSet<String>)> = named
            .flat_map(|(f, assets)| {
                f.evidence.iter().map(move |e| (LogPlace::of(&e.path), assets.clone()))
            })
            .collect();
        for (finding, assets) in findings.iter().zip(&mut assets).filter(|(_, a)| a.is_empty()) {
            let parts = finding.evidence.iter().flat_map(|e| folders(&e.path));
            let of_folder = |part: &str| match self.asset_by_host.get(part) {
                Some(asset) => Some(asset.clone()),
                None => known.contains(part).then(|| part.to_owned()),
            };
            assets.extend(parts.filter_map(of_folder));
            if assets.is_empty() && !self.is_of_elsewhere(finding) {
                let paths = finding.evidence.iter().map(|evidence| &*evidence.path);
                let beside = beside(paths, &places);
                if let Some(only) = beside.first().filter(|_| beside.len() == 1) {
                    assets.clone_from(only);
                }
            }
        }
        assets
    }

    /// JSON records that name no host are mostly those of a cloud or an application.
    fn is_of_elsewhere(&self, finding: &Finding) -> bool {
        let formats = finding.evidence.iter().filter_map(|e| self.format_by_path.get(&*e.path));
        let mut formats = formats.peekable();
        formats.peek().is_some() && formats.all(|format| format.starts_with("json/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_one_writer_are_one_kind() {
        for (format, kind) in [
            ("web/combined", Some(LogKind::Web)),
            ("web/error", Some(LogKind::Web)),
            ("nginx/error", Some(LogKind::Web)),
            ("http/transactions", Some(LogKind::Web)),
            ("modsecurity/audit", Some(LogKind::Web)),
            ("syslog/rfc3164", Some(LogKind::Host)),
            ("linux/sshd", Some(LogKind::Host)),
            ("journal/export", Some(LogKind::Host)),
            ("windows/xml", Some(LogKind::Host)),
            ("windows/json", Some(LogKind::Host)),
            ("mysql/server", Some(LogKind::Database)),
            ("json/lines", None),
            ("linux/auditd", Some(LogKind::Audit)),
            ("postgresql/log", Some(LogKind::Database)),
            ("text/plain", None),
        ] {
            assert_eq!(LogKind::of_format(format), kind, "{format}");
        }
    }
}
