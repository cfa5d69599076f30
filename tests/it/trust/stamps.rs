//! Time stamps of RFC 3161, by a real authority: `openssl ts` with a chain made here.

use std::{fs, path::Path, process::Command};

use super::Office;
use crate::program::NOW;

const CONFIG: &str = "
[req]
distinguished_name = dn
prompt = no
[dn]
CN = stamps.example
[ext]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ordering = yes
";

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("openssl is there");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// An authority of its own, and its answer to `request`.
fn stamp(office: &Office, request: &str, answer: &str) {
    let folder = office.folder.path();
    if !office.path("tsa.pem").exists() {
        fs::write(office.path("tsa.cnf"), CONFIG).unwrap();
        fs::write(office.path("serial"), "01\n").unwrap();
        let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"];
        let files =
            ["-keyout", "tsa.key", "-out", "tsa.pem", "-config", "tsa.cnf", "-extensions", "ext"];
        openssl(folder, &[&new[..], &files].concat());
    }
    let reply = ["ts", "-reply", "-queryfile", request, "-inkey", "tsa.key", "-signer", "tsa.pem"];
    openssl(
        folder,
        &[&reply[..], &["-config", "tsa.cnf", "-section", "one", "-out", answer]].concat(),
    );
}

#[test]
fn a_stamp_is_asked_for_and_taken() {
    let office = Office::with_lake();
    office.done(&["anchor", "timestamp", "request", "-o", "a.tsq"]);
    assert!(office.done(&["anchor", "list"]).contains("request without an answer"));
    stamp(&office, "a.tsq", "a.tsr");
    let accept = ["anchor", "timestamp", "accept", "a.tsr", "--by", "stamps.example", "--at", NOW];
    let said = office.done(&accept);
    assert!(said.contains("stamps.example stamped the first 2 entries at 20"), "{said}");
    office.done(&accept);
    assert_eq!(office.done(&["anchor", "list"]).lines().count(), 1);
    let said = office.done(&["verify"]);
    assert!(said.contains("time-stamp authority stamps.example, stamped at 20"), "{said}");
    // The check that the verdict names is the one that the authority's own tool makes.
    let digest = said.split("-digest ").nth(1).unwrap().split(' ').next().unwrap();
    let file = said.split("-in ").nth(1).unwrap().split(' ').next().unwrap();
    let file = format!("lake/{file}");
    let check = ["ts", "-verify", "-digest", digest, "-in", &file, "-CAfile", "tsa.pem"];
    assert!(openssl(office.folder.path(), &check).contains("Verification: OK"));
    office.done(&["evidence", "export", "--query", "path:*7", "-o", "pack.zip", "--at", NOW]);
    let output = Command::new(crate::program::verifier())
        .args(["pack.zip", "--lang", "en"])
        .current_dir(office.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("time stamp"), "{said}");
}

#[test]
fn a_stamp_of_something_else_is_not_taken() {
    let office = Office::with_lake();
    office.done(&["anchor", "timestamp", "request", "-o", "a.tsq"]);
    stamp(&office, "a.tsq", "a.tsr");
    let accept = |file: &str, words: &str| {
        office.fails(&["anchor", "timestamp", "accept", file, "--by", "x"], 2, words);
    };
    fs::write(office.path("other"), "other").unwrap();
    let folder = office.folder.path();
    openssl(folder, &["ts", "-query", "-data", "other", "-sha256", "-cert", "-out", "other.tsq"]);
    stamp(&office, "other.tsq", "other.tsr");
    accept("other.tsr", "no request of this lake");
    // The right digest by a request that was not ours.
    let checkpoint = office.text("lake/seal/checkpoint");
    let text = checkpoint.split("\n\n").next().unwrap();
    fs::write(office.path("text"), format!("{text}\n")).unwrap();
    openssl(folder, &["ts", "-query", "-data", "text", "-sha256", "-cert", "-out", "text.tsq"]);
    stamp(&office, "text.tsq", "text.tsr");
    accept("text.tsr", "its nonce");
    accept("a.tsq", "not a time stamp");
    fs::write(office.path("refused.tsr"), [0x30, 5, 0x30, 3, 2, 1, 2]).unwrap();
    accept("refused.tsr", "refused, with status 2");
    accept("nowhere.tsr", "cannot read");
    assert!(office.done(&["anchor", "list"]).contains("no anchor yet"));
}
