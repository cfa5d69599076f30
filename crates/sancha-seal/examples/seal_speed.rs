//! How fast rows are sealed: `cargo run --release -p sancha-seal --example seal_speed`.
//! CPU time is what counts; run it under `perf stat` or on an idle machine.

#![expect(clippy::print_stdout, reason = "an example that prints a table")]
#![expect(clippy::disallowed_methods, reason = "it measures itself")]

use std::time::Instant;

use sancha_seal::{Algorithm, PartHasher};

/// Lines of an access log of this length with their ends, on average.
const ROW_BYTES: usize = 110;
const ROWS: usize = 2_000_000;

fn main() {
    let text: Vec<u8> = (0..ROW_BYTES * 4096)
        .map(|byte| b' ' + u8::try_from(byte * 31 % 95).unwrap_or(0))
        .collect();
    let rows: Vec<&[u8]> = text.chunks_exact(ROW_BYTES).collect();
    for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
        let (count, bytes) =
            if algorithm == Algorithm::Sm3 { (ROWS / 8, 1 << 26) } else { (ROWS, 1 << 29) };
        let block = vec![b'x'; 1 << 16];
        let start = Instant::now();
        let mut hasher = algorithm.hasher();
        (0..bytes / block.len()).for_each(|_| hasher.update(&block));
        let raw = start.elapsed().as_secs_f64() / bytes as f64;
        let root = hasher.finish();

        let start = Instant::now();
        let mut part = PartHasher::new(algorithm);
        part.run(&root.0, 0, 1);
        (0..count).for_each(|row| part.row(rows[row % rows.len()]));
        let proof = part.finish();
        let row = start.elapsed().as_secs_f64() / count as f64;
        println!(
            "{}: raw {:.2} GB/s, {:.1} ns for {ROW_BYTES} bytes; sealing {:.1} ns a row ({})",
            algorithm.name(),
            1e-9 / raw,
            raw * ROW_BYTES as f64 * 1e9,
            row * 1e9,
            proof.root,
        );
    }
}
