//! Notes and errors on standard error, results on standard output.

use std::{
    error::Error,
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use jiff::tz::TimeZone;
use sancha_model::{Coverage, CoverageProblem, Lang, LocalText, SuppressionCoverage};
use sancha_report::visible;

use crate::{
    exit::{Told, UsageError},
    texts,
};

/// Prints a failure with its causes, once.
pub(crate) fn error(error: &anyhow::Error, lang: Lang) {
    let mut err = io::stderr().lock();
    let label = texts::ERROR.get(lang);
    let text = match error.downcast_ref::<UsageError>() {
        Some(usage) => usage.0.get(lang).to_owned(),
        None => match error.downcast_ref::<Told>() {
            Some(told) => told.text.get(lang).to_owned(),
            None => format!("{error:#}"),
        },
    };
    let shown: Vec<_> = text.lines().map(visible).collect();
    let _ = writeln!(err, "{label}{}", shown.join("\n"));
}

/// Prints what could not be read or loaded, one line each.
pub(crate) fn problems(problems: &[CoverageProblem], lang: Lang) {
    let mut err = io::stderr().lock();
    for problem in problems {
        let _ = writeln!(err, "{}: {}", visible(&problem.path), visible(problem.message.get(lang)));
    }
}

/// Prints the first of what `coverage.json` holds in full.
pub(crate) fn first_problems(found: &[CoverageProblem], lang: Lang) {
    const MOST: usize = 50;
    let (first, rest) = found.split_at(MOST.min(found.len()));
    problems(first, lang);
    if !rest.is_empty() {
        note(&texts::MORE_PROBLEMS.get(lang).replace("{count}", &rest.len().to_string()));
    }
}

/// Prints what is odd about the logs as a whole.
pub(crate) fn remarks(coverage: &Coverage, zone: &TimeZone, lang: Lang) {
    for remark in sancha_report::remarks(coverage, |time| time.display_in(zone)) {
        note(&visible(texts::NOTE.get(lang).replace("{text}", remark.get(lang)).as_str()));
    }
}

/// Prints which names of an allow list mean nothing in this run.
pub(crate) fn unknown_names(entries: &[SuppressionCoverage], lang: Lang) {
    for entry in entries.iter().filter(|entry| !entry.unknown.is_empty()) {
        let names = entry.unknown.join(", ");
        let text = texts::ALLOW_UNKNOWN.get(lang).replace("{entry}", &entry.entry);
        note(&visible(&text.replace("{names}", &names)));
    }
}

/// What cannot be written: where the user named a wrong place, he is told so.
pub(crate) fn not_written(path: &Path, error: io::Error) -> anyhow::Error {
    use io::ErrorKind as Kind;
    let shown = path.display();
    let is_place = matches!(
        error.kind(),
        Kind::NotFound
            | Kind::PermissionDenied
            | Kind::IsADirectory
            | Kind::NotADirectory
            | Kind::AlreadyExists
            | Kind::ReadOnlyFilesystem
    );
    if is_place {
        return UsageError(LocalText::new(
            format!("无法写入 {shown}：{error}；请核对路径和权限，或另选位置"),
            format!("`{shown}` cannot be written: {error}; check the path and its permissions, or choose another place"),
        ))
        .into();
    }
    let text = if is_full(&error) {
        LocalText::new(
            format!("写入 {shown} 失败：磁盘已满（{error}）；请腾出空间，或用 -o 另选位置"),
            format!(
                "failed to write `{shown}`: the disk is full ({error}); make room, or choose another place with -o"
            ),
        )
    } else {
        LocalText::new(
            format!("写入 {shown} 失败：{error}"),
            format!("failed to write `{shown}`: {error}"),
        )
    };
    Told { text, is_integrity: false, source: error.into() }.into()
}

/// As [`not_written`], of a file that was begun: what is there of it is no whole answer, and goes.
pub(crate) fn not_finished(path: &Path, error: io::Error) -> anyhow::Error {
    // A device or a pipe stays.
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
        let _ = fs::remove_file(path);
    }
    not_written(path, error)
}

/// Also of an error that a library passes on.
fn is_full(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A line for people on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Prints what is wrong with a profile, with its lines.
pub(crate) fn profile_problems(
    path: &Path,
    problems: &[sancha_compliance::ProfileProblem],
    lang: Lang,
) {
    let mut err = io::stderr().lock();
    for problem in problems {
        let place = format!("{}:{}", path.display(), problem.line);
        let _ = writeln!(err, "{}: {}", visible(&place), visible(problem.message.get(lang)));
    }
}
