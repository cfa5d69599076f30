//! Where the logs of a run are: files, or the streams of a lake, which are read as the files they came from.

use sancha_ingest::files::{Chunk, Discovery, Limits, Oversize, Source, SourceReader};
use sancha_lake::{
    KeptStream, KeptStreams, Lake, LakeError, StreamReader,
    query::{Glob, TimeRange},
};
use sancha_model::{
    CoverageProblem, EventTime, Framing, LakeCoverage, LocalText, stream_path, without_stream,
};

use crate::{lake::lake_text, problem};

/// What a run reads.
#[derive(Clone, Copy)]
pub enum Given<'a> {
    Files(&'a Discovery),
    Lake(&'a LakeLogs),
}

/// A lake, and what of it a run reads.
pub struct LakeLogs {
    lake: Lake,
    kept: KeptStreams,
    /// Of each stream, in the place of a file's.
    paths: Vec<String>,
    coverage: LakeCoverage,
}

/// What of a lake is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct LakeAsked<'a> {
    /// Of which source: a name, `*` and `?` for text and one character.
    pub source: Option<&'a str>,
    pub from: Option<EventTime>,
    pub until: Option<EventTime>,
}

/// Kind of the problem that something kept is not as it was sealed.
pub const DAMAGED: &str = "lake_damaged";

impl LakeLogs {
    /// # Errors
    /// When the lake cannot be read.
    pub fn new(lake: Lake, asked: LakeAsked<'_>) -> Result<Self, LakeError> {
        let LakeAsked { source, from, until } = asked;
        let time =
            TimeRange { from: from.unwrap_or(EventTime::MIN), to: until.unwrap_or(EventTime::MAX) };
        // What is too long to be a pattern is a name.
        let glob = source.and_then(|name| Glob::new(name).or_else(|| Glob::exactly(name)));
        let kept = lake.streams(glob.as_ref(), time)?;
        let paths = kept.streams.iter().map(|one| stream_path(&one.source, &one.id)).collect();
        let head = lake.ledger().head();
        let coverage = LakeCoverage {
            from,
            until,
            source: source.map(str::to_owned),
            parts: kept.parts,
            parts_read: kept.parts_read,
            unsealed_bytes: kept.unsealed_bytes,
            log_entries: head.size,
            log_root: head.root.hex(),
        };
        Ok(Self { lake, kept, paths, coverage })
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Of all lines that are read.
    pub fn bytes(&self) -> u64 {
        self.kept.streams.iter().map(|stream| stream.bytes).sum()
    }

    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The stream that a path names.
    pub(crate) fn stream(&self, path: &str) -> Option<&KeptStream> {
        let place = self.paths.iter().position(|known| known == path)?;
        self.kept.streams.get(place)
    }

    fn problems(&self) -> Vec<CoverageProblem> {
        let damaged = self.kept.damages.iter().map(|error| lake_problem("wal", error));
        let missing = self.kept.streams.iter().zip(&self.paths).flat_map(|(stream, path)| {
            stream.missing.iter().map(move |bytes| CoverageProblem {
                path: path.clone(),
                kind: "lake_gap".to_owned(),
                message: LocalText::new(
                    format!("第{}至{}字节从未收到；请从来源补收（sancha ingest）", bytes.start, bytes.end),
                    format!(
                        "bytes {} to {} never came in; take them in from their source (sancha ingest)",
                        bytes.start, bytes.end
                    ),
                ),
            })
        });
        damaged.chain(missing).collect()
    }
}

impl<'a> Given<'a> {
    pub(crate) fn logs(self) -> Vec<Log<'a>> {
        match self {
            Self::Files(discovery) => discovery.sources.iter().map(Log::File).collect(),
            Self::Lake(logs) => {
                (0..logs.paths.len()).map(|place| Log::Stream(logs, place)).collect()
            }
        }
    }

    pub(crate) fn problems(self) -> Vec<CoverageProblem> {
        match self {
            Self::Files(discovery) => discovery.problems.iter().map(problem).collect(),
            Self::Lake(logs) => logs.problems(),
        }
    }

    pub(crate) fn lake(self) -> Option<LakeCoverage> {
        match self {
            Self::Files(_) => None,
            Self::Lake(logs) => Some(logs.coverage.clone()),
        }
    }
}

/// One log of a run.
#[derive(Clone, Copy)]
pub enum Log<'a> {
    File(&'a Source),
    /// By its place among the streams.
    Stream(&'a LakeLogs, usize),
}

impl<'a> Log<'a> {
    pub(crate) fn path(self) -> &'a str {
        match self {
            Self::File(source) => &source.path,
            Self::Stream(logs, place) => logs.paths.get(place).map_or("", String::as_str),
        }
    }

    /// What a profile knows it by.
    pub(crate) fn source(self) -> &'a str {
        match self {
            Self::File(source) => &source.path,
            Self::Stream(..) => without_stream(self.path()),
        }
    }

    pub(crate) fn gzip_mtime(self) -> Option<i64> {
        match self {
            Self::File(source) => source.gzip_mtime,
            Self::Stream(..) => None,
        }
    }

    /// Whether opening it again begins it anew; standard input does not.
    pub(crate) fn opens_again(self) -> bool {
        match self {
            Self::File(source) => source.size_on_disk.is_some(),
            Self::Stream(..) => true,
        }
    }

    /// The format that the lake noted for a stream whose beginning is not read.
    pub(crate) fn noted_format(self) -> Option<&'a str> {
        let Self::Stream(logs, place) = self else { return None };
        let stream = logs.kept.streams.get(place).filter(|stream| stream.offset() > 0)?;
        stream.format.as_deref()
    }

    pub(crate) fn open(
        self,
        limits: &Limits,
        framing: Framing,
    ) -> Result<LogReader, CoverageProblem> {
        match self {
            Self::File(source) => source
                .open(limits)
                .map(|reader| LogReader::File(Box::new(reader)))
                .map_err(|found| problem(&found)),
            Self::Stream(logs, place) => {
                let stream = logs.kept.streams.get(place);
                let reader = stream.map(|stream| stream.open(&logs.lake, framing));
                Ok(LogReader::Stream(reader.map(Box::new), self.path().to_owned()))
            }
        }
    }
}

/// A log on its way.
pub(crate) enum LogReader {
    File(Box<SourceReader>),
    Stream(Option<Box<StreamReader>>, String),
}

impl LogReader {
    /// The first bytes of a log: `short` of them, or `long` where the first line is longer than that. A file
    /// goes on at its beginning, a stream behind them.
    pub(crate) fn head(&mut self, short: usize, long: usize) -> Result<Vec<u8>, CoverageProblem> {
        match self {
            Self::File(reader) => {
                let has_line = matches!(reader.head(short), Ok(bytes) if bytes.contains(&b'\n'));
                let head = reader.head(if has_line { short } else { long });
                head.map(<[u8]>::to_vec).map_err(|found| problem(&found))
            }
            Self::Stream(None, _) => Ok(Vec::new()),
            Self::Stream(Some(reader), path) => {
                let (mut head, mut more) = (Vec::new(), Vec::new());
                let has_line = |head: &[u8]| head.iter().take(short).any(|byte| *byte == b'\n');
                while head.len() < if has_line(&head) { short } else { long } {
                    match reader.read(&mut more, short, usize::MAX) {
                        Ok(Some(_)) => head.append(&mut more),
                        Ok(None) => break,
                        Err(error) if head.is_empty() => return Err(lake_problem(path, &error)),
                        Err(_) => break,
                    }
                }
                let has_line = has_line(&head);
                head.truncate(if has_line { short } else { long });
                Ok(head)
            }
        }
    }

    /// Replaces `raw` by the next whole records, with the instant after which none of them happened, where it
    /// is known. `None` is the end. What went wrong is added to `problems`.
    pub(crate) fn read(
        &mut self,
        framing: Framing,
        raw: &mut Vec<u8>,
        target: usize,
        limits: &Limits,
        problems: &mut Vec<CoverageProblem>,
    ) -> Option<(Chunk, Option<EventTime>)> {
        match self {
            Self::File(reader) => {
                let read = match framing {
                    Framing::Fixed(size) => reader.read_records(size, raw, target),
                    Framing::Lines | Framing::Whole => reader.read_lines(raw, target),
                };
                let read = read.map_err(|found| problems.push(problem(&found))).ok()?;
                read.map(|chunk| (chunk, None))
            }
            Self::Stream(reader, path) => {
                let reader = reader.as_mut()?;
                loop {
                    match reader.read(raw, target, limits.max_line_bytes) {
                        Ok(None) => return None,
                        Ok(Some(lines)) => {
                            let oversize =
                                lines.oversize.map(|length| Oversize { length, kept: raw.len() });
                            let chunk = Chunk {
                                first_offset: lines.offset,
                                first_line: lines.line,
                                bytes: lines.bytes,
                                lines: lines.lines,
                                oversize,
                                cut: false,
                            };
                            return Some((chunk, lines.reference));
                        }
                        // What is behind it comes next.
                        Err(error) => problems.push(lake_problem(path, &error)),
                    }
                }
            }
        }
    }
}

fn lake_problem(path: &str, error: &LakeError) -> CoverageProblem {
    let kind = if error.is_damage() { DAMAGED } else { "unreadable" };
    CoverageProblem { path: path.to_owned(), kind: kind.to_owned(), message: lake_text(error) }
}
