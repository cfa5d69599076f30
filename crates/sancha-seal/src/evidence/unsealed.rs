//! Packs of lines that no log sealed: cited lines with where each stood, and the digest of its file.
//!
//! Nothing in such a pack is proven. Who has the file can hold it against the digest and the lines against the
//! file; who has only the pack sees what whoever made it says.

use std::{borrow::Cow, collections::BTreeMap};

use sancha_model::LocalText;
use serde::{Deserialize, Serialize};

use super::{
    BAG_INFO, BuildError, CHECKPOINT, Description, PROOFS, PackFile, README, RECORDS, SOURCES, bag,
    find, page, record,
    spelling::is_spelled,
    texts,
    verdict::{Counts, Problem, Problems, Verdict, Verdicts},
};
use crate::{Hash32, VerifierKey};

/// What goes into a pack without a log.
#[derive(Clone, Debug, Default)]
pub struct UnsealedPack {
    pub description: Description,
    /// Sorted by path, each once.
    pub sources: Vec<SourceFile>,
    /// Sorted by source and line, each once.
    pub records: Vec<UnsealedRecord>,
}

/// A line of `data/sources.jsonl`: a file that lines were read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    pub path: String,
    /// Of its content as it was read, unpacked.
    pub bytes: u64,
    /// Of the same; absent where a line was too long to be read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Hash32>,
}

/// A line of `data/records.jsonl` in such a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsealedRecord {
    /// Path of its file, as `data/sources.jsonl` has it.
    pub source: String,
    /// 1-based.
    pub line: u64,
    /// Of its first byte in the unpacked content.
    pub offset: u64,
    /// What is shown is how the program wrote the record of a file that is no text, not its bytes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rendered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl UnsealedRecord {
    /// `raw`: the bytes with the line end.
    pub fn new(source: &str, line: u64, offset: u64, raw: &[u8]) -> Self {
        let (text, base64) = record::fields_of(raw);
        Self { source: source.to_owned(), line, offset, rendered: false, text, base64 }
    }

    /// The raw bytes; `None` when they are written twice, not at all, or in the wrong field.
    pub fn raw(&self) -> Option<Cow<'_, [u8]>> {
        record::raw_of(self.text.as_ref(), self.base64.as_ref())
    }
}

impl UnsealedPack {
    /// The files of the pack, tag files first. The same input gives the same bytes.
    ///
    /// # Errors
    /// When the pack would not pass [`super::verify`].
    pub fn build(&self) -> Result<Vec<PackFile>, BuildError> {
        let info = self.description.info();
        let readme = page::render_unsealed(&info, &self.sources, &self.records);
        let payload = vec![
            (RECORDS.to_owned(), lines(&self.records)?),
            (SOURCES.to_owned(), lines(&self.sources)?),
            (README.to_owned(), readme.into_bytes()),
        ];
        let files = bag::wrap(payload, &info);
        let verdicts = verify(&files, &[]);
        if !verdicts.is_sound() {
            return Err(BuildError::DoesNotVerify(Box::new(verdicts)));
        }
        Ok(files)
    }
}

fn lines<T: Serialize>(values: &[T]) -> Result<Vec<u8>, BuildError> {
    let mut lines = Vec::new();
    for value in values {
        serde_json::to_writer(&mut lines, value).map_err(BuildError::Json)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Whether these are the files of a pack that no log sealed: it names source files and has nothing of a log.
pub(super) fn is_unsealed(files: &[PackFile]) -> bool {
    find(files, SOURCES).is_some()
        && find(files, PROOFS).is_none()
        && find(files, CHECKPOINT).is_none()
}

/// Verifies what can be: that the files are as packed and do not contradict each other. Who brings a key asks
/// for what it signed, and there is nothing.
pub(super) fn verify(files: &[PackFile], known: &[VerifierKey]) -> Verdicts {
    let mut problems = Problems::default();
    bag::check(files, &mut problems);
    let sources: Vec<(u64, SourceFile)> =
        read(files, SOURCES, &texts::SOURCE_MALFORMED.local(), &mut problems);
    let records: Vec<(u64, UnsealedRecord)> =
        read(files, RECORDS, &texts::RECORD_MALFORMED.local(), &mut problems);
    check(&sources, &records, &mut problems);
    let sources: Vec<SourceFile> = sources.into_iter().map(|(_, source)| source).collect();
    let records: Vec<UnsealedRecord> = records.into_iter().map(|(_, record)| record).collect();
    let page = check_readme(files, &sources, &records, &mut problems);
    if !known.is_empty() {
        problems.anchor(Problem::new(BAG_INFO, texts::NO_LOG_FOR_KEY.local()));
    }
    let counts = Counts { asked: records.len() as u64, ..Counts::default() };
    Verdicts {
        is_sealed: false,
        intact: Verdict::of(true, problems.is_bag_broken || problems.are_rows_broken),
        unchanged: Verdict::NotChecked,
        in_log: Verdict::NotChecked,
        signed_by: None,
        anchored_by: Vec::new(),
        page,
        counts,
        checkpoint: None,
        problems: problems.all,
    }
}

/// The values of a file of JSON lines, each in its one spelling, with their lines.
fn read<T: Serialize + for<'de> Deserialize<'de>>(
    files: &[PackFile],
    name: &str,
    malformed: &LocalText,
    problems: &mut Problems,
) -> Vec<(u64, T)> {
    let mut values = Vec::new();
    let bytes = find(files, name).unwrap_or_default();
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\n");
        let value = line.and_then(|line| Some((line, serde_json::from_slice::<T>(line).ok()?)));
        match value {
            Some((line, value)) if is_spelled(&value, line) => {
                values.push((number, value));
            }
            _ => problems.rows(Problem::at(name, number, malformed.clone())),
        }
    }
    values
}

/// Sources and records in order, each record inside of its source and behind the one before.
fn check(
    sources: &[(u64, SourceFile)],
    records: &[(u64, UnsealedRecord)],
    problems: &mut Problems,
) {
    for ((_, before), (number, source)) in sources.iter().zip(sources.iter().skip(1)) {
        if source.path <= before.path {
            problems.rows(Problem::at(SOURCES, *number, texts::SOURCE_ORDER.local()));
        }
    }
    let by_path: BTreeMap<&str, &SourceFile> =
        sources.iter().map(|(_, source)| (source.path.as_str(), source)).collect();
    let mut before: Option<(&str, u64, u64)> = None;
    for (number, record) in records {
        let Some(raw) = record.raw() else {
            problems.rows(Problem::at(RECORDS, *number, texts::RECORD_MALFORMED.local()));
            continue;
        };
        // The rendering of a record has another length than its bytes.
        let length = if record.rendered { 0 } else { raw.len() as u64 };
        let end = record.offset.saturating_add(length);
        match by_path.get(record.source.as_str()) {
            None => problems.rows(Problem::at(RECORDS, *number, texts::NO_SOURCE.local())),
            Some(source) if end > source.bytes => {
                problems.rows(Problem::at(RECORDS, *number, texts::OUTSIDE_SOURCE.local()));
            }
            Some(_) => {}
        }
        let source = record.source.as_str();
        let follows = before.is_none_or(|(path, line, end)| {
            path < source || (path == source && line < record.line && end <= record.offset)
        });
        if !follows {
            problems.rows(Problem::at(RECORDS, *number, texts::RECORD_ORDER.local()));
        }
        before = Some((source, record.line, end));
    }
}

fn check_readme(
    files: &[PackFile],
    sources: &[SourceFile],
    records: &[UnsealedRecord],
    problems: &mut Problems,
) -> Verdict {
    let render = |info: &[(&str, String)]| page::render_unsealed(info, sources, records);
    super::verify::compare_readme(files, render, problems)
}
