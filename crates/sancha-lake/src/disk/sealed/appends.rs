//! Write-ahead files: one frame for each append, read from the beginning on.
//!
//! | byte | size | what |
//! | --- | --- | --- |
//! | 0 | 4 | `EE 53 46 52` |
//! | 4 | 4 | length of the content |
//! | 8 | 8 | where it stands in the file's content |
//! | 16 | 4 | CRC of the file's id and bytes 0–15 |
//! | 20 | | the content, encrypted, and its tag |
//!
//! All numbers are little-endian. A frame's nonce is its place in the content.
//!
//! Which content was accepted is for [`crate::wal`] to tell. So a frame that is not whole at the end of
//! the file is not there, as after a crash; one in the middle that does not open has zeros for its content,
//! and behind one whose head is damaged the next is looked for: then the records in it are found
//! damaged, from where to where, as they are in a file that is not encrypted.

use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;

use super::super::{Disk, DiskError, DiskFile, Operation, Trouble};
use super::cipher::TAG_BYTES;
use super::head::{HEAD_BYTES, Head, Layout, with_true_sum};
use super::keys::PeriodKeys;

const FRAME_HEAD_BYTES: usize = 20;
const MARKER: [u8; 4] = [0xEE, b'S', b'F', b'R'];
/// The longest record with its head, and the records that wait with it, are far below.
const CONTENT_MAX: u64 = 256 << 20;
/// Bytes looked through at once for the next frame.
const BLOCK: usize = 1 << 20;

fn nonce(place: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(place.to_be_bytes()).for_each(|(to, from)| *to = from);
    // Not to be the nonce of any frame of a part, whose last byte is 0 or 1.
    if let Some(last) = nonce.last_mut() {
        *last = 2;
    }
    nonce
}

fn frame_head(id: &[u8; 16], length: u64, place: u64) -> [u8; FRAME_HEAD_BYTES] {
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let fields = [&MARKER[..], &length, &place.to_le_bytes()].concat();
    let crc = crc(id, &fields).to_le_bytes();
    let mut head = [0; FRAME_HEAD_BYTES];
    head.iter_mut().zip(fields.iter().chain(&crc)).for_each(|(to, from)| *to = *from);
    head
}

fn crc(id: &[u8; 16], fields: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(id);
    hasher.update(fields);
    hasher.finalize()
}

/// One frame of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    /// Of its content in the file's content.
    place: u64,
    length: u64,
    /// Where its head stands in the stored file.
    at: u64,
}

impl Frame {
    fn decode(id: &[u8; 16], at: u64, bytes: &[u8]) -> Option<Self> {
        let (fields, rest) = bytes.split_at_checked(16)?;
        let stored = u32::from_le_bytes(*rest.first_chunk()?);
        let length = u64::from(u32::from_le_bytes(*fields.get(4..)?.first_chunk()?));
        let place = u64::from_le_bytes(*fields.get(8..)?.first_chunk()?);
        // What stands before its content stands before its head, but for frames that were taken out.
        let fits = fields.starts_with(&MARKER)
            && stored == crc(id, fields)
            && length <= CONTENT_MAX
            && place <= at.saturating_add(CONTENT_MAX);
        fits.then_some(Self { place, length, at })
    }

    fn end(&self) -> u64 {
        self.at + (FRAME_HEAD_BYTES + TAG_BYTES) as u64 + self.length
    }
}

/// Where the frames of a file are.
pub(super) struct Appended {
    /// Nothing for a file without its head.
    head: Option<Head>,
    frames: Vec<Frame>,
    /// Of the content.
    pub(super) length: u64,
    /// Of the stored file when it was looked at.
    pub(super) stored: u64,
    /// The frame opened last, by its place: records are read one after the other.
    last: Mutex<Option<(u64, Arc<[u8]>)>>,
}

impl Appended {
    pub(super) fn open(disk: &dyn Disk, keys: &PeriodKeys, path: &str) -> Result<Self, DiskError> {
        let stored = disk.length(path)?;
        let mut found =
            Self { head: None, frames: Vec::new(), length: 0, stored, last: Mutex::default() };
        let mut bytes = [0; HEAD_BYTES];
        if disk.read_range(path, 0, &mut bytes)? < HEAD_BYTES {
            return Ok(found);
        }
        let head = match Head::read(keys, Layout::Appends, path, bytes) {
            // As after a crash before it was durable. Of a file that has its name it is damage, which
            // who reads records finds, for there are none.
            Err(error) if error.trouble == Trouble::Damaged => return Ok(found),
            head => head?,
        };
        found.walk(disk, path, &head.id, HEAD_BYTES as u64)?;
        found.head = Some(head);
        Ok(found)
    }

    /// Looks at what was appended since.
    pub(super) fn grow(&mut self, disk: &dyn Disk, path: &str) -> Result<(), DiskError> {
        self.stored = disk.length(path)?;
        let Some(id) = self.head.as_ref().map(|head| head.id) else { return Ok(()) };
        let from = self.frames.last().map_or(HEAD_BYTES as u64, Frame::end);
        self.walk(disk, path, &id, from)
    }

    fn walk(
        &mut self,
        disk: &dyn Disk,
        path: &str,
        id: &[u8; 16],
        mut at: u64,
    ) -> Result<(), DiskError> {
        while let Some(frame) = next(disk, path, id, at, self.stored)? {
            // Content that is said to stand before what was there already is no frame of this writer.
            if frame.place >= self.length {
                self.length = frame.place + frame.length;
                self.frames.push(frame);
            }
            at = frame.end();
        }
        Ok(())
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
        let into = into.get_mut(..count).unwrap_or_default();
        into.fill(0);
        let first = self.frames.partition_point(|frame| frame.place + frame.length <= offset);
        let end = offset + count as u64;
        for frame in self.frames.iter().skip(first).take_while(|frame| frame.place < end) {
            let Some(content) = self.open_frame(disk, path, frame)? else { continue };
            let skip = usize::try_from(offset.saturating_sub(frame.place)).unwrap_or(usize::MAX);
            let start = usize::try_from(frame.place.saturating_sub(offset)).unwrap_or(usize::MAX);
            let to = into.get_mut(start..).unwrap_or_default();
            let from = content.get(skip..).unwrap_or_default();
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        Ok(count)
    }

    /// A frame's content; `None` when it is not what was written.
    fn open_frame(
        &self,
        disk: &dyn Disk,
        path: &str,
        frame: &Frame,
    ) -> Result<Option<Arc<[u8]>>, DiskError> {
        let Some(head) = &self.head else { return Ok(None) };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, content)) = last.as_ref().filter(|(place, _)| *place == frame.place) {
            return Ok(Some(Arc::clone(content)));
        }
        let length = usize::try_from(frame.length).unwrap_or(0) + TAG_BYTES;
        let mut bytes = vec![0; length];
        let read = disk.read_range(path, frame.at + FRAME_HEAD_BYTES as u64, &mut bytes)?;
        bytes.truncate(read);
        let of_frame = frame_head(&head.id, frame.length, frame.place);
        let content = head.cipher.open(nonce(frame.place), &of_frame, &mut bytes);
        let content: Option<Arc<[u8]>> = content.map(Into::into);
        *last = content.clone().map(|content| (frame.place, content));
        Ok(content)
    }
}

/// The frame at `at`, or the first one behind it where its head is damaged; nothing at the end of the file,
/// and for one that the file does not hold to its end.
fn next(
    disk: &dyn Disk,
    path: &str,
    id: &[u8; 16],
    mut at: u64,
    stored: u64,
) -> Result<Option<Frame>, DiskError> {
    let is_whole = |frame: &Frame| frame.end() <= stored;
    let mut head = [0; FRAME_HEAD_BYTES];
    let read = disk.read_range(path, at, &mut head)?;
    let head = head.get(..read).unwrap_or_default();
    if let Some(frame) = Frame::decode(id, at, head) {
        return Ok(Some(frame).filter(is_whole));
    }
    let mut block = vec![0; BLOCK];
    while at < stored {
        block.resize(BLOCK, 0);
        let read = disk.read_range(path, at, &mut block)?;
        block.truncate(read);
        for found in memmem::find_iter(&block, &MARKER) {
            let bytes = block.get(found..).unwrap_or_default();
            let frame = Frame::decode(id, at + found as u64, bytes).filter(is_whole);
            if frame.is_some() {
                return Ok(frame);
            }
        }
        if read < BLOCK {
            break;
        }
        // A head may stand across the border of two blocks.
        at += (BLOCK - FRAME_HEAD_BYTES) as u64;
    }
    Ok(None)
}

/// A file whose head and frames all have the sums of what stands in them, which anybody can make; what is in the
/// frames nobody can without the key.
pub(crate) fn with_true_frame_sums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let Some(head) = bytes.first_chunk_mut::<HEAD_BYTES>() else { return bytes };
    let (id, summed) = with_true_sum(*head);
    *head = summed;
    let places: Vec<usize> = memmem::find_iter(&bytes, &MARKER).collect();
    for place in places.into_iter().rev() {
        let frame = bytes.get_mut(place..).and_then(|rest| rest.split_at_mut_checked(16));
        let Some((fields, rest)) = frame else { continue };
        if let Some(sum) = rest.first_chunk_mut::<4>() {
            *sum = crc(&id, fields).to_le_bytes();
        }
    }
    bytes
}

/// A file that is written.
pub(super) struct AppendedFile {
    inner: Box<dyn DiskFile>,
    path: String,
    head: Head,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Ends of frames: in the content and in the stored file.
    ends: Vec<(u64, u64)>,
    is_over: bool,
}

impl AppendedFile {
    pub(super) fn new(inner: Box<dyn DiskFile>, path: &str, head: Head) -> Self {
        Self { inner, path: path.to_owned(), head, state: Mutex::default() }
    }

    fn refused(&self, operation: Operation, what: &'static str) -> DiskError {
        DiskError::of(&*self.path, operation, Trouble::Other, what)
    }

    /// The frame of some content, with the file's head before the first one.
    fn frame(&self, parts: &[&[u8]], place: u64) -> Vec<u8> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut bytes = Vec::with_capacity(length + HEAD_BYTES + FRAME_HEAD_BYTES + TAG_BYTES);
        if place == 0 {
            bytes.extend_from_slice(&self.head.bytes);
        }
        let head = frame_head(&self.head.id, length as u64, place);
        bytes.extend_from_slice(&head);
        let from = bytes.len();
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        self.head.cipher.seal(nonce(place), &head, &mut bytes, from);
        bytes
    }
}

impl DiskFile for AppendedFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        let length: u64 = parts.iter().map(|part| part.len() as u64).sum();
        if length == 0 {
            return Ok(());
        }
        if length > CONTENT_MAX {
            return Err(self.refused(Operation::Append, "too much at once"));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            // The same place in the content would get a second frame with the same nonce.
            return Err(self.refused(Operation::Append, "nothing follows what was cut or failed"));
        }
        let (place, stored) = state.ends.last().copied().unwrap_or((0, 0));
        let frame = self.frame(parts, place);
        state.ends.push((place + length, stored + frame.len() as u64));
        let done = self.inner.append(&[&frame]);
        if done.is_err() {
            state.ends.pop();
            state.is_over = true;
        }
        done
    }

    fn sync(&self) -> Result<(), DiskError> {
        self.inner.sync()
    }

    /// Only where a frame ends: elsewhere it could not be opened any more.
    fn cut(&self, length: u64) -> Result<(), DiskError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over = true;
        if length == 0 {
            return self.inner.cut(0);
        }
        let end = state.ends.iter().find(|(content, _)| *content == length);
        match end {
            Some((_, stored)) => self.inner.cut(*stored),
            None => Err(self.refused(Operation::Cut, "no append ended there")),
        }
    }

    fn lock(&self) -> Result<bool, DiskError> {
        self.inner.lock()
    }
}
