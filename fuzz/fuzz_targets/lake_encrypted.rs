#![no_main]
//! Whatever stands in an encrypted file of a lake: it is read to its end, or told.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use libfuzzer_sys::fuzz_target;
use sancha_lake::{
    disk::{Disk, PeriodKeys, SealedDisk},
    laws,
};

/// Keys of a month, so that heads which name it are read on; always the same, in the system's temporary folder.
static KEYS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join("sancha-fuzz-keys");
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let key = format!("sancha-period-key 2026-03 {}\n", "07".repeat(32));
    std::fs::write(folder.join("2026-03.key"), key).expect("the temporary folder can be written");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    laws::encrypted(bytes, &|inner| -> Arc<dyn Disk> {
        Arc::new(SealedDisk::new(inner, PeriodKeys::new(KEYS.clone())))
    });
});
