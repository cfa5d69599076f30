#![no_main]
//! Whatever stands in a write-ahead file: it is read to its end, or told.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sancha_lake::laws::write_ahead(bytes));
