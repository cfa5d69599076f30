use std::net::{IpAddr, Ipv4Addr};

use sancha_model::Scenario;

use crate::draw::Draw;

const DAY: u64 = 86_400;
const DAYS: u64 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Five to thirty tries within ten minutes.
    Fast,
    /// One try every half hour to two hours at one account, for two to three days.
    Slow,
    /// Many accounts, one try each, within the hour.
    Spray,
    /// The same over one to three days.
    SlowSpray,
    /// A list of names gone through once, every few seconds.
    Stuffing,
    /// Sixty sources with two to four tries each at one account, in eight hours.
    Distributed,
    /// A hundred and fifty sources with two tries each at accounts of their own, in ten hours.
    DistributedAccounts,
    /// Fast guessing that ends with a login.
    Success,
    /// One account that does not exist, asked for again and again, at a server that takes only keys.
    KeysOnly,
}

impl Attack {
    pub(crate) const ALL: [Self; 9] = [
        Self::Fast,
        Self::Slow,
        Self::Spray,
        Self::SlowSpray,
        Self::Stuffing,
        Self::Distributed,
        Self::DistributedAccounts,
        Self::Success,
        Self::KeysOnly,
    ];

    pub(crate) fn scenarios(self) -> &'static [Scenario] {
        match self {
            Self::Fast | Self::Success | Self::Distributed | Self::KeysOnly => {
                &[Scenario::BRUTE_PASSWORD]
            }
            Self::Slow => &[Scenario::BRUTE_SLOW],
            Self::Spray | Self::SlowSpray => &[Scenario::BRUTE_SPRAY],
            Self::Stuffing | Self::DistributedAccounts => &[Scenario::BRUTE_STUFFING],
        }
    }
}

/// Lines with the second they were written at, and who attacks.
pub(crate) struct Replay {
    lines: Vec<(u64, String)>,
    pub(crate) attackers: Vec<IpAddr>,
}

impl Replay {
    pub(crate) fn new(seed: u64, attack: Option<Attack>) -> Self {
        let mut replay = Self { lines: Vec::new(), attackers: Vec::new() };
        let mut draw = Draw::new(seed);
        replay.staff(&mut draw);
        replay.machines(&mut draw);
        if let Some(attack) = attack {
            let sources = match attack {
                Attack::Distributed => 60,
                Attack::DistributedAccounts => 150,
                _ => 20,
            };
            for number in 0..sources {
                let last = u8::try_from(number % 250).unwrap();
                let from = Ipv4Addr::new(198, 51, if number < 250 { 100 } else { 101 }, last + 1);
                replay.attackers.push(from.into());
                replay.attack(attack, number, &from.to_string(), &mut draw);
            }
        }
        replay.lines.sort();
        replay
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|(second, line)| format!("{} {line}\n", stamp(*second))).collect()
    }

    /// The same lines, each up to four minutes from its place.
    pub(crate) fn shuffled(&self, seed: u64) -> String {
        let mut draw = Draw::new(seed);
        let mut lines: Vec<_> = self
            .lines
            .iter()
            .map(|(second, line)| (second + draw.between(0, 240), *second, line))
            .collect();
        lines.sort();
        lines.iter().map(|(_, second, line)| format!("{} {line}\n", stamp(*second))).collect()
    }

    fn say(&mut self, second: u64, message: &str) {
        self.lines.push((second, format!("web01 sshd[{}]: {message}", 1_000 + second % 60_000)));
    }

    fn fail(&mut self, second: u64, user: &str, from: &str) {
        self.say(second, &format!("Failed password for {user} from {from} port 50222 ssh2"));
    }

    fn enter(&mut self, second: u64, user: &str, from: &str) {
        self.say(second, &format!("Accepted password for {user} from {from} port 50222 ssh2"));
    }

    fn look_up(&mut self, second: u64, host: &str, user: &str, from: &str) {
        let message = format!("Invalid user {user} from {from} port 50222");
        self.lines.push((second, format!("{host} sshd[{}]: {message}", 1_000 + second % 60_000)));
    }

    /// Forty people, most of them behind the office's one address, who mistype now and then.
    fn staff(&mut self, draw: &mut Draw) {
        for day in 0..DAYS {
            for person in 0..40_u64 {
                let user = format!("staff{person:02}");
                let home = format!("203.0.113.{}", 10 + person);
                for _ in 0..draw.between(2, 7) {
                    let mut second = day * DAY + draw.between(8 * 3_600, 20 * 3_600);
                    let from = if draw.percent(70) { "203.0.113.5" } else { home.as_str() };
                    let tries = if draw.percent(8) { draw.between(1, 3) } else { 0 };
                    for _ in 0..tries {
                        self.fail(second, &user, from);
                        second += draw.between(4, 20);
                    }
                    self.enter(second, &user, from);
                }
            }
        }
    }

    /// A backup with an old password, a deployment with an old key, a monitor that only knocks.
    fn machines(&mut self, draw: &mut Draw) {
        for minute in 0..DAYS * 1_440 {
            let second = minute * 60;
            self.say(second + 2, "Connection closed by 10.1.0.7 port 40000 [preauth]");
            if minute % 5 == 0 {
                self.say(
                    second + 3,
                    "Connection closed by authenticating user deploy 10.1.0.8 port 40001 [preauth]",
                );
            }
            if minute % 60 == 17 {
                self.fail(second + draw.between(0, 3), "backup", "10.1.0.9");
            }
        }
    }

    fn attack(&mut self, attack: Attack, number: u64, from: &str, draw: &mut Draw) {
        let mut second = draw.between(0, DAY / 2);
        let mut repeat =
            |replay: &mut Self, tries: u64, pause: (u64, u64), users: &dyn Fn(u64) -> String| {
                for number in 0..tries {
                    replay.fail(second, &users(number), from);
                    second += draw.between(pause.0, pause.1);
                }
                second
            };
        match attack {
            Attack::Fast => {
                repeat(self, 5 + number, (1, 20), &|_| "root".to_owned());
            }
            Attack::Slow => {
                repeat(self, 36, (1_800, 7_200), &|_| "root".to_owned());
            }
            Attack::Spray => {
                repeat(self, 20 + number, (15, 60), &|n| format!("invalid user name{n}"));
            }
            Attack::SlowSpray => {
                repeat(self, 24 + number, (1_800, 5_400), &|n| format!("invalid user name{n}"));
            }
            Attack::Stuffing => {
                repeat(self, 150, (1, 6), &|n| format!("invalid user u{n}x{number}"));
            }
            Attack::Distributed => {
                repeat(self, 2 + number % 3, (1_000, 4_000), &|_| "chenjie".to_owned());
            }
            Attack::DistributedAccounts => {
                repeat(self, 2, (1_000, 9_000), &|n| format!("invalid user d{n}x{number}"));
            }
            Attack::KeysOnly => {
                for _ in 0..6 + number {
                    self.look_up(second, "keys01", "tutu", from);
                    second += draw.between(0, 30);
                }
                // Who goes through names looks for accounts; where passwords are taken they are what counts.
                let others = format!("192.0.2.{}", number + 1);
                for name in 0..20 {
                    self.look_up(second + name, "keys01", &format!("name{}", name % 4), &others);
                }
                let (refused, name) =
                    (format!("192.0.2.{}", number + 101), format!("tutu{number}"));
                for turn in 0..8 {
                    self.look_up(second + turn, "web01", &name, &refused);
                    let closed = format!("invalid user {name} {refused} port 50222 [preauth]");
                    self.say(second + turn, &format!("Connection closed by {closed}"));
                }
                self.fail(second + draw.between(0, 8), &format!("invalid user {name}"), &refused);
            }
            Attack::Success => {
                let at = repeat(self, 15, (1, 9), &|_| "oracle".to_owned());
                self.enter(at + 5, "oracle", from);
            }
        }
    }
}

/// One failed login of each of so many sources.
pub(crate) fn crowd(sources: u32) -> String {
    let line = |number: u32| {
        let from = Ipv4Addr::from(0x0b00_0000 + number);
        let stamp = stamp(u64::from(number));
        format!("{stamp} web01 sshd[7]: Failed password for root from {from} port 5022 ssh2\n")
    };
    (0..sources).map(line).collect()
}

/// Seconds since 2 March as syslog writes them.
fn stamp(second: u64) -> String {
    let (day, inside) = (2 + second / DAY, second % DAY);
    format!("Mar {day:>2} {:02}:{:02}:{:02}", inside / 3_600, inside / 60 % 60, inside % 60)
}
