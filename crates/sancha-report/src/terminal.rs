//! placeholder
use crate::Document;
pub fn render_terminal(_document: &Document) -> String {
    String::new()
}
