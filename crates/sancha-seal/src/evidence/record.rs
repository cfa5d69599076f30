use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::spelling::is_spelled;
use crate::Hash32;

/// A line of `data/records.jsonl`: one row of a disclosed block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Which block of `data/proofs.json` it belongs to, from 0.
    pub block: u64,
    /// Number of the row in its part, from 0.
    pub row: u64,
    /// Whether it was asked for; otherwise it is a neighbour that the proof needs.
    pub asked: bool,
    pub source: String,
    pub stream: Hash32,
    pub offset: u64,
    pub line: u64,
    /// How the exporter read the time in the line, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The line with its end, where it is UTF-8; otherwise `base64` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

impl Record {
    /// Puts raw bytes in the one field that is theirs.
    pub(super) fn set_raw(&mut self, raw: &[u8]) {
        (self.text, self.base64) = fields_of(raw);
    }

    /// The raw bytes; `None` when they are written twice, not at all, or in the wrong field.
    pub fn raw(&self) -> Option<Cow<'_, [u8]>> {
        raw_of(self.text.as_ref(), self.base64.as_ref())
    }

    /// Appends the line of the file.
    pub(super) fn write(&self, to: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *to, self)?;
        to.push(b'\n');
        Ok(())
    }

    /// Reads exactly what `write` writes, without the line feed.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(line).ok()?;
        is_spelled(&record, line).then_some(record)
    }
}

/// Raw bytes as `text` and `base64`: in the one field that is theirs.
pub(super) fn fields_of(raw: &[u8]) -> (Option<String>, Option<String>) {
    match str::from_utf8(raw) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(STANDARD.encode(raw))),
    }
}

/// The raw bytes of `text` and `base64`, if exactly the right one is there.
pub(super) fn raw_of<'a>(
    text: Option<&'a String>,
    base64: Option<&String>,
) -> Option<Cow<'a, [u8]>> {
    match (text, base64) {
        (Some(text), None) => Some(text.as_bytes().into()),
        (None, Some(encoded)) => {
            let raw = STANDARD.decode(encoded).ok();
            raw.filter(|raw| str::from_utf8(raw).is_err()).map(Cow::Owned)
        }
        _ => None,
    }
}
