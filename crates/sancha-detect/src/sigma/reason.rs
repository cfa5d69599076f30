use sancha_model::{LocalText, RuleNotLoaded, Text};

use super::texts;

/// Why one rule was not loaded, and where in its document.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(crate) text: LocalText,
    /// A string that stands on the line that is to blame.
    pub(crate) near: String,
    /// 1-based within the document, where the parser told.
    pub(crate) line: Option<u64>,
}

impl Reason {
    pub(crate) fn new(text: &Text, values: &[(&str, &str)]) -> Self {
        let values: Vec<(&str, LocalText)> =
            values.iter().map(|(name, value)| (*name, LocalText::same(*value))).collect();
        Self { text: text.fill(&values), near: String::new(), line: None }
    }

    pub(crate) fn near(self, near: impl Into<String>) -> Self {
        Self { near: near.into(), ..self }
    }

    /// What the YAML or Sigma parser said. Some of it is about things we name ourselves.
    pub(crate) fn of_parser(message: &str) -> Self {
        if let Some(rest) = message.strip_prefix("Unknown modifier '") {
            let name = rest.trim_end_matches('\'');
            return Self::new(&texts::MODIFIER, &[("name", name)]).near(format!("|{name}"));
        }
        let detail: Vec<&str> = message.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let reason = Self::new(&texts::SYNTAX, &[("detail", &detail.join(" "))]);
        let near = if message.contains("ondition") { "condition:" } else { "" };
        Self { line: stated_line(message), ..reason.near(near) }
    }

    /// Puts it on a line of the file: the document starts behind line `before`.
    pub(crate) fn at(self, path: &str, document: &str, before: u64) -> RuleNotLoaded {
        let found = || {
            let near = Some(self.near.as_str()).filter(|near| !near.is_empty())?;
            (1..).zip(document.lines()).find(|(_, line)| line.contains(near)).map(|(at, _)| at)
        };
        let first = || {
            let solid = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
            (1..).zip(document.lines()).find(|(_, line)| solid(line)).map(|(at, _)| at)
        };
        let line: u64 = self.line.or_else(found).or_else(first).unwrap_or(1);
        RuleNotLoaded { path: path.to_owned(), line: Some(before + line), reason: self.text }
    }
}

/// `… at line 7 column 3`, as the YAML parser writes it.
fn stated_line(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("at line ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
