//! Logs taken in, found again and proven, through the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    program::{NOW, clock, program, root, verifier},
    same_try::bad_login,
};

/// A lake in a folder of its own, with its key outside.
pub(crate) struct Kept {
    pub(crate) folder: TempDir,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(program())
            .args(arguments)
            .arg("--lake")
            .arg(self.lake())
            .envs(clock(arguments))
            .env("SANCHA_KEYS", self.folder.path().join("keys"))
            .output()
            .unwrap()
    }

    pub(crate) fn ingest(&self, paths: &[&Path], more: &[&str]) -> Output {
        let paths: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let given = [&["ingest", "--at", NOW, "--lang", "en"], &paths[..], more].concat();
        let output = self.run(&given);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    pub(crate) fn search(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(&[&["search", "-q"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn verify(&self) -> (i32, String) {
        let output = self.run(&["verify", "--lang", "en"]);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        files_below(self.lake().join("data"), ending)
    }
}

/// Files below a folder with this ending, by path.
pub(crate) fn files_below(folder: PathBuf, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn nginx() -> PathBuf {
    root().join("samples/hospital/logs/nginx")
}

/// What `gzip -dc` and `cat` give for every file of a folder.
pub(crate) fn content(path: &Path) -> Vec<u8> {
    if path.extension().is_some_and(|ending| ending == "gz") {
        return Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout;
    }
    fs::read(path).unwrap()
}

#[test]
fn records_that_come_later_are_numbered_on() {
    let kept = Kept::new();
    let file = kept.folder.path().join("btmp");
    let record = |at: u64| bad_login(1_772_400_000 + at, 700);
    let records: Vec<u8> = (0..7).flat_map(record).collect();
    for known in [3, 7] {
        fs::write(&file, &records[..known * 384]).unwrap();
        kept.ingest(&[&file], &["--source", "btmp"]);
    }
    let rows = String::from_utf8(kept.search(&["source:btmp", "-f", "jsonl"])).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
    let lines: Vec<_> = rows.map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_table_shows_what_was_read_of_a_record_and_the_text_of_a_line() {
    let kept = Kept::new();
    let folder = kept.folder.path();
    let (record, text) = (bad_login(1_772_400_000, 700), b"Mar  2 00:00:00 web01 cron[7]: a\0b\n");
    for (name, bytes) in [("btmp", record.as_slice()), ("syslog", text)] {
        fs::write(folder.join(name), bytes).unwrap();
        kept.ingest(&[&folder.join(name)], &["--source", name]);
    }
    let table = |query: &str| String::from_utf8(kept.search(&[query])).unwrap();
    for part in ["btmp:1", "user_name=nobody", "source_ip=198.51.100.9"] {
        assert!(table("source:btmp").contains(part), "{part}: {}", table("source:btmp"));
    }
    let text = table("source:syslog");
    assert!(text.ends_with("syslog:1  Mar  2 00:00:00 web01 cron[7]: a\\x00b\n"), "{text}");
}

#[test]
fn every_line_comes_back_as_it_was() {
    let kept = Kept::new();
    let lines: &[&[u8]] = &[
        b"203.0.113.9 - - [02/Mar/2026:00:00:00 +0800] \"GET /a?b=%41 HTTP/1.1\" 200 007 \"-\" \"x\"\r\n",
        b"not a line of this format\n",
        b"\n",
        b"bytes \xff\xfe that are not UTF-8 \x00\x01\x02\n",
        "中文 日志 失败\n".as_bytes(),
        b"2001:db8::1 - root [02/Mar/2026:00:00:01 +0800] \"GET / HTTP/1.0\" 404 0 \"http://e/\" \"y 17_3\"\n",
        b"the last line has no end",
    ];
    let all = lines.concat();
    let file = kept.folder.path().join("odd.log");
    fs::write(&file, &all).unwrap();
    kept.ingest(&[&file], &["--source", "odd"]);
    assert_eq!(kept.search(&["source:odd", "-f", "raw"]), all);
}

#[test]
fn what_is_taken_in_twice_is_there_once() {
    let kept = Kept::new();
    let path = kept.folder.path().join("access.log");
    let rotated = kept.folder.path().join("access.log.1");
    let whole = content(&nginx().join("access.log.4.gz"));
    let half = whole.iter().take(whole.len() / 2).rposition(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&path, &whole[..half]).unwrap();
    kept.ingest(&[&path], &["--source", "web"]);
    // It grew and was rotated.
    fs::write(&rotated, &whole).unwrap();
    kept.ingest(&[&rotated], &["--source", "web"]);
    let again = kept.ingest(&[&rotated, &nginx().join("access.log.4.gz")], &["--source", "web"]);
    let told = String::from_utf8(again.stderr).unwrap();
    assert!(told.contains(" 0 new lines"), "{told}");
    assert_eq!(kept.search(&["", "-f", "raw"]), whole);
    let (code, text) = kept.verify();
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_search_finds_what_grep_finds() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &[]);
    let mut text = Vec::new();
    for entry in fs::read_dir(nginx()).unwrap() {
        text.extend(content(&entry.unwrap().path()));
    }
    let text = String::from_utf8(text).unwrap();
    let count = |query: &str| -> usize {
        let counted = kept.search(&[query, "--count"]);
        String::from_utf8(counted).unwrap().trim().parse().unwrap()
    };
    let grep = |holds: &dyn Fn(&str) -> bool| text.lines().filter(|line| holds(line)).count();
    assert_eq!(count(""), text.lines().count());
    let address = text.lines().find_map(|line| line.split(' ').next()).unwrap().to_owned();
    let first_is = |line: &str| line.split(' ').next() == Some(address.as_str());
    assert_eq!(count(&format!("src:{address}")), grep(&first_is));
    assert_eq!(count("*upload*"), grep(&|line| line.to_ascii_lowercase().contains("upload")));
    assert!(count("path:*upload*") > 0);
    assert_eq!(count("method:POST") + count("-method:POST"), text.lines().count());
    assert_eq!(count("(method:POST OR method:GET) /nowhere-at-all"), 0);
    let rows = kept.search(&["path:*upload*", "-f", "jsonl"]);
    for row in String::from_utf8(rows).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        assert!(row["url_path"].as_str().unwrap().to_ascii_lowercase().contains("upload"));
        assert!(row["time"].is_string() && row["line"].is_u64() && row["raw"].is_string(), "{row}");
    }
}

#[test]
fn sql_and_the_search_box_agree() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &[]);
    let sql = |query: &str| {
        let output = kept.run(&["sql", query, "-f", "csv"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let searched = kept.search(&["status:404", "--count"]);
    let counted = sql("SELECT count(*) AS n FROM logs WHERE http_status = 404");
    assert_eq!(counted, format!("n\r\n{}\r\n", String::from_utf8(searched).unwrap().trim()));
    let top = sql(
        "SELECT source_ip, count(*) AS n FROM logs GROUP BY source_ip ORDER BY n DESC, source_ip LIMIT 1",
    );
    let address = top.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let of_it =
        sql(&format!("SELECT raw FROM logs WHERE source_ip = '{address}' ORDER BY time, line"));
    let searched = kept.search(&[&format!("src:{address}"), "--count"]);
    let count: usize = String::from_utf8(searched).unwrap().trim().parse().unwrap();
    assert_eq!(of_it.lines().count(), count + 1);
    let wrong = kept.run(&["sql", "SELECT nothing FROM logs", "--lang", "en"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("nothing"));
}

/// Of the tiles that a log grew through, the one that it reads.
pub(crate) fn newest(folder: &Path) -> PathBuf {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max_by_key(number).unwrap()
}

#[test]
fn a_change_in_any_file_is_found_and_located() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &["--source", "web"]);
    assert_eq!(kept.verify().0, 0);
    let mut files = kept.files(".parquet");
    files.extend(kept.files(".idx"));
    let seal = kept.lake().join("seal");
    files.push(seal.join("checkpoint"));
    files.extend(["tile/0/000.p", "tile/entries/000.p"].map(|name| newest(&seal.join(name))));
    for path in files {
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut altered = whole.clone();
            altered[at] ^= 0x10;
            fs::write(&path, &altered).unwrap();
            let output = kept.run(&["verify", "--lang", "en"]);
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8(told).unwrap();
            assert_eq!(output.status.code(), Some(4), "{} byte {at}: {told}", path.display());
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(told.contains(name) || told.contains("the log"), "{name} byte {at}: {told}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(kept.verify().0, 0);
}

#[test]
fn a_search_over_a_damaged_file_says_so() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &["--source", "web"]);
    let path = kept.files(".parquet").pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let mut codes = Vec::new();
    for at in (0..whole.len()).step_by(whole.len() / 12) {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        fs::write(&path, &altered).unwrap();
        // Groups are put together from several streams, and each is told of the failure.
        for question in [
            &["search", "", "--count"][..],
            &["sql", "SELECT sum(length(raw)) FROM logs"],
            &["sql", "SELECT http_status, min(raw) FROM logs GROUP BY 1 ORDER BY 1"],
        ] {
            let output = kept.run(&[question, &["--lang", "en"]].concat());
            let told = String::from_utf8(output.stderr).unwrap();
            let code = output.status.code().unwrap();
            let is_told = code == 4 && told.contains("sancha verify") && !told.contains("panicked");
            assert!(code == 0 || is_told, "{at} {question:?}: {code} {told}");
            codes.push(code);
        }
    }
    assert!(codes.contains(&4), "{codes:?}");
}

#[test]
fn a_missing_file_and_two_swapped_ones_are_found() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &["--source", "web"]);
    let parts = kept.files(".parquet");
    let [one, other, ..] = &parts[..] else { panic!("{parts:?}") };
    let aside = kept.folder.path().join("aside");
    fs::rename(one, &aside).unwrap();
    let (code, told) = kept.verify();
    assert!(code == 4 && told.contains("missing"), "{told}");
    fs::rename(other, one).unwrap();
    fs::rename(&aside, other).unwrap();
    let (code, told) = kept.verify();
    assert!(code == 4 && told.contains("2 files are not as they were"), "{told}");
}

#[test]
fn exported_lines_are_verified_by_the_other_program() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &["--source", "web"]);
    let pack = kept.folder.path().join("pack.zip");
    let path = pack.to_str().unwrap();
    let export = |query: &str, more: &[&str]| {
        let given =
            ["evidence", "export", "--query", query, "-o", path, "--at", NOW, "--lang", "en"];
        kept.run(&[&given[..], more].concat())
    };
    let exported = export("path:*upload*", &[]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let count = kept.search(&["path:*upload*", "--count"]);
    let count = String::from_utf8(count).unwrap().trim().to_owned();
    let told = String::from_utf8(exported.stderr).unwrap();
    assert!(told.contains(&format!("exported {count} lines")), "{told}");
    let verify = || Command::new(verifier()).arg(&pack).output().unwrap();
    assert!(verify().status.success(), "{}", String::from_utf8_lossy(&verify().stdout));
    let mut altered = fs::read(&pack).unwrap();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    fs::write(&pack, altered).unwrap();
    assert_eq!(verify().status.code(), Some(4));
    let again = export("path:*upload*", &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("a pack replaces no file"));
    fs::remove_file(&pack).unwrap();
    let none = export("path:/nowhere-at-all", &[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8(none.stderr).unwrap().contains("no sealed line"));
    let many = export("", &["--limit", "10"]);
    assert!(String::from_utf8(many.stderr).unwrap().contains("more than 10 lines"));
    // The rows of a part are changed behind the lake's back: no proof is made of them.
    let part = kept.files(".parquet").pop().unwrap();
    let other = kept.files(".parquet").remove(0);
    fs::copy(&other, &part).unwrap();
    assert_eq!(export("", &["--limit", "100000"]).status.code(), Some(4));
}

#[test]
fn retention_says_how_far_back_a_source_reaches() {
    let kept = Kept::new();
    kept.ingest(&[&nginx()], &["--source", "web"]);
    let output = kept.run(&["retention", "prove", "-f", "jsonl", "--at", NOW]);
    let proof: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (proof["source"].as_str(), proof["verdict"].as_str()),
        (Some("web"), Some("begins_later"))
    );
    let count = String::from_utf8(kept.search(&["", "--count"])).unwrap();
    assert_eq!(proof["lines"].to_string(), count.trim());
    assert_eq!(proof["span"]["first"], "2026-10-19T16:00:02Z");
    let none = kept.run(&["retention", "prove", "--source", "other", "--lang", "en"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8(none.stderr).unwrap().contains("no source `other`"));
}

#[test]
fn two_files_that_begin_alike_are_both_kept() {
    let kept = Kept::new();
    let begin =
        "203.0.113.9 - - [02/Mar/2026:00:00:00 +0800] \"GET / HTTP/1.1\" 200 7 \"-\" \"x\"\n"
            .repeat(20);
    let names = ["one.log", "other.log"].map(|name| kept.folder.path().join(name));
    for (path, end) in names.iter().zip(["ends here\n", "ends there, and later\n"]) {
        fs::write(path, format!("{begin}{end}")).unwrap();
    }
    for turn in 0..2 {
        for path in &names {
            let output = kept.run(&[
                "ingest",
                path.to_str().unwrap(),
                "--source",
                "web",
                "--at",
                NOW,
                "--lang",
                "en",
            ]);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(0), "{told}");
            let is_told = turn == 0 && path.ends_with("other.log");
            assert_eq!(told.contains("kept on its own"), is_told, "{told}");
        }
    }
    let counted = |query: &str| String::from_utf8(kept.search(&[query, "--count"])).unwrap();
    assert_eq!((counted("\"ends here\""), counted("\"ends there\"")), ("1\n".into(), "1\n".into()));
    assert_eq!(counted(""), "42\n");
}

#[test]
fn a_full_disk_is_told_as_such() {
    // A file-size limit makes writes fail on any machine.
    let kept = Kept::new();
    let path = nginx();
    let command = format!(
        "ulimit -f 64; trap '' XFSZ; exec {} ingest {} --lake {} --lang en",
        program().display(),
        path.display(),
        kept.lake().display()
    );
    let output = Command::new("bash")
        .args(["-c", &command])
        .env("SANCHA_KEYS", kept.folder.path().join("keys"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(told.contains("failed to write") && !told.contains("damaged"), "{told}");
    kept.ingest(&[&path], &[]);
    assert_eq!(kept.verify().0, 0);
    let mut lines = 0;
    for entry in fs::read_dir(&path).unwrap() {
        lines += content(&entry.unwrap().path()).iter().filter(|byte| **byte == b'\n').count();
    }
    assert_eq!(kept.search(&["", "--count"]), format!("{lines}\n").into_bytes());
}

#[test]
fn more_days_are_taken_in_at_once_than_files_may_be_open() {
    let kept = Kept::new();
    let log = kept.folder.path().join("access.log");
    let mut lines = String::new();
    for month in ["Jan", "Feb", "Mar", "Apr", "May", "Jun"] {
        for day in 1..=28 {
            lines += &format!(
                "192.0.2.1 - - [{day:02}/{month}/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 7 \"-\" \"-\"\n"
            );
        }
    }
    fs::write(&log, &lines).unwrap();
    let command = format!(
        "ulimit -n 64; exec {} ingest {} --lake {} --lang en",
        program().display(),
        log.display(),
        kept.lake().display()
    );
    let output = Command::new("bash")
        .args(["-c", &command])
        .env("SANCHA_KEYS", kept.folder.path().join("keys"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(kept.files("parquet").len(), 168);
    assert_eq!(kept.search(&["", "-f", "raw"]), lines.into_bytes());
}

#[test]
fn what_is_wrong_is_said_with_the_way_out() {
    let kept = Kept::new();
    let none = kept.run(&["search", "a", "--lang", "en"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8(none.stderr).unwrap().contains("sancha ingest"));
    kept.ingest(&[&nginx()], &[]);
    for (query, told) in [
        ("nofield:1", "no field `nofield`"),
        ("ip:1.2.3", "character 1"),
        ("\"open", "quote is not closed"),
        ("(a", "parentheses"),
    ] {
        let output = kept.run(&["search", query, "--lang", "en"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(told), "{query}: {error}");
    }
    fs::remove_dir_all(kept.folder.path().join("keys")).unwrap();
    let path = nginx();
    let lost = kept.run(&["ingest", path.to_str().unwrap(), "--lang", "zh"]);
    assert_eq!(lost.status.code(), Some(2));
    assert!(String::from_utf8(lost.stderr).unwrap().contains("备份"));
}
