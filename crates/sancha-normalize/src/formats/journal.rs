mod file;

use sancha_model::{Framing, RowWriter};

pub(super) use self::file::json_value;
use self::file::{Budget, Entries, SIGNATURE};
use super::journal_json::JOURNAL_JSON;
use crate::{FileContext, Fit, Format, Head, Scratch};

/// The journal's own files (`/var/log/journal/*/*.journal`), rendered as its JSON export. Files that
/// were not closed properly give what is in them.
pub struct Journal;

pub(super) static JOURNAL: Journal = Journal;

/// How much larger than the file its text may become, unpacked and rendered: entries share their data, and a crafted
/// file could name one large text in every entry, or many times in one. A file that exceeds it ends at that entry.
const GROWTH: usize = 64;

impl Format for Journal {
    fn name(&self) -> &str {
        "linux/journal"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        if head.bytes.starts_with(SIGNATURE) { Fit::Certain } else { Fit::No }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JOURNAL_JSON.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        let mut entries = Entries::open(file).ok_or(0_u64)?;
        let mut budget = Budget::of(file.len().saturating_mul(GROWTH));
        let mut line = Vec::new();
        while let Some(entry) = entries.next()? {
            line.clear();
            entry.write(&mut line, &mut budget).ok_or(entry.offset())?;
            each(entry.offset(), &line);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes journal files as systemd's "Journal File Format" describes them.
    struct Writer {
        bytes: Vec<u8>,
        compact: bool,
    }

    impl Writer {
        fn new(compact: bool) -> Self {
            let mut bytes = vec![0; 272];
            bytes[..8].copy_from_slice(SIGNATURE);
            let flags: u32 = if compact { 4 | 8 | 16 } else { 4 };
            bytes[12..16].copy_from_slice(&flags.to_le_bytes());
            bytes[88..96].copy_from_slice(&272_u64.to_le_bytes());
            Self { bytes, compact }
        }

        fn object(&mut self, kind: u8, flags: u8, body: &[u8]) -> u64 {
            let offset = self.bytes.len() as u64;
            self.bytes.extend_from_slice(&[kind, flags, 0, 0, 0, 0, 0, 0]);
            self.bytes.extend_from_slice(&(16 + body.len() as u64).to_le_bytes());
            self.bytes.extend_from_slice(body);
            while !self.bytes.len().is_multiple_of(8) {
                self.bytes.push(0);
            }
            offset
        }

        fn data(&mut self, flags: u8, payload: &[u8]) -> u64 {
            let head = if self.compact { 56 } else { 48 };
            self.object(1, flags, &[&vec![0; head], payload].concat())
        }

        fn entry(&mut self, micros: u64, data: &[u64]) -> u64 {
            let mut body = vec![0; 48];
            body[8..16].copy_from_slice(&micros.to_le_bytes());
            for offset in data {
                if self.compact {
                    body.extend_from_slice(&u32::try_from(*offset).unwrap().to_le_bytes());
                } else {
                    body.extend_from_slice(&offset.to_le_bytes());
                    body.extend_from_slice(&[0; 8]);
                }
            }
            self.object(3, 0, &body)
        }
    }

    fn rendered(file: &[u8]) -> (Vec<String>, Result<(), u64>) {
        let mut lines = Vec::new();
        let each = &mut |_: u64, line: &[u8]| lines.push(String::from_utf8(line.to_vec()).unwrap());
        let end = JOURNAL.render(file, each);
        (lines, end)
    }

    fn sample(compact: bool) -> Writer {
        let mut writer = Writer::new(compact);
        let message = writer.data(0, b"MESSAGE=say \"hi\"\n");
        let binary = writer.data(0, b"RAW=\xFF\x01");
        writer.entry(1_792_610_055_123_456, &[message, binary]);
        writer
    }

    #[test]
    fn entries_of_both_modes() {
        let want =
            r#"{"__REALTIME_TIMESTAMP":"1792610055123456","MESSAGE":"say \"hi\"\n","RAW":[255,1]}"#;
        for compact in [false, true] {
            assert_eq!(rendered(&sample(compact).bytes), (vec![want.to_owned()], Ok(())));
        }
    }

    #[test]
    fn compressed_data() {
        let text = [&b"MESSAGE="[..], &b"abcdefgh".repeat(8)].concat();
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], level);
        // One literal run of 16 bytes, then a match of 56 bytes eight back.
        let mut lz4 = (text.len() as u64).to_le_bytes().to_vec();
        lz4.extend_from_slice(&[0xFF, 1]);
        lz4.extend_from_slice(&text[..16]);
        lz4.extend_from_slice(&[8, 0, 51 - 15 + 1 - 1]);
        let expected = 16 + 4 + 15 + usize::from(lz4[lz4.len() - 1]);
        lz4[..8].copy_from_slice(&(expected as u64).to_le_bytes());
        for (flags, bytes, len) in [(4, &zstd, text.len()), (2, &lz4, expected)] {
            let mut writer = Writer::new(true);
            let data = writer.data(flags, bytes);
            writer.entry(1, &[data]);
            let text = String::from_utf8([&b"abcdefgh"[..]; 8].concat()).unwrap();
            let want = format!(
                r#"{{"__REALTIME_TIMESTAMP":"1","MESSAGE":"{}"}}"#,
                text.get(..len - 8).unwrap()
            );
            assert_eq!(rendered(&writer.bytes), (vec![want], Ok(())), "flags {flags}");
        }
    }

    #[test]
    fn what_cannot_be_decompressed_is_named() {
        for flags in [1, 2, 4] {
            let mut writer = Writer::new(true);
            let data = writer.data(flags, b"no such stream");
            let good = writer.data(0, b"MESSAGE=x");
            writer.entry(1, &[data, good]);
            let want = r#"{"__REALTIME_TIMESTAMP":"1","MESSAGE":"x","SANCHA_UNREADABLE":"1"}"#;
            assert_eq!(rendered(&writer.bytes), (vec![want.to_owned()], Ok(())));
        }
    }

    #[test]
    fn truncated_and_dirty_files_give_what_is_there() {
        let mut writer = sample(true);
        let second = writer.entry(2, &[272]);
        let whole = rendered(&writer.bytes).0;
        assert_eq!(whole.len(), 2);
        // Cut inside the second entry: the first one stays, and the stop is named.
        let cut = writer.bytes.get(..usize::try_from(second).unwrap() + 20).unwrap();
        assert_eq!(rendered(cut), (whole[..1].to_vec(), Err(second)));
        // Journald writes into space that it has zeroed before.
        writer.bytes.extend_from_slice(&[0; 4096]);
        assert_eq!(rendered(&writer.bytes), (whole, Ok(())));
        assert_eq!(rendered(b"LPKSHHRH"), (Vec::new(), Err(0)));
        // An item that points nowhere is left out and counted.
        let mut broken = Writer::new(false);
        broken.entry(1, &[9_999_999, u64::MAX]);
        let want = r#"{"__REALTIME_TIMESTAMP":"1","SANCHA_UNREADABLE":"2"}"#;
        assert_eq!(rendered(&broken.bytes), (vec![want.to_owned()], Ok(())));
    }

    #[test]
    fn a_file_cannot_grow_without_end() {
        let mut writer = Writer::new(true);
        let data = writer.data(0, &[&b"A="[..], &[b'x'; 10_000]].concat());
        for _ in 0..400 {
            writer.entry(1, &[data; 64]);
        }
        let (lines, end) = rendered(&writer.bytes);
        assert!(end.is_err() && lines.len() < 400);
    }

    #[test]
    fn an_entry_cannot_grow_without_end() {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zstd = ruzstd::encoding::compress_to_vec(&[b'x'; 1 << 20][..], level);
        let named = [&b"A="[..], &[b'x'; 1 << 20]].concat();
        let named = ruzstd::encoding::compress_to_vec(&named[..], level);
        // What has no name is unpacked all the same; what breaks off is before it does.
        let broken = [&zstd[..zstd.len() - 8], &[0xFF; 8]].concat();
        for stream in [&named, &zstd, &broken] {
            let mut writer = sample(true);
            let data = writer.data(4, stream);
            let second = writer.entry(1, &[data; 1_024]);
            let mut entries = Entries::open(&writer.bytes).unwrap();
            let mut budget = Budget::of(1 << 20);
            let mut line = Vec::new();
            assert!(entries.next().unwrap().unwrap().write(&mut line, &mut budget).is_some());
            line.clear();
            assert!(entries.next().unwrap().unwrap().write(&mut line, &mut budget).is_none());
            assert!(line.len() <= 1 << 20);
            assert_eq!(rendered(&writer.bytes), (rendered(&sample(true).bytes).0, Err(second)));
        }
    }
}
