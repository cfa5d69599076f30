use super::*;

fn limits() -> Limits {
    Limits::default()
}

type Pack = fn(&[u8]) -> Vec<u8>;

fn packers() -> [(&'static str, Pack); 4] {
    [("gz", gzip), ("bz2", bzip2), ("xz", xz), ("zst", zstd)]
}

fn read(bytes: &[u8], limits: &Limits) -> Content {
    let folder = Folder::new();
    folder.write("renamed.log", bytes);
    let found = folder.discover(limits);
    assert_eq!(found.problems, []);
    drain(&mut found.sources[0].open(limits).unwrap(), 1 << 16)
}

#[test]
fn compressed_files_are_known_by_their_bytes() {
    let lines = noisy_lines(20_000);
    for (name, pack) in packers() {
        let content = read(&pack(&lines), &limits());
        assert!(content.bytes == lines, "{name}");
        assert_eq!((content.lines, content.problem), (20_000, None), "{name}");
    }
}

#[test]
fn several_members_one_after_the_other_are_one_log() {
    for (name, pack) in packers() {
        let joined = [pack(b"one\ntw"), pack(b"o\n"), pack(b""), pack(b"three\n")].concat();
        assert_eq!(read(&joined, &limits()).bytes, b"one\ntwo\nthree\n", "{name}");
    }
}

#[test]
fn compressed_twice_is_read_through() {
    assert_eq!(read(&gzip(&xz(b"deep\n")), &limits()).bytes, b"deep\n");
}

#[test]
fn a_cut_file_gives_every_line_before_the_cut() {
    let lines = noisy_lines(40_000);
    for (name, pack) in packers() {
        let packed = pack(&lines);
        for keep in [packed.len() / 3, packed.len() - 3] {
            let content = read(&packed[..keep], &limits());
            assert_eq!(content.problem, Some(ProblemKind::Truncated), "{name} {keep}");
            assert!(lines.starts_with(&content.bytes), "{name} {keep}");
            // bzip2 and xz decode in large blocks; the others lose less than what 64 KiB unpack to.
            let due = if keep == packed.len() - 3 { lines.len() } else { lines.len() / 5 };
            assert!(content.bytes.len() >= due, "{name} {keep} {}", content.bytes.len());
            let unfinished = content.bytes.last().is_some_and(|byte| *byte != b'\n');
            assert_eq!(content.cut, unfinished, "{name} {keep}");
        }
    }
}

#[test]
fn a_flipped_byte_is_found() {
    let lines = noisy_lines(40_000);
    for (name, pack) in packers() {
        let mut packed = pack(&lines);
        let middle = packed.len() / 2;
        packed[middle] ^= 0x10;
        let content = read(&packed, &limits());
        let problem = content.problem.expect(name);
        assert!(matches!(problem, ProblemKind::Corrupt | ProblemKind::Truncated), "{name}");
    }
}

#[test]
fn rubbish_after_the_last_member_is_told_and_loses_nothing() {
    let content = read(&[gzip(b"one\n"), b"rubbish after the end".to_vec()].concat(), &limits());
    assert_eq!(
        (content.bytes.as_slice(), content.problem),
        (&b"one\n"[..], Some(ProblemKind::Corrupt))
    );
}

#[test]
fn a_bomb_stops_at_the_limit_and_not_before() {
    let zeros = vec![b'0'; 4 << 20];
    let strict = Limits { max_ratio: 20, ratio_floor_bytes: 1 << 20, ..limits() };
    for (name, pack) in packers() {
        let content = read(&pack(&zeros), &strict);
        assert_eq!(content.problem, Some(ProblemKind::Bomb), "{name}");
        assert_eq!(content.accounted, 1 << 20, "{name}");
        assert_eq!(read(&pack(&zeros), &limits()).accounted, 4 << 20, "{name}");
    }
    let total = Limits { max_expanded_bytes: 1000, ..limits() };
    assert_eq!(read(&gzip(&noisy_lines(1000)), &total).accounted, 1000);
}

#[test]
fn content_of_exactly_the_limit_is_no_bomb() {
    let total = Limits { max_expanded_bytes: 1000, ..limits() };
    let content = read(&gzip(&vec![b'\n'; 1000]), &total);
    assert_eq!((content.lines, content.problem), (1000, None));
}

#[test]
fn the_time_in_the_gzip_header_is_handed_on() {
    let folder = Folder::new();
    folder.write("a.log", b"plain\n");
    folder.write("b.log.gz", &gzip(b"packed\n"));
    let found = folder.discover(&limits());
    assert_eq!(found.sources[0].gzip_mtime, None);
    assert_eq!(found.sources[1].gzip_mtime, Some(1_700_000_000));
    assert!(found.sources.iter().all(|source| source.file_mtime.is_some()));
    assert_eq!(found.sources[0].size_on_disk, Some(6));
    assert_eq!(found.sources[1].declared_bytes, None);
}

#[test]
fn what_we_cannot_decompress_says_how_to_go_on() {
    let folder = Folder::new();
    folder.write("a.rar", b"Rar!\x1a\x07\x01\x00rest");
    folder.write("b.Z", &[0x1f, 0x9d, 0x90, 1, 2]);
    folder.write("c.lz4", &[4, 0x22, 0x4d, 0x18, 0]);
    let expected =
        "! a.rar: unsupported_archive\n! b.Z: unsupported_archive\n! c.lz4: unsupported_archive\n";
    assert_eq!(folder.listing(&limits()), expected);
}

#[test]
fn packed_standard_input_is_read_through() {
    for packed in [gzip(b"one\n"), zstd(b"one\n"), gzip(&tar_of(&[("a.log", b"one\n")]))] {
        let content = Box::new(std::io::Cursor::new(packed));
        let found = discover_with_stdin(&["-".into()], &limits(), content);
        assert_eq!((found.sources.len(), found.problems.len()), (1, 0));
        let source = &found.sources[0];
        assert!(source.path.starts_with('-'), "{}", source.path);
        assert_eq!(drain(&mut source.open(&limits()).unwrap(), 100).bytes, b"one\n");
    }
}

fn piped(content: &[u8]) -> Source {
    let content = Box::new(std::io::Cursor::new(content.to_vec()));
    let mut found = discover_with_stdin(&["-".into(), "-".into()], &limits(), content);
    assert_eq!(found.sources.len(), 1);
    found.sources.remove(0)
}

#[test]
fn standard_input_can_be_read_again_from_its_copy() {
    let source = piped(b"one\ntwo\n");
    for _ in 0..3 {
        assert_eq!(drain(&mut source.open(&limits()).unwrap(), 100).bytes, b"one\ntwo\n");
    }
}

#[test]
fn the_copy_of_standard_input_is_bounded() {
    let limits = Limits { max_piped_copy_bytes: 5, ..limits() };
    let source = piped(b"one\ntwo\n");
    assert_eq!(drain(&mut source.open(&limits).unwrap(), 100).bytes, b"one\ntwo\n");
    assert_eq!(drain(&mut source.open(&limits).unwrap(), 100).bytes, b"one\nt");
}

#[test]
fn without_a_copy_standard_input_is_read_once() {
    let nowhere = Some("/nowhere/at/all".into());
    for limits in [
        Limits { max_piped_copy_bytes: 0, ..limits() },
        Limits { spool_dir: nowhere.clone(), ..limits() },
    ] {
        let source = piped(b"one\n");
        assert_eq!(drain(&mut source.open(&limits).unwrap(), 100).bytes, b"one\n");
        let problem = source.open(&limits).err().unwrap();
        assert_eq!(problem.kind, ProblemKind::Unreadable);
    }
}
