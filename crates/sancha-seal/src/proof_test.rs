use proptest::prelude::*;

use super::*;
use crate::{PartHasher, PartProof};

fn rows(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("line {number} of a log\r\n").into_bytes()).collect()
}

fn sealed(algorithm: Algorithm, rows: &[Vec<u8>]) -> PartProof {
    let mut part = PartHasher::new(algorithm);
    part.run(&[1; 32], 0, 1);
    for (number, row) in rows.iter().enumerate() {
        if number == 20 {
            part.run(&[2; 32], 77, 3);
        }
        part.row(row);
    }
    part.finish()
}

fn prove_row(
    algorithm: Algorithm,
    rows: &[Vec<u8>],
    part: &PartProof,
    row: usize,
) -> Option<BlockProof> {
    let page = row / PAGE_ROWS;
    let of_page = rows.chunks(PAGE_ROWS).nth(page)?;
    let pages = PartPages { algorithm, headers: &part.headers, roots: &part.pages };
    pages.open()?.page(page, of_page)?.prove(row % PAGE_ROWS)
}

fn block_of(rows: &[Vec<u8>], proof: &BlockProof) -> Vec<Vec<u8>> {
    let first = usize::try_from(proof.first_row()).unwrap();
    let page_end = (first / PAGE_ROWS + 1) * PAGE_ROWS;
    rows[first..(first + BLOCK_ROWS).min(page_end).min(rows.len())].to_vec()
}

#[test]
fn rows_of_three_pages_are_proven_with_both_digests() {
    for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
        let rows = rows(2 * PAGE_ROWS + 37);
        let part = sealed(algorithm, &rows);
        for row in [0, 15, 16, 25, PAGE_ROWS - 1, PAGE_ROWS, 2 * PAGE_ROWS + 36] {
            let proof = prove_row(algorithm, &rows, &part, row).unwrap();
            let block = block_of(&rows, &proof);
            assert!((proof.first_row()..).take(block.len()).any(|number| number == row as u64));
            let found = proof.part_root(algorithm, &block, part.rows);
            assert_eq!(found, Ok(part.root), "row {row}");
        }
    }
}

#[test]
fn a_proof_of_altered_rows_is_not_made() {
    let mut rows = rows(100);
    let part = sealed(Algorithm::Sha256, &rows);
    rows[3][0] ^= 1;
    assert_eq!(prove_row(Algorithm::Sha256, &rows, &part, 90), None);
    assert_eq!(prove_row(Algorithm::Sha256, &rows, &part, 100), None);
}

#[test]
fn another_size_of_the_part_is_another_shape() {
    let rows = rows(PAGE_ROWS + 20);
    let part = sealed(Algorithm::Sha256, &rows);
    let proof = prove_row(Algorithm::Sha256, &rows, &part, PAGE_ROWS + 18).unwrap();
    let block = block_of(&rows, &proof);
    let root = |rows: &[Vec<u8>], size| proof.part_root(Algorithm::Sha256, rows, size);
    assert_eq!(root(&block, part.rows), Ok(part.root));
    assert_eq!(root(&block, part.rows + 1), Err(Mismatch::Page));
    assert_eq!(root(&block, 3 * PAGE_ROWS as u64), Err(Mismatch::Page));
    assert_eq!(root(&block[1..], part.rows), Err(Mismatch::Block));
    assert_eq!(root(&[], u64::MAX), Err(Mismatch::Page));
    let cut = BlockProof { page_path: Vec::new(), ..proof.clone() };
    let found = cut.part_root(Algorithm::Sha256, &block, part.rows);
    assert_eq!(found, Err(Mismatch::PagePath));
    let far = BlockProof { page: u64::MAX, block: u64::MAX, ..proof };
    assert_eq!(far.part_root(Algorithm::Sha256, &block, part.rows), Err(Mismatch::Page));
    assert_eq!(far.first_row(), u64::MAX);
}

proptest! {
    #[test]
    fn any_edit_of_rows_or_proof_leads_elsewhere(
        count in 1usize..300, at: prop::sample::Index, edit in 0usize..5, bit in 0usize..256,
    ) {
        let rows = rows(count);
        let part = sealed(Algorithm::Sha256, &rows);
        let row = at.index(count);
        let mut proof = prove_row(Algorithm::Sha256, &rows, &part, row).unwrap();
        let mut block = block_of(&rows, &proof);
        let pick = at.index(block.len());
        let same = match edit {
            0 => { block[pick][bit % 8] ^= 1 << (bit % 8); false }
            1 => { let last = block.len() - 1; block.swap(pick, last); pick == last }
            2 => { proof.header.runs[0].first_line ^= 1 << (bit % 64); false }
            3 => { proof.header.runs[0].stream[bit % 32] ^= 1; false }
            _ => {
                let Some(hash) = proof.block_path.first_mut() else { return Ok(()) };
                hash.0[bit / 8] ^= 1 << (bit % 8);
                false
            }
        };
        let found = proof.part_root(Algorithm::Sha256, &block, part.rows);
        prop_assert_eq!(found == Ok(part.root), same);
    }
}
