use std::sync::OnceLock;

use regex_automata::meta;
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// Longest regular expression that a rule may have.
const LENGTH_LIMIT: usize = 8 * 1024;
/// What one compiled expression may take.
const SIZE_LIMIT: usize = 10 * 1024 * 1024;
const CACHE_LIMIT: usize = 512 * 1024;

/// A regular expression that is checked when its rule is loaded. One that may be large is compiled
/// then, so that it cannot fail later; the others at their first candidate.
#[derive(Debug)]
pub(crate) struct LazyRegex {
    hir: Hir,
    compiled: OnceLock<Option<meta::Regex>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_all: bool,
}

impl LazyRegex {
    pub(crate) fn new(source: &str, flags: Flags) -> Result<Self, String> {
        if source.len() > LENGTH_LIMIT {
            return Err(format!("longer than {LENGTH_LIMIT} bytes"));
        }
        let hir = ParserBuilder::new()
            .utf8(false)
            .case_insensitive(flags.ignore_case)
            .multi_line(flags.multi_line)
            .dot_matches_new_line(flags.dot_all)
            .nest_limit(100)
            .build()
            .parse(source)
            .map_err(|error| last_line(&error.to_string()))?;
        let compiled = OnceLock::new();
        if may_be_large(&hir) {
            compiled.get_or_init(|| build(&hir).ok());
            if compiled.get().is_some_and(Option::is_none) {
                return Err(format!("takes more than {SIZE_LIMIT} bytes when compiled"));
            }
        }
        Ok(Self { hir, compiled })
    }

    pub(crate) fn is_match(&self, value: &[u8]) -> bool {
        let compiled = self.compiled.get_or_init(|| build(&self.hir).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(value))
    }

    /// Strings of at least `least` bytes of which one stands in every match, in ASCII lower case; none
    /// when no such strings can be named.
    pub(crate) fn required(&self, least: usize) -> Vec<Vec<u8>> {
        ways(&self.hir, least).unwrap_or_default()
    }
}

/// More alternatives than this are not worth looking for.
const MOST_WAYS: usize = 64;

/// The best set of strings: of few strings, then of long ones.
fn ways(hir: &Hir, least: usize) -> Option<Vec<Vec<u8>>> {
    let mut sets: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut runs = Runs::default();
    runs.walk(hir);
    runs.end();
    sets.extend(runs.done.into_iter().map(|run| vec![run]));
    alternatives(hir, least, &mut sets);
    let shortest = |set: &Vec<Vec<u8>>| set.iter().map(Vec::len).min().unwrap_or(0);
    let fits = sets.into_iter().filter(|set| shortest(set) >= least && set.len() <= MOST_WAYS);
    fits.min_by_key(|set| (set.len(), usize::MAX - shortest(set)))
}

/// One set for each alternation that every match goes through.
fn alternatives(hir: &Hir, least: usize, sets: &mut Vec<Vec<Vec<u8>>>) {
    match hir.kind() {
        HirKind::Alternation(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(|part| ways(part, least)).collect();
            sets.extend(each.map(|each| each.concat()));
        }
        HirKind::Concat(parts) => {
            parts.iter().for_each(|part| alternatives(part, least, sets));
        }
        HirKind::Capture(capture) => alternatives(&capture.sub, least, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            alternatives(&repetition.sub, least, sets);
        }
        HirKind::Repetition(_)
        | HirKind::Empty
        | HirKind::Look(_)
        | HirKind::Literal(_)
        | HirKind::Class(_) => {}
    }
}

fn build(hir: &Hir) -> Result<meta::Regex, Box<meta::BuildError>> {
    let config = meta::Config::new()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(CACHE_LIMIT)
        .utf8_empty(false);
    meta::Builder::new().configure(config).build_from_hir(hir).map_err(Box::new)
}

/// Whether it might take more than it may: its states are counted as if none were shared. What is
/// surely small need not be compiled until it is asked.
fn may_be_large(hir: &Hir) -> bool {
    states(hir).saturating_mul(STATE) > SIZE_LIMIT
}

/// More than a state and what leads out of it take (`regex_automata::nfa::thompson::State`).
const STATE: usize = 64;
/// A range of characters becomes at most so many states: a few sequences of up to four bytes.
const RANGE: usize = 32;

fn states(hir: &Hir) -> usize {
    let all = |parts: &[Hir]| {
        parts.iter().fold(parts.len(), |sum, part| sum.saturating_add(states(part)))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() + 1,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(RANGE) + 1,
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1) as usize;
            states(&repetition.sub).saturating_add(2).saturating_mul(most)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => all(parts),
    }
}

/// The parser's message ends in its reason; what stands before draws the expression.
fn last_line(message: &str) -> String {
    let line = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(message);
    line.trim().trim_start_matches("error: ").to_owned()
}

/// Collects stretches of literal bytes that no match can do without.
#[derive(Default)]
struct Runs {
    current: Vec<u8>,
    done: Vec<Vec<u8>>,
}

impl Runs {
    fn walk(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.current.extend(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) => match one_letter(class) {
                Some(letter) => self.current.push(letter),
                None => self.end(),
            },
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
            HirKind::Repetition(repetition) => {
                self.end();
                if repetition.min > 0 {
                    self.walk(&repetition.sub);
                }
                self.end();
            }
            HirKind::Alternation(_) => self.end(),
        }
    }

    fn end(&mut self) {
        if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }
}

/// An ASCII letter in both cases and nothing else: what `(?i)` makes of it.
fn one_letter(class: &Class) -> Option<u8> {
    let mut found = [0; 2];
    let mut count = 0;
    let mut add = |from: u32, to: u32| {
        let slot = found.get_mut(count)?;
        *slot = (from == to).then(|| u8::try_from(from).ok()).flatten()?;
        count += 1;
        Some(())
    };
    match class {
        Class::Unicode(class) => {
            class.iter().try_for_each(|range| add(range.start().into(), range.end().into()))?;
        }
        Class::Bytes(class) => {
            class.iter().try_for_each(|range| add(range.start().into(), range.end().into()))?;
        }
    }
    let [upper, lower] = found;
    (count == 2 && lower.is_ascii_lowercase() && upper == lower.to_ascii_uppercase())
        .then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(source: &str) -> LazyRegex {
        LazyRegex::new(source, Flags::default()).unwrap()
    }

    #[test]
    fn strings_that_every_match_needs() {
        let required = |source, least| {
            let runs = regex(source).required(least);
            runs.into_iter().map(|run| String::from_utf8(run).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(required(r"Wget\s+http", 2), ["wget"]);
        assert_eq!(required(r"(?i)wget.*(a|b)cd", 2), ["wget"]);
        assert_eq!(required(r"(?i)skip", 2), ["ip"], "s and k have relatives outside ASCII");
        assert_eq!(required(r"^x(abc)+y?z$", 2), ["abc"]);
        assert_eq!(required("abc|def", 2), ["abc", "def"]);
        assert_eq!(required(r"x(?:whoami|(?:net|ipconfig)\s)", 4), Vec::<&str>::new());
        assert_eq!(required(r"x(?:whoami|net\x20use)\d", 4), ["whoami", "net use"]);
        assert!(required("abc|d", 2).is_empty());
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        assert!(LazyRegex::new("a(?!b)", Flags::default()).unwrap_err().contains("look"));
        assert!(LazyRegex::new(r"(\w{100}){1000}", Flags::default()).is_err());
        assert!(LazyRegex::new(&"a".repeat(9000), Flags::default()).is_err());
    }

    #[test]
    fn large_counts_that_are_loaded_also_match() {
        for count in [100, 300, 1000, 2000, 4000, 8000] {
            let source = format!("^a.{{1,{count}}};\\s*$");
            if let Ok(regex) = LazyRegex::new(&source, Flags::default()) {
                assert!(regex.is_match(b"abc;"), "{source}");
            }
        }
    }

    #[test]
    fn flags_change_what_matches() {
        assert!(!regex("ABC").is_match(b"xabcx"));
        let flags = Flags { ignore_case: true, ..Flags::default() };
        assert!(LazyRegex::new("ABC", flags).unwrap().is_match(b"xabcx"));
        assert!(!regex("a.b").is_match(b"a\nb"));
        let flags = Flags { dot_all: true, ..Flags::default() };
        assert!(LazyRegex::new("a.b", flags).unwrap().is_match(b"a\nb"));
        let flags = Flags { multi_line: true, ..Flags::default() };
        assert!(LazyRegex::new("^b", flags).unwrap().is_match(b"a\nb"));
    }
}
