use sancha_model::{FieldId, RowWriter};

use crate::{
    FileContext, Fit, Format, Head, Scratch,
    daemon::{self, Speaker},
    encoding, loose_request,
};

/// Any text: the line is its message. Keyword rules and the daemons' sentences still see it, a request is read where
/// one stands in it, and it counts as read.
pub struct PlainText;

pub(super) static PLAIN_TEXT: PlainText = PlainText;

impl Format for PlainText {
    fn name(&self) -> &str {
        "text/plain"
    }

    fn probe(&self, _head: &Head<'_>) -> Fit {
        // A format that fits fewer lines than this would reject most of the file.
        Fit::Share(25)
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        row.text(FieldId::MESSAGE, line);
        let _ = daemon::read_beside(row, Speaker::default(), line, &mut scratch.peers)
            .or_else(|| loose_request::read(row, line, context, scratch));
    }
}
