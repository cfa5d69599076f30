//! Members of a 7z archive. Its blocks are solid, so each is expanded once and its members kept aside.

use std::io::{self, BufReader, Read};

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use super::{Expander, Extent, Item, Member, Problem, ProblemKind, display_path};
use crate::files::blob::ExtentReader;
use crate::files::decompress::DICTIONARY_KIB;

const MEMORY_KIB: usize = DICTIONARY_KIB as usize;
const SOURCE_BYTES: usize = 64 << 10;
/// From 1601-01-01, where Windows begins to count, to 1970-01-01.
const SECONDS_1601_TO_1970: i64 = 11_644_473_600;

impl Expander<'_> {
    pub(super) fn sevenz_members(&mut self, item: &Item, extent: &Extent) {
        let opened = extent.open().map_err(Error::from).and_then(|source| {
            let mut source = BufReader::with_capacity(SOURCE_BYTES, source);
            let archive =
                Archive::read_with_memory_limit(&mut source, &Password::empty(), MEMORY_KIB)?;
            Ok((archive, source))
        });
        match opened {
            Err(error) => self.problems.push(problem_of(&item.path, &error)),
            Ok((archive, mut source)) => {
                (0..archive.blocks.len()).for_each(|block| {
                    self.sevenz_block(item, &archive, block, &mut source);
                });
                self.empty_members(item, &archive);
            }
        }
    }

    /// Expands one block. What fails in it loses the rest of this block and nothing else.
    fn sevenz_block(
        &mut self,
        item: &Item,
        archive: &Archive,
        block: usize,
        source: &mut BufReader<ExtentReader>,
    ) {
        let password = Password::empty();
        let decoder =
            BlockDecoder::new_with_memory_limit(1, MEMORY_KIB, block, archive, &password, source);
        let entries = decoder.entries().to_vec();
        let mut seen = 0_usize;
        let mut failure = None;
        let result = decoder.for_each_entries(&mut |entry, content| {
            seen += 1;
            Ok(self.sevenz_member(item, entry, content, &mut failure))
        });
        let problem = failure.or_else(|| result.err().map(|error| problem_of(&item.path, &error)));
        let Some(problem) = problem else { return };
        // The member that was being read and all that come after it.
        let lost = entries.iter().skip(seen.saturating_sub(1)).filter(|entry| entry.has_stream());
        self.problems.extend(lost.map(|entry| {
            let path =
                format!("{}!{}", item.path, display_path::of_member(entry.name().as_bytes()));
            Problem { path, ..problem.clone() }
        }));
    }

    /// False when the limits end the listing of this block, or with `failure` when the member is damaged.
    fn sevenz_member(
        &mut self,
        item: &Item,
        entry: &ArchiveEntry,
        content: &mut dyn Read,
        failure: &mut Option<Problem>,
    ) -> bool {
        if entry.is_directory() || !self.admit(item, entry.size()) {
            return entry.is_directory();
        }
        let kept = self.spool.keep(&mut content.take(entry.size()), self.limits);
        let problem = kept.failure.as_ref().map(|error| Problem::from_io(&item.path, error, false));
        *failure = problem.map(|problem| problem.at(kept.extent.len));
        self.member(item, member_of(entry, kept.extent.expecting(entry.size())));
        failure.is_none()
    }

    fn empty_members(&mut self, item: &Item, archive: &Archive) {
        let entries = archive.files.iter();
        for entry in entries.filter(|entry| !entry.has_stream() && !entry.is_directory()) {
            if !entry.is_anti_item() && self.admit(item, 0) {
                self.member(item, member_of(entry, Extent::empty()));
            }
        }
    }
}

fn member_of(entry: &ArchiveEntry, extent: Extent) -> Member<'_> {
    let mtime = entry.has_last_modified_date.then(|| seconds_of(entry)).flatten();
    let declared_bytes = entry.size();
    Member { name: entry.name().as_bytes(), extent, layer: None, declared_bytes, mtime }
}

fn seconds_of(entry: &ArchiveEntry) -> Option<i64> {
    let ticks: u64 = entry.last_modified_date().into();
    Some(i64::try_from(ticks / 10_000_000).ok()? - SECONDS_1601_TO_1970)
}

fn problem_of(path: &str, error: &Error) -> Problem {
    let kind = match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => ProblemKind::Encrypted,
        // Without its cipher compiled in, the library calls encryption an unknown method.
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            ProblemKind::Encrypted
        }
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) => {
            ProblemKind::UnsupportedMember
        }
        Error::UnsupportedVersion { .. } | Error::ExternalUnsupported => {
            ProblemKind::UnsupportedArchive
        }
        Error::MaxMemLimited { .. } => ProblemKind::NeedsMemory,
        Error::Io(source, _) => return Problem::from_io(path, source, is_cut(source)),
        _ => ProblemKind::Corrupt,
    };
    Problem::new(path, kind, error.to_string())
}

fn is_cut(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}
