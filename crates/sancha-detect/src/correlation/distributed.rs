//! Password guessing shared by many sources, each of which stays below what one source may do.
//!
//! A source that failed, at accounts that it never entered, and too little to be guessing by itself, is
//! *low*. Low sources are everyday noise one by one; so many of them at one account, or at one service, at
//! one time are not.

use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, Level, LocalText, Outcome, RecordId, Scenario};

use super::tally::{Draft, Entered, Names, Tally};
use crate::texts;

/// The sources of one attack begin within this time of each other.
const WINDOW: i64 = EventTime::DAY;
/// So many low sources at one account: an account has one owner, who comes from a handful of addresses.
const ACCOUNT_SOURCES: usize = 20;
/// So many low sources at one service; an open port sees some tens of them a day.
const SERVICE_SOURCES: usize = 60;
/// An attack brings so many times the low sources that the same place sees otherwise.
const TIMES_USUAL: usize = 4;
/// From so many days on, what half of the days bring is what the place sees otherwise.
const KNOWN_DAYS: usize = 3;
/// Accounts that robots try everywhere. What each day brings at one of them is noise; at a name that is nobody's
/// but its owner's it is not.
const ROBOTS_ACCOUNTS: [&str; 40] = [
    "root",
    "admin",
    "administrator",
    "test",
    "testuser",
    "user",
    "guest",
    "info",
    "support",
    "ubuntu",
    "debian",
    "centos",
    "pi",
    "ec2-user",
    "vagrant",
    "oracle",
    "postgres",
    "mysql",
    "sa",
    "mongodb",
    "redis",
    "elastic",
    "es",
    "git",
    "ftp",
    "ftpuser",
    "www",
    "www-data",
    "web",
    "nginx",
    "apache",
    "tomcat",
    "jenkins",
    "nagios",
    "zabbix",
    "hadoop",
    "dev",
    "deploy",
    "docker",
    "minecraft",
];
/// Sources named in a finding.
const SOURCES_NAMED: usize = 1_000;

/// Failures of one source that are too few to be guessing.
#[derive(Clone, Debug)]
pub(super) struct Low {
    pub(super) source: IpAddr,
    pub(super) service: Box<str>,
    pub(super) tally: Tally,
    /// Some of them are of accounts that it never entered.
    pub(super) is_open: bool,
    /// Accounts that it failed at and then entered for the first time, and where the first of them was.
    pub(super) entered: Names,
    pub(super) entered_at: Option<(EventTime, RecordId, u64)>,
}

impl Low {
    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.service.len() + self.tally.bytes() + self.entered.bytes()
    }

    fn has_entered(&self, account: &str) -> bool {
        self.entered.iter().any(|entered| entered == account)
    }
}

/// Whether robots try the account everywhere.
pub(super) fn is_robots(account: &str) -> bool {
    ROBOTS_ACCOUNTS.contains(&account.to_lowercase().as_str())
}

/// Finds guessing shared by many sources. The order of `lows` does not matter.
pub(super) fn find(mut lows: Vec<Low>) -> Vec<Draft> {
    lows.sort_by_key(|low| (low.tally.first, low.source));
    let mut drafts = Vec::new();
    let mut taken = vec![false; lows.len()];
    let mut accounts: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (place, low) in lows.iter().enumerate().filter(|(_, low)| low.is_open) {
        for user in low.tally.users.iter().filter(|user| !low.has_entered(user)) {
            accounts.entry((&low.service, user)).or_default().push(place);
        }
    }
    for ((_, account), places) in &accounts {
        let usual = if is_robots(account) { usual_day(&lows, places) } else { 0 };
        for attack in attacks(&lows, places, ACCOUNT_SOURCES, usual) {
            for place in attack {
                if let Some(is_taken) = taken.get_mut(*place) {
                    *is_taken = true;
                }
            }
            drafts.push(draft(&lows, attack, Scenario::BRUTE_PASSWORD, Some(account)));
        }
    }
    let mut services: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, low) in lows.iter().enumerate().filter(|(_, low)| low.is_open) {
        if !taken.get(place).copied().unwrap_or(true) {
            services.entry(&low.service).or_default().push(place);
        }
    }
    for places in services.values() {
        let usual = usual_day(&lows, places);
        for attack in attacks(&lows, places, SERVICE_SOURCES, usual) {
            drafts.push(draft(&lows, attack, Scenario::BRUTE_STUFFING, None));
        }
    }
    drafts
}

/// How many low sources begin on a day of the middle; 0 where too few days are known.
fn usual_day(lows: &[Low], places: &[usize]) -> usize {
    let begins = || places.iter().filter_map(|place| lows.get(*place)?.tally.first);
    let Some(start) = begins().next() else { return 0 };
    let mut days: Vec<usize> = Vec::new();
    for begin in begins() {
        let day = usize::try_from(begin.since(start) / WINDOW).unwrap_or(0);
        if day >= days.len() {
            days.resize(day + 1, 0);
        }
        if let Some(count) = days.get_mut(day) {
            *count += 1;
        }
    }
    if days.len() < KNOWN_DAYS {
        return 0;
    }
    days.sort_unstable();
    days.get((days.len() - 1) / 2).copied().unwrap_or(0)
}

/// Stretches in which at least `least` sources begin within the window, and far more than otherwise.
/// `usual`: what a day brings, 0 where that is not known.
fn attacks<'a>(lows: &[Low], places: &'a [usize], least: usize, usual: usize) -> Vec<&'a [usize]> {
    let least = least.max(usual.saturating_mul(TIMES_USUAL));
    let begin = |at: usize| {
        places.get(at).and_then(|place| lows.get(*place)?.tally.first).unwrap_or(EventTime::MIN)
    };
    // Places up to here belong to a stretch that began at `from`.
    let (mut stretches, mut open) = (Vec::new(), None::<(usize, usize)>);
    let mut end = 0;
    for start in 0..places.len() {
        while end < places.len() && begin(end).since(begin(start)) <= WINDOW {
            end += 1;
        }
        if end - start < least {
            continue;
        }
        open = match open {
            Some((from, until)) if start < until => Some((from, end)),
            other => {
                stretches.extend(other);
                Some((start, end))
            }
        };
    }
    stretches.extend(open);
    let span = begin(places.len().saturating_sub(1)).since(begin(0));
    stretches.retain(|(from, until)| {
        // Where the usual is known, `least` has asked for it.
        let inside = (until - from) as u64;
        let (outside, length) =
            (places.len() as u64 - inside, begin(until - 1).since(begin(*from)));
        let rest = u64::try_from((span - length) / WINDOW).unwrap_or(0).max(1);
        let days = u64::try_from(length / WINDOW).unwrap_or(0) + 1;
        usual > 0 || inside * rest >= TIMES_USUAL as u64 * outside * days
    });
    stretches.into_iter().filter_map(|(from, until)| places.get(from..until)).collect()
}

/// Sources that tried the account meanwhile and got in, from where it had not come before: a guess may have hit. The
/// account's owner, who mistypes at a new address, is told as well and can say so.
fn hits<'l>(lows: &'l [Low], service: &str, account: &str, attack: &Tally) -> Vec<&'l Low> {
    let Some((first, last)) = attack.first.zip(attack.last) else { return Vec::new() };
    let during = |low: &Low| {
        let begin = low.tally.first.unwrap_or(EventTime::MIN);
        first <= begin && begin <= last.plus(EventTime::HOUR)
    };
    let fits = |low: &&Low| *low.service == *service && low.has_entered(account) && during(low);
    lows.iter().filter(fits).collect()
}

/// `account`: the one that all of them tried, where it is one.
fn draft(lows: &[Low], places: &[usize], scenario: Scenario, account: Option<&str>) -> Draft {
    let mut tally = Tally::default();
    let mut sources = Vec::new();
    let mut service = "";
    for low in places.iter().filter_map(|place| lows.get(*place)) {
        tally.merge(low.tally.clone());
        sources.push(low.source);
        service = &low.service;
    }
    let hits = account.map(|account| hits(lows, service, account, &tally)).unwrap_or_default();
    let mut entered = Entered::default();
    for hit in &hits {
        tally.merge(hit.tally.clone());
        if let Some((time, at, line)) = hit.entered_at {
            tally.decide(at, line);
            entered.at = entered.at.into_iter().chain([time]).min();
        }
        sources.push(hit.source);
        entered.users.insert(account.unwrap_or_default());
    }
    sources.sort_unstable();
    sources.dedup();
    let all = sources.len();
    sources.sort_by_key(|source| hits.iter().all(|hit| hit.source != *source));
    sources.truncate(SOURCES_NAMED);
    let service =
        if service.is_empty() { texts::UNNAMED.local() } else { LocalText::same(service) };
    let (level, outcome, reason) = match hits.first() {
        Some(hit) => {
            let source = LocalText::same(hit.source.to_string());
            let user = LocalText::same(account.unwrap_or_default());
            let reason = texts::REASON_SOURCE_ENTERED.fill(&[("source", source), ("user", user)]);
            (Level::High, Outcome::LikelySucceeded, reason.into())
        }
        None => (Level::Medium, Outcome::Attempted, (&texts::REASON_SOURCES_NO_LOGIN).into()),
    };
    Draft {
        source: None,
        sources,
        scenario,
        level,
        outcome,
        reason,
        analysis: Some("sancha.brute_force.distributed"),
        text: &texts::BRUTE_DISTRIBUTED,
        values: vec![("service", service), ("sources", LocalText::same(all.to_string()))],
        entered,
        tally,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many sources a day, one failure each at one account.
    fn lows(account: &str, days: &[u32]) -> Vec<Low> {
        let (mut lows, mut number) = (Vec::new(), 0_u32);
        for (day, count) in (0_i64..).zip(days) {
            for at in 0..*count {
                number += 1;
                let second = day * 86_400 + i64::from(at * 86_000 / count);
                let first = EventTime::from_seconds(1_700_000_000 + second);
                let mut tally = Tally::summed(first, first, 1, std::iter::empty());
                tally.users.insert(account);
                let source = IpAddr::from((0x0b00_0000 + number).to_be_bytes());
                lows.push(Low {
                    source,
                    service: "sshd".into(),
                    tally,
                    is_open: true,
                    entered: Names::default(),
                    entered_at: None,
                });
            }
        }
        lows
    }

    fn named(account: &str, days: &[u32]) -> Vec<usize> {
        find(lows(account, days)).iter().map(|draft| draft.sources.len()).collect()
    }

    #[test]
    fn one_of_many_sources_that_gets_in_is_told() {
        let outcome = |account: &str| {
            let mut lows = lows("carol", &[60]);
            let mut hit = lows.pop().unwrap();
            (hit.is_open, hit.entered_at) =
                (false, Some((EventTime::from_seconds(7), RecordId::default(), 7)));
            hit.entered.insert(account);
            let source = hit.source;
            lows.push(hit);
            let found = find(lows);
            let [attack] = found.as_slice() else { panic!("{} findings", found.len()) };
            (attack.outcome, attack.sources.contains(&source), attack.entered.users.len())
        };
        assert_eq!(outcome("carol"), (Outcome::LikelySucceeded, true, 1));
        assert_eq!(outcome("dave"), (Outcome::Attempted, false, 0));
    }

    #[test]
    fn what_robots_do_every_day_is_no_attack() {
        assert!(named("root", &[60; 7]).is_empty());
        assert!(named("root", &[200; 7]).is_empty());
        // One day that stands out is told by itself.
        assert_eq!(named("root", &[60, 60, 60, 400, 60, 60, 60]).len(), 1);
        assert!(named("root", &[60, 60, 60, 400, 60, 60, 60]).iter().all(|count| *count < 530));
        // Nobody but carol is carol, and of two days nothing is known.
        assert_eq!(named("carol", &[60; 7]), [420]);
        assert_eq!(named("root", &[60; 2]), [120]);
    }
}
