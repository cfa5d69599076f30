//! Where the parts of a log are kept (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries.
//!
//! ```text
//! tile/LEVEL/N        256 hashes: number N of the hashes over 256^LEVEL leaves each
//! tile/entries/N      256 entries, each behind its length as u16 big endian
//! …/N.p/WIDTH         fewer than 256 of either, at the right edge of a log
//! ```
//!
//! N is written in groups of three digits, all but the last behind an `x`: `x001/x234/067`.

use crate::{Hash32, entry::MAX_ENTRY_BYTES};

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Levels of a log of 2^64 entries.
pub(crate) const MAX_LEVEL: u8 = 7;
const HASH_BYTES: usize = 32;

/// A tile or a bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    pub kind: TileKind,
    pub number: u64,
    /// From 1 to 256.
    pub width: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes over `256^level` leaves each.
    Hashes {
        level: u8,
    },
    Entries,
}

impl Tile {
    /// Tile `number` of a log of `size` entries; `None` where the log has nothing there.
    pub fn of_log(kind: TileKind, number: u64, size: u64) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let all = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let here = all.checked_sub(number.checked_mul(TILE_WIDTH)?)?;
        let width = u16::try_from(here.min(TILE_WIDTH)).ok()?;
        (width > 0).then_some(Self { kind, number, width })
    }

    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// Number of the entry with which a wider tile took the place of this one; nothing where none ever does.
    pub fn replaced_by_entry(self) -> Option<u64> {
        let level = match self.kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let hashes = self.number.checked_mul(TILE_WIDTH)?.checked_add(u64::from(self.width))?;
        let next = hashes.checked_add(1)?.checked_mul(1_u64.checked_shl(8 * u32::from(level))?)?;
        (!self.is_full()).then_some(next - 1)
    }

    /// The full tile that this one is the beginning of.
    pub fn full(self) -> Self {
        Self { width: 256, ..self }
    }

    /// Relative to the folder of the log, such as `tile/0/x001/234.p/17`.
    pub fn path(&self) -> String {
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let width = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        match self.kind {
            TileKind::Hashes { level } => format!("tile/{level}/{number}{width}"),
            TileKind::Entries => format!("tile/entries/{number}{width}"),
        }
    }

    /// Reads exactly what [`Tile::path`] writes.
    pub fn from_path(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => {
                TileKind::Hashes { level: level.parse().ok().filter(|level| *level <= MAX_LEVEL)? }
            }
        };
        let (digits, width) = match rest.split_once(".p/") {
            Some((digits, width)) => (digits, width.parse().ok()?),
            None => (rest, 256),
        };
        let mut number: u64 = 0;
        for group in digits.split('/') {
            let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
            number = number.checked_mul(1000)?.checked_add(group)?;
        }
        let tile = Self { kind, number, width };
        // One spelling: leading zeros, signs, and widths that a tile has not, come out differently.
        ((1..=256).contains(&width) && tile.path() == path).then_some(tile)
    }
}

/// The hashes of a tile, if there are `width`.
pub(crate) fn read_hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash32>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    let is_whole = rest.is_empty() && hashes.len() == usize::from(width);
    is_whole.then(|| hashes.iter().map(|hash| Hash32(*hash)).collect())
}

pub(crate) fn write_hashes(hashes: &[Hash32]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The entries of a bundle, if it is made of whole ones.
pub fn read_entries(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let (entry, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = behind;
    }
    Some(entries)
}

/// `None` when an entry is longer than [`MAX_ENTRY_BYTES`].
pub(crate) fn write_entries<E: AsRef<[u8]>>(entries: &[E]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).ok()?;
        bytes.extend(length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Some(bytes)
}

const _: () = assert!(MAX_ENTRY_BYTES == u16::MAX as usize, "the length is a u16");

#[cfg(test)]
#[path = "tile_test.rs"]
mod tests;
