//! How much of a stranger's file is read. A pack is held in memory while it is verified.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// A larger pack is not made: it is split by whoever exports it. The tag files come on top.
pub(crate) const PACK_BYTES: u64 = sancha_seal::evidence::MOST_BYTES as u64 + (1 << 20);
/// Nine files and the anchors.
pub(crate) const MEMBERS: usize = 1000;
pub(crate) const NAME_BYTES: usize = 255;
/// What opening a zip may read: a thousand members are listed in 100 KB, and the search for the end
/// of the directory reads 64 KB.
pub(crate) const DIRECTORY_BYTES: u64 = 1 << 20;
/// A hundred keys.
pub(crate) const KEY_FILE_BYTES: u64 = 64 << 10;

/// A whole file, unless it is longer.
///
/// # Errors
/// When the file cannot be read or is longer.
pub(crate) fn read_capped(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

pub(crate) fn too_large(most: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {most} bytes"))
}
