//! What comes back from a backup, and whether it is the lake that went in.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use sancha_lake::{
    Lake, LakeError,
    disk::{Disk, PeriodKeys, RealDisk, SealedDisk, Trouble},
    verify::{Fault, FaultKind, Scope, Verdicts},
    wal::{self, WalError, WalReader},
};
use serde_json::Value;

use super::{BackupError, Restic, ResticError, Snapshot, io_error, restic::arguments};

/// Patterns in one call of restic: a command line has a limit, 2 MiB on Linux.
const PATTERNS: usize = 1000;

/// A lake that came back, with what its own verification says.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Its folder.
    pub lake: PathBuf,
    pub files: u64,
    pub bytes: u64,
    pub verdicts: Verdicts,
    /// Lines in write-ahead files, accepted and not settled when the picture was taken.
    pub waiting_lines: u64,
    /// What is wrong beside the verdicts.
    pub faults: Vec<String>,
    /// Why nothing but the log of the lake was read: it is encrypted, and no key is at hand.
    pub keyless: Option<Arc<LakeError>>,
}

/// What a restore test shows of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It comes back whole, as it was sealed.
    Whole,
    /// It came back, and what could be read is as it was sealed; no key at hand opens the rest.
    Partly,
    /// Something is missing or altered.
    Faulty,
}

impl Restored {
    /// Whether it is whole and as it was sealed.
    pub fn is_whole(&self) -> bool {
        self.shown() == Shown::Whole
    }

    pub fn shown(&self) -> Shown {
        let Self { verdicts, faults, keyless, .. } = self;
        let is_faulty = !faults.is_empty()
            || !verdicts.log_faults.is_empty()
            || !verdicts.wal_damages.is_empty()
            || verdicts.faults.iter().any(|fault| !is_of_key(fault));
        match is_faulty {
            true => Shown::Faulty,
            false if keyless.is_some() || verdicts.faults.iter().any(is_of_key) => Shown::Partly,
            false => Shown::Whole,
        }
    }

    /// # Errors
    /// When nothing but the log was read, for no key is at hand.
    fn with_keys(self) -> Result<Self, BackupError> {
        match self.keyless {
            Some(error) => Err(BackupError::Keyless(error)),
            None => Ok(self),
        }
    }
}

/// Whether a file could not be looked at because no key opens it.
pub(super) fn is_of_key(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::NoKey(_))
}

/// Restores all of a snapshot below `to`, as `restic restore` does, and verifies the lake in it. `keys`: the folder
/// of keys, which an encrypted lake is read with.
///
/// # Errors
/// When `to` holds something, or what comes back is no lake.
pub fn restore(
    restic: &Restic<'_>,
    snapshot: &Snapshot,
    to: &Path,
    keys: &Path,
) -> Result<Restored, BackupError> {
    empty_folder(to)?;
    bring(restic, snapshot, to, &[])?;
    verified(snapshot, (to, keys), WHOLE)?.with_keys()
}

/// Restores the lake of a snapshot to a temporary folder and verifies it, as far as there are keys. Keys stay where they
/// are.
///
/// # Errors
/// When the disk has no room for it, or restic fails.
pub fn test(
    restic: &Restic<'_>,
    snapshot: &Snapshot,
    temporary: &TemporaryFolder,
    keys: &Path,
) -> Result<Restored, BackupError> {
    let to = temporary.path();
    let needed = size(restic, snapshot)?;
    let free = RealDisk::new(to).free_space().map_err(LakeError::from)?;
    if let Some(free) = free.filter(|free| *free < needed) {
        return Err(BackupError::Space { path: to.to_owned(), needed, free });
    }
    bring(restic, snapshot, to, &[format!("/{}", snapshot.lake)])?;
    verified(snapshot, (to, keys), WHOLE)
}

/// Lets restic check its repository, then restores `percent` of the lake's parts and verifies them.
///
/// # Errors
/// When restic finds its repository damaged, or cannot read it.
pub fn check(
    restic: &Restic<'_>,
    snapshot: &Snapshot,
    temporary: &TemporaryFolder,
    keys: &Path,
    percent: u8,
) -> Result<Restored, BackupError> {
    let data = match percent {
        100 => "--read-data".to_owned(),
        percent => format!("--read-data-subset={percent}%"),
    };
    restic.answer("check", &["check", &data])?;
    if percent == 100 {
        return test(restic, snapshot, temporary, keys)?.with_keys();
    }
    let to = temporary.path();
    let below = |path: &str| format!("/{}/{path}", snapshot.lake);
    bring(restic, snapshot, to, &[below("seal"), below("wal")])?;
    let scope = Scope::some(None, percent);
    let lake = open(snapshot, (to, keys))?;
    let parts = lake.chosen(&scope);
    let files: Vec<String> =
        parts.iter().flat_map(|part| [below(&part.path), below(&part.index_path)]).collect();
    for some in files.chunks(PATTERNS) {
        bring(restic, snapshot, to, some)?;
    }
    verified(snapshot, (to, keys), scope)?.with_keys()
}

const WHOLE: Scope = Scope::ALL;

/// Restores what `include` names; all when it names nothing.
fn bring(
    restic: &Restic<'_>,
    snapshot: &Snapshot,
    to: &Path,
    include: &[String],
) -> Result<(), BackupError> {
    let mut arguments: Vec<OsString> = arguments(["restore", &snapshot.id, "--target"]);
    arguments.push(to.into());
    for path in include {
        arguments.extend([OsString::from("--include"), OsString::from(path)]);
    }
    restic.run(&arguments, Path::new("."), &mut |_| ())?.well("restore")
}

/// Bytes of all files of a snapshot.
fn size(restic: &Restic<'_>, snapshot: &Snapshot) -> Result<u64, BackupError> {
    let answer = restic.answer("stats", &["stats", "--json", &snapshot.id])?;
    let answer: Option<Value> = serde_json::from_slice(&answer).ok();
    let size = answer.and_then(|answer| answer.get("total_size")?.as_u64());
    size.ok_or(ResticError::Answer { command: "stats" }.into())
}

/// The lake of a snapshot below `to`; one that is encrypted is read with the keys of its name in `keys`.
fn open(snapshot: &Snapshot, (to, keys): (&Path, &Path)) -> Result<Lake, BackupError> {
    let plain: Arc<dyn Disk> = Arc::new(RealDisk::new(to.join(&snapshot.lake)));
    let name = match plain.read(SealedDisk::MARK) {
        Ok(name) => String::from_utf8_lossy(&name).trim().to_owned(),
        Err(error) if error.trouble == Trouble::Missing => return Ok(Lake::open(plain)?),
        Err(error) => return Err(LakeError::from(error).into()),
    };
    if name.contains('/') || name.starts_with('.') {
        let (path, what) = (SealedDisk::MARK.to_owned(), "it names no folder of keys");
        return Err(LakeError::Broken { path, what }.into());
    }
    let keys = PeriodKeys::new(keys.join(name));
    Ok(Lake::open(Arc::new(SealedDisk::new(plain, keys)))?)
}

/// Verifies the lake that was restored below `to`.
fn verified(
    snapshot: &Snapshot,
    (to, keys): (&Path, &Path),
    scope: Scope,
) -> Result<Restored, BackupError> {
    let lake = open(snapshot, (to, keys))?;
    let mut faults = Vec::new();
    let head = lake.ledger().head();
    if (head.size, head.root.hex().as_str()) != (snapshot.entries, snapshot.root.as_str()) {
        faults.push(format!(
            "the log has {} entries and the root {}, the snapshot says {} and {}",
            head.size, head.root, snapshot.entries, snapshot.root
        ));
    }
    let read = waiting(&lake, &mut faults)
        .and_then(|lines| Ok((lines, lake.verify(&scope, &|_| ())?, None)));
    let (waiting_lines, verdicts, keyless) = match read {
        Err(error) if error.is_of_missing_key() => (0, lake.verify_log(), Some(Arc::new(error))),
        read => read?,
    };
    let folder = to.join(&snapshot.lake);
    let (files, bytes) = count(&folder)?;
    Ok(Restored { lake: folder, files, bytes, verdicts, waiting_lines, faults, keyless })
}

/// Lines of write-ahead files that are not settled, all read.
fn waiting(lake: &Lake, faults: &mut Vec<String>) -> Result<u64, LakeError> {
    let disk = &**lake.disk();
    let mut lines = 0;
    for file in wal::list(disk)? {
        if lake.catalog().settled.contains(&file.id.to_string()) {
            continue;
        }
        let reader = match WalReader::open(disk, file.id) {
            Err(error @ WalError::NotAWal { .. }) => {
                faults.push(error.to_string());
                continue;
            }
            // The lake's own verification tells of it.
            Err(WalError::Disk(error)) if error.trouble.is_of_lost_key() => continue,
            reader => reader?,
        };
        for chunk in reader {
            match chunk {
                Ok(chunk) => {
                    lines += memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64;
                    lines += u64::from(!chunk.bytes.ends_with(b"\n"));
                }
                Err(error @ WalError::Damaged { .. }) => faults.push(error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(lines)
}

/// Files and bytes below a folder.
fn count(folder: &Path) -> Result<(u64, u64), BackupError> {
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| io_error(&folder, error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let facts = entry.metadata().map_err(failed)?;
            if facts.is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                bytes += facts.len();
            }
        }
    }
    Ok((files, bytes))
}

/// Makes the folder, or makes sure that nothing is in it.
fn empty_folder(folder: &Path) -> Result<(), BackupError> {
    fs::create_dir_all(folder).map_err(|error| io_error(folder, error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| io_error(folder, error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(BackupError::NotEmpty { path: folder.to_owned() }),
    }
}

/// A folder for its owner's eyes only, which goes with all that is in it when this is dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// # Errors
    /// When no folder can be made below `base`.
    pub fn new(base: &Path) -> Result<Self, BackupError> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for number in 0..1000 {
            let name = format!("sancha-restore-{}-{number}", std::process::id());
            let path = std::path::absolute(base.join(name)).map_err(|e| io_error(base, e))?;
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(io_error(&path, error)),
            }
        }
        Err(BackupError::NotEmpty { path: base.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
