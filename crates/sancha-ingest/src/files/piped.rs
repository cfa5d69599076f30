//! Standard input, which can be read only once: what came through it is copied aside, so that the lines
//! that a report cites can be shown.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::Limits;
use super::blob::{Extent, spool_file};

/// The pipe before it is read; after that, the copy of what came through it.
pub(super) struct Piped(Mutex<State>);

enum State {
    Unread(Box<dyn Read + Send>),
    Read(Option<Arc<Mutex<Copy>>>),
}

/// The beginning of the content, in an anonymous temporary file that the system removes at the end.
struct Copy {
    file: Arc<File>,
    bytes: u64,
    room: u64,
}

/// What opening gives.
pub(super) enum Opened {
    First(Box<dyn Read + Send>),
    /// As far as it was copied.
    Again(Extent),
    Gone,
}

impl Piped {
    pub(super) fn new(content: Box<dyn Read + Send>) -> Self {
        Self(Mutex::new(State::Unread(content)))
    }

    pub(super) fn open(&self, limits: &Limits) -> Opened {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Read(None)) {
            State::Unread(content) => {
                let copy = Copy::new(limits).map(|copy| Arc::new(Mutex::new(copy)));
                *state = State::Read(copy.clone());
                Opened::First(match copy {
                    Some(copy) => Box::new(Copying { content, copy: Some(copy) }),
                    None => content,
                })
            }
            State::Read(Some(copy)) => {
                let extent = copy.lock().unwrap_or_else(PoisonError::into_inner).extent();
                *state = State::Read(Some(copy));
                Opened::Again(extent)
            }
            State::Read(None) => Opened::Gone,
        }
    }
}

impl Copy {
    /// Without room for a copy there is none; the run itself does not need it.
    fn new(limits: &Limits) -> Option<Self> {
        if limits.max_piped_copy_bytes == 0 {
            return None;
        }
        let file = Arc::new(spool_file(limits).ok()?);
        Some(Self { file, bytes: 0, room: limits.max_piped_copy_bytes })
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = usize::try_from(self.room - self.bytes).unwrap_or(usize::MAX);
        let kept = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        (&*self.file).write_all(kept)?;
        self.bytes += kept.len() as u64;
        if kept.len() < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn extent(&self) -> Extent {
        Extent::of_open(Arc::clone(&self.file), self.bytes)
    }
}

struct Copying {
    content: Box<dyn Read + Send>,
    /// `None` once it is full or could not be written.
    copy: Option<Arc<Mutex<Copy>>>,
}

impl Read for Copying {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.content.read(buffer)?;
        let read = buffer.get(..got).unwrap_or_default();
        if let Some(copy) = &self.copy
            && copy.lock().unwrap_or_else(PoisonError::into_inner).add(read).is_err()
        {
            self.copy = None;
        }
        Ok(got)
    }
}
