//! The only place that decompresses: recognises formats by their first bytes and bounds what comes out. Text in
//! UTF-16 is one more layer.

mod utf16;

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder, errors};

use super::blob::Extent;
use super::problem::ProblemKind;

/// Decoders may take this much for their dictionary: `xz -9` and the strongest 7z preset take 64 MiB.
pub(super) const DICTIONARY_KIB: u32 = 96 << 10;
const INPUT_BYTES: usize = 128 << 10;
/// A tar header is recognised by its magic at 257 or by its checksum, both within the first 512 bytes.
pub(super) const HEAD_BYTES: usize = 512;

/// One step from packed to plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    /// Text as Windows writes it; what comes out is UTF-8.
    Utf16(ByteOrder),
    ZipMember {
        method: ZipMethod,
        crc: u32,
        size: u64,
    },
}

/// The methods of APPNOTE.TXT 4.4.5 that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ZipMethod {
    Stored,
    Deflate,
    Bzip2,
    Zstd,
    Xz,
}

/// Which byte of a UTF-16 code unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// What the first bytes say a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Packed(Layer),
    Tar,
    Zip,
    SevenZip,
    Unsupported(&'static str),
}

/// Why we stopped although the input went on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("more than {0} bytes come out")]
    Expanded(u64),
    #[error("the limit for temporary space is reached")]
    Spool,
    #[error("standard input can be read once")]
    StdinTaken,
}

impl Stop {
    pub(super) fn kind(self) -> ProblemKind {
        match self {
            Self::Expanded(_) => ProblemKind::Bomb,
            Self::Spool => ProblemKind::SpoolFull,
            Self::StdinTaken => ProblemKind::Unreadable,
        }
    }
}

/// Names are not asked: logs are renamed, and an attacker chooses names.
pub(super) fn shape_of(head: &[u8]) -> Shape {
    match head {
        [0x1f, 0x8b, 0x08, ..] => Shape::Packed(Layer::Gzip), // RFC 1952, 2.3
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Shape::Packed(Layer::Zstd), // RFC 8878, 3.1.1
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Shape::Packed(Layer::Zstd), // 3.1.2, skippable frame
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Shape::Packed(Layer::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
            Shape::Packed(Layer::Bzip2)
        }
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Shape::Zip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Shape::SevenZip,
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => Shape::Unsupported("rar"),
        [0x1f, 0x9d, ..] => Shape::Unsupported("compress (.Z)"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Shape::Unsupported("lz4"),
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Shape::Unsupported("cab"),
        head if is_tar(head) => Shape::Tar,
        head => match utf16::order_of(head) {
            Some(order) => Shape::Packed(Layer::Utf16(order)),
            None => Shape::Plain,
        },
    }
}

/// A tar header is known by its checksum (POSIX.1-1988, ustar, `chksum`; older tar has no magic). The magic
/// alone must not do, nor may text ever pass: who can place bytes at 257 of a log could hide the log.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let stored = header.get(148..156).unwrap_or_default();
    let digits =
        stored.iter().copied().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    let declared = digits.fold(0_u32, |sum, digit| sum.wrapping_mul(8).wrapping_add(digit));
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let padding = header.iter().filter(|byte| **byte == 0).count();
    header.first() != Some(&0)
        && padding >= 12
        && declared == sum(header) - sum(stored) + 8 * u32::from(b' ')
}

/// The modification time that a gzip header carries (RFC 1952, MTIME; zero means none).
pub(super) fn gzip_mtime(head: &[u8]) -> Option<i64> {
    let bytes: [u8; 4] = head.get(4..8)?.try_into().ok()?;
    Some(i64::from(u32::from_le_bytes(bytes))).filter(|seconds| *seconds != 0)
}

/// An opened stack of layers. `starved` turns true when the packed bytes ran out.
pub(super) struct Unpacked {
    pub(super) content: Box<dyn Read + Send>,
    pub(super) starved: Arc<AtomicBool>,
}

/// Opens `extent` through `layers`, refusing to yield more than `cap` bytes if there is any layer.
pub(super) fn unpack(extent: &Extent, layers: &[Layer], cap: u64) -> io::Result<Unpacked> {
    let starved = Arc::new(AtomicBool::new(false));
    let packed = Watched { inner: extent.open()?, starved: Arc::clone(&starved) };
    let mut content: Box<dyn Read + Send> = Box::new(packed);
    for layer in layers {
        content = open_layer(content, layer);
    }
    if !layers.is_empty() {
        content = Box::new(Capped { inner: content, left: cap, cap });
    }
    Ok(Unpacked { content, starved })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cap that the ban asks for is put on in `unpack`"
)]
fn open_layer(packed: Box<dyn Read + Send>, layer: &Layer) -> Box<dyn Read + Send> {
    let buffered = BufReader::with_capacity(INPUT_BYTES, packed);
    match layer {
        Layer::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered)),
        Layer::Zstd => Box::new(ZstdFrames::new(buffered)),
        Layer::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(buffered, true, DICTIONARY_KIB)),
        Layer::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered)),
        Layer::Utf16(order) => Box::new(utf16::Text::new(buffered, *order)),
        Layer::ZipMember { method, crc, size } => {
            let inner = open_zip_method(buffered, *method);
            Box::new(ZipContent { inner, sum: flate2::Crc::new(), crc: *crc, left: *size })
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cap that the ban asks for is put on in `unpack`"
)]
fn open_zip_method(
    packed: BufReader<Box<dyn Read + Send>>,
    method: ZipMethod,
) -> Box<dyn Read + Send> {
    match method {
        ZipMethod::Stored => Box::new(packed),
        ZipMethod::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        ZipMethod::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        ZipMethod::Zstd => Box::new(ZstdFrames::new(packed)),
        ZipMethod::Xz => {
            Box::new(lzma_rust2::XzReader::new_mem_limit(packed, true, DICTIONARY_KIB))
        }
    }
}

/// Remembers that the packed bytes ran out, which tells a cut file from a damaged one.
struct Watched<R> {
    inner: R,
    starved: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        if matches!(result, Ok(0)) && !buffer.is_empty() {
            self.starved.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// The cap that makes a decompressor safe: exactly `cap` bytes, then [`Stop::Expanded`] if there are more.
struct Capped<R> {
    inner: R,
    left: u64,
    cap: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !buffer.is_empty() {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(Stop::Expanded(self.cap))),
            };
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let got = self.inner.read(buffer.get_mut(..room).unwrap_or_default())?;
        self.left -= got as u64;
        Ok(got)
    }
}

/// Holds a zip member to the length and CRC-32 that the central directory declares.
struct ZipContent<R> {
    inner: R,
    sum: flate2::Crc,
    crc: u32,
    left: u64,
}

impl<R: Read> Read for ZipContent<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            return self.end();
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let window = buffer.get_mut(..room).unwrap_or_default();
        let got = self.inner.read(window)?;
        if got == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "shorter than declared"));
        }
        self.sum.update(window.get(..got).unwrap_or_default());
        self.left -= got as u64;
        Ok(got)
    }
}

impl<R: Read> ZipContent<R> {
    fn end(&mut self) -> io::Result<usize> {
        if self.inner.read(&mut [0])? != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than declared"));
        }
        if self.sum.sum() != self.crc {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "checksum does not match"));
        }
        Ok(0)
    }
}

/// Zstandard with any number of frames, skippable ones among them (RFC 8878, 3.1).
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
    /// Told once what was decoded before it has been handed out.
    failure: Option<io::Error>,
}

/// A last block that is empty (RFC 8878, 3.1.1.2).
const EMPTY_LAST_BLOCK: [u8; 3] = [1, 0, 0];

impl<R: BufRead> ZstdFrames<R> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only `open_layer` and `open_zip_method` come here"
    )]
    fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), in_frame: false, failure: None }
    }

    /// Whether another frame with content begins.
    fn start_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(errors::FrameDecoderError::ReadFrameHeaderError(
                    errors::ReadFrameHeaderError::SkipFrame { length, .. },
                )) => skip(&mut self.source, u64::from(length))?,
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    fn ended(&self) -> bool {
        self.failure.is_some() || self.decoder.is_finished()
    }

    /// Decodes one block. The decoder holds back a window of what it has until the frame ends, so when the
    /// input is cut or damaged the frame is ended in its place: nothing decoded is lost.
    fn decode_block(&mut self) {
        let strategy = BlockDecodingStrategy::UptoBlocks(1);
        let Err(error) = self.decoder.decode_blocks(&mut self.source, strategy) else { return };
        self.failure = Some(io::Error::other(error));
        if !self.decoder.is_finished() {
            let strategy = BlockDecodingStrategy::UptoBlocks(1);
            // It ends in an error where a checksum should follow, after the frame is marked as ended.
            let _ended = self.decoder.decode_blocks(&EMPTY_LAST_BLOCK[..], strategy);
        }
    }

    fn check_sum(&self) -> io::Result<()> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stored), Some(found)) if stored != found => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "checksum does not match"))
            }
            _ => Ok(()),
        }
    }
}

fn skip(source: &mut impl Read, length: u64) -> io::Result<()> {
    match io::copy(&mut source.take(length), &mut io::sink())? {
        skipped if skipped < length => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if buffer.is_empty() || (!self.in_frame && !self.start_frame()?) {
                return Ok(0);
            }
            self.in_frame = true;
            while self.decoder.can_collect() == 0 && !self.ended() {
                self.decode_block();
            }
            let got = self.decoder.read(buffer)?;
            if got > 0 {
                return Ok(got);
            }
            self.failure.take().map_or(Ok(()), Err)?;
            self.check_sum()?;
            self.in_frame = false;
        }
    }
}
