//! Patterns of the allow list: text with `*` for any run of characters.

/// A pattern; the only sign with a meaning is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Names of hosts are the same in upper and lower case.
    pub(super) fn lower(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether it says anything at all: `*` and `/*` do not.
    pub(super) fn narrows(&self) -> bool {
        self.0.chars().any(|sign| !matches!(sign, '*' | '/'))
    }

    pub(super) fn fits(&self, value: &[u8]) -> bool {
        let mut parts = self.0.as_bytes().split(|byte| *byte == b'*');
        let Some(mut rest) = parts.next().and_then(|first| value.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match find(rest, part) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// As a path. One that climbs (`/monitor/../admin`) fits no pattern with `*`: whoever sends it
    /// chooses what stands before the climb.
    pub(super) fn fits_path(&self, path: &[u8]) -> bool {
        self.fits(path) && !(self.0.contains('*') && climbs(path))
    }
}

/// What follows the first `part` in `text`.
fn find<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    if part.is_empty() {
        return Some(text);
    }
    let at = text.windows(part.len()).position(|window| window == part)?;
    text.get(at + part.len()..)
}

/// A step upwards, plain or with encoded dots, slashes or backslashes.
fn climbs(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let holds = |sign: &[u8]| lower.windows(sign.len()).any(|window| window == sign);
    [b"..".as_slice(), b"%2e", b"%252e", b"%c0%ae", b"%u002e"].iter().any(|sign| holds(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run() {
        for (pattern, value, fits) in [
            ("/search", "/search", true),
            ("/search", "/search/", false),
            ("/search*", "/search/a", true),
            ("*.example.org", "www.example.org", true),
            ("*.example.org", "example.org", false),
            ("/a*b*c", "/a1b2c", true),
            ("/a*b*c", "/a1c", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(value.as_bytes()), fits, "{pattern} {value}");
        }
    }

    #[test]
    fn a_path_that_climbs_is_no_path_below() {
        let pattern = Pattern::new("/monitor/*");
        assert!(pattern.fits_path(b"/monitor/status"));
        for path in ["/monitor/../admin", "/monitor/%2E%2e/admin", "/monitor/%252e%252e/x"] {
            assert!(!pattern.fits_path(path.as_bytes()), "{path}");
        }
        assert!(Pattern::new("/a/../b").fits_path(b"/a/../b"), "written out, it is meant");
    }
}
