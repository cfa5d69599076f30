use proptest::prelude::*;

use super::*;

fn chunk_of(bytes: &[u8], offset: u64, line: u64) -> Chunk {
    Chunk { bytes: bytes.to_vec(), offset, line, ..next_chunk(1, &Place::default(), 1) }
}

/// Passes a chunk in; gives `offset line text` of each part that was new, with its marks.
fn pass(progress: &mut Progress, chunk: &Chunk) -> Result<Vec<String>, u64> {
    let mut new = Vec::new();
    while let Some(admission) = progress.admit(chunk.borrowed()).map_err(|error| error.at)? {
        let chunk = admission.chunk;
        let gap =
            admission.gap.map_or(String::new(), |gap| format!(" gap {}-{}", gap.start, gap.end));
        let goes_on = if admission.continues_line { " goes on" } else { "" };
        let text = String::from_utf8_lossy(chunk.bytes).replace('\n', "/");
        new.push(format!("{} {} {text}{gap}{goes_on}", chunk.offset, chunk.line));
        progress.accept(&chunk);
    }
    Ok(new)
}

#[track_caller]
fn check(parts: &[(&str, u64, u64)], expected: &[&str]) -> Progress {
    let mut progress = Progress::default();
    let mut new = Vec::new();
    for (text, offset, line) in parts {
        let chunk = chunk_of(text.replace('/', "\n").as_bytes(), *offset, *line);
        new.extend(match pass(&mut progress, &chunk) {
            Ok(parts) => parts,
            Err(at) => vec![format!("refused at {at}")],
        });
    }
    assert_eq!(new, expected);
    progress
}

#[test]
fn what_is_there_is_not_taken_again() {
    check(&[("a/bb/", 0, 1), ("a/bb/", 0, 1), ("bb/", 2, 2)], &["0 1 a/bb/"]);
    check(&[("a/bb/", 0, 1), ("ccc/", 5, 3)], &["0 1 a/bb/", "5 3 ccc/"]);
    check(&[("a/bb/", 0, 1), ("a/bb/ccc/", 0, 1)], &["0 1 a/bb/", "5 3 ccc/"]);
    check(&[("a/bb/", 0, 1), ("bb/ccc/", 2, 2)], &["0 1 a/bb/", "5 3 ccc/"]);
}

#[test]
fn a_gap_is_noted_and_can_be_filled() {
    let progress = check(&[("a/", 0, 1), ("ccc/", 5, 3)], &["0 1 a/", "5 3 ccc/ gap 2-5"]);
    let ends: Vec<_> = progress.extents(&stream_id(1)).iter().map(|e| (e.start, e.end)).collect();
    assert_eq!(ends, [(0, 2), (5, 9)]);
    let progress = check(
        &[("a/", 0, 1), ("ccc/", 5, 3), ("a/bb/ccc/d/", 0, 1)],
        &["0 1 a/", "5 3 ccc/ gap 2-5", "2 2 bb/", "9 4 d/"],
    );
    let only = resume_at(&progress, 1).unwrap();
    assert_eq!((only.start, only.end, only.next_line), (0, 11, 5));
    let progress = check(&[("ccc/", 5, 3)], &["5 3 ccc/ gap 0-5"]);
    assert_eq!(resume_at(&progress, 1), None);
}

#[test]
fn a_last_line_without_its_end_goes_on_when_it_grows() {
    check(&[("a/b", 0, 1), ("b/c/", 3, 2)], &["0 1 a/b", "3 2 b/c/ goes on"]);
    check(&[("a/b", 0, 1), ("a/bb/c/", 0, 1)], &["0 1 a/b", "3 2 b/c/ goes on"]);
}

#[test]
fn another_stream_that_begins_alike_is_refused() {
    check(&[("a/bb/", 0, 1), ("a/xx/ccc/", 0, 1)], &["0 1 a/bb/", "refused at 5"]);
    check(&[("a/bb/", 0, 1), ("a/bbb/ccc/", 0, 1)], &["0 1 a/bb/", "refused at 5"]);
    check(&[("cc/", 4, 3), ("a/xxx/c/", 0, 1)], &["4 3 cc/ gap 0-4", "refused at 4"]);
    let tail = Tail::of(b"a\nbb\n");
    assert_eq!(tail.matches(b"a\nbb\n"), Some(true));
    assert_eq!(tail.matches(b"a\nxx\n"), Some(false));
    assert_eq!(tail.matches(b"bb\n"), None);
}

#[test]
fn streams_do_not_touch_one_another() {
    let mut progress = Progress::default();
    progress.accept(&next_chunk(1, &Place::default(), 3).borrowed());
    let other = next_chunk(2, &Place::default(), 3);
    assert_eq!(
        progress.admit(other.borrowed()).unwrap().map(|new| new.chunk),
        Some(other.borrowed())
    );
    assert_eq!(progress.streams().beginning_with(b"another"), []);
}

#[test]
fn the_settled_and_the_waiting_make_one() {
    let disk = std::sync::Arc::new(crate::disk::MemoryDisk::new());
    let writer = WalWriter::new(disk.clone(), SMALL);
    let mut place = Place { offset: 500, line: 40 };
    for lines in [30, 50, 20] {
        let chunk = next_chunk(1, &place, lines);
        writer.append(&chunk).unwrap();
        place.behind(&chunk, lines);
    }
    writer.sync().unwrap();
    let mut progress = Progress::default();
    assert!(progress.replay(disk.as_ref(), |_| false).unwrap().is_empty());
    let settled = Extent { start: 0, end: 900, next_line: 50, tail: None };
    progress.insert(stream_id(1), settled);
    let resume = resume_at(&progress, 1).unwrap();
    assert_eq!((resume.end, resume.next_line), (place.offset, place.line));
    assert!(resume.tail.is_some_and(|tail| tail.ends_line));
    let mut none = Progress::default();
    none.replay(disk.as_ref(), |_| true).unwrap();
    assert!(none.extents(&stream_id(1)).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever order and overlap the pieces of a stream come, each byte is taken once.
    #[test]
    fn each_byte_is_taken_once(pieces in prop::collection::vec((0_usize..30, 1_usize..12), 1..25)) {
        let lines: Vec<String> = (0..40).map(|number| line(1, number)).collect();
        let content = lines.concat();
        let start = |line: usize| lines.iter().take(line).map(String::len).sum::<usize>();
        let mut taken = vec![0; content.len()];
        let mut wanted = vec![0; content.len()];
        let mut progress = Progress::default();
        for (first, count) in pieces {
            let (from, until) = (start(first), start(first + count));
            wanted[from..until].fill(1);
            let chunk = chunk_of(&content.as_bytes()[from..until], from as u64, first as u64);
            while let Some(new) = progress.admit(chunk.borrowed()).unwrap() {
                let at = usize::try_from(new.chunk.offset).unwrap();
                prop_assert_eq!(new.chunk.bytes, &content.as_bytes()[at..at + new.chunk.bytes.len()]);
                prop_assert_eq!(start(usize::try_from(new.chunk.line).unwrap()), at);
                taken[at..at + new.chunk.bytes.len()].iter_mut().for_each(|times| *times += 1);
                progress.accept(&new.chunk);
            }
        }
        prop_assert_eq!(taken, wanted);
    }
}
