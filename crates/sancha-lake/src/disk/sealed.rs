//! Encryption at rest: another disk, on which nobody reads log lines without the keys.
//!
//! Encrypted is what holds lines: `data/` (parts, companions) and `wal/`. `seal/` is as it is: digests, names
//! of sources, days, numbers. AES-256-GCM; a key for each calendar month, in a folder outside the lake. When
//! a month's key is destroyed, so are all lines of that month, in every copy of the lake.
//!
//! An encrypted file begins with 64 bytes, all numbers little-endian:
//!
//! | byte | size | what |
//! | --- | --- | --- |
//! | 0 | 8 | `sanchaef` in frames of 64 KiB (parts, companions), `sanchaea` in a frame for each append (`wal/`) |
//! | 8 | 4 | version of this format, 1 |
//! | 12 | 8 | month of its key, `2026-03`, and a zero |
//! | 20 | 8 | id of the key |
//! | 28 | 16 | id of the file, random |
//! | 44 | 16 | zero |
//! | 60 | 4 | CRC-32 of bytes 0–59: damage is told from a newer format or another key |
//!
//! How keys and nonces are made, and why none is used twice: [`cipher`]. Frames: [`frames`], [`appends`].

mod appends;
mod cipher;
mod frames;
mod head;
mod keys;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use self::appends::with_true_frame_sums;
pub use self::keys::{PeriodKeys, is_period};

use self::appends::{Appended, AppendedFile};
use self::frames::{FRAME_BYTES, Framed, FramedFile};
use self::head::{HEAD_BYTES, Head, Layout};
use super::{Commit, Disk, DiskError, DiskFile, Entry, Lock, OpenFile, Trouble};

/// Files whose heads are remembered; a search reads two of a part.
const MOST_OPEN: usize = 256;
/// Frames of parts that are kept opened, 4 MiB: heads of pages and directories are read in a few bytes at a
/// time.
const MOST_FRAMES: usize = 64;

/// Encrypts what holds lines.
pub struct SealedDisk {
    inner: Arc<dyn Disk>,
    keys: Arc<PeriodKeys>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// Months whose key is known to be the right one for new files.
    checked: HashSet<String>,
    framed: HashMap<String, Arc<Framed>>,
    appended: HashMap<String, Appended>,
    /// Content of frames, by path and number; the oldest first.
    frames: VecDeque<(String, u64, Arc<[u8]>)>,
}

fn layout(path: &str) -> Option<Layout> {
    match path.split_once('/')?.0 {
        "data" => Some(Layout::Frames),
        // What is not of a month is nobody's lines.
        "wal" => keys::period_of(path).map(|_| Layout::Appends),
        _ => None,
    }
}

impl SealedDisk {
    /// Says in the lake itself that it is encrypted, so that no machine writes to it otherwise. It holds the
    /// name of the folder of keys.
    pub const MARK: &'static str = "seal/encrypted";

    pub fn new(inner: Arc<dyn Disk>, keys: PeriodKeys) -> Self {
        Self { inner, keys: Arc::new(keys), open: Mutex::default() }
    }

    /// The head of a new file. The key of its month is made when there is none, and nothing that it would have to open:
    /// two keys of one month would be two files of one name, and putting one back would lose the other. So a key that
    /// opens nothing of what is there is none to go on with.
    fn new_head(&self, layout: Layout, path: &str) -> Result<Head, DiskError> {
        if let Some(period) = keys::period_of(path)
            && !self.open().checked.contains(&period)
        {
            self.check_key(&period)?;
            self.open().checked.insert(period);
        }
        Head::new(&self.keys, layout, path)
    }

    fn check_key(&self, period: &str) -> Result<(), DiskError> {
        if !self.keys.has(period)? {
            if self.some_file(period, &mut |_| Ok(true))? {
                self.keys.find(period)?;
            }
            return Ok(());
        }
        let mut refused = None;
        let opens = self.some_file(period, &mut |path| match self.opens(path) {
            Err(error) if error.trouble == Trouble::OtherKey => {
                refused.get_or_insert(error);
                Ok(false)
            }
            // It says nothing of the key.
            Err(error) if matches!(error.trouble, Trouble::Missing | Trouble::Damaged) => Ok(false),
            opens => opens,
        })?;
        refused.filter(|_| !opens).map_or(Ok(()), Err)
    }

    /// Whether an encrypted file has a head, and the key of its month is the one that it names.
    fn opens(&self, path: &str) -> Result<bool, DiskError> {
        let mut bytes = [0; HEAD_BYTES];
        let Some(layout) = layout(path) else { return Ok(false) };
        if self.inner.read_range(path, 0, &mut bytes)? < HEAD_BYTES {
            return Ok(false);
        }
        Head::read(&self.keys, layout, path, bytes).map(|_| true)
    }

    /// Whether `is_it` is true of some file of this month.
    fn some_file(
        &self,
        period: &str,
        is_it: &mut dyn FnMut(&str) -> Result<bool, DiskError>,
    ) -> Result<bool, DiskError> {
        let is_of = |path: &str| keys::period_of(path).is_some_and(|month| month == period);
        for entry in self.inner.list("wal")? {
            let path = format!("wal/{}", entry.name);
            if is_of(&path) && is_it(&path)? {
                return Ok(true);
            }
        }
        let mut folders: Vec<String> =
            self.inner.list("data")?.into_iter().map(|day| format!("data/{}", day.name)).collect();
        folders.retain(|folder| is_of(folder));
        while let Some(folder) = folders.pop() {
            for entry in self.inner.list(&folder)? {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    folders.push(path);
                } else if is_it(&path)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, path: &str) {
        let mut open = self.open();
        open.framed.remove(path);
        open.appended.remove(path);
        open.frames.retain(|(of, _, _)| of != path);
    }

    /// The content of one frame of a part.
    fn frame(&self, path: &str, number: u64) -> Result<Arc<[u8]>, DiskError> {
        let found = self.open().frames.iter().find_map(|(of, at, content)| {
            (*at == number && of == path).then(|| Arc::clone(content))
        });
        if let Some(content) = found {
            return Ok(content);
        }
        let content = self.framed(path)?.frame(&*self.inner, path, number)?;
        let mut open = self.open();
        if open.frames.len() >= MOST_FRAMES {
            open.frames.pop_front();
        }
        open.frames.push_back((path.to_owned(), number, Arc::clone(&content)));
        Ok(content)
    }

    /// Reads little of a part, through the frames that are open.
    fn read_little(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset + filled as u64;
            let content = self.frame(path, at / FRAME_BYTES as u64)?;
            let inside = usize::try_from(at % FRAME_BYTES as u64).unwrap_or(FRAME_BYTES);
            let there = content.get(inside..).unwrap_or_default();
            if there.is_empty() {
                break;
            }
            filled += rest.len().min(there.len());
            rest.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
        }
        Ok(filled)
    }

    fn framed(&self, path: &str) -> Result<Arc<Framed>, DiskError> {
        if let Some(framed) = self.open().framed.get(path) {
            return Ok(Arc::clone(framed));
        }
        let framed = Arc::new(Framed::open(&*self.inner, &self.keys, path)?);
        let mut open = self.open();
        if open.framed.len() >= MOST_OPEN {
            open.framed.clear();
        }
        open.framed.insert(path.to_owned(), Arc::clone(&framed));
        Ok(framed)
    }

    /// Acts on a write-ahead file as it is now.
    fn with_appended<T>(
        &self,
        path: &str,
        act: impl FnOnce(&Appended) -> Result<T, DiskError>,
    ) -> Result<T, DiskError> {
        let known = self.open().appended.remove(path);
        let stored = self.inner.length(path)?;
        let appended = match known {
            Some(known) if known.stored == stored => known,
            Some(mut known) if known.stored < stored && known.length > 0 => {
                known.grow(&*self.inner, path)?;
                known
            }
            _ => Appended::open(&*self.inner, &self.keys, path)?,
        };
        let done = act(&appended);
        let mut open = self.open();
        if open.appended.len() >= MOST_OPEN {
            open.appended.clear();
        }
        open.appended.insert(path.to_owned(), appended);
        done
    }

    /// Of a file with this stored length.
    fn content_length(&self, path: &str, stored: u64) -> Result<u64, DiskError> {
        match layout(path) {
            None => Ok(stored),
            // What is in a listing need not be opened; one that is too short is found when it is read.
            Some(Layout::Frames) => {
                Ok(frames::content_length(stored).map_or(0, |(length, _)| length))
            }
            Some(Layout::Appends) => self.with_appended(path, |appended| Ok(appended.length)),
        }
    }
}

impl Disk for SealedDisk {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        self.forget(path);
        let Some(layout) = layout(path) else { return self.inner.create(path) };
        let head = self.new_head(layout, path)?;
        let inner = self.inner.create(path)?;
        Ok(match layout {
            Layout::Frames => Box::new(FramedFile::new(inner, path, head)),
            Layout::Appends => Box::new(AppendedFile::new(inner, path, head)),
        })
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        self.inner.lock(path)
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        match layout(path) {
            None => self.inner.read_range(path, offset, into),
            Some(Layout::Frames) if into.len() <= FRAME_BYTES => {
                self.read_little(path, offset, into)
            }
            Some(Layout::Frames) => self.framed(path)?.read(&*self.inner, path, offset, into),
            Some(Layout::Appends) => {
                self.with_appended(path, |appended| appended.read(&*self.inner, path, offset, into))
            }
        }
    }

    fn open(&self, path: &str) -> Result<Option<Box<dyn OpenFile>>, DiskError> {
        match layout(path) {
            None => self.inner.open(path),
            Some(_) => Ok(None),
        }
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        match layout(path) {
            None => self.inner.length(path),
            Some(Layout::Frames) => Ok(self.framed(path)?.length),
            Some(Layout::Appends) => self.with_appended(path, |appended| Ok(appended.length)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, DiskError> {
        let mut entries = self.inner.list(folder)?;
        if folder.is_empty() {
            return Ok(entries);
        }
        let mut found = Vec::with_capacity(entries.len());
        for mut entry in entries.drain(..) {
            if !entry.is_folder {
                let path = format!("{folder}/{}", entry.name);
                match self.content_length(&path, entry.size_bytes) {
                    Ok(length) => entry.size_bytes = length,
                    // It went while the folder was read.
                    Err(error) if error.trouble == Trouble::Missing => continue,
                    // It is there. What is in it is told to who reads it, and how long it is stored here.
                    Err(error) if error.trouble.is_of_missing_key() => (),
                    Err(error) => return Err(error),
                }
            }
            found.push(entry);
        }
        Ok(found)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.forget(path);
        self.inner.remove(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.forget(from);
        self.forget(to);
        self.inner.rename(from, to)
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.inner.sync_file(path)
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        self.inner.sync_folder(folder)
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        self.inner.free_space()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        match layout(path) {
            None => self.inner.read(path),
            Some(_) => super::read_whole(self, path),
        }
    }

    fn write_at_once(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let Some(layout) = layout(path) else { return self.inner.write_at_once(path, bytes) };
        self.forget(path);
        let stored = Collected::default();
        let head = self.new_head(layout, path)?;
        let file: Box<dyn DiskFile> = match layout {
            Layout::Frames => Box::new(FramedFile::new(Box::new(stored.clone()), path, head)),
            Layout::Appends => Box::new(AppendedFile::new(Box::new(stored.clone()), path, head)),
        };
        file.append(&[bytes])?;
        file.sync()?;
        self.inner.write_at_once(path, &stored.bytes())
    }

    /// A commit concerns the log, which is not encrypted. The first one says that all else is.
    fn commit(&self, commit: &Commit<'_>) -> Result<(), DiskError> {
        if commit.expected.is_some() {
            return self.inner.commit(commit);
        }
        let mark = (Self::MARK.to_owned(), self.keys.name().into_bytes());
        let files = [commit.files, &[mark]].concat();
        self.inner.commit(&Commit { files: &files, ..*commit })
    }

    fn read_committed(&self, pointer: &str) -> Result<Vec<u8>, DiskError> {
        self.inner.read_committed(pointer)
    }
}

/// The bytes of a small file before they are written together.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl DiskFile for Collected {
    fn append(&self, parts: &[&[u8]]) -> Result<(), DiskError> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Ok(())
    }

    fn sync(&self) -> Result<(), DiskError> {
        Ok(())
    }

    fn cut(&self, length: u64) -> Result<(), DiskError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).truncate(length);
        Ok(())
    }

    fn lock(&self) -> Result<bool, DiskError> {
        Ok(true)
    }
}
