//! What a part is made of: parts as they were sealed first, one after the other.
//!
//! Writing parts anew keeps every row, their order, and the pages that were sealed: a part that was made of
//! several has their pages, of which the last of each is as short as it was. So the root of every part that was
//! ever settled can be made again from the rows as they stand now, and a line is proven by the entry that
//! sealed it first, under every checkpoint that was left with somebody since.

use std::{collections::HashMap, ops::Range};

use sancha_seal::{Entry, Kind, PAGE_ROWS, Part};

/// A part as it was sealed first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// Index of the entry that names it.
    pub(crate) entry: u64,
    pub(crate) part: &'a Part,
}

/// The origins of every part that the log names.
#[derive(Debug, Default)]
pub(crate) struct Origins<'a>(HashMap<&'a str, Vec<Origin<'a>>>);

impl<'a> Origins<'a> {
    pub(crate) fn of(entries: &'a [Entry]) -> Self {
        let mut origins = Self::default();
        for (entry, index) in entries.iter().zip(0..) {
            origins.take(index, &entry.kind);
        }
        origins
    }

    fn take(&mut self, entry: u64, kind: &'a Kind) {
        match kind {
            Kind::Settled { parts, .. } => {
                for part in parts {
                    self.0.insert(&part.path, vec![Origin { entry, part }]);
                }
            }
            Kind::Rewritten { from, parts } => {
                let all = from.iter().filter_map(|path| self.0.get(path.as_str())).flatten();
                let all: Vec<_> = all.copied().collect();
                for part in parts {
                    self.0.insert(&part.path, all.clone());
                }
            }
            Kind::LakeCreated { .. }
            | Kind::Retired { .. }
            | Kind::Hold { .. }
            | Kind::Released { .. }
            | Kind::Waiver { .. }
            | Kind::KeyRotated { .. }
            | Kind::Anchored { .. } => (),
        }
    }

    /// In the order of rows; empty for a part that no entry names.
    pub(crate) fn of_part(&self, path: &str) -> &[Origin<'a>] {
        self.0.get(path).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A page of a part, as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedPage {
    /// Of the part.
    pub(crate) rows: Range<u64>,
    /// Which of the origins it is of.
    pub(crate) origin: usize,
    /// The pages of that origin, by their place in the part.
    pub(crate) siblings: Range<usize>,
}

/// The pages of a part that is made of these.
pub(crate) fn pages(origins: &[Origin<'_>]) -> Vec<SealedPage> {
    let mut pages = Vec::new();
    let mut first = 0;
    for (origin, at) in (0..).zip(origins) {
        let end = first + at.part.rows;
        let place = pages.len();
        let starts = (first..end).step_by(PAGE_ROWS);
        let siblings = place..place + starts.clone().count();
        pages.extend(starts.map(|start| SealedPage {
            rows: start..(start + PAGE_ROWS as u64).min(end),
            origin,
            siblings: siblings.clone(),
        }));
        first = end;
    }
    pages
}

/// Rows with which an origin begins, but for the first.
pub(crate) fn cuts(origins: &[Origin<'_>]) -> Vec<u64> {
    let ends = origins.iter().scan(0, |row, origin| {
        *row += origin.part.rows;
        Some(*row)
    });
    ends.take(origins.len().saturating_sub(1)).collect()
}

/// Where a row was sealed: its origin's place, and its row there.
pub(crate) fn place_of(origins: &[Origin<'_>], row: u64) -> Option<(usize, u64)> {
    let mut left = row;
    for (place, origin) in origins.iter().enumerate() {
        match left.checked_sub(origin.part.rows) {
            None => return Some((place, left)),
            Some(rest) => left = rest,
        }
    }
    None
}
