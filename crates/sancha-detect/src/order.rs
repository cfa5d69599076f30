//! How far the files of a run have come, and so up to when their signals are complete.
//!
//! Every file is nearly sorted: a record may come [`REORDER_WINDOW`] after later ones. What is older than
//! the window behind every file's newest record is complete, and goes on in order of time and place.
//! What goes on when depends on turns; in which order does not.

mod matches;

use std::collections::{BinaryHeap, VecDeque};

use sancha_model::{EventTime, RecordId};

pub use matches::MatchOrder;

/// Records may come this much out of order inside one file (design.md, section 4).
pub const REORDER_WINDOW: i64 = 5 * EventTime::MINUTE;

/// Most signals that one file may hold back; beyond it the older batches go on early.
const HELD_LIMIT: usize = 1 << 17;

/// One file on its way.
#[derive(Debug)]
struct Lane {
    newest: EventTime,
    /// Nothing earlier than this goes on from this file any more.
    floor: EventTime,
    ended: bool,
    /// Read to its end, for now: it holds nobody up.
    resting: bool,
    /// Batches not wholly below the floor: how many signals, and the newest time after them.
    held: VecDeque<(usize, EventTime)>,
    /// The newest time after each of the latest batches, which the floor does not follow yet.
    latest: VecDeque<EventTime>,
}

/// How far all files of a run have come. Lanes are numbered like the files.
#[derive(Debug)]
pub struct Progress {
    lanes: Vec<Lane>,
    /// So many batches are read before the floor follows one.
    behind: usize,
}

impl Progress {
    /// `starts[file]` is the earliest time the file's head shows, `EventTime::MIN` where it shows none.
    pub fn new(starts: &[EventTime]) -> Self {
        let lane = |start: &EventTime| Lane {
            newest: *start,
            floor: start.plus(-REORDER_WINDOW),
            ended: false,
            resting: false,
            held: VecDeque::new(),
            latest: VecDeque::new(),
        };
        Self { lanes: starts.iter().map(lane).collect(), behind: 0 }
    }

    /// Lets the floor follow only after so many batches more: small batches that are read at once leave as
    /// much room for disorder as a large one would.
    #[must_use]
    pub fn behind(mut self, batches: usize) -> Self {
        self.behind = batches;
        self
    }

    /// A file that appeared while others are read; what it brings from before `taken_up` is late.
    pub fn add(&mut self, start: EventTime, taken_up: EventTime) {
        self.lanes.extend(Self::new(&[start]).lanes);
        self.wake(self.lanes.len() - 1, taken_up);
    }

    /// A file that grows no more for now holds nobody up.
    pub fn rest(&mut self, file: usize) {
        if let Some(lane) = self.lanes.get_mut(file) {
            lane.resting = true;
        }
    }

    /// It grows again; what it brings from before `taken_up` is late.
    pub fn wake(&mut self, file: usize, taken_up: EventTime) {
        if let Some(lane) = self.lanes.get_mut(file) {
            lane.resting = false;
            lane.floor = lane.floor.max(taken_up);
        }
    }

    /// No file has grown for as long as the window: whatever was read is complete.
    pub fn settle(&mut self) {
        for lane in &mut self.lanes {
            lane.floor = lane.floor.max(lane.newest.plus(1));
            lane.held.clear();
        }
    }

    /// Takes note of a file's next batch of `count` signals; batches of a file come in order. Returns the
    /// floor for this batch: its signals that are older came too late.
    pub fn push(&mut self, file: usize, count: usize, newest: Option<EventTime>) -> EventTime {
        let Some(lane) = self.lanes.get_mut(file) else { return EventTime::MIN };
        let floor = lane.floor;
        lane.newest = lane.newest.max(newest.unwrap_or(lane.newest));
        lane.latest.push_back(lane.newest);
        if lane.latest.len() > self.behind
            && let Some(newest) = lane.latest.pop_front()
        {
            lane.floor = lane.floor.max(newest.plus(-REORDER_WINDOW));
        }
        lane.held.push_back((count, lane.newest));
        while lane.held.front().is_some_and(|(_, newest)| *newest < lane.floor) {
            lane.held.pop_front();
        }
        lane.release_early();
        floor
    }

    /// The file has no more batches.
    pub fn end(&mut self, file: usize) {
        if let Some(lane) = self.lanes.get_mut(file) {
            lane.ended = true;
            lane.held.clear();
        }
    }

    /// The file that holds the others up, and so is the one to read next; the lowest of equals.
    pub fn next_wanted(&self, may_read: impl Fn(usize) -> bool) -> Option<usize> {
        let open =
            self.lanes.iter().enumerate().filter(|(file, lane)| !lane.ended && may_read(*file));
        open.min_by_key(|(file, lane)| (lane.floor, *file)).map(|(file, _)| file)
    }

    /// No file will bring anything older than this.
    pub fn watermark(&self) -> EventTime {
        let open = || self.lanes.iter().filter(|lane| !lane.ended);
        let awake = open().filter(|lane| !lane.resting).map(|lane| lane.floor).min();
        let newest = || open().map(|lane| lane.floor).max();
        awake.or_else(newest).unwrap_or(EventTime::MAX)
    }
}

impl Lane {
    fn release_early(&mut self) {
        let mut held: usize = self.held.iter().map(|(count, _)| count).sum();
        while held > HELD_LIMIT
            && self.held.len() > 1
            && let Some((count, newest)) = self.held.pop_front()
        {
            held -= count;
            self.floor = self.floor.max(newest);
        }
    }
}

/// A sorted run of things on their way into the common order.
pub(crate) trait Run {
    fn head(&self) -> Option<(EventTime, RecordId)>;
}

/// Sorted runs, of which the one with the lowest head is always at hand.
pub(crate) struct Runs<R> {
    heap: BinaryHeap<Headed<R>>,
}

struct Headed<R> {
    head: (EventTime, RecordId),
    run: R,
}

impl<R> Default for Runs<R> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new() }
    }
}

impl<R: Run> Runs<R> {
    pub(crate) fn push(&mut self, run: R) {
        if let Some(head) = run.head() {
            self.heap.push(Headed { head, run });
        }
    }

    /// Lets `take` have the lowest run again and again while its head is older than `watermark`. `take` must
    /// hand on at least the head, and may go on while heads are lower than the bound it is given.
    pub(crate) fn drain(
        &mut self,
        watermark: EventTime,
        mut take: impl FnMut(&mut R, (EventTime, RecordId)),
    ) {
        while self.heap.peek().is_some_and(|lowest| lowest.head.0 < watermark)
            && let Some(Headed { mut run, .. }) = self.heap.pop()
        {
            let least = (watermark, RecordId::default());
            let bound = self.heap.peek().map_or(least, |next| next.head.min(least));
            take(&mut run, bound);
            self.push(run);
        }
    }
}

/// Reversed, for the heap hands out its greatest.
impl<R> Ord for Headed<R> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.head.cmp(&self.head)
    }
}

impl<R> PartialOrd for Headed<R> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> PartialEq for Headed<R> {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head
    }
}

impl<R> Eq for Headed<R> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EventTime {
        EventTime::from_seconds(seconds)
    }

    #[test]
    fn the_slowest_file_holds_the_watermark() {
        let mut progress = Progress::new(&[at(1_000), at(2_000)]);
        assert_eq!(progress.next_wanted(|_| true), Some(0));
        progress.push(0, 5, Some(at(9_000)));
        assert_eq!(progress.watermark(), at(1_700));
        assert_eq!(progress.next_wanted(|_| true), Some(1));
        progress.end(1);
        assert_eq!(progress.watermark(), at(8_700));
        progress.end(0);
        assert_eq!(progress.watermark(), EventTime::MAX);
    }

    #[test]
    fn the_floor_follows_behind() {
        let mut progress = Progress::new(&[at(1_000)]).behind(2);
        let mut push = |seconds| progress.push(0, 1, Some(at(seconds)));
        assert_eq!([push(2_000), push(3_000)], [at(700), at(700)]);
        assert_eq!([push(4_000), push(5_000), push(6_000)], [at(700), at(1_700), at(2_700)]);
    }

    #[test]
    fn a_resting_file_holds_nobody_up_and_settling_completes_all() {
        let mut progress = Progress::new(&[at(1_000), at(2_000)]);
        progress.push(0, 5, Some(at(9_000)));
        progress.rest(1);
        assert_eq!(progress.watermark(), at(8_700));
        progress.rest(0);
        assert_eq!(progress.watermark(), at(8_700), "the window stays open");
        progress.settle();
        assert!(progress.watermark() > at(9_000));
        progress.wake(1, at(9_000));
        assert_eq!(progress.push(1, 1, Some(at(9_500))), at(9_000), "older is late");
        progress.add(at(3_000), at(9_100));
        assert_eq!(progress.watermark(), at(9_100).min(at(9_200)));
    }

    #[test]
    fn a_crowded_window_is_let_go_early() {
        let mut progress = Progress::new(&[at(0)]);
        for second in 1..5 {
            progress.push(0, HELD_LIMIT / 2, Some(at(second)));
        }
        assert_eq!(progress.watermark(), at(2));
    }
}
