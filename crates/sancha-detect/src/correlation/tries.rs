//! How many tries several kinds of log tell of: one try at sshd stands in `auth.log`, in the audit log
//! and in `btmp`, and is one try.
//!
//! Records of one source that follow each other within seconds are a stretch. In a stretch the kind of
//! log that saw most gives the number; what the others say is the same tries. Stretches are added up, so
//! logs that cover different days do not hide each other. Tries at two machines are two; a log that names
//! no machine, as `btmp`, may tell of any.
//!
//! sshd writes a try with an account that does not exist into `btmp` twice: when it looks the account up,
//! and when the password is refused. Further passwords on the same connection are one record each, so
//! only the second record of a process can be a double.

use std::net::IpAddr;

use sancha_model::{EventTime, FormatId};

use crate::fetch::fetch_first;

/// Logs of one try lie this close: PAM delays a refusal for some seconds before sshd writes it down.
const SAME_TRY: i64 = 5 * EventTime::SECOND;
/// A lookup and the refusal of the first password lie this close. A client that has to wait for PAM's
/// delay before it may try again is slower.
const DOUBLE: i64 = EventTime::SECOND;
/// Logs and machines told apart in a stretch; the others are taken for any machine.
const WITNESSES_KEPT: usize = 64;
/// Connections of one source that are open at a time: more than sshd's `MaxStartups` lets in at once.
const FIRSTS_KEPT: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct Tries {
    last: Option<EventTime>,
    /// Records of this stretch by kind of log and machine.
    seen: Vec<(Witness, u64)>,
    /// The latest processes that may yet write a first try again.
    firsts: Vec<First>,
}

/// A kind of log of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) log: FormatId,
    /// As [`machine`] has it.
    pub(super) machine: u32,
}

/// A mark of the machine of that name, 0 where the log names none: one log calls it by its full name, another by the
/// first part of it.
pub(super) fn machine(host: &str) -> u32 {
    let is_address = host.parse::<IpAddr>().is_ok();
    let name = if is_address { host } else { host.split('.').next().unwrap_or_default() };
    // FNV-1a.
    let mark = |mark: u32, byte: u8| {
        (mark ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    };
    if name.is_empty() { 0 } else { name.bytes().fold(0x811c_9dc5, mark) }
}

impl Witness {
    fn may_be_of_one_machine(self, other: Self) -> bool {
        self.machine == other.machine || self.machine == 0 || other.machine == 0
    }
}

#[derive(Clone, Copy, Debug)]
struct First {
    time: EventTime,
    process: u32,
    account: u64,
    is_doubled: bool,
}

impl Tries {
    /// How many tries a record adds to those that are known; 0 when another kind of log told of it.
    pub(super) fn add(&mut self, time: EventTime, mut by: Witness, weight: u32) -> u32 {
        if self.last.is_none_or(|last| time.since(last) > SAME_TRY) {
            self.seen.clear();
        }
        self.last = Some(time);
        // Who sends records names the machines, too.
        if self.seen.len() >= WITNESSES_KEPT && self.seen.iter().all(|(known, _)| *known != by) {
            by.machine = 0;
        }
        let told = self.seen.iter().filter(|(other, _)| by.may_be_of_one_machine(*other));
        let known = told.map(|(_, count)| *count).max().unwrap_or(0);
        let place = self.seen.iter().position(|(witness, _)| *witness == by);
        let place = place.unwrap_or_else(|| {
            self.seen.push((by, 0));
            self.seen.len() - 1
        });
        let Some((_, count)) = self.seen.get_mut(place) else { return weight };
        *count += u64::from(weight);
        u32::try_from(count.saturating_sub(known)).unwrap_or(weight).min(weight)
    }

    /// Whether a process told of this account's first try just before, in a log that holds such doubles;
    /// `process` is 0 for the others.
    pub(super) fn is_double(&mut self, time: EventTime, process: u32, account: u64) -> bool {
        if process == 0 {
            return false;
        }
        self.firsts.retain(|first| time.since(first.time) <= DOUBLE);
        let same = |first: &&mut First| first.process == process && first.account == account;
        if let Some(first) = self.firsts.iter_mut().find(same) {
            return !std::mem::replace(&mut first.is_doubled, true);
        }
        if self.firsts.len() == FIRSTS_KEPT {
            self.firsts.remove(0);
        }
        self.firsts.push(First { time, process, account, is_doubled: false });
        false
    }

    pub(super) fn fetch(&self) {
        fetch_first(&self.seen);
    }

    /// Bytes on the heap, about.
    pub(super) fn bytes(&self) -> usize {
        self.seen.capacity() * size_of::<(Witness, u64)>()
            + self.firsts.capacity() * size_of::<First>()
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
                let by = Witness { log: *log, machine: 0 };
                tries.add(EventTime::from_seconds(*seconds), by, *weight)
            })
            .sum()
    }

    #[test]
    fn a_try_that_two_kinds_of_log_record_is_one() {
        assert_eq!(sum(&[(0, AUDIT, 1), (2, AUTH, 1), (4_200, AUDIT, 1), (4_202, AUTH, 1)]), 2);
    }

    #[test]
    fn tries_at_two_machines_are_two() {
        let mut tries = Tries::default();
        let mut add = |log, host| {
            let by = Witness { log, machine: machine(host) };
            tries.add(EventTime::from_seconds(0), by, 1)
        };
        assert_eq!(add(AUTH, "web01"), 1);
        assert_eq!(add(AUDIT, "WEB01.example.org"), 0);
        assert_eq!(add(AUTH, "db01"), 1);
        assert_eq!(add(AUDIT, ""), 0);
        assert_ne!(machine("10.0.0.5"), machine("10.0.0.6"));
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
    fn only_the_second_record_of_a_connection_is_a_double() {
        let mut tries = Tries::default();
        let mut doubles = |records: &[(i64, u32, u64)]| -> Vec<bool> {
            let is_double = |(seconds, process, account): &(i64, u32, u64)| {
                tries.is_double(EventTime::from_seconds(*seconds), *process, *account)
            };
            records.iter().map(is_double).collect()
        };
        // A lookup and three passwords; two connections side by side; the number of a process used again.
        assert_eq!(
            doubles(&[(0, 7, 1), (0, 7, 1), (1, 7, 1), (3, 7, 1)]),
            [false, true, false, false]
        );
        assert_eq!(
            doubles(&[(10, 8, 1), (10, 9, 1), (11, 9, 1), (11, 8, 1)]),
            [false, false, true, true]
        );
        assert_eq!(
            doubles(&[(20, 7, 1), (20, 7, 2), (30, 7, 1), (40, 0, 1), (40, 0, 1)]),
            [false; 5]
        );
    }

    #[test]
    fn logs_of_different_times_are_added_up() {
        assert_eq!(sum(&[(0, AUTH, 2), (60, AUDIT, 2), (61, AUTH, 1)]), 4);
    }
}
