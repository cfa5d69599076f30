//! Paths drawn at random, as a flood sends them to get past every cache.

/// Shorter names say too little.
const LEAST: usize = 6;

/// Whether the last part of a path looks drawn at random rather than named by somebody.
pub(crate) fn is_random(path: &[u8]) -> bool {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let stem = name.split(|byte| *byte == b'.').next().unwrap_or_default();
    stem.len() >= LEAST
        && stem.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && (has_many_turns(stem) || is_unspoken(stem))
}

/// Letters and digits, or small and capital letters, take turns as no name has them.
fn has_many_turns(stem: &[u8]) -> bool {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let turns = stem
        .windows(2)
        .filter(|pair| match pair {
            // A capital begins a word: one turn, not two.
            [a, b] => {
                kind(*a) != kind(*b)
                    && kind(*a) < 3
                    && kind(*b) < 3
                    && (kind(*a), kind(*b)) != (2, 1)
            }
            _ => false,
        })
        .count();
    let digits = stem.iter().filter(|byte| byte.is_ascii_digit()).count();
    turns * 4 >= stem.len() && turns >= 2 && digits > 0 || is_hexadecimal(stem, digits)
}

/// `c6379ce3`, not `deadbeef` and not `20150517`.
fn is_hexadecimal(stem: &[u8], digits: usize) -> bool {
    stem.len() >= 8
        && digits > 0
        && digits < stem.len()
        && stem.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

/// Letters that nobody could say: hardly a vowel, or five consonants in a row.
fn is_unspoken(stem: &[u8]) -> bool {
    let letters = stem.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let is_vowel =
        |byte: &u8| matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let vowels = stem.iter().filter(|byte| is_vowel(byte)).count();
    let mut row = 0;
    let mut longest = 0;
    for byte in stem {
        row = if byte.is_ascii_alphabetic() && !is_vowel(byte) { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    letters >= 8 && letters == stem.len() && (vowels * 8 < letters || longest >= 6)
}
