//! Bytes held against what a lake keeps of a stream.

use std::sync::Arc;

use sancha_model::Framing;

use super::{KeptStream, StreamReader};
use crate::{Lake, LakeError, disk::Disk, query::TimeRange};

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

/// What a lake keeps of a stream, under each of the names that it came in as, read forwards. What retention has deleted is
/// not among it.
pub struct Compared {
    kept: Vec<Kept>,
}

/// What was found where bytes were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// So many of them are there, and are the same.
    Same(u64),
    /// From this byte of the stream on they are others.
    Differs(u64),
}

impl Compared {
    /// `longest`: bytes of a line.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn open(
        disk: &Arc<dyn Disk>,
        id: &[u8; 32],
        framing: Framing,
        longest: usize,
    ) -> Result<Self, LakeError> {
        // Others may have settled since.
        let lake = Lake::open(Arc::clone(disk))?;
        let streams = lake.streams(None, TimeRange::ALL)?.streams;
        let of_it = streams.iter().filter(|stream| stream.id == *id);
        let open = |stream: &KeptStream| Kept {
            reader: stream.open(&lake, framing),
            longest,
            offset: 0,
            bytes: Vec::new(),
            has_ended: false,
        };
        Ok(Self { kept: of_it.map(open).collect() })
    }

    /// Compares bytes that stand at `offset`, behind those of the call before. Where the lake is damaged they count as
    /// others: to keep lines twice is better than not at all. What a lost key hides is not compared.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn with(&mut self, offset: u64, bytes: &[u8]) -> Result<Comparison, LakeError> {
        let mut same = 0;
        for kept in &mut self.kept {
            match kept.with(offset, bytes) {
                Ok(Comparison::Same(more)) => same += more,
                Ok(differs) => return Ok(differs),
                Err(error) if error.is_damage() => return Ok(Comparison::Differs(offset)),
                Err(error) if error.is_of_missing_key() => kept.has_ended = true,
                Err(error) => return Err(error),
            }
        }
        Ok(Comparison::Same(same))
    }
}

/// What is kept of a stream under one name.
struct Kept {
    reader: StreamReader,
    longest: usize,
    /// Of the lines read last.
    offset: u64,
    bytes: Vec<u8>,
    has_ended: bool,
}

impl Kept {
    fn with(&mut self, offset: u64, bytes: &[u8]) -> Result<Comparison, LakeError> {
        let end = offset + bytes.len() as u64;
        let mut same = 0;
        loop {
            if let Some((start, kept, given)) = self.both(offset, bytes) {
                if let Some(at) = kept.iter().zip(given).position(|(kept, given)| kept != given) {
                    return Ok(Comparison::Differs(start + at as u64));
                }
                same += kept.len().min(given.len()) as u64;
            }
            if self.has_ended || self.offset + self.bytes.len() as u64 >= end {
                return Ok(Comparison::Same(same));
            }
            match self.reader.read(&mut self.bytes, READ_BYTES, self.longest)? {
                Some(read) => self.offset = read.offset,
                None => self.has_ended = true,
            }
        }
    }

    /// From where both have bytes, what is kept from there on, and what is given.
    fn both<'b>(&'b self, offset: u64, bytes: &'b [u8]) -> Option<(u64, &'b [u8], &'b [u8])> {
        let start = self.offset.max(offset);
        let (kept, given) = (start - self.offset, start - offset);
        Some((start, behind(&self.bytes, kept)?, behind(bytes, given)?))
    }
}

fn behind(bytes: &[u8], skipped: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(skipped).ok()?..)
}
