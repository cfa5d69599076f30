//! The allow list: what it covers is counted and kept, opens no case, and stops at its last day.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{investigate, sancha};

/// Two sources that attack two pages of two kinds, and one that guesses passwords.
fn logs() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut access = String::new();
    for (source, path) in [
        ("203.0.113.7", "/search?q=1%27+UNION+SELECT+password+FROM+users--"),
        ("203.0.113.7", "/page?name=%3Cscript%3Ealert(1)%3C/script%3E"),
        ("198.51.100.9", "/search?q=1%27+UNION+SELECT+password+FROM+users--"),
        ("198.51.100.9", "/search/../page?q=1%27+UNION+SELECT+password+FROM+users--"),
        ("198.51.100.9", "/ordinary"),
    ] {
        access.push_str(&format!(
            "{source} - - [02/Mar/2026:08:00:00 +0000] \"GET {path} HTTP/1.1\" 200 17 \"-\" \"x\"\n"
        ));
    }
    fs::write(folder.path().join("access.log"), access).unwrap();
    let auth: String = (0..30)
        .map(|second| {
            format!("2026-03-02T09:00:{second:02}Z web sshd[7]: Failed password for root from 203.0.113.50 port 4 ssh2\n")
        })
        .collect();
    fs::write(folder.path().join("auth.log"), auth).unwrap();
    folder
}

fn entry(scope: &str) -> String {
    format!(
        "[[allow]]\n{scope}\nreason = \"assessment\"\nowner = \"security\"\nfrom = 2026-01-01\nuntil = 2026-12-31\n"
    )
}

struct Run {
    exit: i32,
    coverage: Value,
    findings: Vec<Value>,
    matches: Vec<Value>,
    suppressed: Vec<Value>,
    cases: usize,
    page: String,
    stdout: String,
}

fn run(list: Option<&str>, options: &[&str]) -> Run {
    let logs = logs();
    let mut all = vec!["--case", "all"];
    if let Some(list) = list {
        fs::write(logs.path().join("allow"), list).unwrap();
        all.extend(["--allow", "allow"]);
    }
    all.extend(options);
    let run = investigate(logs.path(), &["access.log", "auth.log"], &all);
    Run {
        exit: run.exit,
        coverage: run.json("coverage.json"),
        findings: run.findings(),
        matches: run.lines("matches.jsonl"),
        suppressed: if list.is_some() { run.lines("suppressed.jsonl") } else { Vec::new() },
        cases: run.json("report.json")["cases"].as_array().unwrap().len(),
        page: run.text("report.html"),
        stdout: run.stdout,
    }
}

/// A match without what suppression adds.
fn bare(line: &Value) -> String {
    let mut line = line.clone();
    line.as_object_mut().unwrap().remove("suppressed_by");
    line.to_string()
}

fn is_match(line: &Value) -> bool {
    line.get("line").is_some()
}

#[test]
fn suppressed_and_reported_are_all_matches() {
    let all = run(None, &[]);
    assert!(all.matches.len() >= 4, "{:?}", all.matches);
    for list in [
        "203.0.113.0/24 # the assessment company\n".to_owned(),
        entry("rules = \"sancha.web.sqli\""),
        entry("scenarios = \"web_attack\"\npaths = \"/search*\""),
        entry("rules = \"sancha.web.sqli\"\nfields = { \"url.query\" = \"*UNION*\" }"),
        entry("scenarios = \"web_attack.xss\"\nsources = \"203.0.113.7\""),
    ] {
        let run = run(Some(&list), &[]);
        let apart: Vec<&Value> = run.suppressed.iter().filter(|line| is_match(line)).collect();
        assert!(!apart.is_empty(), "{list}");
        assert!(apart.iter().all(|line| line["suppressed_by"] == "allow:1"), "{apart:?}");
        let mut seen: Vec<String> =
            run.matches.iter().chain(apart.iter().copied()).map(bare).collect();
        let mut wanted: Vec<String> = all.matches.iter().map(bare).collect();
        seen.sort();
        wanted.sort();
        assert_eq!(seen, wanted, "{list}");
        assert_eq!(run.coverage["allowed_matches"], apart.len(), "{list}");
        assert_eq!(run.coverage["suppressions"][0]["matches"], apart.len(), "{list}");
        assert!(run.page.contains("allow:1") && run.page.contains("assessment"));
        assert!(run.stdout.contains("allow list:"));
    }
}

#[test]
fn a_climbing_path_does_not_hide_below_an_allowed_one() {
    let run = run(Some(&entry("paths = \"/search*\"\nscenarios = \"web_attack\"")), &[]);
    assert_eq!(run.coverage["suppressions"][0]["matches"].as_u64().unwrap(), 2);
    assert!(run.matches.iter().any(|m| m["line"] == 4), "{:?}", run.matches);
}

#[test]
fn a_suppressed_finding_is_counted_and_opens_no_case() {
    let all = run(None, &[]);
    let of = |findings: &[Value], scenario: &str| {
        let is = |f: &&Value| f["scenario"].as_str().unwrap_or_default().starts_with(scenario);
        findings.iter().filter(is).count()
    };
    assert_eq!(of(&all.findings, "brute_force"), 1);
    let run = run(Some(&entry("scenarios = \"brute_force\"\nsources = \"203.0.113.0/24\"")), &[]);
    assert_eq!(of(&run.findings, "brute_force"), 0);
    assert_eq!(run.coverage["suppressions"][0]["findings"], 1);
    let apart: Vec<&Value> = run.suppressed.iter().filter(|line| !is_match(line)).collect();
    assert_eq!(apart.len(), 1);
    assert_eq!(apart[0]["suppressed_by"], "allow:1");
    assert_eq!(run.findings.len() + apart.len(), all.findings.len());
    assert!(run.cases < all.cases, "{} of {}", run.cases, all.cases);
}

#[test]
fn an_address_that_is_covered_as_a_whole_counts_for_nothing() {
    let run = run(Some("203.0.113.0/24 # ours\n"), &[]);
    let its = |f: &Value| f["src"].to_string().contains("203.0.113.");
    assert!(!run.findings.iter().any(its));
    assert_eq!(run.coverage["suppressions"][0]["records"], 32);
}

#[test]
fn an_expired_entry_acts_no_more_and_is_told() {
    let list = entry("rules = \"sancha.web.sqli\"");
    let before = run(Some(&list), &["--at", "2026-12-31T12:00:00+08:00"]);
    let after = run(Some(&list), &["--at", "2027-01-01T00:00:00+08:00"]);
    assert_eq!(before.coverage["suppressions"][0]["state"], "active");
    assert_eq!(after.coverage["suppressions"][0]["state"], "expired");
    assert_eq!(after.coverage["suppressions"][0]["matches"], 0);
    assert!(after.matches.len() > before.matches.len());
    assert!(after.page.contains("expired, acts no more"));
    assert!(after.stdout.contains("1 entries have expired"));
    assert_eq!(after.exit, 0);
}

#[test]
fn a_rule_that_this_run_does_not_have_is_told() {
    let run = run(Some(&entry("rules = [\"no-such-rule\"]")), &[]);
    assert_eq!(run.coverage["suppressions"][0]["unknown"][0], "no-such-rule");
    assert!(run.page.contains("no such rule or field"));
}

#[test]
fn a_list_with_faults_is_refused_with_file_line_and_way_out() {
    let logs = logs();
    let list =
        entry("rules = \"a\"").replace("until = 2026-12-31\n", "") + "\n[[allow]]\nowner = 1\n";
    fs::write(logs.path().join("allow.toml"), list).unwrap();
    for (lang, words) in [("en", "add until = 2026-12-31"), ("zh", "请写 until = 2026-12-31")] {
        let run =
            sancha(logs.path(), &["detect", "access.log", "--allow", "allow.toml", "--lang", lang]);
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2));
        assert!(told.contains("allow.toml:1: ") && told.contains(words), "{told}");
        assert!(told.contains("\nallow.toml:7: "), "every fault on a line of its own: {told}");
    }
    fs::write(logs.path().join("allow.toml"), "0.0.0.0/0\n").unwrap();
    let run = sancha(logs.path(), &["detect", "access.log", "--allow", "allow.toml"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&run.stderr).contains("allow.toml:1: this entry would swallow")
    );
}

#[test]
fn detect_prints_what_is_suppressed_when_asked() {
    let logs = logs();
    fs::write(logs.path().join("allow"), entry("rules = \"sancha.web.sqli\"")).unwrap();
    let lines = |options: &[&str]| {
        let mut all = vec!["detect", "access.log", "--allow", "allow", "--at", "2026-06-01"];
        all.extend(options);
        let run = sancha(logs.path(), &all);
        assert!(String::from_utf8_lossy(&run.stderr).contains("--suppressed prints them"));
        String::from_utf8_lossy(&run.stdout).lines().count()
    };
    assert!(lines(&["--matches", "--suppressed"]) > lines(&["--matches"]));
}
