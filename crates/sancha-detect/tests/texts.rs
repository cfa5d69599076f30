//! Attack texts of many languages and frameworks, and texts that only look like them: how many are told.
//!
//! One family a file in `texts/`, one text a line, written from knowledge of the languages and not from the
//! labelled sets. The first line of a file holds how many are told in a query, a form and a JSON document alike;
//! what is not told yet stays in the file. `UPDATE_GOLDEN=1` writes the counts.

use std::fs;

use sancha_detect::web::{Ordinary, Request, Scratch, THRESHOLD, inspect};

const FAMILIES: [&str; 15] = [
    "addresses",
    "document_queries",
    "files",
    "java_expressions",
    "ldap",
    "node",
    "objects",
    "php",
    "php_wrappers",
    "script",
    "sql",
    "templates",
    "unix_commands",
    "windows_commands",
    "xpath",
];

fn is_loud(request: Request<'_>) -> bool {
    let mut hits = Vec::new();
    inspect(&request, Ordinary::default(), &mut Scratch::default(), &mut hits);
    hits.iter().any(|hit| hit.score >= THRESHOLD)
}

/// In how many of three places the text is told.
fn places(text: &str) -> usize {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let query = format!("/a?q={encoded}");
    let form = format!("id=7&text={encoded}");
    let json = serde_json::json!({"id": 7, "text": text}).to_string();
    let post = |kind: &'static str, body: &str| {
        is_loud(Request {
            method: b"POST",
            target: b"/a",
            content_type: kind.as_bytes(),
            body: body.as_bytes(),
            ..Request::default()
        })
    };
    let get = is_loud(Request { method: b"GET", target: query.as_bytes(), ..Request::default() });
    let form = post("application/x-www-form-urlencoded", &form);
    [get, form, post("application/json", &json)].iter().filter(|loud| **loud).count()
}

/// The texts of a file, and the count on its first line.
fn texts(name: &str) -> (String, usize, Vec<String>) {
    let path = format!("{}/tests/texts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let file = fs::read_to_string(&path).expect("the family has its file");
    let (head, rest) = file.split_once('\n').expect("a first line");
    let count = head.trim_start_matches("# ").parse().expect("the first line is a count");
    (path, count, rest.lines().map(unescape).collect())
}

fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                other => text.extend(other),
            },
            (letter, false) => text.push(letter),
        }
    }
    text
}

/// Holds the count of a file against what is told now.
fn hold(name: &str, told: impl Fn(&str) -> bool) {
    let (path, known, texts) = texts(name);
    let (loud, others): (Vec<&String>, Vec<&String>) = texts.iter().partition(|text| told(text));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let file = fs::read_to_string(&path).expect("read above");
        let (_, rest) = file.split_once('\n').expect("read above");
        fs::write(&path, format!("# {}\n{rest}", loud.len())).expect("the count is written");
        return;
    }
    assert_eq!(loud.len(), known, "{name}: told {loud:#?}, not told {others:#?}");
}

#[test]
fn attacks_of_many_languages_are_told() {
    for name in FAMILIES {
        hold(name, |text| places(text) == 3);
    }
}

#[test]
fn harmless_texts_are_hardly_told() {
    hold("harmless", |text| places(text) > 0);
}

/// Values as ordinary sites are sent them, in six languages: names, searches, addresses, identifiers, filters, posts.
#[test]
fn ordinary_texts_are_hardly_told() {
    hold("ordinary", |text| places(text) > 0);
}

/// Requests of common applications: `METHOD target`, and behind a tab what a form sends.
#[test]
fn ordinary_requests_are_hardly_told() {
    hold("ordinary_requests", |line| {
        let (head, body) = line.split_once('\t').unwrap_or((line, ""));
        let (method, target) = head.split_once(' ').unwrap_or(("GET", head));
        let content_type: &[u8] = if body.starts_with('{') {
            b"application/json"
        } else {
            b"application/x-www-form-urlencoded"
        };
        is_loud(Request {
            method: method.as_bytes(),
            target: target.as_bytes(),
            content_type: if body.is_empty() { b"" } else { content_type },
            body: body.as_bytes(),
            ..Request::default()
        })
    });
}
