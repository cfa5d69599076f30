//! Take one thing away, exactly that changes.
//!
//! Each test copies the samples, takes one thing away or adds one, and compares with the untouched run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    program::{Result, investigate, root},
    story::story,
};

/// A copy of the samples that can be changed.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = TempDir::new().unwrap();
        copy_folder(&root().join("samples/hospital"), copy.path());
        Self(copy)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self) -> Result {
        self.run_with(&["logs"], &[])
    }

    fn run_with(&self, paths: &[&str], options: &[&str]) -> Result {
        let mut all = vec!["--operator", "operator.toml", "-q"];
        all.extend(options);
        investigate(self.0.path(), paths, &all)
    }

    /// Changes the profile; the text to be replaced must be there.
    fn profile(self, from: &str, to: &str) -> Self {
        let path = self.path("operator.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the profile holds `{from}`");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        let path = self.path(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
        self
    }

    /// Takes the lines that hold `part` out of every log below `folder`, packed ones too.
    fn without_lines(self, folder: &str, part: &str) -> Self {
        let mut taken = 0;
        for entry in fs::read_dir(self.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = unpacked(&path);
            let kept: String =
                text.split_inclusive('\n').filter(|line| !line.contains(part)).collect();
            taken += usize::from(kept.len() < text.len());
            fs::remove_file(&path).unwrap();
            let name = format!("{}-{}", path.file_name().unwrap().to_str().unwrap(), "kept");
            fs::write(path.with_file_name(name.replace(".gz", "")), kept).unwrap();
        }
        assert!(taken > 0, "lines with `{part}` are there to be taken");
        self
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target)
        } else {
            let _bytes = fs::copy(&path, &target).unwrap();
        }
    }
}

fn unpacked(path: &Path) -> String {
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|ending| ending == "gz") {
        let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
        bytes = output.stdout;
    } else {
        fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Ids of both legs whose status differs, with the new status.
fn changed(run: &Result) -> BTreeMap<String, String> {
    let mut changed = BTreeMap::new();
    for leg in ["operator_duty", "supervision"] {
        let before = story().statuses(leg);
        for (id, status) in run.statuses(leg) {
            if before.get(&id) != Some(&status) {
                changed.insert(id, status);
            }
        }
    }
    changed
}

fn case(run: &Result) -> Value {
    run.json("report.json")["cases"][0].clone()
}

fn from_source(run: &Result, scenario: &str) -> Vec<Value> {
    let with_source =
        |f: &Value| f["scenario"] == scenario && !f["src"].as_array().unwrap().is_empty();
    run.findings().into_iter().filter(with_source).collect()
}

fn outcomes(run: &Result, scenario: &str) -> BTreeSet<String> {
    let outcome = |f: Value| f["outcome"].as_str().unwrap_or_default().to_owned();
    run.findings().into_iter().filter(|f| f["scenario"] == scenario).map(outcome).collect()
}

/// A proof file and the conclusions that rest on it alone.
const PROOFS: [(&str, &[&str]); 7] = [
    ("proofs/plan.md", &["incident_plan"]),
    ("proofs/appointment-security-lead.txt", &["security_lead"]),
    ("proofs/letter-2026.txt", &["letter_valid", "responsibility_assigned"]),
    ("proofs/training-2026-06.csv", &["training_given"]),
    ("proofs/warning-relay.txt", &["warnings_passed_on"]),
    ("proofs/inspection-2026-09.txt", &["last_inspection"]),
    ("proofs/log-statement.txt", &["logs_six_months"]),
];

#[test]
fn a_proof_that_is_gone_or_altered_turns_just_its_conclusion_to_not_shown() {
    for (proof, ids) in PROOFS {
        let expected: BTreeMap<String, String> =
            ids.iter().map(|id| ((*id).to_owned(), "not_shown".to_owned())).collect();
        assert_eq!(changed(&Copy::new().without(proof).run()), expected, "{proof} gone");
        let copy = Copy::new();
        let mut bytes = fs::read(copy.path(proof)).unwrap();
        bytes[0] ^= 1;
        fs::write(copy.path(proof), bytes).unwrap();
        assert_eq!(changed(&copy.run()), expected, "{proof} with one byte flipped");
    }
}

#[test]
fn a_plan_that_begins_later_does_not_count_for_the_day() {
    let run = Copy::new().profile("from = 2025-04-10", "from = 2026-11-01").run();
    assert_eq!(changed(&run).get("incident_plan").map(String::as_str), Some("not_shown"));
}

#[test]
fn without_the_moment_of_awareness_there_is_no_due_time() {
    let run = Copy::new().profile("aware_at = 2026-10-30T08:40:00+08:00\n", "").run();
    let clock = &case(&run)["clocks"][0];
    assert_eq!(clock["due"], Value::Null);
    assert!(clock["rule"]["en"].as_str().unwrap().contains("not stated"), "{clock}");
    assert_ne!(case(story())["clocks"][0]["due"], Value::Null);
}

const NOTICE: &str = "proofs/notice.txt";

/// A designation notice, and the table that names it.
fn designation(copy: &Copy) -> String {
    let bytes = b"designation notice for a test\n";
    fs::write(copy.path(NOTICE), bytes).unwrap();
    let mut child =
        Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let digest = String::from_utf8_lossy(&output.stdout[..64]).into_owned();
    format!(
        "[systems.critical_infrastructure]\ndate = 2025-01-15\nproof = [{{ path = \"{NOTICE}\", sha256 = \"{digest}\", date = 2025-01-15, kind = \"designation_notice\" }}]\n"
    )
}

fn minutes(run: &Result) -> Vec<String> {
    let clocks = case(run)["clocks"].as_array().unwrap().clone();
    clocks.iter().map(|clock| clock["due"].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn a_touched_system_that_is_designated_adds_article_36_and_makes_four_hours_one() {
    let copy = Copy::new();
    let table = designation(&copy);
    let marker = "log_paths = [\"**/postgresql/*\"]\n";
    let run = copy.profile(marker, &format!("{marker}{table}")).run();
    assert_eq!(minutes(&run)[0], "2026-10-30T01:40:00Z", "one hour after 08:40 +08:00");
    assert_eq!(minutes(story())[0], "2026-10-30T04:40:00Z", "four hours before");
    let body = &run.statuses("operator_duty")["cii_body"];
    assert_eq!(body, "not_shown", "article 36 asks now");
    assert_eq!(story().statuses("operator_duty")["cii_body"], "not_applicable");
}

#[test]
fn an_untouched_system_that_is_designated_changes_nothing() {
    let copy = Copy::new();
    let table = designation(&copy);
    let marker = "addresses = [\"10.20.2.10\"]\n";
    let run = copy.profile(marker, &format!("{marker}{table}")).run();
    assert_eq!(changed(&run), BTreeMap::new());
    assert_eq!(minutes(&run), minutes(story()));
}

#[test]
fn without_the_upload_lines_the_access_log_shows_no_upload() {
    assert!(!from_source(story(), "web_attack.upload").is_empty());
    let copy = Copy::new().without_lines("logs/nginx", "/admin/upload");
    let run = copy.run_with(&["logs/nginx"], &[]);
    let uploads = from_source(&run, "web_attack.upload");
    let claimed = uploads
        .iter()
        .filter(|f| f["outcome"] != "attempted" && f["outcome"] != "not_determinable");
    assert_eq!(claimed.count(), 0, "{uploads:?}");
}

#[test]
fn without_the_lines_of_the_script_no_web_shell() {
    let copy = Copy::new().without_lines("logs/nginx", "/uploads/");
    let run = copy.run_with(&["logs/nginx"], &[]);
    let claimed = outcomes(&run, "web_attack.webshell");
    assert!(!claimed.contains("likely_succeeded") && !claimed.contains("confirmed"), "{claimed:?}");
}

#[test]
fn without_the_answer_that_let_them_in_no_login_succeeded() {
    let copy = Copy::new().without_lines("logs/nginx", "\"POST /admin/login HTTP/1.1\" 302");
    let run = copy.run_with(&["logs/nginx"], &[]);
    let claimed = outcomes(&run, "brute_force.password");
    assert!(!claimed.contains("likely_succeeded") && !claimed.contains("confirmed"), "{claimed:?}");
    assert!(outcomes(story(), "brute_force.password").contains("likely_succeeded"));
}

#[test]
fn without_the_second_address_the_case_has_one() {
    let run = Copy::new().without_lines("logs/nginx", "198.51.100.88").run();
    assert_eq!(case(&run)["sources"].as_array().unwrap().len(), 1);
    assert_eq!(case(story())["sources"].as_array().unwrap().len(), 2);
}

#[test]
fn without_the_database_log_what_it_confirmed_is_not() {
    let with = Copy::new().run_with(&["logs/nginx", "logs/postgresql"], &[]);
    assert_eq!(case(&with)["outcome"], "confirmed");
    let without = Copy::new().run_with(&["logs/nginx"], &[]);
    assert_eq!(case(&without)["outcome"], "likely_succeeded", "one kind of log is one witness");
    let run = Copy::new().without("logs/postgresql").run();
    assert!(!run.scenarios().contains("data_leak.bulk_export"));
    assert!(story().scenarios().contains("data_leak.bulk_export"));
}

#[test]
fn without_the_audit_log_the_changed_page_is_not_seen() {
    let run = Copy::new().without("logs/audit").run();
    assert!(!outcomes(&run, "page_tamper.deface").contains("likely_succeeded"));
    assert!(outcomes(story(), "page_tamper.deface").contains("likely_succeeded"));
}

#[test]
fn a_folder_not_declared_complete_leaves_six_months_open() {
    let copy = Copy::new();
    let path = copy.path("operator.toml");
    let text = fs::read_to_string(&path).unwrap();
    let kept: String =
        text.split_inclusive('\n').filter(|l| !l.starts_with("complete_as_of")).collect();
    fs::write(path, kept).unwrap();
    let expected = BTreeMap::from([("logs_six_months".to_owned(), "not_shown".to_owned())]);
    assert_eq!(changed(&copy.run()), expected);
}

#[test]
fn without_a_receipt_no_report_is_shown() {
    let run = Copy::new().without("proofs/first-report-receipt.txt").run();
    assert_eq!(changed(&run).get("reported").map(String::as_str), Some("not_shown"));
}

#[test]
fn an_allowed_address_is_counted_and_not_reported() {
    let copy = Copy::new();
    fs::write(copy.path("allow.txt"), "203.0.113.77  # the assessment company\n").unwrap();
    let run = copy.run_with(&["logs"], &["--allow", "allow.txt"]);
    let its = |f: &Value| f["src"].as_array().unwrap().iter().any(|s| s == "203.0.113.77");
    assert_eq!(run.findings().iter().filter(|f| its(f) && f["scenario"] != "scan.web").count(), 0);
    assert!(run.json("coverage.json")["allowed_matches"].as_u64().unwrap() > 100);
    assert!(story().findings().iter().any(its));
}

#[test]
fn before_the_entry_there_is_no_case() {
    let run = Copy::new().run_with(&["logs"], &["--to", "2026-10-26 20:00"]);
    assert_eq!(run.json("report.json")["cases"].as_array().unwrap().len(), 0);
    assert!(run.text("report.html").contains("do"), "and the page still says what was read");
}

#[test]
fn what_the_profile_proves_of_the_impact_gives_the_grade() {
    let impact = |proof: &str| {
        let entry = "[[incident.impact]]\ncriterion = \"personal_info_people\"\nvalue = 10000000\n";
        Copy::new().profile("[[posts]]\n", &format!("{entry}{proof}\n[[posts]]\n")).run()
    };
    let text = fs::read_to_string(root().join("samples/hospital/operator.toml")).unwrap();
    let proof = text.lines().find(|line| line.contains("duty-log-2026-10-30.txt")).unwrap();
    let shown = impact(proof);
    assert_eq!(case(&shown)["grading"]["proposed"], "serious", "{}", shown.stderr);
    assert!(shown.text("report.html").contains("10,000,000"));
    assert_eq!(shown.statuses("operator_duty")["reported_in_time"], "not_met", "25 minutes late");
    let declared = impact("");
    assert_eq!(case(&declared)["grading"]["proposed"], "undetermined");
    let steps = case(&declared)["next_steps"].to_string();
    assert!(steps.contains("incident.impact.personal_info_people"), "{steps}");
    assert_eq!(declared.statuses("operator_duty")["reported_in_time"], "not_shown");
}

#[test]
fn a_simulation_says_so_on_the_page_and_the_terminal() {
    let run = investigate(
        Copy::new().0.path(),
        &["logs"],
        &["--operator", "operator.toml", "--law-date", "2025-06-01"],
    );
    assert!(run.stdout.contains("Simulation: with the law of 2025-06-01"), "{}", run.stdout);
    assert!(run.text("report.html").contains("2025-06-01"));
    assert_eq!(run.json("report.json")["law"]["simulated_on"], "2025-06-01");
    assert!(run.text("report.json").contains("csl-2017"), "the law of that day is cited");
}

#[test]
fn without_a_profile_nothing_is_met_and_the_proof_to_bring_is_listed() {
    let copy = Copy::new();
    let run = investigate(copy.0.path(), &["logs"], &["-q"]);
    for leg in ["operator_duty", "supervision"] {
        for (id, status) in run.statuses(leg) {
            assert!(matches!(status.as_str(), "not_shown" | "not_applicable"), "{id}: {status}");
        }
    }
    assert!(run.text("report.json").contains("unknown"));
}
