//! Accepts lines: queued in memory, written, made durable in groups, then acknowledged.
//!
//! What was not acknowledged stays in the queue, so that it can be written to another file when the
//! disk fails one. The queue is bounded: who appends faster than the disk takes waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, DiskError, DiskFile};

use super::record::{self, HEAD_LEN, Keyed};
use super::{ChunkRef, WalError, WalId, claim};

/// Sizes that tests make small.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes that wait in memory before they are written.
    pub write_bytes: usize,
    /// Bytes that are at most unacknowledged; then [`WalWriter::append`] makes them durable itself.
    pub group_bytes: usize,
    /// Bytes of lines after which a file is closed and another is begun.
    pub roll_bytes: u64,
}

impl Default for Options {
    /// A write of 256 KiB costs little more than the copy. A group of 8 MiB takes a disk of 200 MB/s as
    /// long as ten of its syncs. 64 MiB of lines are a part of the lake that is neither small nor late.
    fn default() -> Self {
        Self { write_bytes: 256 << 10, group_bytes: 8 << 20, roll_bytes: 64 << 20 }
    }
}

/// Number of a chunk among those that a writer took, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// The chunks up to `through` are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// `None` before the first chunk.
    pub through: Option<Ticket>,
}

impl Acknowledged {
    pub fn covers(&self, ticket: Ticket) -> bool {
        self.through >= Some(ticket)
    }
}

/// Writes one file after the other. Any number of threads share it; those that wait for durability at the
/// same time share one sync.
pub struct WalWriter {
    disk: Arc<dyn Disk>,
    options: Options,
    queue: Mutex<Queue>,
    synced: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Records that are not acknowledged, one after the other.
    bytes: Vec<u8>,
    /// How many of those bytes stand in the file.
    written: usize,
    /// Bytes of lines in them.
    lines: u64,
    /// Chunks taken so far.
    appended: u64,
    /// Of them, durable.
    acknowledged: u64,
    file: Option<Current>,
    /// A thread has the file and makes it durable.
    is_syncing: bool,
    /// When the newest chunk was accepted, and the newest file was made.
    now: u64,
    newest: u64,
}

struct Current {
    id: WalId,
    key: Keyed,
    file: Box<dyn DiskFile>,
    /// Bytes known to be durable.
    durable: u64,
    chunks: u64,
    lines: u64,
}

impl WalWriter {
    /// Makes no file before the first chunk comes.
    pub fn new(disk: Arc<dyn Disk>, options: Options) -> Self {
        Self { disk, options, queue: Mutex::default(), synced: Condvar::new() }
    }

    /// Takes a chunk. It is not accepted before [`WalWriter::sync`] returned.
    ///
    /// # Errors
    /// When it is refused or the disk fails twice: then the chunk was not taken, what was taken before
    /// still waits, and the same call may be tried again when there is space.
    pub fn append<'a>(&self, chunk: impl Into<ChunkRef<'a>>) -> Result<Ticket, WalError> {
        let chunk = chunk.into();
        record::check(&chunk).map_err(WalError::Refused)?;
        let lines_crc = crc32fast::hash(chunk.bytes);
        let mut queue = self.lock();
        while queue.bytes.len() >= self.options.group_bytes {
            queue = if queue.is_syncing { self.wait(queue) } else { self.commit(queue)? };
        }
        let before = queue.bytes.len();
        record::encode(&chunk, lines_crc, &mut queue.bytes);
        queue.now = queue.now.max(u64::try_from(chunk.accepted_at).unwrap_or(0));
        if !queue.is_syncing
            && queue.bytes.len() - queue.written >= self.options.write_bytes
            && let Err(error) = self.write(&mut queue)
        {
            // The file was given up, so nothing of the queue counts as written.
            queue.bytes.truncate(before);
            return Err(error.into());
        }
        queue.lines += chunk.bytes.len() as u64;
        queue.appended += 1;
        Ok(Ticket(queue.appended))
    }

    /// Returns when all chunks taken before the call are durable.
    ///
    /// # Errors
    /// When the disk fails twice. The chunks still wait, and the call may be tried again.
    pub fn sync(&self) -> Result<Acknowledged, WalError> {
        let mut queue = self.lock();
        let wanted = queue.appended;
        while queue.acknowledged < wanted {
            queue = if queue.is_syncing { self.wait(queue) } else { self.commit(queue)? };
        }
        Ok(queue.acknowledged())
    }

    /// Makes all durable and ends the file, so that it can be settled; settling has the memory of the queue then.
    /// The next chunk begins another.
    ///
    /// # Errors
    /// As [`WalWriter::sync`].
    pub fn close(&self) -> Result<Acknowledged, WalError> {
        let mut queue = self.lock();
        while queue.is_syncing || queue.acknowledged < queue.appended {
            queue = if queue.is_syncing { self.wait(queue) } else { self.commit(queue)? };
        }
        queue.bytes = Vec::new();
        if let Some(file) = queue.file.take() {
            file.end();
        }
        Ok(queue.acknowledged())
    }

    /// The file that the writer holds.
    pub fn current(&self) -> Option<WalId> {
        self.lock().file.as_ref().map(|file| file.id)
    }

    /// Makes what is queued durable, in another file when this one fails.
    fn commit<'a>(
        &'a self,
        queue: MutexGuard<'a, Queue>,
    ) -> Result<MutexGuard<'a, Queue>, WalError> {
        match self.try_commit(queue) {
            (queue, Ok(())) => Ok(queue),
            (queue, Err(_)) => {
                let (queue, done) = self.try_commit(queue);
                done.map(|()| queue).map_err(WalError::Disk)
            }
        }
    }

    fn try_commit<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
    ) -> (MutexGuard<'a, Queue>, Result<(), DiskError>) {
        if let Err(error) = self.write(&mut queue) {
            return (queue, Err(error));
        }
        let Some(mut file) = queue.file.take() else { return (queue, Ok(())) };
        let group = (queue.written, queue.appended, queue.lines);
        queue.is_syncing = true;
        drop(queue);
        let done = file.file.sync();
        let mut queue = self.lock();
        queue.is_syncing = false;
        self.synced.notify_all();
        match done {
            Ok(()) => {
                let (bytes, appended, lines) = group;
                file.durable += bytes as u64;
                file.chunks += appended - queue.acknowledged;
                file.lines += lines;
                queue.bytes.drain(..bytes);
                queue.written = 0;
                queue.lines -= lines;
                queue.acknowledged = appended;
                if file.lines >= self.options.roll_bytes {
                    file.end();
                } else {
                    queue.file = Some(file);
                }
                (queue, Ok(()))
            }
            Err(error) => {
                self.abandon(&mut queue, file);
                (queue, Err(error))
            }
        }
    }

    /// Writes what is queued, to another file when this one fails.
    fn write(&self, queue: &mut Queue) -> Result<(), DiskError> {
        self.try_write(queue).or_else(|_| self.try_write(queue))
    }

    fn try_write(&self, queue: &mut Queue) -> Result<(), DiskError> {
        let mut file = match queue.file.take() {
            Some(file) => file,
            None => self.begin(queue)?,
        };
        let unwritten = queue.bytes.get_mut(queue.written..).unwrap_or_default();
        match file.write(unwritten) {
            Ok(()) => {
                queue.written = queue.bytes.len();
                queue.file = Some(file);
                Ok(())
            }
            Err(error) => {
                self.abandon(queue, file);
                Err(error)
            }
        }
    }

    fn begin(&self, queue: &mut Queue) -> Result<Current, DiskError> {
        let born = claim::give_birth(self.disk.as_ref(), queue.now, queue.newest)?;
        queue.newest = born.id.made_at();
        Ok(Current {
            id: born.id,
            key: Keyed::new(&born.id),
            file: born.file,
            durable: HEAD_LEN as u64,
            chunks: 0,
            lines: 0,
        })
    }

    /// Gives a file up: what of it is not acknowledged goes to the next one, and is taken back here, for
    /// whether it is durable nobody knows. Should that fail, [`super::Progress`] still takes each byte once.
    fn abandon(&self, queue: &mut Queue, file: Current) {
        queue.written = 0;
        let _ = file.file.cut(file.durable);
        if file.chunks == 0 {
            let _ = self.disk.remove(&file.id.path());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        self.synced.wait(queue).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn acknowledged(&self) -> Acknowledged {
        Acknowledged { through: (self.acknowledged > 0).then_some(Ticket(self.acknowledged)) }
    }
}

impl Current {
    /// Makes queued records ones of this file and writes them.
    fn write(&mut self, records: &mut [u8]) -> Result<(), DiskError> {
        let mut rest = &mut *records;
        while let Some(length) = self.key.adopt(rest, self.durable) {
            rest = rest.get_mut(length..).unwrap_or_default();
        }
        if records.is_empty() { Ok(()) } else { self.file.append(&[records]) }
    }

    /// All in the file is acknowledged. Should its end not arrive, it is one whose writer died.
    fn end(self) {
        let end = record::end(&self.key, self.chunks, self.lines, self.durable);
        let _ = self.file.append(&[&end]).and_then(|()| self.file.sync());
    }
}
