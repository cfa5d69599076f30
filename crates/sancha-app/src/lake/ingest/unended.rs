//! Last lines without an end. Of a log that is being written such a line may be a half: once it is sealed the other
//! half can only follow as a line of its own.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    mem,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sancha_lake::LakeError;
use sancha_model::{EventTime, Framing};

use super::{Begun, Ingested, Notes, Oddity, Run, Stream, TakenIn, Taking};

/// A file that was not written to for so many seconds is not being written.
const STILL: i64 = 60;

/// The last line of a file that may grow.
pub(super) struct Unended {
    path: PathBuf,
    stream: Stream,
    taken: TakenIn,
    reference: EventTime,
    /// Byte and number of the line.
    place: (u64, u64),
    bytes: Vec<u8>,
}

impl Unended {
    /// `None`: the line is whole, was accepted as it is, or will not grow.
    pub(super) fn of(
        begun: Begun<'_>,
        place: (u64, u64),
        bytes: &[u8],
        taking: &Taking,
        run: &Run<'_>,
    ) -> Option<Self> {
        let stream = begun.stream;
        let end = place.0 + bytes.len() as u64;
        let is_known = || run.progress.extents(&stream.id).iter().any(|extent| extent.end >= end);
        let path = begun.source.plain_path()?;
        if matches!(stream.framing, Framing::Fixed(_))
            || bytes.ends_with(b"\n")
            || is_known()
            || !is_being_written(path, run.input.now)
        {
            return None;
        }
        Some(Self {
            path: path.to_owned(),
            stream,
            taken: TakenIn { lines: 0, bytes: 0, known_bytes: 0, ..taking.taken.clone() },
            reference: taking.reference,
            place,
            bytes: bytes.to_vec(),
        })
    }

    /// What stands there now.
    fn read_again(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.place.0))?;
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Whether a file was written to shortly before `now`, or after.
fn is_being_written(path: &Path, now: EventTime) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    let since_1970 = written.ok().and_then(|written| written.duration_since(UNIX_EPOCH).ok());
    let seconds = since_1970.and_then(|since| i64::try_from(since.as_secs()).ok());
    seconds.is_some_and(|seconds| now.seconds() - seconds < STILL)
}

impl Run<'_> {
    /// Looks at last lines again: lines that have ended meanwhile are taken in, and so is one that did not change.
    /// What is still being written comes with the next run.
    pub(super) fn unended(&mut self, ingested: &mut Ingested) -> Result<(), LakeError> {
        let last_lines = mem::take(&mut self.unended);
        if !last_lines.is_empty() {
            (self.input.rest)();
        }
        for last in last_lines {
            let most = self.input.limits.max_line_bytes;
            // Gone, or another: rotation took it elsewhere, where it is found again.
            let bytes = last.read_again(most).unwrap_or_default();
            let whole = match bytes.strip_prefix(last.bytes.as_slice()) {
                Some([]) => bytes.len(),
                Some(_) => memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1),
                None => 0,
            };
            let (whole, rest) = bytes.split_at(whole);
            let mut taking = Taking {
                taken: last.taken.clone(),
                reference: last.reference,
                notes: Notes::default(),
            };
            let other = match whole {
                [] => None,
                whole => self.admit(last.place, whole, last.stream, &mut taking)?,
            };
            let TakenIn { lines, bytes, .. } = taking.taken;
            let mut files = ingested.files.iter_mut();
            if let Some(file) = files.find(|file| file.path == last.taken.path) {
                file.lines += lines;
                file.bytes += bytes;
            }
            if whole.is_empty() || !rest.is_empty() || other.is_some() {
                let from = last.place.0 + if other.is_none() { whole.len() as u64 } else { 0 };
                ingested.oddities.push((last.taken.path, Oddity::Unended(from)));
            }
        }
        Ok(self.sync()?)
    }
}
