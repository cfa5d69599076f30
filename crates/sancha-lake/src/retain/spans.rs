//! The times with records of a part.

use sancha_model::EventTime;
use sancha_seal::Part;

use super::{Interval, standing::span};
use crate::{
    Lake, LakeError, columns,
    gone::look_again,
    index::STRIDE_ROWS,
    part::{Columns, Companion, DiskAt, time_at},
    query::{Filter, TimeRange},
};

/// The times with records of a part up to an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    pub spans: Vec<Interval>,
    /// Records with a time behind that instant.
    pub later: u64,
}

impl Lake {
    /// Whether a part's file is there and as long as the log says: what is not there is not retained. Whether its
    /// content is what was sealed is [`crate::verify`]'s to find out.
    ///
    /// # Errors
    /// When the file is missing or of another length, or the part was retired or rewritten meanwhile.
    pub fn stands(&self, part: &Part) -> Result<(), LakeError> {
        let length = self.disk().length(&part.path).map_err(LakeError::from);
        let standing = length.and_then(|length| {
            let other = || LakeError::Broken {
                path: part.path.clone(),
                what: "another length than when it was sealed",
            };
            (length == part.bytes).then_some(()).ok_or_else(other)
        });
        standing.map_err(|error| look_again(self.disk(), &part.path, error))
    }

    /// The times with records of a part up to `now`. One that reaches over more than a day may have holes, so its
    /// companion is asked, which knows the earliest and latest time of each few thousand rows; where those lie more
    /// than a day apart too, as in a log that is written newest first, or reach behind `now`, the rows are.
    ///
    /// # Errors
    /// When that companion, or a part whose rows are asked, is missing or damaged.
    pub fn spans(&self, part: &Part, now: EventTime) -> Result<Spans, LakeError> {
        let Some(whole) = span(part) else { return Ok(Spans::default()) };
        let is_dense =
            |times: &Interval| times.last <= now && times.last.since(times.first) <= EventTime::DAY;
        if is_dense(&whole) {
            return Ok(Spans { spans: vec![whole], later: 0 });
        }
        let times = Companion::of(self.disk(), part)?.times()?;
        let times = times.iter().map(|times| Interval { first: times.first, last: times.last });
        let (dense, others): (Vec<_>, Vec<_>) = (0..)
            .zip(times)
            .filter(|(_, times)| times.first <= now.min(times.last))
            .partition(|(_, times)| is_dense(times));
        let mut spans: Vec<_> = dense.into_iter().map(|(_, times)| times).collect();
        let others = others.iter().map(|(stride, _)| *stride);
        spans.extend(self.spans_of(part, others, now)?);
        if whole.last <= now {
            return Ok(Spans { spans, later: 0 });
        }
        let behind = EventTime::from_nanos(now.nanos().saturating_add(1));
        let filters = [Filter::Time(TimeRange { from: behind, ..TimeRange::ALL })];
        let later = match self.scan(part, &filters)? {
            Some((scan, ranges)) => scan.count(&filters, ranges)?,
            None => 0,
        };
        Ok(Spans { spans, later })
    }

    /// The times up to `now` of the rows of these strides.
    fn spans_of(
        &self,
        part: &Part,
        strides: impl Iterator<Item = usize>,
        now: EventTime,
    ) -> Result<Vec<Interval>, LakeError> {
        let rows = usize::try_from(part.rows).unwrap_or(usize::MAX);
        let range = |stride: usize| stride * STRIDE_ROWS..((stride + 1) * STRIDE_ROWS).min(rows);
        let ranges: Vec<_> = strides.map(range).collect();
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        let opened = DiskAt::open(self.disk(), &part.path)
            .and_then(|file| Columns::open(file, &part.path))
            .map_err(|error| look_again(self.disk(), &part.path, error))?;
        let mut spans = Vec::new();
        for batch in opened.reader(&[columns::TIME, columns::TIME_NANOS], &ranges)? {
            let batch = batch?;
            let times = (0..batch.num_rows()).filter_map(|row| time_at(&batch, row));
            let mut times: Vec<_> = times.filter(|time| *time <= now).collect();
            times.sort_unstable();
            let runs = times.chunk_by(|one, next| next.since(*one) <= RUN);
            let run =
                |run: &[EventTime]| Some(Interval { first: *run.first()?, last: *run.last()? });
            spans.extend(runs.filter_map(run));
        }
        Ok(spans)
    }
}

/// Records that lie closer are one span: nobody calls so short a time a gap.
const RUN: i64 = 15 * EventTime::MINUTE;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        disk::{Disk, MemoryDisk},
        fixture::{AT, accept_text, key, with_settings},
    };

    fn at(text: &str) -> EventTime {
        EventTime::from_timestamp(text.parse().unwrap())
    }

    #[test]
    fn records_of_the_future_are_counted_and_are_in_no_span() {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
        let line =
            |when: &str| format!("192.0.2.1 - - [{when}] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n");
        let text: String =
            ["02/Mar/2026:10:00:00 +0000", "02/Mar/2026:23:00:00 +0000"].map(line).concat();
        accept_text(&disk, &text);
        with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
        let part = lake.catalog().parts.values().next().unwrap();
        let (first, last) = (at("2026-03-02T10:00:00Z"), at("2026-03-02T23:00:00Z"));
        let spans = |now: &str| lake.spans(part, at(now)).unwrap();
        let whole = Interval { first, last };
        assert_eq!(spans("2026-03-05T00:00:00Z"), Spans { spans: vec![whole], later: 0 });
        let until_noon = Spans { spans: vec![Interval { first, last: first }], later: 1 };
        assert_eq!(spans("2026-03-02T12:00:00Z"), until_noon);
        assert_eq!(spans("2026-03-01T00:00:00Z"), Spans { spans: Vec::new(), later: 2 });
    }

    #[test]
    fn a_hole_in_a_log_that_is_written_newest_first_is_no_time_with_records() {
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
        let mut lake = Lake::create(Arc::clone(&disk), &key(), AT).unwrap();
        let line = |day: u32| {
            format!(
                "192.0.2.1 - - [{day:02}/Feb/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n"
            )
        };
        let text: String = [25, 22, 4, 1].map(line).concat();
        accept_text(&disk, &text);
        with_settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
        let parts = lake.catalog().parts.values();
        let now = at("2026-03-05T00:00:00Z");
        let mut found: Vec<_> =
            parts.flat_map(|part| lake.spans(part, now).unwrap().spans).collect();
        found.sort_unstable();
        let day = |day| at(&format!("2026-02-{day:02}T10:00:00Z"));
        let days = [1, 4, 22, 25].map(|of| Interval { first: day(of), last: day(of) });
        assert_eq!(found, days);
    }
}
