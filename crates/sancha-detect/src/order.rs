//! Puts the signals of many files into one order of time, with bounded memory.
//!
//! Every file is nearly sorted. A file's signals are held back for the reorder window, sorted, and
//! merged with those of the other files. The result depends on the files alone, never on how
//! threads took turns.

use std::collections::VecDeque;

use sancha_model::EventTime;

use crate::Signal;

/// Records may come this much out of order inside one file (design.md, section 4).
pub const REORDER_WINDOW: i64 = 5 * EventTime::MINUTE;

/// Most signals that one file may hold back; beyond it the oldest half goes on early.
const HELD_LIMIT: usize = 1 << 17;

/// The signals of one file on their way into the common order.
#[derive(Debug)]
struct Lane {
    held: Vec<Signal>,
    ready: VecDeque<Signal>,
    newest: EventTime,
    /// Nothing earlier than this will be released by this file any more.
    floor: EventTime,
    ended: bool,
    late: u64,
}

/// A merge of all files of a run. Lanes are numbered like the files.
#[derive(Debug)]
pub struct Merge {
    lanes: Vec<Lane>,
}

impl Merge {
    /// `starts[file]` is the earliest time the file's head shows, `EventTime::MIN` where it shows none.
    pub fn new(starts: &[EventTime]) -> Self {
        let lane = |start: &EventTime| Lane {
            held: Vec::new(),
            ready: VecDeque::new(),
            newest: *start,
            floor: start.plus(-REORDER_WINDOW),
            ended: false,
            late: 0,
        };
        Self { lanes: starts.iter().map(lane).collect() }
    }

    /// Takes the signals of a file's next batch; batches of a file come in order. Empties `signals`.
    pub fn push(&mut self, file: usize, signals: &mut Vec<Signal>) {
        if let Some(lane) = self.lanes.get_mut(file) {
            lane.push(signals);
        }
    }

    /// The file has no more batches.
    pub fn end(&mut self, file: usize) {
        if let Some(lane) = self.lanes.get_mut(file) {
            lane.end();
        }
    }

    /// The file that holds the others up, and so is the one to read next; the lowest of equals.
    pub fn next_wanted(&self, may_read: impl Fn(usize) -> bool) -> Option<usize> {
        let open =
            self.lanes.iter().enumerate().filter(|(file, lane)| !lane.ended && may_read(*file));
        open.min_by_key(|(file, lane)| (lane.frontier(), *file)).map(|(file, _)| file)
    }

    /// Hands on, in order, every signal that no file can precede any more.
    pub fn drain(&mut self, mut each: impl FnMut(Signal)) {
        loop {
            let head = |lane: &Lane| lane.ready.front().map(Signal::order);
            let heads = self.lanes.iter().enumerate().filter_map(|(at, l)| Some((head(l)?, at)));
            let Some((_, lowest)) = heads.min() else { return };
            // What another file could still bring: its head, or its floor while nothing is ready.
            let others = self.lanes.iter().enumerate().filter(|(at, _)| *at != lowest);
            let bound = others
                .filter_map(|(_, lane)| match head(lane) {
                    Some(order) => Some(order),
                    None if lane.ended => None,
                    None => Some((lane.floor, Default::default())),
                })
                .min();
            let Some(lane) = self.lanes.get_mut(lowest) else { return };
            let mut moved = false;
            while let Some(signal) =
                lane.ready.pop_front_if(|s| bound.is_none_or(|b| s.order() < b))
            {
                moved = true;
                each(signal);
            }
            if !moved {
                return;
            }
        }
    }

    /// Records of a file that came later than the window allows; they are matched but not correlated.
    pub fn late(&self, file: usize) -> u64 {
        self.lanes.get(file).map_or(0, |lane| lane.late)
    }
}

impl Lane {
    fn push(&mut self, signals: &mut Vec<Signal>) {
        let floor = self.floor;
        let before = signals.len();
        // A match that comes late is still reported: it goes on with the time of the floor.
        signals.retain_mut(|signal| {
            if signal.time >= floor {
                return true;
            }
            let keep = signal.matched().is_some();
            signal.time = floor;
            keep
        });
        self.late += (before - signals.len()) as u64;
        if let Some(newest) = signals.iter().map(|signal| signal.time).max() {
            self.newest = self.newest.max(newest);
        }
        self.held.append(signals);
        self.held.sort_by_key(Signal::order);
        self.release(self.newest.plus(-REORDER_WINDOW));
        if self.held.len() > HELD_LIMIT
            && let Some(middle) = self.held.get(HELD_LIMIT / 2)
        {
            self.release(middle.time);
        }
    }

    fn release(&mut self, until: EventTime) {
        let count = self.held.partition_point(|signal| signal.time < until);
        self.ready.extend(self.held.drain(..count));
        self.floor = self.floor.max(until);
    }

    fn end(&mut self) {
        self.ready.extend(self.held.drain(..));
        self.ended = true;
    }

    fn frontier(&self) -> EventTime {
        self.ready.back().map_or(self.floor, |signal| signal.time)
    }
}

#[cfg(test)]
mod tests {
    use sancha_model::{FileId, RecordId};

    use super::*;
    use crate::SignalKind;

    fn signal(file: u32, seconds: i64) -> Signal {
        Signal {
            time: EventTime::from_seconds(seconds),
            at: RecordId { file: FileId(file), offset: seconds.unsigned_abs() },
            line: 1,
            source: None,
            kind: SignalKind::Request { status: 200, path: 0 },
            detail: None,
        }
    }

    fn run(turns: &[(usize, Vec<i64>)], starts: &[i64]) -> Vec<(i64, u32)> {
        let starts: Vec<_> = starts.iter().map(|s| EventTime::from_seconds(*s)).collect();
        let mut merge = Merge::new(&starts);
        let mut out = Vec::new();
        for (file, times) in turns {
            let rank = u32::try_from(*file).unwrap();
            merge.push(*file, &mut times.iter().map(|t| signal(rank, *t)).collect());
            merge.drain(|s| out.push((s.time.seconds(), s.at.file.0)));
        }
        for file in 0..starts.len() {
            merge.end(file);
        }
        merge.drain(|s| out.push((s.time.seconds(), s.at.file.0)));
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
    fn records_beyond_the_window_are_counted_late() {
        let mut merge = Merge::new(&[EventTime::from_seconds(1000)]);
        merge.push(0, &mut vec![signal(0, 1000), signal(0, 5000)]);
        merge.push(0, &mut vec![signal(0, 1001)]);
        assert_eq!(merge.late(0), 1);
    }
}
