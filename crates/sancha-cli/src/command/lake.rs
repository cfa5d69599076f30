//! Commands that keep logs and find them again.

pub(crate) mod evidence;
pub(crate) mod ingest;
mod keys;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod sql;
pub(crate) mod verify;

use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Arc,
};

use anyhow::Result;
use sancha_app::lake::{LakeReading, lake_text};
use sancha_lake::{
    Lake, LakeError,
    disk::{Disk, RealDisk},
};
use sancha_model::{EventTime, LocalText};
use sancha_normalize::Formats;

use super::read;
use crate::{
    args::{LakeArgs, LinesArgs},
    exit::{Told, UsageError},
    instant,
};

fn disk(path: &Path) -> Arc<dyn Disk> {
    Arc::new(RealDisk::new(path))
}

/// The lake of the arguments; that there is none is said with the way out.
fn open(args: &LakeArgs) -> Result<Lake> {
    if !exists(&args.lake) {
        let shown = args.lake.display();
        return Err(UsageError(LocalText::new(
            format!("{shown} 不是日志湖；请先用 sancha ingest … --lake {shown} 接收日志"),
            format!("{shown} is no lake; take logs in first: sancha ingest … --lake {shown}"),
        ))
        .into());
    }
    Lake::open(disk(&args.lake)).map_err(told)
}

fn exists(lake: &Path) -> bool {
    lake.join("seal/checkpoint").exists()
}

/// A lake's failure in both languages, with its exit code.
fn told(error: LakeError) -> anyhow::Error {
    let text = lake_text(&error);
    Told { text, is_integrity: error.is_damage(), source: error.into() }.into()
}

/// Reads files that may be damaged: the library that decodes them gives up on some contradictions
/// instead of returning an error.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(read));
    panic::set_hook(hook);
    outcome.unwrap_or_else(|_| {
        let text = LocalText::new(
            "日志湖中有文件已损坏，无法读出；请运行 sancha verify 查明是哪一个，再从备份恢复",
            "a file of the lake is damaged and cannot be read; run `sancha verify` to see which, then restore it from a backup",
        );
        let source = anyhow::anyhow!("a file contradicts itself");
        Err(Told { text, is_integrity: true, source }.into())
    })
}

/// How lines are read, and the now.
fn reading(args: &LinesArgs) -> Result<(LakeReading, EventTime)> {
    let zone = args.timezone.as_deref().map(instant::zone).transpose()?;
    let home = match &zone {
        Some(zone) => zone.clone(),
        None => instant::zone(instant::HOME_ZONE)?,
    };
    let at = match args.at.as_deref() {
        Some(text) => instant::parse("--at", text, &home)?,
        None => read::now(),
    };
    let formats = Formats::new(read::configured_formats(args.log_format.iter())?);
    let mut reading = LakeReading::new(formats, home, zone.is_some());
    reading.trusted_proxies = read::trusted_proxies(args.trusted_proxy.iter())?;
    Ok((reading, at))
}
