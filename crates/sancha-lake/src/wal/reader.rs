//! Reads a file of the write-ahead log, a record at a time.

use std::sync::Arc;

use memchr::memmem;

use crate::{
    disk::{Disk, DiskError, OpenFile, Trouble},
    waiting::Waiting,
};

use super::record::{
    self, Found, HEAD_LEN, Keyed, MARKER, RECORD_HEAD_LEN, RecordHead, SOURCE_BYTES_MAX,
};
use super::{Chunk, WalError, WalId};

/// Bytes read at once. With the longest record they bound the memory.
const BLOCK: usize = 1 << 20;
/// Room for a record's head and its source's name.
const HEAD_ROOM: usize = RECORD_HEAD_LEN + SOURCE_BYTES_MAX;

/// How a file ends; known when its last chunk was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its writer closed it: nothing is missing.
    Closed,
    /// After a whole record. More may come while its writer lives.
    Open { at: u64 },
    /// Before a record that is not whole and was never acknowledged.
    Torn { at: u64 },
}

/// The chunks of a file, in the order in which they were accepted.
///
/// Damage is an item of its own, and what stands behind it follows. After any other error nothing does.
pub struct WalReader<'a> {
    window: Window<'a>,
    key: Keyed,
    /// Where the next record begins.
    at: u64,
    chunks: u64,
    is_damaged: bool,
    has_failed: bool,
    ending: Option<Ending>,
    /// A record found behind damage, and up to where it shows that all was durable.
    shown: Option<(u64, u64)>,
}

impl<'a> WalReader<'a> {
    /// Opens the file `id`. Of one whose writer lives it reads what is there by now, durable or not.
    ///
    /// # Errors
    /// When it cannot be read, or is no file of the write-ahead log that this version knows.
    pub fn open(disk: &'a dyn Disk, id: WalId) -> Result<Self, WalError> {
        let length = disk.length(&id.path())?;
        Self::begin(disk, id, length, None)
    }

    /// The same of a file that may have lost its name.
    pub(crate) fn open_held(disk: &'a dyn Disk, held: &Waiting) -> Result<Self, WalError> {
        let length = match disk.length(&held.id.path()) {
            Err(error) if error.trouble == Trouble::Missing && held.file.is_some() => held.length,
            length => length?,
        };
        Self::begin(disk, held.id, length, held.file.clone())
    }

    fn begin(
        disk: &'a dyn Disk,
        id: WalId,
        length: u64,
        open: Option<Arc<dyn OpenFile>>,
    ) -> Result<Self, WalError> {
        let path = id.path();
        let mut window = Window { disk, path, open, bytes: Vec::new(), from: 0, length };
        match record::version(window.see(0, HEAD_LEN)?, &id) {
            Some(record::VERSION) => {}
            Some(version) => return Err(WalError::Newer { path: window.path, version }),
            None => return Err(WalError::NotAWal { path: window.path }),
        }
        Ok(Self {
            window,
            key: Keyed::new(&id),
            at: HEAD_LEN as u64,
            chunks: 0,
            is_damaged: false,
            has_failed: false,
            ending: None,
            shown: None,
        })
    }

    /// Opens the file `id` at a record that begins there: what [`Self::position`] gave of it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at(disk: &'a dyn Disk, id: WalId, at: u64) -> Result<Self, WalError> {
        let mut reader = Self::open(disk, id)?;
        reader.at = at.max(reader.at);
        // Those before it were not counted.
        reader.is_damaged = true;
        Ok(reader)
    }

    /// Where the next record begins.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// How the file ends; `None` as long as chunks come.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    fn step(&mut self) -> Result<Option<Chunk>, WalError> {
        if self.at >= self.window.length {
            self.ending = Some(Ending::Open { at: self.at });
            return Ok(None);
        }
        let Found::Record(head) = self.key.decode(self.window.see(self.at, HEAD_ROOM)?) else {
            return self.bad();
        };
        if head.is_end {
            return self.end(&head);
        }
        let Some(chunk) = self.chunk(&head)? else { return self.bad() };
        self.at += head.len() as u64;
        self.chunks += 1;
        Ok(Some(chunk))
    }

    /// The chunk of a record, if its lines are whole.
    fn chunk(&mut self, head: &RecordHead) -> Result<Option<Chunk>, WalError> {
        let named = self.window.see(self.at, HEAD_ROOM)?;
        let source = named.get(RECORD_HEAD_LEN..RECORD_HEAD_LEN + head.source_len);
        let Some(source) = source.and_then(|name| str::from_utf8(name).ok()) else {
            return Ok(None);
        };
        let source = source.to_owned();
        let from = self.at + (RECORD_HEAD_LEN + head.source_len) as u64;
        let bytes = self.window.take(from, head.lines_len)?;
        if bytes.len() != head.lines_len || crc32fast::hash(&bytes) != head.lines_crc {
            return Ok(None);
        }
        Ok(Some(Chunk {
            source,
            stream: head.stream,
            prefix: u32::from(head.prefix),
            offset: head.offset,
            line: head.line,
            accepted_at: head.accepted_at,
            reference: head.reference,
            bytes,
        }))
    }

    /// At the record that ends the file, which counts all before it.
    fn end(&mut self, head: &RecordHead) -> Result<Option<Chunk>, WalError> {
        self.ending = Some(Ending::Closed);
        if head.offset == self.chunks || self.is_damaged {
            return Ok(None);
        }
        self.is_damaged = true;
        // With itself: there may be nothing before it.
        let until = self.at + (RECORD_HEAD_LEN + head.source_len) as u64;
        Err(self.damaged(HEAD_LEN as u64, until))
    }

    fn bad(&mut self) -> Result<Option<Chunk>, WalError> {
        let from = self.at;
        match self.find_accepted_behind(from)? {
            Some(until) => {
                self.at = until;
                self.is_damaged = true;
                Err(self.damaged(from, until))
            }
            None => {
                self.ending = Some(Ending::Torn { at: from });
                Ok(None)
            }
        }
    }

    fn damaged(&self, from: u64, until: u64) -> WalError {
        WalError::Damaged { path: self.window.path.clone(), from, until }
    }

    /// The first record behind byte `bad`, if any record shows that what stood at `bad` was durable.
    fn find_accepted_behind(&mut self, bad: u64) -> Result<Option<u64>, DiskError> {
        // Looked for once: else a file of nothing but bad records would be read again for each.
        let is_shown = self.shown.is_some_and(|(at, durable)| at > bad && durable > bad);
        let mut first = None;
        let mut at = bad + 1;
        while let Some(candidate) = self.window.find_marker(at)? {
            at = candidate + 1;
            let Found::Record(head) = self.key.decode(self.window.see(candidate, HEAD_ROOM)?)
            else {
                continue;
            };
            let first = *first.get_or_insert(candidate);
            if is_shown {
                return Ok(Some(first));
            }
            if head.durable > bad {
                self.shown = Some((candidate, head.durable));
                return Ok(Some(first));
            }
            at = candidate + head.len() as u64;
        }
        Ok(None)
    }
}

impl Iterator for WalReader<'_> {
    type Item = Result<Chunk, WalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed || self.ending.is_some() {
            return None;
        }
        let item = self.step();
        self.has_failed = matches!(&item, Err(error) if !matches!(error, WalError::Damaged { .. }));
        item.transpose()
    }
}

/// A part of the file in memory.
struct Window<'a> {
    disk: &'a dyn Disk,
    path: String,
    /// The file, where it is held open.
    open: Option<Arc<dyn OpenFile>>,
    bytes: Vec<u8>,
    /// Where in the file they stand.
    from: u64,
    /// Of the file, when it was opened.
    length: u64,
}

impl Window<'_> {
    /// The bytes from `at` on: `length` of them, fewer at the end of the file.
    fn see(&mut self, at: u64, length: usize) -> Result<&[u8], DiskError> {
        if self.held(at, length).is_none() {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.resize(self.left(at, length.max(BLOCK)), 0);
            let read = self.read(at, &mut bytes)?;
            bytes.truncate(read);
            (self.bytes, self.from) = (bytes, at);
        }
        // A file that became shorter gives what it has.
        Ok(self.held(at, length).unwrap_or(&self.bytes))
    }

    /// As [`Window::see`], to keep. What is not in memory is read without a detour.
    fn take(&self, at: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        if let Some(held) = self.held(at, length) {
            return Ok(held.to_owned());
        }
        let mut bytes = vec![0; self.left(at, length)];
        let read = self.read(at, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        match &self.open {
            Some(file) => file.read_range(at, into),
            None => self.disk.read_range(&self.path, at, into),
        }
    }

    fn held(&self, at: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(at.checked_sub(self.from)?).ok()?;
        self.bytes.get(from..from.checked_add(self.left(at, length))?)
    }

    /// How many of `length` bytes the file has from `at` on.
    fn left(&self, at: u64, length: usize) -> usize {
        usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX).min(length)
    }

    /// Where the next marker of a record stands, from `at` on.
    fn find_marker(&mut self, mut at: u64) -> Result<Option<u64>, DiskError> {
        // What is in memory first: reading a block for every marker would read each byte a thousand times.
        let skip = at.checked_sub(self.from).and_then(|skip| usize::try_from(skip).ok());
        let held = skip.and_then(|skip| self.bytes.get(skip..)).unwrap_or_default();
        if let Some(found) = memmem::find(held, &MARKER) {
            return Ok(Some(at + found as u64));
        }
        at += held.len().saturating_sub(MARKER.len() - 1) as u64;
        loop {
            let bytes = self.see(at, BLOCK)?;
            if let Some(found) = memmem::find(bytes, &MARKER) {
                return Ok(Some(at + found as u64));
            }
            if bytes.len() < BLOCK {
                return Ok(None);
            }
            // A marker may stand across the border of two blocks.
            at += (BLOCK - (MARKER.len() - 1)) as u64;
        }
    }
}
