use memchr::memmem;

/// More brackets or list signs than this in one line are no rule; the YAML reader's time grows with
/// the square of their depth.
const NESTING_LIMIT: usize = 2_000;

/// One YAML document of a file.
#[derive(Clone, Copy)]
pub(super) struct Document<'t> {
    pub(super) path: &'t str,
    pub(super) text: &'t str,
    /// Lines of the file before it.
    pub(super) before: u64,
}

/// The documents of a file: YAML 1.2.2, clause 9.1.4, puts `---` at the start of a line between them.
pub(super) fn documents(whole: Document<'_>) -> impl Iterator<Item = Document<'_>> {
    let mut starts = vec![(0_usize, 0_u64)];
    let mut at = 0;
    // Most files are one document, and their lines need not be looked at.
    let is_one = memmem::find(whole.text.as_bytes(), b"---").is_none();
    for (number, line) in (0_u64..).zip(whole.text.split_inclusive('\n')).filter(|_| !is_one) {
        if separates(line) {
            starts.push((at, number));
        }
        at += line.len();
    }
    let at = if is_one { whole.text.len() } else { at };
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.0).chain([at]).collect();
    let parts = starts.into_iter().zip(ends).filter_map(move |((start, before), end)| {
        Some(Document { text: whole.text.get(start..end)?, before, ..whole })
    });
    parts.filter(|document| {
        let blank = |line: &str| line.trim().is_empty() || line.starts_with('#') || separates(line);
        !document.text.lines().all(blank)
    })
}

/// `---` alone, or with a remark behind it.
fn separates(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("---") else { return false };
    rest.trim().is_empty() || rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')
}

/// Whether its documents are parts of one collection, with `action:`, that only make sense together.
pub(super) fn is_collection(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"action:").is_some()
        && text.lines().any(|line| line.starts_with("action:"))
}

/// What a rule states after a key of its own, such as `level:`.
pub(super) fn stated<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let value = value.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then_some(value)
}

pub(super) fn is_nested_too_deep(line: &str) -> bool {
    if line.len() <= NESTING_LIMIT {
        return false;
    }
    let opens = |text: &&str| matches!(*text, "[" | "{" | "-" | "?" | "[[" | "{{");
    let signs = line.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    signs > NESTING_LIMIT || line.split_ascii_whitespace().filter(opens).count() > NESTING_LIMIT
}
