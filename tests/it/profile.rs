//! What the operator profile says of the logs.

use std::fs;

use tempfile::TempDir;

use crate::program::investigate;

const LOG: &str = "2026-10-22T03:14:15+08:00|203.0.113.9|GET /search?q=x HTTP/1.1|200\n\
                   2026-10-22T03:14:16+08:00|203.0.113.9|GET /index.html HTTP/1.1|200\n";

#[test]
fn the_profile_describes_the_format_of_an_access_log() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("site.log"), LOG).unwrap();
    let profile = "[[sources]]\nid = \"site\"\npath = \"site.log\"\n\
                   log_format = '$time_iso8601|$remote_addr|$request|$status'\n";
    fs::write(folder.path().join("operator.toml"), profile).unwrap();
    let format = |options: &[&str]| {
        let found = investigate(folder.path(), &["site.log"], options);
        found.json("coverage.json")["files"][0]["format"].as_str().unwrap().to_owned()
    };
    assert_eq!(format(&["-q"]), "text/stamped");
    assert_eq!(format(&["-q", "--operator", "operator.toml"]), "web/custom");
}
