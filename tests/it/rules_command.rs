//! `sancha rules`: what is wrong, what fires on its samples, what ran and why the rest did not.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::sancha;

const TEAPOT: &str = "title: Teapot asked for
id: 1c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c01
logsource:
  category: webserver
detection:
  selection:
    cs-uri-stem: /teapot
  condition: selection
level: low
";
const WINDOWS: &str = "title: Windows only
id: 1c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c02
logsource:
  product: windows
  service: security
detection:
  selection:
    EventID: 1102
  condition: selection
level: informational
";
const COOKIE: &str = "title: A cookie that logs lack
id: 1c1d9a52-5b0e-4c58-8d5a-1f1e5a6b7c03
logsource:
  category: webserver
detection:
  selection:
    cs-cookie|contains: teapot-lid
  condition: selection
";
const BROKEN: &str = "title: Broken
logsource:
  category: webserver
detection:
  selection:
    cs-uri-stem|nonsense: x
  condition: selection
";

fn line(path: &str) -> String {
    format!(
        "198.51.100.7 - - [29/Oct/2026:10:00:00 +0800] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"a\"\n"
    )
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir_all(folder.path().join("rules/tests")).unwrap();
    write("rules/teapot.yml", TEAPOT);
    write("rules/tests/teapot.fire.log", &line("/teapot"));
    write("rules/tests/teapot.quiet.log", &line("/kettle"));
    write("access.log", &(line("/teapot") + &line("/")));
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = sancha(folder.path(), arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn lint_names_file_line_problem_and_way_out() {
    let folder = folder();
    let (exit, out, _) = run(&folder, &["rules", "lint", "rules"]);
    assert_eq!(exit, 0, "{out}");
    assert!(out.contains("1 rules load, 0 errors"), "{out}");
    fs::write(folder.path().join("rules/broken.yml"), BROKEN).unwrap();
    let (exit, out, _) = run(&folder, &["rules", "lint", "rules"]);
    assert_eq!(exit, 3);
    assert!(out.contains("rules/broken.yml:6:") && out.contains("nonsense"), "{out}");
    let (_, out, _) = run(&folder, &["--lang", "zh", "rules", "lint", "rules"]);
    assert!(out.contains("不支持修饰符"), "{out}");
    let (_, out, _) = run(&folder, &["rules", "lint", "rules", "-f", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((json["count"].as_u64(), json["errors"].as_u64()), (Some(1), Some(1)));
    assert_eq!(json["problems"][0]["line"], 6);
}

#[test]
fn a_folder_without_rules_is_a_usage_error() {
    let folder = folder();
    for command in ["lint", "test", "list"] {
        let (exit, _, err) = run(&folder, &["rules", command, "rules/tests"]);
        assert_eq!(exit, 2, "{command}: {err}");
        assert!(err.contains("no rule file"), "{err}");
        let (exit, _, err) = run(&folder, &["rules", command, "absent"]);
        assert_eq!(exit, 2, "{command}: {err}");
        assert!(err.contains("absent"), "{err}");
    }
}

#[test]
fn samples_must_fire_and_stay_quiet() {
    let folder = folder();
    let (exit, out, _) = run(&folder, &["rules", "test", "rules"]);
    assert_eq!(exit, 0, "{out}");
    let quiet = folder.path().join("rules/tests/teapot.quiet.log");
    fs::write(&quiet, line("/") + &line("/teapot")).unwrap();
    let (exit, out, _) = run(&folder, &["rules", "test", "rules"]);
    assert_eq!(exit, 3);
    assert!(out.contains("teapot.quiet.log:2: the rule"), "{out}");
    fs::remove_file(quiet).unwrap();
    let (exit, out, _) = run(&folder, &["rules", "test", "rules"]);
    assert_eq!(exit, 3);
    assert!(out.contains("is missing"), "{out}");
}

/// Rules of one file share its samples.
#[test]
fn each_of_two_rules_fires_on_a_line_of_their_sample() {
    let folder = folder();
    let path = folder.path().join("rules/teapot.yml");
    let one = fs::read_to_string(&path).unwrap();
    let other: String = one
        .replace("/teapot", "/saucer")
        .lines()
        .map(|line| match line.strip_prefix("id: ") {
            Some(_) => "id: 99999999-9999-4999-8999-999999999999\n".to_owned(),
            None => format!("{line}\n"),
        })
        .collect();
    fs::write(&path, format!("{one}---\n{other}")).unwrap();
    let (exit, out, _) = run(&folder, &["rules", "test", "rules"]);
    assert_eq!(exit, 3);
    assert!(out.contains("99999999-9999-4999-8999-999999999999 fires on no line"), "{out}");
    let fire = folder.path().join("rules/tests/teapot.fire.log");
    fs::write(fire, line("/teapot") + &line("/saucer")).unwrap();
    let (exit, out, _) = run(&folder, &["rules", "test", "rules"]);
    assert_eq!(exit, 0, "{out}");
}

#[test]
fn our_own_rules_hold_against_their_samples() {
    let output = sancha(&crate::program::root(), &["rules", "test", "rules"]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}");
}

#[test]
fn coverage_says_of_every_rule_whether_it_ran() {
    let folder = folder();
    for (name, text) in [("windows", WINDOWS), ("cookie", COOKIE), ("broken", BROKEN)] {
        fs::write(folder.path().join(format!("rules/{name}.yml")), text).unwrap();
    }
    let arguments =
        ["rules", "coverage", "access.log", "--only-rules", "rules", "-f", "json", "-q"];
    let (exit, out, err) = run(&folder, &arguments);
    assert_eq!(exit, 3, "a rule did not load: {err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    let rules = json["rules"].as_array().unwrap();
    let state = |title: &str| {
        let rule = rules.iter().find(|rule| rule["title"]["en"] == title).unwrap();
        (rule["state"].as_str().unwrap(), rule["matches"].as_u64().unwrap())
    };
    assert_eq!(rules.len(), 3, "a rule that did not load is not counted");
    assert_eq!(state("Teapot asked for"), ("ran", 1));
    assert_eq!(state("Windows only"), ("no_log_source", 0));
    assert_eq!(state("A cookie that logs lack"), ("no_field", 0));
    assert_eq!(json["not_loaded"][0]["line"], 6);
    let (_, out, _) = run(&folder, &["rules", "coverage", "access.log", "--only-rules", "rules"]);
    assert!(out.contains("1 rules ran (1 of them fired)"), "{out}");
}

#[test]
fn a_pipeline_maps_names_and_a_wrong_one_is_refused() {
    let folder = folder();
    let rule = TEAPOT.replace("cs-uri-stem", "Pot");
    fs::write(folder.path().join("rules/teapot.yml"), rule).unwrap();
    let pipeline = folder.path().join("map.yml");
    let text = "transformations:\n  - type: field_name_mapping\n    mapping: {Pot: cs-uri-stem}\n";
    fs::write(&pipeline, text).unwrap();
    let arguments = ["rules", "test", "rules", "--pipeline", "map.yml"];
    assert_eq!(run(&folder, &arguments).0, 0);
    assert_eq!(run(&folder, &["rules", "test", "rules"]).0, 3);
    fs::write(&pipeline, "transformations:\n  - type: nest_deeper\n").unwrap();
    let (exit, _, err) = run(&folder, &arguments);
    assert_eq!(exit, 2);
    assert!(err.contains("map.yml") && err.contains("nest_deeper"), "{err}");
}

#[test]
fn our_own_rules_are_listed() {
    let folder = folder();
    let (exit, out, _) = run(&folder, &["rules", "list"]);
    assert_eq!(exit, 0);
    assert!(out.lines().count() >= 25 && out.contains("webserver"), "{out}");
}
