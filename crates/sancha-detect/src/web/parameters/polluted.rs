//! The same parameter several times: some servers take the first or last, some join them all, so that an attack
//! can be sent in pieces of which none is one.

use super::super::gate::{self, Place};
use super::super::scan::split_once;
use super::super::value::{Examiner, Role};
use super::super::{Part, decode};

/// More parameters than a form has, and lists of many values, are not put together.
const PAIRS: usize = 64;
const PIECES: usize = 8;
const JOINED: usize = 4096;

/// Examines what a repeated parameter means where its values are joined: with commas, as ASP.NET does, and as they are.
pub(super) fn examine(part: Part, text: &[u8], separators: &[u8], examiner: &mut Examiner<'_>) {
    let pairs = || text.split(|b| separators.contains(b)).take(PAIRS).map(|p| split_once(p, b'='));
    for (place, (name, value)) in pairs().enumerate() {
        let earlier = pairs().take(place).any(|(known, _)| known == name);
        let again = || pairs().skip(place + 1).filter(|(known, _)| *known == name);
        if name.is_empty() || is_list(name) || earlier || again().next().is_none() {
            continue;
        }
        let pieces = || std::iter::once(value).chain(again().map(|(_, value)| value)).take(PIECES);
        if pieces().map(<[u8]>::len).sum::<usize>() > JOINED
            || !pieces().any(|piece| gate::opens(piece, Place::Value))
        {
            continue;
        }
        for separator in [&b","[..], b""] {
            let mut joined = Vec::new();
            for piece in pieces() {
                if !joined.is_empty() {
                    joined.extend_from_slice(separator);
                }
                joined.extend_from_slice(piece);
            }
            examiner.value(part, Role::Value, &joined);
        }
    }
}

/// `tag[]`: said to be a list.
fn is_list(name: &[u8]) -> bool {
    let mut plain = Vec::new();
    decode::first_round(name, false, &mut plain);
    plain.ends_with(b"[]")
}
