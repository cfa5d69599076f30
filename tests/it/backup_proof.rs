//! Restore tests, what makes them fail, and the investigation that reads their proof.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;

use crate::{
    backup::{Kept, Told, files, nginx},
    program::{NOW, root},
};

#[test]
fn a_restore_test_leaves_a_dated_proof() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    fs::create_dir(kept.path("temp")).unwrap();
    kept.run(&["backup", "verify", "--temp", "temp"]).expect(0).says("all as they were sealed");
    kept.run(&["backup", "verify", "--temp", "temp", "--full"]).expect(0);
    kept.run(&["backup", "test", "--lake", "lake", "--temp", "temp", "--at", NOW])
        .expect(0)
        .says("the restore test passed");
    assert_eq!(fs::read_dir(kept.path("temp")).unwrap().count(), 0, "nothing stays behind");
    let proof = files(kept.folder.path(), ".json").into_iter().find(|path| {
        path.file_name().unwrap().to_str().unwrap().starts_with("lake.restore-test-2026")
    });
    let proof: Value = serde_json::from_slice(&fs::read(proof.unwrap()).unwrap()).unwrap();
    assert_eq!(proof["result"], "passed");
    let count = kept.lines(&kept.path("lake"), "").lines().count();
    assert_eq!(proof["verified"]["rows"], count);
    assert_eq!(proof["verified"]["entries"], proof["checkpoint"]["entries"]);
    assert!(
        proof["restored"]["files"].as_u64().unwrap() > 5 && proof["faults"][0].is_null(),
        "{proof}"
    );
}

/// Changes one byte in the middle of every pack that is large enough to hold parts.
fn damage(repository: &Path) {
    for pack in files(&repository.join("data"), "") {
        let mut bytes = fs::read(&pack).unwrap();
        if bytes.len() > 10_000 {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::set_permissions(&pack, fs::Permissions::from_mode(0o600)).unwrap();
            fs::write(&pack, bytes).unwrap();
        }
    }
}

#[test]
fn a_damaged_repository_is_found_and_fails_the_test() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    damage(&kept.path("repository"));
    kept.run(&["backup", "verify", "--subset", "100%"]).expect(4).says("the repository is damaged");
    kept.run(&["backup", "test", "-o", "proof.json", "--at", NOW])
        .expect(4)
        .says("the restore test failed");
    let proof: Value = serde_json::from_slice(&fs::read(kept.path("proof.json")).unwrap()).unwrap();
    assert_eq!(proof["result"], "failed");
    kept.run(&["backup", "restore", "--to", "restored"]).expect(4);
}

#[test]
fn a_lake_that_lacks_a_part_is_backed_up_and_does_not_pass_the_test() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    let part = files(&kept.path("lake/data"), ".parquet").pop().unwrap();
    fs::remove_file(&part).unwrap();
    let name = part.file_name().unwrap().to_str().unwrap();
    kept.create(&["--init"]).expect(3).says(name).says("sancha verify");
    kept.run(&["backup", "test", "-o", "proof.json"]).expect(4).says("missing");
    let proof: Value = serde_json::from_slice(&fs::read(kept.path("proof.json")).unwrap()).unwrap();
    assert_eq!(proof["result"], "failed");
    assert!(proof["faults"][0].as_str().unwrap().contains(name), "{proof}");
}

fn answer(kept: &Kept, more: &str, proofs: &[&str]) -> (Told, Option<String>) {
    answer_by(kept, more, proofs, None)
}

/// Investigates the sample's web logs with a profile that has `more` and with proofs; the answer to whether
/// the backup restores, and all that was said. With `key`, the proofs have to be signed by it.
fn answer_by(
    kept: &Kept,
    more: &str,
    proofs: &[&str],
    key: Option<&str>,
) -> (Told, Option<String>) {
    let sample = root().join("samples/hospital");
    let profile = fs::read_to_string(sample.join("operator.toml")).unwrap();
    fs::write(kept.path("operator.toml"), format!("{profile}\n{more}")).unwrap();
    let logs = sample.join("logs/nginx");
    let logs = logs.to_str().unwrap();
    let mut given = vec!["investigate", logs, "-o", "report", "--at", NOW, "-q"];
    given.extend(["--operator", "operator.toml"]);
    given.extend(proofs.iter().flat_map(|proof| ["--backup-proof", proof]));
    given.extend(key.iter().flat_map(|key| ["--proof-key", key]));
    let told = kept.run(&given);
    let report = fs::read(kept.path("report/report.json")).ok();
    let report: Option<Value> = report.map(|report| serde_json::from_slice(&report).unwrap());
    let duties = report.map(|report| report["cases"][0]["operator_duty"].clone());
    let found = duties
        .iter()
        .filter_map(Value::as_array)
        .flatten()
        .find(|one| one["id"] == "backup_restores");
    let _ = fs::remove_dir_all(kept.path("report"));
    (told, found.map(ToString::to_string))
}

#[test]
fn the_second_investigation_reads_the_proof() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    let test = ["backup", "test", "-o", "proof.json", "--at", "2026-10-01T09:00:00+08:00"];
    kept.run(&test).expect(0);
    let by_hand = fs::read_to_string(kept.path("proof.json")).unwrap();
    let lake =
        serde_json::from_str::<Value>(&by_hand).unwrap()["lake"].as_str().unwrap().to_owned();
    // As the system clock of that day would have dated it.
    let text = by_hand.replace("  \"clock_by_hand\": true,\n", "");
    assert_ne!(text, by_hand);
    fs::write(kept.path("proof.json"), &text).unwrap();
    fs::write(kept.path("by-hand.json"), &by_hand).unwrap();
    let (told, _) = answer(&kept, "", &["proof.json"]);
    told.expect(2).says(&format!("lake = \"{lake}\""));
    let backup = |system: &str| {
        format!(
            "[[backups]]\nid = \"logs-{system}\"\nsystem = \"{system}\"\nkind = \"offsite\"\nfrom = 2025-01-01\nlake = \"{lake}\"\n"
        )
    };
    let backups = ["portal", "his"].map(backup).concat();
    let status = |proofs: &[&str]| answer(&kept, &backups, proofs).1.unwrap();
    let met = status(&["proof.json"]);
    assert!(
        met.contains("\"status\":\"met\"") && met.contains("the restore test of 2026-10-01 passed"),
        "{met}"
    );
    assert!(met.contains("29 days before this report") && met.contains("proof.json"), "{met}");
    assert!(status(&[]).contains("\"status\":\"not_shown\""));
    let (told, dated) = answer(&kept, &backups, &["by-hand.json"]);
    told.expect(0).says("by-hand.json: the time of this restore test was set by hand");
    assert!(dated.unwrap().contains("\"status\":\"not_shown\""));
    // The last test before the facts speaks, in whatever order they are given.
    let failed = text.replace("\"passed\"", "\"failed\"").replace("2026-10-01", "2026-10-02");
    fs::write(kept.path("failed.json"), failed).unwrap();
    let both = status(&["failed.json", "proof.json"]);
    assert!(
        both.contains("\"status\":\"not_met\"") && both.contains("2026-10-02 failed"),
        "{both}"
    );
    fs::write(kept.path("old.json"), text.replace("2026-10-01", "2024-10-01")).unwrap();
    assert!(status(&["old.json"]).contains("\"status\":\"not_shown\""));
    fs::write(kept.path("other.json"), "{}").unwrap();
    let (told, _) = answer(&kept, &backups, &["other.json"]);
    told.expect(2).says("sancha backup test writes one");
}

/// Who tests without the keys learns that the files come back, and no more; neither may be forgotten.
#[test]
fn a_restore_test_without_the_keys_leaves_a_record_that_counts_for_nothing() {
    let kept = Kept::new();
    let path = nginx();
    let given = ["ingest", path.to_str().unwrap(), "--lake", "lake", "--encrypt", "--at", NOW];
    kept.run(&given).expect(0);
    kept.create(&["--init"]).expect(0);
    let test = |name: &str, keys: &str| {
        kept.run(&["backup", "test", "-o", name, "--keys", keys, "--at", NOW])
            .expect(3)
            .says("shows nothing yet")
            .says("--keys");
        serde_json::from_slice::<Value>(&fs::read(kept.path(name)).unwrap()).unwrap()
    };
    let none = test("none.json", "nowhere");
    assert_eq!((&none["result"], &none["faults"]), (&"not_shown".into(), &serde_json::json!([])));
    assert!(none["restored"]["files"].as_u64().unwrap() > 5, "{none}");
    assert_eq!(none["verified"]["entries"], none["checkpoint"]["entries"]);
    assert_eq!(none["verified"]["parts"], 0);
    assert!(none["not_verified"][0].as_str().unwrap().contains(".key"), "{none}");

    let keys = files(&kept.path("keys"), ".key");
    let months = keys.iter().find(|key| key.parent() != Some(&kept.path("keys"))).unwrap();
    let months = months.parent().unwrap();
    let some = kept.path("some").join(months.file_name().unwrap());
    fs::create_dir_all(&some).unwrap();
    fs::write(some.join("1999-01.key"), "of another month").unwrap();
    let some = test("some.json", "some");
    assert_eq!(some["result"], "not_shown");
    assert!(some["verified"]["parts"] == 0 && some["faults"][0].is_null(), "{some}");
    assert!(some["not_verified"][0].as_str().unwrap().contains("2026-10.key"), "{some}");

    let lake = none["lake"].as_str().unwrap();
    let backup = format!(
        "[[backups]]\nid = \"logs\"\nsystem = \"portal\"\nkind = \"offsite\"\nfrom = 2025-01-01\nlake = \"{lake}\"\n"
    );
    let (told, answer) = answer(&kept, &backup, &["none.json"]);
    told.says("none.json: this restore test lacked keys");
    assert!(answer.unwrap().contains("\"status\":\"not_shown\""));
    kept.run(&["backup", "restore", "--to", "restored", "--keys", "nowhere"]).expect(2);
}

#[test]
fn a_signed_restore_proof_is_checked_and_one_changed_byte_is_told() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    damage(&kept.path("repository"));
    // A failed test counts, whoever dated it.
    let at = ["--at", "2026-10-01T09:00:00+08:00"];
    let test = [&["backup", "test", "--lake", "lake", "--sign"], &at[..]].concat();
    kept.run(&test).expect(4);
    let file = files(kept.folder.path(), ".signed").pop().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("sancha restore test v1\n{\n") && text.contains("\n\n\u{2014} "));
    let key = kept.run(&["key", "show", "--lake", "lake"]).expect(0).out;
    let key = key.lines().find(|line| line.starts_with("sancha-lake-")).unwrap().to_owned();
    // The key itself may hold a `+`.
    let mut pieces = key.split('+');
    let (lake, id) = (pieces.next().unwrap(), pieces.next().unwrap());
    let name = format!("{lake}+{id}");
    let backup = |system: &str| {
        format!(
            "[[backups]]\nid = \"logs-{system}\"\nsystem = \"{system}\"\nkind = \"offsite\"\nfrom = 2025-01-01\nlake = \"{lake}\"\n"
        )
    };
    let backups = ["portal", "his"].map(backup).concat();
    let proof = file.file_name().unwrap().to_str().unwrap();
    let (_, failed) = answer_by(&kept, &backups, &[proof], Some(&key));
    let failed = failed.unwrap();
    assert!(failed.contains("\"status\":\"not_met\""), "{failed}");
    assert!(failed.contains(&format!("is signed by {name}: the signature holds")), "{failed}");
    let unchecked = answer(&kept, &backups, &[proof]).1.unwrap();
    assert!(unchecked.contains("no public key was given (--proof-key)"), "{unchecked}");
    fs::write(kept.path("changed"), text.replacen("failed", "passed", 1)).unwrap();
    let (told, _) = answer_by(&kept, &backups, &["changed"], Some(&key));
    told.expect(4).says("it was changed after it was signed");
    // Without the lake the folder of keys tells who signs.
    let other = [&["backup", "test", "-o", "other", "--sign"], &at[..]].concat();
    kept.run(&other).expect(4);
    let (_, failed) = answer_by(&kept, &backups, &["other"], Some(&key));
    assert!(failed.unwrap().contains("the signature holds"));
}
