use sancha_model::RowWriter;

use super::json::{self, JSON_LINES};
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
