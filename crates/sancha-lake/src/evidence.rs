//! Lines that answer a question, with the proof that they are as they were sealed.

mod pages;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sancha_seal::{
    Algorithm, BLOCK_ROWS, Hash32, PageHeader, Part,
    evidence::{Block, Description, Pack, Row},
    proof::{BlockProof, OpenPage, OpenPart, PartPages},
};

use self::pages::{PageLines, Pages, offsets};
use crate::{
    Lake, LakeError, Query,
    gone::unless_retired,
    index::{self, Page},
    origin::{self, Origin, Origins, SealedPage},
    part::Companion,
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
    /// The settled lines that answer `query`, at most `most`, ready to be built into a pack. Parts whose companion is
    /// damaged are left out, and are in [`Lake::damages`] then.
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
            let found = self.blocks_that_answer(part, &filters, left, origins.of_part(&part.path));
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
        let origins = Origins::of(&self.catalog().entries);
        for part in self.catalog().parts.values() {
            let Some(rows) = rows.get(&part.path) else { continue };
            let found = self.blocks_of_rows(part, rows, origins.of_part(&part.path));
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
        origins: &[Origin<'_>],
    ) -> Result<Option<Vec<Block>>, EvidenceError> {
        let Some((scan, ranges)) = self.scan_anyway(part, filters)? else {
            return Ok(Some(Vec::new()));
        };
        // Without its companion no line of a part is proven; that was noted.
        let Some(companion) = scan.companion() else { return Ok(Some(Vec::new())) };
        let mut rows = BTreeSet::new();
        let Some(pages) = self.pages_anyway(part, companion)? else { return Ok(Some(Vec::new())) };
        let is_whole = scan.rows(filters, ranges, false, &mut |hit| {
            rows.insert(hit.row);
            rows.len() as u64 <= most
        })?;
        is_whole.then(|| prove(part, origins, (&scan, &pages), &rows)).transpose()
    }

    fn blocks_of_rows(
        &self,
        part: &Part,
        rows: &BTreeSet<u64>,
        origins: &[Origin<'_>],
    ) -> Result<Vec<Block>, EvidenceError> {
        let Some((scan, _)) = self.scan(part, &[])? else { return Ok(Vec::new()) };
        let Some(companion) = scan.companion() else { return Ok(Vec::new()) };
        prove(part, origins, (&scan, &companion.pages()?), rows)
    }

    /// The pages as they were sealed; `None` where they are damaged, which is noted.
    fn pages_anyway(
        &self,
        part: &Part,
        companion: &Companion,
    ) -> Result<Option<Vec<Page>>, LakeError> {
        match companion.pages() {
            Err(error) if error.is_damage() => {
                self.noted().note(&part.path, error);
                Ok(None)
            }
            pages => pages.map(Some),
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
}

/// The blocks that `rows` of a part are in, each proven by the entry that sealed it first. Each page is read
/// and hashed once.
fn prove(
    part: &Part,
    origins: &[Origin<'_>],
    (scan, stored): (&Scan, &[Page]),
    rows: &BTreeSet<u64>,
) -> Result<Vec<Block>, EvidenceError> {
    if origins.is_empty() {
        let what = "no entry names it";
        return Err(LakeError::Broken { path: part.path.clone(), what }.into());
    }
    let runs = scan.runs();
    let pages = origin::pages(origins);
    let headers = index::headers(part.rows, pages.iter().map(|page| &page.rows), runs, stored);
    let roots: Vec<Hash32> = stored.iter().map(|page| page.root).collect();
    let altered =
        |page: usize| EvidenceError::Altered { path: part.path.clone(), page: page as u64 };
    let mut by_page: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for row in rows {
        let place = pages.partition_point(|page| page.rows.end <= *row);
        by_page.entry(place).or_default().insert(*row);
    }
    let asked_pages = by_page.keys().map(|place| pages.get(*place).ok_or_else(|| altered(*place)));
    let asked_pages = asked_pages.collect::<Result<Vec<_>, _>>()?;
    let spans = asked_pages.iter().map(|page| rows_of(page));
    let (mut read, mut blocks) = (Pages::open(scan, spans)?, Vec::new());
    let mut opened = None;
    for ((place, asked), page) in by_page.iter().zip(asked_pages) {
        let altered = || altered(*place);
        let origin = origins.get(page.origin).ok_or_else(altered)?;
        let tree = match opened.take() {
            Some((of, tree)) if of == page.origin => tree,
            _ => tree(page, &headers, &roots).ok_or_else(altered)?,
        };
        let lines = read.next(rows_of(page))?;
        let sealed = tree.page(place - page.siblings.start, lines.iter()).ok_or_else(altered)?;
        let offsets = offsets(lines, runs, stored.get(*place));
        let asked = asked.iter().map(|row| row - page.rows.start);
        let found = blocks_of(&sealed, lines, &offsets, asked).ok_or_else(altered)?;
        blocks.extend(found.into_iter().map(|(proof, rows)| Block {
            source: part.source.clone(),
            part: origin.part.path.clone(),
            entry: origin.entry,
            proof,
            proof_sm3: None,
            rows,
        }));
        opened = Some((page.origin, tree));
    }
    Ok(blocks)
}

/// The tree over the pages that were sealed together with `page`.
fn tree<'a>(
    page: &SealedPage,
    headers: &'a [PageHeader],
    roots: &'a [Hash32],
) -> Option<OpenPart<'a>> {
    let headers = headers.get(page.siblings.clone())?;
    let roots = roots.get(page.siblings.clone())?;
    PartPages { algorithm: Algorithm::Sha256, headers, roots }.open()
}

/// The blocks of a page that hold the rows in `asked`, which are rows of the page, in order.
fn blocks_of(
    page: &OpenPage,
    lines: &PageLines,
    offsets: &[u64],
    asked: impl Iterator<Item = u64>,
) -> Option<Vec<(BlockProof, Vec<Row>)>> {
    let mut by_block: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for row in asked {
        let row = usize::try_from(row).ok()?;
        by_block.entry(row / BLOCK_ROWS).or_default().insert(row);
    }
    let block = |(block, asked): (usize, BTreeSet<usize>)| {
        let first = block * BLOCK_ROWS;
        let row = |(at, offset): (usize, &u64)| {
            let (raw, time) = (lines.line(at)?.to_vec(), lines.time(at));
            Some(Row { raw, offset: *offset, time, asked: asked.contains(&at) })
        };
        let rows = offsets.iter().enumerate().skip(first).take(BLOCK_ROWS).filter_map(row);
        Some((page.prove(first)?, rows.collect()))
    };
    by_block.into_iter().map(block).collect()
}

fn rows_of(page: &SealedPage) -> Range<usize> {
    let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
    row(page.rows.start)..row(page.rows.end)
}
