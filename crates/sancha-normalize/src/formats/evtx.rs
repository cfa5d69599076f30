use std::sync::Arc;

use ::evtx::{EvtxChunkData, ParserSettings, err::EvtxError};
use sancha_model::{Framing, RowWriter};

use super::json::JSON_LINES;
use crate::{FileContext, Fit, Format, Head, Scratch};

/// The event log's own file ("Windows XML Event Log Format", version 3), such as `Security.evtx`: each record is read
/// as the JSON that `evtx_dump` makes of it.
pub struct Evtx;

pub(super) static EVTX: Evtx = Evtx;

const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// The file's header is padded to a page; chunks are of one size.
const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65536;
/// Size, number and time stand before what a record says.
const RECORD_HEADER_BYTES: u64 = 24;

impl Format for Evtx {
    fn name(&self) -> &str {
        "windows/evtx"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        if head.bytes.starts_with(FILE_MAGIC) { Fit::Certain } else { Fit::No }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JSON_LINES.parse(row, context, scratch);
    }

    /// Chunks stand alone: what is wrong in one does not keep the others from being read.
    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        // Texts of old programs are in the code page of the machine.
        let settings = ParserSettings::new().indent(false).ansi_codec(encoding_rs::GB18030);
        let settings = Arc::new(settings);
        let mut begin = HEADER_BYTES as u64;
        let mut damaged: Option<u64> = None;
        for bytes in file.get(HEADER_BYTES..).unwrap_or_default().chunks(CHUNK_BYTES) {
            // A chunk that was not used yet is empty.
            if bytes.iter().take(CHUNK_MAGIC.len()).any(|byte| *byte != 0) {
                let end = chunk(bytes, begin, &settings, each);
                damaged = damaged.or(end.err());
            }
            begin += bytes.len() as u64;
        }
        damaged.map_or(Ok(()), Err)
    }
}

/// Every record of a chunk that can be read. `Err`: where the first one stands that cannot.
fn chunk(
    bytes: &[u8],
    begin: u64,
    settings: &Arc<ParserSettings>,
    each: &mut dyn FnMut(u64, &[u8]),
) -> Result<(), u64> {
    // The last chunk of a file that was cut off lacks its end.
    let mut whole = bytes.to_vec();
    whole.resize(CHUNK_BYTES, 0);
    let mut data = EvtxChunkData::new(whole, false).map_err(|_| begin)?;
    let mut chunk = data.parse(Arc::clone(settings)).map_err(|_| begin)?;
    let mut damaged =
        if bytes.len() < CHUNK_BYTES { Some(begin + bytes.len() as u64) } else { None };
    for record in chunk.iter() {
        let (at, json) = match record {
            Ok(record) => {
                let at = begin + record.binxml_offset.saturating_sub(RECORD_HEADER_BYTES);
                (at, record.into_json_bytes())
            }
            Err(EvtxError::FailedToReadRecordAt { offset, .. }) => {
                damaged.get_or_insert(begin + offset);
                continue;
            }
            Err(_) => {
                damaged.get_or_insert(begin);
                continue;
            }
        };
        match json {
            Ok(json) => each(at, &json.data),
            Err(_) => {
                damaged.get_or_insert(at);
            }
        }
    }
    damaged.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK_HEADER_BYTES: usize = 512;

    fn counted(bytes: &mut Vec<u8>, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        bytes.extend_from_slice(&u16::try_from(units.len()).unwrap().to_le_bytes());
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    }

    /// A name where it stands first: its place, the next name's, a hash that nobody checks, the text, and an end.
    fn name(bytes: &mut Vec<u8>, text: &str) {
        let place = u32::try_from(bytes.len() + 4).unwrap();
        bytes.extend_from_slice(&place.to_le_bytes());
        bytes.extend_from_slice(&[0; 6]);
        counted(bytes, text);
        bytes.extend_from_slice(&[0; 2]);
    }

    fn value(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend_from_slice(&[0x05, 0x01]);
        counted(bytes, text);
    }

    fn open(bytes: &mut Vec<u8>, element: &str, attribute: Option<(&str, &str)>) {
        bytes.push(if attribute.is_some() { 0x41 } else { 0x01 });
        bytes.extend_from_slice(&[0; 4]);
        name(bytes, element);
        if let Some((key, text)) = attribute {
            bytes.extend_from_slice(&[0, 0, 0, 0, 0x06]);
            name(bytes, key);
            value(bytes, text);
        }
        bytes.push(0x02);
    }

    fn leaf(bytes: &mut Vec<u8>, element: &str, attribute: Option<(&str, &str)>, text: &str) {
        open(bytes, element, attribute);
        value(bytes, text);
        bytes.push(0x04);
    }

    /// Binary XML without templates ([MS-EVEN6] 2.2.12 and on).
    fn logon(chunk: &mut Vec<u8>, id: u64, address: &str) {
        let begin = chunk.len();
        chunk.extend_from_slice(b"**\0\0\0\0\0\0");
        chunk.extend_from_slice(&id.to_le_bytes());
        chunk.extend_from_slice(&134_000_000_000_000_000_u64.to_le_bytes());
        chunk.extend_from_slice(&[0x0F, 1, 1, 0]);
        open(chunk, "Event", None);
        open(chunk, "System", None);
        leaf(chunk, "EventID", None, "4625");
        leaf(chunk, "Channel", None, "Security");
        chunk.push(0x04);
        open(chunk, "EventData", None);
        leaf(chunk, "Data", Some(("Name", "IpAddress")), address);
        chunk.extend_from_slice(&[0x04, 0x04, 0x00]);
        let size = u32::try_from(chunk.len() + 4 - begin).unwrap().to_le_bytes();
        chunk.extend_from_slice(&size);
        chunk[begin + 4..begin + 8].copy_from_slice(&size);
    }

    /// A chunk and where its records begin.
    fn chunk(first: u64, addresses: &[&str]) -> (Vec<u8>, Vec<u64>) {
        let mut chunk = vec![0; CHUNK_HEADER_BYTES];
        let mut begins = Vec::new();
        for (id, address) in (first..).zip(addresses) {
            begins.push(chunk.len() as u64);
            logon(&mut chunk, id, address);
        }
        let last = first + addresses.len() as u64 - 1;
        chunk[..8].copy_from_slice(CHUNK_MAGIC);
        for (at, number) in [(8, first), (16, last), (24, first), (32, last)] {
            chunk[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let end = u32::try_from(chunk.len()).unwrap();
        let last = u32::try_from(*begins.last().unwrap()).unwrap();
        for (at, number) in [(40, 128), (44, last), (48, end)] {
            chunk[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        chunk.resize(CHUNK_BYTES, 0);
        (chunk, begins)
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut file = FILE_MAGIC.to_vec();
        file.resize(HEADER_BYTES, 0);
        chunks.iter().for_each(|chunk| file.extend_from_slice(chunk));
        file
    }

    fn rendered(file: &[u8]) -> (Vec<(u64, String)>, Result<(), u64>) {
        let mut lines = Vec::new();
        let each =
            &mut |at: u64, line: &[u8]| lines.push((at, String::from_utf8(line.to_vec()).unwrap()));
        let end = EVTX.render(file, each);
        (lines, end)
    }

    fn json(address: &str) -> String {
        format!(
            "{{\"Event\":{{\"System\":{{\"EventID\":\"4625\",\"Channel\":\"Security\"}},\
             \"EventData\":{{\"IpAddress\":\"{address}\"}}}}}}"
        )
    }

    #[test]
    fn records_of_every_chunk_in_their_places() {
        let (first, begins) = chunk(1, &["203.0.113.9", "203.0.113.10"]);
        let (second, _) = chunk(3, &["203.0.113.11"]);
        let file = file(&[first, vec![0; CHUNK_BYTES], second]);
        let third = (HEADER_BYTES + 2 * CHUNK_BYTES + CHUNK_HEADER_BYTES) as u64;
        let want = vec![
            (HEADER_BYTES as u64 + begins[0], json("203.0.113.9")),
            (HEADER_BYTES as u64 + begins[1], json("203.0.113.10")),
            (third, json("203.0.113.11")),
        ];
        assert_eq!(rendered(&file), (want, Ok(())));
        let head = Head::of(&file, "security.evtx");
        assert_eq!(EVTX.probe(&head), Fit::Certain);
    }

    #[test]
    fn a_damaged_record_is_named_and_the_others_are_read() {
        let (mut first, begins) = chunk(1, &["203.0.113.9", "203.0.113.10"]);
        let at = usize::try_from(begins[0]).unwrap();
        first[at..at + 2].copy_from_slice(b"xx");
        let (second, _) = chunk(3, &["203.0.113.11"]);
        let (lines, end) = rendered(&file(&[first, second]));
        let texts: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(texts, [json("203.0.113.10"), json("203.0.113.11")]);
        assert_eq!(end, Err(HEADER_BYTES as u64 + begins[0]));
    }

    #[test]
    fn what_is_cut_off_or_overwritten_is_named() {
        let (first, _) = chunk(1, &["203.0.113.9"]);
        let mut cut = file(std::slice::from_ref(&first));
        cut.truncate(HEADER_BYTES + 20_000);
        let (lines, end) = rendered(&cut);
        assert_eq!((lines.len(), end), (1, Err(cut.len() as u64)));
        let garbage = vec![7; CHUNK_BYTES];
        let (lines, end) = rendered(&file(&[garbage, first]));
        assert_eq!((lines.len(), end), (1, Err(HEADER_BYTES as u64)));
        assert_eq!(rendered(FILE_MAGIC), (Vec::new(), Ok(())));
    }
}
