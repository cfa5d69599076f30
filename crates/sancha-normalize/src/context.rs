use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{Assumed, Civil, DayCache, EventTime, Fields};

use crate::TrustedProxies;

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

/// What a worker keeps between the records of one file. It never changes what a record means:
/// two workers reading parts of one file agree.
#[derive(Clone, Debug)]
pub struct Scratch {
    day: DayCache,
    reference_year: i16,
    /// For text that must be put together before it is a cell.
    pub text: Vec<u8>,
}

impl Scratch {
    pub fn new(context: &FileContext) -> Self {
        Self {
            day: DayCache::new(context.zone.clone()),
            reference_year: context.reference.date_in(&context.zone).year(),
            text: Vec::new(),
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
        // Four years back reaches the last 29 February.
        for back in 0..=4 {
            let year = self.reference_year.saturating_sub(back);
            let Some((time, assumed)) = self.local(context, Civil { year, ..civil }) else {
                continue;
            };
            if time.since(context.reference) <= EventTime::DAY {
                return Some((time, Assumed { year: true, ..assumed }));
            }
        }
        None
    }
}
