//! What could not be read, why, and how to go on, in both languages.

mod said;

use std::io;

use sancha_model::LocalText;

use super::decompress::Stop;

/// Something about an input that its reader must be told. The rest of the run goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {}; {}", self.message().en, self.way_out().en)]
pub struct Problem {
    /// As shown to users; members of archives are `archive.zip!inner/name`.
    pub path: String,
    pub kind: ProblemKind,
    /// Where in the decompressed content reading stopped, where that is known.
    pub offset: Option<u64>,
    /// What the system or the decompressor said, for the support engineer. Not translated.
    pub detail: String,
}

/// The closed list of what can go wrong before a line is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    Missing,
    Unreadable,
    EmptyFolder,
    OwnOutput,
    SpecialFile,
    Truncated,
    Shrunk,
    Bomb,
    UnsafePath,
    Encrypted,
    UnsupportedArchive,
    UnsupportedMember,
    Corrupt,
    TooDeep,
    TooManyEntries,
    TooLarge,
    NeedsMemory,
    SpoolFull,
    DuplicateMember,
    Emptied,
    PackedLater,
}

impl ProblemKind {
    /// A stable name for the coverage statement and other machine-read output.
    pub fn name(self) -> &'static str {
        self.said().name
    }
}

impl Problem {
    pub(super) fn new(path: &str, kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { path: path.to_owned(), kind, offset: None, detail: detail.into() }
    }

    /// `starved`: the compressed input had run out when its decoder failed, so it was cut, not damaged.
    pub(super) fn from_io(path: &str, error: &io::Error, starved: bool) -> Self {
        Self::new(path, kind_of(error, starved), error.to_string())
    }

    pub(super) fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// What happened, without the path.
    pub fn message(&self) -> LocalText {
        let LocalText { zh, en } = self.kind.said().what;
        let (mut zh, mut en) = (zh.into_owned(), en.into_owned());
        if let Some(offset) = self.offset {
            zh.push_str(&format!("（位于解压后内容的第 {offset} 字节）"));
            en.push_str(&format!(" (at byte {offset} of the expanded content)"));
        }
        if !self.detail.is_empty() {
            zh.push_str(&format!("（{}）", self.detail));
            en.push_str(&format!(" ({})", self.detail));
        }
        LocalText::new(zh, en)
    }

    /// What the user can do now.
    pub fn way_out(&self) -> LocalText {
        self.kind.said().way_out
    }
}

fn kind_of(error: &io::Error, starved: bool) -> ProblemKind {
    if let Some(stop) = error.get_ref().and_then(|inner| inner.downcast_ref::<Stop>()) {
        return stop.kind();
    }
    match error.kind() {
        io::ErrorKind::NotFound => ProblemKind::Missing,
        io::ErrorKind::PermissionDenied => ProblemKind::Unreadable,
        io::ErrorKind::OutOfMemory => ProblemKind::NeedsMemory,
        io::ErrorKind::Unsupported => ProblemKind::UnsupportedMember,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ProblemKind::SpoolFull,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        _ if error.raw_os_error().is_some() => ProblemKind::Unreadable,
        _ if starved => ProblemKind::Truncated,
        _ => ProblemKind::Corrupt,
    }
}
