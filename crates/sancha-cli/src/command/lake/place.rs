//! Where a lake's files are: its folder, and what `lake.toml` in it names.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use sancha_app::lake::LakeConfig;
use sancha_lake::{
    Claim, Lake, LakeError,
    disk::{
        Disk, DiskError, ObjectDisk, Patience, PeriodKeys, RealDisk, SealedDisk, SplitDisk,
        StoreAddress, Trouble,
    },
};
use sancha_model::LocalText;

use super::{keys, told};
use crate::{
    args::{IngestArgs, LakeArgs},
    exit::UsageError,
    output,
};

/// The disk of the lake that the arguments name; nothing when there is none.
pub(super) fn find(args: &LakeArgs) -> Result<Option<Arc<dyn Disk>>> {
    let config = config(&args.lake)?.unwrap_or_default();
    let disk = plain(&args.lake, &config)?;
    if !is_lake(&*disk)? {
        return Ok(None);
    }
    let encrypt = config.encrypt.map_or_else(|| marked(&*disk), |name| Ok(Some(name)))?;
    sealed(args, disk, encrypt).map(Some)
}

/// As [`find`], for one that may be about to be made: a store named by the arguments is looked at too, and
/// remembered when it has a lake.
pub(super) fn prepare(args: &IngestArgs) -> Result<Option<Arc<dyn Disk>>> {
    let asked = asked(args);
    if let Some(known) = config(&args.lake.lake)? {
        if asked.store.is_some() && known.store != asked.store {
            return Err(other_place(args, &known));
        }
        let found = find(&args.lake)?;
        if found.is_some() && args.encrypt && known.encrypt.is_none() {
            return Err(not_encrypted(args));
        }
        return Ok(found);
    }
    if let Some(found) = find(&args.lake)? {
        return match (&asked.store, args.encrypt) {
            (Some(_), _) => Err(other_place(args, &LakeConfig::default())),
            (None, true) => Err(not_encrypted(args)),
            (None, false) => Ok(Some(found)),
        };
    }
    if asked.store.is_none() {
        return Ok(None);
    }
    let disk = plain(&args.lake.lake, &asked)?;
    if !is_lake(&*disk)? {
        return Ok(None);
    }
    // Another machine made the lake; whether it is encrypted was decided there.
    let config = LakeConfig { encrypt: marked(&*disk)?, ..asked };
    if args.encrypt && config.encrypt.is_none() {
        return Err(not_encrypted(args));
    }
    remember(&args.lake.lake, &config)?;
    sealed(&args.lake, disk, config.encrypt).map(Some)
}

/// `lake.toml` while it is written.
const BEING_WRITTEN: &str = "lake.toml.new";
/// What stands in the folder of a lake, or of one that was not made to the end or is being made.
const OF_A_LAKE: [&str; 8] = [
    "data",
    "seal",
    "wal",
    LakeConfig::FILE,
    BEING_WRITTEN,
    "retention.toml",
    "searches.toml",
    "lost+found",
];

/// A lake is made in an empty folder, which is made where there is none: one that holds something else was named by
/// mistake, and so was a place where no folder can be.
pub(super) fn is_free(folder: &Path) -> Result<()> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return fs::create_dir_all(folder).map_err(|error| output::not_written(folder, error));
        }
        listed => listed.map_err(|error| output::not_written(folder, error))?,
    };
    let names =
        listed.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let foreign = names.filter(|name| !OF_A_LAKE.contains(&name.as_str()));
    let Some(name) = foreign.min() else { return Ok(()) };
    let shown = folder.display();
    Err(UsageError(LocalText::new(
        format!("文件夹 {shown} 中已有别的文件（如 {name}），不是日志湖；请给 --lake 一个新文件夹或空文件夹"),
        format!("the folder {shown} holds other files (such as {name}) and is no lake; give --lake a new or an empty folder"),
    ))
    .into())
}

/// Takes the right to make a lake in a folder; `None` when another process has it. It is in the folder, wherever
/// the files of the lake will be.
pub(super) fn claim(folder: &Path) -> Result<Option<Claim>> {
    Lake::claim(&RealDisk::new(folder)).map_err(|error| match error {
        LakeError::Disk(DiskError {
            trouble: Trouble::ReadOnly | Trouble::Denied, source, ..
        }) => output::not_written(folder, source),
        error => told(error),
    })
}

/// The disk of a lake that is about to be made; `origin` is the name of its key.
pub(super) fn create(args: &IngestArgs, origin: &str) -> Result<Arc<dyn Disk>> {
    let asked = asked(args);
    // A file that names a store may have been written by a person, or left by a run that went no further.
    let known = config(&args.lake.lake)?;
    let store = known.as_ref().map_or(asked.store, |known| known.store.clone());
    let is_encrypted = args.encrypt || known.as_ref().is_some_and(|known| known.encrypt.is_some());
    let wanted = LakeConfig { store, encrypt: is_encrypted.then(|| origin.to_owned()) };
    if known.as_ref().unwrap_or(&LakeConfig::default()) != &wanted {
        remember(&args.lake.lake, &wanted)?;
    }
    let disk = plain(&args.lake.lake, &wanted)?;
    sealed(&args.lake, disk, wanted.encrypt)
}

/// The object store that a lake is in; nothing for one in its folder.
pub(super) fn store(args: &LakeArgs) -> Result<Option<String>> {
    let store = config(&args.lake)?.and_then(|config| config.store);
    Ok(store.map(|store| store.url))
}

fn asked(args: &IngestArgs) -> LakeConfig {
    let store = args.store.as_ref().map(|url| StoreAddress {
        url: url.trim_end_matches('/').to_owned(),
        endpoint: args.endpoint.clone(),
        region: args.region.clone(),
        allow_http: args.allow_http,
    });
    LakeConfig { store, encrypt: None }
}

fn other_place(args: &IngestArgs, known: &LakeConfig) -> anyhow::Error {
    let shown = args.lake.lake.display();
    let known = known.store.as_ref().map_or("-", |store| store.url.as_str());
    UsageError(LocalText::new(
        format!("{shown} 已是日志湖，其存储为 {known}，不能改放；不带 --store 等选项即可继续，或另选文件夹"),
        format!("{shown} is a lake already, its store is {known}, and it does not move; leave out --store and what goes with it, or choose another folder"),
    ))
    .into()
}

fn not_encrypted(args: &IngestArgs) -> anyhow::Error {
    let shown = args.lake.lake.display();
    UsageError(LocalText::new(
        format!("{shown} 的日志湖在建立时未加密，之后不能改；不带 --encrypt 即可继续，或另建一个"),
        format!("the lake of {shown} was made without encryption, which cannot change; leave out --encrypt, or make another"),
    ))
    .into()
}

fn is_lake(disk: &dyn Disk) -> Result<bool> {
    Lake::is_on(disk).map_err(told)
}

/// The folder of keys that a lake says it is encrypted with.
fn marked(disk: &dyn Disk) -> Result<Option<String>> {
    match disk.read(SealedDisk::MARK) {
        // No way out of the folder of keys.
        Ok(name) if name.contains(&b'/') || name.starts_with(b".") => {
            let what = "it names no folder of keys";
            Err(told(LakeError::Broken { path: SealedDisk::MARK.to_owned(), what }))
        }
        Ok(name) => Ok(Some(String::from_utf8_lossy(&name).trim().to_owned())),
        Err(error) if error.trouble == Trouble::Missing => Ok(None),
        Err(error) => Err(told(LakeError::from(error))),
    }
}

/// The disk as its files are.
fn plain(folder: &Path, config: &LakeConfig) -> Result<Arc<dyn Disk>> {
    let local: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    let Some(address) = &config.store else { return Ok(local) };
    let store = ObjectDisk::new(address, Patience::default()).map_err(unusable)?;
    Ok(Arc::new(SplitDisk::new(local, Arc::new(store))))
}

/// The disk as a lake sees it: encrypted with the keys of this name, if with any.
fn sealed(args: &LakeArgs, disk: Arc<dyn Disk>, encrypt: Option<String>) -> Result<Arc<dyn Disk>> {
    let Some(name) = encrypt else { return Ok(disk) };
    let folder = keys::folder(args.keys.as_deref())?.join(name);
    Ok(Arc::new(SealedDisk::new(disk, PeriodKeys::new(folder))))
}

/// The keys of an encrypted lake; nothing for one that is not.
pub(super) fn period_keys(args: &LakeArgs) -> Result<Option<PeriodKeys>> {
    let config = config(&args.lake)?.unwrap_or_default();
    let name = match config.encrypt.clone() {
        Some(name) => Some(name),
        None => marked(&*plain(&args.lake, &config)?)?,
    };
    let Some(name) = name else { return Ok(None) };
    Ok(Some(PeriodKeys::new(keys::folder(args.keys.as_deref())?.join(name))))
}

/// Nothing was asked of the store yet: what is wrong is how it was named, or that credentials are missing.
fn unusable(error: DiskError) -> anyhow::Error {
    let DiskError { path, trouble, source, .. } = &error;
    if *trouble == Trouble::Denied {
        return UsageError(LocalText::new(
            format!("{path}：环境中没有对象存储的凭据；请设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY"),
            format!("{path}: {source}"),
        ))
        .into();
    }
    if *trouble == Trouble::Other {
        return UsageError(LocalText::new(
            format!("对象存储 {path} 不可用：{source}"),
            format!("the store {path} cannot be used: {source}"),
        ))
        .into();
    }
    told(LakeError::Disk(error))
}

/// What `lake.toml` says; nothing when it is not there.
fn config(folder: &Path) -> Result<Option<LakeConfig>> {
    let path = folder.join(LakeConfig::FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        read => read.with_context(|| path.display().to_string())?,
    };
    LakeConfig::parse(&text).map(Some).map_err(|problem| {
        let shown = path.display();
        let at = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        UsageError(LocalText::new(
            format!("{shown}{at}：{}", problem.text.zh),
            format!("{shown}{at}: {}", problem.text.en),
        ))
        .into()
    })
}

fn remember(folder: &Path, config: &LakeConfig) -> Result<()> {
    let path = folder.join(LakeConfig::FILE);
    let write = || {
        fs::create_dir_all(folder)?;
        // Whole or not at all.
        let beside = folder.join(BEING_WRITTEN);
        let mut file = fs::File::create(&beside)?;
        file.write_all(config.to_text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().with_context(|| path.display().to_string())
}
