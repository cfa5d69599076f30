//! Bodies that were sent compressed: as bytes, as a text in which each byte is a character, or in base64.

use super::super::scan::contains;
use super::super::{Request, decode, inflate};

/// What a compressed body holds; nothing when it is not compressed.
pub(super) fn unpack(request: &Request<'_>) -> Option<Vec<u8>> {
    let body = request.body;
    let said = request.headers.iter().any(|(name, value)| {
        let value = value.to_ascii_lowercase();
        name.eq_ignore_ascii_case(b"content-encoding")
            && (contains(&value, b"gzip") || contains(&value, b"deflate"))
    });
    let bytes = match body {
        [0x1F, 0x8B, ..] => body.to_vec(),
        [0x1F, 0xC2, 0x8B, ..] => narrow(body),
        [0x78, 0x01 | 0x5E, ..] if said => narrow(body),
        [0x78, 0x9C | 0xDA, ..] if said => body.to_vec(),
        [0x78, 0xC2, 0x9C, ..] | [0x78, 0xC3, 0x9A, ..] if said => narrow(body),
        [b'H', b'4', b's', ..] | [b'e', b'A' | b'F' | b'J' | b'N', ..] if said => {
            decode::bytes_of_base64(body)?
        }
        _ => return None,
    };
    let mut plain = Vec::new();
    inflate::unpack(&bytes, &mut plain).then_some(plain)
}

/// A log that holds text writes each byte as the character of that number; others are taken as they stand.
fn narrow(text: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else { return text.to_vec() };
    text.chars().map_while(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}
