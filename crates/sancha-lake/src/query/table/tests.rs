use std::sync::Arc;

use datafusion::arrow::{array::AsArray, datatypes::Int64Type};

use crate::{
    Lake,
    disk::{Disk, MemoryDisk},
    fixture::{AT, accept_text, key, with_settings},
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
        lake.sql(&sql, settings, 1, &mut |batch| {
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
