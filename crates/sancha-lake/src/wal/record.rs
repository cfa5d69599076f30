//! Records and the head of a file, to bytes and back. The layout stands in [`super`].

use crc32fast::Hasher;
use memchr::memmem;

use super::{ChunkRef, LONG_PREFIX_MAX, Refusal, WalId};

pub(super) const HEAD_LEN: usize = 40;
pub(super) const RECORD_HEAD_LEN: usize = 92;
pub(super) const MARKER: [u8; 4] = [0xEE, b'W', b'A', b'L'];
pub(super) const VERSION: u32 = 1;
/// Lines of one record: what a reader has to hold at once.
pub(super) const LINES_MAX: usize = 32 << 20;

/// Longest name of a source: its length has one byte.
pub const SOURCE_BYTES_MAX: usize = u8::MAX as usize;

const MAGIC: [u8; 8] = *b"sanchawl";
const CHUNK: u8 = 1;
const END: u8 = 2;
/// Where the bytes known to be durable stand.
const DURABLE: usize = 40;
const CRC: usize = RECORD_HEAD_LEN - 4;

/// The head of a record that was found to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHead {
    pub(super) is_end: bool,
    pub(super) source_len: usize,
    pub(super) prefix: u16,
    pub(super) lines_len: usize,
    pub(super) lines_crc: u32,
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) accepted_at: i64,
    pub(super) reference: i64,
    pub(super) durable: u64,
    pub(super) stream: [u8; 32],
}

impl RecordHead {
    /// Bytes of the whole record.
    pub(super) fn len(&self) -> usize {
        RECORD_HEAD_LEN + self.source_len + self.lines_len
    }

    /// Whether a writer of ours makes such a record: see [`check`].
    fn is_written(&self) -> bool {
        let len = self.lines_len as u64;
        self.lines_len <= LINES_MAX
            && u32::from(self.prefix) <= LONG_PREFIX_MAX
            && self.offset.checked_add(len).and(self.line.checked_add(len)).is_some()
    }
}

/// What of a head stands at some place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Record(RecordHead),
    /// The bytes end before the head and the source's name do.
    Short,
    Nothing,
}

/// The CRC of what begins with a file's id.
#[derive(Clone)]
pub(super) struct Keyed(Hasher);

impl Keyed {
    pub(super) fn new(id: &WalId) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(id.as_bytes());
        Self(hasher)
    }

    fn crc(&self, parts: &[&[u8]]) -> u32 {
        let mut hasher = self.0.clone();
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finalize()
    }

    /// The head at the beginning of `bytes`.
    pub(super) fn decode(&self, bytes: &[u8]) -> Found {
        let Some((head, rest)) = bytes.split_first_chunk::<RECORD_HEAD_LEN>() else {
            return Found::Short;
        };
        if !head.starts_with(&MARKER) {
            return Found::Nothing;
        }
        let source_len = usize::from(head[5]);
        let Some(source) = rest.get(..source_len) else { return Found::Short };
        let (fields, crc) = head.split_at(CRC);
        if u32_at(crc, 0) != self.crc(&[fields, source]) {
            return Found::Nothing;
        }
        let found = RecordHead {
            is_end: head[4] == END,
            source_len,
            prefix: u16::from_le_bytes([head[6], head[7]]),
            lines_len: u32_at(head, 8) as usize,
            lines_crc: u32_at(head, 12),
            offset: u64_at(head, 16),
            line: u64_at(head, 24),
            accepted_at: i64::from_le_bytes(u64_at(head, 32).to_le_bytes()),
            reference: i64::from_le_bytes(u64_at(head, 80).to_le_bytes()),
            durable: u64_at(head, DURABLE),
            stream: array_at(head, 48),
        };
        if found.is_written() && (head[4] == CHUNK || found.is_end) {
            Found::Record(found)
        } else {
            Found::Nothing
        }
    }

    /// Makes the record at the beginning of `bytes` one of this file, where `durable` bytes are known to be
    /// there. Gives the length of the record.
    pub(super) fn adopt(&self, bytes: &mut [u8], durable: u64) -> Option<usize> {
        let (head, rest) = bytes.split_first_chunk_mut::<RECORD_HEAD_LEN>()?;
        head[DURABLE..DURABLE + 8].copy_from_slice(&durable.to_le_bytes());
        let source_len = usize::from(head[5]);
        let crc = self.crc(&[&head[..CRC], rest.get(..source_len)?]);
        head[CRC..].copy_from_slice(&crc.to_le_bytes());
        Some(RECORD_HEAD_LEN + source_len + u32_at(head, 8) as usize)
    }
}

/// The head of a file.
pub(super) fn file_head(id: &WalId) -> [u8; HEAD_LEN] {
    let mut head = [0; HEAD_LEN];
    head[..8].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&VERSION.to_le_bytes());
    head[12..28].copy_from_slice(id.as_bytes());
    let crc = Keyed::new(id).crc(&[&head[..36]]);
    head[36..].copy_from_slice(&crc.to_le_bytes());
    head
}

/// The version of the file that begins with `head`, if `id` is its name and it is no damaged one.
pub(super) fn version(head: &[u8], id: &WalId) -> Option<u32> {
    let head = head.first_chunk::<HEAD_LEN>()?;
    let (fields, crc) = head.split_at(36);
    let is_ours = fields.starts_with(&MAGIC) && fields.get(12..28)? == id.as_bytes();
    let is_whole = u32_at(crc, 0) == Keyed::new(id).crc(&[fields]);
    (is_ours && is_whole).then(|| u32_at(fields, 8))
}

/// Whether a chunk fits the format.
pub(super) fn check(chunk: &ChunkRef<'_>) -> Result<(), Refusal> {
    if chunk.bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if chunk.bytes.len() > LINES_MAX {
        return Err(Refusal::TooLong(chunk.bytes.len()));
    }
    if !(1..=SOURCE_BYTES_MAX).contains(&chunk.source.len()) {
        return Err(Refusal::SourceName(chunk.source.len()));
    }
    if chunk.prefix > LONG_PREFIX_MAX {
        return Err(Refusal::Prefix(chunk.prefix));
    }
    let length = chunk.bytes.len() as u64;
    let fits = chunk.offset.checked_add(length).and(chunk.line.checked_add(length));
    fits.map_or(Err(Refusal::Offset), |_| Ok(()))
}

/// Adds the record of a chunk to `into`; `lines_crc` is that of its bytes. It belongs to no file yet: see
/// [`Keyed::adopt`].
#[expect(clippy::cast_possible_truncation, reason = "checked by `check`")]
pub(super) fn encode(chunk: &ChunkRef<'_>, lines_crc: u32, into: &mut Vec<u8>) {
    let mut head = [0; RECORD_HEAD_LEN];
    head[..4].copy_from_slice(&MARKER);
    head[4] = CHUNK;
    head[5] = chunk.source.len() as u8;
    head[6..8].copy_from_slice(&(chunk.prefix as u16).to_le_bytes());
    head[8..12].copy_from_slice(&(chunk.bytes.len() as u32).to_le_bytes());
    head[12..16].copy_from_slice(&lines_crc.to_le_bytes());
    head[16..24].copy_from_slice(&chunk.offset.to_le_bytes());
    head[24..32].copy_from_slice(&chunk.line.to_le_bytes());
    head[32..40].copy_from_slice(&chunk.accepted_at.to_le_bytes());
    head[48..80].copy_from_slice(&chunk.stream);
    head[80..88].copy_from_slice(&chunk.reference.to_le_bytes());
    into.extend_from_slice(&head);
    into.extend_from_slice(chunk.source.as_bytes());
    into.extend_from_slice(chunk.bytes);
}

/// The record that closes a file.
pub(super) fn end(key: &Keyed, chunks: u64, lines: u64, durable: u64) -> [u8; RECORD_HEAD_LEN] {
    let mut head = [0; RECORD_HEAD_LEN];
    head[..4].copy_from_slice(&MARKER);
    head[4] = END;
    head[16..24].copy_from_slice(&chunks.to_le_bytes());
    head[24..32].copy_from_slice(&lines.to_le_bytes());
    // A record of this length without a name can be adopted.
    let _ = key.adopt(&mut head, durable);
    head
}

/// A file whose head and records all have the sums of what stands in them: bytes that anybody may have made, as far
/// as readers get with them.
pub(crate) fn with_true_sums(bytes: &[u8], id: WalId) -> Vec<u8> {
    let (key, mut bytes) = (Keyed::new(&id), bytes.to_vec());
    if let Some(head) = bytes.first_chunk_mut::<HEAD_LEN>() {
        *head = file_head(&id);
    }
    let places: Vec<usize> = memmem::find_iter(&bytes, &MARKER).collect();
    // What stands in the lines of another first.
    for place in places.into_iter().rev() {
        let record = bytes.get_mut(place..).unwrap_or_default();
        let Some((head, rest)) = record.split_first_chunk_mut::<RECORD_HEAD_LEN>() else { break };
        let from = usize::from(head[5]);
        let to = from.saturating_add(u32_at(head, 8) as usize).min(rest.len());
        let crc = crc32fast::hash(rest.get(from..to).unwrap_or_default());
        head[12..16].copy_from_slice(&crc.to_le_bytes());
        let durable = u64_at(head, DURABLE);
        let _ = key.adopt(record, durable);
    }
    bytes
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}
