//! What is kept and what is found is the same before and after.

use proptest::prelude::*;

use super::*;
use crate::{
    Catalog,
    compact::plan,
    index::{HEAD_BYTES, Head},
    part::{Companion, DiskAt},
};

const QUESTIONS: [&str; 9] = [
    "",
    "ip:192.0.2.7",
    "ip:2001:db8::5",
    "user:u3",
    "user:ROOT",
    "status:203",
    "path:/p/1*",
    "agent",
    "\"no text\"",
];

fn answers(lake: &Lake) -> Vec<Vec<String>> {
    QUESTIONS.iter().map(|question| found(lake, question)).collect()
}

#[test]
fn small_parts_become_one_and_everything_is_found_as_before() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &[40, 9, 120, 17, 1, 300, 33, 70]);
    let before = answers(&lake);
    let parts = lake.catalog().parts.len();
    let reader = Lake::open(Arc::new(disk.clone())).unwrap();
    let done = compact_at(&mut lake, days_later(3)).unwrap();
    assert_eq!(done.parts_before, parts as u64);
    assert_eq!(done.parts_after, lake.catalog().parts.len() as u64);
    assert!(done.parts_after <= 4, "two sources, two days: {}", done.parts_after);
    assert!(done.bytes_after < done.bytes_before, "{done:?}");
    assert_eq!(answers(&lake), before);
    is_unaltered(&lake);
    // Who opened the lake before reads on.
    assert_eq!(answers(&reader), before);
    let verdicts = lake.verify(&crate::verify::Scope::ALL, &|_| ());
    let verdicts = verdicts.unwrap();
    assert_eq!((verdicts.strays, verdicts.rows_rebuilt), (Vec::new(), 590));
    let again = compact_at(&mut lake, days_later(4)).unwrap();
    assert_eq!((again.parts_before, again.freed_bytes), (0, done.waiting_bytes));
    assert_eq!(data_files(&lake), named_files(&lake));
    let lake = Lake::open(Arc::new(disk)).unwrap();
    assert_eq!(answers(&lake), before);
    is_unaltered(&lake);
}

/// However well they pack: a part is in memory when it is made.
#[test]
fn parts_of_long_lines_stay_apart() {
    let lake = lake_of(&MemoryDisk::new(), &[40, 9, 120]);
    let mut catalog = lake.catalog().clone();
    let most = |catalog: &Catalog| {
        plan::jobs(catalog, "9999", 9).iter().map(|job| job.parts.len()).max().unwrap_or(0)
    };
    assert!(most(&catalog) > 1);
    for range in catalog.parts.values_mut().flat_map(|part| &mut part.streams) {
        range.to = range.from + (300 << 20);
    }
    assert_eq!(most(&catalog), 1);
}

#[test]
fn the_files_of_replaced_parts_stay_an_hour() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &[20, 20, 20]);
    let done = compact_at(&mut lake, days_later(3)).unwrap();
    let files = data_files(&lake).len();
    let almost = days_later(3).plus(EventTime::HOUR - EventTime::SECOND);
    assert_eq!(compact_at(&mut lake, almost).unwrap().freed_bytes, 0);
    assert_eq!(data_files(&lake).len(), files);
    let hour = days_later(3).plus(EventTime::HOUR);
    assert_eq!(compact_at(&mut lake, hour).unwrap().freed_bytes, done.waiting_bytes);
    assert_eq!(data_files(&lake), named_files(&lake));
}

#[test]
fn a_long_run_removes_files_on_its_way() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &[20, 20, 20, 20, 20, 20]);
    let clock = Cell::new(days_later(3));
    let now = || {
        clock.set(clock.get().plus(10 * EventTime::MINUTE));
        clock.get()
    };
    let done = lake.compact(&how(&now, &|| false, &|_| ()), &key()).unwrap();
    assert!(done.freed_bytes > 0, "{done:?}");
}

#[test]
fn a_part_alone_is_compressed_more_and_keeps_its_companion_and_root() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &[3_000]);
    let old = lake.catalog().parts.values().next().unwrap().clone();
    let before = answers(&lake);
    compact_at(&mut lake, days_later(3)).unwrap();
    let new = lake.catalog().parts.values().next().unwrap().clone();
    assert_ne!(new.path, old.path);
    assert_eq!((new.root, &new.index_path), (old.root, &old.index_path));
    assert_eq!((&new.streams, new.first, new.last), (&old.streams, old.first, old.last));
    assert_eq!(answers(&lake), before);
    is_unaltered(&lake);
    // Not again at this level, at a higher one once more.
    assert_eq!(compact_at(&mut lake, days_later(4)).unwrap().parts_before, 0);
    let higher = compaction(&mut lake, days_later(5), 12, "9999-01-01").unwrap();
    assert_eq!(higher.parts_before, 1);
    compact_at(&mut lake, days_later(6)).unwrap();
    assert_eq!(data_files(&lake), named_files(&lake));
    assert_eq!(answers(&lake), before);
    is_unaltered(&lake);
}

/// The companion that is made of columns is the one that was made of events.
#[test]
fn the_companion_of_copied_columns_is_that_of_the_lines() {
    let text: Vec<u8> = (1..=5_000).flat_map(|number| line(number, 2)).collect();
    let companion = |pieces: &[u64]| {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        drop(Lake::create(Arc::clone(&disk), &key(), AT).unwrap());
        let mut log = Log::new("web/access.log", 1);
        pieces.iter().for_each(|lines| log.grow(&disk, *lines, 2));
        let mut lake = Lake::open(disk).unwrap();
        compact_at(&mut lake, days_later(3)).unwrap();
        let part = lake.catalog().parts.values().next().unwrap().clone();
        let bytes = lake.disk().read(&part.index_path).unwrap();
        let file = DiskAt::open(lake.disk(), &part.index_path).unwrap();
        let pages = Companion::open(file, &part.index_path).unwrap().pages().unwrap();
        (part.raw_bytes, bytes, pages.len())
    };
    let (whole_bytes, whole, _) = companion(&[5_000]);
    let (merged_bytes, merged, pages) = companion(&[100, 4_000, 900]);
    assert_eq!((whole_bytes, merged_bytes), (text.len() as u64, text.len() as u64));
    // They differ in the pages, of which there are three instead of one, and in their checksums.
    assert_eq!(pages, 3);
    let tail = |bytes: &[u8]| {
        let (from, _) = Head::read(&bytes[..HEAD_BYTES], bytes.len() as u64).unwrap().times();
        bytes[usize::try_from(from).unwrap()..].to_vec()
    };
    assert!(tail(&merged) == tail(&whole), "times, entities, words and counts");
}

#[test]
fn days_that_are_not_over_stay() {
    let disk = MemoryDisk::new();
    let mut lake = lake_of(&disk, &[20, 20, 20, 20, 20, 20]);
    let parts = |lake: &Lake, day: &str| {
        lake.catalog().parts.values().filter(|part| part.day == day).count()
    };
    let (second, third) = (parts(&lake, "2026-03-02"), parts(&lake, "2026-03-03"));
    assert!(second > 2 && third > 1);
    compaction(&mut lake, days_later(3), 9, "2026-03-03").unwrap();
    assert_eq!((parts(&lake, "2026-03-02"), parts(&lake, "2026-03-03")), (2, third));
}

#[test]
fn what_comes_in_later_goes_on_where_the_stream_ended() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    drop(Lake::create(Arc::clone(&disk), &key(), AT).unwrap());
    let mut log = Log::new("web/access.log", 1);
    for _ in 0..3 {
        log.grow(&disk, 30, 2);
    }
    let mut lake = Lake::open(Arc::clone(&disk)).unwrap();
    compact_at(&mut lake, days_later(3)).unwrap();
    assert_eq!(lake.catalog().parts.values().next().unwrap().streams.len(), 1);
    let before = found(&lake, "");
    // The same lines again bring nothing, the next ones come behind.
    Log::new("web/access.log", 1).grow(&disk, 90, 2);
    assert_eq!(found(&Lake::open(Arc::clone(&disk)).unwrap(), ""), before);
    log.grow(&disk, 10, 2);
    let mut lake = Lake::open(disk).unwrap();
    let after = found(&lake, "");
    assert_eq!((after.len(), &after[..90]), (100, &before[..]));
    compact_at(&mut lake, days_later(4)).unwrap();
    assert_eq!(found(&lake, ""), after);
    is_unaltered(&lake);
}

#[test]
fn no_room_stops_the_run_before_anything_is_written() {
    let disk = MemoryDisk::with_space(1 << 20);
    let mut lake = lake_of(&disk, &[20, 20, 20]);
    let files = data_files(&lake);
    let done = compact_at(&mut lake, days_later(3)).unwrap();
    assert!(done.shortage.is_some_and(|shortage| shortage.free < shortage.needed), "{done:?}");
    assert_eq!(data_files(&lake), files);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// However lines were split into parts, and however often those are put together, they are the same lines.
    #[test]
    fn any_split_gives_the_same_lines(
        lengths in proptest::collection::vec(prop_oneof![1..60_u64, 4_090..4_100_u64], 1..9),
        later in proptest::collection::vec(1..40_u64, 0..3),
    ) {
        let disk = MemoryDisk::new();
        let mut lake = lake_of(&disk, &lengths);
        let before = answers(&lake);
        compact_at(&mut lake, days_later(3)).unwrap();
        prop_assert_eq!(&answers(&lake), &before);
        is_unaltered(&lake);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let mut log = Log::new("late.log", 3);
        later.iter().for_each(|lines| log.grow(&shared, *lines, 2));
        let mut lake = Lake::open(shared).unwrap();
        let with_later = answers(&lake);
        compact_at(&mut lake, days_later(5)).unwrap();
        compact_at(&mut lake, days_later(6)).unwrap();
        prop_assert_eq!(&answers(&lake), &with_later);
        prop_assert_eq!(data_files(&lake).len(), named_files(&lake).len());
        is_unaltered(&lake);
    }
}
