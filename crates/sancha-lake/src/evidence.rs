//! Lines that answer a question, with the proof that they are as they were sealed.

mod pages;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use sancha_seal::{
    Algorithm, BLOCK_ROWS, Hash32, PAGE_ROWS, Part,
    evidence::{Block, Description, Pack, Row},
    proof::PartPages,
};

use self::pages::{Pages, offsets};
use crate::{
    Lake, LakeError, Query,
    gone::unless_retired,
    index,
    query::{Filter, Scan},
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
        let entries = self.entries_of_parts();
        for part in self.catalog().parts.values().filter(|part| query.concerns(part)) {
            let found = self.blocks_that_answer(part, &filters, left, entry_of(&entries, part)?);
            let Some(found) = self.unless_retired(part, found)? else { continue };
            let found = found.ok_or(EvidenceError::TooMany(most))?;
            let asked = found.iter().flat_map(|block| &block.rows).filter(|row| row.asked);
            left -= asked.count() as u64;
            blocks.extend(found);
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
        let entries = self.entries_of_parts();
        for part in self.catalog().parts.values() {
            let Some(rows) = rows.get(&part.path) else { continue };
            let found = self.blocks_of(part, rows, entry_of(&entries, part)?);
            blocks.extend(self.unless_retired(part, found)?.into_iter().flatten());
        }
        self.pack(blocks, description)
    }

    /// The blocks of a part that hold rows which answer; `None` where these are more than `most`.
    fn blocks_that_answer(
        &self,
        part: &Part,
        filters: &[Filter],
        most: u64,
        entry: u64,
    ) -> Result<Option<Vec<Block>>, EvidenceError> {
        let Some((scan, ranges)) = self.scan(part, filters)? else { return Ok(Some(Vec::new())) };
        let mut rows = BTreeSet::new();
        let is_whole = scan.rows(filters, ranges, &mut |hit| {
            rows.insert(hit.row);
            rows.len() as u64 <= most
        })?;
        is_whole.then(|| prove(part, &scan, &rows, entry)).transpose()
    }

    fn blocks_of(
        &self,
        part: &Part,
        rows: &BTreeSet<u64>,
        entry: u64,
    ) -> Result<Vec<Block>, EvidenceError> {
        match self.scan(part, &[])? {
            Some((scan, _)) => prove(part, &scan, rows, entry),
            None => Ok(Vec::new()),
        }
    }

    /// What was found in a part; `None` where it was retired while it was read.
    fn unless_retired<T>(
        &self,
        part: &Part,
        found: Result<T, EvidenceError>,
    ) -> Result<Option<T>, EvidenceError> {
        match found {
            Err(EvidenceError::Lake(error)) => {
                Ok(unless_retired(self.disk(), &part.path, Err(error))?)
            }
            found => found.map(Some),
        }
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

    /// By path of a part, the index of the log's entry that names it; of several the last.
    fn entries_of_parts(&self) -> HashMap<&str, u64> {
        let entries = (0..).zip(&self.catalog().entries);
        let parts = entries.flat_map(|(index, entry)| {
            entry.new_parts().iter().map(move |part| (part.path.as_str(), index))
        });
        parts.collect()
    }
}

fn entry_of(entries: &HashMap<&str, u64>, part: &Part) -> Result<u64, LakeError> {
    let missing = || LakeError::Broken { path: part.path.clone(), what: "no entry names it" };
    entries.get(part.path.as_str()).copied().ok_or_else(missing)
}

/// The blocks that `rows` of a part are in, with their proofs. Each page is read and hashed once.
fn prove(
    part: &Part,
    scan: &Scan,
    rows: &BTreeSet<u64>,
    entry: u64,
) -> Result<Vec<Block>, EvidenceError> {
    let (runs, pages) = (scan.runs(), scan.companion().pages()?);
    let headers = index::headers(part.rows, runs, &pages);
    let roots: Vec<Hash32> = pages.iter().map(|page| page.root).collect();
    let sealed = PartPages { algorithm: Algorithm::Sha256, headers: &headers, roots: &roots };
    let altered = |page: u64| EvidenceError::Altered { path: part.path.clone(), page };
    let sealed = sealed.open().ok_or_else(|| altered(0))?;
    if let Some(row) = rows.last().filter(|row| **row >= part.rows) {
        return Err(altered(row / PAGE_ROWS as u64));
    }
    let mut by_page: BTreeMap<u64, BTreeMap<u64, BTreeSet<u64>>> = BTreeMap::new();
    for row in rows {
        let (page, row) = (row / PAGE_ROWS as u64, row % PAGE_ROWS as u64);
        let blocks = by_page.entry(page).or_default();
        blocks.entry(row / BLOCK_ROWS as u64).or_default().insert(row);
    }
    let spans = by_page.keys().map(|page| rows_of(*page, part.rows));
    let (mut read, mut blocks) = (Pages::open(scan, spans)?, Vec::new());
    for (page, asked_of) in by_page {
        let lines = read.next(rows_of(page, part.rows))?;
        let place = usize::try_from(page).unwrap_or(usize::MAX);
        let starts = offsets(lines, runs, pages.get(place));
        let sealed = sealed.page(place, lines.iter()).ok_or_else(|| altered(page))?;
        for (block, asked) in asked_of {
            let first = usize::try_from(block).unwrap_or(usize::MAX).saturating_mul(BLOCK_ROWS);
            let proof = sealed.prove(first).ok_or_else(|| altered(page))?;
            let row = |(at, offset): (usize, &u64)| {
                let (raw, time) = (lines.line(at)?.to_vec(), lines.time(at));
                Some(Row { raw, offset: *offset, time, asked: asked.contains(&(at as u64)) })
            };
            let rows = starts.iter().enumerate().skip(first).take(BLOCK_ROWS).filter_map(row);
            blocks.push(Block {
                source: part.source.clone(),
                part: part.path.clone(),
                entry,
                proof,
                proof_sm3: None,
                rows: rows.collect(),
            });
        }
    }
    Ok(blocks)
}

/// The rows of a page, of a part of so many rows.
fn rows_of(page: u64, rows: u64) -> Range<usize> {
    let first = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(PAGE_ROWS);
    first..first.saturating_add(PAGE_ROWS).min(usize::try_from(rows).unwrap_or(usize::MAX))
}
