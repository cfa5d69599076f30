//! How many tries several kinds of log tell of: one try at sshd stands in `auth.log`, in the audit log
//! and in `btmp`, and is one try.
//!
//! Records of one source that follow each other within seconds are a stretch. In a stretch the kind of
//! log that saw most gives the number; what the others say is the same tries. Stretches are added up, so
//! logs that cover different days do not hide each other.

use sancha_model::{EventTime, FormatId};

/// Logs of one try lie this close: PAM delays a refusal for some seconds before sshd writes it down.
const SAME_TRY: i64 = 5 * EventTime::SECOND;

#[derive(Clone, Debug, Default)]
pub(super) struct Tries {
    last: Option<EventTime>,
    /// Records of this stretch by kind of log.
    seen: Vec<(FormatId, u64)>,
}

impl Tries {
    /// How many tries a record adds to those that are known; 0 when another kind of log told of it.
    pub(super) fn add(&mut self, time: EventTime, log: FormatId, weight: u32) -> u32 {
        if self.last.is_none_or(|last| time.since(last) > SAME_TRY) {
            self.seen.clear();
        }
        self.last = Some(time);
        let known = self.seen.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let place = self.seen.iter().position(|(kind, _)| *kind == log).unwrap_or_else(|| {
            self.seen.push((log, 0));
            self.seen.len() - 1
        });
        let Some((_, count)) = self.seen.get_mut(place) else { return weight };
        *count += u64::from(weight);
        u32::try_from(count.saturating_sub(known)).unwrap_or(weight).min(weight)
    }

    /// Bytes on the heap, about.
    pub(super) fn bytes(&self) -> usize {
        self.seen.capacity() * size_of::<(FormatId, u64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTH: FormatId = FormatId(1);
    const AUDIT: FormatId = FormatId(2);

    fn sum(records: &[(i64, FormatId, u32)]) -> u32 {
        let mut tries = Tries::default();
        records
            .iter()
            .map(|(seconds, log, weight)| {
                tries.add(EventTime::from_seconds(*seconds), *log, *weight)
            })
            .sum()
    }

    #[test]
    fn a_try_that_two_kinds_of_log_record_is_one() {
        assert_eq!(sum(&[(0, AUDIT, 1), (2, AUTH, 1), (4_200, AUDIT, 1), (4_202, AUTH, 1)]), 2);
    }

    #[test]
    fn in_a_stretch_the_log_that_saw_most_counts() {
        let guesses = [(0, AUDIT, 1), (1, AUTH, 1), (2, AUTH, 1), (3, AUTH, 1), (3, AUDIT, 1)];
        assert_eq!(sum(&guesses), 3);
    }

    #[test]
    fn repeats_that_a_log_folds_are_those_that_another_spells_out() {
        let mut records: Vec<_> = (0..6).map(|second| (second, AUDIT, 1)).collect();
        records.extend([(6, AUTH, 1), (6, AUTH, 5)]);
        assert_eq!(sum(&records), 6);
    }

    #[test]
    fn one_kind_of_log_counts_every_record() {
        assert_eq!(sum(&[(0, AUTH, 1), (0, AUTH, 1), (1, AUTH, 3), (2, AUTH, 1)]), 6);
    }

    #[test]
    fn logs_of_different_times_are_added_up() {
        assert_eq!(sum(&[(0, AUTH, 2), (60, AUDIT, 2), (61, AUTH, 1)]), 4);
    }
}
