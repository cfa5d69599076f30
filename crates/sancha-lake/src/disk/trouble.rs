//! What can go wrong with a file: which one, while doing what, and the way out.

use std::fmt;
use std::io;

/// A failed operation on a file.
#[derive(Debug, thiserror::Error)]
#[error("failed to {operation} `{path}`{trouble}")]
pub struct DiskError {
    pub path: String,
    pub operation: Operation,
    pub trouble: Trouble,
    #[source]
    pub source: io::Error,
}

impl DiskError {
    pub fn new(path: impl Into<String>, operation: Operation, source: io::Error) -> Self {
        let trouble = Trouble::of(&source);
        Self { path: path.into(), operation, trouble, source }
    }

    /// As [`DiskError::new`], where the trouble is known.
    pub(crate) fn of(
        path: impl Into<String>,
        operation: Operation,
        trouble: Trouble,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { path: path.into(), operation, trouble, source: io::Error::other(source) }
    }
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Create,
    Append,
    Cut,
    Sync,
    SyncFolder,
    Read,
    List,
    Remove,
    Rename,
    Lock,
    FreeSpace,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Append => "write",
            Self::Cut => "shorten",
            Self::Sync => "make durable",
            Self::SyncFolder => "make durable the names in",
            Self::Read => "read",
            Self::List => "list",
            Self::Remove => "remove",
            Self::Rename => "rename",
            Self::Lock => "lock",
            Self::FreeSpace => "ask for the free space of",
        })
    }
}

/// What a person can do something about, told apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No space, or the quota is used up.
    Full,
    ReadOnly,
    /// The rights do not suffice.
    Denied,
    Missing,
    Exists,
    /// The device reports an error of its own.
    Device,
    /// The object store does not answer, or not as it should, however often it is asked.
    Unreachable,
    /// Somebody else wrote to the lake meanwhile.
    Changed,
    /// The key that the file is encrypted with is not there, nor is that of another month.
    NoKey,
    /// The key that the file is encrypted with is not there; keys of other months are.
    LostKey,
    /// What stands in the key's place does not open the file: it is another key, or none.
    OtherKey,
    /// What is encrypted does not open: it is not what was written.
    Damaged,
    Other,
}

impl Trouble {
    /// No key opens an encrypted file.
    pub fn is_of_missing_key(self) -> bool {
        self == Self::NoKey || self.is_of_lost_key()
    }

    /// No key opens the files of one month. Those of other months may have theirs: it is their lines that can be told.
    pub fn is_of_lost_key(self) -> bool {
        matches!(self, Self::LostKey | Self::OtherKey)
    }

    fn of(error: &io::Error) -> Self {
        // `EIO` has no kind of its own. It is 5 on Linux and the BSDs; Windows uses 5 for a denied access,
        // which has a kind and is taken first.
        const EIO: i32 = 5;
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::PermissionDenied => Self::Denied,
            // A file where a folder should be leaves no room for the one that is looked for.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::Exists,
            _ if error.raw_os_error() == Some(EIO) => Self::Device,
            _ => Self::Other,
        }
    }
}

/// The way out, as the end of a sentence.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => ": the disk is full; free space or move the lake to a larger disk",
            Self::ReadOnly => ": the file system is read-only; mount it for writing",
            Self::Denied => {
                ": the rights do not suffice; let this user into the lake's folder, or check the store's credentials"
            }
            Self::Missing => ": it is not there",
            Self::Exists => ": it is there already",
            Self::Device => ": the device fails; check the disk and the system's log",
            Self::Unreachable => {
                ": the object store fails; what was accepted is kept here: try again when it works"
            }
            Self::Changed => {
                ": another machine wrote to the lake meanwhile; nothing is lost: do the same again"
            }
            Self::NoKey | Self::LostKey => {
                ": it is the key of what is encrypted; put it back from its backup, or name its folder"
            }
            Self::OtherKey => {
                ": it does not open what is encrypted; put the right key back from its backup, or name its folder"
            }
            Self::Damaged => ": it is damaged; restore it from a backup",
            Self::Other => "",
        })
    }
}
