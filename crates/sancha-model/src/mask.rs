use std::{borrow::Cow, ops::Range};

/// Digits of a mobile number, the shortest of the three.
const SHORTEST: usize = 11;
/// How people group the digits of mobile numbers, of identity numbers (the last one may be an X), of bank cards.
const GROUPED: [&[usize]; 5] =
    [&[3, 4, 4], &[6, 8, 4], &[6, 8, 3], &[4, 4, 4, 4], &[4, 4, 4, 4, 3]];

/// Masks what identifies a person: identity numbers of 18 and of 15 digits, mobile numbers and bank-card numbers, in
/// one piece or in groups. Keeps the first three and last two signs, so that a reader can tell two apart.
///
/// A number is masked by its shape alone, whether or not its check digit is right: a wrong digit
/// does not make it harmless. (Personal Information Protection Law art. 51: de-identification.)
pub fn mask_personal(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !may_hold_number(bytes) {
        return Cow::Borrowed(bytes);
    }
    search(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// Whether there is anything to look for: most texts have a few digits, those of an address or a time.
fn may_hold_number(bytes: &[u8]) -> bool {
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits < SHORTEST {
        return false;
    }
    // The digits of an escape are told apart from those behind it by a closer look.
    if bytes.contains(&b'%') {
        return true;
    }
    let mut run = 0;
    for byte in bytes {
        if byte.is_ascii_digit() {
            run += 1;
            if run == SHORTEST {
                return true;
            }
            continue;
        }
        // The first group of a number, and what may stand behind it.
        if matches!(run, 3 | 4 | 6) && matches!(byte, b'-' | b' ' | b'+') {
            return true;
        }
        run = 0;
    }
    false
}

/// The text with its numbers masked; nothing where it has none.
fn search(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut masked: Option<Vec<u8>> = None;
    let mut at = 0;
    let begins = |byte: &u8| byte.is_ascii_digit() || *byte == b'%';
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(begins)) {
        at += next;
        // The digits of `%22` are no part of the number behind it; in a text a number may follow the sign itself.
        if is_escape(bytes, at) && !is_personal(bytes, at + 1..at + 1 + digits_from(bytes, at + 1))
        {
            at += 3;
            continue;
        }
        let run = digits_from(bytes, at);
        if run == 0 {
            at += 1;
            continue;
        }
        let Some(signs) = number(bytes, at, run) else {
            at += run;
            continue;
        };
        let target = masked.get_or_insert_with(|| bytes.to_vec());
        for sign in signs.get(3..signs.len() - 2).unwrap_or(&[]) {
            if let Some(sign) = target.get_mut(*sign) {
                *sign = b'*';
            }
        }
        at = signs.last().map_or(at + run, |last| last + 1);
    }
    masked
}

/// The places of the signs of a person's number that begins here with so many digits.
fn number(bytes: &[u8], at: usize, run: usize) -> Option<Vec<usize>> {
    // China's country code before a mobile number.
    let code = match (run.checked_sub(SHORTEST), bytes.get(at..at + run)?) {
        (Some(2), [b'8', b'6', ..]) => 2,
        (Some(4), [b'0', b'0', b'8', b'6', ..]) => 4,
        _ => 0,
    };
    let digits = at + code..at + run;
    if is_personal(bytes, digits.clone()) {
        return Some(digits.collect());
    }
    if run == 17 && is_personal(bytes, digits.start..digits.end + 1) {
        return Some((digits.start..=digits.end).collect());
    }
    if run == 17 && escaped_x(bytes, digits.end) && is_birth_date(bytes.get(at + 6..at + 14)?) {
        let behind_sign = at + run + 1..at + run + 3;
        return Some(digits.chain(behind_sign).collect());
    }
    grouped(bytes, at, run)
}

/// A number written in groups: `138-0013-8000`, `110101 19900307 002X`, `6222%200200%20…`.
fn grouped(bytes: &[u8], at: usize, run: usize) -> Option<Vec<usize>> {
    // Most runs of digits are parts of times and sizes.
    let begins = GROUPED.iter().any(|shape| shape.first() == Some(&run));
    if !begins || separator(bytes, at + run) == 0 {
        return None;
    }
    let mut lengths = vec![run];
    let mut signs: Vec<usize> = (at..at + run).collect();
    let mut end = at + run;
    while lengths.len() <= 5 {
        let behind = end + separator(bytes, end);
        let digits = digits_from(bytes, behind);
        if behind == end || digits == 0 {
            break;
        }
        lengths.push(digits);
        signs.extend(behind..behind + digits);
        end = behind + digits;
    }
    if !GROUPED.contains(&lengths.as_slice()) {
        return None;
    }
    let has_x = lengths == [6, 8, 3];
    if has_x && !is_x(bytes.get(end)) {
        return None;
    }
    signs.extend(has_x.then_some(end));
    let joined: Vec<u8> = signs.iter().filter_map(|sign| bytes.get(*sign)).copied().collect();
    (!in_word(bytes, at) && is_shape(&joined)).then_some(signs)
}

/// Length of what stands between two groups.
fn separator(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b'%', b'2', b'0', ..]) => 3,
        Some([b'-' | b' ' | b'+', ..]) => 1,
        _ => 0,
    }
}

fn is_x(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'X' | b'x'))
}

/// `%58` or `%78`.
fn escaped_x(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some([b'%', b'5' | b'7', b'8']))
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

/// Signs of a person's number that are not part of a longer word.
fn is_personal(bytes: &[u8], signs: Range<usize>) -> bool {
    let number = bytes.get(signs.clone()).unwrap_or(&[]);
    // The birth date in it tells an identity number whatever stands before.
    is_shape(number) && (number.len() == 18 || !in_word(bytes, signs.start))
}

/// Whether these signs have the length, the beginning and the date that such a number has.
fn is_shape(number: &[u8]) -> bool {
    let digits = number.strip_suffix(b"X").or_else(|| number.strip_suffix(b"x")).unwrap_or(number);
    let (all, is_digits) = (number.len(), digits.iter().all(u8::is_ascii_digit));
    match digits {
        [b'1'..=b'8', ..] if is_digits && all == 18 => {
            is_birth_date(digits.get(6..14).unwrap_or(&[]))
        }
        // Until 1999: two digits of the year, no check sign. A province tells it from other numbers.
        [b'1'..=b'6', b'1'..=b'7', ..] if digits.len() == 15 && all == 15 && is_digits => {
            is_month_and_day(digits.get(8..12).unwrap_or(&[]))
        }
        [b'1', b'3'..=b'9', ..] => is_digits && all == SHORTEST && digits.len() == SHORTEST,
        [b'6', b'2', ..] => is_digits && digits.len() == all && (16..=19).contains(&all),
        _ => false,
    }
}

fn in_word(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_escaped = start.checked_sub(3).is_some_and(|at| is_escape(bytes, at));
    let is_word = |byte: &u8| matches!(byte, b'.' | b'_') || byte.is_ascii_alphabetic();
    !is_escaped && before.is_some_and(is_word)
}

fn is_birth_date(digits: &[u8]) -> bool {
    let year = digits.get(0..4).and_then(|year| std::str::from_utf8(year).ok()?.parse().ok());
    matches!(year, Some(1900_u16..=2099)) && is_month_and_day(digits.get(4..8).unwrap_or(&[]))
}

fn is_month_and_day(digits: &[u8]) -> bool {
    let number = |range: Range<usize>| {
        digits.get(range).and_then(|part| std::str::from_utf8(part).ok()?.parse::<u8>().ok())
    };
    matches!(number(0..2), Some(1..=12)) && matches!(number(2..4), Some(1..=31))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn what_is_not_looked_at_holds_no_number(
            text in "([0-9]{1,6}|[0-9]{11,19}|1[3-9][0-9]|62[0-9]{2}|[a-zX.:/ +-]|%20|数){0,9}",
        ) {
            let bytes = text.as_bytes();
            prop_assert!(may_hold_number(bytes) || search(bytes).is_none(), "{}", text);
        }
    }

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
            ("008613800138000", "0086138******00"),
            ("tel=138-0013-8000&", "tel=138-****-**00&"),
            ("tel=138%200013%208000", "tel=138%20****%20**00"),
            ("110105-19491231-002X", "110***-********-**2X"),
            ("110105 19491231 0021", "110*** ******** **21"),
            ("11010519491231002%58", "110**************%58"),
            ("6222 0202 0011 2233 445", "622* **** **** **** *45"),
            ("id 110105491231002.", "id 110**********02."),
            ("2026-11-27 10:05:00 100-2000-3000", "2026-11-27 10:05:00 100-2000-3000"),
            (
                "order 110105991331002 build 4444-5555-6666-7777",
                "order 110105991331002 build 4444-5555-6666-7777",
            ),
        ] {
            assert_eq!(mask_personal_text(input), want);
        }
    }
}
