//! The one time stamp of a line that says when the event happened: kept as the event's time and a shape,
//! written again from both.

use sancha_model::{Civil, EventTime};

/// Bytes that any stamp fits into.
const LONGEST: usize = 32;
/// Zones are at most this far from UTC.
const FARTHEST_MINUTES: i64 = 15 * 60;

/// How a time stamp is written, and its distance from UTC. The zone's own text is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    shape: Shape,
    /// Minutes east of UTC.
    offset: i16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `17/May/2015:10:05:03`
    Clf,
    /// `Mar  2 00:00:00`
    SyslogBlank,
    /// `Mar 02 00:00:00`
    SyslogZero,
    /// `2026-03-05T03:14:15.123456`: what stands between the parts of the date, and between date and time;
    /// digits of the fraction and what stands before them.
    Date { within: u8, between: u8, digits: u8, point: u8 },
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

impl Stamp {
    /// The stamp at the beginning of `text`, and its length, when writing `time` gives the same bytes.
    pub(super) fn read(text: &[u8], time: EventTime) -> Option<(Self, usize)> {
        let (shape, civil, len) = shape(text)?;
        let offset = offset(civil, time)?;
        let stamp = Self { shape, offset };
        let mut written = [0; LONGEST];
        (stamp.write_to(time, &mut written)? == len && text.get(..len) == written.get(..len))
            .then_some((stamp, len))
    }

    /// Appends the text of `time`. `None`: the time has no such text.
    pub fn write(self, time: EventTime, line: &mut Vec<u8>) -> Option<()> {
        Stamps::default().write(self, time, line)
    }

    /// By place of its text, every byte that can stand there, and perhaps others. All of its texts are as long.
    pub fn places(self) -> Vec<Vec<u8>> {
        const DIGIT: &[u8] = b"0123456789";
        let mut places: Vec<Vec<u8>> = Vec::new();
        let months = |at: usize| MONTHS.iter().filter_map(|name| name.get(at).copied()).collect();
        let date: &[u8] = match self.shape {
            Shape::Clf => b"dd/mmm/dddd:",
            Shape::SyslogBlank => b"mmm bd ",
            Shape::SyslogZero => b"mmm dd ",
            Shape::Date { within, between, .. } => {
                &[b'd', b'd', b'd', b'd', within, b'd', b'd', within, b'd', b'd', between]
            }
        };
        for (at, place) in date.iter().chain(b"dd:dd:dd").enumerate() {
            places.push(match place {
                b'd' => DIGIT.to_vec(),
                b'b' => [DIGIT, b" "].concat(),
                b'm' => months(at - date.iter().position(|place| *place == b'm').unwrap_or(at)),
                byte => vec![*byte],
            });
        }
        if let Shape::Date { digits: 1.., point, .. } = self.shape {
            places.push(vec![point]);
        }
        if let Shape::Date { digits, .. } = self.shape {
            places.extend((0..digits).map(|_| DIGIT.to_vec()));
        }
        places
    }

    /// What stands for it in a template: `c+480`, `b+0`, `-T6.+0`.
    pub(super) fn mark(self, template: &mut Vec<u8>) {
        match self.shape {
            Shape::Clf => template.push(b'c'),
            Shape::SyslogBlank => template.push(b'b'),
            Shape::SyslogZero => template.push(b'z'),
            Shape::Date { within, between, digits, point } => {
                template.extend([within, between, b'0' + digits, point]);
            }
        }
        template.push(if self.offset < 0 { b'-' } else { b'+' });
        super::digits(u64::from(self.offset.unsigned_abs()), 10, 1, template);
    }

    /// Reads what [`Stamp::mark`] wrote.
    pub(super) fn parse(mark: &str) -> Option<Self> {
        let (shape, offset) = match mark.as_bytes() {
            [b'c', ..] => (Shape::Clf, mark.get(1..)?),
            [b'b', ..] => (Shape::SyslogBlank, mark.get(1..)?),
            [b'z', ..] => (Shape::SyslogZero, mark.get(1..)?),
            [within, between, digits @ b'0'..=b'9', point, ..] => {
                let (within, between, point) = (*within, *between, *point);
                (Shape::Date { within, between, digits: digits - b'0', point }, mark.get(4..)?)
            }
            _ => return None,
        };
        Some(Self { shape, offset: offset.parse().ok()? })
    }

    fn write_to(self, time: EventTime, out: &mut [u8; LONGEST]) -> Option<usize> {
        let local = time.plus(i64::from(self.offset) * EventTime::MINUTE);
        let civil = Civil::of_utc(local);
        let mut at = Writer { out, len: 0 };
        match self.shape {
            Shape::Clf => {
                at.two(civil.day);
                at.byte(b'/');
                at.bytes(MONTHS.get(usize::from(civil.month) - 1)?.as_slice());
                at.byte(b'/');
                at.four(civil.year)?;
                at.byte(b':');
                at.clock(civil);
            }
            Shape::SyslogBlank | Shape::SyslogZero => {
                at.bytes(MONTHS.get(usize::from(civil.month) - 1)?.as_slice());
                at.byte(b' ');
                if civil.day < 10 && self.shape == Shape::SyslogBlank {
                    at.byte(b' ');
                    at.byte(b'0' + civil.day);
                } else {
                    at.two(civil.day);
                }
                at.byte(b' ');
                at.clock(civil);
            }
            Shape::Date { within, between, digits, point } => {
                at.four(civil.year)?;
                at.byte(within);
                at.two(civil.month);
                at.byte(within);
                at.two(civil.day);
                at.byte(between);
                at.clock(civil);
                if digits > 0 {
                    at.byte(point);
                    let unit = 10_u32.pow(9 - u32::from(digits));
                    if !civil.nanosecond.is_multiple_of(unit) {
                        return None;
                    }
                    at.fraction(civil.nanosecond / unit, digits);
                    return Some(at.len);
                }
            }
        }
        (civil.nanosecond == 0).then_some(at.len)
    }
}

/// Writes stamps, and keeps the last one: of lines that follow each other, many share their second.
#[derive(Clone, Debug, Default)]
pub struct Stamps {
    last: Option<(Stamp, EventTime)>,
    text: [u8; LONGEST],
    len: usize,
}

impl Stamps {
    /// As [`Stamp::write`].
    #[inline]
    pub fn write(&mut self, stamp: Stamp, time: EventTime, line: &mut Vec<u8>) -> Option<()> {
        if self.last != Some((stamp, time)) {
            self.last = None;
            self.len = stamp.write_to(time, &mut self.text).filter(|len| *len <= LONGEST)?;
            self.last = Some((stamp, time));
        }
        super::append_first(line, &self.text, self.len);
        Some(())
    }
}

struct Writer<'a> {
    out: &'a mut [u8; LONGEST],
    len: usize,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.len) {
            *place = byte;
        }
        self.len += 1;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.byte(*byte));
    }

    fn two(&mut self, value: u8) {
        self.byte(b'0' + value / 10 % 10);
        self.byte(b'0' + value % 10);
    }

    fn four(&mut self, year: i16) -> Option<()> {
        let year = u16::try_from(year).ok().filter(|year| *year <= 9_999)?;
        let part = |value: u16| u8::try_from(value % 100).unwrap_or(0);
        self.two(part(year / 100));
        self.two(part(year));
        Some(())
    }

    fn clock(&mut self, civil: Civil) {
        self.two(civil.hour);
        self.byte(b':');
        self.two(civil.minute);
        self.byte(b':');
        self.two(civil.second);
    }

    fn fraction(&mut self, value: u32, digits: u8) {
        for place in (0..u32::from(digits)).rev() {
            let digit = value / 10_u32.pow(place) % 10;
            self.byte(b'0' + u8::try_from(digit).unwrap_or(0));
        }
    }
}

/// The shape that `text` begins with, the civil time it says, and its length. A year that is not written
/// is 0.
fn shape(text: &[u8]) -> Option<(Shape, Civil, usize)> {
    match *text {
        [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':', ..] => {
            let civil = clock(text.get(12..20)?)?;
            let (month, day) = (month([m1, m2, m3])?, two(d1, d2)?);
            Some((Shape::Clf, Civil { year: four([y1, y2, y3, y4])?, month, day, ..civil }, 20))
        }
        [m1, m2, m3, b' ', d1, d2, b' ', ..] => {
            let civil = clock(text.get(7..15)?)?;
            let (shape, day) = match d1 {
                b' ' => (Shape::SyslogBlank, two(b'0', d2)?),
                b'0' => (Shape::SyslogZero, two(d1, d2)?),
                _ => (Shape::SyslogBlank, two(d1, d2)?),
            };
            Some((shape, Civil { month: month([m1, m2, m3])?, day, ..civil }, 15))
        }
        [y1, y2, y3, y4, within @ (b'-' | b'/' | b'.'), m1, m2, w2, d1, d2, between, ..]
            if within == w2 && matches!(between, b'T' | b't' | b' ' | b'_') =>
        {
            let civil = clock(text.get(11..19)?)?;
            let rest = text.get(19..)?;
            let (nanosecond, digits, point) = fraction(rest);
            let len = 19 + if digits == 0 { 0 } else { 1 + usize::from(digits) };
            let shape = Shape::Date { within, between, digits, point };
            let (year, month, day) = (four([y1, y2, y3, y4])?, two(m1, m2)?, two(d1, d2)?);
            Some((shape, Civil { year, month, day, nanosecond, ..civil }, len))
        }
        _ => None,
    }
}

/// Minutes from UTC that make `civil` the instant `time`. A civil time without a year gets the one that
/// makes it so.
fn offset(civil: Civil, time: EventTime) -> Option<i16> {
    let years = match civil.year {
        0 => {
            let year = Civil::of_utc(time).year;
            [year, year.saturating_sub(1), year.saturating_add(1)]
        }
        year => [year; 3],
    };
    years.into_iter().find_map(|year| {
        let nanos = Civil { year, ..civil }.at_offset(0)?.since(time);
        let minutes = nanos / EventTime::MINUTE;
        let whole = nanos % EventTime::MINUTE == 0 && minutes.abs() <= FARTHEST_MINUTES;
        whole.then(|| i16::try_from(minutes).ok()).flatten()
    })
}

fn clock(text: &[u8]) -> Option<Civil> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text else { return None };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    Some(Civil { year: 0, month: 1, day: 1, hour, minute, second, nanosecond: 0 })
}

/// Nanoseconds, digits and what stands before them; no digits where there is no fraction that fits.
fn fraction(text: &[u8]) -> (u32, u8, u8) {
    let Some((point @ (b'.' | b','), rest)) = text.split_first() else { return (0, 0, b'.') };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(digits) = u8::try_from(count).ok().filter(|count| (1..=9).contains(count)) else {
        return (0, 0, b'.');
    };
    let value = rest.iter().take(count).fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    (value * 10_u32.pow(9 - u32::from(digits)), digits, *point)
}

fn month(name: [u8; 3]) -> Option<u8> {
    let at = MONTHS.iter().position(|month| **month == name)?;
    u8::try_from(at + 1).ok()
}

fn two(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0')
}

fn four(digits: [u8; 4]) -> Option<i16> {
    let [a, b, c, d] = digits;
    Some(i16::from(two(a, b)?) * 100 + i16::from(two(c, d)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, time: &str, mark: &str) {
        let time = EventTime::from_timestamp(time.parse().unwrap());
        let (stamp, len) = Stamp::read(text.as_bytes(), time).expect(text);
        let mut marked = Vec::new();
        stamp.mark(&mut marked);
        assert_eq!(std::str::from_utf8(&marked), Ok(mark));
        let (mut line, mut stamps) = (Vec::new(), Stamps::default());
        stamps.write(Stamp::parse(mark).unwrap(), time, &mut line).unwrap();
        assert_eq!(line, &text.as_bytes()[..len]);
        let places = stamp.places();
        assert_eq!(places.len(), len, "{text}");
        assert!(places.iter().zip(&line).all(|(place, byte)| place.contains(byte)), "{text}");
    }

    #[test]
    fn shapes_are_written_as_they_were_read() {
        check("17/May/2015:10:05:03 +0000]", "2015-05-17T10:05:03Z", "c+0");
        check("17/May/2015:10:05:03 +0800]", "2015-05-17T02:05:03Z", "c+480");
        check("17/May/2015:10:05:03 -0330]", "2015-05-17T13:35:03Z", "c-210");
        check("Mar  2 00:00:00 web01", "2026-03-01T16:00:00Z", "b+480");
        check("Mar 02 00:00:00 web01", "2026-03-02T00:00:00Z", "z+0");
        check("Jan  1 00:30:00 web01", "2025-12-31T16:30:00Z", "b+480");
        check("Dec 31 23:30:00 web01", "2025-12-31T15:30:00Z", "b+480");
        check("2026-03-05T03:14:15.123456+08:00", "2026-03-04T19:14:15.123456Z", "-T6.+480");
        check("2026-03-05 03:14:15,500 x", "2026-03-05T03:14:15.5Z", "- 3,+0");
        check("2026/03/05 03:14:15 x", "2026-03-05T03:14:15Z", "/ 0.+0");
    }

    #[test]
    fn a_stamp_that_comes_again_is_written_again_and_no_other() {
        let mut stamps = Stamps::default();
        let mut write = |mark: &str, seconds| {
            let (stamp, mut line) = (Stamp::parse(mark).unwrap(), Vec::new());
            let written = stamps.write(stamp, EventTime::from_seconds(seconds), &mut line);
            written.map(|()| String::from_utf8(line).unwrap())
        };
        let steps = [
            ("z+0", 7, Some("Jan 01 00:00:07")),
            ("z+0", 7, Some("Jan 01 00:00:07")),
            ("b+0", 7, Some("Jan  1 00:00:07")),
            ("b+0", 8, Some("Jan  1 00:00:08")),
            ("-T0.+0", -70_000_000_000, None),
            ("-T0.+0", -70_000_000_000, None),
            ("b+0", 8, Some("Jan  1 00:00:08")),
        ];
        for (mark, seconds, text) in steps {
            assert_eq!(write(mark, seconds).as_deref(), text, "{mark} {seconds}");
        }
    }

    #[test]
    fn other_times_are_not_taken() {
        let time = EventTime::from_timestamp("2026-03-02T00:00:07Z".parse().unwrap());
        for text in [
            "Mar  2 00:00:00 not the event's second",
            "Apr  2 00:00:07 another month",
            "Mar  2 00:00:60 leap second",
            "Foo  2 00:00:07",
            "2026-03-02T00:00:07.5",
            "2026-03-02T00:00",
            "",
        ] {
            assert_eq!(Stamp::read(text.as_bytes(), time), None, "{text}");
        }
    }
}
