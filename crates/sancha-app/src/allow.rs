use std::net::IpAddr;

use sancha_model::LocalText;
use sancha_normalize::IpRange;

/// Addresses whose matches are counted and not reported: one's own scanner, the assessment company.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    ranges: Vec<IpRange>,
}

/// A line of the allow list that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: `{text}` is no address or range; write `203.0.113.0/24  # why`")]
pub struct AllowError {
    pub line: usize,
    pub text: String,
}

impl AllowError {
    pub fn message(&self) -> LocalText {
        let Self { line, text } = self;
        LocalText {
            zh: format!("第{line}行：“{text}”不是地址或网段；请写成 `203.0.113.0/24  # 原因`"),
            en: self.to_string(),
        }
    }
}

impl AllowList {
    /// One address or range a line; what follows `#` is the reason, for people.
    ///
    /// # Errors
    /// The first line that is neither: a half-read allow list would hide or show too much.
    pub fn parse(text: &str) -> Result<Self, AllowError> {
        let mut ranges = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let bad = || AllowError { line: at + 1, text: entry.to_owned() };
            ranges.push(entry.parse().map_err(|_| bad())?);
        }
        Ok(Self { ranges })
    }

    pub fn allows(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_named() {
        let list = AllowList::parse("# ours\n203.0.113.0/24 # scanner\n\n2001:db8::1\n").unwrap();
        assert!(list.allows([203, 0, 113, 7].into()));
        assert!(!list.allows([203, 0, 114, 7].into()));
        let error = AllowList::parse("203.0.113.1\nscanner.example\n").unwrap_err();
        assert_eq!((error.line, error.text.as_str()), (2, "scanner.example"));
    }
}
