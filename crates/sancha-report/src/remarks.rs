use std::collections::BTreeMap;

use sancha_model::{ClockRemark, Coverage, EventTime, FileCoverage, LocalText, SingleClient};

use crate::texts;

/// Sentences shown; `coverage.json` has all.
const MOST: usize = 12;

/// Half an hour: what differs by whole ones is more likely a zone than a clock.
const ZONE_STEP: i64 = 1_800;

/// The period that was looked at where not all was, and what is odd about the logs as a whole: files given twice,
/// clocks that disagree, one private address behind most requests. Each sentence says how to go on.
pub fn remarks(coverage: &Coverage, when: impl Fn(EventTime) -> String) -> Vec<LocalText> {
    let clocks = coverage.clocks.iter().map(|remark| clock(remark, &when));
    let clients = coverage.single_clients.iter().map(client);
    // Of a lake, only the period's own parts are read: `lake_read` says so.
    let asked = coverage.asked.iter().filter(|_| coverage.lake.is_none());
    let asked = asked
        .map(|asked| texts::ASKED.fill(&[("period", period((asked.from, asked.until), &when))]));
    let asked = asked.chain(unknown_shape(&coverage.files)).chain(same_contents(&coverage.files));
    let mut all: Vec<LocalText> = asked.chain(clients).chain(clocks).collect();
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        all.truncate(MOST);
        all.push(texts::MORE_REMARKS.fill(&[("count", LocalText::same(more.to_string()))]));
    }
    all
}

/// Logs of a shape that nothing here knows: their lines are kept and searched, and count as parsed, but nothing that
/// asks for a time, an address or an account sees them.
fn unknown_shape(files: &[FileCoverage]) -> Option<LocalText> {
    let is_unknown = |file: &&FileCoverage| {
        file.format == "text/plain" && file.records > 0 && file.without_time == file.records
    };
    let paths: Vec<&str> = files.iter().filter(is_unknown).map(|file| file.path.as_str()).collect();
    let named: Vec<LocalText> = paths.iter().take(3).map(|path| LocalText::same(*path)).collect();
    let named = [
        ("count", LocalText::same(paths.len().to_string())),
        ("paths", LocalText::joined(&named, ("、", ", "))),
    ];
    (!paths.is_empty()).then(|| texts::UNKNOWN_SHAPE.fill(&named))
}

/// Files that are the same to the byte: what they record counts as often as it was given.
fn same_contents(files: &[FileCoverage]) -> impl Iterator<Item = LocalText> {
    let mut first = BTreeMap::new();
    files.iter().filter(|file| file.records > 0 && !file.sha256.is_empty()).filter_map(
        move |file| {
            let known = first.insert(file.sha256.as_str(), file.path.as_str())?;
            let path = |path: &str| LocalText::same(path.to_owned());
            Some(texts::SAME_CONTENT.fill(&[("path", path(&file.path)), ("other", path(known))]))
        },
    )
}

/// What of a lake was read, where it was one; `when` writes a time for people.
pub fn lake_read(coverage: &Coverage, when: impl Fn(EventTime) -> String) -> Vec<LocalText> {
    let Some(lake) = &coverage.lake else { return Vec::new() };
    let same = |text: String| LocalText::same(text);
    let always = || texts::FROM_LAKE_ALWAYS.local();
    let mut told = vec![texts::FROM_LAKE.fill(&[
        ("parts", same(lake.parts.to_string())),
        ("read", same(lake.parts_read.to_string())),
        ("period", period((lake.from, lake.until), when)),
        ("source", lake.source.clone().map_or_else(always, LocalText::same)),
        ("entries", same(lake.log_entries.to_string())),
        ("root", same(lake.log_root.clone())),
    ])];
    if lake.unsealed_bytes > 0 {
        let bytes = same(lake.unsealed_bytes.to_string());
        told.push(texts::FROM_LAKE_UNSEALED.fill(&[("bytes", bytes)]));
    }
    told
}

fn period(
    between: (Option<EventTime>, Option<EventTime>),
    when: impl Fn(EventTime) -> String,
) -> LocalText {
    let when = |time| LocalText::same(when(time));
    match between {
        (None, None) => texts::FROM_LAKE_ALWAYS.local(),
        (Some(from), None) => texts::FROM_LAKE_FROM.fill(&[("from", when(from))]),
        (None, Some(until)) => texts::FROM_LAKE_UNTIL.fill(&[("until", when(until))]),
        (Some(from), Some(until)) => {
            texts::FROM_LAKE_BETWEEN.fill(&[("from", when(from)), ("until", when(until))])
        }
    }
}

fn clock(remark: &ClockRemark, when: &impl Fn(EventTime) -> String) -> LocalText {
    match remark {
        ClockRemark::Differs { path, than, seconds, pairs, of } => {
            let likely_zone = seconds.abs() >= ZONE_STEP && near_step(*seconds);
            let text = if likely_zone { &texts::CLOCK_DIFFERS_ZONE } else { &texts::CLOCK_DIFFERS };
            text.fill(&[
                ("path", LocalText::same(path.clone())),
                ("than", LocalText::same(than.clone())),
                ("direction", direction(*seconds).local()),
                ("span", span(seconds.abs())),
                ("seconds", LocalText::same(seconds.to_string())),
                ("pairs", LocalText::same(pairs.to_string())),
                ("of", LocalText::same(of.to_string())),
            ])
        }
        ClockRemark::AfterNow { path, last, seconds } => texts::CLOCK_AFTER_NOW.fill(&[
            ("path", LocalText::same(path.clone())),
            ("last", LocalText::same(when(*last))),
            ("span", span(*seconds)),
        ]),
    }
}

/// Within a few seconds of a whole number of half hours.
fn near_step(seconds: i64) -> bool {
    let rest = seconds.rem_euclid(ZONE_STEP);
    rest.min(ZONE_STEP - rest) <= 3
}

const fn direction(seconds: i64) -> sancha_model::Text {
    if seconds > 0 { texts::CLOCK_LATER } else { texts::CLOCK_EARLIER }
}

/// `2小时17秒`, `2 h 17 s`.
fn span(seconds: i64) -> LocalText {
    let units = [
        (seconds / 86_400, "天", "d"),
        (seconds / 3_600 % 24, "小时", "h"),
        (seconds / 60 % 60, "分", "min"),
        (seconds % 60, "秒", "s"),
    ];
    let told: Vec<_> = units.into_iter().filter(|(count, ..)| *count > 0).collect();
    if told.is_empty() {
        return LocalText::new("不到1秒", "less than 1 s");
    }
    let zh: String = told.iter().map(|(count, zh, _)| format!("{count}{zh}")).collect();
    let en: Vec<String> = told.iter().map(|(count, _, en)| format!("{count} {en}")).collect();
    LocalText::new(zh, en.join(" "))
}

fn client(single: &SingleClient) -> LocalText {
    let text = if single.trusted { &texts::SINGLE_CLIENT_TRUSTED } else { &texts::SINGLE_CLIENT };
    text.fill(&[
        ("path", LocalText::same(single.path.clone())),
        ("address", LocalText::same(single.address.to_string())),
        ("requests", LocalText::same(single.requests.to_string())),
        ("of", LocalText::same(single.of.to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_whole_units() {
        for (seconds, zh, en) in [
            (0, "不到1秒", "less than 1 s"),
            (17, "17秒", "17 s"),
            (7_217, "2小时17秒", "2 h 17 s"),
            (90_000, "1天1小时", "1 d 1 h"),
        ] {
            assert_eq!(span(seconds), LocalText::new(zh, en));
        }
    }

    #[test]
    fn a_log_of_no_known_shape_is_named() {
        let file = |path: &str, format: &str, without_time| FileCoverage {
            path: path.to_owned(),
            format: format.to_owned(),
            records: 9,
            without_time,
            ..FileCoverage::default()
        };
        let files =
            [file("app.txt", "text/plain", 9), file("b", "text/plain", 8), file("c", "x", 9)];
        assert!(unknown_shape(&files).unwrap().en.contains("no known shape: 1 (app.txt)"));
        assert_eq!(unknown_shape(&files[1..]), None);
    }

    #[test]
    fn whole_hours_are_called_a_zone() {
        let remark = |seconds| ClockRemark::Differs {
            path: "auth.log".to_owned(),
            than: "btmp".to_owned(),
            seconds,
            pairs: 40,
            of: 41,
        };
        let told = |seconds| clock(&remark(seconds), &|_| String::new()).en;
        assert!(told(28_800).contains("`zone`"), "{}", told(28_800));
        let minutes = told(-137);
        assert!(minutes.contains("clock_offset_seconds = -137"), "{minutes}");
        assert!(minutes.contains("earlier") && minutes.contains("40 of 41"), "{minutes}");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let late = |n: usize| ClockRemark::AfterNow {
            path: format!("{n}.log"),
            last: EventTime::from_seconds(0),
            seconds: 60,
        };
        let coverage = Coverage { clocks: (0..40).map(late).collect(), ..Coverage::default() };
        let told = remarks(&coverage, |_| String::new());
        assert_eq!(told.len(), MOST + 1);
        assert!(told.last().unwrap().en.contains("28"), "{told:?}");
    }
}
