//! The layout of journal files, after systemd's document "Journal File Format".

use std::io::{Cursor, Read as _, Write as _};

pub(super) const SIGNATURE: &[u8] = b"LPKSHHRH";

/// `HEADER_INCOMPATIBLE_COMPACT`: offsets of 32 bits.
const COMPACT: u32 = 16;
/// Types of objects.
const DATA: u8 = 1;
const ENTRY: u8 = 3;
/// Flags of data objects.
const XZ: u8 = 1;
const LZ4: u8 = 2;
const ZSTD: u8 = 4;
/// Header of every object: type, flags, six bytes unused, size.
const OBJECT_HEADER: usize = 16;
/// Hashes and offsets before an entry's items.
const ENTRY_HEADER: usize = 64;
/// Longer fields are cut here: a megabyte is the limit of a line.
const LONGEST: usize = 1 << 20;
/// Memory that an XZ stream may ask for before it gives a byte.
const DICTIONARY_KIB: u32 = 16 << 10;
/// Journald writes at most 1,024 fields an entry (`ENTRY_FIELD_COUNT_MAX`).
const MOST_ITEMS: usize = 1_024;

/// Walks the objects of a file one after the other: the order in which entries were written, and the
/// one that survives a file that was not closed.
pub(super) struct Entries<'a> {
    file: &'a [u8],
    at: usize,
    compact: bool,
}

/// One entry: when it was written, and where its fields are.
pub(super) struct Entry<'a> {
    file: &'a [u8],
    at: usize,
    items: &'a [u8],
    micros: u64,
    compact: bool,
}

struct Object<'a> {
    kind: u8,
    flags: u8,
    bytes: &'a [u8],
}

/// Bytes that may still be unpacked and written. Once it is overdrawn it stays so.
pub(super) struct Budget(Option<usize>);

impl Budget {
    pub(super) fn of(bytes: usize) -> Self {
        Self(Some(bytes))
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.and_then(|left| left.checked_sub(bytes));
        self.0.map(drop)
    }
}

impl<'a> Entries<'a> {
    pub(super) fn open(file: &'a [u8]) -> Option<Self> {
        let flags = u32::from_le_bytes(*file.get(12..)?.first_chunk()?);
        let header = usize::try_from(number(file, 88)?).ok()?;
        // The first version had 208 bytes; more were added since.
        let fits = file.starts_with(SIGNATURE) && (208..=file.len()).contains(&header);
        fits.then_some(Self { file, at: header, compact: flags & COMPACT != 0 })
    }

    /// The next entry; `Err` with the offset at which the file stops being readable.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'a>>, u64> {
        loop {
            let at = self.at;
            let rest = self.file.get(at..).unwrap_or(&[]);
            // Space that was set aside and not yet written to.
            if rest.iter().take(OBJECT_HEADER).all(|byte| *byte == 0) {
                return Ok(None);
            }
            let object = Object::read(self.file, at).ok_or(at as u64)?;
            self.at = at.saturating_add(object.bytes.len().next_multiple_of(8));
            if object.kind != ENTRY {
                continue;
            }
            let items = object.bytes.get(ENTRY_HEADER..).ok_or(at as u64)?;
            let micros = number(object.bytes, 24).ok_or(at as u64)?;
            return Ok(Some(Entry { file: self.file, at, items, micros, compact: self.compact }));
        }
    }
}

impl<'a> Object<'a> {
    fn read(file: &'a [u8], at: usize) -> Option<Self> {
        let rest = file.get(at..)?;
        let size = usize::try_from(number(rest, 8)?).ok()?;
        let bytes = rest.get(..size).filter(|bytes| bytes.len() >= OBJECT_HEADER)?;
        Some(Self { kind: *bytes.first()?, flags: *bytes.get(1)?, bytes })
    }
}

impl Entry<'_> {
    pub(super) fn offset(&self) -> u64 {
        self.at as u64
    }

    /// The entry as one line of the journal's JSON export. Fields that cannot be read are counted in a
    /// field of ours, so that their absence shows. `None`: the budget is spent.
    pub(super) fn write(&self, line: &mut Vec<u8>, budget: &mut Budget) -> Option<()> {
        let _ = write!(line, "{{\"__REALTIME_TIMESTAMP\":\"{}\"", self.micros);
        let size = if self.compact { 4 } else { 16 };
        let mut unreadable = 0_u32;
        for item in self.items.chunks_exact(size).take(MOST_ITEMS) {
            let before = line.len();
            unreadable += u32::from(self.field(item, line, budget).is_none());
            budget.spend(line.len() - before)?;
        }
        if unreadable > 0 {
            let _ = write!(line, ",\"SANCHA_UNREADABLE\":\"{unreadable}\"");
        }
        line.push(b'}');
        Some(())
    }

    fn field(&self, item: &[u8], line: &mut Vec<u8>, budget: &mut Budget) -> Option<()> {
        let offset = match item.first_chunk::<8>().filter(|_| !self.compact) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => u64::from(u32::from_le_bytes(*item.first_chunk()?)),
        };
        let object = Object::read(self.file, usize::try_from(offset).ok()?)?;
        if object.kind != DATA {
            return None;
        }
        let payload = object.bytes.get(if self.compact { 72 } else { 64 }..)?;
        let unpacked;
        let text = match object.flags & (XZ | LZ4 | ZSTD) {
            0 => payload,
            flag => {
                unpacked = unpack(flag, payload, budget)?;
                &unpacked
            }
        };
        let text = text.get(..LONGEST).unwrap_or(text);
        let at = memchr::memchr(b'=', text)?;
        let (name, value) = text.split_at_checked(at)?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if !name.iter().all(plain) {
            return None;
        }
        line.extend_from_slice(b",\"");
        line.extend_from_slice(name);
        line.extend_from_slice(b"\":");
        json_value(value.get(1..)?, line);
        Some(())
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Text as a JSON string; bytes that are not UTF-8 as a list of numbers, like the export.
pub(in crate::formats) fn json_value(value: &[u8], line: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(value) else {
        for (place, byte) in value.iter().enumerate() {
            let _ = write!(line, "{}{byte}", if place == 0 { '[' } else { ',' });
        }
        line.push(b']');
        return;
    };
    line.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            b'\n' => line.extend_from_slice(b"\\n"),
            0..=0x1F => {
                let _ = write!(line, "\\u{byte:04x}");
            }
            _ => line.push(byte),
        }
    }
    line.push(b'"');
}

/// At most [`LONGEST`] bytes of a compressed field. What is unpacked of a stream that breaks off is spent, too.
fn unpack(flag: u8, payload: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let whole = unpack_into(flag, payload, &mut text);
    budget.spend(text.len())?;
    whole.map(|()| text)
}

#[expect(clippy::disallowed_methods, reason = "every stream is capped at `LONGEST` right here")]
fn unpack_into(flag: u8, payload: &[u8], text: &mut Vec<u8>) -> Option<()> {
    let limit = LONGEST as u64;
    match flag {
        ZSTD => {
            let reader = ruzstd::decoding::StreamingDecoder::new(Cursor::new(payload)).ok()?;
            reader.take(limit).read_to_end(text).ok()?;
        }
        XZ => {
            let reader =
                lzma_rust2::XzReader::new_mem_limit(Cursor::new(payload), false, DICTIONARY_KIB);
            reader.take(limit).read_to_end(text).ok()?;
        }
        LZ4 => lz4(payload.get(8..)?, text)?,
        _ => return None,
    }
    Some(())
}

/// One LZ4 block ("LZ4 Block Format Description"); journald writes its size before it.
fn lz4(mut block: &[u8], text: &mut Vec<u8>) -> Option<()> {
    loop {
        let token;
        (token, block) = block.split_first()?;
        let literals;
        (literals, block) = length(usize::from(token >> 4), block)?;
        let run;
        (run, block) = block.split_at_checked(literals)?;
        text.extend_from_slice(run);
        if block.is_empty() || text.len() >= LONGEST {
            return Some(());
        }
        let (distance, rest) = block.split_first_chunk::<2>()?;
        let distance = usize::from(u16::from_le_bytes(*distance));
        let more;
        (more, block) = length(usize::from(token & 15), rest)?;
        let start = text.len().checked_sub(distance).filter(|_| distance > 0)?;
        for at in start..start + more.saturating_add(4).min(LONGEST) {
            text.push(*text.get(at)?);
        }
        if block.is_empty() {
            return Some(());
        }
    }
}

/// A length of four bits; 15 goes on with bytes of which 255 means another.
fn length(first: usize, mut block: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = first;
    let mut go_on = first == 15;
    while go_on {
        let byte;
        (byte, block) = block.split_first()?;
        length = length.checked_add(usize::from(*byte))?;
        go_on = *byte == 255;
    }
    Some((length, block))
}
