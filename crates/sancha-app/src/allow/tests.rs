use jiff::tz::TimeZone;
use sancha_model::{EventTime, FindingId, Level, LocalText, Outcome, Scenario, SuppressionState};

use super::*;

const AT: &str = "2026-06-15T00:00:00Z";

fn at(text: &str) -> EventTime {
    EventTime::from_timestamp(text.parse().unwrap())
}

fn parse(text: &str) -> Result<AllowList, Vec<AllowError>> {
    AllowList::parse("allow", text, at(AT), &TimeZone::UTC)
}

/// The faults of a list, as `line: English text`, both languages being there.
fn faults(text: &str) -> Vec<String> {
    let errors = parse(text).unwrap_err();
    assert!(errors.iter().all(|e| !e.message.zh.is_empty() && e.message.zh != e.message.en));
    errors.iter().map(|e| format!("{}: {}", e.line, e.message.en)).collect()
}

/// An entry that lacks nothing, with `scope` as given.
fn entry(scope: &str) -> String {
    format!(
        "[[allow]]\n{scope}\nreason = \"a test\"\nowner = \"security\"\nfrom = 2026-01-01\nuntil = 2026-12-31\n"
    )
}

fn allows(list: &AllowList, address: [u8; 4]) -> bool {
    list.bind(&Fields::new([])).source(address.into()).is_some()
}

fn finding(rules: &[&str], source: &str, host: &str) -> Finding {
    Finding {
        id: FindingId("F-1".to_owned()),
        scenario: Scenario::BRUTE_PASSWORD,
        level: Level::Medium,
        outcome: Outcome::Attempted,
        outcome_reason: LocalText::default(),
        first: None,
        last: None,
        count: 9,
        src: vec![source.parse().unwrap()],
        hosts: vec![host.to_owned()],
        users: Vec::new(),
        entered: Vec::new(),
        entered_hosts: Vec::new(),
        entered_at: None,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        evidence: Vec::new(),
        by_person: false,
        by_api: false,
        gave_data: false,
        telling: None,
        objects: Vec::new(),
        summary: LocalText::default(),
    }
}

#[test]
fn lines_are_read_or_named() {
    let list = parse("# ours\n203.0.113.0/24 # scanner\n\n2001:db8::1\n").unwrap();
    assert!(allows(&list, [203, 0, 113, 7]));
    assert!(!allows(&list, [203, 0, 114, 7]));
    assert_eq!(list.entries[0].reason.as_deref(), Some("scanner"));
    assert_eq!(
        faults("203.0.113.1\nscanner.example\n"),
        ["2: `scanner.example` is no address or range; write it like `203.0.113.0/24`"]
    );
}

#[test]
fn every_fault_is_named_with_its_line_and_the_way_out() {
    for (text, line, word) in [
        (entry("rules = \"a\"").replace("reason = \"a test\"", ""), 1, "add reason"),
        (entry("rules = \"a\"").replace("\"a test\"", "\" \""), 3, "add reason"),
        (entry("rules = \"a\"").replace("owner = \"security\"", ""), 1, "add owner"),
        (entry("rules = \"a\"").replace("from = 2026-01-01", ""), 1, "add from"),
        (entry("rules = \"a\"").replace("until = 2026-12-31", ""), 1, "add until"),
        (entry("rules = \"a\"").replace("2026-12-31", "\"soon\""), 6, "add until"),
        (entry("rules = \"a\"").replace("2026-12-31", "2025-12-31"), 1, "before the first"),
        (entry("rules = []"), 2, "none of them empty"),
        (entry("rules = 7"), 2, "a text or a list"),
        (entry("scenarios = [\"web_attack.sql\"]"), 2, "is no scenario"),
        (entry("sources = [\"10.0.0.0/33\"]"), 2, "no address or range"),
        (entry("rule = \"a\""), 2, "`rule` is not known"),
        (entry("rules = \"a\"\nfields = { x = 1 }"), 3, "fields is written as"),
        (entry("rules = \"a\"\nfields = \"x\""), 3, "fields is written as"),
        ("[[allow]]\nrules = \n".to_owned(), 2, "no valid TOML"),
        ("[[deny]]\nrules = \"a\"\n".to_owned(), 1, "`deny` is not known"),
        ("allow = 3\n".to_owned(), 1, "`allow` is not known"),
    ] {
        let faults = faults(&text);
        let wanted =
            |fault: &String| fault.starts_with(&format!("{line}:")) && fault.contains(word);
        assert!(faults.iter().any(wanted), "{text}\n{faults:?}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let text =
        entry("rules = \"a\"").replace("reason = \"a test\"", "") + &entry("sources = \"x\"");
    assert!(faults(&text).len() >= 2);
}

#[test]
fn what_would_swallow_everything_is_refused() {
    for text in [
        "0.0.0.0/0 # all\n".to_owned(),
        "::/0\n".to_owned(),
        "0.0.0.0/1\n128.0.0.0/1\n".to_owned(),
        "2000::/3\n".to_owned(),
        entry(""),
        entry("sources = \"0.0.0.0/0\""),
        entry("hosts = \"*\""),
        entry("paths = \"/*\""),
        entry("fields = { \"user_agent.original\" = \"our scanner\" }"),
        entry("fields = { \"url.query\" = \"*\" }\nsources = \"0.0.0.0/0\""),
    ] {
        let faults = faults(&text);
        assert!(faults.iter().all(|fault| fault.contains("every hit")), "{text}: {faults:?}");
    }
    for text in [
        "10.0.0.0/8\n".to_owned(),
        entry("sources = \"0.0.0.0/0\"\nrules = \"sancha.xss\""),
        entry("sources = \"0.0.0.0/0\"\nscenarios = \"scan\""),
    ] {
        assert!(parse(&text).is_ok(), "{text}");
    }
}

#[test]
fn the_now_of_the_run_decides_what_acts() {
    let text = entry("sources = \"203.0.113.7\"");
    for (now, state) in [
        ("2025-12-31T23:59:59Z", SuppressionState::NotYet),
        ("2026-01-01T00:00:00Z", SuppressionState::Active),
        ("2026-12-31T23:59:59Z", SuppressionState::Active),
        ("2027-01-01T00:00:00Z", SuppressionState::Expired),
    ] {
        let list = AllowList::parse("allow", &text, at(now), &TimeZone::UTC).unwrap();
        assert_eq!(list.entries[0].state, state, "{now}");
        assert_eq!(allows(&list, [203, 0, 113, 7]), state == SuppressionState::Active);
    }
    // The last day ends where the unit is.
    let shanghai = TimeZone::fixed(jiff::tz::offset(8));
    let list = AllowList::parse("allow", &text, at("2026-12-31T16:00:00Z"), &shanghai).unwrap();
    assert_eq!(list.entries[0].state, SuppressionState::Expired);
}

#[test]
fn a_finding_is_covered_as_a_whole_or_not_at_all() {
    let list = parse(&entry("scenarios = \"brute_force\"\nsources = \"10.1.0.0/16\"")).unwrap();
    assert_eq!(list.covers(&finding(&[], "10.1.2.3", "web")), Some(0));
    assert_eq!(list.covers(&finding(&[], "10.2.2.3", "web")), None);
    let mut spread = finding(&[], "10.1.2.3", "web");
    spread.src.push("198.51.100.9".parse().unwrap());
    assert_eq!(list.covers(&spread), None, "one source is not the unit's own");
    spread.src.clear();
    assert_eq!(list.covers(&spread), None, "a source is asked for and there is none");

    let list = parse(&entry("rules = [\"a\", \"b\"]\nhosts = \"WEB*\"")).unwrap();
    assert_eq!(list.covers(&finding(&["a", "b"], "10.1.2.3", "web-1")), Some(0));
    assert_eq!(list.covers(&finding(&["a", "c"], "10.1.2.3", "web-1")), None);
    assert_eq!(list.covers(&finding(&["a"], "10.1.2.3", "db")), None);

    let list = parse(&entry("rules = \"a\"\nfields = { \"user.name\" = \"x\" }")).unwrap();
    assert_eq!(list.covers(&finding(&["a"], "10.1.2.3", "web")), None, "fields are of records");
}
