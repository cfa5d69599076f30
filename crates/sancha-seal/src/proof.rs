//! The proof that a row is part of a sealed part: its block, the way from there to the root of its
//! page, and the way from the page to the root of the part.

use crate::{
    Algorithm, Hash32,
    merkle::{Tree, root_of_inclusion},
    page::{
        BLOCK_ROWS, PAGE_BLOCKS, PAGE_ROWS, Page, PageHasher, PageHeader, block_leaf, page_leaf,
        page_leaves,
    },
};

/// Leads from the rows of one block to the root of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockProof {
    /// Number of the page in the part, from 0.
    pub page: u64,
    /// Number of the block in the page, from 0.
    pub block: u64,
    pub header: PageHeader,
    /// From the block up to the root of the page.
    pub block_path: Vec<Hash32>,
    /// From the page up to the root of the part.
    pub page_path: Vec<Hash32>,
}

/// Why rows do not lead to a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("the page has another number of rows than a part of this size has there")]
    Page,
    #[error("the block has another number of rows than a page of this size has there")]
    Block,
    #[error("the path from the block to the page has the wrong length")]
    BlockPath,
    #[error("the path from the page to the part has the wrong length")]
    PagePath,
}

/// What is stored of the pages of a part.
#[derive(Clone, Copy, Debug)]
pub struct PartPages<'a> {
    pub algorithm: Algorithm,
    pub headers: &'a [PageHeader],
    pub roots: &'a [Hash32],
}

impl<'a> PartPages<'a> {
    /// Makes the tree over the pages ready, for proofs of rows of any of them. `None` when there is not one
    /// header a page.
    pub fn open(self) -> Option<OpenPart<'a>> {
        let leaves = page_leaves(self.algorithm, self.headers, self.roots)?;
        Some(OpenPart { pages: self, tree: Tree::new(self.algorithm, leaves) })
    }
}

/// The pages of a part, under their tree.
#[derive(Clone, Debug)]
pub struct OpenPart<'a> {
    pages: PartPages<'a>,
    tree: Tree,
}

impl OpenPart<'_> {
    /// Hashes the rows of page `page` (raw bytes with line end, all of them, in order) for proofs of any
    /// of them. `None` when there is no such page, or when the rows do not give its stored root: a proof
    /// of altered rows is not made.
    pub fn page<R: AsRef<[u8]>>(
        &self,
        page: usize,
        rows: impl IntoIterator<Item = R>,
    ) -> Option<OpenPage> {
        let PartPages { algorithm, headers, roots } = self.pages;
        let sealed = seal_page(algorithm, headers.get(page)?, rows)?;
        if roots.get(page) != Some(&sealed.root) {
            return None;
        }
        let number = u64::try_from(page).ok()?;
        let blocks = Tree::new(algorithm, sealed.leaves);
        Some(OpenPage { number, header: sealed.header, blocks, path: self.tree.prove(number)? })
    }
}

/// A page whose rows are the sealed ones.
#[derive(Clone, Debug)]
pub struct OpenPage {
    number: u64,
    header: PageHeader,
    blocks: Tree,
    /// From the page up to the root of the part.
    path: Vec<Hash32>,
}

impl OpenPage {
    /// The proof of the block that row `row` of the page is in; `None` when there is no such row.
    pub fn prove(&self, row: usize) -> Option<BlockProof> {
        let row = u64::try_from(row).ok().filter(|row| *row < self.header.rows())?;
        let block = row / BLOCK_ROWS as u64;
        Some(BlockProof {
            page: self.number,
            block,
            header: self.header.clone(),
            block_path: self.blocks.prove(block)?,
            page_path: self.path.clone(),
        })
    }
}

/// Hashes rows again as the header says they came.
fn seal_page<R: AsRef<[u8]>>(
    algorithm: Algorithm,
    header: &PageHeader,
    rows: impl IntoIterator<Item = R>,
) -> Option<Page> {
    let mut hasher = PageHasher::new(algorithm);
    let mut rows = rows.into_iter();
    for run in &header.runs {
        hasher.run(&run.stream, run.first_offset, run.first_line);
        for _ in 0..run.rows {
            hasher.row(rows.next()?.as_ref());
        }
    }
    rows.next().is_none().then(|| hasher.finish())
}

impl BlockProof {
    /// The root of the part that these rows lead to, if the part has `part_rows` rows. The rows are
    /// unaltered when it is the sealed one.
    ///
    /// # Errors
    /// When the shape is not that of a part of this size.
    pub fn part_root<R: AsRef<[u8]>>(
        &self,
        algorithm: Algorithm,
        block_rows: &[R],
        part_rows: u64,
    ) -> Result<Hash32, Mismatch> {
        let page_rows = rows_of_page(part_rows, self.page).ok_or(Mismatch::Page)?;
        if self.header.rows() != page_rows {
            return Err(Mismatch::Page);
        }
        let rows = rows_of_block(page_rows, self.block).ok_or(Mismatch::Block)?;
        if block_rows.len() as u64 != rows {
            return Err(Mismatch::Block);
        }
        let blocks = page_rows.div_ceil(BLOCK_ROWS as u64);
        let leaf = block_leaf(algorithm, block_rows);
        let page = root_of_inclusion(algorithm, &leaf, self.block, blocks, &self.block_path)
            .ok_or(Mismatch::BlockPath)?;
        let leaf = page_leaf(algorithm, &self.header, &page);
        let pages = part_rows.div_ceil(PAGE_ROWS as u64);
        root_of_inclusion(algorithm, &leaf, self.page, pages, &self.page_path)
            .ok_or(Mismatch::PagePath)
    }

    /// Number in the part of the first row of the block.
    pub fn first_row(&self) -> u64 {
        self.page
            .saturating_mul(PAGE_BLOCKS as u64)
            .saturating_add(self.block)
            .saturating_mul(BLOCK_ROWS as u64)
    }
}

/// How many rows page `page` of a part has; `None` when it has no such page.
pub fn rows_of_page(part_rows: u64, page: u64) -> Option<u64> {
    piece(part_rows, page, PAGE_ROWS as u64)
}

/// How many rows block `block` of a page has; `None` when it has no such block.
pub fn rows_of_block(page_rows: u64, block: u64) -> Option<u64> {
    piece(page_rows, block, BLOCK_ROWS as u64)
}

fn piece(whole: u64, number: u64, size: u64) -> Option<u64> {
    let rest = whole.checked_sub(number.checked_mul(size)?)?;
    (rest > 0).then_some(rest.min(size))
}

#[cfg(test)]
#[path = "proof_test.rs"]
mod tests;
