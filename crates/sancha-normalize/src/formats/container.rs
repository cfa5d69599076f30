use sancha_model::{FieldId, ParseNoteKind, RowWriter};

use super::{access, json};
use crate::{FileContext, Fit, Format, Head, Scratch, daemon, encoding, scan, stamp};

/// What containers wrote, as container runtimes keep it (the CRI log format): time, stream, a tag that says
/// whether the line is whole, and the line.
pub struct Container;

pub(super) static CONTAINER: Container = Container;

impl Format for Container {
    fn name(&self) -> &str {
        "container/cri"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| split(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some((time, said)) = split(line) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            return;
        };
        let is_read = match said.first() {
            Some(b'{') => json::embedded(row, said, context, scratch).is_some(),
            _ => access::inner(row, said, context, scratch),
        };
        if !is_read {
            row.text(FieldId::MESSAGE, said);
            let _ = daemon::read(row, b"", said);
        }
        if !row.has_time() {
            stamp::set(row, stamp::iso(time).map(|(stamp, _)| stamp), line, context, scratch);
        }
    }
}

/// `2026-03-22T03:14:15.493035218+08:00 stdout F text`.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (time, rest) = scan::until(line, b' ')?;
    let rest = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
    let said = rest.strip_prefix(b"F ").or_else(|| rest.strip_prefix(b"P "))?;
    stamp::iso(time).is_some().then_some((time, said))
}
