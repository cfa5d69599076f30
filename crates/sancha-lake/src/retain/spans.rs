//! The times with records of a part.

use sancha_model::EventTime;
use sancha_seal::Part;

use super::{Interval, standing::span};
use crate::{
    Lake, LakeError,
    gone::look_again,
    index::STRIDE_ROWS,
    part::Companion,
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
    /// companion is asked, which knows the times of each few thousand rows; where those reach behind `now`, the
    /// rows are.
    ///
    /// # Errors
    /// When that companion, or a part whose rows are asked, is missing or damaged.
    pub fn spans(&self, part: &Part, now: EventTime) -> Result<Spans, LakeError> {
        let Some(whole) = span(part) else { return Ok(Spans::default()) };
        if whole.last <= now && whole.last.since(whole.first) <= EventTime::DAY {
            return Ok(Spans { spans: vec![whole], later: 0 });
        }
        let times = Companion::of(self.disk(), part)?.times()?;
        let times = times.iter().map(|times| Interval { first: times.first, last: times.last });
        let (known, mixed): (Vec<_>, Vec<_>) = (0..)
            .zip(times)
            .filter(|(_, times)| times.first <= now.min(times.last))
            .partition(|(_, times)| times.last <= now);
        let mut spans: Vec<_> = known.into_iter().map(|(_, times)| times).collect();
        if whole.last <= now {
            return Ok(Spans { spans, later: 0 });
        }
        let behind = EventTime::from_nanos(now.nanos().saturating_add(1));
        let strides = mixed.iter().map(|(stride, _)| *stride).collect();
        spans.extend(self.spans_of(part, strides, TimeRange { to: behind, ..TimeRange::ALL })?);
        let filters = [Filter::Time(TimeRange { from: behind, ..TimeRange::ALL })];
        let later = match self.scan(part, &filters)? {
            Some((scan, ranges)) => scan.count(&filters, ranges)?,
            None => 0,
        };
        Ok(Spans { spans, later })
    }

    /// The times of these strides that are within a range.
    fn spans_of(
        &self,
        part: &Part,
        strides: Vec<usize>,
        time: TimeRange,
    ) -> Result<Vec<Interval>, LakeError> {
        let filters = [Filter::Time(time)];
        let Some((scan, _)) = self.scan(part, &filters)? else { return Ok(Vec::new()) };
        let rows = usize::try_from(part.rows).unwrap_or(usize::MAX);
        let range = |stride: usize| stride * STRIDE_ROWS..((stride + 1) * STRIDE_ROWS).min(rows);
        let mut spans = Vec::new();
        for stride in strides {
            let mut span: Option<Interval> = None;
            scan.rows(&filters, vec![range(stride)], false, &mut |hit| {
                if let Some(at) = hit.time() {
                    let before = span.unwrap_or(Interval { first: at, last: at });
                    let (first, last) = (before.first.min(at), before.last.max(at));
                    span = Some(Interval { first, last });
                }
                true
            })?;
            spans.extend(span);
        }
        Ok(spans)
    }
}

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
}
