//! What somebody runs into who uses the program for the first time: each slip is told, with the way out.

use std::{fs, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    lake::Kept,
    program::{NOW, investigate, sancha, start},
};

/// A request that raises a finding, at an hour of 28 October.
fn attack(hour: u8) -> String {
    format!(
        "203.0.113.9 - - [28/Oct/2026:{hour:02}:00:00 +0800] \"GET /a?q=1%27%20union%20select%20password%20from%20users--%20 HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n"
    )
}

fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Exit code, standard output and standard error, in English.
fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = sancha(folder.path(), &[arguments, &["--lang", "en"]].concat());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_period_that_is_over_before_it_begins_is_refused() {
    let folder = folder_with(&[("a.log", attack(10).as_bytes())]);
    for (from, to) in [("2026-10-29", "2026-10-28"), ("2026-10-28", "2026-10-28")] {
        let (exit, out, err) = run(&folder, &["detect", "a.log", "--from", from, "--to", to]);
        assert_eq!((exit, out.as_str()), (2, ""));
        assert!(err.contains("the day after"), "{err}");
    }
}

/// A report over a part of the logs says so wherever it says what the logs span.
#[test]
fn a_report_names_the_period_that_was_looked_at() {
    let text = attack(8) + &attack(20);
    let folder = folder_with(&[("a.log", text.as_bytes())]);
    let asked = ["--from", "2026-10-28 09:00", "--to", "2026-10-28 12:00"];
    let found = investigate(folder.path(), &["a.log"], &asked);
    assert!(found.findings().is_empty());
    let html = found.text("report.html");
    for text in [&found.stdout, &html] {
        assert!(
            text.contains("by --from and --to only records from 2026-10-28 09:00:00"),
            "{text}"
        );
        assert!(text.contains("Only 2026-10-28 09:00:00"), "{text}");
        assert!(!text.contains("is not in the logs read"), "{text}");
    }
    assert_eq!(found.json("coverage.json")["asked"]["from"], "2026-10-28T01:00:00Z");
    let whole = investigate(folder.path(), &["a.log"], &[]);
    assert!(whole.json("coverage.json").get("asked").is_none());
    assert_eq!(whole.findings().len(), 1);
}

#[test]
fn a_log_that_is_given_twice_is_told() {
    let text = attack(10);
    let folder = folder_with(&[("a.log", text.as_bytes()), ("b/a.log", text.as_bytes())]);
    let told = |paths: &[&str]| investigate(folder.path(), paths, &[]).stdout;
    assert!(told(&["a.log", "b"]).contains("b/a.log and a.log are the same to the byte"));
    assert!(!told(&["a.log"]).contains("same to the byte"));
}

#[test]
fn nothing_found_is_told_from_nothing_read() {
    let quiet = attack(10).replace("%27%20union%20select%20password%20from%20users--%20", "1");
    let folder = folder_with(&[("quiet.log", quiet.as_bytes()), ("bad.log", b"\x00\x01\n")]);
    let (exit, out, err) = run(&folder, &["detect", "quiet.log"]);
    assert_eq!((exit, out.as_str()), (0, ""));
    assert!(err.contains("files read: 1, records: 1 (not understood: 0); findings: 0"), "{err}");
    let (_, _, err) = run(&folder, &["detect", "quiet.log", "--matches"]);
    assert!(err.contains("matches: 0"), "{err}");
    assert_eq!(run(&folder, &["detect", "quiet.log", "-q"]).2, "");
}

#[test]
fn what_the_program_wrote_is_not_read_as_a_log() {
    let folder = folder_with(&[("logs/a.log", attack(10).as_bytes())]);
    let first = run(&folder, &["investigate", "logs", "-o", "logs/out", "--at", NOW]);
    assert_eq!(first.0, 0, "{}", first.2);
    let (exit, out, err) = run(&folder, &["detect", "logs"]);
    assert_eq!(exit, 3, "what was left out is told");
    assert_eq!(out.lines().count(), 1);
    assert!(err.contains("logs/out: it is a report or a lake that this program wrote"), "{err}");
}

#[test]
fn a_lake_is_made_in_no_folder_that_holds_something_else() {
    let folder = folder_with(&[("logs/a.log", attack(10).as_bytes()), ("new/lost+found/x", b"")]);
    let keys = folder.path().join("keys");
    let keys = keys.to_str().unwrap();
    let ingest = |lake: &str| {
        run(&folder, &["ingest", "logs/a.log", "--lake", lake, "--keys", keys, "--at", NOW])
    };
    let (exit, _, err) = ingest("logs");
    assert_eq!(exit, 2, "{err}");
    assert!(err.contains("such as a.log") && err.contains("new or an empty folder"), "{err}");
    assert_eq!(fs::read_dir(folder.path().join("logs")).unwrap().count(), 1);
    assert!(!folder.path().join("keys").exists(), "no key was made");
    assert_eq!(ingest("new").0, 0, "a disk of its own has a lost+found");
    assert_eq!(ingest("new").0, 0);
}

#[test]
fn own_rules_are_called_by_their_titles_and_run_alone() {
    let rule = "title: Admin page from outside\nid: 11111111-1111-4111-8111-111111111111\nstatus: test\nlevel: high\nlogsource: {category: webserver}\ndetection: {a: {c-uri|startswith: /admin}, condition: a}\n";
    let guess = |second: u8| {
        format!(
            "203.0.113.8 - - [28/Oct/2026:09:00:{second:02} +0800] \"POST /login HTTP/1.1\" 401 5 \"-\" \"x\"\n"
        )
    };
    let page =
        attack(10).replace("/a?q=1%27%20union%20select%20password%20from%20users--%20", "/admin");
    let log = (0..40).map(guess).collect::<String>() + &page;
    let wrong = rule.replace("level: high", "level: hihg");
    let folder = folder_with(&[
        ("a.log", log.as_bytes()),
        ("own/admin.yml", rule.as_bytes()),
        ("wrong/admin.yml", wrong.as_bytes()),
    ]);
    assert!(run(&folder, &["detect", "a.log", "-q"]).1.contains("brute_force"));
    let (_, out, _) = run(&folder, &["detect", "a.log", "-q", "--only-rules", "own"]);
    let found: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 1, "{out}");
    assert!(found[0]["summary"]["en"].as_str().unwrap().contains("Admin page from outside"));
    let (exit, out, err) = run(&folder, &["rules", "lint", "own"]);
    assert_eq!(exit, 0, "{err}");
    assert!((out + &err).contains("no tag tells a technique"));
    let (exit, out, err) = run(&folder, &["rules", "lint", "wrong"]);
    assert_ne!(exit, 0);
    assert!((out + &err).contains("`hihg` is no level of Sigma"));
}

#[test]
fn an_allow_list_that_names_no_such_rule_is_told() {
    let entry = "[[allow]]\nrules = [\"sancha.web.sqlii\"]\nreason = \"x\"\nowner = \"x\"\nfrom = 2026-01-01\nuntil = 2027-01-01\n";
    let folder = folder_with(&[("a.log", attack(10).as_bytes()), ("allow.toml", entry.as_bytes())]);
    let (_, _, err) = run(&folder, &["detect", "a.log", "--allow", "allow.toml", "--at", NOW]);
    assert!(err.contains("this run has no sancha.web.sqlii"), "{err}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = folder_with(&[("a.log", attack(10).as_bytes())]);
    let (exit, _, err) = run(&folder, &["investigate", "a.log", "-o", "a.log/out"]);
    assert_eq!(exit, 2, "{err}");
    assert!(err.contains("a.log/out") && err.contains("choose another place"), "{err}");
}

#[test]
fn lines_in_gbk_are_found_and_shown() {
    let kept = Kept::new();
    // 登录失败 (login failed) as older Chinese systems write it.
    let gbk = b"2026-10-28 10:00:00 \xb5\xc7\xc2\xbc\xca\xa7\xb0\xdc user=li\n";
    let text = [&gbk[..], "2026-10-28 10:00:01 登录失败 user=wang\n".as_bytes()].concat();
    let folder = folder_with(&[("app.log", &text), ("other.log", attack(10).as_bytes())]);
    let path = |name: &str| folder.path().join(name);
    kept.ingest(&[&path("app.log"), &path("other.log")], &[]);
    let count = |query: &str| String::from_utf8(kept.search(&[query, "--count"])).unwrap();
    for query in ["登录失败", "\"登录失败 user\"", "失败", "登录失败 OR *union*"] {
        let wanted = if query.contains("OR") { "3\n" } else { "2\n" };
        assert_eq!(count(query), wanted, "{query}");
    }
    assert_eq!(count("登出"), "0\n");
    for shown in [
        kept.search(&["li"]),
        kept.search(&["li", "-f", "csv"]),
        kept.search(&["li", "-f", "jsonl"]),
        kept.run(&["sql", "SELECT raw FROM logs WHERE raw LIKE '%登录%li'"]).stdout,
    ] {
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("登录失败 user=li"), "{shown}");
    }
    assert_eq!(kept.search(&["li", "-f", "raw"]), gbk, "bytes stay as they came");
}

/// Of two that take in their first logs at the same moment one makes the lake and its key; the other waits.
#[test]
fn who_finds_a_lake_being_made_waits_and_makes_no_other() {
    let kept = Kept::new();
    let log = kept.folder.path().join("a.log");
    fs::write(&log, attack(10)).unwrap();
    fs::create_dir_all(kept.lake().join("seal")).unwrap();
    let lock = fs::File::create_new(kept.lake().join("seal/lock")).unwrap();
    lock.lock().unwrap();
    let (lake, keys) = (kept.lake(), kept.folder.path().join("keys"));
    let [log, lake, of_keys] = [&log, &lake, &keys].map(|path| path.to_str().unwrap());
    let arguments = ["ingest", log, "--at", NOW, "--lake", lake, "--keys", of_keys];
    let mut second = start(kept.folder.path(), &arguments);
    // Long enough for it to make one, if it did not wait.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((second.try_wait().unwrap(), keys.exists()), (None, false));
    lock.unlock().unwrap();
    assert!(second.wait().unwrap().success());
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 1);
    assert_eq!(kept.verify().0, 0);
}
