//! The samples' story: what a person knows to be true is found, what must not be claimed is not.

use std::{fs, sync::OnceLock};

use regex::RegexBuilder;

use crate::program::{Result, investigate, root};

/// The samples, investigated once.
pub(crate) fn story() -> &'static Result {
    static STORY: OnceLock<Result> = OnceLock::new();
    STORY.get_or_init(|| {
        let folder = root().join("samples/hospital");
        investigate(&folder, &["logs"], &["--operator", "operator.toml", "-q"])
    })
}

struct Row {
    id: String,
    zh: String,
    file: String,
    pattern: String,
}

/// The rows of one table in the ```toml block of `samples/expected.md`.
fn rows(table: &str) -> Vec<Row> {
    let text = fs::read_to_string(root().join("samples/expected.md")).expect("samples/expected.md");
    let block = text
        .split("```toml")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a toml block");
    let parsed: toml::Table = toml::from_str(block).expect("the block is TOML");
    let text = |row: &toml::Value, key: &str| {
        row.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    parsed[table]
        .as_array()
        .expect("an array of tables")
        .iter()
        .map(|row| Row {
            id: text(row, "id"),
            zh: text(row, "zh"),
            file: text(row, "file"),
            pattern: text(row, "pattern"),
        })
        .collect()
}

fn holds(row: &Row) -> bool {
    assert!(!row.pattern.is_empty(), "{} has no pattern: {}", row.id, row.zh);
    let pattern = RegexBuilder::new(&row.pattern).size_limit(1 << 24).build();
    pattern.expect(&row.id).is_match(&story().text(&row.file))
}

#[test]
fn every_fact_is_found() {
    let facts = rows("fact");
    assert!(facts.len() >= 25, "{} facts", facts.len());
    let missing: Vec<String> = facts
        .iter()
        .filter(|row| !holds(row))
        .map(|row| format!("{} {}", row.id, row.zh))
        .collect();
    assert!(missing.is_empty(), "not found:\n{}", missing.join("\n"));
}

#[test]
fn nothing_is_claimed_that_must_not_be() {
    let never = rows("never");
    assert!(never.len() >= 10, "{} claims", never.len());
    let claimed: Vec<String> =
        never.iter().filter(|row| holds(row)).map(|row| format!("{} {}", row.id, row.zh)).collect();
    assert!(claimed.is_empty(), "claimed:\n{}", claimed.join("\n"));
}
