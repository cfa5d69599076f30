//! Prints which format each file is taken for and what share of its lines is not understood:
//! `cargo run --release -p sancha-normalize --example formats -- FILE…`. With `--time` as the first argument each
//! file is read again until two seconds have gone, and nanoseconds per line are printed too.
#![expect(clippy::print_stdout, reason = "an example that prints a table")]
#![expect(clippy::disallowed_methods, reason = "it measures itself")]

use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};

use jiff::tz::TimeZone;
use sancha_model::{Batch, EventTime, Fields, FormatId, Framing};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

fn main() -> std::io::Result<()> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let timed = paths.first().is_some_and(|first| first == "--time");
    if timed {
        paths.remove(0);
    }
    let formats = Formats::new(Vec::new());
    println!("{:<20} {:>8} {:>8} {:>8}  file, classes", "format", "lines", "rejected", "no time");
    for path in paths {
        let bytes = fs::read(&path)?;
        let head = bytes.get(..65_536).unwrap_or(&bytes);
        let format = formats.detect(&Head::of(head, &path));
        let line = table_line(&formats, format, &bytes, timed);
        println!("{:<20} {line}  {path}", formats.get(format).name());
    }
    Ok(())
}

fn table_line(formats: &Formats, format: FormatId, bytes: &[u8], timed: bool) -> String {
    let reference = EventTime::from_timestamp("2026-11-24T00:00:00Z".parse().unwrap_or_default());
    let context = FileContext::new(TimeZone::UTC, reference, Arc::new(Fields::new([])));
    let mut scratch = Scratch::new(&context);
    let mut batch = Batch::default();
    if formats.get(format).framing() == Framing::Whole {
        let rendered = formats.get(format).render(bytes, &mut |_, line| {
            batch.raw.extend_from_slice(line);
            batch.raw.push(b'\n');
        });
        if let Err(offset) = rendered {
            println!("stopped at {offset}");
        }
    } else {
        batch.raw = bytes.to_vec();
    }
    let (start, mut rounds) = (Instant::now(), 0);
    loop {
        normalize(&mut batch, formats, format, &context, &mut scratch);
        rounds += 1;
        if !timed || start.elapsed().as_secs() >= 2 {
            break;
        }
    }
    let each = start.elapsed().as_nanos() / rounds / batch.len().max(1) as u128;
    let mut classes = BTreeMap::<String, usize>::new();
    let (mut rejected, mut timeless) = (0, 0);
    for event in batch.events() {
        *classes.entry(format!("{:?}", event.class())).or_default() += 1;
        rejected += usize::from(event.notes().iter().any(|note| note.kind.rejects()));
        timeless += usize::from(event.time().is_none());
    }
    let speed = if timed { format!(" {each} ns/line") } else { String::new() };
    format!("{:>8} {rejected:>8} {timeless:>8}{speed}  {classes:?}", batch.len())
}
