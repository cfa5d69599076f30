#![no_main]
//! Whatever a pack holds: verifying it ends, and it is not sound.

use libfuzzer_sys::fuzz_target;
use sancha_seal::evidence::verify;

const NAMES: [&str; 7] = [
    "data/records.jsonl",
    "data/proofs.json",
    "data/checkpoint.txt",
    "data/public.key",
    "manifest-sha256.txt",
    "bag-info.txt",
    "data/anchors/stamp.tsr",
];

fuzz_target!(|bytes: &[u8]| {
    let contents = bytes.split(|byte| *byte == 0xff).map(<[u8]>::to_vec);
    let files: Vec<_> = NAMES.iter().map(|name| name.to_string()).zip(contents).collect();
    assert!(!verify(&files, &[]).is_sound());
});
