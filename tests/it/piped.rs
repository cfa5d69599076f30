//! Logs on standard input: the report shows the lines that it cites.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{NOW, program, root};

#[test]
fn a_report_of_piped_logs_shows_the_lines_it_cites() {
    let logs = root().join("samples/hospital/logs/nginx");
    let mut piped = Vec::new();
    for number in [4, 3] {
        let file = fs::File::open(logs.join(format!("access.log.{number}.gz"))).unwrap();
        let text = Command::new("gzip").arg("-dc").stdin(file).output().unwrap();
        piped.extend(text.stdout);
    }
    let out = TempDir::new().unwrap();
    let mut child = Command::new(program())
        .args(["investigate", "-", "--at", NOW, "-q", "-o"])
        .arg(out.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&piped).unwrap();
    assert!(child.wait().unwrap().success());
    let text = fs::read_to_string(out.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let lines = report["lines"].as_array().unwrap();
    let given: Vec<&[u8]> = piped.split(|byte| *byte == b'\n').collect();
    assert!(lines.len() > 20, "{} lines", lines.len());
    for line in lines {
        let place = usize::try_from(line["line"].as_u64().unwrap()).unwrap();
        assert_eq!(line["path"], "-");
        assert_eq!(line["text"].as_str().unwrap().as_bytes(), given[place - 1], "line {place}");
    }
    let page = fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(
        page.contains("POST &#x2f;admin&#x2f;upload HTTP"),
        "the upload's own line is on the page"
    );
}
