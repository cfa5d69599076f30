use super::*;

const MEMBERS: &[(&str, &[u8])] =
    &[("b.log", b"two\nlines\n"), ("in/a.log", b"one"), ("empty", b"")];

fn listing(name: &str, bytes: &[u8], limits: &Limits) -> String {
    let folder = Folder::new();
    folder.write(name, bytes);
    folder.listing(limits)
}

fn check(name: &str, bytes: &[u8], expected: &str) {
    assert_eq!(listing(name, bytes, &Limits::default()), expected, "{name}");
}

#[test]
fn members_are_sources_in_order() {
    for (name, bytes) in [
        ("x.tar", tar_of(MEMBERS)),
        ("x.tar.gz", gzip(&tar_of(MEMBERS))),
        ("x.tgz", xz(&tar_of(MEMBERS))),
        ("x.zip", zip_of(MEMBERS)),
        ("x.7z", sevenz_of(MEMBERS)),
    ] {
        let expected = format!("{name}!b.log: two|lines|\n{name}!empty: \n{name}!in/a.log: one\n");
        check(name, &bytes, &expected);
    }
}

#[test]
fn archives_are_read_inside_each_other() {
    let inner = zip_of(&[("log.gz", &gzip(b"deep\n")), ("plain", b"flat\n")]);
    let outer = gzip(&tar_of(&[("in.zip", &inner), ("in.7z", &sevenz_of(&[("s", b"seven\n")]))]));
    let expected = "o!in.7z!s: seven|\no!in.zip!log.gz: deep|\no!in.zip!plain: flat|\n";
    check("o", &outer, expected);
}

#[test]
fn nesting_has_a_limit() {
    let shallow = Limits { max_depth: 2, ..Limits::default() };
    let bytes = gzip(&tar_of(&[("a.gz", &gzip(b"deep\n")), ("b", b"here\n")]));
    assert_eq!(listing("o", &bytes, &shallow), "o!b: here|\n! o!a.gz: too_deep\n");
}

#[test]
fn names_in_gbk_are_read() {
    // A zip as Chinese Windows writes it: GBK bytes, flag bit 11 clear.
    let mut bytes = zip_of(&[("AAAA.log", b"line\n")]);
    let gbk = [0xc8, 0xd5, 0xd6, 0xbe];
    for at in find_all(&bytes, b"AAAA") {
        bytes[at..at + 4].copy_from_slice(&gbk);
    }
    check("x.zip", &bytes, "x.zip!日志.log: line|\n");
}

#[test]
fn names_that_lead_outside_are_data() {
    let members: &[(&str, &[u8])] = &[("../../etc/cron.d/x", b"one\n"), ("/abs", b"two\n")];
    let expected = "x!../../etc/cron.d/x: one|\nx!/abs: two|\n\
                    ! x!../../etc/cron.d/x: unsafe_path\n! x!/abs: unsafe_path\n";
    check("x", &tar_of(members), expected);
    check("x", &zip_of(members), expected);
}

#[test]
fn members_of_the_same_name_stay_apart() {
    let bytes = tar_of(&[("a", b"one\n"), ("a", b"two\n")]);
    check("x", &bytes, "x!a: one|\nx!a#2: two|\n");
}

#[test]
fn an_encrypted_zip_member_is_told_and_the_others_are_read() {
    let mut bytes = zip_of(&[("a", b"secret\n"), ("b", b"open\n")]);
    // Flag bit 0 of the first local header (APPNOTE.TXT 4.3.7) and of its table entry (4.3.12).
    bytes[6] |= 1;
    let table = find_all(&bytes, b"PK\x01\x02")[0];
    bytes[table + 8] |= 1;
    check("x.zip", &bytes, "x.zip!b: open|\n! x.zip!a: encrypted\n");
}

#[test]
fn a_damaged_zip_member_is_told_and_the_others_are_read() {
    let noise = noisy_lines(200);
    let mut bytes = zip_of(&[("a", &noise), ("b", b"good\n")]);
    bytes[1200] ^= 0xff;
    let listing = listing("x.zip", &bytes, &Limits::default());
    assert!(listing.contains("x.zip!b: good|\n"), "{listing}");
    let first = listing.lines().next().unwrap();
    assert!(first.ends_with("corrupt") || first.ends_with("truncated"), "{first}");
}

#[test]
fn a_zip_that_lies_about_its_size_is_told() {
    let mut bytes = zip_of(&[("a", b"longer than it says\n")]);
    let table = find_all(&bytes, b"PK\x01\x02")[0];
    bytes[table + 24] = 6;
    check("x.zip", &bytes, "x.zip!a: longer cut corrupt\n");
}

#[test]
fn a_zip_without_its_table_is_told() {
    let bytes = zip_of(MEMBERS);
    check("x.zip", &bytes[..40], "! x.zip: corrupt\n");
}

#[test]
fn long_and_extended_names_are_read() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("{}/a.log", "d".repeat(150));
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    builder.append_data(&mut header, &long, &b"one\n"[..]).unwrap();
    builder
        .append_pax_extensions([("path", &b"pax.log"[..]), ("mtime", b"1500000000.25")])
        .unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(4);
    header.set_cksum();
    builder.append(&header, &b"two\n"[..]).unwrap();
    let bytes = builder.into_inner().unwrap();
    check("x.tar", &bytes, &format!("x.tar!{long}: one|\nx.tar!pax.log: two|\n"));
}

#[test]
fn a_tar_name_of_a_gigabyte_is_not_loaded() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 30);
    header.as_old_mut().name[0] = b'x';
    header.set_cksum();
    let folder = Folder::new();
    let path = folder.write("x.tar", header.as_bytes());
    // A hole: a gigabyte that takes no space on disk.
    std::fs::File::options().write(true).open(path).unwrap().set_len(2 << 30).unwrap();
    assert_eq!(folder.listing(&Limits::default()), "! x.tar: corrupt\n");
}

#[test]
fn a_log_that_looks_like_a_tar_in_part_is_a_log() {
    let line = format!("{:0147}\n0000000{:<100} ustar tail\n", 7, "");
    let mut text = line.into_bytes();
    text.extend(noisy_lines(100));
    text[257..262].copy_from_slice(b"ustar");
    let folder = Folder::new();
    folder.write("a.log", &text);
    assert_eq!(
        folder.discover(&Limits::default()).sources[0].declared_bytes,
        Some(text.len() as u64)
    );
    assert!(folder.listing(&Limits::default()).starts_with("a.log: 000"));
}

#[test]
fn a_cut_tar_gives_what_there_is() {
    let bytes = tar_of(&[("a", b"one\n"), ("b", &noisy_lines(1000))]);
    let listing = listing("x.tar", &bytes[..512 * 3 + 700], &Limits::default());
    assert!(listing.starts_with("x.tar!a: one|\nx.tar!b: 0 "), "{listing}");
    assert!(listing.contains(" cut truncated\n"), "{listing}");
}

#[test]
fn a_cut_tar_gz_gives_what_there_is() {
    let bytes = gzip(&tar_of(&[("a", b"one\n"), ("b", &noisy_lines(40_000))]));
    let listing = listing("x.tgz", &bytes[..bytes.len() / 2], &Limits::default());
    assert!(listing.starts_with("x.tgz!a: one|\nx.tgz!b: 0 "), "{listing}");
    assert!(listing.contains(" cut truncated\n"), "{listing}");
    assert!(listing.ends_with("! x.tgz: truncated\n"), "{listing}");
}

#[test]
fn a_cut_7z_is_told() {
    let bytes = sevenz_of(MEMBERS);
    let listing = listing("x.7z", &bytes[..bytes.len() - 8], &Limits::default());
    assert!(listing.starts_with("! x.7z: "), "{listing}");
}

#[test]
fn a_damaged_7z_block_loses_itself_alone() {
    let noise = noisy_lines(3000);
    let mut bytes = sevenz_of(&[("a", &noise), ("b", b"good\n")]);
    bytes[5000] ^= 0xff;
    let listing = listing("x.7z", &bytes, &Limits::default());
    assert!(listing.contains("x.7z!b: good|\n"), "{listing}");
    assert!(listing.contains("! x.7z"), "{listing}");
}

#[test]
fn a_bomb_of_members_is_stopped_by_the_table() {
    let strict = Limits { max_ratio: 10, ratio_floor_bytes: 150_000, ..Limits::default() };
    let zeros = vec![b'0'; 100_000];
    for (name, bytes) in [
        ("x.zip", zip_of(&[("a", &zeros), ("b", &zeros)])),
        ("x.7z", sevenz_of(&[("a", &zeros), ("b", &zeros)])),
    ] {
        let listing = listing(name, &bytes, &strict);
        assert_eq!(listing.lines().count(), 2, "{listing}");
        assert!(listing.ends_with(&format!("! {name}: bomb\n")), "{listing}");
    }
    let packed = gzip(&tar_of(&[("a", &zeros), ("b", &zeros)]));
    assert!(listing("x.tgz", &packed, &strict).contains("! x.tgz: bomb\n"));
}

#[test]
fn the_number_of_members_has_a_limit() {
    let few = Limits { max_entries: 2, ..Limits::default() };
    for bytes in [tar_of(MEMBERS), zip_of(MEMBERS), sevenz_of(MEMBERS)] {
        let listing = listing("x", &bytes, &few);
        assert_eq!(listing.lines().count(), 3, "{listing}");
        assert!(listing.ends_with("! x: too_many_entries\n"), "{listing}");
    }
}

#[test]
fn temporary_space_has_a_limit() {
    let small = Limits { max_spool_bytes: 1 << 20, ..Limits::default() };
    let bytes = gzip(&tar_of(&[("a", &noisy_lines(190_000))]));
    let listing = listing("x.tgz", &bytes, &small);
    assert!(listing.ends_with("! x.tgz: spool_full\n"), "{listing}");
}

#[test]
fn large_members_go_through_the_temporary_file() {
    let lines = noisy_lines(190_000);
    let folder = Folder::new();
    folder.write("x.tgz", &gzip(&tar_of(&[("a", &lines), ("b", b"after\n")])));
    folder.write("y.7z", &sevenz_of(&[("a", &lines)]));
    let found = folder.discover(&Limits::default());
    assert_eq!(found.problems, []);
    let read =
        |source: &Source| drain(&mut source.open(&Limits::default()).unwrap(), 1 << 20).bytes;
    assert!(read(&found.sources[0]) == lines);
    assert_eq!(read(&found.sources[1]), b"after\n");
    assert!(read(&found.sources[2]) == lines);
    // Two readers of one source do not disturb each other.
    assert!(read(&found.sources[0]) == lines);
}

#[test]
fn members_carry_their_own_time() {
    let folder = Folder::new();
    folder.write("a.tar", &tar_of(&[("a", b"")]));
    folder.write("b.zip", &zip_of(&[("b", b"")]));
    let found = folder.discover(&Limits::default());
    assert_eq!(found.sources[0].file_mtime, Some(1_600_000_000));
    // 2024-02-29 12:30:58 read as UTC.
    assert_eq!(found.sources[1].file_mtime, Some(1_709_209_858));
}

fn find_all(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(bytes, needle).collect()
}

/// One member, `a.log`, locked with a password by sevenz-rust2; its table is locked too in the second.
const LOCKED_7Z: [(&str, &str); 2] = [
    (
        "! x.7z!a.log: encrypted\n",
        "377abcaf271c0004509637df10000000000000005f000000000000004def2a6b72acbe08c18423de8318cbb1\
         a95e26f1010406000109100a0197ec497a00070b0100022406f1070122c8ff3501fe02199069018e95428126\
         bab2cd40e9fc4cb9ec8732701411d7e4d45737010001000c070700080a018cb2ebe200000501110d0061002e\
         006c006f00670000000000",
    ),
    (
        "! x.7z: encrypted\n",
        "377abcaf271c00045bddcc2d700000000000000053000000000000002039fcc8fb4c98c1a9f7413fcb6f7fd5\
         fe786ceb1bf478acf5027556610aaf56db64f6f88a745b8d98724491d9621f04975b8cc5094a3511b058a416\
         df03683b7caa2cf446a5485c2831149161c1f6840101f092c3c29892ddebb783ec116c6eb6b04b5a2a3ee0f1\
         43a76bb4503fc42962e9e6511706100109600a01c6cbcd3000070b0100022406f1070122c8ffe04bd797c455\
         bdd349089b30bfacb71f324276dff82e42d92acffb051333fa0a23030101055d0000800001000c5f5f00080a\
         01fa92e6290000",
    ),
];

#[test]
fn an_encrypted_7z_is_told() {
    for (expected, hex) in LOCKED_7Z {
        let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
            .collect();
        check("x.7z", &bytes, expected);
    }
}

/// Damage of all kinds at all places: no panic, and the accounting of what is delivered holds.
#[test]
fn damage_never_panics() {
    let small = noisy_lines(60);
    let members: &[(&str, &[u8])] = &[("a.log", &small), ("b.gz", &gzip(b"one\n"))];
    let packed = [
        gzip(&small),
        bzip2(&small),
        xz(&small),
        zstd(&small),
        tar_of(members),
        zip_of(members),
        sevenz_of(members),
        gzip(&tar_of(members)),
    ];
    let limits = Limits { ratio_floor_bytes: 1 << 20, ..Limits::default() };
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..ROUNDS {
        let mut bytes = packed[round % packed.len()].clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] = [0, 0xff, 0x80, 1][random(4)] ^ if random(2) == 0 { bytes[at] } else { 0 };
        }
        if random(4) == 0 {
            bytes.truncate(random(bytes.len()));
        }
        let content = Box::new(std::io::Cursor::new(bytes));
        let found = discover_with_stdin(&["-".into()], &limits, content);
        for source in &found.sources {
            if let Ok(mut reader) = source.open(&limits) {
                drain(&mut reader, 500);
            }
        }
    }
}

const ROUNDS: usize = 2_000;
