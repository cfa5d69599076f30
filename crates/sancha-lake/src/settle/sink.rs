//! A file that is written through to the disk, hashed on the way.

use std::{
    io::{self, Write},
    sync::Arc,
};

use sancha_seal::{Algorithm, Hash32, Hasher};

use crate::{
    LakeError,
    disk::{Disk, DiskError, DiskFile, Trouble},
};

const BUFFER_BYTES: usize = 1 << 18;

pub(crate) struct Sink {
    path: String,
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    digest: Hasher,
    bytes: u64,
}

impl Sink {
    /// Begins a file; what a crash left under its name is removed.
    pub(crate) fn create(disk: &Arc<dyn Disk>, path: String) -> Result<Self, LakeError> {
        let file = match disk.create(&path) {
            Err(DiskError { trouble: Trouble::Exists, .. }) => {
                disk.remove(&path)?;
                disk.create(&path)?
            }
            made => made?,
        };
        let (buffer, digest) = (Vec::with_capacity(BUFFER_BYTES), Algorithm::Sha256.hasher());
        Ok(Self { path, file, buffer, digest, bytes: 0 })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn drain(&mut self) -> io::Result<()> {
        self.digest.update(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        self.file.append(&[&self.buffer]).map_err(io::Error::other)?;
        self.buffer.clear();
        Ok(())
    }

    /// Path, digest and length of the file, durable now.
    pub(crate) fn finish(mut self) -> Result<(String, Hash32, u64), LakeError> {
        self.drain().map_err(|error| LakeError::read(&self.path, error))?;
        self.file.sync()?;
        Ok((self.path, self.digest.finish(), self.bytes))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            self.drain()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
