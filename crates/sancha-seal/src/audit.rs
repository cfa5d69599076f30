//! The whole log, hashed again: every damaged or missing file of it, by name.

use crate::{
    Algorithm, Hash32, RootBuilder, TreeHead,
    merkle::{leaf_hash, root},
    tile::{MAX_LEVEL, TILE_WIDTH, Tile, TileKind, read_entries},
    tlog::{TileReader, Tlog, TlogError},
};

const ALGORITHM: Algorithm = Algorithm::Sha256;

/// Something of the log that is not as it was sealed.
#[derive(Debug, thiserror::Error)]
pub enum Fault<E: std::error::Error + 'static> {
    /// A file cannot be read, is missing, or is not made of whole pieces.
    #[error(transparent)]
    File(TlogError<E>),
    /// A bundle and the tile over it disagree; `altered` says which of them the checkpoint is against.
    #[error("entry {index} in `{entries}` is not the one that `{tile}` has the hash of")]
    Entry { index: u64, entries: String, tile: String, altered: Altered },
    /// A tile and the tile above it disagree.
    #[error("`{below}` does not give the hash that stands in `{above}`")]
    Tile { below: String, above: String },
    /// All files agree with each other and not with the checkpoint.
    #[error("the log of {size} entries does not have the root of its checkpoint")]
    Root { size: u64 },
}

/// Which of two files that disagree was altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Altered {
    /// The hashes lead to the signed root, the entry does not.
    Entry,
    /// All entries lead to the signed root: the tile is damaged and can be made again.
    Tile,
    /// Neither all hashes nor all entries lead there.
    Unknown,
}

/// Reads the whole log and gives each entry to `see`, in order; the entries are those of the
/// checkpoint when no fault comes back. Faults are gathered, not fatal: what can be checked behind one
/// is checked. Memory: one bundle and two tiles.
pub fn audit<R: TileReader>(
    log: &Tlog<R>,
    mut see: impl FnMut(u64, &[u8]),
) -> Vec<Fault<R::Error>> {
    let head = log.head();
    let mut faults = Vec::new();
    let mut trees = Trees::new();
    for number in 0..head.size.div_ceil(TILE_WIDTH) {
        trees.bundle(log, number, &mut see, &mut faults);
    }
    for level in 1..=MAX_LEVEL {
        check_level(log, level, &mut faults);
    }
    trees.judge(&head, &mut faults);
    faults
}

/// The tree as the entries have it, and as the lowest tiles have it. Where one of the two is
/// unreadable the other stands in, so that one fault is one fault.
struct Trees {
    of_entries: RootBuilder,
    of_tiles: RootBuilder,
    is_whole: bool,
}

impl Trees {
    fn new() -> Self {
        let empty = RootBuilder::new(ALGORITHM);
        Self { of_entries: empty.clone(), of_tiles: empty, is_whole: true }
    }

    fn bundle<R: TileReader>(
        &mut self,
        log: &Tlog<R>,
        number: u64,
        see: &mut impl FnMut(u64, &[u8]),
        faults: &mut Vec<Fault<R::Error>>,
    ) {
        let of_log = |kind| Tile::of_log(kind, number, log.head().size);
        let tile = of_log(TileKind::Hashes { level: 0 });
        let (Some(tile), Some(bundle)) = (tile, of_log(TileKind::Entries)) else { return };
        let hashes = keep(log.tile(tile), faults);
        let bytes = keep(log.bundle(number), faults);
        let entries = bytes.as_deref().and_then(read_entries);
        let leaf = |entry: &&[u8]| leaf_hash(ALGORITHM, entry);
        let leaves: Option<Vec<_>> =
            entries.as_ref().map(|entries| entries.iter().map(leaf).collect());
        let first = number * TILE_WIDTH;
        if let (Some(leaves), Some(hashes)) = (&leaves, &hashes) {
            let pairs = (first..).zip(leaves.iter().zip(hashes));
            faults.extend(pairs.filter(|(_, (leaf, stored))| leaf != stored).map(|(index, _)| {
                let (entries, tile) = (bundle.path(), tile.path());
                Fault::Entry { index, entries, tile, altered: Altered::Unknown }
            }));
        }
        for (index, entry) in (first..).zip(entries.into_iter().flatten()) {
            see(index, entry);
        }
        self.is_whole &= leaves.is_some() || hashes.is_some();
        let push = |tree: &mut RootBuilder, leaf: &Hash32| tree.push(*leaf);
        let of_entries = leaves.as_ref().or(hashes.as_ref());
        of_entries.into_iter().flatten().for_each(|leaf| push(&mut self.of_entries, leaf));
        let of_tiles = hashes.as_ref().or(leaves.as_ref());
        of_tiles.into_iter().flatten().for_each(|leaf| push(&mut self.of_tiles, leaf));
    }

    /// Holds both trees against the checkpoint.
    fn judge<E: std::error::Error + 'static>(&self, head: &TreeHead, faults: &mut Vec<Fault<E>>) {
        if !self.is_whole {
            return;
        }
        let verdict = if self.of_entries.root() == head.root {
            Altered::Tile
        } else if self.of_tiles.root() == head.root {
            Altered::Entry
        } else {
            faults.push(Fault::Root { size: head.size });
            Altered::Unknown
        };
        for fault in faults {
            if let Fault::Entry { altered, .. } = fault {
                *altered = verdict;
            }
        }
    }
}

/// Every hash of a level against the tile below it.
fn check_level<R: TileReader>(log: &Tlog<R>, level: u8, faults: &mut Vec<Fault<R::Error>>) {
    let size = log.head().size;
    let kind = TileKind::Hashes { level };
    let below = TileKind::Hashes { level: level - 1 };
    let count = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    for number in 0..count.div_ceil(TILE_WIDTH) {
        let Some(above) = Tile::of_log(kind, number, size) else { continue };
        let Some(hashes) = keep(log.tile(above), faults) else { continue };
        for (number, hash) in (number * TILE_WIDTH..).zip(hashes) {
            // A tile that cannot be read was a fault at its own level.
            let Some(tile) = Tile::of_log(below, number, size) else { continue };
            let Ok(hashes) = log.tile(tile) else { continue };
            if root(ALGORITHM, &hashes) != hash {
                faults.push(Fault::Tile { below: tile.path(), above: above.path() });
            }
        }
    }
}

fn keep<T, E: std::error::Error + 'static>(
    result: Result<T, TlogError<E>>,
    faults: &mut Vec<Fault<E>>,
) -> Option<T> {
    result.map_err(|error| faults.push(Fault::File(error))).ok()
}

#[cfg(test)]
#[path = "audit_test.rs"]
mod tests;
