use std::net::IpAddr;

use sancha_model::{Cell, Event, Scalar};

use super::{regex::LazyRegex, text::TextPattern, time_part::TimePart};

/// A field name's place in [`super::Rules`].
pub(crate) type Name = u16;

/// One condition on one field. `None` as the field means the whole record (Sigma's keywords).
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) field: Option<Name>,
    /// One of them must hold.
    pub(crate) patterns: Vec<Pattern>,
    /// Place among the tests of its rule.
    pub(crate) number: u32,
    /// The search for the rule's anchors finds out whether it holds.
    pub(crate) decided: bool,
}

impl Test {
    pub(crate) fn new(field: Option<Name>, patterns: Vec<Pattern>) -> Self {
        Self { field, patterns, number: 0, decided: false }
    }

    /// The names it looks at.
    pub(crate) fn names(&self) -> impl Iterator<Item = Name> {
        let others = self.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::SameAs { other, .. } => Some(*other),
            _ => None,
        });
        self.field.into_iter().chain(others)
    }
}

#[derive(Debug)]
pub(crate) enum Pattern {
    Text(TextPattern),
    Regex(Box<LazyRegex>),
    Cidr(Network),
    Int(i64),
    Bool(bool),
    Compare(Comparison, f64),
    /// A part of the time that the value states, in UTC.
    Part(TimePart, Comparison, i64),
    /// The field is there, or is not.
    Exists(bool),
    /// The value stands, at this place, in another field of the same record.
    SameAs {
        other: Name,
        place: super::text::Place,
        cased: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// Addresses that share a prefix (RFC 4632, RFC 4291 clause 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let full = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(full);
        (prefix <= full).then_some(Self { address, prefix })
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let bits = |v4: bool, a: IpAddr| match (v4, a.to_canonical()) {
            (true, IpAddr::V4(a)) => Some(u128::from(a.to_bits()) << 96),
            (false, IpAddr::V6(a)) => Some(a.to_bits()),
            (false, IpAddr::V4(a)) => Some(a.to_ipv6_mapped().to_bits()),
            (true, IpAddr::V6(_)) => None,
        };
        let v4 = self.address.is_ipv4();
        let own = match self.address {
            IpAddr::V4(a) => u128::from(a.to_bits()) << 96,
            IpAddr::V6(a) => a.to_bits(),
        };
        let shift = 128 - u32::from(self.prefix);
        bits(v4, address).is_some_and(|other| (own ^ other).checked_shr(shift).unwrap_or(0) == 0)
    }
}

/// One value of a record.
#[derive(Clone, Copy)]
pub(crate) struct Value<'b> {
    pub(crate) text: &'b [u8],
    scalar: Option<Scalar>,
    event: Event<'b>,
}

impl<'b> Value<'b> {
    pub(crate) fn of_cell(event: Event<'b>, cell: &Cell) -> Self {
        Self { text: event.text(cell), scalar: Some(cell.value), event }
    }

    pub(crate) fn of_text(event: Event<'b>, text: &'b [u8]) -> Self {
        Self { text, scalar: None, event }
    }

    /// A whole number, also when it is written as text or with an empty fraction.
    pub(crate) fn int(self) -> Option<i64> {
        if let Some(Scalar::Int(value)) = self.scalar {
            return Some(value);
        }
        let starts = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.');
        if !self.text.first().is_some_and(starts)
            || self.text.len() > 24
            || !self.text.iter().any(u8::is_ascii_digit)
        {
            return None;
        }
        let text = std::str::from_utf8(self.text).ok()?;
        text.parse().ok().or_else(|| {
            let number: f64 = text.parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "only whole numbers pass")]
            let whole = number as i64;
            #[expect(clippy::cast_precision_loss, reason = "compared with what it came from")]
            let same = (whole as f64 - number).abs() < f64::EPSILON;
            same.then_some(whole)
        })
    }

    fn time_part(self, part: TimePart) -> Option<i64> {
        match self.scalar {
            Some(Scalar::Time(time)) => part.of(time),
            Some(Scalar::Int(count)) => part.of_count(count),
            _ => part.of_text(self.text),
        }
    }

    fn number(self) -> Option<f64> {
        match self.scalar {
            #[expect(clippy::cast_precision_loss, reason = "compared with a rule's number only")]
            Some(Scalar::Int(value)) => Some(value as f64),
            _ => std::str::from_utf8(self.text).ok()?.trim().parse().ok(),
        }
    }

    fn ip(self) -> Option<IpAddr> {
        match self.scalar {
            Some(Scalar::Ip(slot)) => self.event.ip(slot),
            _ => std::str::from_utf8(self.text).ok()?.parse().ok(),
        }
    }

    fn is_bool(self, wanted: bool) -> bool {
        match self.scalar {
            Some(Scalar::Bool(value)) => value == wanted,
            // The words that loggers write for the two.
            _ => {
                let words: [&[u8]; 3] =
                    if wanted { [b"true", b"1", b"yes"] } else { [b"false", b"0", b"no"] };
                words.iter().any(|word| self.text.eq_ignore_ascii_case(word))
            }
        }
    }
}

impl Pattern {
    /// Whether one value of the field satisfies it. What needs the whole record is never true here.
    pub(crate) fn matches(&self, value: Value<'_>) -> bool {
        match self {
            Self::Text(pattern) => pattern.matches(value.text),
            Self::Regex(regex) => regex.is_match(value.text),
            Self::Cidr(network) => value.ip().is_some_and(|address| network.contains(address)),
            Self::Int(wanted) => value.int() == Some(*wanted),
            Self::Bool(wanted) => value.is_bool(*wanted),
            Self::Compare(how, limit) => value.number().is_some_and(|n| how.holds(n, *limit)),
            #[expect(clippy::cast_precision_loss, reason = "parts of a date are small")]
            Self::Part(part, how, limit) => {
                value.time_part(*part).is_some_and(|n| how.holds(n as f64, *limit as f64))
            }
            Self::Exists(wanted) => *wanted,
            Self::SameAs { .. } => false,
        }
    }

    /// How dear it is to try, for putting cheap tests first.
    pub(crate) fn weight(&self) -> u32 {
        match self {
            Self::Exists(_) | Self::Int(_) | Self::Bool(_) => 1,
            Self::Text(_) | Self::Compare(..) => 2,
            Self::Cidr(_) | Self::SameAs { .. } | Self::Part(..) => 4,
            Self::Regex(_) => 50,
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Greater => value > limit,
            Self::GreaterOrEqual => value >= limit,
            Self::Equal => (value - limit).abs() < f64::EPSILON,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let check = |network: &str, address: &str, inside: bool| {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), inside, "{network:?} {address}");
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("0.0.0.0/0", "203.0.113.1", true);
        check("192.0.2.7", "192.0.2.7", true);
        check("192.0.2.0/24", "::ffff:192.0.2.9", true);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        assert!(Network::parse("10.0.0.0/33").is_none());
        assert!(Network::parse("host").is_none());
    }
}
