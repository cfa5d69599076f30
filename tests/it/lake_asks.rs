//! Detection over what a lake keeps, the newest lines, saved and ordered searches, through the program.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::channel,
    time::Duration,
};

use regex::Regex;
use serde_json::Value;

use crate::{
    lake::Kept,
    program::{NOW, Result, investigate, program, root, verifier},
};

/// Investigates what a lake keeps, with the options of a run over files.
fn over(kept: &Kept, folder: &Path, options: &[&str]) -> Result {
    let lake = kept.lake();
    let given = [&["--lake", lake.to_str().unwrap()], options].concat();
    investigate(folder, &[], &given)
}

fn ingest(kept: &Kept, folder: &Path, paths: &[&str]) {
    let output = Command::new(program())
        .arg("ingest")
        .args(paths)
        .args(["--at", NOW, "--lang", "en", "--lake"])
        .arg(kept.lake())
        .current_dir(folder)
        .env("SANCHA_KEYS", kept.lake().with_file_name("keys"))
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(code == Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Text with files and streams called by their source.
fn by_source(text: &str) -> String {
    let stream = Regex::new("@[0-9a-f]{12}").unwrap();
    let rotated = Regex::new(r"\.log(\.[0-9]+)?(\.gz)?").unwrap();
    let text = stream.replace_all(text, "");
    rotated.replace_all(&text, ".log").into_owned()
}

/// Findings without their ids, which are made of paths, sorted, and so their evidence.
fn findings(result: &Result) -> Vec<String> {
    let bare = |mut finding: Value| {
        finding.as_object_mut().unwrap().remove("id");
        let evidence = finding["evidence"].as_array_mut().unwrap();
        evidence.sort_by_key(|record| by_source(&format!("{}:{}", record["path"], record["line"])));
        by_source(&finding.to_string())
    };
    let mut found: Vec<_> = result.findings().into_iter().map(bare).collect();
    found.sort();
    found
}

/// Every conclusion of the cases with its sentences.
fn conclusions(result: &Result) -> Vec<String> {
    let report = result.json("report.json");
    let mut found = Vec::new();
    for case in report["cases"].as_array().unwrap() {
        for leg in ["incident", "operator_duty", "supervision"] {
            for one in case[leg].as_array().unwrap() {
                let texts = one["statements"].as_array().unwrap().iter();
                let texts: Vec<_> =
                    texts.map(|said| by_source(&said["text"].to_string())).collect();
                found.push(format!("{leg} {} {} {texts:?}", one["id"], one["status"]));
            }
        }
    }
    found.sort();
    found
}

fn differ(one: &[String], other: &[String]) -> String {
    let only = |list: &[String], of: &[String]| {
        list.iter().filter(|text| !of.contains(text)).cloned().collect::<Vec<_>>().join("\n")
    };
    format!(
        "{} and {}; only in one:\n{}\nonly in the other:\n{}",
        one.len(),
        other.len(),
        only(one, other),
        only(other, one)
    )
}

/// The samples but the file that is empty: it leaves nothing in a lake.
const LOGS: [&str; 6] = [
    "logs/audit",
    "logs/auth.log*",
    "logs/btmp",
    "logs/cron.log*",
    "logs/nginx",
    "logs/postgresql",
];

/// The samples are of many kinds: packed and rotated, text and records of a fixed size.
#[test]
fn a_lake_is_investigated_as_the_files_it_was_made_of() {
    let folder = root().join("samples/hospital");
    let kept = Kept::new();
    ingest(&kept, &folder, &LOGS);
    let options = ["--operator", "operator.toml", "-q"];
    let files = investigate(&folder, &LOGS, &options);
    let lake = over(&kept, &folder, &options);
    assert_eq!(files.exit, lake.exit, "{}", lake.stderr);
    let (one, other) = (findings(&files), findings(&lake));
    assert!(one == other && !one.is_empty(), "{}", differ(&one, &other));
    let (one, other) = (conclusions(&files), conclusions(&lake));
    assert!(one == other && !one.is_empty(), "{}", differ(&one, &other));
    let matches = |result: &Result| {
        let mut lines: Vec<_> = result.text("matches.jsonl").lines().map(by_source).collect();
        lines.sort();
        lines
    };
    assert!(matches(&files) == matches(&lake));
    // Each file is a stream with the same bytes.
    let digests = |result: &Result| -> BTreeMap<String, (Value, Value)> {
        let coverage = result.json("coverage.json");
        let files = coverage["files"].as_array().unwrap().iter();
        let of = |file: &Value| {
            (file["sha256"].to_string(), (file["parsed"].clone(), file["format"].clone()))
        };
        files.map(of).collect()
    };
    assert_eq!(digests(&files), digests(&lake));
    let coverage = lake.json("coverage.json");
    assert_eq!(coverage["lake"]["parts"], coverage["lake"]["parts_read"]);
    assert!(lake.text("report.html").contains(coverage["lake"]["log_root"].as_str().unwrap()));
    assert!(files.json("coverage.json").get("lake").is_none());
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let folder = root().join("samples/hospital");
    let kept = Kept::new();
    ingest(&kept, &folder, &["logs/nginx", "logs/auth.log"]);
    let run = |threads: &str| over(&kept, &folder, &["-q", "--threads", threads]);
    let one = run("1");
    for threads in ["2", "3"] {
        let other = run(threads);
        for name in ["report.json", "findings.jsonl", "matches.jsonl", "coverage.json"] {
            assert!(one.text(name) == other.text(name), "{name} differs on {threads} threads");
        }
    }
}

#[test]
fn a_period_reads_the_parts_that_can_hold_it() {
    let folder = root().join("samples/hospital");
    let kept = Kept::new();
    ingest(&kept, &folder, &["logs"]);
    let period = ["--from", "2026-10-28", "--to", "2026-10-29", "-q"];
    let files = investigate(&folder, &["logs"], &period);
    let lake = over(&kept, &folder, &period);
    let (one, other) = (findings(&files), findings(&lake));
    assert!(one == other && !one.is_empty(), "{}", differ(&one, &other));
    let read = &lake.json("coverage.json")["lake"];
    assert!(read["parts_read"].as_u64() < read["parts"].as_u64(), "{read}");
    assert_eq!(read["from"], "2026-10-27T16:00:00Z");
    // Of one source only, with a rule that did not exist when the lines were taken in.
    let rules = kept.lake().with_file_name("rules");
    fs::create_dir(&rules).unwrap();
    let rule = "title: every login page\nid: 0c2b7c9e-5d0f-4d0b-8a53-2f6f3f1f6a11\nlogsource: { category: webserver }\ndetection:\n  a: { cs-uri-stem|contains: login }\n  condition: a\nlevel: medium\n";
    fs::write(rules.join("new.yml"), rule).unwrap();
    let detect = |more: &[&str]| {
        let lake = kept.lake();
        let given = ["detect", "--lake", lake.to_str().unwrap(), "--only-rules"];
        let output = Command::new(program())
            .args(given)
            .arg(&rules)
            .args(["--matches", "-q", "--at", NOW, "--lang", "en"])
            .args(more)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, found) = detect(&["--source", "*nginx/access*"]);
    let counted = kept.search(&["path:*login* source:*access*", "--count"]);
    let counted: usize = String::from_utf8(counted).unwrap().trim().parse().unwrap();
    assert_eq!((code, found.lines().count()), (Some(0), counted));
    let (code, told) = detect(&["--source", "nowhere"]);
    assert!(code == Some(2) && told.contains("retention prove"), "{told}");
    let (code, told) = detect(&["--follow"]);
    assert!(code == Some(2) && told.contains("sancha tail"), "{told}");
    let mixed = over(&kept, &folder, &["logs"]);
    assert!(mixed.exit == 2 && mixed.stderr.contains("leave out --lake"), "{}", mixed.stderr);
}

#[test]
fn a_part_that_is_gone_is_told_and_the_others_are_read() {
    let folder = root().join("samples/hospital");
    let kept = Kept::new();
    ingest(&kept, &folder, &["logs/nginx"]);
    let part = kept.files(".parquet").pop().unwrap();
    let lost = part.file_name().unwrap().to_str().unwrap().to_owned();
    fs::remove_file(&part).unwrap();
    let found = over(&kept, &folder, &[]);
    assert_eq!(found.exit, 4, "{}", found.stderr);
    assert!(found.stderr.contains(&lost) && !found.findings().is_empty(), "{}", found.stderr);
    assert_eq!(found.json("coverage.json")["problems"][0]["kind"], "lake_damaged");
}

fn verify(pack: &Path) -> (Option<i32>, String) {
    let output = Command::new(verifier()).arg(pack).args(["--lang", "en"]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn cited_lines_are_packed_with_their_proof_or_with_the_digests_of_their_files() {
    let folder = root().join("samples/hospital");
    let kept = Kept::new();
    ingest(&kept, &folder, &["logs"]);
    let files = investigate(&folder, &["logs"], &[]);
    let lake = over(&kept, &folder, &[]);
    assert!(files.stdout.contains("not sealed in a log"), "{}", files.stdout);
    assert!(lake.stdout.contains("as sealed"), "{}", lake.stdout);
    let cited = files.json("report.json")["lines"].as_array().unwrap().len();
    let (code, told) = verify(&files.path("evidence.zip"));
    assert!(code == Some(0) && told.contains(&format!("{cited} lines\n")), "{told}");
    assert!(told.contains("NOT sealed in a log"), "{told}");
    let (code, told) = verify(&lake.path("evidence.zip"));
    assert!(code == Some(0) && told.contains(&format!("{cited} lines asked for")), "{told}");
    assert!(told.contains("result: verified"), "{told}");
    let again = over(&kept, &folder, &["-q"]);
    let bytes = |result: &Result| fs::read(result.path("evidence.zip")).unwrap();
    assert!(bytes(&lake) == bytes(&again), "the same run gives the same pack");
}

#[test]
fn a_run_that_cites_nothing_leaves_no_pack_behind() {
    let folder = tempfile::TempDir::new().unwrap();
    let line =
        "198.51.100.7 - - [29/Oct/2026:10:00:00 +0800] \"GET / HTTP/1.1\" 200 512 \"-\" \"-\"\n";
    fs::write(folder.path().join("access.log"), line).unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/evidence.zip"), "of an earlier run").unwrap();
    let earlier = "{\n  \"format\": \"sancha-report/1\"\n}\n";
    fs::write(folder.path().join("out/report.json"), earlier).unwrap();
    let output = Command::new(program())
        .args(["investigate", "access.log", "-o", "out", "--at", NOW])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!folder.path().join("out/evidence.zip").exists());
}

const SLOW: Duration = Duration::from_secs(60);

#[test]
fn the_newest_lines_come_first_and_then_those_that_come_in() {
    let kept = Kept::new();
    let line = |number: u64| {
        format!(
            "192.0.2.1 - - [02/Mar/2026:10:{:02}:{:02} +0000] \"GET /{number} HTTP/1.1\" 200 1 \"-\" \"-\"\n",
            number / 60,
            number % 60
        )
    };
    let path = kept.lake().with_file_name("access.log");
    let text: String = (0..500).map(line).collect();
    fs::write(&path, &text).unwrap();
    kept.ingest(&[&path], &["--source", "web"]);
    let tail = |more: &[&str]| {
        let output = kept.run(&[&["tail", "--format", "raw", "-q"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(tail(&[]), (490..500).map(line).collect::<String>());
    assert_eq!(tail(&["path:*7", "-n", "2"]), [line(487), line(497)].concat());
    assert_eq!(tail(&["-n", "0"]), "");
    let mut follower = Command::new(program())
        .args(["tail", "-n", "1", "-f", "--format", "raw", "--lake"])
        .arg(kept.lake())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (tell, told) = channel();
    let out = BufReader::new(follower.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(std::result::Result::ok) {
            let _ = tell.send(format!("{line}\n"));
        }
    });
    assert_eq!(told.recv_timeout(SLOW).unwrap(), line(499));
    // It was settled before anybody looked, or it was not: it is shown once.
    for number in 500..503 {
        let text: String = (0..=number).map(line).collect();
        fs::write(&path, &text).unwrap();
        kept.ingest(&[&path], &["--source", "web"]);
        assert_eq!(told.recv_timeout(SLOW).unwrap(), line(number));
    }
    Command::new("kill").arg(follower.id().to_string()).status().unwrap();
    assert_eq!(follower.wait().unwrap().code(), Some(0), "SIGTERM ends it as Ctrl-C does");
    reader.join().unwrap();
    assert_eq!(told.try_recv().ok(), None);
}

#[test]
fn searches_are_saved_listed_and_asked_again() {
    let kept = Kept::new();
    let folder = root().join("samples/hospital");
    ingest(&kept, &folder, &["logs/nginx"]);
    let plain = kept.search(&["path:*upload*", "--count", "--from", "2026-10-28"]);
    let given = ["path:*upload*", "--save", "uploads", "--from", "2026-10-28", "--count"];
    assert_eq!(kept.search(&given), plain);
    assert_eq!(kept.search(&["--saved", "uploads", "--count"]), plain);
    let listed = String::from_utf8(kept.search(&["--list-saved"])).unwrap();
    assert_eq!(listed, "uploads\tpath:*upload*\t--from 2026-10-28\n");
    let again = kept.run(&["search", "a", "--save", "uploads", "--lang", "en"]);
    let told = String::from_utf8(again.stderr).unwrap();
    assert!(again.status.code() == Some(2) && told.contains("take another name"), "{told}");
    let file = kept.lake().join("searches.toml");
    let text = fs::read_to_string(&file).unwrap() + "\n[bad]\nquery = \"(a\"\n";
    fs::write(&file, text).unwrap();
    let listed = kept.run(&["search", "--list-saved", "--lang", "en"]);
    let told = String::from_utf8(listed.stderr).unwrap();
    assert!(listed.status.code() == Some(3) && told.contains("searches.toml:8: `bad`"), "{told}");
    assert_eq!(kept.search(&["--saved", "uploads", "--count"]), plain, "the others work");
    let none = kept.run(&["search", "--saved", "other", "--lang", "en"]);
    let told = String::from_utf8(none.stderr).unwrap();
    assert!(none.status.code() == Some(2) && told.contains("there are: uploads"), "{told}");
    assert_eq!(
        kept.run(&["verify"]).status.code(),
        Some(0),
        "the file is no part of what is sealed"
    );
}

#[test]
fn every_form_has_all_rows_and_time_orders_them() {
    let kept = Kept::new();
    let folder = root().join("samples/hospital");
    ingest(&kept, &folder, &["logs/nginx", "logs/auth.log", "logs/cron.log"]);
    let lines = |bytes: Vec<u8>| -> Vec<String> {
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    };
    let kept_order = lines(kept.search(&["", "-f", "jsonl"]));
    let by_time = lines(kept.search(&["", "-f", "jsonl", "--order", "time"]));
    let time = |line: &String| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["time"].as_str().map(|time| time.parse::<jiff::Timestamp>().unwrap())
    };
    let times: Vec<_> = by_time.iter().filter_map(time).collect();
    assert!(times.is_sorted() && !times.is_empty());
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert!(sorted(kept_order.clone()) == sorted(by_time.clone()), "the same rows");
    assert_eq!(
        lines(kept.search(&["", "--order", "time", "--limit", "3", "-f", "jsonl"])),
        by_time[..3]
    );
    assert_eq!(lines(kept.search(&["", "-f", "csv"])).len(), kept_order.len() + 1);
    let file = kept.lake().with_file_name("rows.parquet");
    for order in ["kept", "time"] {
        let path = file.to_str().unwrap();
        kept.search(&["", "-f", "parquet", "-o", path, "--order", order]);
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
    let missing = kept.run(&["search", "a", "-o", "/nowhere/rows", "--lang", "en"]);
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(missing.status.code() == Some(2) && told.contains("/nowhere/rows"), "{told}");
}

#[test]
fn a_damaged_companion_is_told_and_everything_else_is_answered() {
    let kept = Kept::new();
    let folder = root().join("samples/hospital");
    ingest(&kept, &folder, &["logs/auth.log", "logs/cron.log"]);
    let whole = kept.search(&["sshd", "-f", "raw"]);
    let companion =
        kept.files(".idx").into_iter().find(|path| path.to_str().unwrap().contains("auth.log"));
    let companion = companion.unwrap();
    fs::write(&companion, b"no companion").unwrap();
    let name = companion.file_name().unwrap().to_str().unwrap();
    let pack = kept.folder.path().join("pack.zip");
    let asked: [&[&str]; 4] = [
        &["search", "sshd", "-f", "raw", "-q"],
        &["search", "sshd", "--count"],
        &["sql", "SELECT count(*) FROM logs WHERE process_name = 'sshd'"],
        &[
            "evidence",
            "export",
            "--query",
            "sshd",
            "--limit",
            "100000",
            "-o",
            pack.to_str().unwrap(),
        ],
    ];
    for arguments in asked {
        for (lang, said) in [("en", "found without this file"), ("zh", "未用此文件")] {
            let _ = fs::remove_file(&pack);
            let output = kept.run(&[arguments, &["--lang", lang]].concat());
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(4), "{arguments:?}: {told}");
            assert!(told.contains(name) && told.contains(said), "{told}");
            if arguments.contains(&"raw") {
                assert!(output.stdout == whole, "every line is there");
            }
        }
    }
    let (code, told) = verify(&pack);
    assert_eq!(code, Some(0), "{told}");
}

/// A question that cannot be answered leaves an earlier answer alone; one without rows has its columns; a reader who
/// has seen enough is no fault, a full disk is one.
#[test]
fn what_becomes_of_an_answer_in_sql_is_told_by_its_destination() {
    let kept = Kept::new();
    let log = kept.folder.path().join("access.log");
    let line =
        "203.0.113.9 - - [29/Oct/2026:10:00:00 +0800] \"GET / HTTP/1.1\" 200 7 \"-\" \"x\"\n";
    fs::write(&log, line.repeat(5_000)).unwrap();
    kept.ingest(&[&log], &["--source", "web"]);
    let path = kept.folder.path().join("answer.csv");
    let file = path.to_str().unwrap();
    let ask = |sql: &str, options: &[&str]| kept.run(&[&["sql", sql, "-q"], options].concat());
    let none = ask("select source, line from logs where 1 = 2", &["-f", "csv", "-o", file]);
    assert_eq!(none.status.code(), Some(0), "{}", String::from_utf8_lossy(&none.stderr));
    let answer = fs::read_to_string(&path).unwrap();
    assert_eq!(answer.trim_start_matches('\u{feff}').trim_end(), "source,line");
    let wrong = ask("select nothing from logs", &["-f", "csv", "-o", file]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&path).unwrap(), answer);
    for format in ["table", "jsonl", "csv", "parquet"] {
        let full = ask("select * from logs", &["-f", format, "-o", "/dev/full", "--lang", "en"]);
        let said = String::from_utf8_lossy(&full.stderr);
        assert_eq!(full.status.code(), Some(5), "{format}: {said}");
        assert!(said.contains("/dev/full") && !said.contains("SQL"), "{format}: {said}");
        let mut child = Command::new(program())
            .args(["sql", "select * from logs", "-q", "-f", format, "--lake"])
            .arg(kept.lake())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{format}: nobody reads on");
    }
}
