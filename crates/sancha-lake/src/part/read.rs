//! Files that are read from any place, and the companion of a part: which rows can matter.

use std::{io, ops::Range, sync::Arc};

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use sancha_model::EventTime;
use sancha_seal::Part;

use crate::{
    LakeError,
    disk::{Disk, OpenFile},
    index::{self, Filter, HEAD_BYTES, Head, Page, Postings, Run, STRIDE_ROWS, Sums, Times},
    rollup::{self, By},
};

/// A file that can be read from any place; what a part is read from.
pub trait ReadAt: Send + Sync {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// # Errors
    /// Also when fewer bytes are there.
    fn read_at(&self, from: u64, len: usize) -> io::Result<Bytes>;

    /// As many bytes as `to` has.
    ///
    /// # Errors
    /// Also when fewer bytes are there.
    fn read_into(&self, from: u64, to: &mut [u8]) -> io::Result<()> {
        let bytes = self.read_at(from, to.len())?;
        to.iter_mut().zip(&bytes).for_each(|(to, byte)| *to = *byte);
        Ok(())
    }
}

/// A file of a disk.
pub(crate) struct DiskAt {
    disk: Arc<dyn Disk>,
    path: String,
    open: Option<Box<dyn OpenFile>>,
    len: u64,
}

impl DiskAt {
    pub(crate) fn open(disk: &Arc<dyn Disk>, path: &str) -> Result<Arc<dyn ReadAt>, LakeError> {
        let open = disk.open(path)?;
        let len = match &open {
            Some(file) => file.length()?,
            None => disk.length(path)?,
        };
        Ok(Arc::new(Self { disk: Arc::clone(disk), path: path.to_owned(), open, len }))
    }
}

impl ReadAt for DiskAt {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, from: u64, len: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; len];
        self.read_into(from, &mut bytes)?;
        Ok(bytes.into())
    }

    fn read_into(&self, from: u64, to: &mut [u8]) -> io::Result<()> {
        let read = match &self.open {
            Some(file) => file.read_range(from, to),
            None => self.disk.read_range(&self.path, from, to),
        };
        if read.map_err(io::Error::other)? < to.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Rows of a part that are worth a look: one flag a stride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strides(pub(crate) Vec<bool>);

impl Strides {
    pub(crate) fn all(rows: u64, wanted: bool) -> Self {
        let count = usize::try_from(rows).unwrap_or(0).div_ceil(STRIDE_ROWS);
        Self(vec![wanted; count])
    }

    pub(crate) fn any(&self) -> bool {
        self.0.contains(&true)
    }

    pub(crate) fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one &= other);
    }

    pub(crate) fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// The rows of the strides, as ranges that do not touch.
    pub(crate) fn ranges(&self, rows: u64) -> Vec<Range<usize>> {
        let mut at = 0;
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let mut ranges = Vec::new();
        for run in self.0.chunk_by(|a, b| a == b) {
            let end = (at + run.len() * STRIDE_ROWS).min(rows);
            if run.first() == Some(&true) {
                ranges.push(at..end);
            }
            at = end;
        }
        ranges
    }
}

/// The companion of a part, opened. Whatever is read of it is checked.
pub(crate) struct Companion {
    file: Arc<dyn ReadAt>,
    path: String,
    head: Head,
    /// `None`: it was written without.
    sums: Option<Sums>,
    directory: Bytes,
}

impl Companion {
    /// The companion of a part of a lake.
    ///
    /// # Errors
    /// When it is missing or damaged, or of another part.
    pub(crate) fn of(disk: &Arc<dyn Disk>, part: &Part) -> Result<Self, LakeError> {
        let companion = Self::open(DiskAt::open(disk, &part.index_path)?, &part.index_path)?;
        if companion.rows() == part.rows {
            return Ok(companion);
        }
        let what = "it has other rows than its part";
        Err(LakeError::Broken { path: part.index_path.clone(), what })
    }

    /// # Errors
    /// When it is damaged.
    pub(crate) fn open(file: Arc<dyn ReadAt>, path: &str) -> Result<Self, LakeError> {
        let head = read(&*file, path, (0, file.len().min(HEAD_BYTES as u64)))?;
        let head = Head::read(&head, file.len())
            .ok_or_else(|| LakeError::Broken { path: path.to_owned(), what: "companion head" })?;
        let sums = match head.sums() {
            Some(place) => Some(Sums::new(read(&*file, path, place)?, place, file.len())),
            None => None,
        };
        let directory = Bytes::new();
        let mut companion = Self { file, path: path.to_owned(), head, sums, directory };
        companion.directory = companion.read(companion.head.directory())?;
        Ok(companion)
    }

    /// Bytes of the file, with the blocks around them that a checksum is of.
    fn read(&self, (from, to): (u64, u64)) -> Result<Bytes, LakeError> {
        let Some(sums) = self.sums.as_ref().filter(|_| from < to) else {
            return read(&*self.file, &self.path, (from, to));
        };
        let (start, end) = sums.around((from, to));
        let blocks = read(&*self.file, &self.path, (start, end))?;
        let within = |at: u64| usize::try_from(at.checked_sub(start)?).ok();
        let wanted = within(from).zip(within(to)).filter(|(_, to)| *to <= blocks.len());
        let what = "a checksum does not match";
        let broken = || LakeError::Broken { path: self.path.clone(), what };
        let (from, to) = wanted.filter(|_| sums.hold(start, &blocks)).ok_or_else(broken)?;
        Ok(blocks.slice(from..to))
    }

    pub(crate) fn rows(&self) -> u64 {
        self.head.rows
    }

    pub(crate) fn runs(&self) -> Result<Vec<Run>, LakeError> {
        Ok(index::read_runs(&self.read(self.head.runs())?))
    }

    pub(crate) fn pages(&self) -> Result<Vec<Page>, LakeError> {
        Ok(index::read_pages(&self.read(self.head.pages())?))
    }

    /// The part's rows as `by` counts them. `None`: they are not counted so.
    pub(crate) fn counts(&self, by: By) -> Result<Option<RecordBatch>, LakeError> {
        let first = self.span()?.map_or(EventTime::MIN, |(first, _)| first);
        rollup::batch(&self.count_bytes()?, by, first)
            .ok_or_else(|| LakeError::Broken { path: self.path.clone(), what: "counts" })
    }

    /// From and to, within the file.
    #[cfg(test)]
    pub(crate) fn directory_place(&self) -> (u64, u64) {
        self.head.directory()
    }

    pub(crate) fn count_bytes(&self) -> Result<Bytes, LakeError> {
        self.read(self.head.counts())
    }

    /// Earliest and latest time of its rows. `None`: none has a time.
    pub(crate) fn span(&self) -> Result<Option<(EventTime, EventTime)>, LakeError> {
        let times = self.times()?;
        let first = times.iter().map(|times| times.first).min();
        let last = times.iter().map(|times| times.last).max();
        Ok(first.zip(last).filter(|(first, last)| first <= last))
    }

    pub(crate) fn times(&self) -> Result<Vec<Times>, LakeError> {
        Ok(index::read_times(&self.read(self.head.times())?))
    }

    /// Where an entity or a common word can be.
    pub(crate) fn strides(&self, key: u64) -> Result<Strides, LakeError> {
        let (start, end) = self.head.postings();
        let found = match index::block(&self.directory, key, end - start) {
            None => Postings::Nowhere,
            Some((from, to)) => {
                let block = self.read((start + from, start + to))?;
                let strides = self.head.rows.div_ceil(STRIDE_ROWS as u64);
                index::find(self.head.coding, &block, key, strides)
            }
        };
        let mut strides = Strides::all(self.head.rows, found == Postings::Everywhere);
        if let Postings::In(places) = found {
            for place in places {
                let place = usize::try_from(place).ok();
                if let Some(stride) = place.and_then(|place| strides.0.get_mut(place)) {
                    *stride = true;
                }
            }
        }
        Ok(strides)
    }

    /// Where a word that is met once can be.
    pub(crate) fn strides_of_rare(&self, key: u64) -> Result<Strides, LakeError> {
        let (start, end) = self.head.filter();
        let mut strides = Strides::all(self.head.rows, false);
        for (stride, wanted) in (0..).zip(&mut strides.0) {
            let key = index::of_stride(key, stride);
            if let Some((from, to)) = Filter::block(key, end - start) {
                let block = self.read((start + from, start + to))?;
                *wanted = Filter::holds(&block, key);
            }
        }
        Ok(strides)
    }
}

fn read(file: &dyn ReadAt, path: &str, (from, to): (u64, u64)) -> Result<Bytes, LakeError> {
    let len = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    if len == 0 {
        return Ok(Bytes::new());
    }
    // Places within a section come from the file itself.
    let read = if to > file.len() {
        Err(io::ErrorKind::UnexpectedEof.into())
    } else {
        file.read_at(from, len)
    };
    read.map_err(|error| LakeError::read(path, error))
}
