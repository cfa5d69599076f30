//! Keys and anchors through the program: whose word a verification rests on.

mod keys;
mod paper;
mod stamps;
mod witness;
mod worm;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::program::{NOW, program};

/// An office: a lake, its keys outside of it, and files of its own.
pub(super) struct Office {
    pub(super) folder: TempDir,
}

/// Exit code, and everything that was said.
pub(super) type Said = (i32, String);

impl Office {
    pub(super) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// With a lake that has one log.
    pub(super) fn with_lake() -> Self {
        let office = Self::new();
        office.ingest("first", &lines("first", 40));
        office
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs in the office's folder, in English.
    pub(super) fn output(&self, arguments: &[&str]) -> Output {
        Command::new(program())
            .args(arguments)
            .current_dir(self.folder.path())
            .env("SANCHA_LAKE", "lake")
            .env("SANCHA_KEYS", "keys")
            .env("SANCHA_WITNESS", "witness")
            .env("LC_ALL", "en_US.UTF-8")
            .output()
            .unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.output(arguments);
        let said = [stdout, stderr].concat();
        (status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// Runs what has to work; what it said.
    pub(super) fn done(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }

    /// Runs what has to fail with this code and these words.
    pub(super) fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let (found, said) = self.run(arguments);
        assert_eq!(found, code, "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: `{words}` in {said}");
    }

    pub(super) fn ingest(&self, source: &str, lines: &str) -> String {
        let name = format!("{source}.log");
        fs::write(self.path(&name), lines).unwrap();
        self.done(&["ingest", &name, "--source", source, "--at", NOW])
    }

    /// The public key, as `key show` prints it on standard output.
    pub(super) fn public_key(&self) -> String {
        let output = self.output(&["key", "show"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Copies a file or folder of the office.
    pub(super) fn copy(&self, from: &str, to: &str) {
        let copied = Command::new("cp")
            .args(["-a", from, to])
            .current_dir(self.folder.path())
            .status()
            .unwrap();
        assert!(copied.success());
    }

    /// Puts a folder back as it was copied.
    pub(super) fn put_back(&self, copy: &str, folder: &str) {
        fs::remove_dir_all(self.path(folder)).unwrap();
        self.copy(copy, folder);
    }
}

/// A log of its own.
pub(super) fn lines(word: &str, count: usize) -> String {
    let line = |number: usize| {
        format!(
            "192.0.2.{} - - [02/Mar/2026:10:00:{:02} +0800] \"GET /{word}/{number} HTTP/1.1\" 200 7 \"-\" \"x\"\n",
            number % 200,
            number % 60
        )
    };
    (0..count).map(line).collect()
}

/// Writes another history behind the same beginning, with the same key: what was taken in after `copy` was
/// made is replaced by something else.
pub(super) fn rewrite(office: &Office, copy: &str) {
    office.put_back(copy, "lake");
    office.ingest("second", &lines("forged", 40));
}

pub(super) fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}
