use sancha_model::{Framing, RowWriter};

use super::windows_xml::WINDOWS_XML;
use crate::{FileContext, Fit, Format, Head, Scratch, encoding};

/// Windows events as XML that is laid out over lines: what the Event Viewer saves, `<Events>` around all of them, and
/// what `evtx_dump` and `wevtutil` print.
pub struct WindowsDocument;

pub(super) static WINDOWS_DOCUMENT: WindowsDocument = WindowsDocument;

const END: &[u8] = b"</Event>";

impl Format for WindowsDocument {
    fn name(&self) -> &str {
        "windows/xml-document"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        let text = encoding::without_mark(head.bytes);
        let begins = memchr::memchr_iter(b'<', text).find_map(|at| {
            let element = text.get(at..)?;
            (!element.starts_with(b"<?")).then_some((at, element))
        });
        let Some((at, element)) = begins else { return Fit::No };
        let before = text.get(..at).unwrap_or_default();
        let is_events = element.starts_with(b"<Events") || opens(element);
        // An event a line is read without holding all of the file.
        if is_events && is_preamble(before) { Fit::Share(90) } else { Fit::No }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        WINDOWS_XML.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        let mut line = Vec::new();
        let mut from = 0;
        for at in memchr::memmem::find_iter(file, b"<Event") {
            let event = file.get(at..).unwrap_or_default();
            if at < from || !opens(event) {
                continue;
            }
            let end = memchr::memmem::find(event, END).ok_or(at as u64)? + END.len();
            line.clear();
            on_one_line(event.get(..end).unwrap_or(event), &mut line);
            each(at as u64, &line);
            from = at + end;
        }
        Ok(())
    }
}

/// `<Event …>` and not `<Events>`, `<EventID>` or `<EventData>`.
fn opens(element: &[u8]) -> bool {
    let after = element.strip_prefix(b"<Event").and_then(|rest| rest.first());
    after.is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace())
}

/// What stands before the first element: the XML declaration, and what `evtx_dump` counts records with.
fn is_preamble(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .all(|line| line.is_empty() || line.starts_with(b"<?") || line.starts_with(b"Record "))
}

/// Line ends between elements mean nothing; inside a text they are told as a blank.
fn on_one_line(event: &[u8], line: &mut Vec<u8>) {
    for part in event.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        let is_text = !part.starts_with(b"<") && !part.is_empty();
        if is_text && line.last().is_some_and(|last| *last != b'>') || line.ends_with(b"<Event") {
            line.push(b' ');
        }
        line.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(file: &str) -> (Vec<(u64, String)>, Result<(), u64>) {
        let mut lines = Vec::new();
        let each =
            &mut |at: u64, line: &[u8]| lines.push((at, String::from_utf8(line.to_vec()).unwrap()));
        let end = WINDOWS_DOCUMENT.render(file.as_bytes(), each);
        (lines, end)
    }

    fn fits(file: &str) -> bool {
        WINDOWS_DOCUMENT.probe(&Head::of(file.as_bytes(), "x.xml")) != Fit::No
    }

    #[test]
    fn every_event_is_a_record() {
        let file = "Record 1\n<?xml version=\"1.0\"?>\n<Event xmlns=\"x\">\r\n  <System>\r\n    \
                    <EventID>4625</EventID>\r\n  </System>\r\n  <Data>two\r\n  words</Data>\r\n\
                    </Event>\r\nRecord 2\n<Event\n a=\"b\"><EventID>1</EventID></Event>\n";
        let first = "<Event xmlns=\"x\"><System><EventID>4625</EventID></System><Data>two words\
                     </Data></Event>";
        let second = "<Event a=\"b\"><EventID>1</EventID></Event>";
        let at = |text: &str| file.find(text).unwrap() as u64;
        let want =
            vec![(at("<Event xmlns"), first.to_owned()), (at("<Event\n"), second.to_owned())];
        assert_eq!(rendered(file), (want, Ok(())));
        assert!(fits(file));
    }

    #[test]
    fn an_event_that_breaks_off_is_named() {
        let file = "<Events><Event a='1'></Event><Event a='2'><System>";
        assert_eq!(rendered(file), (vec![(8, "<Event a='1'></Event>".to_owned())], Err(29)));
    }

    #[test]
    fn other_xml_is_none() {
        assert!(fits("\u{feff}<?xml version=\"1.0\"?>\n<Events>"));
        assert!(!fits("<Report><Event a=\"1\"/></Report>"));
        assert!(!fits("hello <Event a=\"1\">"));
        assert!(!fits("<EventLog>"));
        assert!(!fits(""));
    }
}
