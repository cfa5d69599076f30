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
    let mut looked = 0;
    let code =
        ["crates", "rules", "law", "xtask"].iter().flat_map(|part| files(&root().join(part)));
    for file in code {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        // Tests and their fixtures may use documentation addresses too.
        let shown = file.display().to_string();
        if shown.contains("/tests") || shown.contains("/examples") || shown.contains("_test") {
            continue;
        }
        looked += 1;
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for word in &words {
            assert!(!code.contains(word.as_str()), "{shown} holds `{word}` of the samples");
        }
    }
    assert!(looked > 200, "{looked} files were looked at");
}

fn is_address(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| part.parse::<u8>().is_ok())
        && !word.starts_with("127.")
        && word != "0.0.0.0"
}

pub(crate) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
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

/// Generated text names source addresses and posts and pronounces nothing: the wording rules hold for
/// every text, rule and law file, and for what the samples' report says.
#[test]
fn no_text_accuses_anybody() {
    const NEVER: [&str; 8] =
        ["黑客", "嫌疑人", "违法", "犯罪", "失职", "渎职", "hacker", "suspect "];
    let texts = files(&root().join("crates")).into_iter().filter(|path| {
        let name = path.display().to_string();
        name.contains("texts") && name.contains("/src/")
    });
    let data = ["rules", "law"].iter().flat_map(|part| files(&root().join(part)));
    let mut looked = 0;
    for file in texts.chain(data) {
        let shown = file.display().to_string();
        if shown.contains("/tests/") || shown.ends_with(".md") {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        looked += 1;
        // Titles of instruments keep their words.
        for line in text
            .lines()
            .filter(|line| !line.contains("title:") && !line.trim_start().starts_with("//"))
        {
            for word in NEVER {
                assert!(!line.contains(word), "{shown}: `{word}` in {line}");
            }
        }
    }
    assert!(looked > 80, "{looked} files of texts, rules and law");
    let report = crate::story::story().text("report.json");
    for word in NEVER {
        assert!(!report.contains(word), "the samples' report says `{word}`");
    }
}
