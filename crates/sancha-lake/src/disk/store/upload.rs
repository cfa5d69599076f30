//! A file on its way into the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use bytes::Bytes;
use object_store::{Error, MultipartUpload, ObjectStoreExt as _};

use super::super::{DiskError, DiskFile, Operation, Trouble};
use super::client::{Client, When};

/// Bytes of one part. A store takes 10,000 parts of at least 5 MiB; so a file may have 80 GB. One part fills
/// while the one before is sent: 16 MiB of memory for a file.
const PART_BYTES: usize = 8 << 20;

/// Its bytes are there from [`DiskFile::sync`] on; dropped before, it never was.
pub(super) struct ObjectFile {
    client: Arc<Client>,
    path: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Not sent yet.
    buffer: Vec<u8>,
    length: u64,
    upload: Option<Box<dyn MultipartUpload>>,
    sending: Option<mpsc::Receiver<Result<(), Error>>>,
    is_whole: bool,
    has_failed: bool,
}

impl ObjectFile {
    pub(super) fn new(client: Arc<Client>, path: &str) -> Self {
        Self { client, path: path.to_owned(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, what: &'static str) -> DiskError {
        DiskError::of(self.client.shown(&self.path), Operation::Append, Trouble::Other, what)
    }

    /// Waits until the part before has arrived, and sends the next.
    fn send(&self, state: &mut State, part: Bytes) -> Result<(), DiskError> {
        self.settle(state)?;
        if state.upload.is_none() {
            let store = Arc::clone(&self.client.store);
            let at = self.client.location(&self.path, Operation::Append)?;
            let begun = self.client.begin(async move { store.put_multipart(&at).await });
            state.upload = Some(self.client.wait(&self.path, Operation::Append, &begun)?);
        }
        if let Some(upload) = &mut state.upload {
            let part = upload.put_part(part.into());
            state.sending = Some(self.client.begin(part));
        }
        Ok(())
    }

    fn settle(&self, state: &mut State) -> Result<(), DiskError> {
        match state.sending.take() {
            Some(sending) => self.client.wait(&self.path, Operation::Append, &sending),
            None => Ok(()),
        }
    }

    fn take(&self, state: &mut State, parts: &[&[u8]]) -> Result<(), DiskError> {
        for mut part in parts.iter().copied() {
            while !part.is_empty() {
                let room = PART_BYTES - state.buffer.len();
                let (fits, rest) = part.split_at(part.len().min(room));
                state.buffer.extend_from_slice(fits);
                state.length += fits.len() as u64;
                part = rest;
                if state.buffer.len() == PART_BYTES {
                    let full = std::mem::take(&mut state.buffer);
                    self.send(state, full.into())?;
                }
            }
        }
        Ok(())
    }

    fn finish(&self, state: &mut State) -> Result<(), DiskError> {
        let rest = Bytes::from(std::mem::take(&mut state.buffer));
        if state.upload.is_none() {
            return self.put_small(rest);
        }
        if !rest.is_empty() {
            self.send(state, rest)?;
        }
        self.settle(state)?;
        let Some(mut upload) = state.upload.take() else { return Ok(()) };
        let done = self.client.begin(async move { upload.complete().await.map(drop) });
        let done = self.client.wait(&self.path, Operation::Sync, &done);
        match done {
            // The answer may have been lost, and the second try finds no upload any more.
            Err(error) => match self.client.head(&self.path) {
                Ok(length) if length == state.length => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    /// Writes a file that fits into one request, unless there is another of its name.
    fn put_small(&self, bytes: Bytes) -> Result<(), DiskError> {
        match self.client.put(&self.path, bytes.clone(), When::New) {
            // It may be this one: the answer was lost.
            Err(error) => match self.client.get(&self.path) {
                Ok((found, _)) if found == bytes => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    fn attempt(
        &self,
        act: impl FnOnce(&mut State) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let mut state = self.state();
        if state.has_failed {
            return Err(self.refuse("the upload failed before"));
        }
        let done = act(&mut state);
        state.has_failed = done.is_err();
        done
    }
}

impl DiskFile for ObjectFile {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        self.attempt(|state| match state.is_whole {
            true => Err(self.refuse("an object cannot grow")),
            false => self.take(state, parts),
        })
    }

    fn sync(&self) -> Result<(), DiskError> {
        self.attempt(|state| {
            if !state.is_whole {
                self.finish(state)?;
                state.is_whole = true;
            }
            Ok(())
        })
    }

    fn cut(&self, _length: u64) -> Result<(), DiskError> {
        Err(self.client.unsupported(&self.path, Operation::Cut))
    }

    fn lock(&self) -> Result<bool, DiskError> {
        Err(self.client.unsupported(&self.path, Operation::Lock))
    }
}

impl Drop for ObjectFile {
    /// Parts of what was not finished cost space until somebody tells the store.
    fn drop(&mut self) {
        let mut state = self.state();
        if let Some(sending) = state.sending.take() {
            let _ = sending.recv();
        }
        if let Some(mut upload) = state.upload.take() {
            let aborted = self.client.begin(async move { upload.abort().await });
            let _ = aborted.recv();
        }
    }
}
