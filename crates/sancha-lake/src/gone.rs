//! Parts that go while somebody reads them.
//!
//! Who opened a lake has its parts as they were then. Whoever deletes some meanwhile says so in the log first and
//! removes files after that. So a file that is not there is missing only while the log, as it is now, still has
//! its part.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sancha_seal::Kind;

use crate::{Lake, LakeError, disk::Disk};

/// An error of reading a part, or what the log says of it now where the part is not kept any more.
pub(crate) fn look_again(disk: &Arc<dyn Disk>, part: &str, error: LakeError) -> LakeError {
    // Not only of a missing file: what reads columns tells of one that went in between as of a damaged one.
    if !error.is_damage() {
        return error;
    }
    // A log that cannot be read says nothing of the file.
    let Ok(lake) = Lake::open(Arc::clone(disk)) else { return error };
    let catalog = lake.catalog();
    let rewrites = |kind: &Kind| matches!(kind, Kind::Rewritten { from, .. } if from.iter().any(|path| path == part));
    if catalog.retired.contains_key(part) {
        LakeError::Retired { path: part.to_owned() }
    } else if catalog.entries.iter().any(|entry| rewrites(&entry.kind)) {
        LakeError::Rewritten { path: part.to_owned() }
    } else {
        error
    }
}

/// Whether the log, as it is now, has the part no more. One that cannot be read says nothing.
pub(crate) fn is_gone(disk: &Arc<dyn Disk>, part: &str) -> bool {
    let lake = Lake::open(Arc::clone(disk));
    lake.is_ok_and(|lake| lake.catalog().parts.values().all(|other| other.path != part))
}

/// What was read of a part; `None` where the part was retired meanwhile: then none of its rows is kept.
///
/// # Errors
/// When a file is missing or damaged, or the part was rewritten meanwhile.
pub(crate) fn unless_retired<T>(
    disk: &Arc<dyn Disk>,
    part: &str,
    read: Result<T, LakeError>,
) -> Result<Option<T>, LakeError> {
    match read.map_err(|error| look_again(disk, part, error)) {
        Ok(read) => Ok(Some(read)),
        Err(LakeError::Retired { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
