//! A pack in a zip, read with bounds on everything a zip can claim.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read as _, Seek, SeekFrom},
    path::Path,
    rc::Rc,
};

use sancha_seal::evidence::Problem;
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use crate::{
    Read,
    folder::{problem, unreadable},
    limits, texts,
};

/// The members of a zip, up to `most` bytes, without the folder that all of them are in. A zip that
/// cannot be read is a broken pack; a file that cannot be opened is an error.
///
/// # Errors
/// When the file cannot be opened.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Read> {
    let left = Rc::new(Cell::new(limits::DIRECTORY_BYTES));
    let reader = Metered { inner: BufReader::new(File::open(path)?), left: Rc::clone(&left) };
    let mut read = Read { files: Vec::new(), problems: Vec::new() };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut archive = match ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(error) => {
            read.problems.push(unreadable(&name, &error.into()));
            return Ok(read);
        }
    };
    // The compressed bytes are bounded as well as what they expand to.
    left.set(most);
    if archive.has_duplicate_names() {
        read.problems.push(problem(&name, &texts::NAME_TWICE));
    }
    if archive.len() > limits::MEMBERS {
        read.problems.push(problem(&name, &texts::TOO_MANY));
        return Ok(read);
    }
    let mut budget = most;
    for index in 0..archive.len() {
        member(&mut archive, index, &mut budget, &mut read);
    }
    strip_folder(&mut read);
    Ok(read)
}

#[expect(clippy::disallowed_methods, reason = "what a member expands to is capped by `budget`")]
fn member(archive: &mut ZipArchive<Metered>, index: usize, budget: &mut u64, read: &mut Read) {
    let listed = archive.name_for_index(index).and_then(Result::ok);
    let name = listed.map_or_else(|| format!("#{index}"), |name| name.into_owned());
    match archive.by_index(index) {
        Ok(member) if member.is_dir() => {}
        Ok(member)
            if member.is_symlink() || !is_read(&member) || name.len() > limits::NAME_BYTES =>
        {
            read.problems.push(problem(&name, &texts::NO_FILE));
        }
        Ok(member) => {
            let mut bytes = Vec::new();
            // What was read before a fault, such as a wrong checksum, is kept: it tells where.
            let result = member.take(*budget + 1).read_to_end(&mut bytes);
            let length = bytes.len() as u64;
            if length > *budget {
                read.problems.push(unreadable(&name, &limits::too_large(*budget)));
                *budget = 0;
                return;
            }
            *budget -= length;
            read.problems.extend(result.err().map(|error| unreadable(&name, &error)));
            read.files.push((name, bytes));
        }
        Err(error) => read.problems.push(unreadable(&name, &error.into())),
    }
}

fn is_read(member: &ZipFile<'_, Metered>) -> bool {
    let method = member.compression();
    !member.encrypted() && matches!(method, CompressionMethod::STORE | CompressionMethod::DEFLATE)
}

/// A bag is packed in its folder (RFC 8493, section 4.2); the names inside a pack are without it.
fn strip_folder(read: &mut Read) {
    let first = read.files.first().and_then(|(name, _)| name.split_once('/'));
    let Some(folder) = first.map(|(folder, _)| format!("{folder}/")) else { return };
    let is_inside = |name: &str| name.starts_with(&folder);
    if folder == "data/" || !read.files.iter().all(|(name, _)| is_inside(name)) {
        return;
    }
    let named: &mut dyn Iterator<Item = &mut String> = &mut read
        .files
        .iter_mut()
        .map(|(name, _)| name)
        .chain(read.problems.iter_mut().map(|problem: &mut Problem| &mut problem.file));
    for name in named.filter(|name| is_inside(name)) {
        name.drain(..folder.len());
    }
}

/// A file of which only so many bytes are read, however often.
struct Metered {
    inner: BufReader<File>,
    left: Rc<Cell<u64>>,
}

impl io::Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("the zip is not that of a pack"))?);
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zip_of<'a>(members: impl Iterator<Item = (&'a str, Vec<u8>)>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = ZipWriter::new(file.reopen().unwrap());
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::DEFLATE);
        for (name, bytes) in members {
            zip.start_file(name, packed).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    fn named(read: &Read) -> Vec<&str> {
        read.files.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn the_folder_that_all_members_are_in_is_left_out() {
        let members = [("bag/a", b"1".to_vec()), ("bag/data/b", b"2".to_vec())];
        let read_all = |members: &[(&'static str, Vec<u8>)]| {
            read(zip_of(members.iter().cloned()).path(), 1000).unwrap()
        };
        assert_eq!(named(&read_all(&members)), ["a", "data/b"]);
        assert_eq!(named(&read_all(&[("a", vec![]), ("data/b", vec![])])), ["a", "data/b"]);
        assert_eq!(named(&read_all(&[("data/a", vec![])])), ["data/a"]);
        assert_eq!(named(&read_all(&[("x/../../a", vec![])])), ["../../a"], "a name, never a path");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let file = zip_of([("bag/a", vec![b'0'; 2 << 20]), ("bag/b", vec![1])].into_iter());
        assert!(file.path().metadata().unwrap().len() < 10_000);
        let read = read(file.path(), 1 << 20).unwrap();
        assert!(read.files.is_empty(), "nothing is kept of what is behind the limit");
        assert_eq!(read.problems.len(), 2);
    }

    #[test]
    fn many_members_are_not_listed() {
        let names: Vec<_> = (0..1001).map(|number| format!("bag/{number}")).collect();
        let file = zip_of(names.iter().map(|name| (name.as_str(), Vec::new())));
        let found = read(file.path(), 1000).unwrap();
        assert_eq!(found.problems[0].what.en, texts::TOO_MANY.en);
        let names: Vec<_> = (0..12_000).map(|number| format!("{number:0>60}")).collect();
        let file = zip_of(names.iter().map(|name| (name.as_str(), Vec::new())));
        let found = read(file.path(), 1000).unwrap();
        assert!(found.files.is_empty() && found.problems[0].what.en.contains("not that of a pack"));
    }

    #[test]
    fn what_is_no_zip_is_a_broken_pack() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for bytes in [&b""[..], b"PK", b"PK\x05\x06", &[b'x'; 70_000]] {
            std::fs::write(file.path(), bytes).unwrap();
            assert_eq!(read(file.path(), 1000).unwrap().problems.len(), 1);
        }
        assert!(read(Path::new("/nowhere"), 1).is_err());
    }
}
