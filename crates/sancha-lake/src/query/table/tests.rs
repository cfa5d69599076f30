use std::sync::Arc;

use datafusion::arrow::{array::AsArray, datatypes::Int64Type};

use crate::{
    Lake, SqlLakeError,
    disk::{Disk, MemoryDisk},
    fixture::{AT, accept_text, key, with_settings},
    query::{AddressFault, SqlError, SqlOptions, each_row},
};

const LINES: &str = "\
192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"
192.0.2.2 - - [02/Mar/2026:10:00:01 +0000] \"POST /A HTTP/1.1\" 404 5 \"-\" \"x\"
192.0.2.1 - - [02/Mar/2026:10:00:02 +0000] \"GET /b HTTP/1.1\" 404 5 \"-\" \"y\"
no line of an access log
";

fn count(lake: &Lake, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM logs WHERE {condition}");
    let mut found = None;
    with_settings(|settings| {
        lake.sql(&sql, settings, SqlOptions { threads: 1, zone_minutes: 0 }, &mut |batch| {
            found = Some(batch.column(0).as_primitive::<Int64Type>().value(0));
            Ok(())
        })
    })
    .unwrap();
    found.unwrap()
}

#[test]
fn conditions_mean_the_same_whether_rows_are_settled_or_not() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    accept_text(&disk, LINES);
    for _ in 0..2 {
        for (condition, wanted) in [
            ("http_method = 'GET'", 2),
            ("http_method = 'get'", 0),
            ("url_path = '/a'", 1),
            ("http_status = 404", 2),
            ("http_status IN (200, 404) AND url_path = '/A'", 1),
            ("http_status > 404 OR user_agent = 'y'", 1),
            ("NOT (http_status = 404)", 1),
            ("http_status <> 404", 1),
            ("http_status IS NULL", 1),
            ("source_ip = '192.0.2.1' AND http_status = 404", 1),
            ("source_ip = '192.0.2.1'", 2),
            ("time >= timestamp '2026-03-02T10:00:01Z' AND http_method = 'GET'", 1),
            ("raw LIKE '%/b%' AND http_method = 'GET'", 1),
        ] {
            assert_eq!(count(&lake, condition), wanted, "{condition}");
        }
        with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
    }
}

/// The first row of an answer, with a zone so many minutes ahead of UTC.
fn first(lake: &Lake, sql: &str, zone_minutes: i32) -> String {
    let mut rows = Vec::new();
    with_settings(|settings| {
        lake.sql(sql, settings, SqlOptions { threads: 1, zone_minutes }, &mut |batch| {
            each_row(batch, |cells| {
                rows.push(cells.join("|"));
                Ok(())
            })
        })
    })
    .unwrap();
    rows.swap_remove(0)
}

fn settled(text: &str) -> Lake {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    accept_text(&disk, text);
    with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
    lake
}

#[test]
fn an_address_is_shown_as_one_whatever_it_is_called() {
    let lake = settled(LINES);
    for (sql, wanted) in [
        ("SELECT source_ip AS ip, count(*) FROM logs GROUP BY 1 ORDER BY 2 DESC", "192.0.2.1|2"),
        ("SELECT min(source_ip), max(source_ip) FROM logs", "192.0.2.1|192.0.2.2"),
        ("SELECT x FROM (SELECT source_ip AS x FROM logs) AS t ORDER BY x", "192.0.2.1"),
        ("WITH t AS (SELECT max(source_ip) AS m FROM logs) SELECT m FROM t", "192.0.2.2"),
        ("SELECT cast(source_ip AS varchar) FROM logs ORDER BY time", "192.0.2.1"),
        ("SELECT source_ip || ':' || http_method FROM logs ORDER BY time", "192.0.2.1:GET"),
        ("SELECT string_agg(DISTINCT source_ip, ' ') FROM logs WHERE url_path = '/A'", "192.0.2.2"),
        ("SELECT coalesce(source_ip, 'none') FROM logs WHERE time IS NULL", "none"),
        ("SELECT source_ip FROM logs WHERE source_ip LIKE '192.0.%' ORDER BY time", "192.0.2.1"),
        ("SELECT count(DISTINCT source_ip), sum(http_status) FROM logs", "2|1008"),
        ("SELECT first_value(source_ip) OVER (ORDER BY time) FROM logs", "192.0.2.1"),
        ("SELECT source_ip FROM logs WHERE http_status = 200 UNION ALL SELECT NULL", "192.0.2.1"),
    ] {
        assert_eq!(first(&lake, sql, 0), wanted, "{sql}");
    }
}

#[test]
fn times_are_in_the_zone_that_was_asked_for() {
    let line = |hour| LINES.replace("02/Mar/2026:10", &format!("02/Mar/2026:{hour}"));
    let lake = settled(&(line(15) + &line(16)));
    for (sql, zone, wanted) in [
        ("SELECT min(time) FROM logs", 0, "2026-03-02T15:00:00Z"),
        ("SELECT min(time) FROM logs", 480, "2026-03-02T23:00:00+08:00"),
        (
            "SELECT count(*) FROM logs WHERE time >= '2026-03-02 23:00' AND time < '2026-03-03'",
            480,
            "3",
        ),
        ("SELECT count(*) FROM logs WHERE time >= timestamp '2026-03-03 00:00'", 480, "3"),
        ("SELECT count(*) FROM logs WHERE time >= timestamp '2026-03-02 16:00'", 0, "3"),
        ("SELECT count(*) FROM logs WHERE time >= '2026-03-02T16:00:00Z'", 480, "3"),
        (
            "SELECT date_trunc('day', time) AS day, count(*) FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1",
            480,
            "2026-03-02T00:00:00+08:00|3",
        ),
        (
            "SELECT date_trunc('day', time) AS day, count(*) FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1",
            0,
            "2026-03-02T00:00:00Z|6",
        ),
        (
            "SELECT date_part('hour', time) AS hour, count(*) FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1",
            480,
            "0|3",
        ),
        (
            "SELECT date_part('hour', time) AS hour, count(*) FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1",
            330,
            "20|3",
        ),
        (
            "SELECT date_trunc('hour', time) AS hour, count(*) FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1",
            330,
            "2026-03-02T20:00:00+05:30|3",
        ),
        ("SELECT time FROM logs ORDER BY time DESC LIMIT 1", 480, "2026-03-03T00:00:02+08:00"),
    ] {
        assert_eq!(first(&lake, sql, zone), wanted, "{sql}");
    }
}

#[test]
fn the_columns_can_be_asked_for() {
    let lake = settled(LINES);
    assert!(first(&lake, "DESCRIBE logs", 0).starts_with("time|"));
    assert!(first(&lake, "SHOW COLUMNS FROM logs", 0).contains("|time|"));
}

/// Three addresses of IPv4, four of IPv6; as texts `::10` would come before `::9`.
fn of_both_kinds() -> Lake {
    let addresses = [
        "203.0.113.9",
        "198.51.100.7",
        "10.0.0.1",
        "2001:db8::1",
        "2001:db8::9",
        "2001:db8::10",
        "2001:db8:1::1",
    ];
    let line = |address: &str| LINES.lines().next().unwrap().replace("192.0.2.1", address) + "\n";
    settled(&addresses.map(line).concat())
}

#[test]
fn a_range_of_addresses_is_the_two_comparisons_that_it_stands_for() {
    let lake = of_both_kinds();
    for (condition, wanted) in [
        ("source_ip BETWEEN '10.0.0.0' AND '198.51.100.255'", 2),
        ("source_ip BETWEEN '::ffff:10.0.0.1' AND ip('10.0.0.9')", 1),
        ("source_ip NOT BETWEEN '10.0.0.0' AND '198.51.100.255'", 5),
        ("NOT (source_ip BETWEEN '10.0.0.0' AND '198.51.100.255')", 5),
        ("source_ip BETWEEN '2001:db8::9' AND '2001:DB8::10'", 2),
        ("source_ip >= '2001:db8::9' AND source_ip <= '2001:db8::10'", 2),
        ("source_ip NOT BETWEEN '2001:db8::9' AND '2001:db8::10'", 5),
        ("source_ip6 BETWEEN '2001:db8::1' AND '2001:db8::9'", 2),
        ("source_ip6 < '2001:db8::10'", 2),
        ("'2001:db8::9' < source_ip", 2),
        ("'10.0.0.1' BETWEEN source_ip AND source_ip", 1),
        ("'2001:db8::9' BETWEEN source_ip6 AND source_ip6", 1),
        ("source_ip LIKE '2001:db8::%'", 3),
        ("source_ip NOT LIKE '10.%'", 6),
        ("source_ip NOT LIKE '2001:db8::%' AND source_ip6 NOT LIKE '2001:db8:1:%'", 3),
        ("source_ip IS DISTINCT FROM '10.0.0.1'", 6),
        ("source_ip IS NOT DISTINCT FROM '2001:db8::9'", 1),
    ] {
        assert_eq!(count(&lake, condition), wanted, "{condition}");
    }
}

#[test]
fn a_choice_of_addresses_knows_them_and_shows_them() {
    let lake = of_both_kinds();
    for (choice, wanted) in [
        ("CASE source_ip WHEN '10.0.0.1' THEN 'ten' ELSE 'other' END = 'ten'", 1),
        ("CASE source_ip WHEN '2001:DB8::9' THEN 'nine' ELSE 'other' END = 'nine'", 1),
        ("CASE source_ip6 WHEN '2001:DB8::9' THEN 'nine' END = 'nine'", 1),
        ("CASE WHEN source_ip BETWEEN '2001:db8::' AND '2001:db8::ffff' THEN 'lab' END = 'lab'", 3),
        ("coalesce(source_ip, source_ip6) = '2001:db8::9'", 1),
        ("coalesce(source_ip6, source_ip) = '10.0.0.1'", 1),
    ] {
        assert_eq!(count(&lake, choice), wanted, "{choice}");
    }
    for (choice, wanted) in [
        ("CASE WHEN line > 3 THEN source_ip6 ELSE source_ip END", "203.0.113.9"),
        ("CASE WHEN line = 1 THEN source_ip ELSE source_ip6 END", "203.0.113.9"),
        ("CASE WHEN line = 1 THEN source_ip ELSE upper(http_method) END", "203.0.113.9"),
        ("CASE WHEN line = 1 THEN source_ip ELSE peer_ip END", "203.0.113.9"),
        ("CASE WHEN line = 1 THEN coalesce(source_ip, peer_ip) ELSE 'none' END", "203.0.113.9"),
        ("coalesce(source_ip, source_ip6)", "203.0.113.9"),
        ("concat(greatest(source_ip, peer_ip), '!')", "203.0.113.9!"),
        ("CASE WHEN source_ip IN ('::1', '203.0.113.9') THEN 'known' END", "known"),
        ("CASE WHEN source_ip IN ('2001:DB8::9') THEN 'known' ELSE 'new' END", "new"),
    ] {
        let sql = format!("SELECT {choice} FROM logs ORDER BY line");
        assert_eq!(first(&lake, &sql, 0), wanted, "{sql}");
    }
}

#[test]
fn what_cannot_be_asked_of_addresses_is_not_told_in_the_words_of_the_engine() {
    let lake = of_both_kinds();
    let fault = |condition: &str| {
        let sql = format!("SELECT t.source_ip AS named FROM logs AS t WHERE {condition}");
        let options = SqlOptions { threads: 1, zone_minutes: 0 };
        let asked = with_settings(|settings| lake.sql(&sql, settings, options, &mut |_| Ok(())));
        match asked {
            Err(SqlLakeError::Sql(SqlError::Address(fault))) => fault,
            other => panic!("{condition}: {other:?}"),
        }
    };
    let text = |text: &str| text.to_owned();
    for (condition, wanted) in [
        ("source_ip = 'mail'", AddressFault::NotOne { text: text("mail") }),
        ("source_ip IN ('10.0.0.1', '10.0.0')", AddressFault::NotOne { text: text("10.0.0") }),
        ("source_ip BETWEEN 'a' AND '10.0.0.1'", AddressFault::NotOne { text: text("a") }),
        (
            "CASE source_ip WHEN '10.0.0.0/8' THEN 1 END = 1",
            AddressFault::NotOne { text: text("10.0.0.0/8") },
        ),
        ("source_ip > ip('::1')", AddressFault::NotFour { text: text("::1") }),
        (
            "source_ip6 > '10.0.0.1'",
            AddressFault::NotSix { column: text("source_ip6"), text: text("10.0.0.1") },
        ),
        (
            "source_ip BETWEEN '10.0.0.1' AND '2001:db8::1'",
            AddressFault::TwoKinds { low: text("10.0.0.1"), high: text("2001:db8::1") },
        ),
        ("source_ip IN (SELECT '10.0.0.1')", AddressFault::NotNumber { text: text("10.0.0.1") }),
    ] {
        assert_eq!(fault(condition), wanted, "{condition}");
    }
}
