//! The table of words and the key that is read eight bytes at once, against letters one by one.

use proptest::prelude::*;

use super::vocabulary::{HEADER_TABLE, TARGET_TABLE, WORDS, is_known};
use super::{Place, is_telling_word, key};

/// The first six letters in lower case, the first one uppermost; nothing stands for letters that are missing.
fn plain_key(word: &[u8]) -> u64 {
    let letter = |at: usize| word.get(at).map_or(0, |byte| u64::from(byte.to_ascii_lowercase()));
    (0..6).fold(0, |key, at| key << 8 | letter(at))
}

proptest! {
    #[test]
    fn a_key_is_that_of_its_letters(before in "[a-z/]{0,9}", word in "[a-zA-Z0-9]{1,12}", after in "([^a-zA-Z0-9].{0,9})?") {
        let text = format!("{before}{word}{after}");
        let found = key(text.as_bytes(), before.len(), word.len());
        prop_assert_eq!(found, plain_key(word.as_bytes()));
    }

    #[test]
    fn a_word_is_known_when_its_letters_are_in_the_list(
        word in prop_oneof![
            "[a-z0-9]{3,9}",
            (prop::sample::select(WORDS.to_vec()), "[a-zA-Z]{0,3}").prop_map(|(word, end)| format!("{word}{end}")),
        ],
    ) {
        let own = plain_key(word.as_bytes());
        let listed = WORDS.iter().any(|known| plain_key(known.as_bytes()) == own);
        prop_assert_eq!(is_known(&TARGET_TABLE, own), listed);
        let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && word.len() < 10;
        if plain && !word.eq_ignore_ascii_case("http") {
            let told = is_telling_word(word.as_bytes(), 0, word.len(), Place::Value);
            prop_assert_eq!(told, listed);
        }
        prop_assert!(!is_known(&HEADER_TABLE, 0) && !is_known(&TARGET_TABLE, 0));
    }
}
