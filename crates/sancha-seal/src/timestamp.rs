//! Time stamps of RFC 3161, as far as bytes go: the request for a digest, and what an answer says it
//! stamps and when. **Whether the authority signed it is not checked here**: that takes its
//! certificate chain, and `openssl ts -verify` does it.

use crate::Hash32;

/// What a time-stamp token states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The SHA-256 digest that was stamped.
    pub digest: Hash32,
    /// By the clock of the authority.
    pub at: jiff::Timestamp,
    /// Repeats that of the request; `None` where there is none, or it is larger than ours are.
    pub nonce: Option<u64>,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub digest: Hash32,
    pub nonce: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    #[error("the time-stamp authority refused, with status {0}")]
    Refused(u8),
    #[error("not a time stamp of RFC 3161 over a SHA-256 digest")]
    Malformed,
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// Context tag 0, constructed.
const EXPLICIT: u8 = 0xa0;

/// SHA-256 without parameters and with the NULL that most write (RFC 5754, section 2).
const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// id-signedData and id-ct-TSTInfo.
const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const TST_INFO: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";

/// A request for a stamp of `digest`, with the certificate to come along. The nonce is any number that
/// was not used before; an answer to this request repeats it.
pub fn request(digest: &Hash32, nonce: u64) -> Vec<u8> {
    let algorithm = tlv(SEQUENCE, &[tlv(OBJECT, &[SHA256.to_vec()]), vec![0x05, 0x00]]);
    let imprint = tlv(SEQUENCE, &[algorithm, tlv(OCTETS, &[digest.0.to_vec()])]);
    // A number of DER is as short as it can be, and a first bit of 1 would make it negative.
    let bytes = [&[0], nonce.to_be_bytes().as_slice()].concat();
    let is_needed = |pair: &[u8]| !matches!(pair, [0, next] if *next < 0x80);
    let start = bytes.windows(2).position(is_needed).unwrap_or(bytes.len() - 1);
    let nonce = bytes.get(start..).unwrap_or_default().to_vec();
    let with_certificate = vec![0x01, 0x01, 0xff];
    let parts = [tlv(INTEGER, &[vec![1]]), imprint, tlv(INTEGER, &[nonce]), with_certificate];
    tlv(SEQUENCE, &parts)
}

/// Reads what [`request`] writes; `None` for other bytes.
pub fn read_request(bytes: &[u8]) -> Option<Asked> {
    let (asked, _) = take(bytes, SEQUENCE)?;
    let asked = expect(asked, INTEGER, &[1])?;
    let (imprint, asked) = take(asked, SEQUENCE)?;
    let nonce = take(asked, INTEGER).and_then(|(nonce, _)| number(nonce));
    Some(Asked { digest: imprinted(imprint)?, nonce })
}

/// All that is written here is shorter than 128 bytes, for which the length is one byte.
fn tlv(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    [&[tag, length], content.as_slice()].concat()
}

/// Reads an answer, or the token alone.
///
/// # Errors
/// When the authority refused, or this is not a time stamp over SHA-256.
pub fn read(bytes: &[u8]) -> Result<Stamp, StampError> {
    let (outer, rest) = take(bytes, SEQUENCE).ok_or(StampError::Malformed)?;
    if !rest.is_empty() {
        return Err(StampError::Malformed);
    }
    let token = match take(outer, SEQUENCE) {
        Some((status, token)) => {
            let status = take(status, INTEGER).map(|(status, _)| status);
            match status {
                Some([0 | 1]) => token,
                Some([status]) => return Err(StampError::Refused(*status)),
                _ => return Err(StampError::Malformed),
            }
        }
        None => bytes,
    };
    token_info(token).and_then(info).ok_or(StampError::Malformed)
}

/// The TSTInfo in a token (RFC 3161, 2.4.2; RFC 5652, 5.1).
fn token_info(token: &[u8]) -> Option<&[u8]> {
    let (content, _) = take(token, SEQUENCE)?;
    let content = expect(content, OBJECT, SIGNED_DATA)?;
    let (signed, _) = take(content, EXPLICIT)?;
    let (signed, _) = take(signed, SEQUENCE)?;
    let (_, signed) = take(signed, INTEGER)?;
    let (_, signed) = take(signed, SET)?;
    let (inner, _) = take(signed, SEQUENCE)?;
    let inner = expect(inner, OBJECT, TST_INFO)?;
    let (inner, _) = take(inner, EXPLICIT)?;
    let (info, _) = take(inner, OCTETS)?;
    Some(info)
}

fn info(bytes: &[u8]) -> Option<Stamp> {
    let (info, _) = take(bytes, SEQUENCE)?;
    let info = expect(info, INTEGER, &[1])?;
    let (_policy, info) = take(info, OBJECT)?;
    let (imprint, info) = take(info, SEQUENCE)?;
    let (_serial, info) = take(info, INTEGER)?;
    let (time, info) = take(info, TIME)?;
    // Accuracy and ordering may stand before the nonce.
    let info = take(info, SEQUENCE).map_or(info, |(_, rest)| rest);
    let info = take(info, BOOLEAN).map_or(info, |(_, rest)| rest);
    let nonce = take(info, INTEGER).and_then(|(nonce, _)| number(nonce));
    Some(Stamp { digest: imprinted(imprint)?, at: instant(time)?, nonce })
}

fn imprinted(imprint: &[u8]) -> Option<Hash32> {
    let (algorithm, digest) = take(imprint, SEQUENCE)?;
    expect(algorithm, OBJECT, SHA256)?;
    let (digest, _) = take(digest, OCTETS)?;
    Hash32::from_slice(digest)
}

/// A number of DER that is not negative and has at most 64 bits.
fn number(bytes: &[u8]) -> Option<u64> {
    let bytes = match bytes {
        [first, ..] if *first >= 0x80 => return None,
        [0, rest @ ..] => rest,
        all => all,
    };
    let is_small = bytes.len() <= 8;
    is_small.then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// `YYYYMMDDhhmmss[.f…]Z`.
fn instant(time: &[u8]) -> Option<jiff::Timestamp> {
    let text = str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let (day, clock) = text.split_at_checked(8)?;
    format!("{day}T{clock}Z").parse().ok()
}

/// The rest behind an element that has to be this one.
fn expect<'a>(bytes: &'a [u8], tag: u8, content: &[u8]) -> Option<&'a [u8]> {
    take(bytes, tag).filter(|(found, _)| *found == content).map(|(_, rest)| rest)
}

/// The content of a DER element with this tag, and what stands behind it.
fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let ([found, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        // Four bytes of length are more than any stamp has.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &[u8] = include_bytes!("../tests/samples/stamp.tsr");
    const REQUEST: &[u8] = include_bytes!("../tests/samples/stamp.tsq");

    fn digest() -> Hash32 {
        let hex = "b973e0377f63c9d17bff5ab9999022bdfeb3abdf52d1724e494f60265acc4f0b";
        Hash32::from_hex(hex).unwrap()
    }

    /// Both files were made by another program, which also verified the answer.
    #[test]
    fn requests_and_answers_are_those_of_another_implementation() {
        let nonce = Some(0x3610_128e_35ac_f86d);
        assert_eq!(request(&digest(), 0x3610_128e_35ac_f86d), REQUEST);
        assert_eq!(read_request(REQUEST), Some(Asked { digest: digest(), nonce }));
        let at = "2026-11-26T06:02:17Z".parse().unwrap();
        assert_eq!(read(ANSWER), Ok(Stamp { digest: digest(), at, nonce }));
        assert_eq!(read(ANSWER.get(9..).unwrap()), read(ANSWER), "the token alone");
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (nonce, want) in [
            (0, &[2, 1, 0][..]),
            (0x7f, &[2, 1, 0x7f]),
            (0x80, &[2, 2, 0, 0x80]),
            (u64::MAX, &[2, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
        ] {
            let asked = request(&digest(), nonce);
            let end = [want, &[1, 1, 255]].concat();
            assert!(asked.ends_with(&end), "{nonce}");
            assert_eq!(usize::from(asked[1]) + 2, asked.len());
            let asked = read_request(&asked).unwrap();
            assert_eq!((asked.digest, asked.nonce), (digest(), Some(nonce)));
        }
    }

    #[test]
    fn refusals_and_other_files_are_told() {
        let refused = [0x30, 5, 0x30, 3, 2, 1, 2];
        assert_eq!(read(&refused), Err(StampError::Refused(2)));
        for other in
            [&b""[..], b"0", b"0\x03abc", REQUEST, &ANSWER[..500], &[ANSWER, b"0"].concat()]
        {
            assert_eq!(read(other), Err(StampError::Malformed));
        }
    }

    proptest! {
        #[test]
        fn whatever_bytes_come_nothing_breaks(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = ANSWER.to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let _ = read(&bytes);
            let _ = read(&bytes[..cut.index(bytes.len())]);
            let _ = read_request(&bytes);
        }
    }
}
