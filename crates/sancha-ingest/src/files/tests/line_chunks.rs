use std::io::Read;

use proptest::prelude::*;

use super::*;

fn reader_of(bytes: &[u8], max_line_bytes: usize) -> SourceReader {
    let limits = Limits { max_line_bytes, ..Limits::default() };
    let content = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let found = discover_with_stdin(&["-".into()], &limits, content);
    found.sources[0].open(&limits).unwrap()
}

fn check(bytes: &[u8], lines: u64) {
    for target in [1, 2, 3, 7, 64, 1 << 20] {
        let content = drain(&mut reader_of(bytes, 1 << 20), target);
        assert_eq!(content.bytes, bytes, "target {target}");
        assert_eq!((content.lines, content.problem), (lines, None), "target {target}");
    }
}

#[test]
fn lines_are_counted_and_kept_as_they_are() {
    check(b"", 0);
    check(b"\n", 1);
    check(b"one", 1);
    check(b"one\n", 1);
    check(b"one\r\ntwo\r\n", 2);
    check(b"one\n\n\nfour without end", 4);
    check(b"nul \0 in \0\0 line\n\0\n\xff\xfe not text \x1b[31m", 3);
}

#[test]
fn an_oversize_line_is_evidence_and_its_neighbours_are_lines() {
    let mut bytes = b"before\n".to_vec();
    bytes.extend(vec![b'x'; 1000]);
    bytes.extend(b"\nafter\nlast");
    for target in [1, 8, 100, 999, 5000] {
        let content = drain(&mut reader_of(&bytes, 300), target);
        assert_eq!(content.oversize, [(7, 2, 1000)], "target {target}");
        assert_eq!(content.lines, 4);
        assert_eq!(content.accounted, bytes.len() as u64);
        assert_eq!(content.bytes.len(), 7 + 256 + 6 + 4);
    }
}

#[test]
fn the_longest_line_that_fits_is_a_line() {
    for (length, oversize) in [(299, 0), (300, 0), (301, 1)] {
        for ending in ["\n", "", "\nnext\n"] {
            let bytes = format!("{}{ending}", "y".repeat(length)).into_bytes();
            for target in [50, 300, 4096] {
                let content = drain(&mut reader_of(&bytes, 300), target);
                assert_eq!(content.oversize.len(), oversize, "{length} {ending:?} {target}");
                assert_eq!(content.accounted, bytes.len() as u64);
            }
        }
    }
}

#[test]
fn a_line_of_64_mib_keeps_memory_small() {
    let limits = Limits::default();
    let head = std::io::Cursor::new(b"first\n".to_vec());
    let long = std::io::repeat(b'z').take(64 << 20).chain(std::io::Cursor::new(b"\nlast\n"));
    let found = discover_with_stdin(&["-".into()], &limits, Box::new(head.chain(long)));
    let mut reader = found.sources[0].open(&limits).unwrap();
    let mut buffer = Vec::new();
    let mut seen = Vec::new();
    while let Some(chunk) = reader.read_lines(&mut buffer, 1 << 20).unwrap() {
        assert!(buffer.capacity() < 8 << 20);
        seen.push((chunk.first_offset, chunk.first_line, chunk.bytes, chunk.oversize));
    }
    let oversize = Oversize { length: 64 << 20, kept: 256 };
    let after = 6 + (64 << 20) + 1;
    let expected = [(0, 1, 6, None), (6, 2, (64 << 20) + 1, Some(oversize)), (after, 3, 5, None)];
    assert_eq!(seen, expected);
}

#[test]
fn head_looks_without_consuming() {
    let mut reader = reader_of(b"one\ntwo\nthree", 1 << 20);
    assert_eq!(reader.head(5).unwrap(), b"one\nt");
    assert_eq!(reader.head(2).unwrap(), b"on");
    assert_eq!(reader.bytes_read(), 0);
    assert_eq!(reader.head(1000).unwrap(), b"one\ntwo\nthree");
    assert_eq!(drain(&mut reader, 4).bytes, b"one\ntwo\nthree");
    assert_eq!(reader.head(5).unwrap(), b"");
}

#[test]
fn records_are_whole_and_an_incomplete_one_is_cut() {
    let bytes: Vec<u8> = (0..=255).cycle().take(384 * 5 + 100).collect();
    for target in [1, 384, 1000, 1 << 20] {
        let mut reader = reader_of(&bytes, 1 << 20);
        reader.head(400).unwrap();
        let (mut buffer, mut joined, mut records, mut cut) = (Vec::new(), Vec::new(), 0, 0);
        while let Some(chunk) = reader.read_records(384, &mut buffer, target).unwrap() {
            assert_eq!(chunk.first_offset, joined.len() as u64);
            assert_eq!(chunk.first_line, records + 1);
            assert_eq!(chunk.cut, buffer.len() % 384 != 0);
            joined.extend_from_slice(&buffer);
            records += chunk.lines;
            cut += u32::from(chunk.cut);
        }
        assert_eq!((joined.as_slice(), records, cut), (bytes.as_slice(), 6, 1));
    }
}

#[test]
fn a_whole_file_has_a_limit() {
    let whole = reader_of(b"0123456789", 4).read_whole(10).unwrap();
    assert_eq!(whole, Whole { bytes: b"0123456789".to_vec(), problem: None });
    let problem = reader_of(b"0123456789", 4).read_whole(9).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::TooLarge);
}

#[test]
fn a_file_that_shrinks_while_read_is_told() {
    let folder = Folder::new();
    let path = folder.write("a.log", &noisy_lines(100_000));
    let found = folder.discover(&Limits::default());
    let mut reader = found.sources[0].open(&Limits::default()).unwrap();
    reader.head(10).unwrap();
    std::fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap();
    let content = drain(&mut reader, 1 << 16);
    assert_eq!((content.accounted, content.problem), (10, Some(ProblemKind::Shrunk)));
}

proptest! {
    #[test]
    fn chunks_join_to_the_input(
        pieces in proptest::collection::vec("[a\r\0]{0,40}\n?", 0..40),
        targets in proptest::collection::vec(1_usize..200, 1..20),
        max_line in 0_usize..60,
        peek in 0_usize..100,
    ) {
        let input = pieces.concat().into_bytes();
        let mut reader = reader_of(&input, max_line);
        prop_assert_eq!(reader.head(peek).unwrap(), &input[..peek.min(input.len())]);
        let (mut buffer, mut offset, mut line) = (Vec::new(), 0_usize, 1_u64);
        for target in targets.iter().cycle() {
            let Some(chunk) = reader.read_lines(&mut buffer, *target).unwrap() else { break };
            let bytes = usize::try_from(chunk.bytes).unwrap();
            let original = &input[offset..offset + bytes];
            prop_assert_eq!((chunk.first_offset, chunk.first_line), (offset as u64, line));
            prop_assert!(original.starts_with(&buffer) && bytes > 0);
            prop_assert!(original.ends_with(b"\n") || offset + bytes == input.len());
            let lines: Vec<&[u8]> = original.split_inclusive(|byte| *byte == b'\n').collect();
            prop_assert_eq!(lines.len() as u64, chunk.lines);
            let longest = lines.iter().map(|line| line.strip_suffix(b"\n").unwrap_or(line).len());
            let longest = longest.max().unwrap_or(0);
            match chunk.oversize {
                None => prop_assert!(longest <= max_line && buffer.len() == bytes),
                Some(oversize) => {
                    prop_assert!(lines.len() == 1 && longest > max_line);
                    prop_assert_eq!(oversize.length, longest as u64);
                    prop_assert_eq!(buffer.len(), longest.min(256));
                }
            }
            offset += bytes;
            line += chunk.lines;
        }
        prop_assert_eq!(offset, input.len());
        prop_assert_eq!(reader.bytes_read(), input.len() as u64);
    }
}
