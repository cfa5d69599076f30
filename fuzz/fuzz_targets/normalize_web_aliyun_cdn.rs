#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sancha_normalize::laws::check_named("web/aliyun-cdn", bytes));
