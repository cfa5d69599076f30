//! Sealed bodies: what the clients of web shells post to a script.

use super::probe::{COMMAND_NAMES, is_script};
use crate::web::decode;
use crate::web::scan::split_once;
use crate::web::value::Examiner;
use crate::web::{Kind, Layers, Part, Request};

/// Looks at what is posted to a script.
pub(in crate::web) fn examine_sealed(request: &Request<'_>, examiner: &mut Examiner<'_>) {
    if request.body.len() < SHORTEST || !request.method.eq_ignore_ascii_case(b"POST") {
        return;
    }
    let path = split_once(request.target, b'?').0.to_ascii_lowercase();
    if is_script(&path) && is_sealed(request) {
        examiner.raise(Kind::Webshell, 0.6, Part::Body, request.body, Layers::default());
    }
}

/// Sealed commands are longer than tokens.
const SHORTEST: usize = 120;

/// Ciphertext as the whole body, or in the one parameter that shells call their password: clients of web
/// shells seal what they send, and forms do not.
fn is_sealed(request: &Request<'_>) -> bool {
    let body = request.body.trim_ascii();
    let form = !request.content_type.to_ascii_lowercase().starts_with(b"multipart/");
    let (name, value) = split_once(body, b'=');
    let named = COMMAND_NAMES.contains(&name.to_ascii_lowercase().as_slice());
    let sealed = if named && !value.contains(&b'&') { value } else { body };
    let mut plain = Vec::new();
    decode::first_round(sealed, false, &mut plain);
    form && plain.len() >= SHORTEST && is_ciphertext(&plain)
}

/// Base64 all through, of bytes that are no text: as many of them above 0x7F as chance gives.
fn is_ciphertext(text: &[u8]) -> bool {
    let body = text
        .iter()
        .rposition(|b| *b != b'=')
        .map_or(text, |last| text.get(..=last).unwrap_or(text));
    let sextets: Option<Vec<u32>> =
        body.iter().take(400).map(|b| decode::sextet(*b).filter(|_| *b != b' ')).collect();
    let Some(sextets) = sextets else { return false };
    let bytes =
        sextets.chunks_exact(4).map(|four| four.iter().fold(0_u32, |bits, six| bits << 6 | six));
    let (mut high, mut count) = (0_usize, 0_usize);
    for bits in bytes {
        high += bits.to_be_bytes().iter().skip(1).filter(|b| **b >= 0x80).count();
        count += 3;
    }
    body.iter().skip(400).all(|b| decode::sextet(*b).is_some())
        && high * 3 > count
        && high * 3 < count * 2
}
