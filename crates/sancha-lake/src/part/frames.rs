//! Values of a dictionary in several frames of zstd, so that whoever wants a few of them unpacks few frames.
//!
//! To a decompressor frames that follow each other are one text, so every reader of Parquet takes such a page. All
//! frames but the last have the same number of values: which frame has a value follows from its place and from how
//! many frames there are. Nothing else says it.

use parquet::errors::{ParquetError, Result};
use zstd::bulk;

/// What a frame unpacks to, about. Dictionaries of paths and referers take an eighth more room than in one frame, of
/// user names and queries a tenth less, for the codes of a frame fit what is in it.
const FRAME_BYTES: usize = 16 << 10;

/// So many of `count` values, of `bytes` in all, stand in a frame.
pub(super) fn values_for(count: usize, bytes: usize) -> usize {
    let frames = (bytes / FRAME_BYTES).clamp(1, count.max(1));
    values_in(count, frames)
}

/// So many of `count` values stand in each of so many frames, the last one apart.
pub(super) fn values_in(count: usize, frames: usize) -> usize {
    count.div_ceil(frames.max(1)).max(1)
}

/// Compresses bytes into frames.
pub(super) struct Compressor(bulk::Compressor<'static>);

impl Compressor {
    pub(super) fn new(level: i32) -> Result<Self> {
        bulk::Compressor::new(level).map(Self).map_err(|error| ParquetError::External(error.into()))
    }

    /// One frame.
    pub(super) fn compress(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        self.0.compress(bytes).map_err(|error| ParquetError::External(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_frames_tells_how_many_values_each_has() {
        for count in [1, 2, 3, 7, 255, 256, 257, 10_000] {
            for bytes in [0, 1, 20_000, 70_000, 1 << 20, 1 << 26] {
                let each = values_for(count, bytes);
                let frames = count.div_ceil(each);
                assert_eq!(values_in(count, frames), each, "{count} values of {bytes} bytes");
                assert!(frames <= (bytes / FRAME_BYTES).max(1));
            }
        }
    }
}
