use std::fs::File;
use std::io;
use std::path::Path;

use memchr::{memchr, memrchr};

use super::super::blob::read_file_at;
use super::super::decompress::{self, Shape};
use super::super::{Oversize, SourceReader};

/// So much of a file's beginning tells it from others.
pub(super) const HEAD_BYTES: usize = 1024;
/// So much before the place that was read up to tells whether the file was emptied meanwhile.
const TAIL_BYTES: usize = 64;
/// The beginning of a line too long, kept as evidence.
const OVERSIZE_KEPT_BYTES: usize = 256;

/// What a file is known by: device and number.
pub(super) type Key = (u64, u64);

/// A file that was read: what it is known by later.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) key: Key,
    pub(super) head: Vec<u8>,
    /// Of its name, up to the first dot.
    pub(super) stem: Vec<u8>,
}

/// One file at a path, between two rotations, or the copy of one.
pub(super) struct Generation {
    content: Content,
    pub(super) key: Key,
    pub(super) position: u64,
    pub(super) head: Vec<u8>,
    tail: Vec<u8>,
    /// The start of a line whose end is not there yet.
    pending: Vec<u8>,
    /// Bytes of that line that were not kept, for it is too long.
    skipped: u64,
}

enum Content {
    File(File),
    /// The rest of a copy; it does not grow.
    Copy(Box<SourceReader>),
}

/// What one reading brought.
pub(super) struct Lines {
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) oversize: Option<Oversize>,
}

impl Generation {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut made = Self {
            key: key(&metadata),
            content: Content::File(file),
            position: 0,
            head: Vec::new(),
            tail: Vec::new(),
            pending: Vec::new(),
            skipped: 0,
        };
        made.look();
        Ok(made)
    }

    /// What is left of a copy of `emptied`, whose half line goes on in it.
    pub(super) fn of_copy(reader: SourceReader, emptied: &mut Self) -> Self {
        let copy = Self {
            content: Content::Copy(Box::new(reader)),
            key: emptied.key,
            position: emptied.position,
            head: std::mem::take(&mut emptied.head),
            tail: std::mem::take(&mut emptied.tail),
            pending: std::mem::take(&mut emptied.pending),
            skipped: std::mem::take(&mut emptied.skipped),
        };
        emptied.position = 0;
        emptied.look();
        copy
    }

    /// Remembers the beginning, as far as it is there.
    fn look(&mut self) {
        if self.head.len() < HEAD_BYTES {
            self.head = self.beginning(HEAD_BYTES);
        }
    }

    pub(super) fn beginning(&self, bytes: usize) -> Vec<u8> {
        let mut head = vec![0; bytes];
        let got = self.read_at(&mut head, 0);
        head.truncate(got);
        head
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> usize {
        let Content::File(file) = &self.content else { return 0 };
        let mut got = 0;
        while let Some(room) = buffer.get_mut(got..).filter(|room| !room.is_empty()) {
            match read_file_at(file, room, offset + got as u64) {
                Ok(0) | Err(_) => break,
                Ok(more) => got += more,
            }
        }
        got
    }

    pub(super) fn is_packed(&self) -> bool {
        decompress::shape_of(&self.beginning(decompress::HEAD_BYTES)) != Shape::Plain
    }

    pub(super) fn is_copy(&self) -> bool {
        matches!(self.content, Content::Copy(_))
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|metadata| key(&metadata) == self.key)
    }

    pub(super) fn begins_like(&self, seen: &Seen) -> bool {
        !seen.head.is_empty() && self.head.starts_with(&seen.head)
    }

    pub(super) fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Takes over the half line that the copy of this file ended with: its writer goes on in the file.
    pub(super) fn go_on_from(&mut self, copy: &mut Self) {
        copy.pending.append(&mut self.pending);
        self.pending = std::mem::take(&mut copy.pending);
        self.skipped += std::mem::take(&mut copy.skipped);
    }

    pub(super) fn has_half_line(&self) -> bool {
        !self.pending.is_empty() || self.skipped > 0
    }

    /// Whether what was read is no longer there: the file was emptied, and perhaps written anew.
    pub(super) fn was_emptied(&self) -> bool {
        let Content::File(file) = &self.content else { return false };
        let shorter = file.metadata().is_ok_and(|metadata| metadata.len() < self.position);
        let mut there = vec![0; self.tail.len()];
        let before = self.position.saturating_sub(self.tail.len() as u64);
        shorter || self.read_at(&mut there, before) != there.len() || there != self.tail
    }

    /// Replaces `into` by whole lines, as many as are there up to about `target` bytes. What is read of a
    /// file that is emptied just then is not used: the next look sees that it was.
    pub(super) fn read(
        &mut self,
        into: &mut Vec<u8>,
        target: usize,
        max_line: usize,
    ) -> Option<Lines> {
        into.clear();
        into.append(&mut self.pending);
        let before = into.len();
        let got = self.pull(into, target);
        // Lines may be left over from before: those behind one that was too long.
        if (got == 0 && memchr(b'\n', into).is_none()) || (got > 0 && self.was_emptied()) {
            into.truncate(before);
            self.pending.append(into);
            return None;
        }
        self.advance(into.get(before..).unwrap_or_default());
        self.cut(into, max_line)
    }

    fn pull(&mut self, into: &mut Vec<u8>, target: usize) -> usize {
        let before = into.len();
        match &mut self.content {
            Content::Copy(reader) => reader.read_some(into, target),
            Content::File(file) => {
                let there = file.metadata().map_or(0, |metadata| metadata.len());
                let left = usize::try_from(there.saturating_sub(self.position));
                let mut fresh = vec![0; left.unwrap_or(usize::MAX).min(target)];
                let got = self.read_at(&mut fresh, self.position);
                into.extend_from_slice(fresh.get(..got).unwrap_or_default());
            }
        }
        into.len() - before
    }

    fn advance(&mut self, fresh: &[u8]) {
        self.position += fresh.len() as u64;
        self.tail.extend_from_slice(
            fresh.get(fresh.len().saturating_sub(TAIL_BYTES)..).unwrap_or(fresh),
        );
        let surplus = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..surplus);
        self.look();
    }

    /// Keeps the half line at the end of `into`; sends a line that is too long on its own.
    fn cut(&mut self, into: &mut Vec<u8>, max_line: usize) -> Option<Lines> {
        let first = memchr(b'\n', into);
        if self.skipped > 0 || first.unwrap_or(into.len()) > max_line {
            return self.cut_oversize(into, first);
        }
        let Some(last) = memrchr(b'\n', into) else {
            self.pending.append(into);
            return None;
        };
        let fitting = fitting(into.get(..=last).unwrap_or(into), max_line);
        self.pending.extend_from_slice(into.get(fitting..).unwrap_or_default());
        into.truncate(fitting);
        let lines = memchr::memchr_iter(b'\n', into).count() as u64;
        Some(Lines { bytes: fitting as u64, lines, oversize: None })
    }

    fn cut_oversize(&mut self, into: &mut Vec<u8>, newline: Option<usize>) -> Option<Lines> {
        let Some(end) = newline else {
            let kept = into.len().min(OVERSIZE_KEPT_BYTES);
            self.skipped += (into.len() - kept) as u64;
            into.truncate(kept);
            self.pending.append(into);
            return None;
        };
        self.pending.extend_from_slice(into.get(end + 1..).unwrap_or_default());
        into.truncate(end);
        Some(self.oversize(into, 1))
    }

    fn oversize(&mut self, into: &mut Vec<u8>, line_feed: u64) -> Lines {
        let length = into.len() as u64 + std::mem::take(&mut self.skipped);
        into.truncate(OVERSIZE_KEPT_BYTES);
        let oversize = Some(Oversize { length, kept: into.len() });
        Lines { bytes: length + line_feed, lines: 1, oversize }
    }

    /// The half line at the end of a file that does not grow any more.
    pub(super) fn last(&mut self, into: &mut Vec<u8>) -> Option<Lines> {
        into.clear();
        into.append(&mut self.pending);
        if self.skipped > 0 {
            return Some(self.oversize(into, 0));
        }
        (!into.is_empty()).then_some(Lines { bytes: into.len() as u64, lines: 1, oversize: None })
    }
}

/// The length of the leading lines none of which is too long; all of `lines` end in a line feed.
fn fitting(lines: &[u8], max_line: usize) -> usize {
    let mut end = 0;
    while let Some(rest) = lines.get(end..).filter(|rest| !rest.is_empty()) {
        match memrchr(b'\n', rest.get(..=max_line).unwrap_or(rest)) {
            Some(newline) => end += newline + 1,
            None => break,
        }
    }
    end
}

#[cfg(unix)]
fn key(metadata: &std::fs::Metadata) -> Key {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

/// Windows tells the number of a file only through an open handle and unstable calls: its time of making
/// stands in.
#[cfg(windows)]
fn key(metadata: &std::fs::Metadata) -> Key {
    use std::os::windows::fs::MetadataExt as _;
    (0, metadata.creation_time())
}
