//! Times with records, as stretches between times without.

use std::cmp::Reverse;

use sancha_model::{EventTime, SourceSpan};

/// Records that lie closer than this belong to one stretch.
const QUIET: i64 = EventTime::HOUR;
/// So many stretches are told apart; where there are more, the shortest times between them count for none.
const KEPT: usize = 1_024;

/// The stretches of a log's records, in whatever order these come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretches {
    /// The one that grew last.
    latest: Option<SourceSpan>,
    /// In no order, and they may overlap.
    others: Vec<SourceSpan>,
}

impl Stretches {
    #[inline]
    pub(crate) fn add(&mut self, time: EventTime) {
        match &mut self.latest {
            Some(latest) if latest.from.since(time) < QUIET && time.since(latest.until) < QUIET => {
                latest.from = latest.from.min(time);
                latest.until = latest.until.max(time);
            }
            _ => self.begin(SourceSpan { from: time, until: time }),
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.others.iter().chain(&other.latest).for_each(|span| self.begin(*span));
    }

    pub(crate) fn clear(&mut self) {
        self.latest = None;
        self.others.clear();
    }

    #[cold]
    fn begin(&mut self, span: SourceSpan) {
        self.others.extend(self.latest.replace(span));
        if self.others.len() >= 2 * KEPT {
            self.others = joined(std::mem::take(&mut self.others));
        }
    }

    /// In order, an hour and more apart.
    pub fn list(&self) -> Vec<SourceSpan> {
        joined(self.others.iter().chain(&self.latest).copied().collect())
    }
}

/// The times between stretches that are in order, the longest first.
pub fn gaps(stretches: &[SourceSpan]) -> Vec<SourceSpan> {
    let mut gaps: Vec<_> = stretches
        .iter()
        .zip(stretches.iter().skip(1))
        .map(|(before, after)| SourceSpan { from: before.until, until: after.from })
        .collect();
    gaps.sort_by_key(|gap| (Reverse(gap.until.since(gap.from)), gap.from));
    gaps
}

fn joined(mut spans: Vec<SourceSpan>) -> Vec<SourceSpan> {
    spans.sort_unstable_by_key(|span| (span.from, span.until));
    let apart = joined_within(spans, QUIET);
    match gaps(&apart).get(KEPT - 1) {
        Some(shortest) => {
            joined_within(apart, shortest.until.since(shortest.from).saturating_add(1))
        }
        None => apart,
    }
}

/// Spans in order of their beginning; those closer than `quiet` as one.
fn joined_within(spans: Vec<SourceSpan>, quiet: i64) -> Vec<SourceSpan> {
    let mut joined: Vec<SourceSpan> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from.since(last.until) < quiet => {
                last.until = last.until.max(span.until)
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn span(from: i64, until: i64) -> SourceSpan {
        SourceSpan { from: EventTime::from_seconds(from), until: EventTime::from_seconds(until) }
    }

    fn of(times: impl IntoIterator<Item = i64>) -> Stretches {
        let mut stretches = Stretches::default();
        times.into_iter().for_each(|time| stretches.add(EventTime::from_seconds(time)));
        stretches
    }

    #[test]
    fn order_changes_nothing() {
        let times = [0, 1_800, 3_000, 10_000, 12_000, 9_000, DAY, DAY + 3_599, DAY + 7_199];
        let expected = vec![span(0, 3_000), span(9_000, 12_000), span(DAY, DAY + 7_198)];
        let times = times.map(|time| time - i64::from(time == DAY + 7_199));
        assert_eq!(of(times).list(), expected);
        assert_eq!(of(times.into_iter().rev()).list(), expected);
        let mut merged = of(times.into_iter().step_by(2));
        merged.merge(&of(times.into_iter().skip(1).step_by(2)));
        assert_eq!(merged.list(), expected);
        assert_eq!(gaps(&expected), [span(12_000, DAY), span(3_000, 9_000)]);
    }

    #[test]
    fn the_longest_of_many_gaps_is_kept() {
        // A record every two hours for ten years, nothing for a month in the seventh.
        let times =
            (0..43_800).map(|n| n * 7_200).filter(|time| !(2_200..2_230).contains(&(time / DAY)));
        let stretches = of(times).list();
        assert!(stretches.len() <= 2 * KEPT, "{}", stretches.len());
        assert_eq!(gaps(&stretches).first(), Some(&span(2_200 * DAY - 7_200, 2_230 * DAY)));
    }
}
