//! The simple form: an address or range a line, `# why` after it.

use sancha_model::LocalText;

use super::{AllowError, entry::Entry};
use crate::texts;

/// # Errors
/// Every line that is no address or range.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, Vec<AllowError>> {
    let (mut entries, mut errors) = (Vec::new(), Vec::new());
    for (line, at) in text.lines().zip(1..) {
        let (address, why) = line.split_once('#').unwrap_or((line, ""));
        let address = address.trim();
        if address.is_empty() {
            continue;
        }
        match address.parse() {
            Ok(range) => {
                let mut entry = Entry::new(at);
                entry.scope.sources.push((address.to_owned(), range));
                entry.reason = Some(why.trim().to_owned()).filter(|why| !why.is_empty());
                entries.push(entry);
            }
            Err(_) => errors.push(AllowError {
                line: at,
                message: texts::ALLOW_ADDRESS.fill(&[("text", LocalText::same(address))]),
            }),
        }
    }
    if errors.is_empty() { Ok(entries) } else { Err(errors) }
}
