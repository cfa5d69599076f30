//! What pages are read with, kept by each thread from one row group to the next.

use std::{cell::Cell, io};

use super::page::Opener;

/// Room for more than so many bytes is given back.
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static KEPT: Cell<Option<Tools>> = const { Cell::new(None) };
}

/// A decompressor, and room for bytes. Making them takes longer than reading a page.
pub(in crate::part) struct Tools {
    pub(super) opener: Opener,
    /// Of the file, with [`PADDING`](super::bits::PADDING).
    pub(super) bytes: Vec<u8>,
}

impl Tools {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { opener: Opener::new()?, bytes: Vec::new() })
    }

    /// Lends this thread's tools to `reader`.
    pub(in crate::part) fn lend<R>(reader: impl FnOnce(&mut Self) -> R) -> io::Result<R> {
        let mut tools = KEPT.take().map_or_else(Self::new, Ok)?;
        let answer = reader(&mut tools);
        tools.opener.shrink_to(KEPT_BYTES);
        tools.bytes.truncate(KEPT_BYTES);
        tools.bytes.shrink_to(KEPT_BYTES);
        KEPT.set(Some(tools));
        Ok(answer)
    }
}
