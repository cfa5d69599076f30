mod picture;

use super::*;
use sancha_model::EventTime;

fn snapshot(id: &str, lake: &str, second: i64) -> Snapshot {
    Snapshot {
        id: id.to_owned(),
        time: EventTime::from_seconds(second),
        host: "web01".to_owned(),
        lake: lake.to_owned(),
        entries: 3,
        root: "00".repeat(32),
        with_keys: false,
        paths: Vec::new(),
    }
}

#[test]
fn the_newest_snapshot_is_meant_unless_one_is_named() {
    let all = || vec![snapshot("aa11", "a", 1), snapshot("ab22", "a", 2)];
    let id = |id, lake| choose(all(), id, lake).map(|one| one.id).map_err(|error| error.text().en);
    assert_eq!(id(None, None).unwrap(), "ab22");
    assert_eq!(id(Some("latest"), Some("a")).unwrap(), "ab22");
    assert_eq!(id(Some("aa"), None).unwrap(), "aa11");
    for (one, lake) in [(Some("a"), None), (Some("cc"), None), (None, Some("b"))] {
        assert!(id(one, lake).unwrap_err().contains("or more than one"));
    }
    let two = vec![snapshot("aa11", "a", 1), snapshot("bb22", "b", 2)];
    assert!(choose(two, None, None).unwrap_err().text().en.contains("several lakes (a, b)"));
}

#[test]
fn a_proof_reads_as_it_was_written() {
    let (snapshot, error) = (snapshot("aa11", "a", 1), ResticError::Damaged.into());
    let at = EventTime::from_seconds(1_795_000_000);
    let proof = |clock_by_hand| {
        let (seconds, program, restic) = (0.5, "1", "2");
        let outcome = Err(&error);
        let snapshot = &snapshot;
        write_proof(&Tested { snapshot, outcome, at, clock_by_hand, seconds, program, restic })
    };
    let (lake, result) = ("a".to_owned(), TestResult::Failed);
    let expected = RestoreProof { lake, tested_at: at, clock_by_hand: false, result };
    let text = proof(false);
    assert_eq!(RestoreProof::parse(&text).unwrap(), expected);
    let by_hand = RestoreProof::parse(&proof(true)).unwrap();
    assert_eq!(by_hand, RestoreProof { clock_by_hand: true, ..expected });
    for (wrong, told) in [
        (text.replace("failed", "perhaps"), "no result"),
        (text.replace("tested_at", "at"), "tested_at"),
        (text.replace("/1", "/2"), "format"),
        ("{".to_owned(), "no JSON"),
    ] {
        assert!(RestoreProof::parse(&wrong).unwrap_err().en.contains(told), "{told}");
    }
}

#[test]
fn what_restic_says_is_told_apart() {
    let error = |code, line: &str| {
        let ended = restic::Ended { code: Some(code), errors: vec![line.to_owned()] };
        ended.well("restore").map_err(|error| (error.fault(), error.text().en))
    };
    assert!(error(0, "whatever").is_ok());
    for (code, line, fault, told) in [
        (1, "Is there a repository at the following location?", BackupFault::Usage, "--init"),
        (10, "", BackupFault::Usage, "--init"),
        (1, "Fatal: wrong password or no key found", BackupFault::Usage, "--password-file"),
        (12, "", BackupFault::Usage, "--password-file"),
        (1, "repository is already locked by PID 7 on web01", BackupFault::Outside, "unlock"),
        (11, "", BackupFault::Outside, "unlock"),
        (1, "Fatal: repository contains errors", BackupFault::Integrity, "damaged"),
        (
            1,
            "ignoring error for /a: ciphertext verification failed",
            BackupFault::Integrity,
            "damaged",
        ),
        (
            1,
            "Load(<data/3f>, 0, 0) returned error: open /r: no such file or directory",
            BackupFault::Integrity,
            "damaged",
        ),
        (
            1,
            "ignoring error for /a: write /a: no space left on device",
            BackupFault::Outside,
            "no space left",
        ),
        (130, "", BackupFault::Outside, "exit code 130"),
    ] {
        let (found, text) = error(code, line).unwrap_err();
        assert_eq!(found, fault, "{line}");
        assert!(text.contains(told), "{text}");
    }
}
