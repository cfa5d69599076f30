//! Sources that ask for many things to see what is there: what the story says they sought and were given.

#[path = "replay/run.rs"]
#[expect(dead_code, reason = "only one order of rounds is needed here")]
mod run;

use std::fmt::Write as _;

use sancha_model::{Finding, Level, Outcome, Scenario};

use run::{Order, correlate};

const SOUGHT: [&str; 12] = [
    "/.env",
    "/backup.zip",
    "/.git/config",
    "/phpmyadmin/",
    "/manager/html",
    "/dump.sql",
    "/actuator/env",
    "/admin/",
    "/web.config",
    "/console/",
    "/old/",
    "/debug/",
];

const FORCED: &str = "sancha.web.forced_browsing";

/// A second for each request: everything sought is answered by `answer`, a status and its bytes.
fn search(answer: impl Fn(u32) -> (u16, u32)) -> Vec<Finding> {
    let mut log = String::new();
    for (second, path) in (0..).zip(SOUGHT) {
        let (status, bytes) = answer(second);
        writeln!(
            log,
            r#"203.0.113.7 - - [12/Mar/2026:08:00:{second:02} +0000] "GET {path} HTTP/1.1" {status} {bytes} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)""#
        )
        .ok();
    }
    correlate(&log, 64 << 20, Order::Together).findings.iter().collect()
}

fn of<'f>(findings: &'f [Finding], analysis: &str) -> Option<&'f Finding> {
    findings.iter().find(|finding| finding.rules.iter().any(|rule| rule == analysis))
}

#[test]
fn a_search_names_what_says_most_about_it() {
    let findings = search(|_| (404, 150));
    let scan = of(&findings, "sancha.scan.web").expect("a scan");
    assert!(scan.summary.en.contains("among them /.env, /dump.sql"), "{}", scan.summary.en);
    assert!(scan.summary.zh.contains("其中有/.env、/dump.sql"), "{}", scan.summary.zh);
    assert!(of(&findings, FORCED).is_none());
}

#[test]
fn what_a_search_was_given_is_a_finding_of_its_own() {
    let findings = search(|second| if second == 5 { (200, 81_920) } else { (403, 150) });
    let forced = of(&findings, FORCED).expect("forced browsing");
    assert_eq!((forced.scenario, forced.level), (Scenario::WEB_AUTH_BYPASS, Level::Medium));
    assert_eq!(forced.outcome, Outcome::NotDeterminable);
    assert_eq!(forced.count, 1);
    assert_eq!(forced.evidence.first().map(|evidence| evidence.line), Some(6));
    assert!(forced.summary.en.contains("/dump.sql"), "{}", forced.summary.en);
}

#[test]
fn a_site_that_answers_everything_gave_nothing() {
    let findings =
        search(|second| if second % 2 == 0 { (200, 900 + 100 * second) } else { (404, 150) });
    assert!(of(&findings, FORCED).is_none());
}
