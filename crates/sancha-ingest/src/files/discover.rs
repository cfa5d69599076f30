//! From the paths a user names to the sources there are, in an order that never varies.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::UNIX_EPOCH;

use super::archive::{Expander, Item};
use super::blob::Extent;
use super::decompress::{self, HEAD_BYTES, Layer, Shape, Stop};
use super::lines::SourceReader;
use super::piped::{Opened, Piped};
use super::problem::{Problem, ProblemKind};
use super::{Limits, display_path, glob};

/// Everything found, sorted by path, and everything that stood in the way.
#[derive(Debug)]
pub struct Discovery {
    pub sources: Vec<Source>,
    pub problems: Vec<Problem>,
    /// Names under which a file was found again; it is read once.
    pub same_files: Vec<SameFile>,
}

/// One file under two names: given twice, or by a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameFile {
    pub path: String,
    pub read_as: String,
}

/// A stream of log content: a file, a member of an archive, or standard input (`-`).
#[derive(Clone, Debug)]
pub struct Source {
    /// For display and for order: printable, one line, no two alike. `archive.zip!inner/name` in archives.
    pub path: String,
    /// Of the file as it lies on disk, so compressed; `None` for members and standard input.
    pub size_on_disk: Option<u64>,
    /// Of the expanded content, where it is known before reading; a member's header may lie.
    pub declared_bytes: Option<u64>,
    /// Seconds since 1970 from the gzip header: when the log was compressed, or last written.
    pub gzip_mtime: Option<i64>,
    /// Seconds since 1970, of the file or of the member; a hint for the year and nothing else.
    pub file_mtime: Option<i64>,
    locator: Locator,
}

#[derive(Clone)]
enum Locator {
    File(Arc<Path>),
    Packed { extent: Extent, layers: Arc<[Layer]> },
    Stdin(Arc<Piped>),
}

impl std::fmt::Debug for Locator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Packed { layers, .. } => write!(f, "Packed({layers:?})"),
            Self::Stdin(_) => f.write_str("Stdin"),
        }
    }
}

impl Source {
    /// Opens the source at its beginning. Readers of the same source do not disturb each other.
    ///
    /// # Errors
    /// When the file is gone or may not be read, and when standard input is opened a second time and
    /// was not copied. The copy ends where its limit was.
    pub fn open(&self, limits: &Limits) -> Result<SourceReader, Problem> {
        self.try_open(limits).map_err(|error| Problem::from_io(&self.path, &error, false))
    }

    /// Where the file lies, if it is a plain one on disk.
    pub fn plain_path(&self) -> Option<&Path> {
        match &self.locator {
            Locator::File(path) => Some(path),
            Locator::Packed { .. } | Locator::Stdin(_) => None,
        }
    }

    /// Whether its content is in UTF-16, as a byte order mark tells; it is handed on as UTF-8, without the mark.
    pub fn is_utf16(&self) -> bool {
        match &self.locator {
            Locator::Packed { layers, .. } => matches!(layers.last(), Some(Layer::Utf16(_))),
            Locator::File(_) | Locator::Stdin(_) => false,
        }
    }

    /// Standard input comes once.
    pub fn can_be_read_again(&self) -> bool {
        !matches!(self.locator, Locator::Stdin(_))
    }

    fn try_open(&self, limits: &Limits) -> io::Result<SourceReader> {
        let plain = || Arc::new(AtomicBool::new(false));
        match &self.locator {
            Locator::File(path) => {
                let file = File::open(path)?;
                let len = file.metadata()?.len();
                Ok(SourceReader::new(&self.path, Box::new(file), plain(), Some(len), limits))
            }
            Locator::Packed { extent, layers } => {
                let cap = limits.expansion_cap(extent.len);
                let unpacked = decompress::unpack(extent, layers, cap)?;
                let (content, starved) = (unpacked.content, unpacked.starved);
                Ok(SourceReader::new(&self.path, content, starved, None, limits))
            }
            Locator::Stdin(stdin) => {
                let content: Box<dyn Read + Send> = match stdin.open(limits) {
                    Opened::First(content) => content,
                    Opened::Again(copy) => Box::new(copy.open()?),
                    Opened::Gone => return Err(io::Error::other(Stop::StdinTaken)),
                };
                Ok(SourceReader::new(&self.path, content, plain(), None, limits))
            }
        }
    }
}

/// Expands files, folders, globs and `-` into sources, sorted by the bytes of their path.
///
/// Archives that can be read in place (`.tar`, `.zip`) only have their table read. Others (`.tar.gz`,
/// `.7z`, an archive in an archive) are expanded here, once, into memory or an anonymous temporary file:
/// skipping through them anew for each member would take time in the square of their members.
pub fn discover(paths: &[PathBuf], limits: &Limits) -> Discovery {
    discover_with_stdin(paths, limits, Box::new(io::stdin()))
}

/// [`discover`] with something else for `-`.
pub fn discover_with_stdin(
    paths: &[PathBuf],
    limits: &Limits,
    stdin: Box<dyn Read + Send>,
) -> Discovery {
    let mut walk = Walk {
        expander: Expander::new(limits),
        files: Vec::new(),
        folders: BTreeSet::new(),
        stdin: Some(stdin),
        stdin_source: None,
    };
    let mut sorted: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    sorted.sort_by_key(|path| path.as_os_str().as_encoded_bytes());
    sorted.dedup();
    sorted.into_iter().for_each(|path| walk.argument(path));
    walk.finish()
}

struct Walk<'a> {
    expander: Expander<'a>,
    files: Vec<FoundFile>,
    /// Folders entered, by their canonical path: links that lead in a circle end here.
    folders: BTreeSet<PathBuf>,
    stdin: Option<Box<dyn Read + Send>>,
    stdin_source: Option<Source>,
}

/// Files that stand together only where this program wrote, a report or a lake, and what the first of them begins
/// with: anybody can make files of these names, and hide a folder of logs with them.
const OWN_OUTPUTS: [(&[&str], &str); 2] = [
    (&["report.json", "coverage.json", "findings.jsonl"], REPORT_HEAD),
    (&["seal/checkpoint", "seal/public.key"], "sancha-lake-"),
];

/// How a report of this program begins.
pub const REPORT_HEAD: &str = "{\n  \"format\": \"sancha-report/";

fn is_own(folder: &Path, files: &[&str], head: &str) -> bool {
    let first = files.first().map(|file| folder.join(file));
    files.iter().all(|file| folder.join(file).is_file())
        && first.is_some_and(|first| begins_with(&first, head))
}

/// Whether a file can be read and begins with these bytes.
pub fn begins_with(path: &Path, head: &str) -> bool {
    let mut bytes = vec![0; head.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.is_ok() && bytes == head.as_bytes()
}

struct FoundFile {
    shown: String,
    path: PathBuf,
    canonical: PathBuf,
    metadata: Metadata,
}

impl Walk<'_> {
    fn argument(&mut self, path: &Path) {
        if path.as_os_str() == "-" {
            self.standard_input();
        } else if path.symlink_metadata().is_err() && glob::is_pattern(path) {
            self.pattern(path);
        } else if path.is_dir() {
            self.folder_argument(path);
        } else {
            self.path(path);
        }
    }

    /// A folder that gives neither a file nor a problem is empty, unless another argument held it.
    fn folder_argument(&mut self, path: &Path) {
        let counts = |walk: &Self| (walk.files.len(), walk.expander.problems.len());
        let before = counts(self);
        if self.folder(path) && counts(self) == before {
            self.problem(path, ProblemKind::EmptyFolder, "");
        }
    }

    fn pattern(&mut self, pattern: &Path) {
        let matching = glob::expand(pattern);
        if matching.is_empty() {
            self.problem(pattern, ProblemKind::Missing, "the pattern matches nothing");
        }
        matching.iter().for_each(|path| self.path(path));
    }

    fn path(&mut self, path: &Path) {
        match path.metadata() {
            Err(error) => self.io_problem(path, &error),
            Ok(metadata) if metadata.is_dir() => {
                self.folder(path);
            }
            Ok(metadata) if metadata.is_file() => self.file(path, metadata),
            Ok(_) => self.problem(path, ProblemKind::SpecialFile, ""),
        }
    }

    /// Whether the folder is entered for the first time.
    fn folder(&mut self, path: &Path) -> bool {
        if path.canonicalize().is_ok_and(|canonical| !self.folders.insert(canonical)) {
            return false;
        }
        if OWN_OUTPUTS.iter().any(|(files, head)| is_own(path, files, head)) {
            self.problem(path, ProblemKind::OwnOutput, "");
            return true;
        }
        let listed = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match listed {
            Err(error) => self.io_problem(path, &error),
            Ok(mut entries) => {
                entries.sort_by_key(|entry| entry.file_name().into_encoded_bytes());
                entries.iter().for_each(|entry| self.path(&entry.path()));
            }
        }
        true
    }

    fn file(&mut self, path: &Path, metadata: Metadata) {
        match path.canonicalize() {
            Err(error) => self.io_problem(path, &error),
            Ok(canonical) => {
                let shown = display_path::of_path(path);
                self.files.push(FoundFile { shown, path: path.to_owned(), canonical, metadata });
            }
        }
    }

    /// Plain text is streamed. Packed input is kept aside first, for archives cannot be read forwards only.
    fn standard_input(&mut self) {
        let Some(mut stdin) = self.stdin.take() else { return };
        let mut head = Vec::new();
        let read = stdin.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head);
        if let Err(error) = read {
            self.io_problem(Path::new("-"), &error);
            return;
        }
        let shape = decompress::shape_of(&head);
        let mut content: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(stdin));
        if shape != Shape::Plain {
            let extent = self.expander.keep("-", &mut *content);
            self.expander.expand(Item::root("-", extent, None, None));
            return;
        }
        self.stdin_source = Some(Source {
            path: "-".to_owned(),
            size_on_disk: None,
            declared_bytes: None,
            gzip_mtime: None,
            file_mtime: None,
            locator: Locator::Stdin(Arc::new(Piped::new(content))),
        });
    }

    fn finish(mut self) -> Discovery {
        let mut files = std::mem::take(&mut self.files);
        files.sort_by(|a, b| a.shown.as_bytes().cmp(b.shown.as_bytes()));
        let same_files = take_same_files(&mut files);
        let mut sources: Vec<Source> = self.stdin_source.take().into_iter().collect();
        for file in files {
            self.expander.expand(root_item(&file));
        }
        let Expander { found, mut problems, .. } = self.expander;
        sources.extend(found.into_iter().map(source_of));
        sources.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        problems.sort_by(|a, b| (a.path.as_bytes(), a.kind).cmp(&(b.path.as_bytes(), b.kind)));
        problems.dedup();
        Discovery { sources, problems, same_files }
    }

    fn problem(&mut self, path: &Path, kind: ProblemKind, detail: &str) {
        let shown = display_path::of_path(path);
        self.expander.problems.push(Problem::new(&shown, kind, detail));
    }

    fn io_problem(&mut self, path: &Path, error: &io::Error) {
        let shown = display_path::of_path(path);
        self.expander.problems.push(Problem::from_io(&shown, error, false));
    }
}

/// Removes files seen before under another name; the first name in order stays.
fn take_same_files(files: &mut Vec<FoundFile>) -> Vec<SameFile> {
    let mut first_names = std::collections::BTreeMap::new();
    let mut same_files = Vec::new();
    files.retain(|file| match first_names.get(&file.canonical) {
        None => first_names.insert(file.canonical.clone(), file.shown.clone()).is_none(),
        Some(first) if *first == file.shown => false,
        Some(first) => {
            same_files.push(SameFile { path: file.shown.clone(), read_as: first.clone() });
            false
        }
    });
    same_files
}

fn root_item(file: &FoundFile) -> Item {
    let len = file.metadata.len();
    Item::root(
        &file.shown,
        Extent::of_file(&file.path, len),
        Some(&file.path),
        mtime(&file.metadata),
    )
}

fn mtime(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

fn source_of(item: Item) -> Source {
    let on_disk = item.on_disk.is_some();
    let packed_bytes = item.extent.len;
    let locator = match item.on_disk {
        Some(path) if item.layers.is_empty() => Locator::File(path),
        _ => Locator::Packed { extent: item.extent, layers: item.layers.into() },
    };
    Source {
        path: item.path,
        size_on_disk: on_disk.then_some(packed_bytes),
        declared_bytes: item.declared_bytes,
        gzip_mtime: item.gzip_mtime,
        file_mtime: item.file_mtime,
        locator,
    }
}
