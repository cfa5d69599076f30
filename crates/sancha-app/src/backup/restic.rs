//! Runs the stock `restic` program and tells its failures apart.
//!
//! Where the repository is and how it is opened goes through the environment: a command line is seen by
//! everybody on the machine, and an address may hold a password.

use std::{
    ffi::{OsStr, OsString},
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
};

use super::{BackupError, ResticError};

/// Lines of standard error that are kept to tell what went wrong.
const KEPT_LINES: usize = 200;
/// Bytes of a line of standard error that are kept and told.
const LINE_BYTES: u64 = 4096;

/// How restic is called.
#[derive(Clone, Copy)]
pub struct Restic<'a> {
    pub program: &'a Path,
    /// `None`: as the environment says.
    pub repository: Option<&'a OsStr>,
    pub password_file: Option<&'a Path>,
    /// Told each line that restic says on standard error.
    pub told: &'a (dyn Fn(&str) + Sync),
}

/// A run that is over.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) errors: Vec<String>,
}

impl Restic<'_> {
    /// Runs restic in `folder`; `each` gets the lines of its standard output.
    pub(super) fn run<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        folder: &Path,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<Ended, BackupError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ResticError::NoRestic { program: self.program.to_owned() },
            _ => ResticError::Run { program: self.program.to_owned(), source },
        };
        let mut child = self.command(folder).args(arguments).spawn().map_err(failed)?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let errors = std::thread::scope(|scope| {
            let listener = scope.spawn(|| errors.map(|errors| self.listen(errors)));
            if let Some(output) = output {
                for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                    each(&line);
                }
            }
            listener.join().ok().flatten().unwrap_or_default()
        });
        let status = child.wait().map_err(failed)?;
        Ok(Ended { code: status.code(), errors })
    }

    /// Runs a short command; its standard output.
    pub(super) fn answer(
        &self,
        command: &'static str,
        arguments: &[&str],
    ) -> Result<Vec<u8>, BackupError> {
        let mut answer = Vec::new();
        let ended = self.run(arguments, Path::new("."), &mut |line| {
            answer.extend_from_slice(line);
            answer.push(b'\n');
        })?;
        ended.well(command)?;
        Ok(answer)
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(self.program);
        command
            .current_dir(folder)
            .env("RESTIC_PROGRESS_FPS", "2")
            // Without a terminal behind it restic asks nobody for a password.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(repository) = self.repository {
            command.env_remove("RESTIC_REPOSITORY_FILE").env("RESTIC_REPOSITORY", repository);
        }
        if let Some(file) = self.password_file {
            for other in ["RESTIC_PASSWORD", "RESTIC_PASSWORD_COMMAND"] {
                command.env_remove(other);
            }
            command.env("RESTIC_PASSWORD_FILE", file);
        }
        command
    }

    fn listen(&self, errors: impl Read) -> Vec<String> {
        let mut reader = BufReader::new(errors);
        let mut kept = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            match reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return kept,
                Ok(_) => (),
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if text.is_empty() {
                continue;
            }
            (self.told)(&text);
            if kept.len() == KEPT_LINES {
                kept.remove(0);
            }
            kept.push(text);
        }
    }
}

impl Ended {
    /// # Errors
    /// What went wrong, when something did.
    pub(super) fn well(&self, command: &'static str) -> Result<(), BackupError> {
        if self.code == Some(0) {
            return Ok(());
        }
        Err(self.failure(command).into())
    }

    /// restic 0.17 and later have exit codes for what they cannot do; before, only the words tell.
    fn failure(&self, command: &'static str) -> ResticError {
        let said = |words: &[&str]| {
            self.errors.iter().any(|line| words.iter().any(|word| line.contains(word)))
        };
        match self.code {
            Some(10) => ResticError::NoRepository,
            Some(11) => ResticError::Locked,
            Some(12) => ResticError::Password,
            _ if said(&["config file already exists"]) => ResticError::RepositoryExists,
            _ if said(&["Is there a repository at the following location"]) => {
                ResticError::NoRepository
            }
            _ if said(&["wrong password or no key found", "Resolving password failed"]) => {
                ResticError::Password
            }
            _ if said(&["repository is already locked"]) => ResticError::Locked,
            _ if said(&DAMAGE) || self.lacks_a_file() => ResticError::Damaged,
            code => {
                let last = self.errors.last().cloned().unwrap_or_default();
                ResticError::Failed { command, code, last }
            }
        }
    }

    /// A file of the repository is gone; each kind of store has its own words for it.
    fn lacks_a_file(&self) -> bool {
        const GONE: [&str; 4] = ["no such file", "does not exist", "not found", "404"];
        let lines = self.errors.iter().filter(|line| line.contains("Load(<"));
        lines.into_iter().any(|line| GONE.iter().any(|word| line.contains(word)))
    }
}

/// What restic says of data that are not what they should be.
const DAMAGE: [&str; 5] = [
    "repository contains errors",
    "ciphertext verification failed",
    "Pack ID does not match",
    "does not match ID",
    "LoadIndex returned errors",
];

/// Arguments of mixed kinds as restic takes them.
pub(super) fn arguments<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.into_iter().map(OsString::from).collect()
}
