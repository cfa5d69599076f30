//! Answers of a lake that go into a file for which there is no room, and names that a source cannot have.

use std::{
    fs,
    process::{Command, Output},
};

use crate::{
    lake::Kept,
    program::{NOW, program},
};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A lake with so many different lines of one source.
fn kept(lines: u32) -> Kept {
    let kept = Kept::new();
    let log = kept.folder.path().join("access.log");
    let line = |number: u32| {
        let path = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            "203.0.113.9 - - [29/Oct/2026:10:00:00 +0800] \"GET /{path} HTTP/1.1\" 200 7 \"-\" \"x\"\n"
        )
    };
    fs::write(&log, (0..lines).map(line).collect::<String>()).unwrap();
    kept.ingest(&[&log], &["--source", "web"]);
    kept
}

#[test]
fn a_full_disk_is_told_with_the_file_and_the_way_out() {
    let kept = kept(3_000);
    for format in ["table", "jsonl", "csv", "raw", "parquet"] {
        let asked = ["search", "get", "-q", "-f", format, "-o", "/dev/full"];
        for (lang, words) in [("en", "the disk is full"), ("zh", "磁盘已满")] {
            let output = kept.run(&[&asked[..], &["--lang", lang]].concat());
            let text = said(&output);
            assert_eq!(output.status.code(), Some(5), "{format}: {text}");
            let is_clear = text.contains("/dev/full") && text.contains(words);
            assert!(is_clear && text.contains("-o"), "{format}: {text}");
        }
    }
    let count = kept.run(&["search", "get", "-q", "--count", "-o", "/dev/full", "--lang", "en"]);
    assert!(said(&count).contains("the disk is full"), "{}", said(&count));
}

#[test]
fn no_cut_file_is_left_behind() {
    let kept = kept(9_000);
    let file = kept.folder.path().join("answer");
    let shown = file.display();
    let questions = [
        format!("search get -q -f csv -o {shown}"),
        format!("search get -q -f parquet -o {shown}"),
        format!("search get -q -f raw --order time -o {shown}"),
        format!("sql 'select * from logs' -q -f csv -o {shown}"),
        format!("evidence export -q --query get --limit 9000 -o {shown}"),
    ];
    for question in questions {
        let room = |blocks: &str| {
            let script = format!(
                "ulimit -f {blocks}; trap '' XFSZ; exec {} {question} --lake {} --lang en",
                program().display(),
                kept.lake().display()
            );
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).env("SANCHA_KEYS", kept.folder.path().join("keys"));
            shell.output().unwrap()
        };
        let output = room("16");
        assert_eq!(output.status.code(), Some(5), "{question}: {}", said(&output));
        assert!(said(&output).contains(&format!("`{shown}`")), "{}", said(&output));
        assert!(!file.exists(), "{question}");
        let again = room("unlimited");
        assert_eq!(again.status.code(), Some(0), "{question}: {}", said(&again));
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_name_that_no_source_can_have_is_told_before_anything_is_read() {
    let kept = Kept::new();
    let log = kept.folder.path().join("access.log");
    fs::write(&log, "2026-10-29T10:00:00Z a line\n").unwrap();
    let log = log.to_str().unwrap();
    let ingest = |name: &str| {
        kept.run(&["ingest", log, "--source", name, "--at", NOW, "--lang", "en", "-q"])
    };
    for name in ["", "/", &"x".repeat(256), &"x".repeat(400)] {
        let output = ingest(name);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
        assert!(said(&output).contains("--source takes 1 to 255 bytes"), "{}", said(&output));
        assert!(!kept.lake().exists(), "{name}");
    }
    for name in ["x".repeat(255), "访".repeat(85)] {
        let output = ingest(&name);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    }
    let negated = kept.run(&["search", "-source:x", "--lang", "en"]);
    assert_eq!(negated.status.code(), Some(2), "{}", said(&negated));
}
