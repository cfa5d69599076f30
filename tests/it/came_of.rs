//! Did an attack succeed? Signs that lie in the answers of the site and in its error log.

use std::{fmt::Write as _, fs};

use tempfile::TempDir;

use crate::program::{Result, investigate};

const ATTACKER: &str = "203.0.113.9";
const OTHER: &str = "198.51.100.7";

/// A line of an access log, so many seconds after noon of 22 October 2026.
fn line(source: &str, seconds: u32, request: &str, status: u16, bytes: u32) -> String {
    let (hour, minute, second) = (12 + seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!(
        "{source} - - [22/Oct/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} {bytes} \"https://www.example.org/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"\n"
    )
}

/// Visitors who read the news, each an article of its own size.
fn readers(from: u32, count: u32) -> String {
    (0..count).fold(String::new(), |mut log, number| {
        let request = format!("GET /news.php?id={number}");
        let source = format!("192.0.2.{}", number % 200 + 1);
        log += &line(&source, from + number * 20, &request, 200, 5_000 + number * 37 % 4_000);
        log
    })
}

/// So many visits that what is new on the site is new.
fn visitors() -> String {
    (0..150).fold(String::new(), |mut log, visitor| {
        let source = format!("192.0.2.{}", visitor + 1);
        log += &line(&source, visitor * 20, "GET /index.php", 200, 5_000);
        log
    })
}

fn run(files: &[(&str, &str)]) -> Result {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    investigate(folder.path(), &names, &["--at", "2026-10-23T00:00:00Z", "--timezone", "UTC"])
}

/// Outcome of the source's finding of a scenario.
fn came_of(run: &Result, source: &str, scenario: &str) -> String {
    let findings = run.findings();
    let one = findings
        .iter()
        .find(|f| f["scenario"] == scenario && f["src"][0] == source)
        .unwrap_or_else(|| panic!("no {scenario} of {source}: {}", run.stdout));
    one["outcome"].as_str().unwrap().to_owned()
}

/// Records of a scenario's findings.
fn counted(run: &Result, scenario: &str) -> u64 {
    let findings = run.findings();
    let of_it = findings.iter().filter(|finding| finding["scenario"] == scenario);
    of_it.map(|finding| finding["count"].as_u64().unwrap()).sum()
}

const INJECTION: &str =
    "GET /news.php?id=1%27%20UNION%20SELECT%20name,password%20FROM%20users--%20";

#[test]
fn an_answer_far_larger_than_the_usual_ones_is_a_sign_and_one_like_them_is_none() {
    let attack = |bytes| line(ATTACKER, 0, INJECTION, 200, bytes);
    let large = run(&[("access.log", &(attack(310_000) + &readers(10, 60)))]);
    assert_eq!(came_of(&large, ATTACKER, "web_attack.sqli"), "likely_succeeded");
    assert!(large.text("report.json").contains("310000 bytes, while 60 ordinary answers"));
    // What the site gave is data that went out, here and in the question of the data.
    let report = large.json("report.json");
    let effects = &report["cases"][0]["effects"];
    assert!(effects[0]["confidentiality"]["evidence"].is_array(), "{effects:#}");
    assert!(report.to_string().contains("records show data read or taken"));
    let before = run(&[(
        "access.log",
        &(readers(10, 60) + &line(ATTACKER, 1_500, INJECTION, 200, 310_000)),
    )]);
    assert_eq!(came_of(&before, ATTACKER, "web_attack.sqli"), "likely_succeeded");
    for (bytes, count) in [(9_000, 60), (310_000, 12)] {
        let quiet = run(&[("access.log", &(attack(bytes) + &readers(10, count)))]);
        assert_eq!(came_of(&quiet, ATTACKER, "web_attack.sqli"), "not_determinable");
    }
}

#[test]
fn a_written_file_that_somebody_else_is_then_served_was_written() {
    let put = line(ATTACKER, 0, "PUT /up.jsp", 201, 0);
    let used = run(&[("access.log", &(put.clone() + &line(OTHER, 900, "GET /up.jsp", 200, 12)))]);
    assert_eq!(came_of(&used, ATTACKER, "web_attack.upload"), "likely_succeeded");
    let reason =
        format!("/up.jsp, which was written, was then asked for by source address {OTHER}");
    assert!(used.text("report.json").contains(&reason));
    let refused = run(&[("access.log", &(put + &line(OTHER, 900, "GET /up.jsp", 404, 12)))]);
    assert_eq!(came_of(&refused, ATTACKER, "web_attack.upload"), "not_determinable");
}

#[test]
fn a_program_never_served_before_follows_an_upload() {
    let mut log = visitors();
    log += &line(ATTACKER, 4_000, "PUT /files/a.jsp", 201, 0);
    let known = log.clone() + &line(OTHER, 4_100, "GET /index.php", 200, 5_000);
    let new = log.clone() + &line(OTHER, 4_100, "GET /files/b.php", 200, 20);
    let late = log + &line(OTHER, 8_000, "GET /files/b.php", 200, 20);
    let outcome = |log: &str| {
        let run = run(&[("access.log", log)]);
        came_of(&run, ATTACKER, "web_attack.upload")
    };
    assert_eq!(outcome(&new), "likely_succeeded");
    assert_eq!(outcome(&known), "not_determinable");
    assert_eq!(outcome(&late), "not_determinable");
}

#[test]
fn a_script_among_uploads_that_only_another_address_uses_was_brought() {
    let visits = visitors();
    let upload = line(ATTACKER, 4_000, "POST /admin/upload.php", 200, 30);
    let used = line(OTHER, 9_000, "GET /uploads/1.php?cmd=id", 200, 40);
    let brought = run(&[("access.log", &format!("{visits}{upload}{used}"))]);
    assert_eq!(came_of(&brought, OTHER, "web_attack.webshell"), "likely_succeeded");
    assert!(
        brought.text("report.json").contains(&format!("an upload by source address {ATTACKER}"))
    );
    let alone = run(&[("access.log", &format!("{visits}{used}"))]);
    assert_eq!(came_of(&alone, OTHER, "web_attack.webshell"), "not_determinable");
}

/// What nginx says of a request of the same second.
fn said(level: &str, words: &str) -> String {
    format!(
        "2026/10/22 12:00:01 [{level}] 7#7: *1 {words}, client: {ATTACKER}, server: www.example.org, request: \"{INJECTION} HTTP/1.1\", host: \"www.example.org\"\n"
    )
}

#[test]
fn a_word_of_the_server_about_a_request_is_no_error_that_it_caused_and_no_second_one() {
    let access = line(ATTACKER, 0, INJECTION, 200, 900);
    for (level, words) in [
        (
            "warn",
            "an upstream response is buffered to a temporary file /var/tmp/1 while reading upstream",
        ),
        ("error", "limiting requests, excess: 5.1 by zone \"one\""),
        ("error", "open() \"/srv/www/news.php\" failed (2: No such file or directory)"),
    ] {
        let error = said(level, words);
        let both = run(&[("access.log", &access), ("error.log", &error)]);
        assert_eq!(came_of(&both, ATTACKER, "web_attack.sqli"), "not_determinable", "{words}");
        assert_eq!(counted(&both, "web_attack.sqli"), 1, "{words}");
        let alone = run(&[("error.log", &error)]);
        assert_eq!(counted(&alone, "web_attack.sqli"), 1, "{words}");
    }
}

#[test]
fn an_error_in_the_same_second_shows_that_the_text_arrived() {
    let access = line(ATTACKER, 0, INJECTION, 200, 900);
    let error = |source: &str, second: u32| {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "2026/10/22 12:00:{second:02} [error] 7#7: *1 FastCGI sent in stderr: \"PHP message: PHP Warning:  mysqli_query(): You have an error in your SQL syntax\" while reading response header from upstream, client: {source}, server: www.example.org, request: \"GET /news.php HTTP/1.1\", host: \"www.example.org\""
        );
        text
    };
    let outcome = |error: &str| {
        let run = run(&[("access.log", &access), ("error.log", error)]);
        came_of(&run, ATTACKER, "web_attack.sqli")
    };
    assert_eq!(outcome(&error(ATTACKER, 1)), "likely_succeeded");
    assert_eq!(outcome(&error(ATTACKER, 40)), "not_determinable");
    assert_eq!(outcome(&error(OTHER, 1)), "not_determinable");
}

#[test]
fn a_statement_that_the_database_refuses_in_the_same_second_arrived_there() {
    let access = line(ATTACKER, 0, INJECTION, 200, 900);
    let database = |second: u32| {
        format!(
            "2026-10-22 12:00:{second:02}.120 UTC [77] app@db ERROR:  unterminated quoted string at or near \"'\" at character 40\n"
        )
    };
    let outcome = |database: &str| {
        let run = run(&[("access.log", &access), ("postgresql.log", database)]);
        came_of(&run, ATTACKER, "web_attack.sqli")
    };
    assert_eq!(outcome(&database(0)), "likely_succeeded");
    assert_eq!(outcome(&database(30)), "not_determinable");
}

/// Within two minutes of any scan somebody at work does something.
#[test]
fn what_a_person_does_meanwhile_is_no_sign_and_what_the_server_does_is() {
    let injected = line(ATTACKER, 60, "GET /search.php?q=1%27%20OR%20%271%27=%271", 200, 5_120);
    let dump = |login: &str| {
        format!(
            "type=SYSCALL msg=audit(1792670490.000:51): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=811 pid=2510 auid={login} uid=33 gid=33 euid=33 tty=(none) ses=12 comm=\"mysqldump\" exe=\"/usr/bin/mysqldump\" key=(null)\n\
             type=EXECVE msg=audit(1792670490.000:51): argc=3 a0=\"mysqldump\" a1=\"shop\" a2=\"orders\"\n"
        )
    };
    let outcome = |login: &str| {
        let run = run(&[("access.log", &injected), ("audit.log", &dump(login))]);
        came_of(&run, ATTACKER, "web_attack.sqli")
    };
    assert_eq!(outcome("4294967295"), "likely_succeeded");
    assert_eq!(outcome("1000"), "not_determinable");

    let ordered = line(ATTACKER, 60, "GET /search.php?q=|whoami", 200, 5_120);
    let table = |user: &str| {
        format!("2026-10-22T12:01:30+00:00 web01 crontab[8100]: ({user}) REPLACE ({user})\n")
    };
    let outcome = |user: &str| {
        let run = run(&[("access.log", &ordered), ("syslog", &table(user))]);
        came_of(&run, ATTACKER, "web_attack.command")
    };
    assert_eq!(outcome("www-data"), "likely_succeeded");
    assert_eq!(outcome("bob"), "not_determinable");
}

/// The server waits for it until it gives up.
#[test]
fn a_shell_that_calls_out_is_no_refusal() {
    let ordered = |status| line(ATTACKER, 60, "GET /ping.php?ip=1;bash+-i", status, 160);
    let shell = "type=SYSCALL msg=audit(1792670460.000:51): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=811 pid=2510 auid=4294967295 uid=33 gid=33 euid=33 tty=(none) ses=4294967295 comm=\"bash\" exe=\"/usr/bin/bash\" key=(null)\n\
         type=EXECVE msg=audit(1792670460.000:51): argc=2 a0=\"bash\" a1=\"-i\"\n";
    let outcome = |status| {
        let run = run(&[("access.log", &ordered(status)), ("audit.log", shell)]);
        came_of(&run, ATTACKER, "web_attack.command")
    };
    assert_eq!(outcome(504), "likely_succeeded");
    assert_eq!(outcome(403), "attempted");
}

#[test]
fn a_memory_image_that_went_out_is_a_leak_and_a_page_in_its_place_is_none() {
    let asked = |bytes: u32| {
        let log = visitors() + &line(ATTACKER, 4_000, "GET /actuator/heapdump", 200, bytes);
        run(&[("access.log", &log)])
    };
    let given = asked(88_123_456);
    assert_eq!(came_of(&given, ATTACKER, "data_leak.credential"), "likely_succeeded");
    assert_eq!(given.json("report.json")["cases"].as_array().unwrap().len(), 1);
    assert_eq!(came_of(&asked(300_000), ATTACKER, "data_leak.credential"), "not_determinable");
}

#[test]
fn a_shell_that_another_address_uses_after_a_known_hole_was_answered_is_told() {
    let hole = |status| line(ATTACKER, 4_000, "POST /weaver/bsh.servlet.BshServlet", status, 900);
    let used = |from: u32| {
        let answers = [40, 3_000, 120, 999, 55, 77];
        (0..).zip(answers).fold(String::new(), |mut log, (number, bytes)| {
            let sent = line(OTHER, from + number * 9, "POST /page/a1.jsp", 200, bytes);
            log += &sent.replace("https://www.example.org/", "-");
            log
        })
    };
    let told = run(&[("access.log", &(visitors() + &hole(200) + &used(4_100)))]);
    assert_eq!(came_of(&told, OTHER, "web_attack.webshell"), "likely_succeeded");
    assert!(told.text("report.json").contains("/page/a1.jsp"));
    // The hole was refused, or it was long ago.
    for log in [hole(404) + &used(4_100), hole(200) + &used(6_000)] {
        let quiet = run(&[("access.log", &(visitors() + &log))]);
        assert_eq!(counted(&quiet, "web_attack.webshell"), 0);
    }
}

#[test]
fn a_front_page_that_was_put_and_is_then_served_is_told() {
    let put = line(ATTACKER, 4_000, "PUT /index.html", 201, 0);
    let served = line(OTHER, 4_100, "GET /index.html", 200, 900);
    let told = run(&[("access.log", &(put.clone() + &served))]);
    assert_eq!(came_of(&told, ATTACKER, "page_tamper.deface"), "likely_succeeded");
    let only = run(&[("access.log", &put)]);
    assert_eq!(came_of(&only, ATTACKER, "page_tamper.deface"), "not_determinable");
}

#[test]
fn answers_that_differ_as_files_do_are_a_sign_and_one_page_is_none() {
    let files =
        ["..%2f..%2f..%2fetc%2fpasswd", "..%2fWEB-INF%2fweb.xml", "..%2fWEB-INF%2fjdbc.properties"];
    let asked = |sizes: [u32; 3]| {
        (0..).zip(files).zip(sizes).fold(String::new(), |mut log, ((number, file), bytes)| {
            log += &line(ATTACKER, number * 9, &format!("GET /down.jsp?file={file}"), 200, bytes);
            log
        })
    };
    let read = run(&[("access.log", &asked([1_822, 8_211, 511]))]);
    assert_eq!(came_of(&read, ATTACKER, "web_attack.traversal"), "likely_succeeded");
    // A page that repeats what it was asked for, and two that say no in their ways.
    for sizes in [[1_822, 1_815, 1_829], [1_822, 511, 511]] {
        let quiet = run(&[("access.log", &asked(sizes))]);
        assert_eq!(came_of(&quiet, ATTACKER, "web_attack.traversal"), "not_determinable");
    }
}
