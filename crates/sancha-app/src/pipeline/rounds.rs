use std::{collections::VecDeque, mem, sync::Arc};

use sancha_detect::{BatchResult, Round, ShardGroup, Signals};
use sancha_model::{EventTime, FileId};

use super::crew::Crew;

/// A group is handed so many rounds at once: its shards take them up one after the other, and the state of a
/// shard, once it is in the caches, serves all of them.
const TOGETHER: usize = 32;
/// Results kept for their buffers.
const SPARE: usize = 8;

/// Rounds on their way to the groups of shards: every group gets every round, in one order.
pub(super) struct Rounds {
    groups: Vec<Seat>,
    /// Signals that shards may still refer to.
    issued: VecDeque<Arc<Signals>>,
    #[expect(clippy::vec_box, reason = "boxes are handed on as they are")]
    spare: Vec<Box<BatchResult>>,
}

/// The place of a group, which is here or with the crew.
#[derive(Default)]
struct Seat {
    group: Option<ShardGroup>,
    rounds: Vec<Round>,
}

impl Rounds {
    pub(super) fn new(groups: Vec<ShardGroup>) -> Self {
        let seat = |group| Seat { group: Some(group), rounds: Vec::new() };
        Self {
            groups: groups.into_iter().map(seat).collect(),
            issued: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// Buffers for the next result.
    pub(super) fn spare(&mut self) -> Box<BatchResult> {
        self.spare.pop().unwrap_or_default()
    }

    /// A batch's signals, for all groups.
    pub(super) fn push(
        &mut self,
        mut result: Box<BatchResult>,
        file: FileId,
        floor: EventTime,
        watermark: EventTime,
    ) {
        let signals = Arc::new(mem::take(&mut result.signals));
        self.recycle(result);
        self.issued.push_back(Arc::clone(&signals));
        self.add(&Round { signals, file, floor, watermark });
    }

    /// The files have come further without a batch.
    pub(super) fn advance(&mut self, watermark: EventTime) {
        let signals = Arc::new(Signals::default());
        self.add(&Round { signals, file: FileId::default(), floor: EventTime::MIN, watermark });
    }

    fn add(&mut self, round: &Round) {
        for seat in &mut self.groups {
            seat.rounds.push(round.clone());
        }
    }

    /// Sends every group that is here to its rounds, where enough wait for it.
    pub(super) fn send(&mut self, crew: &mut Crew<'_>) {
        self.send_from(TOGETHER, crew);
    }

    /// Sends every group that is here to its rounds, however few. Whether there was one to send.
    pub(super) fn send_rest(&mut self, crew: &mut Crew<'_>) -> bool {
        self.send_from(1, crew)
    }

    fn send_from(&mut self, least: usize, crew: &mut Crew<'_>) -> bool {
        let mut sent = false;
        for (place, seat) in self.groups.iter_mut().enumerate() {
            if seat.rounds.len() >= least
                && let Some(group) = seat.group.take()
            {
                sent = true;
                crew.correlate(place, group, mem::take(&mut seat.rounds));
            }
        }
        sent
    }

    pub(super) fn give_back(&mut self, place: usize, group: ShardGroup) {
        if let Some(seat) = self.groups.get_mut(place) {
            seat.group = Some(group);
        }
    }

    /// Puts a result's buffers aside, with those of signals that nobody refers to any more.
    fn recycle(&mut self, mut result: Box<BatchResult>) {
        if let Some(oldest) = self.issued.front_mut()
            && Arc::get_mut(oldest).is_some()
            && let Some(signals) = self.issued.pop_front().and_then(Arc::into_inner)
        {
            result.signals = signals;
        }
        if self.spare.len() < SPARE {
            self.spare.push(result);
        }
    }

    /// The groups, all of which have come back.
    pub(super) fn into_groups(self) -> Vec<ShardGroup> {
        self.groups.into_iter().filter_map(|seat| seat.group).collect()
    }
}
