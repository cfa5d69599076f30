//! Another node that witnesses the log, through files.

use std::fs;

use super::{Office, lines, rewrite};
use crate::program::NOW;

/// Sends a request to the witness and takes the answer back.
fn witnessed(office: &Office, other: &Office, more: &[&str]) {
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    let sign = ["witness", "sign", "request", "-o", "signed", "--at", NOW];
    other.done(&[&sign[..], more].concat());
    fs::copy(other.path("signed"), office.path("signed")).unwrap();
}

fn witness_key(other: &Office) -> String {
    let output = other.output(&["witness", "show"]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_witness_signs_what_grew_and_the_verdict_names_it() {
    let (office, other) = (Office::with_lake(), Office::new());
    let log = office.public_key();
    let key = witness_key(&other);
    witnessed(&office, &other, &["--log", &log]);
    office.fails(&["anchor", "accept", "signed"], 2, "name its public key with --witness");
    let said = office.done(&["anchor", "accept", "signed", "--witness", &key, "--at", NOW]);
    assert!(said.contains("accepted: sancha-witness-"), "{said}");
    let said = office.done(&["verify"]);
    assert!(said.contains("the first 2 entries, witness sancha-witness-"), "{said}");
    assert!(said.contains("2 entries should be complete since the last anchor"), "{said}");
    assert!(said.contains("1 since then have none; that is the log's own word"), "{said}");
    assert!(said.contains("its key is from the log"), "{said}");
    let said = office.done(&["verify", "--key", &key, "--key", &log]);
    assert!(said.contains("with the key you gave") && said.contains("key: the one you gave"));
    assert!(said.contains("complete: the first 2 entries are those that others have"), "{said}");
    // From then on neither key has to be named again.
    office.ingest("second", &lines("second", 5));
    witnessed(&office, &other, &[]);
    office.done(&["anchor", "accept", "signed", "--at", NOW]);
    office.done(&["anchor", "accept", "signed", "--at", NOW]);
    let listed = office.done(&["anchor", "list"]);
    assert_eq!(listed.lines().count(), 2, "the same one twice is once: {listed}");
    assert!(listed.contains("seal/anchors/"), "{listed}");
    assert_eq!(office.run(&["verify"]).0, 0);
}

#[test]
fn a_witness_refuses_a_history_written_anew_and_keeps_the_evidence() {
    let (office, other) = (Office::with_lake(), Office::new());
    let (log, key) = (office.public_key(), witness_key(&other));
    office.copy("lake", "before");
    office.ingest("second", &lines("second", 40));
    witnessed(&office, &other, &["--log", &log]);
    office.done(&["anchor", "accept", "signed", "--witness", &key]);
    fs::copy(other.path("signed"), office.path("kept-by-witness")).unwrap();
    rewrite(&office, "before");
    assert_eq!(office.run(&["verify"]).0, 0, "by itself the lake looks sound");
    // The log forgot that there was a witness; the witness did not.
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    let sign = ["witness", "sign", "request", "-o", "again"];
    other.fails(&sign, 2, "sancha anchor export --from 3");
    office.done(&["anchor", "export", "-o", "request", "--from", "3"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    other.fails(&sign, 4, "REFUSED");
    let refused: Vec<_> = fs::read_dir(other.path("witness"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().contains(".refused-3-"))
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(fs::read(&refused[0]).unwrap(), fs::read(office.path("request")).unwrap());
    assert!(!other.path("again").exists());
    // What the witness has shows it to whoever verifies, too.
    office.fails(&["verify", "--against", "kept-by-witness"], 4, "wrote two histories");
    office.fails(&["anchor", "accept", "kept-by-witness", "--witness", &key], 4, "written anew");
    // Cut back.
    office.put_back("before", "lake");
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    other.fails(&sign, 4, "cut or replaced");
}

#[test]
fn a_witness_is_told_of_a_new_key() {
    let (office, other) = (Office::with_lake(), Office::new());
    let (log, key) = (office.public_key(), witness_key(&other));
    other.done(&["witness", "show"]);
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    let sign = ["witness", "sign", "request", "-o", "signed"];
    other.fails(&sign, 2, "its public key is needed with --log");
    let stranger = Office::with_lake().public_key();
    other.fails(&[&sign[..], &["--log", &stranger]].concat(), 2, "needed with --log");
    witnessed(&office, &other, &["--log", &log]);
    office.done(&["anchor", "accept", "signed", "--witness", &key]);
    office.done(&["key", "rotate"]);
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    other.fails(&sign, 2, "if they replaced their key");
    other.fails(&[&sign[..], &["--log", &log]].concat(), 2, "if they replaced their key");
    witnessed(&office, &other, &["--log", &office.public_key()]);
    office.done(&["anchor", "accept", "signed"]);
    assert_eq!(office.run(&["verify", "--key", &log, "--key", &key]).0, 0);
    fs::write(other.path("request"), "something else").unwrap();
    other.fails(&sign, 2, "anchor export");
}

#[test]
fn an_altered_or_missing_answer_is_found() {
    let (office, other) = (Office::with_lake(), Office::new());
    let (log, key) = (office.public_key(), witness_key(&other));
    witnessed(&office, &other, &["--log", &log]);
    office.done(&["anchor", "accept", "signed", "--witness", &key]);
    let folder = office.path("lake/seal/anchors");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let sound = fs::read(&file).unwrap();
    for place in [0, sound.len() / 2, sound.len() - 2] {
        let mut altered = sound.clone();
        altered[place] ^= 1;
        fs::write(&file, altered).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        office.fails(&["verify"], 4, &format!("{name}` was ALTERED"));
    }
    fs::remove_file(&file).unwrap();
    office.fails(&["verify"], 4, "is MISSING");
}

#[test]
fn a_pack_takes_the_checkpoint_that_a_witness_signed() {
    let (office, other) = (Office::with_lake(), Office::new());
    let (log, key) = (office.public_key(), witness_key(&other));
    witnessed(&office, &other, &["--log", &log]);
    office.done(&["anchor", "accept", "signed", "--witness", &key]);
    office.done(&["evidence", "export", "--query", "path:*7", "-o", "pack.zip", "--at", NOW]);
    let output = std::process::Command::new(crate::program::verifier())
        .args(["pack.zip", "--lang", "en", "--key", &log, "--key", &key])
        .current_dir(office.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("witness sancha-witness-"), "{said}");
    assert!(said.contains("anchored outside: witness") && said.contains("2 entries"), "{said}");
}
