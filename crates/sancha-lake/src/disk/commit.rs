//! Several files and the one that makes them count.

use super::{DiskError, Operation, Trouble};

/// Files of a lake's log, and the pointer through which they are found: what no pointer leads to never
/// happened.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// Paths and contents. A path has the same content whoever commits it.
    pub files: &'a [(String, Vec<u8>)],
    pub pointer: &'a str,
    /// What the pointer held when the commit was made ready; `None`: it was not there.
    pub expected: Option<&'a [u8]>,
    pub bytes: &'a [u8],
}

impl Commit<'_> {
    /// # Errors
    /// When `found` is not what the commit builds on.
    pub(super) fn check(&self, found: Option<&[u8]>) -> Result<(), DiskError> {
        if found == self.expected { Ok(()) } else { Err(self.changed()) }
    }

    pub(super) fn changed(&self) -> DiskError {
        let what = "it is not what this was built on";
        DiskError::of(self.pointer, Operation::Append, Trouble::Changed, what)
    }
}

/// A file's content; `None` for one that is not there.
pub(super) fn found<T>(read: Result<T, DiskError>) -> Result<Option<T>, DiskError> {
    match read {
        Err(error) if error.trouble == Trouble::Missing => Ok(None),
        read => read.map(Some),
    }
}
