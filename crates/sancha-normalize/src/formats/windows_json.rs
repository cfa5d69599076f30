use sancha_model::{Framing, RowWriter};

use super::{
    document::{self, JSON_DOCUMENT},
    json::{self, JSON_LINES},
};
use crate::{FileContext, Fit, Format, Head, Scratch};

/// Events of Windows that a forwarder writes as JSON lines: winlogbeat, NXLog, Wazuh, `evtx_dump`. They are read as any
/// JSON lines are; that a file holds such events is told by their channels, for what it can show depends on it.
pub struct WindowsJson;

pub(super) static WINDOWS_JSON: WindowsJson = WindowsJson;

impl Format for WindowsJson {
    fn name(&self) -> &str {
        "windows/json"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        // What is mostly no such event is JSON of any kind.
        match head.share(json::is_windows_event) {
            fit @ Fit::Share(51..) => fit,
            _ => Fit::No,
        }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JSON_LINES.parse(row, context, scratch);
    }
}

/// The same events in a document, as `evtx_dump` and PowerShell's `ConvertTo-Json` write them: told by its first record.
pub struct WindowsJsonDocument;

pub(super) static WINDOWS_JSON_DOCUMENT: WindowsJsonDocument = WindowsJsonDocument;

impl Format for WindowsJsonDocument {
    fn name(&self) -> &str {
        "windows/json-document"
    }

    fn framing(&self) -> Framing {
        JSON_DOCUMENT.framing()
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        match JSON_DOCUMENT.probe(head) {
            Fit::No => Fit::No,
            fit if document::first_record(head).is_some_and(json::is_windows_event) => fit,
            _ => Fit::No,
        }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JSON_DOCUMENT.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        JSON_DOCUMENT.render(file, each)
    }
}
