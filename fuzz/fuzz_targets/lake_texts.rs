#![no_main]
//! Whatever people write into the text files of a lake: it is understood, or told.

use libfuzzer_sys::fuzz_target;
use sancha_app::lake::{LakeConfig, parse_policies, saved_searches};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(config) = LakeConfig::parse(&text) {
        assert_eq!(LakeConfig::parse(&config.to_text()), Ok(config), "what is written reads back");
    }
    let lines = text.lines().count() + 1;
    let (searches, faults) = saved_searches(&text);
    assert!(searches.len() <= lines && faults.iter().all(|fault| fault.line <= lines));
    if let Err(faults) = parse_policies("retention.toml", &text) {
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.line <= lines));
    }
});
