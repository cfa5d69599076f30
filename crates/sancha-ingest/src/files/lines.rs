//! Streams content as chunks of whole lines with exact offsets and line numbers.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::{memchr, memchr_iter, memrchr};

use super::Limits;
use super::problem::{Problem, ProblemKind};

/// The beginning of an oversize line that is kept as evidence.
const OVERSIZE_KEPT_BYTES: usize = 256;

/// What one call delivered. Chunks join without gap: the next begins at `first_offset + bytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Of the first byte, in the decompressed content.
    pub first_offset: u64,
    /// 1-based; the number of the first record for [`SourceReader::read_records`].
    pub first_line: u64,
    /// Content bytes this chunk accounts for. More than the buffer holds only for an oversize line.
    pub bytes: u64,
    /// Lines (or records) in this chunk; the unterminated last one counts.
    pub lines: u64,
    /// Set when the chunk is one line longer than `max_line_bytes`; the buffer holds its beginning.
    pub oversize: Option<Oversize>,
    /// The content broke off inside this chunk's only line or record: rejected evidence, not a line.
    pub cut: bool,
}

/// A line too long to parse, kept as rejected evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// Of the line without its line feed.
    pub length: u64,
    /// How many of its first bytes the buffer holds.
    pub kept: usize,
}

/// A file read at once, and the problem that ended it early, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub bytes: Vec<u8>,
    pub problem: Option<Problem>,
}

/// Reads one source from beginning to end, once.
pub struct SourceReader {
    path: String,
    content: Box<dyn Read + Send>,
    starved: Arc<AtomicBool>,
    /// A plain file's length when it was opened; fewer bytes mean that it shrank under us.
    expected_bytes: Option<u64>,
    max_line_bytes: usize,
    /// Bytes pulled but not delivered: the start of the next line, or what [`Self::head`] looked at.
    pending: Vec<u8>,
    pulled: u64,
    delivered: u64,
    next_line: u64,
    end: End,
}

/// How the content ended, if it has.
enum End {
    Open,
    Clean,
    Failed(Problem),
}

impl SourceReader {
    pub(super) fn new(
        path: &str,
        content: Box<dyn Read + Send>,
        starved: Arc<AtomicBool>,
        expected_bytes: Option<u64>,
        limits: &Limits,
    ) -> Self {
        Self {
            path: path.to_owned(),
            content,
            starved,
            expected_bytes,
            max_line_bytes: limits.max_line_bytes,
            pending: Vec::new(),
            pulled: 0,
            delivered: 0,
            next_line: 1,
            end: End::Open,
        }
    }

    /// Looks at the first `n` bytes without consuming them; fewer if the content is shorter.
    ///
    /// # Errors
    /// Only when not one byte could be read and the content is not simply empty.
    pub fn head(&mut self, n: usize) -> Result<&[u8], Problem> {
        let mut pending = std::mem::take(&mut self.pending);
        self.pull(&mut pending, n);
        self.pending = pending;
        match &self.end {
            End::Failed(problem) if self.pending.is_empty() => Err(problem.clone()),
            End::Open | End::Clean | End::Failed(_) => {
                Ok(self.pending.get(..n).unwrap_or(&self.pending))
            }
        }
    }

    /// Replaces `into` by the next whole lines, about `target_bytes` of them. `None` is the end.
    ///
    /// A line that the end of the content leaves without line feed counts as a line and comes alone.
    ///
    /// # Errors
    /// Once, after everything before it has been delivered; `None` follows.
    pub fn read_lines(
        &mut self,
        into: &mut Vec<u8>,
        target_bytes: usize,
    ) -> Result<Option<Chunk>, Problem> {
        into.clear();
        into.append(&mut self.pending);
        let target = target_bytes.max(1);
        let mut searched = 0;
        let mut upto = target;
        loop {
            self.pull(into, upto);
            let fresh = into.get(searched..).unwrap_or_default();
            if let Some(newline) = memrchr(b'\n', fresh) {
                return Ok(Some(self.deliver_lines(into, searched + newline + 1, target)));
            }
            if into.len() > self.max_line_bytes {
                return Ok(Some(self.deliver_oversize(into, target)));
            }
            if !matches!(self.end, End::Open) {
                return self.deliver_last(into);
            }
            searched = into.len();
            upto = into.len().saturating_add(target);
        }
    }

    /// Like [`Self::read_lines`] for records of `record_bytes` each. An incomplete last one is `cut`.
    ///
    /// # Errors
    /// Once, after everything before it has been delivered; `None` follows.
    pub fn read_records(
        &mut self,
        record_bytes: usize,
        into: &mut Vec<u8>,
        target_bytes: usize,
    ) -> Result<Option<Chunk>, Problem> {
        let record = record_bytes.max(1);
        into.clear();
        into.append(&mut self.pending);
        self.pull(into, target_bytes.max(record).div_ceil(record).saturating_mul(record));
        let whole = into.len() - into.len() % record;
        if whole == 0 {
            return self.deliver_last_record(into);
        }
        self.keep_from(into, whole);
        Ok(Some(self.account(whole as u64, (whole / record) as u64)))
    }

    /// Reads everything that is left, for formats that cannot be streamed.
    ///
    /// # Errors
    /// [`ProblemKind::TooLarge`] when more than `max` bytes are left. A cut or damaged file is no error
    /// here: its bytes come with the problem beside them.
    pub fn read_whole(&mut self, max: usize) -> Result<Whole, Problem> {
        let mut bytes = std::mem::take(&mut self.pending);
        self.pull(&mut bytes, max.saturating_add(1));
        if bytes.len() > max {
            let detail = format!("more than {max} bytes");
            return Err(Problem::new(&self.path, ProblemKind::TooLarge, detail));
        }
        self.account(bytes.len() as u64, 0);
        Ok(Whole { bytes, problem: self.take_failure() })
    }

    /// Appends up to `bytes` of what has not been delivered, lines whole or not.
    pub(super) fn read_some(&mut self, into: &mut Vec<u8>, bytes: usize) {
        let upto = into.len().saturating_add(bytes);
        into.append(&mut self.pending);
        self.pull(into, upto);
    }

    /// Passes over the first `bytes` of what has not been delivered; gives back the last `keep` of them.
    /// `None` when there are fewer.
    pub(super) fn skip(&mut self, bytes: u64, keep: usize, step: usize) -> Option<Vec<u8>> {
        let mut passed = std::mem::take(&mut self.pending);
        let mut left = bytes;
        let mut tail: Vec<u8> = Vec::new();
        loop {
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(passed.len());
            tail.extend_from_slice(passed.get(..take).unwrap_or_default());
            let surplus = tail.len().saturating_sub(keep);
            tail.drain(..surplus);
            left -= take as u64;
            passed.drain(..take);
            if left == 0 {
                self.pending = passed;
                return Some(tail);
            }
            let upto = usize::try_from(left).unwrap_or(usize::MAX).min(step);
            self.pull(&mut passed, upto);
            if passed.is_empty() {
                return None;
            }
        }
    }

    /// Decompressed bytes delivered so far, oversize lines in full.
    #[cfg(test)]
    pub(super) fn bytes_read(&self) -> u64 {
        self.delivered
    }

    /// Appends content to `into` until it holds `upto` bytes or the content ends.
    ///
    /// `read_to_end` fills the spare room without zeroing it first, and keeps what came before an error.
    fn pull(&mut self, into: &mut Vec<u8>, upto: usize) {
        let want = upto.saturating_sub(into.len());
        if want == 0 || !matches!(self.end, End::Open) {
            return;
        }
        into.reserve(want);
        let before = into.len();
        let result = self.content.by_ref().take(want as u64).read_to_end(into);
        let got = into.len() - before;
        self.pulled += got as u64;
        match result {
            Ok(_) if got == want => {}
            Ok(_) => self.end = self.clean_end(),
            Err(error) => {
                let starved = self.starved.load(Ordering::Relaxed);
                self.end =
                    End::Failed(Problem::from_io(&self.path, &error, starved).at(self.pulled));
            }
        }
    }

    fn clean_end(&self) -> End {
        match self.expected_bytes {
            Some(expected) if self.pulled < expected => {
                let detail = format!("{expected} bytes when opened");
                let problem = Problem::new(&self.path, ProblemKind::Shrunk, detail);
                End::Failed(problem.at(self.pulled))
            }
            _ => End::Clean,
        }
    }

    /// `into[..end]` is whole lines. Oversize ones among them are sent on their own.
    fn deliver_lines(&mut self, into: &mut Vec<u8>, end: usize, target: usize) -> Chunk {
        let lines = into.get(..end).unwrap_or_default();
        let fitting = fitting_prefix(lines, self.max_line_bytes);
        if fitting == 0 {
            return self.deliver_oversize(into, target);
        }
        self.keep_from(into, fitting);
        let count = memchr_iter(b'\n', into).count();
        self.account(fitting as u64, count as u64)
    }

    /// `into` begins with a line longer than the limit, whose end may not have been read yet.
    fn deliver_oversize(&mut self, into: &mut Vec<u8>, target: usize) -> Chunk {
        let mut kept = Vec::with_capacity(OVERSIZE_KEPT_BYTES);
        let mut length = 0_u64;
        let newline = loop {
            let newline = memchr(b'\n', into);
            let part = into.get(..newline.unwrap_or(into.len())).unwrap_or_default();
            kept.extend(part.iter().take(OVERSIZE_KEPT_BYTES - kept.len()));
            length += part.len() as u64;
            if let Some(newline) = newline {
                self.keep_from(into, newline + 1);
                break true;
            }
            into.clear();
            self.pull(into, target);
            if into.is_empty() {
                break false;
            }
        };
        into.clear();
        into.extend_from_slice(&kept);
        let cut = !newline && matches!(self.end, End::Failed(_));
        let oversize = Some(Oversize { length, kept: into.len() });
        Chunk { oversize, cut, ..self.account(length + u64::from(newline), 1) }
    }

    /// The content has ended: what is left has no line feed.
    fn deliver_last(&mut self, into: &[u8]) -> Result<Option<Chunk>, Problem> {
        if into.is_empty() {
            return self.take_failure().map_or(Ok(None), Err);
        }
        let cut = matches!(self.end, End::Failed(_));
        Ok(Some(Chunk { cut, ..self.account(into.len() as u64, 1) }))
    }

    fn deliver_last_record(&mut self, into: &[u8]) -> Result<Option<Chunk>, Problem> {
        let last = self.deliver_last(into)?;
        Ok(last.map(|chunk| Chunk { cut: true, ..chunk }))
    }

    fn take_failure(&mut self) -> Option<Problem> {
        match std::mem::replace(&mut self.end, End::Clean) {
            End::Failed(problem) => Some(problem),
            other => {
                self.end = other;
                None
            }
        }
    }

    /// Moves what follows `end` to the front of the next chunk.
    fn keep_from(&mut self, into: &mut Vec<u8>, end: usize) {
        self.pending.clear();
        self.pending.extend_from_slice(into.get(end..).unwrap_or_default());
        into.truncate(end);
    }

    fn account(&mut self, bytes: u64, lines: u64) -> Chunk {
        let (first_offset, first_line) = (self.delivered, self.next_line);
        self.delivered += bytes;
        self.next_line += lines;
        Chunk { first_offset, first_line, bytes, lines, oversize: None, cut: false }
    }
}

/// The length of the leading lines none of which is longer than `max_line`, `lines` ending in a line feed.
///
/// Looks for one line feed per stretch of `max_line`, not for each of them, so that it costs nothing.
fn fitting_prefix(lines: &[u8], max_line: usize) -> usize {
    let mut fitting = 0;
    while fitting < lines.len() {
        let rest = lines.get(fitting..).unwrap_or_default();
        let window = rest.get(..max_line.saturating_add(1)).unwrap_or(rest);
        match memrchr(b'\n', window) {
            Some(newline) => fitting += newline + 1,
            None => break,
        }
    }
    fitting
}
