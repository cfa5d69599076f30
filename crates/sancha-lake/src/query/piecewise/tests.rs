//! Held against the naive way: every line put together, then searched.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    Lake,
    disk::{Disk, MemoryDisk},
    fixture::{AT, accept_text, key, with_settings},
    part::{Layout, Lines, Templates},
};

/// A lake of these lines, in small row groups.
fn lake(text: &str) -> Lake {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    accept_text(&disk, text);
    with_settings(|settings| {
        let layout = Layout { group_rows: 64, page_rows: 16, ..settings.layout };
        lake.settle(&crate::Settings { layout, ..*settings }, &key(), AT)
    })
    .unwrap();
    lake
}

/// By part: rows that are kept by the pieces, and those whose line has the pattern.
fn both(lake: &Lake, needle: &Needle) -> Vec<(Vec<usize>, Vec<usize>)> {
    let parts = lake.catalog().parts.values().map(|part| {
        let (scan, ranges) = lake.scan(part, &[]).unwrap().unwrap();
        let kept = narrow(scan.columns(), needle, &ranges).unwrap().unwrap();
        let (mut templates, mut row, mut naive) = (Templates::default(), 0, Vec::new());
        for batch in scan.columns().line_reader(&[], &ranges).unwrap() {
            let batch = batch.unwrap();
            let mut lines = Lines::new(&batch, &mut templates);
            for at in 0..batch.num_rows() {
                let mut line = Vec::new();
                lines.write(at, &mut line).unwrap();
                if needle.is_in(&line) {
                    naive.push(row);
                }
                row += 1;
            }
        }
        assert!(kept.is_certain);
        (kept.rows.into_iter().flatten().collect(), naive)
    });
    parts.collect()
}

fn auth_line() -> impl Strategy<Value = String> {
    let user = "(root|admin|a[a-z]{1,3}|用户|Failed)";
    (0u8..60, 1u16..500, user, 0u8..9, 0u8..4, any::<bool>()).prop_map(
        |(second, pid, user, octet, port, invalid)| {
            let invalid = if invalid { "invalid user " } else { "" };
            format!(
                "Mar  2 10:00:{second:02} web1 sshd[{pid}]: Failed password for {invalid}{user} from 192.0.2.{octet} port 4000{port} ssh2\n"
            )
        },
    )
}

fn web_line() -> impl Strategy<Value = String> {
    (0u8..60, "[a-z]{1,4}", 0u16..300, "(Mozilla/5.0 GET id=7|curl/8|-|\\\\x22)").prop_map(
        |(second, path, id, agent)| {
            format!(
                "192.0.2.7 - - [02/Mar/2026:10:00:{second:02} +0000] \"GET /{path}?id={id} HTTP/1.1\" 200 {id} \"-\" \"{agent}\"\n"
            )
        },
    )
}

fn odd_line() -> impl Strategy<Value = String> {
    "[ -~ü]{0,40}".prop_map(|text| text + "\n")
}

const PATTERNS: [&str; 10] = [
    r"Failed password for (invalid user )?[a-c]\w+",
    r"GET \S+id=\d+7 HTTP",
    r"id=\d7 .* 200 1",
    r"^Mar  2 10:00:0",
    r"ssh2$",
    r"\.7 port",
    r"(?i)failed",
    r"for 用户 from",
    r"d\[\d*5\]",
    r"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pieces_find_what_whole_lines_have(
        auth in any::<bool>(),
        lines in prop::collection::vec((auth_line(), web_line(), odd_line(), 0u8..10), 1..200),
    ) {
        let text: String = lines.into_iter().map(|(login, web, odd, which)| match which {
            0 => odd,
            _ if auth => login,
            _ => web,
        }).collect();
        let lake = lake(&text);
        for pattern in PATTERNS {
            let needle = Needle::regex(pattern).unwrap();
            for (kept, naive) in both(&lake, &needle) {
                prop_assert_eq!(kept, naive, "{}", pattern);
            }
        }
        for phrase in ["failed PASSWORD", "/a", "id", "admin", "7"] {
            let needle = Needle::phrase(phrase, false, false).unwrap();
            for (kept, naive) in both(&lake, &needle) {
                prop_assert_eq!(kept, naive, "{}", phrase);
            }
        }
    }
}
