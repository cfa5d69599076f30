use std::{io::Read, sync::Arc, time::Instant};
use sancha_lake::part::{Layout, PartWriter};
use sancha_model::*;
use sancha_normalize::*;
fn main() {
    let mut a = std::env::args().skip(1);
    let path = a.next().unwrap();
    let out = a.next().unwrap();
    let group: usize = a.next().map_or(1<<19, |v| v.parse().unwrap());
    let page: usize = a.next().map_or(8192, |v| v.parse().unwrap());
    let zstd: i32 = a.next().map_or(3, |v| v.parse().unwrap());
    let formats = Formats::new(Vec::new());
    let fields = Arc::new(Fields::new([]));
    let context = FileContext::new(jiff::tz::TimeZone::UTC, EventTime::from_timestamp("2026-11-26T00:00:00Z".parse().unwrap()), fields);
    let mut scratch = Scratch::new(&context);
    let mut file = std::fs::File::open(&path).unwrap();
    let mut batch = Batch::default();
    let mut carry = Vec::new();
    let start = Instant::now();
    let w = std::io::BufWriter::with_capacity(1<<20, std::fs::File::create(&out).unwrap());
    let mut part = PartWriter::new(w, Layout { group_rows: group, page_rows: page, zstd }).unwrap();
    part.run([0; 32], 0, 1);
    let mut format = None;
    let (mut rows, mut bytes) = (0u64, 0u64);
    loop {
        batch.clear();
        batch.raw.append(&mut carry);
        let n = (&mut file).take(1<<18).read_to_end(&mut batch.raw).unwrap();
        if n == 0 && batch.raw.is_empty() { break; }
        if n > 0 { if let Some(at) = memchr::memrchr(b'\n', &batch.raw) { carry.extend_from_slice(&batch.raw[at+1..]); batch.raw.truncate(at+1); } }
        let f = *format.get_or_insert_with(|| formats.detect(&Head { bytes: &batch.raw, name: "x.log" }));
        normalize(&mut batch, &formats, f, &context, &mut scratch);
        let name = formats.get(f).name();
        for event in batch.events() {
            let s = event.id().offset as usize - batch.first_offset as usize;
            let mut e = s + event.raw().len();
            if batch.raw.get(e) == Some(&b'\r') { e += 1; }
            if batch.raw.get(e) == Some(&b'\n') { e += 1; }
            part.push(event, &batch.raw[s..e], name).unwrap();
            rows += 1;
        }
        bytes += batch.raw.len() as u64;
        if n == 0 { break; }
    }
    let w = part.finish().unwrap(); std::fs::write(format!("{out}.idx"), &w.index).unwrap(); println!("index {} B, {:.2} B/line", w.index.len(), w.index.len() as f64 / rows as f64); drop(w);
    let size = std::fs::metadata(&out).unwrap().len();
    let el = start.elapsed().as_secs_f64();
    println!("{rows} rows {bytes} B in, {size} B out, {:.2} B/line, {:.0} rows/s", size as f64/rows as f64, rows as f64/el);
}
