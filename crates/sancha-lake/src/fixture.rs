//! What tests of several modules begin with.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{EventTime, Fields};
use sancha_normalize::{FileContext, Formats};
use sancha_seal::{KeyKind, SigningKey};

use crate::{
    Settings,
    disk::{Disk, MemoryDisk},
    part::Layout,
    wal::{Chunk, Options, WalWriter},
};

pub(crate) const AT: &str = "2026-03-05T00:00:00Z";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("lake-test", KeyKind::Log, &[7; 32]).unwrap()
}

pub(crate) fn with_settings<T>(with: impl FnOnce(&Settings<'_>) -> T) -> T {
    let formats = Formats::new(Vec::new());
    let fields = Arc::new(Fields::new([]));
    let context = |_: &str, reference: EventTime| {
        FileContext::new(TimeZone::UTC, reference, Arc::clone(&fields))
    };
    with(&Settings { formats: &formats, context: &context, layout: Layout::default() })
}

/// One chunk of a stream, accepted by a writer of its own.
pub(crate) fn accept_text(disk: &Arc<dyn Disk>, text: &str) {
    let writer = WalWriter::new(Arc::clone(disk), Options::default());
    let chunk = Chunk {
        source: "web/access.log".to_owned(),
        stream: [1; 32],
        prefix: 1_024,
        offset: 0,
        line: 1,
        accepted_at: 1_772_000_000_000_000_000,
        reference: 1_772_000_000_000_000_000,
        bytes: text.as_bytes().to_vec(),
    };
    writer.append(&chunk).unwrap();
    writer.close().unwrap();
}

/// What a power cut leaves of a disk: of that which was not synced, as `seed` has it.
pub(crate) fn power_cut(disk: &MemoryDisk, seed: usize) -> MemoryDisk {
    let mut state = seed;
    disk.after_crash(|below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed + 1);
        (state >> 33) % below.max(1)
    })
}
