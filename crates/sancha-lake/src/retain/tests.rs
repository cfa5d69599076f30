use proptest::prelude::*;

use super::*;

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// An instant in Shanghai, such as `2026-03-01T23:59:59`.
fn at(text: &str) -> EventTime {
    let zoned: jiff::ZonedDateTime = format!("{text}[Asia/Shanghai]").parse().unwrap();
    EventTime::from_timestamp(zoned.timestamp())
}

fn interval(first: &str, last: &str) -> Interval {
    Interval { first: at(first), last: at(last) }
}

fn part(first: &str, last: &str) -> Kept {
    let span = interval(first, last);
    Kept { source: "web01".into(), span: Some(span), accepted: span.last, kinds: Vec::new() }
}

fn policy(keep: Period, waiver: Option<Waiver>) -> Policy {
    Policy { source: "web01".into(), keep, waiver }
}

fn waiver(until: &str) -> Waiver {
    Waiver {
        granted_by: "王某，信息中心主任".into(),
        reason: "试运行".into(),
        granted_on: day("2026-01-01"),
        until: day(until),
    }
}

fn hold() -> Hold {
    Hold {
        name: "case 7".into(),
        reason: "court".into(),
        placed_by: "李某".into(),
        placed_on: day("2026-05-01"),
        lifted_on: None,
        sources: Vec::new(),
        span: None,
    }
}

struct Given {
    policies: Vec<Policy>,
    kinds: Vec<KindRule>,
    holds: Vec<Hold>,
    zone: TimeZone,
}

impl Default for Given {
    fn default() -> Self {
        Self { policies: Vec::new(), kinds: Vec::new(), holds: Vec::new(), zone: zone() }
    }
}

impl Given {
    fn rules(&self, now: EventTime) -> Rules<'_> {
        let Self { policies, kinds, holds, zone } = self;
        Rules { policies, kinds, holds, zone, now }
    }
}

fn stays(until: &str, because: Reason) -> Fate {
    Fate::Stays { until: Some(day(until)), because }
}

#[test]
fn six_calendar_months_to_the_day() {
    let cases = [
        ("2026-01-15", "2026-07-16"),
        ("2026-06-29", "2026-12-30"),
        ("2026-06-30", "2027-01-01"),
        // On the 30th and 31st of August the six months before reach back to the end of February.
        ("2026-02-27", "2026-08-28"),
        ("2026-02-28", "2026-09-01"),
        ("2028-02-28", "2028-08-29"),
        ("2028-02-29", "2028-09-01"),
        // To the end of February from the end of August.
        ("2026-08-27", "2027-02-28"),
        ("2026-08-28", "2027-03-01"),
        ("2026-08-29", "2027-03-01"),
        ("2026-08-31", "2027-03-01"),
        ("2027-08-28", "2028-02-29"),
        ("2027-08-29", "2028-03-01"),
        ("2027-08-31", "2028-03-01"),
        ("2026-09-30", "2027-04-01"),
        ("2026-12-31", "2027-07-01"),
    ];
    for (last, free) in cases {
        assert_eq!(Period::Months(6).free_from(day(last)), day(free), "{last}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What retention lets go no probe asks for: on no day, and 184 days always suffice.
    #[test]
    fn nothing_goes_that_is_still_asked_for(since in 0_i32..3000, months in 1_u16..40) {
        let last = day("2024-01-01").checked_add(since.days()).unwrap();
        let period = Period::Months(months);
        let free = period.free_from(last);
        prop_assert!(period.needed_from(free) > last);
        prop_assert!(period.needed_from(free.yesterday().unwrap()) <= last);
        let sum = last.checked_add(i32::from(months).months()).unwrap();
        prop_assert!(sum < free && (free - sum).get_days() <= 4, "{sum} {free}");
        let days = Period::Days(FLOOR_DAYS);
        prop_assert!(days.needed_from(last) <= Period::Months(FLOOR_MONTHS).needed_from(last));
        prop_assert!(days.free_from(last) >= Period::Months(FLOOR_MONTHS).free_from(last));
    }
}

#[test]
fn a_part_stays_until_its_last_day_is_not_needed() {
    let given = Given::default();
    let part = part("2026-01-15T00:00:00", "2026-01-15T23:59:59");
    let fate = |now: &str| given.rules(at(now)).fate(&part);
    assert_eq!(fate("2026-07-15T23:59:59"), stays("2026-07-16", Reason::Floor));
    assert_eq!(fate("2026-07-16T00:00:00"), Fate::MayGo);
    // In UTC it is still the day before.
    let elsewhere = Given { zone: TimeZone::UTC, ..Given::default() };
    assert_ne!(elsewhere.rules(at("2026-07-16T00:00:00")).fate(&part), Fate::MayGo);
}

#[test]
fn what_was_brought_in_late_counts_from_then() {
    let given = Given::default();
    let old = part("2023-01-01T00:00:00", "2023-01-02T00:00:00");
    let now = at("2026-04-02T00:00:00");
    assert_eq!(given.rules(now).fate(&old), Fate::MayGo);
    let brought = Kept { accepted: at("2026-04-01T12:00:00"), ..old.clone() };
    assert_eq!(given.rules(now).fate(&brought), stays("2026-10-02", Reason::Floor));
    let without_times = Kept { span: None, ..brought };
    assert_eq!(given.rules(now).fate(&without_times), stays("2026-10-02", Reason::Floor));
    let ahead = part("2026-01-01T00:00:00", "2027-01-01T00:00:00");
    let ahead = Kept { accepted: at("2026-01-01T12:00:00"), ..ahead };
    assert_eq!(given.rules(now).fate(&ahead), stays("2027-07-02", Reason::Floor));
}

#[test]
fn a_policy_keeps_longer_and_less_only_with_a_waiver_in_force() {
    let part = part("2026-01-15T00:00:00", "2026-01-15T12:00:00");
    let fate = |policy: Policy, now: &str| {
        let given = Given { policies: vec![policy], ..Given::default() };
        given.rules(at(now)).fate(&part)
    };
    let year = policy(Period::Months(12), None);
    assert_eq!(fate(year, "2026-12-01T00:00:00"), stays("2027-01-16", Reason::Policy));
    let month = policy(Period::Days(30), None);
    assert_eq!(month.check(), Err(Unfounded::NoWaiver));
    assert_eq!(fate(month, "2026-03-01T00:00:00"), stays("2026-07-16", Reason::Floor));
    let waived = policy(Period::Days(30), Some(waiver("2026-03-31")));
    assert_eq!(waived.check(), Ok(()));
    assert_eq!(fate(waived.clone(), "2026-02-14T00:00:00"), stays("2026-02-15", Reason::Policy));
    assert_eq!(fate(waived.clone(), "2026-02-15T00:00:00"), Fate::MayGo);
    assert_eq!(fate(waived, "2026-04-01T00:00:00"), stays("2026-07-16", Reason::Floor));
    let days_183 = policy(Period::Days(183), None);
    assert_eq!(days_183.check(), Err(Unfounded::NoWaiver));
    assert_eq!(policy(Period::Days(184), None).check(), Ok(()));
}

#[test]
fn a_waiver_has_a_name_a_reason_and_days() {
    let check = |waiver| policy(Period::Months(3), Some(waiver)).check();
    let good = waiver("2026-12-31");
    assert_eq!(
        check(Waiver { granted_by: " ".into(), ..good.clone() }),
        Err(Unfounded::NobodyNamed)
    );
    assert_eq!(check(Waiver { reason: String::new(), ..good.clone() }), Err(Unfounded::NoReason));
    let until = day("2025-12-31");
    let backwards = Waiver { until, ..good };
    assert_eq!(check(backwards.clone()), Err(Unfounded::EndsBeforeItBegins(until)));
    let unfounded = policy(Period::Months(3), Some(backwards));
    assert_eq!(unfounded.period_on(day("2026-01-01")), Period::Months(6));
}

#[test]
fn a_kind_of_record_is_kept_longer() {
    let rule = |kind: &str, months| KindRule {
        kind: kind.into(),
        period: Period::Months(months),
        basis: "a rule".into(),
    };
    let kinds = vec![rule("incident", 12), rule("trade", 36), rule("short", 1)];
    let given = Given { kinds, ..Given::default() };
    let now = at("2026-02-01T00:00:00");
    let fate = |kinds: &[&str]| {
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let part = Kept { kinds, ..part("2026-01-15T00:00:00", "2026-01-15T12:00:00") };
        given.rules(now).fate(&part)
    };
    assert_eq!(fate(&["incident"]), stays("2027-01-16", Reason::Kind("incident".into())));
    assert_eq!(fate(&["incident", "trade"]), stays("2029-01-16", Reason::Kind("trade".into())));
    assert_eq!(fate(&["short"]), stays("2026-07-16", Reason::Floor), "a kind never shortens");
    assert_eq!(fate(&["another"]), stays("2026-07-16", Reason::Floor));
}

#[test]
fn a_hold_keeps_what_it_touches_while_it_lasts() {
    let old = part("2025-01-01T08:00:00", "2025-01-01T20:00:00");
    let now = "2026-05-02T00:00:00";
    let fate = |hold: Hold, now: &str| {
        let given = Given { holds: vec![hold], ..Given::default() };
        given.rules(at(now)).fate(&old)
    };
    let held = Fate::Stays { until: None, because: Reason::Hold("case 7".into()) };
    assert_eq!(fate(hold(), now), held);
    assert_eq!(fate(hold(), "2026-04-30T00:00:00"), Fate::MayGo, "not placed yet");
    let lifted = Hold { lifted_on: Some(day("2026-06-01")), ..hold() };
    assert_eq!(fate(lifted.clone(), "2026-05-31T23:00:00"), held);
    assert_eq!(fate(lifted, "2026-06-01T00:00:00"), Fate::MayGo);
    assert_eq!(fate(Hold { sources: vec!["db01".into()], ..hold() }, now), Fate::MayGo);
    assert_eq!(fate(Hold { sources: vec!["web01".into()], ..hold() }, now), held);
    let of = |first: &str, last: &str| Hold { span: Some(interval(first, last)), ..hold() };
    assert_eq!(fate(of("2025-01-01T20:00:00", "2025-01-02T00:00:00"), now), held);
    assert_eq!(fate(of("2025-01-01T20:00:01", "2025-01-02T00:00:00"), now), Fate::MayGo);
    let timeless = Kept { span: None, ..old.clone() };
    let given =
        Given { holds: vec![of("2020-01-01T00:00:00", "2020-01-02T00:00:00")], ..Given::default() };
    assert_eq!(given.rules(at(now)).fate(&timeless), held);
}

#[test]
fn gaps_are_found_between_spans_in_any_order() {
    let spans = [
        interval("2026-01-03T00:00:00", "2026-01-03T12:00:00"),
        interval("2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        interval("2026-01-01T06:00:00", "2026-01-01T07:00:00"),
        interval("2026-01-05T00:00:00", "2026-01-06T00:00:00"),
    ];
    let found = gaps(spans, 30 * EventTime::HOUR);
    let gap = Gap { after: at("2026-01-03T12:00:00"), before: at("2026-01-05T00:00:00") };
    assert_eq!(found, [gap]);
    assert_eq!(gap.nanos(), 36 * EventTime::HOUR);
    assert_eq!(gaps(spans, 36 * EventTime::HOUR), []);
    assert_eq!(gaps(spans, 0).len(), 2, "a span within another hides no gap");
    assert_eq!(gaps([], 0), []);
}

/// Ten days with records every so many minutes from eight to twenty o'clock.
fn office(minutes: i64) -> Vec<Interval> {
    let start = at("2026-01-05T08:00:00");
    let times = (0..10).flat_map(|day| (0..12 * 60 / minutes).map(move |slot| (day, slot)));
    times
        .map(|(day, slot)| start.plus(day * EventTime::DAY + slot * minutes * EventTime::MINUTE))
        .map(|at| Interval { first: at, last: at })
        .collect()
}

#[test]
fn a_source_is_silent_when_it_is_quiet_for_longer_than_ever() {
    let spans = office(10);
    let last = spans.last().unwrap().last;
    let rhythm = Rhythm::learned(&spans);
    // From 19:50 to 8:00 are twelve hours and ten minutes.
    let quiet = 2 * (12 * EventTime::HOUR + 10 * EventTime::MINUTE);
    assert_eq!(rhythm, Rhythm::Learned { quiet });
    assert_eq!(rhythm.silence(last, last.plus(quiet)), None);
    let silence = rhythm.silence(last, last.plus(quiet + 1)).unwrap();
    assert_eq!((silence.since, silence.lasts, silence.expected), (last, quiet + 1, rhythm));
    assert_eq!(rhythm.silence(last, last.plus(-EventTime::HOUR)), None, "a clock went back");
}

#[test]
fn what_is_not_known_yet_gets_three_days_and_what_is_set_is_taken() {
    let week = &office(10)[..72 * 5];
    assert_eq!(Rhythm::learned(week), Rhythm::Unknown);
    assert_eq!(Rhythm::learned(&[]), Rhythm::Unknown);
    assert_eq!(Rhythm::Unknown.quiet(), 3 * EventTime::DAY);
    let steady = [interval("2026-01-01T00:00:00", "2026-02-01T00:00:00")];
    assert_eq!(Rhythm::learned(&steady), Rhythm::Learned { quiet: 15 * EventTime::MINUTE });
    let with_outage = [steady[0], interval("2026-02-20T00:00:00", "2026-02-21T00:00:00")];
    assert_eq!(Rhythm::learned(&with_outage), Rhythm::Learned { quiet: 3 * EventTime::DAY });
    let now = at("2026-01-01T01:00:00");
    assert!(
        Rhythm::Set { quiet: EventTime::MINUTE }.silence(at("2026-01-01T00:58:59"), now).is_some()
    );
}

fn proof(spans: &[Interval], given: &Given, now: &str) -> RetentionProof {
    let (source, root) = ("web01".to_owned(), "ab".to_owned());
    let holdings = Holdings { source, lines: 7, root, ..Holdings::default() };
    RetentionProof::new(holdings, spans, 3 * EventTime::DAY, &given.rules(at(now)))
}

#[test]
fn a_proof_says_what_reaches_back_and_what_is_missing() {
    let given = Given::default();
    let now = "2026-08-31T12:00:00";
    let verdict = |spans: &[Interval]| proof(spans, &given, now).verdict;
    let whole = interval("2026-02-28T23:00:00", "2026-08-31T11:00:00");
    let met = proof(&[whole], &given, now);
    assert_eq!((met.verdict, met.needed_from), (Verdict::Met, day("2026-02-28")));
    assert_eq!((met.span, met.holdings.lines, met.holdings.root.as_str()), (Some(whole), 7, "ab"));
    assert_eq!(
        verdict(&[interval("2026-03-01T00:00:00", "2026-08-31T11:00:00")]),
        Verdict::BeginsLater
    );
    assert_eq!(
        verdict(&[interval("2026-01-01T00:00:00", "2026-08-28T11:00:00")]),
        Verdict::EndsEarly
    );
    assert_eq!(verdict(&[]), Verdict::NoRecords);

    let early = interval("2026-01-01T00:00:00", "2026-01-02T00:00:00");
    assert_eq!(proof(&[early, whole], &given, now).gaps, [], "none of it lies in the six months");
    let later = interval("2026-03-01T00:00:00", "2026-08-31T11:00:00");
    assert_eq!(verdict(&[early, later]), Verdict::HasGaps, "a day of it does");
    let first = interval("2026-02-01T00:00:00", "2026-04-01T00:00:00");
    let second = interval("2026-04-05T00:00:00", "2026-08-31T00:00:00");
    let with_gap = proof(&[first, second], &given, now);
    assert_eq!(with_gap.verdict, Verdict::HasGaps);
    assert_eq!(with_gap.gaps, [Gap { after: first.last, before: second.first }]);
}

#[test]
fn a_waiver_is_a_duty_not_met() {
    let policies = vec![policy(Period::Days(30), Some(waiver("2026-12-31")))];
    let given = Given { policies, ..Given::default() };
    let whole = [interval("2026-01-01T00:00:00", "2026-08-31T11:00:00")];
    let waived = proof(&whole, &given, "2026-08-31T12:00:00");
    assert_eq!((waived.verdict, waived.period), (Verdict::Waived, Period::Days(30)));
    let after = proof(&whole, &given, "2027-01-01T12:00:00");
    assert_eq!(after.period, Period::Months(6));
}

/// They stand in the log and are read for ever.
#[test]
fn policies_and_holds_are_written_as_ever() {
    let policy = policy(Period::Days(30), Some(waiver("2026-12-31")));
    let text = r#"{"source":"web01","keep":{"days":30},"waiver":{"granted_by":"王某，信息中心主任","reason":"试运行","granted_on":"2026-01-01","until":"2026-12-31"}}"#;
    assert_eq!(serde_json::to_string(&policy).unwrap(), text);
    assert_eq!(serde_json::from_str::<Policy>(text).unwrap(), policy);
    let span = Some(interval("2025-01-01T08:00:00", "2025-01-02T08:00:00"));
    let hold = Hold { sources: vec!["web01".into()], span, ..hold() };
    let text = r#"{"name":"case 7","reason":"court","placed_by":"李某","placed_on":"2026-05-01","sources":["web01"],"span":{"first":"2025-01-01T00:00:00Z","last":"2025-01-02T00:00:00Z"}}"#;
    assert_eq!(serde_json::to_string(&hold).unwrap(), text);
    assert_eq!(serde_json::from_str::<Hold>(text).unwrap(), hold);
    let given = Given::default();
    let proof = proof(&[], &given, "2026-08-31T12:00:00");
    let text = serde_json::to_string(&proof).unwrap();
    assert_eq!(serde_json::from_str::<RetentionProof>(&text).unwrap(), proof);
}

fn days(count: i32, stored_bytes: u64) -> Vec<DayOfData> {
    let start = day("2026-01-01");
    (0..count)
        .map(|number| DayOfData { day: start.checked_add(number.days()).unwrap(), stored_bytes })
        .collect()
}

#[test]
fn a_disk_that_is_too_small_is_full_on_a_day_that_is_told() {
    let six = Period::Months(6);
    // From the first to the tenth of January ten bytes each; there is room for 25 more days.
    let told = forecast(&days(10, 10), 250, six, day("2026-01-11"));
    assert_eq!(told.bytes_per_day, 10);
    assert_eq!(told.full_on, Some(day("2026-02-05")));
    // From the eleventh of July to the eleventh of January.
    assert_eq!(told.bytes_for_period, 10 * 185);
    assert_eq!(forecast(&days(10, 10), 0, six, day("2026-01-11")).full_on, Some(day("2026-01-11")));
}

#[test]
fn what_goes_after_six_months_makes_room() {
    let six = Period::Months(6);
    // At most 185 days are there at once, as on the 31st of August; ten of them are there already.
    assert_eq!(forecast(&days(10, 10), 10 * 175, six, day("2026-01-11")).full_on, None);
    assert!(forecast(&days(10, 10), 10 * 170, six, day("2026-01-11")).full_on.is_some());
    assert_eq!(forecast(&days(10, 10), 10 * 21, Period::Days(30), day("2026-01-11")).full_on, None);
}

#[test]
fn one_flood_does_not_decide_and_an_empty_lake_says_nothing() {
    let mut flooded = days(40, 10);
    flooded[35].stored_bytes = 1_000_000;
    let told = forecast(&flooded, 10_000, Period::Months(6), day("2026-02-10"));
    assert_eq!(told.bytes_per_day, 10);
    let nothing = forecast(&[], 0, Period::Months(6), day("2026-02-10"));
    assert_eq!((nothing.bytes_per_day, nothing.full_on), (0, None));
    let today = forecast(&days(1, 10), 100, Period::Months(6), day("2026-01-01"));
    assert_eq!(today.bytes_per_day, 0, "a day that is not over tells nothing");
}

#[test]
fn a_lake_sheds_then_stops() {
    let stances = [0, 99, 100, 199, 200, u64::MAX].map(|free| Stance::at(free, 100));
    use Stance::{Accept, Shed, Stop};
    assert_eq!(stances, [Stop, Stop, Shed, Shed, Accept, Accept]);
}
