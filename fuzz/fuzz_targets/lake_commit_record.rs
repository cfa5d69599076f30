#![no_main]
//! Whatever stands in the record of a commit to an object store: it is read to its end, or told.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sancha_lake::laws::commit_record(bytes));
