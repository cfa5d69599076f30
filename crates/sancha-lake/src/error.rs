use std::io;

use parquet::errors::ParquetError;

/// What can go wrong in a lake. Paths are relative to it.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("{path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("{path}: not written: {source}")]
    Write { path: String, source: io::Error },
    /// The file's bytes are not what its format says.
    #[error("{path}: broken: {what}")]
    Broken { path: String, what: &'static str },
    #[error("{path}: {source}")]
    Parquet { path: String, source: ParquetError },
    /// A row's line cannot be put together again.
    #[error("{path}: row {row}: the line cannot be rebuilt")]
    Line { path: String, row: u64 },
}

impl LakeError {
    pub(crate) fn read(path: &str, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn parquet(path: &str, source: ParquetError) -> Self {
        Self::Parquet { path: path.to_owned(), source }
    }
}
