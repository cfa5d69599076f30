//! Settling on disks that fail and forget: what was accepted is there once, whatever happens.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::EventTime;
use sancha_seal::{KeyKind, SigningKey};

use crate::{
    Lake, LakeError, Query, WithValues,
    disk::{Disk, Fault, FaultyDisk, MemoryDisk, RealDisk, Trouble, Which},
    fixture::{AT, accept_text, key, power_cut, with_settings},
    query::TimeRange,
    verify::Scope,
    wal::{Chunk, Options, WalWriter},
};

/// A line of day `day` of March.
fn line(number: u64, day: u64) -> String {
    format!(
        "192.0.2.{} - - [{day:02}/Mar/2026:10:{:02}:{:02} +0000] \"GET /p/{number}?id={} HTTP/1.1\" 200 {} \"-\" \"agent {}\"\n",
        number % 50,
        number / 60 % 60,
        number % 60,
        number * 7_919,
        number * 31 % 5_000,
        number % 3
    )
}

/// Accepts `lines` lines of two streams over three days, in several chunks.
pub(crate) fn accept(disk: &Arc<dyn Disk>, lines: u64) -> String {
    let writer = WalWriter::new(Arc::clone(disk), Options::default());
    let mut all = String::new();
    for stream in 1..=2_u8 {
        let (mut offset, mut number) = (0, 1);
        for chunk in 0..4 {
            let text: String = (0..lines / 8)
                .map(|at| line(chunk * 100 + at, 2 + (chunk + at / 10) % 3))
                .collect();
            let (bytes, count) = (text.clone().into_bytes(), lines / 8);
            let chunk = Chunk {
                source: format!("web{stream}/access.log"),
                stream: [stream; 32],
                prefix: 1_024,
                offset,
                line: number,
                accepted_at: 1_772_000_000_000_000_000,
                reference: 1_772_000_000_000_000_000,
                bytes,
            };
            offset = chunk.borrowed().end();
            number += count;
            writer.append(&chunk).unwrap();
            all += &text;
        }
    }
    writer.close().unwrap();
    all
}

pub(crate) fn settle(lake: &mut Lake) -> Result<crate::Settled, LakeError> {
    with_settings(|settings| lake.settle(settings, &key(), AT))
}

/// Every line that a lake holds, sorted.
pub(crate) fn held(lake: &Lake) -> Vec<String> {
    let query = Query {
        source: None,
        time: TimeRange::ALL,
        filters: Vec::new(),
        with_values: WithValues::None,
    };
    let mut lines = Vec::new();
    with_settings(|settings| {
        lake.search(&query, settings, &mut |answer| {
            lines.push(String::from_utf8(answer.hit.line.to_vec()).unwrap());
            true
        })
    })
    .unwrap();
    lines.sort();
    lines
}

pub(crate) fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    lines.sort();
    lines
}

pub(crate) fn is_unaltered(lake: &Lake) {
    let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
    assert!(verdicts.is_unaltered() && verdicts.gaps.is_empty(), "{verdicts:?}");
    assert_eq!(verdicts.unsettled, 0);
}

/// A lake with its first entry, and accepted lines.
pub(crate) fn begun(disk: &MemoryDisk, lines: u64) -> String {
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    Lake::create(Arc::clone(&shared), &key(), AT).unwrap();
    accept(&shared, lines)
}

#[test]
fn lines_are_found_before_and_after_they_are_settled() {
    let disk = MemoryDisk::new();
    let text = begun(&disk, 400);
    let mut lake = Lake::open(Arc::new(disk.clone())).unwrap();
    assert_eq!(held(&lake), sorted(&text));
    let settled = settle(&mut lake).unwrap();
    assert_eq!((settled.files, settled.damages.len()), (1, 0));
    assert!(settled.parts.len() >= 6, "two sources, three days");
    assert_eq!(held(&lake), sorted(&text));
    is_unaltered(&lake);
    let again = Lake::open(Arc::new(disk)).unwrap();
    assert_eq!(held(&again), sorted(&text));
    assert_eq!(again.catalog().settled.len(), 1);
}

/// Settles on a disk that dies at operation `nth`, then lets `survive` say what is left of it, and goes on.
fn dies_at(nth: usize, survive: impl Fn(&MemoryDisk) -> MemoryDisk) -> bool {
    let disk = MemoryDisk::new();
    let text = begun(&disk, 160);
    let faulty = FaultyDisk::new(Arc::new(disk.clone()));
    let fault = Fault {
        which: Which::Writing,
        nth,
        trouble: Trouble::Device,
        torn_at: nth % 40,
        is_last: true,
    };
    faulty.fail(fault);
    let outcome = Lake::open(Arc::new(faulty.clone())).and_then(|mut lake| settle(&mut lake));
    let disk = survive(&disk);
    let mut lake = Lake::open(Arc::new(disk)).unwrap();
    assert_eq!(held(&lake), sorted(&text), "operation {nth}, before");
    settle(&mut lake).unwrap();
    assert_eq!(held(&lake), sorted(&text), "operation {nth}, after");
    is_unaltered(&lake);
    outcome.is_err()
}

#[test]
fn a_process_that_dies_at_any_operation_loses_and_doubles_nothing() {
    let died = (0..400).take_while(|nth| dies_at(*nth, MemoryDisk::after_kill)).count();
    assert!((30..400).contains(&died), "{died} operations");
}

#[test]
fn a_power_cut_at_any_operation_loses_and_doubles_nothing() {
    for seed in 0..6 {
        let died = (0..).take_while(|nth| dies_at(*nth, |disk| power_cut(disk, seed))).count();
        assert!(died > 30, "{died} operations");
    }
}

#[test]
fn one_failed_operation_is_told_and_costs_nothing() {
    for trouble in [Trouble::Full, Trouble::ReadOnly, Trouble::Device] {
        for nth in (0..120).step_by(3) {
            let disk = MemoryDisk::new();
            let text = begun(&disk, 160);
            let faulty = FaultyDisk::new(Arc::new(disk.clone()));
            let which = Which::Writing;
            faulty.fail(Fault { which, nth, trouble, torn_at: 3, is_last: false });
            let mut lake = Lake::open(Arc::new(faulty.clone())).unwrap();
            let outcome = settle(&mut lake);
            if let Err(error) = outcome {
                assert!(faulty.failures() > 0, "{error:?}");
                let told = match &error {
                    LakeError::Disk(error) => error.trouble,
                    other => panic!("not told as the disk's trouble: {other:?}"),
                };
                assert_eq!((told, error.is_damage()), (trouble, false));
            }
            faulty.mend();
            let mut lake = Lake::open(Arc::new(disk)).unwrap();
            settle(&mut lake).unwrap();
            assert_eq!(held(&lake), sorted(&text), "operation {nth}");
            is_unaltered(&lake);
        }
    }
}

#[test]
fn lines_that_two_writers_took_are_kept_once() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let text = accept(&disk, 160);
    let again = accept(&disk, 160);
    assert_eq!(text, again);
    let mut lake = Lake::open(disk).unwrap();
    assert_eq!(settle(&mut lake).unwrap().files, 2);
    assert_eq!(held(&lake), sorted(&text));
    is_unaltered(&lake);
}

#[test]
fn another_key_is_refused() {
    let disk = MemoryDisk::new();
    begun(&disk, 16);
    let mut lake = Lake::open(Arc::new(disk)).unwrap();
    let other = SigningKey::from_seed("lake-test", KeyKind::Log, &[8; 32]).unwrap();
    let refused = with_settings(|settings| lake.settle(settings, &other, AT));
    assert!(matches!(refused, Err(LakeError::OtherKey { .. })), "{refused:?}");
}

#[test]
fn lines_that_contradict_their_stream_are_kept_apart() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let one: String = (0..40).map(|number| line(number, 2)).collect();
    let other: String = (0..60).map(|number| line(number + 500, 3)).collect();
    accept_text(&disk, &one);
    accept_text(&disk, &other);
    let mut lake = Lake::open(disk).unwrap();
    let settled = settle(&mut lake).unwrap();
    assert_eq!(settled.apart.len(), 1);
    assert_eq!(held(&lake), sorted(&(one + &other)));
    is_unaltered(&lake);
}

#[test]
fn a_damaged_write_ahead_file_is_settled_as_far_as_it_goes_and_set_aside() {
    let disk = MemoryDisk::new();
    let text = begun(&disk, 160);
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let file = crate::wal::list(&*shared).unwrap().pop().unwrap();
    disk.flip_bit(&file.path, usize::try_from(file.size_bytes / 2).unwrap(), 1);
    let mut lake = Lake::open(Arc::clone(&shared)).unwrap();
    let settled = settle(&mut lake).unwrap();
    assert_eq!(settled.damages.len(), 1, "{settled:?}");
    let lines = held(&lake);
    assert!(lines.len() >= 100 && lines.len() < 160, "one of eight chunks is lost");
    let known = sorted(&text);
    assert!(lines.iter().all(|line| known.contains(line)));
    let names: Vec<_> = shared.list("wal").unwrap().into_iter().map(|entry| entry.name).collect();
    assert!(matches!(&names[..], [name] if name.ends_with(".damaged")), "{names:?}");
    assert!(settle(&mut lake).unwrap().damages.is_empty(), "it is told once");
}

#[test]
fn a_bit_of_a_file_that_waits_is_told_by_verifying() {
    let disk = MemoryDisk::new();
    begun(&disk, 160);
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let verify = || {
        let lake = Lake::open(Arc::clone(&shared)).unwrap();
        lake.verify(&Scope::ALL, &|_| ()).unwrap()
    };
    assert!(verify().is_unaltered() && verify().unsettled == 1);
    let file = crate::wal::list(&*shared).unwrap().pop().unwrap();
    for at in [0, file.size_bytes / 2] {
        let at = usize::try_from(at).unwrap();
        disk.flip_bit(&file.path, at, 1);
        let verdicts = verify();
        assert!(
            !verdicts.is_unaltered() && verdicts.wal_damages[0].to_string().contains(&file.path)
        );
        disk.flip_bit(&file.path, at, 1);
    }
    assert!(verify().is_unaltered());
}

#[test]
fn what_is_no_write_ahead_file_does_not_keep_others_from_being_settled() {
    let disk = MemoryDisk::new();
    let text = begun(&disk, 160);
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let file = shared.create(&format!("wal/{}.wal", "0".repeat(32))).unwrap();
    file.append(&[b"something else"]).unwrap();
    drop(file);
    let mut lake = Lake::open(shared).unwrap();
    let settled = settle(&mut lake).unwrap();
    assert_eq!((settled.files, settled.damages.len()), (1, 1), "{settled:?}");
    assert_eq!(held(&lake), sorted(&text));
}

#[test]
fn half_a_year_of_a_quiet_log_is_a_part_a_day() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let start = EventTime::from_timestamp("2025-09-01T03:00:00Z".parse().unwrap());
    let text: String = (0..200 * 3_i64)
        .map(|number| {
            let time = start.plus(number / 3 * EventTime::DAY + number % 3 * EventTime::MINUTE);
            format!("{time} web01 sshd[7]: Failed password for root from 192.0.2.7 port 22 ssh2\n")
        })
        .collect();
    accept_text(&disk, &text);
    let mut lake = Lake::open(disk).unwrap();
    let settled = settle(&mut lake).unwrap();
    assert_eq!(settled.parts.len(), 200);
    for part in &settled.parts {
        let [first, last] =
            [part.first, part.last].map(|time| EventTime::from_nanos(time.unwrap()));
        assert_eq!(first.date_in(&TimeZone::UTC).to_string(), part.day);
        assert_eq!(last.date_in(&TimeZone::UTC).to_string(), part.day);
    }
    assert_eq!(held(&lake), sorted(&text));
}

#[test]
fn a_log_whose_days_jump_about_stays_in_few_parts() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let text: String = (0..600).map(|number| line(number, 2 + number * 7 % 25)).collect();
    accept_text(&disk, &text);
    let mut lake = Lake::open(disk).unwrap();
    let parts = settle(&mut lake).unwrap().parts;
    assert!(parts.len() < 100, "{}", parts.len());
    assert_eq!(held(&lake), sorted(&text));
    is_unaltered(&lake);
}

#[test]
fn a_source_whose_name_is_too_long_for_a_folder_is_kept_under_a_shorter_one() {
    let long = "某市大数据局/取证材料/".repeat(12);
    let (one, other) = (format!("{long}门户/access.log"), format!("{long}门户/error.log"));
    let names = [&one, &other].map(|source| super::names::folder_name(source));
    assert_ne!(names[0], names[1]);
    for name in &names {
        assert!(format!("source={name}").len() <= 255 && name.is_ascii(), "{name}");
        let cut = name.split_once('~').unwrap().0;
        assert_eq!(cut.len() % "%E6%9F%90".len() % 3, 0, "cut behind an escape: {cut}");
    }
    assert_eq!(super::names::folder_name("var/log/auth.log"), "var%2Flog%2Fauth.log");
}

#[test]
fn a_lake_that_was_opened_before_somebody_settled_still_shows_every_line_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path()));
    Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
    let text = accept(&disk, 160);
    let before = Lake::open(Arc::clone(&disk)).unwrap();
    settle(&mut Lake::open(Arc::clone(&disk)).unwrap()).unwrap();
    assert_eq!(disk.list("wal").unwrap(), [], "it is settled");
    assert_eq!(held(&before), sorted(&text));
    // Streams are read from parts by their place: they are not told as whole without those.
    let missed = before.streams(None, TimeRange::ALL);
    assert!(matches!(missed, Err(LakeError::Busy)), "{missed:?}");
    let after = Lake::open(disk).unwrap();
    assert_eq!(held(&after), sorted(&text));
    let bytes =
        |streams: crate::KeptStreams| streams.streams.iter().map(|one| one.bytes).sum::<u64>();
    assert_eq!(bytes(after.streams(None, TimeRange::ALL).unwrap()), text.len() as u64);
}

#[test]
fn lines_that_two_writers_took_are_shown_once_before_they_are_settled() {
    let disk = MemoryDisk::new();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let text = begun(&disk, 160);
    assert_eq!(accept(&shared, 160), text);
    assert_eq!(held(&Lake::open(shared).unwrap()), sorted(&text));
}
