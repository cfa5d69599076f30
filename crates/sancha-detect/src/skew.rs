//! Do two logs that recorded the same events agree on the time?
//!
//! A refused request stands in the access log and in the error log; a login over the network in the
//! log of sshd, in the audit log and in `btmp`. If most of the events that both could have differ by
//! the same number of seconds, one of the clocks, or of the zones they were read in, is off. Which
//! one the records do not say. Nothing is corrected here.

use sancha_model::EventTime;

use crate::observed::{Witness, Witnesses};

/// An error log is written before the answer, PAM before sshd: less than this is no skew.
const LEAST_SECONDS: i64 = 5;
/// Zones of one country's machines differ by less; farther apart, a daily habit looks like a skew.
const MOST_SECONDS: i64 = 14 * 3_600;
/// The same event within this many seconds of the estimate.
const SPREAD: i64 = 1;
const LEAST_PAIRS: u64 = 8;

/// How far the times of one log are from those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Positive: the first log is ahead.
    pub seconds: i64,
    /// Events of the smaller log that the other has at this distance.
    pub pairs: u64,
    /// Events of the smaller log that the other could have.
    pub of: u64,
}

/// Estimates the skew of `one` against `other`; `None` where they agree or too little speaks for it.
///
/// Two logs that name different machines are not compared: one source visits both with a constant lag.
pub fn skew(one: &Witnesses, other: &Witnesses) -> Option<Skew> {
    if one.names_other_host(other) {
        return None;
    }
    let level = one.level().max(other.level());
    let (one, other) = (one.sampled(level), other.sampled(level));
    let votes = Votes::of(&one, &other);
    let best = votes.best()?;
    let (pairs, of) = (matched(&one, &other, best)?).min_side();
    let at_zero = votes.around(0);
    let strongest = votes.around(best);
    let rival = votes.rival(best);
    let is_clear = best.abs() >= LEAST_SECONDS
        && pairs >= LEAST_PAIRS
        && pairs * 10 >= of * 6
        && at_zero * 4 <= strongest
        && rival * 10 <= strongest * 7;
    is_clear.then_some(Skew { seconds: best, pairs, of })
}

/// The two logs are of one machine as far as they say.
pub fn same_host(one: &Witnesses, other: &Witnesses) -> bool {
    one.names_same_host(other)
}

/// Differences in seconds between events of the same key, counted.
struct Votes(Vec<u32>);

impl Votes {
    fn of(one: &[Witness], other: &[Witness]) -> Self {
        let mut votes = vec![0_u32; usize::try_from(2 * MOST_SECONDS + 1).unwrap_or(0)];
        for (left, right) in by_key(one, other) {
            for a in left {
                for b in right {
                    let place = usize::try_from(seconds_between(a, b) + MOST_SECONDS);
                    if let Some(vote) = place.ok().and_then(|place| votes.get_mut(place)) {
                        *vote += 1;
                    }
                }
            }
        }
        Self(votes)
    }

    fn at(&self, seconds: i64) -> u64 {
        let place = usize::try_from(seconds + MOST_SECONDS).ok();
        place.and_then(|place| self.0.get(place)).map_or(0, |vote| u64::from(*vote))
    }

    fn around(&self, seconds: i64) -> u64 {
        (seconds - SPREAD..=seconds + SPREAD).map(|second| self.at(second)).sum()
    }

    /// The difference with the most votes around it; of equals the smallest, then the earlier.
    fn best(&self) -> Option<i64> {
        let all = -MOST_SECONDS..=MOST_SECONDS;
        let best = all.max_by_key(|second| {
            (self.around(*second), self.at(*second), -second.abs(), -second)
        })?;
        (self.around(best) > 0).then_some(best)
    }

    /// The most votes away from `best`: events at a steady pace fit at every beat.
    fn rival(&self, best: i64) -> u64 {
        let all = -MOST_SECONDS..=MOST_SECONDS;
        let away = all.filter(|second| (second - best).abs() > 2 * SPREAD + 1);
        away.map(|second| self.around(second)).max().unwrap_or(0)
    }
}

fn seconds_between(a: &Witness, b: &Witness) -> i64 {
    a.time.since(b.time).div_euclid(EventTime::SECOND)
}

/// The stretches of both lists that share a key.
fn by_key<'a>(
    one: &'a [Witness],
    other: &'a [Witness],
) -> impl Iterator<Item = (&'a [Witness], &'a [Witness])> {
    let groups = one.chunk_by(|a, b| a.key == b.key);
    groups.filter_map(move |group| {
        let key = group.first()?.key;
        let start = other.partition_point(|witness| witness.key < key);
        let rest = other.get(start..)?;
        let same = rest.get(..rest.partition_point(|witness| witness.key == key))?;
        (!same.is_empty()).then_some((group, same))
    })
}

/// How many events of either side have a partner, and how many could have one.
#[derive(Default)]
struct Matched {
    one: (u64, u64),
    other: (u64, u64),
}

impl Matched {
    /// The side that recorded less: an error log has only some of the refused requests.
    fn min_side(&self) -> (u64, u64) {
        if self.one.1 <= self.other.1 { self.one } else { self.other }
    }
}

fn matched(one: &[Witness], other: &[Witness], seconds: i64) -> Option<Matched> {
    let span = |list: &[Witness]| {
        let times = || list.iter().map(|witness| witness.time);
        Some((times().min()?, times().max()?))
    };
    let ((first, last), shift) = (span(other)?, seconds.checked_mul(EventTime::SECOND)?);
    let (own_first, own_last) = span(one)?;
    let near = |a: &Witness, b: &Witness| (seconds_between(a, b) - seconds).abs() <= SPREAD;
    let mut found = Matched::default();
    for (left, right) in by_key(one, other) {
        for a in left.iter().filter(|a| (first..=last).contains(&a.time.plus(-shift))) {
            found.one.1 += 1;
            found.one.0 += u64::from(right.iter().any(|b| near(a, b)));
        }
        for b in right.iter().filter(|b| (own_first..=own_last).contains(&b.time.plus(shift))) {
            found.other.1 += 1;
            found.other.0 += u64::from(left.iter().any(|a| near(a, b)));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests;
