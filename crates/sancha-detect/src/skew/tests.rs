use super::*;
use crate::observed::Witnesses;

/// Events of many sources at times that follow no beat.
fn events(count: u64) -> Vec<(u64, i64)> {
    (0..count)
        .map(|n| {
            let mixed = n.wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(23);
            (mixed % 40, i64::try_from(n * 600 + mixed % 577).unwrap())
        })
        .collect()
}

fn log(events: &[(u64, i64)], ahead: i64) -> Witnesses {
    Witnesses::of(
        events.iter().map(|(key, second)| Witness {
            key: *key,
            time: EventTime::from_seconds(second + ahead),
        }),
    )
}

#[test]
fn a_log_that_is_ahead_is_told_with_its_offset() {
    for ahead in [-28_800, -3_600, -7, 7, 137, 3_600, 28_800] {
        let found = skew(&log(&events(200), ahead), &log(&events(200), 0)).expect("a skew");
        assert_eq!((found.seconds, found.pairs), (ahead, found.of), "{ahead}");
    }
}

#[test]
fn an_error_log_that_has_only_some_of_the_events_is_enough() {
    let some: Vec<_> = events(200).into_iter().step_by(5).collect();
    let found = skew(&log(&some, 600), &log(&events(200), 0)).expect("a skew");
    assert_eq!((found.seconds, found.pairs, found.of), (600, 40, 40));
}

#[test]
fn logs_that_agree_are_left_alone() {
    for ahead in [-4, -1, 0, 1, 4] {
        assert_eq!(skew(&log(&events(200), ahead), &log(&events(200), 0)), None, "{ahead}");
    }
}

#[test]
fn few_events_tell_nothing() {
    assert_eq!(skew(&log(&events(7), 600), &log(&events(7), 0)), None);
    assert_eq!(skew(&log(&[], 600), &log(&events(7), 0)), None);
}

#[test]
fn a_steady_beat_tells_nothing() {
    let beat: Vec<_> = (0..200).map(|n| (1, n * 10)).collect();
    assert_eq!(skew(&log(&beat, 500), &log(&beat, 0)), None);
}

#[test]
fn a_habit_of_every_day_is_no_skew() {
    let daily: Vec<_> = events(60).into_iter().map(|(key, second)| (key, second % 7_200)).collect();
    assert_eq!(skew(&log(&daily, 86_400), &log(&daily, 0)), None);
}

#[test]
fn logs_of_different_events_tell_nothing() {
    let others: Vec<_> =
        events(200).into_iter().map(|(key, at)| (key, at * 31 % 100_003)).collect();
    assert_eq!(skew(&log(&others, 0), &log(&events(200), 0)), None);
}

#[test]
fn two_machines_are_not_compared() {
    let (mut one, mut other) = (log(&events(200), 600), log(&events(200), 0));
    one.name("web1");
    other.name("web2");
    assert_eq!(skew(&one, &other), None);
    let mut same = log(&events(200), 0);
    same.name("web1");
    assert!(same_host(&one, &same) && skew(&one, &same).is_some());
}
