//! Proofs of content: rows in blocks of 16, blocks in pages of 8,192, pages in a part.
//!
//! ```text
//! leaf of a block = H(0x00 ‖ per row: length u32 LE ‖ raw bytes with their line end)
//! root of a page  = RFC 6962 tree over the leaves of its blocks
//! leaf of a page  = H(0x00 ‖ page header ‖ root of the page)
//! root of a part  = RFC 6962 tree over the leaves of its pages
//! ```
//!
//! The header of a page says which bytes of which streams its rows were, so that a line is proven
//! to be *that line of that file* and not only to exist; see [`PageHeader::to_bytes`].

use crate::{Algorithm, Hash32, RootBuilder, block::BlockHasher, merkle};

/// Rows that one proof discloses together. Hashing 16 rows of 110 bytes costs 31 compressions of
/// SHA-256 where a leaf and a node for each row cost 64, and a proof shows 15 neighbours at the most.
pub const BLOCK_ROWS: usize = 16;
/// Rows under one stored root: 32 bytes per 8,192 rows are 0.004 bytes a row.
pub const PAGE_ROWS: usize = 8192;
/// Blocks of a full page.
pub const PAGE_BLOCKS: usize = PAGE_ROWS / BLOCK_ROWS;

/// Consecutive lines of one stream within a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub stream: [u8; 32],
    /// Of the first byte in the decompressed stream.
    pub first_offset: u64,
    pub first_line: u64,
    pub rows: u32,
}

/// Where the rows of a page came from, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageHeader {
    pub runs: Vec<Run>,
}

/// Bytes of one run in a header.
const RUN_BYTES: usize = 32 + 8 + 8 + 4;
const HEADER_VERSION: u8 = 1;

impl PageHeader {
    pub fn rows(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.rows)).sum()
    }

    /// One byte 1 (version), the number of runs as u32 LE, then per run: stream (32 bytes), first
    /// offset u64 LE, first line u64 LE, rows u32 LE.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(5 + self.runs.len() * RUN_BYTES);
        bytes.push(HEADER_VERSION);
        // A run has at least one row, so there are at most as many as rows of a page.
        let count = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        bytes.extend(count.to_le_bytes());
        for run in &self.runs {
            bytes.extend(run.stream);
            bytes.extend(run.first_offset.to_le_bytes());
            bytes.extend(run.first_line.to_le_bytes());
            bytes.extend(run.rows.to_le_bytes());
        }
        bytes
    }

    /// Reads exactly what [`PageHeader::to_bytes`] writes; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (runs, left) = rest.as_chunks::<RUN_BYTES>();
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        if *version != HEADER_VERSION || !left.is_empty() || runs.len() != count {
            return None;
        }
        let runs = runs.iter().map(read_run).collect::<Option<Vec<_>>>()?;
        Some(Self { runs })
    }

    /// The run that row `index` of the page belongs to, and which row of that run it is.
    pub fn locate(&self, index: u64) -> Option<(&Run, u64)> {
        let mut before = index;
        for run in &self.runs {
            match before.checked_sub(u64::from(run.rows)) {
                None => return Some((run, before)),
                Some(rest) => before = rest,
            }
        }
        None
    }
}

fn read_run(bytes: &[u8; RUN_BYTES]) -> Option<Run> {
    let (stream, rest) = bytes.split_first_chunk::<32>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (line, rows) = rest.split_first_chunk::<8>()?;
    let rows = u32::from_le_bytes(rows.try_into().ok()?);
    let (first_offset, first_line) = (u64::from_le_bytes(*offset), u64::from_le_bytes(*line));
    (rows > 0).then_some(Run { stream: *stream, first_offset, first_line, rows })
}

/// The leaf of a page in its part.
pub fn page_leaf(algorithm: Algorithm, header: &PageHeader, root: &Hash32) -> Hash32 {
    algorithm.hash(&[&[0], &header.to_bytes(), root.as_bytes()])
}

/// The leaf of a block in its page.
pub fn block_leaf<R: AsRef<[u8]>>(algorithm: Algorithm, rows: &[R]) -> Hash32 {
    let mut block = algorithm.hasher();
    block.update(&[0]);
    for row in rows {
        block.update(&length(row.as_ref()));
        block.update(row.as_ref());
    }
    block.finish()
}

/// A line is at most a megabyte; were it 4 GiB, its leaf would still bind every byte.
fn length(row: &[u8]) -> [u8; 4] {
    u32::try_from(row.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Hashes the rows of one page after another.
#[derive(Clone, Debug)]
pub struct PageHasher {
    algorithm: Algorithm,
    block: BlockHasher,
    header: PageHeader,
    rows: usize,
    next: Position,
    /// Whether the next row opens a run.
    is_new_run: bool,
}

/// Where the next row of a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    stream: [u8; 32],
    offset: u64,
    line: u64,
}

impl PageHasher {
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            block: BlockHasher::new(algorithm),
            header: PageHeader::default(),
            rows: 0,
            next: Position { stream: [0; 32], offset: 0, line: 0 },
            is_new_run: true,
        }
    }

    /// The rows that follow are lines of `stream` from `first_line` at `first_offset` on. Going on
    /// where the run before stopped opens none, so that the chunks in which a stream came do not
    /// show in the proof.
    pub fn run(&mut self, stream: &[u8; 32], first_offset: u64, first_line: u64) {
        let next = Position { stream: *stream, offset: first_offset, line: first_line };
        self.is_new_run |= next != self.next;
        self.next = next;
    }

    #[inline]
    pub fn row(&mut self, raw: &[u8]) {
        let Position { stream, offset, line } = self.next;
        match self.header.runs.last_mut() {
            Some(run) if !self.is_new_run => run.rows += 1,
            _ => {
                let run = Run { stream, first_offset: offset, first_line: line, rows: 1 };
                self.header.runs.push(run);
                self.is_new_run = false;
            }
        }
        self.next.offset += raw.len() as u64;
        self.next.line += 1;
        self.rows += 1;
        self.block.row(&length(raw), raw);
        if self.rows.is_multiple_of(BLOCK_ROWS) {
            self.block.end();
        }
    }

    /// Rows of the page so far. A full page has [`PAGE_ROWS`]; whoever calls ends it there.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Ends the page. The next one goes on in the same stream.
    pub fn finish(&mut self) -> Page {
        if !self.rows.is_multiple_of(BLOCK_ROWS) {
            self.block.end();
        }
        let leaves = self.block.leaves();
        self.rows = 0;
        self.is_new_run = true;
        let root = merkle::root(self.algorithm, &leaves);
        Page { header: std::mem::take(&mut self.header), root, leaves }
    }
}

/// A page that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub header: PageHeader,
    pub root: Hash32,
    /// Leaves of the blocks.
    pub leaves: Vec<Hash32>,
}

/// Hashes the rows of a part, in the order in which they are stored. Memory: the leaves of
/// one page (16 KB), and the root and the runs of each.
#[derive(Clone, Debug)]
pub struct PartHasher {
    algorithm: Algorithm,
    page: PageHasher,
    tree: RootBuilder,
    rows: u64,
    pages: Vec<Hash32>,
    headers: Vec<PageHeader>,
}

/// What a part's rows amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartProof {
    pub root: Hash32,
    pub rows: u64,
    /// Roots of the pages, to be stored beside the part.
    pub pages: Vec<Hash32>,
    /// Headers of the pages, to be stored or made again from the runs of the part.
    pub headers: Vec<PageHeader>,
}

impl PartHasher {
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            page: PageHasher::new(algorithm),
            tree: RootBuilder::new(algorithm),
            rows: 0,
            pages: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Says where the rows that follow came from; see [`PageHasher::run`]. Rows before the first
    /// call belong to no stream (32 zero bytes).
    pub fn run(&mut self, stream: &[u8; 32], first_offset: u64, first_line: u64) {
        self.page.run(stream, first_offset, first_line);
    }

    #[inline]
    pub fn row(&mut self, raw_with_line_end: &[u8]) {
        self.page.row(raw_with_line_end);
        if self.page.rows() == PAGE_ROWS {
            self.close_page();
        }
    }

    /// Ends the page at hand before it is full: the rows that follow were sealed as a part of their own.
    pub fn end_page(&mut self) {
        if self.page.rows() > 0 {
            self.close_page();
        }
    }

    fn close_page(&mut self) {
        let page = self.page.finish();
        self.rows += page.header.rows();
        self.tree.push(page_leaf(self.algorithm, &page.header, &page.root));
        self.pages.push(page.root);
        self.headers.push(page.header);
    }

    pub fn finish(mut self) -> PartProof {
        self.end_page();
        PartProof {
            root: self.tree.root(),
            rows: self.rows,
            pages: self.pages,
            headers: self.headers,
        }
    }
}

/// The root of a part from what is stored of its pages. `None` when there is not one header a page.
pub fn part_root(algorithm: Algorithm, headers: &[PageHeader], pages: &[Hash32]) -> Option<Hash32> {
    page_leaves(algorithm, headers, pages).map(|leaves| merkle::root(algorithm, &leaves))
}

pub(crate) fn page_leaves(
    algorithm: Algorithm,
    headers: &[PageHeader],
    pages: &[Hash32],
) -> Option<Vec<Hash32>> {
    let leaf = |(header, root)| page_leaf(algorithm, header, root);
    (headers.len() == pages.len()).then(|| headers.iter().zip(pages).map(leaf).collect())
}

#[cfg(test)]
#[path = "page_test.rs"]
mod tests;
