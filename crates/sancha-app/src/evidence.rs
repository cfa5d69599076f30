//! The evidence of an investigation: the lines that its report cites, with their proof where a lake has it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sancha_lake::EvidenceError;
use sancha_model::{CoverageProblem, EvidenceRef, FileCoverage, LocalText};
use sancha_report::Document;
use sancha_seal::{
    Hash32,
    evidence::{BuildError, Description, PackFile, SourceFile, UnsealedPack, UnsealedRecord},
};

use crate::{
    DAMAGED, Given, LakeLogs,
    excerpt::{Excerpt, ExcerptKind},
    lake::{altered_text, lake_text, pack_text},
};

/// Lines of one pack: what people read through and a verifier checks at once.
const MOST_LINES: usize = 10_000;
/// Bytes of the lines of a pack without a log.
const MOST_BYTES: usize = 64 << 20;

/// What a report cites, packed.
#[derive(Clone, Debug, Default)]
pub struct CitedEvidence {
    /// The files of the pack; none when no cited line could be packed.
    pub files: Vec<PackFile>,
    /// Lines that the report cites, and those that are in the pack.
    pub cited: u64,
    pub packed: u64,
    /// The pack proves that the lines are as they were sealed.
    pub is_sealed: bool,
}

/// Collects the cited lines as they are read for the report.
pub(crate) struct Cited {
    chosen: BTreeSet<EvidenceRef>,
    cited: u64,
    records: Vec<UnsealedRecord>,
    bytes: usize,
}

impl Cited {
    /// Of more lines than a pack takes, those of the cases that should be read first.
    pub(crate) fn of(document: &Document) -> Self {
        let all = document.cited_records();
        let cited = all.len() as u64;
        let of_cases = document.cases.iter().flat_map(|case| case.case.findings());
        let first = of_cases.flat_map(|finding| finding.evidence.iter().cloned());
        let mut chosen = BTreeSet::new();
        for record in first.chain(all) {
            if chosen.len() == MOST_LINES {
                break;
            }
            chosen.insert(record);
        }
        Self { chosen, cited, records: Vec::new(), bytes: 0 }
    }

    /// A cited line of a file, in order of path and line.
    pub(crate) fn take(&mut self, record: &EvidenceRef, excerpt: &Excerpt) {
        self.bytes += excerpt.raw.len();
        if self.bytes > MOST_BYTES || !self.chosen.contains(record) {
            return;
        }
        let Excerpt { line, offset, raw, kind } = excerpt;
        let mut row = UnsealedRecord::new(&record.path, *line, *offset, raw);
        row.rendered = *kind == ExcerptKind::Rendered;
        self.records.push(row);
    }

    /// The pack. What is not as it was sealed is told in the coverage statement, and no pack is made of it.
    pub(crate) fn pack(self, given: Given<'_>, document: &mut Document) -> CitedEvidence {
        let made = match given {
            Given::Files(_) => self.unsealed(document),
            Given::Lake(logs) => self.sealed(logs, document),
        };
        made.unwrap_or_else(|problem| {
            document.coverage.problems.push(problem);
            CitedEvidence { cited: self.cited, ..CitedEvidence::default() }
        })
    }

    fn unsealed(&self, document: &Document) -> Result<CitedEvidence, CoverageProblem> {
        let packed = self.records.len() as u64;
        if packed == 0 {
            return Ok(CitedEvidence { cited: self.cited, ..CitedEvidence::default() });
        }
        let named: BTreeSet<&str> = self.records.iter().map(|row| row.source.as_str()).collect();
        let files = document.coverage.files.iter();
        let mut sources: Vec<_> =
            files.filter(|file| named.contains(file.path.as_str())).map(source_file).collect();
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        let description = self.description(packed, document);
        let pack = UnsealedPack { description, sources, records: self.records.clone() };
        let files = pack.build().map_err(|error| not_built(&error))?;
        Ok(CitedEvidence { files, cited: self.cited, packed, is_sealed: false })
    }

    fn sealed(
        &self,
        logs: &LakeLogs,
        document: &Document,
    ) -> Result<CitedEvidence, CoverageProblem> {
        let mut wanted: BTreeMap<Arc<str>, Vec<u64>> = BTreeMap::new();
        for EvidenceRef { path, line } in &self.chosen {
            wanted.entry(Arc::clone(path)).or_default().push(*line);
        }
        let mut rows: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for (path, lines) in wanted {
            for (part, found) in logs.stream(&path).map(|one| one.rows(&lines)).unwrap_or_default()
            {
                rows.entry(part).or_default().extend(found);
            }
        }
        let packed: u64 = rows.values().map(|rows| rows.len() as u64).sum();
        if packed == 0 {
            return Ok(CitedEvidence { cited: self.cited, ..CitedEvidence::default() });
        }
        let description = self.description(packed, document);
        let pack = logs.lake().evidence_of(&rows, description).map_err(|error| no_proof(&error))?;
        // A part that was retired meanwhile is not in it.
        let rows = pack.blocks.iter().flat_map(|block| &block.rows);
        let packed = rows.filter(|row| row.asked).count() as u64;
        let files = pack.build().map_err(|error| not_built(&error))?;
        Ok(CitedEvidence { files, cited: self.cited, packed, is_sealed: true })
    }

    fn description(&self, packed: u64, document: &Document) -> Description {
        let (number, cited) = (&document.number, self.cited);
        Description {
            number: number.clone(),
            query: format!(
                "报告 {number} 援引的{cited}行中的{packed}行 / {packed} of the {cited} lines that report {number} cites"
            ),
            organization: document.operator.clone().unwrap_or_default(),
            at: document.at.to_string(),
            agent: format!("sancha {}", document.version),
        }
    }
}

fn source_file(file: &FileCoverage) -> SourceFile {
    let sha256 = Hash32::from_hex(&file.sha256).ok();
    SourceFile { path: file.path.clone(), bytes: file.bytes, sha256 }
}

/// The name of the pack in the coverage statement.
const PACK: &str = "evidence.zip";

fn no_proof(error: &EvidenceError) -> CoverageProblem {
    let (is_damage, message) = match error {
        EvidenceError::Lake(error) => (error.is_damage(), lake_text(error)),
        EvidenceError::Altered { path, page } => (true, altered_text(path, *page)),
        EvidenceError::TooMany(_) | EvidenceError::Nothing => {
            (false, LocalText::new("没有可以取证的行", "no line can be proven"))
        }
    };
    let kind = if is_damage { DAMAGED } else { "evidence" };
    CoverageProblem { path: PACK.to_owned(), kind: kind.to_owned(), message }
}

fn not_built(error: &BuildError) -> CoverageProblem {
    let message = pack_text(error);
    CoverageProblem { path: PACK.to_owned(), kind: "evidence".to_owned(), message }
}
