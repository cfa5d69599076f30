//! Whatever people write into the text files of a lake, it is understood or told with its line.

use proptest::{prelude::*, sample::Index};

use super::{LakeConfig, parse_policies, saved_searches};

const FILES: [&str; 3] = [
    "store = \"s3://logs/unit-7\"\nendpoint = \"http://127.0.0.1:9000\"\nallow_http = true\nencrypt = \"unit-7\"\n",
    "[failed-logins]\nquery = \"outcome:failure -user:backup\"\nfrom = \"2026-11-01\"\n\n[二]\nquery = 'path:*.jsp'\n",
    "[default]\nmonths = 7\n\n[[source]]\nname = \"/var/log/nginx/*\"\ndays = 400\nquiet_hours = 2\n\n[[kind]]\nformat = \"postgresql/*\"\nmonths = 36\nbasis = \"the rule\"\n",
];

fn check(text: &str) {
    let lines = text.lines().count() + 1;
    if let Ok(config) = LakeConfig::parse(text) {
        assert_eq!(LakeConfig::parse(&config.to_text()), Ok(config), "what is written reads back");
    }
    let (searches, faults) = saved_searches(text);
    assert!(searches.len() <= lines && faults.iter().all(|fault| fault.line <= lines));
    if let Err(faults) = parse_policies("retention.toml", text) {
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.line <= lines));
    }
}

/// Pieces that mean something in such a file.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z\\[\\]\"'=.#\n\\\\ -]{0,12}",
        "\\PC{0,8}",
        any::<i64>().prop_map(|number| number.to_string()),
        Just("99999999999999999999999".to_owned()),
        Just("[[source]]\n".to_owned()),
        Just("months = ".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("[".repeat(400)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_files_are_understood_or_told(
        which in 0..FILES.len(),
        changes in prop::collection::vec((any::<Index>(), 0_usize..9, piece()), 1..4),
    ) {
        let mut text: Vec<char> = FILES[which].chars().collect();
        for (at, removed, piece) in changes {
            let at = at.index(text.len() + 1);
            text.splice(at..(at + removed).min(text.len()), piece.chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_is_understood_or_told(text in "\\PC{0,80}", lines in "[a-z\\[\\]\"'=.\n]{0,80}") {
        check(&text);
        check(&lines);
    }
}
