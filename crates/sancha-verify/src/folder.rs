//! A pack that was unpacked, or was never packed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sancha_seal::evidence::Problem;

use crate::{Read, limits, texts};

/// The bag itself, or the one folder inside that is one, as unpacking into a folder leaves it.
fn bag(root: &Path) -> io::Result<PathBuf> {
    let is_bag = |folder: &Path| folder.join("bagit.txt").is_file();
    if is_bag(root) {
        return Ok(root.to_owned());
    }
    let inside = fs::read_dir(root)?.collect::<io::Result<Vec<_>>>()?;
    let [only] = inside.as_slice() else { return Ok(root.to_owned()) };
    Ok(Some(only.path()).filter(|path| is_bag(path)).unwrap_or_else(|| root.to_owned()))
}

/// The files below a folder. Links are not followed: what they lead to is not part of a pack.
///
/// # Errors
/// When the folder itself cannot be listed.
pub(crate) fn read(root: &Path) -> io::Result<Read> {
    let mut read = Read { files: Vec::new(), problems: Vec::new() };
    let mut left = limits::PACK_BYTES;
    let mut folders = vec![(bag(root)?, String::new())];
    while let Some((folder, name)) = folders.pop() {
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = format!("{name}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if name.len() > limits::NAME_BYTES || read.files.len() >= limits::MEMBERS {
                read.problems.push(problem(&name, &texts::TOO_MANY));
                return Ok(read);
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if !kind.is_file() {
                read.problems.push(problem(&name, &texts::NO_FILE));
            } else {
                match limits::read_capped(&entry.path(), left) {
                    Ok(bytes) => {
                        left -= bytes.len() as u64;
                        read.files.push((name, bytes));
                    }
                    Err(error) => read.problems.push(unreadable(&name, &error)),
                }
            }
        }
    }
    Ok(read)
}

pub(crate) fn problem(name: &str, text: &sancha_model::Text) -> Problem {
    Problem { file: name.to_owned(), lines: None, what: text.local() }
}

pub(crate) fn unreadable(name: &str, error: &io::Error) -> Problem {
    let why = sancha_model::LocalText::same(sancha_model::visible(&error.to_string()));
    Problem { file: name.to_owned(), lines: None, what: texts::UNREADABLE.fill(&[("why", why)]) }
}
