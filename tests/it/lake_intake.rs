//! Logs on their way into a lake: files that begin alike, lines that are not whole yet, names and clocks.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    lake::Kept,
    program::{NOW, program},
};

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Kept {
    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Takes standard input in.
    pub(crate) fn ingest_input(&self, bytes: &[u8]) -> Output {
        let mut child = Command::new(program())
            .args(["ingest", "-", "--lang", "en", "--lake"])
            .arg(self.lake())
            .env("SANCHA_KEYS", self.folder.path().join("keys"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn lines_with(&self, word: &str) -> usize {
        let output = self.run(&["search", word, "-f", "raw", "-q"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        output.stdout.iter().filter(|byte| **byte == b'\n').count()
    }
}

pub(crate) fn lines(word: &str, count: usize) -> String {
    (0..count)
        .map(|at| {
            format!("Nov 20 08:{:02}:{:02} host app[7]: {word} number {at}\n", at / 60, at % 60)
        })
        .collect()
}

#[test]
fn files_with_the_same_long_beginning_are_all_kept_whatever_their_length() {
    let kept = Kept::new();
    let head = format!("{}\n", "# the same preamble in every file ".repeat(40));
    let days = [("mon", 90), ("tue", 60), ("wed", 30)];
    let paths: Vec<PathBuf> = days
        .iter()
        .map(|(day, count)| {
            kept.file(&format!("dhcp-{day}.log"), (head.clone() + &lines(day, *count)).as_bytes())
        })
        .collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    kept.ingest(&paths, &[]);
    let again = kept.ingest(&paths, &[]);
    assert!(said(&again).contains(" 0 new lines"), "{}", said(&again));
    for (day, count) in days {
        assert_eq!(kept.lines_with(day), count, "{day}");
    }
    assert_eq!(kept.verify().0, 0);
}

#[test]
fn a_log_that_begins_with_a_short_preamble_every_day_is_kept_every_day_and_once() {
    let kept = Kept::new();
    let head = "mysqld, Version: 8.0. started with:\nTcp port: 3306\nTime Id Command Argument\n";
    // First seen when it held nothing else.
    let path = kept.file("slow.log", head.as_bytes());
    kept.ingest(&[&path], &[]);
    for day in 1..=4 {
        let word = format!("day{day}");
        fs::write(&path, head.to_owned() + &lines(&word, 10)).unwrap();
        kept.ingest(&[&path], &[]);
        fs::write(&path, head.to_owned() + &lines(&word, 30)).unwrap();
        let output = kept.ingest(&[&path], &[]);
        assert!(said(&output).contains(" 20 new lines"), "{}", said(&output));
        fs::rename(&path, kept.folder.path().join(format!("slow.log.{day}"))).unwrap();
    }
    let rotated: Vec<PathBuf> =
        (1..=4).map(|day| kept.folder.path().join(format!("slow.log.{day}"))).collect();
    let rotated: Vec<&Path> = rotated.iter().map(PathBuf::as_path).collect();
    let output = kept.ingest(&rotated, &[]);
    assert!(said(&output).contains(" 0 new lines"), "{}", said(&output));
    for day in 1..=4 {
        assert_eq!(kept.lines_with(&format!("day{day}")), 30, "day {day}");
    }
}

#[test]
fn standard_input_that_begins_like_another_log_is_told_as_not_kept() {
    let kept = Kept::new();
    let first = kept.file("first.log", (lines("same", 40) + &lines("first", 5)).as_bytes());
    kept.ingest(&[&first], &[]);
    let input = lines("same", 40) + &lines("second", 9);
    let output = kept.ingest_input(input.as_bytes());
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("not kept. Save standard input"), "{}", said(&output));
    assert_eq!(kept.lines_with("second"), 0);
}

#[test]
fn a_line_that_is_being_written_is_taken_in_whole() {
    let kept = Kept::new();
    let half = lines("whole", 3) + "Nov 20 09:00:00 host sshd[9]: Failed password for admin fr";
    let path = kept.file("auth.log", half.as_bytes());
    let arguments = ["ingest", path.to_str().unwrap(), "--lang", "en"];
    let writer = path.clone();
    let other_half = thread::spawn(move || {
        thread::sleep(Duration::from_millis(900));
        let mut file = OpenOptions::new().append(true).open(writer).unwrap();
        file.write_all(b"om 203.0.113.9 port 22 ssh2\nNov 20 09:00:01 host sshd[9]: Connec")
            .unwrap();
    });
    let output = kept.run(&arguments);
    other_half.join().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("is not whole yet"), "{}", said(&output));
    let rows = kept.search(&["from 203.0.113.9", "-f", "jsonl"]);
    let row: Value = serde_json::from_slice(&rows).unwrap();
    assert_eq!((row["line"].as_u64(), row["event_outcome"].as_str()), (Some(4), Some("failure")));

    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"tion closed by 203.0.113.9\n").unwrap();
    let output = kept.run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(kept.search(&["", "-f", "raw", "--order", "time"]), fs::read(&path).unwrap());
    assert_eq!(kept.lines_with("\"Connection closed\""), 1);
}

#[test]
fn a_line_that_a_broken_archive_cuts_is_taken_in_from_the_whole_one() {
    let kept = Kept::new();
    let whole = lines("packed", 4_000);
    let path = kept.file("app.log", whole.as_bytes());
    assert!(Command::new("gzip").arg(&path).status().unwrap().success());
    let packed = kept.folder.path().join("app.log.gz");
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    let broken = kept.run(&["ingest", packed.to_str().unwrap(), "--at", NOW, "--lang", "en"]);
    assert_eq!(broken.status.code(), Some(3), "{}", said(&broken));
    fs::write(&packed, &bytes).unwrap();
    kept.ingest(&[&packed], &[]);
    assert_eq!(kept.search(&["", "-f", "raw"]), whole.as_bytes());
}

#[test]
fn a_source_with_a_long_chinese_path_is_kept_like_any_other() {
    let kept = Kept::new();
    let folder =
        "某市大数据局/取证材料/二〇二六年十一月网站服务器日志备份第一批次/门户网站与内部办公系统";
    let path = kept.file(&format!("{folder}/门户网站访问日志.log"), lines("long", 5).as_bytes());
    kept.ingest(&[&path], &[]);
    let longer = format!("{folder}/{folder}/{folder}/内部系统.log");
    kept.ingest(&[&kept.file(&longer, lines("longer", 6).as_bytes())], &[]);
    assert_eq!((kept.lines_with("long"), kept.lines_with("longer")), (5, 6));
    assert_eq!(kept.lines_with("source:*大数据局*访问日志* long"), 5);
    assert_eq!(kept.lines_with("source:…/*内部系统* longer"), 6);
    assert_eq!(kept.verify().0, 0);
}

#[test]
fn an_instant_that_dates_are_read_by_makes_no_log_older_than_it_is() {
    let kept = Kept::new();
    let path = kept.file("old.log", lines("old", 20).as_bytes());
    let given = ["ingest", path.to_str().unwrap(), "--at", "2025-02-01", "--lake"];
    let output = Command::new(program())
        .args(given)
        .arg(kept.lake())
        .env("SANCHA_KEYS", kept.folder.path().join("keys"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let applied = kept.run(&["retention", "apply"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    assert_eq!(kept.lines_with("old"), 20);
    // Dates without a year are of the year before that instant.
    let row = kept.search(&["\"number 0\"", "-f", "jsonl"]);
    let row: Value = serde_json::from_slice(&row).unwrap();
    assert!(row["time"].as_str().unwrap().starts_with("2024-11-20"), "{row}");
}

#[test]
fn lines_are_taken_in_while_somebody_else_writes_to_the_lake() {
    let kept = Kept::new();
    let first = kept.file("first.log", lines("first", 5).as_bytes());
    kept.ingest(&[&first], &[]);
    let lock = OpenOptions::new().append(true).open(kept.lake().join("seal/lock")).unwrap();
    lock.lock().unwrap();
    let holder = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        drop(lock);
    });
    let second = kept.file("second.log", lines("second", 7).as_bytes());
    kept.ingest(&[&second], &[]);
    holder.join().unwrap();
    assert_eq!(kept.lines_with("second"), 7);
}

#[test]
fn a_line_whose_date_cannot_be_is_kept_without_a_time_and_found() {
    let kept = Kept::new();
    let line = |date: &str, path: &str| {
        format!("203.0.113.9 - - [{date} +0000] \"GET {path} HTTP/1.1\" 200 7 \"-\" \"x\"\n")
    };
    let mut log = line("02/Mar/2026:10:00:00", "/now") + &line("02/Mar/9999:10:00:00", "/far");
    log += "{\"time\":\"0001-01-01T00:00:00Z\",\"msg\":\"zero of a program\"}\n";
    let access = kept.file("access.log", log.as_bytes());
    let zero = "{\"time\":\"0001-01-01T00:00:00Z\",\"level\":\"info\",\"msg\":\"zero\"}\n{\"time\":\"2026-03-02T10:00:00Z\",\"level\":\"info\",\"msg\":\"some\"}\n";
    let app = kept.file("app.json", zero.as_bytes());
    kept.ingest(&[&access, &app], &[]);
    let rows =
        |arguments: &[&str]| kept.search(arguments).iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(rows(&["", "-f", "raw"]), 5);
    assert_eq!(rows(&["", "-f", "raw", "--order", "time"]), 5);
    assert_eq!(rows(&["path:/far", "-f", "raw"]), 1);
    let in_period = kept.run(&["search", "path:/far", "--from", "2026-01-01", "--lang", "en"]);
    assert!(said(&in_period).contains("found without --from and --to"), "{}", said(&in_period));
    let days = kept
        .run(&["sql", "SELECT date_trunc('day', time) AS day, count(*) AS n FROM logs GROUP BY 1"]);
    assert_eq!(days.status.code(), Some(0), "{}", said(&days));
    assert_eq!(kept.verify().0, 0);
}

/// A place where no lake can be is the user's mistake, and is called so.
#[test]
fn a_place_that_cannot_hold_a_lake_is_named_with_the_way_out() {
    let kept = Kept::new();
    let log = kept.file("a.log", lines("word", 3).as_bytes());
    let file = kept.file("taken", b"something else");
    for place in [file.as_path(), &file.join("inside"), Path::new("/proc/sancha")] {
        let output = Command::new(program())
            .args(["ingest", "--lake"])
            .args([place, &log])
            .args(["--source", "a", "-q", "--lang", "en"])
            .arg("--keys")
            .arg(kept.folder.path().join("keys"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{place:?}: {}", said(&output));
        let said = said(&output);
        assert!(said.contains(&*place.to_string_lossy()), "{said}");
        assert!(said.contains("choose another place"), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"something else");
}

#[test]
fn a_count_goes_where_the_user_says() {
    let kept = Kept::new();
    let log = kept.file("a.log", lines("word", 3).as_bytes());
    let taken = kept.run(&["ingest", &log.to_string_lossy(), "--source", "a", "-q"]);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    let path = kept.folder.path().join("count.txt");
    let counted = kept.run(&["search", "word", "--count", "-q", "-o", &path.to_string_lossy()]);
    assert_eq!(counted.status.code(), Some(0), "{}", said(&counted));
    assert!(counted.stdout.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), "3\n");
}

/// Windows ends lines with two bytes; a log may be read between them.
#[test]
fn a_log_cut_between_the_two_bytes_of_a_line_end_goes_on() {
    let kept = Kept::new();
    let whole = lines("cut", 40).replace('\n', "\r\n");
    let path = kept.file("x.log", &whole.as_bytes()[..whole.len() - 1]);
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    kept.ingest(&[&path], &["-q"]);
    let grown = whole + "Nov 20 09:00:00 host app[7]: cut and more\r\n";
    fs::write(&path, &grown).unwrap();
    kept.ingest(&[&path], &["-q"]);
    assert_eq!(kept.search(&["cut", "--count"]), b"41\n");
    // What is left of the line end has no time, and may come first.
    let sorted = |mut bytes: Vec<u8>| {
        bytes.sort_unstable();
        bytes
    };
    assert_eq!(sorted(kept.search(&["", "-f", "raw"])), sorted(grown.into_bytes()));
}

/// What is sealed is not the file's own bytes; whoever relies on them has to know.
#[test]
fn that_utf_16_is_kept_as_utf_8_is_said_once() {
    let kept = Kept::new();
    let text = lines("wide", 5) + "Nov 20 08:00:09 host app[7]: 登录失败\n";
    let wide = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let path = kept.file("app.log", &wide(&text));
    let plain = kept.file("plain.log", lines("narrow", 5).as_bytes());
    let ingest = || {
        let paths = [path.to_str().unwrap(), plain.to_str().unwrap()];
        let output =
            kept.run(&[&["ingest"], &paths[..], &["--at", NOW, "-q", "--lang", "en"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output)
    };
    let first = ingest();
    assert!(first.contains("app.log: is in UTF-16 and is kept as UTF-8"), "{first}");
    assert!(!first.contains("plain.log: is in"), "{first}");
    assert_eq!(String::from_utf8(kept.search(&["wide OR 登录失败", "-f", "raw"])).unwrap(), text);
    fs::write(&path, wide(&(text + &lines("more", 2)))).unwrap();
    let second = ingest();
    assert!(!second.contains("UTF-16"), "{second}");
    assert_eq!(kept.lines_with("more"), 2);
}
