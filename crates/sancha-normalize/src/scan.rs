//! Small readers over bytes that the formats share: numbers, addresses, English months.

use std::net::{IpAddr, Ipv4Addr};

/// Takes everything before `end` and what follows it.
pub(crate) fn until(bytes: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(end, bytes)?;
    let (head, tail) = bytes.split_at_checked(at)?;
    Some((head, tail.get(1..)?))
}

/// The same for what stands near the beginning: a few steps are less than a call.
#[inline]
pub(crate) fn until_near(bytes: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    let at = match near.iter().position(|byte| *byte == end) {
        Some(at) => at,
        None => NEAR + memchr::memchr(end, bytes.get(NEAR..)?)?,
    };
    let (head, tail) = bytes.split_at_checked(at)?;
    Some((head, tail.get(1..)?))
}

const NEAR: usize = 16;

/// The first word and what follows the blank after it; everything when there is no blank.
#[inline]
pub(crate) fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    until_near(bytes, b' ').unwrap_or((bytes, &[]))
}

/// What stands before and after the first `separator`.
pub(crate) fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(bytes, separator)?;
    let (head, tail) = bytes.split_at_checked(at)?;
    Some((head, tail.get(separator.len()..)?))
}

/// What stands before and after the last `separator`, which is a word between blanks: its second byte
/// is searched, for it is rarer than a blank.
pub(crate) fn rsplit_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let rare = *separator.get(1)?;
    let mut end = bytes.len();
    while let Some(found) = memchr::memrchr(rare, bytes.get(..end)?) {
        let start = found.checked_sub(1)?;
        let (head, tail) = bytes.split_at_checked(start)?;
        if let Some(tail) = tail.strip_prefix(separator) {
            return Some((head, tail));
        }
        end = found;
    }
    None
}

/// The leading digits and what follows them.
pub(crate) fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// What stands between two marks: the first `open` and the next `close` after it.
pub(crate) fn between<'a>(bytes: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let (_, rest) = split_once(bytes, open)?;
    Some(split_once(rest, close)?.0)
}

/// A decimal number of at most 19 digits, nothing else around it.
pub(crate) fn number(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(value)
}

/// Two digits, or a blank and a digit as `asctime` writes days.
pub(crate) fn two_digits(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        [b' ', ones @ b'0'..=b'9'] => Some(ones - b'0'),
        _ => None,
    }
}

/// 1 to 12 for `Jan` to `Dec`.
pub(crate) fn month(bytes: &[u8]) -> Option<u8> {
    Some(match bytes {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// An address; IPv4 by hand, for it is most of them and `str::parse` would check UTF-8 first.
pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Some(v4) = ipv4(bytes) {
        return Some(v4.into());
    }
    if !bytes.contains(&b':') {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let without_zone = bare.split_once('%').map_or(bare, |(address, _)| address);
    // `::ffff:192.0.2.1` is the same host as `192.0.2.1` (RFC 4291, section 2.5.5.2).
    without_zone.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// Four numbers of at most three digits.
fn ipv4(bytes: &[u8]) -> Option<Ipv4Addr> {
    let (first, rest) = octet(bytes)?;
    let (second, rest) = octet(rest.strip_prefix(b".")?)?;
    let (third, rest) = octet(rest.strip_prefix(b".")?)?;
    let (fourth, rest) = octet(rest.strip_prefix(b".")?)?;
    rest.is_empty().then(|| Ipv4Addr::new(first, second, third, fourth))
}

#[inline]
fn octet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    const DIGIT: std::ops::RangeInclusive<u8> = b'0'..=b'9';
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, d| sum * 10 + u16::from(d - b'0'));
    let (value, rest) = match bytes {
        [a, b, c, rest @ ..] if [a, b, c].iter().all(|digit| DIGIT.contains(digit)) => {
            (number(&[*a, *b, *c]), rest)
        }
        [a, b, rest @ ..] if DIGIT.contains(a) && DIGIT.contains(b) => (number(&[*a, *b]), rest),
        [a, rest @ ..] if DIGIT.contains(a) => (number(&[*a]), rest),
        _ => return None,
    };
    Some((u8::try_from(value).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_separator_is_found() {
        for (text, want) in [
            ("a from b from c", Some(("a from b", "c"))),
            ("from a", None),
            (" from a", Some(("", "a"))),
            ("ffff", None),
        ] {
            let got = rsplit_once(text.as_bytes(), b" from ");
            assert_eq!(got, want.map(|(a, b)| (a.as_bytes(), b.as_bytes())), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for (text, want) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[::1]", Some("::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("256.1.1.1", None),
            ("1.2.3", None),
            ("1.2.3.", None),
            (".1.2.3", None),
            ("1..2.3", None),
            ("1.2.3.4.5", None),
            ("1.2.3.0004", None),
            ("example.org", None),
            ("", None),
        ] {
            assert_eq!(address(text.as_bytes()), want.map(|w| w.parse().unwrap()), "{text}");
        }
    }
}
