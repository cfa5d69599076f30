//! `generate-logs KIND SEED BYTES > FILE`: the logs of `docs/benchmarks.md` and of
//! `docs/detections/quiet.md`, from a seed.

use std::io::{self, BufWriter, Write};

fn main() -> Result<(), String> {
    const USAGE: &str = "usage: generate-logs access|auth|visits|many-sources|school|hospital|county|shop|mini-program SEED BYTES";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, seed, bytes] = arguments.as_slice() else { return Err(USAGE.to_owned()) };
    let seed: u64 = seed.parse().map_err(|_| format!("`{seed}` is no seed; {USAGE}"))?;
    let bytes: u64 = bytes.parse().map_err(|_| format!("`{bytes}` is no size; {USAGE}"))?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let written = match kind.as_str() {
        "access" => sancha_benches::access::write(seed, bytes, &mut out),
        "auth" => sancha_benches::auth::write(seed, bytes, &mut out),
        "visits" => sancha_benches::visits::write(seed, bytes, &mut out),
        "many-sources" => sancha_benches::many_sources::write(seed, bytes, &mut out),
        name => match sancha_benches::ordinary::Site::find(name) {
            Some(site) => sancha_benches::ordinary::write(site, seed, bytes, &mut out),
            None => return Err(USAGE.to_owned()),
        },
    };
    written.and_then(|()| out.flush()).map_err(|error| format!("failed to write: {error}"))
}
