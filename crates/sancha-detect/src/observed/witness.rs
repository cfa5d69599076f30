use std::net::IpAddr;

use sancha_model::{Event, EventClass, EventTime, FieldId};

use crate::signal::fnv1a;

/// Witnesses that one file keeps: 64 KiB.
const KEPT: usize = 4096;

/// An event that another log may have recorded too: a refused request, or a login over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// Hash of what both logs say of it: address, method and path; or address and outcome.
    pub key: u64,
    pub time: EventTime,
}

/// A sample of a file's witnesses. Which keys are in it is decided by the key alone, so that two logs
/// keep the same ones: with `level` n, those whose last n bits are zero.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    list: Vec<Witness>,
    level: u32,
    host: Host,
}

/// The machine that a log names for its witnesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Host {
    #[default]
    Unnamed,
    Named(Box<[u8]>),
    Several,
}

impl Witnesses {
    /// `source` is the record's source address.
    pub(super) fn add(&mut self, event: Event<'_>, source: Option<IpAddr>) {
        let Some((time, source)) = event.time().zip(source) else { return };
        let Some(key) = key(event, source) else { return };
        self.push(Witness { key, time });
    }

    /// Adds a login over the network, which the log says of `host`.
    pub(super) fn add_login(
        &mut self,
        time: EventTime,
        source: IpAddr,
        [outcome, host]: [&[u8]; 2],
    ) {
        self.host.see(host);
        let outcome = if outcome == b"failure" { FAILURE } else { fnv1a(outcome) };
        self.push(Witness { key: joined(source, [outcome]), time });
    }

    fn push(&mut self, witness: Witness) {
        if !is_sampled(witness.key, self.level) {
            return;
        }
        self.list.push(witness);
        while self.list.len() > KEPT {
            self.level += 1;
            let level = self.level;
            self.list.retain(|witness| is_sampled(witness.key, level));
        }
    }

    /// Adds those of another batch or file.
    pub fn merge(&mut self, other: &Self) {
        if other.level > self.level {
            self.level = other.level;
            let level = self.level;
            self.list.retain(|witness| is_sampled(witness.key, level));
        }
        other.list.iter().for_each(|witness| self.push(*witness));
        match &other.host {
            Host::Unnamed => {}
            Host::Named(name) => self.host.see(name),
            Host::Several => self.host = Host::Several,
        }
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        (self.level, self.host) = (0, Host::Unnamed);
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn of(list: impl Iterator<Item = Witness>) -> Self {
        Self { list: list.collect(), ..Self::default() }
    }

    #[cfg(test)]
    pub(crate) fn name(&mut self, host: &str) {
        self.host.see(host.as_bytes());
    }

    /// Sorted, of the keys that a sample of `level` keeps.
    pub(crate) fn sampled(&self, level: u32) -> Vec<Witness> {
        let kept = self.list.iter().filter(|witness| is_sampled(witness.key, level));
        let mut sorted: Vec<Witness> = kept.copied().collect();
        sorted.sort_unstable();
        sorted
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    /// Both logs name one machine, the same.
    pub(crate) fn names_same_host(&self, other: &Self) -> bool {
        matches!((&self.host, &other.host), (Host::Named(a), Host::Named(b)) if a == b)
    }

    /// Both logs name one machine, not the same.
    pub(crate) fn names_other_host(&self, other: &Self) -> bool {
        matches!((&self.host, &other.host), (Host::Named(a), Host::Named(b)) if a != b)
    }
}

impl Host {
    fn see(&mut self, name: &[u8]) {
        match self {
            Self::Unnamed if !name.is_empty() => *self = Self::Named(name.into()),
            Self::Named(known) if !name.is_empty() && **known != *name => *self = Self::Several,
            Self::Unnamed | Self::Named(_) | Self::Several => {}
        }
    }
}

fn is_sampled(key: u64, level: u32) -> bool {
    key.trailing_zeros() >= level.min(u64::BITS)
}

/// What an error log and an access log say of one event in the same words.
fn key(event: Event<'_>, source: IpAddr) -> Option<u64> {
    match event.class() {
        EventClass::Web | EventClass::WebError => {
            let path = event.field_text(FieldId::URL_PATH);
            let method = event.field_text(FieldId::HTTP_METHOD);
            (!path.is_empty()).then(|| joined(source, [method, path].map(fnv1a)))
        }
        _ => None,
    }
}

/// How most logins that are recorded end.
const FAILURE: u64 = fnv1a(b"failure");

/// A key of an address and the hashes of what is said of it.
#[inline]
fn joined<const N: usize>(source: IpAddr, words: [u64; N]) -> u64 {
    let address = match source.to_canonical() {
        IpAddr::V4(v4) => fnv1a(&v4.octets()),
        IpAddr::V6(v6) => fnv1a(&v6.octets()),
    };
    let joined = words.iter().fold(address, |hash, word| hash.rotate_left(7) ^ word);
    // The last bits decide the sample; a multiplicative hash leaves the best ones at the top.
    joined.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(key: u64, second: i64) -> Witness {
        Witness { key, time: EventTime::from_seconds(second) }
    }

    #[test]
    fn two_samples_keep_the_same_keys() {
        let key = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes();
        let (mut long, mut short) = (Witnesses::default(), Witnesses::default());
        for n in 0..100_000 {
            long.push(witness(key(n), 1));
        }
        for n in 0..1_000 {
            short.push(witness(key(n), 2));
        }
        assert!(long.list.len() <= KEPT && long.level > 3, "{}", long.level);
        let kept = short.sampled(long.level());
        assert!(!kept.is_empty());
        assert!(kept.iter().all(|one| long.list.iter().any(|other| other.key == one.key)));
    }

    #[test]
    fn batches_give_the_same_sample_as_one_file() {
        let key = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes();
        let mut whole = Witnesses::default();
        let mut joined = Witnesses::default();
        for batch in 0..20_u64 {
            let mut part = Witnesses::default();
            for n in batch * 1_000..(batch + 1) * 1_000 {
                part.push(witness(key(n), 1));
                whole.push(witness(key(n), 1));
            }
            joined.merge(&part);
        }
        assert_eq!(joined.sampled(0), whole.sampled(0));
    }
}
