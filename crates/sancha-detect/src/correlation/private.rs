//! Programs that an intruder left and uses alone.
//!
//! A script is one when it first answers on its site after an attack that was not refused, and hardly anybody asks for
//! it: the attacker, or somebody soon after a known hole of the site was tried and answered. A path that should be a
//! static file is one when it answers what is sent to it. Both are used by hand: what is sent comes from no page, its
//! answers have ever other sizes, and it comes at a person's pace.

use std::net::IpAddr;

use hashbrown::HashMap;
use sancha_model::{EventTime, Family, Level, LocalText, Outcome, RecordId, Scenario};

use super::{
    packed::Drafts,
    tally::{Draft, Entered, Script, Tally},
};
use crate::{
    MethodClass, Request, SignalKind,
    flood::{Flood, Traits},
    signal::Seen,
    texts,
};

/// The attacker comes back to what it left within so long; from another address, within so long.
const DEED_TO_USE: i64 = EventTime::DAY;
const HOLE_TO_USE: i64 = 30 * EventTime::MINUTE;
/// Attackers, sites and programs remembered at a time. When there are more, those that were silent for longer than a deed
/// counts make room, looked for once in so long; else later ones are not remembered.
const CLEARED_EVERY: i64 = EventTime::HOUR;
const DEEDS_KEPT: usize = 4_096;
const SITES_KEPT: usize = 1_024;
const PROGRAMS_KEPT: usize = 1_024;
/// Whoever has more than one address still has few; what more ask for is the site's own.
const MOST_SOURCES: usize = 3;
/// So many times something was sent, fewer where commands can be read, with answers of so many sizes. A login that is
/// refused has one or two.
const LEAST_SENT: u32 = 5;
const LEAST_COMMANDS: u32 = 3;
const LEAST_SIZES: usize = 3;

/// An attack that may have left a program: nobody refused it.
#[derive(Clone, Copy, Debug)]
struct Deed {
    source: IpAddr,
    time: EventTime,
    place: (RecordId, u64),
}

#[derive(Clone, Default)]
pub(super) struct Private {
    /// The latest deed of each source on each site.
    deeds: HashMap<(IpAddr, u32), Deed, foldhash::fast::RandomState>,
    /// The latest known hole of each site that was tried and answered, by anybody.
    holes: HashMap<u32, Deed, foldhash::fast::RandomState>,
    programs: HashMap<Script, Program, foldhash::fast::RandomState>,
    /// The script that answered for the first time, and the record that says so: an attack may be told of it yet.
    just_opened: Option<(RecordId, Script)>,
    /// When room was last made.
    cleared: Option<EventTime>,
}

#[derive(Clone, Debug, Default)]
struct Program {
    is_file: bool,
    deed: Option<Deed>,
    sources: Vec<IpAddr>,
    /// One request may be told of by several signals.
    latest: Option<RecordId>,
    /// When it was last asked for.
    asked: Option<EventTime>,
    sizes: Vec<u32>,
    sent: u32,
    commands: u32,
    tally: Tally,
}

impl Private {
    /// Notes an attack that may leave a program and that the server did not refuse.
    pub(super) fn attacked(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let SignalKind::Match { scenario, level, .. } = seen.kind else { return };
        if level < Level::High || !leaves(scenario) || (400..500).contains(&request.status) {
            return;
        }
        let deed = Deed { source, time: seen.time, place: (seen.at, seen.line) };
        let key = (source, request.site);
        if self.deeds.len() >= DEEDS_KEPT {
            self.make_room(seen.time);
        }
        if self.deeds.len() < DEEDS_KEPT || self.deeds.contains_key(&key) {
            self.deeds.insert(key, deed);
        }
        let is_hole = scenario.family() == Family::Exploit && request.status < 300;
        if is_hole && (self.holes.len() < SITES_KEPT || self.holes.contains_key(&request.site)) {
            self.holes.insert(request.site, deed);
        }
        let script = (request.site, request.path);
        if self.just_opened == Some((seen.at, script)) {
            self.watch(script, self.deed(seen, request, source), seen.time);
        }
    }

    /// A script of a well-known site answered for the first time.
    pub(super) fn opened(&mut self, seen: Seen<'_>, request: &Request) {
        if !request.traits.has(Traits::LOGIN.with(Traits::CALL)) {
            self.just_opened = Some((seen.at, (request.site, request.path)));
        }
    }

    /// A request that was answered, of anybody.
    pub(super) fn answered(
        &mut self,
        seen: Seen<'_>,
        request: &Request,
        source: IpAddr,
        flood: &Flood,
    ) {
        let script = (request.site, request.path);
        let is_script = request.traits.has(Traits::SCRIPT);
        let is_sent =
            request.method() == MethodClass::Write && !request.traits.has(Traits::REFERER);
        let is_file = request.traits.has(Traits::ASSET) && is_sent;
        if is_script && self.just_opened == Some((seen.at, script)) {
            self.watch(script, self.deed(seen, request, source), seen.time);
        } else if is_file && !self.programs.contains_key(&script) && flood.knows(request.site) {
            let deed = self.deed(seen, request, source);
            self.add(script, Program { is_file, deed, ..Program::default() }, seen.time);
        }
        if !is_script && !is_file || self.programs.is_empty() {
            return;
        }
        let Some(program) = self.programs.get_mut(&script) else { return };
        let is_command = is_command(seen.kind);
        program.asked_by(source, seen.time);
        if program.is_private() && (is_sent || is_command) {
            program.was_sent_to(seen, request.bytes, is_command);
        }
    }

    fn watch(&mut self, script: Script, deed: Option<Deed>, now: EventTime) {
        if deed.is_some() && !self.programs.contains_key(&script) {
            self.add(script, Program { deed, ..Program::default() }, now);
        }
    }

    fn add(&mut self, script: Script, program: Program, now: EventTime) {
        if self.programs.len() >= PROGRAMS_KEPT {
            self.make_room(now);
        }
        if self.programs.len() < PROGRAMS_KEPT {
            self.programs.insert(script, program);
        }
    }

    fn make_room(&mut self, now: EventTime) {
        if self.cleared.is_some_and(|cleared| now.since(cleared) < CLEARED_EVERY) {
            return;
        }
        self.cleared = Some(now);
        let is_recent = |time| now.since(time) <= DEED_TO_USE;
        self.deeds.retain(|_, deed| is_recent(deed.time));
        self.programs
            .retain(|_, program| program.is_used() || program.asked.is_some_and(is_recent));
    }

    /// What the source did to the site not long before, or somebody else shortly before.
    fn deed(&self, seen: Seen<'_>, request: &Request, source: IpAddr) -> Option<Deed> {
        let within = |deed: Option<&Deed>, limit| {
            deed.copied().filter(|deed| seen.time.since(deed.time) <= limit)
        };
        within(self.deeds.get(&(source, request.site)), DEED_TO_USE)
            .or_else(|| within(self.holes.get(&request.site), HOLE_TO_USE))
    }

    pub(super) fn close(self, drafts: &mut Drafts) {
        let mut used: Vec<_> = self.programs.into_values().filter(Program::is_used).collect();
        used.sort_by_key(|program| program.latest);
        drafts.extend(used.into_iter().map(Program::draft));
    }
}

impl Program {
    fn asked_by(&mut self, source: IpAddr, time: EventTime) {
        self.asked = Some(time);
        if self.is_private() && !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    fn is_private(&self) -> bool {
        self.sources.len() <= MOST_SOURCES
    }

    fn was_sent_to(&mut self, seen: Seen<'_>, answer: u32, is_command: bool) {
        self.tally.add(seen, 1);
        if self.latest.replace(seen.at) == Some(seen.at) {
            return;
        }
        self.sent = self.sent.saturating_add(1);
        self.commands = self.commands.saturating_add(u32::from(is_command));
        if self.sizes.len() < LEAST_SIZES && !self.sizes.contains(&answer) {
            self.sizes.push(answer);
        }
    }

    fn is_used(&self) -> bool {
        let times = self.tally.first.zip(self.tally.last);
        let seconds = times.map_or(0, |(first, last)| last.since(first) / EventTime::SECOND);
        let often = self.sent >= LEAST_SENT || self.commands >= LEAST_COMMANDS;
        self.is_private()
            && often
            && self.sizes.len() >= LEAST_SIZES
            && seconds >= i64::from(self.sent)
    }

    fn draft(self) -> Draft {
        let Self { is_file, deed, mut sources, mut tally, .. } = self;
        let text = match (deed, is_file) {
            (Some(_), false) => &texts::REASON_PRIVATE_SCRIPT,
            (Some(_), true) => &texts::REASON_PRIVATE_FILE,
            (None, _) => &texts::REASON_FILE_ANSWERS,
        };
        let mut reason = text.into();
        let (mut outcome, mut level) = (Outcome::NotDeterminable, Level::High);
        if let Some(Deed { source, place: (at, line), .. }) = deed {
            tally.decide(at, line);
            reason = text.fill(&[("source", LocalText::same(source.to_string()))]).into();
            (outcome, level) = (Outcome::LikelySucceeded, Level::Critical);
        }
        sources.sort();
        let alone = if sources.len() == 1 { sources.pop() } else { None };
        Draft {
            source: alone,
            sources,
            scenario: Scenario::WEB_SHELL,
            level,
            outcome,
            reason,
            analysis: Some("sancha.webshell.used"),
            text: &texts::WEB_ATTACK,
            values: Vec::new(),
            entered: Entered::default(),
            tally,
        }
    }
}

/// Attacks after which a program may be there that was not before.
fn leaves(scenario: Scenario) -> bool {
    matches!(scenario.family(), Family::WebAttack | Family::Exploit)
        && scenario != Scenario::WEB_XSS
}

/// A command that a shell was given, as far as a record shows it.
fn is_command(kind: SignalKind) -> bool {
    matches!(kind, SignalKind::Match { scenario: Scenario::WEB_COMMAND | Scenario::WEB_SHELL, .. })
}
