use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{
    Assumed, Civil, DayCache, EventTime, FieldId, Fields, JSON_ESCAPED, JSON_VALUE,
};

use crate::{TrustedProxies, daemon::Peers, formats::access, json::Tape, names::Names};

/// What is known of a file besides its bytes.
#[derive(Clone, Debug)]
pub struct FileContext {
    /// Zone of times that do not state one.
    pub zone: TimeZone,
    /// `zone` was not configured for this source.
    pub zone_assumed: bool,
    /// No record is later than this, give or take a day: the file's own time stamp or `--at`.
    /// A date without a year gets the last year in which it is not later.
    pub reference: EventTime,
    /// Added to every time, in nanoseconds: the source's clock was off by this much.
    pub clock_offset: i64,
    /// Peers whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// Field names that rules of this run use beside the known ones.
    pub fields: Arc<Fields>,
}

impl FileContext {
    pub fn new(zone: TimeZone, reference: EventTime, fields: Arc<Fields>) -> Self {
        let trusted_proxies = TrustedProxies::default();
        Self { zone, zone_assumed: true, reference, clock_offset: 0, trusted_proxies, fields }
    }
}

/// What a worker keeps between the records of one batch. Between batches it never changes what a record
/// means: two workers reading parts of one file agree.
#[derive(Clone, Debug)]
pub struct Scratch {
    day: DayCache,
    reference_year: i16,
    /// Month, day and hour last asked for without a year, and the year they have; only where the whole
    /// hour has it.
    year_of: Option<(u8, u8, u8, i16)>,
    /// For text that must be put together before it is a cell.
    pub text: Vec<u8>,
    pub(crate) line: Vec<u8>,
    pub(crate) path: Vec<u8>,
    /// Cells that the record may still get, for formats whose records name their fields.
    pub(crate) budget: usize,
    pub(crate) tape: Tape,
    /// For a line that another carries: its text, and its values where it is JSON.
    pub(crate) carried: Vec<u8>,
    pub(crate) carried_tape: Tape,
    pub(crate) names: Names,
    pub(crate) peers: Peers,
    /// The time of an access log read last, and that of a syslog file: many lines have the same.
    pub(crate) stated_last: StatedLast,
    pub(crate) yearless_last: YearlessLast,
    /// Fields for values that no rule names, where the rules of the run look at all values.
    pub(crate) unnamed: Option<(FieldId, FieldId)>,
}

/// A time as it stood in the line, and what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatedLast(Option<([u8; 26], EventTime)>);

impl StatedLast {
    pub(crate) fn text(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |(text, _)| text)
    }
}

/// A time without a year as it stood at the beginning of a line, with the blank behind it, and what it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct YearlessLast(Option<([u8; 16], EventTime, Assumed)>);

impl YearlessLast {
    /// The time of a line that begins with the same bytes, and what follows them from the blank on.
    #[inline]
    pub(crate) fn of<'l>(&self, line: &'l [u8]) -> Option<(EventTime, Assumed, &'l [u8])> {
        let (text, time, assumed) = self.0.as_ref()?;
        let (head, _) = line.split_first_chunk::<16>()?;
        (head == text).then(|| (*time, *assumed, line.get(15..).unwrap_or(b"")))
    }

    /// Keeps the time of a line, of which `rest` follows the time.
    pub(crate) fn keep(&mut self, line: &[u8], rest: &[u8], time: EventTime, assumed: Assumed) {
        let head = line.first_chunk::<16>().filter(|head| head.ends_with(b" "));
        if let Some(head) = head.filter(|_| line.len() - rest.len() == 15) {
            self.0 = Some((*head, time, assumed));
        }
    }
}

impl Scratch {
    pub fn new(context: &FileContext) -> Self {
        Self {
            day: DayCache::new(context.zone.clone()),
            reference_year: context.reference.date_in(&context.zone).year(),
            year_of: None,
            text: Vec::new(),
            line: Vec::new(),
            path: Vec::new(),
            budget: 0,
            tape: Tape::default(),
            carried: Vec::new(),
            carried_tape: Tape::default(),
            names: Names::new(&context.fields),
            peers: Peers::default(),
            stated_last: StatedLast::default(),
            yearless_last: YearlessLast::default(),
            unnamed: context.fields.id(JSON_VALUE).zip(context.fields.id(JSON_ESCAPED)),
        }
    }

    /// A time with its offset from UTC in the line.
    pub fn stated(
        &self,
        context: &FileContext,
        civil: Civil,
        offset_seconds: i32,
    ) -> Option<(EventTime, Assumed)> {
        let time = civil.at_offset(offset_seconds)?;
        Some((time.plus(context.clock_offset), Assumed::default()))
    }

    /// A time as access logs write it, `17/May/2015:10:05:03 +0000`.
    pub(crate) fn clf_time(&mut self, context: &FileContext, text: &[u8]) -> Option<EventTime> {
        if let Some((known, time)) = &self.stated_last.0
            && known == text
        {
            return Some(*time);
        }
        let (civil, offset) = access::clf_time(text)?;
        let (time, _) = self.stated(context, civil, offset)?;
        self.stated_last.0 = text.try_into().ok().map(|text| (text, time));
        Some(time)
    }

    /// A time without a zone: the source's zone, marked when nobody configured it.
    pub fn local(&mut self, context: &FileContext, civil: Civil) -> Option<(EventTime, Assumed)> {
        let time = self.day.instant(civil)?;
        let assumed = Assumed { year: false, zone: context.zone_assumed };
        Some((time.plus(context.clock_offset), assumed))
    }

    /// A time without year and zone, as RFC 3164 writes it; `civil.year` is ignored.
    pub fn yearless(
        &mut self,
        context: &FileContext,
        civil: Civil,
    ) -> Option<(EventTime, Assumed)> {
        let hour = (civil.month, civil.day, civil.hour);
        let mut remembered = None;
        if let Some((month, day, hour_of_day, year)) = self.year_of {
            remembered = (hour == (month, day, hour_of_day)).then_some(year);
        }
        let year = match remembered {
            Some(year) => year,
            None => self.find_year(context, civil)?,
        };
        let (time, assumed) = self.local(context, Civil { year, ..civil })?;
        Some((time, Assumed { year: true, ..assumed }))
    }

    /// The last year in which `civil` is not more than a day after the reference. Five years from the next
    /// one reach the last 29 February.
    fn find_year(&mut self, context: &FileContext, civil: Civil) -> Option<i16> {
        let latest = context.reference.plus(EventTime::DAY);
        let mut near = false;
        for back in 0..=5 {
            let year = self.reference_year.saturating_sub(back).saturating_add(1);
            let Some((time, _)) = self.local(context, Civil { year, ..civil }) else { continue };
            near |= time.since(latest).abs() < EventTime::HOUR;
            if time <= latest {
                if !near {
                    self.year_of = Some((civil.month, civil.day, civil.hour, year));
                }
                return Some(year);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reference: &str, month: u8, day: u8, want: Option<&str>) {
        let reference = EventTime::from_timestamp(reference.parse().unwrap());
        let fields = Arc::new(Fields::new([]));
        let context = FileContext::new(TimeZone::UTC, reference, fields);
        let mut scratch = Scratch::new(&context);
        let civil = Civil { year: 0, month, day, hour: 12, minute: 0, second: 0, nanosecond: 0 };
        // Twice: the second answer comes from memory.
        for _ in 0..2 {
            let got = scratch.yearless(&context, civil);
            assert_eq!(got.map(|(time, _)| time.to_string()).as_deref(), want);
            assert!(got.is_none_or(|(_, assumed)| assumed.year && assumed.zone));
        }
    }

    #[test]
    fn a_date_without_year_gets_the_last_one_that_is_not_ahead() {
        check("2026-06-01T00:00:00Z", 5, 31, Some("2026-05-31T12:00:00Z"));
        check("2026-01-02T00:00:00Z", 12, 31, Some("2025-12-31T12:00:00Z"));
        // Written just before midnight, read at a reference of the old year.
        check("2025-12-31T23:00:00Z", 1, 1, Some("2026-01-01T12:00:00Z"));
        check("2025-12-31T11:00:00Z", 1, 1, Some("2025-01-01T12:00:00Z"));
        check("2026-06-01T00:00:00Z", 2, 29, Some("2024-02-29T12:00:00Z"));
        check("2024-02-28T13:00:00Z", 2, 29, Some("2024-02-29T12:00:00Z"));
        check("2024-02-27T00:00:00Z", 2, 29, Some("2020-02-29T12:00:00Z"));
        check("2026-06-01T00:00:00Z", 2, 30, None);
        check("2026-06-01T00:00:00Z", 13, 1, None);
    }

    #[test]
    fn the_hour_in_which_the_year_turns_is_asked_line_by_line() {
        let reference = EventTime::from_timestamp("2026-03-01T12:30:00Z".parse().unwrap());
        let context = FileContext::new(TimeZone::UTC, reference, Arc::new(Fields::new([])));
        let mut scratch = Scratch::new(&context);
        let civil =
            Civil { year: 0, month: 3, day: 2, hour: 12, minute: 0, second: 0, nanosecond: 0 };
        let mut year = |minute| {
            let (time, _) = scratch.yearless(&context, Civil { minute, ..civil }).unwrap();
            time.date_in(&TimeZone::UTC).year()
        };
        assert_eq!([year(10), year(50), year(20)], [2026, 2025, 2026]);
    }

    #[test]
    fn a_time_is_kept_only_where_nothing_else_stands_in_it() {
        let (time, assumed) = (EventTime::from_seconds(1), Assumed::default());
        let knows = |line: &str, rest: &str, next: &str| {
            let mut last = YearlessLast::default();
            last.keep(line.as_bytes(), rest.as_bytes(), time, assumed);
            let known = last.of(next.as_bytes());
            known.map(|(_, _, rest)| String::from_utf8_lossy(rest).into_owned())
        };
        let line = "Mar  2 00:00:00 web01 sshd[1]: x";
        assert_eq!(knows(line, " web01 sshd[1]: x", line).as_deref(), Some(" web01 sshd[1]: x"));
        assert_eq!(knows(line, " web01 sshd[1]: x", "Mar  2 00:00:00 a").as_deref(), Some(" a"));
        // Another second, a fraction behind it, a line that ends there.
        for next in ["Mar  2 00:00:01 web01", "Mar  2 00:00:00.25 web01", "Mar  2 00:00:00", ""] {
            assert_eq!(knows(line, " web01 sshd[1]: x", next), None, "{next}");
        }
        // A priority before it, a fraction in it, a day of one digit.
        for (line, rest) in [
            ("<3>Mar  2 00:00:00 h", " h"),
            ("Mar  2 00:00:00.2 h", " h"),
            ("Mar 2 00:00:00 h", " h"),
        ] {
            assert_eq!(knows(line, rest, line), None, "{line}");
        }
    }
}
