//! A page of a column, as it stands in a file.

use zstd::bulk::Decompressor;

use super::{
    super::sizes::{self, Walk},
    bits::PADDING,
    cells::Texts,
    deltas::Deltas,
    dictionary::Dictionary,
    runs::{Hybrid, Present},
};

/// Encodings, as the format numbers them.
const PLAIN: i64 = 0;
const DELTA_BINARY_PACKED: i64 = 5;
const RLE_DICTIONARY: i64 = 8;
const BYTE_STREAM_SPLIT: i64 = 9;

/// What a page says of itself, before its bytes.
#[derive(Default)]
struct Head {
    kind: Kind,
    uncompressed: usize,
    compressed: usize,
    values: usize,
    encoding: i64,
    is_sorted: bool,
    /// Which rows have a value, of a page whose own bytes alone are compressed.
    levels: usize,
    is_zipped: bool,
    /// Bytes of the head itself.
    len: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Other,
    Dictionary,
    Data,
    DataV2,
}

impl Head {
    /// `None`: it is damaged, or there cannot be as much as it says.
    fn read(page: &[u8]) -> Option<Self> {
        let mut head = Self { is_zipped: true, ..Self::default() };
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let mut walk = Walk { bytes: page };
        walk.structure(0, 0, &mut |within, field, number| match (within, field) {
            (0, 1) => {
                head.kind = match number {
                    0 => Kind::Data,
                    2 => Kind::Dictionary,
                    3 => Kind::DataV2,
                    _ => Kind::Other,
                };
            }
            (0, 2) => head.uncompressed = size(number),
            (0, 3) => head.compressed = size(number),
            (5 | 7 | 8, 1) => head.values = size(number),
            (5 | 7, 2) | (8, 4) => head.encoding = number,
            (7, 3) => head.is_sorted = number != 0,
            (8, 5) => head.levels = size(number),
            // Nothing is repeated here.
            (8, 6) if number != 0 => head.kind = Kind::Other,
            (8, 7) => head.is_zipped = number != 0,
            _ => (),
        })?;
        head.len = page.len() - walk.bytes.len();
        let values = if head.kind == Kind::Dictionary { head.values } else { 0 };
        let sizes = [head.uncompressed, values, head.compressed].map(|size| size as u64);
        sizes::fit(sizes).then_some(head)
    }
}

/// A page of data, opened.
pub(super) struct Page<'a> {
    pub(super) rows: usize,
    pub(super) present: Present<'a>,
    pub(super) values: Values<'a>,
}

/// How a page's values stand in it.
pub(super) enum Values<'a> {
    /// By their place in the dictionary.
    Keys(Hybrid<'a>),
    /// As differences.
    Deltas(Deltas<'a>),
    /// Numbers, the first byte of each, then the second, and so on.
    Split(&'a [u8]),
    /// One after the other.
    Plain(Texts<'a>),
}

/// Takes pages apart. A page is given with [`PADDING`] behind it.
pub(super) struct Opener {
    unzip: Decompressor<'static>,
    unzipped: Vec<u8>,
}

impl Opener {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { unzip: Decompressor::new()?, unzipped: Vec::new() })
    }

    /// Gives back the room that is more than so many bytes.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        self.unzipped.truncate(bytes);
        self.unzipped.shrink_to(bytes);
    }

    /// What follows the head, unzipped, with [`PADDING`]. `is_zipped`: pages of the column are, unless they say
    /// otherwise.
    fn body<'r>(&'r mut self, head: &Head, page: &'r [u8], is_zipped: bool) -> Option<&'r [u8]> {
        let body = page.get(head.len..)?;
        if !is_zipped || !head.is_zipped {
            return body.get(..head.compressed.saturating_add(PADDING));
        }
        // Nobody here writes levels beside bytes that are compressed.
        let packed = body.get(..head.compressed).filter(|_| head.levels == 0)?;
        self.unzipped.clear();
        self.unzipped.reserve(head.uncompressed + PADDING);
        let size = self.unzip.decompress_to_buffer(packed, &mut self.unzipped).ok()?;
        self.unzipped.extend_from_slice(&[0; PADDING]);
        (size == head.uncompressed).then_some(&self.unzipped)
    }

    /// So many values in ascending order a dictionary page has, of which `start` is the start.
    pub(super) fn sorted(start: &[u8]) -> Option<usize> {
        let head = Head::read(start).filter(|head| head.kind == Kind::Dictionary)?;
        head.is_sorted.then_some(head.values)
    }

    /// The values of a dictionary page.
    pub(super) fn dictionary<'r>(
        &'r mut self,
        page: &'r [u8],
        is_zipped: bool,
    ) -> Option<Dictionary<'r>> {
        let head = Head::read(page).filter(|head| head.kind == Kind::Dictionary)?;
        let body =
            page.get(head.len..)?.get(..head.compressed).filter(|_| head.encoding == PLAIN)?;
        if !is_zipped {
            return Some(Dictionary::plain(head.values, body));
        }
        let unzip = (&mut self.unzip, &mut self.unzipped);
        Dictionary::packed(head.values, (body, head.uncompressed), unzip)
    }

    /// A page of data, taken apart. `None`: it is damaged, or of a kind that is not read here.
    pub(super) fn data<'r>(&'r mut self, page: &'r [u8], is_zipped: bool) -> Option<Page<'r>> {
        let head = Head::read(page)?;
        let body = self.body(&head, page, is_zipped)?;
        let (levels, values) = match head.kind {
            Kind::Data => {
                let (len, rest) = body.split_first_chunk::<4>()?;
                let len = u32::from_le_bytes(*len) as usize;
                (rest, rest.get(len..)?)
            }
            Kind::DataV2 => (body, body.get(head.levels..)?),
            Kind::Dictionary | Kind::Other => return None,
        };
        let values = match head.encoding {
            RLE_DICTIONARY => {
                let (width, keys) = values.split_first()?;
                Values::Keys(Hybrid::new(keys, u32::from(*width)))
            }
            DELTA_BINARY_PACKED => Values::Deltas(Deltas::new(values)?),
            BYTE_STREAM_SPLIT => Values::Split(without_padding(values)?),
            PLAIN => Values::Plain(Texts::new(without_padding(values)?)),
            _ => return None,
        };
        Some(Page { rows: head.values, present: Present::new(levels), values })
    }
}

pub(super) fn without_padding(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..bytes.len().checked_sub(PADDING)?)
}
