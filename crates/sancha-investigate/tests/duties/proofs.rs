//! What a lake brings of itself: proofs of retention, restore tests of its backups.

use jiff::civil::{Date, date};
use sancha_compliance::{KeptLogs, KeptShorter, Signed};
use sancha_model::{EventTime, Status};

use super::{DIGEST, Story, profile_text, proof};

/// What a lake states of the log of the system touched, on the evening of the day.
fn kept(source: &str, first: &str, last: &str) -> KeptLogs {
    let at = |day: &str| EventTime::from_timestamp(format!("{day}T12:00:00Z").parse().unwrap());
    KeptLogs {
        path: "proof.jsonl".to_owned(),
        sha256: DIGEST.to_owned(),
        signed: Signed::No,
        made: at("2026-11-02"),
        source: source.to_owned(),
        span: Some((at(first), at(last))),
        gaps: Vec::new(),
        waiver: None,
        root: "5a".repeat(32),
        log_size: 9,
        anchors: vec!["某局 2026-11-01".to_owned()],
    }
}

#[test]
fn a_lake_answers_for_the_logs_that_it_keeps() {
    let at = |day: &str| EventTime::from_timestamp(format!("{day}T12:00:00Z").parse().unwrap());
    let judged_beside = |missing: &[&'static str], kept: KeptLogs| {
        let mut story = Story::new(profile_text("public_institution", ""));
        story.log_from = date(2026, 10, 30);
        story.missing = missing.to_vec();
        story.kept = vec![kept];
        let duty = story.run().0;
        let one = duty.iter().find(|one| one.id == "logs_six_months").unwrap().clone();
        (one.status.unwrap(), serde_json::to_string(&one.statements).unwrap())
    };
    let judged = |kept: KeptLogs| judged_beside(&["statement.txt"], kept);
    let whole = || kept("/logs/access.log", "2026-05-02", "2026-11-02");
    let (status, said) = judged(whole());
    assert_eq!(status, Status::Met);
    for part in ["2026-05-02", &"5a".repeat(32), "proof.jsonl", DIGEST, "某局"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let short = || kept("/logs/access.log", "2026-05-03", "2026-11-02");
    assert_eq!(judged(short()).0, Status::NotShown);
    let (status, said) = judged_beside(&[], short());
    assert_eq!(status, Status::NotMet, "the logs read are shown to be complete and too short");
    assert!(said.contains("duty.kept_open") && said.contains("duty.logs_short"), "{said}");
    assert_eq!(judged(kept("/logs/access.log", "2026-05-02", "2026-10-29")).0, Status::NotShown);
    let hole = KeptLogs { gaps: vec![(at("2026-07-01"), at("2026-07-06"))], ..whole() };
    let (status, said) = judged(hole);
    assert!(status == Status::NotShown && said.contains("2026-07-06"), "{said}");
    let long_ago = KeptLogs { gaps: vec![(at("2026-01-01"), at("2026-05-02"))], ..whole() };
    assert_eq!(judged(long_ago).0, Status::Met);
    let before = KeptLogs { made: at("2026-11-01"), ..whole() };
    assert_eq!(judged(before).0, Status::NotShown);
    let waived = |until: Date| {
        let waiver = KeptShorter { days: 30, granted: at("2026-10-01"), until };
        judged(KeptLogs { waiver: Some(waiver), ..whole() })
    };
    let (status, said) = waived(date(2026, 11, 2));
    assert!(status == Status::NotMet && said.contains("duty.kept_waived"), "{said}");
    assert_eq!(waived(date(2026, 11, 1)).0, Status::Met);
    // Of another system's log it says nothing here; the logs that were read answer.
    let (_, said) = judged(kept("/var/log/other.log", "2026-05-02", "2026-11-02"));
    assert!(!said.contains("duty.kept"), "{said}");
}

/// Days and results of restore tests, and what else the backup says; the status, and what is said.
fn restored(tests: &[(&str, bool)], more: &str) -> (Status, String) {
    let one = |(day, passed): &(&str, bool)| {
        let proof = proof("test.json", day, "restore_test");
        format!("{{ date = {day}, passed = {passed}, {proof} }}")
    };
    let tests: Vec<_> = tests.iter().map(one).collect();
    let backup = format!(
        "\n[[backups]]\nid = \"logs\"\nsystem = \"web\"\nkind = \"offsite\"\nfrom = 2025-01-01\n{more}\nrestore_tests = [{}]\n",
        tests.join(", ")
    );
    let (duty, _) = Story::new(profile_text("public_institution", "") + &backup).run();
    let one = duty.iter().find(|one| one.id == "backup_restores").unwrap();
    let said: Vec<_> = one.statements.iter().map(|said| said.render().en.into_owned()).collect();
    (one.status.unwrap(), said.join("\n"))
}

#[test]
fn a_restore_test_counts_when_it_passed_before_the_facts_and_is_not_old() {
    let lake = "lake = \"l\"";
    let (status, said) = restored(&[("2026-10-01", true)], lake);
    assert_eq!(status, Status::Met);
    let age = "of 2026-10-01 passed, 32 days before 2026-11-02, the day judged, and 34 days before";
    assert!(said.contains(age), "{said}");
    let (status, said) = restored(&[("2026-10-01", true), ("2026-10-20", false)], lake);
    assert_eq!(status, Status::NotMet);
    assert!(said.contains("of 2026-10-20 failed"), "{said}");
    let (status, said) = restored(&[("2025-10-01", true)], lake);
    assert_eq!(status, Status::NotShown);
    assert!(said.contains("further back"), "{said}");
    assert_eq!(restored(&[("2026-11-03", true)], lake).0, Status::NotShown);
    // The unit's own interval goes first; a backup that is tested by hand has none of ours.
    let (own, short) = ("restore_test_every_months = 24", "restore_test_every_months = 1");
    assert_eq!(restored(&[("2025-10-01", true)], &format!("{lake}\n{own}")).0, Status::Met);
    assert_eq!(restored(&[("2026-10-01", true)], &format!("{lake}\n{short}")).0, Status::NotShown);
    assert_eq!(restored(&[("2025-10-01", true)], "").0, Status::Met);
}
