//! What is accepted and not settled yet.
//!
//! A write-ahead file goes when it is settled. Whoever read the log before that, and looks into the folder behind it,
//! would find its lines in neither: the files are held open before the log is read.

use std::sync::Arc;

use crate::{
    Lake, LakeError, Settings,
    disk::{Disk, OpenFile, Trouble},
    query::framing,
    settle::{NewPieces, numbered},
    wal::{self, Chunk, WalError, WalId, WalReader},
};

/// A write-ahead file, as long as it was when it was found.
pub(crate) struct Waiting {
    pub(crate) id: WalId,
    pub(crate) length: u64,
    /// `None` where the disk reads by name only.
    pub(crate) file: Option<Arc<dyn OpenFile>>,
}

/// The files that are there. One that goes meanwhile is in the log that is read next.
pub(crate) fn waiting(disk: &dyn Disk) -> Result<Vec<Waiting>, LakeError> {
    let mut found = Vec::new();
    for file in wal::list(disk)? {
        match disk.open(&file.path) {
            Ok(open) => found.push(Waiting {
                id: file.id,
                length: file.size_bytes,
                file: open.map(Arc::from),
            }),
            Err(error) if error.trouble == Trouble::Missing => (),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

impl Lake {
    /// Calls `each` with lines that are accepted and not settled, each line once, until it says `false`. Files that no
    /// key opens are in [`Lake::damages`] then.
    pub(crate) fn waiting_chunks(
        &self,
        settings: &Settings<'_>,
        each: &mut dyn FnMut(Chunk) -> Result<bool, LakeError>,
    ) -> Result<(), LakeError> {
        let is_held = |file: &Waiting| self.waiting().iter().any(|held| held.id == file.id);
        let newer = waiting(&**self.disk())?.into_iter().filter(|file| !is_held(file));
        let newer: Vec<Waiting> = newer.collect();
        let files = self.waiting().iter().chain(&newer);
        let files = files.filter(|file| !self.catalog().settled.contains(&file.id.to_string()));
        let mut progress = None;
        for file in files {
            let opened = match WalReader::open_held(&**self.disk(), file) {
                // It is read by name, and was settled meanwhile.
                Err(WalError::Disk(error)) if error.trouble == Trouble::Missing => {
                    return Err(LakeError::Busy);
                }
                opened => opened.map_err(LakeError::from),
            };
            let opened = self.noted().unless_keyless(&file.id.path(), opened)?;
            let Some(reader) = opened else { continue };
            let progress = progress.get_or_insert_with(|| self.catalog().progress());
            for (number, chunk) in (0_u64..).zip(reader) {
                let chunk = chunk?;
                let whole = chunk.borrowed();
                // Two writers may both have taken the same lines.
                for new in NewPieces::of(whole, progress, file.id, number) {
                    let framing = framing(&whole, settings, self.catalog());
                    if !each(numbered(new, &whole, framing).owned())? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
