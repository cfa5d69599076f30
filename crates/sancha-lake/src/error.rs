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
    /// The file's columns are not what its format says.
    #[error("`{path}` is damaged and cannot be read")]
    Parquet { path: String, source: ParquetError },
    #[error("failed to write `{path}`")]
    Unwritten { path: String, source: ParquetError },
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
            | Self::Unwritten { .. }
            | Self::NotTheSame { .. }
            | Self::Retired { .. }
            | Self::Rewritten { .. }
            | Self::Busy
            | Self::NoRoom { .. }
            | Self::OtherKey { .. } => false,
        }
    }

    /// No key opens an encrypted file.
    pub fn is_of_missing_key(&self) -> bool {
        self.disk_trouble().is_some_and(Trouble::is_of_missing_key)
    }

    /// No key opens the files of one month; see [`Trouble::is_of_lost_key`].
    pub fn is_of_lost_key(&self) -> bool {
        self.disk_trouble().is_some_and(Trouble::is_of_lost_key)
    }

    fn disk_trouble(&self) -> Option<Trouble> {
        match self {
            Self::Disk(error) | Self::Wal(WalError::Disk(error)) => Some(error.trouble),
            _ => None,
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

    /// What the Parquet library tells of a file that it reads, which may be what the disk told it.
    pub(crate) fn parquet(path: &str, source: ParquetError) -> Self {
        match of_disk(source) {
            Ok(error) => Self::read(path, error),
            Err(source) => Self::Parquet { path: path.to_owned(), source },
        }
    }

    /// What the Parquet library tells of a file that it writes, which may be what the disk told it.
    pub(crate) fn unwritten(path: &str, source: ParquetError) -> Self {
        match of_disk(source).map(io::Error::downcast::<DiskError>) {
            Ok(Ok(error)) => Self::Disk(error),
            Ok(Err(error)) => {
                Self::Unwritten { path: path.to_owned(), source: ParquetError::from(error) }
            }
            Err(source) => Self::Unwritten { path: path.to_owned(), source },
        }
    }

    pub(crate) fn seal(path: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Seal { path: path.to_owned(), source: Box::new(source) }
    }
}

/// The failure of the disk that the library passes on; else its own. What does not decompress is an `io::Error` of
/// the library, too.
fn of_disk(source: ParquetError) -> Result<io::Error, ParquetError> {
    let ParquetError::External(inner) = source else { return Err(source) };
    let error = *inner.downcast::<io::Error>().map_err(ParquetError::External)?;
    let is_of_disk = error.kind() == io::ErrorKind::UnexpectedEof
        || error.get_ref().is_some_and(|inner| inner.is::<DiskError>());
    if is_of_disk { Ok(error) } else { Err(ParquetError::External(Box::new(error))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Operation;

    /// What the library was told by the disk.
    fn passed_on() -> ParquetError {
        let error = DiskError::of("data/part", Operation::Append, Trouble::Full, "no room");
        ParquetError::External(Box::new(io::Error::other(error)))
    }

    #[test]
    fn reading_and_writing_are_told_apart_and_only_what_was_read_is_damaged() {
        let codec = || ParquetError::External(Box::new(io::Error::other("unknown frame")));
        for own in [codec(), ParquetError::General("levels".to_owned())] {
            let error = LakeError::parquet("data/part", own);
            assert!(error.is_damage());
            assert_eq!(error.to_string(), "`data/part` is damaged and cannot be read");
        }
        for own in [codec(), ParquetError::General("levels".to_owned())] {
            let error = LakeError::unwritten("data/part", own);
            assert!(!error.is_damage());
            assert_eq!(error.to_string(), "failed to write `data/part`");
        }
        for error in [LakeError::parquet("x", passed_on()), LakeError::unwritten("x", passed_on())]
        {
            let is_full =
                matches!(&error, LakeError::Disk(error) if error.trouble == Trouble::Full);
            assert!(is_full && !error.is_damage(), "{error}");
        }
    }
}
