//! Encryption at rest through the program: every command needs the key, and nothing else shows lines.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::program::{NOW, clock, program, root, verifier};

struct Kept {
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(program())
            .args(arguments)
            .arg("--lake")
            .arg(self.lake())
            .args(["--lang", "en"])
            .envs(clock(arguments))
            .env("SANCHA_KEYS", self.keys())
            .output()
            .unwrap()
    }

    fn succeeds(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", told(&output));
        output.stdout
    }

    fn log(&self, name: &str, month: &str, lines: usize) -> (String, Vec<u8>) {
        let line = |at: usize| {
            format!(
                "198.51.100.77 - {name} [{:02}/{month}/2026:10:00:{:02} +0800] \"GET /{at} HTTP/1.1\" 200 7 \"-\" \"x\"\n",
                1 + at * 27 / lines.max(1),
                at % 60
            )
        };
        let text: String = (0..lines).map(line).collect();
        let path = self.folder.path().join(name);
        fs::write(&path, &text).unwrap();
        (path.to_str().unwrap().to_owned(), text.into_bytes())
    }

    /// The folder of the lake's keys of months.
    fn months(&self) -> PathBuf {
        let folders = fs::read_dir(self.keys()).unwrap().map(|entry| entry.unwrap().path());
        folders.into_iter().find(|path| path.is_dir()).unwrap()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn holds(path: &Path, word: &[u8]) -> bool {
    fs::read(path).unwrap().windows(word.len()).any(|window| window == word)
}

#[test]
fn every_command_works_on_an_encrypted_lake_and_no_file_shows_a_line() {
    let kept = Kept::new();
    let (path, lines) = kept.log("march.log", "Mar", 3_000);
    let nginx = root().join("samples/hospital/logs/nginx");
    kept.succeeds(&["ingest", &path, nginx.to_str().unwrap(), "--encrypt", "--at", NOW]);
    assert!(kept.succeeds(&["search", "user:march.log", "-f", "raw", "-q"]) == lines);
    let sql = "SELECT count(*) AS n FROM logs WHERE source_ip = '198.51.100.77'";
    let counted = String::from_utf8(kept.succeeds(&["sql", sql, "-f", "csv"])).unwrap();
    assert_eq!(counted.lines().collect::<Vec<_>>(), ["n", "3000"]);
    let count = kept.succeeds(&["search", "", "--count", "-q"]);
    kept.succeeds(&["verify"]);
    kept.succeeds(&["retention", "prove", "--at", NOW]);
    let pack = kept.folder.path().join("pack.zip");
    kept.succeeds(&[
        "evidence",
        "export",
        "--query",
        "user:march.log",
        "-o",
        pack.to_str().unwrap(),
    ]);
    assert!(Command::new(verifier()).arg(&pack).output().unwrap().status.success());
    for file in files(&kept.lake()) {
        for word in ["198.51.100.77", "march.log [", "GET /", "PAR1"] {
            assert!(!holds(&file, word.as_bytes()), "{}: {word}", file.display());
        }
    }
    let config = fs::read_to_string(kept.lake().join("lake.toml")).unwrap();
    assert!(config.contains("encrypt = \"sancha-lake-"), "{config}");
    // Without lake.toml the lake itself says that it is encrypted.
    fs::remove_file(kept.lake().join("lake.toml")).unwrap();
    assert_eq!(kept.succeeds(&["search", "", "--count", "-q"]), count);
    kept.succeeds(&["ingest", &path, "--at", NOW]);
    assert!(kept.succeeds(&["search", "user:march.log", "-f", "raw", "-q"]) == lines);
}

#[test]
fn without_the_key_every_command_names_its_file() {
    let kept = Kept::new();
    let (path, _) = kept.log("march.log", "Mar", 300);
    kept.succeeds(&["ingest", &path, "--source", "web", "--encrypt", "--at", NOW]);
    let key = kept.months().join("2026-03.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let aside = kept.folder.path().join("2026-03.key");
    fs::rename(&key, &aside).unwrap();
    let pack = kept.folder.path().join("pack.zip");
    for (command, code) in [
        (&["search", "user:march.log"][..], 3),
        (&["sql", "SELECT count(*) FROM logs WHERE source_ip = '198.51.100.77'"], 3),
        (&["verify"], 4),
        (&["evidence", "export", "--query", "web", "-o", pack.to_str().unwrap()], 2),
    ] {
        let output = kept.run(command);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output);
        assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
        assert!(said.contains("2026-03.key"), "{command:?}: {said}");
    }
    // A folder named with --keys counts before the environment.
    let elsewhere = kept.folder.path().join("elsewhere");
    let months = elsewhere.join(kept.months().file_name().unwrap());
    fs::create_dir_all(&months).unwrap();
    fs::rename(&aside, months.join("2026-03.key")).unwrap();
    let given = ["search", "", "--count", "-q", "--keys", elsewhere.to_str().unwrap()];
    assert_eq!(kept.succeeds(&given), b"300\n");
}

/// Two files of one name would be needed then, and putting one back would lose the other.
#[test]
fn a_key_that_is_missing_is_not_made_anew() {
    let kept = Kept::new();
    let (march, _) = kept.log("march.log", "Mar", 30);
    kept.succeeds(&["ingest", &march, "--source", "web", "--encrypt", "--at", NOW]);
    let key = kept.months().join("2026-03.key");
    let aside = kept.folder.path().join("2026-03.key");
    fs::rename(&key, &aside).unwrap();
    let (more, _) = kept.log("more.log", "Mar", 20);
    let (other, _) = kept.log("other.log", "Apr", 10);
    for path in [&other, &more] {
        let output = kept.run(&["ingest", path, "--source", "web", "--at", NOW]);
        let is_of_march = path == &more;
        assert_eq!(
            output.status.code(),
            Some(if is_of_march { 3 } else { 0 }),
            "{}",
            told(&output)
        );
        assert_eq!(told(&output).contains("2026-03.key"), is_of_march, "{}", told(&output));
    }
    assert!(!key.exists());
    fs::rename(&aside, &key).unwrap();
    kept.succeeds(&["ingest", &more, "--source", "web", "--at", NOW]);
    assert_eq!(kept.succeeds(&["search", "", "--count", "-q"]), b"60\n");
    kept.succeeds(&["verify"]);
}

#[test]
fn a_changed_bit_of_an_encrypted_file_is_found_in_it() {
    let kept = Kept::new();
    let (path, _) = kept.log("march.log", "Mar", 3_000);
    kept.succeeds(&["ingest", &path, "--source", "web", "--encrypt", "--at", NOW]);
    for ending in [".parquet", ".idx"] {
        let all = files(&kept.lake().join("data"));
        let file = all.iter().find(|path| path.to_str().unwrap().ends_with(ending)).unwrap();
        let bytes = fs::read(file).unwrap();
        for at in [3, 15, 22, 30, 64, bytes.len() / 2, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 2;
            fs::write(file, &other).unwrap();
            let output = kept.run(&["verify"]);
            let name = file.file_name().unwrap().to_str().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output);
            assert_eq!(output.status.code(), Some(4), "{at}: {text}");
            assert!(text.contains(name), "{at}: {text}");
        }
        fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(kept.run(&["verify"]).status.code(), Some(4), "cut short");
        fs::write(file, &bytes).unwrap();
    }
    kept.succeeds(&["verify"]);
}

#[test]
fn a_key_goes_when_nothing_needs_it_any_more() {
    let kept = Kept::new();
    let (march, _) = kept.log("march.log", "Mar", 100);
    kept.succeeds(&["ingest", &march, "--source", "web", "--encrypt", "--at", NOW]);
    let key = kept.months().join("2026-03.key");
    let refused = kept.run(&["key", "shred", "--period", "2026-03", "--at", NOW]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("are still kept") && key.exists(), "{}", told(&refused));
    for (period, words) in [("2026-04", "no such key"), ("March", "write 2026-03")] {
        let output = kept.run(&["key", "shred", "--period", period]);
        assert!(
            output.status.code() == Some(2) && told(&output).contains(words),
            "{}",
            told(&output)
        );
    }
    // The month in which lines were taken in has a key too, for write-ahead files; those are settled.
    let now = kept.months().join("2026-10.key");
    assert!(now.exists());
    kept.succeeds(&["key", "shred", "--period", "2026-10", "--at", NOW]);
    assert!(!now.exists() && kept.months().join("2026-10.destroyed").exists());
    kept.succeeds(&["verify"]);
    assert_eq!(kept.succeeds(&["search", "", "--count", "-q"]), b"100\n");
    // It is made anew when lines come.
    let (april, _) = kept.log("april.log", "Apr", 50);
    kept.succeeds(&["ingest", &april, "--source", "web", "--at", NOW]);
    assert!(now.exists());
    assert_eq!(kept.succeeds(&["search", "", "--count", "-q"]), b"150\n");
}

#[test]
fn a_lake_is_encrypted_from_its_beginning_or_not() {
    let kept = Kept::new();
    let (path, _) = kept.log("march.log", "Mar", 10);
    kept.succeeds(&["ingest", &path, "--source", "web", "--at", NOW]);
    let refused = kept.run(&["ingest", &path, "--source", "web", "--encrypt", "--at", NOW]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("made without encryption"), "{}", told(&refused));
    let none = kept.run(&["key", "shred", "--period", "2026-03"]);
    assert!(
        none.status.code() == Some(2) && told(&none).contains("not encrypted"),
        "{}",
        told(&none)
    );
}

/// Files of a part that was written anew stay an hour; their month's key may be destroyed before they go.
#[test]
fn what_has_no_key_any_more_can_still_be_removed() {
    let kept = Kept::new();
    let (path, _) = kept.log("a.log", "Mar", 40);
    kept.succeeds(&["ingest", &path, "--encrypt", "-q", "--at", "2026-04-02T00:00:00Z"]);
    let at = |hour: &str| format!("2026-11-20T{hour}:00:00Z");
    kept.succeeds(&["compact", "-q", "--at", &at("01")]);
    kept.succeeds(&["retention", "apply", "--at", &at("01")]);
    kept.succeeds(&["key", "shred", "--period", "2026-03", "--at", &at("01")]);
    assert!(!files(&kept.lake().join("data")).is_empty());
    kept.succeeds(&["retention", "apply", "--at", &at("03")]);
    assert_eq!(files(&kept.lake().join("data")), Vec::<PathBuf>::new());
}

/// A lost key is a lost month, and no more than that.
#[test]
fn the_other_months_answer_without_the_key_of_one() {
    let kept = Kept::new();
    for (name, month) in [("a.log", "Mar"), ("b.log", "May")] {
        let (path, _) = kept.log(name, month, 40);
        kept.succeeds(&["ingest", &path, "--encrypt", "-q", "--at", "2026-06-02T00:00:00Z"]);
    }
    fs::rename(kept.months().join("2026-03.key"), kept.folder.path().join("lost")).unwrap();
    let search = kept.run(&["search", "198.51.100.77", "--count", "-q"]);
    assert_eq!((search.status.code(), search.stdout.as_slice()), (Some(3), &b"40\n"[..]));
    assert!(told(&search).contains("2026-03.key"), "{}", told(&search));
    let sql = kept.run(&["sql", "SELECT count(*) AS n FROM logs WHERE url_path IS NOT NULL"]);
    assert!(sql.status.code() == Some(3) && told(&sql).contains("2026-03.key"), "{}", told(&sql));
    assert!(String::from_utf8_lossy(&sql.stdout).contains("40"));
    let verify = kept.run(&["verify"]);
    let said = String::from_utf8_lossy(&verify.stdout);
    assert!(verify.status.code() == Some(4) && said.contains("2026-03.key"), "{said}");
    let compact = kept.run(&["compact", "--at", NOW]);
    assert_eq!(compact.status.code(), Some(3), "{}", told(&compact));
    assert!(told(&compact).contains("2026-03.key"), "{}", told(&compact));
    let pack = kept.run(&["evidence", "export", "--query", "GET", "-o", "p.zip"]);
    assert!(!pack.status.success(), "a pack that lacks a month is none");
}

/// Puts another key, well formed, in the place of a month's; the right one is kept aside.
fn mistake(kept: &Kept, month: &str) -> PathBuf {
    let key = kept.months().join(format!("{month}.key"));
    let aside = kept.folder.path().join(format!("{month}.right"));
    fs::rename(&key, &aside).unwrap();
    fs::write(&key, format!("sancha-period-key {month} {}\n", "5a".repeat(32))).unwrap();
    aside
}

/// Whoever looks for a key that is there, looks in vain; which one is the wrong one has to be said.
#[test]
fn a_key_that_does_not_open_its_month_is_not_called_missing() {
    let kept = Kept::new();
    for (name, month) in [("a.log", "Mar"), ("b.log", "May")] {
        let (path, _) = kept.log(name, month, 40);
        kept.succeeds(&["ingest", &path, "--encrypt", "-q", "--at", "2026-06-02T00:00:00Z"]);
    }
    let aside = mistake(&kept, "2026-03");
    let key = kept.months().join("2026-03.key");
    for wrong in [fs::read(&key).unwrap(), b"not a key\n".to_vec(), Vec::new()] {
        fs::write(&key, &wrong).unwrap();
        let search = kept.run(&["search", "198.51.100.77", "--count", "-q"]);
        let found = String::from_utf8_lossy(&search.stdout);
        // Those of May, and from the second time on lines of March that wait for its key.
        assert!(search.status.code() == Some(3) && ["40\n", "50\n"].contains(&&*found), "{found}");
        let said = told(&search);
        assert!(said.contains("2026-03.key` does not open") && said.lines().count() == 1, "{said}");
        let verify = kept.run(&["verify"]);
        let said = String::from_utf8_lossy(&verify.stdout);
        assert!(verify.status.code() == Some(4) && said.contains("does not open"), "{said}");
        // Nothing is encrypted with it: with the right one back that would be lost.
        let (more, _) = kept.log("more.log", "Mar", 10);
        let ingest = kept.run(&["ingest", &more, "--at", "2026-07-02T00:00:00Z"]);
        let said = told(&ingest);
        assert!(ingest.status.code() == Some(3) && said.contains("does not open"), "{said}");
        assert_eq!(fs::read(&key).unwrap(), wrong);
    }
    fs::rename(aside, &key).unwrap();
    let (other, _) = kept.log("other.log", "May", 5);
    kept.succeeds(&["ingest", &other, "--at", "2026-07-02T00:00:00Z"]);
    assert_eq!(kept.succeeds(&["search", "198.51.100.77", "--count", "-q"]), b"95\n");
    kept.succeeds(&["verify"]);
}

/// What was accepted and waits to be sealed is encrypted with the key of the month in which it came.
#[test]
fn lines_that_wait_under_a_lost_key_stop_nothing_and_are_there_when_it_is_back() {
    let kept = Kept::new();
    for (name, month) in [("a.log", "Mar"), ("b.log", "May")] {
        let (path, _) = kept.log(name, month, 40);
        kept.succeeds(&["ingest", &path, "--encrypt", "-q", "--at", "2026-06-02T00:00:00Z"]);
    }
    let key = |month: &str| kept.months().join(format!("{month}.key"));
    let aside = kept.folder.path().join("aside");
    let (c, _) = kept.log("c.log", "Mar", 20);
    let (d, _) = kept.log("d.log", "May", 10);
    let ingest = |path: &str, at: &str| {
        let output = kept.run(&["ingest", path, "--at", at]);
        (output.status.code(), told(&output))
    };
    let count = || {
        let output = kept.run(&["search", "198.51.100.77", "--count", "-q"]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    let answer = |code: i32, lines: &str| (Some(code), lines.to_owned());

    // Lines of March are accepted, and wait for its key; other lines need not.
    fs::rename(key("2026-03"), &aside).unwrap();
    let (code, said) = ingest(&c, "2026-07-02T00:00:00Z");
    assert!(code == Some(3) && said.contains("2026-03.key"), "{code:?} {said}");
    assert_eq!(count(), answer(3, "60"));
    let (code, said) = ingest(&d, "2026-07-02T00:00:00Z");
    assert!(code == Some(3) && said.contains("2026-03.key"), "{code:?} {said}");
    assert_eq!(count(), answer(3, "70"));
    fs::rename(&aside, key("2026-03")).unwrap();
    assert_eq!(count(), answer(0, "110"));

    // Now that which waits cannot be read itself.
    fs::rename(key("2026-07"), &aside).unwrap();
    let waiting = files(&kept.lake().join("wal"));
    assert_eq!(count(), answer(3, "90"));
    let sql = ["sql", "SELECT count(*) FROM logs WHERE url_path LIKE '/%'"];
    let report = kept.folder.path().join("report");
    for (command, code) in [
        (&["search", "198.51.100.77"][..], 3),
        (&sql, 3),
        (&["tail", "198.51.100.77"], 3),
        (&["verify"], 4),
        (&["investigate", "-o", report.to_str().unwrap(), "--at", NOW], 3),
        (&["retention", "prove", "--at", NOW], 0),
        (&["compact", "--at", NOW], 0),
    ] {
        let output = kept.run(command);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output);
        assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
        assert!(code == 0 || said.contains("2026-07.key"), "{command:?}: {said}");
    }
    let (e, _) = kept.log("e.log", "May", 5);
    for path in [&e, &c] {
        let (code, said) = ingest(path, "2026-08-02T00:00:00Z");
        assert!(code == Some(3) && said.contains("2026-07.key"), "{code:?} {said}");
    }
    assert!(waiting.iter().all(|path| path.exists()));
    assert_eq!(count(), answer(3, "115"));

    // With the key back each line is there once.
    fs::rename(&aside, key("2026-07")).unwrap();
    assert_eq!(ingest(&d, "2026-08-02T00:00:00Z").0, Some(0));
    assert_eq!(count(), answer(0, "115"));
    kept.succeeds(&["verify"]);
    assert!(
        files(&kept.lake().join("wal")).iter().all(|path| path.extension() != Some("wal".as_ref()))
    );
}

#[test]
fn the_newest_rows_and_what_is_retained_are_told_without_the_key_of_one_month() {
    let kept = Kept::new();
    for (name, month) in [("a.log", "May"), ("b.log", "Mar")] {
        let (path, _) = kept.log(name, month, 40);
        kept.succeeds(&[
            "ingest",
            &path,
            "--source",
            name,
            "--encrypt",
            "-q",
            "--at",
            "2026-06-02T00:00:00Z",
        ]);
    }
    fs::rename(kept.months().join("2026-05.key"), kept.folder.path().join("lost")).unwrap();
    let tail = kept.run(&["tail", "198.51.100.77", "-n", "3", "--format", "raw"]);
    let said = told(&tail);
    assert!(tail.status.code() == Some(3) && said.contains("2026-05.key"), "{said}");
    assert_eq!(String::from_utf8_lossy(&tail.stdout).matches("/Mar/2026").count(), 3);
    let prove = |more: &[&str]| kept.run(&[&["retention", "prove", "--at", NOW], more].concat());
    let all = prove(&["-f", "jsonl"]);
    let said = told(&all);
    let stated = String::from_utf8_lossy(&all.stdout);
    assert_eq!(all.status.code(), Some(3), "{said}");
    assert!(said.contains("a.log: nothing is stated") && said.contains("2026-05.key"), "{said}");
    assert!(stated.contains("\"b.log\"") && !stated.contains("\"a.log\""), "{stated}");
    assert_eq!(prove(&["--source", "b.log"]).status.code(), Some(0));
    let one = prove(&["--source", "a.log"]);
    assert!(one.status.code() == Some(2) && told(&one).contains("2026-05.key"), "{}", told(&one));
}
