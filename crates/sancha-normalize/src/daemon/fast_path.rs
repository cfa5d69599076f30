//! The gate against trying every sentence.

use proptest::prelude::*;

use super::{
    SAYINGS,
    pattern::{Search, next_mark},
};

/// What stands where a sentence has a mark, and between sentences.
const PIECES: [&str; 9] = [
    "203.0.113.9",
    "[2001:db8::1]:4022",
    "mail.example[198.51.100.7]",
    "root",
    "O'Brien from here",
    "",
    "3",
    "user='x', ",
    "登录",
];

/// The sentence with its marks filled in turn.
fn said(text: &'static str, pieces: &[usize]) -> String {
    let mut filled = String::new();
    let mut rest = text.trim_start_matches('^');
    let mut turn = pieces.iter().cycle();
    while let Some((before, _, after)) = next_mark(rest) {
        filled.push_str(before);
        filled.push_str(PIECES[*turn.next().unwrap()]);
        rest = after;
    }
    filled + rest
}

/// The sentences that fit, by trying all of them.
fn fitting(message: &[u8]) -> Vec<u16> {
    let all = 0..u16::try_from(SAYINGS.list.len()).unwrap();
    let fits = |place: &u16| {
        let pattern = SAYINGS.gate.pattern(*place).unwrap();
        pattern.find(message, &mut Search::of_message()).is_some()
    };
    all.filter(fits).collect()
}

proptest! {
    #[test]
    fn the_gate_wakes_every_sentence_that_fits(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        pieces in prop::collection::vec(0..PIECES.len(), 4),
        between in prop::collection::vec(0..PIECES.len(), 4),
        loud in any::<u64>(),
        changed in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut message = String::new();
        for (pick, between) in picks.iter().zip(&between) {
            message.push_str(PIECES[*between]);
            message.push_str(&said(pick.get(&SAYINGS.list).text, &pieces));
        }
        let mut message = message.into_bytes();
        for (at, byte) in message.iter_mut().enumerate() {
            if loud >> (at % 64) & 1 == 1 {
                *byte = byte.to_ascii_uppercase();
            }
        }
        if let Some((at, byte)) = changed.filter(|_| !message.is_empty()) {
            let at = at.index(message.len());
            message[at] = byte;
        }
        let woken: Vec<u16> = SAYINGS.gate.wake(&message).places().collect();
        for place in fitting(&message) {
            prop_assert!(woken.contains(&place), "{}", SAYINGS.list[usize::from(place)].text);
        }
    }
}
