//! `generate-logs KIND SEED BYTES > FILE`: the logs of `docs/benchmarks.md` and of
//! `docs/detections/quiet.md`, from a seed. The lines of `auth` are of a week, or of as many days as are named.

use std::io::{self, BufWriter, Write};

fn main() -> Result<(), String> {
    const USAGE: &str = "usage: generate-logs access|auth|visits|many-sources|school|hospital|county|shop|mini-program SEED BYTES; auth SEED BYTES DAYS";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (kind, seed, bytes, days) = match arguments.as_slice() {
        [kind, seed, bytes] => (kind, seed, bytes, "7"),
        [kind, seed, bytes, days] if kind == "auth" => (kind, seed, bytes, days.as_str()),
        _ => return Err(USAGE.to_owned()),
    };
    let seed: u64 = seed.parse().map_err(|_| format!("`{seed}` is no seed; {USAGE}"))?;
    let bytes: u64 = bytes.parse().map_err(|_| format!("`{bytes}` is no size; {USAGE}"))?;
    let days: u64 = days.parse().map_err(|_| format!("`{days}` is no number of days; {USAGE}"))?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let written = match kind.as_str() {
        "access" => sancha_benches::access::write(seed, bytes, &mut out),
        "auth" => sancha_benches::auth::write(seed, bytes, days, &mut out),
        "visits" => sancha_benches::visits::write(seed, bytes, &mut out),
        "many-sources" => sancha_benches::many_sources::write(seed, bytes, &mut out),
        name => match sancha_benches::ordinary::Site::find(name) {
            Some(site) => sancha_benches::ordinary::write(site, seed, bytes, &mut out),
            None => return Err(USAGE.to_owned()),
        },
    };
    written.and_then(|()| out.flush()).map_err(|error| format!("failed to write: {error}"))
}
