//! Password guessing of every kind, generated from a seed and laid over three days of ordinary logins:
//! what is found, and what is not said of people, jobs and offices.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where"
)]

#[path = "replay/draw.rs"]
mod draw;
#[path = "replay/logins.rs"]
mod logins;
#[path = "replay/run.rs"]
mod run;

use std::{collections::BTreeSet, net::IpAddr};

use proptest::prelude::*;
use sancha_model::{Family, Finding, Outcome, Scenario};

use logins::{Attack, Replay};
use run::{Order, correlate};

fn guessing(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.scenario.family() == Family::BruteForce)
}

fn found_in(text: &str) -> Vec<Finding> {
    correlate(text, 64 << 20, Order::Together).findings.iter().collect()
}

/// Share of the attack's sources that findings name, and the findings that name none of them.
fn score(replay: &Replay, findings: &[Finding]) -> (f64, Vec<String>) {
    let truth: BTreeSet<IpAddr> = replay.attackers.iter().copied().collect();
    let named: BTreeSet<IpAddr> =
        guessing(findings).flat_map(|finding| finding.src.iter().copied()).collect();
    let hit = truth.intersection(&named).count();
    let false_ones = guessing(findings)
        .filter(|finding| !finding.src.iter().any(|source| truth.contains(source)))
        .map(|finding| format!("{:?} {}", finding.src, finding.summary.en))
        .collect();
    (hit as f64 / truth.len().max(1) as f64, false_ones)
}

#[test]
fn every_kind_is_found_over_ordinary_logins() {
    for attack in Attack::ALL {
        for seed in 1..=3 {
            let replay = Replay::new(seed, Some(attack));
            let found = found_in(&replay.text());
            let (recall, false_ones) = score(&replay, &found);
            assert!(recall >= 0.95, "{attack:?}, seed {seed}: recall {recall:.2}");
            assert!(false_ones.is_empty(), "{attack:?}, seed {seed}: {false_ones:#?}");
            let kinds: BTreeSet<Scenario> = guessing(&found).map(|f| f.scenario).collect();
            assert!(
                kinds.iter().any(|kind| attack.scenarios().contains(kind)),
                "{attack:?}, seed {seed}: {kinds:?}"
            );
        }
    }
}

#[test]
fn records_without_a_time_count_in_no_window() {
    let failed = "sshd: Failed password for root from 203.0.113.9 port 4022 ssh2\n";
    let other = failed.replace("203.0.113.9", "198.51.100.7");
    assert_eq!(guessing(&found_in(&format!("{failed}{other}").repeat(40))).count(), 0);
    // Lines of one source that follow one another directly are told of, and no time is.
    assert_eq!(guessing(&found_in(&failed.repeat(4))).count(), 0);
    let found = found_in(&failed.repeat(40));
    let told: Vec<_> = guessing(&found).map(|f| (f.count, f.first, f.last)).collect();
    assert_eq!(told, [(40, None, None)]);
    // What continues a line with a time has that time.
    let stamped = format!("2026-03-02 03:14:15 begin\n{failed}");
    let found = found_in(&stamped.repeat(5));
    let first = guessing(&found).next().and_then(|finding| finding.first);
    assert_eq!(first.map(|time| time.to_string()).as_deref(), Some("2026-03-02T03:14:15Z"));
}

#[test]
fn ordinary_logins_alone_give_nothing() {
    for seed in 10..16 {
        let replay = Replay::new(seed, None);
        let found = found_in(&replay.text());
        let all: Vec<_> = guessing(&found).map(|finding| &finding.summary.en).collect();
        assert!(all.is_empty(), "seed {seed}: {all:#?}");
    }
}

/// At eight o'clock an office behind one address mistypes, each its own password, and gets in.
#[test]
fn an_office_that_mistypes_and_gets_in_is_not_guessing() {
    let line = |second: u32, what: &str, user: u32| {
        let clock = format!("{:02}:{:02}", second / 60, second % 60);
        format!(
            "Mar  2 08:{clock} web01 sshd[7]: {what} password for u{user} from 198.51.100.9 port 4022 ssh2\n"
        )
    };
    let office = |gets_in: bool| {
        let lines = (0..8).flat_map(|user| {
            let entered = gets_in.then(|| line(user * 60 + 20, "Accepted", user));
            [Some(line(user * 60, "Failed", user)), entered]
        });
        found_in(&lines.flatten().collect::<String>())
    };
    assert_eq!(guessing(&office(true)).count(), 0);
    assert_eq!(guessing(&office(false)).count(), 1);
}

/// More people than names are kept of, at a terminal server on the first morning after a holiday.
#[test]
fn a_terminal_server_whose_people_mistype_and_get_in_is_not_guessing() {
    let told = |tries: &[u32], pause: u32, enters: &dyn Fn(u32) -> Option<u32>| {
        let line = |second: u32, what: &str, user: u32| {
            let (hour, minute) = (3 + second / 3_600, second / 60 % 60);
            let what = format!("{what} password for u{user} from 10.20.1.77 port 4022 ssh2");
            (
                second,
                format!("Mar  2 {hour:02}:{minute:02}:{:02} ts01 sshd[7]: {what}\n", second % 60),
            )
        };
        let mut lines: Vec<(u32, String)> = (0..120)
            .flat_map(|user| {
                let entered =
                    enters(user).map(|after| line(user * pause + after, "Accepted", user));
                let failed =
                    tries.iter().map(move |after| line(user * pause + after, "Failed", user));
                failed.chain(entered).collect::<Vec<_>>()
            })
            .collect();
        lines.sort();
        let found = found_in(&lines.into_iter().map(|(_, line)| line).collect::<String>());
        guessing(&found).map(|finding| (finding.scenario, finding.outcome)).collect::<Vec<_>>()
    };
    assert_eq!(told(&[0], 20, &|_| Some(15)), []);
    assert_eq!(told(&[0, 9], 4, &|user| (user % 20 != 0).then_some(25)), []);
    // A list fits one in a hundred; who is sprayed at night comes to work in the morning.
    let likely = (Scenario::BRUTE_STUFFING, Outcome::LikelySucceeded);
    assert_eq!(told(&[0], 20, &|user| (user == 100).then_some(2)), [likely]);
    assert_eq!(told(&[0], 20, &|_| Some(18_000)), [likely]);
}

/// A telephone with last month's password asks for mail every five minutes, from outside.
#[test]
fn a_client_with_an_old_password_is_not_slow_guessing() {
    let told = |user: &str, pause: &dyn Fn(u32) -> u32, days: u32, last: Option<&str>| {
        let line = |second: u32, message: &str| {
            let (day, second) = (2 + second / 86_400, second % 86_400);
            let clock = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
            format!(
                "Mar {day:>2} {clock} mail dovecot: imap-login: {message}, method=PLAIN, rip=117.136.40.8, lip=10.8.1.5, TLS\n"
            )
        };
        let (mut text, mut second) = (String::new(), 4);
        for number in 0.. {
            if second >= days * 86_400 {
                break;
            }
            text.push_str(&line(
                second,
                &format!("Disconnected (auth failed, 1 attempts): user=<{user}>"),
            ));
            second += pause(number);
        }
        text.extend(last.map(|message| line(second, message)));
        let found = found_in(&text);
        guessing(&found).map(|finding| (finding.scenario, finding.outcome)).collect::<Vec<_>>()
    };
    let slow = (Scenario::BRUTE_SLOW, Outcome::Attempted);
    assert_eq!(told("wang@school.edu.cn", &|_| 300, 5, None), []);
    // Not yet for long enough, an account of robots, not like a clock, and a guess that hits.
    assert_eq!(told("wang@school.edu.cn", &|_| 300, 1, None), [slow]);
    assert_eq!(told("admin@school.edu.cn", &|_| 300, 5, None), [slow]);
    let uneven = |number: u32| 250 + number * 37 % 100;
    assert_eq!(told("wang@school.edu.cn", &uneven, 5, None), [slow]);
    let entered = Some("Login: user=<wang@school.edu.cn>");
    let hit = (Scenario::BRUTE_SLOW, Outcome::LikelySucceeded);
    assert_eq!(told("wang@school.edu.cn", &|_| 300, 5, entered), [hit]);
}

#[test]
fn a_login_after_guessing_is_a_likely_success_and_after_mistyping_is_not() {
    let replay = Replay::new(5, Some(Attack::Success));
    let found = found_in(&replay.text());
    let hits: BTreeSet<IpAddr> = guessing(&found)
        .filter(|finding| finding.outcome == Outcome::LikelySucceeded)
        .flat_map(|finding| finding.src.iter().copied())
        .collect();
    assert_eq!(hits, replay.attackers.iter().copied().collect());
}

#[test]
fn repeats_count_as_often_as_they_say_and_closed_connections_do_not_count() {
    let failed = "Failed password for root from 198.51.100.9 port 4022 ssh2";
    let count = |lines: &[String]| {
        let found = found_in(&lines.concat());
        guessing(&found).map(|finding| finding.count).sum::<u64>()
    };
    let line = |second: u32, message: &str| {
        format!("Mar  2 10:00:{second:02} web01 sshd[77]: {message}\n")
    };
    let repeated = [line(1, failed), line(9, &format!("message repeated 4 times: [ {failed}]"))];
    assert_eq!(count(&repeated), 5);
    let mut noisy: Vec<String> = (0..4).map(|second| line(second, failed)).collect();
    noisy.push(line(
        5,
        "Connection closed by authenticating user root 198.51.100.9 port 4022 [preauth]",
    ));
    noisy.push(line(6, "error: maximum authentication attempts exceeded for root from 198.51.100.9 port 4022 ssh2 [preauth]"));
    noisy.push(line(7, "Disconnecting authenticating user root 198.51.100.9 port 4022: Too many authentication failures [preauth]"));
    assert_eq!(count(&noisy), 0, "four failures are four");
    noisy.push(line(8, failed));
    assert_eq!(count(&noisy), 5);
}

#[test]
fn where_only_keys_are_taken_one_account_asked_for_again_counts() {
    let found = |messages: &[(u32, &str)]| {
        let line = |(second, message): &(u32, &str)| {
            let (minute, second) = (second / 60, second % 60);
            format!("Mar  2 10:{minute:02}:{second:02} web01 sshd[{minute}{second}]: {message}\n")
        };
        let found = found_in(&messages.iter().map(line).collect::<String>());
        guessing(&found).map(|finding| (finding.count, finding.users.clone())).collect::<Vec<_>>()
    };
    let lookups = |name: &'static str, seconds: &[u32]| -> Vec<(u32, String)> {
        seconds
            .iter()
            .map(|s| (*s, format!("Invalid user {name} from 198.51.100.9 port 4022")))
            .collect()
    };
    let told = |lines: &[(u32, String)]| {
        found(&lines.iter().map(|(second, line)| (*second, line.as_str())).collect::<Vec<_>>())
    };
    let tutu = vec!["tutu".to_owned()];
    assert_eq!(told(&lookups("tutu", &[0, 9, 9, 80, 599])), [(5, tutu.clone())]);
    assert_eq!(told(&lookups("tutu", &[0, 9, 9, 80, 601])), [], "not within ten minutes");
    assert_eq!(told(&lookups("tutu", &[0, 9, 80, 300])), []);
    // What a connection says once more is no other lookup.
    let closed = "Connection closed by invalid user tutu 198.51.100.9 port 4022 [preauth]";
    let mut twice = lookups("tutu", &[0, 9, 80, 300]);
    twice.extend([0, 9, 80, 300].map(|second| (second, closed.to_owned())));
    twice.sort();
    assert_eq!(told(&twice), []);
    // Another name, a refused password of whomever, a login: before or behind.
    let failed = "Failed password for invalid user tutu from 198.51.100.9 port 4022 ssh2";
    let entered = "Accepted publickey for ops from 198.51.100.9 port 4022 ssh2: RSA SHA256:x";
    let other = "Invalid user admin from 198.51.100.9 port 4022";
    let somebody = "Failed password for root from 192.0.2.7 port 4022 ssh2";
    for line in [failed, entered, other, somebody] {
        for second in [0, 30, 200] {
            let mut lines = lookups("tutu", &[1, 9, 9, 80, 90, 100]);
            lines.push((second, line.to_owned()));
            lines.sort();
            assert_eq!(told(&lines), [], "{line} at {second}");
        }
    }
    // Batches before the one that holds the password are given up as well.
    let mut far = lookups("tutu", &[1, 9, 9, 80, 90, 100]);
    far.extend((0..600).map(|n| (101 + n, "Server listening on 0.0.0.0 port 22.".to_owned())));
    assert_eq!(told(&far), [(6, tutu.clone())]);
    far.push((800, somebody.to_owned()));
    assert_eq!(told(&far), []);
}

#[test]
fn services_beyond_ssh_tell_of_haste() {
    let found = |lines: &[String]| {
        let found = found_in(&lines.concat());
        guessing(&found).map(|finding| (finding.scenario, finding.count)).collect::<Vec<_>>()
    };
    let line = |second: u32, message: &str| {
        let clock = format!("{:02}:{:02}", second / 60, second % 60);
        format!("Mar  2 10:{clock} mail dovecot: {message}\n")
    };
    let refused = |second, user: &str| {
        let who = format!("user=<{user}>, method=PLAIN, rip=198.51.100.9, lip=10.0.0.1, TLS");
        line(second, &format!("imap-login: Disconnected (auth failed, 1 attempts): {who}"))
    };
    let names = ["info", "sales", "boss", "it"];
    let at_once: Vec<_> = (0..).zip(names).map(|(n, user)| refused(n * 4, user)).collect();
    assert_eq!(found(&at_once), [(Scenario::BRUTE_SPRAY, 4)]);
    let slowly: Vec<_> = (0..).zip(names).map(|(n, user)| refused(n * 400, user)).collect();
    assert_eq!(found(&slowly), []);
    // The same of sshd is what an open port sees all day.
    let ssh = |second, user: &str| {
        format!(
            "Mar  2 10:00:{second:02} web01 sshd[7]: Failed password for {user} from 198.51.100.9 port 4022 ssh2\n"
        )
    };
    let ssh: Vec<_> = (0..).zip(names).map(|(n, user)| ssh(n * 4, user)).collect();
    assert_eq!(found(&ssh), []);
}

#[test]
fn turns_and_threads_change_nothing() {
    let replay = Replay::new(7, Some(Attack::Distributed));
    let text = replay.text();
    let together = correlate(&text, 64 << 20, Order::Together);
    for order in [Order::GroupsLag, Order::Backwards] {
        let other = correlate(&text, 64 << 20, order);
        assert_eq!(format!("{:?}", together.findings), format!("{:?}", other.findings));
        assert_eq!(together.evicted, other.evicted);
    }
}

#[test]
fn what_is_given_up_for_want_of_memory_is_told() {
    let replay = Replay::new(8, Some(Attack::Distributed));
    let text = replay.text();
    assert_eq!(correlate(&text, 64 << 20, Order::Together).evicted, 0);
    let small = correlate(&logins::crowd(20_000), 1 << 20, Order::Together);
    assert!(small.evicted > 10_000, "{}", small.evicted);
    let again = correlate(&logins::crowd(20_000), 1 << 20, Order::GroupsLag);
    assert_eq!(small.evicted, again.evicted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_inside_the_window_changes_nothing(seed in 0_u64..1_000) {
        let attack = if seed % 2 == 0 { Attack::Fast } else { Attack::KeysOnly };
        let replay = Replay::new(seed, Some(attack));
        let told = |text: &str| {
            let found = found_in(text);
            let facts = guessing(&found).map(|finding| {
                let Finding { scenario, src, first, last, count, outcome, users, .. } = finding;
                format!("{scenario:?} {src:?} {first:?} {last:?} {count} {outcome:?} {users:?}")
            });
            facts.collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(told(&replay.text()), told(&replay.shuffled(seed)));
    }
}
