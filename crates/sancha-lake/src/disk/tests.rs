pub(crate) mod proxy;
mod sealed;
#[expect(dead_code, reason = "the tests of the program use all of it")]
pub(crate) mod seaweed;
mod store;

use std::sync::Arc;

use super::*;

/// What every disk does with files.
fn keeps_files(disk: &dyn Disk) {
    let file = disk.create("a/b/one").unwrap();
    file.append(&[b"he", b"", b"llo"]).unwrap();
    file.append(&[b" there"]).unwrap();
    file.sync().unwrap();
    disk.sync_folder("a/b").unwrap();
    assert_eq!(disk.read("a/b/one").unwrap(), b"hello there");
    assert_eq!(disk.length("a/b/one").unwrap(), 11);
    let mut some = [0; 8];
    assert_eq!(disk.read_range("a/b/one", 6, &mut some).unwrap(), 5);
    assert_eq!(&some[..5], b"there");
    assert_eq!(disk.read_range("a/b/one", 99, &mut some).unwrap(), 0);
    if let Some(open) = disk.open("a/b/one").unwrap() {
        assert_eq!(open.read_range(6, &mut some).unwrap(), 5);
        assert_eq!(&some[..5], b"there");
        assert_eq!(open.read_range(99, &mut some).unwrap(), 0);
        assert_eq!(disk.open("a/none").err().unwrap().trouble, Trouble::Missing);
    }

    assert_eq!(disk.create("a/b/one").err().unwrap().trouble, Trouble::Exists);
    assert_eq!(disk.read("a/none").unwrap_err().trouble, Trouble::Missing);
    assert_eq!(disk.remove("a/none").unwrap_err().trouble, Trouble::Missing);
    drop(file);

    disk.write_at_once("a/two", b"first").unwrap();
    disk.write_at_once("a/two", b"second").unwrap();
    assert_eq!(disk.read("a/two").unwrap(), b"second");
    let entry =
        |name: &str, is_folder, size_bytes| Entry { name: name.into(), is_folder, size_bytes };
    let files = |entries: Vec<Entry>| {
        let file = |entry: Entry| Entry {
            size_bytes: if entry.is_folder { 0 } else { entry.size_bytes },
            ..entry
        };
        entries.into_iter().map(file).collect::<Vec<_>>()
    };
    assert_eq!(files(disk.list("a").unwrap()), [entry("b", true, 0), entry("two", false, 6)]);
    assert_eq!(disk.list("nowhere").unwrap(), []);
    disk.rename("a/two", "a/b/one").unwrap();
    assert_eq!(disk.read("a/b/one").unwrap(), b"second");
    disk.remove("a/b/one").unwrap();
    assert_eq!(disk.list("a/b").unwrap(), []);

    let files = [("a/c/new".to_owned(), b"new".to_vec())];
    let pointer = "a/pointer";
    let commit = |expected, bytes| disk.commit(&Commit { files: &files, pointer, expected, bytes });
    assert_eq!(commit(Some(b"zero"), b"one").unwrap_err().trouble, Trouble::Changed);
    assert_eq!(disk.list("a/c").unwrap(), [], "who comes too late writes nothing");
    commit(None, b"one").unwrap();
    assert_eq!(commit(None, b"two").unwrap_err().trouble, Trouble::Changed);
    commit(Some(b"one"), b"two").unwrap();
    assert_eq!(disk.read_committed(pointer).unwrap(), b"two");
    assert_eq!(disk.read(pointer).unwrap(), b"two");
    assert_eq!(disk.read("a/c/new").unwrap(), b"new");
}

/// What every disk does that has locks, `path` and `none` not being there.
fn keeps_locks(disk: &dyn Disk, path: &str, none: &str) {
    assert!(disk.lock(none).is_err_and(|error| error.trouble == Trouble::Missing));
    let file = disk.create(path).unwrap();
    assert!(file.lock().unwrap());
    assert!(disk.lock(path).unwrap().is_none(), "locked by the handle");
    drop(file);
    let lock = disk.lock(path).unwrap();
    assert!(lock.is_some() && disk.lock(path).unwrap().is_none());
    drop(lock);
    assert!(disk.lock(path).unwrap().is_some());
}

#[test]
fn every_disk_behaves() {
    let folder = tempfile::tempdir().unwrap();
    let memory = || Arc::new(MemoryDisk::new());
    let keys = PeriodKeys::new(folder.path().join("keys"));
    let disks: [&dyn Disk; 5] = [
        &RealDisk::new(folder.path().join("lake")),
        &MemoryDisk::new(),
        &FaultyDisk::new(memory()),
        &SplitDisk::new(memory(), memory()),
        &SealedDisk::new(memory(), keys),
    ];
    for disk in disks {
        keeps_files(disk);
        keeps_locks(disk, "wal/18eb3d5b9bd500000123456789abcdef.wal", "wal/none");
    }
}

#[test]
fn a_lake_in_two_places_keeps_its_log_of_writes_and_its_lock_here() {
    let (local, store) = (Arc::new(MemoryDisk::new()), Arc::new(MemoryDisk::new()));
    let disk = SplitDisk::new(Arc::<MemoryDisk>::clone(&local), Arc::<MemoryDisk>::clone(&store));
    disk.write_at_once("wal/a.wal", b"lines").unwrap();
    disk.write_at_once("data/part", b"part").unwrap();
    disk.write_at_once("seal/checkpoint", b"note").unwrap();
    let lock = disk.lock("seal/lock").unwrap();
    assert!(lock.is_some(), "the first writer of this machine makes the lock");
    assert!(disk.lock("seal/lock").unwrap().is_none());
    let names = |disk: &dyn Disk, folder: &str| {
        disk.list(folder).unwrap().into_iter().map(|entry| entry.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&*local, "wal"), ["a.wal"]);
    assert_eq!(names(&*local, "seal"), ["lock"]);
    assert_eq!(names(&*store, ""), ["data", "seal"]);
    assert_eq!(names(&*store, "seal"), ["checkpoint"]);
    assert_eq!(names(&disk, ""), ["data", "seal", "wal"]);
    assert!(disk.rename("wal/a.wal", "data/a").is_err());
}

#[test]
fn a_path_cannot_leave_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(folder.path());
    for path in ["../x", "a/../../x", "/x"] {
        assert!(disk.create(path).is_err(), "{path}");
        assert!(disk.rename(path, "y").is_err() || disk.rename("y", path).is_err(), "{path}");
    }
}

#[test]
fn the_free_space_is_known() {
    let folder = tempfile::tempdir().unwrap();
    assert!(RealDisk::new(folder.path()).free_space().unwrap().is_none_or(|bytes| bytes > 0));
    assert_eq!(MemoryDisk::with_space(7).free_space().unwrap(), Some(7));
}

#[test]
fn a_full_disk_takes_what_fits_and_says_so() {
    let disk = MemoryDisk::with_space(7);
    let file = disk.create("log").unwrap();
    let error = file.append(&[b"hello", b"there"]).unwrap_err();
    assert_eq!(error.trouble, Trouble::Full);
    assert_eq!(
        error.to_string(),
        "failed to write `log`: the disk is full; free space or move the lake to a larger disk"
    );
    assert_eq!(disk.read("log").unwrap(), b"helloth");
}

#[test]
fn a_crash_keeps_what_was_synced_and_may_lose_the_rest() {
    let disk = MemoryDisk::new();
    let file = disk.create("f/kept").unwrap();
    file.append(&[b"durable"]).unwrap();
    file.sync().unwrap();
    disk.sync_folder("f").unwrap();
    file.append(&[b" and more"]).unwrap();
    disk.create("f/unnamed").unwrap().sync().unwrap();

    let least = disk.after_crash(|_| 0);
    assert_eq!(least.read("f/kept").unwrap(), b"durable");
    assert_eq!(least.list("f").unwrap().len(), 1, "its name was not synced");
    let most = disk.after_crash(|choices| if choices == 2 { 0 } else { choices - 1 });
    assert_eq!(most.read("f/kept").unwrap(), b"durable and more");
    // One change of names was not synced: of the two choices, the second keeps it.
    let with_hole = disk.after_crash(|choices| choices - 1);
    assert_eq!(with_hole.read("f/kept").unwrap(), b"durable and mor\0");
    assert_eq!(with_hole.list("f").unwrap().len(), 2);
    assert_eq!(disk.after_kill().read("f/kept").unwrap(), b"durable and more");
}

#[test]
fn after_a_failed_sync_a_second_one_saves_nothing() {
    let memory = MemoryDisk::new();
    let disk = FaultyDisk::new(Arc::new(memory.clone()));
    let file = disk.create("log").unwrap();
    disk.sync_folder("").unwrap();
    file.append(&[b"lost"]).unwrap();
    let which = Which::Only(Operation::Sync);
    disk.fail(Fault { which, nth: 0, trouble: Trouble::Device, torn_at: 0, is_last: false });
    assert_eq!(file.sync().unwrap_err().trouble, Trouble::Device);
    file.sync().unwrap();
    assert_eq!(memory.after_crash(|_| 0).read("log").unwrap(), b"");
}

/// Whichever operation fails, the old content or the new is there.
#[test]
fn written_at_once_is_whole_or_as_before() {
    for crash in [false, true] {
        for nth in 0..6 {
            let memory = MemoryDisk::new();
            memory.write_at_once("f/file", b"before").unwrap();
            let disk = FaultyDisk::new(Arc::new(memory.clone()));
            let which = Which::Writing;
            disk.fail(Fault { which, nth, trouble: Trouble::Full, torn_at: 3, is_last: true });
            let done = disk.write_at_once("f/file", b"after!");
            assert_eq!(done.is_ok(), nth >= 6 - usize::from(disk.failures() == 0), "{nth}");
            let left = if crash { memory.after_crash(|_| 0) } else { memory.after_kill() };
            let content = left.read("f/file").unwrap();
            assert!(content == b"before" || (content == b"after!" && nth >= 5), "{nth}");
            if done.is_ok() {
                assert_eq!(content, b"after!");
            }
            left.write_at_once("f/file", b"again").unwrap();
            assert_eq!(left.read("f/file").unwrap(), b"again", "what was left does not hinder");
        }
    }
}

#[test]
fn a_file_is_read_whole_while_another_takes_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(folder.path());
    let (short, long) = (b"9".to_vec(), b"10, and much more than before".to_vec());
    disk.write_at_once("pointer", &short).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::SeqCst;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for content in [&long, &short].into_iter().cycle().take(400) {
                std::fs::write(folder.path().join("new"), content).unwrap();
                disk.rename("new", "pointer").unwrap();
            }
            is_done.store(true, order);
        });
        while !is_done.load(order) {
            let read = disk.read("pointer").unwrap();
            assert!(read == short || read == long, "{}", String::from_utf8_lossy(&read));
        }
    });
}
