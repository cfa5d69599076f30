//! Official text that the user imported is quoted where a report cites it, and nowhere else.

use std::fs;

use tempfile::TempDir;

use crate::program::{Result, investigate, root, sancha};

const TEXT: &str = "某法\n第一章 总则\n第二十三条 示例条文甲，第一款。\n示例条文甲，第二款。\n\
                    第九十条 示例条文乙，本案不援引。\n";

fn imported(arguments: &[&str]) -> (TempDir, std::process::Output) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("law.txt"), TEXT).unwrap();
    let mut all = vec!["law", "import", "law.txt"];
    all.extend(arguments);
    let output = sancha(folder.path(), &all);
    (folder, output)
}

fn with(folder: &TempDir) -> Result {
    let texts = folder.path().join("texts");
    let options = ["--operator", "operator.toml", "-q", "--law-text", texts.to_str().unwrap()];
    investigate(&root().join("samples/hospital"), &["logs"], &options)
}

#[test]
fn a_cited_article_is_quoted_with_origin_and_digest() {
    let (folder, output) = imported(&["--id", "csl-2026", "-o", "texts"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = with(&folder);
    let report = found.json("report.json");
    let quotes = report["quotes"].as_array().unwrap();
    assert_eq!(quotes.len(), 1, "{quotes:?}");
    let sha256 = quotes[0]["sha256"].as_str().unwrap();
    let expected = std::process::Command::new("sha256sum")
        .arg(folder.path().join("law.txt"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&expected.stdout).starts_with(sha256));
    assert_eq!((&quotes[0]["article"], &quotes[0]["origin"]), (&23.into(), &"law.txt".into()));
    let page = found.text("report.html");
    for part in ["示例条文甲，第一款。", "示例条文甲，第二款。", "imported text: law.txt", sha256]
    {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("示例条文甲，第一款。").count(), 1, "once, however often it is cited");
    assert!(!page.contains("示例条文乙"), "an article that is not cited is not quoted");
}

#[test]
fn without_a_folder_nothing_is_quoted() {
    let report = crate::story::story().json("report.json");
    assert_eq!(report["quotes"], serde_json::json!([]));
}

#[test]
fn a_text_must_say_which_version_it_is() {
    let (_folder, output) = imported(&["-o", "texts"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--id csl-2026"));
    let (_folder, output) = imported(&["--id", "csl-1999", "-o", "texts"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("csl-2026"), "known ids are named");
}

#[test]
fn a_folder_that_is_missing_or_spoilt_is_named() {
    let (folder, _output) = imported(&["--id", "csl-2026"]);
    let found = with(&folder);
    assert_eq!(found.exit, 2);
    assert!(found.stderr.contains("texts"), "{}", found.stderr);
    fs::create_dir(folder.path().join("texts")).unwrap();
    fs::write(folder.path().join("texts/csl-2026.json"), "{").unwrap();
    let found = with(&folder);
    assert_eq!(found.exit, 2);
    assert!(found.stderr.contains("csl-2026.json") && found.stderr.contains("law import"));
}
