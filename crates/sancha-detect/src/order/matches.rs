use std::collections::VecDeque;

use sancha_model::{EventTime, Match, RecordId};

use super::{Run, Runs};

/// Puts the matches of all files into one order of time and place.
#[derive(Default)]
pub struct MatchOrder {
    runs: Runs<Batched>,
}

/// The matches of one batch, in order; none is older than the floor.
struct Batched {
    matches: VecDeque<(EventTime, Match)>,
    floor: EventTime,
}

impl Run for Batched {
    fn head(&self) -> Option<(EventTime, RecordId)> {
        let (time, found) = self.matches.front()?;
        Some(((*time).max(self.floor), found.at))
    }
}

impl MatchOrder {
    /// Takes the matches of a file's next batch. `floor` is what [`super::Progress::push`] returned: a match
    /// that came too late takes that time.
    pub fn push(&mut self, matches: Vec<(EventTime, Match)>, floor: EventTime) {
        self.runs.push(Batched { matches: matches.into(), floor });
    }

    /// Hands on, in order, every match that no file can precede any more.
    pub fn drain(&mut self, watermark: EventTime, mut each: impl FnMut(Match)) {
        self.runs.drain(watermark, |run, bound| {
            loop {
                if let Some((_, found)) = run.matches.pop_front() {
                    each(found);
                }
                if run.head().is_none_or(|head| head >= bound) {
                    return;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use sancha_model::{FileId, Level, Scenario};

    use super::*;
    use crate::Progress;

    fn found(file: u32, seconds: i64) -> (EventTime, Match) {
        let time = EventTime::from_seconds(seconds);
        let at = RecordId { file: FileId(file), offset: seconds.unsigned_abs() };
        let found = Match {
            at,
            line: 1,
            time: Some(time),
            rule: 0,
            scenario: Scenario::WEB_SQLI,
            level: Level::High,
            score: 1.0,
            record_id: None,
            source: None,
            host: None,
            user: None,
            suppressed_by: None,
            fields: Vec::new(),
        };
        (time, found)
    }

    fn run(turns: &[(usize, Vec<i64>)], starts: &[i64]) -> Vec<(u64, u32)> {
        let starts: Vec<_> = starts.iter().map(|s| EventTime::from_seconds(*s)).collect();
        let mut progress = Progress::new(&starts);
        let mut order = MatchOrder::default();
        let mut out = Vec::new();
        let mut drain = |order: &mut MatchOrder, progress: &Progress| {
            order.drain(progress.watermark(), |found| out.push((found.at.offset, found.at.file.0)));
        };
        for (file, times) in turns {
            let rank = u32::try_from(*file).unwrap();
            let mut matches: Vec<_> = times.iter().map(|time| found(rank, *time)).collect();
            matches.sort_by_key(|(time, found)| (*time, found.at));
            let newest = matches.last().map(|(time, _)| *time);
            let floor = progress.push(*file, matches.len(), newest);
            order.push(matches, floor);
            drain(&mut order, &progress);
        }
        for file in 0..starts.len() {
            progress.end(file);
        }
        drain(&mut order, &progress);
        out
    }

    #[test]
    fn the_order_does_not_depend_on_turns() {
        let one =
            run(&[(0, vec![10, 400, 380]), (1, vec![15, 390]), (0, vec![900, 800])], &[10, 15]);
        let two = run(
            &[(1, vec![15]), (0, vec![10, 400, 380, 900]), (1, vec![390]), (0, vec![800])],
            &[10, 15],
        );
        assert_eq!(one, two);
        assert_eq!(one, [(10, 0), (15, 1), (380, 0), (390, 1), (400, 0), (800, 0), (900, 0)]);
    }

    #[test]
    fn a_match_that_comes_late_is_still_handed_on() {
        let late = run(&[(0, vec![1_000, 5_000]), (0, vec![1_001])], &[1_000]);
        assert_eq!(late, [(1_000, 0), (1_001, 0), (5_000, 0)]);
    }
}
