//! When a disk is full, by what comes and what goes.

use super::*;

fn days(count: i32, stored_bytes: u64) -> Vec<DayOfData> {
    let start = day("2026-01-01");
    (0..count)
        .map(|number| DayOfData { day: start.checked_add(number.days()).unwrap(), stored_bytes })
        .collect()
}

fn ten_a_day(period: Period) -> Volume {
    Volume { bytes_per_day: 10, period }
}

/// What is there of ten bytes a day from the first to the tenth of January, by the day on which it goes.
fn releases(period: Period) -> BTreeMap<Date, u64> {
    days(10, 10).iter().map(|data| (period.free_from(data.day), data.stored_bytes)).collect()
}

#[test]
fn a_disk_that_is_too_small_is_full_on_a_day_that_is_told() {
    let six = Period::Months(6);
    let today = day("2026-01-11");
    let full = |free| full_on(&[ten_a_day(six)], &releases(six), free, today);
    assert_eq!(full(250), Some(day("2026-02-05")), "there is room for 25 more days");
    // From the eleventh of July to the eleventh of January.
    assert_eq!(ten_a_day(six).bytes_for_period(today), 10 * 185);
    assert_eq!(full(0), Some(today));
    let two = [ten_a_day(six), ten_a_day(Period::Months(12))];
    assert_eq!(full_on(&two, &releases(six), 250, today), Some(day("2026-01-23")));
}

#[test]
fn what_goes_after_its_period_makes_room() {
    let six = Period::Months(6);
    let today = day("2026-01-11");
    let full = |period, free| full_on(&[ten_a_day(period)], &releases(period), free, today);
    // At most 185 days are there at once, as on the 31st of August; ten of them are there already.
    assert_eq!(full(six, 10 * 175), None);
    assert!(full(six, 10 * 170).is_some());
    assert_eq!(full(Period::Days(30), 10 * 21), None);
    // What is on hold never goes.
    let held = BTreeMap::new();
    assert!(full_on(&[ten_a_day(six)], &held, 10 * 175, today).is_some());
}

#[test]
fn one_flood_does_not_decide_and_an_empty_lake_says_nothing() {
    let mut flooded = days(40, 10);
    flooded[35].stored_bytes = 1_000_000;
    assert_eq!(bytes_per_day(&flooded, day("2026-02-10")), 10);
    assert_eq!(bytes_per_day(&[], day("2026-02-10")), 0);
    assert_eq!(full_on(&[], &BTreeMap::new(), 0, day("2026-02-10")), None);
    let today = bytes_per_day(&days(1, 10), day("2026-01-01"));
    assert_eq!(today, 0, "a day that is not over tells nothing");
}

#[test]
fn a_lake_sheds_then_stops() {
    let stances = [0, 99, 100, 199, 200, u64::MAX].map(|free| Stance::at(free, 100));
    use Stance::{Accept, Shed, Stop};
    assert_eq!(stances, [Stop, Stop, Shed, Shed, Accept, Accept]);
}
