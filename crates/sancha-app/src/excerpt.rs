//! Reads cited lines a second time, so that nothing has to be kept while a run goes on.

use sancha_ingest::files::{Discovery, Limits, Source};

const CHUNK_BYTES: usize = 1 << 20;

/// The sources of a run, to be read again.
pub(crate) struct Excerpts<'a> {
    discovery: &'a Discovery,
    limits: &'a Limits,
}

impl<'a> Excerpts<'a> {
    pub(crate) fn new(discovery: &'a Discovery, limits: &'a Limits) -> Self {
        Self { discovery, limits }
    }

    /// The bytes of `wanted` lines (1-based, sorted) of the source called `path`, as far as they can be
    /// read again: standard input cannot.
    pub(crate) fn lines(&self, path: &str, wanted: &[u64]) -> Vec<(u64, Vec<u8>)> {
        let source = self.discovery.sources.iter().find(|source| source.path == path);
        source.map(|source| self.read(source, wanted)).unwrap_or_default()
    }

    fn read(&self, source: &Source, wanted: &[u64]) -> Vec<(u64, Vec<u8>)> {
        let mut found = Vec::new();
        let Ok(mut reader) = source.open(self.limits) else { return found };
        let mut wanted = wanted.iter().copied().peekable();
        let mut buffer = Vec::new();
        while wanted.peek().is_some() {
            buffer.clear();
            let Ok(Some(chunk)) = reader.read_lines(&mut buffer, CHUNK_BYTES) else { break };
            let end = chunk.first_line + chunk.lines;
            if wanted.peek().is_some_and(|line| *line >= end) {
                continue;
            }
            for (line, bytes) in (chunk.first_line..).zip(buffer.split(|byte| *byte == b'\n')) {
                if wanted.next_if_eq(&line).is_some() {
                    let bare = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                    found.push((line, bare.to_vec()));
                }
            }
        }
        found
    }
}
