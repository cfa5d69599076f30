use std::fmt::Write as _;

use sancha_model::{Coverage, is_hidden, mask_personal_text};
use serde::Serialize;
use serde_json::Value;

use crate::{Document, RenderError, summary::Summary, texts};

/// Version of the shape of `report.json`. Keys are only ever added under the same number.
pub const FORMAT: &str = "sancha-report/1";

/// `report.json`: everything the page shows and more, in both languages, keys in a fixed order,
/// personal numbers masked.
///
/// # Errors
/// When a part of the document cannot be written as JSON.
pub fn render_json(document: &Document) -> Result<String, RenderError> {
    #[derive(Serialize)]
    struct Form<'a> {
        format: &'static str,
        summary: Summary,
        #[serde(flatten)]
        document: &'a Document,
        disclaimers: Vec<sancha_model::LocalText>,
    }
    let disclaimers = texts::DISCLAIMERS.iter().map(|text| text.local()).collect();
    let form = Form { format: FORMAT, summary: Summary::of(document), document, disclaimers };
    pretty(serde_json::to_value(form)?)
}

/// `coverage.json`: the coverage statement alone.
///
/// # Errors
/// When the statement cannot be written as JSON.
pub fn render_coverage(coverage: &Coverage) -> Result<String, RenderError> {
    pretty(serde_json::to_value(coverage)?)
}

fn pretty(mut value: Value) -> Result<String, RenderError> {
    mask(&mut value);
    let mut text = serde_json::to_string_pretty(&value)?;
    // A case of tens of thousands of findings takes hundreds of megabytes in each form.
    drop(value);
    if !text.chars().any(|character| is_hidden(character) && character != '\n') {
        text.push('\n');
        return Ok(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a `String` does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.push('\n');
    Ok(out)
}

/// Masks personal numbers in every text but digests and ids, whose digits mean nothing to anyone.
pub(crate) fn mask(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(masked) = mask_personal_text(text) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(entries) => {
            for (key, entry) in entries {
                if !matches!(key.as_str(), "sha256" | "sha256_short" | "digest" | "id") {
                    mask(entry);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
