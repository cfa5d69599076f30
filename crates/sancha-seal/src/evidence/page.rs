//! The page of a pack for readers: one file, both languages, nothing fetched, nothing run.

use std::fmt::Write as _;

use encoding_rs::GB18030;
use sancha_model::{Text, text_of, visible};

use super::{
    record::{self, Record},
    texts,
    unsealed::{SourceFile, UnsealedRecord},
};
use crate::{Checkpoint, Hash32, Note, VerifierKey};

/// More lines make a page that browsers do not scroll; the file of records has them all.
const MOST_RECORDS: usize = 2000;

/// Stands in the page. Pages of one version are the same bytes for the same pack: whoever changes the
/// page or its texts counts up, and pages of other versions are then not compared.
const GENERATOR: &str = r#"content="sancha evidence page 1""#;

const HEAD: &str = r#"<!doctype html>
<html lang="zh"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="generator" content="sancha evidence page 1">
<title>日志证据包 / Evidence pack</title>
<style>
body{margin:0 auto;max-width:1080px;padding:40px 28px 80px;color:#1c2530;background:#fff;font:15px/1.7 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:26px;margin:0 0 12px}h2{font-size:18px;margin:34px 0 8px;border-bottom:2px solid #1f4a78;padding-bottom:4px}
h1 small,h2 small,p small,li small,th small,td small{display:block;font-weight:400;color:#5a6673;font-size:.86em}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid #d8dee5}
td.line,code,dd{font-family:"Noto Sans Mono CJK SC",Consolas,Menlo,monospace;font-size:12.5px}
td.place{width:18%}td.time{white-space:nowrap;width:1%}tr.asked td{background:#eaf0f7}tr.asked td.place{font-weight:600}tr.neighbour td{color:#8a95a1}tr.first td{border-top:2px solid #8a95a1}
dt{color:#5a6673;margin-top:6px}dd{margin:0}
@media print{body{padding:0}}
</style></head><body>
"#;

/// The records of a pack as the page has them: the first, and how many there are.
#[derive(Default)]
pub(super) struct Shown {
    records: Vec<Record>,
    pub(super) asked: usize,
    pub(super) neighbours: usize,
}

impl Shown {
    pub(super) fn push(&mut self, record: &Record) {
        if self.records.len() < MOST_RECORDS {
            self.records.push(record.clone());
        }
        match record.asked {
            true => self.asked += 1,
            false => self.neighbours += 1,
        }
    }
}

pub(super) fn is_of_this_version(page: &[u8]) -> bool {
    page.windows(GENERATOR.len()).any(|part| part == GENERATOR.as_bytes())
}

/// The same input gives the same bytes: a verifier makes the page again and compares.
pub(super) fn render(
    info: &[(&str, String)],
    shown: &Shown,
    checkpoint: &[u8],
    keys: &[u8],
) -> String {
    let mut page = HEAD.to_owned();
    heading(&mut page, "h1", &texts::TITLE);
    paragraph(&mut page, &texts::PAGE_LEAD);
    heading(&mut page, "h2", &texts::PAGE_ABOUT);
    definitions(&mut page, info.iter().map(|(label, value)| (info_label(label), value.as_str())));
    log(&mut page, checkpoint, keys);
    table(&mut page, shown);
    let shows = [&texts::SHOWS_UNCHANGED, &texts::SHOWS_LOG, &texts::SHOWS_ANCHOR];
    list(&mut page, &texts::PAGE_SHOWS, &shows);
    let shows_not = [
        &texts::NOT_COMPLETE,
        &texts::NOT_BEFORE,
        &texts::NOT_REWRITTEN,
        &texts::NOT_EXPORTER,
        &texts::NOT_FORENSIC,
    ];
    list(&mut page, &texts::PAGE_SHOWS_NOT, &shows_not);
    page += "</body></html>\n";
    page
}

/// The page of a pack that no log sealed.
pub(super) fn render_unsealed(
    info: &[(&str, String)],
    sources: &[SourceFile],
    records: &[UnsealedRecord],
) -> String {
    let mut page = HEAD.to_owned();
    heading(&mut page, "h1", &texts::TITLE);
    paragraph(&mut page, &texts::NOT_SEALED);
    heading(&mut page, "h2", &texts::PAGE_ABOUT);
    definitions(&mut page, info.iter().map(|(label, value)| (info_label(label), value.as_str())));
    heading(&mut page, "h2", &texts::PAGE_SOURCES);
    paragraph(&mut page, &texts::PAGE_SOURCES_LEAD);
    let digests: Vec<_> = sources.iter().map(source_facts).collect();
    definitions(&mut page, digests.iter().map(|(path, facts)| (path.clone(), facts.as_str())));
    heading(&mut page, "h2", &texts::PAGE_RECORDS);
    counted(&mut page, &texts::PAGE_LINES, &[("count", records.len())]);
    let rows: Vec<_> = records.iter().take(MOST_RECORDS).map(as_record).collect();
    rows_of(&mut page, &rows, records.len());
    let shows_not =
        [&texts::NOT_COMPLETE, &texts::NOT_UNALTERED, &texts::NOT_EXPORTER, &texts::NOT_FORENSIC];
    list(&mut page, &texts::PAGE_SHOWS_NOT, &shows_not);
    page += "</body></html>\n";
    page
}

fn source_facts(source: &SourceFile) -> (String, String) {
    let digest = source.sha256.map_or_else(|| "—".to_owned(), |digest| digest.hex());
    (escaped(&source.path), format!("{} bytes, SHA-256 {digest}", source.bytes))
}

/// As a row of the table.
fn as_record(row: &UnsealedRecord) -> Record {
    let (text, base64) = record::fields_of(&row.raw().unwrap_or_default());
    Record {
        block: 0,
        row: 0,
        asked: true,
        source: row.source.clone(),
        stream: Hash32([0; 32]),
        offset: row.offset,
        line: row.line,
        time: None,
        text,
        base64,
    }
}

/// Labels of a bag for people; another one stands as it is.
fn info_label(label: &str) -> String {
    let known = match label {
        "Source-Organization" => &texts::INFO_ORGANIZATION,
        "External-Identifier" => &texts::INFO_NUMBER,
        "External-Description" => &texts::INFO_QUERY,
        "Bagging-Date" => &texts::INFO_DAY,
        "Bag-Software-Agent" => &texts::INFO_AGENT,
        "Sancha-Exported-At" => &texts::INFO_AT,
        "Sancha-Pack-Version" => &texts::INFO_VERSION,
        other => return escaped(other),
    };
    both(known)
}

fn log(page: &mut String, checkpoint: &[u8], keys: &[u8]) {
    heading(page, "h2", &texts::PAGE_LOG);
    let note = Note::from_bytes(checkpoint).ok();
    if let Some(read) = note.and_then(|note| Checkpoint::parse(&note.text).ok()) {
        let facts = [
            (both(&texts::PAGE_ORIGIN), read.origin),
            (both(&texts::PAGE_SIZE), read.size.to_string()),
            (both(&texts::PAGE_ROOT), read.root.hex()),
        ];
        definitions(page, facts.iter().map(|(label, value)| (label.clone(), value.as_str())));
    }
    let text = String::from_utf8_lossy(keys);
    let keys: Vec<_> =
        text.lines().filter_map(|line| VerifierKey::parse(line).ok()).map(key_facts).collect();
    paragraph(page, &texts::PAGE_KEYS);
    definitions(page, keys.iter().map(|(key, print)| (escaped(key), print.as_str())));
}

fn key_facts(key: VerifierKey) -> (String, String) {
    (key.to_string(), format!("SHA-256 {}", key.fingerprint()))
}

fn table(page: &mut String, shown: &Shown) {
    heading(page, "h2", &texts::PAGE_RECORDS);
    let Shown { records, asked, neighbours } = shown;
    counted(page, &texts::PAGE_COUNTS, &[("asked", *asked), ("neighbours", *neighbours)]);
    rows_of(page, records, asked + neighbours);
}

/// Of `all` records the first.
fn rows_of(page: &mut String, records: &[Record], all: usize) {
    *page += "<table><thead><tr>";
    for column in [&texts::COLUMN_SOURCE, &texts::COLUMN_TIME, &texts::COLUMN_LINE] {
        let _ = write!(page, "<th>{}</th>", both(column));
    }
    *page += "</tr></thead><tbody>\n";
    let mut block = None;
    for record in records {
        row(page, record, block.replace(record.block) != Some(record.block));
    }
    *page += "</tbody></table>\n";
    if let Some(more) = all.checked_sub(MOST_RECORDS + 1) {
        counted(page, &texts::PAGE_MORE, &[("shown", MOST_RECORDS), ("more", more + 1)]);
    }
}

fn row(page: &mut String, record: &Record, is_first: bool) {
    let asked = if record.asked { "asked" } else { "neighbour" };
    let first = if is_first { " first" } else { "" };
    let source = escaped(&record.source);
    let time = escaped(record.time.as_deref().unwrap_or_default());
    let raw = record.raw().unwrap_or_default();
    let line = line_for_people(without_end(&raw));
    let _ = writeln!(
        page,
        "<tr class=\"{asked}{first}\"><td class=\"place\">{source}:{}</td><td class=\"time\">{time}</td><td class=\"line\">{line}</td></tr>",
        record.line,
    );
}

/// UTF-8 as it is. Other bytes as GB 18030, which Chinese programs write, where they are it from end to
/// end, and marked as such; otherwise what is no text is escaped byte by byte.
fn line_for_people(line: &[u8]) -> String {
    if str::from_utf8(line).is_err()
        && let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(line)
    {
        return format!("{} <small>{}</small>", escaped(&text), texts::AS_GB18030.zh);
    }
    escaped(&text_of(line))
}

fn without_end(raw: &[u8]) -> &[u8] {
    let line = raw.strip_suffix(b"\n").unwrap_or(raw);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn definitions<'a>(page: &mut String, facts: impl Iterator<Item = (String, &'a str)>) {
    *page += "<dl>\n";
    for (label, value) in facts {
        let _ = writeln!(page, "<dt>{label}</dt><dd>{}</dd>", escaped(value));
    }
    *page += "</dl>\n";
}

fn heading(page: &mut String, tag: &str, text: &Text) {
    let _ = writeln!(page, "<{tag}>{}</{tag}>", both(text));
}

fn paragraph(page: &mut String, text: &Text) {
    let _ = writeln!(page, "<p>{}</p>", both(text));
}

fn counted(page: &mut String, text: &Text, counts: &[(&str, usize)]) {
    let filled = counts.iter().fold(both(text), |text, (name, count)| {
        text.replace(&format!("{{{name}}}"), &count.to_string())
    });
    let _ = writeln!(page, "<p>{filled}</p>");
}

fn list(page: &mut String, title: &Text, items: &[&Text]) {
    heading(page, "h2", title);
    *page += "<ul>\n";
    for item in items {
        let _ = writeln!(page, "<li>{}</li>", both(item));
    }
    *page += "</ul>\n";
}

/// Our own text in both languages; it may hold markup.
fn both(text: &Text) -> String {
    format!("{} <small lang=\"en\">{}</small>", text.zh, text.en)
}

/// Data for a page: hidden characters made visible, markup made text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            other => out.push(other),
        }
    }
    out
}
