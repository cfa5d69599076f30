//! Tries that no one person makes, told by few: several accounts at once, several on one connection at once,
//! several accounts that do not exist.
//!
//! Counted for services other than sshd. A port 22 that is open sees robots all day that try three names and
//! go; five failures in ten minutes are what counts there.

use sancha_model::EventTime;

use crate::Try;

/// A person has two or three accounts at a service, and needs some seconds for each.
const ACCOUNTS: usize = 4;
const ACCOUNTS_WITHIN: i64 = 15 * EventTime::SECOND;
/// Mistyped names that the service says do not exist: an office mistypes one or two an hour.
const UNKNOWN: usize = 5;
const UNKNOWN_WITHIN: i64 = EventTime::HOUR;
/// Clients try a password up to three times on a connection, with a method of authentication each.
const TRIES: u32 = 4;
const TRIES_WITHIN: i64 = EventTime::SECOND;
/// Connections of one source that are looked at together.
const CONNECTIONS: usize = 16;

/// The accounts that failed latest, each with its latest time.
#[derive(Clone, Debug)]
struct Lately<const COUNT: usize>([Option<(EventTime, u64)>; COUNT]);

impl<const COUNT: usize> Default for Lately<COUNT> {
    fn default() -> Self {
        Self([None; COUNT])
    }
}

impl<const COUNT: usize> Lately<COUNT> {
    /// Whether as many different accounts as there are places failed within the time.
    fn add(&mut self, time: EventTime, account: u64, within: i64) -> bool {
        let known = self.0.iter_mut().find(|kept| kept.is_some_and(|(_, own)| own == account));
        // An empty place is older than any.
        let place = match known {
            Some(place) => Some(place),
            None => self.0.iter_mut().min_by_key(|kept| kept.map(|(time, _)| time)),
        };
        if let Some(place) = place {
            *place = Some((time, account));
        }
        self.0.iter().all(|kept| kept.is_some_and(|(then, _)| time.since(then) <= within))
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Haste {
    accounts: Lately<ACCOUNTS>,
    unknown: Lately<UNKNOWN>,
    /// Port, first time and tries of the latest connections.
    connections: Vec<(u16, EventTime, u32)>,
    /// Several accounts, or several tries on a connection.
    many_accounts: bool,
    one_connection: bool,
}

impl Haste {
    /// Takes a failure of an account that has not logged in from the source.
    pub(super) fn add(&mut self, time: EventTime, account: u64, tried: Try) {
        self.many_accounts |= self.accounts.add(time, account, ACCOUNTS_WITHIN)
            || tried.is_unknown && self.unknown.add(time, account, UNKNOWN_WITHIN);
        self.one_connection |= tried.port != 0 && self.connection(time, tried.port);
    }

    fn connection(&mut self, time: EventTime, port: u16) -> bool {
        self.connections.retain(|(_, first, _)| time.since(*first) <= TRIES_WITHIN);
        if let Some((_, _, tries)) = self.connections.iter_mut().find(|(own, ..)| *own == port) {
            *tries += 1;
            return *tries >= TRIES;
        }
        if self.connections.len() < CONNECTIONS {
            self.connections.push((port, time, 1));
        }
        false
    }

    pub(super) fn has_many_accounts(&self) -> bool {
        self.many_accounts
    }

    pub(super) fn is_of_one_connection(&self) -> bool {
        self.one_connection
    }

    /// Bytes on the heap, about.
    pub(super) fn bytes(&self) -> usize {
        self.connections.capacity() * size_of::<(u16, EventTime, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Second, account, port and whether the account exists, of each failure.
    fn told(tries: &[(i64, u64, u16, bool)]) -> (bool, bool) {
        let mut haste = Haste::default();
        for (second, account, port, exists) in tries {
            let tried = Try { port: *port, is_unknown: !exists };
            haste.add(EventTime::from_seconds(*second), *account, tried);
        }
        (haste.has_many_accounts(), haste.is_of_one_connection())
    }

    #[test]
    fn four_accounts_within_seconds_are_no_one_person() {
        assert!(told(&[(0, 1, 0, true), (4, 2, 0, true), (6, 3, 0, true), (13, 4, 0, true)]).0);
        assert!(!told(&[(0, 1, 0, true), (4, 2, 0, true), (6, 3, 0, true), (16, 4, 0, true)]).0);
        let three: Vec<_> = (0..60).map(|n: i64| (n, n.unsigned_abs() % 3, 0, true)).collect();
        assert!(!told(&three).0, "one client with three accounts");
    }

    #[test]
    fn five_accounts_that_do_not_exist_within_the_hour() {
        let names = |exists, apart| -> Vec<_> {
            (0..5).map(|n: i64| (n * apart, n.unsigned_abs(), 0, exists)).collect()
        };
        assert!(told(&names(false, 890)).0);
        assert!(!told(&names(false, 910)).0);
        assert!(!told(&names(true, 890)).0);
    }

    #[test]
    fn four_tries_on_a_connection_within_a_second() {
        let on = |ports: [u16; 4]| ports.map(|port| (7, 1, port, true));
        assert!(told(&on([40_001; 4])).1);
        assert!(!told(&on([40_001, 40_002, 40_003, 40_004])).1, "connections side by side");
        assert!(!told(&on([0; 4])).1, "the log names no port");
        assert!(!told(&[(0, 1, 9, true), (2, 1, 9, true), (4, 1, 9, true), (6, 1, 9, true)]).1);
    }
}
