//! Sizes that a Parquet file states, held against its bytes before the library makes room for them.
//!
//! The library takes some counts as they stand. An altered one makes it ask for terabytes, which ends the process:
//! that is no panic, so [`super::decode`] cannot make it the file's damage.
//!
//! Heads are Thrift structures in the compact protocol.

use crate::leb128;

/// The deepest structures of a file are far below.
const DEEPEST: usize = 32;
/// Of a value in a dictionary: numbers have four bytes, texts their length.
const LEAST_VALUE_BYTES: u64 = 4;
/// A block of zstd takes four bytes at least, and gives this many at most.
const LEAST_BLOCK_BYTES: u64 = 4;
const MOST_BLOCK_BYTES: u64 = 128 << 10;

/// Whether no list of a structure says that it has more elements than there can be in the bytes behind it.
pub(super) fn lists_fit(bytes: &[u8]) -> bool {
    Walk { bytes }.structure(0, 0, &mut |_, _, _| ()).is_some()
}

/// Whether a page, with its head, can have as many bytes and values as it says when it is decompressed.
pub(super) fn page_fits(page: &[u8]) -> bool {
    let (mut uncompressed, mut values) = (0, 0);
    let mut walk = Walk { bytes: page };
    let head = walk.structure(0, 0, &mut |within, field, number| match (within, field) {
        (0, 2) => uncompressed = number,
        // Of the head of a dictionary.
        (7, 1) => values = number,
        _ => (),
    });
    let numbers = u64::try_from(uncompressed).ok().zip(u64::try_from(values).ok());
    let fits = |(uncompressed, values)| fit([uncompressed, values, walk.bytes.len() as u64]);
    head.is_some() && numbers.is_some_and(fits)
}

/// Whether so many bytes, and so many values of a dictionary in them, can come out of so many packed bytes.
pub(super) fn fit([uncompressed, values, packed]: [u64; 3]) -> bool {
    let blocks = packed / LEAST_BLOCK_BYTES + 1;
    uncompressed <= blocks.saturating_mul(MOST_BLOCK_BYTES)
        && values <= uncompressed / LEAST_VALUE_BYTES
}

/// Bytes of a structure that are still ahead.
pub(super) struct Walk<'a> {
    pub(super) bytes: &'a [u8],
}

impl Walk<'_> {
    /// Passes a structure that is field `within` of the one around it, and tells `each` its numbers, and 1 or 0 for what is
    /// true or false: in what, which field, what number.
    pub(super) fn structure(
        &mut self,
        within: i64,
        depth: usize,
        each: &mut dyn FnMut(i64, i64, i64),
    ) -> Option<()> {
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => self.number()?,
                step => field.checked_add(step.into())?,
            };
            match head & 0x0f {
                // What is true or false stands in the head itself.
                kind @ 1..=2 => each(within, field, i64::from(kind == 1)),
                4..=6 => each(within, field, self.number()?),
                kind => self.value(kind, field, depth, each)?,
            }
        }
    }

    fn value(
        &mut self,
        kind: u8,
        field: i64,
        depth: usize,
        each: &mut dyn FnMut(i64, i64, i64),
    ) -> Option<()> {
        if depth == DEEPEST {
            return None;
        }
        match kind {
            1..=3 => self.pass(1),
            4..=6 => self.number().map(drop),
            7 => self.pass(8),
            8 => {
                let len = leb128::take(&mut self.bytes)?;
                self.pass(len)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => leb128::take(&mut self.bytes)?,
                    count => count.into(),
                };
                // Every element has a byte at least.
                if count > self.bytes.len() as u64 {
                    return None;
                }
                (0..count).try_for_each(|_| self.value(head & 0x0f, field, depth + 1, each))
            }
            11 => {
                let count = leb128::take(&mut self.bytes)?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                if count > self.bytes.len() as u64 {
                    return None;
                }
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, field, depth + 1, each)?;
                    self.value(kinds & 0x0f, field, depth + 1, each)
                })
            }
            12 => self.structure(field, depth + 1, each),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn pass(&mut self, len: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(len).ok()?..)?;
        Some(())
    }

    /// A number with a sign: 0, -1, 1, -2 and so on.
    fn number(&mut self) -> Option<i64> {
        let number = leb128::take(&mut self.bytes)?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields 1 to 3: a number, a list of structures with one number each, a text.
    const WHOLE: [u8; 12] = [0x15, 2, 0x19, 0x2c, 0x15, 4, 0, 0x15, 6, 0, 0x18, 0];

    #[test]
    fn a_list_longer_than_what_follows_does_not_fit() {
        let whole = [&WHOLE[..], &[0]].concat();
        assert!(lists_fit(&whole));
        let mut found = Vec::new();
        let mut walk = Walk { bytes: &whole };
        walk.structure(0, 0, &mut |within, field, number| found.push((within, field, number)));
        assert_eq!(found, [(0, 1, 1), (2, 1, 2), (2, 1, 3)]);
        assert!((0..whole.len()).all(|cut| !lists_fit(&whole[..cut])), "cut anywhere");
        let most = [&[0x19, 0xfc][..], &[0xff, 0xff, 0xff, 0xff, 0x07], &whole].concat();
        assert!(!lists_fit(&most));
        assert!(!lists_fit(&[0x1c; 100]), "too deep");
    }

    #[test]
    fn a_page_has_no_more_values_than_bytes_allow() {
        // Kind 2, so many bytes, 9 compressed; a dictionary of `values` in encoding 0.
        let page = |bytes: u64, values: u64| {
            let mut page = vec![0x15, 4, 0x15];
            leb128::put(bytes << 1, &mut page);
            page.extend([0x15, 18, 0x4c, 0x15]);
            leb128::put(values << 1, &mut page);
            page.extend([0x15, 0, 0, 0]);
            page.extend([7; 9]);
            page
        };
        assert!(page_fits(&page(40, 10)));
        assert!(page_fits(&page(3 << 17, 10)));
        assert!(!page_fits(&page((3 << 17) + 1, 10)));
        assert!(!page_fits(&page(40, 11)));
        assert!(!page_fits(&page(u64::from(u32::MAX), u64::from(u32::MAX))));
        assert!(!page_fits(&[]));
    }
}
