//! Lines that answer a question, with the proof that they are as they were sealed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sancha_seal::{
    Algorithm, BLOCK_ROWS, Hash32, Part,
    evidence::{Block, Description, Pack, Row},
    proof::PartPages,
};

use crate::{
    Lake, LakeError, Query,
    index::{self, Page, Run},
    origin::{self, Origins},
    part::{Lines, Templates, line_columns},
    query::Scan,
};

/// A pack cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The sealed root and the rows differ.
    #[error("`{path}`: the rows of page {page} are not those that were sealed")]
    Altered { path: String, page: u64 },
    #[error("more than {0} lines answer: ask more narrowly, or allow more")]
    TooMany(u64),
    #[error("no line answers")]
    Nothing,
}

impl Lake {
    /// The settled lines that answer `query`, at most `most`, ready to be built into a pack.
    ///
    /// # Errors
    /// When none or too many answer, or a page is not as it was sealed.
    pub fn evidence(
        &self,
        query: &Query,
        most: u64,
        description: Description,
    ) -> Result<Pack, EvidenceError> {
        let filters = query.conditions();
        let (mut blocks, mut left) = (Vec::new(), most);
        let origins = Origins::of(&self.catalog().entries);
        for part in self.catalog().parts.values().filter(|part| query.concerns(part)) {
            let Some((scan, ranges)) = self.scan(part, &filters)? else { continue };
            let mut rows = BTreeSet::new();
            let is_whole = scan.rows(&filters, ranges, &mut |hit| {
                rows.insert(hit.row);
                rows.len() as u64 <= left
            })?;
            if !is_whole {
                return Err(EvidenceError::TooMany(most));
            }
            left -= rows.len() as u64;
            if !rows.is_empty() {
                blocks.extend(blocks_of(part, &origins, &scan, &rows)?);
            }
        }
        self.pack(blocks, description)
    }

    /// The lines that are these rows of parts, by the path of the part, ready to be built into a pack.
    ///
    /// # Errors
    /// When there is none, a part is not kept any more, or a page is not as it was sealed.
    pub fn evidence_of(
        &self,
        rows: &BTreeMap<String, BTreeSet<u64>>,
        description: Description,
    ) -> Result<Pack, EvidenceError> {
        let mut blocks = Vec::new();
        let origins = Origins::of(&self.catalog().entries);
        for part in self.catalog().parts.values() {
            let Some(rows) = rows.get(&part.path) else { continue };
            let Some((scan, _)) = self.scan(part, &[])? else { continue };
            blocks.extend(blocks_of(part, &origins, &scan, rows)?);
        }
        self.pack(blocks, description)
    }

    fn pack(&self, blocks: Vec<Block>, description: Description) -> Result<Pack, EvidenceError> {
        if blocks.is_empty() {
            return Err(EvidenceError::Nothing);
        }
        let mut entries: BTreeSet<u64> = blocks.iter().map(|block| block.entry).collect();
        let held = self.held_since(entries.last().copied().unwrap_or(0))?;
        // Whoever has an older key is led to the one that signs.
        let rotations = (0..held.head.size).zip(&self.catalog().entries);
        entries.extend(rotations.filter(|(_, entry)| entry.is_rotation()).map(|(index, _)| index));
        let log = self.ledger().log_at(held.head);
        let entries = entries.into_iter().map(|entry| log.prove_entry(entry));
        let entries = entries.collect::<Result<Vec<_>, _>>();
        Ok(Pack {
            description,
            blocks,
            entries: entries.map_err(|error| LakeError::seal("tile", error))?,
            checkpoint: held.note,
            keys: self.keys().keys().cloned().chain(held.witnesses).collect(),
            anchors: held.stamps,
        })
    }
}

/// The blocks with these rows of a part, each proven by the entry that sealed it first.
fn blocks_of(
    part: &Part,
    origins: &Origins<'_>,
    scan: &Scan,
    rows: &BTreeSet<u64>,
) -> Result<Vec<Block>, EvidenceError> {
    let (runs, stored) = (scan.runs(), scan.companion().pages()?);
    let origins = origins.of_part(&part.path);
    let pages = origin::pages(origins);
    let headers = index::headers(part.rows, pages.iter().map(|page| &page.rows), runs, &stored);
    let roots: Vec<Hash32> = stored.iter().map(|page| page.root).collect();
    let mut by_page: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for row in rows {
        let page = pages.partition_point(|page| page.rows.end <= *row);
        by_page.entry(page).or_default().insert(*row);
    }
    let mut blocks = Vec::new();
    for (place, asked) in by_page {
        let altered = || EvidenceError::Altered { path: part.path.clone(), page: place as u64 };
        let page = pages.get(place).ok_or_else(altered)?;
        let origin = origins.get(page.origin).ok_or_else(altered)?;
        let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let first = row(page.rows.start);
        let lines = lines(scan, first..row(page.rows.end))?;
        let starts = offsets(&lines, first, runs, stored.get(place));
        let raw: Vec<&[u8]> = lines.iter().map(|line| line.0.as_slice()).collect();
        let of_origin = page.siblings.clone();
        let (headers, roots) =
            headers.get(of_origin.clone()).zip(roots.get(of_origin)).ok_or_else(altered)?;
        let sealed = PartPages { algorithm: Algorithm::Sha256, headers, roots };
        let number = place - page.siblings.start;
        let sealed = sealed.open(number, &raw).ok_or_else(altered)?;
        let mut of_block: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for asked in asked {
            let row = row(asked) - first;
            of_block.entry(row / BLOCK_ROWS).or_default().insert(row);
        }
        for (block, asked) in of_block {
            let row = block * BLOCK_ROWS;
            let proof = sealed.prove(row).ok_or_else(altered)?;
            let range = row..(row + BLOCK_ROWS).min(lines.len());
            let rows = range.filter_map(|at| {
                let (raw, time) = lines.get(at)?;
                let (offset, asked) = (*starts.get(at)?, asked.contains(&at));
                Some(Row { raw: raw.clone(), offset, time: *time, asked })
            });
            blocks.push(Block {
                source: part.source.clone(),
                part: origin.part.path.clone(),
                entry: origin.entry,
                proof,
                proof_sm3: None,
                rows: rows.collect(),
            });
        }
    }
    Ok(blocks)
}

/// A line with its end, and when it happened.
type Line = (Vec<u8>, Option<i64>);

/// The lines of some rows.
fn lines(scan: &Scan, range: Range<usize>) -> Result<Vec<Line>, LakeError> {
    let mut templates = Templates::default();
    let mut found = Vec::with_capacity(range.len());
    let first = range.start;
    for batch in scan.columns().reader(&line_columns(), &[range])? {
        let path = scan.columns().path();
        let batch = batch?;
        let lines = Lines::new(&batch, &mut templates);
        for at in 0..batch.num_rows() {
            let mut line = Vec::new();
            let row = (first + found.len()) as u64;
            lines
                .write(at, &mut line)
                .ok_or_else(|| LakeError::Line { path: path.to_owned(), row })?;
            found.push((line, lines.time(at).map(|time| time.nanos())));
        }
    }
    Ok(found)
}

/// Where each line stands in its stream; the first is row `first` of the part.
fn offsets(lines: &[Line], first: usize, runs: &[Run], page: Option<&Page>) -> Vec<u64> {
    let mut at = page.map_or(0, |page| page.offset);
    let mut offsets = Vec::with_capacity(lines.len());
    for (row, (line, _)) in (first as u64..).zip(lines) {
        if let Ok(place) = runs.binary_search_by_key(&row, |run| run.row)
            && let Some(run) = runs.get(place)
        {
            at = run.offset;
        }
        offsets.push(at);
        at += line.len() as u64;
    }
    offsets
}
