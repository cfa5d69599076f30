use std::process::ExitCode;

use sancha_model::LocalText;

/// Exit codes of the contract (`docs/cli.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    /// Findings at or above `--fail-on`.
    Findings,
    Usage,
    /// Some input could not be read; the rest was.
    PartialInput,
    /// What is kept is not as it was sealed.
    Integrity,
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::PartialInput => 3,
            Exit::Integrity => 4,
            Exit::Internal => 5,
        })
    }
}

/// What the user asked for cannot be done as asked; says so in both languages.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub(crate) struct UsageError(pub(crate) LocalText);

/// A failure said in both languages, with what caused it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .text.en)]
pub(crate) struct Told {
    pub(crate) text: LocalText,
    /// What is kept was found damaged.
    pub(crate) is_integrity: bool,
    pub(crate) source: anyhow::Error,
}

/// The exit code of a failure: usage errors are told from our own faults.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    if error.downcast_ref::<UsageError>().is_some() {
        return Exit::Usage;
    }
    match error.downcast_ref::<Told>() {
        Some(told) if told.is_integrity => Exit::Integrity,
        Some(_) | None => Exit::Internal,
    }
}

/// Whether whoever reads our standard output has gone.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is_closed)
}
