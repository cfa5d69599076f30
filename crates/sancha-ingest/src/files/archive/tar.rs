//! Members of a tar archive, read in place.

use tar::{Archive, Entry, EntryType};

use super::{Expander, Extent, Item, Member, Problem, ProblemKind, display_path};
use crate::files::blob::ExtentReader;

impl Expander<'_> {
    pub(super) fn tar_members(&mut self, item: &Item, extent: &Extent) {
        if let Err(error) = self.try_tar_members(item, extent) {
            let starved = error.kind() == std::io::ErrorKind::UnexpectedEof;
            self.problems.push(Problem::from_io(&item.path, &error, starved));
        }
    }

    fn try_tar_members(&mut self, item: &Item, extent: &Extent) -> std::io::Result<()> {
        let mut archive = Archive::new(extent.open()?);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            if !self.tar_member(item, extent, &entry) {
                break;
            }
        }
        Ok(())
    }

    /// Folders and links have no content of their own. False when the limits end the listing.
    fn tar_member(&mut self, item: &Item, whole: &Extent, entry: &Entry<'_, ExtentReader>) -> bool {
        let name = entry.path_bytes();
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::GNUSparse => {
                let path = format!("{}!{}", item.path, display_path::of_member(&name));
                self.problem(&path, ProblemKind::UnsupportedMember, "sparse file");
                return true;
            }
            _ => return true,
        }
        let extent = whole.slice(entry.raw_file_position(), entry.size());
        if !self.admit(item, extent.available()) {
            return false;
        }
        let mtime = entry.header().mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let declared_bytes = entry.size();
        self.member(item, Member { name: &name, extent, layer: None, declared_bytes, mtime });
        true
    }
}
