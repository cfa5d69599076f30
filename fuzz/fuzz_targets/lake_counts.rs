#![no_main]
//! Whatever stands in the counts in a companion: it is read to its end, or told.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sancha_lake::laws::counts(bytes));
