#![no_main]
//! Whatever stands in the companion of a part: it is read to its end, or told.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sancha_lake::laws::companion(bytes));
