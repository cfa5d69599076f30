//! Runs every rule and analysis over a batch.
//!
//! In: a normalized [`Batch`]. Out: signals in record order, and what was counted. A worker keeps
//! one [`EngineScratch`]; the engine itself is shared and never changes.

mod login;
mod parts;
mod record;
mod web_event;

use std::{collections::BTreeSet, net::IpAddr};

use sancha_model::{Batch, Event, EventClass, EventTime, Fields, Level, Match, Scenario};

use crate::{
    CorrelationRule, RuleEntry, Signal, SignalKind,
    sigma::{Correlation, Plan, PlanScratch, Rules},
    signal::Detail,
    web,
};
use record::BatchCounts;
pub use record::{BatchResult, Gap};

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
    rules: Vec<RuleEntry>,
    /// Place of the first named analysis in `rules`.
    analyses: u32,
    /// Place of the first correlation rule in `rules`.
    correlations: u32,
    options: EngineOptions,
    least_level: Level,
    allowed: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// Buffers of one worker.
#[derive(Default)]
pub struct EngineScratch {
    plan: PlanScratch,
    web: web::Scratch,
    hits: Vec<web::Hit>,
    matches: Vec<Match>,
    /// Time of the last record that had one, for those that have none.
    last_time: Option<EventTime>,
}

impl Engine {
    /// `allowed` tells addresses whose matches are only counted: one's own scanner, the assessment
    /// company.
    pub fn new(
        rules: &Rules,
        fields: &Fields,
        options: EngineOptions,
        allowed: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    ) -> Self {
        let plan = Plan::compile(rules, fields, options.all_logsources);
        let mut entries: Vec<RuleEntry> = rules.list().iter().map(RuleEntry::from).collect();
        let analyses = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        entries.extend(web::Kind::ALL.iter().map(|kind| web_event::entry(*kind)));
        let first = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        entries.extend(plan.correlations().iter().map(RuleEntry::from));
        let least_level = options.least_level.unwrap_or(Level::Low);
        Self { plan, rules: entries, analyses, correlations: first, options, least_level, allowed }
    }

    /// Every rule and analysis, in the order that [`Match::rule`] counts.
    pub fn rules(&self) -> &[RuleEntry] {
        &self.rules
    }

    /// The correlation rules, for [`crate::Correlator`].
    pub fn correlation_rules(&self) -> Vec<CorrelationRule> {
        let rule = |(entry, rule): (u32, &Correlation)| CorrelationRule {
            entry,
            title: rule.title.clone(),
            scenario: rule.scenario,
            level: rule.level,
            kind: rule.kind,
            at_least: rule.condition.at_least,
            timespan_nanos: rule.timespan_nanos,
        };
        (self.correlations..).zip(self.plan.correlations()).map(rule).collect()
    }

    /// Loaded rules none of whose log sources is among the classes that were seen.
    pub fn without_source(&self, seen: &BTreeSet<EventClass>) -> u64 {
        let idle = |rule: &u32| !seen.iter().any(|class| self.plan.runs_on(*rule, *class));
        (0..self.analyses).filter(idle).count() as u64
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Looks at every record of the batch. `out` is emptied first.
    pub fn evaluate(&self, batch: &Batch, scratch: &mut EngineScratch, out: &mut BatchResult) {
        out.clear();
        let mut counts = BatchCounts::default();
        scratch.last_time = None;
        for event in batch.events() {
            counts.add(event, out);
            out.classes.insert(event.class());
            if self.is_wanted(event) {
                self.record(event, scratch, out);
            }
        }
        counts.finish(out);
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

    fn record(&self, event: Event<'_>, scratch: &mut EngineScratch, out: &mut BatchResult) {
        if let Some(time) = event.time() {
            scratch.last_time = Some(time);
        }
        scratch.matches.clear();
        let source = event.field_ip(sancha_model::FieldId::SOURCE_IP);
        self.plan.evaluate(event, &mut scratch.plan, &mut |rule, fields| {
            if let Some(entry) = self.rules.get(rule as usize) {
                scratch.matches.push(record::matched(event, rule, entry, source, fields));
            }
        });
        if event.class() == EventClass::Web && !self.options.only_rules {
            web_event::inspect(event, source, self.analyses, scratch);
        }
        scratch.matches.retain(|matched| matched.level >= self.least_level);
        if let Some(address) = source
            && (self.allowed)(address)
        {
            out.allowed += scratch.matches.len() as u64;
            return;
        }
        let time = event.time().or(scratch.last_time).unwrap_or(EventTime::MIN);
        self.signals(event, time, source, &mut scratch.matches, &mut out.signals);
    }

    /// A record's signals: what it is in itself, then one per match.
    fn signals(
        &self,
        event: Event<'_>,
        time: EventTime,
        source: Option<IpAddr>,
        matches: &mut Vec<Match>,
        out: &mut Vec<Signal>,
    ) {
        let base = |kind, detail| Signal {
            time,
            at: event.id(),
            line: event.line(),
            source,
            kind,
            detail,
        };
        let web = (event.class() == EventClass::Web).then(|| web_event::kind(event));
        // A request for a script below an upload folder uses what is there; it brings nothing.
        let uses_script = matches.iter().any(|matched| matched.scenario == Scenario::WEB_SHELL);
        match (&web, event.class()) {
            (Some(request), _)
                if matches.is_empty() || (request.kind != request.plain && !uses_script) =>
            {
                out.push(base(request.kind, request.detail(event)));
            }
            (None, EventClass::Authentication) => {
                if let Some((kind, detail)) = login::kind(event) {
                    out.push(base(kind, Some(Box::new(detail))));
                }
            }
            _ => {}
        }
        for matched in matches.drain(..) {
            let (status, path) =
                web.as_ref().map_or((0, 0), |request| (request.status, request.path));
            let (parts, counts_alone) = parts::of(self.plan.correlations(), event, matched.rule);
            let detail = Detail {
                host: matched.host.clone(),
                user: matched.user.clone(),
                object: record::object(event),
                service: record::program(event),
                matched: counts_alone.then_some(matched),
                parts,
            };
            let kind =
                if counts_alone { SignalKind::Match { status, path } } else { SignalKind::Counted };
            out.push(base(kind, Some(Box::new(detail))));
        }
    }
}
