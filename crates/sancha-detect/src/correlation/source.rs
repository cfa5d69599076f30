use std::{collections::BTreeMap, net::IpAddr};

use sancha_model::{EventTime, Level, LocalText, Outcome, RecordId, Scenario};

use super::{
    distributed::Low,
    login::{Logins, Record},
    packed::Drafts,
    scan::{Glance, Scan},
    tally::{Draft, Entered, Names, Script, Scripts, Tally},
};
use crate::{MethodClass, Request, SignalKind, signal::Seen, texts};

/// An upload and the first use of what it brought must lie within this time.
pub(super) const UPLOAD_TO_USE: i64 = 3 * EventTime::DAY;
const UPLOADS_KEPT: usize = 32;
/// Uses with different answers that are kept: what answers the first may turn out to be what the site says to everything.
const USES_KEPT: usize = 4;

/// What a table's place and the allocator add to a source.
const ENTRY_BYTES: usize = 64;

fn tally_bytes(tally: &Tally) -> usize {
    size_of::<Tally>() + tally.bytes()
}

/// Everything kept of a source address of note.
#[derive(Clone)]
pub(super) struct Source {
    address: IpAddr,
    last: EventTime,
    /// Signals so far.
    accepted: u32,
    /// Both boxed, for few sources do both.
    scan: Option<Box<Scan>>,
    logins: Option<Box<Logins>>,
    /// Boxed, for nodes of the map have room for many and most sources have one.
    attacks: BTreeMap<Scenario, Box<Attack>>,
    /// Requests that may have brought a file and were answered, latest last.
    uploads: Vec<Upload>,
    /// What uploads brought was used.
    used: Vec<Use>,
}

/// Attacks of one kind, and the errors that they left in a log of the server.
#[derive(Clone, Debug, Default)]
struct Attack {
    tally: Tally,
    errors: Errors,
    /// Those that only an error log tells of, until an access log tells of any.
    told: Option<Box<Tally>>,
    /// The first that was answered with more than a page holds.
    given: Option<(RecordId, u64)>,
}

impl Attack {
    fn is_over(&self, now: EventTime) -> bool {
        let told = self.told.as_deref().filter(|_| self.tally.requests == 0);
        told.unwrap_or(&self.tally).is_over(now)
    }

    /// Bytes on the heap, about.
    fn bytes(&self) -> usize {
        let told = self.told.as_ref().map_or(0, |told| size_of::<Tally>() + told.bytes());
        self.tally.bytes() + told
    }
}

/// An answered request and the error that it caused are written down this close together: one when it
/// ends, the other while it runs, both to the second.
const SAME_SECONDS: i64 = 2 * EventTime::SECOND;

/// What the error log of a web server says beside attacks.
#[derive(Clone, Copy, Debug, Default)]
struct Errors {
    answered: Option<EventTime>,
    error: Option<(EventTime, RecordId, u64)>,
    /// The record that lies beside an answered attack.
    beside: Option<(RecordId, u64)>,
}

impl Errors {
    fn accept(&mut self, signal: Seen<'_>, request: Request) {
        match request.status {
            0 if request == Request::default() => {
                self.error = Some((signal.stated, signal.at, signal.line));
            }
            200..400 => self.answered = Some(signal.stated),
            _ => {}
        }
        if let (Some(answered), Some((time, at, line))) = (self.answered, self.error)
            && time.since(answered).abs() <= SAME_SECONDS
        {
            self.beside.get_or_insert((at, line));
        }
    }
}

/// Attacks whose text is handed to a program that complains when it cannot read it.
fn is_interpreted(scenario: Scenario) -> bool {
    matches!(scenario, Scenario::WEB_SQLI | Scenario::WEB_COMMAND | Scenario::WEB_TEMPLATE)
}

/// A file that gives secrets away was given when at least so many bytes went out: no page that a site has for every
/// path is that large.
const GIVEN: u32 = 1 << 20;

fn gives_away(scenario: Scenario, request: Request) -> bool {
    matches!(scenario, Scenario::LEAK_CREDENTIAL | Scenario::LEAK_DUMP)
        && matches!(request.status, 200 | 206)
        && request.bytes >= GIVEN
}

/// Attacks whose text is run.
fn runs_programs(scenario: Scenario) -> bool {
    matches!(
        scenario,
        Scenario::WEB_COMMAND
            | Scenario::WEB_TEMPLATE
            | Scenario::WEB_DESERIALIZATION
            | Scenario::WEB_SHELL
    )
}

#[derive(Clone, Debug)]
struct Upload {
    time: EventTime,
    tally: Tally,
}

#[derive(Clone, Debug)]
struct Use {
    tally: Tally,
    object: String,
    at: (RecordId, u64),
    script: Script,
    answer: u32,
}

impl Source {
    /// `glance` is what the first tier knew of it as a web client.
    pub(super) fn new(address: IpAddr, glance: Option<Glance>) -> Self {
        Self {
            address,
            last: EventTime::MIN,
            accepted: 0,
            scan: glance.map(|glance| Box::new(Scan::new(glance))),
            logins: None,
            attacks: BTreeMap::new(),
            uploads: Vec::new(),
            used: Vec::new(),
        }
    }

    /// Accounts that have logged in from here before anything of note happened.
    pub(super) fn knows(&mut self, accounts: impl Iterator<Item = u64>) {
        let logins = self.logins.get_or_insert_default();
        accounts.for_each(|account| logins.knows(account));
    }

    /// Whether it is time to ask for [`Source::bytes`] again: often while it is new, seldom later.
    pub(super) fn may_have_grown(&self) -> bool {
        self.accepted.is_power_of_two() || self.accepted.is_multiple_of(64)
    }

    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let scan = self.scan.as_ref().map_or(0, |scan| size_of::<Scan>() + scan.bytes());
        let logins = self.logins.as_ref().map_or(0, |l| size_of::<Logins>() + l.bytes());
        let attacks: usize =
            self.attacks.values().map(|one| size_of::<Attack>() + one.bytes()).sum();
        let uploads: usize = self.uploads.iter().map(|upload| tally_bytes(&upload.tally)).sum();
        let used: usize = self.used.iter().map(|used| size_of::<Use>() + used.tally.bytes()).sum();
        ENTRY_BYTES + size_of::<Self>() + scan + logins + attacks + uploads + used
    }

    /// What is known of logins, where there is any.
    pub(super) fn logins(&self) -> Option<&Logins> {
        self.logins.as_deref()
    }

    pub(super) fn last(&self) -> EventTime {
        self.last
    }

    pub(super) fn accept(&mut self, signal: Seen<'_>, drafts: &mut Drafts, lows: &mut Vec<Low>) {
        self.last = signal.time;
        self.accepted = self.accepted.wrapping_add(1);
        match signal.kind {
            SignalKind::Request(request) | SignalKind::WebLogin(request) => {
                self.request(signal, request, drafts);
            }
            SignalKind::Upload(request) => {
                self.request(signal, request, drafts);
                self.uploaded(signal, request.status);
            }
            SignalKind::Login { success, weight, log, process, beyond_ssh } => {
                let logins = self.logins.get_or_insert_default();
                let record = Record { success, weight, log, process, beyond_ssh };
                lows.extend(logins.accept(signal, record, self.address, drafts));
            }
            SignalKind::Lookup { .. } | SignalKind::Part(_) => {}
            SignalKind::Match { request, scenario, .. } => {
                self.matched(signal, request, scenario, drafts);
            }
        }
    }

    fn request(&mut self, signal: Seen<'_>, request: Request, drafts: &mut Drafts) {
        let scan = self.scan.get_or_insert_default();
        scan.accept(signal, &request, self.address, drafts);
    }

    fn uploaded(&mut self, signal: Seen<'_>, status: u16) {
        if (200..400).contains(&status) {
            if self.uploads.len() == UPLOADS_KEPT {
                self.uploads.remove(0);
            }
            let mut tally = Tally::default();
            tally.add(signal, 1);
            self.uploads.push(Upload { time: signal.time, tally });
        }
    }

    fn matched(
        &mut self,
        signal: Seen<'_>,
        request: Request,
        scenario: Scenario,
        drafts: &mut Drafts,
    ) {
        let status = request.status;
        if status != 0 && signal.is_timed() {
            self.request(signal, request, drafts);
        }
        if self.attacks.get(&scenario).is_some_and(|attack| attack.is_over(signal.time))
            && let Some(attack) = self.attacks.remove(&scenario)
        {
            drafts.push(self.attack(scenario, *attack));
        }
        let Attack { tally, errors, told, given } =
            &mut **self.attacks.entry(scenario).or_default();
        if is_interpreted(scenario) && signal.is_timed() {
            errors.accept(signal, request);
        }
        if gives_away(scenario, request) {
            given.get_or_insert((signal.at, signal.line));
        }
        // A request that both logs have is one.
        let is_told = request.site == 0 && request != Request::default();
        let tally = if is_told { &mut **told.get_or_insert_default() } else { tally };
        tally.add(signal, 1);
        tally.requests += u64::from(request != Request::default());
        // A program that the server waits for in vain is no refusal: a shell that calls out does not answer.
        if !(runs_programs(scenario) && matches!(status, 499 | 502 | 504)) {
            tally.answer(status);
        }
        if scenario == Scenario::WEB_SHELL && status != 0 {
            tally.scripts.get_or_insert_default().add(request);
        }
        if scenario == Scenario::WEB_SHELL && (200..300).contains(&status) && signal.is_timed() {
            self.shell_used(signal, request);
        }
    }

    /// A script below an upload folder answered: the upload before it is what brought it.
    fn shell_used(&mut self, signal: Seen<'_>, request: Request) {
        let object = signal.object().unwrap_or_default();
        // What is sent something, not only read, is used in no visitor's way, whosever script it is.
        let is_read = request.method() == MethodClass::Read;
        let script = (request.site, if is_read { request.path } else { 0 });
        let answer = request.bytes;
        let is_known = self.used.iter().any(|used| used.answer == answer);
        if is_known || self.used.len() == USES_KEPT {
            return;
        }
        let recent = |upload: &&Upload| signal.time.since(upload.time) <= UPLOAD_TO_USE;
        let Some(latest) = self.uploads.iter().rfind(recent) else { return };
        let mut tally = latest.tally.clone();
        tally.decide(signal.at, signal.line);
        // What was brought is the script; the form that took it is the site's own.
        tally.objects = Names::default();
        tally.objects.insert(object);
        let at = (signal.at, signal.line);
        self.used.push(Use { tally, object: object.to_owned(), at, script, answer });
    }

    pub(super) fn close(mut self, drafts: &mut Drafts, lows: &mut Vec<Low>) {
        if let Some(mut scan) = self.scan.take() {
            scan.close(self.address, drafts);
        }
        if let Some(mut logins) = self.logins.take() {
            lows.extend(logins.close(self.address, drafts));
        }
        for (scenario, attack) in std::mem::take(&mut self.attacks) {
            drafts.push(self.attack(scenario, *attack));
        }
        for (instead_of, used) in (0..).zip(std::mem::take(&mut self.used)) {
            drafts.push(self.upload(used, instead_of));
        }
    }

    fn attack(&self, scenario: Scenario, attack: Attack) -> Draft {
        let Attack { mut tally, errors, told, given } = attack;
        if let Some(told) = told.filter(|_| tally.requests == 0) {
            tally.merge(*told);
        }
        let used = self.used.first().filter(|_| scenario == Scenario::WEB_SHELL);
        let from_web = tally.requests > 0;
        let level = tally.level.unwrap_or(Level::Medium);
        let (outcome, reason, level) = if let Some(used) = used {
            tally.decide(used.at.0, used.at.1);
            let answers = self.used.iter().map(|used| (used.script, used.answer));
            tally.scripts.get_or_insert_default().used = answers.collect();
            (Outcome::LikelySucceeded, &texts::REASON_SHELL_ANSWERED, Level::Critical)
        } else if let Some((at, line)) = errors.beside.filter(|_| from_web) {
            tally.decide(at, line);
            // The flaw is shown, what was read through it is not.
            (Outcome::LikelySucceeded, &texts::REASON_ERROR_BESIDE, Level::High)
        } else if let Some((at, line)) = given {
            tally.decide(at, line);
            (Outcome::LikelySucceeded, &texts::REASON_GIVEN, level)
        } else if !from_web {
            (Outcome::NotDeterminable, &texts::REASON_LOCAL_ALONE, level)
        } else if tally.answered == 0 && tally.refused > 0 {
            (Outcome::Attempted, &texts::REASON_ONLY_ATTEMPTS, level)
        } else if tally.answered == 0 {
            (Outcome::NotDeterminable, &texts::REASON_NO_ANSWER, level)
        } else {
            (Outcome::NotDeterminable, &texts::REASON_NO_SECOND_SIGNAL, level)
        };
        Draft {
            source: Some(self.address),
            sources: Vec::new(),
            scenario,
            level,
            outcome,
            reason: reason.into(),
            analysis: None,
            text: if from_web { &texts::WEB_ATTACK } else { &texts::LOCAL_FROM_SOURCE },
            values: Vec::new(),
            entered: Entered::default(),
            tally,
        }
    }

    fn upload(&self, used: Use, instead_of: u64) -> Draft {
        let mut tally = used.tally;
        tally.scripts = Some(Box::new(Scripts::of_use(used.script, used.answer, instead_of)));
        Draft {
            source: Some(self.address),
            sources: Vec::new(),
            scenario: Scenario::WEB_UPLOAD,
            level: Level::Critical,
            outcome: Outcome::LikelySucceeded,
            reason: texts::REASON_UPLOAD_USED
                .fill(&[("object", LocalText::same(used.object))])
                .into(),
            analysis: Some("sancha.upload.used"),
            text: &texts::WEB_ATTACK,
            values: Vec::new(),
            entered: Entered::default(),
            tally,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_source_has_is_small() {
        assert!(size_of::<Source>() <= 128, "{}", size_of::<Source>());
    }
}
