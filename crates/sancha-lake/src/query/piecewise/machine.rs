//! A pattern as states: what was read of a line so far is one small number.

use std::collections::HashMap;

use regex_automata::{
    Anchored,
    hybrid::{
        LazyStateID,
        dfa::{Cache, Config, DFA},
    },
    nfa::thompson,
    util::{start, syntax},
};

/// Bytes of states and transitions, at most; a pattern that needs more is searched line by line.
const CACHE_BYTES: usize = 8 << 20;

/// A pattern, compiled. Cheap to share; running it takes a [`Machine`].
pub(crate) fn compile(pattern: &str, fold: bool, size_limit: usize) -> Option<DFA> {
    let config = Config::new()
        .unicode_word_boundary(true)
        .cache_capacity(CACHE_BYTES)
        .minimum_cache_clear_count(Some(0));
    DFA::builder()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false).case_insensitive(fold))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(size_limit)))
        .build(pattern)
        .ok()
}

/// What is known of a line after some of it.
pub(super) type State = u16;

/// The line has it.
pub(super) const FOUND: State = 0;
/// It cannot be told this way: somebody must look at the line.
pub(super) const UNSURE: State = 1;
/// The line has it not.
pub(super) const ABSENT: State = 2;

const MOST_STATES: usize = 4_096;

pub(super) struct Machine<'a> {
    dfa: &'a DFA,
    cache: Cache,
    /// By state; the first three stand for what is decided.
    states: Vec<Option<LazyStateID>>,
    numbers: HashMap<LazyStateID, State, foldhash::fast::RandomState>,
    /// The state that was numbered last: most values lead to where the value before led.
    last: Option<(LazyStateID, State)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(dfa: &'a DFA) -> Self {
        let states = vec![None; usize::from(ABSENT) + 1];
        Self { dfa, cache: dfa.create_cache(), states, numbers: HashMap::default(), last: None }
    }

    /// Before the first byte of a line.
    pub(super) fn start(&mut self) -> State {
        let at_start = start::Config::new().anchored(Anchored::No);
        match self.dfa.start_state(&mut self.cache, &at_start) {
            Ok(state) => self.number(state),
            Err(_) => UNSURE,
        }
    }

    pub(super) fn step(&mut self, from: State, bytes: &[u8]) -> State {
        let Some(Some(mut at)) = self.states.get(usize::from(from)).copied() else { return from };
        for &byte in bytes {
            at = match self.dfa.next_state(&mut self.cache, at, byte) {
                Ok(next) => next,
                Err(_) => return UNSURE,
            };
            if at.is_tagged() {
                if at.is_match() {
                    return FOUND;
                }
                if at.is_dead() {
                    return ABSENT;
                }
                if at.is_quit() {
                    return UNSURE;
                }
            }
        }
        self.number(at)
    }

    /// What holds when the line ends here.
    pub(super) fn end(&mut self, at: State) -> State {
        let Some(Some(at)) = self.states.get(usize::from(at)).copied() else { return at };
        match self.dfa.next_eoi_state(&mut self.cache, at) {
            Ok(end) if end.is_match() => FOUND,
            Ok(_) => ABSENT,
            Err(_) => UNSURE,
        }
    }

    /// Every state that texts of these bytes, one at least, can lead to.
    pub(super) fn reach(&mut self, from: State, alphabet: &[u8]) -> Vec<State> {
        let mut reached = Vec::new();
        let mut done = 0;
        let mut next = Some(from);
        while let Some(at) = next {
            for byte in alphabet {
                let behind = self.step(at, &[*byte]);
                if !reached.contains(&behind) {
                    reached.push(behind);
                }
            }
            next = reached.get(done).copied();
            done += 1;
        }
        reached
    }

    /// Every state that texts can lead to of which each place has one of these bytes.
    pub(super) fn reach_by_place(&mut self, from: State, places: &[Vec<u8>]) -> Vec<State> {
        let mut reached = vec![from];
        for bytes in places {
            let mut behind = Vec::new();
            for at in reached {
                for byte in bytes {
                    let state = self.step(at, &[*byte]);
                    if !behind.contains(&state) {
                        behind.push(state);
                    }
                }
            }
            reached = behind;
        }
        reached
    }

    fn number(&mut self, state: LazyStateID) -> State {
        if let Some((last, number)) = self.last
            && last == state
        {
            return number;
        }
        if let Some(number) = self.numbers.get(&state).copied() {
            self.last = Some((state, number));
            return number;
        }
        let number = match State::try_from(self.states.len()) {
            Ok(number) if usize::from(number) < MOST_STATES => number,
            _ => return UNSURE,
        };
        self.states.push(Some(state));
        self.numbers.insert(state, number);
        number
    }
}

/// Whether nothing that follows can change it.
pub(super) fn is_decided(state: State) -> bool {
    state <= ABSENT
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATTERNS: [&str; 9] = [
        "Failed password for (invalid user )?[a-c]\\w+",
        "GET \\S+id=\\d+7 HTTP",
        "^Mar",
        "ssh2$",
        "\\bfor\\b",
        "(?i)FAILED",
        "a.*b.*c",
        "",
        "[^ ]+ü",
    ];

    proptest! {
        /// However a line is cut, the pattern is found where it is found in the whole.
        #[test]
        fn cuts_change_nothing(
            pattern in prop::sample::select(&PATTERNS[..]),
            line in "(Mar|Failed password for |invalid user |abc|GET /x\\?id=17 HTTP| |for|ü|ssh2|[ -~]){0,12}",
            cuts in prop::collection::vec(0usize..80, 0..6),
        ) {
            let dfa = compile(pattern, false, 4 << 20).unwrap();
            let mut machine = Machine::new(&dfa);
            let bytes = line.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut state = machine.start();
            for pair in cuts.windows(2) {
                state = machine.step(state, &bytes[pair[0]..pair[1]]);
            }
            let known = regex::bytes::Regex::new(pattern).unwrap().is_match(bytes);
            let end = machine.end(state);
            prop_assert!(end == UNSURE || (end == FOUND) == known, "{end}");
        }
    }

    #[test]
    fn what_other_bytes_cannot_reach_is_not_reached() {
        let dfa = compile("Failed", false, 1 << 20).unwrap();
        let mut machine = Machine::new(&dfa);
        let start = machine.start();
        let digits = machine.reach(start, b"0123456789");
        let letters = machine.reach(start, b"Fae");
        let behind = |state, machine: &mut Machine<'_>| machine.step(state, b" ");
        let none = behind(start, &mut machine);
        assert!(digits.into_iter().all(|state| behind(state, &mut machine) == none));
        assert!(letters.len() > 2 && !letters.contains(&FOUND));
    }
}
