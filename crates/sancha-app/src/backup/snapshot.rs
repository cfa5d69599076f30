//! Snapshots of lakes in a repository. What a person wants to know of each stands in its tags, so that the
//! list needs no restore, and stock `restic snapshots` shows it too.

use jiff::Timestamp;
use sancha_model::EventTime;
use serde_json::Value;

use super::{BackupError, Picture, Restic, ResticError};

/// Every snapshot of ours has this tag.
const OURS: &str = "sancha";
const LAKE: &str = "lake=";
const ENTRIES: &str = "entries=";
const ROOT: &str = "root=";
const KEYS: &str = "with-keys";

/// A snapshot of a lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub id: String,
    pub time: EventTime,
    pub host: String,
    /// Name of the lake: also that of its folder in the snapshot.
    pub lake: String,
    /// Of the log, as its checkpoint had it.
    pub entries: u64,
    /// In hex.
    pub root: String,
    pub with_keys: bool,
    /// What was backed up, by its path on that machine.
    pub paths: Vec<String>,
}

pub(super) fn tags(picture: &Picture, with_keys: bool) -> Vec<String> {
    let head = picture.head();
    let mut tags = vec![
        OURS.to_owned(),
        format!("{LAKE}{}", picture.name()),
        format!("{ENTRIES}{}", head.size),
        format!("{ROOT}{}", head.root),
    ];
    tags.extend(with_keys.then(|| KEYS.to_owned()));
    tags
}

/// The snapshots of lakes in the repository, oldest first.
///
/// # Errors
/// When restic cannot be run or the repository not be read.
pub fn snapshots(restic: &Restic<'_>) -> Result<Vec<Snapshot>, BackupError> {
    let answer = restic.answer("snapshots", &["snapshots", "--json", "--tag", OURS])?;
    let unread = || ResticError::Answer { command: "snapshots" };
    let all: Value = serde_json::from_slice(&answer).map_err(|_| unread())?;
    // An empty repository answers `null`.
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for one in all {
        found.extend(read(one).ok_or_else(unread)?);
    }
    found.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

/// `None`: it cannot be read; `Some(None)`: a snapshot of something else under our tag.
fn read(one: &Value) -> Option<Option<Snapshot>> {
    let text = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    let texts = |key: &str| -> Vec<String> {
        let list = one.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let tags = texts("tags");
    let tagged = |name: &str| tags.iter().find_map(|tag| tag.strip_prefix(name));
    let time: Timestamp = text("time")?.parse().ok()?;
    let id = text("id")?;
    let (Some(lake), Some(entries), Some(root)) = (tagged(LAKE), tagged(ENTRIES), tagged(ROOT))
    else {
        return Some(None);
    };
    let Ok(entries) = entries.parse() else { return Some(None) };
    Some(Some(Snapshot {
        id,
        time: EventTime::from_timestamp(time),
        host: text("hostname").unwrap_or_default(),
        lake: lake.to_owned(),
        entries,
        root: root.to_owned(),
        with_keys: tags.iter().any(|tag| tag == KEYS),
        paths: texts("paths"),
    }))
}

/// The snapshot that is meant: by the beginning of its id, or the newest of the lake.
///
/// # Errors
/// When there is none, or nobody said of which lake.
pub fn choose(
    snapshots: Vec<Snapshot>,
    id: Option<&str>,
    lake: Option<&str>,
) -> Result<Snapshot, BackupError> {
    let wanted = || id.or(lake).unwrap_or("latest").to_owned();
    let fits = |one: &Snapshot| {
        id.is_none_or(|id| id == "latest" || one.id.starts_with(id))
            && lake.is_none_or(|lake| one.lake == lake)
    };
    let mut fitting: Vec<Snapshot> = snapshots.into_iter().filter(fits).collect();
    let mut names: Vec<String> = fitting.iter().map(|one| one.lake.clone()).collect();
    names.sort();
    names.dedup();
    if names.len() > 1 {
        return Err(ResticError::SeveralLakes { names }.into());
    }
    let is_one = id.is_none_or(|id| id == "latest") || fitting.len() == 1;
    let chosen = fitting.pop().filter(|_| is_one);
    Ok(chosen.ok_or_else(|| ResticError::NoSnapshot { wanted: wanted() })?)
}
