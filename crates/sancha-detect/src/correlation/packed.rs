//! Drafts to which nothing is added any more: a run keeps them by the ten thousand, so that they are packed
//! into a fraction of their space. What decides about a finding, and in which order it comes, stands open;
//! the rest is bytes until somebody asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sancha_model::{EventTime, Level, LocalText, Outcome, RecordId, Scenario, Text};

use super::tally::{DECIDING_KEPT, Draft, Entered, Names, Reason, Script, Scripts};

/// A record's place: number of its file, and line.
pub(super) type Line = (u32, u64);

/// A draft, packed.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) source: Option<IpAddr>,
    pub(super) first: Option<EventTime>,
    pub(super) last: Option<EventTime>,
    pub(super) scenario: Scenario,
    pub(super) level: Level,
    pub(super) outcome: Outcome,
    /// Some of its records were HTTP requests.
    pub(super) has_requests: bool,
    pub(super) by_person: bool,
    pub(super) by_api: bool,
    /// An answer was far larger than others of its path.
    pub(super) gave_data: bool,
    pub(super) reason: Reason,
    pub(super) analysis: Option<&'static str>,
    pub(super) text: &'static Text,
    rest: Box<[u8]>,
}

/// What stands packed.
#[derive(Debug, Default)]
pub(super) struct Rest<'a> {
    pub(super) deciding: Vec<Line>,
    pub(super) count: u64,
    pub(super) rules: Vec<u32>,
    /// In byte order, all three.
    pub(super) users: Vec<&'a str>,
    pub(super) hosts: Vec<&'a str>,
    pub(super) objects: Vec<&'a str>,
    pub(super) entered: Vec<&'a str>,
    pub(super) entered_hosts: Vec<&'a str>,
    pub(super) entered_at: Option<EventTime>,
    records: Vec<Line>,
    pub(super) values: Vec<(&'a str, LocalText)>,
    pub(super) scripts: Scripts,
}

impl Rest<'_> {
    /// The records that show it, in no order; those that decided the outcome may stand among them twice.
    pub(super) fn evidence(&self) -> impl Iterator<Item = Line> {
        self.records.iter().chain(&self.deciding).copied()
    }

    /// The first record in time, and the last one.
    pub(super) fn ends(&self) -> Option<(Line, Line)> {
        Some((*self.records.first()?, *self.records.last()?))
    }
}

impl Packed {
    /// Packs a draft; `bytes` is a buffer.
    fn of(draft: Draft, bytes: &mut Vec<u8>) -> Self {
        let Draft { tally, .. } = &draft;
        let is_listed = |name: &str| super::ANALYSES_OVER_TIME.contains(&name);
        debug_assert!(draft.analysis.is_none_or(is_listed), "{:?} is not listed", draft.analysis);
        bytes.clear();
        put_lines(bytes, tally.deciding());
        put_number(bytes, tally.count);
        put_number(bytes, draft.sources.len() as u64);
        draft.sources.iter().for_each(|source| put_address(bytes, *source));
        put_number(bytes, tally.rules.len() as u64);
        tally.rules.iter().for_each(|rule| put_number(bytes, u64::from(*rule)));
        let Entered { users, hosts, .. } = &draft.entered;
        for names in [&tally.users, &tally.hosts, &tally.objects, users, hosts] {
            put_names(bytes, names);
        }
        put_lines(bytes, tally.records());
        put_number(bytes, u64::from(draft.entered.at.is_some()));
        draft.entered.at.iter().for_each(|at| put_number(bytes, at.nanos().cast_unsigned()));
        put_number(bytes, draft.values.len() as u64);
        for (name, value) in &draft.values {
            put_text(bytes, name);
            put_text(bytes, &value.zh);
            put_text(bytes, &value.en);
        }
        put_scripts(bytes, tally.scripts.as_deref());
        Self {
            source: draft.source,
            first: tally.first,
            last: tally.last,
            scenario: draft.scenario,
            level: draft.level,
            outcome: draft.outcome,
            has_requests: tally.requests > 0,
            by_person: tally.by_person,
            by_api: tally.by_api,
            gave_data: false,
            reason: draft.reason,
            analysis: draft.analysis,
            text: draft.text,
            rest: bytes.as_slice().into(),
        }
    }

    pub(super) fn rest(&self) -> Rest<'_> {
        let mut reader = Reader(&self.rest);
        let mut rest = Rest { deciding: reader.lines(), count: reader.number(), ..Rest::default() };
        reader.list(Reader::address);
        rest.rules = reader.list(|reader| u32::try_from(reader.number()).unwrap_or(u32::MAX));
        let entered = [&mut rest.entered, &mut rest.entered_hosts];
        for names in
            [&mut rest.users, &mut rest.hosts, &mut rest.objects].into_iter().chain(entered)
        {
            *names = reader.list(Reader::text);
            names.sort_unstable();
        }
        rest.records = reader.lines();
        let at = reader.list(Reader::number);
        rest.entered_at = at.first().map(|nanos| EventTime::from_nanos(nanos.cast_signed()));
        rest.values = reader.list(|reader| {
            let (name, zh, en) = (reader.text(), reader.text(), reader.text());
            (name, LocalText::new(zh.to_owned(), en.to_owned()))
        });
        rest.scripts.read = reader.list(Reader::script);
        rest.scripts.used = reader.list(|reader| (reader.script(), reader.short()));
        rest.scripts.instead_of = reader.number();
        rest
    }

    /// Marks a record that decided the outcome; it is always among the evidence.
    pub(super) fn decide(&mut self, at: RecordId, line: u64) {
        let mut reader = Reader(&self.rest);
        let mut deciding = reader.lines();
        let line = (at.file.0, line);
        if deciding.len() < DECIDING_KEPT && !deciding.contains(&line) {
            deciding.push(line);
            let mut bytes = Vec::with_capacity(self.rest.len() + 16);
            put_lines(&mut bytes, deciding.into_iter());
            bytes.extend_from_slice(reader.0);
            self.rest = bytes.into();
        }
    }

    /// All sources, in order.
    pub(super) fn sources(&self) -> Vec<IpAddr> {
        let mut reader = Reader(&self.rest);
        reader.lines();
        reader.number();
        let mut sources = reader.list(Reader::address);
        if sources.is_empty() {
            sources.extend(self.source);
        }
        sources.sort_unstable();
        sources
    }
}

/// Drafts that are closed.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts {
    list: Vec<Packed>,
    buffer: Vec<u8>,
}

impl Drafts {
    pub(super) fn push(&mut self, draft: Draft) {
        if self.list.len() == self.list.capacity() {
            // Twice the room would be a good part of all memory.
            self.list.reserve_exact((self.list.len() / 8).max(16));
        }
        self.list.push(Packed::of(draft, &mut self.buffer));
    }

    pub(super) fn retain(&mut self, keep: impl FnMut(&Packed) -> bool) {
        self.list.retain(keep);
    }

    /// Goes through all in the order they came, and gives up those that are not kept.
    pub(super) fn retain_mut(&mut self, keep: impl FnMut(&mut Packed) -> bool) {
        self.list.retain_mut(keep);
    }

    pub(super) fn into_list(self) -> Vec<Packed> {
        self.list
    }
}

impl Extend<Draft> for Drafts {
    fn extend<I: IntoIterator<Item = Draft>>(&mut self, drafts: I) {
        drafts.into_iter().for_each(|draft| self.push(draft));
    }
}

/// LEB128: seven bits a byte, the low ones first.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_names(out: &mut Vec<u8>, names: &Names) {
    put_number(out, names.len() as u64);
    names.iter().for_each(|name| put_text(out, name));
}

fn put_lines(out: &mut Vec<u8>, lines: impl Iterator<Item = Line> + Clone) {
    put_number(out, lines.clone().count() as u64);
    for (file, line) in lines {
        put_number(out, file.into());
        put_number(out, line);
    }
}

fn put_scripts(out: &mut Vec<u8>, scripts: Option<&Scripts>) {
    let (read, used) =
        scripts.map(|own| (own.read.as_slice(), own.used.as_slice())).unwrap_or_default();
    let mut put = |number: u64| put_number(out, number);
    put(read.len() as u64);
    for (site, path) in read {
        put(u64::from(*site));
        put(u64::from(*path));
    }
    put(used.len() as u64);
    for ((site, path), answer) in used {
        put(u64::from(*site));
        put(u64::from(*path));
        put(u64::from(*answer));
    }
    put(scripts.map_or(0, |own| own.instead_of));
}

fn put_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => {
            out.push(4);
            out.extend_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            out.push(6);
            out.extend_from_slice(&v6.octets());
        }
    }
}

/// Reads what the functions above wrote.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return number;
            }
            shift += 7;
        }
    }

    fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        taken
    }

    fn text(&mut self) -> &'a str {
        let length = usize::try_from(self.number()).unwrap_or(usize::MAX);
        std::str::from_utf8(self.bytes(length)).unwrap_or_default()
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number()).map(|_| one(self)).collect()
    }

    fn lines(&mut self) -> Vec<Line> {
        self.list(|reader| (u32::try_from(reader.number()).unwrap_or(u32::MAX), reader.number()))
    }

    fn short(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    fn script(&mut self) -> Script {
        (self.short(), self.short())
    }

    fn address(&mut self) -> IpAddr {
        if self.byte() == 4 {
            let octets = self.bytes(4).first_chunk::<4>().copied().unwrap_or_default();
            return Ipv4Addr::from(octets).into();
        }
        let octets = self.bytes(16).first_chunk::<16>().copied().unwrap_or_default();
        Ipv6Addr::from(octets).into()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use sancha_model::FileId;

    use super::*;
    use crate::{
        correlation::tally::{Entered, Tally},
        texts,
    };

    pub(in crate::correlation) fn draft() -> Draft {
        let place = |line| (RecordId { file: FileId(3), offset: line }, line);
        let records = [1, 127, 128, 70_000, u64::MAX].map(place);
        let (first, last) = (EventTime::from_seconds(1), EventTime::from_seconds(2));
        let mut tally = Tally::summed(first, last, 300, records.into_iter());
        tally.rules.extend([0, 200, u32::MAX]);
        tally.users.insert("root");
        tally.users.insert("管理员");
        tally.objects.insert(&"/x".repeat(100));
        let mut scripts = Scripts::of_use((1, u32::MAX), 300, 2);
        scripts.read.push((7, 8));
        tally.scripts = Some(Box::new(scripts));
        Draft {
            source: None,
            sources: vec![IpAddr::from([203, 0, 113, 9]), "2001:db8::1".parse().unwrap()],
            scenario: Scenario::SCAN_WEB,
            level: Level::Low,
            outcome: Outcome::Attempted,
            reason: (&texts::REASON_ONLY_ATTEMPTS).into(),
            analysis: None,
            text: &texts::SCAN_WEB,
            values: vec![("rule", LocalText::new("规则", "rule"))],
            entered: Entered { at: Some(last), ..Entered::default() },
            tally,
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut packed = Packed::of(draft(), &mut Vec::new());
        let place = |line| RecordId { file: FileId(3), offset: line };
        for line in [5, 5, 6] {
            packed.decide(place(line), line);
        }
        let rest = packed.rest();
        assert_eq!(rest.count, 300);
        assert_eq!(rest.rules, [0, 200, u32::MAX]);
        assert_eq!(rest.users, ["root", "管理员"]);
        assert_eq!(rest.objects, ["/x".repeat(100)]);
        assert!(rest.hosts.is_empty());
        assert_eq!(rest.values, [("rule", LocalText::new("规则", "rule"))]);
        let lines: Vec<u64> = rest.evidence().map(|(_, line)| line).collect();
        assert_eq!(lines, [1, 127, 128, 70_000, u64::MAX, 5, 6]);
        assert_eq!(packed.sources(), draft().sources);
        assert_eq!(rest.entered_at, draft().tally.last);
        assert_eq!(Some(rest.scripts), draft().tally.scripts.map(|scripts| *scripts));
    }

    #[test]
    fn of_deciding_records_only_so_many_are_kept() {
        let mut packed = Packed::of(draft(), &mut Vec::new());
        for line in 1..100 {
            packed.decide(RecordId { file: FileId(0), offset: line }, line);
        }
        assert_eq!(packed.rest().deciding.len(), DECIDING_KEPT);
    }

    #[test]
    fn a_packed_draft_is_small() {
        assert!(size_of::<Packed>() <= 112, "{}", size_of::<Packed>());
    }
}
