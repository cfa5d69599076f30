//! Where logs lie: those of one machine are together, in one folder or below each other.

use std::collections::BTreeSet;

/// What parts the folders of a path, and an archive from its members.
const FOLDERS: [char; 2] = ['/', '!'];

/// Folders that tell what a log is of, and not of which machine.
const KINDS: [&str; 28] = [
    "access",
    "apache",
    "apache2",
    "app",
    "audit",
    "auth",
    "cron",
    "db",
    "error",
    "httpd",
    "iis",
    "journal",
    "log",
    "logs",
    "mysql",
    "nginx",
    "pg",
    "postgresql",
    "secure",
    "ssh",
    "sshd",
    "sys",
    "syslog",
    "system",
    "tomcat",
    "var",
    "web",
    "www",
];

/// The folders of a log, without those that name kinds of logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPlace<'p>(Vec<&'p str>);

impl<'p> LogPlace<'p> {
    pub fn of(path: &'p str) -> Self {
        let mut parts: Vec<&str> = folders(path).collect();
        parts.pop();
        parts.retain(|part| !KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(part)));
        Self(parts)
    }

    /// Whether one lies where the other does or below it.
    pub fn is_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

/// What the logs have that lie with one of `paths`.
pub fn beside<'v, 'p, V: Ord>(
    paths: impl Iterator<Item = &'p str>,
    all: &'v BTreeSet<(LogPlace<'_>, V)>,
) -> BTreeSet<&'v V> {
    let own: BTreeSet<LogPlace<'_>> = paths.map(LogPlace::of).collect();
    let is_beside = |place| own.iter().any(|own| own.is_with(place));
    all.iter().filter(|(place, _)| is_beside(place)).map(|(_, value)| value).collect()
}

/// The folders of a path and its file.
pub fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.split(FOLDERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_one_tree_are_together() {
        let with = |a: &str, b: &str| LogPlace::of(a).is_with(&LogPlace::of(b));
        assert!(with("logs/nginx/access.log", "logs/auth.log"));
        assert!(with("web01/var/log/auth.log", "web01/access.log"));
        assert!(with("a.zip!x/auth.log", "a.zip!x/nginx/access.log"));
        assert!(!with("logs/web01/access.log", "logs/mail01/auth.log"));
        let all = [("web01/auth.log", 1), ("db01/a.log", 2), ("db01/b/b.log", 3)];
        let all = all.map(|(path, value)| (LogPlace::of(path), value)).into();
        let beside = |path| Vec::from_iter(beside([path].into_iter(), &all).into_iter().copied());
        assert_eq!(beside("web01/nginx/access.log"), [1]);
        assert_eq!(beside("db01/access.log"), [2, 3]);
        assert_eq!(beside("x/access.log"), []);
    }
}
