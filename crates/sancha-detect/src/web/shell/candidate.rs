//! The word in command position, with what every question about it needs.

use super::argument::{Argument, argument};
use super::commands::{self, Strength};
use crate::web::scan::{from, is_space, is_word, upto};

/// A word that may be a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'l> {
    /// The text that it stands in.
    pub(super) lower: &'l [u8],
    /// Its last path segment, without `.exe`.
    pub(super) name: &'l [u8],
    /// The whole of it, with its path.
    pub(super) full: &'l [u8],
    /// Whether there is a path.
    pub(super) by_path: bool,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) strength: Strength,
    /// What stands behind it; [`Argument::Other`] where it is no command.
    pub(super) argument: Argument,
}

impl<'l> Candidate<'l> {
    pub(super) fn at(lower: &'l [u8], start: usize) -> Self {
        Run::of_name(lower, start).candidate(lower, start)
    }

    /// What follows the word, from its end on.
    pub(super) fn rest(&self) -> &'l [u8] {
        from(self.lower, self.end)
    }

    /// The word that stands behind it in command position.
    pub(super) fn next(&self) -> Self {
        Self::at(self.lower, command_start(self.lower, self.end))
    }
}

/// Skips white space, quotes and opening brackets before a command.
pub(super) fn command_start(lower: &[u8], index: usize) -> usize {
    index + from(lower, index).iter().take_while(|b| leads_command(**b)).count()
}

fn leads_command(byte: u8) -> bool {
    is_space(byte)
        || matches!(byte, b'\'' | b'"' | b'(' | b'{' | b'!' | b'|' | b'&' | b'+' | b'`' | b'@')
}

/// Bytes in a row of one sort: commands that begin in the same run end together.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    start: usize,
    end: usize,
    /// The last slash of either kind, among a command's name.
    slash: Option<usize>,
}

impl Run {
    fn of_name(lower: &[u8], start: usize) -> Self {
        let named = |b: &&u8| is_word(**b) || matches!(b, b'-' | b'.' | b'/' | b'\\' | b':' | b'[');
        let full = from(lower, start);
        let full = upto(full, full.iter().take_while(named).count());
        let slash = memchr::memrchr2(b'/', b'\\', full).map(|place| start + place);
        Self { start, end: start + full.len(), slash }
    }

    fn holds(self, index: usize) -> bool {
        (self.start..self.end).contains(&index)
    }

    fn candidate(self, lower: &[u8], start: usize) -> Candidate<'_> {
        let text = |start: usize| lower.get(start..self.end).unwrap_or_default();
        let (full, end) = (text(start), self.end);
        let slash = self.slash.filter(|slash| *slash >= start);
        let name = slash.map_or(full, |slash| text(slash + 1));
        let name = name.strip_suffix(b".exe").unwrap_or(name);
        let strength = commands::strength(name);
        let argument = match strength {
            Strength::None => Argument::Other,
            _ => argument(lower, name, end),
        };
        Candidate { lower, name, full, by_path: slash.is_some(), start, end, strength, argument }
    }
}

/// Finds the candidates behind many places of a text, one after the other: what some of them have in common is read
/// once, so that a long row of separators or of names costs no more than its length.
pub(super) struct Candidates<'l> {
    lower: &'l [u8],
    /// What was skipped before the last candidate.
    lead: Run,
    /// The name that the last candidate is a part of.
    name: Run,
    last: Option<Candidate<'l>>,
}

impl<'l> Candidates<'l> {
    pub(super) fn of(lower: &'l [u8]) -> Self {
        Self { lower, lead: Run::default(), name: Run::default(), last: None }
    }

    /// The candidate that a separator right before `index` would start; places are asked for in ascending order.
    pub(super) fn behind(&mut self, index: usize) -> Candidate<'l> {
        if !self.lead.holds(index) {
            let end = command_start(self.lower, index);
            self.lead = Run { start: index, end, slash: None };
        }
        let start = self.lead.end;
        match self.last {
            Some(last) if last.start == start => last,
            _ => self.read(start),
        }
    }

    fn read(&mut self, start: usize) -> Candidate<'l> {
        if !self.name.holds(start) {
            self.name = Run::of_name(self.lower, start);
        }
        let candidate = self.name.candidate(self.lower, start);
        self.last = Some(candidate);
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_once_is_what_each_place_has() {
        for text in ["a:b:/bin/cat x", "|| | 'id", ";;a;b ls -l", ":::", "::$", "a=/x/y.exe"] {
            let lower = text.as_bytes();
            let mut candidates = Candidates::of(lower);
            for index in 0..=lower.len() {
                let found = candidates.behind(index);
                let alone = Candidate::at(lower, command_start(lower, index));
                assert_eq!(format!("{found:?}"), format!("{alone:?}"), "{text} at {index}");
            }
        }
    }
}
