//! What holds of the write-ahead log, whatever happens to the machine, the disk or the process.

mod crash;
mod faults;
mod format;
mod kill;
mod progress;
mod stream;
mod threads;

use std::collections::BTreeMap;

use super::*;
use crate::disk::Disk;

/// Small sizes, so that few bytes fill groups and files.
const SMALL: Options = Options { write_bytes: 300, group_bytes: 2000, roll_bytes: 3000 };

/// The content of a test's stream: lines that tell stream and number, each of another length.
fn line(stream: u8, number: u64) -> String {
    let filling = "x".repeat(usize::try_from(number * 7 % 23).unwrap_or(0));
    format!("stream {stream} line {number} {filling}\n")
}

/// A writer of streams that goes on where it was.
#[derive(Clone, Debug, Default)]
struct Place {
    offset: u64,
    line: u64,
}

fn stream_id(stream: u8) -> StreamId {
    StreamId { digest: [stream; 32], prefix: 1024 }
}

/// Up to where a stream is there from its beginning; `None`: from its beginning nothing is.
fn resume_at(progress: &Progress, stream: u8) -> Option<Extent> {
    progress.extents(&stream_id(stream)).first().filter(|extent| extent.start == 0).copied()
}

/// The next `lines` lines of a stream.
fn next_chunk(stream: u8, place: &Place, lines: u64) -> Chunk {
    let bytes: String =
        (place.line..place.line + lines).map(|number| line(stream, number)).collect();
    Chunk {
        source: format!("web{stream}/access.log"),
        stream: [stream; 32],
        prefix: 1024,
        offset: place.offset,
        line: place.line,
        accepted_at: 1_700_000_000_000_000_000,
        reference: 1_690_000_000_000_000_000,
        bytes: bytes.into_bytes(),
    }
}

impl Place {
    fn behind(&mut self, chunk: &Chunk, lines: u64) {
        self.offset = chunk.borrowed().end();
        self.line += lines;
    }
}

/// All that the log holds, each byte once: the content of each stream from its beginning.
///
/// # Panics
/// When there is damage, a gap, or a line that nobody wrote.
fn settled(disk: &dyn Disk) -> BTreeMap<u8, (u64, u64)> {
    let mut progress = Progress::default();
    let mut streams: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    for file in list(disk).unwrap() {
        for chunk in WalReader::open(disk, file.id).unwrap() {
            let chunk = chunk.unwrap();
            while let Some(new) = progress.admit(chunk.borrowed()).unwrap() {
                assert_eq!(new.gap, None);
                progress.accept(&new.chunk);
                let stream = new.chunk.stream[0];
                let (bytes, lines) = streams.entry(stream).or_default();
                assert_eq!((new.chunk.offset, new.chunk.line), (*bytes, *lines));
                for text in new.chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
                    assert_eq!(text, line(stream, *lines).as_bytes());
                    *lines += 1;
                    *bytes += text.len() as u64;
                }
            }
        }
    }
    streams
}
