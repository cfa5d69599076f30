use std::{cell::RefCell, collections::HashMap, convert::Infallible};

use tlog_tiles::{tile, tlog};

use super::*;

/// Storage in memory, as a test of this module and of the audit sees it.
#[derive(Clone, Default)]
pub(crate) struct Store(pub(crate) RefCell<HashMap<String, Vec<u8>>>);

impl TileReader for &Store {
    type Error = Infallible;
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.borrow().get(path).cloned())
    }
}

pub(crate) fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

/// A log written in appends of these sizes.
pub(crate) fn grown(store: &Store, steps: &[u64]) -> TreeHead {
    let mut head = TreeHead::empty(ALGORITHM);
    for step in steps {
        let entries: Vec<_> = (head.size..head.size + step).map(entry).collect();
        let appended = Tlog::new(store, head).append(&entries).unwrap();
        store.0.borrow_mut().extend(appended.files);
        head = appended.head;
    }
    head
}

fn expected(size: u64) -> TreeHead {
    let leaves: Vec<_> = (0..size).map(|number| leaf_hash(ALGORITHM, &entry(number))).collect();
    TreeHead { size, root: root(ALGORITHM, &leaves) }
}

#[test]
fn a_log_is_the_same_however_it_grew() {
    for steps in [&[1, 1, 1][..], &[255, 1, 1], &[256, 256], &[300, 0, 513], &[1000, 7]] {
        let store = Store::default();
        let head = grown(&store, steps);
        assert_eq!(head, expected(steps.iter().sum()), "{steps:?}");
        assert_eq!(Tlog::new(&store, head).root().unwrap(), head.root);
    }
}

#[test]
fn every_entry_and_every_earlier_size_is_proven() {
    let store = Store::default();
    let head = grown(&store, &[100, 200, 400]);
    let log = Tlog::new(&store, head);
    for index in 0..head.size {
        let ProvenEntry { bytes, .. } = log.prove_entry(index).unwrap();
        assert_eq!(bytes, entry(index));
    }
    for size in 0..=head.size {
        log.prove_growth(&expected(size)).unwrap();
    }
    assert!(matches!(log.prove_entry(700), Err(TlogError::NoEntry { .. })));
    assert!(matches!(log.prove_growth(&expected(701)), Err(TlogError::NoEntry { .. })));
    for size in 0..=head.size {
        assert_eq!(log.head_at(size).unwrap(), expected(size));
    }
    assert!(matches!(log.head_at(701), Err(TlogError::NoEntry { .. })));
    let other = TreeHead { root: head.root, ..expected(300) };
    assert!(matches!(log.prove_growth(&other), Err(TlogError::Root { .. })));
}

#[test]
fn a_copy_of_an_earlier_size_is_a_log_of_its_own() {
    let (store, copy) = (Store::default(), Store::default());
    grown(&store, &[100, 200, 400]);
    for size in [0, 99, 256, 512, 700] {
        let log = Tlog::new(&store, expected(size));
        copy.0.borrow_mut().clear();
        copy.0.borrow_mut().extend(log.files().map(Result::unwrap));
        let copied = Tlog::new(&copy, expected(size));
        assert!(crate::audit::audit(&copied, |_, _| ()).is_empty(), "{size}");
        assert_eq!(copied.root().unwrap(), expected(size).root);
    }
}

/// 66,000 entries have three levels of tiles.
#[test]
fn three_levels_of_tiles_are_proven() {
    let store = Store::default();
    let head = grown(&store, &[65_000, 1000]);
    assert!(store.0.borrow().contains_key("tile/2/000.p/1"));
    let log = Tlog::new(&store, head);
    for index in [0, 255, 256, 65_535, 65_536, 65_999] {
        assert_eq!(log.prove_entry(index).unwrap().bytes, entry(index));
    }
    log.prove_growth(&expected(65_000)).unwrap();
}

/// A reader of another implementation authenticates our tiles and finds the entries in them.
#[test]
fn tiles_are_read_by_another_implementation() {
    struct Reader(Store);
    impl tile::TileReader for Reader {
        fn height(&self) -> u8 {
            8
        }
        fn read_tiles(&self, tiles: &[tile::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
            let files = self.0.0.borrow();
            let path = |tile: &tile::Tile| tile.path().replacen("tile/8/", "tile/", 1);
            Ok(tiles.iter().map(|tile| files[&path(tile)].clone()).collect())
        }
        fn save_tiles(&self, _: &[tile::Tile], _: &[Vec<u8>]) {}
    }
    let store = Store::default();
    let head = grown(&store, &[300, 70_000]);
    let reader = Reader(store.clone());
    let hashes = tile::TileHashReader::new(head.size, tlog::Hash(head.root.0), &reader);
    let log = Tlog::new(&store, head);
    for index in [0, 299, 300, 65_535, 65_536, 70_299] {
        let theirs = tlog::prove_record(head.size, index, &hashes).unwrap();
        let ProvenEntry { bytes, path: ours, .. } = log.prove_entry(index).unwrap();
        assert!(ours.iter().map(|hash| hash.0).eq(theirs.iter().map(|hash| hash.0)));
        let top = tlog::Hash(head.root.0);
        tlog::check_record(&theirs, head.size, top, index, tlog::record_hash(&bytes)).unwrap();
    }
    let theirs = tlog::prove_tree(head.size, 300, &hashes).unwrap();
    let ours = log.prove_growth(&expected(300)).unwrap();
    assert!(ours.iter().map(|hash| hash.0).eq(theirs.iter().map(|hash| hash.0)));
}

/// Writers may drop partial tiles once the full one is there.
#[test]
fn a_full_tile_stands_in_for_its_beginning() {
    let store = Store::default();
    let old = grown(&store, &[200]);
    let head = grown(&store, &[200, 100]);
    store.0.borrow_mut().retain(|path, _| !path.ends_with(".p/200"));
    let log = Tlog::new(&store, old);
    assert_eq!(log.prove_entry(7).unwrap().bytes, entry(7));
    assert_eq!(log.append(&[entry(200)]).unwrap().head, expected(201));
    assert_eq!(Tlog::new(&store, head).root().unwrap(), head.root);
}

#[test]
fn an_append_reads_no_log_of_the_old_size_differently() {
    let store = Store::default();
    let old = grown(&store, &[511]);
    let appended = Tlog::new(&store, old).append(&[entry(511), entry(512)]).unwrap();
    let before = store.0.borrow().clone();
    for (path, _) in &appended.files {
        assert!(!before.contains_key(path), "{path} is overwritten");
    }
    store.0.borrow_mut().extend(appended.files);
    assert_eq!(Tlog::new(&store, old).prove_entry(510).unwrap().bytes, entry(510));
}

#[test]
fn damage_is_an_error_that_names_it() {
    let store = Store::default();
    let head = grown(&store, &[600]);
    let change = |path: &str, change: fn(&mut Vec<u8>)| {
        let store = store.clone();
        change(store.0.borrow_mut().get_mut(path).unwrap());
        let error = Tlog::new(&store, head).prove_entry(599).unwrap_err();
        let appended = Tlog::new(&store, head).append(&[entry(600)]);
        (error.to_string(), appended.is_err())
    };
    let (error, refused) = change("tile/0/002.p/88", |bytes| bytes[0] ^= 1);
    assert!(error.contains("600 entries") && refused, "{error}");
    let (error, refused) = change("tile/0/002.p/88", |bytes| bytes.truncate(40));
    assert!(error.contains("tile/0/002.p/88") && refused, "{error}");
    let (error, refused) = change("tile/1/000.p/2", |bytes| bytes[40] ^= 1);
    assert!(error.contains("600 entries") && refused, "{error}");
    let (error, _) = change("tile/entries/002.p/88", |bytes| bytes.truncate(40));
    assert!(error.contains("tile/entries/002.p/88"), "{error}");
    let (error, _) = change("tile/entries/002.p/88", |bytes| *bytes.last_mut().unwrap() ^= 1);
    assert!(error.contains("600 entries"), "{error}");
    store.0.borrow_mut().remove("tile/1/000.p/2");
    let error = Tlog::new(&store, head).root().unwrap_err();
    assert!(matches!(error, TlogError::Missing { path } if path == "tile/1/000.p/2"));
}

#[test]
fn a_long_entry_and_a_broken_disk_are_told() {
    let store = Store::default();
    let log = Tlog::new(&store, TreeHead::empty(ALGORITHM));
    let error = log.append(&[vec![0; MAX_ENTRY_BYTES + 1]]).unwrap_err();
    assert!(matches!(error, TlogError::TooLong { bytes } if bytes == MAX_ENTRY_BYTES + 1));
    let broken = |_: &str| Err::<Option<Vec<u8>>, _>(std::fmt::Error);
    let error = Tlog::new(broken, expected(3)).root().unwrap_err();
    assert!(matches!(error, TlogError::Read { path, .. } if path == "tile/0/000.p/3"));
}
