//! How fast rows are sealed and one of them is proven:
//! `cargo run --release -p sancha-seal --example seal_speed`, on an idle machine.

#![expect(clippy::print_stdout, reason = "an example that prints a table")]
#![expect(clippy::disallowed_methods, reason = "it measures itself")]

use std::time::Instant;

use sancha_seal::{Algorithm, PAGE_ROWS, PartHasher, PartProof, proof::PartPages};

/// Lines of an access log of this length with their ends, on average.
const ROW_BYTES: usize = 110;
const ROWS: usize = 1 << 20;

fn main() {
    let text: Vec<u8> = (0..ROW_BYTES * PAGE_ROWS)
        .map(|byte| b' ' + u8::try_from(byte * 31 % 95).unwrap_or(0))
        .collect();
    let rows: Vec<&[u8]> = text.chunks_exact(ROW_BYTES).collect();
    for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
        let raw = raw_speed(algorithm);
        let start = Instant::now();
        let part = seal(algorithm, &rows);
        let row = start.elapsed().as_secs_f64() / ROWS as f64;
        println!(
            "{}: raw {:.2} GB/s, {:.1} ns for {ROW_BYTES} bytes; sealing {:.1} ns a row ({})",
            algorithm.name(),
            1e-9 / raw,
            raw * ROW_BYTES as f64 * 1e9,
            row * 1e9,
            part.root,
        );
        prove_one(algorithm, &rows, &part);
    }
}

fn raw_speed(algorithm: Algorithm) -> f64 {
    let block = vec![b'x'; 1 << 16];
    let start = Instant::now();
    let mut hasher = algorithm.hasher();
    (0..1 << 12).for_each(|_| hasher.update(&block));
    let seconds = start.elapsed().as_secs_f64();
    assert_ne!(hasher.finish().0, [0; 32]);
    seconds / (block.len() << 12) as f64
}

fn seal(algorithm: Algorithm, rows: &[&[u8]]) -> PartProof {
    let mut part = PartHasher::new(algorithm);
    part.run(&[7; 32], 0, 1);
    rows.iter().cycle().take(ROWS).for_each(|row| part.row(row));
    part.finish()
}

/// All pages are the same here, so any of them is at hand.
fn prove_one(algorithm: Algorithm, rows: &[&[u8]], part: &PartProof) {
    let pages = PartPages { algorithm, headers: &part.headers, roots: &part.pages };
    let middle = pages.roots.len() / 2;
    let start = Instant::now();
    let proof = pages.open().and_then(|part| part.page(middle, rows)?.prove(4711));
    let took = start.elapsed();
    let hashes = proof.map_or(0, |proof| proof.block_path.len() + proof.page_path.len());
    println!("{}: proof of one row of {ROWS} in {took:.1?}, {hashes} hashes", algorithm.name());
}
