//! Scores the web analyses against labelled requests.
//!
//! `web_score FOLDER [--misses]` reads `transactions.jsonl` and `labels.jsonl`; `web_score access.log` lists
//! alerts on a plain access log.
#![expect(clippy::print_stdout, reason = "a measuring tool prints its measurements")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use sancha_detect::web::{Hit, Kind, Ordinary, Request, Scratch, THRESHOLD, inspect};
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut folder = None;
    let mut misses = false;
    for argument in std::env::args().skip(1) {
        if argument == "--misses" {
            misses = true;
        } else {
            folder = Some(argument);
        }
    }
    let folder =
        folder.ok_or("name a folder with transactions.jsonl and labels.jsonl, or an access log")?;
    if Path::new(&folder).is_file() {
        access_log(&folder)
    } else {
        labelled(Path::new(&folder), misses)
    }
}

#[derive(Default)]
struct Count {
    total: usize,
    found: usize,
}

fn labelled(folder: &Path, misses: bool) -> Result<(), Failure> {
    let labels = fs::read_to_string(folder.join("labels.jsonl"))?;
    let labels: Vec<Value> = labels.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let labels: HashMap<&str, &Value> =
        labels.iter().filter_map(|l| Some((l["id"].as_str()?, l))).collect();
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    let transactions = fs::read_to_string(folder.join("transactions.jsonl"))?;
    let transactions: Vec<Value> =
        transactions.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for transaction in &transactions {
        let id = transaction["id"].as_str().unwrap_or_default();
        let Some(label) = labels.get(id) else {
            continue;
        };
        let hits = inspect_one(transaction);
        let strongest = hits.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        let found = strongest.is_some_and(|hit| hit.score >= THRESHOLD);
        let class = match &label["attack"] {
            Value::Bool(true) => "attack",
            Value::Bool(false) => "benign",
            _ => "unlabelled",
        };
        let category = label["category"].as_str().unwrap_or_default();
        let count = counts.entry((class.to_owned(), category.to_owned())).or_default();
        count.total += 1;
        count.found += usize::from(found);
        if misses && (class == "attack") != found {
            print_case(class, label, transaction, strongest);
        }
    }
    print_counts(&counts);
    time(&transactions);
    Ok(())
}

fn print_counts(counts: &BTreeMap<(String, String), Count>) {
    let mut sums: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((class, category), count) in counts {
        println!("{class:10} {category:22} {:5} of {:5}", count.found, count.total);
        let sum = sums.entry(class).or_default();
        *sum = (sum.0 + count.found, sum.1 + count.total);
    }
    for (class, (found, total)) in sums {
        println!("{class}: {found} of {total} = {:.4}", ratio(found, total));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn print_case(class: &str, label: &Value, transaction: &Value, strongest: Option<&Hit>) {
    let shown: Vec<_> = transaction["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|h| !is_ordinary(h))
        .collect();
    let hit = strongest
        .map(|hit| {
            let evidence = String::from_utf8_lossy(&hit.evidence);
            format!("{} {:.2} {:?} {evidence:?}", hit.kind.id(), hit.score, hit.part)
        })
        .unwrap_or_default();
    let body: String = transaction["body"].as_str().unwrap_or_default().chars().take(240).collect();
    println!(
        "{class} {} [{}] {hit}\n    {} {} {shown:?} {body:?}",
        label["category"], label["note"], transaction["method"], transaction["uri"]
    );
}

fn is_ordinary(header: &Value) -> bool {
    const ORDINARY: [&str; 7] = [
        "Host",
        "Accept",
        "Accept-Language",
        "Accept-Encoding",
        "Content-Length",
        "Connection",
        "Keep-Alive",
    ];
    let name = header[0].as_str().unwrap_or_default();
    let value = header[1].as_str().unwrap_or_default();
    ORDINARY.contains(&name) || value.contains("CRS test agent") || value.contains("rv:128")
}

fn inspect_one(transaction: &Value) -> Vec<Hit> {
    let mut hits = Vec::new();
    with_request(transaction, |request| {
        inspect(request, Ordinary::default(), &mut Scratch::default(), &mut hits);
    });
    hits
}

fn with_request(transaction: &Value, mut act: impl FnMut(&Request<'_>)) {
    let empty = Vec::new();
    let pairs = transaction["headers"].as_array().unwrap_or(&empty);
    let headers: Vec<(&[u8], &[u8])> = pairs
        .iter()
        .filter_map(|pair| Some((pair[0].as_str()?.as_bytes(), pair[1].as_str()?.as_bytes())))
        .collect();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
            .map_or(&b""[..], |(_, value)| *value)
    };
    let text = |key: &str| transaction[key].as_str().unwrap_or_default().as_bytes();
    act(&Request {
        method: text("method"),
        target: text("uri"),
        referer: header("referer"),
        user_agent: header("user-agent"),
        cookie: header("cookie"),
        headers: &headers,
        content_type: header("content-type"),
        body: text("body"),
        status: 200,
        size: 0,
    });
}

/// Rough cost of one request, everything but reading JSON; for figures run a release build alone.
#[expect(clippy::disallowed_methods, reason = "a measuring tool reads the clock")]
fn time(transactions: &[Value]) {
    let mut scratch = Scratch::default();
    let mut hits = Vec::new();
    let start = std::time::Instant::now();
    for _ in 0..5 {
        for transaction in transactions {
            with_request(transaction, |request| {
                hits.clear();
                inspect(request, Ordinary::default(), &mut scratch, &mut hits);
            });
        }
    }
    let each = start.elapsed() / u32::try_from(transactions.len() * 5).unwrap_or(1).max(1);
    println!("{each:?} for each request");
}

#[expect(clippy::disallowed_methods, reason = "a measuring tool reads the clock")]
fn access_log(path: &str) -> Result<(), Failure> {
    let log = fs::read(path)?;
    let lines: Vec<Vec<&[u8]>> =
        log.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(fields).collect();
    let mut scratch = Scratch::default();
    let mut hits = Vec::new();
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for line in &lines {
        hits.clear();
        inspect(&request_of(line), Ordinary::default(), &mut scratch, &mut hits);
        for hit in hits.iter().filter(|hit| hit.score >= 0.4) {
            let shown = String::from_utf8_lossy(&hit.evidence);
            println!("{} {:.2} {:?} {shown}", hit.kind.id(), hit.score, hit.part);
            if hit.score >= THRESHOLD {
                *counts.entry(hit.kind).or_default() += 1;
            }
        }
    }
    println!("{counts:?} in {} lines", lines.len());
    let start = std::time::Instant::now();
    for _ in 0..10 {
        for line in &lines {
            hits.clear();
            inspect(&request_of(line), Ordinary::default(), &mut scratch, &mut hits);
        }
    }
    println!(
        "{:?} for each line",
        start.elapsed() / u32::try_from(lines.len() * 10).unwrap_or(1).max(1)
    );
    Ok(())
}

/// The quoted fields of a combined log line, and the status behind the first.
fn fields(line: &[u8]) -> Vec<&[u8]> {
    line.split(|b| *b == b'"').collect()
}

fn request_of<'l>(fields: &[&'l [u8]]) -> Request<'l> {
    let get = |index: usize| fields.get(index).copied().unwrap_or_default();
    let mut request = get(1).splitn(3, |b| *b == b' ');
    let status = std::str::from_utf8(get(2))
        .ok()
        .and_then(|s| s.split_whitespace().next())
        .and_then(|s| s.parse().ok());
    Request {
        method: request.next().unwrap_or_default(),
        target: request.next().unwrap_or_default(),
        referer: get(3),
        user_agent: get(5),
        status: status.unwrap_or(0),
        ..Request::default()
    }
}
