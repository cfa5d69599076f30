use proptest::prelude::*;

use super::*;

const STREAM: [u8; 32] = [7; 32];

fn row(number: usize) -> Vec<u8> {
    format!("203.0.113.9 - - [26/Nov/2026:05:00:00 +0000] \"GET /{number} HTTP/1.1\" 200 1\n")
        .into_bytes()
}

fn part(rows: usize) -> PartProof {
    let mut part = PartHasher::new(Algorithm::Sha256);
    part.run(&STREAM, 100, 1);
    (0..rows).for_each(|number| part.row(&row(number)));
    part.finish()
}

/// The definition, written down naively, byte for byte.
#[test]
fn roots_are_those_of_the_definition() {
    let rows = PAGE_ROWS + BLOCK_ROWS + 3;
    let found = part(rows);
    let all: Vec<_> = (0..rows).map(row).collect();
    let mut offset = 100;
    let mut line = 1;
    let mut leaves = Vec::new();
    for (page, stored) in all.chunks(PAGE_ROWS).zip(&found.pages) {
        let blocks: Vec<_> = page.chunks(BLOCK_ROWS).map(naive_block).collect();
        assert_eq!(merkle::root(Algorithm::Sha256, &blocks), *stored);
        let mut header = vec![1, 1, 0, 0, 0];
        header.extend(STREAM);
        header.extend(u64::to_le_bytes(offset));
        header.extend(u64::to_le_bytes(line));
        header.extend(u32::try_from(page.len()).unwrap().to_le_bytes());
        leaves.push(Algorithm::Sha256.hash(&[&[0], &header, &stored.0]));
        offset += page.iter().map(|row| row.len() as u64).sum::<u64>();
        line += page.len() as u64;
    }
    assert_eq!(merkle::root(Algorithm::Sha256, &leaves), found.root);
    assert_eq!((found.rows, found.pages.len()), (rows as u64, 2));
    assert_eq!(part_root(Algorithm::Sha256, &found.headers, &found.pages), Some(found.root));
}

/// Rows that go on behind a page that was ended have the pages of a part of their own.
#[test]
fn a_page_that_is_ended_early_keeps_what_follows_apart() {
    let (first, second) = (BLOCK_ROWS + 5, PAGE_ROWS + 9);
    let rows: Vec<_> = (0..first + second).map(row).collect();
    let bytes: u64 = rows.iter().take(first).map(|row| row.len() as u64).sum();
    let mut both = PartHasher::new(Algorithm::Sha256);
    both.run(&STREAM, 100, 1);
    rows.iter().take(first).for_each(|row| both.row(row));
    both.end_page();
    both.end_page();
    rows.iter().skip(first).for_each(|row| both.row(row));
    let both = both.finish();
    let mut alone = PartHasher::new(Algorithm::Sha256);
    alone.run(&STREAM, 100 + bytes, 1 + first as u64);
    rows.iter().skip(first).for_each(|row| alone.row(row));
    let alone = alone.finish();
    assert_eq!((both.rows, both.pages.len()), ((first + second) as u64, 3));
    assert_eq!(
        part_root(Algorithm::Sha256, &both.headers[1..], &both.pages[1..]),
        Some(alone.root)
    );
    assert_eq!(
        part_root(Algorithm::Sha256, &both.headers[..1], &both.pages[..1]),
        Some(part(first).root)
    );
}

fn naive_block(rows: &[Vec<u8>]) -> Hash32 {
    let mut bytes = vec![0];
    for row in rows {
        bytes.extend(u32::try_from(row.len()).unwrap().to_le_bytes());
        bytes.extend(row);
    }
    Algorithm::Sha256.hash(&[&bytes])
}

/// Long lines leave the buffer, at every place in a block and among blocks that wait.
#[test]
fn long_lines_hash_like_short_ones() {
    let short = |number: usize| format!("{number}\n").into_bytes();
    let long = |number: usize| vec![b'x'; 60_000 + 1000 * number];
    for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
        for every in [1, 3, 17, 50, 1000] {
            let is_long = |number: &usize| number % every == every - 1;
            let row = |number| if is_long(&number) { long(number % 9) } else { short(number) };
            let rows: Vec<_> = (0..330).map(row).collect();
            let mut page = PageHasher::new(algorithm);
            rows.iter().for_each(|row| page.row(row));
            let want: Vec<_> =
                rows.chunks(BLOCK_ROWS).map(|rows| block_leaf(algorithm, rows)).collect();
            let page = page.finish();
            assert_eq!(page.leaves, want, "{} every {every}", algorithm.name());
            assert_eq!(page.root, merkle::root(algorithm, &want));
        }
    }
    let rows = [vec![b'b'; 1 << 20], b"d\n".to_vec()];
    assert_eq!(block_leaf(Algorithm::Sha256, &rows), naive_block(&rows));
}

#[test]
fn an_empty_part_has_the_root_of_nothing() {
    let empty = part(0);
    assert_eq!((empty.rows, empty.pages.len()), (0, 0));
    assert_eq!(empty.root, Algorithm::Sha256.hash(&[]));
}

/// Chunks are how lines happened to be read; a gap or another stream is a fact.
#[test]
fn only_a_jump_opens_a_run() {
    let mut in_chunks = PartHasher::new(Algorithm::Sha256);
    let mut offset = 100;
    for number in 0..40 {
        if number % 5 == 0 {
            in_chunks.run(&STREAM, offset, number as u64 + 1);
        }
        in_chunks.row(&row(number));
        offset += row(number).len() as u64;
    }
    assert_eq!(in_chunks.finish(), part(40));

    let mut jumping = PartHasher::new(Algorithm::Sha256);
    jumping.run(&STREAM, 100, 1);
    jumping.row(&row(0));
    jumping.run(&STREAM, 5000, 9);
    jumping.run(&[8; 32], 0, 1);
    jumping.row(&row(1));
    let jumping = jumping.finish();
    let [header] = jumping.headers.as_slice() else { panic!("one page") };
    assert_eq!(header.runs.len(), 2);
    let (run, nth) = header.locate(1).unwrap();
    assert_eq!((run.stream, run.first_line, nth), ([8; 32], 1, 0));
    assert_eq!(header.locate(2), None);
}

proptest! {
    #[test]
    fn headers_are_read_as_written(
        runs in prop::collection::vec((any::<[u8; 32]>(), any::<u64>(), any::<u64>(), 1u32..), 0..6),
        extra in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let run = |(stream, first_offset, first_line, rows)| {
            Run { stream, first_offset, first_line, rows }
        };
        let header = PageHeader { runs: runs.into_iter().map(run).collect() };
        let bytes = header.to_bytes();
        prop_assert_eq!(PageHeader::from_bytes(&bytes), Some(header));
        prop_assert_eq!(PageHeader::from_bytes(&[bytes.as_slice(), &extra].concat()), None);
        prop_assert_eq!(PageHeader::from_bytes(&bytes[..bytes.len() - 1]), None);
    }

    /// Two different lists of rows never hash alike: moving a byte over the border of a row counts.
    #[test]
    fn borders_of_rows_are_part_of_the_leaf(
        one in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 1..6),
        other in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 1..6),
    ) {
        let same = block_leaf(Algorithm::Sm3, &one) == block_leaf(Algorithm::Sm3, &other);
        prop_assert_eq!(same, one == other);
    }
}
