//! Quick readers against plain ones: what is read by hand, what is remembered from the line before.

use std::{
    fs,
    net::IpAddr,
    sync::{Arc, LazyLock},
};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use sancha_model::{Batch, Event, EventTime, Fields, FormatId};

use crate::{FileContext, Formats, Scratch, formats, names::Names, normalize, scan};

/// Four decimal numbers below 256, of three digits at most.
fn plain_ipv4(text: &str) -> Option<IpAddr> {
    let parts: Vec<&str> = text.split('.').collect();
    let octet = |part: &&str| {
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<u8>().ok() } else { None }
    };
    let octets: Vec<u8> = parts.iter().map(octet).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(octets).ok().map(IpAddr::from)
}

/// Lines of every format that has a golden file, and of access logs; those that daemons split over two lines
/// are left out, for these are meant to be read beside each other.
static READ: LazyLock<Vec<(String, Vec<Vec<u8>>)>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let golden = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().replacen('-', "/", 1);
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("> "));
        let alone = lines.filter(|line| !begins_a_connection(&name, line.as_bytes()));
        let alone = alone.filter(|line| !looks_around(line));
        let lines = alone.map(|line| line.as_bytes().to_vec()).collect();
        (name, lines)
    });
    let access = ["-", "203.0.113.9"].map(|user| {
        let request = r#""GET /a?b=1 HTTP/1.1" 200 512 "-" "x""#;
        format!("203.0.113.9 - {user} [02/Mar/2026:03:14:15 +0000] {request}").into_bytes()
    });
    let mut all: Vec<(String, Vec<Vec<u8>>)> = golden.collect();
    all.push(("web/combined".to_owned(), access.to_vec()));
    all.sort();
    all
});

/// Whether a line is read beside those around it: see `nearby`.
fn looks_around(line: &str) -> bool {
    let words = [
        "last message repeated",
        "PAM: Authentication error",
        "ROOT LOGIN REFUSED",
        "Login denied from",
        "SSHD_LOGIN_FAILED",
        "# User@Host",
        "# Query_time",
    ];
    words.iter().any(|word| line.to_lowercase().contains(&word.to_lowercase()))
}

/// Digits that are put in the place of others, and a byte that is no UTF-8 at the end.
type Change = (Vec<(prop::sample::Index, u8)>, bool);

fn change() -> impl Strategy<Value = Change> {
    let digits = prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 0..3);
    (digits, prop::bool::weighted(0.05))
}

/// Digits change within what is the time in most lines.
fn changed(line: &[u8], (digits, foreign): &Change) -> Vec<u8> {
    let mut line = line.to_vec();
    let places: Vec<usize> =
        (0..line.len().min(60)).filter(|at| line[*at].is_ascii_digit()).collect();
    for (pick, digit) in digits.iter().filter(|_| !places.is_empty()) {
        line[*pick.get(&places)] = *digit;
    }
    line.extend(foreign.then_some(0xE9));
    line
}

static CONTEXT: LazyLock<(Formats, FileContext)> = LazyLock::new(|| {
    let fields = Arc::new(Fields::new(["EventID", "CommandLine"]));
    let reference = EventTime::from_seconds(1_772_420_000);
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    (Formats::new(Vec::new()), FileContext::new(zone, reference, fields))
});

fn batch(name: &str, raw: &[u8]) -> (Batch, Scratch) {
    let (formats, context) = &*CONTEXT;
    let place = formats::ALL.iter().position(|format| format.name() == name).unwrap();
    let mut batch = Batch::default();
    batch.raw = raw.to_vec();
    let format = FormatId(u8::try_from(place).unwrap());
    let mut scratch = Scratch::new(context);
    normalize(&mut batch, formats, format, context, &mut scratch);
    (batch, scratch)
}

fn begins_a_connection(name: &str, line: &[u8]) -> bool {
    !batch(name, line).1.peers.is_empty()
}

/// What is understood of each line, by a worker that is new.
fn read(name: &str, raw: &[u8]) -> Vec<String> {
    let told = |event: Event<'_>| {
        let cells: Vec<_> =
            event.cells().iter().map(|cell| (cell.field, event.text(cell).to_vec())).collect();
        let notes: Vec<_> = event.notes().iter().map(|note| note.kind).collect();
        format!("{:?} {:?} {:?} {notes:?} {cells:?}", event.time(), event.assumed(), event.class())
    };
    batch(name, raw).0.events().map(told).collect()
}

proptest! {
    #[test]
    fn addresses_are_those_of_the_library(
        text in prop_oneof![
            "[0-9]{1,4}(\\.[0-9]{1,4}){2,4}",
            "[0-9.]{0,16}",
            any::<[u8; 4]>().prop_map(|octets| IpAddr::from(octets).to_string()),
            any::<[u16; 8]>().prop_map(|parts| IpAddr::from(parts).to_string()),
            "[0-9a-f:.]{0,40}",
        ],
    ) {
        let library = text.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        prop_assert_eq!(scan::address(text.as_bytes()), plain_ipv4(&text).or(library));
    }

    #[test]
    fn numbers_are_those_of_the_library(text in prop_oneof!["[0-9]{0,20}", "[0-9+ -]{0,6}"]) {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = if digits && text.len() <= 19 { text.parse::<i64>().ok() } else { None };
        prop_assert_eq!(scan::number(text.as_bytes()), plain);
    }

    #[test]
    fn separators_are_found_where_they_stand(
        text in prop_oneof!["[ from]{0,40}", "[ port]{0,40}", "(a| from | port ){0,9}"],
    ) {
        let bytes = text.as_bytes();
        for end in [b' ', b'm', b'z'] {
            let at = bytes.iter().position(|byte| *byte == end);
            let plain = at.map(|at| (&bytes[..at], &bytes[at + 1..]));
            prop_assert_eq!(scan::until(bytes, end), plain);
            prop_assert_eq!(scan::until_near(bytes, end), plain);
        }
        for separator in [" from ", " port "] {
            let halves = |(a, b): (&'_ str, &'_ str)| (a.as_bytes().to_vec(), b.as_bytes().to_vec());
            let owned = |(a, b): (&[u8], &[u8])| (a.to_vec(), b.to_vec());
            let first = scan::split_once(bytes, separator.as_bytes()).map(owned);
            prop_assert_eq!(first, text.split_once(separator).map(halves));
            let last = scan::rsplit_once(bytes, separator.as_bytes()).map(owned);
            prop_assert_eq!(last, text.rsplit_once(separator).map(halves));
        }
    }

    #[test]
    fn names_are_found_as_in_a_list(
        names in prop::collection::btree_set("[ab.]{1,6}", 1..40),
        asked in prop::collection::vec("[ab.]{0,6}", 1..20),
    ) {
        let fields = Fields::new(names.iter().map(String::as_str));
        let table = Names::new(&fields);
        for name in names.iter().chain(&asked) {
            let plain = fields.iter().find(|(known, _)| known == name).map(|(_, id)| id);
            prop_assert_eq!(table.find(name.as_bytes()), plain, "{}", name);
        }
    }

    /// A worker remembers the time, the year and the day of the line before, and looks once at a whole
    /// batch whether it is UTF-8. None of it changes what a line means.
    #[test]
    fn lines_together_are_read_as_each_alone(
        format in 0..READ.len(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..30),
    ) {
        let (name, lines) = &READ[format];
        let drawn: Vec<Vec<u8>> =
            picks.iter().map(|(pick, change)| changed(&lines[pick.index(lines.len())], change)).collect();
        let alone: Vec<String> = drawn.iter().flat_map(|line| read(name, line)).collect();
        prop_assert_eq!(read(name, &drawn.join(&b'\n')), alone);
    }
}
