use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use proptest::prelude::*;

use super::{By, ROWS, batch};
use crate::{
    Lake,
    disk::{Disk, MemoryDisk},
    fixture::{AT, accept_text, key, with_settings},
    part::{Companion, DiskAt},
    query::{SqlOptions, each_row, names},
};

/// A lake of one part, and its disk.
fn kept(text: &str) -> (Arc<dyn Disk>, Lake) {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    accept_text(&disk, text);
    with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
    (disk, lake)
}

/// Rows of the answer as text, sorted.
fn ask(lake: &Lake, sql: &str) -> Vec<String> {
    let mut rows = Vec::new();
    with_settings(|settings| {
        lake.sql(sql, settings, SqlOptions { threads: 2, zone_minutes: 0 }, &mut |batch| {
            assert!(!names(batch).contains(&ROWS.to_owned()));
            each_row(batch, |cells| {
                rows.push(cells.join("|"));
                Ok(())
            })
        })
    })
    .unwrap();
    rows.sort();
    rows
}

/// Lines of an access log: hour, source, status, whether each is a POST.
fn line(hour: u8, source: u8, status: u16, posts: bool) -> String {
    let method = if posts { "POST" } else { "GET" };
    let address = if source == 0 { "2001:db8::7".to_owned() } else { format!("192.0.2.{source}") };
    let user = if source == 1 { "li" } else { "-" };
    format!(
        "{address} - {user} [02/Mar/2026:{hour:02}:15:00 +0000] \"{method} /a HTTP/1.1\" {status} 5 \"-\" \"x\"\n"
    )
}

/// What counts can answer; each beside the same question in words that no count answers.
const QUESTIONS: [&str; 15] = [
    "SELECT count(*) FROM logs",
    "SELECT count(*) AS n, http_status FROM logs GROUP BY http_status",
    "SELECT source_ip, count(*) AS n FROM logs WHERE http_status = 404 GROUP BY source_ip",
    "SELECT source_ip, source_ip6, count(*) FROM logs GROUP BY source_ip, source_ip6 HAVING count(*) > 3",
    "SELECT date_trunc('hour', time) AS hour, count(*) AS n FROM logs GROUP BY 1",
    "SELECT date_trunc('day', time), http_method, count(*) FROM logs GROUP BY 1, 2",
    "SELECT date_part('hour', time), count(*) FROM logs WHERE http_method = 'POST' GROUP BY 1",
    "SELECT user_name, count(*) FROM logs WHERE http_status >= 400 GROUP BY user_name",
    "SELECT DISTINCT http_status FROM logs",
    "SELECT http_status, http_method, count(*), count(1) AS n FROM logs GROUP BY ROLLUP (http_status, http_method)",
    "SELECT 2 * count(*) FROM logs GROUP BY http_status HAVING count(*) > 1",
    "SELECT date_trunc('hour', time), count(*) FROM logs WHERE date_part('hour', time) = 1 GROUP BY 1",
    "SELECT source, class, format, count(*) FROM logs GROUP BY source, class, format",
    "SELECT count(*) FROM logs WHERE source_ip = '192.0.2.3'",
    "SELECT count(*) FROM logs WHERE http_status = 999",
];

/// The question, asked so that rows have to be read: a condition that holds for all of them.
fn of_rows(sql: &str) -> String {
    let always = "(raw IS NOT NULL OR raw IS NULL AND line > 0)";
    match sql.split_once(" WHERE ") {
        Some((before, after)) => format!("{before} WHERE {always} AND {after}"),
        None => match sql.split_once(" GROUP BY ") {
            Some((before, after)) => format!("{before} WHERE {always} GROUP BY {after}"),
            None => format!("{sql} WHERE {always}"),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn counts_answer_as_rows_do(
        rows in prop::collection::vec(
            (0_u8..3, 0_u8..5, prop::sample::select(vec![200_u16, 404]), any::<bool>()),
            2_600..3_600,
        ),
        strays in 0_usize..3,
    ) {
        let mut text: String = rows.iter().map(|row| line(row.0, row.1, row.2, row.3)).collect();
        text.extend(std::iter::repeat_n("a line of no access log\n", strays));
        let (_, lake) = kept(&text);
        for sql in QUESTIONS {
            prop_assert_eq!(ask(&lake, sql), ask(&lake, &of_rows(sql)), "{}", sql);
        }
        for (from, to) in [("00:00:00", "23:59:59"), ("01:15:00", "02:15:00"), ("00:00:00", "02:15:00")] {
            for condition in [">= timestamp '2026-03-02T{from}Z' AND time < timestamp '2026-03-02T{to}Z'",
                              "> timestamp '2026-03-02T{from}Z' AND time <= timestamp '2026-03-02T{to}Z'"] {
                let condition = condition.replace("{from}", from).replace("{to}", to);
                let sql = format!("SELECT source_ip, count(*) FROM logs WHERE time {condition} GROUP BY source_ip");
                prop_assert_eq!(ask(&lake, &sql), ask(&lake, &of_rows(&sql)), "{}", sql);
            }
        }
    }
}

fn many() -> String {
    (0..3_000_u16)
        .map(|n| {
            let hour = u8::try_from(n % 3).unwrap();
            line(hour, u8::try_from(n % 5).unwrap(), if n % 2 == 0 { 200 } else { 404 }, false)
        })
        .collect()
}

#[test]
fn what_is_counted_is_not_read() {
    let (disk, lake) = kept(&many());
    let part = lake.catalog().parts.values().next().unwrap().clone();
    disk.write_at_once(&part.path, b"no rows").unwrap();
    let ask = |sql: &str| ask(&lake, sql);
    assert_eq!(ask("SELECT count(*) FROM logs"), ["3000"]);
    assert_eq!(ask("SELECT count(*) FROM logs WHERE http_status = 404"), ["1500"]);
    assert_eq!(
        ask("SELECT source_ip, count(*) AS n FROM logs GROUP BY source_ip ORDER BY n DESC LIMIT 2")
            .len(),
        2
    );
    assert_eq!(
        ask("SELECT date_trunc('hour', time) AS h, count(*) AS n FROM logs WHERE http_status = 200 GROUP BY 1")
            .iter()
            .map(|row| row.split('|').next_back().unwrap().to_owned())
            .collect::<Vec<_>>(),
        ["500", "500", "500"]
    );
    assert_eq!(ask("SELECT user_name, count(*) FROM logs GROUP BY user_name"), ["li|600", "|2400"]);
    let whole =
        "time >= timestamp '2026-03-02T00:00:00Z' AND time < timestamp '2026-03-03T00:00:00Z'";
    assert_eq!(ask(&format!("SELECT count(*) FROM logs WHERE {whole}")), ["3000"]);
    // Rows are needed here, and cannot be read.
    for sql in [
        "SELECT count(*) FROM logs WHERE url_path = '/a'",
        "SELECT count(url_path) FROM logs",
        "SELECT count(*) FROM logs WHERE time >= timestamp '2026-03-02T01:00:00Z'",
        "SELECT date_trunc('minute', time), count(*) FROM logs GROUP BY 1",
        "SELECT date_trunc('hour', time), source_ip, count(*) FROM logs GROUP BY 1, 2",
        "SELECT count(*) FROM logs WHERE time IS NULL",
    ] {
        let answer = with_settings(|settings| {
            lake.sql(sql, settings, SqlOptions { threads: 1, zone_minutes: 0 }, &mut |_| Ok(()))
        });
        assert!(answer.is_err(), "{sql}");
    }
}

fn total(batch: &RecordBatch) -> i64 {
    let rows = batch.column_by_name(ROWS).unwrap();
    rows.as_primitive::<datafusion::arrow::datatypes::Int64Type>().iter().flatten().sum()
}

#[test]
fn counts_that_do_not_pay_are_not_kept() {
    // Every row another source.
    let text: String =
        (0..200_u8).map(|n| line(1, n.max(1), 200, false)).collect::<Vec<_>>().concat();
    let (disk, lake) = kept(&text);
    let path = lake.catalog().parts.values().next().unwrap().index_path.clone();
    let companion = Companion::open(DiskAt::open(&disk, &path).unwrap(), &path).unwrap();
    assert!(companion.counts(By::Source).unwrap().is_none());
    assert_eq!(total(&companion.counts(By::Hour).unwrap().unwrap()), 200);
}

#[test]
fn broken_counts_are_told() {
    let first = sancha_model::EventTime::MIN;
    assert!(batch(&[], By::Hour, first).unwrap().is_none());
    for bytes in [&[0xff][..], &[1], &[1, 1, 1], &[0, 2, 0, 0, 1], &[0, 0xff, 0xff, 0xff]] {
        assert!(batch(bytes, By::Source, first).is_none(), "{bytes:?}");
    }
}
