#![no_main]
//! Whatever stands in a file of a lake's log: the lake has the entries that were signed, or it does not open.

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sancha_lake::{
    Lake,
    disk::{Disk, MemoryDisk},
    laws,
};
use sancha_seal::{KeyKind, SigningKey};

const FILES: [&str; 4] =
    ["seal/checkpoint", "seal/public.key", "seal/tile/0/000.p/1", "seal/tile/entries/000.p/1"];

static LAKE: LazyLock<MemoryDisk> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let key = SigningKey::from_seed("lake", KeyKind::Log, &[7; 32]).expect("a name and a seed");
    Lake::create(Arc::new(disk.clone()), &key, "2026-03-05T00:00:00Z").expect("memory takes it");
    disk
});

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let path = FILES[usize::from(*which) % FILES.len()];
    assert!(LAKE.length(path).is_ok(), "{path} is one of its files");
    let whole = Lake::open(Arc::new(LAKE.after_kill())).expect("it was made so");
    laws::log(bytes, path, Arc::new(LAKE.after_kill()), &whole);
});
