//! The values of a dictionary page, whose frames are unpacked one by one.

use std::ops::Range;

use zstd::{bulk::Decompressor, zstd_safe};

use super::{super::frames, cells::Texts};

pub(super) struct Dictionary<'r> {
    /// Values in all frames.
    count: usize,
    /// Values in each frame, the last one apart.
    each: usize,
    frames: Frames<'r>,
}

enum Frames<'r> {
    /// As they stand in the file.
    Plain(&'r [u8]),
    Packed {
        frames: Vec<Frame<'r>>,
        unzip: &'r mut Decompressor<'static>,
        unzipped: &'r mut Vec<u8>,
    },
}

struct Frame<'r> {
    packed: &'r [u8],
    /// Bytes that it unpacks to.
    size: usize,
}

impl<'r> Dictionary<'r> {
    pub(super) fn plain(count: usize, values: &'r [u8]) -> Self {
        Self { count, each: count.max(1), frames: Frames::Plain(values) }
    }

    /// Values that unpack to `size` bytes in all. `None`: they do not.
    pub(super) fn packed(
        count: usize,
        (mut packed, size): (&'r [u8], usize),
        (unzip, unzipped): (&'r mut Decompressor<'static>, &'r mut Vec<u8>),
    ) -> Option<Self> {
        let mut frames = Vec::new();
        let mut left = size;
        while !packed.is_empty() {
            let len = zstd_safe::find_frame_compressed_size(packed).ok()?;
            let (frame, rest) = packed.split_at_checked(len)?;
            let size = zstd_safe::get_frame_content_size(frame).ok()??;
            let size = usize::try_from(size).ok()?;
            left = left.checked_sub(size)?;
            frames.push(Frame { packed: frame, size });
            packed = rest;
        }
        let each = frames::values_in(count, frames.len());
        (left == 0).then_some(Self {
            count,
            each,
            frames: Frames::Packed { frames, unzip, unzipped },
        })
    }

    /// So many values it has.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The frame that the value at this place stands in.
    pub(super) fn frame_of(&self, place: usize) -> usize {
        place / self.each
    }

    /// The places of values in a frame, and their bytes. `width`: of a number; `None` for texts. `None`: it is damaged.
    pub(super) fn frame(
        &mut self,
        number: usize,
        width: Option<usize>,
    ) -> Option<(Range<usize>, &[u8])> {
        let start = number.checked_mul(self.each)?;
        let end = start.checked_add(self.each)?.min(self.count);
        let values = match &mut self.frames {
            Frames::Plain(values) => values,
            Frames::Packed { frames, unzip, unzipped } => {
                let frame = frames.get(number)?;
                unzipped.clear();
                unzipped.reserve(frame.size);
                unzip.decompress_to_buffer(frame.packed, *unzipped).ok()?;
                // Frames of another writer may have been cut anywhere.
                let is_ours = frames.len() == 1 || holds(unzipped, end.checked_sub(start)?, width);
                is_ours.then_some(unzipped.as_slice())?
            }
        };
        Some((start..end, values))
    }
}

/// Whether bytes are so many values, neither more nor less.
fn holds(values: &[u8], count: usize, width: Option<usize>) -> bool {
    match width {
        Some(width) => count.checked_mul(width) == Some(values.len()),
        None => Texts::new(values).are(count),
    }
}

#[cfg(test)]
mod tests {
    use zstd::bulk::compress;

    use super::*;

    /// The places of a frame's values, and their bytes.
    type Read = Option<(Range<usize>, Vec<u8>)>;

    /// What is read of ten texts whose frames end at these bytes, frame by frame.
    fn read(ends: &[usize], size: usize) -> Option<Vec<Read>> {
        let text = |number: u8| [&[3, 0, 0, 0][..], &[b'a' + number; 3]].concat();
        let values: Vec<u8> = (0..10).flat_map(text).collect();
        let mut from = 0;
        let frames = ends.iter().map(|to| {
            let frame = compress(&values[from..*to], 3).unwrap();
            from = *to;
            frame
        });
        let packed: Vec<u8> = frames.flatten().collect();
        let (mut unzip, mut unzipped) = (Decompressor::new().unwrap(), Vec::new());
        let dictionary = Dictionary::packed(10, (&packed, size), (&mut unzip, &mut unzipped));
        let mut dictionary = dictionary?;
        let frame = |number| {
            dictionary.frame(number, None).map(|(places, values)| (places, values.to_vec()))
        };
        Some((0..ends.len()).map(frame).collect())
    }

    #[test]
    fn frames_have_the_same_number_of_values_but_for_the_last() {
        let frames = read(&[28, 56, 70], 70).unwrap();
        let places: Vec<_> = frames.iter().flatten().map(|(places, _)| places.clone()).collect();
        assert_eq!(places, [0..4, 4..8, 8..10]);
        assert_eq!(frames[2].as_ref().unwrap().1, b"\x03\0\0\0iii\x03\0\0\0jjj");
        let one = read(&[70], 70).unwrap();
        assert_eq!(one[0].as_ref().unwrap().0, 0..10);
    }

    #[test]
    fn frames_that_end_elsewhere_are_not_believed() {
        // Within a value; behind another one than the number of frames says.
        for ends in [[27, 56, 70], [21, 49, 70]] {
            assert!(read(&ends, 70).unwrap().contains(&None));
        }
        assert_eq!(read(&[28, 56, 70], 69), None);
        assert_eq!(read(&[28, 56, 70], 71), None);
        // Foreign frames may be longer in all than what is left out.
        assert_eq!(read(&[28, 56], 70), None);
    }
}
