//! Parts and companions: frames of 64 KiB, any of which can be read alone.
//!
//! A frame's nonce is its number and whether it is the last. So no frame passes for another, and a file that
//! was cut short, at whatever place, has a last frame that was not written as one.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::{Disk, DiskError, DiskFile, Operation, Trouble};
use super::cipher::TAG_BYTES;
use super::head::{HEAD_BYTES, Head, Layout};
use super::keys::PeriodKeys;

/// Of content. Smaller ones cost more tags, larger ones more work for a footer of a few hundred bytes.
pub(super) const FRAME_BYTES: usize = 64 << 10;
const STORED_BYTES: usize = FRAME_BYTES + TAG_BYTES;

fn nonce(number: u64, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    if let Some(last) = nonce.last_mut() {
        *last = u8::from(is_last);
    }
    nonce
}

/// Content bytes of a stored file, and its frames. `None`: no file has that length.
pub(super) fn content_length(stored: u64) -> Option<(u64, u64)> {
    let body = stored.checked_sub(HEAD_BYTES as u64)?;
    let frames = body.div_ceil(STORED_BYTES as u64).max(1);
    let last = body - (frames - 1) * STORED_BYTES as u64;
    // Only an empty file has an empty frame.
    let least = TAG_BYTES as u64 + u64::from(frames > 1);
    (last >= least).then(|| (body - frames * TAG_BYTES as u64, frames))
}

/// A file that is read.
pub(super) struct Framed {
    head: Head,
    pub(super) length: u64,
    frames: u64,
}

impl Framed {
    /// Opens a file and makes sure that it ends where it was ended.
    pub(super) fn open(disk: &dyn Disk, keys: &PeriodKeys, path: &str) -> Result<Self, DiskError> {
        let stored = disk.length(path)?;
        let mut bytes = [0; HEAD_BYTES];
        disk.read_range(path, 0, &mut bytes)?;
        let Some((length, frames)) = content_length(stored) else {
            return Err(damaged(path, stored, "it is shorter than it was"));
        };
        let head = Head::read(keys, Layout::Frames, path, bytes)?;
        let framed = Self { head, length, frames };
        framed.read(disk, path, (frames - 1) * FRAME_BYTES as u64, &mut [0])?;
        if length == 0 {
            framed.open_frames(disk, path, 0, 1, &mut |_, _| ())?;
        }
        Ok(framed)
    }

    /// Fills `into` from byte `offset` of the content on.
    pub(super) fn read(
        &self,
        disk: &dyn Disk,
        path: &str,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, DiskError> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        if count == 0 {
            return Ok(0);
        }
        let first = offset / FRAME_BYTES as u64;
        let end = (offset + count as u64).div_ceil(FRAME_BYTES as u64);
        let mut filled = 0;
        self.open_frames(disk, path, first, end, &mut |number, content| {
            let begin = number * FRAME_BYTES as u64;
            let skip = usize::try_from(offset.saturating_sub(begin)).unwrap_or(usize::MAX);
            let wanted = into.get_mut(filled..count).unwrap_or_default();
            let there = content.get(skip..).unwrap_or_default();
            wanted.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
            filled += wanted.len().min(there.len());
        })?;
        Ok(filled)
    }

    /// The content of one frame; nothing behind the last one.
    pub(super) fn frame(
        &self,
        disk: &dyn Disk,
        path: &str,
        number: u64,
    ) -> Result<Arc<[u8]>, DiskError> {
        let mut found = Arc::default();
        if number < self.frames {
            self.open_frames(disk, path, number, number + 1, &mut |_, content| {
                found = content.into();
            })?;
        }
        Ok(found)
    }

    /// Opens frames that follow one another, read together.
    fn open_frames(
        &self,
        disk: &dyn Disk,
        path: &str,
        first: u64,
        end: u64,
        each: &mut dyn FnMut(u64, &[u8]),
    ) -> Result<(), DiskError> {
        let at = HEAD_BYTES as u64 + first * STORED_BYTES as u64;
        let most = self.length + self.frames * TAG_BYTES as u64 + HEAD_BYTES as u64 - at;
        let count = ((end - first) * STORED_BYTES as u64).min(most);
        let mut stored = vec![0; usize::try_from(count).unwrap_or(0)];
        let read = disk.read_range(path, at, &mut stored)?;
        stored.truncate(read);
        let mut frames = stored.chunks_mut(STORED_BYTES);
        for number in first..end {
            let nonce = nonce(number, number + 1 == self.frames);
            let content = frames.next().and_then(|frame| self.head.cipher.open(nonce, &[], frame));
            let place = HEAD_BYTES as u64 + number * STORED_BYTES as u64;
            let content =
                content.ok_or_else(|| damaged(path, place, "it is not what was written"))?;
            each(number, content);
        }
        Ok(())
    }
}

fn damaged(path: &str, at: u64, what: &str) -> DiskError {
    let what = format!("at byte {at}: {what}");
    DiskError::of(path, Operation::Read, Trouble::Damaged, what)
}

/// A file that is written: once, from its beginning to its end, which is [`DiskFile::sync`].
pub(super) struct FramedFile {
    inner: Box<dyn DiskFile>,
    path: String,
    head: Head,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Content that is not in a frame yet: the last frame is known as such only at the end.
    waiting: Vec<u8>,
    frames: u64,
    is_begun: bool,
    is_whole: bool,
    has_failed: bool,
}

impl FramedFile {
    pub(super) fn new(inner: Box<dyn DiskFile>, path: &str, head: Head) -> Self {
        Self { inner, path: path.to_owned(), head, state: Mutex::default() }
    }

    /// Seals full frames, and with `is_end` what is left as the last one; writes them together.
    fn write(&self, state: &mut State, is_end: bool) -> Result<(), DiskError> {
        let mut stored = Vec::new();
        if !state.is_begun {
            stored.extend_from_slice(&self.head.bytes);
            state.is_begun = true;
        }
        let waiting = std::mem::take(&mut state.waiting);
        let mut rest = waiting.as_slice();
        // A full frame may be the last one; whether it is, is known when more comes.
        while let Some((frame, behind)) =
            rest.split_at_checked(FRAME_BYTES).filter(|(_, behind)| !behind.is_empty())
        {
            self.seal(state, frame, false, &mut stored);
            rest = behind;
        }
        if is_end {
            self.seal(state, rest, true, &mut stored);
        } else {
            state.waiting = rest.to_vec();
        }
        if stored.is_empty() { Ok(()) } else { self.inner.append(&[&stored]) }
    }

    fn seal(&self, state: &mut State, frame: &[u8], is_last: bool, stored: &mut Vec<u8>) {
        let from = stored.len();
        stored.extend_from_slice(frame);
        self.head.cipher.seal(nonce(state.frames, is_last), &[], stored, from);
        state.frames += 1;
    }

    fn attempt(
        &self,
        act: impl FnOnce(&mut State) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.has_failed {
            return Err(self.refused("writing it failed before"));
        }
        let done = act(&mut state);
        state.has_failed = done.is_err();
        done
    }

    fn refused(&self, what: &'static str) -> DiskError {
        DiskError::of(&*self.path, Operation::Append, Trouble::Other, what)
    }
}

impl DiskFile for FramedFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        self.attempt(|state| {
            if state.is_whole {
                return Err(self.refused("an encrypted file is written once"));
            }
            parts.iter().for_each(|part| state.waiting.extend_from_slice(part));
            if state.waiting.len() > FRAME_BYTES { self.write(state, false) } else { Ok(()) }
        })
    }

    fn sync(&self) -> Result<(), DiskError> {
        self.attempt(|state| {
            if !state.is_whole {
                self.write(state, true)?;
                state.is_whole = true;
            }
            self.inner.sync()
        })
    }

    fn cut(&self, _length: u64) -> Result<(), DiskError> {
        Err(self.refused("an encrypted file is written once"))
    }

    fn lock(&self) -> Result<bool, DiskError> {
        self.inner.lock()
    }
}
