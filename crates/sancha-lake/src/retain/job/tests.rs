//! The retention job on disks that fail and forget: what is sealed goes only with a tombstone, and what has none
//! is there.

use std::sync::Arc;

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use sancha_model::EventTime;
use sancha_seal::{Algorithm, Entry, Kind, Part};

use super::*;
use crate::{
    disk::{Disk, Fault, FaultyDisk, MemoryDisk, Which},
    fixture::{AT, key, power_cut},
    retain::{Deleted, NewHold, NewWaiver, Policies, Refused, deleted},
    settle::tests::{accept, begun, held, is_unaltered, settle, sorted},
    verify::Scope,
};

/// A part of the log with nothing in it.
pub(in crate::retain) fn bare_part(source: &str, path: &str) -> Part {
    let hash = Algorithm::Sha256.hash(&[path.as_bytes()]);
    Part {
        path: path.to_owned(),
        source: source.to_owned(),
        day: "2026-01-01".to_owned(),
        rows: 1,
        raw_bytes: 1,
        first: None,
        last: None,
        root: hash,
        root_sm3: None,
        sha256: hash,
        bytes: 1,
        index_path: format!("{path}.idx"),
        index_sha256: hash,
        index_bytes: 1,
        streams: Vec::new(),
    }
}

/// The first day on which nothing asks for lines that were accepted at [`AT`].
const FREE: &str = "2026-09-06";

fn noon(day: &str) -> EventTime {
    EventTime::from_timestamp(format!("{day}T12:00:00Z").parse().unwrap())
}

/// Two sources over three days, settled.
fn settled_lake(disk: &MemoryDisk) -> (Lake, Vec<String>) {
    let text = begun(disk, 160);
    let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
    settle(&mut lake).unwrap();
    (lake, sorted(&text))
}

fn retire(lake: &mut Lake, now: EventTime) -> Result<Outcome, LakeError> {
    let (policies, standing) = (Policies::default(), Standing::default());
    let rules = Rules { policies: &policies, standing: &standing, zone: &TimeZone::UTC, now };
    lake.retire(&rules, &|term| format!("{:?}", term.period), &key())
}

fn hold_on(lake: &mut Lake, source: &str) -> String {
    let hold = NewHold {
        name: None,
        source: Some(source.to_owned()),
        from: None,
        to: None,
        placed_by: "李某".to_owned(),
        reason: "court".to_owned(),
    };
    lake.place_hold(hold, &key(), AT).unwrap()
}

fn release(lake: &mut Lake, name: &str) -> Result<(), Refused> {
    lake.release_hold(name, &["甲".to_owned(), "乙".to_owned()], "over", &key(), AT)
}

fn data_files(lake: &Lake) -> Vec<String> {
    files_below(&**lake.disk(), "data").unwrap()
}

#[test]
fn what_is_past_its_time_goes_with_a_tombstone() {
    let disk = MemoryDisk::new();
    let (mut lake, lines) = settled_lake(&disk);
    let early = retire(&mut lake, noon("2026-09-05")).unwrap();
    assert_eq!((early.plan.going.len(), early.freed_bytes), (0, 0));
    assert_eq!(held(&lake), lines);
    let entries = lake.catalog().entries.len();
    let name = hold_on(&mut lake, "web2/access.log");
    let parts: Vec<Part> = lake.catalog().parts.values().cloned().collect();
    let outcome = retire(&mut lake, noon(FREE)).unwrap();
    assert!(!outcome.plan.going.is_empty());
    assert_eq!(outcome.plan.going.len() + outcome.plan.held.len(), parts.len());
    assert!(
        outcome.plan.held.iter().all(|(part, by)| part.source.starts_with("web2") && *by == name)
    );
    let gone = outcome.plan.going.iter().map(|going| going.part.bytes + going.part.index_bytes);
    assert_eq!(outcome.freed_bytes, gone.sum::<u64>());
    let mut again = Lake::open(Arc::new(disk.clone())).unwrap();
    assert_eq!(held(&again).len(), lines.len() / 2);
    assert_eq!(data_files(&again).len(), 2 * outcome.plan.held.len());
    is_unaltered(&again);
    let Some(Entry { kind: Kind::Retired { parts, reason, policy }, .. }) =
        again.catalog().entries.get(entries + 1)
    else {
        panic!("{:?}", again.catalog().entries.last())
    };
    assert_eq!(parts.len(), outcome.plan.going.len());
    assert_eq!((reason.as_str(), policy.as_str()), ("retention period over", "Months(6)"));
    release(&mut again, &name).unwrap();
    assert_eq!(retire(&mut again, noon(FREE)).unwrap().plan.going.len(), outcome.plan.held.len());
    assert_eq!(held(&again), Vec::<String>::new());
    assert_eq!(data_files(&again), Vec::<String>::new());
    // Sources of which nothing is kept are known, and what they had.
    assert_eq!(again.sources(), ["web1/access.log", "web2/access.log"]);
    let gone = deleted(&again.catalog().entries);
    let sum = |count: fn(&Deleted) -> u64| gone.values().map(count).sum::<u64>();
    assert_eq!(sum(|gone| gone.lines), lines.len() as u64);
    let all_parts = outcome.plan.going.len() + outcome.plan.held.len();
    assert_eq!(sum(|gone| gone.parts), all_parts as u64);
    let web = gone["web1/access.log"];
    assert!(web.at == noon(FREE) && web.span.is_some_and(|span| span.first < span.last), "{web:?}");
    is_unaltered(&again);
    // The lines are known: the same file does not bring them back.
    let shared: Arc<dyn Disk> = Arc::new(disk);
    accept(&shared, 160);
    settle(&mut again).unwrap();
    assert_eq!(held(&again), Vec::<String>::new());
}

#[test]
fn a_hold_and_a_waiver_are_on_what_is_there_and_somebody_answers() {
    let disk = MemoryDisk::new();
    let (mut lake, _) = settled_lake(&disk);
    let hold = |source: Option<&str>, name: Option<&str>, by: &str| NewHold {
        name: name.map(str::to_owned),
        source: source.map(str::to_owned),
        from: None,
        to: None,
        placed_by: by.to_owned(),
        reason: "court".to_owned(),
    };
    let none = lake.place_hold(hold(Some("web9"), None, "李某"), &key(), AT);
    let Err(Refused::NoSource { there, .. }) = none else { panic!("{none:?}") };
    assert_eq!(there, ["web1/access.log", "web2/access.log"]);
    let unnamed = lake.place_hold(hold(None, None, " "), &key(), AT);
    assert!(matches!(unnamed, Err(Refused::Unnamed)), "{unnamed:?}");
    let days = NewHold {
        from: Some("2026-02-02".parse().unwrap()),
        to: Some("2026-02-01".parse().unwrap()),
        ..hold(None, None, "李某")
    };
    let backwards = lake.place_hold(days, &key(), AT);
    assert!(matches!(backwards, Err(Refused::FromAfterTo { .. })), "{backwards:?}");
    assert_eq!(lake.place_hold(hold(None, None, "李某"), &key(), AT).unwrap(), "hold-1");
    assert_eq!(lake.place_hold(hold(None, None, "李某"), &key(), AT).unwrap(), "hold-2");
    let taken = lake.place_hold(hold(None, Some("hold-2"), "李某"), &key(), AT);
    assert!(matches!(taken, Err(Refused::NameTaken(_))), "{taken:?}");
    let alone = ["甲".to_owned(), " 甲 ".to_owned()];
    let alone = lake.release_hold("hold-1", &alone, "over", &key(), AT);
    assert!(matches!(alone, Err(Refused::OnePerson)), "{alone:?}");
    release(&mut lake, "hold-1").unwrap();
    let twice = release(&mut lake, "hold-1");
    let Err(Refused::NoHold { in_force, .. }) = twice else { panic!("{twice:?}") };
    assert_eq!(in_force, ["hold-2"]);

    let today: Date = "2026-03-05".parse().unwrap();
    let waiver = |source: &str, days: u32, until: Date| NewWaiver {
        source: source.to_owned(),
        days,
        granted_by: "王某".to_owned(),
        reason: "trial".to_owned(),
        until,
    };
    let mut grant = |waiver| lake.grant_waiver(waiver, today, &key(), AT);
    assert!(matches!(grant(waiver("web1/access.log", 184, today)), Err(Refused::NotShorter(184))));
    let ended = today.yesterday().unwrap();
    assert!(matches!(grant(waiver("web1/access.log", 30, ended)), Err(Refused::Ended(_))));
    assert!(matches!(grant(waiver("web9", 30, today)), Err(Refused::NoSource { .. })));
    grant(waiver("web1/access.log", 30, today)).unwrap();
    let standing = Standing::of(&Lake::open(Arc::new(disk)).unwrap().catalog().entries);
    assert_eq!(standing.waiver("web1/access.log", today).unwrap().days, 30);
    assert_eq!(standing.waiver("web2/access.log", today), None);
}

/// What has no tombstone is there and whole; what has one is gone or will be.
fn holds_together(lake: &Lake) {
    let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
    assert!(verdicts.is_unaltered(), "{verdicts:?}");
    let retired = |path: &String| {
        let part = path.replace("/_", "/").replace(".idx", ".parquet");
        lake.catalog().retired.contains_key(&part)
    };
    assert!(verdicts.strays.iter().all(|path| path.ends_with(".tmp") || retired(path)));
}

/// Retires on a disk that dies at operation `nth`, then lets `survive` say what is left of it, and goes on.
fn dies_at(nth: usize, survive: impl Fn(&MemoryDisk) -> MemoryDisk) -> bool {
    let disk = MemoryDisk::new();
    let (mut lake, lines) = settled_lake(&disk);
    hold_on(&mut lake, "web2/access.log");
    let kept: Vec<String> = {
        let disk = disk.after_kill();
        let mut lake = Lake::open(Arc::new(disk)).unwrap();
        retire(&mut lake, noon(FREE)).unwrap();
        held(&lake)
    };
    drop(lake);
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let (which, trouble) = (Which::Writing, Trouble::Device);
    faulty.fail(Fault { which, nth, trouble, torn_at: nth % 40, is_last: true });
    let outcome =
        Lake::open(Arc::new(faulty)).and_then(|mut lake| retire(&mut lake, noon(FREE)).map(drop));
    let mut lake = Lake::open(Arc::new(survive(&disk))).unwrap();
    let before = held(&lake);
    assert!(before == lines || before == kept, "operation {nth}: {} lines", before.len());
    holds_together(&lake);
    retire(&mut lake, noon(FREE)).unwrap();
    assert_eq!(held(&lake), kept, "operation {nth}");
    assert_eq!(data_files(&lake).len(), 2 * lake.catalog().parts.len(), "operation {nth}");
    is_unaltered(&lake);
    outcome.is_err()
}

#[test]
fn a_job_that_dies_at_any_operation_is_finished_by_the_next() {
    let died = (0..400).take_while(|nth| dies_at(*nth, MemoryDisk::after_kill)).count();
    assert!((10..400).contains(&died), "{died} operations");
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_that_has_no_tombstone() {
    for seed in 0..6 {
        let died = (0..).take_while(|nth| dies_at(*nth, |disk| power_cut(disk, seed))).count();
        assert!(died > 10, "{died} operations");
    }
}

#[test]
fn one_failed_operation_is_told_and_the_next_run_goes_on() {
    for trouble in [Trouble::Full, Trouble::ReadOnly, Trouble::Device] {
        for nth in 0..40 {
            let disk = MemoryDisk::new();
            let (lake, lines) = settled_lake(&disk);
            drop(lake);
            let faulty = FaultyDisk::new(Arc::new(disk.clone()));
            let fault = Fault { which: Which::Writing, nth, trouble, torn_at: 3, is_last: false };
            faulty.fail(fault);
            let mut lake = Lake::open(Arc::new(faulty.clone())).unwrap();
            match retire(&mut lake, noon(FREE)) {
                Ok(_) => assert_eq!(faulty.failures(), 0, "operation {nth} failed unseen"),
                Err(LakeError::Disk(error)) => assert_eq!(error.trouble, trouble),
                Err(other) => panic!("not told as the disk's trouble: {other:?}"),
            }
            let mut lake = Lake::open(Arc::new(disk)).unwrap();
            holds_together(&lake);
            let left = held(&lake);
            assert!(left == lines || left.is_empty(), "operation {nth}");
            retire(&mut lake, noon(FREE)).unwrap();
            assert_eq!((held(&lake).len(), data_files(&lake).len()), (0, 0), "operation {nth}");
        }
    }
}

#[test]
fn only_files_that_a_tombstone_names_are_removed() {
    let disk = MemoryDisk::new();
    let (mut lake, _) = settled_lake(&disk);
    let part = lake.catalog().parts.values().next().unwrap().clone();
    let folder = folder_of(&part.path).to_owned();
    let beside = [format!("{folder}/mine.parquet"), format!("{folder}/_mine.idx")];
    for path in &beside {
        disk.write_at_once(path, b"somebody else's").unwrap();
    }
    retire(&mut lake, noon(FREE)).unwrap();
    let mut left = data_files(&lake);
    left.sort();
    let mut mine = beside.to_vec();
    mine.sort();
    assert_eq!(left, mine);
    // A file that comes back under a retired name, as from a backup, goes again.
    disk.write_at_once(&part.path, b"back").unwrap();
    let again = retire(&mut lake, noon(FREE)).unwrap();
    assert_eq!((again.plan.left_over.as_slice(), again.freed_bytes), (&[part.path][..], 4));
    assert_eq!(data_files(&lake), mine);
}

#[test]
fn tombstones_of_many_parts_fit_the_log() {
    let term = Term { period: crate::retain::Period::FLOOR, because: Reason::Floor };
    let source = "%E4".repeat(200);
    let going: Vec<Going> = (0..3_000)
        .map(|number| Going {
            part: bare_part("web", &format!("data/dt=2026-01-01/source={source}/{number}.parquet")),
            since: "2026-07-02".parse().unwrap(),
            term: term.clone(),
        })
        .collect();
    let entries = tombstones(&going, &|_| "floor".to_owned(), AT);
    assert!(entries.len() > 10, "{}", entries.len());
    let mut named = 0;
    for entry in &entries {
        entry.to_bytes().unwrap();
        let Kind::Retired { parts, .. } = &entry.kind else { panic!("{entry:?}") };
        named += parts.len();
    }
    assert_eq!(named, 3_000);
}

#[derive(Clone, Debug)]
enum Step {
    Hold(bool),
    Release,
    Waive(bool, u32),
    /// The retention job, so many days after the lines were accepted; it may die on the way.
    Retire {
        days: i32,
        dies_at: Option<usize>,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let retire = (0..400_i32, proptest::option::of(0..60_usize));
    let step = prop_oneof![
        any::<bool>().prop_map(Step::Hold),
        Just(Step::Release),
        (any::<bool>(), 1..180_u32).prop_map(|(first, days)| Step::Waive(first, days)),
        retire.prop_map(|(days, dies_at)| Step::Retire { days, dies_at }),
    ];
    proptest::collection::vec(step, 1..8)
}

fn source(is_first: bool) -> &'static str {
    if is_first { "web1/access.log" } else { "web2/access.log" }
}

fn take(lake: &mut Lake, disk: &MemoryDisk, step: &Step) {
    let accepted: Date = "2026-03-05".parse().unwrap();
    match step {
        Step::Hold(first) if lake.sources().contains(&source(*first)) => {
            hold_on(lake, source(*first));
        }
        Step::Release => {
            let standing = Standing::of(&lake.catalog().entries);
            let held = standing.holds.iter().find(|hold| hold.released.is_none());
            if let Some(hold) = held {
                release(lake, &hold.name).unwrap();
            }
        }
        Step::Waive(first, days) if lake.sources().contains(&source(*first)) => {
            let (granted_by, reason) = ("王某".to_owned(), "trial".to_owned());
            let until = accepted.checked_add(200.days()).unwrap();
            let source = source(*first).to_owned();
            let waiver = NewWaiver { source, days: *days, granted_by, reason, until };
            lake.grant_waiver(waiver, accepted, &key(), AT).unwrap();
        }
        Step::Retire { days, dies_at } => {
            let day = accepted.checked_add(days.days()).unwrap().to_string();
            match dies_at {
                None => drop(retire(lake, noon(&day)).unwrap()),
                Some(nth) => {
                    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
                    let (which, trouble) = (Which::Writing, Trouble::Device);
                    faulty.fail(Fault { which, nth: *nth, trouble, torn_at: 5, is_last: true });
                    let _ = retire(&mut Lake::open(Arc::new(faulty)).unwrap(), noon(&day));
                }
            }
        }
        Step::Hold(_) | Step::Waive(..) => (),
    }
}

/// That no tombstone names what was asked for when it was made, by what the log said until then.
fn tombstones_are_right(lake: &Lake) {
    let entries = &lake.catalog().entries;
    for (at, entry) in entries.iter().enumerate() {
        let Kind::Retired { parts, .. } = &entry.kind else { continue };
        let standing = Standing::of(&entries[..at]);
        let made: Date = entry.at.split("T").next().unwrap().parse().unwrap();
        for path in parts {
            let part = entries[..at].iter().flat_map(Entry::new_parts).find(|p| p.path == *path);
            let source = part.unwrap().source.as_str();
            assert_eq!(standing.holds_on(source).count(), 0, "{path} was on hold");
            let accepted: Date = "2026-03-05".parse().unwrap();
            let free = match standing.waiver(source, made) {
                Some(waiver) => accepted.checked_add(i64::from(waiver.days + 1).days()).unwrap(),
                None => FREE.parse().unwrap(),
            };
            assert!(free <= made, "{path} went on {made}, not free before {free}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing deletes sealed bytes except the retention job, which leaves its own record and keeps to the rules.
    #[test]
    fn what_is_sealed_is_there_or_has_a_tombstone_that_is_right(steps in steps()) {
        let disk = MemoryDisk::new();
        drop(settled_lake(&disk));
        for step in &steps {
            let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
            take(&mut lake, &disk, step);
            let lake = Lake::open(Arc::new(disk.clone())).unwrap();
            holds_together(&lake);
            tombstones_are_right(&lake);
        }
    }
}
