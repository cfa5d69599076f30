//! Findings in, cases out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{collections::BTreeSet, net::IpAddr};

use jiff::tz::TimeZone;
use sancha_case::{Case, Effect, JoinReason, OpenOptions, OpenReason, Opened, Sources, open};
use sancha_model::{
    EventTime, EvidenceRef, Finding, FindingId, Level, LocalText, Outcome, Scenario, TellingRecords,
};

/// Minutes since an arbitrary midnight in UTC.
const DAY: i64 = 24 * 60;

fn finding(id: &str, scenario: Scenario, outcome: Outcome, log: &str, minutes: i64) -> Finding {
    let time = EventTime::from_seconds(1_700_006_400 + minutes * 60);
    Finding {
        id: FindingId(id.to_owned()),
        scenario,
        level: Level::High,
        outcome,
        outcome_reason: LocalText::same("reason"),
        first: Some(time),
        last: Some(time.plus(10 * EventTime::MINUTE)),
        count: 10,
        src: Vec::new(),
        hosts: Vec::new(),
        users: Vec::new(),
        entered: Vec::new(),
        entered_hosts: Vec::new(),
        entered_at: None,
        rules: Vec::new(),
        evidence: vec![EvidenceRef { path: log.into(), line: 1 }],
        by_person: false,
        by_api: false,
        gave_data: false,
        telling: None,
        objects: Vec::new(),
        summary: LocalText::same(id),
    }
}

fn from(mut finding: Finding, source: &str) -> Finding {
    finding.src = vec![source.parse().unwrap()];
    finding
}

fn on(mut finding: Finding, host: &str) -> Finding {
    finding.hosts = vec![host.to_owned()];
    finding
}

fn with_object(mut finding: Finding, object: &str) -> Finding {
    finding.objects = vec![object.to_owned()];
    finding
}

fn sources() -> Sources {
    let mut sources = Sources::default();
    for (path, format) in [
        ("access.log", "web/combined"),
        ("error.log", "web/error"),
        ("auth.log", "linux/sshd"),
        ("audit.log", "linux/auditd"),
        ("postgresql.log", "postgresql/stderr"),
        ("notes.txt", "text/plain"),
    ] {
        sources.format_by_path.insert(path.to_owned(), format.to_owned());
    }
    sources
}

fn opened(findings: &[Finding]) -> Opened {
    open(findings, &OpenOptions::in_zone(TimeZone::UTC), &sources())
}

fn ids(case: &Case) -> Vec<&str> {
    case.findings().map(|finding| finding.id.0.as_str()).collect()
}

use Outcome::{Attempted, Confirmed, LikelySucceeded, NotDeterminable};

/// A scan, guessing, an upload, its use, and a read of the database on one host.
fn story() -> Vec<Finding> {
    let a = "203.0.113.5";
    vec![
        finding("leak", Scenario::LEAK_BULK_EXPORT, LikelySucceeded, "postgresql.log", 5 * DAY),
        from(finding("scan", Scenario::SCAN_WEB, Attempted, "access.log", 0), a),
        from(finding("guess", Scenario::BRUTE_PASSWORD, Attempted, "auth.log", DAY), a),
        with_object(
            from(
                finding("upload", Scenario::WEB_UPLOAD, LikelySucceeded, "access.log", 4 * DAY),
                a,
            ),
            "/files/x.php",
        ),
        with_object(
            from(
                finding("shell", Scenario::WEB_SHELL, LikelySucceeded, "access.log", 5 * DAY - 5),
                "198.51.100.9",
            ),
            "/files/x.php",
        ),
        from(finding("other", Scenario::WEB_SQLI, Attempted, "access.log", 4 * DAY), "192.0.2.1"),
    ]
}

#[test]
fn a_story_is_one_case_in_kill_chain_order_and_a_stranger_stays_background() {
    let opened = opened(&story());
    let [case] = opened.cases.as_slice() else { panic!("{} cases", opened.cases.len()) };
    assert_eq!(case.id.0, "C-20231115-01");
    assert_eq!(ids(case), ["scan", "guess", "upload", "shell", "leak"]);
    assert_eq!(case.opened, OpenReason::LikelySucceeded);
    assert_eq!(case.outcome, Confirmed);
    let joined: Vec<JoinReason> = case.members.iter().map(|member| member.joined).collect();
    use JoinReason::{AfterEntry, Opened, SameObject, SameSource};
    assert_eq!(joined, [SameSource, SameSource, Opened, SameObject, AfterEntry]);
    assert_eq!(opened.background.len(), 1);
    assert_eq!(opened.background[0].scenario, Scenario::WEB_SQLI);
    assert!(opened.network_warning.is_none());
}

/// Evidence is in order of path, and rotated files count backwards.
#[test]
fn the_timeline_cites_what_came_first_decided_and_came_last() {
    let at = |path: &str, line| EvidenceRef { path: path.into(), line };
    let mut found = from(
        finding("shell", Scenario::WEB_SHELL, LikelySucceeded, "access.log", 0),
        "203.0.113.5",
    );
    let (first, last) = (at("access.log.3", 9), at("access.log.1", 2));
    let (other, decided) = (at("access.log.2", 5), at("access.log.2", 7));
    found.evidence = vec![last.clone(), other.clone(), decided.clone(), first.clone()];
    let deciding = vec![decided.clone()];
    found.telling =
        Some(Box::new(TellingRecords { first: first.clone(), last: last.clone(), deciding }));
    let opened = opened(&[found]);
    let [case] = opened.cases.as_slice() else { panic!("{} cases", opened.cases.len()) };
    let [begin, end] = case.timeline.as_slice() else { panic!("{:?}", case.timeline) };
    assert_eq!(begin.evidence, [first, decided, last.clone(), other]);
    assert_eq!(end.evidence, [last]);
}

#[test]
fn take_one_finding_away_and_only_that_changes() {
    let without = |id: &str| {
        let left: Vec<Finding> = story().into_iter().filter(|f| f.id.0 != id).collect();
        opened(&left)
    };
    for (away, want, outcome) in [
        ("scan", vec!["guess", "upload", "shell", "leak"], Confirmed),
        ("guess", vec!["scan", "upload", "shell", "leak"], Confirmed),
        ("leak", vec!["scan", "guess", "upload", "shell"], LikelySucceeded),
        // The upload carried the address of the scan; without it the shell's address stands alone.
        ("upload", vec!["shell", "leak"], Confirmed),
        // The database was read a day after the upload: nothing supports it any more.
        ("shell", vec!["scan", "guess", "upload", "leak"], LikelySucceeded),
    ] {
        let opened = without(away);
        assert_eq!(opened.cases.len(), 1, "without {away}");
        assert_eq!(ids(&opened.cases[0]), want, "without {away}");
        assert_eq!(opened.cases[0].outcome, outcome, "without {away}");
    }
}

#[test]
fn the_order_of_the_input_changes_nothing() {
    let show = |opened: &Opened| format!("{opened:?}");
    let mut findings = story();
    let first = show(&opened(&findings));
    findings.reverse();
    assert_eq!(show(&opened(&findings)), first);
}

/// Scans, guesses and probes of 3,000 addresses over a week, without success.
fn noise() -> Vec<Finding> {
    let mut findings = Vec::new();
    for n in 0_u32..3_000 {
        let source =
            IpAddr::from([198, 18, u8::try_from(n / 250).unwrap(), u8::try_from(n % 250).unwrap()]);
        let (scenario, log) = match n % 4 {
            0 => (Scenario::SCAN_WEB, "access.log"),
            1 => (Scenario::BRUTE_PASSWORD, "auth.log"),
            2 => (Scenario::WEB_SQLI, "access.log"),
            _ => (Scenario::WEB_TRAVERSAL, "access.log"),
        };
        let mut f = finding(&format!("n{n:04}"), scenario, Attempted, log, i64::from(n) * 3);
        f.src = vec![source];
        f.users = if n % 4 == 1 { vec!["root".to_owned(), "admin".to_owned()] } else { Vec::new() };
        f.count = 20;
        findings.push(f);
    }
    findings
}

#[test]
fn a_week_of_three_thousand_addresses_stays_background() {
    let opened = opened(&noise());
    assert_eq!(opened.cases.len(), 0);
    let addresses: u64 = opened.background.iter().map(|line| line.addresses).sum();
    let attempts: u64 = opened.background.iter().map(|line| line.attempts).sum();
    assert_eq!((addresses, attempts), (3_000, 60_000));
    assert!(opened.background.iter().all(|line| line.top.len() == 5));
}

#[test]
fn a_hundred_persistent_guessers_on_one_server_are_one_case() {
    let mut findings = noise();
    for f in findings.iter_mut().filter(|f| f.scenario == Scenario::BRUTE_PASSWORD).take(100) {
        f.count = 5_000;
        f.last = f.first.map(|first| first.plus(3 * EventTime::HOUR));
    }
    let opened = opened(&findings);
    assert_eq!(opened.cases.len(), 1);
    assert_eq!(opened.cases[0].opened, OpenReason::Sustained);
    assert_eq!(opened.cases[0].members.len(), 100);
    assert_eq!(opened.cases[0].outcome, Attempted);
}

#[test]
fn what_counts_as_sustained() {
    let guess = |count, minutes: i64| {
        let base = finding("g", Scenario::BRUTE_PASSWORD, Attempted, "auth.log", 0);
        let mut f = from(base, "203.0.113.5");
        f.count = count;
        f.last = f.first.map(|first| first.plus(minutes * EventTime::MINUTE));
        f
    };
    for (what, f, cases) in [
        ("persistent", guess(1_000, 60), 1),
        ("one attempt short", guess(999, 60), 0),
        ("slow but many", guess(1_000, 6 * DAY), 1),
        ("intense", guess(500, 25), 1),
        ("not intense enough", guess(500, 50), 0),
        ("a scan never is", Finding { scenario: Scenario::SCAN_WEB, ..guess(90_000, 600) }, 0),
        ("a flood is", Finding { scenario: Scenario::DOS_CC, ..guess(90_000, 600) }, 1),
    ] {
        assert_eq!(opened(&[f]).cases.len(), cases, "{what}");
    }
}

#[test]
fn many_sources_on_a_name_that_nobody_guesses_are_sustained() {
    let spread = |user: &str| -> Vec<Finding> {
        (0..25_u8)
            .map(|n| {
                let scenario = Scenario::BRUTE_SPRAY;
                let f =
                    finding(&format!("s{n}"), scenario, Attempted, "auth.log", i64::from(n) * 10);
                let users = vec![user.to_owned()];
                Finding { src: vec![IpAddr::from([192, 0, 2, n])], count: 100, users, ..f }
            })
            .collect()
    };
    assert_eq!(opened(&spread("zhao.wei")).cases.len(), 1);
    assert_eq!(opened(&spread("root")).cases.len(), 0);
}

#[test]
fn a_local_finding_joins_within_three_days_of_the_same_asset_only() {
    let entry = || {
        on(
            from(
                finding("in", Scenario::WEB_COMMAND, LikelySucceeded, "access.log", 0),
                "203.0.113.5",
            ),
            "web1",
        )
    };
    let local = |host: &str, minutes| {
        on(finding("local", Scenario::CONFIG_ACCOUNT, LikelySucceeded, "audit.log", minutes), host)
    };
    for (what, local, cases) in [
        ("soon after", local("web1", 30), 1),
        ("the record of the request may come first", local("web1", -1), 1),
        ("72 hours after the last event", local("web1", 10 + 72 * 60), 1),
        ("later", local("web1", 11 + 72 * 60), 2),
        ("before", local("web1", -30), 2),
        ("on another asset", local("web2", 30), 2),
    ] {
        assert_eq!(opened(&[entry(), local]).cases.len(), cases, "{what}");
    }
}

#[test]
fn ordinary_work_after_an_entry_stays_out() {
    let entry =
        from(finding("in", Scenario::WEB_COMMAND, LikelySucceeded, "access.log", 0), "203.0.113.5");
    let sudo = finding("sudo", Scenario::EXPLOIT_PRIVILEGE, NotDeterminable, "auth.log", 20);
    assert_eq!(ids(&opened(&[entry, sudo]).cases[0]), ["in"]);
}

#[test]
fn confirmed_needs_two_kinds_of_logs() {
    let entry =
        |outcome, log| from(finding("in", Scenario::WEB_COMMAND, outcome, log, 0), "203.0.113.5");
    let act =
        |log, minutes| finding("act", Scenario::CONFIG_PROCESS, LikelySucceeded, log, minutes);
    for (what, findings, want) in [
        ("one log", vec![entry(LikelySucceeded, "access.log")], LikelySucceeded),
        (
            "detection says confirmed, one log",
            vec![entry(Confirmed, "access.log")],
            LikelySucceeded,
        ),
        (
            "access and audit",
            vec![entry(LikelySucceeded, "access.log"), act("audit.log", 5)],
            Confirmed,
        ),
        (
            "access and error log are one",
            vec![entry(LikelySucceeded, "access.log"), act("error.log", 5)],
            LikelySucceeded,
        ),
        (
            "a file of no known kind",
            vec![entry(LikelySucceeded, "access.log"), act("notes.txt", 5)],
            LikelySucceeded,
        ),
        (
            "too far apart",
            vec![entry(LikelySucceeded, "access.log"), act("audit.log", 200)],
            LikelySucceeded,
        ),
    ] {
        let opened = opened(&findings);
        assert_eq!(opened.cases[0].outcome, want, "{what}");
    }
}

#[test]
fn an_attempt_in_another_log_confirms_nothing() {
    let a = "203.0.113.5";
    let findings = [
        from(finding("in", Scenario::WEB_COMMAND, LikelySucceeded, "access.log", 0), a),
        from(finding("guess", Scenario::BRUTE_PASSWORD, Attempted, "auth.log", 0), a),
    ];
    let opened = opened(&findings);
    assert_eq!(opened.cases[0].members.len(), 2);
    assert_eq!(opened.cases[0].outcome, LikelySucceeded);
}

#[test]
fn different_sources_or_assets_or_weeks_are_different_cases() {
    let a = "203.0.113.5";
    let hit =
        |id, minutes| finding(id, Scenario::WEB_COMMAND, LikelySucceeded, "access.log", minutes);
    for (what, other, cases) in [
        ("same source and period", from(hit("b", 6 * DAY), a), 1),
        ("another source", from(hit("b", 0), "203.0.113.6"), 2),
        ("eight days later", from(hit("b", 8 * DAY), a), 2),
    ] {
        assert_eq!(opened(&[from(hit("a", 0), a), other]).cases.len(), cases, "{what}");
    }
    let on_two = [on(from(hit("a", 0), a), "web1"), on(from(hit("b", 0), a), "web2")];
    assert_eq!(opened(&on_two).cases.len(), 2);
}

#[test]
fn the_asset_s_own_address_is_no_source() {
    let mut sources = sources();
    sources.own_addresses = BTreeSet::from(["10.0.0.5".parse().unwrap()]);
    let findings = [
        from(finding("in", Scenario::WEB_COMMAND, LikelySucceeded, "access.log", 0), "203.0.113.5"),
        from(finding("db", Scenario::LEAK_DUMP, LikelySucceeded, "postgresql.log", 5), "10.0.0.5"),
    ];
    let opened = open(&findings, &OpenOptions::in_zone(TimeZone::UTC), &sources);
    assert_eq!(opened.cases.len(), 1);
    assert_eq!(opened.cases[0].sources, ["203.0.113.5".parse::<IpAddr>().unwrap()]);
}

#[test]
fn three_assets_with_cases_warn_the_network() {
    let hit = |id: &str, host: &str, source: &str| {
        on(from(finding(id, Scenario::WEB_COMMAND, LikelySucceeded, "access.log", 0), source), host)
    };
    let two = [hit("a", "web1", "203.0.113.5"), hit("b", "web2", "203.0.113.6")];
    assert!(opened(&two).network_warning.is_none());
    let three = [two[0].clone(), two[1].clone(), hit("c", "web3", "203.0.113.7")];
    assert_eq!(opened(&three).network_warning.unwrap().assets, ["web1", "web2", "web3"]);
}

#[test]
fn every_finding_becomes_a_case_when_asked() {
    let mut options = OpenOptions::in_zone(TimeZone::UTC);
    options.all = true;
    let opened = open(&noise(), &options, &sources());
    assert!(opened.background.is_empty());
    let members: usize = opened.cases.iter().map(|case| case.members.len()).sum();
    assert_eq!(members, 3_000);
    assert!(opened.cases.iter().all(|case| case.opened == OpenReason::Asked));
}

#[test]
fn effects_rest_on_findings_and_never_say_none() {
    let opened = opened(&story());
    let [effect] = opened.cases[0].effects.as_slice() else { panic!("one asset") };
    assert_eq!(effect.confidentiality, Effect::Evidence(vec![FindingId("leak".to_owned())]));
    assert_eq!(effect.integrity, Effect::Evidence(vec![FindingId("upload".to_owned())]));
    assert!(matches!(effect.availability, Effect::NotDeterminable(_)));
}

#[test]
fn an_answer_that_gave_data_is_of_its_confidentiality() {
    let attack = finding("sqli", Scenario::WEB_SQLI, LikelySucceeded, "access.log", 0);
    let mut attack = from(attack, "203.0.113.5");
    let effect = |attack: &Finding| {
        let opened = opened(std::slice::from_ref(attack));
        opened.cases[0].effects[0].confidentiality.clone()
    };
    assert!(matches!(effect(&attack), Effect::NotDeterminable(_)));
    attack.gave_data = true;
    assert_eq!(effect(&attack), Effect::Evidence(vec![FindingId("sqli".to_owned())]));
}

#[test]
fn a_finding_without_a_time_joins_by_source_and_breaks_nothing() {
    let mut findings = story();
    findings[1].first = None;
    findings[1].last = None;
    let opened = opened(&findings);
    assert_eq!(opened.cases.len(), 1);
    assert!(ids(&opened.cases[0]).contains(&"scan"));
}

/// Words that no sentence may hold (design, section 2).
#[test]
fn no_text_accuses_or_reassures() {
    for text in sancha_case::texts::all() {
        for word in ["黑客", "嫌疑人", "违法", "犯罪", "失职", "渎职", "安全无事"]
        {
            assert!(!text.zh.contains(word), "{}: {word}", text.key);
        }
        let english = text.en.to_lowercase();
        let words: Vec<&str> = english.split(|c: char| !c.is_alphabetic()).collect();
        for word in ["hacker", "hackers", "suspect", "guilty", "safe", "criminal", "illegal"] {
            assert!(!words.contains(&word), "{}: {word}", text.key);
        }
    }
}

#[test]
fn a_case_tells_of_its_gravest_attempts_and_counts_the_others() {
    let a = "203.0.113.5";
    let mut findings =
        vec![from(finding("shell", Scenario::WEB_SHELL, LikelySucceeded, "access.log", 5_000), a)];
    findings.extend((0..1_500).map(|number| {
        let outcome = if number == 1_400 { NotDeterminable } else { Attempted };
        let id = format!("try-{number}");
        from(finding(&id, Scenario::WEB_SQLI, outcome, "access.log", number), a)
    }));
    let opened = opened(&findings);
    let [case] = opened.cases.as_slice() else { panic!("{} cases", opened.cases.len()) };
    assert_eq!((case.members.len(), case.left_out), (1_001, 500));
    assert!(ids(case).contains(&"shell") && ids(case).contains(&"try-1400"));
    assert_eq!(case.first, findings.iter().filter_map(|finding| finding.first).min());
}
