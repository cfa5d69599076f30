//! Builds and runs `sancha`, and reads what it wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the repository is there")
}

/// The program, built once with the profile of the tests.
pub(crate) fn program() -> &'static Path {
    built("sancha")
}

/// The program that checks evidence packs.
pub(crate) fn verifier() -> &'static Path {
    built("sancha-verify")
}

/// A program of the workspace. The whole of it is asked for, with its tests: else cargo would choose other
/// features for the libraries and build all of them again.
fn built(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        // What cargo tells this test of its package some build scripts look at, and would be run again for.
        let told = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        let mut cargo = Command::new(env!("CARGO"));
        told.for_each(|name| {
            cargo.env_remove(name);
        });
        let built = cargo
            .args(["build", "--quiet", "--workspace", "--bins", "--tests"])
            .args(["--message-format", "json"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let messages = String::from_utf8_lossy(&built.stdout).into_owned();
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["profile"]["test"] == false)
            .filter_map(|message| {
                let name = message["target"]["name"].as_str()?.to_owned();
                Some((name, PathBuf::from(message["executable"].as_str()?)))
            })
            .collect()
    });
    let found = programs.iter().find(|(other, _)| other == name);
    found.map(|(_, path)| path.as_path()).expect("cargo names the executable")
}

/// The clock of the machine when logs are taken in at some `--at`: these lines were taken in then.
pub(crate) fn clock(arguments: &[&str]) -> Option<(&'static str, String)> {
    let at = arguments.iter().skip_while(|argument| **argument != "--at").nth(1)?;
    arguments.contains(&"ingest").then(|| ("SANCHA_CLOCK", (*at).to_owned()))
}

/// Starts with arguments; standard output is a pipe.
pub(crate) fn start(folder: &Path, arguments: &[&str]) -> std::process::Child {
    Command::new(program())
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "en_US.UTF-8")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Runs with arguments in a clean environment; the language is English unless asked otherwise.
pub(crate) fn sancha(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program())
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .expect("the program starts")
}

/// What `investigate` wrote.
pub(crate) struct Result {
    pub(crate) exit: i32,
    pub(crate) stderr: String,
    pub(crate) stdout: String,
    folder: TempDir,
}

/// The *now* of every test: later than the samples' facts, fixed.
pub(crate) const NOW: &str = "2026-10-30T14:00:00+08:00";

/// Investigates `paths`, given relative to `folder`.
pub(crate) fn investigate(folder: &Path, paths: &[&str], options: &[&str]) -> Result {
    let out = TempDir::new().expect("a temporary folder");
    let target = out.path().to_str().expect("a plain path").to_owned();
    let mut arguments = vec!["investigate"];
    arguments.extend(paths);
    arguments.extend(["-o", &target]);
    if !options.contains(&"--at") {
        arguments.extend(["--at", NOW]);
    }
    arguments.extend(options);
    let output = sancha(folder, &arguments);
    Result {
        exit: output.status.code().unwrap_or(-1),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        folder: out,
    }
}

impl Result {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name))
            .unwrap_or_else(|error| panic!("{name}: {error}; {}", self.stderr))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).expect(name)
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        self.text(name).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    pub(crate) fn findings(&self) -> Vec<Value> {
        self.lines("findings.jsonl")
    }

    pub(crate) fn scenarios(&self) -> std::collections::BTreeSet<String> {
        self.findings()
            .iter()
            .map(|f| f["scenario"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// `id` → status of one leg of the first case, all cases joined.
    pub(crate) fn statuses(&self, leg: &str) -> std::collections::BTreeMap<String, String> {
        let report = self.json("report.json");
        let cases = report["cases"].as_array().cloned().unwrap_or_default();
        cases
            .iter()
            .flat_map(|case| case[leg].as_array().cloned().unwrap_or_default())
            .map(|c| (text(&c["id"]), text(&c["status"])))
            .collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
