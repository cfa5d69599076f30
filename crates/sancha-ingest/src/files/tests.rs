//! Each failure path of the module, with archives built on the spot, and exact accounting for all.

mod archives;
mod folders;
mod line_chunks;
mod packed;
mod texts;

use std::path::{Path, PathBuf};

use super::*;

/// Everything one source delivers, checked on the way to join without gap.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    bytes: Vec<u8>,
    lines: u64,
    /// (offset, line, length) of each line over the limit; its kept beginning is in `bytes`.
    oversize: Vec<(u64, u64, u64)>,
    cut: bool,
    problem: Option<ProblemKind>,
    accounted: u64,
}

fn drain(reader: &mut SourceReader, target: usize) -> Content {
    let mut content = Content::default();
    let mut buffer = Vec::new();
    loop {
        match reader.read_lines(&mut buffer, target) {
            Ok(None) => break,
            Err(problem) => {
                assert_eq!(content.problem.replace(problem.kind), None, "told twice");
                assert_eq!(problem.offset, Some(content.accounted));
            }
            Ok(Some(chunk)) => take_chunk(&mut content, &chunk, &buffer),
        }
    }
    assert_eq!(reader.bytes_read(), content.accounted);
    content
}

fn take_chunk(content: &mut Content, chunk: &Chunk, buffer: &[u8]) {
    assert_eq!(chunk.first_offset, content.accounted);
    assert_eq!(chunk.first_line, content.lines + 1);
    assert!(!content.cut, "nothing follows a cut line");
    match &chunk.oversize {
        Some(oversize) => {
            assert_eq!(buffer.len(), oversize.kept);
            content.oversize.push((chunk.first_offset, chunk.first_line, oversize.length));
        }
        None => assert_eq!(buffer.len() as u64, chunk.bytes),
    }
    content.bytes.extend_from_slice(buffer);
    content.accounted += chunk.bytes;
    content.lines += chunk.lines;
    content.cut = chunk.cut;
}

/// A folder that is gone after the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The path as `discover` shows it, without the folder's own.
    fn local<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.path().to_str().unwrap()).unwrap_or(path).trim_start_matches('/')
    }

    fn discover(&self, limits: &Limits) -> Discovery {
        discover(&[self.path().to_owned()], limits)
    }

    /// `path: content` and `path: problem`, one per line, in the order they come.
    fn listing(&self, limits: &Limits) -> String {
        let found = self.discover(limits);
        let mut text = String::new();
        for source in &found.sources {
            let content = drain(&mut source.open(limits).unwrap(), 1 << 16);
            let shown = String::from_utf8_lossy(&content.bytes).replace('\n', "|");
            text += &format!("{}: {shown}", self.local(&source.path));
            text += if content.cut { " cut" } else { "" };
            text += &content.problem.map(|kind| format!(" {}", kind.name())).unwrap_or_default();
            text += "\n";
        }
        for problem in &found.problems {
            text += &format!("! {}: {}\n", self.local(&problem.path), problem.kind.name());
        }
        text
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::GzBuilder::new()
        .mtime(1_700_000_000)
        .write(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        // The library refuses names that lead outside; an attacker's program does not.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_600_000_000);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::from_date_and_time(2024, 2, 29, 12, 30, 58).unwrap());
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sevenz_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    for (name, bytes) in members {
        let entry = sevenz_rust2::ArchiveEntry::new_file(name);
        writer.push_archive_entry(entry, Some(*bytes)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Bytes that do not compress, so that a cut in the packed form is a cut in the middle of lines.
fn noisy_lines(count: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = String::new();
    for number in 0..count {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text += &format!("{number} {state:08x}{:08x}\n", state.rotate_left(11) ^ number);
    }
    text.into_bytes()
}
