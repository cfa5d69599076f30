//! Members of a zip archive, read in place through our own capped decompressors.

use std::io::{self, BufReader};

use zip::{CompressionMethod, DateTime, ZipArchive, read::ZipFile};

use super::{Expander, Extent, Item, Layer, Member, Problem, ProblemKind, display_path};
use crate::files::blob::ExtentReader;
use crate::files::decompress::ZipMethod;

impl Expander<'_> {
    pub(super) fn zip_members(&mut self, item: &Item, extent: &Extent) {
        let opened = extent.open().map_err(Into::into);
        let opened = opened.and_then(|reader| ZipArchive::new(BufReader::new(reader)));
        let mut archive = match opened {
            Ok(archive) => archive,
            Err(error) => {
                // The table of members is at the end (APPNOTE.TXT 4.3.6), so a cut zip has none.
                let error = io::Error::from(error);
                return self.problems.push(Problem::from_io(&item.path, &error, false));
            }
        };
        if archive.has_duplicate_names() {
            self.problem(&item.path, ProblemKind::DuplicateMember, "");
        }
        for index in 0..archive.len() {
            let goes_on = match archive.by_index_raw(index) {
                Ok(member) => self.zip_member(item, extent, &member),
                Err(error) => {
                    let error = io::Error::from(error);
                    self.problems.push(Problem::from_io(&item.path, &error, false));
                    true
                }
            };
            if !goes_on {
                break;
            }
        }
    }

    /// False when the limits end the listing.
    fn zip_member(
        &mut self,
        item: &Item,
        whole: &Extent,
        member: &ZipFile<'_, BufReader<ExtentReader>>,
    ) -> bool {
        if member.is_dir() || member.is_symlink() {
            return true;
        }
        let name = member.name_raw();
        let refused = match (member.encrypted(), method_of(member.compression())) {
            (true, _) => Some((ProblemKind::Encrypted, String::new())),
            (_, None) => Some((ProblemKind::UnsupportedMember, member.compression().to_string())),
            (false, Some(_)) => None,
        };
        if let Some((kind, detail)) = refused {
            let path = format!("{}!{}", item.path, display_path::of_member(name));
            self.problem(&path, kind, detail);
            return true;
        }
        let Some((method, start)) = method_of(member.compression()).zip(member.data_start()) else {
            return true;
        };
        if !self.admit(item, member.size()) {
            return false;
        }
        let layer = Layer::ZipMember { method, crc: member.crc32(), size: member.size() };
        let extent = whole.slice(start, member.compressed_size());
        let mtime = member.last_modified().map(seconds_of);
        let declared_bytes = member.size();
        self.member(item, Member { name, extent, layer: Some(layer), declared_bytes, mtime });
        true
    }
}

fn method_of(method: CompressionMethod) -> Option<ZipMethod> {
    match method {
        CompressionMethod::STORE => Some(ZipMethod::Stored),
        CompressionMethod::DEFLATE => Some(ZipMethod::Deflate),
        CompressionMethod::BZIP2 => Some(ZipMethod::Bzip2),
        CompressionMethod::ZSTD => Some(ZipMethod::Zstd),
        CompressionMethod::XZ => Some(ZipMethod::Xz),
        _ => None,
    }
}

/// MS-DOS time has no zone; read as UTC it is good enough for the year, which is all it is used for.
fn seconds_of(time: DateTime) -> i64 {
    let (year, month, day) =
        (i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    // Days since 1970-03-01-based years, so that the leap day comes last (Gregorian calendar).
    let years = if month > 2 { year } else { year - 1 };
    let months = (month + 9) % 12;
    let day_of_year = (153 * months + 2) / 5 + day - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + day_of_year - 719_468;
    let (hour, minute, second) =
        (i64::from(time.hour()), i64::from(time.minute()), i64::from(time.second()));
    days * 86_400 + hour * 3_600 + minute * 60 + second
}
