//! Commands that keep logs and find them again.

pub(crate) mod evidence;
pub(crate) mod ingest;
mod keys;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod sql;
pub(crate) mod verify;

use std::{path::Path, sync::Arc};

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
