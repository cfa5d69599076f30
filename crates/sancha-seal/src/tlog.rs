//! The log: what to store when entries are appended, and proofs from what is stored.
//!
//! Storage is a function from a path to bytes. Whatever it gives is checked against the checkpoint
//! before it is used: a proof that does not lead to the signed root is an error that names the
//! damage, never an answer.

use std::{error::Error, ops::Range};

use crate::{
    Algorithm, Hash32, RootBuilder, TreeHead,
    entry::MAX_ENTRY_BYTES,
    merkle::{
        consistency_ranges, inclusion_ranges, leaf_hash, left_size, node_hash, root,
        verify_consistency, verify_inclusion,
    },
    tile::{
        MAX_LEVEL, TILE_WIDTH, Tile, TileKind, read_entries, read_hashes, write_entries,
        write_hashes,
    },
};

const ALGORITHM: Algorithm = Algorithm::Sha256;

/// Reads a file of the log by its path, relative to the log's folder. `None`: there is none.
pub trait TileReader {
    type Error: Error + 'static;
    /// # Errors
    /// When the file is there and cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Self::Error>;
}

impl<F, E> TileReader for F
where
    F: Fn(&str) -> Result<Option<Vec<u8>>, E>,
    E: Error + 'static,
{
    type Error = E;
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, E> {
        self(path)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TlogError<E: Error + 'static> {
    #[error("failed to read `{path}` of the log")]
    Read {
        path: String,
        #[source]
        source: E,
    },
    #[error("`{path}` of the log is missing")]
    Missing { path: String },
    #[error("`{path}` of the log is damaged: {what}")]
    Damaged { path: String, what: &'static str },
    #[error("the tiles of the log do not give the root of its checkpoint, {size} entries")]
    Root { size: u64 },
    #[error("the log has {size} entries; there is no number {index}")]
    NoEntry { index: u64, size: u64 },
    #[error("an entry of {bytes} bytes is too long: the log takes {MAX_ENTRY_BYTES}")]
    TooLong { bytes: usize },
}

/// A path and its content.
pub type File = (String, Vec<u8>);

/// A log as a checkpoint names it, over storage.
#[derive(Clone, Copy, Debug)]
pub struct Tlog<R> {
    reader: R,
    head: TreeHead,
    /// Entries of the log that is stored, of which this is the beginning.
    stored: u64,
}

/// What an append amounts to. The files go to storage first; the checkpoint of `head` is the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub head: TreeHead,
    /// Paths and contents, none of which a log of the old size reads.
    pub files: Vec<File>,
}

/// An entry with the way from it to the root of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenEntry {
    pub index: u64,
    pub bytes: Vec<u8>,
    pub path: Vec<Hash32>,
}

impl<R: TileReader> Tlog<R> {
    pub fn new(reader: R, head: TreeHead) -> Self {
        Self { reader, head, stored: head.size }
    }

    /// The beginning of a log that has grown to `stored` entries since: of the tiles at the edge of its own size there may
    /// be only those that replaced them.
    pub fn beginning(reader: R, head: TreeHead, stored: u64) -> Self {
        Self { reader, head, stored }
    }

    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The root that the stored tiles give.
    ///
    /// # Errors
    /// When a tile at the right edge is missing or damaged.
    pub fn root(&self) -> Result<Hash32, TlogError<R::Error>> {
        self.root_at(self.head.size)
    }

    /// The log as it was with so many entries, by the stored tiles.
    ///
    /// # Errors
    /// When it never was so long yet, or a tile is missing or damaged.
    pub fn head_at(&self, size: u64) -> Result<TreeHead, TlogError<R::Error>> {
        if size > self.head.size {
            return Err(TlogError::NoEntry { index: size - 1, size: self.head.size });
        }
        Ok(TreeHead { size, root: self.root_at(size)? })
    }

    /// Every file of a log of this size, for a copy; cut to what is of it.
    pub fn files(&self) -> impl Iterator<Item = Result<File, TlogError<R::Error>>> {
        let levels = (0..=MAX_LEVEL).map(|level| TileKind::Hashes { level });
        let kinds = [TileKind::Entries].into_iter().chain(levels);
        let size = self.head.size;
        let tiles = kinds
            .flat_map(move |kind| (0..).map_while(move |number| Tile::of_log(kind, number, size)));
        tiles.map(|tile| {
            let bytes = match tile.kind {
                TileKind::Entries => self.bundle(tile.number)?,
                TileKind::Hashes { .. } => write_hashes(&self.tile(tile)?),
            };
            Ok((tile.path(), bytes))
        })
    }

    fn root_at(&self, size: u64) -> Result<Hash32, TlogError<R::Error>> {
        if size == 0 { Ok(TreeHead::empty(ALGORITHM).root) } else { self.hash(0..size) }
    }

    /// What to store so that `entries` follow.
    ///
    /// # Errors
    /// When the stored tiles do not give the root to go on from, or an entry is too long.
    pub fn append<B: AsRef<[u8]>>(&self, entries: &[B]) -> Result<Appended, TlogError<R::Error>> {
        if self.root()? != self.head.root {
            return Err(TlogError::Root { size: self.head.size });
        }
        if let Some(long) = entries.iter().find(|entry| entry.as_ref().len() > MAX_ENTRY_BYTES) {
            return Err(TlogError::TooLong { bytes: long.as_ref().len() });
        }
        let mut files = self.new_bundles(entries)?;
        let mut hashes: Vec<_> =
            entries.iter().map(|entry| leaf_hash(ALGORITHM, entry.as_ref())).collect();
        let mut builder = self.edge()?;
        hashes.iter().for_each(|leaf| builder.push(*leaf));
        for level in 0..=MAX_LEVEL {
            if hashes.is_empty() {
                break;
            }
            hashes = self.new_tiles(level, hashes, &mut files)?;
        }
        Ok(Appended { head: TreeHead { size: builder.size(), root: builder.root() }, files })
    }

    /// A builder that has seen all leaves so far.
    fn edge(&self) -> Result<RootBuilder, TlogError<R::Error>> {
        let mut stack = Vec::new();
        let mut low = 0;
        while low < self.head.size {
            let bits = (self.head.size - low).ilog2();
            stack.push(self.hash(low..low + (1 << bits))?);
            low += 1 << bits;
        }
        Ok(RootBuilder::resume(ALGORITHM, stack, self.head.size))
    }

    fn new_bundles<B: AsRef<[u8]>>(&self, entries: &[B]) -> Result<Vec<File>, TlogError<R::Error>> {
        let (first, have) = (self.head.size / TILE_WIDTH, self.head.size % TILE_WIDTH);
        let old = if have == 0 { Vec::new() } else { self.bundle(first)? };
        let path = || Tile { kind: TileKind::Entries, number: first, width: 256 }.path();
        let old = read_entries(&old)
            .ok_or_else(|| TlogError::Damaged { path: path(), what: "not whole entries" })?;
        let all: Vec<_> = old.into_iter().chain(entries.iter().map(AsRef::as_ref)).collect();
        let mut files = Vec::new();
        for (number, entries) in (first..).zip(all.chunks(256)) {
            let Some(tile) = tile(TileKind::Entries, number, entries.len()) else { continue };
            // Their lengths were checked before.
            files.extend(write_entries(entries).map(|bytes| (tile.path(), bytes)));
        }
        Ok(files)
    }

    /// Adds the tiles of one level to `files`; the hashes that the level above gets from them.
    fn new_tiles(
        &self,
        level: u8,
        hashes: Vec<Hash32>,
        files: &mut Vec<File>,
    ) -> Result<Vec<Hash32>, TlogError<R::Error>> {
        let kind = TileKind::Hashes { level };
        let have = self.head.size >> (8 * u32::from(level));
        let first = have / TILE_WIDTH;
        let mut all = match Tile::of_log(kind, first, self.head.size) {
            Some(old) => self.tile(old)?,
            None => Vec::new(),
        };
        all.extend(hashes);
        let mut above = Vec::new();
        for (number, hashes) in (first..).zip(all.chunks(256)) {
            let Some(tile) = tile(kind, number, hashes.len()) else { continue };
            files.push((tile.path(), write_hashes(hashes)));
            if tile.is_full() {
                above.push(root(ALGORITHM, hashes));
            }
        }
        Ok(above)
    }

    /// Entry `index`, found to be the one that the checkpoint commits to, with the proof of it.
    ///
    /// # Errors
    /// When it is not there, or what is stored does not lead to the root of the checkpoint.
    pub fn prove_entry(&self, index: u64) -> Result<ProvenEntry, TlogError<R::Error>> {
        let size = self.head.size;
        let ranges = inclusion_ranges(index, size).ok_or(TlogError::NoEntry { index, size })?;
        let bytes = self.entry(index)?;
        let path =
            ranges.into_iter().map(|range| self.hash(range)).collect::<Result<Vec<_>, _>>()?;
        let leaf = leaf_hash(ALGORITHM, &bytes);
        if !verify_inclusion(ALGORITHM, &leaf, (index, size), &path, &self.head.root) {
            return Err(TlogError::Root { size });
        }
        Ok(ProvenEntry { index, bytes, path })
    }

    /// Proof that the log of `old` entries is the beginning of this one.
    ///
    /// # Errors
    /// When it never was, or what is stored does not lead to the root of the checkpoint.
    pub fn prove_growth(&self, old: &TreeHead) -> Result<Vec<Hash32>, TlogError<R::Error>> {
        let size = self.head.size;
        let ranges = consistency_ranges(old.size, size)
            .ok_or(TlogError::NoEntry { index: old.size, size })?;
        let proof =
            ranges.into_iter().map(|range| self.hash(range)).collect::<Result<Vec<_>, _>>()?;
        if !verify_consistency(ALGORITHM, old, &self.head, &proof) {
            return Err(TlogError::Root { size });
        }
        Ok(proof)
    }

    /// Gives every entry to `each`, in order, and then makes sure that they are the ones of the
    /// checkpoint: what was seen counts only when this returns well.
    ///
    /// # Errors
    /// When an entry is missing, or they do not lead to the root of the checkpoint.
    pub fn each_entry(&self, mut each: impl FnMut(u64, &[u8])) -> Result<(), TlogError<R::Error>> {
        let size = self.head.size;
        let mut tree = RootBuilder::new(ALGORITHM);
        for number in 0..size.div_ceil(TILE_WIDTH) {
            let bundle = self.bundle(number)?;
            for entry in read_entries(&bundle).unwrap_or_default() {
                each(tree.size(), entry);
                tree.push(leaf_hash(ALGORITHM, entry));
            }
        }
        if tree.root() == self.head.root { Ok(()) } else { Err(TlogError::Root { size }) }
    }

    /// Entry `index` as stored; it is proven by [`Tlog::prove_entry`] or an audit only.
    fn entry(&self, index: u64) -> Result<Vec<u8>, TlogError<R::Error>> {
        let bundle = self.bundle(index / TILE_WIDTH)?;
        let size = self.head.size;
        let place = usize::try_from(index % TILE_WIDTH).ok();
        let found = read_entries(&bundle)
            .and_then(|entries| entries.get(place?).map(|entry| entry.to_vec()));
        found.ok_or(TlogError::NoEntry { index, size })
    }

    /// The bytes of a bundle, cut to what the log of this size has in it.
    pub(crate) fn bundle(&self, number: u64) -> Result<Vec<u8>, TlogError<R::Error>> {
        let size = self.head.size;
        let tile = Tile::of_log(TileKind::Entries, number, size)
            .ok_or(TlogError::NoEntry { index: number.saturating_mul(TILE_WIDTH), size })?;
        let (path, mut bytes) = self.read(tile)?;
        let damaged = TlogError::Damaged { path: path.clone(), what: "not as many whole entries" };
        let Some(entries) = read_entries(&bytes) else { return Err(damaged) };
        let width = usize::from(tile.width);
        // A full bundle begins with what was the partial one.
        let is_enough =
            if path == tile.path() { entries.len() == width } else { entries.len() > width };
        if !is_enough {
            return Err(damaged);
        }
        let length = entries.iter().take(width).map(|entry| entry.len() + 2).sum();
        bytes.truncate(length);
        Ok(bytes)
    }

    pub(crate) fn tile(&self, tile: Tile) -> Result<Vec<Hash32>, TlogError<R::Error>> {
        let (path, mut bytes) = self.read(tile)?;
        if path != tile.path() {
            // A full tile begins with what was the partial one.
            bytes.truncate(usize::from(tile.width) * 32);
        }
        let hashes = read_hashes(&bytes, tile.width);
        hashes.ok_or(TlogError::Damaged { path, what: "not as many whole hashes" })
    }

    /// A tile, or the wider one that has since taken its place, with the path it was read from.
    fn read(&self, tile: Tile) -> Result<(String, Vec<u8>), TlogError<R::Error>> {
        let wider = Tile::of_log(tile.kind, tile.number, self.stored).unwrap_or(tile);
        for tile in [tile, wider, tile.full()] {
            let path = tile.path();
            match self.reader.read(&path) {
                Ok(Some(bytes)) => return Ok((path, bytes)),
                Ok(None) => {}
                Err(source) => return Err(TlogError::Read { path, source }),
            }
        }
        Err(TlogError::Missing { path: tile.path() })
    }

    /// The hash over a range of leaves such as proofs ask for.
    fn hash(&self, range: Range<u64>) -> Result<Hash32, TlogError<R::Error>> {
        let count = range.end - range.start;
        if !count.is_power_of_two() {
            let middle = range.start + left_size(count);
            let (left, right) = (self.hash(range.start..middle)?, self.hash(middle..range.end)?);
            return Ok(node_hash(ALGORITHM, &left, &right));
        }
        // A complete subtree lies in one tile, of the level whose hashes are not above its root.
        let level = u8::try_from(count.ilog2() / 8).unwrap_or(MAX_LEVEL);
        let shift = 8 * u32::from(level);
        let (first, count) = (range.start >> shift, count >> shift);
        let (number, place) = (first / TILE_WIDTH, first % TILE_WIDTH);
        let kind = TileKind::Hashes { level };
        let size = self.head.size;
        let tile = Tile::of_log(kind, number, size)
            .ok_or(TlogError::NoEntry { index: range.start, size })?;
        let hashes = self.tile(tile)?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let hashes = hashes
            .get(place..place.saturating_add(count))
            .ok_or_else(|| TlogError::Damaged { path: tile.path(), what: "too short" })?;
        Ok(root(ALGORITHM, hashes))
    }
}

fn tile(kind: TileKind, number: u64, width: usize) -> Option<Tile> {
    u16::try_from(width).ok().map(|width| Tile { kind, number, width })
}

#[cfg(test)]
#[path = "tlog_test.rs"]
pub(crate) mod tests;
