#![no_main]
//! Whatever a rule file holds: it loads or it is told, and a good rule beside it loads.

use libfuzzer_sys::fuzz_target;
use sancha_detect::sigma::{RuleText, Rules};

const GOOD: &str = "title: good\nid: good\nlogsource: { category: webserver }\ndetection:\n  a: { c-uri: x }\n  condition: a\nlevel: low\n";

fuzz_target!(|bytes: &[u8]| {
    let yaml = String::from_utf8_lossy(bytes);
    let texts = [
        RuleText { path: "good.yml", yaml: GOOD },
        RuleText { path: "fuzz.yml", yaml: &yaml },
    ];
    let (rules, _) = Rules::parse(&texts);
    assert!(rules.list().iter().any(|rule| rule.path == "good.yml"));
});
