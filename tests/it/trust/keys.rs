//! The key that signs: kept elsewhere, backed up, lost, replaced.

use std::fs;

use super::{Office, is_private, lines, rewrite};
use crate::program::NOW;

#[test]
fn a_verdict_says_whose_key_it_trusts() {
    let office = Office::with_lake();
    let key = office.public_key();
    let said = office.done(&["verify"]);
    assert!(said.contains("taken from the lake's own folder"), "{said}");
    let chinese = office.done(&["verify", "--lang", "zh"]);
    assert!(chinese.contains("取自日志湖自己的文件夹"), "{chinese}");
    fs::write(office.path("lake.pub"), format!("{key}\n")).unwrap();
    for given in [key.as_str(), "lake.pub"] {
        let said = office.done(&["verify", "--key", given]);
        assert!(said.contains("key: the one you gave"), "{said}");
    }
    office.fails(&["verify", "--key", "nowhere.pub"], 2, "neither a public key nor a file");
    office.fails(&["verify", "--key", &key.replace("+", "-")], 2, "neither a public key");
}

#[test]
fn a_lake_written_anew_with_another_key_passes_only_by_its_own_folder() {
    let office = Office::with_lake();
    let key = office.public_key();
    fs::remove_dir_all(office.path("lake")).unwrap();
    office.ingest("first", &lines("forged", 40));
    assert_eq!(office.run(&["verify"]).0, 0, "nothing in the folder tells");
    office.fails(&["verify", "--key", &key], 4, "NOT signed by the key you gave");
}

#[test]
fn a_key_is_shown_with_the_place_of_its_secret() {
    let office = Office::with_lake();
    let output = office.output(&["key", "show"]);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(out.lines().count(), 1, "one line, to be kept in a file: {out}");
    assert!(out.starts_with("sancha-lake-") && !out.contains("PRIVATE"));
    assert!(err.contains("the secret key is in keys/sancha-lake-"), "{err}");
    fs::remove_dir_all(office.path("keys")).unwrap();
    let (code, said) = office.run(&["key", "show"]);
    assert!(code == 0 && said.contains("is not in keys"), "{said}");
}

#[test]
fn a_lost_key_comes_back_from_its_backup() {
    let office = Office::with_lake();
    let key = office.public_key();
    office.done(&["key", "backup", "-o", "key.txt", "--at", NOW]);
    office.done(&["key", "backup", "-o", "key.html", "--at", NOW]);
    for (name, words) in [("key.txt", "机密"), ("key.html", "<svg")] {
        assert!(is_private(&office.path(name)), "{name}");
        let text = office.text(name);
        assert!(text.contains(words) && text.contains("SECRET") && text.contains(&key), "{text}");
    }
    office.fails(&["key", "backup", "-o", "key.txt"], 2, "not overwritten");
    let page = office.text("key.txt");
    let secret = page.lines().find(|line| line.starts_with("PRIVATE")).unwrap();
    fs::write(office.path("typed.txt"), format!("\n  {secret}  \n")).unwrap();
    for backup in ["key.txt", "key.html", "typed.txt"] {
        fs::remove_dir_all(office.path("keys")).unwrap();
        fs::write(office.path("more.log"), lines("more", 1)).unwrap();
        office.fails(&["ingest", "more.log"], 2, "sancha key restore FILE");
        assert!(office.done(&["key", "restore", backup]).contains(&key));
        office.ingest(backup, &lines(backup, 3));
        let kept: Vec<_> = fs::read_dir(office.path("keys")).unwrap().collect();
        assert_eq!(kept.len(), 1);
        assert!(is_private(&kept[0].as_ref().unwrap().path()));
    }
    assert_eq!(office.run(&["verify", "--key", &key]).0, 0);
    let mut slip: Vec<char> = secret.chars().collect();
    slip[60] = if slip[60] == 'A' { 'B' } else { 'A' };
    let slip = String::from_iter(slip);
    fs::write(office.path("typed.txt"), slip).unwrap();
    office.fails(&["key", "restore", "typed.txt"], 2, "wrong character");
    office.fails(&["key", "restore", "first.log"], 2, "no key that begins with");
}

#[test]
fn a_replaced_key_signs_nothing_more_and_leads_to_the_new_one() {
    let office = Office::with_lake();
    let old = office.public_key();
    office.copy("keys", "old-keys");
    let said = office.done(&["key", "rotate", "--at", NOW]);
    let new = office.public_key();
    assert!(new != old && said.contains(&new) && said.contains("destroy it"), "{said}");
    office.ingest("second", &lines("second", 5));
    let said = office.done(&["verify", "--key", &old]);
    assert!(said.contains("led to it through 1 rotations"), "{said}");
    assert!(office.done(&["verify", "--key", &new]).contains("key: the one you gave"));
    office.done(&["key", "rotate", "--at", NOW]);
    let said = office.done(&["verify", "--key", &old]);
    assert!(said.contains("led to it through 2 rotations"), "{said}");
    // With the old secret only.
    office.fails(
        &["ingest", "first.log", "--source", "third", "--keys", "old-keys"],
        2,
        "a key that was replaced and may not sign any more",
    );
    office.done(&["key", "backup", "-o", "new.txt"]);
    fs::remove_dir_all(office.path("keys")).unwrap();
    let secret = fs::read_dir(office.path("old-keys")).unwrap().next().unwrap().unwrap().path();
    let secret = secret.to_str().unwrap();
    office.fails(&["key", "restore", secret], 2, "replaced it, and it may not sign");
    office.done(&["key", "restore", "new.txt"]);
    office.ingest("third", &lines("third", 5));
    assert_eq!(office.run(&["verify", "--key", &old]).0, 0);
}

/// The old key was stolen, and was replaced for that.
#[test]
fn what_a_replaced_key_signs_is_refused() {
    let office = Office::with_lake();
    let (old, before) = (office.public_key(), "before");
    office.copy("lake", before);
    office.copy("keys", "old-keys");
    office.done(&["key", "rotate", "--at", NOW]);
    let new = office.public_key();
    // A log with the rotation in it, under a checkpoint of the old key: the one from before, over more entries.
    office.put_back("old-keys", "keys");
    let rotated = fs::read(office.path("lake/seal/checkpoint")).unwrap();
    office.copy("lake", "rotated");
    office.put_back(before, "lake");
    office.ingest("second", &lines("forged", 5));
    let forged = fs::read(office.path("lake/seal/checkpoint")).unwrap();
    // The old key goes on behind the rotation's back: by itself the folder looks sound.
    assert_eq!(
        office.run(&["verify", "--key", &old]).0,
        0,
        "only the newer key or an anchor tells"
    );
    office.fails(&["verify", "--key", &new], 4, "NOT signed by the key you gave");
    fs::write(office.path("left.txt"), rotated).unwrap();
    office.fails(&["verify", "--against", "left.txt"], 4, "rewritten");
    office.put_back("rotated", "lake");
    fs::write(office.path("lake/seal/checkpoint"), &forged).unwrap();
    office.fails(&["verify"], 4, "seal");
    office.put_back("rotated", "lake");
    fs::write(office.path("forged.txt"), forged).unwrap();
    office.fails(&["verify", "--against", "forged.txt"], 4, "may not sign any more");
}

#[test]
fn a_pack_made_after_a_rotation_verifies_with_the_older_key() {
    let office = Office::with_lake();
    let old = office.public_key();
    office.done(&["key", "rotate", "--at", NOW]);
    let export = ["evidence", "export", "--query", "path:*7", "-o", "pack.zip", "--at", NOW];
    office.done(&export);
    let verify = |key: &str| {
        let output = std::process::Command::new(crate::program::verifier())
            .args(["pack.zip", "--lang", "en", "--key", key])
            .current_dir(office.folder.path())
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = verify(&old);
    assert!(code == 0 && said.contains("led to it through 1 rotations"), "{said}");
    let (code, said) = verify(&office.public_key());
    assert!(code == 0 && said.contains("the key you gave"), "{said}");
    let other = Office::with_lake().public_key();
    let (code, said) = verify(&other);
    assert!(code == 4 && said.contains("not signed by the key you gave"), "{said}");
}

#[test]
fn a_history_written_anew_with_the_same_key_is_caught_by_what_was_left_elsewhere() {
    let office = Office::with_lake();
    let key = office.public_key();
    fs::copy(office.path("lake/seal/checkpoint"), office.path("early.txt")).unwrap();
    office.copy("lake", "before");
    office.ingest("second", &lines("second", 40));
    fs::copy(office.path("lake/seal/checkpoint"), office.path("late.txt")).unwrap();
    let left = ["verify", "--against", "early.txt", "--against", "late.txt"];
    let said = office.done(&left);
    assert_eq!(said.matches("the log goes on from it").count(), 2, "{said}");
    rewrite(&office, "before");
    assert_eq!(office.run(&["verify", "--key", &key]).0, 0, "the key does not tell");
    let (code, said) = office.run(&left);
    assert_eq!(code, 4, "{said}");
    let late = said.lines().find(|line| line.contains("late.txt")).unwrap();
    assert!(late.contains("rewritten, behind the first 2."), "{late}");
    assert!(late.contains("wrote two histories"), "{late}");
    assert!(said.contains("early.txt, 2 entries: the log goes on from it"), "{said}");
    // Cut back to where it was.
    office.put_back("before", "lake");
    assert_eq!(office.run(&["verify"]).0, 0);
    office.fails(&left, 4, "the tail of the log was CUT");
}
