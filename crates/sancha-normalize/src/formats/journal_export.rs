use sancha_model::{Framing, RowWriter};

use super::{journal::json_value, journal_json::JOURNAL_JSON};
use crate::{FileContext, Fit, Format, Head, Scratch, scan};

/// The journal as `journalctl -o export` writes it (systemd's "Journal Export Format"): a field a line, a
/// blank line between entries, read as the journal's JSON export.
pub struct JournalExport;

pub(super) static JOURNAL_EXPORT: JournalExport = JournalExport;

impl Format for JournalExport {
    fn name(&self) -> &str {
        "linux/journal-export"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        if head.bytes.starts_with(b"__CURSOR=") { Fit::Certain } else { Fit::No }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JOURNAL_JSON.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        let mut rest = file;
        let mut line = Vec::new();
        while !rest.is_empty() {
            let offset = (file.len() - rest.len()) as u64;
            line.clear();
            let after = entry(rest, &mut line).ok_or(offset)?;
            if !line.is_empty() {
                line.push(b'}');
                each(offset, &line);
            }
            rest = after;
        }
        Ok(())
    }
}

/// Writes the entry that `bytes` begin with as an open object; returns what follows the blank line after it.
fn entry<'b>(mut bytes: &'b [u8], line: &mut Vec<u8>) -> Option<&'b [u8]> {
    loop {
        let (text, after) = scan::until(bytes, b'\n').unwrap_or((bytes, &[]));
        if text.is_empty() {
            return Some(after);
        }
        bytes = match scan::until(text, b'=') {
            Some((name, value)) => {
                field(name, value, line);
                after
            }
            None => {
                let (value, after) = sized(after)?;
                field(text, value, line);
                after
            }
        };
    }
}

/// A value that is not plain text: its length in eight bytes, its bytes, and a line end.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (value, rest) = rest.split_at_checked(length)?;
    Some((value, rest.strip_prefix(b"\n")?))
}

fn field(name: &[u8], value: &[u8], line: &mut Vec<u8>) {
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return;
    }
    line.extend_from_slice(if line.is_empty() { b"{\"" } else { b",\"" });
    line.extend_from_slice(name);
    line.extend_from_slice(b"\":");
    json_value(value, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(file: &[u8]) -> (Vec<(u64, String)>, Result<(), u64>) {
        let mut lines = Vec::new();
        let each =
            &mut |at: u64, line: &[u8]| lines.push((at, String::from_utf8(line.to_vec()).unwrap()));
        let end = JOURNAL_EXPORT.render(file, each);
        (lines, end)
    }

    #[test]
    fn entries_of_text_and_bytes() {
        let mut file =
            b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1792610055123456\nMESSAGE=say \"hi\"\n\n".to_vec();
        let second = file.len() as u64;
        file.extend_from_slice(b"__CURSOR=s=2\nMESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=6\n\n");
        let first = r#"{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1792610055123456","MESSAGE":"say \"hi\""}"#;
        let other = r#"{"__CURSOR":"s=2","MESSAGE":"a\nb","PRIORITY":"6"}"#;
        let want = vec![(0, first.to_owned()), (second, other.to_owned())];
        assert_eq!(rendered(&file), (want, Ok(())));
    }

    #[test]
    fn a_value_that_is_cut_off_is_named() {
        let file = b"__CURSOR=s=1\n\n__CURSOR=s=2\nMESSAGE\n\x09\0\0\0\0\0\0\0ab";
        assert_eq!(rendered(file), (vec![(0, r#"{"__CURSOR":"s=1"}"#.to_owned())], Err(14)));
    }
}
