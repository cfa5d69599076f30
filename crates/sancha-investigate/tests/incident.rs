//! The first investigation, the report clock and the next steps over one story.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write;

use jiff::tz::TimeZone;
use sancha_case::{Case, Grade, OpenOptions, grade, open};
use sancha_investigate::{
    CaseFacts, ClockInput, ClockState, IncidentInput, NextStepsInput, ReportClock, ReportRule,
    SummaryRule, incident, next_steps, report_clock, sources,
};
use sancha_model::{
    Basis, Citation, Conclusion, Coverage, EventTime, EvidenceRef, FileCoverage, Finding,
    FindingId, Lang, Level, LocalText, LocalTitle, Outcome, ProvisionRef, Scenario,
};

const HOUR: i64 = EventTime::HOUR;

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn instant(hours: i64) -> EventTime {
    EventTime::from_seconds(1_780_000_000).plus(hours * HOUR)
}

struct Line {
    id: &'static str,
    scenario: Scenario,
    outcome: Outcome,
    log: &'static str,
    hours: i64,
    source: Option<&'static str>,
    users: &'static [&'static str],
    objects: &'static [&'static str],
}

fn finding(line: &Line) -> Finding {
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Finding {
        id: FindingId(line.id.to_owned()),
        scenario: line.scenario,
        level: Level::High,
        outcome: line.outcome,
        outcome_reason: LocalText::new("第二个佐证", "second signal"),
        first: Some(instant(line.hours)),
        last: Some(instant(line.hours).plus(5 * EventTime::MINUTE)),
        count: 7,
        src: line.source.map(|source| source.parse().unwrap()).into_iter().collect(),
        hosts: Vec::new(),
        users: strings(line.users),
        entered: Vec::new(),
        entered_hosts: Vec::new(),
        entered_at: None,
        rules: Vec::new(),
        evidence: vec![EvidenceRef { path: line.log.into(), line: 3 }],
        by_person: false,
        by_api: false,
        gave_data: false,
        telling: None,
        objects: strings(line.objects),
        summary: line.scenario.name(),
    }
}

const SOURCE: Option<&str> = Some("203.0.113.5");

fn story() -> Vec<Finding> {
    let line = |id, scenario, outcome, log, hours| Line {
        id,
        scenario,
        outcome,
        log,
        hours,
        source: SOURCE,
        users: &[],
        objects: &[],
    };
    use Outcome::{Attempted, LikelySucceeded};
    let web = "access.log";
    let lines = [
        line("scan", Scenario::SCAN_WEB, Attempted, web, 0),
        Line {
            users: &["editor"],
            ..line("guess", Scenario::BRUTE_PASSWORD, LikelySucceeded, "auth.log", 10)
        },
        Line {
            objects: &["/files/x.php"],
            ..line("upload", Scenario::WEB_UPLOAD, LikelySucceeded, web, 20)
        },
        Line {
            objects: &["/files/x.php"],
            ..line("shell", Scenario::WEB_SHELL, LikelySucceeded, web, 21)
        },
        Line {
            source: None,
            objects: &["/var/www/index.html"],
            ..line("page", Scenario::PAGE_DEFACE, LikelySucceeded, "audit.log", 21)
        },
        Line {
            source: None,
            users: &["app"],
            objects: &["patients"],
            ..line("leak", Scenario::LEAK_BULK_EXPORT, LikelySucceeded, "postgresql.log", 30)
        },
    ];
    lines.iter().map(finding).collect()
}

fn coverage() -> Coverage {
    let file = |path: &str, format: &str, last| FileCoverage {
        path: path.to_owned(),
        format: format.to_owned(),
        first: Some(instant(-24)),
        last: Some(instant(last)),
        ..FileCoverage::default()
    };
    Coverage {
        files: vec![
            file("access.log", "web/combined", 48),
            file("auth.log", "linux/sshd", 25),
            file("audit.log", "linux/auditd", 21),
            file("postgresql.log", "postgresql/stderr", 30),
        ],
        ..Coverage::default()
    }
}

/// Every case of some findings; the coverage ends where the story does.
fn cases(findings: &[Finding]) -> Vec<Case> {
    let sources = sources(None, &coverage(), findings);
    open(findings, &OpenOptions::in_zone(zone()), &sources).cases
}

fn investigate(findings: &[Finding]) -> Vec<Conclusion> {
    let cases = cases(findings);
    let [case] = cases.as_slice() else { panic!("{} cases", cases.len()) };
    let facts = CaseFacts::of(case, None, &zone(), None, instant(72));
    let coverage = coverage();
    incident(&IncidentInput { case, facts: &facts, coverage: &coverage, zone: &zone() })
}

fn without(id: &str) -> Vec<Finding> {
    story().into_iter().filter(|finding| finding.id.0 != id).collect()
}

fn show(conclusions: &[Conclusion], lang: Lang) -> String {
    let mut out = String::new();
    for conclusion in conclusions {
        writeln!(out, "## {} {}", conclusion.id, conclusion.question.get(lang)).unwrap();
        for statement in &conclusion.statements {
            let basis = match statement.basis() {
                Basis::Cited(citations) => {
                    citations.iter().map(cited).collect::<Vec<_>>().join(" ")
                }
                Basis::Unknown(bring) => {
                    let bring: Vec<&str> = bring.iter().map(|b| b.get(lang)).collect();
                    format!("? {}", bring.join(" | "))
                }
            };
            writeln!(out, "- {}\n    [{basis}]", statement.render().get(lang)).unwrap();
        }
    }
    out
}

fn cited(citation: &Citation) -> String {
    match citation {
        Citation::Record { record } => format!("{}:{}", record.path, record.line),
        Citation::Finding { id } => format!("#{id}"),
        Citation::Coverage { path } => format!("read {path}"),
        Citation::Profile { key } => format!("profile {key}"),
        Citation::Proof { path, .. } => format!("proof {path}"),
        Citation::Provision { provision } => {
            format!("{} {}", provision.instrument, provision.article)
        }
    }
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden/incident");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_story_in_both_languages() {
    let conclusions = investigate(&story());
    golden("story.zh", &show(&conclusions, Lang::Zh));
    golden("story.en", &show(&conclusions, Lang::En));
}

#[test]
fn nothing_but_a_local_change_says_what_is_unknown() {
    let findings: Vec<Finding> = story().into_iter().filter(|f| f.id.0 == "page").collect();
    golden("local.zh", &show(&investigate(&findings), Lang::Zh));
}

#[test]
fn nine_questions_are_always_answered_and_none_has_a_verdict() {
    let want = [
        "entry",
        "path",
        "actions",
        "accounts",
        "data",
        "extent",
        "persistence",
        "cause",
        "over_or_not",
    ];
    for away in ["scan", "guess", "upload", "shell", "page", "leak"] {
        for case in cases(&without(away)) {
            let facts = CaseFacts::of(&case, None, &zone(), None, instant(72));
            let coverage = coverage();
            let input =
                IncidentInput { case: &case, facts: &facts, coverage: &coverage, zone: &zone() };
            let answers = incident(&input);
            let ids: Vec<&str> = answers.iter().map(|a| a.id.as_str()).collect();
            assert_eq!(ids, want, "without {away}");
            assert!(answers.iter().all(|a| a.status.is_none() && !a.statements.is_empty()));
        }
    }
}

/// Ids of the answers that differ.
fn changed(one: &[Conclusion], other: &[Conclusion]) -> Vec<String> {
    let pairs = one.iter().zip(other).filter(|(a, b)| a.statements != b.statements);
    pairs.map(|(a, _)| a.id.clone()).collect()
}

#[test]
fn one_finding_taken_away_changes_the_answers_that_rest_on_it() {
    let whole = investigate(&story());
    for (away, want) in [
        ("scan", vec!["path"]),
        ("guess", vec!["entry", "path", "accounts", "extent", "persistence", "cause"]),
        ("leak", vec!["path", "actions", "accounts", "data", "extent", "over_or_not"]),
    ] {
        assert_eq!(changed(&whole, &investigate(&without(away))), want, "without {away}");
    }
}

#[test]
fn without_the_upload_nothing_claims_one() {
    let text = show(&investigate(&without("upload")), Lang::Zh);
    assert!(!text.contains(&*Scenario::WEB_UPLOAD.name().zh));
    assert!(!text.contains("接受了可执行文件的上传"));
}

#[test]
fn of_several_hosts_that_were_tried_only_those_that_were_entered_are_told_so() {
    let mut guessed = without("").into_iter().find(|finding| finding.id.0 == "guess").unwrap();
    guessed.hosts = vec!["erp".to_owned(), "mes".to_owned()];
    let extent = |finding: &Finding| {
        let told = show(&investigate(std::slice::from_ref(finding)), Lang::En);
        let of = |host: &str| {
            let line = told.lines().find(|line| line.contains(&format!("asset {host}: ")));
            line.unwrap().contains("more than an attempt")
        };
        [of("erp"), of("mes")]
    };
    assert_eq!(extent(&guessed), [true, true], "where it got in is not known");
    guessed.entered_hosts = vec!["erp".to_owned()];
    assert_eq!(extent(&guessed), [true, false]);
}

#[test]
fn the_unknown_stays_unknown() {
    let answers = investigate(&story());
    for id in ["persistence", "cause", "over_or_not", "extent"] {
        let answer = answers.iter().find(|answer| answer.id == id).unwrap();
        let unknown = |s: &&sancha_model::Statement| matches!(s.basis(), Basis::Unknown(_));
        assert!(answer.statements.iter().any(|s| unknown(&s)), "{id}");
    }
}

fn provision() -> ProvisionRef {
    ProvisionRef {
        instrument: "measures".to_owned(),
        title: LocalTitle { zh: "办法".to_owned(), en: "Measures".to_owned() },
        article: 4,
        paragraph: None,
        item: None,
        effective_from: "2025-11-01".to_owned(),
        gist: LocalTitle::default(),
    }
}

fn clock(aware: Option<i64>, sent: Option<i64>, at: i64, ended: Option<i64>) -> ReportClock {
    let zone = zone();
    let rule = |id: &str, minutes| ReportRule {
        id: id.to_owned(),
        rule: id.to_owned(),
        label: LocalText::same(id.to_owned()),
        condition: None,
        report_to: LocalText::new("主管部门", "the authority"),
        within_minutes: minutes,
        provision: provision(),
        because: LocalText::same("because"),
        because_of: Vec::new(),
        from_grade: Grade::RelativelySerious,
    };
    let said = || Citation::Profile { key: "incident".to_owned() };
    report_clock(&ClockInput {
        rules: vec![rule("other", 240), rule("ciio", 60)],
        summary: Some(SummaryRule { within_days: 30, provision: provision() }),
        aware: aware.map(|hours| (instant(hours), said())),
        began: Some(instant(-1)),
        handling_ended_at: ended.map(instant),
        submitted: sent.map(|h| ("other".to_owned(), instant(h), said())).into_iter().collect(),
        not_counted: Vec::new(),
        summary_submitted: None,
        grade: Grade::Undetermined,
        at: instant(at),
        zone: &zone,
    })
}

#[test]
fn how_the_report_clock_stands() {
    for (what, aware, sent, at, want) in [
        ("not stated", None, None, 9, ClockState::NotStated),
        ("running", Some(0), None, 3, ClockState::Running { minutes_left: 60 }),
        ("on the minute is in time", Some(0), None, 4, ClockState::Running { minutes_left: 0 }),
        ("overdue", Some(0), None, 5, ClockState::Overdue { minutes_late: 60 }),
        ("sent", Some(0), Some(2), 9, ClockState::Sent),
        ("sent late stays late", Some(0), Some(6), 9, ClockState::SentLate { minutes_late: 120 }),
    ] {
        let clock = clock(aware, sent, at, None);
        let ids: Vec<&str> = clock.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["ciio", "other"], "the shorter first");
        assert_eq!(clock.rows[1].state, want, "{what}");
    }
}

/// The unit's word stands, but a slip of the pen must not go by.
#[test]
fn a_moment_of_awareness_that_cannot_be_right_is_remarked() {
    let remarks = |aware| {
        let clock = clock(Some(aware), None, 9, None);
        clock.statements.iter().map(sancha_model::Statement::key).collect::<Vec<_>>()
    };
    let grade = "clock.grade.open";
    assert_eq!(remarks(0), ["clock.started", grade]);
    assert_eq!(remarks(-2), ["clock.started", "clock.aware_early", grade]);
    assert_eq!(remarks(10), ["clock.started", "clock.aware_ahead", grade]);
}

#[test]
fn without_awareness_there_are_hours_and_no_due_time() {
    let clock = clock(None, None, 9, None);
    assert!(clock.rows.iter().all(|row| row.due.is_none()));
    assert_eq!(clock.rows[1].due_text.en, "4 h after the unit learned of it: not stated");
    assert_eq!(clock.summary.unwrap().state, ClockState::NotStated);
}

#[test]
fn the_summary_is_due_at_the_end_of_the_thirtieth_day() {
    let clock = clock(Some(0), None, 9, Some(8));
    // 2026-05-29 04:26 in the zone, thirty calendar days later.
    assert_eq!(clock.summary.unwrap().due_text.zh, "2026-06-28 23:59:59 +08:00");
}

fn steps(findings: &[Finding]) -> String {
    steps_by(findings, &clock(Some(40), None, 41, None), None)
}

fn steps_by(findings: &[Finding], clock: &ReportClock, crime_report: Option<&str>) -> String {
    let cases = cases(findings);
    let case = cases.first().unwrap();
    let conclusions = investigate(findings);
    let zone = zone();
    let input = NextStepsInput {
        case,
        clock,
        grading: &grade(&[], &[]),
        incident: &conclusions,
        crime_report: crime_report.map(str::to_owned),
        unproven_impact: Vec::new(),
        zone: &zone,
    };
    let mut out = String::new();
    for step in next_steps(&input) {
        let because: Vec<&str> = step.findings.iter().map(|id| id.0.as_str()).collect();
        let (by, what) = (&step.by.zh, &step.what.zh);
        writeln!(out, "[{by}] {what}（{}）{}", step.why.zh, because.join(" ")).unwrap();
    }
    out
}

#[test]
fn next_steps_come_in_the_order_of_doing_and_name_why() {
    golden("next_steps.zh", &steps(&story()));
}

#[test]
fn what_was_sent_is_not_asked_for_again() {
    let open = steps(&story());
    assert!(open.contains("如事件达到较大及以上：向主管部门报告（时限4小时）"), "{open}");
    let sent = steps_by(&story(), &clock(Some(40), Some(41), 49, None), Some("reports.police"));
    assert!(sent.contains("时限1小时") && !sent.contains("时限4小时"), "{sent}");
    assert!(open.contains("是否涉及刑事案件线索"), "{open}");
    assert!(sent.contains("档案已记录报案（reports.police）"), "{sent}");
    assert!(!sent.contains("是否涉及刑事案件线索"), "{sent}");
}

#[test]
fn no_step_is_asked_for_without_its_finding() {
    let whole = steps(&story());
    for (away, sentence) in
        [("page", "下线被改动的页面"), ("guess", "停用账号editor"), ("leak", "查清patients")]
    {
        assert!(whole.contains(sentence), "{sentence}");
        assert!(!steps(&without(away)).contains(sentence), "without {away}");
    }
}

/// Words that no sentence may hold (design, section 2).
#[test]
fn no_text_accuses_or_reassures() {
    let rendered = [show(&investigate(&story()), Lang::Zh), steps(&story())].concat();
    for word in ["黑客", "嫌疑人", "违法", "犯罪", "失职", "渎职", "安全无事"] {
        assert!(!rendered.contains(word), "golden text: {word}");
        for text in sancha_investigate::texts::all() {
            assert!(!text.zh.contains(word), "{}: {word}", text.key);
        }
    }
    for text in sancha_investigate::texts::all() {
        let english = text.en.to_lowercase();
        let words: Vec<&str> = english.split(|c: char| !c.is_alphabetic()).collect();
        for word in ["hacker", "hackers", "suspect", "guilty", "safe", "criminal", "illegal"] {
            assert!(!words.contains(&word), "{}: {word}", text.key);
        }
    }
}
