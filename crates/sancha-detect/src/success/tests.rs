use sancha_model::{EvidenceRef, FindingId};

use super::*;

fn related(findings: &mut [Finding]) {
    let machines = |finding: &Finding| finding.hosts.iter().cloned().collect();
    relate(
        findings,
        &Origins { kind: &str::to_owned, machines: &machines, shown: &|time| time.to_string() },
    );
}

fn finding(scenario: Scenario, source: Option<[u8; 4]>, seconds: i64, path: &str) -> Finding {
    let time = Some(EventTime::from_seconds(1_700_000_000 + seconds));
    Finding {
        id: FindingId(format!("F-{seconds}")),
        scenario,
        level: Level::High,
        outcome: Outcome::NotDeterminable,
        outcome_reason: texts::REASON_NO_SECOND_SIGNAL.local(),
        first: time,
        last: time,
        count: 1,
        src: source.into_iter().map(Into::into).collect(),
        hosts: Vec::new(),
        users: vec!["www-data".to_owned()],
        entered: Vec::new(),
        entered_hosts: Vec::new(),
        entered_at: None,
        rules: Vec::new(),
        evidence: vec![EvidenceRef { path: path.into(), line: 1 }],
        by_person: false,
        by_api: false,
        gave_data: false,
        telling: None,
        objects: vec!["/x".to_owned()],
        summary: LocalText::default(),
    }
}

const SOURCE: Option<[u8; 4]> = Some([203, 0, 113, 9]);

fn outcome(attack: Scenario, sign: (Scenario, i64, &str)) -> Outcome {
    let (scenario, seconds, log) = sign;
    let mut findings =
        vec![finding(attack, SOURCE, 0, "access"), finding(scenario, None, seconds, log)];
    related(&mut findings);
    findings.first().map_or(Outcome::Attempted, |finding| finding.outcome)
}

#[test]
fn a_command_that_the_host_shows_running_has_likely_succeeded() {
    let sign = (Scenario::CONFIG_ACCOUNT, 20, "audit");
    assert_eq!(outcome(Scenario::WEB_COMMAND, sign), Outcome::LikelySucceeded);
}

#[test]
fn a_table_emptied_after_an_injection_is_its_second_signal() {
    let sign = (Scenario::DATABASE_DELETE, 5, "postgresql");
    assert_eq!(outcome(Scenario::WEB_SQLI, sign), Outcome::LikelySucceeded);
}

#[test]
fn a_statement_that_the_database_complains_of_in_the_same_seconds_is_a_second_signal() {
    let sign = |seconds| (Scenario::WEB_SQLI, seconds, "postgresql");
    assert_eq!(outcome(Scenario::WEB_SQLI, sign(1)), Outcome::LikelySucceeded);
    assert_eq!(outcome(Scenario::WEB_SQLI, sign(-2)), Outcome::LikelySucceeded);
    assert_eq!(outcome(Scenario::WEB_SQLI, sign(9)), Outcome::NotDeterminable);
    assert_eq!(outcome(Scenario::WEB_COMMAND, sign(1)), Outcome::NotDeterminable);
}

#[test]
fn the_same_log_later_records_and_other_kinds_are_no_second_signal() {
    for sign in [
        (Scenario::CONFIG_ACCOUNT, 20, "access"),
        (Scenario::CONFIG_ACCOUNT, 600, "audit"),
        (Scenario::DATABASE_DELETE, 20, "postgresql"),
    ] {
        assert_eq!(outcome(Scenario::WEB_COMMAND, sign), Outcome::NotDeterminable, "{sign:?}");
    }
}

#[test]
fn logs_that_name_no_host_are_of_one_machine_where_they_lie_together() {
    let outcome_with = |sign_path: &str, elsewhere: &str| {
        let mut findings = [
            finding(Scenario::WEB_COMMAND, Some([192, 0, 2, 1]), 10, "web01/nginx/access.log"),
            finding(Scenario::WEB_SHELL, None, 12, sign_path),
            finding(Scenario::EXPLOIT_PRIVILEGE, None, 9_000, elsewhere),
        ];
        findings[0].hosts.clear();
        findings[1].hosts.clear();
        findings[2].hosts = vec!["mail01".to_owned()];
        related(&mut findings);
        findings[0].outcome
    };
    let elsewhere = "mail01/auth.log";
    assert_eq!(outcome_with("web01/audit/audit.log", elsewhere), Outcome::LikelySucceeded);
    assert_eq!(outcome_with("db01/audit/audit.log", elsewhere), Outcome::NotDeterminable);
    assert_eq!(outcome_with("mail01/audit/audit.log", elsewhere), Outcome::NotDeterminable);
}

#[test]
fn a_critical_record_of_a_host_needs_no_entry() {
    let outcome = |level| {
        let mut findings = vec![finding(Scenario::CONFIG_ACCOUNT, None, 20, "syslog")];
        findings.iter_mut().for_each(|finding| finding.level = level);
        related(&mut findings);
        findings.first().map(|finding| finding.outcome)
    };
    assert_eq!(outcome(Level::Critical), Some(Outcome::LikelySucceeded));
    assert_eq!(outcome(Level::High), Some(Outcome::NotDeterminable));
}

#[test]
fn what_a_person_did_follows_only_from_an_entry_by_that_account() {
    let by_person = |users: &[&str]| {
        let mut done = finding(Scenario::CONFIG_ACCOUNT, None, 20, "syslog");
        (done.by_person, done.users) =
            (true, users.iter().map(|user| (*user).to_owned()).collect());
        done
    };
    let outcomes = |scenario, outcome, users: &[&str]| {
        let mut entry = finding(scenario, SOURCE, 0, "access");
        (entry.outcome, entry.users) = (outcome, vec!["bob".to_owned()]);
        let mut findings = vec![entry, by_person(users)];
        related(&mut findings);
        findings.iter().map(|finding| finding.outcome).collect::<Vec<_>>()
    };
    let open = Outcome::NotDeterminable;
    assert_eq!(outcomes(Scenario::WEB_COMMAND, open, &["bob"]), [open, open]);
    let entered = Outcome::LikelySucceeded;
    let guessed = Scenario::BRUTE_PASSWORD;
    assert_eq!(outcomes(guessed, entered, &["bob"]), [entered, entered]);
    assert_eq!(outcomes(guessed, entered, &["eve"]), [entered, open]);
    assert_eq!(outcomes(guessed, entered, &[]), [entered, open]);
    // `useradd` names nobody: only root may.
    let as_root = |users: &[&str]| {
        let mut entry = finding(guessed, SOURCE, 0, "auth");
        (entry.outcome, entry.users) = (entered, vec!["root".to_owned()]);
        let mut findings = vec![entry, by_person(users)];
        related(&mut findings);
        findings.get(1).map(|finding| finding.outcome)
    };
    assert_eq!((as_root(&[]), as_root(&["eve"])), (Some(entered), Some(open)));
    let became_root = |who: &str| {
        let mut entry = finding(guessed, SOURCE, 0, "auth");
        (entry.outcome, entry.users) = (entered, vec!["bob".to_owned()]);
        let mut step = finding(Scenario::EXPLOIT_PRIVILEGE, None, 10, "auth");
        step.users = vec![who.to_owned()];
        let mut findings = vec![entry, step, by_person(&[])];
        related(&mut findings);
        findings.get(2).map(|finding| finding.outcome)
    };
    assert_eq!((became_root("BOB"), became_root("eve")), (Some(entered), Some(open)));
}

#[test]
fn what_the_account_did_before_is_routine() {
    let mut findings = vec![
        finding(Scenario::CONFIG_ACCOUNT, None, -3_600, "audit"),
        finding(Scenario::WEB_COMMAND, SOURCE, 0, "access"),
        finding(Scenario::CONFIG_ACCOUNT, None, 20, "audit"),
    ];
    related(&mut findings);
    assert!(findings.iter().all(|f| f.outcome == Outcome::NotDeterminable));
}

#[test]
fn what_lies_beside_a_critical_deed_on_the_same_host_belongs_to_it() {
    let outcomes = |host: &str, level| {
        let mut deed = finding(Scenario::EXPLOIT_MALWARE, None, 0, "events");
        (deed.level, deed.hosts) = (Level::Critical, vec!["file01".to_owned()]);
        let mut before = finding(Scenario::EXPLOIT_LATERAL, None, -240, "events");
        (before.level, before.hosts, before.by_person) = (level, vec![host.to_owned()], true);
        let mut findings = vec![deed, before];
        related(&mut findings);
        findings.get(1).map(|finding| finding.outcome)
    };
    assert_eq!(outcomes("file01", Level::High), Some(Outcome::LikelySucceeded));
    assert_eq!(outcomes("file01", Level::Medium), Some(Outcome::NotDeterminable));
    assert_eq!(outcomes("file02", Level::High), Some(Outcome::NotDeterminable));
    let later = |scenario, seconds, by_person| {
        let mut deed = finding(Scenario::EXPLOIT_MALWARE, None, 0, "events");
        (deed.level, deed.hosts) = (Level::Critical, vec!["file01".to_owned()]);
        let mut later = finding(scenario, None, seconds, "events");
        (later.hosts, later.by_person) = (vec!["file01".to_owned()], by_person);
        let mut findings = vec![deed, later];
        related(&mut findings);
        findings.get(1).map(|finding| finding.outcome)
    };
    assert_eq!(later(Scenario::CONFIG_LOG, 2_000, false), Some(Outcome::LikelySucceeded));
    assert_eq!(later(Scenario::CONFIG_LOG, 20_000, false), Some(Outcome::NotDeterminable));
    assert_eq!(later(Scenario::CONFIG_ACCOUNT, 2_000, true), Some(Outcome::NotDeterminable));
}

#[test]
fn acts_of_an_intruders_kind_add_up_within_minutes_on_one_host() {
    let act = |scenario, seconds, level| {
        let mut act = finding(scenario, None, seconds, "audit");
        (act.level, act.hosts) = (level, vec!["cache01".to_owned()]);
        act
    };
    let happened = |mut findings: Vec<Finding>| {
        related(&mut findings);
        findings.iter().filter(|f| f.outcome >= Outcome::LikelySucceeded).count()
    };
    let fetched = || act(Scenario::CONFIG_PROCESS, 0, Level::High);
    let miner = |seconds| act(Scenario::EXPLOIT_MALWARE, seconds, Level::Medium);
    let guard_off = || act(Scenario::CONFIG_SERVICE, 60, Level::High);
    assert_eq!(happened(vec![fetched(), guard_off(), miner(80)]), 3);
    assert_eq!(happened(vec![fetched(), miner(80)]), 0, "one of high level and one other");
    assert_eq!(happened(vec![fetched(), guard_off(), miner(4_000)]), 0, "an hour later");
    assert_eq!(happened(vec![fetched(), act(Scenario::LEAK_CREDENTIAL, 90, Level::High)]), 2);
    let mut elsewhere = miner(80);
    elsewhere.hosts = vec!["cache02".to_owned()];
    assert_eq!(happened(vec![fetched(), guard_off(), elsewhere]), 0);
    let by_person =
        [fetched(), guard_off(), miner(80)].map(|act| Finding { by_person: true, ..act });
    assert_eq!(happened(by_person.into()), 0, "an administrator sets up a server");
}

#[test]
fn what_an_interface_did_is_an_intruders_by_what_else_the_source_does() {
    let deed = |scenario, source, seconds| Finding {
        by_api: true,
        ..finding(scenario, source, seconds, "audit.log")
    };
    let outcomes = |mut findings: Vec<Finding>| {
        asked::add_up(&mut findings);
        findings.iter().map(|finding| finding.outcome).collect::<Vec<_>>()
    };
    use Outcome::{Attempted, LikelySucceeded, NotDeterminable};
    let account = || deed(Scenario::CONFIG_ACCOUNT, SOURCE, 3_600);
    assert_eq!(outcomes(vec![account()]), [NotDeterminable]);
    let again = deed(Scenario::CONFIG_ACCOUNT, SOURCE, 3_700);
    assert_eq!(outcomes(vec![account(), again]), [NotDeterminable; 2], "one kind of deed");
    let host = || deed(Scenario::EXPLOIT_PRIVILEGE, SOURCE, 4_000);
    assert_eq!(outcomes(vec![account(), host()]), [LikelySucceeded; 2]);
    let attack = |seconds| finding(Scenario::WEB_SSRF, SOURCE, seconds, "access.log");
    assert_eq!(outcomes(vec![attack(0), account()]), [NotDeterminable, LikelySucceeded]);
    assert_eq!(outcomes(vec![attack(-90_000), account()]), [NotDeterminable; 2], "a day before");
    let tried = Finding { outcome: Attempted, ..attack(0) };
    assert_eq!(outcomes(vec![tried, account()]), [Attempted, NotDeterminable]);
    let elsewhere = deed(Scenario::EXPLOIT_PRIVILEGE, Some([203, 0, 113, 8]), 4_000);
    assert_eq!(outcomes(vec![account(), elsewhere]), [NotDeterminable; 2]);
    let said = Finding { by_api: false, ..account() };
    assert_eq!(outcomes(vec![said, host()])[0], NotDeterminable);
}
