//! Commands that keep logs and find them again.

pub(crate) mod anchor;
pub(crate) mod backup;
pub(crate) mod compact;
pub(crate) mod evidence;
pub(crate) mod ingest;
pub(crate) mod key;
mod keys;
mod place;
pub(crate) mod retention;
mod rows;
mod saved;
pub(crate) mod search;
mod shred;
pub(crate) mod sql;
pub(crate) mod tail;
pub(crate) mod verify;
pub(crate) mod witness;

use std::{
    cell::Cell,
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::Result;
use sancha_app::lake::{LakeReading, lake_text, query_text};
use sancha_lake::{
    Lake, LakeError, Query, WithValues,
    query::{TimeRange, parse},
};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_normalize::Formats;
use sancha_report::visible;
use sancha_seal::VerifierKey;

use super::read;
use crate::{
    args::{LakeArgs, LinesArgs, NowArgs, TimeArgs},
    exit::{Exit, Told, UsageError},
    instant, output, texts,
};

/// Keeps the memory of pages and dictionaries that were read for the next ones. glibc gives large blocks back to the
/// system as they are freed, and has them back page by page, until one that large was freed once (mallopt(3),
/// `M_MMAP_THRESHOLD`: up to 32 MiB). Elsewhere it does nothing.
fn keep_freed_memory() {
    const LARGEST: usize = (32 << 20) - (8 << 10);
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST)));
}

/// The lake of the arguments; that there is none is said with the way out.
fn open(args: &LakeArgs) -> Result<Lake> {
    match place::find(args)? {
        Some(disk) => Lake::open(disk).map_err(told),
        None => {
            let shown = args.lake.display();
            Err(UsageError(LocalText::new(
                format!("{shown} 不是日志湖；请先用 sancha ingest … --lake {shown} 接收日志"),
                format!("{shown} is no lake; take logs in first: sancha ingest … --lake {shown}"),
            ))
            .into())
        }
    }
}

/// As [`open`], where the command has no option for the keys.
pub(super) fn open_folder(folder: &Path) -> Result<Lake> {
    let keys = std::env::var_os("SANCHA_KEYS").map(PathBuf::from);
    open(&LakeArgs { lake: folder.to_owned(), keys })
}

/// Public keys as they are given: each a key itself, or a file of keys, one a line.
pub(super) fn public_keys(option: &str, given: &[String]) -> Result<Vec<VerifierKey>> {
    keys::public(option, given)
}

/// Another process settles a write-ahead file in seconds; longer than ten minutes is not waited for.
const PAUSE: Duration = Duration::from_millis(200);
const MOST_PAUSES: u32 = 3_000;

/// Pauses while another process writes to the lake; `false` when it has been waited for long enough.
fn patience() -> impl Fn() -> bool {
    let left = Cell::new(MOST_PAUSES);
    move || {
        thread::sleep(PAUSE);
        left.replace(left.get().saturating_sub(1)) > 0
    }
}

/// Tells of companions that answers were found without, and of parts that have no key; the exit code of the command,
/// which then is no whole success.
fn after_asking(lake: &Lake, lang: Lang) -> Exit {
    let damages = lake.damages();
    let mut notes = BTreeSet::new();
    for damage in &damages {
        let what = lake_text(damage);
        let text = match damage.is_of_missing_key() {
            true => &texts::PART_WITHOUT_KEY,
            false => &texts::COMPANION_DAMAGED,
        };
        notes.insert(visible(&text.get(lang).replace("{what}", what.get(lang))).into_owned());
    }
    notes.iter().for_each(|note| output::note(note));
    if damages.is_empty() {
        Exit::Done
    } else if damages.iter().all(|damage| damage.is_of_missing_key()) {
        Exit::PartialInput
    } else {
        Exit::Integrity
    }
}

/// A lake's failure in both languages, with its exit code.
pub(super) fn told(error: impl Into<Arc<LakeError>>) -> anyhow::Error {
    let error = error.into();
    let text = lake_text(&error);
    if error.is_of_missing_key() {
        return UsageError(text).into();
    }
    Told { text, is_integrity: error.is_damage(), source: error.into() }.into()
}

/// The now of a command that reads no lines.
fn now(args: &NowArgs) -> Result<EventTime> {
    let Some(text) = &args.at else { return Ok(instant::now()) };
    Ok(instant::parse("--at", text, &instant::zone(instant::HOME_ZONE)?)?)
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
        None => instant::now(),
    };
    let formats = Formats::new(read::configured_formats(args.log_format.iter())?);
    let mut reading = LakeReading::new(formats, home, zone.is_some());
    reading.trusted_proxies = read::trusted_proxies(args.trusted_proxy.iter())?;
    Ok((reading, at))
}

/// A question in words, and the time that it is about.
fn question(text: &str, time: &TimeArgs, reading: &LakeReading) -> Result<Query> {
    let parsed = parse(text).map_err(|error| UsageError(query_text(&error)))?;
    let (from, to) = instant::period(time, &reading.zone)?;
    let from = from.unwrap_or(EventTime::MIN);
    let to = to.unwrap_or(EventTime::MAX);
    let (source, filters) = (parsed.source, parsed.filters);
    Ok(Query { source, time: TimeRange { from, to }, filters, with_values: WithValues::All })
}
