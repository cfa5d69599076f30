use std::borrow::Cow;

/// Digits of a mobile number, the shortest of the three.
const SHORTEST: usize = 11;

/// Masks what identifies a person: 18-digit identity numbers, mobile numbers and bank-card numbers.
/// Keeps the first three and last two digits, so that a reader can tell two apart.
///
/// A number is masked by its shape alone, whether or not its check digit is right: a wrong digit
/// does not make it harmless. (Personal Information Protection Law art. 51: de-identification.)
pub fn mask_personal(bytes: &[u8]) -> Cow<'_, [u8]> {
    // So many digits in a row leave none of these places without one.
    let apart = bytes.iter().skip(SHORTEST - 1).step_by(SHORTEST);
    if !apart.into_iter().any(u8::is_ascii_digit) {
        return Cow::Borrowed(bytes);
    }
    let mut masked: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < bytes.len() {
        // The digits of `%22` are no part of the number behind it; in a text a number may follow the sign itself.
        if is_escape(bytes, at) && !is_personal(bytes, at + 1, at + 1 + digits_from(bytes, at + 1))
        {
            at += 3;
            continue;
        }
        let run = digits_from(bytes, at);
        if run == 0 {
            at += 1;
            continue;
        }
        let end =
            at + run + usize::from(run == 17 && matches!(bytes.get(at + 17), Some(b'X' | b'x')));
        // China's country code before a mobile number.
        let code = usize::from(run == SHORTEST + 2 && bytes.get(at..at + 2) == Some(b"86")) * 2;
        if is_personal(bytes, at + code, end) {
            let target = masked.get_or_insert_with(|| bytes.to_vec());
            if let Some(middle) = target.get_mut(at + code + 3..end - 2) {
                middle.fill(b'*');
            }
        }
        at = end;
    }
    masked.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// The same for text.
pub fn mask_personal_text(text: &str) -> Cow<'_, str> {
    match mask_personal(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// `%2B`: a byte in a target.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some([b'%', a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

fn digits_from(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count()
}

/// Digit runs of the lengths and beginnings that the three numbers have, not part of a longer word.
fn is_personal(bytes: &[u8], start: usize, end: usize) -> bool {
    let digits = bytes.get(start..end).unwrap_or(&[]);
    // The birth date in it tells an identity number whatever stands before.
    if matches!(digits, [b'1'..=b'8', ..] if digits.len() == 18) {
        return is_birth_date(digits.get(6..14).unwrap_or(&[]));
    }
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_escaped = start.checked_sub(3).is_some_and(|at| is_escape(bytes, at));
    let in_word = |byte: &u8| matches!(byte, b'.' | b'_') || byte.is_ascii_alphabetic();
    if !is_escaped && before.is_some_and(in_word) {
        return false;
    }
    match digits {
        [b'1', b'3'..=b'9', ..] if digits.len() == 11 => true,
        [b'6', b'2', ..] if (16..=19).contains(&digits.len()) => true,
        _ => false,
    }
}

fn is_birth_date(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).and_then(|part| std::str::from_utf8(part).ok()?.parse::<u16>().ok())
    };
    matches!(number(0..4), Some(1900..=2099))
        && matches!(number(4..6), Some(1..=12))
        && matches!(number(6..8), Some(1..=31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_numbers_are_masked_and_others_are_not() {
        for (input, want) in [
            ("id=110101199003070019 ok", "id=110*************19 ok"),
            ("id=11010119900307001X", "id=110*************1X"),
            ("tel 13800138000,", "tel 138******00,"),
            ("card 6222020200112233445", "card 622**************45"),
            ("1431897247.9017766", "1431897247.9017766"),
            ("size 123456789012", "size 123456789012"),
            ("pid 20190307123456 and 198.51.100.7", "pid 20190307123456 and 198.51.100.7"),
            ("a=%2213800138000%22", "a=%22138******00%22"),
            ("id%3D%27110101199003070019%27", "id%3D%27110*************19%27"),
            ("%2B8613800138000", "%2B86138******00"),
            ("zp_110101199003070019.jpg", "zp_110*************19.jpg"),
            ("100%13800138000", "100%138******00"),
            ("病人13800138000号", "病人138******00号"),
        ] {
            assert_eq!(mask_personal_text(input), want);
        }
    }
}
