//! Sigma's transforming modifiers: base64 (RFC 4648), UTF-16, dashes of Windows command lines.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The signs that Windows takes for an option's dash.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// More option signs than this in one value are replaced alike instead of in every combination.
const FREE_DASHES: usize = 3;

pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let sign = ALPHABET[(group >> shift & 63) as usize];
            out.push(if at <= chunk.len() { sign } else { b'=' });
        }
    }
    out
}

/// The value as it looks inside a longer base64 text, at each of the three offsets.
pub(crate) fn base64_offsets(bytes: &[u8]) -> [Vec<u8>; 3] {
    // The first signs also depend on what stands before, the last ones on what follows.
    [0, 1, 2].map(|offset: usize| {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(bytes);
        let encoded = base64(&padded);
        let start = [0, 2, 3][offset];
        let cut = [0, 3, 2][padded.len() % 3];
        encoded.get(start..encoded.len() - cut).unwrap_or(&[]).to_vec()
    })
}

pub(crate) fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

/// Every spelling of the value's option signs.
pub(crate) fn windash(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (0..chars.len()).filter(|at| is_option_sign(&chars, *at)).collect();
    let mut out = vec![chars.clone()];
    if places.len() > FREE_DASHES {
        out = DASHES.map(|dash| replaced(&chars, &places, dash)).to_vec();
    } else {
        for place in &places {
            let spell = |text: Vec<char>| DASHES.map(|dash| replaced(&text, &[*place], dash));
            out = out.into_iter().flat_map(spell).collect();
        }
    }
    let mut texts: Vec<String> = out.into_iter().map(String::from_iter).collect();
    texts.push(text.to_owned());
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// A dash or slash that begins a word: not after a word's letter, and before one.
fn is_option_sign(chars: &[char], at: usize) -> bool {
    let word = |at: Option<usize>| {
        at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let sign = chars.get(at).is_some_and(|c| matches!(c, '-' | '/'));
    sign && !word(at.checked_sub(1)) && word(Some(at + 1))
}

fn replaced(chars: &[char], places: &[usize], dash: char) -> Vec<char> {
    let pick = |(at, c): (usize, &char)| if places.contains(&at) { dash } else { *c };
    chars.iter().enumerate().map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_test_vectors_of_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded.as_bytes());
        }
    }

    #[test]
    fn a_value_is_found_in_encoded_text_at_any_offset() {
        for value in ["whoami", "IEX (New-Object", "abc", "abcd", "abcde"] {
            for before in ["", "x", "xy", "xyz"] {
                for after in ["", "1", "12"] {
                    let whole = base64(format!("{before}{value}{after}").as_bytes());
                    let found = base64_offsets(value.as_bytes())
                        .iter()
                        .any(|part| memchr::memmem::find(&whole, part).is_some());
                    assert!(found, "{before}|{value}|{after}");
                }
            }
        }
    }

    #[test]
    fn utf16_has_the_byte_order_asked_for() {
        assert_eq!(utf16("ab", false), b"a\0b\0");
        assert_eq!(utf16("ab", true), b"\0a\0b");
    }

    #[test]
    fn only_signs_that_begin_an_option_are_spelt_anew() {
        assert!(windash(" -enc ").contains(&" /enc ".to_owned()));
        assert_eq!(windash(" -enc ").len(), 5);
        assert_eq!(windash("a-b/c"), ["a-b/c"]);
    }
}
