//! Small parts become one, through the program: what is found, proven and kept is as before.

use std::{fs, process::Command};

use crate::{
    lake::Kept,
    program::{NOW, verifier},
};

fn line(number: usize) -> String {
    format!(
        "203.0.113.{} - u{} [02/Mar/2026:00:{:02}:{:02} +0000] \"GET /p/{number} HTTP/1.1\" 200 {} \"-\" \"x\"\n",
        number % 50,
        number % 4,
        number / 60 % 60,
        number % 60,
        number * 31 % 5_000
    )
}

/// A lake that took a log in as it grew, in so many steps.
fn grown(more: &[&str], steps: usize) -> (Kept, String) {
    let kept = Kept::new();
    let path = kept.folder.path().join("access.log");
    let mut text = String::new();
    for step in 0..steps {
        text.extend((step * 100..(step + 1) * 100).map(line));
        fs::write(&path, &text).unwrap();
        kept.ingest(&[&path], &[&["--source", "web"], more].concat());
    }
    (kept, text)
}

/// Exit code, and what was said on both ways.
fn compact(kept: &Kept, arguments: &[&str]) -> (i32, String) {
    let given = ["compact", "--lang", "en", "--before", "2026-03-03", "--keep-free", "0"];
    let output = kept.run(&[&given, arguments].concat());
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn export(kept: &Kept, name: &str) -> String {
    let pack = kept.folder.path().join(name).to_str().unwrap().to_owned();
    let query = ["evidence", "export", "--query", "ip:203.0.113.9", "-o", &pack, "--at", NOW];
    let output = kept.run(&query);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    pack
}

fn is_sound(pack: &str) -> bool {
    Command::new(verifier()).arg(pack).output().unwrap().status.success()
}

fn works(more: &[&str]) {
    let (kept, text) = grown(more, 5);
    let before = kept.search(&["", "-f", "jsonl"]);
    let earlier = export(&kept, "before.zip");
    let (code, told) = compact(&kept, &["--dry-run"]);
    assert!(
        code == 0 && told.contains("web: 2026-03-02 to 2026-03-02, 5 parts, 500 lines"),
        "{told}"
    );
    assert_eq!(kept.files(".parquet").len(), 5);
    let (code, told) = compact(&kept, &["--at", NOW]);
    assert!(code == 0 && told.contains("5 parts") && told.contains("became 1"), "{told}");
    assert_eq!(kept.files(".parquet").len(), 6, "the old files stay an hour");
    let (code, told) = kept.verify();
    assert!(code == 0 && told.contains("500 rows of parts that were written anew"), "{told}");
    assert!(!told.contains("the log knows no such file"), "{told}");
    // Long after that hour.
    let (code, told) = compact(&kept, &[]);
    assert!(code == 0 && told.contains("of old files were removed"), "{told}");
    assert_eq!((kept.files(".parquet").len(), kept.files(".idx").len()), (1, 1));
    assert_eq!(kept.search(&["", "-f", "jsonl"]), before);
    assert_eq!(kept.search(&["", "-f", "raw"]), text.as_bytes());
    let (code, told) = kept.verify();
    assert_eq!(code, 0, "{told}");
    assert!(is_sound(&earlier) && is_sound(&export(&kept, "after.zip")));
    // The same lines bring nothing in, new ones come behind.
    let path = kept.folder.path().join("access.log");
    fs::write(&path, format!("{text}{}", line(500))).unwrap();
    kept.ingest(&[&path], &["--source", "web"]);
    assert_eq!(kept.search(&["", "-f", "raw"]), fs::read(&path).unwrap());
}

#[test]
fn parts_that_were_put_together_answer_and_prove_as_before() {
    works(&[]);
}

#[test]
fn an_encrypted_lake_is_compacted_as_well() {
    works(&["--encrypt"]);
}

#[test]
fn a_part_that_was_altered_is_told_and_stays() {
    let (kept, _) = grown(&[], 3);
    let path = kept.files(".parquet").remove(1);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (code, told) = compact(&kept, &["--at", NOW]);
    assert!(code == 4 && told.contains("is damaged"), "{told}");
    assert_eq!(kept.files(".parquet").len(), 3);
}

#[test]
fn a_time_that_has_not_come_and_a_level_that_is_none_are_refused() {
    let (kept, _) = grown(&[], 1);
    let (code, told) = compact(&kept, &["--at", "2999-01-01T00:00:00Z"]);
    assert!(code == 2 && told.contains("--dry-run"), "{told}");
    let (code, told) = compact(&kept, &["--level", "23"]);
    assert!(code == 2 && told.contains("23"), "{told}");
    let output = kept.run(&["compact", "--lang", "en", "--older-than", "4000000000", "--dry-run"]);
    assert_eq!(output.status.code(), Some(2));
}
