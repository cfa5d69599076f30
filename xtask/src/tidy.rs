//! What must hold of the workspace as a whole: arrows, fences, lints, names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Which crate may name which of ours. The table is the picture of `ARCHITECTURE.md`.
const ARROWS: &[(&str, &[&str])] = &[
    ("sancha-model", &[]),
    ("sancha-seal", &["sancha-model"]),
    ("sancha-normalize", &["sancha-model"]),
    ("sancha-detect", &["sancha-model"]),
    ("sancha-case", &["sancha-model"]),
    ("sancha-compliance", &["sancha-model"]),
    ("sancha-investigate", &["sancha-model", "sancha-case", "sancha-compliance"]),
    (
        "sancha-report",
        &["sancha-model", "sancha-seal", "sancha-case", "sancha-compliance", "sancha-investigate"],
    ),
    ("sancha-ingest", &["sancha-model"]),
    ("sancha-lake", &["sancha-model", "sancha-normalize", "sancha-seal"]),
    ("sancha-verify", &["sancha-model", "sancha-seal"]),
    (
        "sancha-app",
        &[
            "sancha-model",
            "sancha-seal",
            "sancha-normalize",
            "sancha-detect",
            "sancha-case",
            "sancha-compliance",
            "sancha-investigate",
            "sancha-report",
            "sancha-ingest",
            "sancha-lake",
        ],
    ),
    (
        "sancha-cli",
        &[
            "sancha-model",
            "sancha-seal",
            "sancha-app",
            "sancha-compliance",
            "sancha-ingest",
            "sancha-lake",
            "sancha-normalize",
            "sancha-detect",
            "sancha-report",
        ],
    ),
    ("sancha-benches", &[]),
    ("sancha-tests", &["*"]),
    ("xtask", &[]),
];

/// Heavy dependencies, and the crates of ours that may name each: one, except where two read files of
/// one form that a person writes (the profile; the allow list).
const FENCES: &[(&str, &[&str])] = &[
    ("regex-automata", &["sancha-detect", "sancha-lake"]),
    ("rsigma-parser", &["sancha-detect", "sancha-benches"]),
    ("aho-corasick", &["sancha-detect"]),
    ("minijinja", &["sancha-report"]),
    ("toml", &["sancha-compliance", "sancha-app"]),
    ("zip", &["sancha-ingest", "sancha-verify"]),
    ("sevenz-rust2", &["sancha-ingest"]),
    ("flate2", &["sancha-ingest", "sancha-verify"]),
    ("miniz_oxide", &["sancha-detect"]),
    ("datafusion", &["sancha-lake"]),
    ("parquet", &["sancha-lake"]),
    ("object_store", &["sancha-lake"]),
    ("aes-gcm", &["sancha-lake"]),
    ("tokio", &["sancha-lake"]),
    ("clap", &["sancha-cli"]),
    ("ed25519-dalek", &["sancha-seal"]),
    ("fearless_simd", &["sancha-seal"]),
    ("sm3", &["sancha-seal"]),
];

/// Crates that mean something and do nothing: no files, clocks, threads or runtime.
const MEANING: &[&str] =
    &["model", "seal", "normalize", "detect", "case", "compliance", "investigate", "report"];
const BANNED_IN_MEANING: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
    "std::process",
    "tokio",
    "SystemTime",
];
/// Files of the lake that may remove one from its disk: the retention job, which leaves a tombstone, and those that
/// remove what is not sealed. The disks themselves are left out.
const REMOVERS: &[&str] =
    &["retain/job.rs", "retain/room.rs", "settle/sink.rs", "wal/claim.rs", "wal/writer.rs"];
const EMPTY_NAMES: &[&str] =
    &["util.rs", "utils.rs", "helper.rs", "helpers.rs", "misc.rs", "common.rs", "mod.rs"];

/// Every fault, in words; empty when all is well.
///
/// # Errors
/// When `cargo metadata` or a file of the workspace cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let metadata = metadata(root)?;
    dependencies(&metadata, &mut faults);
    let workspace = fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")?;
    for name in unreleased(&metadata, &workspace) {
        faults.push(format!(
            "`{name}` is released as it should not be: [profile.release.package.{name}] begins with `opt-level = 3`, \
             and of a program `strip = \"symbols\"` follows"
        ));
    }
    for file in rust_files(&root.join("crates"))? {
        source(root, &file, &mut faults)?;
    }
    Ok(faults)
}

fn metadata(root: &Path) -> Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("failed to run cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn dependencies(metadata: &Value, faults: &mut Vec<String>) {
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let allowed = ARROWS.iter().find(|(from, _)| *from == name).map(|(_, to)| *to);
        let Some(allowed) = allowed else {
            faults.push(format!("`{name}` is not in the table of arrows (xtask/src/tidy.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            let ours = to.starts_with("sancha-");
            if ours && !for_tests && !allowed.contains(&to) && !allowed.contains(&"*") {
                faults.push(format!("`{name}` must not name `{to}`: arrows point down"));
            }
            let owners = FENCES.iter().find(|(fenced, _)| *fenced == to).map(|(_, owners)| *owners);
            if let Some(owners) = owners
                && !for_tests
                && !owners.contains(&name)
            {
                faults
                    .push(format!("only `{}` may name `{to}`, not `{name}`", owners.join("`, `")));
            }
        }
        lints(package, name, faults);
    }
}

/// Crates of the product that the release profile leaves at the level of what nobody waits for, or whose programs keep
/// their symbols: a package that the profile names does not take over `strip`.
fn unreleased<'m>(metadata: &'m Value, workspace: &str) -> Vec<&'m str> {
    let of_product = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        Path::new(manifest).iter().any(|part| part == "crates")
    };
    let packages = metadata["packages"].as_array().into_iter().flatten().filter(of_product);
    let names =
        packages.filter_map(|package| Some((package["name"].as_str()?, is_program(package))));
    let is_named = |(name, is_program): &(&str, bool)| {
        let strip = if *is_program { "strip = \"symbols\"\n" } else { "" };
        workspace.contains(&format!("[profile.release.package.{name}]\nopt-level = 3\n{strip}"))
    };
    names.filter(|package| !is_named(package)).map(|(name, _)| name).collect()
}

fn is_program(package: &Value) -> bool {
    let mut targets = package["targets"].as_array().into_iter().flatten();
    targets.any(|target| target["kind"][0] == "bin")
}

fn lints(package: &Value, name: &str, faults: &mut Vec<String>) {
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let text = fs::read_to_string(manifest).unwrap_or_default();
    if !text.contains("[lints]\nworkspace = true") {
        faults.push(format!("`{name}` does not take the workspace's lints"));
    }
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file of a disk is removed, by what a disk is called.
fn removes(text: &str) -> bool {
    ["disk.remove(", "disk().remove(", "disk()).remove("].iter().any(|call| text.contains(call))
}

fn source(root: &Path, file: &Path, faults: &mut Vec<String>) -> Result<()> {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if EMPTY_NAMES.contains(&name) {
        faults.push(format!("{shown}: a name that says nothing; name the thing it does"));
    }
    let text = fs::read_to_string(file)?;
    let is_meaning =
        MEANING.iter().any(|part| shown.contains(&format!("crates/sancha-{part}/src")));
    let is_test = shown.contains("/tests") || name.ends_with("_test.rs") || name == "tests.rs";
    // What stands behind `#[cfg(test)]` may read fixtures.
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    for banned in BANNED_IN_MEANING {
        // What is quoted is data, such as a key of a log, and uses nothing.
        let uses = |line: &&str| {
            let mut outside = line.split('"').step_by(2);
            !line.trim_start().starts_with("//") && outside.any(|part| part.contains(banned))
        };
        if is_meaning && !is_test && code.lines().any(|line| uses(&line)) {
            faults.push(format!("{shown}: a meaning crate must not use `{banned}`"));
        }
    }
    if let Some(inside) = shown.strip_prefix("crates/sancha-lake/src/")
        && !is_test
        && removes(&text)
        && !inside.starts_with("disk")
        && !REMOVERS.contains(&inside)
    {
        faults.push(format!("{shown}: removes a file of a lake; only the retention job deletes what is sealed (REMOVERS in xtask/src/tidy.rs)"));
    }
    if shown.contains("/src/lib.rs") && !text.contains("**Does not know**") && is_meaning {
        faults.push(format!("{shown}: the head does not say what the crate does not know"));
    }
    Ok(())
}
