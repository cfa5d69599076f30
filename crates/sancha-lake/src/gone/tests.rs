//! Readers of a lake from which the retention job deletes at every moment of their reading.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jiff::tz::TimeZone;
use sancha_model::{EventTime, Framing};
use sancha_seal::{Entry, Kind, evidence::Description};

use crate::{
    EvidenceError, Lake, LakeError, Query, Tail, WithValues,
    disk::{Disk, DiskError, DiskFile, Entry as Listed, Lock, MemoryDisk},
    fixture::{AT, key, with_settings},
    query::{SqlOptions, TimeRange},
    retain::{NewHold, Policies, Rules, Standing},
    settle::tests::{begun, settle},
    verify::{FaultKind, Scope},
};

/// A disk on which something happens before a file of a part is looked at for the n-th time.
struct Watched {
    inner: MemoryDisk,
    left: AtomicUsize,
    act: fn(&MemoryDisk),
}

impl Watched {
    fn look(&self, path: &str) {
        let one_less = |left: usize| left.checked_sub(1);
        let is_part = path.starts_with("data/");
        if is_part
            && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) == Ok(1)
        {
            (self.act)(&self.inner);
        }
    }
}

impl Disk for Watched {
    fn create(&self, path: &str) -> Result<Box<dyn DiskFile>, DiskError> {
        self.inner.create(path)
    }

    fn lock(&self, path: &str) -> Result<Option<Box<dyn Lock>>, DiskError> {
        self.inner.lock(path)
    }

    fn read_range(&self, path: &str, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.look(path);
        self.inner.read_range(path, offset, into)
    }

    fn length(&self, path: &str) -> Result<u64, DiskError> {
        self.look(path);
        self.inner.length(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, DiskError> {
        self.inner.list(folder)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.inner.remove(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.inner.rename(from, to)
    }

    fn sync_file(&self, path: &str) -> Result<(), DiskError> {
        self.inner.sync_file(path)
    }

    fn sync_folder(&self, folder: &str) -> Result<(), DiskError> {
        self.inner.sync_folder(folder)
    }

    fn free_space(&self) -> Result<Option<u64>, DiskError> {
        self.inner.free_space()
    }
}

/// A lake of two sources, of which the second is held.
fn lake() -> MemoryDisk {
    let disk = MemoryDisk::new();
    begun(&disk, 64);
    let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
    settle(&mut lake).unwrap();
    let hold = NewHold {
        name: None,
        source: Some("web2/access.log".to_owned()),
        from: None,
        to: None,
        placed_by: "李某".to_owned(),
        reason: "court".to_owned(),
    };
    lake.place_hold(hold, &key(), AT).unwrap();
    disk
}

/// Deletes what is not held.
fn retire(disk: &MemoryDisk) {
    let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
    let (policies, standing) = (Policies::default(), Standing::default());
    let now = EventTime::from_timestamp("2027-03-01T00:00:00Z".parse().unwrap());
    let rules = Rules { policies: &policies, standing: &standing, zone: &TimeZone::UTC, now };
    let outcome = lake.retire(&rules, &|_| String::new(), &key()).unwrap();
    assert!(!outcome.plan.going.is_empty() && !outcome.plan.held.is_empty());
}

/// Removes a file of a part of each source, which nothing in the log accounts for.
fn lose(disk: &MemoryDisk) {
    let lake = Lake::open(Arc::new(disk.clone())).unwrap();
    let parts: Vec<_> = lake.catalog().parts.values().collect();
    for source in ["web1/access.log", "web2/access.log"] {
        let last = parts.iter().rfind(|part| part.source == source).unwrap();
        disk.remove(&last.path).unwrap();
    }
}

/// Calls `read` with a lake from which something is deleted at each look at a part, one lake a look.
fn at_every_look(act: fn(&MemoryDisk), read: impl Fn(Lake)) {
    let disk = lake();
    for look in 1.. {
        let inner = disk.after_kill();
        let watched = Arc::new(Watched { inner, left: AtomicUsize::new(look), act });
        read(Lake::open(Arc::<Watched>::clone(&watched)).unwrap());
        if watched.left.load(Ordering::Relaxed) > 0 {
            assert!(look > 10, "read in {look} looks");
            return;
        }
    }
}

fn everything() -> Query {
    Query { source: None, time: TimeRange::ALL, filters: Vec::new(), with_values: WithValues::None }
}

fn search(lake: &Lake) -> Result<Vec<(String, u64)>, LakeError> {
    let mut rows = Vec::new();
    with_settings(|settings| {
        lake.search(&everything(), settings, &mut |answer| {
            rows.push((answer.source.to_owned(), answer.hit.number));
            true
        })
    })?;
    Ok(rows)
}

/// Rows of the source that is held, which are all there, each once; and not more of the other than there were.
fn are_right(rows: &[(String, u64)]) {
    let of = |source: &str| {
        let of_source = rows.iter().filter(|(other, _)| other == source);
        let mut lines: Vec<u64> = of_source.map(|(_, line)| *line).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(of("web2/access.log"), (1..=32).collect::<Vec<_>>());
    let mut others = of("web1/access.log");
    let all = others.len();
    others.dedup();
    assert_eq!(others.len(), all, "each row once");
}

#[test]
fn a_search_goes_on_behind_what_is_deleted() {
    at_every_look(retire, |lake| are_right(&search(&lake).unwrap()));
}

#[test]
fn sql_goes_on_behind_what_is_deleted() {
    at_every_look(retire, |lake| {
        let mut held = 0;
        let sql = "SELECT raw FROM logs WHERE source = 'web2/access.log'";
        with_settings(|settings| {
            lake.sql(sql, settings, SqlOptions { threads: 1, zone_minutes: 0 }, &mut |batch| {
                held += batch.num_rows();
                Ok(())
            })
        })
        .unwrap();
        assert_eq!(held, 32);
    });
}

#[test]
fn the_newest_rows_are_those_that_are_kept() {
    at_every_look(retire, |lake| {
        let mut tail = Tail::new(lake, everything());
        let rows = with_settings(|settings| {
            tail.newest(8, settings, &mut |answer, text| text.extend_from_slice(answer.hit.line))
        });
        assert_eq!(rows.unwrap().len(), 8);
    });
}

#[test]
fn a_stream_tells_what_was_deleted_and_goes_on() {
    at_every_look(retire, |lake| {
        let kept = lake.streams(None, TimeRange::ALL).unwrap();
        for stream in &kept.streams {
            let mut reader = stream.open(&lake, Framing::Lines);
            let (mut lines, mut bytes) = (0, Vec::new());
            loop {
                match reader.read(&mut bytes, 1 << 20, 1 << 20) {
                    Ok(None) => break,
                    Ok(Some(read)) => lines += read.lines,
                    Err(error) => {
                        assert!(matches!(error, LakeError::Retired { .. }), "{error}");
                        assert!(!error.is_damage() && stream.source == "web1/access.log");
                    }
                }
            }
            assert!(lines == 32 || stream.source == "web1/access.log");
        }
    });
}

#[test]
fn a_pack_has_what_is_kept() {
    at_every_look(retire, |lake| {
        let pack = lake.evidence(&everything(), 64, Description::default()).unwrap();
        let asked = pack.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.asked);
        assert!((32..=64).contains(&asked.count()));
        assert!(pack.build().is_ok(), "it verifies");
    });
}

#[test]
fn what_is_deleted_while_it_is_verified_is_not_missing() {
    at_every_look(retire, |lake| {
        let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
        assert!(verdicts.is_unaltered(), "{verdicts:?}");
        assert_eq!(verdicts.parts, verdicts.parts_checked);
    });
}

#[test]
fn a_file_that_the_log_still_names_is_missing() {
    at_every_look(lose, |lake| {
        // It may have been read before it went.
        if let Err(error) = search(&lake) {
            assert!(error.is_damage(), "{error}");
            let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
            let kinds: Vec<_> = verdicts.faults.iter().map(|fault| &fault.kind).collect();
            assert_eq!(kinds, [&FaultKind::Missing; 2]);
            let pack = lake.evidence(&everything(), 64, Description::default());
            assert!(matches!(pack, Err(EvidenceError::Lake(error)) if error.is_damage()));
        }
    });
}

#[test]
fn what_was_rewritten_meanwhile_is_to_be_asked_again() {
    fn rewrite(disk: &MemoryDisk) {
        let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
        let part = lake.catalog().parts.values().next_back().unwrap().clone();
        let (from, parts) = (vec![part.path.clone()], Vec::new());
        let entry = Entry::new(AT, Kind::Rewritten { from, parts });
        lake.commit(&[entry], &key()).unwrap();
        disk.remove(&part.path).unwrap();
    }
    at_every_look(rewrite, |lake| match search(&lake) {
        Ok(rows) => assert_eq!(rows.len(), 64),
        Err(error) => {
            assert!(matches!(error, LakeError::Rewritten { .. }) && !error.is_damage(), "{error}");
        }
    });
}
