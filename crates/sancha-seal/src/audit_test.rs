use super::*;
use crate::tlog::tests::{Store, entry, grown};

fn faults_after(change: impl FnOnce(&Store)) -> (Vec<String>, Vec<Option<Altered>>) {
    let store = Store::default();
    let head = grown(&store, &[600, 66_000]);
    change(&store);
    let faults = audit(&Tlog::new(&store, head), |_, _| ());
    let altered = faults.iter().map(|fault| match fault {
        Fault::Entry { altered, .. } => Some(*altered),
        _ => None,
    });
    (faults.iter().map(ToString::to_string).collect(), altered.collect())
}

fn flip(path: &'static str, byte: usize) -> impl FnOnce(&Store) {
    move |store| store.0.borrow_mut().get_mut(path).unwrap()[byte] ^= 0x10
}

#[test]
fn a_sound_log_has_no_faults_and_shows_every_entry_once() {
    for steps in [&[][..], &[1], &[256], &[600, 66_000]] {
        let store = Store::default();
        let head = grown(&store, steps);
        let mut next = 0;
        let faults = audit(&Tlog::new(&store, head), |index, bytes| {
            assert_eq!((index, bytes), (next, entry(index).as_slice()));
            next += 1;
        });
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(next, head.size);
    }
}

#[test]
fn an_altered_entry_is_named() {
    let (faults, altered) = faults_after(flip("tile/entries/003", 40));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("entry 771 in `tile/entries/003`"), "{faults:?}");
    assert_eq!(altered, [Some(Altered::Entry)]);
}

#[test]
fn a_damaged_tile_is_told_from_an_altered_entry() {
    let (faults, altered) = faults_after(flip("tile/0/003", 40));
    assert!(faults.iter().any(|fault| fault.contains("`tile/0/003` has the hash")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("`tile/1/000`")), "{faults:?}");
    assert!(altered.contains(&Some(Altered::Tile)));
    let (faults, _) = faults_after(flip("tile/1/000", 40));
    assert_eq!(faults.len(), 2, "against the tile below and the one above: {faults:?}");
}

#[test]
fn cut_missing_and_lengthened_files_are_named() {
    for path in ["tile/entries/010", "tile/0/010", "tile/1/000", "tile/2/000.p/1"] {
        let (faults, _) = faults_after(|store| drop(store.0.borrow_mut().remove(path)));
        assert!(faults[0].contains(path) && faults.len() == 1, "{path}: {faults:?}");
        let cut = |store: &Store| store.0.borrow_mut().get_mut(path).unwrap().truncate(20);
        let (faults, _) = faults_after(cut);
        assert!(faults[0].contains(path) && faults.len() == 1, "{path}: {faults:?}");
        let lengthen = |store: &Store| store.0.borrow_mut().get_mut(path).unwrap().extend([0; 32]);
        let (faults, _) = faults_after(lengthen);
        assert!(faults[0].contains(path) && faults.len() == 1, "{path}: {faults:?}");
    }
    let (faults, _) = faults_after(|store| {
        store.0.borrow_mut().remove("tile/entries/010");
        store.0.borrow_mut().remove("tile/0/010");
    });
    assert_eq!(faults.len(), 2, "{faults:?}");
}

/// All files replaced by those of another log: only the checkpoint, kept elsewhere, tells.
#[test]
fn a_log_that_was_rewritten_is_not_the_one_of_its_checkpoint() {
    let (faults, _) = faults_after(|store| {
        let other = Store::default();
        let entries: Vec<_> = (1..66_601).map(entry).collect();
        let log = Tlog::new(&other, TreeHead::empty(ALGORITHM));
        store.0.borrow_mut().extend(log.append(&entries).unwrap().files);
    });
    assert_eq!(faults, ["the log of 66600 entries does not have the root of its checkpoint"]);
}
