mod space;

use std::collections::BTreeMap;

use proptest::prelude::*;
use sancha_seal::{Entry, Kind};

use super::*;
use crate::query::Glob;

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

fn named(source: &str, keep: Option<Period>) -> Policy {
    let source = Glob::new(source).unwrap();
    Policy { source, keep, quiet: None, label: "retention.toml:3".into(), line: 3 }
}

fn policy(keep: Period) -> Policies {
    Policies { sources: vec![named("web*", Some(keep))], ..Policies::default() }
}

/// An entry of the log, made in Shanghai's morning of the first of January.
fn entry(kind: Kind) -> Entry {
    Entry::new("2026-01-01T02:00:00Z", kind)
}

fn waiver(days: u32, until: &str) -> Entry {
    entry(Kind::Waiver {
        source: "web01".into(),
        days,
        named_by: "王某，信息中心主任".into(),
        reason: "试运行".into(),
        until: until.into(),
    })
}

fn hold(source: Option<&str>, from: Option<&str>, to: Option<&str>) -> Entry {
    entry(Kind::Hold {
        name: "case 7".into(),
        source: source.map(str::to_owned),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        named_by: "李某".into(),
        reason: "court".into(),
    })
}

struct Given {
    policies: Policies,
    standing: Standing,
    zone: TimeZone,
}

impl Default for Given {
    fn default() -> Self {
        Self { policies: Policies::default(), standing: Standing::default(), zone: zone() }
    }
}

impl Given {
    fn log(entries: &[Entry]) -> Self {
        Self { standing: Standing::of(entries), ..Self::default() }
    }

    fn rules(&self, now: EventTime) -> Rules<'_> {
        let Self { policies, standing, zone } = self;
        Rules { policies, standing, zone, now }
    }
}

/// Whether it may go; the term is another test's.
fn may_go(fate: &Fate) -> bool {
    matches!(fate, Fate::MayGo { .. })
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
    let term = Term { period: Period::FLOOR, because: Reason::Floor };
    assert_eq!(fate("2026-07-16T00:00:00"), Fate::MayGo { since: day("2026-07-16"), term });
    // In UTC it is still the day before.
    let elsewhere = Given { zone: TimeZone::UTC, ..Given::default() };
    assert!(!may_go(&elsewhere.rules(at("2026-07-16T00:00:00")).fate(&part)));
}

#[test]
fn what_was_brought_in_late_counts_from_then() {
    let given = Given::default();
    let old = part("2023-01-01T00:00:00", "2023-01-02T00:00:00");
    let now = at("2026-04-02T00:00:00");
    assert!(may_go(&given.rules(now).fate(&old)));
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
    let fate = |policies: Policies, log: &[Entry], now: &str| {
        let given = Given { policies, ..Given::log(log) };
        given.rules(at(now)).fate(&part)
    };
    let year = policy(Period::Months(12));
    let by_policy = Reason::Policy("retention.toml:3".into());
    let kept = stays("2027-01-16", by_policy);
    assert_eq!(fate(year.clone(), &[], "2026-12-01T00:00:00"), kept);
    assert_eq!(fate(year, &[waiver(30, "2026-03-31")], "2026-02-20T00:00:00"), kept);
    let month = policy(Period::Days(30));
    assert_eq!(fate(month.clone(), &[], "2026-03-01T00:00:00"), stays("2026-07-16", Reason::Floor));
    let waived = [waiver(30, "2026-03-31")];
    let by_waiver = Reason::Waiver {
        granted_by: "王某，信息中心主任".into(),
        until: day("2026-03-31"),
    };
    for policies in [month.clone(), Policies::default()] {
        let fate = |now: &str| fate(policies.clone(), &waived, now);
        assert_eq!(fate("2026-02-14T00:00:00"), stays("2026-02-15", by_waiver.clone()));
        assert!(may_go(&fate("2026-02-15T00:00:00")));
        assert_eq!(fate("2026-04-01T00:00:00"), stays("2026-07-16", Reason::Floor), "it is over");
    }
    let further = policy(Period::Days(20));
    let floor = stays("2026-07-16", Reason::Floor);
    assert_eq!(fate(further, &waived, "2026-03-01T00:00:00"), floor, "shorter than waived");
    let replaced = [waiver(30, "2026-12-31"), waiver(30, "2026-02-20")];
    assert_eq!(fate(month, &replaced, "2026-03-01T00:00:00"), floor, "the last one counts");
}

#[test]
fn a_short_policy_has_to_be_answered_for() {
    let today = day("2026-02-01");
    let unfounded = |policies: &Policies, sources: &[&str], log: &[Entry]| {
        policies.unfounded(sources, &Standing::of(log), today)
    };
    let month = policy(Period::Months(1));
    let source = "web01".to_owned();
    let nobody = Unfounded::NoWaiver { source: source.clone(), days: 28 };
    assert_eq!(unfounded(&month, &["db", "web01"], &[]), [(3, nobody)]);
    let shorter = Unfounded::Shorter { source, days: 28, waived: 30 };
    assert_eq!(unfounded(&month, &["web01"], &[waiver(30, "2026-12-31")]), [(3, shorter)]);
    assert_eq!(unfounded(&month, &["web01"], &[waiver(28, "2026-12-31")]), []);
    assert_eq!(unfounded(&month, &["web01"], &[waiver(28, "2026-01-31")]).len(), 1, "it is over");
    assert_eq!(unfounded(&month, &["db"], &[]), [(3, Unfounded::NoSource)]);
    assert_eq!(unfounded(&policy(Period::Days(183)), &["web01"], &[]).len(), 1);
    assert_eq!(unfounded(&policy(Period::Days(184)), &["web01"], &[]), []);
    let default = Some(named("*", Some(Period::Days(100))));
    let default = Policies { default, ..Policies::default() };
    assert_eq!(
        unfounded(&default, &["web01"], &[waiver(9, "2026-12-31")]),
        [(3, Unfounded::Default)]
    );
    // A policy before it takes the source.
    let mut first = policy(Period::Months(1));
    first.sources.insert(0, named("web01", Some(Period::Months(7))));
    assert_eq!(unfounded(&first, &["web01"], &[]), [(3, Unfounded::NoSource)]);
}

#[test]
fn a_kind_of_record_is_kept_longer() {
    let rule = |kind: &str, months| KindRule {
        kind: Glob::new(kind).unwrap(),
        period: Period::Months(months),
        basis: kind.into(),
    };
    let kinds = vec![rule("web/*", 12), rule("db/trade", 36), rule("short", 1)];
    let given = Given { policies: Policies { kinds, ..Policies::default() }, ..Given::default() };
    let now = at("2026-02-01T00:00:00");
    let fate = |kinds: &[&str]| {
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let part = Kept { kinds, ..part("2026-01-15T00:00:00", "2026-01-15T12:00:00") };
        given.rules(now).fate(&part)
    };
    let year = stays("2027-01-16", Reason::Kind("web/*".into()));
    assert_eq!(fate(&["web/combined"]), year);
    let three = stays("2029-01-16", Reason::Kind("db/trade".into()));
    assert_eq!(fate(&["web/combined", "db/trade"]), three);
    assert_eq!(fate(&["short"]), stays("2026-07-16", Reason::Floor), "a kind never shortens");
    assert_eq!(fate(&["another"]), stays("2026-07-16", Reason::Floor));
}

#[test]
fn a_hold_keeps_what_it_touches_until_it_is_released() {
    let old = part("2025-01-01T08:00:00", "2025-01-01T20:00:00");
    let fate_of = |part: &Kept, log: &[Entry], now: &str| Given::log(log).rules(at(now)).fate(part);
    let fate = |log: &[Entry]| fate_of(&old, log, "2026-05-02T00:00:00");
    let held = Fate::Stays { until: None, because: Reason::Hold("case 7".into()) };
    let all = hold(None, None, None);
    assert_eq!(fate(std::slice::from_ref(&all)), held);
    let early = fate_of(&old, std::slice::from_ref(&all), "2025-12-01T00:00:00");
    assert_eq!(early, held, "whatever the clock says");
    let release =
        Kind::Released { name: "case 7".into(), named_by: "a; b".into(), reason: "over".into() };
    assert!(may_go(&fate(&[all.clone(), entry(release)])));
    let other =
        Kind::Released { name: "case 8".into(), named_by: "a; b".into(), reason: "over".into() };
    assert_eq!(fate(&[all, entry(other)]), held);
    assert!(may_go(&fate(&[hold(Some("db01"), None, None)])));
    assert_eq!(fate(&[hold(Some("web01"), None, None)]), held);
    let of = |from: Option<&str>, to: Option<&str>| fate(&[hold(None, from, to)]);
    assert_eq!(of(Some("2025-01-01"), Some("2025-01-01")), held);
    assert_eq!(of(None, Some("2025-01-01")), held);
    assert!(may_go(&of(Some("2025-01-02"), None)));
    assert!(may_go(&of(None, Some("2024-12-31"))));
    let timeless = Kept { span: None, ..old.clone() };
    let long_ago = [hold(None, Some("2020-01-01"), Some("2020-01-02"))];
    assert_eq!(fate_of(&timeless, &long_ago, "2026-05-02T00:00:00"), held);
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
    RetentionProof::new(holdings, spans, &given.rules(at(now)))
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
    let old_gap = proof(&[early, whole], &given, now);
    assert_eq!(
        (old_gap.gaps.len(), old_gap.verdict),
        (1, Verdict::Met),
        "it is before the six months"
    );
    let later = interval("2026-03-01T00:00:00", "2026-08-31T11:00:00");
    assert_eq!(verdict(&[early, later]), Verdict::HasGaps, "a day of it does");
    let first = interval("2026-02-01T00:00:00", "2026-04-01T00:00:00");
    let second = interval("2026-04-05T00:00:00", "2026-08-31T00:00:00");
    let with_gap = proof(&[first, second], &given, now);
    assert_eq!(with_gap.verdict, Verdict::HasGaps);
    assert_eq!(with_gap.gaps, [Gap { after: first.last, before: second.first }]);

    // A source that has stopped is told, whatever the verdict is about.
    assert_eq!(met.ended_since(), None);
    let stopped = proof(&[interval("2026-05-01T00:00:00", "2026-08-01T00:00:00")], &given, now);
    assert_eq!(stopped.verdict, Verdict::BeginsLater);
    assert!(stopped.ended_since().is_some_and(|since| since > 29 * EventTime::DAY));
}

#[test]
fn a_waiver_is_a_duty_not_met_when_nothing_is_left_either() {
    let now = "2026-08-31T12:00:00";
    let mut given = Given::default();
    assert_eq!(proof(&[], &given, now).verdict, Verdict::NoRecords);
    given.standing.waivers.push(Waiver {
        source: "web01".to_owned(),
        days: 3,
        granted_by: "王某".to_owned(),
        reason: "trial".to_owned(),
        granted_at: "2026-08-01T00:00:00Z".to_owned(),
        until: day("2026-12-31"),
    });
    assert_eq!(proof(&[], &given, now).verdict, Verdict::Waived);
    assert_eq!(proof(&[], &given, "2027-01-01T12:00:00").verdict, Verdict::NoRecords);
}

#[test]
fn a_record_of_the_future_shows_nothing_and_makes_no_gap() {
    let given = Given::default();
    let now = "2026-08-31T12:00:00";
    let whole = interval("2026-01-01T00:00:00", "2026-08-31T11:00:00");
    let future = interval("2031-01-01T00:00:00", "2031-01-01T00:00:00");
    let proved = proof(&[whole, future], &given, now);
    assert_eq!((proved.verdict, proved.gaps.len()), (Verdict::Met, 0));
    assert_eq!(proved.span, Some(whole));
    let stopped = interval("2026-01-01T00:00:00", "2026-08-01T00:00:00");
    assert_eq!(proof(&[stopped, future], &given, now).verdict, Verdict::EndsEarly);
    assert_eq!(proof(&[future], &given, now).verdict, Verdict::NoRecords);
    // One that reaches into it counts up to now.
    let reaching = interval("2026-01-01T00:00:00", "2026-08-31T12:00:05");
    assert_eq!(proof(&[reaching], &given, now).span.unwrap().last, at(now));
}

#[test]
fn a_waiver_is_a_duty_not_met() {
    let given = Given::log(&[waiver(30, "2026-12-31"), hold(Some("web01"), None, None)]);
    let whole = [interval("2026-01-01T00:00:00", "2026-08-31T11:00:00")];
    let waived = proof(&whole, &given, "2026-08-31T12:00:00");
    assert_eq!((waived.verdict, waived.period), (Verdict::Waived, Period::Days(30)));
    assert_eq!(waived.waiver.as_ref().unwrap().granted_by, "王某，信息中心主任");
    assert_eq!(waived.holds, ["case 7"]);
    let after = proof(&whole, &given, "2027-01-01T12:00:00");
    assert_eq!((after.period, after.waiver), (Period::Months(6), None));
    let text = serde_json::to_string(&waived).unwrap();
    assert_eq!(serde_json::from_str::<RetentionProof>(&text).unwrap(), waived);
}

/// The files of proofs that were handed over are read for ever.
#[test]
fn a_proof_is_written_as_ever() {
    let text = include_str!("samples/proof-v1.json").trim_end();
    let proof: RetentionProof = serde_json::from_str(text).unwrap();
    assert_eq!(proof.verdict, Verdict::HasGaps);
    assert_eq!(serde_json::to_string(&proof).unwrap(), text);
}

#[test]
fn silence_is_told_from_arrivals() {
    let settled = |at: EventTime| {
        let part = job::tests::bare_part("web01", "data/x");
        Entry::new(at.to_string(), Kind::Settled { wal: "1".into(), parts: vec![part] })
    };
    let start = at("2026-01-01T00:00:00");
    let hourly: Vec<Entry> =
        (0..24 * 10).map(|hour| settled(start.plus(hour * EventTime::HOUR))).collect();
    let last = start.plus((24 * 10 - 1) * EventTime::HOUR);
    let mut given = Given::log(&hourly);
    let silence = |given: &Given, now| given.rules(now).silence("web01");
    assert_eq!(silence(&given, last.plus(2 * EventTime::HOUR)), None);
    let told = silence(&given, last.plus(2 * EventTime::HOUR + 1)).unwrap();
    assert_eq!(told.expected, Rhythm::Learned { quiet: 2 * EventTime::HOUR });
    assert_eq!(given.rules(last).silence("db"), None, "nothing ever came");
    let quiet = 5 * EventTime::HOUR;
    given.policies.sources = vec![Policy { quiet: Some(quiet), ..named("web*", None) }];
    assert_eq!(silence(&given, last.plus(quiet)), None);
    let told = silence(&given, last.plus(quiet + 1)).unwrap();
    assert_eq!(told.expected, Rhythm::Set { quiet });
    assert_eq!(given.rules(last).term("web01").because, Reason::Floor);
}
