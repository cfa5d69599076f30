//! Processors without lanes enough hash one message after the other.

use crate::{Algorithm, Hash32};

/// Messages worth waiting for.
pub(crate) const TOGETHER: usize = 1;

pub(crate) fn are_faster(_: Algorithm) -> bool {
    false
}

pub(crate) fn hash(_: Algorithm, _: &[&[u8]], _: &mut Vec<Hash32>) -> bool {
    false
}
