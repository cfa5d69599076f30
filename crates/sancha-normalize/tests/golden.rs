//! A line in, cells out: `golden/*.txt` hold, per format, input lines after `> ` and under each what
//! was understood of it. `SANCHA_BLESS=1 cargo test -p sancha-normalize --test golden` writes them anew;
//! read the difference before committing it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use jiff::tz::TimeZone;
use sancha_model::{Batch, Event, EventTime, Fields, FormatId, ParseNoteKind};
use sancha_normalize::{FileContext, Formats, Scratch, TrustedProxies, normalize};

#[test]
fn every_line_gives_its_cells() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap().replacen('-', "/", 1);
        let text = fs::read_to_string(&file).unwrap();
        let got = retell(&stem, &text);
        if std::env::var_os("SANCHA_BLESS").is_some() {
            fs::write(&file, &got).unwrap();
            continue;
        }
        for (got, want) in got.split("\n\n").zip(text.split("\n\n")) {
            assert_eq!(got, want, "{}", file.display());
        }
        assert_eq!(got, text, "{}", file.display());
    }
}

/// Keeps comments and inputs of a golden file and writes the cells anew.
fn retell(format: &str, text: &str) -> String {
    let formats = Formats::new(Vec::new());
    let place = (0..formats.len())
        .find(|place| formats.get(FormatId(u8::try_from(*place).unwrap())).name() == format)
        .unwrap_or_else(|| panic!("no format `{format}`"));
    let format = FormatId(u8::try_from(place).unwrap());
    let fields = Arc::new(Fields::new(["EventID", "CommandLine", "winlog.channel"]));
    let reference = EventTime::from_timestamp("2026-11-20T00:00:00Z".parse().unwrap());
    let mut context = FileContext::new(TimeZone::get("Asia/Shanghai").unwrap(), reference, fields);
    context.trusted_proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let mut scratch = Scratch::new(&context);
    let mut told = String::new();
    for line in text.lines() {
        if line.starts_with("# ") {
            let gap = if told.is_empty() { "" } else { "\n\n" };
            write!(told, "{gap}{line}").unwrap();
        }
        let Some(line) = line.strip_prefix("> ") else { continue };
        let mut batch = Batch::default();
        batch.raw = unescape(line);
        normalize(&mut batch, &formats, format, &context, &mut scratch);
        let gap = if told.is_empty() { "" } else { "\n\n" };
        write!(told, "{gap}> {line}").unwrap();
        for event in batch.events() {
            tell(&mut told, &context.fields, event);
        }
    }
    told.push('\n');
    told
}

fn tell(told: &mut String, fields: &Fields, event: Event<'_>) {
    write!(told, "\n  {:?}", event.class()).unwrap();
    if let Some(time) = event.time() {
        let assumed = event.assumed();
        let marks = [(assumed.year, " (year assumed)"), (assumed.zone, " (zone assumed)")];
        let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
        write!(told, " {time}{marks}").unwrap();
    }
    for note in event.notes() {
        write!(told, "\n  ! {}", note.kind.id()).unwrap();
        if note.kind == ParseNoteKind::Empty {
            return;
        }
    }
    for cell in event.cells() {
        let text = event.text(cell);
        write!(told, "\n  {} = {}", fields.name(cell.field), escape(text)).unwrap();
    }
}

/// Bytes that are not text stand as `\x!NN` in golden files.
fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\\x!") {
        bytes.extend_from_slice(before.as_bytes());
        let (digits, after) = after.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn escape(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.replace('\n', "\\n").replace('\r', "\\r").replace('\0', "\\0"),
        Err(_) => text.escape_ascii().to_string(),
    }
}
