use sancha_model::{LocalText, Text};
use serde::Serialize;

/// Something in operator.toml that could not be used, with the line and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileProblem {
    /// Line of operator.toml, 1-based.
    pub line: u32,
    /// Key path, such as `posts[1].from`.
    pub key: String,
    pub message: LocalText,
}

/// Problems collected while reading, with byte offsets turned into lines.
#[derive(Debug)]
pub(super) struct Problems {
    line_starts: Vec<usize>,
    found: Vec<ProfileProblem>,
}

impl Problems {
    pub(super) fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts =
            std::iter::once(0).chain(newlines.map(|(offset, _)| offset + 1)).collect();
        Self { line_starts, found: Vec::new() }
    }

    pub(super) fn line_of(&self, offset: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    pub(super) fn add(
        &mut self,
        offset: usize,
        key: String,
        text: &Text,
        values: &[(&str, LocalText)],
    ) {
        let line = self.line_of(offset);
        self.add_at(line, key, text, values);
    }

    pub(super) fn add_at(
        &mut self,
        line: u32,
        key: String,
        text: &Text,
        values: &[(&str, LocalText)],
    ) {
        let mut all = vec![("key", LocalText::same(key.as_str()))];
        all.extend(values.iter().cloned());
        self.found.push(ProfileProblem { line, key, message: text.fill(&all) });
    }

    /// Sorted by line, then by key.
    pub(super) fn into_sorted(mut self) -> Vec<ProfileProblem> {
        self.found.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.found
    }
}
