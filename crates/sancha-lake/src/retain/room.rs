//! Room on the disk before lines are accepted: shed what can be made anew, then stop, before bytes are lost.

#[cfg(test)]
mod tests;

use sancha_seal::SigningKey;

use super::Stance;
use crate::{
    Lake, LakeError,
    disk::{Disk, DiskError, Trouble},
};

/// What settling takes beside the parts: the log's tiles, the checkpoint, a file that is written beside another.
const SLACK_BYTES: u64 = 8 << 20;
/// Endings of files that nobody needs: what a crash left of one that was being written beside another.
const LEFT_OVER: &str = ".tmp";

/// What a disk has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub stance: Stance,
    /// Where the system says.
    pub free: Option<u64>,
    /// What has to be free for the lines to be accepted and settled.
    pub needed: u64,
}

impl Lake {
    /// Whether `more` bytes of lines may be accepted while `waiting` are accepted and not settled yet. When all
    /// are settled, `keep_free` are still free.
    ///
    /// # Errors
    /// When the system cannot be asked.
    pub fn room(&self, waiting: u64, more: u64, keep_free: u64) -> Result<Room, LakeError> {
        let free = match self.disk().free_space() {
            // The folder is made with the first file.
            Err(DiskError { trouble: Trouble::Missing, .. }) => None,
            asked => asked?,
        };
        let settling = settling(waiting.saturating_add(more));
        let needed = more.saturating_add(settling).saturating_add(keep_free);
        let stance = free.map_or(Stance::Accept, |free| Stance::at(free, needed));
        Ok(Room { stance, free, needed })
    }

    /// Removes what can be made anew; returns the paths. Nothing that is sealed or accepted is among it.
    ///
    /// # Errors
    /// When another process is writing to the lake, or the disk refuses.
    pub fn shed(&mut self, key: &SigningKey) -> Result<Vec<String>, LakeError> {
        // Who writes a file beside another holds this lock.
        let _lock = self.lock(key)?;
        crate::wal::sweep(&**self.disk())?;
        let disk = self.disk();
        let mut shed = files_below(&**disk, "data")?;
        shed.extend(files_below(&**disk, "seal")?);
        shed.retain(|path| path.ends_with(LEFT_OVER));
        for path in &shed {
            disk.remove(path)?;
        }
        Ok(shed)
    }
}

/// What the parts of so many bytes of lines take at most: lines that do not compress, and their companion.
fn settling(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 2).saturating_add(SLACK_BYTES)
}

/// Paths of all files below a folder, sorted.
pub(crate) fn files_below(disk: &dyn Disk, folder: &str) -> Result<Vec<String>, LakeError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in disk.list(&folder)? {
            let path = format!("{folder}/{}", entry.name);
            let to = if entry.is_folder { &mut folders } else { &mut found };
            to.push(path);
        }
    }
    found.sort();
    Ok(found)
}
