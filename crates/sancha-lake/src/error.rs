use std::{error::Error, io};

use parquet::errors::ParquetError;

use crate::{
    disk::{DiskError, Trouble},
    wal::WalError,
};

/// What can go wrong in a lake. Paths are relative to it.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error(transparent)]
    Disk(DiskError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error("failed to read `{path}`")]
    Read { path: String, source: io::Error },
    /// The file's bytes are not what its format says.
    #[error("`{path}` is damaged: {what}")]
    Broken { path: String, what: &'static str },
    #[error("`{path}` is damaged or cannot be written")]
    Parquet { path: String, source: ParquetError },
    /// A row's line cannot be put together again.
    #[error("`{path}`: the line of row {row} cannot be rebuilt")]
    Line { path: String, row: u64 },
    /// What was written does not read back as the same lines; what it was made of is kept.
    #[error("`{path}` does not read back as what was written; what it was made of is kept")]
    NotTheSame { path: String },
    /// The retention job deleted it while it was read; the log says so.
    #[error("`{path}` was deleted when its time was over, while it was read")]
    Retired { path: String },
    /// Its rows are in another file since it was begun to be read; the log says so.
    #[error("`{path}` was rewritten and removed while it was read; run this again")]
    Rewritten { path: String },
    /// Proof and signatures: what is at fault stands in the source.
    #[error("`{path}` of the log")]
    Seal { path: String, source: Box<dyn Error + Send + Sync> },
    #[error("another process is writing to this lake; wait until it has ended")]
    Busy,
    /// Nothing is accepted any more, before anything is lost.
    #[error("{free} bytes are free and {needed} are needed; nothing more is accepted")]
    NoRoom { free: u64, needed: u64 },
    #[error("this key is `{key}`, the lake's is `{lake}`")]
    OtherKey { key: String, lake: String },
}

impl From<DiskError> for LakeError {
    /// What does not decrypt is damaged as what does not parse is.
    fn from(error: DiskError) -> Self {
        match error.trouble {
            Trouble::Damaged => Self::Broken {
                path: error.path,
                what: "an encrypted frame is not what was written",
            },
            _ => Self::Disk(error),
        }
    }
}

impl LakeError {
    /// Whether something that is kept was found damaged.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::Parquet { .. } | Self::Line { .. } | Self::Seal { .. } => {
                true
            }
            Self::Disk(_) => self.is_of_missing_file(),
            Self::Wal(error) => {
                matches!(error, WalError::Damaged { .. } | WalError::NotAWal { .. })
            }
            Self::Read { .. }
            | Self::NotTheSame { .. }
            | Self::Retired { .. }
            | Self::Rewritten { .. }
            | Self::Busy
            | Self::NoRoom { .. }
            | Self::OtherKey { .. } => false,
        }
    }

    pub(crate) fn is_of_missing_file(&self) -> bool {
        matches!(self, Self::Disk(error) if error.trouble == Trouble::Missing)
    }

    pub(crate) fn read(path: &str, source: io::Error) -> Self {
        match source.downcast::<DiskError>() {
            Ok(error) => Self::from(error),
            Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Broken { path: path.to_owned(), what: "it is shorter than it says" }
            }
            Err(source) => Self::Read { path: path.to_owned(), source },
        }
    }

    /// What the Parquet library tells of a file, which may be what the disk told it.
    pub(crate) fn parquet(path: &str, source: ParquetError) -> Self {
        let ParquetError::External(inner) = source else {
            return Self::Parquet { path: path.to_owned(), source };
        };
        match inner.downcast::<io::Error>() {
            Ok(error) => Self::read(path, *error),
            Err(inner) => {
                Self::Parquet { path: path.to_owned(), source: ParquetError::External(inner) }
            }
        }
    }

    pub(crate) fn seal(path: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Seal { path: path.to_owned(), source: Box::new(source) }
    }
}
