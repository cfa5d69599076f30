//! The Parquet library reads bytes that may have been altered. It trusts some lengths inside of a file and
//! panics where they contradict each other: here that becomes an error of the file.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use parquet::errors::ParquetError;

use crate::LakeError;

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is decoding a file of a lake: a panic then is told as that file's damage, and its own
/// message says nothing more.
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Decodes something of the file `path`.
pub(super) fn decode<T>(
    path: &str,
    work: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, LakeError> {
    DECODING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    DECODING.set(false);
    match outcome {
        Ok(outcome) => outcome.map_err(|error| LakeError::parquet(path, error)),
        Err(_) => Err(LakeError::Broken { path: path.to_owned(), what: "it contradicts itself" }),
    }
}
