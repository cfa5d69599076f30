//! The dated proof that a backup restores: written by `backup test`, read by the second investigation.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sancha_lake::verify::FaultKind;
use sancha_model::{EventTime, LocalText};
use serde_json::{Value, json};

use super::{
    BackupError, Restored, Snapshot,
    restore::{Shown, is_of_key},
};
use crate::lake::{lake_text, log_fault_text};

const FORMAT: &str = "sancha-restore-test/1";
/// The key that says so where `tested_at` was not said by the system clock.
const BY_HAND: &str = "clock_by_hand";

/// How a restore test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestResult {
    Passed,
    Failed,
    /// It came back, and could not all be read for want of keys: neither for the backup nor against it.
    NotShown,
}

impl TestResult {
    const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::NotShown];

    /// As a proof has it.
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotShown => "not_shown",
        }
    }
}

/// A restore test that was made.
pub struct Tested<'a> {
    pub snapshot: &'a Snapshot,
    /// What came back, or why nothing did.
    pub outcome: Result<&'a Restored, &'a BackupError>,
    pub at: EventTime,
    /// `at` was set by hand, and not by the system clock.
    pub clock_by_hand: bool,
    pub seconds: f64,
    pub program: &'a str,
    pub restic: &'a str,
}

impl Tested<'_> {
    pub fn result(&self) -> TestResult {
        match self.outcome.map(Restored::shown) {
            Ok(Shown::Whole) => TestResult::Passed,
            Ok(Shown::Partly) => TestResult::NotShown,
            Ok(Shown::Faulty) | Err(_) => TestResult::Failed,
        }
    }
}

/// The proof as JSON, one key a line.
pub fn write_proof(tested: &Tested<'_>) -> String {
    let Tested { snapshot, .. } = tested;
    let mut proof = json!({
        "format": FORMAT,
        "lake": snapshot.lake,
        "result": tested.result().word(),
        "tested_at": tested.at.to_string(),
        "seconds": tested.seconds,
        "snapshot": {
            "id": snapshot.id,
            "time": snapshot.time.to_string(),
            "host": snapshot.host,
        },
        "checkpoint": { "entries": snapshot.entries, "root": snapshot.root },
        "programs": { "sancha": tested.program, "restic": tested.restic },
    });
    if tested.clock_by_hand
        && let Some(proof) = proof.as_object_mut()
    {
        proof.insert(BY_HAND.to_owned(), json!(true));
    }
    let found = match tested.outcome {
        Ok(restored) => restored_json(restored),
        Err(error) => vec![("faults", json!([error.text().en]))],
    };
    if let Some(proof) = proof.as_object_mut() {
        proof.extend(found.into_iter().map(|(key, value)| (key.to_owned(), value)));
    }
    format!("{proof:#}\n")
}

fn restored_json(restored: &Restored) -> Vec<(&'static str, Value)> {
    let Restored { verdicts, .. } = restored;
    let mut faults = restored.faults.clone();
    let of_log = verdicts.log_faults.iter().map(|fault| log_fault_text(fault).en.trim().to_owned());
    faults.extend(of_log);
    let altered = verdicts.faults.iter().filter(|fault| !is_of_key(fault));
    faults.extend(altered.map(|fault| format!("{}: {:?}", fault.path, fault.kind)));
    let mut found = vec![
        ("restored", json!({ "files": restored.files, "bytes": restored.bytes })),
        (
            "verified",
            json!({
                "entries": verdicts.entries,
                "parts": verdicts.parts_checked,
                "rows": verdicts.rows_checked,
                "bytes": verdicts.bytes_checked,
                "waiting_lines": restored.waiting_lines,
            }),
        ),
        ("faults", json!(faults)),
    ];
    let unread = not_verified(restored);
    if !unread.is_empty() {
        found.push(("not_verified", json!(unread)));
    }
    found
}

/// What no key opens: how many files, and which key they need.
fn not_verified(restored: &Restored) -> Vec<String> {
    if let Some(error) = &restored.keyless {
        return vec![format!("all files that hold lines: {}", lake_text(error).en)];
    }
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for fault in &restored.verdicts.faults {
        if let FaultKind::NoKey(why) = &fault.kind {
            *files.entry(why).or_default() += 1;
        }
    }
    files.into_iter().map(|(why, count)| format!("{count} files: {why}")).collect()
}

/// A proof as it was read: what the investigation takes from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreProof {
    /// Name of the lake.
    pub lake: String,
    pub tested_at: EventTime,
    /// `tested_at` was said by `--at` or `SANCHA_CLOCK` and not by the system clock.
    pub clock_by_hand: bool,
    pub result: TestResult,
}

impl RestoreProof {
    /// # Errors
    /// When the text is no proof of a restore test; says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LocalText> {
        let proof: Value = serde_json::from_str(text).map_err(|error| {
            LocalText::new(format!("不是JSON：{error}"), format!("this is no JSON: {error}"))
        })?;
        let field = |key: &str| {
            let value = proof.get(key).and_then(Value::as_str);
            value.ok_or_else(|| {
                LocalText::new(format!("没有键“{key}”"), format!("the key `{key}` is missing"))
            })
        };
        if field("format")? != FORMAT {
            return Err(LocalText::new(
                format!("format 不是 {FORMAT}"),
                format!("`format` is not {FORMAT}"),
            ));
        }
        let word = field("result")?;
        let result = TestResult::ALL.into_iter().find(|result| result.word() == word);
        let result = result.ok_or_else(|| {
            LocalText::new(format!("result 的值“{word}”无法识别"), format!("`{word}` is no result"))
        })?;
        let at: Timestamp = field("tested_at")?.parse().map_err(|error| {
            LocalText::new(format!("tested_at：{error}"), format!("`tested_at`: {error}"))
        })?;
        let tested_at = EventTime::from_timestamp(at);
        let clock_by_hand = proof.get(BY_HAND).and_then(Value::as_bool).unwrap_or(false);
        Ok(Self { lake: field("lake")?.to_owned(), tested_at, clock_by_hand, result })
    }
}
