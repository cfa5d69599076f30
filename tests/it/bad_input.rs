//! Bad input gets a clear error that names the file, the line and the way out; the rest goes on.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    program::{NOW, investigate, program, sancha},
    same_try::bad_login,
};

const GOOD: &str = "198.51.100.7 - - [29/Oct/2026:10:00:00 +0800] \"GET / HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n";

fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout
}

/// Whether `bad` is named beside a good file, which is still read, and the run is partial.
fn names_and_goes_on(folder: &Path, bad: &str, says: &str) {
    let found = investigate(folder, &["good.log", bad], &[]);
    assert_eq!(found.exit, 3, "{bad}: {}", found.stderr);
    assert!(found.stderr.contains(bad), "{bad} is named: {}", found.stderr);
    assert!(found.stderr.contains(says), "`{says}` is said of {bad}: {}", found.stderr);
    let coverage = found.json("coverage.json");
    let good =
        coverage["files"].as_array().unwrap().iter().find(|f| f["path"] == "good.log").unwrap();
    assert_eq!(good["parsed"], 1);
}

#[test]
fn a_missing_path_is_named() {
    let folder = folder_with(&[("good.log", GOOD.as_bytes())]);
    names_and_goes_on(folder.path(), "absent.log", "");
}

#[test]
fn a_truncated_gzip_keeps_what_is_whole() {
    let lines = GOOD.repeat(5_000);
    let packed = gzip(lines.as_bytes());
    let cut = &packed[..packed.len() / 2];
    let folder = folder_with(&[("good.log", GOOD.as_bytes()), ("cut.log.gz", cut)]);
    names_and_goes_on(folder.path(), "cut.log.gz", "");
}

/// A packed file that breaks before its first byte of content has no records, and the others have theirs.
#[test]
fn a_packed_file_that_cannot_be_opened_hides_nothing_of_the_others() {
    let attack = GOOD.replace("GET / ", "GET /?id=1%27%20UNION%20SELECT%201,2,user()--%20- ");
    let found = |files: &[(&str, &[u8])], exit| {
        let folder = folder_with(files);
        let output = sancha(folder.path(), &["detect", ".", "--at", NOW, "-q"]);
        assert_eq!(output.status.code(), Some(exit));
        String::from_utf8(output.stdout).unwrap()
    };
    let alone = found(&[("good.log", attack.as_bytes())], 0);
    assert!(alone.contains("web_attack.sqli"), "{alone}");
    for (name, bytes) in [
        ("bad.gz", b"\x1f\x8b\x08broken".as_slice()),
        ("bad.xz", b"\xfd7zXZ\0broken"),
        ("bad.zst", b"\x28\xb5\x2f\xfdbroken"),
        ("bad.bz2", b"BZh91AY&SYbroken"),
    ] {
        assert_eq!(found(&[("good.log", attack.as_bytes()), (name, bytes)], 3), alone, "{name}");
    }
}

#[test]
fn a_binary_file_is_read_as_evidence_and_does_not_stop_the_run() {
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let folder = folder_with(&[("good.log", GOOD.as_bytes()), ("noise.bin", &noise)]);
    let found = investigate(folder.path(), &["good.log", "noise.bin"], &["-q"]);
    let coverage = found.json("coverage.json");
    let read =
        coverage["files"].as_array().unwrap().iter().find(|f| f["path"] == "noise.bin").unwrap();
    assert_eq!(read["bytes"], noise.len());
    assert_eq!(
        read["records"].as_u64(),
        Some(read["parsed"].as_u64().unwrap() + read["rejected"].as_u64().unwrap())
    );
}

#[test]
fn an_empty_file_and_an_empty_folder_are_no_crash() {
    let folder = folder_with(&[("good.log", GOOD.as_bytes()), ("empty.log", b"")]);
    fs::create_dir(folder.path().join("nothing")).unwrap();
    names_and_goes_on(folder.path(), "nothing", "");
    let found = investigate(folder.path(), &["empty.log"], &["-q"]);
    assert_eq!(found.json("coverage.json")["files"][0]["records"], 0);
}

#[test]
fn only_missing_paths_is_a_usage_error() {
    let folder = TempDir::new().unwrap();
    let output = sancha(folder.path(), &["investigate", "absent", "-o", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("absent"));
}

#[test]
fn rules_that_do_not_load_are_named_and_the_others_run() {
    let folder = folder_with(&[("good.log", GOOD.as_bytes())]);
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    let rule = |name: &str, body: &str| fs::write(rules.join(name), body).unwrap();
    rule("broken.yml", "title: broken\ndetection:\n  a: [\n");
    rule(
        "modifier.yml",
        "title: odd\nid: 6f9c1b1e-3c54-4c6b-9d0c-0a4b8e6f0c11\nlogsource: { category: webserver }\ndetection:\n  a: { cs-uri-stem|nosuchmodifier: x }\n  condition: a\nlevel: low\n",
    );
    let found = investigate(folder.path(), &["good.log"], &["--rules", "rules"]);
    for name in ["broken.yml", "modifier.yml", "nosuchmodifier"] {
        assert!(found.stderr.contains(name), "{name}: {}", found.stderr);
    }
    let not_loaded = found.json("coverage.json")["rules"]["not_loaded"].as_array().unwrap().len();
    assert_eq!(not_loaded, 2);
}

#[test]
fn a_profile_with_an_unknown_key_or_a_post_without_dates_names_the_line() {
    let profile = "schema = 1\n[operator]\nname = \"u\"\nkind = \"public_institution\"\ncolour = \"red\"\n\n[[posts]]\nid = \"head\"\npost = \"p\"\nrole = \"main_leader\"\n";
    let folder =
        folder_with(&[("good.log", GOOD.as_bytes()), ("operator.toml", profile.as_bytes())]);
    let found = investigate(folder.path(), &["good.log"], &["--operator", "operator.toml"]);
    assert!(found.stderr.contains("operator.toml:5"), "{}", found.stderr);
    assert!(found.stderr.contains("operator.toml:7"), "{}", found.stderr);
    assert_eq!(found.exit, 3);
}

#[test]
fn outputs_that_are_not_there_yet_are_said() {
    let folder = folder_with(&[("good.log", GOOD.as_bytes())]);
    let found = investigate(folder.path(), &["good.log"], &["--also", "pdf,docx,evidence"]);
    for name in ["report.pdf", "report.docx"] {
        assert!(found.stderr.contains(name), "{}", found.stderr);
    }
    assert!(!found.stderr.contains("evidence.zip"), "it is written: {}", found.stderr);
}

/// Log content is hostile in every output: newline, ANSI, HTML, CSV formula.
#[test]
fn hostile_text_stays_text() {
    let line = "198.51.100.7 - - [29/Oct/2026:10:00:00 +0800] \"GET /x?q=<script>alert(1)</script>%27+UNION+SELECT+1,2--+\u{1b}[31m HTTP/1.1\" 200 512 \"=cmd|' /C calc'!A0\" \"<img src=x onerror=alert(1)>\u{202e}\"\n";
    let folder = folder_with(&[("good.log", line.repeat(3).as_bytes())]);
    let found = investigate(folder.path(), &["good.log"], &["--case", "all"]);
    let html = found.text("report.html");
    assert!(!html.contains("<script>alert"), "no element of a log becomes one of the page");
    assert!(!html.contains("<img src=x"));
    assert!(html.contains("&lt;script&gt;"), "and the text is there to be read");
    for text in [
        &html,
        &found.text("matches.jsonl"),
        &found.text("report.json"),
        &found.stdout,
        &found.stderr,
    ] {
        assert!(!text.contains('\u{1b}'), "no escape reaches a terminal");
        assert!(!text.contains('\u{202e}'), "no text is turned around");
    }
    let csv = sancha(folder.path(), &["detect", "good.log", "-f", "csv", "-q"]);
    let csv = String::from_utf8_lossy(&csv.stdout).into_owned();
    assert!(
        !csv.lines().any(|l| l.split(',').any(|cell| cell.trim_matches('"').starts_with('='))),
        "{csv}"
    );
}

/// Logs joined in the wrong order are not correlated; the user is told, and how to go on.
#[test]
fn records_far_out_of_order_are_counted_and_told() {
    let older = GOOD.replace("29/Oct", "20/Oct");
    let folder = folder_with(&[("joined.log", format!("{GOOD}{older}").as_bytes())]);
    // The second batch comes later than the window; one file is one batch here, so it is long enough.
    let many = GOOD.repeat(12_000) + &older.repeat(10);
    fs::write(folder.path().join("joined.log"), many).unwrap();
    let found = investigate(folder.path(), &["joined.log"], &[]);
    assert_eq!(found.json("coverage.json")["late_records"], 10, "{}", found.stdout);
    assert!(found.stdout.contains("give the files separately"), "{}", found.stdout);
}

/// A run that breaks off leaves no parts of two reports, and one that cannot begin leaves the one that is there.
#[test]
fn an_earlier_report_goes_when_a_run_begins() {
    let folder =
        folder_with(&[("access.log", GOOD.as_bytes()), ("allow", b"203.0.113.0/24 # ours\n")]);
    let run = |options: &[&str]| {
        let fixed = ["investigate", "access.log", "-o", "out", "--at", NOW];
        sancha(folder.path(), &[&fixed[..], options].concat()).status.code()
    };
    let is_there = |name: &str| folder.path().join("out").join(name).exists();
    assert_eq!(run(&["--allow", "allow"]), Some(0));
    assert!(is_there("report.html") && is_there("suppressed.jsonl"));
    assert_eq!(run(&["--rules", "nowhere"]), Some(2));
    assert!(is_there("report.html") && is_there("suppressed.jsonl"), "nothing was begun");
    assert_eq!(run(&[]), Some(0));
    assert!(is_there("report.html") && !is_there("suppressed.jsonl"));
    // A folder without a report holds what is somebody's own: here the log itself.
    fs::write(folder.path().join("matches.jsonl"), GOOD).unwrap();
    fs::write(folder.path().join("evidence.zip"), GOOD).unwrap();
    let fixed = ["investigate", "evidence.zip", "-o", ".", "--at", NOW];
    assert_eq!(sancha(folder.path(), &fixed).status.code(), Some(2));
    assert_eq!(fs::read_to_string(folder.path().join("evidence.zip")).unwrap(), GOOD);
}

/// Reports cite lines of packed files; each can be explained under the name it has there.
#[test]
fn a_line_of_a_packed_file_is_explained_and_one_that_is_not_there_is_told() {
    let folder = folder_with(&[("a.log.gz", &gzip(GOOD.repeat(3).as_bytes()))]);
    let explain = |place: &str| {
        let output = sancha(folder.path(), &["explain", "--file", place, "--lang", "en"]);
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    let (exit, said) = explain("a.log.gz:3");
    assert!(exit == Some(0) && said.contains("198.51.100.7"), "{said}");
    for (place, says) in [
        ("a.log.gz:0", "no line 0"),
        ("a.log.gz:4", "no line 4"),
        ("b.log:1", "b.log"),
        (".:1", ""),
    ] {
        let (exit, said) = explain(place);
        assert!(exit == Some(2) && said.contains(says), "{place}: {said}");
    }
}

/// A record of a fixed size is no text: it is read whole, and the file's name tells what it means.
#[test]
fn a_record_of_btmp_is_explained_as_a_run_reads_it() {
    let record = bad_login(1_793_000_000, 7);
    let folder = folder_with(&[("btmp", &record.repeat(2))]);
    let output = sancha(folder.path(), &["explain", "--file", "btmp:2"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    for part in ["linux/btmp", "source.ip = 198.51.100.9", "user.name = nobody"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// A rule that does not load is told, for its silence would be taken for an answer.
#[test]
fn a_rule_that_does_not_load_is_told_by_explain() {
    let folder = folder_with(&[("bad.yml", b"title: x\ndetection:\n  condition: nowhere\n")]);
    let run = ["explain", "--line", "x", "--rules", ".", "--lang", "en"];
    let output = sancha(folder.path(), &run);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.yml"));
}

/// Editors on Windows put a byte order mark first; the first of five tries must not be lost for it.
#[test]
fn a_byte_order_mark_costs_no_line() {
    let tries: String = (1..=5)
        .map(|second| {
            format!(
                "Nov 10 10:00:0{second} web01 sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2\n"
            )
        })
        .collect();
    let marked = format!("\u{feff}{tries}");
    let folder = folder_with(&[("plain.log", tries.as_bytes()), ("marked.log", marked.as_bytes())]);
    let tries_in = |name: &str| {
        let output = sancha(folder.path(), &["detect", "-q", "--at", NOW, name]);
        String::from_utf8_lossy(&output.stdout).contains("\"count\":5")
    };
    assert!(tries_in("plain.log"));
    assert!(tries_in("marked.log"));
}

#[test]
fn usage_errors_are_told_in_the_readers_language() {
    let told = |arguments: &[&str], locale: &str| {
        let mut command = Command::new(program());
        let output = command.args(arguments).env("LC_ALL", locale).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (arguments, says) in [
        (&["detct"][..], &["没有 detct 这个命令", "是否想写：detect", "用法：sancha "][..]),
        (&["detect", "--levl", "high"], &["没有 --levl 这个参数", "是否想写：--level"]),
        (&["detect", "--level", "hih"], &["--level <LEVEL> 不能是 hih", "medium、high"]),
        (&["detect", "--level"], &["--level <LEVEL> 后面要写一个值"]),
        (&["detect", "--level", "low", "--level", "high"], &["只能写一次"]),
        (&["detect", "--threads", "two"], &["--threads <N> 的值 two 无法识别：要写整数"]),
        (&["compact", "--lake", "a", "--level", "40"], &["要在 1..=22 之内"]),
        (&["search"], &["缺少必需的参数：--lake <DIR>"]),
        (&["search", "--lake", "a", "b", "c"], &["多出了 c"]),
    ] {
        let text = told(arguments, "zh_CN.UTF-8");
        for part in says.iter().chain(&["出错：", "--help"]) {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("error:") && !text.contains("Usage"), "{text}");
    }
    for arguments in [&["--lang", "en", "detct"][..], &["detct", "--lang=en"]] {
        let text = told(arguments, "zh_CN.UTF-8");
        assert!(text.contains("unrecognized subcommand 'detct'"), "{text}");
    }
    assert!(told(&["detct"], "en_US.UTF-8").contains("unrecognized subcommand 'detct'"));
    assert!(told(&["--lang", "zh", "detct"], "en_US.UTF-8").contains("没有 detct 这个命令"));
}

/// Logs that lie where the report is to go, and have its files' names.
#[test]
fn a_folder_of_logs_is_not_overwritten_by_its_report() {
    let folder = TempDir::new().unwrap();
    let line = "2026-10-01T10:00:00+08:00 web01 sshd[9]: Failed password for root from 203.0.113.9 port 9 ssh2\n";
    fs::write(folder.path().join("matches.jsonl"), line).unwrap();
    let run = || sancha(folder.path(), &["investigate", ".", "-o", ".", "--lang", "en"]);
    let refused = run();
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("matches.jsonl") && told.contains("-o"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("matches.jsonl")).unwrap(), line);
    fs::remove_file(folder.path().join("matches.jsonl")).unwrap();
    fs::write(folder.path().join("secure"), line).unwrap();
    assert_eq!(run().status.code(), Some(0));
    assert_eq!(run().status.code(), Some(2), "a folder with a report is not read");
    assert_eq!(fs::read_to_string(folder.path().join("secure")).unwrap(), line);
}

/// Anybody who writes to a folder of logs can make files of a report's names.
#[test]
fn empty_files_named_like_a_report_hide_no_logs() {
    let folder = TempDir::new().unwrap();
    for name in ["report.json", "coverage.json", "findings.jsonl"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let line = "2026-10-01T10:00:00+08:00 web01 sshd[9]: Failed password for root from 203.0.113.9 port 9 ssh2\n";
    fs::write(folder.path().join("secure"), line).unwrap();
    let run = investigate(folder.path(), &["."], &[]);
    assert!(run.json("coverage.json")["files"].to_string().contains("secure"), "{}", run.stderr);
}
