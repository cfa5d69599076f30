use proptest::prelude::*;
use tlog_tiles::tile::Tile as Theirs;

use super::*;

#[test]
fn paths_are_those_of_the_specification() {
    let hashes = |level| TileKind::Hashes { level };
    for (kind, number, width, path) in [
        (hashes(0), 0, 256, "tile/0/000"),
        (hashes(4), 1_234_067, 1, "tile/4/x001/x234/067.p/1"),
        (hashes(1), 1000, 256, "tile/1/x001/000"),
        (TileKind::Entries, 123_456_789, 255, "tile/entries/x123/x456/789.p/255"),
    ] {
        let tile = Tile { kind, number, width };
        assert_eq!(tile.path(), path);
        assert_eq!(Tile::from_path(path), Some(tile));
    }
}

#[test]
fn other_spellings_are_no_tiles() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/data/000",
        "tile/0/+01",
        "/tile/0/000",
        "tile/0/000.p/1/",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/../0/000",
    ] {
        assert_eq!(Tile::from_path(path), None, "{path}");
    }
}

#[test]
fn a_log_has_the_tiles_its_size_gives() {
    let of = |level, number, size| {
        Tile::of_log(TileKind::Hashes { level }, number, size).map(|tile| tile.width)
    };
    assert_eq!((of(0, 0, 0), of(0, 0, 1), of(0, 0, 256)), (None, Some(1), Some(256)));
    assert_eq!((of(0, 1, 256), of(0, 1, 257), of(1, 0, 255)), (None, Some(1), None));
    assert_eq!((of(1, 0, 70_000), of(2, 0, 70_000)), (Some(256), Some(1)));
    assert_eq!((of(7, 0, u64::MAX), of(9, 0, 5)), (Some(255), None));
    assert_eq!(of(0, u64::MAX, u64::MAX), None);
}

proptest! {
    #[test]
    fn paths_agree_with_another_implementation(number: u64, width in 1u16..=256, level in 0u8..=7) {
        let ours = Tile { kind: TileKind::Hashes { level }, number, width };
        let theirs = Theirs::new(8, level, number, u32::from(width), false).path();
        prop_assert_eq!(ours.path(), theirs.replacen("tile/8/", "tile/", 1));
        prop_assert_eq!(Tile::from_path(&ours.path()), Some(ours));
    }

    #[test]
    fn bundles_are_read_as_written(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8),
    ) {
        let bytes = write_entries(&entries).unwrap();
        let read = read_entries(&bytes).unwrap();
        prop_assert!(read.iter().eq(entries.iter()));
        if !bytes.is_empty() && !entries.last().unwrap().is_empty() {
            prop_assert_eq!(read_entries(&bytes[..bytes.len() - 1]), None);
        }
    }
}

#[test]
fn an_entry_may_have_as_many_bytes_as_a_length_can_say() {
    let longest = vec![b'x'; MAX_ENTRY_BYTES];
    assert!(write_entries(&[&longest]).is_some());
    assert!(write_entries(&[[longest, vec![b'x']].concat()]).is_none());
}
