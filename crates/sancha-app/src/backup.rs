//! Backups of a lake in restic's format, made and read by the stock `restic` program.
//!
//! What this adds to it: a picture of the lake in which everything fits together while others write to it
//! ([`Picture`]), the lake's own verification of what comes back, and a dated proof of it
//! ([`RestoreProof`]). See decision 0015.

mod error;
mod picture;
mod proof;
mod restic;
mod restic_error;
mod restore;
mod snapshot;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use sancha_model::LocalText;
use serde_json::Value;

pub use error::{BackupError, BackupFault};
pub use picture::Picture;
pub use proof::{RestoreProof, TestResult, Tested, write_proof};
pub use restic::Restic;
pub use restic_error::ResticError;
pub use restore::{Restored, Shown, TemporaryFolder, check, restore, test};
pub use snapshot::{Snapshot, choose, snapshots};

/// What goes into a backup beside the lake, as absolute paths: keys, profiles, settings.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub keys: Vec<PathBuf>,
    pub configuration: Vec<PathBuf>,
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub snapshot: String,
    pub files: u64,
    pub bytes: u64,
    /// Bytes that the repository did not have yet.
    pub added: u64,
    /// restic could not read something: the snapshot lacks it.
    pub is_incomplete: bool,
}

/// Backs up what the picture holds, and what stands beside it. `progress` is told bytes done and in all.
///
/// # Errors
/// When restic cannot be run, or makes no snapshot.
pub fn create(
    restic: &Restic<'_>,
    picture: &Picture,
    beside: &Beside,
    progress: &dyn Fn(u64, u64),
) -> Result<Made, BackupError> {
    let paths = beside.keys.iter().chain(&beside.configuration);
    if let Some(missing) = paths.clone().find(|path| !path.exists()) {
        // restic 0.14 passes over what is not there and ends well.
        return Err(BackupError::Missing { path: missing.clone() });
    }
    let mut arguments: Vec<OsString> =
        ["backup", "--json", "--ignore-ctime"].map(Into::into).into();
    for tag in snapshot::tags(picture, !beside.keys.is_empty()) {
        arguments.extend([OsString::from("--tag"), OsString::from(tag)]);
    }
    arguments.push(picture.name().into());
    arguments.extend(paths.map(|path| path.clone().into_os_string()));
    let mut summary = None;
    let ended = restic.run(&arguments, picture.folder(), &mut |line| {
        let Ok(message) = serde_json::from_slice::<Value>(line) else { return };
        let number = |key: &str| message.get(key).and_then(Value::as_u64).unwrap_or(0);
        match message.get("message_type").and_then(Value::as_str) {
            Some("status") => progress(number("bytes_done"), number("total_bytes")),
            Some("summary") => summary = Some(message),
            Some(_) | None => (),
        }
    })?;
    // 3: a snapshot was made, without what could not be read.
    let is_incomplete = ended.code == Some(3);
    if !is_incomplete {
        ended.well("backup")?;
    }
    let summary = summary.ok_or(ResticError::Answer { command: "backup" })?;
    let number = |key: &str| summary.get(key).and_then(Value::as_u64);
    let id = summary.get("snapshot_id").and_then(Value::as_str);
    let made = || {
        Some(Made {
            snapshot: id?.to_owned(),
            files: number("total_files_processed")?,
            bytes: number("total_bytes_processed")?,
            added: number("data_added")?,
            is_incomplete,
        })
    };
    Ok(made().ok_or(ResticError::Answer { command: "backup" })?)
}

/// Begins a repository.
///
/// # Errors
/// When restic cannot be run, or there is one.
pub fn begin(restic: &Restic<'_>) -> Result<(), BackupError> {
    restic.answer("init", &["init"]).map(drop)
}

/// Whether the repository is there and the password opens it; an error says which it is.
///
/// # Errors
/// As said.
pub fn look(restic: &Restic<'_>) -> Result<(), BackupError> {
    restic.answer("cat", &["cat", "config"]).map(drop)
}

/// The restic that is run, as it says itself.
///
/// # Errors
/// When it cannot be run.
pub fn version(restic: &Restic<'_>) -> Result<String, BackupError> {
    let answer = restic.answer("version", &["version"])?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().unwrap_or_default().chars().take(80).collect())
}

/// What the user's words for a file of the operating system come to.
fn io_error(path: &Path, source: std::io::Error) -> BackupError {
    BackupError::Io { path: path.to_owned(), source }
}

/// The same sentence in both languages, from formatted text.
fn say(zh: String, en: String) -> LocalText {
    LocalText::new(zh, en)
}
