//! What is proven of how long logs are kept, and by whose word.

use std::fs;

use serde_json::Value;

use crate::{
    lake::Kept,
    program::investigate,
    retention::{THEN, retention, two_sources},
};

#[test]
fn a_lake_without_a_source_signs_no_proof() {
    let kept = Kept::new();
    let path = kept.folder.path().join("empty.log");
    fs::write(&path, "").unwrap();
    let path = path.to_str().unwrap();
    assert!(kept.run(&["ingest", path, "--at", THEN, "--keep-free", "0"]).status.success());
    assert_eq!(retention(&kept, &["prove", "--at", THEN]), (0, String::new()));
    let (code, text) = retention(&kept, &["prove", "--sign", "--at", THEN]);
    assert!(code == 2 && text.contains("no source yet"), "{text}");
}

#[test]
fn a_proof_of_the_lake_answers_the_duty() {
    let kept = Kept::new();
    let log = kept.folder.path().join("access.log");
    let text: String = (0..400)
        .map(|day| {
            let start: jiff::civil::Date = "2025-10-01".parse().unwrap();
            let date = start.checked_add(jiff::Span::new().days(day)).unwrap();
            let date = date.strftime("%d/%b/%Y");
            format!("203.0.113.9 - - [{date}:10:00:00 +0800] \"GET /{day} HTTP/1.1\" 200 7 \"-\" \"x\"\n")
        })
        .collect();
    fs::write(&log, text).unwrap();
    kept.ingest(&[&log], &["--source", "web", "--keep-free", "0"]);
    let output = kept.run(&["retention", "prove", "-f", "jsonl", "--at", crate::program::NOW]);
    let proof = kept.folder.path().join("proof.jsonl");
    fs::write(&proof, &output.stdout).unwrap();
    let path = proof.to_str().unwrap();
    let root = crate::program::root();
    let samples = ["samples/hospital/logs"];
    let duty = |options: &[&str]| investigate(&root, &samples, options).statuses("operator_duty");
    assert_eq!(duty(&[])["logs_six_months"], "not_shown");
    assert_eq!(duty(&["--retention", path])["logs_six_months"], "met");
    let report = investigate(&root, &samples, &["--retention", path]).text("report.json");
    let stated: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report.contains(stated["root"].as_str().unwrap()), "the root is cited");
    let broken = kept.folder.path().join("broken.jsonl");
    fs::write(&broken, [&output.stdout[..], b"{}\n"].concat()).unwrap();
    let refused = investigate(&root, &samples, &["--retention", broken.to_str().unwrap()]);
    assert_eq!(refused.exit, 2);
    assert!(refused.stderr.contains("broken.jsonl:2: "), "{}", refused.stderr);
}

/// What the log lists is retained only where its file is.
#[test]
fn nothing_is_proven_of_a_lake_whose_files_are_gone() {
    let kept = two_sources();
    let prove = |options: &[&str]| {
        kept.run(
            &[&["retention", "prove", "--at", crate::program::NOW, "--lang", "en"], options]
                .concat(),
        )
    };
    assert_eq!(prove(&[]).status.code(), Some(0));
    let part = kept.files(".parquet").pop().unwrap();
    let whole = fs::read(&part).unwrap();
    for left in [None, Some(&whole[..whole.len() - 1])] {
        match left {
            None => fs::remove_file(&part).unwrap(),
            Some(bytes) => fs::write(&part, bytes).unwrap(),
        }
        for options in [[].as_slice(), &["--sign"], &["-f", "jsonl"]] {
            let refused = prove(options);
            let said = String::from_utf8_lossy(&refused.stderr);
            assert_eq!(refused.status.code(), Some(4), "{said}");
            assert!(said.contains("sancha verify"), "{said}");
            assert!(refused.stdout.is_empty());
        }
    }
}

#[test]
fn a_signed_proof_is_checked_and_one_changed_byte_is_told() {
    let kept = two_sources();
    let path = |name: &str| kept.folder.path().join(name).to_str().unwrap().to_owned();
    let sign = kept.run(&["retention", "prove", "--sign", "--at", crate::program::NOW]);
    assert!(sign.status.success(), "{}", String::from_utf8_lossy(&sign.stderr));
    let text = String::from_utf8(sign.stdout).unwrap();
    assert!(text.starts_with("sancha retention proof v1\n{") && text.contains("\n\n\u{2014} "));
    let key = kept.run(&["key", "show"]).stdout;
    let key = String::from_utf8(key).unwrap();
    let key = key.lines().find(|line| line.starts_with("sancha-lake-")).unwrap().to_owned();
    fs::write(path("signed"), &text).unwrap();
    fs::write(path("changed"), text.replacen("\"lines\":", "\"lines\":1", 1)).unwrap();
    let plain = kept.run(&["retention", "prove", "-f", "jsonl", "--at", crate::program::NOW]);
    fs::write(path("plain"), plain.stdout).unwrap();
    let root = crate::program::root();
    let asked = |name: &str, keys: &[&str]| {
        let proof = path(name);
        let options = [&["--retention", &proof], keys].concat();
        investigate(&root, &["samples/hospital/logs"], &options)
    };
    let with_key = ["--proof-key", key.as_str()];
    // The key itself may hold a `+`.
    let name = key.splitn(3, '+').take(2).collect::<Vec<_>>().join("+");
    for (name_of_file, keys, said) in [
        ("signed", &with_key[..], format!("is signed by {name}: the signature holds")),
        ("signed", &[], "which was not checked: no public key was given".to_owned()),
        ("plain", &[], "has no signature: who wrote it".to_owned()),
    ] {
        let run = asked(name_of_file, keys);
        let report = run.text("report.json");
        assert!(report.contains(&said), "{name_of_file}: {said}: {}", run.stderr);
    }
    for (name_of_file, why) in
        [("changed", "it was changed after it was signed"), ("plain", "it has no signature")]
    {
        let run = asked(name_of_file, &with_key);
        assert_eq!(run.exit, 4, "{}", run.stderr);
        assert!(run.stderr.contains(why) && run.stderr.contains(name_of_file), "{}", run.stderr);
    }
    // Without the signing key nothing is signed, and the way out is told.
    fs::rename(path("keys"), path("aside")).unwrap();
    let output = kept.run(&["retention", "prove", "--sign", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("sancha key restore"));
}

/// A host's log with a line every six hours of 2026 up to an account that is guessed, but in these days of the year.
fn log_without(missing: std::ops::Range<i64>) -> Vec<String> {
    let start: jiff::civil::DateTime = "2026-01-01T00:00:00".parse().unwrap();
    let at = |minutes: i64| {
        let time = start.checked_add(jiff::Span::new().minutes(minutes)).unwrap();
        format!("{time}+08:00")
    };
    let quiet = (0..323 * 4)
        .filter(|quarter| !missing.contains(&(quarter / 4)))
        .map(|quarter| format!("{} web01 cron[7]: (root) CMD (true)\n", at(quarter * 360)));
    let tries = (0..41).map(|number| {
        let said = if number < 40 { "Failed" } else { "Accepted" };
        let time = at(323 * 1_440 + number);
        format!("{time} web01 sshd[9]: {said} password for root from 203.0.113.9 port 9 ssh2\n")
    });
    quiet.chain(tries).collect()
}

#[test]
fn a_hole_among_many_quiet_hours_is_no_six_months() {
    let duty = |lines: &[String]| {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join("secure"), lines.concat()).unwrap();
        let run = investigate(folder.path(), &["secure"], &["--at", "2026-11-24T00:00:00Z"]);
        run.statuses("operator_duty")["logs_six_months"].clone()
    };
    let mut holed = log_without(181..292);
    assert_eq!(duty(&log_without(0..0)), "met");
    assert_eq!(duty(&holed), "not_shown");
    holed.reverse();
    assert_eq!(duty(&holed), "not_shown", "written newest first");
}
