//! What must hold of the repository itself.

use std::{collections::BTreeSet, fs, path::Path};

use crate::program::root;

#[test]
fn the_workspace_is_tidy() {
    let faults = xtask::tidy::check(&root()).expect("the workspace can be read");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Detectors are built for the attack, never for the file: nothing of the samples' story may stand in
/// code or rules.
#[test]
fn no_name_or_address_of_the_samples_is_in_code_or_rules() {
    let samples = root().join("samples/hospital");
    let mut words = BTreeSet::new();
    for log in files(&samples.join("logs")) {
        let Ok(text) = fs::read_to_string(&log) else { continue };
        for word in text.split(|c: char| c.is_whitespace() || "\"'[](),;=<>".contains(c)) {
            if is_address(word) || word.starts_with("/uploads/") || word.starts_with("2026-10-") {
                words.insert(word.trim_end_matches(':').to_owned());
            }
        }
    }
    assert!(words.len() > 20, "the samples' own words were found: {}", words.len());
    let code =
        ["crates", "rules", "law", "xtask"].iter().flat_map(|part| files(&root().join(part)));
    for file in code {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        // Tests and their fixtures may use documentation addresses too.
        let shown = file.display().to_string();
        if shown.contains("/tests") || shown.contains("/examples") || shown.contains("test") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in &words {
            assert!(!code.contains(word.as_str()), "{shown} holds `{word}` of the samples");
        }
    }
}

fn is_address(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| part.parse::<u8>().is_ok())
        && !word.starts_with("127.")
        && word != "0.0.0.0"
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
