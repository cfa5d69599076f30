//! What of a chunk is new: what settling keeps of it, and what is found of it before.

use sancha_model::Framing;
use sancha_seal::Algorithm;

use crate::wal::{ChunkRef, Progress, WalId};

/// The pieces of a chunk that are not in the lake yet, as settling takes them; `progress` has them from then on. Lines
/// that contradict what their stream has there are lines all the same: they are kept as a stream of their own.
pub(crate) struct NewPieces<'c, 'p> {
    progress: &'p mut Progress,
    /// What of the chunk was not looked at yet.
    rest: ChunkRef<'c>,
    wal: WalId,
    /// Of the chunk in its write-ahead file.
    number: u64,
    /// Where lines contradicted what their stream has.
    pub(super) contradicted: Vec<u64>,
}

impl<'c, 'p> NewPieces<'c, 'p> {
    pub(crate) fn of(
        chunk: ChunkRef<'c>,
        progress: &'p mut Progress,
        wal: WalId,
        number: u64,
    ) -> Self {
        Self { progress, rest: chunk, wal, number, contradicted: Vec::new() }
    }

    /// Bytes of the chunk behind the piece that came last.
    pub(crate) fn left(&self) -> usize {
        self.rest.bytes.len()
    }
}

impl<'c> Iterator for NewPieces<'c, '_> {
    type Item = ChunkRef<'c>;

    fn next(&mut self) -> Option<ChunkRef<'c>> {
        if self.rest.bytes.is_empty() {
            return None;
        }
        let piece = match self.progress.admit(self.rest) {
            Ok(new) => new?.chunk,
            Err(other) => {
                self.contradicted.push(other.at);
                apart(self.rest, self.wal, self.number)
            }
        };
        self.progress.accept(&piece);
        self.rest = behind(self.rest, &piece);
        Some(piece)
    }
}

/// A chunk as a stream of its own.
pub(super) fn apart(chunk: ChunkRef<'_>, wal: WalId, number: u64) -> ChunkRef<'_> {
    let name = [chunk.stream.as_slice(), wal.as_bytes(), &number.to_le_bytes()];
    let stream = Algorithm::Sha256.hash(&name).0;
    ChunkRef { stream, prefix: 0, offset: 0, line: 1, ..chunk }
}

/// What of a chunk stands behind a part of it.
fn behind<'c>(chunk: ChunkRef<'c>, part: &ChunkRef<'c>) -> ChunkRef<'c> {
    let gone = chunk.bytes.len().min(match part.stream == chunk.stream {
        true => usize::try_from(part.end().saturating_sub(chunk.offset)).unwrap_or(usize::MAX),
        false => usize::MAX,
    });
    let (before, bytes) = chunk.bytes.split_at(gone);
    let lines = memchr::memchr_iter(b'\n', before).count() as u64;
    ChunkRef { offset: chunk.offset + gone as u64, line: chunk.line + lines, bytes, ..chunk }
}

/// A piece of a chunk with the number of its first line: line feeds in records end none.
pub(crate) fn numbered<'c>(
    piece: ChunkRef<'c>,
    chunk: &ChunkRef<'_>,
    framing: Framing,
) -> ChunkRef<'c> {
    match framing {
        Framing::Fixed(size) if piece.stream == chunk.stream => {
            let before = piece.offset.saturating_sub(chunk.offset) / size.max(1) as u64;
            ChunkRef { line: chunk.line + before, ..piece }
        }
        Framing::Fixed(_) | Framing::Lines | Framing::Whole => piece,
    }
}
