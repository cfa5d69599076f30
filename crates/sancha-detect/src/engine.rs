//! Runs every rule and analysis over a batch.
//!
//! In: a normalized [`Batch`]. Out: signals in record order, and what was counted. A worker keeps
//! one [`EngineScratch`]; the engine itself is shared and never changes.

mod actor;
mod familiar_parts;
mod login;
mod parts;
mod record;
mod request;
mod timing;
mod traits;
mod web_event;

use std::{net::IpAddr, sync::Arc};

use sancha_model::{Batch, Event, EventClass, EventTime, FieldId, Fields, Level, Match, Scenario};

use crate::{
    CorrelationRule, Names, Part, Request, RuleEntry, Signal, SignalKind, Signals, Suppress,
    Suppressed,
    sigma::{Correlation, Plan, PlanScratch, Rules},
    signal::Undealt,
    web,
};
use login::Said;
use parts::PartText;
pub use record::BatchResult;
use request::WebSignal;

/// What a user of the engine may narrow.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Matches below this level are neither written nor correlated.
    pub least_level: Option<Level>,
    pub from: Option<EventTime>,
    pub until: Option<EventTime>,
    /// Run rules whose log source does not fit.
    pub all_logsources: bool,
    /// Run rules only, none of the analyses in code.
    pub only_rules: bool,
}

/// Rules and analyses, compiled once.
pub struct Engine {
    plan: Plan,
    rules: Arc<[RuleEntry]>,
    /// Place of the first named analysis in `rules`.
    analyses: u32,
    /// Place of the first correlation rule in `rules`.
    correlations: u32,
    options: EngineOptions,
    least_level: Level,
    suppress: Arc<dyn Suppress>,
}

/// Requests of which so much is read before the first of them is looked at.
const AHEAD: usize = 8;

/// What is read of a request beforehand.
struct Web<'b> {
    fields: request::Fields<'b>,
    marks: familiar_parts::Marks,
}

impl<'b> Web<'b> {
    #[inline]
    fn of(event: Event<'b>, parts: &familiar_parts::Parts) -> Option<Self> {
        request::is_in(event).then(|| {
            let fields = request::Fields::of(event);
            let marks = familiar_parts::Marks::of(&fields);
            parts.fetch_sets(&marks);
            Self { fields, marks }
        })
    }
}

/// Buffers of one worker.
#[derive(Default)]
pub struct EngineScratch {
    plan: PlanScratch,
    web: web::Scratch,
    parts: familiar_parts::Parts,
    hits: Vec<web::Hit>,
    matches: Vec<Match>,
    undealt: Undealt,
    timing: timing::Timing,
}

/// A record that is looked at.
#[derive(Clone, Copy)]
struct Record<'b> {
    event: Event<'b>,
    /// [`EventTime::MIN`] where it states none.
    time: EventTime,
    source: Option<IpAddr>,
    /// Of a record of authentication.
    login: Option<&'b login::Fields<'b>>,
}

impl Record<'_> {
    fn signal(&self, kind: SignalKind, names: Names) -> Signal {
        let Self { event, time, source, .. } = *self;
        Signal { time, at: event.id(), line: event.line(), source, names, kind }
    }
}

/// The signal of a request. One that a rule has found may be no more than that.
fn request_signal(
    record: Record<'_>,
    request: &WebSignal,
    matches: &[Match],
    signals: &mut Signals,
) {
    // A request for a script below an upload folder uses what is there; it brings nothing.
    let uses_script = matches.iter().any(|matched| matched.scenario == Scenario::WEB_SHELL);
    if matches.is_empty() || (!request.is_plain() && !uses_script) {
        let names = request.names(record.event, signals.texts_mut());
        signals.push(record.signal(request.kind, names));
    }
}

/// The signal of a login. Accounts that were looked up in vain are only noted: `Engine::lookups`
/// comes back to them.
fn login_signal(record: Record<'_>, login: &login::Fields<'_>, signals: &mut Signals) {
    match login::read(record.event, login, signals.texts_mut()) {
        Some(Said::Login(kind, names)) => {
            if is_password_refused(kind) {
                signals.note_password(names.host);
            }
            signals.push(record.signal(kind, names));
        }
        Some(Said::Lookup) if record.source.is_some() => {
            let host = login::host(login, signals.texts_mut());
            signals.note_lookup(host);
        }
        Some(Said::Lookup) | None => {}
    }
}

/// By sshd; what other services refuse says nothing of it.
fn is_password_refused(kind: SignalKind) -> bool {
    matches!(kind, SignalKind::Login { success: false, beyond_ssh: None, .. })
}

impl Engine {
    /// `suppress` tells hits that are only counted: those of one's own scanner, of the assessment
    /// company, of a page that is known to look like an attack.
    pub fn new(
        rules: &Rules,
        fields: &Fields,
        options: EngineOptions,
        suppress: Arc<dyn Suppress>,
    ) -> Self {
        let least_level = options.least_level.unwrap_or(Level::Low);
        let plan = Plan::compile_from(rules, fields, options.all_logsources, least_level);
        let mut entries: Vec<RuleEntry> = rules.list().iter().map(RuleEntry::from).collect();
        let analyses = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        entries.extend(web::Kind::ALL.iter().map(|kind| web_event::entry(*kind)));
        let first = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        entries.extend(plan.correlations().iter().map(RuleEntry::from));
        let rules = entries.into();
        Self { plan, rules, analyses, correlations: first, options, least_level, suppress }
    }

    /// Every rule and analysis, in the order that [`Match::rule`] counts.
    pub fn rules(&self) -> &Arc<[RuleEntry]> {
        &self.rules
    }

    /// The correlation rules, for [`crate::shard_groups`].
    pub fn correlation_rules(&self) -> Vec<CorrelationRule> {
        let rule = |(entry, rule): (u32, &Correlation)| CorrelationRule {
            entry,
            title: rule.title.clone(),
            scenario: rule.scenario,
            level: rule.level,
            outcome: rule.outcome,
            kind: rule.kind,
            condition: rule.condition.clone(),
            timespan_nanos: rule.timespan_nanos,
        };
        (self.correlations..).zip(self.plan.correlations()).map(rule).collect()
    }

    /// Loaded rules for whose log source no record was seen.
    pub fn without_source(&self) -> u64 {
        let idle = |rule: &u32| !self.plan.has_run(*rule);
        let asked = |rule: &u32| {
            self.rules.get(*rule as usize).is_some_and(|entry| entry.level >= self.least_level)
        };
        (0..self.analyses).filter(asked).filter(idle).count() as u64
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Looks at every record of the batch. `out` is emptied first.
    pub fn evaluate(&self, batch: &Batch, scratch: &mut EngineScratch, out: &mut BatchResult) {
        out.clear();
        out.signals.swap_undealt(&mut scratch.undealt);
        if matches!(batch.events().next().map(Event::class), Some(EventClass::Web)) {
            // Nearly every request is a signal.
            out.signals.reserve(batch.len());
        }
        scratch.timing = timing::Timing::default();
        if batch.events().any(request::is_in) {
            self.in_groups(batch, scratch, out);
        } else {
            batch.events().for_each(|event| self.event(event, None, scratch, out));
        }
        self.lookups(batch, out);
        self.plan.note_seen(&scratch.plan);
        out.signals.deal();
        out.signals.swap_undealt(&mut scratch.undealt);
        if !out.matches.is_sorted_by_key(|(time, matched)| (*time, matched.at)) {
            out.matches.sort_by_key(|(time, matched)| (*time, matched.at));
        }
    }

    /// Looks at a batch with requests: while one group is looked at, what the next one needs is on its way.
    fn in_groups(&self, batch: &Batch, scratch: &mut EngineScratch, out: &mut BatchResult) {
        let mut events = batch.events();
        let mut gather = |group: &mut Vec<_>, parts: &familiar_parts::Parts| {
            group.clear();
            group.extend(events.by_ref().take(AHEAD).map(|event| (event, Web::of(event, parts))));
        };
        let (mut group, mut next) = (Vec::with_capacity(AHEAD), Vec::with_capacity(AHEAD));
        gather(&mut group, &scratch.parts);
        while !group.is_empty() {
            for web in
                group.iter().filter_map(|(_, web): &(Event<'_>, Option<Web<'_>>)| web.as_ref())
            {
                scratch.parts.fetch_texts(&web.fields, &web.marks);
            }
            gather(&mut next, &scratch.parts);
            for (event, web) in &group {
                self.event(*event, web.as_ref(), scratch, out);
            }
            std::mem::swap(&mut group, &mut next);
        }
    }

    #[inline]
    fn event(
        &self,
        event: Event<'_>,
        web: Option<&Web<'_>>,
        scratch: &mut EngineScratch,
        out: &mut BatchResult,
    ) {
        out.count(event);
        let login = login::Fields::of(event);
        let source = match &login {
            Some(login) => login.source,
            None => event.field_ip(FieldId::SOURCE_IP),
        };
        let status = web.map_or(&b""[..], |web| web.fields.status_text);
        match &login {
            Some(login) if login.action == b"login" => {
                out.observed.add_login(event.time(), source, [login.outcome, login.host]);
            }
            Some(_) => {}
            None => out.observed.add(event, source, status),
        }
        if self.is_wanted(event) {
            let time = scratch.timing.of(event);
            let record = Record { event, time, source, login: login.as_ref() };
            self.record(record, web, scratch, out);
        }
    }

    fn is_wanted(&self, event: Event<'_>) -> bool {
        let EngineOptions { from, until, .. } = &self.options;
        match event.time() {
            Some(time) => {
                from.is_none_or(|from| time >= from) && until.is_none_or(|until| time < until)
            }
            None => true,
        }
    }

    fn record(
        &self,
        record: Record<'_>,
        web: Option<&Web<'_>>,
        scratch: &mut EngineScratch,
        out: &mut BatchResult,
    ) {
        let Record { event, time, source, login } = record;
        scratch.matches.clear();
        let web = web.map(|web| (&web.fields, scratch.parts.know(&web.fields, &web.marks)));
        let quiet = web.as_ref().map(|(_, known)| known.quiet()).unwrap_or_default();
        let quiet =
            self.plan.evaluate_knowing(event, quiet, &mut scratch.plan, &mut |rule, fields| {
                // Below the least level nothing is built: every failed login is such a match.
                let entry = self.rules.get(rule as usize);
                if let Some(entry) = entry.filter(|entry| entry.level >= self.least_level) {
                    scratch.matches.push(record::matched(event, rule, entry, source, fields));
                }
            });
        let web = web.map(|(fields, known)| {
            let mut ordinary = known.ordinary();
            if !self.options.only_rules {
                let first = self.analyses;
                ordinary = web_event::inspect(event, fields, &known, source, first, scratch);
            }
            scratch.parts.learn(fields, &known, ordinary, quiet);
            request::read(event, fields, &known)
        });
        scratch.matches.retain(|matched| matched.level >= self.least_level);
        if !self.set_apart(record, &mut scratch.matches, out) {
            if let Some(login) = login.filter(|_| time == EventTime::MIN) {
                self.untimed(record, login, &mut scratch.timing, out);
            }
            self.signals(record, web, &mut scratch.matches, out);
        }
    }

    /// A failed login whose record states no time.
    fn untimed(
        &self,
        record: Record<'_>,
        login: &login::Fields<'_>,
        timing: &mut timing::Timing,
        out: &mut BatchResult,
    ) {
        if self.options.only_rules {
            return;
        }
        let said = login::read(record.event, login, out.signals.texts_mut());
        let Some(Said::Login(SignalKind::Login { success: false, log, .. }, names)) = said else {
            return;
        };
        let weight = timing.failed(record.event, record.source);
        if weight > 0 {
            let kind =
                SignalKind::Login { success: false, weight, log, process: 0, beyond_ssh: None };
            out.signals.push(record.signal(kind, names));
        }
    }

    /// Takes the matches that the allow list covers out of `matches`: they are written apart and
    /// count for nothing. Whether the record is covered as a whole.
    fn set_apart(
        &self,
        Record { event, time, source, .. }: Record<'_>,
        matches: &mut Vec<Match>,
        out: &mut BatchResult,
    ) -> bool {
        let whole = source.and_then(|address| self.suppress.source(address));
        if let Some(entry) = whole {
            out.suppressed.count(entry, Suppressed { matches: 0, records: 1 });
        } else if matches.is_empty() || !self.suppress.is_scoped() {
            return false;
        }
        for found in matches.iter_mut() {
            let rule = self.rules.get(found.rule as usize);
            let scoped = || self.suppress.hit(event, found, rule?);
            found.suppressed_by = whole.or_else(scoped);
        }
        for found in matches.extract_if(.., |found| found.suppressed_by.is_some()) {
            // What only feeds correlations would not have been written either.
            let (_, counts_alone) = parts::of(self.plan.correlations(), event, found.rule);
            if let (Some(entry), true) = (found.suppressed_by, counts_alone) {
                out.suppressed.count(entry, Suppressed { matches: 1, records: 0 });
                out.matches.push((time, found));
            }
        }
        whole.is_some()
    }

    /// A record's signals: what it is in itself, then one per match. Of a record without a time
    /// only the matches are: whatever is counted is counted within a time.
    fn signals(
        &self,
        record: Record<'_>,
        web: Option<WebSignal>,
        matches: &mut Vec<Match>,
        out: &mut BatchResult,
    ) {
        // Of rules only, what they find is all there is to correlate.
        if record.time != EventTime::MIN && !self.options.only_rules {
            match (&web, record.login) {
                (Some(request), _) => request_signal(record, request, matches, &mut out.signals),
                (None, Some(login)) => login_signal(record, login, &mut out.signals),
                (None, None) => {}
            }
        }
        if !matches.is_empty() {
            self.match_signals(record, web, matches, out);
        }
    }

    /// One signal per match, and one per part that it plays in a correlation rule.
    fn match_signals(
        &self,
        record: Record<'_>,
        web: Option<WebSignal>,
        matches: &mut Vec<Match>,
        out: &mut BatchResult,
    ) {
        let Record { event, time, .. } = record;
        let names = record::names(event, out.signals.texts_mut());
        let by_person = web.is_none() && actor::is_person(event);
        let by_api = web.is_none() && actor::is_api(event);
        let asked = web.map_or_else(Request::default, |web| web.request);
        for matched in matches.drain(..) {
            let Match { rule, scenario, level, .. } = matched;
            // What a rule finds in an error log is what the server said; what was asked for is
            // looked at by the analyses.
            let is_said = event.class() == EventClass::WebError && rule < self.analyses;
            let request = if is_said { Request::default() } else { asked };
            let (parts, counts_alone) = parts::of(self.plan.correlations(), event, rule);
            if time != EventTime::MIN {
                Self::parts(parts, rule, &|kind| record.signal(kind, names), out);
            }
            if counts_alone {
                let kind = SignalKind::Match { request, rule, scenario, level, by_person, by_api };
                out.matches.push((time, matched));
                out.signals.push(record.signal(kind, names));
            }
        }
    }

    /// Accounts that sshd looked up in vain tell something only where it refuses no passwords, so the batch is
    /// gone through once more for hosts of which it holds no such refusal. What other batches say of the host
    /// is looked at when all is closed: whether these are taken up makes no difference then.
    fn lookups(&self, batch: &Batch, out: &mut BatchResult) {
        if !out.signals.has_open_lookups() {
            return;
        }
        for event in batch.events() {
            let Some(login) = login::Fields::of(event) else { continue };
            let texts = out.signals.texts_mut();
            let (Some(Said::Lookup), Some(source), Some(time)) =
                (login::read(event, &login, texts), login.source, event.time())
            else {
                continue;
            };
            let host = login::host(&login, texts);
            if out.signals.takes_passwords(host)
                || !self.is_wanted(event)
                || self.suppress.source(source).is_some()
            {
                continue;
            }
            if let Some((kind, names)) = login::lookup(event, &login, out.signals.texts_mut()) {
                let record = Record { event, time, source: Some(source), login: Some(&login) };
                out.signals.push(record.signal(kind, names));
            }
        }
    }

    /// A match's parts in correlation rules.
    fn parts(
        parts: Vec<PartText>,
        rule: u32,
        signal: &dyn Fn(SignalKind) -> Signal,
        out: &mut BatchResult,
    ) {
        for part in parts {
            let texts = out.signals.texts_mut();
            let group = texts.add(part.group.as_bytes());
            let value = texts.add(part.value.as_bytes());
            let home = texts.add(part.home.as_bytes());
            let PartText { correlation, member, via, family, .. } = part;
            let part = Part { correlation, member, via, family, rule, group, value, home };
            out.signals.push(signal(SignalKind::Part(part)));
        }
    }
}
