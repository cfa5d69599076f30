//! Members of a tar archive, read in place.
//!
//! The headers are walked here and only decoded by the `tar` crate, whose own walk reads a long name of
//! any size into memory.

use std::io::{self, Read, Seek, SeekFrom};

use tar::{EntryType, Header, PaxExtensions};

use super::{Expander, Extent, Item, Member, Problem, ProblemKind, display_path};
use crate::files::blob::ExtentReader;

const BLOCK_BYTES: u64 = 512;
/// Names are at most 4,096 bytes on any system we know; extended headers hold a few values beside them.
const MAX_EXTENSION_BYTES: u64 = 1 << 20;

/// What extended headers say about the member that follows them.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    mtime: Option<i64>,
    sparse: bool,
}

impl Expander<'_> {
    pub(super) fn tar_members(&mut self, item: &Item, extent: &Extent) {
        if let Err(error) = self.try_tar_members(item, extent) {
            self.problems.push(Problem::from_io(&item.path, &error, false));
        }
    }

    fn try_tar_members(&mut self, item: &Item, whole: &Extent) -> io::Result<()> {
        let mut reader = whole.open()?;
        let mut position = 0;
        let mut extension = Extension::default();
        while position < whole.available() {
            let Some(header) = read_header(&mut reader, position)? else { break };
            position += BLOCK_BYTES;
            let kind = header.entry_type();
            let size = match kind {
                EntryType::GNULongName | EntryType::XHeader => header.entry_size()?,
                _ => extension.size.map_or_else(|| header.entry_size(), Ok)?,
            };
            match kind {
                EntryType::GNULongName => {
                    let name = read_extension(&mut reader, position, size)?;
                    extension.name = name.split(|byte| *byte == 0).next().map(<[u8]>::to_vec);
                }
                EntryType::XHeader => {
                    extension.take_pax(&read_extension(&mut reader, position, size)?);
                }
                EntryType::GNULongLink | EntryType::XGlobalHeader => {}
                _ => {
                    let told = std::mem::take(&mut extension);
                    position = after_sparse_map(&mut reader, &header, position)?;
                    if !self.tar_member(item, &whole.slice(position, size), &header, told) {
                        break;
                    }
                }
            }
            let end = size.checked_next_multiple_of(BLOCK_BYTES);
            position = end.and_then(|end| position.checked_add(end)).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    /// Folders and links have no content of their own. False when the limits end the listing.
    fn tar_member(
        &mut self,
        item: &Item,
        extent: &Extent,
        header: &Header,
        told: Extension,
    ) -> bool {
        let kind = header.entry_type();
        let name = told.name.unwrap_or_else(|| header.path_bytes().into_owned());
        if told.sparse || kind == EntryType::GNUSparse {
            let path = format!("{}!{}", item.path, display_path::of_member(&name));
            self.problem(&path, ProblemKind::UnsupportedMember, "sparse file");
            return true;
        }
        // Before POSIX.1-1988 a folder was a regular file whose name ends in a slash.
        let regular = matches!(kind, EntryType::Regular | EntryType::Continuous);
        if !regular || name.ends_with(b"/") {
            return true;
        }
        if !self.admit(item, extent.available()) {
            return false;
        }
        let stored = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        self.member(
            item,
            Member {
                name: &name,
                extent: extent.clone(),
                layer: None,
                declared_bytes: extent.len,
                mtime: told.mtime.or(stored),
            },
        );
        true
    }
}

/// The header at `position`; `None` where zeros mark the end of the archive.
fn read_header(reader: &mut ExtentReader, position: u64) -> io::Result<Option<Header>> {
    let mut header = Header::new_old();
    reader.seek(SeekFrom::Start(position))?;
    reader.read_exact(header.as_mut_bytes())?;
    let bytes = header.as_bytes();
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    // The checksum counts its own field as spaces.
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let field = bytes.get(148..156).unwrap_or_default();
    if header.cksum()? != sum(bytes) - sum(field) + 8 * u32::from(b' ') {
        let text = format!("no member header at byte {position}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(Some(header))
}

fn read_extension(reader: &mut ExtentReader, position: u64, size: u64) -> io::Result<Vec<u8>> {
    if size > MAX_EXTENSION_BYTES {
        let text = format!("extended header of {size} bytes at byte {position}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut bytes = Vec::new();
    reader.seek(SeekFrom::Start(position))?;
    reader.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// GNU tar continues the map of a sparse file in blocks between the header and the content.
fn after_sparse_map(
    reader: &mut ExtentReader,
    header: &Header,
    mut position: u64,
) -> io::Result<u64> {
    let mut goes_on = header.as_gnu().is_some_and(|header| {
        header.as_header().entry_type() == EntryType::GNUSparse && header.is_extended()
    });
    while goes_on {
        let mut block = [0; 512];
        reader.seek(SeekFrom::Start(position))?;
        reader.read_exact(&mut block)?;
        goes_on = block.get(504) == Some(&1);
        position += BLOCK_BYTES;
    }
    Ok(position)
}

impl Extension {
    /// Records of a pax extended header (POSIX.1-2001, pax, "pax Extended Header").
    fn take_pax(&mut self, bytes: &[u8]) {
        for record in PaxExtensions::new(bytes).flatten() {
            let value = record.value_bytes();
            let number = || std::str::from_utf8(value).ok()?.split('.').next()?.parse::<u64>().ok();
            match record.key_bytes() {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = number(),
                b"mtime" => self.mtime = number().and_then(|seconds| i64::try_from(seconds).ok()),
                key => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}
