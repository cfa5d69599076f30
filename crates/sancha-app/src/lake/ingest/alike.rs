//! Files that begin alike: copies of one log, or another that has the same preamble.

use std::sync::Arc;

use sancha_ingest::files::Limits;
use sancha_lake::{Lake, LakeError, StreamReader, query::TimeRange, wal::StreamId};

use super::{Begun, HEAD_BYTES, Run, Stream};

impl Run<'_> {
    /// What a file is known by that begins like a stream and is no copy of it: by more of its beginning. Earlier
    /// versions knew such a file by its path, and one that they took in so is looked for there first.
    pub(super) fn others(&self, id: StreamId, head: &[u8], path: &str) -> Vec<StreamId> {
        let by_path = id.of_path(path);
        let by_path = Some(by_path).filter(|id| !self.progress.extents(id).is_empty());
        let by_more = StreamId::of_more(head).filter(|more| more.prefix > id.prefix);
        by_path.into_iter().chain(by_more).collect()
    }

    /// Where a file that is shorter than the stream that it passes for, and so brought nothing new, differs from it.
    /// Its beginning is compared, as much of it as was looked at. What cannot be compared counts as another: to keep
    /// lines twice is better than not at all.
    pub(super) fn differs(
        &self,
        lake: &Lake,
        begun: Begun<'_>,
        end: u64,
    ) -> Result<Option<u64>, LakeError> {
        let Stream { id, framing } = begun.stream;
        let first = self.progress.resume_at(&id);
        if first.is_none_or(|first| first.end <= end) {
            return Ok(None);
        }
        self.writer.sync()?;
        // Others may have settled since this lake was opened.
        let lake = Lake::open(Arc::clone(lake.disk()))?;
        let streams = lake.streams(None, TimeRange::ALL)?.streams;
        for kept in streams.iter().filter(|stream| stream.id == id.digest) {
            let mut reader = kept.open(&lake, framing);
            let Ok(kept) = beginning(&mut reader, begun.head.len(), self.input.limits) else {
                return Ok(Some(0));
            };
            let differ = kept.iter().zip(begun.head).position(|(kept, given)| kept != given);
            if differ.is_some() {
                return Ok(differ.map(|at| at as u64));
            }
        }
        Ok(None)
    }
}

/// The first bytes of a stream, whole lines of them: about as many as asked for, fewer where they do not follow each
/// other from its beginning on.
fn beginning(
    reader: &mut StreamReader,
    wanted: usize,
    limits: &Limits,
) -> Result<Vec<u8>, LakeError> {
    let (mut bytes, mut lines) = (Vec::new(), Vec::new());
    while bytes.len() < wanted {
        match reader.read(&mut lines, HEAD_BYTES, limits.max_line_bytes)? {
            Some(read) if read.offset == bytes.len() as u64 && read.oversize.is_none() => {
                bytes.extend_from_slice(&lines);
            }
            _ => break,
        }
    }
    Ok(bytes)
}
