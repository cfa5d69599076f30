use std::sync::LazyLock;

use super::{SHORT, WINDOW};

/// How often pairs of bytes follow each other in ordinary web, login and system logs.
///
/// Counted from [`ORDINARY`], which we wrote for this: it holds the vocabulary of such logs and no
/// record of anyone's. It only steers which window of a string is looked for and which of several
/// strings wakes a rule: cost, never findings.
pub(crate) struct Background {
    /// Minus the binary logarithm of how likely the second byte is after the first.
    bits: Vec<f32>,
}

static SHARED: LazyLock<Background> = LazyLock::new(|| Background::count(ORDINARY));

/// Whole values that fields with few values have again and again.
const COMMON_VALUES: &[&str] = &[
    "get",
    "post",
    "head",
    "200",
    "301",
    "302",
    "304",
    "404",
    "0",
    "1",
    "-",
    "/",
    "root",
    "success",
    "failure",
    "http/1.1",
    "2.0",
    "1.1",
    "execve",
    "syscall",
    "path",
    "normal",
    "create",
    "true",
    "security",
    "microsoft-windows-sysmon",
    "0x1",
    "0x0",
    "medium",
    "high",
    "system",
];

impl Background {
    pub(crate) fn ordinary() -> &'static Self {
        &SHARED
    }

    fn count(text: &str) -> Self {
        let mut pairs = vec![0_u32; 256 * 256];
        let mut firsts = [0_u32; 256];
        let folded = text.replace('\n', " ").to_ascii_lowercase();
        for pair in folded.as_bytes().windows(2) {
            if let [one, two] = pair {
                pairs[place(*one, *two)] += 1;
                firsts[usize::from(*one)] += 1;
            }
        }
        let bits = pairs.iter().enumerate().map(|(at, count)| {
            let after = firsts[at >> 8];
            // A pair that was never seen counts as a twentieth of one that was seen once.
            let (count, after) = (f64::from(*count) + 0.05, f64::from(after) + 0.05 * 64.0);
            #[expect(clippy::cast_possible_truncation, reason = "a rough weight")]
            let bits = -(count / after).log2() as f32;
            bits
        });
        Self { bits: bits.collect() }
    }

    fn after(&self, one: u8, two: u8) -> f64 {
        self.bits.get(place(one, two)).copied().map_or(16.0, f64::from)
    }

    /// Where the rarest window of a string begins, and how likely it is in an ordinary record.
    pub(crate) fn rarest(&self, literal: &[u8]) -> Option<(usize, f64)> {
        let size = if literal.len() < WINDOW { SHORT } else { WINDOW };
        // Each pair is in several windows, and the table that weighs it is large.
        let weigh = |pair: &[u8]| if let [a, b] = pair { self.after(*a, *b) } else { 0.0 };
        let weights: Vec<f64> = literal.windows(2).map(weigh).collect();
        let windows = weights.windows(size - 1).map(|pairs| pairs.iter().sum::<f64>()).enumerate();
        let (at, bits) = windows.max_by(|one, other| {
            // Of equal windows the first.
            one.1.total_cmp(&other.1).then(other.0.cmp(&one.0))
        })?;
        // A record offers some 200 places to begin at; a byte at random has about five bits.
        Some((at, (200.0 * (-5.0 - bits).exp2()).min(1.0)))
    }

    /// How likely a value is the whole of a field.
    pub(crate) fn whole(&self, value: &[u8]) -> f64 {
        if COMMON_VALUES.iter().any(|known| known.as_bytes() == value) {
            return 0.25;
        }
        // A long value is no likelier than the same text anywhere.
        let anywhere =
            self.rarest(value).filter(|_| value.len() >= WINDOW).map_or(1.0, |(_, cost)| cost);
        anywhere.min(0.01)
    }

    /// How likely a number is the whole of a field.
    pub(crate) fn number(&self, value: i64) -> f64 {
        match value {
            // Events that a Windows host writes all day: Sysmon's and the commonest of the security log.
            1
            | 3
            | 7
            | 10..=13
            | 4104
            | 4624
            | 4656
            | 4658
            | 4663
            | 4688
            | 4689
            | 4703
            | 5156
            | 5158 => 0.1,
            0..=30 | 200 | 301 | 302 | 304 | 404 | 4103 | 4634 | 4672 | 4690 => 0.05,
            _ => 0.01,
        }
    }

    /// How likely a short string begins or ends a field.
    pub(crate) fn edge(&self, value: &[u8]) -> f64 {
        match value.len() {
            0 | 1 => 0.5,
            2 => 0.1,
            3 => 0.04,
            _ => 0.02,
        }
    }
}

fn place(one: u8, two: u8) -> usize {
    usize::from(one) << 8 | usize::from(two)
}

/// Words, paths and phrases as ordinary logs have them.
const ORDINARY: &str = include_str!("ordinary.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_site_has_is_dearer_than_what_none_has() {
        let cost = |text: &str| Background::ordinary().rarest(text.as_bytes()).unwrap().1;
        for (common, rare) in [
            ("mozilla/5.0", "/.git/config"),
            ("/images/", "/wp-config.php.bak"),
            ("https://www", "xp_cmdshell"),
        ] {
            assert!(cost(common) > 4.0 * cost(rare), "{common} {rare}");
        }
    }

    #[test]
    fn the_rarest_window_is_inside_the_string() {
        let (at, _) = Background::ordinary().rarest(b"/index.html?q=%%zz").unwrap();
        assert!(at + WINDOW <= 18 && at > 6, "{at}");
        assert!(Background::ordinary().rarest(b"sh").is_none());
    }
}
