//! The file of saved searches in the folder of a lake.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sancha_app::lake::{SAVED_SEARCHES, SavedFault, SavedSearch, save_search, saved_searches};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use crate::{
    exit::{Exit, UsageError},
    output, texts,
};

fn path(lake: &Path) -> PathBuf {
    lake.join(SAVED_SEARCHES)
}

/// The file's text; empty where there is none.
fn text(lake: &Path) -> Result<String> {
    match fs::read_to_string(path(lake)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("failed to read `{}`", path(lake).display())),
    }
}

/// Prints each search on a line; what cannot be used is told with its line.
pub(super) fn list(lake: &Path, lang: Lang) -> Result<Exit> {
    let (searches, faults) = saved_searches(&text(lake)?);
    let mut out = io::stdout().lock();
    for SavedSearch { name, query, from, to } in &searches {
        let times = [("--from", from), ("--to", to)];
        let times = times.iter().filter_map(|(option, time)| {
            time.as_ref().map(|time| format!("\t{option} {}", visible(time)))
        });
        writeln!(out, "{}\t{}{}", visible(name), visible(query), times.collect::<String>())?;
    }
    tell(lake, &faults, lang);
    if searches.is_empty() && faults.is_empty() {
        output::note(texts::NO_SAVED.get(lang));
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::PartialInput })
}

fn tell(lake: &Path, faults: &[SavedFault], lang: Lang) {
    let shown = path(lake).display().to_string();
    for fault in faults {
        let message = visible(fault.message.get(lang));
        output::note(&format!("{}:{}: {message}", visible(&shown), fault.line));
    }
}

pub(super) fn find(lake: &Path, name: &str, lang: Lang) -> Result<SavedSearch> {
    let (searches, faults) = saved_searches(&text(lake)?);
    if let Some(found) = searches.iter().find(|search| search.name == name) {
        return Ok(found.clone());
    }
    tell(lake, &faults, lang);
    let names: Vec<_> = searches.iter().map(|search| search.name.as_str()).collect();
    Err(UsageError(LocalText::new(
        format!("没有名为“{name}”的已保存查询；现有：{}", names.join("、")),
        format!("no search is saved as `{name}`; there are: {}", names.join(", ")),
    ))
    .into())
}

/// Adds a search to the file, whole or not at all.
pub(super) fn save(lake: &Path, search: &SavedSearch) -> Result<()> {
    let text = save_search(&text(lake)?, search).map_err(UsageError)?;
    let (path, aside) = (path(lake), lake.join(format!("{SAVED_SEARCHES}.new")));
    fs::write(&aside, text)
        .and_then(|()| fs::rename(&aside, &path))
        .map_err(|error| output::not_written(&path, error))
}
