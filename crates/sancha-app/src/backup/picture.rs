//! A picture of a lake: hard links to files that fit together, while others write to it.
//!
//! A line goes from a write-ahead file into a part, an append to the log names the part, and only then the
//! write-ahead file goes. The picture is taken in the same order: write-ahead files, then the checkpoint,
//! then the rest of the log, then the parts that this log names. So whatever happens in between, a line that
//! was accepted before is in the write-ahead files of the picture, in its parts, or in both, which is what a
//! crash leaves behind and what the next `ingest` puts right.
//!
//! A link pins a file: retention may remove its name from the lake while restic reads it. Checkpoint and
//! tiles are replaced and never changed; a write-ahead file is only added to, and more lines than at the
//! time of the picture do no harm. A part that went between the checkpoint and its link was retired or
//! rewritten, and a newer checkpoint says so: the picture is taken again.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use sancha_lake::{Lake, disk::RealDisk};
use sancha_seal::TreeHead;

use super::{BackupError, io_error};

/// Where pictures stand, in the lake: hard links do not leave a filesystem.
const FOLDER: &str = ".backup";
const LOCK: &str = "lock";
const UNNAMED: &str = "new";
const CHECKPOINT: &str = "seal/checkpoint";
/// How often a picture is taken again because the lake changed under it.
const TRIES: u32 = 5;
/// Folders below folders that a lake may have. Names of sources are one level.
const DEEPEST: usize = 16;

/// What of a picture is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Begun,
    WriteAhead,
    Checkpoint,
    Log,
}

/// A picture. It goes when this is dropped; one that a crash left goes with the next picture.
pub struct Picture {
    folder: PathBuf,
    name: String,
    head: TreeHead,
    /// What the log names and the lake no longer has: it is damaged.
    missing: Vec<String>,
    _lock: File,
}

impl Picture {
    /// Takes a picture of the lake in `lake`.
    ///
    /// # Errors
    /// When another backup is running, the lake cannot be read, or no links can be made.
    pub fn take(lake: &Path) -> Result<Self, BackupError> {
        Self::take_while(lake, &mut |_| ())
    }

    /// As [`Picture::take`]; what others do between its steps is `meanwhile`.
    pub(super) fn take_while(
        lake: &Path,
        meanwhile: &mut dyn FnMut(Step),
    ) -> Result<Self, BackupError> {
        let folder = std::path::absolute(lake).map_err(|error| io_error(lake, error))?.join(FOLDER);
        let lake = folder.parent().unwrap_or(lake);
        private_folder(&folder)?;
        let lock = lock(&folder)?;
        let mut tries = 1;
        loop {
            clear(&folder)?;
            let taken = Taken::of(lake, &folder.join(UNNAMED), meanwhile)?;
            let is_left_behind = !taken.missing.is_empty() && taken.is_outdated(lake)?;
            if is_left_behind && tries < TRIES {
                tries += 1;
                continue;
            }
            let named = folder.join(&taken.name);
            fs::rename(folder.join(UNNAMED), &named).map_err(|error| io_error(&named, error))?;
            let Taken { name, head, missing, .. } = taken;
            return Ok(Self { folder, name, head, missing, _lock: lock });
        }
    }

    /// The lake's name, which is that of its folder in the picture.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of its log.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// Files that the log names and the lake does not have.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Holds the folder with the picture.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // The next picture begins with this too.
        let _ = fs::remove_dir_all(self.folder.join(&self.name));
    }
}

struct Taken {
    name: String,
    head: TreeHead,
    checkpoint: Vec<u8>,
    missing: Vec<String>,
}

impl Taken {
    fn of(lake: &Path, into: &Path, meanwhile: &mut dyn FnMut(Step)) -> Result<Self, BackupError> {
        let links = Links { lake, into };
        links.make_folder("")?;
        meanwhile(Step::Begun);
        links.folder("wal", &|name| name.ends_with(".wal") || name.ends_with(".damaged"), 1)?;
        meanwhile(Step::WriteAhead);
        links.must(CHECKPOINT)?;
        meanwhile(Step::Checkpoint);
        // What is being written is nobody's yet; parts are named by the log.
        let is_whole = |name: &str| !name.ends_with(".tmp");
        links.folder("seal", &is_whole, DEEPEST)?;
        links.settings(&is_whole)?;
        let picture = Lake::open(Arc::new(RealDisk::new(into)))?;
        meanwhile(Step::Log);
        let mut missing = Vec::new();
        for part in picture.catalog().parts.values() {
            for path in [&part.path, &part.index_path] {
                if !links.link(path)? {
                    missing.push(path.clone());
                }
            }
        }
        let checkpoint = picture.ledger().checkpoint().to_vec();
        let (name, head) = (file_name(picture.ledger().origin()), picture.ledger().head());
        Ok(Self { name, head, checkpoint, missing })
    }

    /// Whether the lake's log has grown since.
    fn is_outdated(&self, lake: &Path) -> Result<bool, BackupError> {
        let path = lake.join(CHECKPOINT);
        let now = fs::read(&path).map_err(|error| io_error(&path, error))?;
        Ok(now != self.checkpoint)
    }
}

/// Makes links of a lake's files at the same places below another folder.
struct Links<'a> {
    lake: &'a Path,
    into: &'a Path,
}

impl Links<'_> {
    /// `false`: there is no such file, or no more.
    fn link(&self, path: &str) -> Result<bool, BackupError> {
        let (from, to) = (self.lake.join(path), self.into.join(path));
        let linked = match fs::hard_link(&from, &to) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_folder(path.rsplit_once('/').map_or("", |(folder, _)| folder))?;
                fs::hard_link(&from, &to)
            }
            linked => linked,
        };
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
            Err(source) => Err(BackupError::NoLink { path: from, source }),
        }
    }

    fn must(&self, path: &str) -> Result<(), BackupError> {
        if self.link(path)? {
            return Ok(());
        }
        Err(BackupError::Missing { path: self.lake.join(path) })
    }

    fn make_folder(&self, path: &str) -> Result<(), BackupError> {
        let folder = self.into.join(path);
        fs::create_dir_all(&folder).map_err(|error| io_error(&folder, error))
    }

    /// The files of a folder and of those in it, `depth` levels of them.
    fn folder(
        &self,
        path: &str,
        wanted: &dyn Fn(&str) -> bool,
        depth: usize,
    ) -> Result<(), BackupError> {
        self.make_folder(path)?;
        for (name, is_folder) in self.list(path)? {
            let path = format!("{path}/{name}");
            if is_folder && depth > 1 {
                self.folder(&path, wanted, depth - 1)?;
            } else if !is_folder && wanted(&name) {
                // One that went was settled meanwhile, or replaced by a newer one.
                self.link(&path)?;
            }
        }
        Ok(())
    }

    /// What else stands in the lake: its settings, and what a later version keeps there.
    fn settings(&self, wanted: &dyn Fn(&str) -> bool) -> Result<(), BackupError> {
        for (name, is_folder) in self.list("")? {
            match (name.as_str(), is_folder) {
                (FOLDER | "wal" | "seal" | "data", true) => (),
                (_, true) => self.folder(&name, wanted, DEEPEST)?,
                (_, false) if wanted(&name) => {
                    self.link(&name)?;
                }
                (_, false) => (),
            }
        }
        Ok(())
    }

    /// Names in a folder, and whether each is one. The lake makes none that are not text.
    fn list(&self, path: &str) -> Result<Vec<(String, bool)>, BackupError> {
        let folder = self.lake.join(path);
        let failed = |error| io_error(&folder, error);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() || kind.is_file() {
                found.push((name, kind.is_dir()));
            }
        }
        Ok(found)
    }
}

/// A log's origin may hold what a file's name may not.
fn file_name(origin: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = origin.chars().map(plain).collect();
    match name.trim_start_matches(['.', '-']) {
        "" | UNNAMED | LOCK => format!("lake-{name}"),
        name => name.to_owned(),
    }
}

fn private_folder(folder: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| io_error(folder, error))
}

fn lock(folder: &Path) -> Result<File, BackupError> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).append(true).open(&path);
    let file = file.map_err(|error| io_error(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy),
        Err(TryLockError::Error(error)) => Err(io_error(&path, error)),
    }
}

/// Removes pictures that a crash left; the lock is held.
fn clear(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(|error| io_error(folder, error))? {
        let path = entry.map_err(|error| io_error(folder, error))?.path();
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(|error| io_error(&path, error))?;
        }
    }
    Ok(())
}
